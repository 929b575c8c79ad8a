"""Write what a simulation did with a call as the events of an order, which the order's own rules accept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dispatch.incident import Event, EventKind, Outcome
from dispatch.simulation_log import CallLog, Leg, LegEnd, Raised

ACTOR = "simulation"
_RAISE_AFTER_S = 15.0


@dataclass(frozen=True)
class Told:
    """
    What is known of a call beside what the simulation did.

    Parameters
    ----------
    start : datetime
        Instant of second 0 of the simulation, aware.
    received_s : float
        When the call came.
    handling_s : float
        Received → notified.
    identity : mapping
        Facts of the elevator: elevator_code, rescue_code, lon, lat, is_guess.
    facts : mapping
        Facts of the call: people_inside, injured and so on.
    persons : int
        Persons in the car.
    closing_s : float
        From freed to closed.
    station_code : callable
        Code of a station by its position.
    responder : callable
        Name of who answers for a station by its position.
    cause : str
        Cause class of the fault-analysis report; empty: not reported.
    """

    start: dt.datetime
    received_s: float
    handling_s: float
    identity: Mapping[str, Any]
    facts: Mapping[str, Any]
    persons: int
    closing_s: float
    station_code: Callable[[int], str]
    responder: Callable[[int], str]
    cause: str = ""

    def at(self, second: float) -> dt.datetime:
        """Give the instant of a second of the simulation, in whole seconds as logs have them."""
        return self.start + dt.timedelta(seconds=round(second))


def events_of_false_call(told: Told) -> list[Event]:
    """
    Write a call that turned out to be no entrapment.

    Parameters
    ----------
    told : Told

    Returns
    -------
    list of Event
    """
    ends_s = told.received_s + told.handling_s + told.closing_s
    closed = {"outcome": Outcome.NOT_ENTRAPMENT.value, "why": "经核实无人被困"}
    return [
        *_opening(told),
        Event(EventKind.CLOSED, told.at(ends_s), ACTOR, closed),
    ]


def events_of(log: CallLog, told: Told) -> list[Event]:
    """
    Write what became of a call.

    Parameters
    ----------
    log : CallLog
    told : Told

    Returns
    -------
    list of Event
        In the order in which they happened; `dispatch.moves.fold` makes the order of them.

    Examples
    --------
    >>> from dispatch.moves import fold
    >>> told = Told(
    ...     dt.datetime(2026, 11, 26, tzinfo=dt.UTC), 0, 20, {"elevator_code": "E1"}, {}, 2, 60, lambda s: f"S{s}", lambda s: "王五"
    ... )
    >>> log = CallLog([Leg(3, 1, 20.0, 300.0, 60.0, 90.0, 390.0, 690.0, LegEnd.FREED)], freed_s=690.0, ended_s=690.0)
    >>> order = fold(events_of(log, told))
    >>> order.state.value, order.persons_freed, order.assignments[0].station_code
    ('closed', 2, 'S3')
    """
    moves: list[tuple[float, int, Event]] = []

    def add(second: float, rank: int, kind: EventKind, facts: Mapping[str, Any], actor: str = ACTOR) -> None:
        moves.append((second, rank, Event(kind, told.at(second), actor, dict(facts))))

    for leg in log.legs:
        _add_leg(add, leg, told)
    level = log.legs[0].level if log.legs else 1
    if level == 1:
        for due_s, why, is_raised in log.due:
            _add_level(add, log, due_s, why, is_raised=is_raised)
    ends_s = max(
        [told.received_s + told.handling_s, *(leg.ended_s for leg in log.legs if leg.ended_s < np.inf)]
    )
    if log.freed_s < np.inf:
        add(log.freed_s + told.closing_s, 9, EventKind.CLOSED, {"outcome": Outcome.FREED.value})
    elif log.is_lost:
        add(ends_s + told.closing_s, 8, EventKind.FIRE_CALLED, {"text": "无可派班组，已请 119 支援"})
        handed = {"outcome": Outcome.HANDED_OVER.value, "why": "无可派班组，移交 119"}
        add(ends_s + told.closing_s + 900, 9, EventKind.CLOSED, handed)
    else:
        out = {"outcome": Outcome.SELF_RELEASED.value, "why": "来电告知已自行脱困"}
        add(max(log.ended_s, ends_s) + told.closing_s / 4, 9, EventKind.CLOSED, out)
    moves.sort(key=lambda move: move[:2])
    found = [*_opening(told), *(event for _, _, event in moves)]
    if told.cause and log.freed_s < np.inf:
        handed_in = told.at(log.freed_s + told.closing_s + 86_400)
        found.append(Event(EventKind.REPORTED, handed_in, ACTOR, {"cause": told.cause}))
    return found


def _opening(told: Told) -> list[Event]:
    identified_s = told.received_s + 0.6 * told.handling_s
    return [
        Event(EventKind.RECEIVED, told.at(told.received_s), ACTOR, dict(told.facts)),
        Event(EventKind.IDENTIFIED, told.at(identified_s), ACTOR, dict(told.identity)),
    ]


def _add_leg(add: Callable[..., None], leg: Leg, told: Told) -> None:
    own = {"station_code": told.station_code(leg.station_idx)}
    who = told.responder(leg.station_idx)
    eta_at = told.at(leg.notified_s + leg.predicted_s)
    notified = own | {
        "level": leg.level,
        "travel_time_s": round(leg.predicted_s, 3),
        "eta_at": eta_at.isoformat(),
    }
    add(leg.notified_s, 3, EventKind.NOTIFIED, notified)
    named = own | {"responder": who}
    if leg.end is LegEnd.REFUSED:
        add(leg.ended_s, 4, EventKind.REFUSED, named | {"why": "班组在另一现场，暂不能前往"}, who)
        return
    for second, kind, rank in (
        (leg.accepted_s, EventKind.ACCEPTED, 4),
        (leg.under_way_s, EventKind.EN_ROUTE, 5),
    ):
        if second <= leg.ended_s and second < np.inf:
            add(second, rank, kind, named, who)
    if leg.end is LegEnd.FREED:
        add(leg.arrives_s, 6, EventKind.ARRIVED, named, who)
        add(leg.ended_s, 8, EventKind.FREED, named | {"persons_freed": told.persons}, who)
    elif leg.end is LegEnd.STOOD_DOWN:
        add(leg.ended_s, 7, EventKind.STOOD_DOWN, own | {"why": "不再需要前往"})


def _add_level(add: Callable[..., None], log: CallLog, due_s: float, why: Raised, *, is_raised: bool) -> None:
    """Write a level that fell due, as `dispatch.escalation` names it, and what was decided."""
    arrived_s = log.freed_s if log.freed_s < np.inf else log.ended_s
    if due_s + _RAISE_AFTER_S >= arrived_s:
        return
    key = "2/late" if why is Raised.LATE else f"2/{why.value}/0"
    facts = {"level": 2, "reason": why.value, "key": key}
    backup = next((leg.notified_s for leg in log.legs[1:] if leg.notified_s >= due_s), due_s + _RAISE_AFTER_S)
    add(due_s, 4.5, EventKind.LEVEL_DUE, facts, "system")
    if is_raised:
        add(backup, 2, EventKind.LEVEL_RAISED, {"level": 2, "reason": why.value})
    else:
        add(due_s + _RAISE_AFTER_S, 2, EventKind.LEVEL_DECLINED, {"key": key, "why": "没有更近的联网站"})
