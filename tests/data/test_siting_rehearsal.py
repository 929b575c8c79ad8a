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
from data.scope import SYSTEM
from data.simulation_inputs import City, read_city
from data.siting_rehearsal import (
    ENOUGH,
    RehearsalQuestion,
    check_study,
    checked,
    recorded_calls,
    rehearse,
    with_sites,
)
from data.store import Store
from data.travel_store import TravelStore
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
        found = recorded_calls(connection, city, now=NOW, enough=row["n"])
        assert recorded_calls(connection, city, now=NOW, enough=row["n"] + 1) is None
    assert found is not None
    assert (len(found[2]), bool((np.diff(found[2]) >= 0).all())) == (row["n"], True)
    question = RehearsalQuestion(runs=3)
    answered = rehearse(
        city_store, SYSTEM, study(city, 5), question, now=NOW, state_dir=tmp_path, report=lambda *_: None, enough=row["n"]
    )  # fmt: skip
    assert (answered["source"], answered["calls_of_run"], answered["calls"]) == (
        "recorded",
        row["n"],
        3 * row["n"],
    )
    assert told(city_store, study(city, 5), tmp_path)["source"] == (
        "recorded" if row["n"] >= ENOUGH else "simulated"
    )


def test_new_stations_belong_to_nobody(city: City) -> None:
    after = with_sites(city, study(city, 3)["answer"]["sites"], 2)
    assert len(after.stations) == len(city.stations) + 3
    assert after.units.crews[-3:].tolist() == [2, 2, 2]
    assert after.units.is_networked[-3:].all()
    assert after.station_company[-1] not in set(city.elevator_company.tolist())
    assert not set(after.bound_idx.tolist()) & set(range(len(city.stations), len(after.stations)))


@pytest.mark.parametrize(
    ("wrong", "named"), [({"runs": 1}, "runs"), ({"days": 0}, "days"), ({"crews": 21}, "crews"), ({"rule": "best"}, "rule")]
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
    assert solved["curve"] == []
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
