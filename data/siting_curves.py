"""Draw how a siting answer changes with sites, budget or standard: every point a solve of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.siting_question import SitingQuestion
from geo.siting.solution import Effort, Solution, Status, relative_gap

#: From and to which part of the standard asked the fewest sites are drawn (LSCP).
STANDARD_SHARES = (0.5, 1.5)
#: Less left than this, no further point is begun.
_LEAST_S = 0.05
Put = Callable[[SitingQuestion, Effort], Solution]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class CurveEffort:
    """How long a curve may take: each point, and all of them together in seconds; `tell` hears how many of how many are done."""

    each: Effort
    limit_s: float
    tell: Tell | None = None


@dataclass(frozen=True)
class CurveStep:
    """
    One point of a curve.

    Attributes
    ----------
    x : float
        New sites, units, budget (10,000 CNY) or standard (s), as `axis_of` says.
    value, bound : float or None
        What is drawn, and what no choice betters; None where there is no answer.
    gap : float
    status : Status
    left_out : int
        Demand points that some site reaches within the standard asked and none within this one (LSCP).
    """

    x: float
    value: float | None
    bound: float | None
    gap: float
    status: Status
    left_out: int = 0


def axis_of(asked: SitingQuestion) -> dict[str, str | bool]:
    """Say what a study's curve is drawn over, what it shows, and whether less is better."""
    x = "standard_s" if asked.model == "lscp" else "budget" if asked.budget is not None else "units" if asked.model == "mexclp" else "sites"  # fmt: skip
    y = {
        "mclp": "gained", "lscp": "sites", "p_median": "mean_s", "p_median_capacity": "mean_s", "p_center": "longest_s", "backup": "backup",
        "mexclp": "expected", "mclp_capacity": "served",
    }[asked.model]  # fmt: skip
    return {"x": x, "y": y, "is_less": asked.model in ("lscp", "p_median", "p_median_capacity", "p_center")}


def nothing_added(*, keeps_floors: bool) -> CurveStep:
    """Give the point of covering models with no site at all: nothing is covered, which is an answer only where no floor asks for more."""
    if keeps_floors:
        return CurveStep(0.0, 0.0, 0.0, 0.0, Status.OPTIMAL)
    return CurveStep(0.0, None, None, float("inf"), Status.INFEASIBLE)


def draw(
    put: Put,
    asked: SitingQuestion,
    found: Solution,
    effort: CurveEffort,
    *,
    most: int,
    per: float = 1.0,
    at_nothing: CurveStep | None = None,
    from_nothing: bool = True,
) -> tuple[CurveStep, ...]:
    """Solve a study's problem over its axis; once time is over or it is stopped no further point is begun.

    Parameters
    ----------
    put : callable
        Solves the study with something changed.
    found : Solution
        Of the study itself: its own point is not solved again.
    most : int
        Candidates: no more sites can be added.
    per : float
        What objectives are divided by.
    at_nothing : CurveStep or None
        What holds with nothing added, where that need not be solved.
    from_nothing : bool
        Whether nothing added is a point at all.
    """
    is_less = bool(axis_of(asked)["is_less"])
    every = list(_questions(asked, most, from_nothing=from_nothing))
    ends = time.perf_counter() + effort.limit_s
    steps: list[CurveStep] = []
    best: float | None = None
    for done, (x, changed) in enumerate(every):
        left_s = ends - time.perf_counter()
        stop = effort.each.should_stop
        if left_s < _LEAST_S or (stop is not None and stop()):
            break
        if x == 0 and at_nothing is not None:
            steps.append(at_nothing)
        else:
            limited = effort.each
            if limited.clock is not None:
                limited = replace(limited, time_limit_s=min(limited.time_limit_s, left_s))
            solution = found if changed == asked else put(changed, limited)
            # What could be had with less can be had with more; a stricter standard is another problem.
            before = None if asked.model == "lscp" else best
            steps.append(_step(x, solution, before, per, is_less=is_less))
        best = steps[-1].value if steps[-1].value is not None else best
        if effort.tell is not None:
            effort.tell(done + 1, len(every))
    return tuple(steps)


def _questions(
    asked: SitingQuestion, most: int, *, from_nothing: bool
) -> Iterator[tuple[float, SitingQuestion]]:
    """Give the study with each value of its axis."""
    if asked.model == "lscp":
        low, high = STANDARD_SHARES
        standards = asked.standard_s * np.linspace(low, high, asked.curve + 1)
        for standard_s in sorted({asked.standard_s, *(round(s, 1) for s in standards.tolist())}):
            yield standard_s, replace(asked, standard_s=standard_s)
    elif asked.budget is not None:
        for part in range(0 if from_nothing else 1, asked.curve + 1):
            budget = asked.budget if part == asked.curve else asked.budget * part / asked.curve
            yield budget, replace(asked, budget=budget)
    else:
        top = asked.curve if asked.model == "mexclp" else min(asked.curve, most)
        for count in range(0 if from_nothing else 1, top + 1):
            yield count, replace(asked, new_count=count)


def _step(x: float, solution: Solution, before: float | None, per: float, *, is_less: bool) -> CurveStep:
    left_out = int(solution.details.get("left_out", 0))
    own = None if solution.objective is None else solution.objective / per
    known = [value for value in (own, before) if value is not None]
    if not known or solution.status is Status.INFEASIBLE:
        return CurveStep(x, None, None, float("inf"), solution.status, left_out)
    value = min(known) if is_less else max(known)
    bound = None if solution.bound is None else solution.bound / per
    gap = relative_gap(value, bound)
    return CurveStep(x, value, bound, gap, Status.OPTIMAL if gap == 0 else solution.status, left_out)
