"""Rehearsals of siting studies: the same calls before and after, recorded ones where there are enough, and budgets that hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.clock import SystemClock
from data.errors import FilterError, FormError
from data.rehearsal_inputs import ENOUGH, Recorded, call_rate, rebound, recorded_calls, with_sites
from data.scope import SYSTEM
from data.simulation_inputs import City, read_city
from data.siting_rehearsal import RehearsalQuestion, check_study, checked, rehearse
from data.store import Store
from data.travel_store import TravelStore
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from tests.data.test_siting_studies import ASKED, answer, inputs_of, whole_table

NOW = SystemClock().now()
QUESTION = {"of": "elevator", "existing": "rescue_station"}


@pytest.fixture(scope="module")
def travel(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(city_store, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def city(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> City:
    with city_store.transaction(SYSTEM) as connection:
        return read_city(connection, tmp_path_factory.mktemp("city"))


def study(city: City, count: int) -> dict[str, Any]:
    """A study that adds stations beside the elevators that are farthest apart."""
    picked = np.linspace(0, len(city.elevator_lonlat) - 1, count).astype(int) if count else []
    sites = [
        {
            "rank": n,
            "lon": float(city.elevator_lonlat[i, 0]),
            "lat": float(city.elevator_lonlat[i, 1]),
            "units": 1,
        }
        for n, i in enumerate(picked, 1)
    ]
    return {"question": QUESTION, "answer": {"sites": sites}}


def told(store: Store, found: dict[str, Any], folder: Path, **asked: Any) -> dict[str, Any]:
    question = checked(RehearsalQuestion(**{"runs": 3, "days": 2} | asked))
    return rehearse(store, SYSTEM, found, question, now=NOW, state_dir=folder, report=lambda *_: None)


def test_stations_next_to_many_elevators_shorten_arrival(
    city_store: Store, city: City, tmp_path: Path
) -> None:
    found = told(city_store, study(city, 60), tmp_path)
    p50, p90 = (found["figures"][name] for name in ("arrival_p50_s", "arrival_p90_s"))
    assert p50["is_sure"]
    assert p50["difference"]["mean"] < 0
    assert p90["after"]["mean"] < p90["before"]["mean"]
    assert found["stations_after"] - found["stations_before"] == 60
    for figure in found[
        "figures"
    ].values():  # the mean of the paired differences is the difference of the means
        assert figure["difference"]["mean"] == pytest.approx(
            figure["after"]["mean"] - figure["before"]["mean"], abs=2e-3
        )


def test_one_far_station_that_nobody_needs_changes_nothing(
    city_store: Store, city: City, tmp_path: Path
) -> None:
    where = city.stations.lonlat[np.flatnonzero(city.units.crews > 0)[0]]
    same = {"question": QUESTION, "answer": {"sites": [{"rank": 1, "lon": 70.0, "lat": 10.0, "units": 1}]}}
    assert np.isfinite(where).all()
    found = told(city_store, same, tmp_path)
    for name, figure in found["figures"].items():
        assert figure["difference"]["mean"] == 0, name
        assert not figure["is_sure"]


def test_recorded_calls_are_replayed_where_there_are_enough(
    city_store: Store, city: City, tmp_path: Path
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM incident WHERE received_at > %s AND received_at <= %s AND elevator_code IS NOT NULL"
            " AND outcome IS DISTINCT FROM 'not_entrapment'",
            [NOW - dt.timedelta(days=365), NOW],
        ).fetchone()
        assert row is not None
        assert row["n"] > 10
        found = recorded_calls(connection, city, now=NOW)
        assert recorded_calls(connection, city, now=NOW - dt.timedelta(days=4000)) is None
    assert found is not None
    assert (len(found), bool((np.diff(found.at_s) >= 0).all())) == (row["n"], True)
    question = RehearsalQuestion(runs=3)
    answered = rehearse(
        city_store, SYSTEM, study(city, 5), question, now=NOW, state_dir=tmp_path, report=lambda *_: None, enough=row["n"]
    )  # fmt: skip
    assert (answered["source"], answered["calls_of_run"], answered["calls"]) == (
        "recorded",
        row["n"],
        3 * row["n"],
    )
    usual = told(city_store, study(city, 5), tmp_path)
    assert usual["source"] == ("recorded" if row["n"] >= ENOUGH else "simulated")
    assert answered["rate"] is None
    asked = told(city_store, study(city, 5), tmp_path, rate=400.0)  # a rate that is asked for goes before
    assert (asked["source"], asked["rate"]["source"], asked["rate"]["per_10k_month"]) == ("simulated", "asked", 400.0)  # fmt: skip


def test_the_rate_comes_from_the_citys_own_orders_where_they_tell_enough() -> None:
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)

    def record(orders: int, days: float) -> Recorded:
        at_s = np.linspace(0, days * 86_400, orders)
        return Recorded(start, at_s, np.zeros(orders, np.int64), days)

    own = call_rate(None, record(61, 30.0), 20_000)
    assert (own.source, own.per_10k_month, own.orders) == ("orders", pytest.approx(30.0), 61)
    assert call_rate(None, record(29, 30.0), 20_000).source == "published"
    assert call_rate(None, record(61, 6.0), 20_000).source == "published"
    assert call_rate(None, None, 20_000).per_10k_month == 90.0
    assert call_rate(12.0, record(61, 30.0), 20_000).source == "asked"


def test_elevators_are_bound_to_a_new_site_that_is_sooner(
    city_store: Store, city: City, tmp_path: Path
) -> None:
    found = study(city, 12)
    wider = with_sites(city, found["answer"]["sites"], 2)
    after, moved = rebound(wider, len(city.stations))
    changed = np.flatnonzero(after.bound_idx != city.bound_idx)
    assert len(changed) == moved > 0
    assert (after.bound_idx[changed] >= len(city.stations)).all()
    network = city.network
    impedance = weigh(network, Scenario(hour_of_week=27, speeds=city.speeds))
    places, stations = snap(network, city.elevator_lonlat), snap(network, wider.stations.lonlat)
    sample = np.unique(np.concatenate([changed[:40], np.arange(0, len(places), 97)]))
    table = travel_time_matrix(impedance, stations, places.take(sample))  # the whole table, for a few
    for column, elevator in enumerate(sample.tolist()):
        new = table[len(city.stations) :, column]
        own = city.bound_idx[elevator]
        able = own >= 0 and city.units.crews[own] > 0
        own_s = table[own, column] if able and table[own, column] <= 3600 else np.inf
        if new.min() < own_s and new.min() <= 3600:
            assert table[after.bound_idx[elevator], column] == new.min()
        else:
            assert after.bound_idx[elevator] == own
    asked = told(city_store, found, tmp_path, rebind=True, rule="bound_first")
    as_it_was = told(city_store, found, tmp_path, rule="bound_first")
    assert (asked["rebound"], as_it_was["rebound"]) == (moved, 0)
    assert asked["figures"]["arrival_p50_s"]["after"]["mean"] < as_it_was["figures"]["arrival_p50_s"]["after"]["mean"]  # fmt: skip


def test_new_stations_belong_to_nobody(city: City) -> None:
    after = with_sites(city, study(city, 3)["answer"]["sites"], 2)
    assert len(after.stations) == len(city.stations) + 3
    assert after.units.crews[-3:].tolist() == [2, 2, 2]
    assert after.units.is_networked[-3:].all()
    assert after.station_company[-1] not in set(city.elevator_company.tolist())
    assert not set(after.bound_idx.tolist()) & set(range(len(city.stations), len(after.stations)))


@pytest.mark.parametrize(
    ("wrong", "named"), [({"runs": 1}, "runs"), ({"days": 0}, "days"), ({"crews": 21}, "crews"), ({"rule": "best"}, "rule"), ({"rate": 0.0}, "rate"), ({"rate": 2001.0}, "rate")]
)  # fmt: skip
def test_what_cannot_be_rehearsed_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(FormError) as caught:
        checked(replace(RehearsalQuestion(), **wrong))
    assert [field for field, _ in caught.value.faults] == [named]


def test_only_studies_of_rescue_stations_are_rehearsed(city: City) -> None:
    check_study(study(city, 1))
    for changed in ({"of": "enterprise"}, {"existing": None}):
        with pytest.raises(FormError, match="只能预演"):
            check_study(study(city, 1) | {"question": QUESTION | changed})
    with pytest.raises(FormError, match="没有新增站点"):
        check_study(study(city, 0))


# -- budgets ---------------------------------------------------------------------------------------------


def test_a_budget_is_kept_and_the_choice_is_the_best_that_it_pays(
    city_store: Store, travel: TravelStore
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        codes = [
            r["code"]
            for r in connection.execute("SELECT code FROM division WHERE level = 'county' ORDER BY code")
        ]
    asked = replace(
        ASKED, new_count=3, budget=250.0, site_cost=100.0, district_costs=dict.fromkeys(codes[::2], 160.0), curve=5
    )  # fmt: skip
    found = inputs_of(city_store, travel, asked)
    assert found.costs is not None
    assert set(found.costs.tolist()) <= {100.0, 160.0}
    old, new = whole_table(found)
    able = [
        group for size in (1, 2, 3) for group in combinations(range(len(found.candidates)), size)
        if found.costs[list(group)].sum() <= 250
    ]  # fmt: skip
    best = max(found.weight[np.minimum(old, new[list(g)].min(axis=0)) <= 180].sum() for g in able)
    solved = answer(city_store, travel, asked)
    assert solved["status"] == "optimal"
    assert solved["after"]["covered"] == best
    assert solved["spent"] == sum(s["cost"] for s in solved["sites"]) <= solved["budget"] == 250
    before = found.weight[old <= 180].sum()
    assert [point["x"] for point in solved["curve"]] == [0, 50, 100, 150, 200, 250]
    for point in solved["curve"]:
        paid = [group for group in able if found.costs[list(group)].sum() <= point["x"]]
        gain = max(
            (found.weight[np.minimum(old, new[list(g)].min(axis=0)) <= 180].sum() - before for g in paid),
            default=0.0,
        )
        assert (point["value"], point["status"]) == (gain, "optimal"), point
    free = answer(city_store, travel, replace(asked, budget=None))
    assert free["spent"] is None
    assert free["after"]["covered"] >= best


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"budget": -1.0, "site_cost": 1.0}, "budget"), ({"budget": 9.0}, "site_cost"), ({"budget": 9.0, "site_cost": 1.0, "model": "lscp"}, "budget"),
     ({"budget": 9.0, "site_cost": 1.0, "district_costs": {"440304": -1.0}}, "district_costs.440304")],
)  # fmt: skip
def test_budgets_that_make_no_sense_are_named(
    city_store: Store, travel: TravelStore, changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(FilterError, match=named):
        answer(city_store, travel, replace(ASKED, **changed))
