"""Answer single trips and rankings faster by a customizable contraction hierarchy, where its package is installed.

Everything here gives the answers of `geo.route` and `geo.closest_facility` to the millisecond; the product works without it.
"""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.closest_facility import FacilityTimes, facilities_to_incident, facility_times
from geo.errors import NetworkError
from geo.facilities import in_service
from geo.network import Network
from geo.route import Route, assemble, draw, no_route, same_edge_trip, validate_pair
from geo.scenario import Impedance
from geo.snapping import Entries, SnappedPoints, entries
from geo.sweep import INF_MS, limit_to_ms

_cch: Any
try:
    import routingkit_cch as _cch
except ImportError:  # the package needs glibc 2.34 or newer
    _cch = None

IS_AVAILABLE = _cch is not None
"""Whether the package is installed on this machine."""
_MISSING = "the package routingkit-cch is not installed: use the sweeps instead"
_SWEPT_WITHIN_S, _SWEPT_FROM = 1800.0, 500
"""Up to this limit and from so many facilities on, a bounded sweep is quicker (2.5 against 7 ms for 1,000 in a large city)."""
_ABSENT = 2**31 - 1
"""The package's own infinity: an arc of this weight is not there."""


def compute_order(network: Network) -> NDArray[np.int64]:
    """
    Compute the order in which a hierarchy takes out the nodes of a network.

    Parameters
    ----------
    network : Network
        The roads.

    Returns
    -------
    ndarray of int64, shape (n,)
        A permutation of the nodes, for `Contraction`.

    Raises
    ------
    NetworkError
        When the package is not installed.

    Notes
    -----
    Takes about 20 s for a large city, during which no other thread of the process runs: a server leaves it to another
    process.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> sorted(compute_order(build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))).tolist())
    [0, 1, 2]
    """
    if _cch is None:
        raise NetworkError(_MISSING)
    lon, lat = network.node_lonlat.T.tolist()
    tail, head = network.arc_tail.tolist(), network.arc_head.tolist()
    return np.array(_cch.compute_order_inertial(network.node_count, tail, head, lat, lon))


class Contraction:
    """
    The order and topology of a hierarchy over a network, whatever the weights.

    Parameters
    ----------
    network : Network
        The roads.
    order : ndarray of int, shape (n,), optional
        An order kept from before (`order`); by default it is computed, which takes about 20 s for a large city.

    Raises
    ------
    NetworkError
        When the package is not installed, or the order is no permutation of the nodes.

    Notes
    -----
    J. Dibbelt, B. Strasser, D. Wagner, "Customizable Contraction Hierarchies", ACM JEA 21 (2016), doi:10.1145/2886843, in
    RoutingKit's implementation, with its inertial-flow order.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1100, 1100])
    >>> network = build_network([1, 2, 3], at, roads)
    >>> hierarchy = Contraction(network).customize(weigh(network))
    >>> hierarchy.find_route(snap(network, at[:1]), snap(network, at[2:])).travel_time_s
    360.0
    """

    def __init__(self, network: Network, *, order: NDArray[np.int64] | None = None) -> None:
        if _cch is None:
            raise NetworkError(_MISSING)
        self.network = network
        tail, head = network.arc_tail.tolist(), network.arc_head.tolist()
        if order is None:
            order = compute_order(network)
        elif not np.array_equal(np.sort(order), np.arange(network.node_count)):
            raise NetworkError(f"the order is no permutation of the {network.node_count} nodes")
        self.order: NDArray[np.int64] = order
        self._cch: Any = _cch.CCH(order.tolist(), tail, head, False)  # noqa: FBT003

    def customize(self, impedance: Impedance) -> "CustomizedHierarchy":
        """
        Weigh the hierarchy under a scenario.

        Parameters
        ----------
        impedance : Impedance
            Weights of the same network.

        Returns
        -------
        CustomizedHierarchy
            Ready for queries from any thread; earlier ones stay valid.

        Raises
        ------
        NetworkError
            When the weights are those of another network.
        """
        if impedance.network.version != self.network.version:
            raise NetworkError(
                f"weights of network {impedance.network.version} on a hierarchy of {self.network.version}"
            )
        weights = np.where(impedance.arc_ms < 0, _ABSENT, impedance.arc_ms)
        return CustomizedHierarchy(impedance, _cch.CCHMetric(self._cch, weights.tolist()))


class CustomizedHierarchy:
    """
    A hierarchy weighed under one scenario. It never changes: a new scenario is customized beside it and swapped in.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    metric : CCHMetric
        The package's weights, as `Contraction.customize` makes them.
    """

    def __init__(self, impedance: Impedance, metric: Any) -> None:
        self.impedance = impedance
        self._metric = metric
        self._prepared: tuple[SnappedPoints, SnappedPoints, Entries] | None = None

    def find_route(self, origin: SnappedPoints, destination: SnappedPoints) -> Route:
        """
        Find the quickest route, as `geo.route.find_route` does.

        Parameters
        ----------
        origin, destination : SnappedPoints
            One point each.

        Returns
        -------
        Route
            A route of the same travel time; of equally quick ones it may be another.

        Raises
        ------
        NetworkError
            When either is not one point.
        """
        validate_pair(origin, destination)
        starts = entries(self.impedance, origin, leaving=True)
        ends = entries(self.impedance, destination, leaving=False)
        own_ms, stretch = same_edge_trip(self.impedance, origin, destination)
        found_ms, arcs = INF_MS, np.zeros(0, np.int32)
        if len(starts.node) and len(ends.node):
            query = _own("query", (self._metric,), lambda: _cch.CCHQuery(self._metric))
            result = query.run_multi(_pairs(starts), _pairs(ends))
            found_ms = INF_MS if result.distance is None else min(result.distance, INF_MS)
            arcs = np.array(result.arc_path, np.int32)
            nodes = result.node_path
        if own_ms <= found_ms:
            if stretch is not None:
                return draw(self.impedance, stretch, np.zeros(0, np.int32))
            return no_route(origin, destination, starts, ends)
        entered, left = _entry(starts, nodes[0]), _entry(ends, nodes[-1])
        return assemble(self.impedance, origin, destination, arcs, entered, left)

    def facilities_to_incident(
        self, facilities: SnappedPoints, incident: SnappedPoints, *, limit_s: float | None = None
    ) -> FacilityTimes:
        """
        Find the travel time of every facility to one incident, as `geo.closest_facility` does.

        Parameters
        ----------
        facilities : SnappedPoints
            Where trips start; the same object as in the last call spares their preparation.
        incident : SnappedPoints
            Where they end: one point.
        limit_s : float, optional
            Largest travel time in seconds, inclusive.

        Returns
        -------
        FacilityTimes
            Identical to the sweep's.

        Raises
        ------
        NetworkError
            When ``incident`` is not one point or the limit is negative.
        """
        if len(incident) != 1:
            raise NetworkError(f"{len(incident)} incidents: expected one point")
        limit_ms = limit_to_ms(limit_s)
        if limit_s is not None and limit_s <= _SWEPT_WITHIN_S and len(facilities) >= _SWEPT_FROM:
            return facilities_to_incident(self.impedance, facilities, incident, limit_s=limit_s)
        active, starts = self._prepare(facilities)
        out_ms = np.full(len(active), INF_MS, np.int64)
        ends = entries(self.impedance, incident, leaving=False)
        if len(starts.node) and len(ends.node):
            pinned = _own(
                "pinned",
                (self._metric, starts),
                lambda: _cch.CCHManyToOne(self._metric, starts.node.tolist()),
            )
            distances = pinned.distances_to_multi(_pairs(ends))
            times = np.array([INF_MS if d is None else d for d in distances]) + starts.ms
            np.minimum.at(out_ms, starts.point, times)
        edge = int(incident.edge_idx[0])
        for i in np.flatnonzero(active.edge_idx == edge) if edge >= 0 else ():
            out_ms[i] = min(out_ms[i], same_edge_trip(self.impedance, active.take([i]), incident)[0])
        out_ms[out_ms > limit_ms] = INF_MS
        is_open = np.diff(starts.first) > 0
        return facility_times(
            self.impedance, facilities, out_ms.astype(np.int32), is_open, is_limited=limit_s is not None
        )

    def _prepare(self, facilities: SnappedPoints) -> tuple[SnappedPoints, Entries]:
        """Find where trips from the facilities in service start; kept for the next call with the same object."""
        kept = self._prepared
        if kept is None or kept[0] is not facilities:
            active = in_service(self.impedance, facilities)
            kept = (facilities, active, entries(self.impedance, active, leaving=True))
            self._prepared = kept
        return kept[1], kept[2]


_OWN = threading.local()


def _own(name: str, made_for: tuple[Any, ...], make: Any) -> Any:
    """Give this thread's query for these very objects, made anew when it was for others.

    The package's queries must end on the thread that made them. They hang on the thread, not on the hierarchy,
    so that a hierarchy that is let go elsewhere takes none of them along.
    """
    kept = getattr(_OWN, name, None)
    if kept is None or any(a is not b for a, b in zip(kept[0], made_for, strict=True)):
        kept = (made_for, make())
        setattr(_OWN, name, kept)
    return kept[1]


def _pairs(found: Entries) -> list[tuple[int, int]]:
    """List nodes with their times."""
    return list(zip(found.node.tolist(), found.ms.tolist(), strict=True))


def _entry(found: Entries, node: int) -> tuple[int, int]:
    """Find the quickest entry at a node."""
    return node, int(found.ms[found.node == node].min())
