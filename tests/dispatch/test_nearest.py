"""Who is nearest and why the others are not: against brute force, by hand, exactly at the limit, and cut off."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dispatch.coverage import check_limits, cover, total, totals_by
from dispatch.errors import OffRoadError, QuestionError
from dispatch.nearest import Facilities, LeftOut, Sweeps, Wish, find_nearest, place_on_road
from geo.contraction import IS_AVAILABLE, Contraction
from geo.core import CoreTopology
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.weights import EMERGENCY
from tests.geo.road_cases import lattice

SIDE = 12


@pytest.fixture(scope="module")
def network():
    return lattice(SIDE)[0]


def facilities(network, lonlat, *, kind="station", code="440304", off_duty=()):
    count = len(lonlat)
    return Facilities(
        np.array([kind] * count) if isinstance(kind, str) else np.array(kind),
        np.array([code] * count) if isinstance(code, str) else np.array(code),
        np.isin(np.arange(count), off_duty),
        snap(network, lonlat),
    )


def scattered(count, seed):
    random = np.random.default_rng(seed)
    span = 0.002 * (SIDE - 1)
    return np.array([114.0, 22.5]) + span * random.random((count, 2))


def at_nodes(network, node_idx):
    """Points exactly on junctions, so that an independent search needs no partial edges."""
    return network.node_lonlat[node_idx]


def scipy_times(impedance, starts, stop):
    """Seconds between junctions, by scipy."""
    network = impedance.network
    usable = np.flatnonzero(impedance.arc_ms >= 0)
    graph = csr_array(
        (
            impedance.arc_ms[usable].astype(float),
            (network.arc_tail[usable], network.arc_head[usable]),
        ),
        shape=(network.node_count, network.node_count),
    )
    return dijkstra(graph, indices=starts)[:, stop] / 1000


@pytest.mark.parametrize("seed", range(6))
def test_nearest_equals_brute_force(network, seed):
    random = np.random.default_rng(seed)
    closed = shapely.box(114.008, 22.507, 114.012, 22.512)
    impedance = weigh(
        network,
        Scenario(
            hour_of_week=18,
            closed_areas=(closed,) if seed % 2 else (),
            profile=EMERGENCY if seed > 3 else Scenario().profile,
        ),
    )
    starts = random.choice(network.node_count, 15, replace=False)
    stop = int(random.integers(network.node_count))
    expected = scipy_times(impedance, starts, stop)
    stations = facilities(network, at_nodes(network, starts))
    incident = snap(network, at_nodes(network, [stop]))
    found = find_nearest(Sweeps(impedance), stations, incident, Wish(k=15))
    got = np.full(15, np.inf)
    for candidate in found.candidates:
        got[candidate.facility_idx] = candidate.travel_time_s
        assert candidate.route.travel_time_s == candidate.travel_time_s
    # a point on a junction stands on one of its edges: an edge that is closed cuts it off although others are open
    placed = np.isin(stations.places.edge_idx, impedance.closed_edges)
    if np.isin(incident.edge_idx, impedance.closed_edges).any():
        assert np.isinf(got).all()
        return
    np.testing.assert_array_equal(got[~placed], expected[~placed])
    assert [c.rank for c in found.candidates] == list(range(1, len(found.candidates) + 1))
    times = [c.travel_time_s for c in found.candidates]
    assert times == sorted(times)


def test_everyone_is_a_candidate_or_left_out_once(network):
    lonlat = np.vstack([scattered(20, 3), [[np.nan, np.nan], [114.2, 22.5]]])
    stations = facilities(
        network, lonlat, kind=["station"] * 18 + ["hospital"] * 2 + ["station"] * 2,
        code=["440304"] * 10 + ["440305"] * 5 + ["440304"] * 7, off_duty=[0, 12],
    )  # fmt: skip
    wish = Wish(k=3, kind="station", divisions=("440304", "440305"), only_on_duty=True, limit_s=900)
    found = find_nearest(Sweeps(weigh(network)), stations, snap(network, scattered(1, 9)), wish)
    named = [c.facility_idx for c in found.candidates] + [
        int(i) for rows in found.left_out.values() for i in rows
    ]
    assert sorted(named) == list(range(22))
    assert found.left_out[LeftOut.WRONG_KIND].tolist() == [18, 19]
    assert found.left_out[LeftOut.WRONG_DIVISION].tolist() == [10, 11, 12, 13, 14]
    assert found.left_out[LeftOut.OFF_DUTY].tolist() == [0]
    assert found.left_out[LeftOut.NO_POSITION].tolist() == [20]
    assert found.left_out[LeftOut.TOO_FAR_FROM_ROAD].tolist() == [21]


def test_exactly_at_the_limit_is_within(network):
    stations = facilities(network, at_nodes(network, [0]))
    incident = snap(network, at_nodes(network, [30]))
    times = Sweeps(weigh(network))
    exact_s = find_nearest(times, stations, incident, Wish()).candidates[0].travel_time_s
    assert find_nearest(times, stations, incident, Wish(limit_s=exact_s)).candidates
    shorter = find_nearest(times, stations, incident, Wish(limit_s=exact_s - 0.001))
    assert shorter.candidates == ()
    assert shorter.left_out[LeftOut.BEYOND_LIMIT].tolist() == [0]


def test_a_closure_changes_the_answer_and_reopening_restores_it(network):
    stations = facilities(network, scattered(12, 5))
    incident = snap(network, scattered(1, 8))
    open_roads = Sweeps(weigh(network))
    before = find_nearest(open_roads, stations, incident, Wish(k=12))
    lon, lat = stations.places.lonlat[before.candidates[0].facility_idx]
    block = shapely.box(lon - 0.0012, lat - 0.0012, lon + 0.0012, lat + 0.0012)
    closed = find_nearest(
        Sweeps(weigh(network, Scenario(closed_areas=(block,)))),
        stations,
        incident,
        Wish(k=12),
        without_closures=open_roads,
    )
    assert before.candidates[0].facility_idx in closed.left_out[LeftOut.CLOSED_OFF]
    after = find_nearest(Sweeps(weigh(network)), stations, incident, Wish(k=12))
    assert [(c.facility_idx, c.travel_time_s, c.route.line.wkt) for c in after.candidates] == [
        (c.facility_idx, c.travel_time_s, c.route.line.wkt) for c in before.candidates
    ]


def test_everything_closed_is_an_answer(network):
    stations = facilities(network, scattered(5, 1))
    times = Sweeps(weigh(network, Scenario(closed_areas=(shapely.box(113, 22, 115, 23),))))
    found = find_nearest(
        times, stations, snap(network, scattered(1, 2)), Wish(), without_closures=Sweeps(weigh(network))
    )
    assert found.candidates == ()
    assert len(found.left_out[LeftOut.CLOSED_OFF]) == 5


def test_nobody_is_an_answer(network):
    found = find_nearest(
        Sweeps(weigh(network)), facilities(network, np.zeros((0, 2))), snap(network, scattered(1, 2)), Wish()
    )
    assert found.candidates == ()
    assert found.left_out == {}


def test_the_straight_line_rank_stands_beside(network):
    """Only roads along the lattice: the straight distance orders otherwise than the road does."""
    stations = facilities(network, scattered(30, 11))
    found = find_nearest(Sweeps(weigh(network)), stations, snap(network, scattered(1, 12)), Wish(k=30))
    assert sorted(c.straight_rank for c in found.candidates) == list(range(1, 31))
    straight = sorted(found.candidates, key=lambda c: c.straight_rank)
    assert [c.straight_distance_m for c in straight] == sorted(c.straight_distance_m for c in straight)
    assert all(c.route.length_m >= c.straight_distance_m - 2 * 500 for c in found.candidates)


@pytest.mark.skipif(not IS_AVAILABLE, reason="routingkit-cch is not installed")
def test_a_hierarchy_gives_the_same_answer(network):
    impedance = weigh(network, Scenario(hour_of_week=8))
    stations, incident = facilities(network, scattered(25, 4)), snap(network, scattered(1, 6))
    plain = find_nearest(Sweeps(impedance), stations, incident, Wish(k=9))
    quick = find_nearest(Contraction(network).customize(impedance), stations, incident, Wish(k=9))
    assert [(c.facility_idx, c.travel_time_s) for c in plain.candidates] == [
        (c.facility_idx, c.travel_time_s) for c in quick.candidates
    ]


@pytest.mark.parametrize(
    "wish", [{"k": 0}, {"k": 101}, {"limit_s": 0}, {"limit_s": -60}, {"limit_s": float("nan")}]
)
def test_impossible_questions_are_refused(wish):
    with pytest.raises(QuestionError):
        Wish(**wish)


def test_a_position_off_the_roads_says_how_far(network):
    with pytest.raises(OffRoadError) as caught:
        place_on_road(network, 114.01, 22.49)
    assert caught.value.distance_m == pytest.approx(1107, abs=3)
    with pytest.raises(OffRoadError) as caught:
        place_on_road(network, 116.0, 20.0)
    assert caught.value.distance_m is None


def test_coverage_equals_one_question_per_object(network):
    impedance = weigh(network, Scenario(hour_of_week=18))
    stations, objects = facilities(network, scattered(8, 21)), snap(network, scattered(200, 22))
    limits = [120, 240, 360]
    found = cover(
        impedance, stations.places, objects, limits, core=CoreTopology(network).customize(impedance)
    )
    for i in range(0, 200, 13):
        one = find_nearest(Sweeps(impedance), stations, objects.take([i]), Wish(k=3))
        times = [c.travel_time_s for c in one.candidates]
        assert found.closest.travel_time_s[i].tolist() == times
        assert found.times_covered[i].tolist() == [sum(t <= limit for t in times) for limit in limits]
        assert found.state[i] == next((n for n, limit in enumerate(limits) if times[0] <= limit), 3)
    groups = np.array(["a", "b", "c", "d"])[np.arange(200) % 4]
    parts, whole = totals_by(found, groups), total(found)
    for name in ("count", "beyond", "unreachable", "off_road", "no_position", "uncovered"):
        assert sum(getattr(p, name) for p in parts) == getattr(whole, name)
    assert whole.count == sum(whole.first_within) + whole.uncovered == 200
    more = cover(impedance, facilities(network, scattered(16, 21)).places, objects, limits)
    assert len(more.state) == 200


def test_states_of_objects_that_cannot_be_reached(network):
    stations = facilities(network, scattered(3, 1))
    objects = snap(network, np.array([[np.nan, np.nan], [114.3, 22.5], [114.005, 22.5]]))
    found = total(cover(weigh(network), stations.places, objects, [86_400]))
    assert (found.no_position, found.off_road, found.within) == (1, 1, (1,))
    closed = weigh(network, Scenario(closed_areas=(shapely.box(113, 22, 115, 23),)))
    assert total(cover(closed, stations.places, objects, [60])).unreachable == 1


@pytest.mark.parametrize("limits", [[], [0], [-1], [float("nan")], [90_000], [1, 2, 3, 4, 5, 6, 7]])
def test_impossible_limits_are_refused(limits):
    with pytest.raises(QuestionError):
        check_limits(limits)
