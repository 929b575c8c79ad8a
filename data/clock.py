"""Tell business time through one port, so that simulated clocks and replay can be tested."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> dt.datetime:
        """Give the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Give the current instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)


class SetClock:
    """A clock that is set by hand: for drills, replay and tests."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start

    def now(self) -> dt.datetime:
        """Give the instant it was set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock; a negative number sets it back."""
        self._now += dt.timedelta(seconds=seconds)
