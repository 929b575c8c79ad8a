"""Choose sites so that covered demand counts most, each further cover of a point being worth no more than the last."""

from __future__ import annotations

import numpy as np

from geo.siting import _cover_kernels as kernels
from geo.siting._concave_exact import exact
from geo.siting._concave_problem import SLACK, Best, Problem, sums
from geo.siting.coverage import Coverage, dominated_sites, merge_same
from geo.siting.rules import CheckedRules
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
    unanswered,
)

_ROUNDS = 4000
_PATIENCE = 25
_HEURISTIC_EVERY = 20
_MEMORY = 0.9
"""How much of the direction before stays in the next (deflected subgradients)."""
_REMEMBERED = 0.95
"""How much of the units taken before stays in the mean of those that answers are made from."""
_WARMTH = 0.3
"""By which part of the gap for each unit prices may differ for sites to share units, where one site could take them all."""
_TRIALS = 400
_WORTH_IT = 1e-4
"""Part of the bound that another round of prices must win for one more to be tried."""


def maximise(
    coverage: Coverage,
    weight: Floats,
    value: Floats,
    rules: CheckedRules,
    *,
    floors: tuple[Ints, Floats] | None,
    units_each: int,
    effort: Effort,
) -> Solution:
    """
    Choose units so that ``sum_i weight_i * (value_0 + ... + value_(c_i - 1))`` is most, c_i being the units that cover i.

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : ndarray of float64, shape (n,)
    value : ndarray of float64, shape (k,)
        Worth of the first, second … cover for each unit of weight; never rising, 0 or more.
    rules : CheckedRules
    floors : tuple of ndarray, optional
        Group of each demand point and least weight covered at least once in each group.
    units_each : int
        Most units at one site.
    effort : Effort

    Returns
    -------
    Solution
        Its assignment is left at -1.

    Notes
    -----
    Demand points with the same sites become one class, sites that cover nothing are left out, and dominated ones where that is exact.
    Greedy and interchange give the answer (Teitz and Bart, doi:10.1287/opre.16.5.955). The condition that ties classes to sites is
    priced: the Lagrangian bound is lowered by subgradients (Held, Wolfe and Crowder, doi:10.1007/BF01580223; Galvão and
    ReVelle, doi:10.1016/0377-2217(94)00195-X). Floors are priced the same way. Sites whose price rules them in or out are fixed, and
    what is left goes to HiGHS when it has at most 600,000 entries.
    """
    watch = Watch(effort)
    missing = _unreachable_floors(coverage, weight, rules, floors)
    if missing:
        return infeasible(len(coverage), watch, Reason.FLOOR_OUT_OF_REACH, culprit_idx=missing)
    problem, kept, reduction = _reduced(coverage, weight, value, rules, floors, units_each)
    best = Best()
    best.bound = float(
        problem.weight @ np.full(len(problem.weight), value.sum())
    )  # everybody covered as often as counts
    _heuristic(problem, best, np.zeros(len(problem.floor)), watch)
    watch.tell("heuristic", None if best.units is None else best.objective, best.bound)
    method = "greedy+interchange"
    if best.gap > effort.gap:
        _each_by_itself(problem, best)
    if best.gap > effort.gap:
        _lagrangian(problem, best, watch)
        method += "+lagrangian"
    is_infeasible = False
    if best.gap > effort.gap and not watch.must_end():
        found = exact(problem, best, watch)
        method += "+highs" if found is not None else ""
        is_infeasible = bool(found)
        if found is None:
            _persist(problem, best, watch)
    if is_infeasible:
        return infeasible(len(coverage), watch, Reason.RULES, method=method)
    if best.units is None:
        return unanswered(len(coverage), watch, bound=best.bound, method=method, reduction=reduction)
    full = np.zeros(coverage.site_count, np.int64)
    full[kept] = best.units
    gap = best.gap
    return Solution(
        np.repeat(np.arange(len(full)), full), np.full(len(coverage), -1), best.objective,
        best.objective if gap == 0 else best.bound, gap, judge(gap, watch), seconds=watch.seconds, method=method,
        reduction=reduction,
    )  # fmt: skip


def _unreachable_floors(
    coverage: Coverage, weight: Floats, rules: CheckedRules, floors: tuple[Ints, Floats] | None
) -> tuple[int, ...]:
    if floors is None:
        return ()
    group, floor = floors
    allowed = coverage.sites(np.flatnonzero(rules.is_allowed))
    inside = (group >= 0) & (np.diff(allowed.first) > 0)
    most = np.bincount(group[inside], weights=weight[inside], minlength=len(floor))
    return tuple(np.flatnonzero(most < floor - SLACK * (1 + floor)).tolist())


def _reduced(
    coverage: Coverage,
    weight: Floats,
    value: Floats,
    rules: CheckedRules,
    floors: tuple[Ints, Floats] | None,
    units_each: int,
) -> tuple[Problem, Ints, Reduction]:
    kept = np.flatnonzero(rules.is_allowed)
    group, floor = floors if floors is not None else (np.full(len(coverage), -1), np.zeros(0))
    rows = np.flatnonzero(weight > 0)
    part = coverage.rows(rows).sites(kept)
    reached = np.flatnonzero(np.diff(part.first) > 0)
    rows, part = rows[reached], part.rows(reached)
    part, merged, merged_group = _classes(part, weight[rows], group[rows])
    if len(value) == 1 or units_each >= rules.count:
        is_needless = dominated_sites(part, rules.cost[kept]) & ~rules.is_fixed[kept]
        if is_needless.any():
            kept, part = kept[~is_needless], part.sites(np.flatnonzero(~is_needless))
            part, merged, merged_group = _classes(part, merged, merged_group)
    least = rules.is_fixed[kept].astype(np.int64)
    most = np.full(len(kept), min(units_each, rules.count))
    problem = Problem(part, merged, value, merged_group, floor, least, most, rules.cost[kept], rules.budget, rules.count)  # fmt: skip
    return problem, kept, Reduction(len(coverage), len(merged), coverage.site_count, len(kept))


def _classes(coverage: Coverage, weight: Floats, group: Ints) -> tuple[Coverage, Floats, Ints]:
    one_of, class_idx = merge_same(coverage, group)
    merged = sums(class_idx, weight, len(one_of))
    return coverage.rows(one_of), merged, group[one_of]


def _heuristic(
    problem: Problem, best: Best, floor_price: Floats, watch: Watch, start: Ints | None = None
) -> None:
    """Grow from the fixed units, or from a start, and interchange; raise the floors' prices until they are kept."""
    price = floor_price.copy()
    for _ in range(1 if not len(problem.floor) else 12):
        extra = problem.floor_worth(price)
        units = (problem.least if start is None else start).copy()
        _improve(problem, units, extra, watch)
        best.offer(problem, units)
        if not len(problem.floor) or watch.must_end():
            return
        short = problem.covered_by_group(units) < problem.floor - SLACK * (1 + problem.floor)
        if not short.any():
            return
        price = np.where(short, 2 * price + 0.5, price)


def _improve(problem: Problem, units: Ints, extra: Floats, watch: Watch) -> None:
    at = (problem.rows, problem.weight, problem.value, extra)
    covered, gain, loss, _ = kernels.begin(*at, units)
    left = problem.budget - float((units - problem.least) @ problem.cost)
    count_left = problem.count - int(units.sum())
    left, count_left = kernels.grow(
        *at, units, problem.most, problem.cost, left, count_left, covered, gain, loss
    )
    is_done = False
    while not is_done and not watch.must_end():
        _, left, is_done = kernels.interchange(
            *at, units, problem.least, problem.most, problem.cost, left,  covered, gain, loss, _TRIALS
        )  # fmt: skip


def _persist(problem: Problem, best: Best, watch: Watch) -> None:
    """Go on from the best prices with long steps again, as long as that helps."""
    while best.gap > watch.effort.gap and not watch.must_end():
        before = (best.objective, best.bound)
        _lagrangian(problem, best, watch)
        if best.objective == before[0] and before[1] - best.bound < _WORTH_IT * abs(before[1]):
            return


def _each_by_itself(problem: Problem, best: Best) -> None:
    """Bound by what sites are worth alone, nobody covered twice: exact for one site, and near where sites are few and far apart."""
    price = problem.weight * problem.value[0]
    site_price, wanted = np.empty(len(problem.cost)), np.empty(len(price), np.int64)
    kernels.site_prices(*problem.coverage.by_site, price, site_price)
    part = kernels.demand_part(problem.weight, problem.value, np.zeros(len(price)), price, wanted)
    bound = problem.rounded(part + _most_for(problem, site_price)[1])
    if bound < best.bound:
        best.bound, best.site_price = bound, site_price


def _lagrangian(problem: Problem, best: Best, watch: Watch) -> None:
    """Lower the bound by subgradients, from the best prices so far; now and then make an answer of the sites it takes.

    Prices move in proportion to the weight they stand for, and those of floors to their group's: classes of one and of a thousand
    people then move alike.
    """
    price, floor_price = _first_prices(problem, best)
    group_weight = np.maximum(sums(problem.group[problem.group >= 0], problem.weight[problem.group >= 0], len(problem.floor)), 1.0)  # fmt: skip
    site_price, wanted = np.empty(len(problem.cost)), np.empty(len(price), np.int64)
    slope = np.empty(len(price))
    site_first, demand = problem.coverage.by_site
    least_bound, pace, stale = float("inf"), 1.0, 0
    direction, floor_direction = np.zeros(len(price)), np.zeros(len(floor_price))
    mean_taken = problem.least.astype(np.float64)
    taken_before: set[bytes] = set()
    for number in range(_ROUNDS):
        extra = problem.floor_worth(floor_price)
        kernels.site_prices(site_first, demand, price, site_price)
        taken, most = _most_for(problem, site_price)
        part = kernels.demand_part(problem.weight, problem.value, extra, price, wanted)
        bound = problem.rounded(part + most - float(floor_price @ problem.floor))
        if bound < best.bound:
            best.bound, best.price, best.site_price = bound, price.copy(), site_price.copy()
            best.floor_price = floor_price.copy()
        stale = 0 if bound < least_bound - 1e-6 * abs(least_bound) else stale + 1
        least_bound = min(least_bound, bound)
        if stale >= _PATIENCE:
            pace, stale = pace / 2, 0
        goal = best.objective if best.units is not None else 0.98 * least_bound
        taken = _shared(problem, site_price, taken, bound - goal)
        mean_taken = _REMEMBERED * mean_taken + (1 - _REMEMBERED) * taken
        if number % _HEURISTIC_EVERY == _HEURISTIC_EVERY - 1:
            _from_taken(problem, best, floor_price, mean_taken, taken_before, watch)
            watch.tell("bound", None if best.units is None else best.objective, best.bound)
        if best.gap <= watch.effort.gap or pace < 1e-4 or watch.must_end():
            break
        kernels.supply(site_first, demand, taken, wanted, slope)
        direction = slope + _MEMORY * direction
        floor_direction = _floor_slope(problem, wanted) / group_weight + _MEMORY * floor_direction
        square = float(problem.weight @ direction**2 + group_weight @ floor_direction**2)
        if square == 0:
            break
        step = pace * max(bound - goal, 1e-6 * abs(bound)) / square
        kernels.step_prices(price, problem.weight * direction, step, problem.weight, problem.value, extra)
        floor_price = np.maximum(floor_price - step * floor_direction, 0.0)


def _first_prices(problem: Problem, best: Best) -> tuple[Floats, Floats]:
    """Begin with the best prices so far, else with what a further unit would be worth to each class in the best answer."""
    if best.price is not None and best.floor_price is not None:
        return best.price.copy(), best.floor_price.copy()
    units = problem.least if best.units is None else best.units
    zero = np.zeros(len(problem.weight))
    covered = kernels.begin(problem.rows, problem.weight, problem.value, zero, units)[0]
    worth = np.append(problem.value, 0.0)[np.minimum(covered, len(problem.value))]
    return problem.weight * worth, np.zeros(len(problem.floor))


def _shared(problem: Problem, site_price: Floats, taken: Floats, gap: float) -> Floats:
    """Let sites of nearly the same price share the units, where one could take them all; else give what is taken.

    All units at the dearest site is a vertex that no good answer is near: the slope there leads prices astray.
    """
    room = problem.most - problem.least
    free = problem.count - int(problem.least.sum())
    if free <= 0 or np.isfinite(problem.budget) or bool((room < free).any()):
        return taken
    warmth = max(_WARMTH * gap / free, 1e-12 * (1 + abs(float(site_price.max()))))
    share = np.exp((site_price - site_price.max()) / warmth)
    found: Floats = problem.least + free * share / share.sum()
    return found


def _floor_slope(problem: Problem, wanted: Ints) -> Floats:
    inside = (problem.group >= 0) & (wanted > 0)
    met = np.bincount(problem.group[inside], weights=problem.weight[inside], minlength=len(problem.floor))
    slope: Floats = met - problem.floor
    return slope


def _from_taken(
    problem: Problem, best: Best, floor_price: Floats, taken: Floats, before: set[bytes], watch: Watch
) -> None:
    units = _affordable(problem, _whole(problem, taken))
    key = units.tobytes()
    if key not in before:
        before.add(key)
        _heuristic(problem, best, floor_price, watch, start=units)


def _whole(problem: Problem, taken: Floats) -> Ints:
    """Round units down, and give those left over to the sites that lost most."""
    units = np.maximum(np.floor(taken + SLACK).astype(np.int64), problem.least)
    left = problem.count - int(units.sum())
    room = np.flatnonzero(units < problem.most)
    order = room[np.argsort(-(taken - units)[room], kind="stable")]
    units[order[: max(left, 0)]] += 1
    return units


def _affordable(problem: Problem, units: Ints) -> Ints:
    """Take away units, the dearest first, until the budget pays for them and they are not too many."""
    kept = units.copy()
    for j in np.argsort(-problem.cost, kind="stable").tolist():
        while kept[j] > problem.least[j] and (
            kept @ problem.cost > problem.budget or kept.sum() > problem.count
        ):
            kept[j] -= 1
    return kept


def _most_for(problem: Problem, site_price: Floats) -> tuple[Floats, float]:
    """Take the units that fetch most at their prices; with a budget, parts of the last (an upper bound of whole ones)."""
    taken = problem.least.astype(np.float64)
    free = problem.count - int(problem.least.sum())
    room = (problem.most - problem.least).astype(np.float64)
    order = np.argsort(-site_price, kind="stable")
    by_count = _filled(room[order], np.ones(len(order)), float(free))
    total = float(by_count @ site_price[order])
    if np.isfinite(problem.budget):
        rate = np.where(problem.cost > 0, site_price / np.maximum(problem.cost, 1e-300), np.inf)
        by_rate = np.argsort(-rate, kind="stable")
        parts = _filled(room[by_rate], problem.cost[by_rate], problem.budget)
        worth = float(parts @ site_price[by_rate])
        if worth < total:
            order, by_count, total = by_rate, parts, worth
    taken[order] += by_count
    return taken, total + float(problem.least @ site_price)


def _filled(room: Floats, size: Floats, space: float) -> Floats:
    """Fill a space in order, the last one in part."""
    used = np.cumsum(room * size) - room * size
    part = np.divide(space - used, size, out=np.full(len(size), np.inf), where=size > 0)
    filled: Floats = np.clip(part, 0.0, room)
    return filled
