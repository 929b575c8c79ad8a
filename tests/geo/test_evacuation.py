import numpy as np
import pytest
import shapely
from scipy.optimize import linear_sum_assignment

from geo.closest_facility import closest_facilities
from geo.errors import NetworkError
from geo.evacuation import arcs_into, fill_shelters
from geo.scenario import Scenario, weigh
from geo.staging import staging_points
from tests.geo.road_cases import lattice, places


def one_by_one(people, capacity, times):
    """Every person and every place by itself: the assignment problem, solved by another algorithm."""
    groups, seats = np.repeat(np.arange(len(people)), people), np.repeat(np.arange(len(capacity)), capacity)
    cost = np.where(np.isfinite(times), times, 1e7)[np.ix_(groups, seats)]
    at, seat = linear_sum_assignment(cost)
    good = cost[at, seat] < 1e7
    return int(good.sum()), float(cost[at, seat][good].sum())


@pytest.mark.parametrize("seed", range(12))
def test_filling_equals_the_assignment_of_each_person(seed):
    random = np.random.default_rng(seed)
    people, capacity = random.integers(0, 9, 7), random.integers(0, 12, 20 if seed % 2 else 5)
    times = random.integers(1, 900, (7, len(capacity))).astype(float)
    times[random.random(times.shape) < 0.3] = np.inf
    found = fill_shelters(people, capacity, times)
    placed, person_s = one_by_one(people, capacity, times)
    assert found.people.sum() == placed
    assert found.person_s == pytest.approx(person_s)
    assert np.isfinite(times[found.group_idx, found.shelter_idx]).all()
    assert (np.bincount(found.shelter_idx, found.people, len(capacity)) <= capacity).all()
    went = np.bincount(found.group_idx, found.people, 7)
    assert (went + found.unreached + found.left_over == people).all()
    assert (found.unreached == np.where(np.isinf(times).all(axis=1), people, 0)).all()


def test_the_farther_shelter_helps_when_the_near_ones_are_wanted_by_others():
    # with twelve nearest pairs first, the thirteenth must be taken in
    times = np.full((2, 14), 100.0)
    times[:, 13] = [500.0, 900.0]
    found = fill_shelters([13, 1], [1] * 14, times)
    assert found.people.sum() == 14
    assert found.person_s == 13 * 100 + 500


def test_nobody_no_shelter_and_no_way():
    assert len(fill_shelters([], [], np.zeros((0, 0))).people) == 0
    assert fill_shelters([5], [], np.zeros((1, 0))).unreached.tolist() == [5]
    assert fill_shelters([5], [9], [[np.inf]]).unreached.tolist() == [5]
    full = fill_shelters([5], [0], [[60.0]])
    assert (full.left_over.tolist(), full.unreached.tolist()) == ([5], [0])
    with pytest.raises(NetworkError):
        fill_shelters([-1], [1], [[1.0]])


def test_nobody_is_led_through_the_area_and_everybody_gets_out():
    network, at, _ = lattice(7)
    area = shapely.box(*(at[2 * 7 + 2] - 0.0005), *(at[4 * 7 + 4] + 0.0005))
    inside = shapely.contains_xy(area, *network.node_lonlat.T)
    assert inside.sum() == 9
    case = Scenario(closed_arcs=frozenset(arcs_into(network, inside).tolist()))
    every = places(network, np.arange(network.edge_count), np.full(network.edge_count, 0.5))
    out = closest_facilities(weigh(network, case), every, every.take([0]))
    assert np.isfinite(out.travel_time_s).all()
    # from outside, no place strictly inside is reached
    ends = network.node_lonlat[network.arc_tail], network.node_lonlat[network.arc_head]
    within = shapely.contains_xy(area, *ends[0].T) & shapely.contains_xy(area, *ends[1].T)
    hidden = np.unique(network.arc_edge[within])
    found = closest_facilities(weigh(network, case), every.take([0]), every.take(hidden))
    assert np.isinf(found.travel_time_s).all()


@pytest.mark.parametrize("wind_from_deg", [0, 45, 90, 180, 300])
def test_staging_points_lie_outside_apart_and_upwind(wind_from_deg):
    network, at, _ = lattice(20)
    origin = tuple(at[10 * 20 + 10])
    area = shapely.Point(origin).buffer(0.006)
    found = staging_points(network, area, origin, wind_from_deg)
    assert len(found) == 3
    for point in found:
        assert not area.contains(shapely.Point(point.lonlat))
        assert point.is_upwind
        assert 50 <= point.distance_m <= 1500
    assert [p.distance_m for p in found] == sorted(p.distance_m for p in found)
    nobody = np.zeros(network.node_count, bool)
    assert staging_points(network, area, origin, 0.0, is_usable=nobody) == ()
