"""Measure fitting speeds to simulated trips on a synthetic lattice city: how long it takes and what it is worth."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.network import Network
from geo.observed_trips import ObservedTrips, place, road_use
from geo.speed_fit import ErrorSummary, SpeedFit, SpeedSource, summarise
from geo.speed_fitting import fit_speeds
from geo.speed_periods import PERIOD_OF_HOUR, Period
from geo.weights import CAR, SpeedTable, default_speed_table
from web.benches.network import SIDES, lattice_city

NAMES = ("fitting",)
_TRIPS = {"small": 1_000, "medium": 4_000, "large": 10_000}
_STATIONS = {"small": 40, "medium": 120, "large": 400}
_NOISE = 0.3
"""Scatter of the simulated trips around their quickest route: standard deviation of the logarithm."""
_FACTOR_SPREAD = 0.25
"""How far true speeds lie from the table, class by class and period by period."""
_REACH_DEG = 0.05


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Simulate trips under speeds that are not the table's, fit them, and compare errors on the fifth held out.

    Raises
    ------
    KeyError
        When ``size`` is not one of `SIDES`.
    """
    network = lattice_city(SIDES[size])
    truth = _true_speeds()
    trips = _trips(network, truth, _STATIONS[size], _TRIPS[size])
    fit_speeds(network, trips.take(np.arange(50)))  # compiles the kernels
    began = time.perf_counter()
    fit = fit_speeds(network, trips)
    took_s = time.perf_counter() - began
    began = time.perf_counter()
    placed = place(network, trips, CAR)
    exact = road_use(placed, truth, np.arange(len(trips)))
    route_ms = (time.perf_counter() - began) * 1000 / len(trips)
    held = np.flatnonzero(trips.is_held_out & np.isfinite(exact.predicted_s))
    base = road_use(placed, default_speed_table(), np.arange(len(trips))).predicted_s
    ratio = trips.duration_s / base
    scaled = base[held] * np.median(ratio[~trips.is_held_out & np.isfinite(base)])
    return {
        "bench": name,
        "size": size,
        "nodes": network.node_count,
        "trips": len(trips),
        "noise": _NOISE,
        "figures": {
            "held out: table before": _errors(fit.before),
            "held out: one factor for the whole table": _errors(summarise(trips.duration_s[held], scaled)),
            "held out: fitted": _errors(fit.after),
            "held out: the true speeds, the least there can be": _errors(
                summarise(trips.duration_s[held], exact.predicted_s[held])
            ),
        },
        "fit_s": round(took_s, 1),
        "rounds": fit.rounds,
        "is_stable": fit.is_stable,
        "trips_per_s": round(len(trips) / took_s),
        "route_ms": round(route_ms, 2),
        "speeds": _recovered(fit, truth),
    }


def _true_speeds() -> SpeedTable:
    """Speeds off the table by a factor of their own for each class and period."""
    random = np.random.default_rng(11)
    table = default_speed_table().speed_kmh
    factor = np.exp(_FACTOR_SPREAD * random.standard_normal((len(table), len(Period))))
    return SpeedTable(np.clip(table * factor[:, PERIOD_OF_HOUR], 1, 200), "true")


def _trips(network: Network, truth: SpeedTable, stations: int, count: int) -> ObservedTrips:
    """Trips from stations to places within some 5 km, at every hour of the week."""
    random = np.random.default_rng(5)
    west, south, east, north = network.bounds
    station = np.array([west, south]) + random.random((stations, 2)) * [east - west, north - south]
    start = station[random.integers(0, stations, count)]
    stop = np.clip(start + _REACH_DEG * (2 * random.random((count, 2)) - 1), [west, south], [east, north])
    held = random.random(count) < 0.2
    blank = ObservedTrips(start, stop, random.integers(0, 168, count), np.ones(count), held)
    exact: NDArray[np.float64] = road_use(place(network, blank, CAR), truth, np.arange(count)).predicted_s
    took = np.where(np.isfinite(exact), exact, 600.0) * np.exp(_NOISE * random.standard_normal(count))
    return ObservedTrips(start, stop, blank.hour_of_week, np.maximum(took, 1.0), held)


def _errors(found: ErrorSummary) -> dict[str, float | None]:
    return {
        "trips": found.trip_count,
        "mae_s": None if found.mae_s is None else round(found.mae_s, 1),
        "p50_ratio": None if found.median_ratio is None else round(found.median_ratio, 3),
        "p90_ratio": None if found.p90_ratio is None else round(found.p90_ratio, 3),
    }


def _recovered(fit: SpeedFit, truth: SpeedTable) -> dict[str, Any]:
    """How far the fitted speeds lie from the true ones, where they have a factor of their own."""
    own = [cell for cell in fit.cells if cell.source is SpeedSource.OWN]
    off, was = [], []
    for cell in own:
        true_kmh = float(truth.speed_kmh[cell.road_class, cell.period == PERIOD_OF_HOUR].mean())
        off.append(abs(cell.fitted_kmh / true_kmh - 1))
        was.append(abs(cell.prior_kmh / true_kmh - 1))
    return {
        "fitted_cells": len(own),
        "off_before_percent": round(100 * float(np.median(was)), 1) if was else None,
        "off_after_percent": round(100 * float(np.median(off)), 1) if off else None,
    }
