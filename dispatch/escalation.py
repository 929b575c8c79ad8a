"""Find when the next level of response is due, and why: three levels that escalate by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dispatch.clocks import DistrictRule
from dispatch.incident import Assignment, AssignmentState, Incident, Node

_ANSWERED = (
    AssignmentState.ACCEPTED,
    AssignmentState.EN_ROUTE,
    AssignmentState.ON_SCENE,
    AssignmentState.FREED,
)
_SECOND = dt.timedelta(seconds=1)


class Reason(StrEnum):
    """Why a level is due."""

    NO_ANSWER = "no_answer"
    """Nobody accepted within the limit."""
    REFUSED = "refused"
    """The station cannot take it."""
    NOT_REACHED = "not_reached"
    """The message could not be delivered."""
    PREDICTED_LATE = "predicted_late"
    """The crew will arrive after the limit."""
    LATE = "late"
    """The limit has passed and nobody is there."""
    NOBODY_ABLE = "nobody_able"
    """No station of the level can be sent."""
    MANY_CALLS = "many_calls"
    """A blackout: so many calls at once that levels 1 and 2 go together."""
    DANGER = "danger"
    """Somebody is injured, or the car is in danger."""


_FAILED = {AssignmentState.REFUSED: Reason.REFUSED, AssignmentState.NOT_REACHED: Reason.NOT_REACHED}


@dataclass(frozen=True)
class Step:
    """
    A level that is due at an instant.

    Attributes
    ----------
    level : int
        2 or 3.
    reason : Reason
    due_at : datetime
        The exact instant, whenever it is looked at.
    key : str
        The same for the same cause, so that it is raised once.
    station_code : str or None
        Whose answer, refusal or delay is the cause.
    """

    level: int
    reason: Reason
    due_at: dt.datetime
    key: str
    station_code: str | None = None


def steps(
    incident: Incident,
    rule: DistrictRule,
    *,
    open_calls: Sequence[dt.datetime] = (),
    nobody_since: dt.datetime | None = None,
) -> tuple[Step, ...]:
    """
    List the steps an order is heading for, the soonest first, those already asked for or decided left out.

    Parameters
    ----------
    incident : Incident
    rule : DistrictRule
        Of the place.
    open_calls : sequence of datetime
        When the other open calls of the district came.
    nobody_since : datetime, optional
        Since when the ranking has had nobody able at the order's level.

    Returns
    -------
    tuple of Step
        A step whose ``due_at`` is not after now is due now.

    Notes
    -----
    Level 2 when level 1 cannot be reached, refuses, does not answer, or cannot arrive in time; level 3 (fire and rescue, 119)
    when level 2 cannot either, and at once with injuries or danger (DOMAIN 4.3, from the published rules of several cities).
    No answer: at the limit to the second. Late: one second after the limit, since the limit itself is in time.

    Examples
    --------
    >>> from dispatch.incident import Event, EventKind
    >>> from dispatch.moves import fold
    >>> at = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    >>> order = fold([
    ...     Event(EventKind.RECEIVED, at, "li"),
    ...     Event(EventKind.NOTIFIED, at, "li", {"station_code": "S1", "level": 1}),
    ... ])
    >>> [(s.level, s.reason.value, (s.due_at - at).seconds) for s in steps(order, DistrictRule())]
    [(2, 'no_answer', 180), (2, 'late', 1801)]
    """
    if incident.closed_at is not None or Node.FREED in incident.nodes:
        return ()
    found = [
        *_of_danger(incident),
        *_of_stations(incident, rule),
        *_of_arrival(incident, rule),
        *_of_many(incident, rule, open_calls),
    ]
    if nobody_since is not None and incident.level < 3 and not incident.running:
        level = incident.level + 1
        found.append(Step(level, Reason.NOBODY_ABLE, nobody_since, f"{level}/nobody_able"))
    asked = incident.decided | {d.key for d in incident.due}
    pending = {d.level for d in incident.due}
    open_steps = [
        s for s in found if s.key not in asked and s.level > incident.level and s.level not in pending
    ]
    return tuple(sorted(open_steps, key=lambda s: (s.due_at, s.level, s.key)))


def next_look_at(incident: Incident, rule: DistrictRule) -> dt.datetime | None:
    """
    Give the instant of the next step that time alone brings; None when there is none.

    Examples
    --------
    >>> at = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    >>> next_look_at(Incident(at, 1, at), DistrictRule()) is None
    True
    """
    coming = steps(incident, rule)
    return coming[0].due_at if coming else None


def _of_danger(incident: Incident) -> list[Step]:
    if incident.danger_at is None:
        return []
    return [Step(3, Reason.DANGER, incident.danger_at, "3/danger")]


def _of_stations(incident: Incident, rule: DistrictRule) -> list[Step]:
    """No answer, refusal or no delivery, unless somebody of the level has taken the order."""
    if any(a.state in _ANSWERED for a in incident.assignments):
        return []
    limit = dt.timedelta(seconds=rule.answer_limit_s)
    found = []
    for number, a in enumerate(incident.assignments):
        level = a.level + 1
        if a.state is AssignmentState.NOTIFIED:
            found.append(_step_of(number, a, level, Reason.NO_ANSWER, a.times[Node.NOTIFIED] + limit))
        elif a.ended_at is not None and a.state in _FAILED:
            # At level 2 there are other stations to ask: they are given the time of one answer.
            due_at = a.ended_at if a.level == 1 else a.ended_at + limit
            found.append(_step_of(number, a, level, _FAILED[a.state], due_at))
    # While one station of the level may still answer, another one's refusal waits for it.
    waiting = {a.level for a in incident.running}
    return [s for s in found if s.reason is Reason.NO_ANSWER or s.level - 1 not in waiting]


def _step_of(number: int, a: Assignment, level: int, reason: Reason, due_at: dt.datetime) -> Step:
    return Step(level, reason, due_at, f"{level}/{reason.value}/{number}", a.station_code)


def _of_arrival(incident: Incident, rule: DistrictRule) -> list[Step]:
    """Lateness, predicted or real, counted from the first notification."""
    nodes = incident.nodes
    if Node.NOTIFIED not in nodes or Node.ARRIVED in nodes:
        return []
    due = nodes[Node.NOTIFIED] + dt.timedelta(seconds=rule.arrival_limit_s)
    level = min(incident.level + 1, 3)
    found = [Step(level, Reason.LATE, due + _SECOND, f"{level}/late")]
    etas = [
        (a.eta_at, n, a) for n, a in enumerate(incident.assignments) if a.is_running and a.eta_at is not None
    ]
    if etas and len(etas) == len(incident.running):
        eta_at, number, soonest = min(etas, key=lambda e: (e[0], e[1]))
        if eta_at > due:
            # Known since it was last told: when it was notified, or when its forecast moved.
            found.append(_step_of(number, soonest, level, Reason.PREDICTED_LATE, soonest.eta_known_at))
    return found


def _of_many(incident: Incident, rule: DistrictRule, open_calls: Sequence[dt.datetime]) -> list[Step]:
    if incident.level >= 2 or (incident.elevator_code is None and incident.lonlat is None):
        return []
    window = dt.timedelta(seconds=rule.blackout_window_s)
    near = sorted(
        at for at in (*open_calls, incident.received_at) if abs(at - incident.received_at) <= window
    )
    if len(near) < rule.blackout_calls:
        return []
    since = max(near[rule.blackout_calls - 1], incident.received_at)
    return [Step(2, Reason.MANY_CALLS, since, "2/many_calls")]
