import threading

import numpy as np
import pytest

from geo.closest_facility import closest_facilities, facilities_to_incident
from geo.errors import NetworkError
from geo.scenario import Scenario, weigh
from geo.service_area import service_areas
from geo.snapping import entries
from geo.sweep import INF_MS, LIMIT_AT_MOST_MS, bounded, limit_to_ms, sweep_nearest
from tests.geo.road_cases import lattice, places, random_network, random_places


@pytest.mark.parametrize(
    ("limit_s", "limit_ms"),
    [
        (None, LIMIT_AT_MOST_MS),
        (float("inf"), LIMIT_AT_MOST_MS),
        (0, 0),
        (0.3, 300),
        (0.1 + 0.2, 300),
        (1e12, LIMIT_AT_MOST_MS),
    ],
)
def test_limits_in_milliseconds(limit_s, limit_ms):
    assert limit_to_ms(limit_s) == limit_ms


@pytest.mark.parametrize("limit_s", [-1, -0.001, float("nan")])
def test_impossible_limits_are_refused(limit_s):
    with pytest.raises(NetworkError, match="expected 0 or more"):
        limit_to_ms(limit_s)


def test_bounded_sweeps_leave_no_trace_and_equal_the_whole_sweep_within_the_limit():
    network, _ = random_network(3, node_count=300, edge_count=800)
    impedance = weigh(network)
    whole = sweep_nearest(impedance, random_places(network, 4, 1))
    seeds = entries(impedance, random_places(network, 4, 1), leaving=True)
    for limit_s in (0.0, 20.0, 1e6):
        with bounded(impedance, seeds, limit_s=limit_s) as (node, touched):
            within = whole.node_ms <= limit_s * 1000
            assert set(touched.tolist()) == set(np.flatnonzero(within).tolist())
            assert (node[touched, 0] == whole.node_ms[touched]).all()
            assert (node[touched, 1] == whole.owner[touched]).all()
        assert (node[: network.node_count, 0] == INF_MS).all()


def test_an_early_stop_gives_final_labels_only():
    network, _ = random_network(4, node_count=300, edge_count=800)
    impedance = weigh(network)
    points = random_places(network, 1, 1)
    whole = sweep_nearest(impedance, points)
    for target in range(0, network.node_count, 17):
        stop_at = np.array([target], np.int32)
        with bounded(impedance, entries(impedance, points, leaving=True), stop_at=stop_at) as (node, touched):
            final = touched[node[touched, 0] != INF_MS]
            assert (node[final, 0] == whole.node_ms[final]).all()
            assert node[target, 0] == whole.node_ms[target]
        with bounded(impedance, entries(impedance, points, leaving=True), limit_s=1e6) as (node, _):
            assert (node[: network.node_count, 0] == whole.node_ms).all()


def test_one_long_arc_widens_the_buckets():
    lengths = [100.0] * 12
    lengths[3] = 900_000.0
    network, _, _ = lattice(3, length_m=lengths)
    impedance = weigh(network)
    assert impedance.bucket_count << impedance.bucket_shift > impedance.longest_arc_ms > 10**8
    field = sweep_nearest(impedance, places(network, [0], [0.5]))
    assert (field.node_ms < 10**6).all()


def test_threads_share_a_network_without_disturbing_each_other():
    network, _ = random_network(5, node_count=400, edge_count=1200)
    hours = [weigh(network, Scenario(hour_of_week=h)) for h in (3, 8, 18)]
    stations, calls = random_places(network, 10, 1), random_places(network, 60, 2)

    def ask(impedance):
        near = closest_facilities(impedance, stations, calls, k=2).travel_time_s
        ranks = [
            facilities_to_incident(impedance, stations, calls.take([j])).travel_time_s for j in range(20)
        ]
        area = service_areas(impedance, stations, [40.0])[0].length_m
        return near.tobytes(), np.array(ranks).tobytes(), area

    expected = [ask(impedance) for impedance in hours]
    wrong = []

    def work(turn):
        for i in range(9):
            which = (i + turn) % 3
            if ask(hours[which]) != expected[which]:
                wrong.append(which)

    threads = [threading.Thread(target=work, args=(t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
