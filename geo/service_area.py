"""Find what can be reached from facilities within a travel time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import _stretch_kernels
from geo.errors import NetworkError
from geo.isochrone import DEFAULT_CELL_M, DEFAULT_REACH_M, isochrone_polygon
from geo.linear_reference import cut_edge
from geo.network import Network
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, entries
from geo.sweep import INF_MS, bounded, limit_to_ms


@dataclass(frozen=True, eq=False)
class ServiceArea:
    """
    What is reached within one limit (服务区).

    Attributes
    ----------
    limit_s : float
        Travel time limit in seconds, inclusive.
    node_idx : ndarray of int32
        Nodes reached, ascending; a node exactly at the limit is in.
    edge_idx : ndarray of int32, shape (q,)
        Edges of the stretches reached, ascending. A stretch is reached in at least one direction.
    start, stop : ndarray of float64, shape (q,)
        Shares along the edge's drawing between which the stretch lies, cut where the time runs out.
    length_m : float
        Length of all stretches in metres, both directions counted once.
    polygon : shapely.MultiPolygon
        The isochrone (等时圈) with its holes, EPSG:4326; empty where nothing is reached. See `geo.isochrone`.
    """

    limit_s: float
    node_idx: NDArray[np.int32]
    edge_idx: NDArray[np.int32]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    length_m: float
    polygon: shapely.MultiPolygon

    def lines(self, network: Network) -> list[shapely.LineString]:
        """Draw the stretches as lines in EPSG:4326, in their order."""
        return [
            shapely.LineString(cut_edge(network, int(e), float(a), float(b)))
            for e, a, b in zip(self.edge_idx, self.start, self.stop, strict=True)
        ]


def service_areas(
    impedance: Impedance,
    facilities: SnappedPoints,
    limits_s: Sequence[float],
    *,
    reach_m: float = DEFAULT_REACH_M,
    cell_m: float = DEFAULT_CELL_M,
    with_polygons: bool = True,
) -> tuple[ServiceArea, ...]:
    """
    Find what facilities together reach within each of some travel times.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    facilities : SnappedPoints
        Where trips start.
    limits_s : sequence of float
        Limits in seconds, 0 or more, inclusive.
    reach_m, cell_m : float
        As for `geo.isochrone.isochrone_polygon`.
    with_polygons : bool
        False leaves the polygons empty.

    Returns
    -------
    tuple of ServiceArea
        One per limit, in the order of the limits. A longer limit contains every shorter one.

    Raises
    ------
    NetworkError
        When there is no limit, one is negative or infinite, or ``reach_m`` and ``cell_m`` do not fit.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1100, 1100])
    >>> network = build_network([1, 2, 3], at, roads)
    >>> area, = service_areas(weigh(network), snap(network, at[:1]), [270])  # 1,100 m take 180 s
    >>> area.node_idx.tolist(), area.stop.tolist(), area.length_m
    ([0, 1], [1.0, 0.5], 1650.0)
    """
    if len(limits_s) == 0:
        raise NetworkError("no travel time limit: expected at least one")
    if not np.isfinite(np.asarray(limits_s, dtype=np.float64)).all():
        raise NetworkError(f"travel time limits {list(limits_s)}: expected finite numbers of seconds")
    limits_ms = [limit_to_ms(limit) for limit in limits_s]
    seeds = entries(impedance, facilities, leaving=True)
    areas = []
    with bounded(impedance, seeds, limit_s=max(limits_s)) as (node, touched):
        for limit_s, limit_ms in zip(limits_s, limits_ms, strict=True):
            edge, start, stop = _reached(impedance, node, touched, facilities, limit_ms)
            time_ms = node[touched, 0]
            reached = np.sort(touched[(time_ms <= limit_ms) & (time_ms != INF_MS)])
            polygon = shapely.MultiPolygon()
            if with_polygons:
                polygon = isochrone_polygon(
                    impedance.network, edge, start, stop, reach_m=reach_m, cell_m=cell_m
                )
            length_m = float(((stop - start) * impedance.network.edge_length_m[edge]).sum())
            areas.append(ServiceArea(float(limit_s), reached, edge, start, stop, length_m, polygon))
    return tuple(areas)


def _reached(
    impedance: Impedance,
    node: NDArray[np.int32],
    touched: NDArray[np.int32],
    facilities: SnappedPoints,
    limit_ms: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """List the stretches reached from swept labels, and from facilities along their own edges."""
    network = impedance.network
    far = np.full((network.edge_count, 2), -1.0)
    edges = np.empty(network.edge_count, np.int32)
    count = _stretch_kernels.reached(
        node,
        touched,
        network.first_out,
        network.arc_edge,
        network.arc_is_reversed,
        impedance.arc_ms,
        limit_ms,
        far,
        edges,
    )
    edge, start, stop = np.empty(2 * count, np.int32), np.empty(2 * count), np.empty(2 * count)
    kept = _stretch_kernels.stretches(edges[:count], far, edge, start, stop)
    edge, start, stop = edge[:kept], start[:kept], stop[:kept]
    own = _own_stretches(impedance, facilities, limit_ms)
    if own:
        on_own = np.isin(edge, [e for e, _, _ in own])
        found = [
            *zip(edge[on_own].tolist(), start[on_own].tolist(), stop[on_own].tolist(), strict=True),
            *own,
        ]
        merged = _merged(found)
        edge = np.concatenate([edge[~on_own], np.array([m[0] for m in merged], np.int32)])
        start = np.concatenate([start[~on_own], np.array([m[1] for m in merged])])
        stop = np.concatenate([stop[~on_own], np.array([m[2] for m in merged])])
    order = np.lexsort((start, edge))
    return edge[order], start[order], stop[order]


def _own_stretches(
    impedance: Impedance, facilities: SnappedPoints, limit_ms: int
) -> list[tuple[int, float, float]]:
    """Stretches reached from facilities along the edges they stand on."""
    network = impedance.network
    own = []
    for edge, fraction in zip(facilities.edge_idx.tolist(), facilities.fraction.tolist(), strict=True):
        if edge < 0:
            continue
        for backward in (False, True):
            arcs = network.edge_arc[
                network.edge_arc_first[2 * edge + backward] : network.edge_arc_first[2 * edge + backward + 1]
            ]
            weights = impedance.arc_ms[arcs]
            if (weights >= 0).any():
                share = limit_ms / float(weights[weights >= 0][0])
                if backward:
                    own.append((edge, max(fraction - share, 0.0), fraction))
                else:
                    own.append((edge, fraction, min(fraction + share, 1.0)))
    return own


def _merged(found: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """Join stretches of one edge that overlap or touch."""
    merged: list[tuple[int, float, float]] = []
    for edge, start, stop in sorted(found):
        if merged and merged[-1][0] == edge and start <= merged[-1][2]:
            merged[-1] = (edge, merged[-1][1], max(merged[-1][2], stop))
        else:
            merged.append((edge, start, stop))
    return merged
