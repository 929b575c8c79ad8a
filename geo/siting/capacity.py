"""Choose sites that can serve only so much each: most demand covered, or least travel, within their capacities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from geo.siting._highs import Found, Model, Rows, solve
from geo.siting.concave import maximise
from geo.siting.coverage import Coverage
from geo.siting.rules import (
    CheckedRules,
    Floors,
    SiteRules,
    check_costs,
    check_floors,
    check_rules,
    check_weights,
)
from geo.siting.solution import (
    Effort,
    Floats,
    Ints,
    Reason,
    Reduction,
    Shares,
    Solution,
    Watch,
    infeasible,
    judge,
    relative_gap,
    unanswered,
)

_PART = 1e-7
_MOST_PAIRS = 400_000
"""Most pairs whose model is solved whole; beyond, sites are those of the model without capacities."""


@dataclass(frozen=True, eq=False)
class _Problem:
    """Pairs that may be, and what each is worth (least is best)."""

    demand_count: int
    demand: Ints
    site: Ints
    cost: Floats
    weight: Floats
    capacity: Floats
    rules: CheckedRules
    must_serve: bool
    may_split: bool
    group: Ints
    floor: Floats


def capacitated_covering(
    coverage: Coverage,
    weight: ArrayLike,
    capacity: ArrayLike,
    rules: SiteRules,
    *,
    may_split: bool = True,
    floors: Floors | None = None,
    effort: Effort | None = None,
) -> Solution:
    """
    Choose sites so that most weight is covered, none serving more than its capacity.

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : array_like of float, shape (n,)
    capacity : array_like of float, shape (m,)
        Most weight a site serves, 0 or more.
    rules : SiteRules
    may_split : bool
        Whether a demand point may be served by several sites in part, and in part only.
    floors : Floors, optional
    effort : Effort, optional

    Returns
    -------
    Solution
        Its objective is the weight served; `shares` says by whom, and the assignment names who serves most of each point.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Current and Storbeck 1988, doi:10.1068/b150153. HiGHS solves the whole model up to 400,000 pairs; beyond, it serves from the sites
    found without capacities, and the bound is that of the model without them.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> cover = coverage_within([[0.0, 9.0], [1.0, 9.0], [9.0, 0.0]], 2.0)
    >>> capacitated_covering(cover, [3, 2, 2], [4, 2], SiteRules(count=1)).objective
    4.0
    """
    weights = check_weights(weight, len(coverage), "weight")
    room = check_weights(capacity, coverage.site_count, "capacity")
    checked = check_rules(rules, coverage.site_count, needs_limit=True)
    group, floor = (
        (np.full(len(coverage), -1), np.zeros(0)) if floors is None else check_floors(floors, weights)
    )
    watch = Watch(effort or Effort())
    demand = np.repeat(np.arange(len(coverage)), np.diff(coverage.first))
    site = coverage.site.astype(np.int64)
    is_used = checked.is_allowed[site] & (weights[demand] > 0)
    demand, site = demand[is_used], site[is_used]
    problem = _Problem(
        len(coverage), demand, site, -weights[demand], weights, room, checked,
        must_serve=False, may_split=may_split, group=group, floor=floor,
    )  # fmt: skip
    without = maximise(
        coverage, weights, np.ones(1), checked, floors=None if floors is None else (group, floor), units_each=1,
        effort=replace(watch.effort, gap=max(watch.effort.gap, 0.005), time_limit_s=max(watch.left_s / 2, 1e-3)),
    )  # fmt: skip
    if without.bound is None:
        return without
    return _solve(problem, watch, without, -without.bound)


def capacitated_median(
    cost_matrix: ArrayLike,
    weight: ArrayLike,
    capacity: ArrayLike,
    rules: SiteRules,
    *,
    may_split: bool = True,
    effort: Effort | None = None,
) -> Solution:
    """
    Choose sites so that weighted demand travels least, everybody served and no site serving more than its capacity.

    Parameters
    ----------
    cost_matrix : array_like of float, shape (n, m)
        From every demand point (row) to every site; ``inf`` where there is no way.
    weight : array_like of float, shape (n,)
    capacity : array_like of float, shape (m,)
        Most weight a site serves, 0 or more.
    rules : SiteRules
    may_split : bool
        Whether a demand point may be served by several sites in part.
    effort : Effort, optional

    Returns
    -------
    Solution
        Infeasible where the capacities do not suffice.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Mulvey and Beck 1984, doi:10.1016/0377-2217(84)90155-3. HiGHS solves the whole model up to 400,000 pairs; beyond, it serves from the
    sites of the p-median without capacities, whose bound holds here too.

    Examples
    --------
    >>> found = capacitated_median([[0, 4], [1, 4], [9, 0]], [1, 1, 1], [2, 2], SiteRules(count=2))
    >>> found.objective, found.assignment.tolist()
    (1.0, [0, 0, 1])
    """
    from geo.siting.median import p_median  # noqa: PLC0415 - the two capacitated models meet only here

    costs = check_costs(cost_matrix)
    n, m = costs.shape
    weights = check_weights(weight, n, "weight")
    room = check_weights(capacity, m, "capacity")
    checked = check_rules(rules, m, needs_limit=True)
    watch = Watch(effort or Effort())
    limited = replace(
        watch.effort, gap=max(watch.effort.gap, 0.005), time_limit_s=max(watch.left_s / 2, 1e-3)
    )
    without = p_median(costs, weights, rules, effort=limited)
    if without.bound is None:
        return without
    is_pair = np.isfinite(costs) & checked.is_allowed & (weights > 0)[:, None]
    demand, site = np.nonzero(is_pair)
    problem = _Problem(
        n, demand, site, costs[demand, site] * weights[demand], weights, room, checked,
        must_serve=True, may_split=may_split, group=np.full(n, -1), floor=np.zeros(0),
    )  # fmt: skip
    return _solve(problem, watch, without, without.bound)


def _solve(problem: _Problem, watch: Watch, without: Solution, bound: float) -> Solution:
    """Serve from the sites found without capacities, then look for better ones where the model is small enough."""
    reduction = Reduction(problem.demand_count, problem.demand_count, len(problem.capacity), int(problem.rules.is_allowed.sum()))  # fmt: skip
    best: Found | None = None
    method = without.method
    if len(without.site_idx):
        watch.tell("heuristic", without.objective, without.bound)
        best = solve(_model(problem, without.site_idx), watch, gap=watch.effort.gap)
    if best is not None and best.value is not None and _gap(problem, best, bound) <= watch.effort.gap:
        return _answer(problem, best, bound, watch, method + "+highs", reduction)
    if len(problem.demand) <= _MOST_PAIRS and not watch.must_end():
        start = best.value if best is not None and best.value is not None else None
        watch.tell("exact", None if best is None else best.objective, bound)
        found = solve(_model(problem, None), watch, start=start, gap=watch.effort.gap)
        if found.is_infeasible:
            return infeasible(problem.demand_count, watch, Reason.RULES, method=method + "+highs")
        bound = max(bound, found.bound)
        if found.value is not None and (
            best is None or best.objective is None or (found.objective or 0.0) < best.objective
        ):
            best = found
    if best is None or best.value is None:
        shown = bound if problem.must_serve else -bound
        return unanswered(
            problem.demand_count, watch, bound=shown, method=method + "+highs", reduction=reduction
        )
    return _answer(problem, best, bound, watch, method + "+highs", reduction)


def _gap(problem: _Problem, found: Found, bound: float) -> float:
    served = float(problem.cost @ np.asarray(found.value)[len(problem.capacity) :])
    return relative_gap(served, bound)


def _model(problem: _Problem, only: Ints | None) -> Model:
    m, k = len(problem.capacity), len(problem.demand)
    n = problem.demand_count
    order = np.argsort(problem.demand, kind="stable")
    size = np.bincount(problem.demand, minlength=n)
    rows = Rows()
    least = np.where((problem.weight > 0) & problem.must_serve, 1.0, -np.inf)
    rows.add_many(size, m + order, np.ones(k), least, np.ones(n))
    by_site = np.argsort(problem.site, kind="stable")
    held = np.bincount(problem.site, minlength=m)
    at = np.insert(m + by_site, np.cumsum(held), np.arange(m))
    load = np.insert(problem.weight[problem.demand[by_site]], np.cumsum(held), -problem.capacity)
    rows.add_many(held + 1, at, load, np.full(m, -np.inf), np.zeros(m))
    pair = np.column_stack([m + np.arange(k), problem.site]).reshape(-1)
    rows.add_many(np.full(k, 2), pair, np.tile([1.0, -1.0], k), np.full(k, -np.inf), np.zeros(k))
    rows.add(np.arange(m), np.ones(m), -np.inf, problem.rules.count)
    if np.isfinite(problem.rules.budget):
        rows.add(np.arange(m), problem.rules.cost, -np.inf, problem.rules.budget)
    for g in range(len(problem.floor)):
        own = np.flatnonzero(problem.group[problem.demand] == g)
        rows.add(m + own, problem.weight[problem.demand[own]], float(problem.floor[g]), np.inf)
    lower, upper = problem.rules.is_fixed.astype(np.float64), problem.rules.is_allowed.astype(np.float64)
    if only is not None:
        upper = np.isin(np.arange(m), only).astype(np.float64)
        lower = upper.copy()
    whole = np.ones(m + k, bool)
    whole[m:] = not problem.may_split
    whole[:m] = only is None
    return rows.model(
        np.concatenate([np.zeros(m), problem.cost]), np.concatenate([lower, np.zeros(k)]),
        np.concatenate([upper, np.ones(k)]), whole,
    )  # fmt: skip


def _answer(
    problem: _Problem, found: Found, bound: float, watch: Watch, method: str, reduction: Reduction
) -> Solution:
    m = len(problem.capacity)
    value = np.asarray(found.value)
    share = np.clip(value[m:], 0.0, 1.0) if problem.may_split else np.rint(value[m:])
    used = share > _PART
    demand, site, share = problem.demand[used], problem.site[used], share[used]
    sites = np.flatnonzero(value[:m] > 0.5)
    cost = float(problem.cost[used] @ share)
    bound = min(bound, cost)
    gap = relative_gap(cost, bound)
    sign = 1.0 if problem.must_serve else -1.0
    assignment = np.full(problem.demand_count, -1)
    order = np.argsort(share, kind="stable")
    assignment[demand[order]] = site[order]
    return Solution(
        sites, assignment, sign * cost + 0.0, sign * (cost if gap == 0 else bound) + 0.0, gap, judge(gap, watch), seconds=watch.seconds,
        method=method, reduction=reduction, shares=Shares(demand, site, share),
    )  # fmt: skip
