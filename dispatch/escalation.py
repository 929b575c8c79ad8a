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
class FirstLevel:
    """
    Whom level 1 has for an order that nobody has been sent to.

    Attributes
    ----------
    is_bound : bool
        The elevator is known and bound to a station.
    is_able : bool
        A station of level 1 can be sent: the bound one, or another of the elevator's company.
    lead_told_at : datetime or None
        When the company's emergency lead was told of an elevator bound to none; None when nobody could be told.
    lead_failed_at : datetime or None
        When it was noticed that the lead's message could not be delivered.
    """

    is_bound: bool
    is_able: bool
    lead_told_at: dt.datetime | None = None
    lead_failed_at: dt.datetime | None = None


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
        Since when the order's level has had nobody to wait for, as `nobody_since` finds it.

    Returns
    -------
    tuple of Step
        A step whose ``due_at`` is not after now is due now.

    Notes
    -----
    Level 2 when level 1 cannot be reached, refuses, does not answer, or cannot arrive in time; level 3 (fire and rescue, 119)
    when level 2 cannot either, and at once with injuries or danger (DOMAIN 4.3, from the published rules of several cities).
    No answer: at the limit to the second. Late: one second after the limit, since the limit itself is in time. Level 2 has its own
    time: the answer limit from when it was raised, and once one of its stations has answered the arrival limit from when that
    was notified; level 3 is due for lateness when that has run out too, or is predicted to.

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


def nobody_since(first: FirstLevel, incident: Incident, rule: DistrictRule) -> dt.datetime | None:
    """
    Say since when level 1 has nobody to wait for; None while somebody is asked, or can be.

    Parameters
    ----------
    first : FirstLevel
    incident : Incident
    rule : DistrictRule
        Of the place.

    Returns
    -------
    datetime or None
        An instant to come while the emergency lead, or whoever identifies the elevator, still has time.

    Notes
    -----
    Level 1 is the bound station; where there is none, the company's emergency lead (DOMAIN 4.3), who has as long to find somebody
    as a station has to answer. A bound station that cannot be sent leaves nobody at once, unless another of the company can. An
    elevator that is not known yet has nobody either: the dispatcher has the time of one answer to identify it.

    Examples
    --------
    >>> at = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    >>> order = Incident(at, 2, at, elevator_code="E1", located_at=at)
    >>> nobody_since(FirstLevel(is_bound=True, is_able=False), order, DistrictRule()) == at
    True
    >>> told = FirstLevel(is_bound=False, is_able=False, lead_told_at=at)
    >>> (nobody_since(told, order, DistrictRule()) - at).seconds
    180
    """
    known_at = incident.located_at
    if known_at is None or incident.level > 1 or incident.running or Node.ACCEPTED in incident.nodes:
        return None
    since = max([known_at, *(a.ended_at for a in incident.assignments if a.ended_at is not None)])
    limit = dt.timedelta(seconds=rule.answer_limit_s)
    if incident.elevator_code is None:
        return since + limit
    if first.is_bound:
        return None if first.is_able else since
    if first.lead_failed_at is not None:
        return max(since, first.lead_failed_at)
    return since if first.lead_told_at is None else max(since, first.lead_told_at) + limit


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
    level = min(incident.level + 1, 3)
    due, late_at = _arrival_due(incident, rule)
    found = [Step(level, Reason.LATE, late_at, f"{level}/late")]
    etas = [
        (a.eta_at, n, a) for n, a in enumerate(incident.assignments) if a.is_running and a.eta_at is not None
    ]
    if etas and len(etas) == len(incident.running):
        eta_at, number, soonest = min(etas, key=lambda e: (e[0], e[1]))
        if eta_at > due:
            # Known since it was last told: when it was notified, or when its forecast moved.
            found.append(_step_of(number, soonest, level, Reason.PREDICTED_LATE, soonest.eta_known_at))
    return found


def _arrival_due(incident: Incident, rule: DistrictRule) -> tuple[dt.datetime, dt.datetime]:
    """Give until when the level in force may arrive, and when the next one is due should nobody have."""
    limit = dt.timedelta(seconds=rule.arrival_limit_s)
    due = incident.nodes[Node.NOTIFIED] + limit
    if incident.level < 2:
        return due, due + _SECOND
    answered = [a.times[Node.NOTIFIED] for a in incident.assignments if a.level == 2 and a.state in _ANSWERED]
    if answered:
        due = max(due, min(answered) + limit)
        return due, due + _SECOND
    asked = [a.times[Node.NOTIFIED] for a in incident.assignments if a.level == 2]
    raised_at = incident.raised_at.get(2) or min(asked, default=due)
    until = max(due, min(asked, default=raised_at) + limit)
    return until, max(due + _SECOND, raised_at + dt.timedelta(seconds=rule.answer_limit_s))


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
