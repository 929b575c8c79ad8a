"""The simulation meets what queueing theory computes exactly, and small cases by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.demand import DemandModel, draw_calls
from dispatch.errors import QuestionError
from dispatch.queueing import erlang_b, erlang_c, hypercube, mean_wait
from dispatch.simulation import simulate
from dispatch.simulation_inputs import Calls, Policy, Rule, Units
from dispatch.simulation_log import LegEnd, Raised, Run

INF = np.inf
#: DOMAIN 7.3: servers, load, Erlang B, Erlang C, mean wait.
TABLE = [
    (1, 0.5, 0.333333, 0.5, 1.0),
    (3, 1.5, 0.134328, 0.236842, 0.157895),
    (5, 3, 0.110054, 0.236152, 0.118076),
    (10, 7, 0.078741, 0.221731, 0.073910),
]
RATES, LISTS = [0.75, 0.45, 0.30], [[0, 1, 2], [1, 0, 2], [2, 1, 0]]
SERVED = [[0.255640, 0.110832, 0.066364], [0.056834, 0.163050, 0.039818], [0.013339, 0.030453, 0.129343]]


def calls(at: Any, candidates: Any, times: Any, **more: Any) -> Calls:
    at = np.array(at, float)
    n = len(at)
    candidate = np.broadcast_to(np.array(candidates, np.int64), (n, np.array(candidates).shape[-1]))
    found = {
        "handling_s": np.zeros(n), "answer_s": np.zeros(n), "backup_answer_s": np.zeros(n), "refuses": np.zeros(n, bool),
        "turn_out_s": np.zeros(n), "drive_factor": np.ones(n), "access_s": np.zeros(n), "on_site_s": np.full(n, 300.0), "leaves_s": np.full(n, INF),
        "is_urgent": np.zeros(n, bool), "answer_limit_s": np.full(n, 180.0), "arrival_limit_s": np.full(n, 1800.0),
        "bound_idx": np.full(n, -1), "is_own": np.ones(candidate.shape, bool),
    }  # fmt: skip
    found |= {k: np.broadcast_to(np.array(v), found[k].shape) for k, v in more.items()}
    return Calls(
        at_s=at,
        candidate_idx=candidate,
        candidate_s=np.broadcast_to(np.array(times, float), candidate.shape),
        **found,
    )


def units(*crews: int, groups: Any = None, networked: Any = True) -> Units:
    count = len(crews)
    group = np.zeros(count, np.int64) if groups is None else np.array(groups)
    return Units(np.array(crews), group, np.broadcast_to(np.array(networked), count))


def stations(run: Run) -> list[list[int]]:
    return [[leg.station_idx for leg in log.legs] for log in run.logs]


@pytest.mark.parametrize(("servers", "load", "b", "c", "wait"), TABLE)
def test_the_published_table(servers: int, load: float, b: float, c: float, wait: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(b, abs=5e-7)
    assert erlang_c(servers, load) == pytest.approx(c, abs=5e-7)
    assert mean_wait(servers, load) == pytest.approx(wait, abs=5e-7)


def test_the_published_hypercube() -> None:
    found = hypercube(RATES, LISTS)
    assert found.busy_share == pytest.approx([0.488719, 0.456502, 0.353287], abs=5e-7)
    assert found.lost_share == pytest.approx(erlang_b(3, 1.5), abs=1e-12)
    assert found.served_share == pytest.approx(np.array(SERVED), abs=5e-7)
    # without a second choice every district is a queue of its own
    alone = hypercube([0.5, 2.0], [[0], [1]])
    assert alone.busy_share == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize(
    "ask",
    [
        lambda: erlang_b(0, 1), lambda: erlang_b(2, -1), lambda: erlang_c(2, 2), lambda: hypercube([1.0], [list(range(13))]),
        lambda: hypercube([0.0], [[0]]), lambda: hypercube([1.0], []), lambda: hypercube([1.0], [[]]),
        lambda: DemandModel(per_10k_month=0), lambda: DemandModel(hour_share=(1.0,)), lambda: Policy(reaction_s=-1),
        lambda: draw_calls(DemandModel(), np.empty(0, str), start=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), days=1, seed=1),
        lambda: simulate(calls([5, 1], [0], [1.0]), units(1), Policy()),
        lambda: simulate(calls([5], [3], [1.0]), units(1), Policy()),
    ],
)  # fmt: skip
def test_impossible_questions_are_refused(ask: Any) -> None:
    with pytest.raises(QuestionError):
        ask()


def poisson_run(rate: float, count: int, seed: int, **more: Any) -> tuple[np.ndarray, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(1 / rate, count))
    return at, {"on_site_s": rng.exponential(1.0, count), **more}


def within(values: list[float], expected: float) -> None:
    """The mean of independent runs lies within three standard errors."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    assert abs(np.mean(values) - expected) <= 3 * error, (np.mean(values), expected, error)


@pytest.mark.parametrize(("servers", "load", "b", "c", "wait"), TABLE)
def test_one_station_meets_erlang_within_three_standard_errors(
    servers: int, load: float, b: float, c: float, wait: float
) -> None:
    lost, waits, wait_s = [], [], []
    for seed in range(12):
        at, more = poisson_run(load, 2500, seed)
        question = calls(at, [0], [0.0], **more)
        run = simulate(question, units(servers), Policy(rule=Rule.CLOSEST, waits=False))
        lost.append(float(np.mean([log.is_lost for log in run.logs[300:]])))
        run = simulate(question, units(servers), Policy(rule=Rule.CLOSEST))
        waited = np.array([log.waited_s for log in run.logs[300:]])
        waits.append(float((waited > 0).mean()))
        wait_s.append(float(waited.mean()))
    within(lost, b)
    within(waits, c)
    within(wait_s, wait)


def test_three_units_meet_the_hypercube_within_three_standard_errors() -> None:
    exact = hypercube(RATES, LISTS)
    busy: list[np.ndarray] = []
    served: list[np.ndarray] = []
    for seed in range(30):
        rng = np.random.default_rng(100 + seed)
        at, more = poisson_run(1.5, 2500, seed)
        district = rng.choice(3, len(at), p=[0.5, 0.3, 0.2])
        lists = np.array(LISTS)[district]
        question = replace(calls(at, LISTS[0], np.zeros(3), **more), candidate_idx=lists)
        run = simulate(question, units(1, 1, 1, groups=[0, 1, 2]), Policy(rule=Rule.PREFERENCE, waits=False))
        busy.append(run.busy_s / at[-1])
        share = np.zeros((3, 3))
        for d, log in zip(district.tolist(), run.logs, strict=True):
            if log.legs:
                share[d, log.legs[0].station_idx] += 1 / len(at)
        served.append(share)
    for unit in range(3):
        within([float(b[unit]) for b in busy], float(exact.busy_share[unit]))
        for d in range(3):
            within([float(s[d, unit]) for s in served], float(exact.served_share[d, unit]))


def test_rules_choose_as_they_say() -> None:
    one = calls([0], [0, 1, 2], [900.0, 300.0, 600.0], bound_idx=2, is_own=[[False, False, True]])
    city = units(1, 1, 1, groups=[0, 1, 2], networked=[True, False, False])

    def first(rule: Rule, question: Calls = one, **more: Any) -> int:
        return stations(simulate(question, city, Policy(rule=rule, **more)))[0][0]

    assert first(Rule.CLOSEST) == 1
    assert first(Rule.BOUND_FIRST) == 2
    assert first(Rule.PREFERENCE) == 0
    # the bound one is out: of the able ones, station 1 belongs to another company and is not networked
    assert first(Rule.BOUND_FIRST, calls([0], [0, 1], [900.0, 300.0], is_own=[[False, False]])) == 0


def test_the_last_crew_of_a_district_is_kept_where_another_is_in_time() -> None:
    city = units(1, 2, groups=[0, 1])

    def first(second_s: float, *, keeps: bool = True) -> int:
        question = calls([0], [0, 1], [600.0, second_s])
        return stations(simulate(question, city, Policy(rule=Rule.CLOSEST, keeps_reserve=keeps)))[0][0]

    assert (first(900), first(900.5), first(900, keeps=False)) == (1, 0, 0)


def test_no_answer_refusal_and_lateness_raise_level_2_at_their_second() -> None:
    city = units(1, 1, groups=[0, 0])
    silent = simulate(calls([0], [0, 1], [300.0, 500.0], answer_s=INF, bound_idx=0), city, Policy()).logs[0]
    assert silent.due == [(180.0, Raised.NO_ANSWER, True)]
    assert [(leg.level, leg.notified_s, leg.end) for leg in silent.legs] == [
        (1, 0.0, LegEnd.STOOD_DOWN),
        (2, 195.0, LegEnd.FREED),
    ]
    assert silent.freed_s == 195 + 500 + 300
    refused = simulate(
        calls([0], [0, 1], [300.0, 500.0], answer_s=50.0, refuses=True, bound_idx=0), city, Policy()
    ).logs[0]
    assert refused.due == [(50.0, Raised.REFUSED, True)]
    assert [(leg.notified_s, leg.ended_s, leg.end) for leg in refused.legs] == [
        (0.0, 50.0, LegEnd.REFUSED),
        (65.0, 865.0, LegEnd.FREED),
    ]
    far = simulate(calls([0], [0, 1], [2000.0, 1500.0], bound_idx=0), city, Policy()).logs[0]
    assert far.due == [(0.0, Raised.PREDICTED_LATE, True)]
    assert [leg.end for leg in far.legs] == [LegEnd.STOOD_DOWN, LegEnd.FREED]
    no_gain = simulate(calls([0], [0, 1], [2000.0, 2500.0], bound_idx=0), city, Policy()).logs[0]
    assert no_gain.due == [(0.0, Raised.PREDICTED_LATE, False), (1801.0, Raised.LATE, False)]
    assert len(no_gain.legs) == 1


def test_who_refuses_is_not_asked_again_and_nobody_left_is_told() -> None:
    alone = simulate(
        calls([0], [0], [300.0], answer_s=20.0, refuses=True, bound_idx=0), units(1), Policy()
    ).logs[0]
    assert (alone.is_lost, alone.nobody_s, len(alone.legs)) == (True, 35.0, 1)


def test_an_urgent_call_takes_a_crew_under_way_only_where_allowed() -> None:
    question = calls(
        [0, 400],
        [0, 1],
        [[600.0, 5000.0], [300.0, 1700.0]],
        is_urgent=[False, True],
    )
    city = units(1, 1, groups=[0, 1])
    kept = simulate(question, city, Policy(rule=Rule.CLOSEST))
    assert stations(kept) == [[0], [1]]
    taken = simulate(question, city, Policy(rule=Rule.CLOSEST, may_preempt=True))
    # at 400 s the crew has driven 400 s; it turns round, and needs 400 + 300 s
    assert stations(taken)[1] == [0]
    assert taken.logs[1].legs[0].arrives_s == 400 + 700
    assert [leg.end for leg in taken.logs[0].legs] == [LegEnd.STOOD_DOWN, LegEnd.FREED]
    assert taken.logs[0].legs[1].station_idx == 1


def test_those_who_get_out_alone_free_the_crew() -> None:
    run = simulate(calls([0], [0], [600.0], leaves_s=200.0), units(1), Policy())
    assert (run.logs[0].ended_s, run.logs[0].freed_s, run.busy_s.tolist()) == (200.0, INF, [200.0])


def test_those_who_are_out_before_anybody_could_be_asked_wait_for_nobody() -> None:
    # out at 10 s, the call is handled at 30 s; the only crew is away with the call before
    taken = calls([0, 1], [0, 0], [[600.0], [600.0]], leaves_s=[INF, 10.0], handling_s=30.0)
    run = simulate(taken, units(1), Policy(waits=True))
    assert (run.logs[1].legs, run.logs[1].ended_s, run.logs[1].freed_s) == ([], 31.0, INF)


def test_those_who_get_out_after_a_refusal_have_nobody_else_sent() -> None:
    # the station refuses at 20 s, the dispatcher would react at 80 s, they are out at 50 s
    question = calls([0], [0, 1], [[600.0, 700.0]], leaves_s=50.0, answer_s=20.0, refuses=True)
    run = simulate(question, units(1, 1), Policy(reaction_s=60))
    assert [leg.end for leg in run.logs[0].legs] == [LegEnd.REFUSED]
    assert run.logs[0].ended_s == 50.0


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.builds(
        Policy,
        rule=st.sampled_from(list(Rule)),
        keeps_reserve=st.booleans(),
        may_preempt=st.booleans(),
        waits=st.booleans(),
    ),
)
def test_crews_are_never_in_two_places_and_all_come_home(seed: int, policy: Policy) -> None:
    rng = np.random.default_rng(seed)
    n, s, k = 40, 5, 4
    candidate = np.array([rng.permutation(s)[:k] for _ in range(n)])
    question = calls(
        np.sort(rng.random(n) * 20_000), candidate[0], np.zeros(k), answer_s=np.where(rng.random(n) < 0.15, INF, rng.random(n) * 200),
        backup_answer_s=rng.random(n) * 170, refuses=rng.random(n) < 0.15, turn_out_s=rng.random(n) * 100, drive_factor=0.5 + rng.random(n),
        on_site_s=rng.random(n) * 900, leaves_s=np.where(rng.random(n) < 0.2, rng.random(n) * 900, INF), is_urgent=rng.random(n) < 0.3,
        bound_idx=candidate[:, 0], is_own=rng.random((n, k)) < 0.5,
    )  # fmt: skip
    question = replace(question, candidate_idx=candidate, candidate_s=rng.random((n, k)) * 2500)
    city = units(*rng.integers(1, 3, s).tolist(), groups=rng.integers(0, 2, s), networked=rng.random(s) < 0.6)
    run = simulate(question, city, policy)
    assert run.until_s < INF
    legs = [leg for log in run.logs for leg in log.legs]
    assert all(leg.end is not None and leg.ended_s >= leg.notified_s for leg in legs)
    for station in range(s):
        mine = [leg for leg in legs if leg.station_idx == station]
        changes = sorted([(leg.notified_s, 1) for leg in mine] + [(leg.ended_s, -1) for leg in mine])
        assert max(np.cumsum([c for _, c in changes]), default=0) <= city.crews[station]
        assert run.busy_s[station] == pytest.approx(sum(leg.ended_s - leg.notified_s for leg in mine))
    for log in run.logs:
        freed = [leg for leg in log.legs if leg.end is LegEnd.FREED]
        assert len(freed) == (log.freed_s < INF)
        assert (log.ended_s < INF) or log.is_lost
        assert not log.is_lost or log.freed_s == INF
    again = simulate(question, city, policy)
    assert [log.legs for log in again.logs] == [log.legs for log in run.logs]


def test_calls_are_drawn_as_cities_report_them() -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    kinds = np.array(["housing"] * 800 + ["school"] * 200)
    found = draw_calls(DemandModel(per_10k_month=9000), kinds, start=start, days=60, seed=4)
    real = ~found.is_false
    expected = 9000 / 10_000 * 1000 * 2
    assert abs(real.sum() - expected) < 3 * np.sqrt(expected)
    hour = (found.at_s // 3600 % 24).astype(int)
    share = np.bincount(hour, minlength=24) / len(hour)
    assert share[8] + share[9] == pytest.approx(0.123, abs=0.02)
    assert share[18] + share[19] == pytest.approx(0.147, abs=0.02)
    assert share[6:12].sum() + share[18:22].sum() == pytest.approx(0.6, abs=0.16)
    assert 1.5 <= found.people.mean() <= 2
    assert (np.diff(found.at_s) >= 0).all()
    school = (found.place_idx >= 800).mean()
    assert school == pytest.approx(0.2 * 0.6 / (0.8 + 0.2 * 0.6), abs=0.025)
    again = draw_calls(DemandModel(per_10k_month=9000), kinds, start=start, days=60, seed=4)
    assert np.array_equal(again.at_s, found.at_s)
    assert np.array_equal(again.answer_s, found.answer_s)
