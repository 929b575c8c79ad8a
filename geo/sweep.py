"""Sweep a weighed network from points: whole, bounded, or until given nodes are settled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import _kernels
from geo.errors import NetworkError
from geo.scenario import Impedance
from geo.snapping import Entries, SnappedPoints, entries

INF_MS = int(_kernels.INF_MS)
"""Label of what is not reached; never a travel time."""
LIMIT_AT_MOST_MS = INF_MS - 1
_SIZES = (1, 2, 3, 5, 8)
_NO_STOP = np.zeros(0, np.int32)


@dataclass(frozen=True, eq=False)
class Field:
    """
    Travel time between every node and its nearest seed.

    Attributes
    ----------
    node_ms : ndarray of int32, shape (n,)
        Whole milliseconds; ``INF_MS`` where nothing is reached.
    owner : ndarray of int32, shape (n,)
        Position of the nearest seed point, the lowest one of equally near; -1 where nothing is reached.
    """

    node_ms: NDArray[np.int32]
    owner: NDArray[np.int32]

    @property
    def travel_time_s(self) -> NDArray[np.float64]:
        """Seconds, ``inf`` where nothing is reached."""
        return seconds(self.node_ms)


def seconds(time_ms: NDArray) -> NDArray[np.float64]:
    """
    Turn whole milliseconds into seconds.

    Parameters
    ----------
    time_ms : ndarray of int
        Milliseconds; ``INF_MS`` means unreached.

    Returns
    -------
    ndarray of float64
        Seconds; ``inf`` where unreached.

    Examples
    --------
    >>> seconds(np.array([1500, INF_MS])).tolist()
    [1.5, inf]
    """
    return np.where(time_ms == INF_MS, np.inf, time_ms / 1000.0)


def limit_to_ms(limit_s: float | None) -> int:
    """
    Turn an inclusive limit in seconds into whole milliseconds.

    Parameters
    ----------
    limit_s : float or None
        Above or equal to 0; None or ``inf`` means no limit.

    Returns
    -------
    int
        The largest number of milliseconds within the limit.

    Raises
    ------
    NetworkError
        When the limit is negative or not a number.

    Examples
    --------
    >>> limit_to_ms(600.0)
    600000
    """
    if limit_s is None:
        return LIMIT_AT_MOST_MS
    if not limit_s >= 0:
        raise NetworkError(f"travel time limit {limit_s} s: expected 0 or more")
    # a hair added, so that 0.3 s is 300 ms in spite of binary fractions
    return (
        min(int(limit_s * 1000 + 1e-6), LIMIT_AT_MOST_MS)
        if limit_s < LIMIT_AT_MOST_MS / 1000
        else LIMIT_AT_MOST_MS
    )


class _Workspace(threading.local):
    """Buffers of one thread, kept between bounded sweeps; all labels are unreached while no sweep runs."""

    def __init__(self) -> None:
        self.node = np.zeros((0, 4), np.int32)
        self.touched = np.zeros(0, np.int32)

    def fit(self, node_count: int) -> None:
        """Make room for a network."""
        if len(self.node) < node_count:
            self.node = np.empty((node_count, 4), np.int32)
            _kernels.clear(self.node)
            self.touched = np.empty(node_count, np.int32)


_WORKSPACE = _Workspace()


def sweep_nearest(impedance: Impedance, points: SnappedPoints, *, limit_s: float | None = None) -> Field:
    """
    Find for every node the nearest of some points, travelling from the points.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    points : SnappedPoints
        Starts; those not snapped or on closed roads reach nothing.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.

    Returns
    -------
    Field
        Times and owners of all nodes.

    Raises
    ------
    NetworkError
        When the limit is negative.

    Notes
    -----
    A bucket queue (R. Dial, "Algorithm 360", Commun. ACM 12 (1969), doi:10.1145/363269.363610) with buckets wider than
    the shortest arc, whose entries are taken up again until none improves: exact for every width.
    """
    node = new_labels(impedance.network.node_count)
    touched = np.empty(impedance.network.node_count, np.int32)
    run(impedance, entries(impedance, points, leaving=True), node, touched, limit_to_ms(limit_s))
    return Field(node[:, 0].copy(), node[:, 1].copy())


def new_labels(node_count: int) -> NDArray[np.int32]:
    """
    Allocate labels as the kernels want them, all unreached.

    Parameters
    ----------
    node_count : int
        Number of nodes.

    Returns
    -------
    ndarray of int32, shape (n, 4)
        Time, owner and the links of the queue.
    """
    node = np.empty((node_count, 4), np.int32)
    _kernels.clear(node)
    return node


def run(
    impedance: Impedance,
    seeds: Entries,
    node: NDArray[np.int32],
    touched: NDArray[np.int32],
    limit_ms: int,
    *,
    stop_at: NDArray[np.int32] = _NO_STOP,
    reverse: bool = False,
    owner: NDArray[np.int32] | None = None,
) -> int:
    """
    Run the kernel over labels that are all unreached.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    seeds : Entries
        Where to begin.
    node, touched : ndarray of int32, shape (n, 4) and (n,)
        Labels and the list of nodes touched; written to.
    limit_ms : int
        Largest travel time, inclusive.
    stop_at : ndarray of int32
        Nodes after which to stop, when all are settled; empty means never.
    reverse : bool
        Travel towards the seeds instead of away from them.
    owner : ndarray of int32, shape (p,), optional
        Owner of each point; by default its position.

    Returns
    -------
    int
        Number of nodes touched.
    """
    network = impedance.network
    point = seeds.point
    bucket = np.full(impedance.bucket_count, -1, np.int32)
    count: int = _kernels.sweep(
        network.first_in if reverse else network.first_out,
        impedance.in_arcs if reverse else impedance.out_arcs,
        seeds.node,
        seeds.ms,
        point if owner is None else owner[point],
        limit_ms,
        impedance.bucket_shift,
        bucket,
        node,
        touched,
        stop_at,
    )
    return count


@contextmanager
def bounded(
    impedance: Impedance,
    seeds: Entries,
    *,
    limit_s: float | None = None,
    stop_at: NDArray[np.int32] = _NO_STOP,
    reverse: bool = False,
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """
    Sweep on this thread's buffers; give labels, shape (n, 4), and the nodes touched, valid inside the ``with`` only.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    seeds : Entries
        Where to begin.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.
    stop_at : ndarray of int32
        Nodes after which to stop, when all are settled.
    reverse : bool
        Travel towards the seeds.

    Raises
    ------
    NetworkError
        When the limit is negative.
    """
    limit_ms = limit_to_ms(limit_s)
    space = _WORKSPACE
    space.fit(impedance.network.node_count)
    count = run(impedance, seeds, space.node, space.touched, limit_ms, stop_at=stop_at, reverse=reverse)
    try:
        yield space.node, space.touched[:count]
    finally:
        _kernels.undo(space.node, space.touched, count)


def compiled_size(k: int) -> int:
    """
    Give the number of labels a node keeps for the k nearest: one of few, since each is compiled apart.

    Parameters
    ----------
    k : int
        How many are wanted, 1 or more.

    Returns
    -------
    int
        1, 2, 3, 5, 8, 16, 32 and so on.

    Examples
    --------
    >>> [compiled_size(k) for k in (1, 3, 4, 9)]
    [1, 3, 5, 16]
    """
    return next((size for size in _SIZES if size >= k), 1 << (k - 1).bit_length())


def sweep_k_nearest(
    impedance: Impedance, points: SnappedPoints, k: int, *, limit_s: float | None = None
) -> NDArray[np.int64]:
    """
    Find for every node the k nearest of some points, travelling from the points.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    points : SnappedPoints
        Starts.
    k : int
        How many, 1 or more.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.

    Returns
    -------
    ndarray of int64, shape (n, at least k + 1)
        Labels, nearest first: time in ms << 32 | position of the point << 1, and in the lowest bit the kernel's own mark; from
        ``INF_MS << 32`` on there is none. The first k columns count.

    Raises
    ------
    NetworkError
        When ``k`` is below 1 or the limit is negative.

    Notes
    -----
    One sweep in which every node keeps its k best labels of distinct points; ties go to the lower position.
    """
    if k < 1:
        raise NetworkError(f"k is {k}: expected 1 or more nearest facilities")
    network = impedance.network
    seeds = entries(impedance, points, leaving=True)
    size = compiled_size(k)
    labels = np.empty((network.node_count, size + 1), np.int64)
    _kernels.sweep_k(
        network.first_out,
        impedance.out_arcs,
        seeds.node,
        seeds.ms,
        seeds.point,
        limit_to_ms(limit_s),
        impedance.bucket_shift,
        np.full(impedance.bucket_count, -1, np.int32),
        labels,
        labels.view(np.int32),
        (0,) * size,
    )
    return labels
