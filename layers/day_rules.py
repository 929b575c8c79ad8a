"""State that one day of a row does not lie before another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from layers.declaration import Words
from layers.workflow import Party

Faults = Callable[
    [Mapping[str, Any], Mapping[str, Any] | None, Party, dt.datetime], tuple[tuple[str, Words], ...]
]


def not_before(later: str, earlier: str, words: Words) -> Faults:
    """Make the rule that a day is not before another; the same day is right.

    Parameters
    ----------
    later, earlier : str
        Date fields; a row that lacks one of them keeps the rule.
    words : Words
        What is said at `later`.

    Examples
    --------
    >>> rule = not_before("to", "from", Words("止早于起。", "It ends before it begins."))
    >>> rule({"from": dt.date(2026, 1, 2), "to": dt.date(2026, 1, 1)}, None, Party.OWNER, dt.datetime(2026, 1, 1))[0][0]
    'to'
    >>> rule({"from": dt.date(2026, 1, 2), "to": None}, None, Party.OWNER, dt.datetime(2026, 1, 1))
    ()
    """

    def faults(
        row: Mapping[str, Any], _before: Mapping[str, Any] | None, _party: Party, _now: dt.datetime
    ) -> tuple[tuple[str, Words], ...]:
        first, last = row.get(earlier), row.get(later)
        return ((later, words),) if first and last and last < first else ()

    return faults
