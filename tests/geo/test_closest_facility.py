import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.closest_facility import Outcome, closest_facilities, facilities_to_incident
from geo.errors import NetworkError
from geo.facilities import scenario_facilities
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.sweep import INF_MS, sweep_nearest
from geo.weights import EMERGENCY
from tests.geo.road_cases import Brute, lattice, places, random_network, random_places


def trips_ms(brute, starts, stops):
    table = np.full((len(starts), len(stops)), math.inf)
    for i in range(len(starts)):
        for j in range(len(stops)):
            table[i, j] = brute.trip_ms(
                (int(starts.edge_idx[i]), float(starts.fraction[i])),
                (int(stops.edge_idx[j]), float(stops.fraction[j])),
            )
    return table


@pytest.mark.parametrize("seed", range(12))
def test_nearest_and_k_nearest_equal_brute_force_on_random_graphs_with_turn_restrictions(seed):
    network, restrictions = random_network(seed, restriction_count=25)
    assert network.report.restrictions_applied > 0
    impedance = weigh(network, Scenario(closed_edges=frozenset({1, 5}) if seed % 2 else frozenset()))
    starts, stops = random_places(network, 6, seed), random_places(network, 15, seed + 1000)
    table = trips_ms(Brute(impedance, restrictions), starts, stops)
    for k in (1, 2, 3, 8):
        found = closest_facilities(impedance, starts, stops, k=k)
        for j in range(len(stops)):
            ranked = sorted((t, i) for i, t in enumerate(table[:, j]) if t < math.inf)[:k]
            expected_s = [t / 1000 for t, _ in ranked] + [math.inf] * (k - len(ranked))
            assert found.travel_time_s[j].tolist() == expected_s
            assert found.facility_idx[j].tolist() == [i for _, i in ranked] + [-1] * (k - len(ranked))
    for j in range(len(stops)):
        back = facilities_to_incident(impedance, starts, stops.take([j]))
        assert back.travel_time_s.tolist() == (table[:, j] / 1000).tolist()
        order = np.lexsort((np.arange(6), table[:, j]))
        assert back.ranking.tolist() == [i for i in order if table[i, j] < math.inf]


def test_places_on_one_edge_are_handled_exactly():
    network, _ = random_network(3)
    impedance = weigh(network)
    brute = Brute(impedance)
    for edge in range(0, network.edge_count, 7):
        here = places(network, [edge] * 4, [0.1, 0.4, 0.4, 0.9])
        table = trips_ms(brute, here, here)
        for i in range(4):
            found = closest_facilities(impedance, here.take([i]), here)
            assert (found.travel_time_s[:, 0] * 1000).round().tolist() == table[i].tolist()
            back = facilities_to_incident(impedance, here, here.take([i]))
            assert (back.travel_time_s * 1000).round().tolist() == table[:, i].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_every_node_equals_scipy(seed):
    network, _ = random_network(seed, node_count=300, edge_count=900, restriction_count=60)
    impedance = weigh(network, Scenario(hour_of_week=18))
    source = random_places(network, 9, seed)
    field = sweep_nearest(impedance, source)
    from geo.snapping import entries

    graph = np.full((network.node_count, network.node_count), 0.0)
    for arc in np.argsort(-impedance.arc_ms):
        if impedance.arc_ms[arc] > 0:  # the quickest of parallel arcs is written last
            graph[network.arc_tail[arc], network.arc_head[arc]] = impedance.arc_ms[arc]
    seeds = entries(impedance, source, leaving=True)
    table = dijkstra(csr_array(graph), indices=seeds.node) + seeds.ms[:, None]
    expected = table.min(axis=0)
    assert (np.where(field.node_ms == INF_MS, math.inf, field.node_ms) == expected).all()
    owners = np.array([seeds.point[table[:, v] == expected[v]].min() for v in range(network.node_count)])
    assert (field.owner == np.where(np.isfinite(expected), owners, -1)).all()


@given(seed=st.integers(0, 10**6), k=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_more_facilities_are_never_later_and_order_does_not_matter(seed, k):
    network, _ = random_network(seed % 7, restriction_count=10)
    impedance = weigh(network)
    random = np.random.default_rng(seed)
    starts, stops = random_places(network, 8, seed), random_places(network, 12, seed + 1)
    few = closest_facilities(impedance, starts.take(np.arange(5)), stops, k=k)
    all_ = closest_facilities(impedance, starts, stops, k=k)
    assert (all_.travel_time_s <= few.travel_time_s).all()
    order = random.permutation(8)
    shuffled = closest_facilities(impedance, starts.take(order), stops, k=k)
    assert (shuffled.travel_time_s == all_.travel_time_s).all()
    mapped = np.where(shuffled.facility_idx < 0, -1, order[shuffled.facility_idx])
    apart = np.diff(np.pad(all_.travel_time_s, ((0, 0), (1, 1)), constant_values=-1), axis=1) != 0
    clear = apart[:, :-1] & apart[:, 1:]
    clear[:, -1] = False  # a tie with the next one beyond k does not show
    assert (mapped == all_.facility_idx)[clear].all()


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_triangle_inequality(seed):
    network, _ = random_network(seed % 5)
    impedance = weigh(network)
    a, b, c = (random_places(network, 1, seed + i) for i in range(3))

    def time(x, y):
        return closest_facilities(impedance, x, y).travel_time_s[0, 0]

    # each place rounds its partial edge to the millisecond
    assert time(a, c) <= time(a, b) + time(b, c) + 0.002


def test_miniature_by_hand():
    # 0 -> 1 -> 2 -> 3 -> 0, one-way, 1 km each at 22 km/h: 163,636 ms an edge
    at = [[114, 22.5], [114.01, 22.5], [114.01, 22.51], [114, 22.51]]
    from geo.network_building import build_network
    from geo.road_edges import straight_edges

    network = build_network(
        range(4),
        at,
        straight_edges(
            range(4), at, [[0, 1], [1, 2], [2, 3], [3, 0]], direction=[1] * 4, length_m=[1000] * 4
        ),
    )
    impedance = weigh(network)
    by_source = {int(s): i for i, s in enumerate(network.edge_source_id)}
    station = places(network, [by_source[0]], [0.5])
    call = places(network, [by_source[1], by_source[0], by_source[0]], [0.25, 0.75, 0.25])
    found = closest_facilities(impedance, station, call)
    # half an edge and a quarter; a quarter on the same edge; all the way round but a quarter, for the street is one-way
    assert (found.travel_time_s[:, 0] * 1000).round().tolist() == [
        163636 - 81818 + 40909,
        122727 - 81818,
        163636 - 81818 + 3 * 163636 + 40909,
    ]


def test_exactly_at_the_limit_is_within():
    network, at, _ = lattice(3, length_m=None)
    impedance = weigh(network)
    station, corner = snap(network, at[:1]), snap(network, at[-1:])
    time_s = closest_facilities(impedance, station, corner).travel_time_s[0, 0]
    assert closest_facilities(impedance, station, corner, limit_s=time_s).outcome[0, 0] == Outcome.REACHED
    short = closest_facilities(impedance, station, corner, limit_s=time_s - 0.001)
    assert (short.outcome[0, 0], short.travel_time_s[0, 0]) == (Outcome.NOT_WITHIN_LIMIT, math.inf)
    back = facilities_to_incident(impedance, station, corner, limit_s=time_s)
    assert back.travel_time_s.tolist() == [time_s]
    assert (
        facilities_to_incident(impedance, station, corner, limit_s=time_s - 0.001).outcome[0]
        == Outcome.NOT_WITHIN_LIMIT
    )


def test_outcomes_name_the_reason():
    network, at, _ = lattice(4)
    around = shapely.box(at[0, 0] - 1e-3, at[0, 1] - 1e-3, at[0, 0] + 1e-3, at[0, 1] + 1e-3)
    cut_off = Scenario(closed_areas=(around,))
    station, calls = snap(network, at[:1]), snap(network, [*at[[5, 0]], [114.5, 22.5], [np.nan, 0]])
    found = closest_facilities(weigh(network, cut_off), station, calls)
    assert found.outcome[:, 0].tolist() == [
        Outcome.NO_PATH,
        Outcome.ROAD_CLOSED,
        Outcome.NOT_SNAPPED,
        Outcome.NOT_SNAPPED,
    ]
    assert np.isinf(found.travel_time_s).all()
    assert (found.facility_idx == -1).all()
    everything = Scenario(closed_areas=(shapely.box(113, 22, 115, 23),))
    assert closest_facilities(weigh(network, everything), station, calls).outcome[0, 0] == Outcome.ROAD_CLOSED
    fewer = closest_facilities(weigh(network), station, calls, k=3)
    assert fewer.outcome[0].tolist() == [
        Outcome.REACHED,
        Outcome.NO_FURTHER_FACILITY,
        Outcome.NO_FURTHER_FACILITY,
    ]


def test_reopening_restores_identical_answers():
    network, _ = random_network(8)
    starts, stops = random_places(network, 4, 0), random_places(network, 30, 1)
    before = closest_facilities(weigh(network), starts, stops, k=2)
    closest_facilities(weigh(network, Scenario(closed_edges=frozenset(range(20)))), starts, stops, k=2)
    after = closest_facilities(weigh(network), starts, stops, k=2)
    assert (before.travel_time_s == after.travel_time_s).all()
    assert (before.facility_idx == after.facility_idx).all()


def test_facilities_in_and_out_of_service():
    network, at, _ = lattice(5)
    base = snap(network, at[[0, 24]])
    out = weigh(network, Scenario(facilities_out=frozenset({0})))
    found = closest_facilities(out, base, snap(network, at[[1]]))
    assert found.facility_idx.tolist() == [[1]]
    assert facilities_to_incident(out, base, snap(network, at[[1]])).outcome.tolist() == [
        Outcome.OUT_OF_SERVICE,
        Outcome.REACHED,
    ]
    added = weigh(network, Scenario(facilities_added=((float(at[1, 0]), float(at[1, 1])),)))
    more = scenario_facilities(added, base)
    assert closest_facilities(added, more, snap(network, at[[1]])).facility_idx.tolist() == [[2]]
    with pytest.raises(NetworkError, match="facility 7"):
        closest_facilities(weigh(network, Scenario(facilities_out=frozenset({7}))), base, base)


def test_emergency_vehicles_may_make_a_restricted_turn():
    from geo.network_building import build_network
    from geo.road_edges import TurnRestriction, straight_edges

    # a cross: 0 west, 1 centre, 2 north, 3 east; no left turn from west to north, but a way round by the east
    at = [[114, 22.5], [114.01, 22.5], [114.01, 22.51], [114.02, 22.5]]
    pairs = [[0, 1], [1, 2], [1, 3], [3, 2]]
    roads = straight_edges(
        range(4), at, pairs, length_m=[1000, 1000, 1000, 3000], restrictions=[TurnRestriction(0, 1, 1)]
    )
    network = build_network(range(4), at, roads)
    assert network.report.restrictions_applied == 1
    west, north = snap(network, at[:1]), snap(network, at[2:3])
    car = closest_facilities(weigh(network), west, north).travel_time_s[0, 0]
    rescue = closest_facilities(weigh(network, Scenario(profile=EMERGENCY)), west, north).travel_time_s[0, 0]
    # straight on to the east, turn about there, and left is a right: 1 + 1 + 1 + 1 km
    assert car == pytest.approx(4 * 163.636, abs=0.01)
    assert rescue == pytest.approx(2 * 163.636 / 1.15, abs=0.01)


@pytest.mark.parametrize(("arguments", "message"), [({"k": 0}, "k is 0"), ({"limit_s": -1}, "-1 s")])
def test_impossible_questions_are_refused(arguments, message):
    network, at, _ = lattice(2)
    with pytest.raises(NetworkError, match=message):
        closest_facilities(weigh(network), snap(network, at), snap(network, at), **arguments)
