"""Move an order by its events: what may happen next, and what may not.

An order is the fold of its events, which are only ever added. Where they are kept is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from dispatch.errors import MoveRefusedError, Refusal
from dispatch.incident import (
    LEVELS,
    RUNNING,
    Assignment,
    AssignmentState,
    DueLevel,
    Event,
    EventKind,
    Incident,
    Node,
    Outcome,
    PlaceFrom,
    State,
)

MOST_PEOPLE = 100


def fold(events: Iterable[Event]) -> Incident:
    """
    Make an order from its events.

    Parameters
    ----------
    events : iterable of Event
        All of one order, in the order they were written; the first is `EventKind.RECEIVED`.

    Returns
    -------
    Incident

    Raises
    ------
    MoveRefusedError
        When an event does not follow from those before it.

    Examples
    --------
    >>> at = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    >>> order = fold([
    ...     Event(EventKind.RECEIVED, at, "li"),
    ...     Event(EventKind.IDENTIFIED, at, "li", {"elevator_code": "E1", "lon": 114.05, "lat": 22.54}),
    ...     Event(EventKind.NOTIFIED, at + dt.timedelta(seconds=20), "li", {"station_code": "S1", "level": 1}),
    ... ])
    >>> order.state.value, [a.station_code for a in order.running]
    ('notified', ['S1'])
    """
    found: Incident | None = None
    for event in events:
        found = apply(found, event)
    if found is None:
        raise MoveRefusedError(Refusal.INCOMPLETE, "工单没有任何事件。 An order without events is no order.")
    return found


def apply(incident: Incident | None, event: Event) -> Incident:
    """
    Add one event to an order.

    Parameters
    ----------
    incident : Incident or None
        None before the first event.
    event : Event

    Returns
    -------
    Incident

    Raises
    ------
    MoveRefusedError
        With its enumerated reason when the order does not take the event.

    Notes
    -----
    Node times never go back: an assignment's notified ≤ accepted ≤ en route ≤ arrived ≤ freed, all of them at or after the
    call and at or before the end (DOMAIN 4.2). A crew may skip a node: who arrives without having said so has accepted and gone.
    """
    if event.at.tzinfo is None:
        raise MoveRefusedError(Refusal.INCOMPLETE, "时间缺少时区。 The time has no zone.")
    if incident is None:
        if event.kind is not EventKind.RECEIVED:
            raise MoveRefusedError(
                Refusal.WRONG_STATE, "工单应以来电开始。 An order begins with a call received."
            )
        return _described(Incident(event.at, 1, event.at), event)
    if event.kind is EventKind.RECEIVED:
        raise MoveRefusedError(
            Refusal.WRONG_STATE,
            "工单已经受理，重复来电请并入。 The order has been received: join further calls.",
        )
    after_the_end = (EventKind.CORRECTED, EventKind.NOTED, EventKind.REPORTED)
    if incident.closed_at is not None and event.kind not in after_the_end:
        raise MoveRefusedError(
            Refusal.IS_CLOSED,
            "工单已结束，只能更正或补报。 The order is closed: it only takes corrections and reports.",
        )
    if event.kind is not EventKind.CORRECTED and event.at < incident.received_at:
        raise MoveRefusedError(Refusal.TIME_GOES_BACK, "时间早于来电时间。 The time lies before the call.")
    moved = _MOVES[event.kind](incident, event)
    return replace(moved, version=incident.version + 1, last_at=max(incident.last_at, event.at))


# -- the moves ----------------------------------------------------------------------------------------


def _described(incident: Incident, event: Event) -> Incident:
    facts = event.facts
    people = facts.get("people_inside", incident.people_inside)
    injured = facts.get("injured", incident.injured)
    if people is not None and not (isinstance(people, int) and 0 <= people <= MOST_PEOPLE):
        raise MoveRefusedError(
            Refusal.INCOMPLETE,
            f"被困人数应为 0–{MOST_PEOPLE}，收到 {people!r}。 Expected 0 to {MOST_PEOPLE} people inside, got {people!r}.",
        )
    if not (isinstance(injured, int) and 0 <= injured <= MOST_PEOPLE):
        raise MoveRefusedError(
            Refusal.INCOMPLETE,
            f"受伤人数应为 0–{MOST_PEOPLE}，收到 {injured!r}。 Expected 0 to {MOST_PEOPLE} injured, got {injured!r}.",
        )
    is_danger = bool(facts.get("is_danger", incident.is_danger))
    had_danger = incident.danger_at is not None
    return replace(
        incident,
        people_inside=people,
        injured=injured,
        is_vulnerable=bool(facts.get("is_vulnerable", incident.is_vulnerable)),
        is_danger=is_danger,
        danger_at=incident.danger_at if had_danger else (event.at if is_danger or injured > 0 else None),
    )


def _joined(incident: Incident, event: Event) -> Incident:
    more = event.facts.get("calls", 1)
    if not isinstance(more, int) or more < 1:
        raise MoveRefusedError(Refusal.INCOMPLETE, "并入的来电应至少一次。 At least one call is joined.")
    return replace(_described(incident, event), calls=incident.calls + more)


def _identified(incident: Incident, event: Event) -> Incident:
    code, lon, lat = (event.facts.get(k) for k in ("elevator_code", "lon", "lat"))
    if code is None and (lon is None or lat is None):
        raise MoveRefusedError(
            Refusal.INCOMPLETE, "识别需要电梯或位置。 An elevator or a position is needed."
        )
    known = replace(incident, elevator_code=code, located_at=incident.located_at or event.at)
    if incident.place_from is PlaceFrom.ELEVATOR and code != incident.elevator_code:
        known = replace(known, lonlat=None, is_guess=False, place_from=None, place_words="")
    # Else an elevator without a position does not take away what was known of the place.
    return known if lon is None or lat is None else _at_place(known, event, (float(lon), float(lat)))


def _placed(incident: Incident, event: Event) -> Incident:
    lon, lat = (event.facts.get(k) for k in ("lon", "lat"))
    if lon is None or lat is None:
        raise MoveRefusedError(
            Refusal.INCOMPLETE, "标定位置需要经纬度。 A place needs longitude and latitude."
        )
    known = replace(incident, located_at=incident.located_at or event.at)
    return _at_place(known, event, (float(lon), float(lat)))


def _at_place(incident: Incident, event: Event, lonlat: tuple[float, float]) -> Incident:
    facts = event.facts
    is_guess = bool(facts.get("is_guess", False))
    named = str(facts.get("place_from", ""))
    if named in set(PlaceFrom):
        rests_on = PlaceFrom(named)
    elif facts.get("elevator_code") is not None:
        rests_on = PlaceFrom.ELEVATOR
    else:
        rests_on = PlaceFrom.ADDRESS if is_guess else PlaceFrom.GIVEN
    return replace(
        incident, lonlat=lonlat, is_guess=is_guess, place_from=rests_on, place_words=str(facts.get("place_words", ""))
    )  # fmt: skip


def _notified(incident: Incident, event: Event) -> Incident:
    station = _station_of(event)
    level = event.facts.get("level", incident.level)
    if level not in LEVELS[:2]:
        raise MoveRefusedError(
            Refusal.INCOMPLETE,
            f"救援站的级别应为 1 或 2，收到 {level!r}。 A station's level is 1 or 2, got {level!r}.",
        )
    before = incident.latest(station)
    if before is not None and before.is_running:
        raise MoveRefusedError(
            Refusal.ALREADY_NOTIFIED,
            f"救援站 {station} 已在处理本工单。 Station {station} has this order already.",
        )
    if before is not None and before.ended_at is not None and event.at < before.ended_at:
        raise _backwards(Node.NOTIFIED, before.ended_at)
    eta_at = _instant(event.facts.get("eta_at"))
    added = Assignment(
        station,
        level,
        AssignmentState.NOTIFIED,
        {Node.NOTIFIED: event.at},
        eta_at=eta_at,
        first_eta_at=eta_at,
    )
    raised = dict(incident.raised_at)
    if level > incident.level:
        raised.setdefault(level, event.at)
    return replace(
        incident,
        assignments=(*incident.assignments, added),
        level=max(incident.level, level),
        raised_at=raised,
        due=tuple(d for d in incident.due if d.level > level),
        decided=incident.decided | {d.key for d in incident.due if d.level <= level},
    )


def _step(
    node: Node, state: AssignmentState, allowed: tuple[AssignmentState, ...]
) -> Callable[[Incident, Event], Incident]:
    """Make the move of one node of an assignment."""

    def move(incident: Incident, event: Event) -> Incident:
        station = _station_of(event)
        at_idx, assignment = _running_assignment(incident, station)
        if assignment.state not in allowed:
            raise MoveRefusedError(
                Refusal.WRONG_STATE,
                f"救援站 {station} 目前是“{_STATE_WORDS[assignment.state][0]}”，不能再记“{_NODE_WORDS[node][0]}”。 "
                f"Station {station} is {_STATE_WORDS[assignment.state][1]}: {_NODE_WORDS[node][1]} cannot be noted.",
            )
        latest = max(assignment.times.values())
        if event.at < latest:
            raise _backwards(node, latest)
        eta_at = _instant(event.facts.get("eta_at"))
        changed = replace(
            assignment,
            state=state,
            times={**assignment.times, node: event.at},
            responder=event.facts.get("responder") or assignment.responder,
            eta_at=eta_at or assignment.eta_at,
            eta_told_at=event.at if eta_at else assignment.eta_told_at,
        )
        return _with(incident, at_idx, changed)

    return move


def _freed(incident: Incident, event: Event) -> Incident:
    persons = event.facts.get("persons_freed")
    if not (isinstance(persons, int) and 0 <= persons <= MOST_PEOPLE):
        raise MoveRefusedError(
            Refusal.INCOMPLETE,
            f"解救人数应为 0–{MOST_PEOPLE}，收到 {persons!r}。 Expected 0 to {MOST_PEOPLE} persons freed, got {persons!r}.",
        )
    moved = _step(Node.FREED, AssignmentState.FREED, (AssignmentState.ON_SCENE,))(incident, event)
    return replace(moved, persons_freed=incident.persons_freed + persons, due=())


def _ended(
    state: AssignmentState, *, allowed: tuple[AssignmentState, ...]
) -> Callable[[Incident, Event], Incident]:
    """Make the move that takes a station off the order."""

    def move(incident: Incident, event: Event) -> Incident:
        station = _station_of(event)
        at_idx, assignment = _running_assignment(incident, station)
        if assignment.state not in allowed:
            raise MoveRefusedError(
                Refusal.WRONG_STATE,
                f"救援站 {station} 目前是“{_STATE_WORDS[assignment.state][0]}”。 "
                f"Station {station} is {_STATE_WORDS[assignment.state][1]}.",
            )
        latest = max(assignment.times.values())
        if event.at < latest:
            raise _backwards(Node.NOTIFIED, latest)
        return _with(incident, at_idx, replace(assignment, state=state, ended_at=event.at))

    return move


def _eta(incident: Incident, event: Event) -> Incident:
    at_idx, assignment = _running_assignment(incident, _station_of(event))
    eta_at = _instant(event.facts.get("eta_at"))
    return _with(incident, at_idx, replace(assignment, eta_at=eta_at, eta_told_at=event.at))


def _level_due(incident: Incident, event: Event) -> Incident:
    level, key = event.facts.get("level"), str(event.facts.get("key", ""))
    if level not in LEVELS or not key:
        raise MoveRefusedError(Refusal.INCOMPLETE, "缺少级别或标识。 The level or its key is missing.")
    if key in incident.decided or any(d.key == key for d in incident.due):
        raise MoveRefusedError(Refusal.WRONG_STATE, "该升级已经提出。 That level has been asked for already.")
    due = DueLevel(level, str(event.facts.get("reason", "")), event.at, key)
    return replace(incident, due=(*incident.due, due))


def _level_raised(incident: Incident, event: Event) -> Incident:
    level = event.facts.get("level")
    if level not in LEVELS:
        raise MoveRefusedError(
            Refusal.INCOMPLETE, f"级别应为 1–3，收到 {level!r}。 Expected a level from 1 to 3."
        )
    if level < incident.level:
        raise MoveRefusedError(
            Refusal.LEVEL_FALLS,
            f"响应级别不能由 {incident.level} 级降低。 The level never falls below {incident.level}.",
        )
    raised = dict(incident.raised_at)
    raised.setdefault(level, event.at)
    return replace(
        incident,
        level=level,
        raised_at=raised,
        due=tuple(d for d in incident.due if d.level > level),
        decided=incident.decided | {d.key for d in incident.due if d.level <= level},
    )


def _level_declined(incident: Incident, event: Event) -> Incident:
    key, why = str(event.facts.get("key", "")), str(event.facts.get("why", "")).strip()
    if not any(d.key == key for d in incident.due):
        raise MoveRefusedError(
            Refusal.WRONG_STATE, "没有这项待确认的升级。 No such level waits to be decided on."
        )
    if not why:
        raise MoveRefusedError(Refusal.INCOMPLETE, "请填写不升级的理由。 Say why the level is not raised.")
    return replace(
        incident, due=tuple(d for d in incident.due if d.key != key), decided=incident.decided | {key}
    )


def _fire_called(incident: Incident, event: Event) -> Incident:
    return replace(_level_raised(incident, replace(event, facts={"level": 3})), fire_called_at=event.at)


def _noted(incident: Incident, event: Event) -> Incident:
    if not str(event.facts.get("text", "")).strip():
        raise MoveRefusedError(Refusal.INCOMPLETE, "备注是空的。 The remark is empty.")
    return incident


def _reported(incident: Incident, event: Event) -> Incident:
    del event
    return replace(incident, is_reported=True)


def _closed(incident: Incident, event: Event) -> Incident:
    try:
        outcome = Outcome(str(event.facts.get("outcome", "")))
    except ValueError as error:
        raise MoveRefusedError(
            Refusal.INCOMPLETE, "请选择工单的结果。 Choose how the order ended."
        ) from error
    if outcome is Outcome.FREED and incident.state is not State.FREED:
        raise MoveRefusedError(
            Refusal.STILL_TRAPPED,
            "还没有解困记录，不能按“已解困”结束。 Nobody has been freed yet: choose another outcome.",
        )
    if outcome is not Outcome.FREED and not str(event.facts.get("why", "")).strip():
        raise MoveRefusedError(Refusal.INCOMPLETE, "请填写结束的理由。 Say why the order is closed.")
    latest = max(incident.nodes.values())
    if event.at < latest:
        raise _backwards(Node.CLOSED, latest)
    ended = tuple(
        replace(a, state=AssignmentState.STOOD_DOWN, ended_at=event.at) if a.is_running else a
        for a in incident.assignments
    )
    return replace(incident, assignments=ended, closed_at=event.at, outcome=outcome, due=())


def _corrected(incident: Incident, event: Event) -> Incident:
    try:
        node = Node(str(event.facts.get("node", "")))
    except ValueError as error:
        raise MoveRefusedError(Refusal.INCOMPLETE, "没有这个时间节点。 There is no such node.") from error
    to = _instant(event.facts.get("to"))
    if to is None or not str(event.facts.get("why", "")).strip():
        raise MoveRefusedError(
            Refusal.INCOMPLETE, "更正需要新的时间和理由。 A correction needs the new time and why."
        )
    if to > event.at:
        raise MoveRefusedError(
            Refusal.IN_THE_FUTURE, "更正后的时间晚于现在。 The new time lies in the future."
        )
    if node is Node.RECEIVED:
        return _checked(replace(incident, received_at=to), node)
    if node is Node.CLOSED:
        if incident.closed_at is None:
            raise MoveRefusedError(Refusal.WRONG_STATE, "工单还没有结束。 The order is not closed.")
        return _checked(replace(incident, closed_at=to), node)
    station = event.facts.get("station_code")
    having = [
        i for i, a in enumerate(incident.assignments) if node in a.times and station in (None, a.station_code)
    ]
    if not having:
        raise MoveRefusedError(
            Refusal.WRONG_STATE,
            "还没有这个节点，无法更正。 That node has not come: there is nothing to correct.",
        )
    if station is None and len(having) > 1:
        raise MoveRefusedError(
            Refusal.INCOMPLETE, "有多个救援站，请指明是哪一个。 Several stations have that node: say which."
        )
    at_idx = having[-1]
    assignment = incident.assignments[at_idx]
    changed = replace(assignment, times={**assignment.times, node: to})
    return _checked(_with(incident, at_idx, changed), node)


def _checked(after: Incident, node: Node) -> Incident:
    """Refuse a correction after which some node goes back."""
    order = list(Node)
    for assignment in after.assignments:
        times = [
            (Node.RECEIVED, after.received_at),
            *((n, assignment.times[n]) for n in order if n in assignment.times),
            *([(Node.CLOSED, after.closed_at)] if after.closed_at is not None else []),
        ]
        for (_, earlier), (_, later) in pairwise(times):
            if later < earlier:
                raise _backwards(node, earlier)
    if after.closed_at is not None and after.closed_at < after.received_at:
        raise _backwards(node, after.received_at)
    return after


_MOVES: dict[EventKind, Callable[[Incident, Event], Incident]] = {
    EventKind.JOINED: _joined,
    EventKind.IDENTIFIED: _identified,
    EventKind.PLACED: _placed,
    EventKind.DESCRIBED: _described,
    EventKind.NOTIFIED: _notified,
    EventKind.NOT_REACHED: _ended(AssignmentState.NOT_REACHED, allowed=(AssignmentState.NOTIFIED,)),
    EventKind.ACCEPTED: _step(Node.ACCEPTED, AssignmentState.ACCEPTED, (AssignmentState.NOTIFIED,)),
    EventKind.REFUSED: _ended(
        AssignmentState.REFUSED,
        allowed=(AssignmentState.NOTIFIED, AssignmentState.ACCEPTED, AssignmentState.EN_ROUTE),
    ),
    EventKind.EN_ROUTE: _step(
        Node.EN_ROUTE, AssignmentState.EN_ROUTE, (AssignmentState.NOTIFIED, AssignmentState.ACCEPTED)
    ),
    EventKind.ETA: _eta,
    EventKind.ARRIVED: _step(
        Node.ARRIVED,
        AssignmentState.ON_SCENE,
        (AssignmentState.NOTIFIED, AssignmentState.ACCEPTED, AssignmentState.EN_ROUTE),
    ),
    EventKind.FREED: _freed,
    EventKind.STOOD_DOWN: _ended(AssignmentState.STOOD_DOWN, allowed=RUNNING),
    EventKind.LEVEL_DUE: _level_due,
    EventKind.LEVEL_RAISED: _level_raised,
    EventKind.LEVEL_DECLINED: _level_declined,
    EventKind.FIRE_CALLED: _fire_called,
    EventKind.NOTED: _noted,
    EventKind.CORRECTED: _corrected,
    EventKind.REPORTED: _reported,
    EventKind.CLOSED: _closed,
}


# -- helpers ------------------------------------------------------------------------------------------


_STATE_WORDS: dict[AssignmentState, tuple[str, str]] = {
    AssignmentState.NOTIFIED: ("已通知", "notified"),
    AssignmentState.ACCEPTED: ("已响应", "accepted"),
    AssignmentState.EN_ROUTE: ("在途", "under way"),
    AssignmentState.ON_SCENE: ("已到达", "on scene"),
    AssignmentState.FREED: ("已解困", "done: the people are freed"),
    AssignmentState.REFUSED: ("已拒绝", "off the order: it refused"),
    AssignmentState.NOT_REACHED: ("未通知到", "not reached"),
    AssignmentState.STOOD_DOWN: ("已撤回", "stood down"),
}
_NODE_WORDS: dict[Node, tuple[str, str]] = {
    Node.RECEIVED: ("接警", "received"),
    Node.NOTIFIED: ("通知救援站", "notified"),
    Node.ACCEPTED: ("响应", "accepted"),
    Node.EN_ROUTE: ("出发", "under way"),
    Node.ARRIVED: ("到达现场", "arrived"),
    Node.FREED: ("解困", "freed"),
    Node.CLOSED: ("结束", "closed"),
}


def _station_of(event: Event) -> str:
    station = event.facts.get("station_code")
    if not isinstance(station, str) or not station:
        raise MoveRefusedError(Refusal.INCOMPLETE, "缺少救援站。 The station is missing.")
    return station


def _running_assignment(incident: Incident, station: str) -> tuple[int, Assignment]:
    for at_idx in range(len(incident.assignments) - 1, -1, -1):
        assignment = incident.assignments[at_idx]
        if assignment.station_code == station:
            if assignment.is_running:
                return at_idx, assignment
            raise MoveRefusedError(
                Refusal.WRONG_STATE,
                f"救援站 {station} 目前是“{_STATE_WORDS[assignment.state][0]}”。 "
                f"Station {station} is {_STATE_WORDS[assignment.state][1]}.",
            )
    raise MoveRefusedError(
        Refusal.NOT_NOTIFIED,
        f"没有就本工单通知过救援站 {station}。 Station {station} was never notified of this order.",
    )


def _with(incident: Incident, at_idx: int, assignment: Assignment) -> Incident:
    kept = list(incident.assignments)
    kept[at_idx] = assignment
    return replace(incident, assignments=tuple(kept))


def _instant(value: Any) -> dt.datetime | None:
    """Read an instant of an event's facts: aware, or ISO 8601 with an offset."""
    if value is None:
        return None
    try:
        found = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    except ValueError as error:
        raise MoveRefusedError(
            Refusal.INCOMPLETE,
            f"时间 {str(value)[:40]!r} 无法理解。 The time {str(value)[:40]!r} cannot be read.",
        ) from error
    if found.tzinfo is None:
        raise MoveRefusedError(Refusal.INCOMPLETE, "时间缺少时区。 The time has no zone.")
    return found


def _backwards(node: Node, limit: dt.datetime) -> MoveRefusedError:
    shown = limit.isoformat(timespec="seconds")
    return MoveRefusedError(
        Refusal.TIME_GOES_BACK,
        f"“{_NODE_WORDS[node][0]}”的时间与 {shown} 的节点先后颠倒。 "
        f"The time of {_NODE_WORDS[node][1]} is out of order with the node at {shown}.",
    )
