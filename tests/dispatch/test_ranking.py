"""Who is sent and why the others are not: the bound station first, every reason, the limit to the second, random worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from dispatch.nearest import Sweeps
from dispatch.ranking import Advice, Call, Caution, PassedOver, Stations, rank_stations
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from tests.geo.road_cases import lattice

SIDE = 12
SPAN = 0.002 * (SIDE - 1)
NOWHERE = [np.nan, np.nan]
FAR_OUT = [114.3, 22.5]


@pytest.fixture(scope="module")
def network():
    return lattice(SIDE)[0]


@pytest.fixture(scope="module")
def times(network):
    return Sweeps(weigh(network))


def world(network, lonlat, **columns):
    """Stations named A, B, … of one company, able in every way unless told otherwise."""
    count = len(lonlat)
    yes = np.ones(count, bool)
    usual = {
        "code": np.array([chr(65 + i) for i in range(count)]),
        "company": np.array(["own"] * count),
        "is_networked": ~yes,
        "is_on_duty": yes,
        "is_in_service": yes,
        "has_maintainer": yes,
        "crews": np.full(count, 2),
        "busy": np.zeros(count, int),
        "scopes": ((),) * count,
    }
    given = {name: value if isinstance(value, tuple) else np.array(value) for name, value in columns.items()}
    return Stations(**(usual | given), places=snap(network, lonlat))


def row_of(network, count):
    """Points along one street, each farther from the first junction than the one before."""
    return network.node_lonlat[:count]


def call_at(network, node_idx, **given):
    usual = {"bound_code": None, "company": "own", "division_code": "440304"}
    return Call(snap(network, network.node_lonlat[[node_idx]]), **(usual | given))


def named(found, stations):
    return [str(stations.code[c.station_idx]) for c in found.candidates]


def test_the_bound_station_comes_first_though_others_are_nearer(network, times):
    stations = world(network, row_of(network, 4))
    found = rank_stations(times, stations, call_at(network, 0, bound_code="D"))
    assert named(found, stations) == ["D", "A", "B", "C"]
    assert [c.rank for c in found.candidates] == [1, 2, 3, 4]
    assert [c.is_bound for c in found.candidates] == [True, False, False, False]
    assert found.advice == ()


def test_the_limit_is_kept_to_the_millisecond_and_a_late_bound_station_is_said(network, times):
    stations = world(network, row_of(network, 4))
    exact_s = float(rank_stations(times, stations, call_at(network, 0)).travel_time_s[3])
    at_limit = rank_stations(times, stations, call_at(network, 0, bound_code="D", arrival_limit_s=exact_s))
    assert Caution.LATE not in at_limit.candidates[0].cautions
    assert at_limit.advice == ()
    late = rank_stations(
        times, stations, call_at(network, 0, bound_code="D", arrival_limit_s=exact_s - 0.001)
    )
    assert named(late, stations)[0] == "D"
    assert Caution.LATE in late.candidates[0].cautions
    assert late.advice == (Advice.BOUND_TOO_LATE,)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("is_in_service", False, PassedOver.OUT_OF_SERVICE),
        ("has_maintainer", False, PassedOver.NO_MAINTAINER),
        ("is_on_duty", False, PassedOver.OFF_DUTY),
        ("busy", 2, PassedOver.ALL_CREWS_BUSY),
        ("crews", 0, PassedOver.ALL_CREWS_BUSY),
        ("company", "other", PassedOver.NOT_NETWORKED),
    ],
)
def test_each_reason_is_given_and_the_others_are_not_touched(network, times, column, value, reason):
    stations = world(network, row_of(network, 3))
    changed = np.array([value, *getattr(stations, column)[1:].tolist()])
    stations = replace(stations, **{column: changed})
    found = rank_stations(times, stations, call_at(network, 0))
    assert found.passed_over == {0: reason}
    assert named(found, stations) == ["B", "C"]
    bound = rank_stations(times, stations, call_at(network, 0, bound_code="A"))
    if reason is PassedOver.NOT_NETWORKED:
        assert named(bound, stations)[0] == "A"  # the rule holds for the bound one, whoever's it is
    else:
        assert bound.passed_over[0] is reason
        assert Advice.BOUND_PASSED_OVER in bound.advice


def test_one_who_has_the_order_and_one_who_refused_are_passed_over(network, times):
    stations = world(network, row_of(network, 3))
    call = call_at(network, 0, bound_code="A", asked=frozenset("A"), refused=frozenset("B"))
    found = rank_stations(times, stations, call)
    assert found.passed_over == {0: PassedOver.HAS_THIS_ORDER, 1: PassedOver.REFUSED_THIS_ORDER}
    assert Advice.BOUND_PASSED_OVER not in found.advice


def test_other_companies_are_level_two_and_only_when_networked(network, times):
    stations = world(
        network, row_of(network, 4), company=["other", "own", "other", "third"], is_networked=[True, False, False, True]
    )  # fmt: skip
    found = rank_stations(times, stations, call_at(network, 0))
    assert [(str(stations.code[c.station_idx]), c.level) for c in found.candidates] == [
        ("A", 2),
        ("B", 1),
        ("D", 2),
    ]
    assert found.passed_over == {2: PassedOver.NOT_NETWORKED}
    assert Advice.NO_BOUND_STATION in found.advice


def test_out_of_scope_and_the_last_crew_are_said_and_bar_nobody(network, times):
    stations = world(network, row_of(network, 3), scopes=(("440305",), ("4403",), ()), busy=[1, 0, 0])
    found = rank_stations(times, stations, call_at(network, 0))
    assert found.candidates[0].cautions == (Caution.OUT_OF_SCOPE, Caution.LAST_CREW)
    assert found.candidates[1].cautions == ()
    assert found.candidates[2].cautions == ()


@pytest.mark.parametrize("place", [NOWHERE, FAR_OUT])
def test_a_bound_station_without_a_place_of_its_own_is_told_first_and_its_arrival_is_unknown(
    network, times, place
):
    stations = world(network, np.vstack([[place], row_of(network, 2)]))
    found = rank_stations(times, stations, call_at(network, 0, bound_code="A"))
    first = found.candidates[0]
    assert named(found, stations) == ["A", "B", "C"]
    assert (first.is_bound, first.level, first.route) == (True, 1, None)
    assert first.travel_time_s == float("inf")
    assert first.cautions == (Caution.NO_ARRIVAL_TIME,)
    assert found.advice == (Advice.BOUND_WITHOUT_TIME,)
    alone = rank_stations(times, world(network, np.array([place])), call_at(network, 0, bound_code="A"))
    assert alone.advice == (Advice.NOBODY_IN_TIME,)
    reason = PassedOver.NO_POSITION if place is NOWHERE else PassedOver.TOO_FAR_FROM_ROAD
    unbound = rank_stations(times, stations, call_at(network, 0, bound_code="B"))
    assert unbound.passed_over == {0: reason}
    busy = replace(stations, busy=np.array([2, 0, 0]))
    assert (
        rank_stations(times, busy, call_at(network, 0, bound_code="A")).passed_over[0]
        is PassedOver.ALL_CREWS_BUSY
    )


def test_a_closure_is_told_apart_from_no_road_at_all(network, times):
    stations = world(network, row_of(network, 3))
    lon, lat = stations.places.lonlat[2]
    block = shapely.box(lon - 0.0012, lat - 0.0012, lon + 0.0012, lat + 0.0012)
    closed = Sweeps(weigh(network, Scenario(closed_areas=(block,))))
    call = call_at(network, 100)
    assert rank_stations(closed, stations, call, without_closures=times).passed_over == {
        2: PassedOver.CLOSED_OFF
    }
    assert rank_stations(closed, stations, call).passed_over == {2: PassedOver.UNREACHABLE}


def test_without_a_place_the_bound_station_alone_can_be_told(network, times):
    stations = world(network, row_of(network, 3), is_on_duty=[True, True, False])
    call = Call(None, "B", "own", "440304")
    found = rank_stations(times, stations, call)
    assert named(found, stations) == ["B"]
    assert found.candidates[0].cautions == (Caution.NO_ARRIVAL_TIME,)
    assert found.passed_over == {0: PassedOver.PLACE_UNKNOWN, 2: PassedOver.OFF_DUTY}
    assert found.advice == (Advice.NO_PLACE,)
    far = rank_stations(times, stations, replace(call, is_off_road=True))
    assert far.advice == (Advice.FAR_FROM_ROAD,)
    nobody = rank_stations(times, stations, replace(call, bound_code="C"))
    assert nobody.advice == (Advice.BOUND_PASSED_OVER, Advice.NOBODY, Advice.NO_PLACE)


def test_an_order_without_an_elevator_and_one_that_nobody_can_reach_say_so(network, times):
    stations = world(network, row_of(network, 2), is_on_duty=[False, False])
    found = rank_stations(times, stations, call_at(network, 0, has_elevator=False, is_guess=True))
    assert found.advice == (Advice.NO_ELEVATOR, Advice.POSITION_IS_A_GUESS, Advice.NOBODY)
    assert rank_stations(times, world(network, np.zeros((0, 2))), call_at(network, 0)).advice == (
        Advice.NO_BOUND_STATION,
        Advice.NOBODY,
    )


def test_only_the_first_get_their_route_and_it_takes_the_time_told(network, times):
    stations = world(network, row_of(network, 5))
    found = rank_stations(times, stations, call_at(network, 30), routes=2)
    assert [c.route is not None for c in found.candidates] == [True, True, False, False, False]
    for candidate in found.candidates[:2]:
        assert candidate.route is not None
        assert candidate.route.travel_time_s == candidate.travel_time_s


@pytest.mark.parametrize("seed", range(8))
def test_everyone_stands_in_it_once_in_order_and_moving_nearer_never_ranks_worse(network, times, seed):
    random = np.random.default_rng(seed)
    count = 24
    lonlat = np.array([114.0, 22.5]) + SPAN * random.random((count, 2))
    lonlat[random.random(count) < 0.1] = NOWHERE
    stations = world(
        network, lonlat, code=[f"S{i:02d}" for i in range(count)], company=random.choice(["own", "b", "c"], count),
        is_networked=random.random(count) < 0.5, is_on_duty=random.random(count) < 0.8,
        has_maintainer=random.random(count) < 0.9, is_in_service=random.random(count) < 0.9,
        busy=random.integers(0, 3, count),
    )  # fmt: skip
    bound = str(random.choice(stations.code))
    call = call_at(network, int(random.integers(network.node_count)), bound_code=bound)
    found = rank_stations(times, stations, call)
    everyone = [c.station_idx for c in found.candidates] + list(found.passed_over)
    assert sorted(everyone) == list(range(count))
    others = [c.travel_time_s for c in found.candidates if not c.is_bound]
    assert others == sorted(others)
    assert all(c.rank == 1 for c in found.candidates if c.is_bound)
    assert all(np.isfinite(t) for t in others)
    last = found.candidates[-1] if found.candidates else None
    if last is not None and not last.is_bound:
        moved = lonlat.copy()
        moved[last.station_idx] = call.place.lonlat[0]
        again = rank_stations(times, replace(stations, places=snap(network, moved)), call)
        rank = next(c.rank for c in again.candidates if c.station_idx == last.station_idx)
        assert rank <= last.rank
