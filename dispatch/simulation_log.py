"""Keep what became of simulated calls: the stations sent, levels that fell due, and crews' time."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class LegEnd(StrEnum):
    """How a station's part in a call ended."""

    FREED = "freed"
    REFUSED = "refused"
    STOOD_DOWN = "stood_down"


@dataclass
class Leg:
    """One station sent to one call; times in seconds from the start, ``inf`` for what did not come."""

    station_idx: int
    level: int
    notified_s: float
    predicted_s: float
    accepted_s: float
    under_way_s: float
    arrives_s: float
    ended_s: float = np.inf
    end: LegEnd | None = None


class Raised(StrEnum):
    """Why level 2 was raised."""

    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    PREDICTED_LATE = "predicted_late"
    LATE = "late"


@dataclass(eq=False)
class CallLog:
    """What became of one call."""

    legs: list[Leg] = field(default_factory=list)
    due: list[tuple[float, Raised, bool]] = field(default_factory=list)
    """Level 2 falling due: when, why, and whether it was raised."""
    nobody_s: float = np.inf
    """When nobody was found for level 2, and 119 was asked."""
    freed_s: float = np.inf
    ended_s: float = np.inf
    is_lost: bool = False
    """Nobody was ever free or able."""
    waited_s: float = 0.0
    """Seconds spent waiting for any crew."""


@dataclass(frozen=True, eq=False)
class Run:
    """
    What became of the calls under a policy.

    Attributes
    ----------
    logs : tuple of CallLog
    busy_s : ndarray of float64, shape (s,)
        Crew-seconds of each station on calls.
    until_s : float
        When the last call ended.
    """

    logs: tuple[CallLog, ...]
    busy_s: Floats
    until_s: float
