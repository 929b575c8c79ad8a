"""Fix what prices decide of a covering problem, and let HiGHS close what is left of the gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.siting import _cover_kernels as kernels
from geo.siting._concave_problem import SLACK, Best, Problem
from geo.siting._highs import Rows, solve
from geo.siting.solution import Floats, Ints, Watch

_MOST_ENTRIES = 600_000
"""Largest model, in entries, that is handed to HiGHS."""


def exact(problem: Problem, best: Best, watch: Watch) -> bool | None:
    """Fix what prices decide and hand the rest to HiGHS; say whether it is infeasible, None when it was too large to hand over."""
    least, most = _fixed_by_price(problem, best)
    problem = replace(problem, least=least, most=most)
    depth = _depth(problem)
    entries = len(problem.coverage.site) + depth * len(problem.weight)
    if entries > _MOST_ENTRIES:
        return None
    n, m = len(problem.weight), len(problem.cost)
    rows = Rows()
    size = np.diff(problem.coverage.first)
    # each class: units wanted, minus units supplied, at most 0
    column = np.empty(entries, np.int64)
    starts = np.arange(n) * depth + problem.coverage.first[:-1]
    is_wanted = np.zeros(entries, bool)
    for k in range(depth):
        column[starts + k] = m + np.arange(n) * depth + k
        is_wanted[starts + k] = True
    column[~is_wanted] = problem.coverage.site
    rows.add_many(size + depth, column, np.where(is_wanted, 1.0, -1.0), np.full(n, -np.inf), np.zeros(n))
    rows.add(np.arange(m), np.ones(m), -np.inf, problem.count)
    if np.isfinite(problem.budget):
        rows.add(np.arange(m), problem.cost, -np.inf, problem.budget)  # fixed sites cost 0
    for g in range(len(problem.floor)):
        own = np.flatnonzero(problem.group == g)
        rows.add(m + own * depth, problem.weight[own], float(problem.floor[g]), np.inf)
    cost = np.concatenate([np.zeros(m), -(problem.weight[:, None] * problem.value[:depth]).reshape(-1)])
    upper = np.concatenate([most.astype(np.float64), np.ones(n * depth)])
    lower = np.concatenate([least.astype(np.float64), np.zeros(n * depth)])
    whole = np.arange(m + n * depth) < m
    watch.tell("exact", None if best.units is None else best.objective, best.bound)
    found = solve(
        rows.model(cost, lower, upper, whole), watch, start=_start(problem, best, depth), gap=watch.effort.gap
    )
    if found.is_infeasible and best.units is None:
        return True
    if found.value is not None:
        best.offer(problem, np.rint(found.value[:m]).astype(np.int64))
    if found.is_infeasible:  # nothing better is left among what prices did not decide
        best.bound = best.objective
    elif np.isfinite(found.bound):
        best.bound = min(best.bound, max(problem.rounded(-found.bound), best.objective))
    return False


def _depth(problem: Problem) -> int:
    """Say how often any class can be covered at all, as far as that counts."""
    before = np.concatenate([[0], np.cumsum(problem.most[problem.coverage.site])])
    most_often = int(np.diff(before[problem.coverage.first]).max(initial=1))
    return max(min(len(problem.value), most_often), 1)


def _start(problem: Problem, best: Best, depth: int) -> Floats | None:
    if best.units is None:
        return None
    covered = kernels.begin(problem.rows, problem.weight, problem.value, np.zeros(len(problem.weight)), best.units)[0]  # fmt: skip
    met = np.arange(depth)[None, :] < covered[:, None]
    return np.concatenate([best.units.astype(np.float64), met.astype(np.float64).reshape(-1)])


def _fixed_by_price(problem: Problem, best: Best) -> tuple[Ints, Ints]:
    """Fix sites at 0 or 1 where the other would push the Lagrangian bound below the best known answer."""
    least, most = problem.least.copy(), problem.most.copy()
    if best.site_price is None or best.units is None or np.isfinite(problem.budget):
        return least, most
    price = best.site_price
    room = problem.count - int(problem.least.sum())
    margin = best.bound - best.objective + SLACK * (1 + abs(best.objective))
    if bool((most - least >= room).all()) and room > 0:
        # every unit at a site instead of at the dearest one lowers the bound by what its price is less
        less = price.max() - price
        fits = np.floor(np.divide(margin, less, out=np.full(len(less), float(room)), where=less > 0))
        return least, np.maximum(np.minimum(most, fits.clip(0, room).astype(np.int64) + least), least)
    free = np.flatnonzero(problem.least == 0)
    if most.max(initial=1) > 1 or not 0 < room < len(free):
        return least, most
    order = free[np.argsort(-price[free], kind="stable")]
    taken, out = order[:room], order[room:]
    last, next_one = price[taken[-1]], price[out[0]]
    most[out[last - price[out] > margin]] = 0
    least[taken[price[taken] - next_one > margin]] = 1
    return least, most
