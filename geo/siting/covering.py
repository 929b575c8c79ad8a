"""Choose sites that cover most demand: once (MCLP), twice (BACOP), or with units that may be busy (MEXCLP)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import SitingError
from geo.siting.concave import maximise
from geo.siting.coverage import Coverage
from geo.siting.rules import Floors, SiteRules, check_floors, check_rules, check_weights
from geo.siting.solution import Effort, Floats, Ints, Solution, Status

_NEGLIGIBLE = 1e-12


def maximal_covering(
    coverage: Coverage,
    weight: ArrayLike,
    rules: SiteRules,
    *,
    floors: Floors | None = None,
    effort: Effort | None = None,
) -> Solution:
    """
    Choose sites so that most weight is covered (MCLP).

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : array_like of float, shape (n,)
        0 or more.
    rules : SiteRules
        With a count, a budget, or both.
    floors : Floors, optional
    effort : Effort, optional
        Proven best by default.

    Returns
    -------
    Solution
        Its objective is the covered weight. Each covered point is assigned to the first chosen site that covers it.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Church and ReVelle 1974, doi:10.1007/BF01942293. For the way see `geo.siting.concave.maximise`.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> found = maximal_covering(coverage_within([[0.0, 9.0], [9.0, 0.0], [9.0, 1.0]], 2.0), [3, 2, 2], SiteRules(count=1))
    >>> found.site_idx.tolist(), found.objective, found.status.value, found.assignment.tolist()
    ([1], 4.0, 'optimal', [-1, 1, 1])
    """
    return _maximise(coverage, weight, np.ones(1), rules, floors, effort, units_each=1)


def backup_covering(
    coverage: Coverage,
    weight: ArrayLike,
    rules: SiteRules,
    *,
    backup_worth: float = 1.0,
    floors: Floors | None = None,
    effort: Effort | None = None,
) -> Solution:
    """
    Choose sites so that weight is covered, and covered twice (BACOP2).

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : array_like of float, shape (n,)
    rules : SiteRules
    backup_worth : float
        What the second cover is worth, the first being worth 1; 0 to 1.
    floors : Floors, optional
        For the first cover.
    effort : Effort, optional

    Returns
    -------
    Solution
        Its objective is the weight covered once plus `backup_worth` times the weight covered twice; both stand in the details
        ``covered`` and ``covered_twice``.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Hogan and ReVelle 1986, doi:10.1287/mnsc.32.11.1434. The model where everything must be covered once is
    `geo.siting.set_cover.backup_set_covering`.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> found = backup_covering(coverage_within([[0, 1], [9, 0]], 2.0), [3, 2], SiteRules(count=2))
    >>> found.objective, found.details["covered_twice"]
    (8.0, 3.0)
    """
    if not 0 <= backup_worth <= 1:
        raise SitingError(
            f"第二覆盖的权数 {backup_worth} 应在 0–1 之间。 The worth of the second cover, {backup_worth}, must be 0 to 1.",
            field="backup_worth",
        )
    return _maximise(coverage, weight, np.array([1.0, backup_worth]), rules, floors, effort, units_each=1)


def expected_covering(
    coverage: Coverage,
    weight: ArrayLike,
    rules: SiteRules,
    *,
    busy_share: float,
    floors: Floors | None = None,
    effort: Effort | None = None,
) -> Solution:
    """
    Place units so that most weight is expected to find a free one within the standard (MEXCLP).

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    weight : array_like of float, shape (n,)
    rules : SiteRules
        Its count is of units; a site may take several. A budget pays each unit.
    busy_share : float
        Share of the time that a unit is busy (q), 0 or more and below 1.
    floors : Floors, optional
        For weight with at least one unit within the standard.
    effort : Effort, optional

    Returns
    -------
    Solution
        Its objective is ``sum_i w_i (1 - q ** k_i)``, k_i being the units within the standard; a site with two units stands twice.

    Raises
    ------
    SitingError
        When a figure is impossible.

    Notes
    -----
    Daskin 1983, doi:10.1287/trsc.17.1.48: every unit is busy with the same share and independently of the others.

    Examples
    --------
    >>> from geo.siting.coverage import coverage_within
    >>> found = expected_covering(coverage_within([[0.0, 9.0], [9.0, 0.0]], 2.0), [9, 1], SiteRules(count=2), busy_share=0.5)
    >>> found.site_idx.tolist(), found.objective
    ([0, 0], 6.75)
    """
    if not 0 <= busy_share < 1:
        raise SitingError(
            f"占用率 {busy_share} 应不小于 0 且小于 1。 The busy share {busy_share} must be 0 or more and below 1.",
            field="busy_share",
        )
    if rules.count is None:
        raise SitingError("应给出单元数。 Give a number of units.", field="count")
    worth: Floats = (1 - busy_share) * np.power(float(busy_share), np.arange(rules.count, dtype=np.float64))
    used = max(int((worth > _NEGLIGIBLE).sum()), 1)
    return _maximise(coverage, weight, worth[:used], rules, floors, effort, units_each=rules.count)


def covered_times(coverage: Coverage, site_idx: ArrayLike) -> Ints:
    """
    Count the units that cover each demand point.

    Parameters
    ----------
    coverage : Coverage
        n demand points.
    site_idx : array_like of int, shape (s,)
        A site with two units stands twice.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    units = np.bincount(np.asarray(site_idx, np.int64), minlength=coverage.site_count)
    before = np.concatenate([[0], np.cumsum(units[coverage.site])])
    times: Ints = before[coverage.first[1:]] - before[coverage.first[:-1]]
    return times


def first_covering(coverage: Coverage, site_idx: ArrayLike) -> Ints:
    """
    Give each demand point the first chosen site that covers it.

    Parameters
    ----------
    coverage : Coverage
        n demand points.
    site_idx : array_like of int, shape (s,)

    Returns
    -------
    ndarray of int64, shape (n,)
        -1 for none.
    """
    is_chosen = np.zeros(coverage.site_count, bool)
    is_chosen[np.asarray(site_idx, np.int64)] = True
    entry = np.flatnonzero(is_chosen[coverage.site])
    row = np.searchsorted(coverage.first, entry, side="right") - 1
    rows, at = np.unique(row, return_index=True)
    assignment = np.full(len(coverage), -1)
    assignment[rows] = coverage.site[entry[at]]
    return assignment


def _maximise(
    coverage: Coverage,
    weight: ArrayLike,
    value: Floats,
    rules: SiteRules,
    floors: Floors | None,
    effort: Effort | None,
    *,
    units_each: int,
) -> Solution:
    weights = check_weights(weight, len(coverage), "weight")
    checked = check_rules(rules, coverage.site_count, needs_limit=True, may_repeat=units_each > 1)
    least = None if floors is None else check_floors(floors, weights)
    found = maximise(
        coverage, weights, value, checked, floors=least, units_each=units_each, effort=effort or Effort()
    )
    if found.status is Status.INFEASIBLE or found.objective is None:
        return found
    times = covered_times(coverage, found.site_idx)
    details = {"covered": float(weights[times > 0].sum()), "covered_twice": float(weights[times > 1].sum()), "total": float(weights.sum())}  # fmt: skip
    return replace(found, assignment=first_covering(coverage, found.site_idx), details=details)
