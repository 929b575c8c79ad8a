"""Name what can go wrong when somebody is sought or sent.

OneMapError
└── DispatchError
    ├── QuestionError (ValueError)     a question with an impossible number, hour or kind
    ├── OffRoadError (ValueError)      a position too far from every road
    └── MoveRefusedError (ValueError)  an event that the incident's state does not allow, with its enumerated reason
"""

from __future__ import annotations

from enum import StrEnum

from geo.errors import OneMapError


class DispatchError(OneMapError):
    """Root of the errors of dispatch."""


class QuestionError(DispatchError, ValueError):
    """A question that names an impossible number, time limit, hour or kind."""


class OffRoadError(DispatchError, ValueError):
    """A position that lies too far from every road; `distance_m` is how far, None beyond what was searched."""

    def __init__(self, lon: float, lat: float, *, reach_m: float, distance_m: float | None) -> None:
        self.lon, self.lat = lon, lat
        self.reach_m, self.distance_m = reach_m, distance_m
        far_zh = "20 公里以内都没有道路" if distance_m is None else f"离最近的道路约 {distance_m:,.0f} 米"
        far_en = (
            "there is no road within 20 km"
            if distance_m is None
            else f"the nearest road is {distance_m:,.0f} m away"
        )
        super().__init__(
            f"位置 {lon:.6f},{lat:.6f} {far_zh}，超过 {reach_m:,.0f} 米：请核对坐标和坐标系，是否在海上。 "
            f"The position {lon:.6f},{lat:.6f} is off the roads: {far_en}, and at most {reach_m:,.0f} m is taken. "
            "Check the figures and their datum."
        )


class Refusal(StrEnum):
    """Why an incident does not take an event."""

    IS_CLOSED = "is_closed"
    """The order is closed: only corrections and reports are taken."""
    NOT_NOTIFIED = "not_notified"
    """The station was never notified of this order."""
    ALREADY_NOTIFIED = "already_notified"
    """The station is on its way or has been asked and has not answered yet."""
    WRONG_STATE = "wrong_state"
    """The step before it has not been taken, or the step has been taken already."""
    TIME_GOES_BACK = "time_goes_back"
    """The time lies before the node before it, or after the one behind it."""
    IN_THE_FUTURE = "in_the_future"
    """The time lies after now."""
    STILL_TRAPPED = "still_trapped"
    """People are still inside: it is closed when they are freed, or with another outcome."""
    LEVEL_FALLS = "level_falls"
    """The level of response never falls."""
    INCOMPLETE = "incomplete"
    """A fact that the event needs is missing or impossible."""


class MoveRefusedError(DispatchError, ValueError):
    """An event that the incident does not take; `reason` is enumerated."""

    def __init__(self, reason: Refusal, message: str) -> None:
        self.reason = reason
        super().__init__(message)
