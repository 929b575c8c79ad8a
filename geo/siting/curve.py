"""Show what each further site gains, with the bound at every number, and who is gained."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import SitingError
from geo.siting.coverage import Coverage
from geo.siting.covering import covered_times, maximal_covering
from geo.siting.rules import Floors, SiteRules, check_rules, check_weights
from geo.siting.solution import Effort, Floats, Ints, Solution, Status


@dataclass(frozen=True, eq=False)
class CurvePoint:
    """
    The best with one number of sites.

    Attributes
    ----------
    count : int
        New sites.
    solution : Solution
    gained : float
        Covered beyond what the fixed sites cover.
    """

    count: int
    solution: Solution
    gained: float


def gain_curve(
    coverage: Coverage,
    weight: ArrayLike,
    rules: SiteRules,
    *,
    most: int,
    floors: Floors | None = None,
    effort: Effort | None = None,
) -> tuple[CurvePoint, ...]:
    """
    Solve the maximal covering problem for 0, 1, 2 … new sites.

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : array_like of float, shape (n,)
    rules : SiteRules
        Its count is passed over; fixed sites stand at every number.
    most : int
        Greatest number of new sites, 1 or more.
    floors : Floors, optional
        Kept at every number; where that cannot be, the point says so.
    effort : Effort, optional
        Of each number; once it is stopped, no further number is begun.

    Returns
    -------
    tuple of CurvePoint
        From 0 up, ``most + 1`` of them unless stopped.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Each number is its own problem: the best three need not hold the best two. The bounds hold each for its number.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> cover = coverage_within([[0.0, 9.0], [9.0, 0.0], [9.0, 1.0]], 2.0)
    >>> [point.gained for point in gain_curve(cover, [3, 2, 2], SiteRules(), most=2)]
    [0.0, 4.0, 7.0]
    """
    weights = check_weights(weight, len(coverage), "weight")
    fixed = len(set(rules.fixed))
    if most < 1:
        raise SitingError(
            f"新增点数 {most} 应不小于 1。 The number of new sites {most} must be 1 or more.", field="most"
        )
    check_rules(replace(rules, count=most + fixed), coverage.site_count, needs_limit=True)
    given = effort or Effort()
    base = float(weights[covered_times(coverage, np.array(sorted(set(rules.fixed)), np.int64)) > 0].sum())
    points = [_standing(coverage, weights, rules, base)]
    for count in range(1, most + 1):
        if given.should_stop is not None and given.should_stop():
            break
        found = maximal_covering(
            coverage, weights, replace(rules, count=count + fixed), floors=floors, effort=given
        )
        covered = found.objective if found.objective is not None else base
        points.append(CurvePoint(count, found, covered - base))
    return tuple(points)


def gained_rows(coverage: Coverage, before: ArrayLike, after: ArrayLike) -> NDArray[np.int64]:
    """
    List the demand points that are covered after and were not before.

    Parameters
    ----------
    coverage : Coverage
    before, after : array_like of int
        Sites.

    Returns
    -------
    ndarray of int64
        Rows of demand points.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> gained_rows(coverage_within([[0.0, 9.0], [9.0, 0.0]], 2.0), [0], [0, 1]).tolist()
    [1]
    """
    return np.flatnonzero((covered_times(coverage, before) == 0) & (covered_times(coverage, after) > 0))


def _standing(coverage: Coverage, weights: Floats, rules: SiteRules, base: float) -> CurvePoint:
    sites: Ints = np.array(sorted(set(rules.fixed)), np.int64)
    known = Solution(sites, np.full(len(coverage), -1), base, base, 0.0, Status.OPTIMAL, method="trivial")
    return CurvePoint(0, replace(known, details={"covered": base, "total": float(weights.sum())}), 0.0)
