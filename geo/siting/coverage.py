"""Keep who covers whom as sparse sets, and bring a covering problem down without changing its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import SitingError
from geo.siting import _cover_kernels
from geo.siting.rules import check_costs, check_standard
from geo.siting.solution import Floats, Ints

_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class Coverage:
    """
    Which sites cover which demand points.

    Attributes
    ----------
    first : ndarray of int64, shape (n + 1,)
        Where the sites of each demand point begin in `site`.
    site : ndarray of int32, shape (k,)
        Sites, ascending within a demand point.
    site_count : int
        Sites there are, m.
    """

    first: Ints
    site: NDArray[np.int32]
    site_count: int

    def __len__(self) -> int:
        return len(self.first) - 1

    @cached_property
    def by_site(self) -> tuple[Ints, NDArray[np.int32]]:
        """The same seen from the sites: where each begins, and its demand points, ascending."""
        start, row = _cover_kernels.transpose(self.first, self.site, self.site_count)
        return start, row

    def rows(self, idx: ArrayLike) -> Coverage:
        """Keep some demand points, in the order given."""
        kept = np.asarray(idx, np.int64)
        size = np.diff(self.first)[kept]
        first = np.concatenate([[0], np.cumsum(size)])
        return Coverage(first, _cover_kernels.gather(self.first, self.site, kept, first), self.site_count)

    def sites(self, idx: ArrayLike) -> Coverage:
        """Keep some sites, numbered anew in the order given."""
        kept = np.asarray(idx, np.int64)
        number = np.full(self.site_count, -1, np.int32)
        number[kept] = np.arange(len(kept), dtype=np.int32)
        chosen = number[self.site]
        is_kept = chosen >= 0
        before = np.concatenate([[0], np.cumsum(is_kept)])
        return Coverage(before[self.first], chosen[is_kept], len(kept))


def coverage_within(cost_matrix: ArrayLike, standard: float) -> Coverage:
    """
    Find which sites lie within a standard of which demand points.

    Parameters
    ----------
    cost_matrix : array_like of float, shape (n, m)
        From every demand point (row) to every site, in one unit; ``inf`` where there is no way.
    standard : float
        In the same unit, above 0. Covered when ``cost <= standard``.

    Returns
    -------
    Coverage

    Raises
    ------
    SitingError
        When a cost is negative or NaN or the standard is not above 0.

    Examples
    --------
    >>> coverage_within([[1.0, 3.0], [5.0, 3.0]], 3.0).site.tolist()
    [0, 1, 1]
    """
    limit = check_standard(standard)
    costs = check_costs(cost_matrix)
    is_covered = costs <= limit
    first = np.concatenate([[0], np.cumsum(is_covered.sum(axis=1))])
    return Coverage(first, np.nonzero(is_covered)[1].astype(np.int32), costs.shape[1])


def coverage_of_pairs(
    demand_idx: ArrayLike, site_idx: ArrayLike, *, demand_count: int, site_count: int
) -> Coverage:
    """
    Make coverage of pairs, each a demand point and a site that covers it.

    Parameters
    ----------
    demand_idx, site_idx : array_like of int, shape (k,)
        In any order; a pair that stands twice counts once.
    demand_count, site_count : int

    Returns
    -------
    Coverage

    Raises
    ------
    SitingError
        When a number is out of range.

    Examples
    --------
    >>> coverage_of_pairs([1, 0, 1], [0, 1, 0], demand_count=2, site_count=2).first.tolist()
    [0, 1, 2]
    """
    demand, site = np.asarray(demand_idx, np.int64), np.asarray(site_idx, np.int64)
    if demand.shape != site.shape or demand.ndim != 1:
        raise SitingError("需求点与点应成对。 Demand points and sites must come in pairs.", field="pairs")
    is_known = (demand >= 0) & (demand < demand_count) & (site >= 0) & (site < site_count)
    if not is_known.all():
        raise SitingError(
            f"成对编号应在 0–{demand_count - 1} 与 0–{site_count - 1} 之间。"
            f" Pairs must lie in 0 to {demand_count - 1} and 0 to {site_count - 1}.",
            field="pairs",
        )
    key = np.unique(demand * site_count + site)
    first = np.searchsorted(key, np.arange(demand_count + 1) * site_count)
    return Coverage(first.astype(np.int64), (key % site_count).astype(np.int32), site_count)


def merge_same(coverage: Coverage, group_idx: Ints | None = None) -> tuple[Ints, Ints]:
    """
    Put demand points that the same sites cover into one class.

    Parameters
    ----------
    coverage : Coverage
        n demand points.
    group_idx : ndarray of int64, shape (n,), optional
        Only points of one group are put together.

    Returns
    -------
    tuple of ndarray of int64
        A demand point of each class, shape (c,), and the class of each demand point, shape (n,).

    Notes
    -----
    Exact: sets are found alike by a hash and then compared entry by entry.
    """
    hashes = _cover_kernels.set_hashes(coverage.first, coverage.site)
    group = np.zeros(len(coverage), np.int64) if group_idx is None else group_idx
    order = np.lexsort((hashes[:, 1], hashes[:, 0], group))
    is_new = _cover_kernels.differs_from_before(coverage.first, coverage.site, group, order)
    number = np.cumsum(is_new) - 1
    class_idx = np.empty(len(coverage), np.int64)
    class_idx[order] = number
    return order[is_new], class_idx


def dominated_sites(coverage: Coverage, cost: Floats) -> NDArray[np.bool_]:
    """
    Find sites that another replaces in every answer: it covers all they cover and costs no more.

    Parameters
    ----------
    coverage : Coverage
        n demand points, m sites.
    cost : ndarray of float64, shape (m,)

    Returns
    -------
    ndarray of bool, shape (m,)
        Of sites alike in all, the first stays. A site that covers nothing is dominated.

    Notes
    -----
    Holds where being covered once is all that counts, or a site may take any number of units.
    """
    first, demand = coverage.by_site
    found: NDArray[np.bool_] = _cover_kernels.dominated(first, demand, coverage.first, coverage.site, cost)
    return found
