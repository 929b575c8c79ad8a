"""Describe an entrapment order (困人工单): its events, its stations, its nodes and the state it is in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LEVELS = (1, 2, 3)


class EventKind(StrEnum):
    """What can happen to an order."""

    RECEIVED = "received"
    """A call came in (接警): the first event of an order."""
    JOINED = "joined"
    """A further call for the same elevator (重复来电) was joined to the order."""
    IDENTIFIED = "identified"
    """The elevator is known (电梯识别), or another one than thought."""
    PLACED = "placed"
    """Somebody says where the order is (标定位置): on the map, or by coordinates."""
    DESCRIBED = "described"
    """People inside, injuries or vulnerable persons as told later."""
    NOTIFIED = "notified"
    """A station was told (通知救援站成功)."""
    NOT_REACHED = "not_reached"
    """The message to a station could not be delivered."""
    ACCEPTED = "accepted"
    """A rescuer took the order (响应)."""
    REFUSED = "refused"
    """A station cannot take it, with its reason."""
    EN_ROUTE = "en_route"
    """The crew is under way (出发)."""
    ETA = "eta"
    """The predicted arrival moved."""
    ARRIVED = "arrived"
    """The crew is at the elevator (到达现场)."""
    FREED = "freed"
    """Persons were freed (解困)."""
    STOOD_DOWN = "stood_down"
    """A station is no longer needed, or was diverted."""
    LEVEL_DUE = "level_due"
    """The next level of response is due: the dispatcher is asked."""
    LEVEL_RAISED = "level_raised"
    """The next level of response is in force."""
    LEVEL_DECLINED = "level_declined"
    """The dispatcher decided against a level that was due, with a reason."""
    FIRE_CALLED = "fire_called"
    """The dispatcher has called 119 by telephone and notes it."""
    NOTED = "noted"
    """A remark in the log."""
    CORRECTED = "corrected"
    """The time of a node is put right, with who and why; the old one stays in the log."""
    REPORTED = "reported"
    """The fault-analysis report (故障分析报告) was handed in."""
    CLOSED = "closed"
    """The order is over, with its outcome."""


class State(StrEnum):
    """Where an order stands, by the furthest of its running assignments."""

    RECEIVED = "received"
    IDENTIFIED = "identified"
    NOTIFIED = "notified"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    FREED = "freed"
    CLOSED = "closed"


class AssignmentState(StrEnum):
    """Where one station stands with an order."""

    NOTIFIED = "notified"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    FREED = "freed"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    STOOD_DOWN = "stood_down"


RUNNING = (
    AssignmentState.NOTIFIED,
    AssignmentState.ACCEPTED,
    AssignmentState.EN_ROUTE,
    AssignmentState.ON_SCENE,
)
"""States in which a station's crew is taken."""


class Node(StrEnum):
    """Times that an order is measured by (时间节点), in their order."""

    RECEIVED = "received"
    NOTIFIED = "notified"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    FREED = "freed"
    CLOSED = "closed"


OF_ASSIGNMENT = (Node.NOTIFIED, Node.ACCEPTED, Node.EN_ROUTE, Node.ARRIVED, Node.FREED)


class Outcome(StrEnum):
    """How an order ended."""

    FREED = "freed"
    """Freed by a crew."""
    SELF_RELEASED = "self_released"
    """Out by themselves before a crew freed them (自行脱困)."""
    NOT_ENTRAPMENT = "not_entrapment"
    """No entrapment: a fault without persons, a false call, advice (非困人)."""
    DUPLICATE = "duplicate"
    """The same incident stands in another order."""
    HANDED_OVER = "handed_over"
    """Fire and rescue took over (移交 119)."""


class PlaceFrom(StrEnum):
    """What the place of an order rests on, the surest first."""

    GIVEN = "given"
    """The caller or the dispatcher gave it."""
    ELEVATOR = "elevator"
    """The elevator's registered position."""
    ADDRESS = "address"
    """A guess by the address."""
    UNIT = "unit"
    """A guess by the using unit (使用单位)."""
    DIVISION = "division"
    """A guess by the middle of the district or sub-district."""


@dataclass(frozen=True)
class Event:
    """
    Something that happened to an order.

    Parameters
    ----------
    kind : EventKind
    at : datetime
        When it happened, aware.
    actor : str
        Who did it: a username, a rescuer's name, or ``system``.
    facts : mapping of str to JSON values
        What belongs to the kind.
    """

    kind: EventKind
    at: dt.datetime
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """
    One station with an order, from being notified on.

    Attributes
    ----------
    station_code : str
    level : int
        Level of response it was notified at, 1 or 2.
    state : AssignmentState
    times : mapping of Node to datetime
        Its own nodes, as far as they have come.
    eta_at : datetime or None
        Predicted arrival as last known.
    first_eta_at : datetime or None
        Predicted arrival when it was notified: what the forecast is held against.
    eta_told_at : datetime or None
        When that prediction was made.
    responder : str or None
        Who accepted.
    ended_at : datetime or None
        When it refused, was not reached, or was stood down.
    """

    station_code: str
    level: int
    state: AssignmentState
    times: Mapping[Node, dt.datetime]
    eta_at: dt.datetime | None = None
    first_eta_at: dt.datetime | None = None
    eta_told_at: dt.datetime | None = None
    responder: str | None = None
    ended_at: dt.datetime | None = None

    @property
    def eta_known_at(self) -> dt.datetime:
        """Say since when the predicted arrival is known."""
        return self.eta_told_at or self.times[Node.NOTIFIED]

    @property
    def is_running(self) -> bool:
        """Say whether a crew is taken by it."""
        return self.state in RUNNING


@dataclass(frozen=True)
class DueLevel:
    """A level of response that is due and not yet decided on."""

    level: int
    reason: str
    due_at: dt.datetime
    key: str


@dataclass(frozen=True)
class Incident:
    """
    An order as its events have made it.

    Attributes
    ----------
    received_at : datetime
        When the first call came.
    version : int
        Number of events folded.
    last_at : datetime
        Latest time of any event.
    level : int
        Level of response in force.
    elevator_code : str or None
        None until identified.
    lonlat : (float, float) or None
        Degrees, EPSG:4326.
    is_guess : bool
        The position is a guess.
    place_from : PlaceFrom or None
        What the position rests on; None while there is none.
    place_words : str
        What a guess was found by.
    located_at : datetime or None
        When the elevator or a position became known first.
    people_inside : int or None
        None when nobody said.
    injured : int
        Injured persons as told.
    is_vulnerable : bool
        Children, old, pregnant or ill persons inside.
    is_danger : bool
        Smoke, water, or a car that moves.
    calls : int
        Calls joined in it, the first included.
    persons_freed : int
        Freed so far.
    assignments : tuple of Assignment
        In the order of their notification; a station notified again stands again.
    due : tuple of DueLevel
        Levels that wait for the dispatcher.
    decided : frozenset of str
        Keys of levels that were raised or declined.
    closed_at : datetime or None
    outcome : Outcome or None
    """

    received_at: dt.datetime
    version: int
    last_at: dt.datetime
    level: int = 1
    elevator_code: str | None = None
    lonlat: tuple[float, float] | None = None
    is_guess: bool = False
    place_from: PlaceFrom | None = None
    place_words: str = ""
    located_at: dt.datetime | None = None
    people_inside: int | None = None
    injured: int = 0
    is_vulnerable: bool = False
    is_danger: bool = False
    danger_at: dt.datetime | None = None
    calls: int = 1
    persons_freed: int = 0
    assignments: tuple[Assignment, ...] = ()
    due: tuple[DueLevel, ...] = ()
    decided: frozenset[str] = frozenset()
    raised_at: Mapping[int, dt.datetime] = field(default_factory=dict)
    fire_called_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    outcome: Outcome | None = None
    is_reported: bool = False

    @property
    def state(self) -> State:
        """Say where the order stands, by the furthest of its assignments."""
        if self.closed_at is not None:
            return State.CLOSED
        states = {a.state for a in self.assignments}
        for assigned, state in (
            (AssignmentState.FREED, State.FREED),
            (AssignmentState.ON_SCENE, State.ON_SCENE),
            (AssignmentState.EN_ROUTE, State.EN_ROUTE),
            (AssignmentState.ACCEPTED, State.ACCEPTED),
            (AssignmentState.NOTIFIED, State.NOTIFIED),
        ):
            if assigned in states:
                return state
        return State.RECEIVED if self.elevator_code is None and self.lonlat is None else State.IDENTIFIED

    @property
    def nodes(self) -> dict[Node, dt.datetime]:
        """Give the order's nodes: of several stations, the first that got there counts."""
        found: dict[Node, dt.datetime] = {Node.RECEIVED: self.received_at}
        for node in OF_ASSIGNMENT:
            times = [a.times[node] for a in self.assignments if node in a.times]
            if times:
                found[node] = min(times)
        if self.closed_at is not None:
            found[Node.CLOSED] = self.closed_at
        return found

    @property
    def running(self) -> tuple[Assignment, ...]:
        """Give the assignments that take a crew."""
        return tuple(a for a in self.assignments if a.is_running)

    def latest(self, station_code: str) -> Assignment | None:
        """Find the newest assignment of a station."""
        return next((a for a in reversed(self.assignments) if a.station_code == station_code), None)
