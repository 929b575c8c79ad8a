"""Say what was found: the sites, how good they are, how much better others could be, and how that is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.errors import SitingError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEVER = 1e-9
"""Gaps up to this are the rounding of sums of floats."""


class Status(StrEnum):
    """What is known of an answer."""

    OPTIMAL = "optimal"
    """Its bound equals it: there is no better one."""
    WITHIN_GAP = "within_gap"
    """No other is better by more than the gap that was asked for."""
    STOPPED = "stopped"
    """Time ran out or it was cancelled: the bound says how much better another could be."""
    OPEN = "open"
    """Every way was tried and the gap that was asked for was not reached: more time would not help."""
    INFEASIBLE = "infeasible"
    """No choice of sites keeps the rules; `reason` says why."""


class Reason(StrEnum):
    """Why no choice of sites keeps the rules."""

    NONE = "none"
    """There is one."""
    OUT_OF_REACH = "out_of_reach"
    """Demand points that no allowed site reaches; `culprit_idx` are their rows."""
    FLOOR_OUT_OF_REACH = "floor_out_of_reach"
    """Groups whose floor all allowed sites together do not meet; `culprit_idx` are their numbers."""
    RULES = "rules"
    """Number, budget, floors or capacities cannot be kept together."""


@dataclass(frozen=True)
class Progress:
    """
    How far a run is.

    Attributes
    ----------
    stage : str
        ``heuristic``, ``bound`` or ``exact``.
    objective, bound : float or None
        Best known so far; None while unknown.
    """

    stage: str
    objective: float | None
    bound: float | None


@dataclass(frozen=True)
class Effort:
    """
    How long to try, and who is told.

    Parameters
    ----------
    gap : float
        Relative gap that suffices, 0 to 1; 0 asks for a proof.
    time_limit_s : float
        Longest run in seconds, above 0; needs `clock`.
    clock : callable, optional
        Gives seconds that only rise (``time.perf_counter``, say); without it no times are told.
    progress : callable, optional
        Called with a `Progress` now and then.
    should_stop : callable, optional
        Asked now and then; true ends the run with the best known.

    Raises
    ------
    SitingError
        When gap or time limit are impossible, or there is a limit without a clock.
    """

    gap: float = 0.0
    time_limit_s: float = float("inf")
    clock: Callable[[], float] | None = None
    progress: Callable[[Progress], None] | None = None
    should_stop: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.gap < 1:
            raise SitingError(
                f"允许间隙 {self.gap} 应在 0（含）至 1 之间。 The gap {self.gap} must be 0 or more and below 1.",
                field="gap",
            )
        if not self.time_limit_s > 0:
            raise SitingError(
                f"时限 {self.time_limit_s} s 应大于 0。 The time limit {self.time_limit_s} s must be above 0.",
                field="time_limit_s",
            )
        if self.clock is None and np.isfinite(self.time_limit_s):
            raise SitingError("有时限就要有时钟。 A time limit needs a clock.", field="clock")


class Watch:
    """Follow one run: how long it took, whether it has to end."""

    def __init__(self, effort: Effort) -> None:
        self.effort = effort
        self._begun = effort.clock() if effort.clock else 0.0
        self.is_stopped = False

    @property
    def seconds(self) -> float | None:
        """Since the start; None without a clock."""
        return None if self.effort.clock is None else self.effort.clock() - self._begun

    @property
    def left_s(self) -> float:
        """Until the limit, not below 0."""
        return max(self.effort.time_limit_s - (self.seconds or 0.0), 0.0)

    def must_end(self) -> bool:
        """Say whether time is over or the caller wants it to end; once true, always true."""
        if not self.is_stopped:
            asked = self.effort.should_stop is not None and self.effort.should_stop()
            self.is_stopped = asked or self.left_s <= 0
        return self.is_stopped

    def tell(self, stage: str, objective: float | None = None, bound: float | None = None) -> None:
        """Tell the caller how far it is."""
        if self.effort.progress is not None:
            self.effort.progress(Progress(stage, objective, bound))


@dataclass(frozen=True)
class Reduction:
    """
    What the problem was brought down to, without changing its answer.

    Attributes
    ----------
    demand_before, demand_after : int
        Demand points given, and classes of those that are left: same coverage, one class; what counts nothing is left out.
    sites_before, sites_after : int
        Sites given, and those left in question.
    """

    demand_before: int
    demand_after: int
    sites_before: int
    sites_after: int


@dataclass(frozen=True, eq=False)
class Shares:
    """
    Who serves what part of whom.

    Attributes
    ----------
    demand_idx, site_idx : ndarray of int64, shape (k,)
    share : ndarray of float64, shape (k,)
        Above 0, at most 1; of one demand point at most 1 in all.
    """

    demand_idx: Ints
    site_idx: Ints
    share: Floats


@dataclass(frozen=True, eq=False)
class Solution:
    """
    An answer with its proof.

    Attributes
    ----------
    site_idx : ndarray of int64, shape (s,)
        Chosen sites in ascending order, fixed ones included; a site with two units stands twice. Empty where there is no answer.
    assignment : ndarray of int64, shape (n,)
        Site each demand point goes to; -1 for none.
    objective : float or None
        In the model's own unit (covered weight, weighted travel, largest travel, number or cost of sites); None without an answer.
    bound : float or None
        No answer is better than this; None when infeasible.
    gap : float
        ``abs(bound - objective) / abs(objective)``; ``inf`` where that is not known.
    status : Status
    reason : Reason
        Why infeasible.
    culprit_idx : tuple of int
        Rows or groups that `reason` speaks of.
    seconds : float or None
        How long it took; None without a clock.
    method : str
        What found and proved it, joined by ``+``: ``greedy``, ``interchange``, ``lagrangian``, ``highs``, ``trivial``.
    reduction : Reduction or None
    shares : Shares or None
        Who serves what part of whom, in the capacitated models alone.
    details : dict of str to float
        Further figures of the model, named where it is described.
    """

    site_idx: Ints
    assignment: Ints
    objective: float | None
    bound: float | None
    gap: float
    status: Status
    reason: Reason = Reason.NONE
    culprit_idx: tuple[int, ...] = ()
    seconds: float | None = None
    method: str = ""
    reduction: Reduction | None = None
    shares: Shares | None = None
    details: dict[str, float] = field(default_factory=dict)


def relative_gap(objective: float | None, bound: float | None) -> float:
    """
    Measure how far a bound lies from an objective.

    Parameters
    ----------
    objective, bound : float or None

    Returns
    -------
    float
        0 or more, relative to the objective; ``inf`` when either is unknown.

    Notes
    -----
    As HiGHS and most solvers define it; an objective of 0 with another bound has the gap ``inf``.

    Examples
    --------
    >>> relative_gap(100.0, 102.0), relative_gap(0.0, 0.0), relative_gap(None, 3.0)
    (0.02, 0.0, inf)
    """
    if objective is None or bound is None or not np.isfinite(bound):
        return float("inf")
    off = abs(bound - objective)
    if off <= _NEVER * max(1.0, abs(objective)):
        return 0.0
    return off / abs(objective) if objective else float("inf")


def judge(gap: float, watch: Watch) -> Status:
    """
    Name what a gap means.

    Parameters
    ----------
    gap : float
    watch : Watch
        Of the run, which may have been stopped.

    Returns
    -------
    Status

    Examples
    --------
    >>> judge(0.0, Watch(Effort())).value, judge(0.01, Watch(Effort(gap=0.02))).value, judge(0.1, Watch(Effort())).value
    ('optimal', 'within_gap', 'open')
    """
    if gap == 0:
        return Status.OPTIMAL
    if gap <= watch.effort.gap:
        return Status.WITHIN_GAP
    return Status.STOPPED if watch.is_stopped else Status.OPEN


def infeasible(
    count: int, watch: Watch, reason: Reason, *, culprit_idx: tuple[int, ...] = (), method: str = "trivial"
) -> Solution:
    """
    Give the answer that there is none.

    Parameters
    ----------
    count : int
        Demand points.
    watch : Watch
    reason : Reason
    culprit_idx : tuple of int
    method : str

    Returns
    -------
    Solution
    """
    return Solution(
        np.zeros(0, np.int64), np.full(count, -1), None, None, float("inf"), Status.INFEASIBLE, reason, culprit_idx,
        watch.seconds, method,
    )  # fmt: skip


def unanswered(
    count: int, watch: Watch, *, bound: float | None, method: str, reduction: Reduction | None = None
) -> Solution:
    """
    Give the answer that none was found in time, though there may be one.

    Parameters
    ----------
    count : int
        Demand points.
    watch : Watch
    bound : float or None
    method : str
    reduction : Reduction, optional

    Returns
    -------
    Solution
    """
    status = Status.STOPPED if watch.is_stopped else Status.OPEN
    return Solution(
        np.zeros(0, np.int64), np.full(count, -1), None, bound, float("inf"), status,
        seconds=watch.seconds, method=method, reduction=reduction,
    )  # fmt: skip
