"""State which sites may be chosen and what must be kept, and refuse what makes no sense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import SitingError
from geo.siting.solution import Floats, Ints


@dataclass(frozen=True, eq=False)
class SiteRules:
    """
    Which sites may be chosen.

    Parameters
    ----------
    count : int, optional
        Most sites (p), fixed ones included; above 0. None leaves it to the budget or the model.
    fixed : tuple of int
        Sites that stand already.
    forbidden : tuple of int
        Sites that must not be used.
    cost : array_like of float, shape (m,), optional
        What a new site costs, 0 or more; 1 by default. Fixed sites cost nothing.
    budget : float, optional
        Most that the new sites may cost, 0 or more; kept to a part in a million.

    Notes
    -----
    Models that maximise or minimise a total choose at most `count`: where one site more gains nothing, it is left out.
    """

    count: int | None = None
    fixed: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    cost: ArrayLike | None = None
    budget: float | None = None


@dataclass(frozen=True, eq=False)
class Floors:
    """
    What every group of demand must have covered at the least.

    Parameters
    ----------
    group_idx : array_like of int, shape (n,)
        Group of each demand point, from 0; -1 for none.
    least_share : array_like of float, shape (g,)
        Least covered share of the group's weight, 0 to 1; exactly the share is enough.
    """

    group_idx: ArrayLike
    least_share: ArrayLike


@dataclass(frozen=True, eq=False)
class CheckedRules:
    """
    Rules brought to arrays.

    Attributes
    ----------
    count : int
        Most sites in all; the number of allowed ones where none was given.
    is_fixed, is_allowed : ndarray of bool, shape (m,)
    cost : ndarray of float64, shape (m,)
        0 of fixed sites.
    budget : float
        ``inf`` for none.
    """

    count: int
    is_fixed: NDArray[np.bool_]
    is_allowed: NDArray[np.bool_]
    cost: Floats
    budget: float

    @property
    def new_count(self) -> int:
        """Sites that may be added to the fixed ones."""
        return self.count - int(self.is_fixed.sum())


def check_rules(rules: SiteRules, sites: int, *, needs_limit: bool, may_repeat: bool = False) -> CheckedRules:
    """
    Check rules for a number of sites.

    Parameters
    ----------
    rules : SiteRules
    sites : int
        Sites there are, m.
    needs_limit : bool
        Whether a count or a budget must be given.
    may_repeat : bool
        Whether a site may take several units, so that the count may exceed the sites.

    Returns
    -------
    CheckedRules

    Raises
    ------
    SitingError
        When a number is impossible, a site unknown, or both fixed and forbidden.

    Examples
    --------
    >>> check_rules(SiteRules(count=9), 8, needs_limit=True)
    Traceback (most recent call last):
        ...
    geo.errors.SitingError: 要选 9 个点，但可用的只有 8 个。 9 sites are asked for, but only 8 may be used.
    """
    if sites == 0:
        raise SitingError("没有候选点。 There is no candidate site.", field="sites")
    is_fixed, is_allowed = np.zeros(sites, bool), np.ones(sites, bool)
    is_fixed[_positions(rules.fixed, sites, "fixed")] = True
    is_allowed[_positions(rules.forbidden, sites, "forbidden")] = False
    both = np.flatnonzero(is_fixed & ~is_allowed)
    if len(both):
        raise SitingError(
            f"点 {both[0]} 既是现有又被禁用。 Site {both[0]} is both fixed and forbidden.", field="forbidden"
        )
    cost = np.ones(sites) if rules.cost is None else check_weights(rules.cost, sites, "cost")
    if rules.budget is not None and not 0 <= rules.budget < np.inf:
        raise SitingError(
            f"预算 {rules.budget} 应为不小于 0 的数。 The budget {rules.budget} must be 0 or more.",
            field="budget",
        )
    if needs_limit and rules.count is None and rules.budget is None:
        raise SitingError("应给出点数或预算。 Give a number of sites or a budget.", field="count")
    most = int(is_allowed.sum())
    count = most if rules.count is None else rules.count
    if isinstance(count, bool) or int(count) != count or count < 1:
        raise SitingError(
            f"点数 {count} 应为不小于 1 的整数。 The number of sites {count} must be a whole number, 1 or more.",
            field="count",
        )
    if count > most and not may_repeat:
        raise SitingError(
            f"要选 {count} 个点，但可用的只有 {most} 个。 {count} sites are asked for, but only {most} may be used.",
            field="count",
        )
    if count < is_fixed.sum():
        raise SitingError(
            f"点数 {count} 少于现有的 {is_fixed.sum()} 个。 {count} sites are fewer than the {is_fixed.sum()} fixed ones.",
            field="count",
        )
    budget = float("inf") if rules.budget is None else float(rules.budget)
    return CheckedRules(int(count), is_fixed, is_allowed, np.where(is_fixed, 0.0, cost), budget)


def check_weights(given: ArrayLike, count: int, field: str) -> Floats:
    """
    Give weights, costs or capacities as an array, or refuse them.

    Parameters
    ----------
    given : array_like of float, shape (count,)
        Finite, 0 or more.
    count : int
    field : str
        What they are called in the message.

    Returns
    -------
    ndarray of float64, shape (count,)

    Raises
    ------
    SitingError
        When one is negative or no number, or there are more or fewer; the message names the row.

    Examples
    --------
    >>> check_weights([1, -2], 2, "weight")
    Traceback (most recent call last):
        ...
    geo.errors.SitingError: weight 第 1 行为 -2，应为不小于 0 的数。 weight in row 1 is -2; it must be a number, 0 or more.
    """
    try:
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise SitingError(f"{field} 应为数。 {field} must be numbers.", field=field) from None
    if values.shape != (count,):
        raise SitingError(
            f"{field} 应有 {count} 个，收到 {values.size} 个。 {field}: expected {count} values, got {values.size}.",
            field=field,
        )
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad):
        raise SitingError(
            f"{field} 第 {bad[0]} 行为 {values[bad[0]]:g}，应为不小于 0 的数。"
            f" {field} in row {bad[0]} is {values[bad[0]]:g}; it must be a number, 0 or more.",
            field=field,
        )
    return values


def check_costs(given: ArrayLike) -> Floats:
    """
    Give a cost matrix as an array, or refuse it.

    Parameters
    ----------
    given : array_like of float, shape (n, m)
        From every demand point (row) to every site; 0 or more, ``inf`` where there is no way.

    Returns
    -------
    ndarray of float64, shape (n, m)

    Raises
    ------
    SitingError
        When it has not two dimensions, is empty, or one is negative or NaN; the message names row and column.
    """
    costs = np.asarray(given, np.float64)
    if costs.ndim != 2 or 0 in costs.shape:
        raise SitingError(
            f"行程矩阵应为 需求点 × 候选点，收到形状 {costs.shape}。"
            f" The cost matrix must be demand points × sites, neither of them 0; got the shape {costs.shape}.",
            field="cost_matrix",
        )
    is_bad = ~(costs >= 0)
    if is_bad.any():
        row, column = (int(v) for v in np.argwhere(is_bad)[0])
        raise SitingError(
            f"行程矩阵第 {row} 行第 {column} 列为 {costs[row, column]:g}，应不小于 0（不可达为 inf）。"
            f" The cost in row {row}, column {column} is {costs[row, column]:g}; it must be 0 or more (inf for no way).",
            field="cost_matrix",
        )
    return costs


def check_standard(standard: float) -> float:
    """
    Give a coverage standard, or refuse it.

    Parameters
    ----------
    standard : float
        In the unit of the costs, above 0 and finite.

    Returns
    -------
    float

    Raises
    ------
    SitingError
        When it is not above 0, infinite or NaN.
    """
    if not 0 < standard < np.inf:
        raise SitingError(
            f"覆盖标准 {standard} 应大于 0。 The coverage standard {standard} must be above 0.",
            field="standard",
        )
    return float(standard)


def check_floors(floors: Floors, weight: Floats) -> tuple[Ints, Floats]:
    """
    Bring floors to groups and the least weight covered in each.

    Parameters
    ----------
    floors : Floors
    weight : ndarray of float64, shape (n,)

    Returns
    -------
    tuple of ndarray
        Groups, shape (n,), and least weights, shape (g,).

    Raises
    ------
    SitingError
        When a share is not 0 to 1 or a group has none.
    """
    share = np.asarray(floors.least_share, np.float64)
    group = np.asarray(floors.group_idx, np.int64)
    if group.shape != weight.shape or share.ndim != 1:
        raise SitingError(
            f"分组应有 {len(weight)} 个，收到 {group.size} 个。 Expected {len(weight)} groups, one a demand point, got {group.size}.",
            field="floors",
        )
    bad = np.flatnonzero(~((share >= 0) & (share <= 1)))
    if len(bad):
        raise SitingError(
            f"第 {bad[0]} 组的下限 {share[bad[0]]:g} 应在 0–1 之间。 The floor of group {bad[0]} is {share[bad[0]]:g}; it must be 0 to 1.",
            field="floors",
        )
    if group.size and (group.max() >= len(share) or group.min() < -1):
        raise SitingError(
            f"分组编号应为 -1 至 {len(share) - 1}。 Groups are numbered -1 to {len(share) - 1}.",
            field="floors",
        )
    inside = group >= 0
    total = np.bincount(group[inside], weights=weight[inside], minlength=len(share))
    return group, share * total


def _positions(given: tuple[int, ...], sites: int, field: str) -> Ints:
    positions = np.asarray(given, np.int64).reshape(-1)
    bad = np.flatnonzero((positions < 0) | (positions >= sites))
    if len(bad):
        raise SitingError(
            f"没有点 {positions[bad[0]]}，共 {sites} 个（从 0 编号）。 There is no site {positions[bad[0]]}: there are {sites}, from 0.",
            field=field,
        )
    return positions
