"""Joint assignment against every plan there is, against HiGHS, against one by one; explained; in whole numbers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from dispatch.assignment import (
    Objective,
    OpenCalls,
    Status,
    Why,
    assign_one_by_one,
    assign_together,
    differences,
    objective_of,
)
from dispatch.errors import QuestionError

INF = np.inf


def calls(times: Any, crews: Any, *, limit: float = 1800.0, groups: Any = None, **more: Any) -> OpenCalls:
    travel = np.array(times, float)
    travel = travel.reshape(len(travel), len(crews))
    group = np.zeros(len(crews), np.int64) if groups is None else np.array(groups, np.int64)
    more.setdefault("reserve", 0)
    return OpenCalls(travel, np.full(len(travel), limit), np.array(crews, np.int64), group, **more)


def brute_force(given_calls: OpenCalls) -> Objective:
    """Every plan there is."""
    n, m = given_calls.travel_time_s.shape
    best = None
    for plan in itertools.product(range(-1, m), repeat=n):
        chosen = np.array(plan, np.int64)
        used = np.bincount(chosen[chosen >= 0], minlength=m)
        if (used > given_calls.free_crews).any():
            continue
        if any(s >= 0 and np.isinf(given_calls.travel_time_s[i, s]) for i, s in enumerate(plan)):
            continue
        found = objective_of(given_calls, chosen)
        best = found if best is None else min(best, found)
    assert best is not None
    return best


times = st.sampled_from([0.0, 60.0, 600.0, 1799.9995, 1800.0, 1800.001, 2400.0, INF]) | st.floats(
    0, 4000
).map(lambda v: round(v, 3))


@st.composite
def problems(draw: Any, most_calls: int = 4, most_stations: int = 4) -> OpenCalls:
    n, m = draw(st.integers(0, most_calls)), draw(st.integers(1, most_stations))
    travel = [[draw(times) for _ in range(m)] for _ in range(n)]
    crews = [draw(st.integers(0, 2)) for _ in range(m)]
    groups = [draw(st.integers(-1, min(1, m - 1))) for _ in range(m)]
    bound = np.array([draw(st.integers(-1, m - 1)) for _ in range(n)], np.int64)
    under_way = np.full(n, -1, np.int64)
    if draw(st.booleans()):
        singles = [j for j in range(m) if crews[j] == 1 and groups[j] == -1]
        for call, unit in zip(range(n), singles, strict=False):
            if np.isfinite(travel[call][unit]):
                under_way[call] = unit
    return OpenCalls(
        np.array(travel, float).reshape(n, m), np.full(n, 1800.0), np.array(crews, np.int64), np.array(groups, np.int64),
        reserve=draw(st.integers(0, 2)), bound_idx=bound, under_way_idx=under_way,
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(problems())
def test_the_plan_equals_the_best_of_all_plans(given_calls: OpenCalls) -> None:
    plan = assign_together(given_calls)
    assert plan.objective == brute_force(given_calls)
    assert plan.objective == objective_of(given_calls, plan.station_idx)
    assert (plan.status, plan.gap_ms) == (Status.OPTIMAL, 0)


@settings(max_examples=150, deadline=None)
@given(problems(12, 8))
def test_never_worse_than_one_by_one_and_always_proven(given_calls: OpenCalls) -> None:
    plan, alone = assign_together(given_calls), assign_one_by_one(given_calls)
    assert plan.objective <= alone.objective
    assert plan.status is Status.OPTIMAL
    for found in (plan, alone):
        used = np.bincount(found.station_idx[found.station_idx >= 0], minlength=len(given_calls.free_crews))
        assert (used <= given_calls.free_crews).all()
        served = found.station_idx >= 0
        assert np.isfinite(found.travel_time_s[served]).all()
        assert np.isinf(found.travel_time_s[~served]).all()


@settings(max_examples=60, deadline=None)
@given(problems(8, 6), st.randoms())
def test_the_order_of_calls_and_stations_does_not_matter(given_calls: OpenCalls, random: Any) -> None:
    n, m = given_calls.travel_time_s.shape
    rows, columns = random.sample(range(n), n), random.sample(range(m), m)
    place = np.empty(m + 1, np.int64)
    place[columns], place[-1] = np.arange(m), -1
    other = OpenCalls(
        given_calls.travel_time_s[rows][:, columns], given_calls.limit_s[rows], given_calls.free_crews[columns],
        given_calls.group_idx[columns], reserve=given_calls.reserve, bound_idx=place[given_calls.bound[rows]],
        under_way_idx=place[given_calls.under_way[rows]],
    )  # fmt: skip
    assert assign_together(other).objective == assign_together(given_calls).objective


def random_city(n: int, m: int, seed: int) -> OpenCalls:
    """Calls and stations on a square of 40 km, some stations closed to some calls, districts of stations."""
    rng = np.random.default_rng(seed)
    station, call = rng.random((m, 2)) * 40, rng.random((n, 2)) * 40
    travel = np.round(
        np.hypot(*(call[:, None] - station[None]).transpose(2, 0, 1)) * 100 + rng.random((n, m)) * 60, 3
    )
    travel[rng.random((n, m)) < 0.6] = INF
    return OpenCalls(travel, np.full(n, 1800.0), rng.integers(0, 2, m), rng.integers(0, 10, m), reserve=1)


@pytest.mark.parametrize("seed", range(6))
def test_a_city_equals_what_highs_finds(seed: int) -> None:
    """The same objective as a mixed-integer model solved level by level by HiGHS."""
    given_calls = random_city(20, 30, seed)
    plan = assign_together(given_calls)
    n, m = given_calls.travel_time_s.shape
    groups = int(given_calls.group_idx.max()) + 1
    size = n * m + n + groups  # sent, alone, crews missing in a group
    allowed = np.isfinite(given_calls.travel_time_s).ravel()
    rows, low, high = [], [], []

    def add(columns: Any, values: Any, at_least: float, at_most: float) -> None:
        row = np.zeros(size)
        row[columns] = values
        rows.append(row)
        low.append(at_least)
        high.append(at_most)

    for i in range(n):
        add([*range(i * m, i * m + m), n * m + i], 1, 1, 1)
    for j in range(m):
        add(list(range(j, n * m, m)), 1, 0, given_calls.free_crews[j])
    for g in range(groups):
        inside = np.flatnonzero(given_calls.group_idx == g)
        free = int(given_calls.free_crews[inside].sum())
        columns = [i * m + j for i in range(n) for j in inside] + [n * m + n + g]
        add(columns, [1.0] * (len(columns) - 1) + [-1.0], -INF, free - min(1, free))
    late = np.zeros(size)
    late[: n * m] = (given_calls.travel_time_s > 1800).ravel() & allowed
    late[n * m : n * m + n] = 1
    alone, missing, total = np.zeros(size), np.zeros(size), np.zeros(size)
    alone[n * m : n * m + n] = 1
    missing[n * m + n :] = 1
    total[: n * m] = np.where(allowed, given_calls.travel_time_s.ravel(), 0)
    upper = np.concatenate([allowed.astype(float), np.ones(n), np.full(groups, 99.0)])
    integrality = np.ones(size)
    found = []
    for aim in (late, alone, missing, total):
        done = milp(
            aim,
            constraints=LinearConstraint(np.array(rows), low, high),
            bounds=Bounds(0, upper),
            integrality=integrality,
        )
        assert done.status == 0
        found.append(done.fun)
        if aim is not total:
            columns = np.flatnonzero(aim)
            add(columns, aim[columns], 0, round(done.fun))
    got = plan.objective
    assert [got.over_limit, got.unserved, got.short_of_cover] == [round(v) for v in found[:3]]
    assert got.total_ms / 1000 == pytest.approx(found[3], abs=0.01)


def test_a_crew_is_kept_where_that_is_avoidable() -> None:
    # both stations of district 0 would be emptied; the one of district 1 is two minutes further
    two = [[300, 400, 420], [320, 310, 430]]
    groups = [0, 0, 1]
    plan = assign_together(calls(two, [1, 1, 2], groups=groups, reserve=1))
    assert sorted(plan.station_idx.tolist()) == [1, 2] or sorted(plan.station_idx.tolist()) == [0, 2]
    assert plan.objective.short_of_cover == 0
    without = assign_together(calls(two, [1, 1, 2], groups=groups, reserve=0))
    assert without.station_idx.tolist() == [0, 1]
    # in time comes before cover: nobody else makes the limit
    late = [[300, 400, 2000], [320, 310, 2000]]
    plan = assign_together(calls(late, [1, 1, 2], groups=groups, reserve=1))
    assert (plan.objective.over_limit, plan.objective.short_of_cover) == (0, 1)


def test_the_worst_arrival_decides_between_plans_of_one_total() -> None:
    plan = assign_together(calls([[100, 500], [500, 900]], [1, 1]))
    assert (plan.objective.total_ms, plan.objective.worst_ms) == (1_000_000, 500_000)


def test_a_crew_under_way_is_diverted_only_to_save_the_limit() -> None:
    # column 0: the crew under way to call 0; column 1: a station
    saves = calls([[600, 1500], [900, 2400]], [1, 1], groups=[-1, 0], under_way_idx=np.array([0, -1]))
    plan = assign_together(saves)
    assert plan.station_idx.tolist() == [1, 0]
    assert (plan.objective.over_limit, plan.objective.diverted) == (0, 1)
    alone = assign_one_by_one(saves)
    assert alone.station_idx.tolist() == [0, 1]
    assert [d.why for d in differences(saves, plan, alone)] == [Why.DIVERTED, Why.DIVERTED]
    # merely quicker is no reason
    quicker = calls([[600, 100], [300, 1500]], [1, 1], groups=[-1, 0], under_way_idx=np.array([0, -1]))
    assert assign_together(quicker).station_idx.tolist() == [0, 1]


def test_every_difference_is_explained() -> None:
    def why(given_calls: OpenCalls) -> list[tuple[Why, tuple[int, ...]]]:
        plan, alone = assign_together(given_calls), assign_one_by_one(given_calls)
        return [(d.why, d.instead_idx) for d in differences(given_calls, plan, alone)]

    assert why(calls([[300, 400], [310, 2000]], [1, 1])) == [(Why.CREW_NEEDED, (1,)), (Why.NEARER, ())]
    assert why(calls([[300], [310]], [1])) == [(Why.SAME, ()), (Why.NOBODY, ())]
    assert why(calls([[300, INF]], [0, 5])) == [(Why.NOBODY, ())]
    assert why(calls([[300, 400], [310, INF]], [1, 1])) == [(Why.CREW_NEEDED, (1,)), (Why.CREW_LEFT, ())]
    assert why(calls([[1900], [310]], [1])) == [(Why.STANDS_BACK, (1,)), (Why.CREW_LEFT, ())]
    bound = calls([[900, 300]], [1, 1], bound_idx=np.array([0]))
    assert why(bound) == [(Why.NEARER, ())]
    cover = calls([[300, 400]], [1, 2], groups=[0, 1], reserve=1)
    assert why(cover) == [(Why.KEEPS_COVER, ())]
    plan, alone = assign_together(cover), assign_one_by_one(cover)
    assert differences(cover, plan, alone)[0].later_s == 100


def test_nothing_to_assign_and_nobody_to_send() -> None:
    empty = OpenCalls(np.empty((0, 3)), np.empty(0), np.ones(3, np.int64), np.zeros(3, np.int64))
    assert assign_together(empty).objective == Objective(0, 0, 0, 0, 0, 0)
    none = OpenCalls(np.empty((2, 0)), np.full(2, 1800.0), np.empty(0, np.int64), np.empty(0, np.int64))
    for plan in (assign_together(none), assign_one_by_one(none)):
        assert plan.station_idx.tolist() == [-1, -1]
        assert plan.objective == Objective(2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("times_s", "crews", "more"),
    [
        ([[np.nan]], [1], {}),
        ([[-1.0]], [1], {}),
        ([[90_000.0]], [1], {}),
        ([[1.0]], [-1], {}),
        ([[1.0]], [1], {"reserve": -1}),
        ([[1.0]], [1], {"bound_idx": np.array([3])}),
        ([[1.0]], [1], {"groups": [4]}),
        (np.ones((201, 1)), [1], {}),
    ],
)
def test_impossible_questions_are_refused(times_s: Any, crews: Any, more: Any) -> None:
    with pytest.raises(QuestionError):
        calls(times_s, crews, **more)
