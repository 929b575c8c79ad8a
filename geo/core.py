"""Sweep for several nearest facilities faster, on the core that is left without nodes of few neighbours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import _core_kernels
from geo.errors import NetworkError
from geo.network import Network
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, entries
from geo.sweep import compiled_size, limit_to_ms

MOST_NEIGHBOURS = 6
"""Nodes with at most so many neighbours are taken out."""
_SHIFT = 13


class CoreTopology:
    """
    The core of a network and the shortcuts that make up for the nodes taken out, whatever the weights.

    Parameters
    ----------
    network : Network
        The roads. Building takes about a second for a large city, once per network.

    Notes
    -----
    Elimination as in Dibbelt, Strasser and Wagner, doi:10.1145/2886843, stopped at a core as by R. Bauer et al., "Combining
    hierarchical and goal-directed speed-up techniques", ACM JEA 15 (2010), doi:10.1145/1671970.1671976. Every node keeps its k best labels
    on the way up, in the core and on the way down, which loses none of the k nearest.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        tail, head = network.arc_tail.astype(np.int64), network.arc_head.astype(np.int64)
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        pairs, edge = np.unique(low * network.node_count + high, return_inverse=True)
        self._arc_slot = (2 * edge + (tail > head)).astype(np.int32)
        rank, up_first, up_slot, triangle, to = _core_kernels.reduce(
            network.node_count,
            (pairs // network.node_count).astype(np.int32),
            (pairs % network.node_count).astype(np.int32),
            MOST_NEIGHBOURS,
        )
        core = np.flatnonzero(rank < 0)
        self.core_count = len(core)
        """Nodes that were not taken out."""
        place = rank + np.int32(len(core))
        place[core] = np.arange(len(core))
        self._place, self._up_first, self._up_slot, self._triangle = place, up_first, up_slot, triangle
        self._up_place = place[to[up_slot]]
        self._slots = len(to)
        start = to[np.arange(len(to)) ^ 1]
        slots = np.flatnonzero((rank[start] < 0) & (rank[to] < 0))
        slots = slots[np.argsort(start[slots], kind="stable")]
        self._core_slot = slots.astype(np.int32)
        self._core_head = place[to[slots]]
        self._core_first = np.zeros(len(core) + 1, np.int32)
        np.cumsum(np.bincount(place[start[slots]], minlength=len(core)), out=self._core_first[1:])

    def customize(self, impedance: Impedance) -> "WeighedCore":
        """
        Weigh the core under a scenario.

        Parameters
        ----------
        impedance : Impedance
            Weights of the same network.

        Returns
        -------
        WeighedCore
            Ready for sweeps from any thread.

        Raises
        ------
        NetworkError
            When the weights are those of another network.
        """
        if impedance.network.version != self.network.version:
            raise NetworkError(
                f"weights of network {impedance.network.version} on a core of {self.network.version}"
            )
        weight = np.empty(self._slots, np.int32)
        _core_kernels.customize(impedance.arc_ms, self._arc_slot, self._triangle, weight)
        up_ms, down_ms = np.empty(len(self._up_slot), np.int32), np.empty(len(self._up_slot), np.int32)
        core_arcs = np.empty((len(self._core_slot), 2), np.int32)
        longest = _core_kernels.gather(
            weight, self._up_slot, self._core_slot, self._core_head, up_ms, down_ms, core_arcs
        )
        return WeighedCore(self, impedance, up_ms, down_ms, core_arcs, int(longest))

    def sweep(
        self, weighed: "WeighedCore", points: SnappedPoints, k: int, limit_ms: int
    ) -> NDArray[np.int64]:
        """Sweep with weights of this core; see `WeighedCore.sweep_k_nearest`."""
        seeds = entries(weighed.impedance, points, leaving=True)
        size = compiled_size(k)
        labels = np.empty((self.network.node_count, size + 1), np.int64)
        links = labels.view(np.int32)
        slots = (0,) * size
        latest = _core_kernels.climb(
            self._place[seeds.node],
            seeds.ms,
            seeds.point,
            self.core_count,
            self._up_first,
            self._up_place,
            weighed.up_ms,
            limit_ms,
            labels,
            links,
            slots,
        )
        # every label in the queue lies within this window of the earliest
        window_ms = max(weighed.longest_ms, int(latest))
        shift = _SHIFT
        while window_ms >> shift > 1 << 16:
            shift += 1
        bucket = np.full(1 << int((window_ms >> shift) + 1).bit_length(), -1, np.int32)
        _core_kernels.cross(
            self._core_first, weighed.core_arcs, limit_ms, shift, bucket, labels, links, slots
        )
        _core_kernels.descend(
            self.core_count, self._up_first, self._up_place, weighed.down_ms, limit_ms, labels, slots
        )
        found = np.empty_like(labels)
        _core_kernels.by_node(self._place, labels, found)
        return found


@dataclass(frozen=True, eq=False)
class WeighedCore:
    """
    The core of a network weighed under a scenario.

    Attributes
    ----------
    topology : CoreTopology
        The core.
    impedance : Impedance
        The network under the scenario.
    up_ms, down_ms : ndarray of int32
        Weights from each node taken out to its neighbours, and back.
    core_arcs : ndarray of int32, shape (c, 2)
        Head and weight of the arcs of the core; -1 where absent.
    longest_ms : int
        Longest arc of the core.
    """

    topology: CoreTopology
    impedance: Impedance
    up_ms: NDArray[np.int32]
    down_ms: NDArray[np.int32]
    core_arcs: NDArray[np.int32]
    longest_ms: int

    def sweep_k_nearest(
        self, points: SnappedPoints, k: int, *, limit_s: float | None = None
    ) -> NDArray[np.int64]:
        """
        Find for every node the k nearest of some points, as `geo.sweep.sweep_k_nearest` does.

        Parameters
        ----------
        points : SnappedPoints
            Starts.
        k : int
            How many, 1 or more.
        limit_s : float, optional
            Largest travel time in seconds, inclusive.

        Returns
        -------
        ndarray of int64, shape (n, at least k + 1)
            The same labels as the plain sweep gives.

        Raises
        ------
        NetworkError
            When ``k`` is below 1 or the limit is negative.

        Examples
        --------
        >>> from geo.network_building import build_network
        >>> from geo.road_edges import straight_edges
        >>> from geo.scenario import weigh
        >>> from geo.snapping import snap
        >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
        >>> roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1100, 1100])
        >>> network = build_network([1, 2, 3], at, roads)
        >>> core = CoreTopology(network).customize(weigh(network))
        >>> (core.sweep_k_nearest(snap(network, at[:1]), 1)[:, 0] >> 32).tolist()
        [0, 180000, 360000]
        """
        if k < 1:
            raise NetworkError(f"k is {k}: expected 1 or more nearest facilities")
        return self.topology.sweep(self, points, k, limit_to_ms(limit_s))
