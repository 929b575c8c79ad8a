"""Measure the travel-time engine on a made-up, the store's or a real city, beside its peers in the same run."""

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack
from scipy.sparse.csgraph import dijkstra

from data.errors import StoreError
from data.network_service import NetworkService
from data.roads.tables import TableMapping, network_from_tables
from data.store import Store
from geo.closest_facility import closest_facilities, facilities_to_incident
from geo.contraction import IS_AVAILABLE, Contraction
from geo.core import CoreTopology
from geo.nearest_field import NearestField
from geo.network import Network
from geo.network_building import build_network
from geo.road_class import Direction, RoadClass
from geo.road_edges import straight_edges
from geo.route import find_route
from geo.scenario import Impedance, Scenario, weigh
from geo.service_area import service_areas
from geo.snapping import SnappedPoints, entries, snap
from geo.sweep import bounded, sweep_k_nearest, sweep_nearest
from web.benches import _peer_table
from web.settings import ROOT, settings_from
from web.wiring import database_in_use

T = TypeVar("T")
A = TypeVar("A")

NAMES = ("network", "isochrone", "closure")
OPTIONS = ("city", "with_peers")
SIDES = {"small": 100, "medium": 250, "large": 514}
"""Junctions along a side of the lattice; "large" is a city of about 260,000 nodes and 770,000 arcs."""
_SPACING_M = 113.0
_FACILITIES = {"small": 50, "medium": 300, "large": 1000}
_OBJECTS = {"small": 5_000, "medium": 40_000, "large": 150_000}
_AVENUES = (
    (4, RoadClass.TERTIARY),
    (8, RoadClass.SECONDARY),
    (16, RoadClass.PRIMARY),
    (64, RoadClass.TRUNK),
    (128, RoadClass.MOTORWAY),
)


def lattice_city(side: int, *, seed: int = 7) -> Network:
    """Build a jittered lattice with avenues of rising class, one-way streets and gaps."""
    random = np.random.default_rng(seed)
    ids = np.arange(side * side)
    column, row = ids % side, ids // side
    step = _SPACING_M / 111_000
    jitter = 0.3 * (random.random((len(ids), 2)) - 0.5)
    lonlat = np.column_stack(
        [113.8 + 1.08 * step * (column + jitter[:, 0]), 22.45 + step * (row + jitter[:, 1])]
    )
    east = ids[column < side - 1]
    north = ids[row < side - 1]
    pairs = np.concatenate([np.column_stack([east, east + 1]), np.column_stack([north, north + side])])
    line = np.concatenate([row[east], column[north]])
    road_class = np.full(len(pairs), int(RoadClass.RESIDENTIAL))
    for every, kind in _AVENUES:
        road_class[line % every == 0] = int(kind)
    is_street = road_class == RoadClass.RESIDENTIAL
    keep = ~is_street | (random.random(len(pairs)) < 0.72)
    one_way = is_street & (random.random(len(pairs)) < 0.2)
    towards = np.where(random.random(len(pairs)) < 0.5, Direction.FORWARD, Direction.BACKWARD)
    direction = np.where(one_way, towards, Direction.BOTH)
    roads = straight_edges(ids, lonlat, pairs[keep], direction=direction[keep], road_class=road_class[keep])
    return build_network(ids, lonlat, roads)


def real_city() -> Network:
    """Build the network of Shenzhen's main roads, from its tables.

    Raises
    ------
    StoreError
        When the files are not here.
    """
    named = os.environ.get("ONEMAP_REAL_DATA")
    kept = [Path(named)] if named else []
    folders = [f / "shenzhen_roads" for f in (*kept, ROOT.parent / "shared" / "data")]
    folder = next((f for f in folders if (f / "shenzhen_main_roads_edges.csv").is_file()), None)
    if folder is None:
        raise StoreError(
            "没有真实深圳的道路表，请用 ONEMAP_REAL_DATA 指出其文件夹。 "
            "The tables of real Shenzhen's roads are not here: name their folder in ONEMAP_REAL_DATA."
        )
    mapping = TableMapping(
        lon="lng", from_node="u", to_node="v", length_m="length_m", road_class="highway_guess",
        edges_are_directed=True, default_class=RoadClass.TERTIARY,
    )  # fmt: skip
    return network_from_tables(
        folder / "shenzhen_main_roads_nodes.csv", folder / "shenzhen_main_roads_edges.csv", mapping
    )


def store_city() -> Network:
    """Open the network that the store uses.

    Raises
    ------
    NoNetworkError
        When no roads have been loaded.
    """
    database = database_in_use()
    store = Store(database, max_size=1)
    try:
        return NetworkService(store, settings_from(os.environ, database).state_dir).roads().network
    finally:
        store.close()


def run(
    name: str = "network", size: str = "large", *, city: str = "lattice", with_peers: bool = True
) -> dict[str, Any]:
    """
    Measure every job once warm; give figures in milliseconds (medians), peers, ratios and targets.

    "network" measures everything, another name only the jobs of that name. ``city`` is the made-up "lattice", the "store"'s
    or the "real" one.

    Raises
    ------
    KeyError
        When ``size`` is not one of `SIDES`.
    StoreError
        When the city is not here.
    """
    builders = {"lattice": lambda: lattice_city(SIDES[size]), "store": store_city, "real": real_city}
    build_ms, network = _timed(builders[city])
    impedance = weigh(network, Scenario(hour_of_week=18))
    random = np.random.default_rng(1)

    def scatter(count: int) -> NDArray[np.float64]:
        # about the junctions, so that no place lies in the sea
        near = network.node_lonlat[random.integers(0, network.node_count, count)]
        return near + (random.random((count, 2)) - 0.5) * 0.001

    facilities = snap(network, scatter(_FACILITIES[size]))
    positions = scatter(_OBJECTS[size])
    objects = snap(network, positions)
    figures: dict[str, dict[str, float | None]] = {"network: build and order": _row(build_ms)}
    figures["network: snap all objects"] = _row(_median(lambda: snap(network, positions), 3))
    figures["network: weigh (new hour)"] = _row(_median(lambda: weigh(network, Scenario(hour_of_week=8))))
    graph = _scipy_graph(impedance)
    is_whole = name == "network"
    if is_whole:
        _coverage(figures, impedance, facilities, objects, graph)
        _ranking(figures, impedance, facilities, objects, graph)
    if is_whole or name == "isochrone":
        _isochrones(figures, impedance, facilities)
    if is_whole or name == "closure":
        _changes(figures, impedance, facilities, objects)
    beside: dict[str, Any] = {}
    if with_peers:
        beside = _peer_table.compare(impedance, name, facilities=_FACILITIES[size])
        figures |= beside.pop("figures")
    return {
        "bench": name,
        "size": size,
        "city": city,
        "nodes": network.node_count,
        "arcs": network.arc_count,
        "facilities": len(facilities),
        "objects": len(objects),
        "unit": "ms, median of warm runs",
        "figures": figures,
        "exact": _exactness(impedance, facilities, objects, graph),
        **beside,
    }


def _exactness(
    impedance: Impedance, facilities: SnappedPoints, objects: SnappedPoints, graph: csr_array
) -> dict[str, bool]:
    """Compare what was measured with scipy and with each other, on every node, to the millisecond."""
    swept = sweep_nearest(impedance, facilities)
    seeds = entries(impedance, facilities, leaving=True)
    # scipy starts from one node more, joined to the seeds; a millisecond is added, since it takes 0 for no arc
    ms = np.full(impedance.network.node_count, np.inf)
    np.minimum.at(ms, seeds.node, seeds.ms + 1.0)
    start = np.flatnonzero(np.isfinite(ms))
    joined = vstack(
        [
            hstack([graph, csr_array((graph.shape[0], 1))]),
            csr_array((ms[start], (0 * start, start)), shape=(1, graph.shape[0] + 1)),
        ]
    )
    expected = dijkstra(csr_array(joined), directed=True, indices=np.array([graph.shape[0]]))[0, :-1] - 1
    labels = sweep_k_nearest(impedance, facilities, 3)
    core = CoreTopology(impedance.network).customize(impedance).sweep_k_nearest(facilities, 3)
    field = NearestField(impedance, facilities)
    field.move_facility(3, objects.take([0]))
    fresh = sweep_nearest(impedance, field.facilities)
    return {
        "nearest equals scipy": bool(
            (np.where(np.isinf(swept.travel_time_s), np.inf, swept.node_ms) == expected).all()
        ),
        "first of three equals nearest, owners too": bool(
            (
                (labels[:, 0] >> 32 == swept.node_ms) & ((labels[:, 0] >> 1 & 0x7FFFFFFF) == swept.owner)
                | (swept.owner < 0)
            ).all()
        ),
        "three nearest on the core equal the plain sweep": bool(
            (labels[:, :3] >> 1 == core[:, :3] >> 1).all()
        ),
        "repaired equals fresh": bool(
            (field.field.node_ms == fresh.node_ms).all() and (field.field.owner == fresh.owner).all()
        ),
    }


def _coverage(
    figures: dict[str, Any],
    impedance: Impedance,
    facilities: SnappedPoints,
    objects: SnappedPoints,
    graph: csr_array,
) -> None:
    """Nearest and three nearest for the whole city."""
    seeds = entries(impedance, facilities, leaving=True).node
    peer = _median(
        lambda: dijkstra(graph, directed=True, indices=seeds, return_predecessors=True, min_only=True), 3
    )
    figures["coverage: nearest, every node"] = _row(
        _median(lambda: sweep_nearest(impedance, facilities)), peer=peer, target=30
    )
    figures["coverage: nearest, every object"] = _row(
        _median(lambda: closest_facilities(impedance, facilities, objects)), target=500
    )
    figures["coverage: three nearest, every node, plain"] = _row(
        _median(lambda: sweep_k_nearest(impedance, facilities, 3), 5)
    )
    CoreTopology(impedance.network)
    core_ms, topology = _timed(lambda: CoreTopology(impedance.network))
    figures["coverage: core, prepared once"] = _row(core_ms)
    core = topology.customize(impedance)
    figures["coverage: core, new weights"] = _row(_median(lambda: topology.customize(impedance)))
    figures["coverage: three nearest, every node, core"] = _row(
        _median(lambda: core.sweep_k_nearest(facilities, 3), 5), target=80
    )
    figures["coverage: three nearest, every object, core"] = _row(
        _median(lambda: closest_facilities(impedance, facilities, objects, k=3, core=core), 5)
    )


def _ranking(
    figures: dict[str, Any],
    impedance: Impedance,
    facilities: SnappedPoints,
    objects: SnappedPoints,
    graph: csr_array,
) -> None:
    """All facilities to one incident, and single routes, over twenty incidents."""
    calls = [objects.take([i]) for i in range(20)]
    back = csr_array(graph.T)

    def peer_rank() -> None:
        for call in calls[:3]:
            dijkstra(back, indices=entries(impedance, call, leaving=False).node[:1])

    peer = _median(peer_rank, 3) / 3
    swept = _each(calls, lambda call: facilities_to_incident(impedance, facilities, call))
    figures["rank: all facilities to one incident, sweep"] = _row(swept, peer=peer)
    half_hour = _each(calls, lambda call: facilities_to_incident(impedance, facilities, call, limit_s=1800))
    figures["rank: all facilities within 30 min of one incident, sweep"] = _row(half_hour, target=8)
    first = facilities.take([0])
    figures["rank: route with geometry, sweep"] = _row(
        _each(calls, lambda call: find_route(impedance, first, call))
    )
    if not IS_AVAILABLE:
        return
    prepare_ms, contraction = _timed(lambda: Contraction(impedance.network))
    figures["rank: hierarchy, prepared once"] = _row(prepare_ms)
    customize_ms, hierarchy = _timed(lambda: contraction.customize(impedance))
    figures["rank: hierarchy, new weights"] = _row(customize_ms)
    figures["rank: all facilities to one incident, hierarchy"] = _row(
        _each(calls, lambda call: hierarchy.facilities_to_incident(facilities, call)), peer=peer, target=8
    )
    figures["rank: route with geometry, hierarchy"] = _row(
        _each(calls, lambda call: hierarchy.find_route(first, call))
    )


def _isochrones(figures: dict[str, Any], impedance: Impedance, facilities: SnappedPoints) -> None:
    """One source within 30 minutes: the sweep alone, and with its polygon."""
    sources = [facilities.take([i]) for i in range(10)]

    def bounded_sweep(source: SnappedPoints) -> int:
        with bounded(impedance, entries(impedance, source, leaving=True), limit_s=1800) as (_, touched):
            return len(touched)

    figures["isochrone: one source bounded to 30 min"] = _row(_each(sources, bounded_sweep), target=8)
    figures["isochrone: 30 min with polygon"] = _row(
        _each(sources, lambda source: service_areas(impedance, source, [1800])), target=50
    )
    figures["isochrone: 10, 20 and 30 min with polygons"] = _row(
        _each(sources, lambda source: service_areas(impedance, source, [600, 1200, 1800]))
    )
    figures["isochrone: joint 10 min of all facilities"] = _row(
        _median(lambda: service_areas(impedance, facilities, [600]), 3)
    )


def _changes(
    figures: dict[str, Any], impedance: Impedance, facilities: SnappedPoints, objects: SnappedPoints
) -> None:
    """Measure a facility moved and 2 x 2 km closed under a finished field, beside a fresh sweep."""
    network = impedance.network
    field = NearestField(impedance, facilities)
    places = [objects.take([i]) for i in range(30)]
    fresh = _median(lambda: sweep_nearest(impedance, facilities))
    figures["closure: facility moved under a shown field"] = _row(
        _each(places, lambda place: field.move_facility(3, place)), peer=fresh, target=1
    )
    lon, lat = np.median(network.node_lonlat, axis=0).tolist()
    area = shapely.box(lon - 0.0097, lat - 0.009, lon + 0.0097, lat + 0.009)
    arcs = network.arcs_of_edges(network.edges_in_area(area))
    figures["closure: find the arcs of 2 x 2 km"] = _row(_median(lambda: network.edges_in_area(area)))
    close_ms, reopen_ms = [], []
    for _ in range(15):
        close_ms.append(_timed(lambda: field.close_arcs(arcs))[0])
        reopen_ms.append(_timed(lambda: field.reopen_arcs(arcs))[0])
    figures["closure: 2 x 2 km closed under a shown field"] = _row(
        statistics.median(close_ms), peer=fresh, target=1
    )
    figures["closure: reopened"] = _row(statistics.median(reopen_ms), peer=fresh, target=1)


def _scipy_graph(impedance: Impedance) -> csr_array:
    """Give the same weights to scipy; of parallel arcs the quickest, since scipy would add them."""
    network = impedance.network
    usable = np.flatnonzero(impedance.arc_ms >= 0)
    order = usable[np.lexsort((impedance.arc_ms[usable], network.arc_head[usable], network.arc_tail[usable]))]
    tail, head = network.arc_tail[order], network.arc_head[order]
    first = np.ones(len(order), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    values = impedance.arc_ms[order[first]].astype(np.float64)
    return csr_array((values, (tail[first], head[first])), shape=(network.node_count, network.node_count))


def _row(ours: float, *, peer: float | None = None, target: float | None = None) -> dict[str, float | None]:
    """One line of the table: ours, the peer's, how many times faster, and what is promised."""
    return {
        "ours_ms": round(ours, 3),
        "peer_ms": None if peer is None else round(peer, 3),
        "ratio": None if peer is None else round(peer / max(ours, 1e-6), 1),
        "target_ms": target,
    }


def _timed(job: Callable[[], T]) -> tuple[float, T]:
    """Run once; give milliseconds and the result."""
    begin = time.perf_counter()
    result = job()
    return (time.perf_counter() - begin) * 1000, result


def _median(job: Callable[[], object], runs: int = 7) -> float:
    """Run once to warm up, then take the median."""
    job()
    return statistics.median(_timed(job)[0] for _ in range(runs))


def _each(arguments: list[A], job: Callable[[A], object]) -> float:
    """Take the median over arguments, after warming up on the first."""
    job(arguments[0])
    return statistics.median(_timed(partial(job, argument))[0] for argument in arguments)
