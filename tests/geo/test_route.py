import numpy as np
import pytest
import shapely

from geo.closest_facility import Outcome, closest_facilities
from geo.errors import NetworkError
from geo.measure import geodesic_lengths_m
from geo.network_building import build_network
from geo.road_edges import straight_edges
from geo.route import find_route
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from tests.geo.road_cases import lattice, places, random_network, random_places


@pytest.mark.parametrize("seed", range(6))
def test_route_has_the_time_of_the_closest_facility_and_hangs_together(seed):
    network, _ = random_network(seed, restriction_count=25)
    impedance = weigh(network, Scenario(hour_of_week=8))
    starts, stops = random_places(network, 5, seed), random_places(network, 8, seed + 1)
    table = travel_time_matrix(impedance, starts, stops)
    for i in range(5):
        one = starts.take([i])
        times = closest_facilities(impedance, one, stops).travel_time_s[:, 0]
        assert (times == table[i]).all()
        for j in range(8):
            route = find_route(impedance, one, stops.take([j]))
            assert route.travel_time_s == times[j]
            if np.isinf(times[j]):
                assert (route.outcome, route.line.is_empty) == (Outcome.NO_PATH, True)
                continue
            assert (network.arc_head[route.arc_idx[:-1]] == network.arc_tail[route.arc_idx[1:]]).all()
            assert sum(step.travel_time_s for step in route.steps) == pytest.approx(times[j], abs=0.003)
            assert sum(step.length_m for step in route.steps) == pytest.approx(route.length_m)


def test_matrix_is_the_same_whichever_side_is_swept():
    network, _ = random_network(2, restriction_count=10)
    impedance = weigh(network)
    a, b = random_places(network, 3, 1), random_places(network, 7, 2)
    wide, tall = travel_time_matrix(impedance, a, b), travel_time_matrix(impedance, b.take(range(2)), a)
    for j in range(7):
        assert (travel_time_matrix(impedance, a, b.take([j]))[:, 0] == wide[:, j]).all()
    assert (travel_time_matrix(impedance, b.take([0]), a)[0] == tall[0]).all()
    limited = travel_time_matrix(impedance, a, b, limit_s=60)
    assert (limited == np.where(wide <= 60, wide, np.inf)).all()


def test_line_length_and_names_on_a_bent_street():
    at = np.array([[114.0, 22.5], [114.02, 22.5], [114.02, 22.52]])
    roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], street=["深南大道", "彩田路"])
    network = build_network([1, 2, 3], at, roads)
    start, stop = snap(network, [[114.005, 22.5002]]), snap(network, [[114.0201, 22.51]])
    route = find_route(weigh(network), start, stop)
    assert [step.name for step in route.steps] == ["深南大道", "彩田路"]
    expected = shapely.LineString([(114.005, 22.5), (114.02, 22.5), (114.02, 22.51)])
    assert route.line.equals_exact(expected, 1e-6)
    assert geodesic_lengths_m(shapely.get_coordinates(route.line), [0, 3])[0] == pytest.approx(
        route.length_m, abs=0.5
    )


def test_trip_on_one_edge_and_trip_that_does_not_move():
    network, _, _ = lattice(3)
    impedance = weigh(network)
    there = find_route(impedance, places(network, [1], [0.2]), places(network, [1], [0.7]))
    back = find_route(impedance, places(network, [1], [0.7]), places(network, [1], [0.2]))
    assert there.length_m == pytest.approx(network.edge_length_m[1] / 2)
    assert there.line.reverse().equals_exact(back.line, 1e-9)
    still = find_route(impedance, places(network, [1], [0.2]), places(network, [1], [0.2]))
    assert (still.travel_time_s, still.length_m, still.outcome) == (0, 0, Outcome.REACHED)


def test_no_route_says_why():
    network, at, _ = lattice(4)
    around = shapely.box(at[0, 0] - 1e-3, at[0, 1] - 1e-3, at[0, 0] + 1e-3, at[0, 1] + 1e-3)
    impedance = weigh(network, Scenario(closed_areas=(around,)))
    far, corner = snap(network, [[115.0, 23.0]]), snap(network, at[:1])
    inside = snap(network, at[[10]])
    assert find_route(impedance, corner, inside).outcome == Outcome.ROAD_CLOSED
    assert find_route(impedance, inside, far).outcome == Outcome.NOT_SNAPPED
    with pytest.raises(NetworkError, match="2 origins"):
        find_route(impedance, snap(network, at[:2]), inside)
