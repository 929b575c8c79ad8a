"""Propose candidate sites on the road network where demand is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from geo.errors import SitingError
from geo.measure import metres_per_degree
from geo.siting.solution import Floats

_STEPS = 40


def spread_candidates(node_lonlat: ArrayLike, demand_lonlat: ArrayLike, *, count: int) -> NDArray[np.int64]:
    """
    Choose about so many nodes, one for each square of a grid that holds demand.

    Parameters
    ----------
    node_lonlat : array_like of float, shape (v, 2)
        Degrees, EPSG:4326.
    demand_lonlat : array_like of float, shape (n, 2)
        Degrees, EPSG:4326.
    count : int
        Most nodes, 1 or more.

    Returns
    -------
    ndarray of int64
        Positions of nodes, ascending; at most `count`, fewer where demand or nodes are fewer.

    Raises
    ------
    SitingError
        When the count is not above 0, or there are no nodes or no demand.

    Notes
    -----
    The side of the squares is the least, found by bisection, at which no more than `count` of them hold demand; each gives the node
    nearest to the middle of its demand. A proof over these candidates is a proof over them alone: a better place may lie between.

    Examples
    --------
    >>> spread_candidates([[114.0, 22.5], [114.1, 22.5], [114.2, 22.5]], [[114.01, 22.5], [114.19, 22.5]], count=2).tolist()
    [0, 2]
    """
    nodes, demand = np.asarray(node_lonlat, np.float64), np.asarray(demand_lonlat, np.float64)
    if count < 1:
        raise SitingError(f"候选点数 {count} 应不小于 1。 The number of candidates {count} must be 1 or more.", field="candidates")  # fmt: skip
    if len(nodes) == 0 or len(demand) == 0:
        raise SitingError("没有道路节点或需求点，无法生成候选点。 Without nodes or demand there are no candidates.", field="candidates")  # fmt: skip
    scale = np.array(metres_per_degree(float(demand[:, 1].mean())))
    corner = demand.min(axis=0)
    xy = (demand - corner) * scale
    low, high = 1.0, float(np.ptp(xy, axis=0).max()) + 2.0
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if len(np.unique(_cells(xy, middle))) <= count else (middle, high)
    _, cell = np.unique(_cells(xy, high), return_inverse=True)
    held = np.bincount(cell)
    centre = np.column_stack([np.bincount(cell, weights=xy[:, axis]) / held for axis in (0, 1)])
    _, nearest = cKDTree((nodes - corner) * scale).query(centre)
    return np.unique(nearest).astype(np.int64)


def _cells(xy: Floats, side: float) -> NDArray[np.int64]:
    place = np.floor(xy / side).astype(np.int64)
    numbers: NDArray[np.int64] = place[:, 0] * 2**31 + place[:, 1]
    return numbers
