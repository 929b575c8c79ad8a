"""Run the three clocks of an order: answer, arrival and time trapped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.errors import QuestionError
from dispatch.incident import Incident, Node


class ClockName(StrEnum):
    """What a clock measures."""

    ANSWER = "answer"
    """Notified → accepted (响应)."""
    ARRIVAL = "arrival"
    """Notified → arrived (到达现场)."""
    TRAPPED = "trapped"
    """Received → freed (被困时间): at its limit it is an accident by law."""


class ClockState(StrEnum):
    """How a clock stands."""

    WAITING = "waiting"
    """Not started: its first node has not come."""
    RUNNING = "running"
    OVER = "over"
    """Running, past its limit."""
    IN_TIME = "in_time"
    LATE = "late"
    VOID = "void"
    """The order ended without the clock's last node."""


@dataclass(frozen=True)
class DistrictRule:
    """
    The limits in force where an elevator stands.

    Parameters
    ----------
    answer_limit_s : int
        Notified → accepted, seconds; 180 by default.
    arrival_limit_s : int
        Notified → arrived, seconds; 1,800, or 3,600 outside built-up areas.
    trapped_limit_s : int
        Received → freed, seconds; 7,200.
    is_automatic : bool
        Levels are raised by the system itself; else the dispatcher confirms each.
    blackout_calls : int
        So many open calls of one district within the window, and levels 1 and 2 go together; 2 or more.
    blackout_window_s : int
        The window, seconds.

    Raises
    ------
    QuestionError
        When a limit is not above 0 or they are not in their order.

    Notes
    -----
    30 minutes in cities, an hour elsewhere: TSG T5002-2017 and city rules; two hours trapped is a general accident: Regulation
    373, article 64. Three minutes to answer: published 96333 reports.

    Examples
    --------
    >>> DistrictRule().arrival_limit_s
    1800
    """

    answer_limit_s: int = 180
    arrival_limit_s: int = 1800
    trapped_limit_s: int = 7200
    is_automatic: bool = False
    blackout_calls: int = 8
    blackout_window_s: int = 900

    def __post_init__(self) -> None:
        if not 0 < self.answer_limit_s < self.arrival_limit_s < self.trapped_limit_s <= 86_400:
            raise QuestionError(
                "时限应满足 0 < 响应 < 到达 < 被困 ≤ 24 小时。 Limits must rise: 0 < answer < arrival < trapped, 24 h at most."
            )
        if self.blackout_calls < 2 or self.blackout_window_s <= 0:
            raise QuestionError(
                "成批困人的阈值至少 2 起，时间窗应大于 0。 A blackout takes at least 2 calls in a window above 0 s."
            )


@dataclass(frozen=True)
class Clock:
    """
    One clock of an order.

    Attributes
    ----------
    name : ClockName
    state : ClockState
    limit_s : int
        Seconds allowed; exactly the limit is in time.
    started_at, due_at, stopped_at : datetime or None
    left_s : float or None
        Seconds left while it runs, negative past the limit; None when it does not run.
    """

    name: ClockName
    state: ClockState
    limit_s: int
    started_at: dt.datetime | None
    due_at: dt.datetime | None
    stopped_at: dt.datetime | None
    left_s: float | None

    @property
    def taken_s(self) -> float | None:
        """Give the seconds from start to stop; None while it runs or never ran."""
        if self.started_at is None or self.stopped_at is None:
            return None
        return (self.stopped_at - self.started_at).total_seconds()


_ENDS = {
    ClockName.ANSWER: (Node.NOTIFIED, (Node.ACCEPTED, Node.EN_ROUTE, Node.ARRIVED)),
    ClockName.ARRIVAL: (Node.NOTIFIED, (Node.ARRIVED,)),
    ClockName.TRAPPED: (Node.RECEIVED, (Node.FREED,)),
}


def clocks(incident: Incident, rule: DistrictRule, now: dt.datetime) -> dict[ClockName, Clock]:
    """
    Read the clocks of an order.

    Parameters
    ----------
    incident : Incident
    rule : DistrictRule
    now : datetime
        Aware.

    Returns
    -------
    dict of ClockName to Clock

    Notes
    -----
    Notified → arrived is the span of the overtime list (超时清单): late is **more** than the limit, 30:00 exactly is in time
    (DOMAIN 4.2). The arrival clock starts with the first station notified, whichever arrives: that is how long people waited.

    Examples
    --------
    >>> at = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    >>> found = clocks(Incident(at, 1, at), DistrictRule(), at + dt.timedelta(minutes=5))
    >>> found[ClockName.TRAPPED].left_s, found[ClockName.ARRIVAL].state.value
    (6900.0, 'waiting')
    """
    return clocks_of_nodes(incident.nodes, rule, now)


def clocks_of_nodes(
    nodes: Mapping[Node, dt.datetime], rule: DistrictRule, now: dt.datetime
) -> dict[ClockName, Clock]:
    """
    Read the clocks from an order's nodes alone.

    Parameters
    ----------
    nodes : mapping of Node to datetime
        As far as they have come.
    rule : DistrictRule
    now : datetime
        Aware.

    Returns
    -------
    dict of ClockName to Clock

    Examples
    --------
    >>> at = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    >>> clocks_of_nodes({Node.RECEIVED: at}, DistrictRule(), at)[ClockName.TRAPPED].left_s
    7200.0
    """
    limits = {
        ClockName.ANSWER: rule.answer_limit_s,
        ClockName.ARRIVAL: rule.arrival_limit_s,
        ClockName.TRAPPED: rule.trapped_limit_s,
    }
    found = {}
    for name, (start, stops) in _ENDS.items():
        stop = next((nodes[n] for n in stops if n in nodes), None)
        found[name] = _clock(name, limits[name], nodes.get(start), stop, nodes.get(Node.CLOSED), now)
    return found


def _clock(
    name: ClockName,
    limit_s: int,
    start: dt.datetime | None,
    stop: dt.datetime | None,
    closed: dt.datetime | None,
    now: dt.datetime,
) -> Clock:
    if start is None:
        state = ClockState.VOID if closed is not None else ClockState.WAITING
        return Clock(name, state, limit_s, None, None, None, None)
    due = start + dt.timedelta(seconds=limit_s)
    if stop is not None:
        state = ClockState.IN_TIME if stop <= due else ClockState.LATE
        return Clock(name, state, limit_s, start, due, stop, None)
    if closed is not None:
        return Clock(name, ClockState.VOID, limit_s, start, due, None, None)
    left_s = (due - now).total_seconds()
    return Clock(
        name, ClockState.RUNNING if left_s >= 0 else ClockState.OVER, limit_s, start, due, None, left_s
    )
