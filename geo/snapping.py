"""Snap points to the edges of a network, with the place along the edge, the distance and the side."""

import math
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo import _snap_kernels
from geo.errors import NetworkError
from geo.measure import GRS80_A_M, GRS80_E2
from geo.network import Network
from geo.scenario import Impedance
from geo.weights import CAR, Profile

DEFAULT_REACH_M = 500.0
"""Points farther than this from every road are not snapped unless asked for."""


class SnapReason(IntEnum):
    """Why a point was snapped or not."""

    SNAPPED = 0
    TOO_FAR = 1
    """No road the profile may use lies within reach."""
    NOT_A_POSITION = 2
    """Not a finite longitude and latitude."""


class Side(IntEnum):
    """On which side of the edge, seen along its drawing, a point lies."""

    LEFT = -1
    ON = 0
    RIGHT = 1


@dataclass(frozen=True, eq=False)
class SnappedPoints:
    """
    Points and their places on a network.

    Attributes
    ----------
    lonlat : ndarray of float64, shape (p, 2)
        The points as given, degrees, EPSG:4326.
    edge_idx : ndarray of int32, shape (p,)
        Edges; -1 where a point was not snapped.
    fraction : ndarray of float64, shape (p,)
        Place along the edge's drawing, 0 to 1; exactly 0 and 1 are the junctions.
    distance_m : ndarray of float64, shape (p,)
        Distance from the road; ``inf`` where none was found within reach. It costs no travel time.
    side : ndarray of int8, shape (p,)
        `Side` codes.
    snapped_lonlat : ndarray of float64, shape (p, 2)
        Nearest places on the road; the points themselves where not snapped.
    reason : ndarray of uint8, shape (p,)
        `SnapReason` codes.
    """

    lonlat: NDArray[np.float64]
    edge_idx: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    side: NDArray[np.int8]
    snapped_lonlat: NDArray[np.float64]
    reason: NDArray[np.uint8]

    def __len__(self) -> int:
        """Count the points."""
        return len(self.edge_idx)

    @cached_property
    def by_edge(self) -> NDArray[np.int32]:
        """Positions ordered by edge: points that lie together are read together."""
        return np.argsort(self.edge_idx, kind="stable").astype(np.int32)

    def take(self, idx: ArrayLike) -> "SnappedPoints":
        """Pick points by position or mask."""
        rows = np.asarray(idx)
        rows = rows if rows.dtype == bool else rows.astype(np.int64)
        return SnappedPoints(
            self.lonlat[rows],
            self.edge_idx[rows],
            self.fraction[rows],
            self.distance_m[rows],
            self.side[rows],
            self.snapped_lonlat[rows],
            self.reason[rows],
        )


def snap(
    network: Network,
    lonlat: ArrayLike,
    *,
    reach_m: float = DEFAULT_REACH_M,
    profile: Profile = CAR,
    shut: NDArray[np.int32] | None = None,
) -> SnappedPoints:
    """
    Snap points to the nearest edge that a profile may use.

    Parameters
    ----------
    network : Network
        The roads. Closures do not matter by themselves: a point on a closed road stays there and is cut off.
    lonlat : array_like, shape (p, 2)
        Points, degrees, EPSG:4326.
    reach_m : float
        Largest distance from a road, inclusive; above 0.
    profile : Profile
        Who drives.
    shut : ndarray of int32, optional
        Edges that nothing snaps to: for places that are chosen on roads that stay open, where a closed one begins as well.

    Returns
    -------
    SnappedPoints
        One row per point; what cannot be snapped says why.

    Raises
    ------
    NetworkError
        When ``reach_m`` is not above 0 or the points are not pairs.

    Notes
    -----
    Distances are measured in the tangent plane of GRS 80 at each point's latitude: within 0.1 % up to 5 km. Of equally near edges
    the one with the lowest position is taken. Both directions of the edge remain open to the search; a
    one-way street is entered and left as its direction allows.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    >>> place = snap(network, [[114.005, 22.501], [114.2, 22.5]])
    >>> place.fraction.round(3).tolist()[0], place.distance_m.round().tolist(), place.side.tolist()[0]
    (0.5, [111.0, inf], -1)
    """
    if not reach_m > 0:
        raise NetworkError(f"reach_m is {reach_m}: expected a distance above 0")
    points = np.ascontiguousarray(np.asarray(lonlat, dtype=np.float64))
    if points.size == 0:
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise NetworkError(f"points have shape {points.shape}: expected (p, 2), longitude and latitude")
    count = len(points)
    good = np.isfinite(points).all(axis=1)
    good &= (np.abs(np.nan_to_num(points[:, 0])) <= 180) & (np.abs(np.nan_to_num(points[:, 1])) <= 89)
    rows = np.flatnonzero(good)
    edge = np.full(count, -1, np.int32)
    fraction = np.zeros(count)
    distance = np.full(count, np.inf)
    side = np.zeros(count, np.int8)
    snapped = points.copy()
    sought = np.ascontiguousarray(points[rows])
    found = (
        np.full(len(rows), -1, np.int32),
        np.zeros(len(rows)),
        np.full(len(rows), np.inf),
        np.zeros(len(rows), np.int8),
        sought.copy(),
    )
    usable = (network.edge_access & int(profile.access)) > 0
    if shut is not None:
        usable[shut] = False
    _snap_kernels.nearest_edges(
        sought,
        network.grid_first,
        network.grid_edge,
        network.grid_frame,
        network.shape_first,
        network.shape_lonlat,
        usable,
        float(reach_m),
        _scales(sought[:, 1]),
        *found,
    )
    edge[rows], fraction[rows], distance[rows], side[rows], snapped[rows] = found
    distance[edge < 0] = np.inf
    reason = np.where(edge >= 0, SnapReason.SNAPPED, SnapReason.TOO_FAR).astype(np.uint8)
    reason[~good] = SnapReason.NOT_A_POSITION
    return SnappedPoints(points, edge, fraction, distance, side, snapped, reason)


def _scales(lat_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres per degree of longitude and latitude at many latitudes: `geo.measure.metres_per_degree` for arrays."""
    phi = np.radians(lat_deg)
    w2 = 1 - GRS80_E2 * np.sin(phi) ** 2
    degree = math.pi / 180
    return np.column_stack(
        [
            GRS80_A_M / np.sqrt(w2) * np.cos(phi) * degree,
            GRS80_A_M * (1 - GRS80_E2) / w2**1.5 * degree,
        ]
    )


@dataclass(frozen=True, eq=False)
class Entries:
    """
    How points enter the graph: entry ``i`` of point ``p``, for i in ``first[p]`` to ``first[p + 1]``, is a node and a time.

    Attributes
    ----------
    first : ndarray of int32, shape (p + 1,)
        Index into the entries.
    node : ndarray of int32, shape (q,)
        Nodes.
    ms : ndarray of int32, shape (q,)
        Time along the partial edge.
    """

    first: NDArray[np.int32]
    node: NDArray[np.int32]
    ms: NDArray[np.int32]

    @property
    def point(self) -> NDArray[np.int32]:
        """Position of the point of each entry, shape (q,)."""
        return np.repeat(np.arange(len(self.first) - 1, dtype=np.int32), np.diff(self.first))


def entries(impedance: Impedance, points: SnappedPoints, *, leaving: bool) -> Entries:
    """
    List the nodes that points reach first, or are reached from last, with the time along their own edge.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario. On a closed edge there is no entry.
    points : SnappedPoints
        Places.
    leaving : bool
        True: trips start there; False: trips end there.

    Returns
    -------
    Entries
        Nodes and times.
    """
    network = impedance.network
    arguments = (
        points.edge_idx,
        points.fraction,
        network.edge_arc_first,
        network.edge_arc,
        network.arc_tail,
        network.arc_head,
        impedance.arc_ms,
        leaving,
    )
    first = np.zeros(len(points) + 1, np.int32)
    none = np.zeros(0, np.int32)
    count = _snap_kernels.entries(*arguments, False, first, none, none)  # noqa: FBT003
    node, ms = np.empty(count, np.int32), np.empty(count, np.int32)
    _snap_kernels.entries(*arguments, True, first, node, ms)  # noqa: FBT003
    return Entries(first, node, ms)
