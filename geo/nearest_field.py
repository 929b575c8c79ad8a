"""Keep a whole-network nearest-facility field up to date while facilities move and roads close."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo import _repair_kernels
from geo.closest_facility import read_nearest
from geo.errors import NetworkError
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, entries
from geo.sweep import Field, limit_to_ms, new_labels, run, seconds
from geo.weights import CLOSED_MS

_NONE = np.zeros(0, np.int32)


class NearestField:
    """
    The nearest facility of every node, repaired in place after each change instead of swept anew.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario: the state the field starts from. It is not changed.
    facilities : SnappedPoints
        Where trips start.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.

    Notes
    -----
    After closing or taking away, labels that came that way are taken back and found again from their neighbours; after opening or
    adding, better labels spread. Both end in exactly the labels of a fresh sweep, owners included (after G. Ramalingam and
    T. Reps, J. Algorithms 21 (1996), doi:10.1006/jagm.1996.0046). One field belongs to one thread at a time.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000]))
    >>> field = NearestField(weigh(network), snap(network, at[:1]))
    >>> field.move_facility(0, snap(network, at[2:]))
    >>> field.read(snap(network, at[:1]))[0].round(1).tolist()
    [327.3]
    """

    def __init__(
        self, impedance: Impedance, facilities: SnappedPoints, *, limit_s: float | None = None
    ) -> None:
        self._impedance = impedance
        network = impedance.network
        self._limit_ms = limit_to_ms(limit_s)
        self._arcs = impedance.out_arcs.copy()
        self._arc_ms = impedance.arc_ms.copy()
        self._facilities = facilities
        self._node = new_labels(network.node_count)
        self._lost = np.empty(network.node_count, np.int32)
        self._heap = np.empty((4096, 2), np.int64)
        run(impedance, entries(impedance, facilities, leaving=True), self._node, self._lost, self._limit_ms)
        self._parent = np.empty(network.node_count, np.int32)
        _repair_kernels.find_parents(
            network.first_in, network.in_arc, network.arc_tail, self._arcs, self._node, self._parent
        )

    @property
    def facilities(self) -> SnappedPoints:
        """Where trips start now; a facility taken away has no edge."""
        return self._facilities

    @property
    def field(self) -> Field:
        """A copy of the times and owners of all nodes."""
        return Field(self._node[:, 0].copy(), self._node[:, 1].copy())

    def read(self, points: SnappedPoints) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """
        Read the nearest facility of points.

        Parameters
        ----------
        points : SnappedPoints
            Where trips end, p of them.

        Returns
        -------
        tuple of ndarray, shape (p,) each
            Seconds, ``inf`` where unreached, and positions of facilities, -1 where unreached.
        """
        out_ms, out_owner = np.empty(len(points), np.int32), np.empty(len(points), np.int32)
        now = Impedance(
            self._impedance.network, self._impedance.scenario, self._arc_ms, self._impedance.closed_edges
        )
        read_nearest(now, self._node, self._facilities, points, out_ms, out_owner, limit_ms=self._limit_ms)
        return seconds(out_ms), out_owner

    def move_facility(self, facility_idx: int, place: SnappedPoints) -> None:
        """
        Move one facility, or bring one back that was taken away.

        Parameters
        ----------
        facility_idx : int
            Its position.
        place : SnappedPoints
            One point: where it stands now. Not snapped means taken away.

        Raises
        ------
        NetworkError
            When there is no such facility or ``place`` is not one point.
        """
        if not 0 <= facility_idx < len(self._facilities):
            raise NetworkError(f"facility {facility_idx}: there are {len(self._facilities)}")
        if len(place) != 1:
            raise NetworkError(f"{len(place)} places for one facility: expected one point")
        roots = self._rooted(np.array([facility_idx]))
        self._facilities = _with_place(self._facilities, facility_idx, place)
        self._repair(roots, _NONE)

    def remove_facility(self, facility_idx: int) -> None:
        """Take one facility away; others keep their positions. Raises NetworkError when there is no such facility."""
        nowhere = self._facilities.take([0])
        self.move_facility(facility_idx, _with_place(nowhere, 0, None))

    def close_arcs(self, arc_idx: ArrayLike) -> None:
        """
        Close arcs.

        Parameters
        ----------
        arc_idx : array_like of int
            Positions of arcs; those already closed are passed over.
        """
        arcs = np.asarray(arc_idx, dtype=np.int64)
        arcs = arcs[self._arcs[arcs, 1] >= 0]
        heads = self._impedance.network.arc_head[arcs]
        roots = [heads[self._parent[heads] == arcs]]
        standing = self._facilities_on(arcs)
        roots.append(self._rooted(standing))
        self._arcs[arcs, 1] = CLOSED_MS
        self._arc_ms[arcs] = CLOSED_MS
        self._repair(np.concatenate(roots).astype(np.int32), _NONE)

    def reopen_arcs(self, arc_idx: ArrayLike) -> None:
        """
        Give arcs the weight they had at the start.

        Parameters
        ----------
        arc_idx : array_like of int
            Positions of arcs; those closed from the start stay closed.
        """
        arcs = np.asarray(arc_idx, dtype=np.int64)
        arcs = arcs[(self._arcs[arcs, 1] < 0) & (self._impedance.arc_ms[arcs] >= 0)]
        self._arcs[arcs, 1] = self._impedance.arc_ms[arcs]
        self._arc_ms[arcs] = self._impedance.arc_ms[arcs]
        self._repair(_NONE, arcs.astype(np.int32))

    def _facilities_on(self, arcs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Facilities that stand on the edges of arcs."""
        edges = np.unique(self._impedance.network.arc_edge[arcs])
        if len(edges) == 0:
            return np.zeros(0, np.int64)
        place = np.minimum(np.searchsorted(edges, self._facilities.edge_idx), len(edges) - 1)
        return np.flatnonzero(edges[place] == self._facilities.edge_idx)

    def _rooted(self, facility_idx: NDArray[np.int64]) -> NDArray[np.int32]:
        """Nodes that took their label straight from facilities."""
        if len(facility_idx) == 0:
            return _NONE
        seeds = entries(self._impedance, self._facilities.take(facility_idx), leaving=True)
        owner = facility_idx[seeds.point]
        rooted = (self._parent[seeds.node] == -1) & (self._node[seeds.node, 1] == owner)
        nodes: NDArray[np.int32] = seeds.node[rooted]
        return nodes

    def _repair(self, roots: NDArray[np.int32], opened: NDArray[np.int32]) -> None:
        network = self._impedance.network
        lost = _repair_kernels.invalidate(
            network.first_out, self._arcs, self._node, self._parent, roots, self._lost
        )
        now = Impedance(network, self._impedance.scenario, self._arc_ms, self._impedance.closed_edges)
        seeds = entries(now, self._facilities, leaving=True)
        self._heap, _ = _repair_kernels.settle(
            network.first_out,
            self._arcs,
            network.first_in,
            network.in_arc,
            network.arc_tail,
            self._node,
            self._parent,
            self._lost,
            lost,
            seeds.node,
            seeds.ms,
            seeds.point,
            opened,
            self._limit_ms,
            self._heap,
        )


def _with_place(points: SnappedPoints, idx: int, place: SnappedPoints | None) -> SnappedPoints:
    """Copy points with one of them somewhere else, or nowhere."""
    columns = {}
    for name in SnappedPoints.__dataclass_fields__:
        column = getattr(points, name).copy()
        if place is not None:
            column[idx] = getattr(place, name)[0]
        columns[name] = column
    if place is None:
        columns["edge_idx"][idx] = -1
    return SnappedPoints(**columns)
