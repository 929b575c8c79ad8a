import gc
import threading

import numpy as np
import pytest

from geo.closest_facility import facilities_to_incident
from geo.contraction import IS_AVAILABLE, Contraction
from geo.errors import NetworkError
from geo.route import find_route
from geo.scenario import Scenario, weigh
from tests.geo.road_cases import lattice, places, random_network, random_places

pytestmark = pytest.mark.skipif(not IS_AVAILABLE, reason="routingkit-cch is not installed")


@pytest.mark.parametrize("seed", range(6))
def test_routes_and_rankings_are_those_of_the_sweeps(seed):
    network, _ = random_network(seed, restriction_count=25)
    contraction = Contraction(network)
    for scenario in (
        Scenario(),
        Scenario(hour_of_week=18, closed_edges=frozenset(range(0, 30, 3)), facilities_out=frozenset({2})),
    ):
        impedance = weigh(network, scenario)
        hierarchy = contraction.customize(impedance)
        stations, calls = random_places(network, 8, seed), random_places(network, 10, seed + 1)
        calls = places(network, [*calls.edge_idx, stations.edge_idx[0], -1], [*calls.fraction, 0.5, 0])
        for j in range(len(calls)):
            call = calls.take([j])
            for limit_s in (None, 60.0):
                swept = facilities_to_incident(impedance, stations, call, limit_s=limit_s)
                fast = hierarchy.facilities_to_incident(stations, call, limit_s=limit_s)
                assert (fast.travel_time_s == swept.travel_time_s).all()
                assert (fast.outcome == swept.outcome).all()
                assert (fast.ranking == swept.ranking).all()
            for i in range(0, 8, 3):
                station = stations.take([i])
                slow_route, route = find_route(impedance, station, call), hierarchy.find_route(station, call)
                assert (route.travel_time_s, route.outcome) == (slow_route.travel_time_s, slow_route.outcome)
                if np.isfinite(route.travel_time_s):
                    assert (network.arc_head[route.arc_idx[:-1]] == network.arc_tail[route.arc_idx[1:]]).all()
                    assert sum(s.travel_time_s for s in route.steps) == pytest.approx(
                        route.travel_time_s, abs=0.003
                    )


@pytest.mark.parametrize("count", [40, 600])
def test_few_and_many_facilities_within_a_limit(count):
    """Above some number the bounded sweep answers: nobody can tell."""
    network, _ = random_network(3, node_count=120, edge_count=400)
    impedance = weigh(network)
    hierarchy = Contraction(network).customize(impedance)
    stations, calls = random_places(network, count, 1), random_places(network, 5, 2)
    for j in range(5):
        call = calls.take([j])
        every = hierarchy.facilities_to_incident(stations, call).travel_time_s
        limit_s = float(np.median(every[np.isfinite(every)]))
        within = hierarchy.facilities_to_incident(stations, call, limit_s=limit_s)
        assert (within.travel_time_s == np.where(every <= limit_s, every, np.inf)).all()
        assert 0 < len(within.ranking) < count


def test_order_can_be_kept_and_wrong_ones_are_refused():
    network, _, _ = lattice(4)
    first = Contraction(network)
    again = Contraction(network, order=first.order)
    assert (again.order == first.order).all()
    with pytest.raises(NetworkError, match="no permutation"):
        Contraction(network, order=np.zeros(16, np.int64))
    with pytest.raises(NetworkError, match="hierarchy of"):
        first.customize(weigh(random_network(1)[0]))


def test_threads_and_a_swap_while_queries_run():
    network, _ = random_network(2, node_count=200, edge_count=600)
    contraction = Contraction(network)
    impedance = weigh(network)
    hierarchy = contraction.customize(impedance)
    stations, calls = random_places(network, 6, 1), random_places(network, 40, 2)
    expected = [facilities_to_incident(impedance, stations, calls.take([j])).travel_time_s for j in range(40)]
    wrong = []

    def work():
        for j in range(40):
            found = hierarchy.facilities_to_incident(stations, calls.take([j])).travel_time_s
            if (found != expected[j]).any():
                wrong.append(j)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for hour in range(8):
        contraction.customize(weigh(network, Scenario(hour_of_week=hour)))
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_hierarchy_let_go_elsewhere_leaves_no_trouble(monkeypatch):
    """Queries of the package must end on their own thread; here another lets the hierarchy go while that one lives."""
    trouble = []
    monkeypatch.setattr("sys.unraisablehook", trouble.append)
    network, _ = random_network(1, restriction_count=5)
    hierarchy = Contraction(network).customize(weigh(network, Scenario()))
    stations, call = random_places(network, 8, 1), random_places(network, 1, 2)
    asked, end = threading.Event(), threading.Event()

    def ask(held):
        held[0].facilities_to_incident(stations, call)
        held[0].find_route(stations.take([0]), call)
        held.clear()
        asked.set()
        end.wait(20)

    held = [hierarchy]
    thread = threading.Thread(target=ask, args=(held,))
    thread.start()
    assert asked.wait(20)
    del hierarchy
    gc.collect()
    end.set()
    thread.join()
    assert trouble == []
