"""Choose sites so that the farthest demand point is as near as can be (p-centre)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.siting.coverage import coverage_within
from geo.siting.rules import SiteRules, check_costs, check_rules
from geo.siting.set_cover import set_covering
from geo.siting.solution import (
    Effort,
    Floats,
    Reason,
    Reduction,
    Solution,
    Status,
    Watch,
    infeasible,
    judge,
    relative_gap,
    unanswered,
)


def p_center(cost_matrix: ArrayLike, rules: SiteRules, *, effort: Effort | None = None) -> Solution:
    """
    Choose sites so that the largest cost from a demand point to its nearest site is least.

    Parameters
    ----------
    cost_matrix : array_like of float, shape (n, m)
        From every demand point (row) to every site; ``inf`` where there is no way.
    rules : SiteRules
        With a count, a budget, or both.
    effort : Effort, optional

    Returns
    -------
    Solution
        Its objective is the largest cost; every point is assigned to its nearest chosen site.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Binary search over the costs that occur: a radius is possible when a set cover within it keeps the rules (Minieka 1970,
    doi:10.1137/1012016). Each question is answered by `geo.siting.set_cover.set_covering`; one that ends without an answer leaves
    the bound at the greatest radius proven too small.

    Examples
    --------
    >>> found = p_center([[0, 4, 9], [4, 0, 5], [9, 5, 0]], SiteRules(count=1))
    >>> found.objective, found.site_idx.tolist(), found.status.value
    (5.0, [1], 'optimal')
    """
    costs = check_costs(cost_matrix)
    n, m = costs.shape
    checked = check_rules(rules, m, needs_limit=True)
    watch = Watch(effort or Effort())
    nearest = np.where(checked.is_allowed, costs, np.inf).min(axis=1)
    missing = np.flatnonzero(~np.isfinite(nearest))
    if len(missing):
        return infeasible(n, watch, Reason.OUT_OF_REACH, culprit_idx=tuple(missing.tolist()))
    reduction = Reduction(n, n, m, int(checked.is_allowed.sum()))
    allowed = costs[:, checked.is_allowed]
    radii = np.unique(allowed[np.isfinite(allowed) & (allowed >= nearest.max())])
    low, high = 0, len(radii)  # radii[:low] are too small, radii[high:] possible
    best: Solution | None = None
    is_open = False
    while low < high and not watch.must_end():
        middle = (low + high) // 2
        found = _within(costs, float(radii[middle]), rules, watch)
        if found.status is Status.INFEASIBLE:
            low = middle + 1
        elif len(found.site_idx):
            best = found
            reached = float(costs[:, found.site_idx].min(axis=1).max())
            high = int(np.searchsorted(radii, reached))
        else:
            is_open = True
            break
    if best is None:
        if is_open or watch.is_stopped:
            return unanswered(n, watch, bound=float(radii[min(low, len(radii) - 1)]), method="highs", reduction=reduction)  # fmt: skip
        return infeasible(n, watch, Reason.RULES, method="highs")
    return _answer(costs, best, float(radii[low]), watch, reduction)


def _within(costs: Floats, radius: float, rules: SiteRules, watch: Watch) -> Solution:
    """Ask whether the rules can be kept within a radius; a radius of 0 is asked as the least cost above it would be."""
    limit = radius if radius > 0 else float(np.nextafter(0.0, 1.0))
    left = Effort(
        gap=0.999, time_limit_s=max(watch.left_s, 1e-3), clock=watch.effort.clock, should_stop=watch.must_end
    )
    found = set_covering(coverage_within(costs, limit), rules, effort=left)
    watch.tell("exact", None, radius)
    return found


def _answer(costs: Floats, best: Solution, bound: float, watch: Watch, reduction: Reduction) -> Solution:
    reach = costs[:, best.site_idx]
    objective = float(reach.min(axis=1).max())
    gap = relative_gap(objective, min(bound, objective))
    return Solution(
        best.site_idx, best.site_idx[reach.argmin(axis=1)], objective, min(bound, objective), gap, judge(gap, watch),
        seconds=watch.seconds, method="greedy+highs", reduction=reduction,
    )  # fmt: skip
