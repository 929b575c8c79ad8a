"""Find the quickest route between two places, with its line, length and street names."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import _snap_kernels, _stretch_kernels
from geo.closest_facility import Outcome
from geo.errors import NetworkError
from geo.linear_reference import cut_edge, join_parts, whole_edges
from geo.network import Network
from geo.scenario import Impedance
from geo.snapping import Entries, SnappedPoints, SnapReason, entries
from geo.sweep import INF_MS, bounded


@dataclass(frozen=True)
class RouteStep:
    """A stretch of a route along one street: its name (empty where it has none), metres and seconds."""

    name: str
    length_m: float
    travel_time_s: float


@dataclass(frozen=True, eq=False)
class Route:
    """
    The quickest route between two places.

    Attributes
    ----------
    travel_time_s : float
        Seconds; ``inf`` where there is no way.
    length_m : float
        Metres along the road; ``inf`` where there is no way.
    line : shapely.LineString
        EPSG:4326, from the snapped start to the snapped end; empty where there is no way.
    steps : tuple of RouteStep
        Street by street; following edges of one name are one step.
    arc_idx : ndarray of int32
        Whole arcs travelled, in order; the partial edges at the ends are not among them.
    outcome : Outcome
        Whether there is a way, or why not.
    """

    travel_time_s: float
    length_m: float
    line: shapely.LineString
    steps: tuple[RouteStep, ...]
    arc_idx: NDArray[np.int32]
    outcome: Outcome


@dataclass(frozen=True)
class _Stretch:
    """Part of an edge: from share to share along its drawing, and the time it takes."""

    edge: int
    start: float
    stop: float
    time_ms: int


def find_route(impedance: Impedance, origin: SnappedPoints, destination: SnappedPoints) -> Route:
    """
    Find the quickest route from one place to another.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    origin, destination : SnappedPoints
        One point each.

    Returns
    -------
    Route
        The route; of equally quick ones always the same.

    Raises
    ------
    NetworkError
        When either is not one point.

    Notes
    -----
    The sweep from the origin ends when the destination is settled; the path is read backwards over the arcs whose times add up.
    Its time is that of `geo.closest_facility` to the millisecond.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], street=["红荔路", "红荔路"], length_m=[900, 900])
    >>> network = build_network([1, 2, 3], at, roads)
    >>> route = find_route(weigh(network), snap(network, at[:1]), snap(network, at[2:]))
    >>> route.length_m, [step.name for step in route.steps], route.line.wkt
    (1800.0, ['红荔路'], 'LINESTRING (114 22.5, 114.01 22.5, 114.02 22.5)')
    """
    validate_pair(origin, destination)
    starts = entries(impedance, origin, leaving=True)
    ends = entries(impedance, destination, leaving=False)
    own, arcs, entered, left = _search(impedance, origin, destination, starts, ends)
    if entered is None or left is None:
        return draw(impedance, own, arcs) if own else no_route(origin, destination, starts, ends)
    return assemble(impedance, origin, destination, arcs, entered, left)


@dataclass(frozen=True, eq=False)
class Drive:
    """
    The quickest way between two places as it is driven, without its drawing.

    Attributes
    ----------
    arc_idx : ndarray of int32
        Whole arcs, in order.
    part_edge_idx : tuple of int
        Edges driven in part, at the ends.
    part_share : tuple of float
        How much of each, 0 to 1.
    part_ms : tuple of int
        Time on each in milliseconds.
    """

    arc_idx: NDArray[np.int32]
    part_edge_idx: tuple[int, ...]
    part_share: tuple[float, ...]
    part_ms: tuple[int, ...]


def find_drive(impedance: Impedance, origin: SnappedPoints, destination: SnappedPoints) -> Drive | None:
    """
    Find the quickest way from one place to another as arcs and parts of edges.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    origin, destination : SnappedPoints
        One point each.

    Returns
    -------
    Drive or None
        The way of `find_route`; None where there is none.

    Raises
    ------
    NetworkError
        When either is not one point.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]], length_m=[1000]))
    >>> drive = find_drive(weigh(network), snap(network, at[:1]), snap(network, [[114.005, 22.5]]))
    >>> [round(share, 3) for share in drive.part_share]
    [0.5]
    """
    validate_pair(origin, destination)
    starts = entries(impedance, origin, leaving=True)
    ends = entries(impedance, destination, leaving=False)
    own, arcs, entered, left = _search(impedance, origin, destination, starts, ends)
    parts = [own]
    if entered is not None and left is not None:
        parts = [
            _partial(impedance, origin, entered, leaving=True),
            _partial(impedance, destination, left, leaving=False),
        ]
    elif own is None:
        return None
    known = [part for part in parts if part is not None]
    return Drive(
        arcs,
        tuple(part.edge for part in known),
        tuple(abs(part.stop - part.start) for part in known),
        tuple(part.time_ms for part in known),
    )


_Entry = tuple[int, int] | None


def _search(
    impedance: Impedance, origin: SnappedPoints, destination: SnappedPoints, starts: Entries, ends: Entries
) -> tuple[_Stretch | None, NDArray[np.int32], _Entry, _Entry]:
    """Find the whole arcs of the quickest way and where it enters and leaves the graph; or the stretch that stays on one edge."""
    network = impedance.network
    best_ms, stretch = same_edge_trip(impedance, origin, destination)
    arcs, first, last = np.zeros(0, np.int32), -1, -1
    with bounded(impedance, starts, stop_at=ends.node) as (node, _):
        for i in range(len(ends.node)):
            label = int(node[ends.node[i], 0])
            if label != INF_MS and label + int(ends.ms[i]) < best_ms:
                best_ms, last = label + int(ends.ms[i]), i
        if last >= 0:
            path = np.empty(network.node_count, np.int32)
            count, first = _stretch_kernels.backtrack(
                network.first_in,
                network.in_arc,
                network.arc_tail,
                impedance.arc_ms,
                node,
                starts.node,
                starts.ms,
                ends.node[last],
                path,
            )
            arcs = path[:count][::-1].copy()
    if last < 0:
        return stretch, arcs, None, None
    entered = (int(starts.node[first]), int(starts.ms[first]))
    return None, arcs, entered, (int(ends.node[last]), int(ends.ms[last]))


def validate_pair(origin: SnappedPoints, destination: SnappedPoints) -> None:
    """Raise NetworkError unless both are one point."""
    if len(origin) != 1 or len(destination) != 1:
        raise NetworkError(f"{len(origin)} origins and {len(destination)} destinations: expected one each")


def same_edge_trip(
    impedance: Impedance, origin: SnappedPoints, destination: SnappedPoints
) -> tuple[int, _Stretch | None]:
    """Give the time in ms and the stretch of a trip that stays on one edge; ``INF_MS`` and None when there is none."""
    edge = int(origin.edge_idx[0])
    if edge < 0 or edge != int(destination.edge_idx[0]):
        return INF_MS, None
    network = impedance.network
    start, stop = float(origin.fraction[0]), float(destination.fraction[0])
    time_ms = _snap_kernels.same_edge_ms(
        edge, start, stop, network.edge_arc_first, network.edge_arc, impedance.arc_ms
    )
    return (int(time_ms), _Stretch(edge, start, stop, int(time_ms))) if time_ms < INF_MS else (INF_MS, None)


def assemble(
    impedance: Impedance,
    origin: SnappedPoints,
    destination: SnappedPoints,
    arcs: NDArray[np.int32],
    entered: tuple[int, int],
    left: tuple[int, int],
) -> Route:
    """
    Put a route together from its whole arcs and the node and time (ms) at which it enters and leaves the graph.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    origin, destination : SnappedPoints
        One point each.
    arcs : ndarray of int32
        Whole arcs, in order of travel.
    entered, left : tuple of (int, int)
        Node and time of the entry used at either end.

    Returns
    -------
    Route
        The route.
    """
    return draw(
        impedance,
        _partial(impedance, origin, entered, leaving=True),
        arcs,
        _partial(impedance, destination, left, leaving=False),
    )


def _partial(
    impedance: Impedance, point: SnappedPoints, entry: tuple[int, int], *, leaving: bool
) -> _Stretch | None:
    """Find the partial edge between a point and the node it enters or leaves the graph by; None at a junction."""
    network, edge, fraction = impedance.network, int(point.edge_idx[0]), float(point.fraction[0])
    for backward in (False, True):
        share = 1 - fraction if backward else fraction
        for arc in network.edge_arc[
            network.edge_arc_first[2 * edge + backward] : network.edge_arc_first[2 * edge + backward + 1]
        ]:
            weight = int(impedance.arc_ms[arc])
            if weight < 0:
                continue
            part = int(weight * share + 0.5)
            if leaving and entry == (int(network.arc_head[arc]), weight - part):
                return _Stretch(edge, fraction, float(not backward), weight - part)
            if not leaving and entry == (int(network.arc_tail[arc]), part):
                return _Stretch(edge, float(backward), fraction, part)
    return None


def draw(
    impedance: Impedance, before: _Stretch | None, arcs: NDArray[np.int32], after: _Stretch | None = None
) -> Route:
    """Turn whole arcs, and the stretches of road before and after them, into a route: line, length and steps."""
    network = impedance.network
    first, last = ([s] if s is not None else [] for s in (before, after))
    ends = [*first, *last]
    rows = slice(len(first), len(first) + len(arcs))
    edge, time_ms = np.empty(len(arcs) + len(ends), np.int64), np.empty(len(arcs) + len(ends), np.int64)
    share = np.ones(len(edge))
    edge[rows], time_ms[rows] = network.arc_edge[arcs], impedance.arc_ms[arcs]
    for i, s in zip((*range(len(first)), *range(len(edge) - len(last), len(edge))), ends, strict=True):
        edge[i], time_ms[i], share[i] = s.edge, s.time_ms, abs(s.stop - s.start)
    steps = _steps(network, edge, share * network.edge_length_m[edge], time_ms)
    return Route(
        int(time_ms.sum()) / 1000,
        sum(step.length_m for step in steps),
        join_parts(
            [
                *(cut_edge(network, s.edge, s.start, s.stop) for s in first),
                whole_edges(network, network.arc_edge[arcs], network.arc_is_reversed[arcs]),
                *(cut_edge(network, s.edge, s.start, s.stop) for s in last),
            ]
        ),
        steps,
        arcs,
        Outcome.REACHED,
    )


def _steps(
    network: Network, edge: NDArray[np.int64], length_m: NDArray[np.float64], time_ms: NDArray[np.int64]
) -> tuple[RouteStep, ...]:
    """Join edges that follow each other under one name; those of no length belong to none."""
    moved = length_m > 0
    edge, length_m, time_ms = edge[moved], length_m[moved], time_ms[moved]
    if len(edge) == 0:
        return ()
    name = network.edge_name_idx[edge]
    begins = np.flatnonzero(np.concatenate(([True], name[1:] != name[:-1])))
    return tuple(
        RouteStep(network.names[n], m, t / 1000)
        for n, m, t in zip(
            name[begins].tolist(),
            np.add.reduceat(length_m, begins).tolist(),
            np.add.reduceat(time_ms, begins).tolist(),
            strict=True,
        )
    )


def no_route(origin: SnappedPoints, destination: SnappedPoints, starts: Entries, ends: Entries) -> Route:
    """Say why there is no way: an end off the network, an end on a closed road, or no path."""
    outcome = Outcome.NO_PATH
    if len(starts.node) == 0 or len(ends.node) == 0:
        outcome = Outcome.ROAD_CLOSED
    if origin.reason[0] != SnapReason.SNAPPED or destination.reason[0] != SnapReason.SNAPPED:
        outcome = Outcome.NOT_SNAPPED
    return Route(np.inf, np.inf, shapely.LineString(), (), np.zeros(0, np.int32), outcome)
