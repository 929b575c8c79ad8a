"""Levels over a real store and through the worker's round, each at its exact second; and who is told of an entrapment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from data import dispatch_rules, incidents, order_queue
from data.call_desk import CallForm
from data.database import Database
from data.dispatch_desk import Desk
from data.incidents import Change
from data.scope import SYSTEM, Connection
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from dispatch.clocks import DistrictRule
from dispatch.incident import EventKind
from web.settings import Settings
from web.worker import escalate_all

NOW = dt.datetime(2026, 10, 26, 10, 0, tzinfo=dt.UTC)
URL = "http://127.0.0.1:8000"
WIDE = DistrictRule(arrival_limit_s=20_000, trapped_limit_s=40_000)


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def desk(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("levels")
    return Desk(StationRanker(city_store, TravelStore(city_store, folder), folder))


@pytest.fixture
def bound(city_connection: Connection) -> dict[str, Any]:
    """An elevator of a company with an emergency lead, whose bound station can be sent."""
    row = city_connection.execute(
        "SELECT e.code, e.station_code, e.division_code, e.owner_id, c.emergency_lead_phone AS lead_phone FROM elevator e"
        " JOIN rescue_station s ON s.code = e.station_code JOIN maintenance_company c ON c.unit_id = e.owner_id"
        " WHERE s.on_duty AND e.geom IS NOT NULL AND s.geom IS NOT NULL AND s.crew_count > 2"
        " AND c.emergency_lead_phone IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
        " ORDER BY e.id LIMIT 1"
    ).fetchone()
    assert row is not None
    dispatch_rules.put(city_connection, row["division_code"][:6], WIDE)
    return row


def call(desk: Desk, connection: Connection, code: str) -> incidents.Order:
    return desk.take_call(
        connection, CallForm(elevator_code=code, people_inside=2), actor="li", now=NOW
    ).order


def due_at(
    desk: Desk, connection: Connection, order: incidents.Order, seconds: float
) -> list[tuple[int, str, float]]:
    found = desk.escalate(connection, order.code, now=later(seconds), base_url=URL)
    return [(d.level, d.reason, (d.due_at - NOW).total_seconds()) for d in found.incident.due]


def told_leads(connection: Connection, order: incidents.Order) -> list[tuple[str, str]]:
    messages = incidents.messages(connection, order.code)
    return [(m["template"], m["recipient"]) for m in messages if m["role"] == "emergency_lead"]


def test_the_emergency_lead_hears_of_every_entrapment_and_must_act_without_a_station(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    order = call(desk, city_connection, bound["code"])
    assert told_leads(city_connection, order) == [("entrapment", bound["lead_phone"])]
    body = city_connection.execute(
        "SELECT body FROM outbox WHERE idempotency_key LIKE %s", [f"incident/{order.code}/lead/%"]
    ).fetchone()
    assert body is not None
    assert "未绑定" not in body["body"]
    again = call(desk, city_connection, bound["code"])
    assert again.code == order.code
    assert len(told_leads(city_connection, order)) == 1, "a further call tells nobody again"
    desk.close(city_connection, order.code, outcome="not_entrapment", why="x", actor="li", now=later(1))
    city_connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [bound["code"]])
    unbound = call(desk, city_connection, bound["code"])
    assert told_leads(city_connection, unbound) == [("no_station", bound["lead_phone"])]
    desk.close(city_connection, unbound.code, outcome="not_entrapment", why="x", actor="li", now=later(2))
    city_connection.execute(
        "UPDATE maintenance_company SET emergency_lead_phone = NULL WHERE unit_id = %s", [bound["owner_id"]]
    )
    assert told_leads(city_connection, call(desk, city_connection, bound["code"])) == []


def test_an_able_bound_station_is_waited_for(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    order = call(desk, city_connection, bound["code"])
    assert due_at(desk, city_connection, order, 3000) == []


def test_a_company_that_can_send_nobody_makes_level_two_due_at_once(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute(
        "UPDATE rescue_station SET on_duty = false WHERE owner_id = %s", [bound["owner_id"]]
    )
    order = call(desk, city_connection, bound["code"])
    # The worker looks a minute late: the step still stands at its own second.
    assert due_at(desk, city_connection, order, 60) == [(2, "nobody_able", 0)]
    version = incidents.read(city_connection, order.code).incident.version
    assert due_at(desk, city_connection, order, 90) == [(2, "nobody_able", 0)]
    assert incidents.read(city_connection, order.code).incident.version == version, "asked once"


def test_a_station_whose_crews_are_out_is_nobody_and_becomes_somebody_again(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute(
        "UPDATE rescue_station SET crew_count = CASE WHEN code = %s THEN 1 ELSE 0 END WHERE owner_id = %s",
        [bound["station_code"], bound["owner_id"]],
    )
    other = city_connection.execute(
        "SELECT code FROM elevator WHERE station_code = %s AND code <> %s AND geom IS NOT NULL ORDER BY id LIMIT 1",
        [bound["station_code"], bound["code"]],
    ).fetchone()
    assert other is not None
    first = call(desk, city_connection, other["code"])
    desk.notify(city_connection, first.code, bound["station_code"], actor="li", now=NOW, base_url=URL)
    order = call(desk, city_connection, bound["code"])
    desk.close(city_connection, first.code, outcome="not_entrapment", why="x", actor="li", now=later(1))
    assert due_at(desk, city_connection, order, 2) == []
    again = call(desk, city_connection, other["code"])
    desk.notify(city_connection, again.code, bound["station_code"], actor="li", now=later(3), base_url=URL)
    assert due_at(desk, city_connection, order, 4) == [(2, "nobody_able", 0)]


def test_an_unbound_elevator_gives_its_emergency_lead_the_time_of_one_answer(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [bound["code"]])
    order = call(desk, city_connection, bound["code"])
    assert due_at(desk, city_connection, order, 179.9) == []
    assert due_at(desk, city_connection, order, 240) == [(2, "nobody_able", 180)]


def test_a_message_to_the_lead_that_fails_is_noticed_at_its_own_second(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [bound["code"]])
    order = call(desk, city_connection, bound["code"])
    # Two attempts; the second failed for good at 30 s, when the next would have been due 20 s later.
    city_connection.execute(
        "UPDATE outbox SET state = 'failed', attempts = 2, last_error = 'HTTP 400', next_attempt_at = %s WHERE idempotency_key LIKE %s",
        [later(50), f"incident/{order.code}/lead/%"],
    )
    assert due_at(desk, city_connection, order, 60) == [(2, "nobody_able", 30)]


def test_an_unbound_elevator_of_a_company_without_a_lead_has_nobody_at_once(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [bound["code"]])
    city_connection.execute(
        "UPDATE maintenance_company SET emergency_lead_phone = NULL WHERE unit_id = %s", [bound["owner_id"]]
    )
    order = call(desk, city_connection, bound["code"])
    assert due_at(desk, city_connection, order, 1) == [(2, "nobody_able", 0)]


def test_in_an_automatic_district_level_two_has_its_time_before_level_three(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    """Late at one second after the limit: level 2 then, and level 3 only when nobody there has answered."""
    rule = DistrictRule(answer_limit_s=180, arrival_limit_s=12_000, trapped_limit_s=40_000, is_automatic=True)
    dispatch_rules.put(city_connection, bound["division_code"][:6], rule)
    order = call(desk, city_connection, bound["code"])
    desk.notify(city_connection, order.code, bound["station_code"], actor="li", now=later(20), base_url=URL)
    own = {"station_code": bound["station_code"]}
    # They answer and mean to be in time, and are not.
    for seconds, kind, facts in (
        (60, EventKind.ACCEPTED, {}),
        (61, EventKind.ETA, {"eta_at": later(9000)}),
    ):
        incidents.append(city_connection, order.code, [Change(kind, own | facts, "王五")], now=later(seconds))
    limit = 20 + rule.arrival_limit_s
    levels = {}
    for seconds in (limit, limit + 1, limit + 2, limit + 180, limit + 181):
        found = desk.escalate(city_connection, order.code, now=later(seconds), base_url=URL)
        levels[seconds - limit] = found.incident.level
    assert levels == {0: 1, 1: 2, 2: 2, 180: 2, 181: 3}
    raised = [
        (e.event.facts["level"], e.event.facts["reason"], (e.event.at - NOW).total_seconds() - limit)
        for e in found.events
        if e.event.kind is EventKind.LEVEL_DUE
    ]
    assert raised == [(2, "late", 1), (3, "late", 181)]


@dataclass
class Clock:
    """A clock that a test sets."""

    at: dt.datetime

    def now(self) -> dt.datetime:
        return self.at


@dataclass
class Round:
    """A worker's round under a clock of the test, and the orders that were opened for it."""

    store: Store
    desk: Desk
    settings: Settings
    clock: Clock
    codes: list[str] = field(default_factory=list)

    def look(self, seconds: float) -> None:
        """Look at every open order as the worker does each second."""
        self.clock.at = later(seconds)
        escalate_all(self.store, self.desk, self.settings)


@pytest.fixture
def worker(city_database: Database, city_store: Store, desk: Desk, tmp_path: Path) -> Iterator[Round]:
    """The worker's round; what it opened is closed again."""
    clock = Clock(NOW)
    settings = Settings(city_database, state_dir=tmp_path, clock=clock, public_url=URL)
    found = Round(city_store, desk, settings, clock)
    with city_store.transaction(SYSTEM) as connection:
        before = dispatch_rules.rules(connection)
    yield found
    with city_store.transaction(SYSTEM) as connection:
        for code in found.codes:
            desk.close(connection, code, outcome="not_entrapment", why="x", actor="li", now=later(50_000))
        connection.execute("DELETE FROM dispatch_rule WHERE NOT division_code = ANY(%s)", [list(before)])


def test_a_blackout_sends_level_two_through_store_and_worker(
    city_store: Store, desk: Desk, worker: Round
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT e.code, left(e.division_code, 6) AS district FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 1 AND e.geom IS NOT NULL AND left(e.division_code, 6) IN (SELECT left(d.division_code, 6)"
            " FROM elevator d GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id LIMIT 4"
        ).fetchall()
        assert len(rows) == 4
        rule = replace(WIDE, blackout_calls=4, blackout_window_s=600)
        dispatch_rules.put(connection, rows[0]["district"], rule)
        # Other orders of the district that are open from elsewhere would count too.
        already = connection.execute(
            "SELECT count(*) AS n FROM incident WHERE state NOT IN ('closed', 'freed') AND left(division_code, 6) = %s"
            " AND received_at BETWEEN %s AND %s",
            [rows[0]["district"], later(-700), later(700)],
        ).fetchone()
    assert already == {"n": 0}

    def due(code: str) -> list[tuple[str, float]]:
        with city_store.transaction(SYSTEM) as connection:
            found = incidents.read(connection, code).incident.due
        return [(d.reason, (d.due_at - NOW).total_seconds()) for d in found]

    for number, row in enumerate(rows):
        seconds = 30.0 * number
        with city_store.transaction(SYSTEM) as connection:
            order = desk.take_call(
                connection, CallForm(elevator_code=row["code"]), actor="li", now=later(seconds)
            ).order
        worker.codes.append(order.code)
        if number < 3:
            worker.look(seconds + 1)
            assert [due(code) for code in worker.codes] == [[]] * (number + 1)
    worker.look(95)
    # The fourth call makes it a blackout, for all four since its second.
    assert [due(code) for code in worker.codes] == [[("many_calls", 90.0)]] * 4
    with city_store.transaction(SYSTEM) as connection:
        raised = desk.raise_level(
            connection, worker.codes[0], 2, actor="li", now=later(96), base_url=URL, reason="many_calls"
        )
    assert raised.incident.level == 2
    assert [a.level for a in raised.incident.running] == [2]


def test_nobody_able_falls_due_through_the_worker(city_store: Store, desk: Desk, worker: Round) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN maintenance_company c ON c.unit_id = e.owner_id"
            " WHERE e.station_code IS NOT NULL AND e.geom IS NOT NULL AND c.emergency_lead_phone IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [row["code"]])
        order = desk.take_call(connection, CallForm(elevator_code=row["code"]), actor="li", now=NOW).order
    worker.codes.append(order.code)
    try:
        for seconds, expected in (
            (179, []),
            (180, [(2, "nobody_able", 180.0)]),
            (999, [(2, "nobody_able", 180.0)]),
        ):
            worker.look(seconds)
            with city_store.transaction(SYSTEM) as connection:
                found = incidents.read(connection, order.code).incident.due
            assert [(d.level, d.reason, (d.due_at - NOW).total_seconds()) for d in found] == expected
    finally:
        with city_store.transaction(SYSTEM) as connection:
            connection.execute(
                "UPDATE elevator SET station_code = %s WHERE code = %s", [row["station_code"], row["code"]]
            )


def test_the_queue_is_read_by_what_presses_most_page_by_page(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute("UPDATE incident SET state = 'closed' WHERE state <> 'closed'")
    rows = city_connection.execute(
        "SELECT code, station_code FROM elevator WHERE geom IS NOT NULL AND station_code IS NOT NULL AND division_code LIKE %s"
        " ORDER BY id LIMIT 6",
        [bound["division_code"][:6] + "%"],
    ).fetchall()
    rule = DistrictRule(answer_limit_s=180, arrival_limit_s=1800, trapped_limit_s=7200)
    dispatch_rules.put(city_connection, bound["division_code"][:6], rule)
    codes = []
    for number, row in enumerate(rows):
        form = CallForm(elevator_code=row["code"])
        codes.append(desk.take_call(city_connection, form, actor="li", now=later(10 * number)).order.code)
    # The oldest presses most; the fourth was notified, and its half hour ends before anybody's two hours.
    city_connection.execute(
        "UPDATE incident SET state = 'notified', notified_at = %s WHERE code = %s", [later(60), codes[3]]
    )
    # The last has a level due, the one before has been freed.
    facts = {"level": 2, "key": "2/x", "reason": "late"}
    incidents.append(city_connection, codes[5], [Change(EventKind.LEVEL_DUE, facts, "system")], now=later(70))
    city_connection.execute(
        "UPDATE incident SET state = 'freed', freed_at = %s WHERE code = %s", [later(80), codes[4]]
    )
    wanted = [codes[5], codes[3], codes[0], codes[1], codes[2], codes[4]]
    whole = order_queue.open_page(city_connection)
    assert (list(whole.codes), whole.total) == (wanted, 6)
    pages = [order_queue.open_page(city_connection, limit=2, offset=n) for n in (0, 2, 4, 6)]
    assert [list(p.codes) for p in pages] == [wanted[:2], wanted[2:4], wanted[4:], []]
    assert {p.total for p in pages} == {6}
    declined = Change(EventKind.LEVEL_DECLINED, {"key": "2/x", "why": "x"}, "li")
    incidents.append(city_connection, codes[5], [declined], now=later(90))
    assert order_queue.open_page(city_connection).codes[0] == codes[3]
    assert order_queue.closed_page(city_connection, limit=1).total > 1
