"""Choose where help gathers at the edge of an area: on the road, outside, from upwind where that can be."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import NetworkError
from geo.measure import metres_per_degree
from geo.network import Network

NEAREST_M, FARTHEST_M = 50.0, 1500.0
APART_M = 250.0
UPWIND_DEG, CROSSWIND_DEG = 60.0, 110.0


@dataclass(frozen=True)
class StagingPoint:
    """
    A place on the road where help gathers.

    Attributes
    ----------
    lonlat : tuple of float
        Degrees, EPSG:4326; a node of the network.
    distance_m : float
        From the area's edge.
    off_wind_deg : float
        Angle at the origin between the place and straight upwind, 0 to 180; up to 60 is upwind, up to 110 crosswind.
    """

    lonlat: tuple[float, float]
    distance_m: float
    off_wind_deg: float

    @property
    def is_upwind(self) -> bool:
        """Whether the place lies to windward."""
        return self.off_wind_deg <= UPWIND_DEG


def staging_points(
    network: Network,
    area: BaseGeometry,
    origin: tuple[float, float],
    wind_from_deg: float,
    *,
    is_usable: NDArray[np.bool_] | None = None,
    count: int = 3,
) -> tuple[StagingPoint, ...]:
    """
    Choose staging points around an area (集结点).

    Parameters
    ----------
    network : Network
        The roads.
    area : BaseGeometry
        Where nobody gathers, EPSG:4326.
    origin : tuple of float
        Longitude and latitude of the release, degrees.
    wind_from_deg : float
        Where the wind comes from, degrees clockwise from north.
    is_usable : ndarray of bool, shape (n,), optional
        Nodes that help can reach; all by default.
    count : int
        How many at most.

    Returns
    -------
    tuple of StagingPoint
        The best first: upwind before crosswind before downwind, then the nearest to the area; 250 m apart. Empty when no usable road
        lies 50 to 1,500 m outside.

    Raises
    ------
    NetworkError
        When ``count`` is below 1.

    Notes
    -----
    Upwind is a rule of every emergency guide (e.g. the ERG's "stay upwind"); the angles and distances are ours.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.49], [114.0, 22.5], [114.0, 22.51]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))
    >>> staging_points(network, shapely.Point(114.0, 22.5).buffer(0.005), (114.0, 22.5), 0.0)[0].lonlat
    (114.0, 22.51)
    """
    if count < 1:
        raise NetworkError(f"count is {count}: expected 1 or more staging points")
    scale = np.array(metres_per_degree(origin[1]))
    offset_m = (network.node_lonlat - np.array(origin)) * scale
    flat = shapely.transform(area, lambda xy: (xy - np.array(origin)) * scale)
    west, south, east, north = shapely.bounds(flat).tolist()
    near = (offset_m >= np.array([west, south]) - FARTHEST_M).all(axis=1)
    near &= (offset_m <= np.array([east, north]) + FARTHEST_M).all(axis=1)
    if is_usable is not None:
        near &= is_usable
    nodes = np.flatnonzero(near)
    shapely.prepare(
        flat
    )  # thousands of distances to an outline of thousands of corners: first those that may fit
    nodes = nodes[~shapely.contains_xy(flat, offset_m[nodes, 0], offset_m[nodes, 1])]
    nodes = nodes[shapely.dwithin(flat, shapely.points(offset_m[nodes]), FARTHEST_M)]
    bearing = np.degrees(np.arctan2(offset_m[nodes, 0], offset_m[nodes, 1]))
    off_deg = np.abs((bearing - wind_from_deg + 180) % 360 - 180)
    rank = np.where(off_deg <= UPWIND_DEG, 0, np.where(off_deg <= CROSSWIND_DEG, 1, 2))
    found: list[StagingPoint] = []
    chosen: list[int] = []
    for own in (np.flatnonzero(rank == one) for one in range(3)):
        distance_m = shapely.distance(shapely.points(offset_m[nodes[own]]), flat)
        for at in np.lexsort((nodes[own], distance_m)).tolist():
            node, away_m = int(nodes[own[at]]), float(distance_m[at])
            if len(found) == count:
                return tuple(found)
            if NEAREST_M <= away_m <= FARTHEST_M and all(
                float(np.hypot(*(offset_m[node] - offset_m[other]))) >= APART_M for other in chosen
            ):
                chosen.append(node)
                lon, lat = network.node_lonlat[node].tolist()
                found.append(StagingPoint((lon, lat), away_m, float(off_deg[own[at]])))
    return tuple(found)


def staging_at(
    area: BaseGeometry, origin: tuple[float, float], wind_from_deg: float, lonlat: tuple[float, float]
) -> StagingPoint:
    """
    Describe a staging point that somebody has chosen.

    Parameters
    ----------
    area : BaseGeometry
        Where nobody gathers, EPSG:4326.
    origin : tuple of float
        Longitude and latitude of the release, degrees.
    wind_from_deg : float
        Where the wind comes from, degrees clockwise from north.
    lonlat : tuple of float
        The place, degrees, EPSG:4326.

    Returns
    -------
    StagingPoint
        `distance_m` is 0 inside the area or on its edge.

    Examples
    --------
    >>> found = staging_at(shapely.Point(114.0, 22.5).buffer(0.005), (114.0, 22.5), 0.0, (114.0, 22.51))
    >>> round(found.distance_m), found.is_upwind
    (554, True)
    """
    scale = np.array(metres_per_degree(origin[1]))
    east, north = ((np.array(lonlat) - np.array(origin)) * scale).tolist()
    flat = shapely.transform(area, lambda xy: (xy - np.array(origin)) * scale)
    off_deg = abs((float(np.degrees(np.arctan2(east, north))) - wind_from_deg + 180) % 360 - 180)
    return StagingPoint(lonlat, float(shapely.distance(shapely.Point(east, north), flat)), off_deg)
