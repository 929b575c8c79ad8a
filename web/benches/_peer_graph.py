"""One graph and the same questions for every engine of a bench, and how far their answers agree."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.network import Network
from geo.scenario import Impedance
from geo.snapping import SnappedPoints
from geo.sweep import INF_MS

T = TypeVar("T")


class PeerAbsentError(Exception):
    """A peer that cannot be had here; its text is the reason, for the report."""


@dataclass(frozen=True, eq=False)
class PeerGraph:
    """Nodes and open arcs with their weights, as every engine of a run gets them.

    Attributes
    ----------
    lonlat : ndarray of float64, shape (n, 2)
    tail, head, ms : ndarray of int, shape (a,)
        Arcs with their weights in whole milliseconds; parallel ones are kept.
    """

    lonlat: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ms: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Questions:
    """What every engine is asked, by nodes.

    Attributes
    ----------
    sources : ndarray of int, shape (s,)
        Facilities.
    incidents : ndarray of int, shape (i,)
        Where help is needed, one question each; routes run from the first source.
    limit_ms : int
        Limit of the bounded search from the first sources.
    closed : ndarray of bool, shape (a,)
        Arcs of a closed area, by position in the graph.
    """

    sources: NDArray[np.int32]
    incidents: NDArray[np.int32]
    limit_ms: int
    closed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answers:
    """What an engine answered, and how long it took.

    Attributes
    ----------
    took_ms : dict
        Milliseconds by job, medians.
    ms : dict
        Travel times by job in milliseconds, ``inf`` where there is no way.
    facts : dict
        Version and how it was asked.
    """

    took_ms: dict[str, float]
    ms: dict[str, NDArray[np.float64]]
    facts: dict[str, Any]


def graph_of(impedance: Impedance) -> tuple[PeerGraph, NDArray[np.intp]]:
    """Give the open arcs of a weighed network, and their numbers in it."""
    network = impedance.network
    arcs = np.flatnonzero(impedance.arc_ms >= 0)
    return (
        PeerGraph(
            network.node_lonlat, network.arc_tail[arcs], network.arc_head[arcs], impedance.arc_ms[arcs]
        ),
        arcs,
    )


def askable_nodes(impedance: Impedance) -> NDArray[np.intp]:
    """Find nodes that a snapped point can stand on exactly: one that an open two-way road ends at, alone in its place."""
    network = impedance.network
    arcs = _leaving_two_way_roads(impedance)
    _, first, count = np.unique(network.node_lonlat, axis=0, return_index=True, return_counts=True)
    return np.intersect1d(network.arc_tail[arcs], first[count == 1])


def points_at(impedance: Impedance, nodes: NDArray[np.integer[Any]]) -> SnappedPoints:
    """Place points exactly at junctions, on a two-way road each: trips then begin and end at the node itself."""
    network = impedance.network
    arcs = _leaving_two_way_roads(impedance)
    arc_of = np.full(network.node_count, -1)
    arc_of[network.arc_tail[arcs]] = arcs
    arc = arc_of[nodes]
    lonlat = network.node_lonlat[nodes]
    return SnappedPoints(
        lonlat, network.arc_edge[arc], network.arc_is_reversed[arc].astype(float), np.zeros(len(nodes)),
        np.zeros(len(nodes), np.int8), lonlat, np.zeros(len(nodes), np.uint8),
    )  # fmt: skip


def _leaving_two_way_roads(impedance: Impedance) -> NDArray[np.intp]:
    network: Network = impedance.network
    is_open = impedance.arc_ms >= 0
    ways = np.zeros((network.edge_count, 2), np.int32)
    np.add.at(ways, (network.arc_edge[is_open], network.arc_is_reversed[is_open].astype(int)), 1)
    # An edge whose junction was split for turn restrictions has several arcs a way: not these.
    return np.flatnonzero(is_open & (ways == 1).all(axis=1)[network.arc_edge])


def as_ms(labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Turn our labels into milliseconds with ``inf``."""
    return np.where(labels == INF_MS, np.inf, labels.astype(float))


def agreement(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> dict[str, Any]:
    """Say how far a peer's travel times are ours: how many, how many to the millisecond, and the largest difference."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    off_ms = np.abs(ours[both] - theirs[both])
    return {
        "compared": int(ours.size),
        "equal": int((off_ms == 0).sum() + (np.isinf(ours) & np.isinf(theirs)).sum()),
        "within_1_ms": int((off_ms <= 1).sum() + (np.isinf(ours) & np.isinf(theirs)).sum()),
        "most_ms_apart": round(float(off_ms.max(initial=0.0)), 3),
        "reached_by_one_alone": int((np.isfinite(ours) != np.isfinite(theirs)).sum()),
    }


def timed(job: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Run once to warm up, then so many times; the median in milliseconds, and the last result."""
    result = job()
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        result = job()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken), result


def timed_each(job: Callable[[T], Any], questions: Iterable[T], runs: int) -> tuple[float, list[Any]]:
    """Time a job on every question; the median in milliseconds, and the results."""
    taken, results = [], []
    for question in questions:
        took_ms, result = timed(partial(job, question), runs)
        taken.append(took_ms)
        results.append(result)
    return statistics.median(taken), results
