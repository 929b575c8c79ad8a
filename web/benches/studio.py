"""Measure trying out stations on a made-up city, beside scipy and pgRouting; every change is compared with a fresh sweep."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.closest_facility import closest_facilities
from geo.core import CoreTopology
from geo.kept_nearest import KeptNearest, TwoNearest, joined, keep_nearest, try_out
from geo.network import Network
from geo.scenario import Scenario, weigh
from geo.service_area import service_areas
from geo.snapping import SnappedPoints, snap
from web.benches import _peer_table
from web.benches.network import SIDES, lattice_city

NAMES = ("studio",)
OPTIONS = ("with_peers",)
_STATIONS = {"small": 50, "medium": 300, "large": 1_000}
_OBJECTS = {"small": 5_000, "medium": 40_000, "large": 130_000}
_ROUNDS = 15
_STANDARD_S = 600.0


def run(name: str, size: str = "large", *, with_peers: bool = True) -> dict[str, Any]:
    """Measure each change several times, warm; give medians and the longest in milliseconds.

    Raises
    ------
    KeyError
        When ``size`` is not one of `SIDES`.
    """
    network = lattice_city(SIDES[size])
    impedance = weigh(network, Scenario(hour_of_week=18))
    random = np.random.default_rng(1)
    stations, objects = (snap(network, _scatter(network, n[size], random)) for n in (_STATIONS, _OBJECTS))
    topology = CoreTopology(network)
    core = topology.customize(impedance)
    kept = keep_nearest(impedance, stations, objects, core=core)
    figures = {
        "three nearest of every object, kept": _row(
            lambda _: keep_nearest(impedance, stations, objects, core=core), 5
        )
    }
    changes = _changes(network, stations, random)
    for label, (out, places) in changes.items():
        figures[label] = _row(partial(_try, kept, out, places))
    block = _block(network)
    closed = Scenario(hour_of_week=18, closed_areas=(block,))
    figures["a quarter of 2 × 2 km closed, swept anew"] = _row(
        lambda _: _close(network, topology, closed, stations, objects), 5
    )
    figures[f"area that all stations reach in {_STANDARD_S / 60:g} min"] = _row(
        lambda _: service_areas(impedance, stations, (_STANDARD_S,)), 3
    )
    figures["isochrone of every station, one by one: stretches and outline"] = _row(
        lambda _: [
            service_areas(impedance, stations.take([n]), (_STANDARD_S,)) for n in range(len(stations))
        ],
        1,
    )
    beside: dict[str, Any] = {}
    if with_peers:
        beside = _peer_table.compare(impedance, name, facilities=len(stations), peers=("scipy", "pgrouting"))
        figures |= beside.pop("figures")
    return {
        "bench": name, "size": size, "nodes": network.node_count, "stations": len(stations), "objects": len(objects),
        "unit": "ms, warm", "figures": figures,
        "equals a fresh sweep": {
            label: _is_exact(kept, try_out(kept, places(3), out=out(3)), out(3), places(3))
            for label, (out, places) in changes.items()
        },
        **beside,
    }  # fmt: skip


Change = tuple[Callable[[int], NDArray[np.bool_]], Callable[[int], SnappedPoints]]


def _changes(network: Network, stations: SnappedPoints, random: np.random.Generator) -> dict[str, Change]:
    """Give what is tried: each names the stations that are gone and those that come, of the n-th round."""
    places = snap(network, _scatter(network, 10 * _ROUNDS, random))
    count = len(stations)

    def gone(n: int, share: int) -> NDArray[np.bool_]:
        found = np.zeros(count, np.bool_)
        found[(7 * n + np.arange(share)) % count] = True
        return found

    nobody: NDArray[np.int64] = np.zeros(0, np.int64)
    return {
        "one station dragged": (lambda n: gone(n, 1), lambda n: places.take([n])),
        "one station closed": (lambda n: gone(n, 1), lambda _: places.take(nobody)),
        "one station added": (lambda n: gone(n, 0), lambda n: places.take([n])),
        "five dragged": (lambda n: gone(n, 5), lambda n: places.take(np.arange(5 * n, 5 * n + 5))),
        "a third closed": (lambda n: gone(n, count // 3), lambda _: places.take(nobody)),
    }


def _try(
    kept: KeptNearest,
    out: Callable[[int], NDArray[np.bool_]],
    places: Callable[[int], SnappedPoints],
    n: int,
) -> TwoNearest:
    return try_out(kept, places(n), out=out(n))


def _is_exact(kept: KeptNearest, found: TwoNearest, out: NDArray[np.bool_], places: SnappedPoints) -> bool:
    standing = joined(kept.facilities.take(np.flatnonzero(~out)), places)
    fresh = closest_facilities(kept.impedance, standing, kept.objects, k=2)
    return bool((found.travel_time_s == fresh.travel_time_s).all())


def _close(
    network: Network,
    topology: CoreTopology,
    closed: Scenario,
    stations: SnappedPoints,
    objects: SnappedPoints,
) -> KeptNearest:
    impedance = weigh(network, closed)
    return keep_nearest(impedance, stations, objects, core=topology.customize(impedance))


def _block(network: Network) -> shapely.Polygon:
    west, south, east, north = network.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    return shapely.box(lon, lat, lon + 0.02, lat + 0.018)


def _scatter(network: Network, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    near = network.node_lonlat[random.integers(0, network.node_count, count)]
    found: NDArray[np.float64] = near + (random.random((count, 2)) - 0.5) * 0.001
    return found


def _row(work: Callable[[int], object], rounds: int = _ROUNDS) -> dict[str, Any]:
    work(rounds - 1)
    taken = []
    for n in range(rounds):
        begun = time.perf_counter()
        work(n)
        taken.append(1000 * (time.perf_counter() - begun))
    return {"ms": round(statistics.median(taken), 1), "most_ms": round(max(taken), 1)}
