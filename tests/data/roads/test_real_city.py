"""The engine on the real main roads of Shenzhen: shelters and hospital car parks as facilities, car parks as objects."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from data.roads.tables import TableMapping, network_from_tables
from geo.closest_facility import closest_facilities, facilities_to_incident
from geo.crs import convert
from geo.observed_trips import ObservedTrips, place, road_use
from geo.road_class import RoadClass
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.speed_fit import SpeedSource
from geo.speed_fitting import fit_speeds
from geo.speed_periods import PERIOD_OF_HOUR, Period
from geo.weights import CAR, SpeedTable, default_speed_table

pytestmark = pytest.mark.real_data

MAPPING = TableMapping(
    lon="lng",
    from_node="u",
    to_node="v",
    length_m="length_m",
    road_class="highway_guess",
    edges_are_directed=True,
    default_class=RoadClass.TERTIARY,
)


@pytest.fixture(scope="module")
def folder():
    path = Path(os.environ.get("ONEMAP_REAL_DATA") or Path(__file__).parents[3].parent / "shared" / "data")
    if not (path / "shenzhen_roads" / "shenzhen_main_roads_edges.csv").is_file():
        pytest.skip("real data are not here")
    return path


@pytest.fixture(scope="module")
def impedance(folder):
    roads = folder / "shenzhen_roads"
    network = network_from_tables(
        roads / "shenzhen_main_roads_nodes.csv", roads / "shenzhen_main_roads_edges.csv", MAPPING
    )
    return weigh(network, Scenario(hour_of_week=18))


def points(path, datum, columns):
    table = pd.read_csv(path)
    return convert(table[list(columns)].to_numpy(float), datum, "EPSG:4326")


@pytest.fixture(scope="module")
def shelters(folder, impedance):
    lonlat = points(folder / "poi_shenzhen" / "shenzhen_emergency_shelters.csv", "gcj02", SHELTER_COLUMNS)
    return snap(impedance.network, lonlat, reach_m=3000)


@pytest.fixture(scope="module")
def car_parks(folder, impedance):
    lonlat = points(folder / "poi_shenzhen" / "shenzhen_parking_lots.csv", "bd09", CAR_PARK_COLUMNS)
    return snap(impedance.network, lonlat, reach_m=3000)


SHELTER_COLUMNS = ("lng_gcj02", "lat_gcj02")
CAR_PARK_COLUMNS = ("lng_bd09", "lat_bd09")


def test_the_largest_component_is_the_published_one(impedance):
    assert impedance.network.report.nodes == 21474
    assert impedance.network.report.parts_cut > 300


def brute_table(impedance, starts):
    """Times from every start to every node, one search each, by scipy."""
    network = impedance.network
    order = np.argsort(-impedance.arc_ms, kind="stable")
    graph = {}
    for arc in order:  # the quickest of parallel arcs is written last
        graph[int(network.arc_tail[arc]), int(network.arc_head[arc])] = int(impedance.arc_ms[arc])
    ends = np.array(list(graph))
    matrix = csr_array(
        (np.array(list(graph.values()), float), (ends[:, 0], ends[:, 1])), shape=(network.node_count,) * 2
    )
    table = np.full((len(starts), network.node_count), np.inf)
    for i, (edge, fraction) in enumerate(zip(starts.edge_idx, starts.fraction, strict=True)):
        for arc in network.arcs_of_edges([edge]) if edge >= 0 else ():
            w, backward = int(impedance.arc_ms[arc]), bool(network.arc_is_reversed[arc])
            share = 1 - fraction if backward else fraction
            rest = w - int(w * share + 0.5)
            seeds = [(network.arc_head[arc], rest)] + ([(network.arc_tail[arc], 0)] if share == 0 else [])
            for node, ms in seeds:
                table[i] = np.minimum(table[i], dijkstra(matrix, indices=int(node)) + ms)
    return table


def test_nearest_equals_brute_force_on_a_thousand_calls_and_straight_lines_mislead(
    impedance, shelters, car_parks
):
    network = impedance.network
    random = np.random.default_rng(20261122)
    calls = car_parks.take(random.choice(np.flatnonzero(car_parks.edge_idx >= 0), 1000, replace=False))
    table = brute_table(impedance, shelters)
    expected = np.full((len(shelters), 1000), np.inf)
    for j in range(1000):
        for arc in network.arcs_of_edges([calls.edge_idx[j]]):
            w, backward = int(impedance.arc_ms[arc]), bool(network.arc_is_reversed[arc])
            share = 1 - calls.fraction[j] if backward else calls.fraction[j]
            part = int(w * share + 0.5)
            expected[:, j] = np.minimum(expected[:, j], table[:, network.arc_tail[arc]] + part)
            if share == 1:
                expected[:, j] = np.minimum(expected[:, j], table[:, network.arc_head[arc]])
            for i in np.flatnonzero(shelters.edge_idx == calls.edge_idx[j]):
                start = 1 - shelters.fraction[i] if backward else shelters.fraction[i]
                if start <= share:
                    expected[i, j] = min(expected[i, j], part - int(w * start + 0.5))
    found = closest_facilities(impedance, shelters, calls, k=3)
    best = np.sort(expected, axis=0)[:3].T / 1000
    assert (found.travel_time_s == best).all()
    first = np.argmin(expected, axis=0)  # of equally quick ones the lowest position
    assert (found.facility_idx[:, 0] == first).all()
    assert (closest_facilities(impedance, shelters, calls).facility_idx[:, 0] == first).all()
    for j in range(0, 1000, 50):
        ranked = facilities_to_incident(impedance, shelters, calls.take([j]))
        assert (ranked.travel_time_s == expected[:, j] / 1000).all()
    geod = Geod(ellps="GRS80")
    straight = np.array(
        [
            geod.inv(
                shelters.lonlat[:, 0],
                shelters.lonlat[:, 1],
                np.full(len(shelters), lon),
                np.full(len(shelters), lat),
            )[2].argmin()
            for lon, lat in calls.lonlat
        ]
    )
    late_s = (expected[straight, np.arange(1000)] - expected[first, np.arange(1000)]) / 1000
    wrong = late_s > 0
    print(
        f"straight-line best is not the best by road on {wrong.sum()} of 1,000 calls; "
        f"later by {np.median(late_s[wrong]) / 60:.1f} min (median), {late_s.max() / 60:.1f} min (most)"
    )
    assert 200 < wrong.sum() < 800
    assert late_s.min() >= 0


def test_known_speeds_are_recovered_on_the_real_roads(impedance, shelters, car_parks):
    """1,500 simulated runs from shelters to car parks within 8 km, 20 % noise: every class with 300 km driven within 10 %."""
    network, random = impedance.network, np.random.default_rng(20261122)
    factor = np.exp(0.25 * random.standard_normal((len(RoadClass), len(Period))))
    kmh = default_speed_table().speed_kmh
    truth = SpeedTable(np.clip(kmh * factor[:, PERIOD_OF_HOUR], 1, 200), "truth")
    starts = shelters.lonlat[random.choice(np.flatnonzero(shelters.edge_idx >= 0), 20_000)]
    stops = car_parks.lonlat[random.choice(np.flatnonzero(car_parks.edge_idx >= 0), 20_000)]
    near = np.flatnonzero(np.hypot(*(starts - stops).T) < 0.07)[:1500]
    blank = ObservedTrips(
        starts[near], stops[near], random.choice([3, 8, 18], 1500), np.ones(1500), random.random(1500) < 0.25
    )
    exact = road_use(place(network, blank, CAR), truth, np.arange(1500)).predicted_s
    took = np.where(np.isfinite(exact), exact, 600) * np.exp(0.2 * random.standard_normal(1500))
    trips = ObservedTrips(
        blank.origin_lonlat,
        blank.destination_lonlat,
        blank.hour_of_week,
        np.maximum(took, 1),
        blank.is_held_out,
    )
    fit = fit_speeds(network, trips)
    held = trips.is_held_out & np.isfinite(exact)
    least_s = np.abs(took - exact)[held].mean()
    assert fit.is_stable
    # at least three quarters of what can be gained over the table
    assert fit.after.mae_s - least_s < 0.25 * (fit.before.mae_s - least_s)
    checked = [c for c in fit.cells if c.source is SpeedSource.OWN and c.length_km >= 300]
    assert len(checked) >= 6
    for cell in checked:
        true_kmh = truth.speed_kmh[cell.road_class, cell.period == PERIOD_OF_HOUR].mean()
        assert cell.fitted_kmh == pytest.approx(true_kmh, rel=0.1), cell
