"""Choose sites so that weighted demand travels least to its nearest site (p-median)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import SitingError
from geo.siting import _median_kernels as kernels
from geo.siting._highs import Rows, solve
from geo.siting.rules import CheckedRules, SiteRules, check_costs, check_rules, check_weights
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

_ROUNDS = 3000
_PATIENCE = 20
_HEURISTIC_EVERY = 15
_MEMORY = 0.7
_LOOKS = 200
"""Sites looked at between two questions whether to stop."""
_MOST_ENTRIES = 300_000
"""Largest model, in pairs of point and site, that is handed to HiGHS."""
_SLACK = 1e-9


@dataclass(eq=False)
class _Problem:
    """Weighted costs of candidate sites (rows), and what points pay at sites that stand."""

    cost: Floats
    standing: Floats
    price: Floats
    budget: float
    count: int

    def objective(self, chosen: Ints) -> float:
        """Work out what everybody pays; ``inf`` when somebody is not reached."""
        best = self.standing if not len(chosen) else np.minimum(self.standing, self.cost[chosen].min(axis=0))
        return float(best.sum())


@dataclass(eq=False)
class _Best:
    chosen: Ints | None = None
    objective: float = float("inf")
    bound: float = -float("inf")
    price: Floats | None = None
    fetch: Floats | None = None

    def offer(self, problem: _Problem, chosen: Ints) -> None:
        worth = problem.objective(chosen)
        if worth < self.objective:
            self.chosen, self.objective = chosen.copy(), worth

    @property
    def gap(self) -> float:
        return relative_gap(None if self.chosen is None else self.objective, self.bound)


def p_median(
    cost_matrix: ArrayLike,
    weight: ArrayLike,
    rules: SiteRules,
    *,
    limit: float | None = None,
    effort: Effort | None = None,
) -> Solution:
    """
    Choose sites so that ``sum_i weight_i * cost to the nearest chosen site`` is least.

    Parameters
    ----------
    cost_matrix : array_like of float, shape (n, m)
        From every demand point (row) to every site; ``inf`` where there is no way.
    weight : array_like of float, shape (n,)
        0 or more; points of weight 0 are left out of the sum, though they get an assignment.
    rules : SiteRules
        With a count, a budget, or both.
    limit : float, optional
        Largest cost at which a point may be served, inclusive, above 0.
    effort : Effort, optional

    Returns
    -------
    Solution
        Infeasible where a point of some weight has no allowed site.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Hakimi 1964, doi:10.1287/opre.12.3.450. Sites are added greedily and exchanged with the fast evaluation of Whitaker (1983,
    doi:10.1080/03155986.1983.11731889; Hansen and Mladenović 1997, doi:10.1016/S0966-8349(98)00030-8). Assignment is priced
    for the bound (Cornuejols, Fisher and Nemhauser 1977, doi:10.1287/mnsc.23.8.789), prices are raised by subgradients, the sites they
    take are exchanged in turn. Sites that prices rule out are dropped, and HiGHS gets the rest when it has at most 300,000 pairs.

    Examples
    --------
    >>> found = p_median([[0, 4, 9], [4, 0, 5], [9, 5, 0]], [1, 1, 1], SiteRules(count=1))
    >>> found.objective, found.site_idx.tolist(), found.assignment.tolist(), found.status.value
    (9.0, [1], [1, 1, 1], 'optimal')
    """
    costs = check_costs(cost_matrix)
    if limit is not None:
        if not limit > 0:
            raise SitingError(f"上限 {limit} 应大于 0。 The limit {limit} must be above 0.", field="limit")
        costs = np.where(costs <= limit, costs, np.inf)
    n, m = costs.shape
    weights = check_weights(weight, n, "weight")
    checked = check_rules(rules, m, needs_limit=True)
    watch = Watch(effort or Effort())
    rows = np.flatnonzero(weights > 0)
    missing = rows[~np.isfinite(costs[rows][:, checked.is_allowed]).any(axis=1)]
    if len(missing):
        return infeasible(n, watch, Reason.OUT_OF_REACH, culprit_idx=tuple(missing.tolist()))
    kept = np.flatnonzero(checked.is_allowed & ~checked.is_fixed)
    problem = _reduced(costs, weights, rows, kept, checked)
    reduction = Reduction(n, problem.cost.shape[1], m, len(kept))
    best, method, is_infeasible = _search(problem, watch)
    if is_infeasible:
        return infeasible(n, watch, Reason.RULES, method=method)
    if best.chosen is None:
        return unanswered(n, watch, bound=best.bound, method=method, reduction=reduction)
    sites = np.sort(np.concatenate([np.flatnonzero(checked.is_fixed), kept[best.chosen]]))
    return _answer(costs, weights, sites, best, watch, method, reduction)


def _answer(
    costs: Floats, weights: Floats, sites: Ints, best: _Best, watch: Watch, method: str, reduction: Reduction
) -> Solution:
    if len(sites):
        reach = costs[:, sites]
        nearest = reach.min(axis=1)
        assignment = np.where(np.isfinite(nearest), sites[reach.argmin(axis=1)], -1)
    else:
        nearest, assignment = np.full(len(costs), np.inf), np.full(len(costs), -1)
    is_counted = weights > 0
    objective = float(weights[is_counted] @ nearest[is_counted])
    bound = min(best.bound, objective)
    gap = relative_gap(objective, bound)
    total = float(weights.sum())
    details = {"mean": objective / total if total else 0.0, "total": total}
    return Solution(
        sites, assignment, objective, objective if gap == 0 else bound, gap, judge(gap, watch),
        seconds=watch.seconds, method=method, reduction=reduction, details=details,
    )  # fmt: skip


def _reduced(costs: Floats, weights: Floats, rows: Ints, kept: Ints, rules: CheckedRules) -> _Problem:
    """Put points alike in all costs together and fold fixed sites into what points pay anyhow."""
    standing = costs[rows][:, rules.is_fixed].min(axis=1, initial=np.inf)
    part = np.minimum(costs[np.ix_(rows, kept)], standing[:, None])  # dearer than what stands is never used
    table = np.column_stack([part, standing])
    alike, class_idx = _same_rows(table)
    merged = np.bincount(class_idx, weights=weights[rows], minlength=len(alike))
    with np.errstate(invalid="ignore"):
        cost = np.ascontiguousarray((part[alike] * merged[:, None]).T)
    return _Problem(cost, standing[alike] * merged, rules.cost[kept], rules.budget, rules.new_count)


def _same_rows(table: Floats) -> tuple[Ints, Ints]:
    raw = np.ascontiguousarray(table).view(np.dtype((np.void, table.shape[1] * table.itemsize))).reshape(-1)
    _, one_of, class_idx = np.unique(raw, return_index=True, return_inverse=True)
    return one_of, class_idx.reshape(-1)


def _search(problem: _Problem, watch: Watch) -> tuple[_Best, str, bool]:
    best = _Best()
    best.bound = float(np.minimum(problem.standing, problem.cost.min(axis=0, initial=np.inf)).sum())
    _grow(problem, best, watch)
    watch.tell("heuristic", _known(best), best.bound)
    method, is_infeasible = "greedy+interchange", False
    if best.gap > watch.effort.gap:
        _lagrangian(problem, best, watch)
        method += "+lagrangian"
    if best.gap > watch.effort.gap and not watch.must_end():
        found = _exact(problem, best, watch)
        method += "+highs" if found is not None else ""
        is_infeasible = bool(found)
    return best, method, is_infeasible


def _known(best: _Best) -> float | None:
    return None if best.chosen is None else best.objective


def _finite(problem: _Problem) -> tuple[Floats, Floats]:
    """Give costs to exchange with: without a way a point pays more than all ways together, so that reaching it always pays."""
    known = problem.cost[np.isfinite(problem.cost)]
    if len(known) == problem.cost.size and np.isfinite(problem.standing).all():
        return problem.cost, problem.standing
    beyond = 1.0 + 2.0 * (float(known.max(initial=0.0)) * problem.cost.shape[1])
    return np.where(np.isfinite(problem.cost), problem.cost, beyond), np.where(
        np.isfinite(problem.standing), problem.standing, beyond
    )


def _grow(problem: _Problem, best: _Best, watch: Watch) -> None:
    cost, standing = _finite(problem)
    m = len(problem.price)
    d1, saved = standing.copy(), np.empty(m)
    chosen: list[int] = []
    left = problem.budget
    while len(chosen) < problem.count and not watch.must_end():
        kernels.savings(cost, d1, saved)
        rate = np.where(problem.price <= left, saved, 0.0)
        if np.isfinite(problem.budget):
            rate = rate / np.maximum(problem.price, 1e-12)
        if rate.max(initial=0.0) <= 0:
            break
        j = int(np.argmax(rate))
        chosen.append(j)
        left -= float(problem.price[j])
        np.minimum(d1, cost[j], out=d1)
    _exchange(problem, cost, standing, best, np.array(chosen, np.int64), watch)


def _exchange(
    problem: _Problem, cost: Floats, standing: Floats, best: _Best, chosen: Ints, watch: Watch
) -> None:
    n, m = len(standing), len(problem.price)
    near, d1, d2 = np.empty(n, np.int64), np.empty(n), np.empty(n)
    is_chosen = np.zeros(m, bool)
    is_chosen[chosen] = True
    left = problem.budget - float(problem.price[chosen].sum())
    kernels.nearest_two(cost, standing, chosen, near, d1, d2)
    start, idle = 0, 0
    while len(chosen) and idle < m and not watch.must_end():
        j, c, _ = kernels.best_exchange(
            cost, problem.price, left, chosen, is_chosen, near, d1, d2, start, min(_LOOKS, m - idle)
        )
        if j < 0:
            start, idle = (start + _LOOKS) % m, idle + _LOOKS
            continue
        left -= float(problem.price[j] - problem.price[chosen[c]])
        is_chosen[chosen[c]], is_chosen[j] = False, True
        chosen[c] = j
        kernels.nearest_two(cost, standing, chosen, near, d1, d2)
        start, idle = (j + 1) % m, 0
    best.offer(problem, chosen)


def _lagrangian(problem: _Problem, best: _Best, watch: Watch) -> None:
    """Raise the bound by subgradients; now and then exchange from the sites it takes."""
    cost, standing = _finite(problem)
    n, m = len(standing), len(problem.price)
    start = np.zeros(0, np.int64) if best.chosen is None else best.chosen
    near, d1, d2 = np.empty(n, np.int64), np.empty(n), np.empty(n)
    kernels.nearest_two(cost, standing, start, near, d1, d2)
    price = np.where(np.isfinite(d2), d2, d1)
    fetch, slope, direction = np.empty(m), np.empty(n), np.zeros(n)
    highest, pace, stale = -float("inf"), 1.0, 0
    seen: set[bytes] = set()
    for number in range(_ROUNDS):
        total = kernels.relax(problem.cost, problem.standing, price, fetch, 0.0)
        taken, saved = _taken(problem, fetch)
        bound = total - saved
        if bound > best.bound:
            best.bound, best.price, best.fetch = bound, price.copy(), fetch.copy()
        stale = 0 if bound > highest + 1e-6 * abs(highest) else stale + 1
        highest = max(highest, bound)
        if stale >= _PATIENCE:
            pace, stale = pace / 2, 0
        chosen = np.flatnonzero(taken >= 1 - _SLACK)
        if number % _HEURISTIC_EVERY == 0 and chosen.tobytes() not in seen:
            seen.add(chosen.tobytes())
            _exchange(problem, cost, standing, best, _filled_up(problem, chosen, fetch), watch)
        if number % _HEURISTIC_EVERY == 0:
            watch.tell("bound", _known(best), best.bound)
        if best.gap <= watch.effort.gap or pace < 1e-4 or watch.must_end():
            break
        kernels.slope_of(problem.cost, problem.standing, price, taken, slope)
        direction = slope + _MEMORY * direction
        square = float(direction @ direction)
        if square == 0:
            break
        goal = best.objective if best.chosen is not None else highest + 0.05 * abs(highest)
        price = np.maximum(price + pace * max(goal - bound, 1e-7 * abs(bound)) / square * direction, 0.0)


def _filled_up(problem: _Problem, chosen: Ints, fetch: Floats) -> Ints:
    """Add sites that fetch most until the count is reached, where the budget allows it."""
    while len(chosen) > problem.count or problem.price[chosen].sum() > problem.budget:
        chosen = np.delete(chosen, int(np.argmax(problem.price[chosen])))
    left = problem.budget - float(problem.price[chosen].sum())
    taken = list(chosen)
    order = np.argsort(-fetch, kind="stable")
    for j in order[~np.isin(order, chosen)].tolist():
        if len(taken) >= problem.count:
            break
        if problem.price[j] <= left:
            taken.append(j)
            left -= float(problem.price[j])
    return np.array(taken, np.int64)


def _taken(problem: _Problem, fetch: Floats) -> tuple[Floats, float]:
    """Take the sites that fetch most; with a budget, part of the last (a bound for whole ones)."""
    order = np.argsort(-fetch, kind="stable")
    taken = np.zeros(len(fetch))
    taken[order[: problem.count]] = 1.0
    total = float(taken @ fetch)
    if np.isfinite(problem.budget):
        rate = np.where(problem.price > 0, fetch / np.maximum(problem.price, 1e-300), np.inf)
        by_rate = np.argsort(-rate, kind="stable")
        price = problem.price[by_rate]
        space = problem.budget - (np.cumsum(price) - price)
        parts = np.clip(np.divide(space, price, out=np.ones(len(price)), where=price > 0), 0.0, 1.0)
        worth = float(parts @ fetch[by_rate])
        if worth < total:
            taken = np.zeros(len(fetch))
            taken[by_rate], total = parts, worth
    return taken, total


def _undecided(problem: _Problem, best: _Best) -> tuple[Ints, NDArray[np.bool_]]:
    """Give the sites that prices leave in question, and which of them they rule in."""
    m = len(problem.price)
    everybody = np.arange(m)
    if best.fetch is None or best.chosen is None or np.isfinite(problem.budget) or not 0 < problem.count < m:
        return everybody, np.zeros(m, bool)
    order = np.argsort(-best.fetch, kind="stable")
    last, next_one = best.fetch[order[problem.count - 1]], best.fetch[order[problem.count]]
    margin = best.objective - best.bound + _SLACK * (1 + abs(best.objective))
    is_in = np.zeros(m, bool)
    is_in[order[: problem.count]] = best.fetch[order[: problem.count]] - next_one > margin
    kept = np.flatnonzero(last - best.fetch <= margin)
    return kept, is_in[kept]


def _exact(problem: _Problem, best: _Best, watch: Watch) -> bool | None:
    """Hand to HiGHS what is left; say whether it is infeasible, None when it was too large."""
    kept, is_in = _undecided(problem, best)
    cost = problem.cost[kept]
    sure = np.minimum(problem.standing, cost[is_in].min(axis=0, initial=np.inf))
    n, m = len(sure), len(kept)
    # a pair is of use where it is cheaper than what is sure anyhow
    is_pair = np.isfinite(cost) & ((cost < sure) | is_in[:, None])
    site, point = np.nonzero(is_pair)
    k = len(site)
    if k + n > _MOST_ENTRIES:
        return None
    rows = Rows()
    has_standing = np.isfinite(problem.standing)
    order = np.argsort(point, kind="stable")
    size = np.bincount(point, minlength=n)
    # every point goes to one pair or to what stands
    at = np.insert(m + order, np.cumsum(size)[has_standing], (m + k + np.arange(n))[has_standing])
    rows.add_many(size + has_standing, at, np.ones(len(at)), np.ones(n), np.ones(n))
    pair = np.column_stack([m + np.arange(k), site]).reshape(-1)
    rows.add_many(np.full(k, 2), pair, np.tile([1.0, -1.0], k), np.full(k, -np.inf), np.zeros(k))
    rows.add(np.arange(m), np.ones(m), -np.inf, problem.count)
    if np.isfinite(problem.budget):
        rows.add(np.arange(m), problem.price[kept], -np.inf, problem.budget)
    price = np.concatenate([np.zeros(m), cost[site, point], np.where(has_standing, problem.standing, 0.0)])
    lower = np.concatenate([is_in.astype(np.float64), np.zeros(k + n)])
    upper = np.concatenate([np.ones(m + k), has_standing.astype(np.float64)])
    watch.tell("exact", _known(best), best.bound)
    found = solve(rows.model(price, lower, upper, np.arange(m + k + n) < m), watch, gap=watch.effort.gap)
    if found.is_infeasible and best.chosen is None:
        return True
    if found.value is not None:
        best.offer(problem, kept[found.value[:m] > 0.5])
    if found.is_infeasible or found.is_proven:
        best.bound = max(best.bound, best.objective)
    else:
        best.bound = max(best.bound, min(found.bound, best.objective))
    return False
