"""Name what happens in the course of a drill, and what somebody is doing meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch.course_plan import LonLat, Way


class Happening(StrEnum):
    """What happens in a course."""

    ALARM = "alarm"
    NOTIFIED = "notified"
    UNDER_WAY = "under_way"
    ON_SITE = "on_site"
    AT_WORK = "at_work"
    READY = "ready"
    DELIVERED = "delivered"
    BROKEN_DOWN = "broken_down"
    CALLED_INSTEAD = "called_instead"
    NONE_INSTEAD = "none_instead"
    TURNED_OFF = "turned_off"
    CUT_OFF = "cut_off"
    ORDERED = "ordered"
    TOLD = "told"
    LEFT = "left"
    OUT = "out"
    SHELTERED = "sheltered"
    SENT_ON = "sent_on"
    NO_PLACE = "no_place"
    ROAD_CLOSED = "road_closed"
    WIND_TURNED = "wind_turned"
    STAGING_MOVED = "staging_moved"
    ROAD_OPENED = "road_opened"
    RELEASE_STOPPED = "release_stopped"
    ZONE_CLEARED = "zone_cleared"
    STAYED = "stayed"


class State(StrEnum):
    """What a team or a wave is doing."""

    TURNING_OUT = "turning_out"
    DRIVING = "driving"
    SETTING_UP = "setting_up"
    WORKING = "working"
    WAITING = "waiting"
    READY = "ready"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Event:
    """Something that happens, seconds after the accident: to whom (a key), how many people, or by which inject."""

    at_s: float
    what: Happening
    key: str = ""
    people: int = 0
    number: int = 0


@dataclass(frozen=True)
class Stage:
    """What somebody does from one second to another: along a way from share to share, or standing at `at`."""

    key: str
    state: State
    from_s: float
    to_s: float
    at: LonLat
    way: Way | None = None
    share_from: float = 0.0
    share_to: float = 0.0
    people: int = 0


@dataclass(frozen=True)
class Course:
    """
    One course.

    Attributes
    ----------
    events : tuple of Event
        In the order of time.
    stages : tuple of Stage
        In the order of their beginning.
    ends_s : float
        When the last thing happens.
    """

    events: tuple[Event, ...]
    stages: tuple[Stage, ...]
    ends_s: float
