"""The verb dispatch in processes of its own: orders, replays, limits of districts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data import dispatch_rules, incidents
from data.call_desk import CallForm
from data.clock import SystemClock
from data.database import Database
from data.dispatch_desk import Desk
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from tests.web.test_verb_load import onemap


@pytest.fixture(scope="module")
def city(make_database: Callable[..., Database], city_template: Database) -> Database:
    """A small city of its own."""
    return make_database("verb_dispatch", city_template)


@pytest.fixture(scope="module")
def store(city: Database) -> Iterator[Store]:
    opened = Store(city, max_size=4)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def order(store: Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An open order whose station was notified."""
    folder: Path = tmp_path_factory.mktemp("desk")
    desk = Desk(StationRanker(store, TravelStore(store, folder), folder))
    now = SystemClock().now()
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND e.geom IS NOT NULL ORDER BY e.id LIMIT 1"
        ).fetchone()
        assert row is not None
        code = desk.take_call(connection, CallForm(row["code"]), actor="li", now=now).order.code
        desk.notify(connection, code, row["station_code"], actor="li", now=now, base_url="http://127.0.0.1")
    return code


def test_orders_are_listed_with_their_clocks(city: Database, store: Store, order: str) -> None:
    body = json.loads(onemap(city, "dispatch", "orders", "--json").stdout)
    mine = next(o for o in body["orders"] if o["code"] == order)
    assert mine["state"] == "notified"
    assert mine["clocks"]["arrival"]["state"] == "running"
    assert 0 < mine["clocks"]["arrival"]["seconds"] <= 1800
    shown = onemap(city, "dispatch", "orders")
    assert order in shown.stdout
    assert "剩 left" in shown.stdout
    closed = json.loads(onemap(city, "dispatch", "orders", "--closed", "--json", "--limit", "5").stdout)[
        "orders"
    ]
    with store.transaction(SYSTEM) as connection:
        assert [o["code"] for o in closed] == incidents.codes_listed(connection, is_open=False, limit=5)


def test_a_ranking_is_replayed_and_a_changed_one_is_told(city: Database, store: Store, order: str) -> None:
    done = onemap(city, "dispatch", "replay", order)
    assert done.returncode == 0, done.stderr
    assert "与当时相同" in done.stdout
    body = json.loads(onemap(city, "dispatch", "replay", order, "--ranking", "1", "--json").stdout)
    assert body["is_same"]
    assert body["kept"] == body["again"]
    with store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE dispatch_ranking SET result = jsonb_set(result, '{candidates,0,2}', '1') WHERE incident_code = %s",
            [order],
        )
    changed = onemap(city, "dispatch", "replay", order)
    assert changed.returncode == 1
    assert "DIFFERS" in changed.stdout
    for words, message in (((order, "--ranking", "9"), "第 9 次"), (("KR1",), "KR1")):
        refused = onemap(city, "dispatch", "replay", *words)
        assert refused.returncode == 2
        assert message in refused.stderr


def test_the_samples_past_orders_are_worked_out_again(city: Database, store: Store) -> None:
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT i.code, i.notified_at, r.at, r.result FROM dispatch_ranking r JOIN incident i ON i.code = r.incident_code"
            " WHERE i.closed_at IS NOT NULL AND i.caller_words IS NOT NULL ORDER BY i.notified_at DESC"
        ).fetchall()
    assert len(rows) >= 10
    assert all(r["at"] == r["notified_at"] for r in rows)
    assert any(r["result"]["candidates"] for r in rows)
    done = onemap(city, "dispatch", "replay", rows[-1]["code"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "与当时相同" in done.stdout


def test_limits_of_a_division_are_set_and_what_is_not_named_stays(city: Database, store: Store) -> None:
    assert onemap(city, "dispatch", "rule", "set", "440310", "--arrival", "60").returncode == 0
    done = onemap(city, "dispatch", "rule", "set", "440310", "--automatic")
    assert "到达 arrival 60 min" in done.stdout
    with store.transaction(SYSTEM) as connection:
        found = dispatch_rules.rule_of(connection, "440310002")
        assert (found.arrival_limit_s, found.is_automatic, found.answer_limit_s) == (3600, True, 180)
        row = connection.execute("SELECT count(*) AS n FROM audit WHERE action = 'dispatch_rule'").fetchone()
        assert row == {"n": 2}
    assert "440310" in onemap(city, "dispatch", "rule", "show").stdout
    assert json.loads(onemap(city, "dispatch", "rule", "show", "--json").stdout)["440310"]["is_automatic"]
    for words, message in (
        (("999999", "--arrival", "30"), "999999"), (("440310", "--arrival", "1"), "时限"), (("440310",), "没有要设置"),
    ):  # fmt: skip
        refused = onemap(city, "dispatch", "rule", "set", *words)
        assert refused.returncode == 2, refused.stdout
        assert message in refused.stderr
