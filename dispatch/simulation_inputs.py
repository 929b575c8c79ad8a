"""State what a simulation of dispatching is given: calls with all that chance decides of them, units, and a policy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import QuestionError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Rule(StrEnum):
    """Which station a call gets first (派遣规则)."""

    CLOSEST = "closest"
    """The closest free crew, whoever's it is."""
    BOUND_FIRST = "bound_first"
    """The bound station, then the closest able one: of the elevator's company, or networked."""
    PREFERENCE = "preference"
    """The first free station of the place's fixed list, whatever the hour."""


@dataclass(frozen=True)
class Policy:
    """
    How calls are given to stations.

    Parameters
    ----------
    rule : Rule
    keeps_reserve : bool
        A station whose crew is the last free one of its district is passed over where another is in time and at most
        `reserve_slack_s` later.
    may_preempt : bool
        An urgent call may take a crew under way to one that is not, where that saves more than `preempt_gain_s`.
    reserve_slack_s, preempt_gain_s : float
        Seconds, 0 or more.
    waits : bool
        A call that finds no crew waits for one, first come first served; else it is lost.
    reaction_s : float
        From a level falling due to the dispatcher's confirming it, seconds.
    """

    rule: Rule = Rule.BOUND_FIRST
    keeps_reserve: bool = False
    may_preempt: bool = False
    reserve_slack_s: float = 300.0
    preempt_gain_s: float = 60.0
    waits: bool = True
    reaction_s: float = 15.0

    def __post_init__(self) -> None:
        if min(self.reserve_slack_s, self.preempt_gain_s, self.reaction_s) < 0:
            raise QuestionError("策略的秒数不能为负。 Seconds of a policy cannot be negative.")


@dataclass(frozen=True, eq=False)
class Calls:
    """
    Calls of a span of time, n of them, and everything about them that chance decides: every policy gets the same.

    Attributes
    ----------
    at_s : ndarray of float64, shape (n,)
        When they come, seconds from the start, rising.
    handling_s : ndarray
        Received → notified.
    answer_s, backup_answer_s : ndarray
        Notified → accepted, of the station sent first and of every other; ``inf``: it never answers (the first only).
    refuses : ndarray of bool
        The first station refuses, after its answer time.
    turn_out_s : ndarray
        Accepted → under way.
    drive_factor : ndarray
        Actual ÷ predicted travel time, above 0.
    access_s : ndarray
        From the end of the road to the car's door: parking, gate, stairs.
    on_site_s : ndarray
        Arrived → freed.
    leaves_s : ndarray
        Received → out by themselves; ``inf``: never.
    is_urgent : ndarray of bool
    answer_limit_s, arrival_limit_s : ndarray
        Of the place.
    bound_idx : ndarray of int64, shape (n,)
        Bound station, -1 for none.
    candidate_idx : ndarray of int64, shape (n, k)
        Stations that come into question, in the place's fixed order of preference; -1 for none. The bound one is among them where it
        can get there.
    candidate_s : ndarray of float64, shape (n, k)
        Their travel times at that hour, ``inf`` for none.
    is_own : ndarray of bool, shape (n, k)
        Bound, or of the elevator's company.
    """

    at_s: Floats
    handling_s: Floats
    answer_s: Floats
    backup_answer_s: Floats
    refuses: Mask
    turn_out_s: Floats
    drive_factor: Floats
    access_s: Floats
    on_site_s: Floats
    leaves_s: Floats
    is_urgent: Mask
    answer_limit_s: Floats
    arrival_limit_s: Floats
    bound_idx: Ints
    candidate_idx: Ints
    candidate_s: Floats
    is_own: Mask

    def __len__(self) -> int:
        """Count the calls."""
        return len(self.at_s)


@dataclass(frozen=True, eq=False)
class Units:
    """
    Stations with their crews, s of them.

    Attributes
    ----------
    crews : ndarray of int64, shape (s,)
    group_idx : ndarray of int64, shape (s,)
        District of each.
    is_networked : ndarray of bool, shape (s,)
        May be sent for other companies.
    """

    crews: Ints
    group_idx: Ints
    is_networked: Mask
