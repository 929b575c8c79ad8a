"""Rebinding equals brute force on miniatures, keeps what is good, obeys capacities, and gives its reasons."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dispatch.errors import QuestionError
from dispatch.rebinding import Binding, Rebinding, best_rebinding

LIMIT_S = 600.0
INF = float("inf")


def pairs_of(times: NDArray[np.float64]) -> tuple[Any, Any, Any]:
    rows, columns = np.nonzero(times <= LIMIT_S)
    return rows, columns, times[rows, columns]


def solve(bound: list[int], times: NDArray[np.float64], capacity: list[int]) -> Rebinding:
    seconds = [times[o, s] if s >= 0 else INF for o, s in enumerate(bound)]
    return best_rebinding(bound, seconds, pairs_of(times), capacity, limit_s=LIMIT_S)


def brute(bound: list[int], times: NDArray[np.float64], capacity: list[int]) -> tuple[int, float]:
    """Fewest without a station in time, then the least cost, over every assignment."""
    count = len(bound)
    good = [s >= 0 and times[o, s] <= LIMIT_S for o, s in enumerate(bound)]
    room = [max(c, bound.count(s)) for s, c in enumerate(capacity)]
    best = (count + 1, INF)
    for choice in itertools.product(range(-1, len(capacity)), repeat=count):
        if any(good[o] and choice[o] < 0 for o in range(count)):
            continue
        if any(s >= 0 and times[o, s] > LIMIT_S for o, s in enumerate(choice)):
            continue
        stands = [bound[o] if s < 0 else s for o, s in enumerate(choice)]
        if any(stands.count(s) > room[s] for s in range(len(capacity))):
            continue
        cost = sum(
            times[o, s] + (LIMIT_S if good[o] and s != bound[o] else 0.0)
            for o, s in enumerate(choice)
            if s >= 0
        )
        best = min(best, (choice.count(-1), cost))
    return best


def reached(found: Rebinding, bound: list[int], times: NDArray[np.float64]) -> tuple[int, float]:
    left, cost = 0, 0.0
    for o, code in enumerate(found.outcome):
        if code in (Binding.NONE_REACHES, Binding.NO_ROOM):
            left += 1
            continue
        cost += times[o, found.station_idx[o]] + (LIMIT_S if code == Binding.MADE_ROOM else 0.0)
    return left, cost


def check(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, stations = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    times = rng.integers(30, 1100, (count, stations)).astype(float)
    bound = rng.integers(-1, stations, count).tolist()
    capacity = rng.integers(0, count + 1, stations).tolist()
    found = solve(bound, times, capacity)
    left, cost = reached(found, bound, times)
    expected = brute(bound, times, capacity)
    assert left == expected[0]
    assert cost == pytest.approx(expected[1])
    assert found.load_after.sum() == (found.station_idx >= 0).sum()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_it_equals_brute_force(seed: int) -> None:
    check(seed)


@pytest.mark.long
@settings(max_examples=3000, deadline=None)
@given(st.integers(0, 2**32))
def test_it_equals_brute_force_many_times(seed: int) -> None:
    check(seed)


def test_each_outcome_has_its_reason() -> None:
    times = np.array([[100, 900], [700, 200], [900, 900], [800, 300], [100, 500]], float)
    #           kept, moved,  none reaches, no room,  made room is below
    found = solve([0, 0, 0, -1, 0], times, [5, 1])
    assert [Binding(c).name for c in found.outcome] == ["KEPT", "MOVED", "NONE_REACHES", "NO_ROOM", "KEPT"]
    assert found.station_idx.tolist() == [0, 1, 0, -1, 0]
    assert found.load_before.tolist() == [4, 0]
    assert found.load_after.tolist() == [3, 1]


def test_a_full_station_takes_nobody_and_loses_nobody_in_time() -> None:
    times = np.array([[100, 900], [110, 900], [120, 900], [900, 900]], float)
    times[3] = [200, 900]
    found = solve([0, 0, 0, 1], times, [1, 9])
    assert found.station_idx.tolist() == [0, 0, 0, 1]
    assert Binding(found.outcome[3]) is Binding.NO_ROOM


def test_exactly_on_the_limit_is_in_time() -> None:
    found = solve([0], np.array([[LIMIT_S]]), [0])
    assert found.outcome.tolist() == [Binding.KEPT]


def test_nothing_to_bind_and_wrong_questions() -> None:
    assert len(best_rebinding([], [], ([], [], []), [3], limit_s=60).station_idx) == 0
    for limit, bound in ((0.0, [0]), (60.0, [1])):
        with pytest.raises(QuestionError):
            best_rebinding(bound, [10.0], ([0], [0], [10.0]), [1], limit_s=limit)


def test_prices_find_every_chain_in_a_crowded_town() -> None:
    """Against the whole model in one piece: capacities so tight that chains of moves are needed."""
    rng = np.random.default_rng(5)
    at, stand = rng.random((300, 2)), rng.random((12, 2))
    times = 900 * np.hypot(*(at[:, None] - stand[None]).transpose(2, 0, 1))
    bound = rng.integers(0, 12, 300).tolist()
    found = solve(bound, times, [25] * 12)
    good = np.array([times[o, s] <= LIMIT_S for o, s in enumerate(bound)])
    assert not np.isin(found.outcome[good], [Binding.NO_ROOM, Binding.NONE_REACHES]).any()
    room = np.maximum(25, found.load_before)
    assert (found.load_after <= room).all()
    whole = highs_whole(np.array(bound), times, room, good)
    assert reached(found, bound, times)[0] == whole[0]
    assert reached(found, bound, times)[1] == pytest.approx(whole[1], rel=1e-9)


def highs_whole(
    bound: NDArray[np.int64], times: NDArray[np.float64], room: NDArray[np.int64], good: NDArray[np.bool_]
) -> tuple[int, float]:
    """The same model, every pair at once, by scipy's MILP instead of prices."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    count, width = times.shape
    cost = times + np.where(good[:, None] & (np.arange(width) != bound[:, None]), LIMIT_S, 0.0)
    left = 1e6
    costs = np.concatenate([cost.ravel(), np.full(count, left)])
    one = np.zeros((count, count * width + count))
    fit = np.zeros((width, count * width + count))
    for o in range(count):
        one[o, o * width : (o + 1) * width] = 1
        one[o, count * width + o] = 1
        fit[bound[o], count * width + o] = 1
        fit[np.arange(width), o * width + np.arange(width)] = 1
    upper = np.concatenate([(times <= LIMIT_S).ravel().astype(float), (~good).astype(float)])
    solved = milp(
        costs,
        constraints=[LinearConstraint(one, 1, 1), LinearConstraint(fit, 0, room)],
        bounds=Bounds(0, upper),
    )
    out = int(np.rint(solved.x[count * width :]).sum())
    return out, float(solved.fun - left * out)
