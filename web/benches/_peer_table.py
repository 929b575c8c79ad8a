"""Ask our engine, scipy, pandana and pgRouting the same questions on the same weights, and compare every answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import scipy
import shapely
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_array

from geo.closest_facility import facilities_to_incident
from geo.contraction import IS_AVAILABLE, Contraction
from geo.core import CoreTopology
from geo.nearest_field import NearestField
from geo.route import find_route
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, entries
from geo.sweep import INF_MS, bounded, sweep_nearest
from web.benches import _pandana, _pgrouting
from web.benches._peer_graph import (
    Answers,
    PeerAbsentError,
    PeerGraph,
    Questions,
    agreement,
    as_ms,
    askable_nodes,
    graph_of,
    points_at,
    timed,
    timed_each,
)

#: Jobs of each bench, with the words of their rows.
JOBS = {
    "network": ("nearest", "three_nearest", "to_one", "route", "within", "closure"),
    "rank": ("to_one", "route"),
    "coverage": ("nearest", "three_nearest"),
    "isochrone": ("within",),
    "closure": ("closure",),
    "studio": ("nearest", "three_nearest", "each_within"),
}
_WORDS = {
    "nearest": "nearest of {s:,} for every node",
    "three_nearest": "three nearest of {s:,} for every node",
    "to_one": "{s:,} facilities to one incident",
    "route": "one route, with its streets and line (peers: nodes alone)",
    "within": "every node within 30 min of one facility",
    "each_within": "every node within 30 min of each of {s:,} facilities, one by one",
    "closure": "2 x 2 km closed and reopened, nearest of {s:,} for every node",
}
_LIMIT_S = 1800.0
#: scipy gives a whole row of nodes for each source; so many rows are held at once.
_ROWS_AT_ONCE = 50
_dijkstra: Any = csgraph.dijkstra


def compare(
    impedance: Impedance,
    name: str,
    *,
    facilities: int,
    peers: Collection[str] = ("scipy", "pandana", "pgrouting"),
    seed: int = 5,
) -> dict[str, Any]:
    """Give the rows of a bench beside its peers, how far the answers agree, and which peers are absent and why."""
    jobs = frozenset(JOBS[name])
    questions, graph = _questions(impedance, facilities, seed)
    ours = _ask_ours(impedance, questions, jobs)
    answers: dict[str, Answers] = {}
    facts: dict[str, Any] = {"ours": ours.facts}
    for peer in peers:
        try:
            answers[peer] = _PEERS[peer](graph, questions, jobs)
            took = {"prepared_ms": round(answers[peer].took_ms.pop("prepare", 0.0), 1)}
            facts[peer] = answers[peer].facts | took
        except PeerAbsentError as reason:
            facts[peer] = {"absent": str(reason)}
    rows = {}
    agree: dict[str, Any] = {}
    for job in (j for j in JOBS[name] if j in ours.took_ms):
        words = f"beside peers: {_WORDS[job].format(s=len(questions.sources))}"
        others = {peer: found.took_ms[job] for peer, found in answers.items() if job in found.took_ms}
        rows[words] = {
            "ours_ms": round(ours.took_ms[job], 2),
            **{f"{peer}_ms": round(took_ms, 2) for peer, took_ms in others.items()},
            "ratio": round(min(others.values()) / ours.took_ms[job], 1) if others else None,
        }
        for peer, found in answers.items():
            if job in found.ms:
                mine = ours.ms[job][: len(found.ms[job])] if job in {"to_one", "route"} else ours.ms[job]
                agree[f"{job}, {peer}"] = agreement(mine, found.ms[job])
    return {"figures": rows, "peers": facts, "agreement": agree}


def _questions(impedance: Impedance, facilities: int, seed: int) -> tuple[Questions, PeerGraph]:
    graph, arcs = graph_of(impedance)
    random = np.random.default_rng(seed)
    nodes = askable_nodes(impedance)
    picked = random.choice(nodes, min(facilities, len(nodes) // 2) + 10, replace=False).astype(np.int32)
    lon, lat = impedance.network.node_lonlat[picked[0]].tolist()
    area = shapely.box(lon - 0.0097, lat - 0.009, lon + 0.0097, lat + 0.009)
    closed = impedance.network.arcs_of_edges(impedance.network.edges_in_area(area))
    is_closed = np.isin(arcs, closed)
    # A facility on a closed road goes nowhere with us; with peers, which know nodes alone, it does: there are none such.
    touched = np.union1d(graph.tail[is_closed], graph.head[is_closed])
    sources = picked[10:][~np.isin(picked[10:], touched)]
    return Questions(sources, picked[:10], int(_LIMIT_S * 1000), is_closed), graph


def _ask_ours(impedance: Impedance, questions: Questions, jobs: frozenset[str]) -> Answers:
    places = points_at(impedance, questions.sources)
    calls = [points_at(impedance, questions.incidents[i : i + 1]) for i in range(len(questions.incidents))]
    first = places.take([0])
    took: dict[str, float] = {}
    ms: dict[str, NDArray[np.float64]] = {}
    engine: Any = Contraction(impedance.network).customize(impedance) if IS_AVAILABLE else None
    if "nearest" in jobs:
        took["nearest"], field = timed(lambda: sweep_nearest(impedance, places), 7)
        ms["nearest"] = as_ms(field.node_ms)
    if "three_nearest" in jobs:
        core = CoreTopology(impedance.network).customize(impedance)
        took["three_nearest"], labels = timed(lambda: core.sweep_k_nearest(places, 3), 5)
        ms["three_nearest"] = as_ms(labels[:, :3] >> 32)
    if "to_one" in jobs:

        def rank(call: SnappedPoints) -> NDArray[np.float64]:
            if engine is None:
                return facilities_to_incident(impedance, places, call).travel_time_s * 1000
            times: NDArray[np.float64] = engine.facilities_to_incident(places, call).travel_time_s * 1000
            return times

        took["to_one"], rows = timed_each(rank, calls, 3)
        ms["to_one"] = np.round(np.array(rows))
    if "route" in jobs:

        def go(call: SnappedPoints) -> float:
            found = find_route(impedance, first, call) if engine is None else engine.find_route(first, call)
            return float(found.travel_time_s * 1000)

        took["route"], rows = timed_each(go, calls, 3)
        ms["route"] = np.round(np.array(rows))
    if "within" in jobs:
        took["within"], ms["within"] = timed(lambda: _within(impedance, first), 7)
    if "each_within" in jobs:

        def sums() -> NDArray[np.float64]:
            return np.array(
                [_sum_within(impedance, places.take([n])) for n in range(len(questions.sources))], float
            )

        took["each_within"], ms["each_within"] = timed(sums, 2)
    if "closure" in jobs:
        _, arcs = graph_of(impedance)
        closed = arcs[questions.closed]
        changed = NearestField(impedance, places)

        def close_and_reopen() -> NDArray[np.float64]:
            changed.close_arcs(closed)
            found = changed.field.node_ms
            changed.reopen_arcs(closed)
            return as_ms(found)

        took["closure"], ms["closure"] = timed(close_and_reopen, 7)
    return Answers(took, ms, {"hierarchy": IS_AVAILABLE, "threads": 1})


def _within(impedance: Impedance, place: Any) -> NDArray[np.float64]:
    found = np.full(impedance.network.node_count, np.inf)
    with bounded(impedance, entries(impedance, place, leaving=True), limit_s=_LIMIT_S) as (node, touched):
        reached = touched[node[touched, 0] != INF_MS]
        found[reached] = node[reached, 0]
    return found


def _sum_within(impedance: Impedance, place: SnappedPoints) -> int:
    """Add up the milliseconds to all that is reached: one number by facility is compared, instead of millions."""
    with bounded(impedance, entries(impedance, place, leaving=True), limit_s=_LIMIT_S) as (node, touched):
        times = node[touched, 0]
        return int(times[times != INF_MS].sum(dtype=np.int64))


def _ask_scipy(graph: PeerGraph, questions: Questions, jobs: frozenset[str]) -> Answers:
    """Ask scipy, which holds the interpreter's lock meanwhile; a weight of 0 is no arc to it, so 1/1024 ms stands for it."""
    count = len(graph.lonlat)
    prepared_ms, matrix = timed(lambda: _matrix(graph.tail, graph.head, graph.ms, count), 1)
    took: dict[str, float] = {"prepare": prepared_ms}
    ms: dict[str, NDArray[np.float64]] = {}
    first = questions.sources[:1]

    def nearest(weights: csr_array) -> NDArray[np.float64]:
        found: NDArray[np.float64] = _dijkstra(weights, indices=questions.sources, min_only=True)
        return np.floor(found)

    if "nearest" in jobs:
        took["nearest"], ms["nearest"] = timed(lambda: nearest(matrix), 3)
    if "to_one" in jobs:
        back = csr_array(matrix.T)
        took["to_one"], rows = timed_each(
            lambda target: _dijkstra(back, indices=target), questions.incidents[:3].tolist(), 2
        )
        ms["to_one"] = np.floor(np.array(rows)[:, questions.sources])
    if "route" in jobs:
        took["route"], (found, _) = timed(
            lambda: _dijkstra(matrix, indices=int(first[0]), return_predecessors=True), 2
        )
        ms["route"] = np.floor(found[questions.incidents])
    if "within" in jobs:
        took["within"], found = timed(
            lambda: _dijkstra(matrix, indices=int(first[0]), limit=questions.limit_ms + 0.9), 3
        )
        ms["within"] = np.floor(found)
    if "each_within" in jobs:

        def sums() -> NDArray[np.float64]:
            parts = np.array_split(questions.sources, max(1, len(questions.sources) // _ROWS_AT_ONCE))
            found = []
            for part in parts:
                rows = np.floor(_dijkstra(matrix, indices=part, limit=questions.limit_ms + 0.9))
                found.append(np.where(np.isfinite(rows), rows, 0.0).sum(axis=1))
            return np.concatenate(found)

        took["each_within"], ms["each_within"] = timed(sums, 1)
    if "closure" in jobs:
        stays = ~questions.closed

        def close_and_reopen() -> NDArray[np.float64]:
            found = nearest(_matrix(graph.tail[stays], graph.head[stays], graph.ms[stays], count))
            nearest(matrix)
            return found

        took["closure"], ms["closure"] = timed(close_and_reopen, 2)
    return Answers(took, ms, {"version": scipy.__version__})


def _matrix(tail: NDArray[np.int32], head: NDArray[np.int32], ms: NDArray[np.int32], count: int) -> csr_array:
    """Give weights to scipy; of parallel arcs the quickest, since it would add them."""
    order = np.lexsort((ms, head, tail))
    tail, head = tail[order], head[order]
    first = np.ones(len(order), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    values = np.maximum(ms[order[first]].astype(float), 2.0**-10)
    return csr_array((values, (tail[first], head[first])), shape=(count, count))


#: The peers, in the order in which they are asked.
_PEERS: dict[str, Callable[[PeerGraph, Questions, frozenset[str]], Answers]] = {
    "scipy": _ask_scipy,
    "pandana": _pandana.ask,
    "pgrouting": _pgrouting.ask,
}
