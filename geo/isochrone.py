"""Draw the area around reached stretches of road, with its holes."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import _stretch_kernels
from geo.errors import NetworkError
from geo.measure import metres_per_degree
from geo.network import Network

DEFAULT_REACH_M = 100.0
"""How far beside a reached road the area extends."""
DEFAULT_CELL_M = 50.0
"""Width of the grid the area is drawn on."""
_LARGEST_GRID = 60_000_000


def isochrone_polygon(
    network: Network,
    edge_idx: NDArray[np.int32],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    *,
    reach_m: float = DEFAULT_REACH_M,
    cell_m: float = DEFAULT_CELL_M,
) -> shapely.MultiPolygon:
    """
    Draw the area within a distance of stretches of road.

    Parameters
    ----------
    network : Network
        The roads.
    edge_idx, start, stop : ndarray, shape (q,)
        Stretches: edges and the shares along their drawing between which they lie.
    reach_m : float
        Distance in metres up to which places beside a road count as reached; at least ``cell_m``.
    cell_m : float
        Width of the grid in metres, above 0. The line is exact to a fraction of it.

    Returns
    -------
    shapely.MultiPolygon
        EPSG:4326, valid, holes kept; empty where there are no stretches.

    Raises
    ------
    NetworkError
        When ``reach_m`` is smaller than ``cell_m``, or the grid would be too large.

    Notes
    -----
    The distance to the nearest stretch is computed at the vertices of a grid that is the same for all areas of a
    network, and its contour at ``reach_m`` is traced by marching squares with linear interpolation (W. Lorensen and
    H. Cline, SIGGRAPH 1987, doi:10.1145/37401.37422, in the plane; saddles by the mean of the four corners). Because every step is
    monotone, an area drawn around more road contains the one drawn around less. Only reached stretches count: a block
    without a reached road nearby stays a hole.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.measure import geodesic_area_m2
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    >>> area = isochrone_polygon(network, np.array([0], np.int32), np.array([0.0]), np.array([1.0]), cell_m=10)
    >>> exact_m2 = 1029.0 * 200 + math.pi * 100**2
    >>> abs(geodesic_area_m2(area) / exact_m2 - 1) < 0.01
    True
    """
    if not 0 < cell_m <= reach_m:
        raise NetworkError(f"cell_m {cell_m} and reach_m {reach_m}: expected 0 < cell_m <= reach_m")
    if len(edge_idx) == 0:
        return shapely.MultiPolygon()
    west, south, _, north = network.bounds
    scale = metres_per_degree((south + north) / 2)
    grid, origin = _empty_grid(network, edge_idx, (west, south), scale, reach_m, cell_m)
    far = reach_m + 1.5 * cell_m
    _stretch_kernels.stamp(
        edge_idx,
        start,
        stop,
        network.shape_first,
        np.array(origin),
        np.array(scale),
        network.shape_lonlat,
        far,
        cell_m,
        grid,
    )
    rings = _rings(grid, reach_m)
    degrees = [ring * (cell_m / scale[0], cell_m / scale[1]) + origin for ring in rings]
    return _polygons(degrees)


def _empty_grid(
    network: Network,
    edge_idx: NDArray[np.int32],
    corner: tuple[float, float],
    scale: tuple[float, float],
    reach_m: float,
    cell_m: float,
) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Allocate squared distances around edges, all far; give the grid and the degrees of its vertex (0, 0)."""
    margin = reach_m + 3 * cell_m
    first, last = network.shape_first[edge_idx], network.shape_first[edge_idx + 1]
    low, high = _stretch_kernels.bounds(first, last, network.shape_lonlat)
    spans = []
    for axis in (0, 1):
        begin = math.floor(((low[axis] - corner[axis]) * scale[axis] - margin) / cell_m)
        end = math.ceil(((high[axis] - corner[axis]) * scale[axis] + margin) / cell_m)
        spans.append((begin, end - begin + 1))
    if spans[0][1] * spans[1][1] > _LARGEST_GRID:
        raise NetworkError(
            f"the area would need {spans[0][1]} x {spans[1][1]} cells of {cell_m:g} m: choose a larger cell_m"
        )
    far = (reach_m + 1.5 * cell_m) ** 2
    grid = np.full((spans[1][1], spans[0][1]), far, np.float32)
    origin = (corner[0] + spans[0][0] * cell_m / scale[0], corner[1] + spans[1][0] * cell_m / scale[1])
    return grid, origin


def _rings(grid: NDArray[np.float32], reach_m: float) -> list[NDArray[np.float64]]:
    """Trace all rings in units of cells, the inside to the left."""
    follow = np.full(2 * grid.size, -1, np.int32)
    room = max(grid.size // 4, 1024)
    while True:
        xy, ring_first = np.empty((room, 2)), np.empty(room, np.int64)
        count = _stretch_kernels.contour(grid, reach_m, follow, xy, ring_first)
        if count >= 0:
            return [xy[ring_first[i] : ring_first[i + 1]] for i in range(count)]
        room = -count


def _polygons(rings: list[NDArray[np.float64]]) -> shapely.MultiPolygon:
    """Sort rings into shells (counter-clockwise) and holes, and each hole into its shell."""
    shells: list[NDArray[np.float64]] = []
    holes: list[NDArray[np.float64]] = []
    for ring in rings:
        x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
        (shells if float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) > 0 else holes).append(ring)
    if not holes:
        return shapely.MultiPolygon([shapely.Polygon(ring) for ring in shells])
    filled: NDArray[np.object_] = np.array([shapely.Polygon(ring) for ring in shells])
    owner = np.zeros(len(holes), np.int64)
    if len(shells) > 1:
        corners = shapely.points(np.array([hole[0] for hole in holes]))
        hole_idx, shell_idx = shapely.STRtree(filled).query(corners, predicate="within")
        area = shapely.area(filled)
        order = np.lexsort((-area[shell_idx], hole_idx))  # the smallest shell around a hole is written last
        owner[hole_idx[order]] = shell_idx[order]
    inner: list[list[NDArray[np.float64]]] = [[] for _ in shells]
    for hole, shell in zip(holes, owner, strict=True):
        inner[shell].append(hole)
    return shapely.MultiPolygon(
        [shapely.Polygon(shell, inside) for shell, inside in zip(shells, inner, strict=True)]
    )
