"""Simulations over the small city: tables equal brute force, kept tables equal new ones, rules meet the same calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from data import simulations
from data.errors import FilterError
from data.scope import SYSTEM
from data.simulation_inputs import City, kept_travel_table, read_city, simulated_calls, travel_table
from data.store import Store
from dispatch.demand import DemandModel, draw_calls
from dispatch.rule_comparison import POLICIES, RunFigures
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from layers.display import LOCAL_ZONE

START = dt.datetime(2026, 11, 23, tzinfo=LOCAL_ZONE)
BUSY = DemandModel(per_10k_month=3000)


@pytest.fixture(scope="module")
def city(city_store: Store) -> City:
    with city_store.transaction(SYSTEM) as connection:
        return read_city(connection, Path("none"))


def test_the_table_holds_the_nearest_the_networked_and_the_bound_at_the_calls_hour(city: City) -> None:
    rng = np.random.default_rng(3)
    place = rng.integers(0, len(city.elevator_code), 60)
    hours = rng.choice([8, 27, 18 + 24, 100], 60)
    found = travel_table(city, place, hours)
    able = np.flatnonzero(city.units.crews > 0)
    for hour in np.unique(hours).tolist():
        rows = np.flatnonzero(hours == hour)
        impedance = weigh(city.network, Scenario(hour_of_week=hour, speeds=city.speeds))
        whole = travel_time_matrix(
            impedance, snap(city.network, city.stations.lonlat[able]), snap(city.network, city.elevator_lonlat[place[rows]])
        )  # fmt: skip
        for column, row in enumerate(rows.tolist()):
            stations, times = found.station_idx[row], found.time_s[row]
            held = {int(s): float(t) for s, t in zip(stations, times, strict=True) if s >= 0}
            assert len(held) == (stations >= 0).sum()
            exact = dict(zip(able.tolist(), whole[:, column].tolist(), strict=True))
            for station, time_s in held.items():
                assert time_s == pytest.approx(exact[station], rel=1e-6)
            reached = sorted(t for t in exact.values() if np.isfinite(t))
            assert sorted(held.values())[: min(8, len(reached))] == pytest.approx(reached[:8], rel=1e-6)
            bound = int(city.bound_idx[place[row]])
            if bound >= 0 and np.isfinite(exact.get(bound, np.inf)) and exact[bound] <= 3 * 3600:
                assert bound in held
            networked = [t for s, t in exact.items() if city.units.is_networked[s] and np.isfinite(t)]
            if networked:
                assert min(t for s, t in held.items() if city.units.is_networked[s]) == pytest.approx(
                    min(networked)
                )


def test_a_kept_table_is_the_same_and_another_question_is_another_table(city: City, tmp_path: Path) -> None:
    drawn = draw_calls(BUSY, city.place_type, start=START, days=1, seed=1)
    said: list[str] = []
    first = kept_travel_table(city, drawn, start=START, folder=tmp_path, say=said.append)
    assert said
    said.clear()
    again = kept_travel_table(city, drawn, start=START, folder=tmp_path, say=said.append)
    assert not said
    assert np.array_equal(first.station_idx, again.station_idx)
    assert np.array_equal(first.time_s, again.time_s)
    later = START + dt.timedelta(hours=5)
    kept_travel_table(city, drawn, start=later, folder=tmp_path, say=said.append)
    assert said
    assert len(list(tmp_path.glob("sim-*.npz"))) == 2


def test_calls_know_their_own_stations(city: City) -> None:
    drawn = draw_calls(BUSY, city.place_type, start=START, days=1, seed=2)
    table = kept_travel_table(city, drawn, start=START, folder=None)
    calls, rows = simulated_calls(city, drawn, table)
    assert len(calls) == (~drawn.is_false).sum() == len(rows)
    for i in range(len(calls)):
        for s, own in zip(calls.candidate_idx[i].tolist(), calls.is_own[i].tolist(), strict=True):
            if s >= 0:
                place = drawn.place_idx[rows[i]]
                same = city.station_company[s] == city.elevator_company[place]
                assert own == (same or s == calls.bound_idx[i])


def test_a_span_gives_plausible_figures_and_the_same_again(city: City) -> None:
    def ask() -> simulations.Span:
        return simulations.simulate_span(city, BUSY, POLICIES["bound_first"], start=START, days=10, seed=7)

    span = ask()
    assert len(span.calls) > 100
    assert 0 <= span.figures.in_time_pct <= 100
    assert span.figures.arrival_p90_s >= span.figures.arrival_mean_s * 0.8
    assert 0 < span.figures.busy_pct < 100
    assert ask().figures == span.figures


def test_rules_are_compared_by_the_same_calls(city: City) -> None:
    whole = simulations.compare_policies(
        city, BUSY, {n: POLICIES[n] for n in ("bound_first", "closest")}, start=START, days=2, runs=6, seed=1
    )
    found = whole.rules
    assert whole.calls > 50
    # The share of each unit (DOMAIN 7.4): weighed by crews they make up the city's.
    crews = city.units.crews.astype(float)
    for rule, shares in whole.shares.items():
        assert len(shares) == len(crews)
        of_units = np.array([u.share.mean for u in shares])
        assert np.isnan(of_units[crews == 0]).all()
        has = crews > 0
        busy = (of_units[has] * crews[has]).sum() / crews.sum()
        assert busy == pytest.approx(found[rule].figures["busy_pct"].mean, rel=1e-9)
    assert any(u.difference.mean != 0 for u in whole.shares["closest"] if not np.isnan(u.difference.mean))
    assert {u.difference.mean for u in whole.shares["bound_first"] if not np.isnan(u.share.mean)} == {0.0}
    assert set(found["closest"].figures) == {f.name for f in fields(RunFigures)}
    gap, alone = found["closest"].difference["arrival_mean_s"], found["closest"].figures["arrival_mean_s"]
    # the closest crew is never slower on the whole; the paired interval is the narrower one
    assert gap.mean <= gap.half_width
    assert gap.half_width < alone.half_width * 2
    base = found["bound_first"].difference["arrival_mean_s"]
    assert (base.mean, base.half_width) == (0, 0)


def test_impossible_simulations_are_refused(city: City) -> None:
    with pytest.raises(FilterError, match="派遣规则"):
        simulations.policy_by_name("best")
    with pytest.raises(FilterError, match="没有来电"):
        simulations.simulate_span(
            city, DemandModel(per_10k_month=0.001), POLICIES["closest"], start=START, days=1, seed=1
        )
    with pytest.raises(FilterError, match="1–1000"):
        simulations.compare_policies(city, BUSY, POLICIES, start=START, days=1, runs=0, seed=1)
    one = simulations.with_crews(city, 1)
    assert set(one.units.crews.tolist()) <= {0, 1}
