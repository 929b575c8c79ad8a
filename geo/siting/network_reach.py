"""Measure on the road network which demand points each site reaches within a limit, and how soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.closest_facility import read_nearest
from geo.scenario import Impedance
from geo.siting.coverage import Coverage, coverage_of_pairs
from geo.siting.solution import Floats
from geo.snapping import SnappedPoints, entries
from geo.sweep import bounded, limit_to_ms


@dataclass(frozen=True, eq=False)
class Reach:
    """
    Pairs of site and demand point within a limit.

    Attributes
    ----------
    demand_idx, site_idx : ndarray of int32, shape (k,)
        By site, then by demand point.
    time_ms : ndarray of int32, shape (k,)
        From the site to the demand point.
    demand_count, site_count : int
    is_whole : bool
        Whether every site was measured; false when it was stopped.
    """

    demand_idx: NDArray[np.int32]
    site_idx: NDArray[np.int32]
    time_ms: NDArray[np.int32]
    demand_count: int
    site_count: int
    is_whole: bool

    def within(self, limit_s: float) -> Coverage:
        """Give the coverage within a limit, inclusive, not above the one measured."""
        near = self.time_ms <= limit_s * 1000
        return coverage_of_pairs(
            self.demand_idx[near],
            self.site_idx[near],
            demand_count=self.demand_count,
            site_count=self.site_count,
        )

    def matrix(self) -> Floats:
        """Give the seconds of all pairs, demand points × sites, ``inf`` beyond the limit."""
        seconds = np.full((self.demand_count, self.site_count), np.inf)
        seconds[self.demand_idx, self.site_idx] = self.time_ms / 1000
        return seconds


def network_reach(
    impedance: Impedance,
    sites: SnappedPoints,
    demand: SnappedPoints,
    *,
    limit_s: float,
    progress: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Reach:
    """
    Sweep from every site and keep the demand points within the limit.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    sites, demand : SnappedPoints
        m and n points.
    limit_s : float
        Largest travel time in seconds, inclusive.
    progress : callable, optional
        Called with the share of sites done.
    should_stop : callable, optional
        Asked between sites; true ends it.

    Returns
    -------
    Reach

    Raises
    ------
    NetworkError
        When the limit is negative.

    Notes
    -----
    One bounded sweep a site, the same as `geo.travel_time_matrix`, without its table of all pairs.
    """
    limit_ms = limit_to_ms(limit_s)
    time, owner = np.empty(len(demand), np.int32), np.empty(len(demand), np.int32)
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
    for i in range(len(sites)):
        if should_stop is not None and should_stop():
            break
        point = sites.take([i])
        with bounded(impedance, entries(impedance, point, leaving=True), limit_s=limit_s) as (node, _):
            read_nearest(impedance, node, point, demand, time, owner, limit_ms=limit_ms)
        near = np.flatnonzero(owner >= 0)
        parts.append((near.astype(np.int32), time[near]))
        if progress is not None and i % 20 == 19:
            progress((i + 1) / len(sites))
    counts = [len(rows) for rows, _ in parts]
    empty = np.zeros(0, np.int32)
    return Reach(
        np.concatenate([empty, *(rows for rows, _ in parts)]),
        np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        np.concatenate([empty, *(times for _, times in parts)]),
        len(demand),
        len(sites),
        len(parts) == len(sites),
    )
