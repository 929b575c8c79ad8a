"""Cut edges at shares of their length, and join the pieces to lines."""

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure import metres_per_degree
from geo.network import Network


def cut_edge(network: Network, edge_idx: int, start: float, stop: float) -> NDArray[np.float64]:
    """
    Give the vertices of part of an edge.

    Parameters
    ----------
    network : Network
        The roads.
    edge_idx : int
        The edge.
    start, stop : float
        Shares of its length along the drawing, 0 to 1. With ``stop < start`` the part runs backwards.

    Returns
    -------
    ndarray of float64, shape (q, 2)
        Degrees, EPSG:4326; at least two vertices, which may coincide.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    >>> cut_edge(network, 0, 0.5, 0.0).round(4).tolist()
    [[114.005, 22.5], [114.0, 22.5]]
    """
    shape = network.shape_lonlat[network.shape_first[edge_idx] : network.shape_first[edge_idx + 1]]
    low, high = min(start, stop), max(start, stop)
    if low <= 0 and high >= 1:
        part = shape
    else:
        step = np.diff(shape, axis=0) * metres_per_degree(float(shape[0, 1]))
        along = np.concatenate(([0.0], np.cumsum(np.hypot(step[:, 0], step[:, 1]))))
        at = np.array([low, high]) * along[-1]
        ends = np.column_stack([np.interp(at, along, shape[:, i]) for i in (0, 1)])
        inner = (along > at[0]) & (along < at[1])
        part = np.concatenate([ends[:1], shape[inner], ends[1:]])
    return part if start <= stop else part[::-1]


def across_edge(
    network: Network, edge_idx: int, fraction: float, *, half_m: float = 3.0
) -> shapely.LineString:
    """
    Give a short line across an edge: a barrier that closes this edge and none beside it.

    Parameters
    ----------
    network : Network
        The roads.
    edge_idx : int
        The edge.
    fraction : float
        Share of its length along the drawing, 0 to 1; kept away from the ends, where other edges begin.
    half_m : float
        Metres to either side.

    Returns
    -------
    shapely.LineString
        EPSG:4326.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))
    >>> network.edges_in_area(across_edge(network, 1, 0.0)).tolist()
    [1]
    """
    middle = min(max(fraction, 0.2), 0.8)
    part = cut_edge(network, edge_idx, middle - 0.05, middle + 0.05)
    scale = metres_per_degree(float(part[0, 1]))
    along = (part[-1] - part[0]) * scale
    length = float(np.hypot(*along)) or 1.0
    side = np.array([-along[1], along[0]]) / length * half_m / scale
    at = cut_edge(network, edge_idx, middle, middle)[0]
    return shapely.LineString([at - side, at + side])


def whole_edges(
    network: Network, edge_idx: NDArray[np.int32], is_reversed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """
    Give the vertices of whole edges one after the other.

    Parameters
    ----------
    network : Network
        The roads.
    edge_idx : ndarray of int, shape (e,)
        The edges, in order.
    is_reversed : ndarray of bool, shape (e,)
        True where an edge is run against its drawing.

    Returns
    -------
    ndarray of float64, shape (q, 2)
        Degrees, EPSG:4326; where edges meet, the vertex stands twice.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))
    >>> whole_edges(network, np.array([1, 0]), np.array([True, True])).round(2).tolist()
    [[114.02, 22.5], [114.01, 22.5], [114.01, 22.5], [114.0, 22.5]]
    """
    start = network.shape_first[edge_idx]
    count = network.shape_first[edge_idx + 1] - start
    behind = np.cumsum(count)
    before = behind - count
    # vertex i of an edge's run: start + i, or start + count - 1 - i against the drawing
    base = np.where(is_reversed, start + count - 1 + before, start - before)
    step = np.where(is_reversed, -1, 1)
    flat = np.repeat(base, count) + np.repeat(step, count) * np.arange(int(behind[-1]) if len(behind) else 0)
    vertices: NDArray[np.float64] = network.shape_lonlat[flat]
    return vertices


def join_parts(parts: Iterable[NDArray[np.float64]]) -> shapely.LineString:
    """
    Join pieces that follow each other to one line, without repeated vertices.

    Parameters
    ----------
    parts : iterable of ndarray of float64, shape (q, 2)
        Vertices in degrees.

    Returns
    -------
    shapely.LineString
        The line; empty when there is no piece. A trip that does not move is a line of two equal vertices.

    Examples
    --------
    >>> join_parts([np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])]).wkt
    'LINESTRING (0 0, 1 0, 1 1)'
    """
    pieces = list(parts)
    if not pieces:
        return shapely.LineString()
    points = np.concatenate(pieces)
    keep = np.ones(len(points), bool)
    keep[1:] = (np.abs(np.diff(points, axis=0)) > 1e-9).any(axis=1)
    if keep.sum() < 2:
        return shapely.LineString([points[0], points[-1]])
    return shapely.LineString(points[keep])
