"""Measure the check of bindings on a made-up city: every company of an ordinary size, and one that has the whole city."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.rebinding import Binding, Rebinding, StationReach, best_rebinding, station_reach
from geo.network import Network
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from web.benches.network import SIDES, lattice_city

NAMES = ("rebinding",)
OPTIONS = ()
_STATIONS = {"small": 50, "medium": 300, "large": 1_000}
_ELEVATORS = {"small": 5_000, "medium": 40_000, "large": 130_000}
_COMPANY = 10  # stations of a company of ordinary size
_LIMIT_S = 900.0


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Sweep and solve; give seconds, and what was found.

    Raises
    ------
    KeyError
        When ``size`` is not one of `SIDES`.
    """
    network = lattice_city(SIDES[size])
    impedance = weigh(network, Scenario(hour_of_week=18))
    random = np.random.default_rng(1)
    stations = snap(network, _scatter(network, _STATIONS[size], random))
    elevators = snap(network, _scatter(network, _ELEVATORS[size], random))
    count, many = len(stations), len(elevators)
    nobody = np.full(many, -1, np.int32)
    begun = time.perf_counter()
    reach = station_reach(impedance, stations, elevators, nobody, limit_s=_LIMIT_S)
    swept = time.perf_counter()
    # Bound to a station near by, one in ten to any at all; a station bears a tenth more than its even share.
    bound = np.where(random.random(many) < 0.1, random.integers(0, count, many), reach.nearest_idx).astype(
        np.int32
    )
    capacity = np.full(count, -(-11 * many // (10 * count)))
    seconds = _bound_seconds(reach, bound)
    solving = time.perf_counter()
    whole = best_rebinding(bound, seconds, reach.pairs, capacity, limit_s=_LIMIT_S)
    solved = time.perf_counter()
    company = random.integers(0, max(1, count // _COMPANY), many)
    each = []
    for number in range(min(10, max(1, count // _COMPANY))):
        mine, own = np.flatnonzero(company == number), np.arange(number, count, max(1, count // _COMPANY))
        at = time.perf_counter()
        part = station_reach(
            impedance,
            stations.take(own),
            elevators.take(mine),
            random.integers(0, len(own), len(mine)),
            limit_s=_LIMIT_S,
        )
        held = random.integers(0, len(own), len(mine)).astype(np.int32)
        best_rebinding(
            held,
            _bound_seconds(part, held),
            part.pairs,
            np.full(len(own), 2 * len(mine) // len(own)),
            limit_s=_LIMIT_S,
        )
        each.append(time.perf_counter() - at)
    return {
        "bench": name, "size": size, "nodes": network.node_count, "stations": count, "elevators": many, "limit_s": _LIMIT_S, "unit": "s",
        "figures": {
            "one company with the whole city: sweeps": {"s": round(swept - begun, 2)},
            "one company with the whole city: solving": {"s": round(solved - solving, 2)},
            f"a company of {_COMPANY} stations, whole, at most": {"s": round(max(each), 2)},
        },
        "pairs": len(reach.pairs[0]), "outcomes": _counts(whole),
    }  # fmt: skip


def _bound_seconds(reach: StationReach, bound: NDArray[np.int32]) -> NDArray[np.float64]:
    """Read the seconds of bound stations among the pairs; beyond the limit is beyond."""
    elevator, station, seconds = reach.pairs
    found = np.full(len(bound), np.inf)
    own = station == bound[elevator]
    found[elevator[own]] = seconds[own]
    return found


def _counts(found: Rebinding) -> dict[str, int]:
    return {one.name.lower(): int((found.outcome == one).sum()) for one in Binding}


def _scatter(network: Network, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    near = network.node_lonlat[random.integers(0, network.node_count, count)]
    found: NDArray[np.float64] = near + (random.random((count, 2)) - 0.5) * 0.001
    return found
