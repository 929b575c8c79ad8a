"""Cover every demand point with the fewest or cheapest sites (LSCP), then cover most of it twice (BACOP1)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from geo.siting import _cover_kernels as kernels
from geo.siting._highs import Found, Rows, solve
from geo.siting.coverage import Coverage, dominated_sites, merge_same
from geo.siting.covering import covered_times, first_covering
from geo.siting.rules import CheckedRules, SiteRules, check_rules, check_weights
from geo.siting.solution import (
    Effort,
    Floats,
    Ints,
    Reason,
    Reduction,
    Solution,
    Watch,
    infeasible,
    judge,
    relative_gap,
    unanswered,
)


def set_covering(
    coverage: Coverage, rules: SiteRules | None = None, *, effort: Effort | None = None
) -> Solution:
    """
    Cover every demand point with the fewest sites, or the cheapest (LSCP).

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    rules : SiteRules, optional
        A count or budget is a limit that must be kept.
    effort : Effort, optional

    Returns
    -------
    Solution
        Its objective is the number of sites, fixed ones included; with costs, what the new sites cost. Infeasible where demand points have
        no site: the answer names their rows.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Toregas, Swain, ReVelle and Bergman 1971, doi:10.1287/opre.19.6.1363. Demand points whose sites include all sites of
    another, and dominated sites, are left out until nothing changes; HiGHS solves what is left.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> found = set_covering(coverage_within([[0, 9, 1], [9, 0, 1]], 1.0))
    >>> found.site_idx.tolist(), found.objective, found.status.value
    ([2], 1.0, 'optimal')
    """
    given = rules or SiteRules()
    checked = check_rules(given, coverage.site_count, needs_limit=False)
    watch = Watch(effort or Effort())
    cost = np.ones(coverage.site_count) if given.cost is None else checked.cost
    return _least(coverage, checked, cost, watch)


def backup_set_covering(
    coverage: Coverage, weight: ArrayLike, rules: SiteRules | None = None, *, effort: Effort | None = None
) -> Solution:
    """
    Cover every demand point once and most weight twice, with a given number of sites or the fewest (BACOP1, LSCP-B).

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : array_like of float, shape (n,)
    rules : SiteRules, optional
        Without a count or a budget, the number of sites is the fewest that cover everything.
    effort : Effort, optional

    Returns
    -------
    Solution
        Its objective is the weight covered twice.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Hogan and ReVelle 1986, doi:10.1287/mnsc.32.11.1434. Solved by HiGHS.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> found = backup_set_covering(coverage_within([[0, 1], [9, 0]], 2.0), [3, 2], SiteRules(count=2))
    >>> found.objective, found.site_idx.tolist()
    (3.0, [0, 1])
    """
    given = rules or SiteRules()
    weights = check_weights(weight, len(coverage), "weight")
    checked = check_rules(given, coverage.site_count, needs_limit=False)
    watch = Watch(effort or Effort())
    if given.count is None and given.budget is None:
        first = _least(coverage, checked, np.ones(coverage.site_count), watch)
        if first.objective is None:
            return first
        checked = replace(checked, count=len(first.site_idx))
    return _twice(coverage, weights, checked, watch)


def _least(coverage: Coverage, rules: CheckedRules, cost: Floats, watch: Watch) -> Solution:
    n = len(coverage)
    missing = _unreached(coverage, rules)
    if missing:
        return infeasible(n, watch, Reason.OUT_OF_REACH, culprit_idx=missing)
    kept, part = _reduced(coverage, rules, cost)
    reduction = Reduction(n, len(part), coverage.site_count, len(kept))
    chosen = _greedy(part, cost[kept])
    fixed = np.flatnonzero(rules.is_fixed)
    limit = rules.new_count
    shift = float(cost[fixed].sum())
    trivial = 1.0 if len(part) and (cost[kept] == 1).all() else 0.0
    if _keeps(chosen, rules, kept) and relative_gap(float(cost[kept] @ chosen), trivial) <= watch.effort.gap:
        found = Found(chosen, float(cost[kept] @ chosen), trivial, is_infeasible=False, is_proven=False)
    else:
        found = _highs(part, cost[kept], rules.cost[kept], limit, rules.budget, watch, chosen)
    if found.is_infeasible:
        return infeasible(n, watch, Reason.RULES, method="greedy+highs")
    value = chosen if _keeps(chosen, rules, kept) else None
    best = float("inf") if value is None else float(cost[kept] @ value)
    if found.value is not None and float(cost[kept] @ np.rint(found.value)) < best - 1e-9:
        value = np.rint(found.value)
        best = float(cost[kept] @ value)
    bound = best if found.is_proven and value is not None else max(found.bound, 0.0)
    if (cost[kept] == 1).all():
        bound = np.ceil(bound - 1e-6)
    if value is None:
        return unanswered(n, watch, bound=shift + bound, method="greedy+highs", reduction=reduction)
    objective = best + shift
    sites = np.sort(np.concatenate([fixed, kept[value > 0.5]]))
    bound = min(bound + shift, objective)
    gap = relative_gap(objective, bound)
    return Solution(
        sites, first_covering(coverage, sites), objective, bound, gap, judge(gap, watch), seconds=watch.seconds,
        method="greedy+highs", reduction=reduction,
    )  # fmt: skip


def _unreached(coverage: Coverage, rules: CheckedRules) -> tuple[int, ...]:
    allowed = coverage.sites(np.flatnonzero(rules.is_allowed))
    return tuple(np.flatnonzero(np.diff(allowed.first) == 0).tolist())


def _keeps(chosen: Floats, rules: CheckedRules, kept: Ints) -> bool:
    return bool(chosen.sum() <= rules.new_count and rules.cost[kept] @ chosen <= rules.budget * (1 + 1e-12))


def _reduced(coverage: Coverage, rules: CheckedRules, cost: Floats) -> tuple[Ints, Coverage]:
    """Leave out what fixed sites cover, then dominated demand points and sites, until nothing changes."""
    open_rows = np.flatnonzero(first_covering(coverage, np.flatnonzero(rules.is_fixed)) < 0)
    kept = np.flatnonzero(rules.is_allowed & ~rules.is_fixed)
    part = coverage.rows(open_rows).sites(kept)
    has_cost = np.isfinite(rules.budget) and (rules.cost[kept] != cost[kept]).any()
    while len(part):
        size = (len(part), len(kept))
        part = part.rows(merge_same(part)[0])
        part = part.rows(np.flatnonzero(~kernels.implied(part.first, part.site, *part.by_site)))
        if not has_cost:
            needed = np.flatnonzero(~dominated_sites(part, cost[kept]))
            kept, part = kept[needed], part.sites(needed)
        if size == (len(part), len(kept)):
            break
    return (kept, part) if len(part) else (kept[:0], part.sites(kept[:0]))


def _greedy(coverage: Coverage, cost: Floats) -> Floats:
    """Take the site that covers most open points for its cost until none is open, then drop those not needed."""
    chosen = np.zeros(coverage.site_count)
    if not len(coverage):
        return chosen
    first, demand = coverage.by_site
    times = np.zeros(len(coverage), np.int64)
    row_of = np.repeat(np.arange(len(coverage)), np.diff(coverage.first))
    while (times == 0).any():
        gain = np.bincount(coverage.site[times[row_of] == 0], minlength=coverage.site_count)
        best = int(np.argmax(gain / np.maximum(cost, 1e-12)))
        chosen[best] = 1.0
        times[demand[first[best] : first[best + 1]]] += 1
    for j in np.flatnonzero(chosen)[np.argsort(-cost[chosen > 0], kind="stable")].tolist():
        own = demand[first[j] : first[j + 1]]
        if (times[own] > 1).all():
            chosen[j] = 0.0
            times[own] -= 1
    return chosen


def _highs(
    coverage: Coverage, cost: Floats, paid: Floats, limit: int, budget: float, watch: Watch, start: Floats
) -> Found:
    m = coverage.site_count
    if m == 0:
        return Found(np.zeros(0), 0.0, 0.0, is_infeasible=False, is_proven=True)
    rows = Rows()
    n = len(coverage)
    rows.add_many(np.diff(coverage.first), coverage.site.astype(np.int64), np.ones(len(coverage.site)), np.ones(n), np.full(n, np.inf))  # fmt: skip
    rows.add(np.arange(m), np.ones(m), -np.inf, limit)
    if np.isfinite(budget):
        rows.add(np.arange(m), paid, -np.inf, budget)
    watch.tell("exact", float(cost @ start), None)
    keeps = start.sum() <= limit and paid @ start <= budget
    model = rows.model(cost, np.zeros(m), np.ones(m), np.ones(m, bool))
    return solve(model, watch, start=start if keeps else None, gap=watch.effort.gap)


def _twice(coverage: Coverage, weight: Floats, rules: CheckedRules, watch: Watch) -> Solution:
    missing = _unreached(coverage, rules)
    if missing:
        return infeasible(len(coverage), watch, Reason.OUT_OF_REACH, culprit_idx=missing)
    kept = np.flatnonzero(rules.is_allowed)
    one_of, class_idx = merge_same(coverage.sites(kept))
    part = coverage.sites(kept).rows(one_of)
    merged = np.bincount(class_idx, weights=weight, minlength=len(one_of))
    n, m = len(part), len(kept)
    rows = Rows()
    # times covered minus covered twice is at least 1
    column = np.insert(part.site.astype(np.int64), part.first[1:], m + np.arange(n))
    sign = np.insert(np.ones(len(part.site)), part.first[1:], -1.0)
    rows.add_many(np.diff(part.first) + 1, column, sign, np.ones(n), np.full(n, np.inf))
    rows.add(np.arange(m), np.ones(m), -np.inf, rules.count)
    if np.isfinite(rules.budget):
        rows.add(np.arange(m), rules.cost[kept], -np.inf, rules.budget)
    model = rows.model(
        np.concatenate([np.zeros(m), -merged]), np.concatenate([rules.is_fixed[kept], np.zeros(n)]).astype(np.float64),
        np.ones(m + n), np.arange(m + n) < m,
    )  # fmt: skip
    watch.tell("exact")
    found = solve(model, watch, gap=watch.effort.gap)
    reduction = Reduction(len(coverage), n, coverage.site_count, m)
    if found.is_infeasible:
        return infeasible(len(coverage), watch, Reason.RULES, method="highs")
    most = float(merged.sum())
    bound = min(-found.bound, most)
    if found.value is None:
        return unanswered(len(coverage), watch, bound=bound, method="highs", reduction=reduction)
    sites = kept[found.value[:m] > 0.5]
    objective = float(weight[covered_times(coverage, sites) > 1].sum())
    bound = objective if found.is_proven else max(bound, objective)
    gap = relative_gap(objective, bound)
    return Solution(
        sites, first_covering(coverage, sites), objective, bound, gap, judge(gap, watch), seconds=watch.seconds,
        method="highs", reduction=reduction,
    )  # fmt: skip
