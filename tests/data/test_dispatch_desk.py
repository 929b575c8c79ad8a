"""The desk over a real store: calls, notifying, levels at their exact second, replays, and two dispatchers at once."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import dispatch_rules, incidents, kept_rankings
from data.call_desk import CallForm
from data.dispatch_desk import Desk
from data.errors import ConflictError, FilterError, NotFoundError
from data.incidents import Change
from data.scope import SYSTEM, Connection, enter, scope_for
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from dispatch.clocks import DistrictRule
from dispatch.errors import MoveRefusedError, Refusal
from dispatch.incident import EventKind, State

NOW = dt.datetime(2026, 10, 26, 10, 0, tzinfo=dt.UTC)
URL = "http://127.0.0.1:8000"
WIDE = DistrictRule(arrival_limit_s=20_000, trapped_limit_s=40_000)


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def desk(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    return Desk(StationRanker(city_store, TravelStore(city_store, folder), folder))


@pytest.fixture
def bound(city_connection: Connection) -> dict[str, Any]:
    """An elevator whose bound station can be sent."""
    row = city_connection.execute(
        "SELECT e.code, e.station_code, e.division_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
        " WHERE s.on_duty AND e.geom IS NOT NULL AND s.geom IS NOT NULL AND s.crew_count > 2"
        " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id LIMIT 1"
    ).fetchone()
    assert row is not None
    return row


@pytest.fixture
def order(desk: Desk, city_connection: Connection, bound: dict[str, Any]) -> Any:
    form = CallForm(
        elevator_code=bound["code"], people_inside=2, caller_phone="13800000001", caller_words="两人被困"
    )
    # The small city has few roads and long ways: limits that its stations can keep.
    dispatch_rules.put(city_connection, bound["division_code"][:6], WIDE)
    return desk.take_call(city_connection, form, actor="li", now=NOW).order


def notify(desk: Desk, connection: Connection, order: Any, station: str, **facts: Any) -> Any:
    return desk.notify(connection, order.code, station, actor="li", now=later(20), base_url=URL, **facts)


def test_a_call_makes_an_order_where_its_elevator_stands(order: Any, bound: dict[str, Any]) -> None:
    assert order.incident.state is State.IDENTIFIED
    assert order.row["elevator_code"] == bound["code"]
    assert order.row["division_code"] == bound["division_code"]
    assert (order.incident.people_inside, order.row["caller_phone"]) == (2, "13800000001")
    assert [e.event.kind.value for e in order.events] == ["received", "identified"]


def test_a_further_call_joins_the_open_order(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    again = desk.take_call(
        city_connection, CallForm(elevator_code=bound["code"], people_inside=3), actor="wang", now=later(40)
    )
    assert again.is_joined
    assert again.order.code == order.code
    assert (again.order.incident.calls, again.order.incident.people_inside) == (2, 3)


def test_the_same_request_sent_twice_makes_one_order(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    form = CallForm(lonlat=(114.05, 22.54), address="某处")
    first = desk.take_call(city_connection, form, actor="li", now=NOW, request_key="abcdefgh")
    second = desk.take_call(city_connection, form, actor="li", now=later(5), request_key="abcdefgh")
    assert first.order.code == second.order.code
    assert second.order.incident.version == first.order.incident.version
    del bound


def test_the_bound_station_comes_first_and_everyone_stands_once(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    _, answer = desk.rank_order(city_connection, order, at=NOW)
    assert answer is not None
    codes = [answer.table.code[c.station_idx] for c in answer.ranking.candidates]
    assert codes[0] == bound["station_code"]
    times = [c.travel_time_s for c in answer.ranking.candidates[1:]]
    assert times == sorted(times)
    everyone = {c.station_idx for c in answer.ranking.candidates} | set(answer.ranking.passed_over)
    assert everyone == set(range(len(answer.table)))
    assert len(everyone) == len(answer.ranking.candidates) + len(answer.ranking.passed_over)


def test_notifying_takes_a_crew_writes_messages_and_can_be_replayed(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    before = incidents.busy_crews(city_connection).get(bound["station_code"], 0)
    done = notify(desk, city_connection, order, bound["station_code"])
    assert done.incident.state is State.NOTIFIED
    assert incidents.busy_crews(city_connection)[bound["station_code"]] == before + 1
    told = incidents.messages(city_connection, order.code)
    assert {m["role"] for m in told if m["template"] == "sent"} == {"station_lead", "maintainer"}
    secret = city_connection.execute(
        "SELECT o.secret, o.body FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
        " WHERE m.incident_code = %s AND m.template = 'sent' LIMIT 1",
        [order.code],
    ).fetchone()
    assert secret is not None
    assert secret["secret"].startswith(f"{URL}/crew#")
    assert secret["secret"].split("#")[1] not in secret["body"]
    kept = kept_rankings.replay(desk.ranker, city_connection, order.code)
    assert kept.is_same
    assert kept.kept["candidates"][0][0] == bound["station_code"]


def test_a_replay_notices_another_answer(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    notify(desk, city_connection, order, bound["station_code"])
    city_connection.execute(
        "UPDATE dispatch_ranking SET result = jsonb_set(result, '{candidates,0,2}', '1') WHERE incident_code = %s",
        [order.code],
    )
    assert not kept_rankings.replay(desk.ranker, city_connection, order.code).is_same
    with pytest.raises(NotFoundError, match="没有第 7 次"):
        kept_rankings.replay(desk.ranker, city_connection, order.code, 7)


def test_a_station_that_is_foreign_or_unknown_is_refused_with_the_reason(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    foreign = city_connection.execute(
        "SELECT code FROM rescue_station WHERE NOT is_networked AND company_name <> %s LIMIT 1",
        [order.row["company_name"]],
    ).fetchone()
    assert foreign is not None
    with pytest.raises(FilterError, match="非联网站"):
        notify(desk, city_connection, order, foreign["code"])
    with pytest.raises(NotFoundError):
        notify(desk, city_connection, order, "nowhere")


def test_no_answer_raises_level_two_at_its_exact_second_and_only_once(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    notify(desk, city_connection, order, bound["station_code"])
    early = desk.escalate(city_connection, order.code, now=later(199.9), base_url=URL)
    assert early.incident.due == ()
    # The worker was away and looks a minute late: the step still stands at its own second.
    late = desk.escalate(city_connection, order.code, now=later(260), base_url=URL)
    assert [(d.level, d.reason, d.due_at) for d in late.incident.due] == [(2, "no_answer", later(200))]
    again = desk.escalate(city_connection, order.code, now=later(300), base_url=URL)
    assert again.incident.version == late.incident.version


def test_confirming_level_two_tells_the_nearest_networked_station(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    notify(desk, city_connection, order, bound["station_code"])
    due = desk.escalate(city_connection, order.code, now=later(200), base_url=URL)
    raised = desk.raise_level(
        city_connection, order.code, 2, actor="li", now=later(210), base_url=URL,
        expected_version=due.incident.version,
    )  # fmt: skip
    assert raised.incident.level == 2
    assert raised.incident.due == ()
    newest = raised.incident.assignments[-1]
    assert (newest.level, newest.station_code != bound["station_code"]) == (2, True)
    networked = city_connection.execute(
        "SELECT is_networked FROM rescue_station WHERE code = %s", [newest.station_code]
    ).fetchone()
    assert networked == {"is_networked": True}


def test_an_automatic_district_raises_by_itself(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    dispatch_rules.put(city_connection, bound["division_code"][:6], replace(WIDE, is_automatic=True))
    notify(desk, city_connection, order, bound["station_code"])
    raised = desk.escalate(city_connection, order.code, now=later(201), base_url=URL)
    assert raised.incident.level == 2
    assert len(raised.incident.running) == 2
    # Nobody answers there either: three minutes later level 3 is asked for; it telephones nobody.
    third = desk.escalate(city_connection, order.code, now=later(500), base_url=URL)
    assert third.incident.level == 3
    assert third.incident.fire_called_at is None
    assert len(third.incident.running) == 2


def test_a_station_that_will_be_late_raises_the_level_at_once(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    tight = DistrictRule(answer_limit_s=30, arrival_limit_s=31)
    dispatch_rules.put(city_connection, bound["division_code"][:6], tight)
    _, answer = desk.rank_order(city_connection, order, at=NOW)
    assert answer is not None
    assert "nobody_in_time" in [a.value for a in answer.ranking.advice]
    notify(desk, city_connection, order, bound["station_code"])
    found = desk.escalate(city_connection, order.code, now=later(21), base_url=URL)
    assert [(d.level, d.reason, d.due_at) for d in found.incident.due] == [(2, "predicted_late", later(20))]


def test_undelivered_messages_raise_the_level(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    notify(desk, city_connection, order, bound["station_code"])
    city_connection.execute(
        "UPDATE outbox SET state = 'failed' WHERE idempotency_key IN (SELECT outbox_key FROM incident_message WHERE incident_code = %s)",
        [order.code],
    )
    found = desk.escalate(city_connection, order.code, now=later(30), base_url=URL)
    assert [d.reason for d in found.incident.due] == ["not_reached"]
    assert found.incident.running == ()


def test_an_order_runs_to_its_end_and_its_row_follows(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    station = {"station_code": bound["station_code"]}
    notify(desk, city_connection, order, bound["station_code"])
    for seconds, kind, facts in (
        (50, EventKind.ACCEPTED, {"responder": "王五"}),
        (70, EventKind.EN_ROUTE, {}),
        (600, EventKind.ARRIVED, {}),
        (900, EventKind.FREED, {"persons_freed": 2}),
    ):
        incidents.append(
            city_connection, order.code, [Change(kind, station | facts, "王五")], now=later(seconds)
        )
    desk.close(city_connection, order.code, outcome="freed", why="", actor="li", now=later(1000))
    row = city_connection.execute("SELECT * FROM incident WHERE code = %s", [order.code]).fetchone()
    assert row is not None
    assert (row["state"], row["outcome"], row["persons_freed"], row["responder_name"]) == (
        "closed",
        "freed",
        2,
        "王五",
    )
    assert (row["notified_at"], row["arrived_at"], row["freed_at"]) == (later(20), later(600), later(900))
    assert incidents.busy_crews(city_connection).get(bound["station_code"], 0) == 0
    with pytest.raises(MoveRefusedError) as refused:
        notify(desk, city_connection, order, bound["station_code"])
    assert refused.value.reason is Refusal.IS_CLOSED


def test_events_are_never_changed(desk: Desk, city_connection: Connection, order: Any) -> None:
    del desk
    for statement in ("UPDATE incident_event SET actor = 'x'", "DELETE FROM incident_event"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), city_connection.transaction():
            city_connection.execute(f"{statement} WHERE incident_code = '{order.code}'".encode())


def test_a_clock_set_back_does_not_turn_the_order_around(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    notify(desk, city_connection, order, bound["station_code"])
    change = Change(EventKind.ACCEPTED, {"station_code": bound["station_code"]}, "li")
    back = incidents.append(city_connection, order.code, [change], now=later(-3600))
    times = list(back.incident.assignments[0].times.values())
    assert times == sorted(times)


def test_a_stale_writer_is_told_and_nothing_is_written(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    incidents.append(
        city_connection, order.code, [Change(EventKind.NOTED, {"text": "x"}, "wang")], now=later(5)
    )
    with pytest.raises(ConflictError, match="wang"):
        notify(desk, city_connection, order, bound["station_code"], expected_version=order.incident.version)
    assert incidents.read(city_connection, order.code).incident.assignments == ()


def test_two_dispatchers_want_the_last_crew(desk: Desk, city_store: Store, bound: dict[str, Any]) -> None:
    """Two connections, one crew: one gets it, the other is told."""
    with city_store.transaction(SYSTEM) as connection:
        crews = connection.execute(
            "SELECT crew_count FROM rescue_station WHERE code = %s", [bound["station_code"]]
        ).fetchone()
        connection.execute(
            "UPDATE rescue_station SET crew_count = 1 WHERE code = %s", [bound["station_code"]]
        )
        others = connection.execute(
            "SELECT code FROM elevator WHERE station_code = %s AND geom IS NOT NULL ORDER BY id LIMIT 2",
            [bound["station_code"]],
        ).fetchall()
        orders = [
            desk.take_call(connection, CallForm(elevator_code=o["code"]), actor="li", now=NOW).order
            for o in others
        ]
    results: list[object] = []

    def send(code: str) -> None:
        try:
            with city_store.transaction(SYSTEM) as connection:
                desk.notify(connection, code, bound["station_code"], actor="li", now=later(20), base_url=URL)
                results.append("sent")
        except ConflictError as error:
            results.append(error)

    threads = [threading.Thread(target=send, args=(o.code,)) for o in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert results.count("sent") == 1
        assert sum(isinstance(r, ConflictError) and "班组" in str(r) for r in results) == 1
    finally:
        with city_store.transaction(SYSTEM) as connection:
            for o in orders:
                desk.close(
                    connection, o.code, outcome="not_entrapment", why="test", actor="li", now=later(60)
                )
            connection.execute(
                "UPDATE rescue_station SET crew_count = %s WHERE code = %s",
                [crews["crew_count"] if crews else None, bound["station_code"]],
            )


def test_another_district_sees_nothing_of_an_order(
    city_database: Any, desk: Desk, city_store: Store, bound: dict[str, Any]
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        order = desk.take_call(connection, CallForm(elevator_code=bound["code"]), actor="li", now=NOW).order
    other = "440305" if not bound["division_code"].startswith("440305") else "440306"
    scope = scope_for([other], username="x", role="dispatcher", may_write=True)
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, scope)
        with pytest.raises(NotFoundError):
            incidents.read(connection, order.code)
        for table in (
            "incident_event",
            "incident_assignment",
            "dispatch_ranking",
            "incident_message",
            "crew_link",
        ):
            row = connection.execute(
                f"SELECT count(*) AS n FROM {table} WHERE incident_code = %s".encode(), [order.code]
            ).fetchone()
            assert row == {"n": 0}, table
        connection.rollback()
    with city_store.transaction(SYSTEM) as connection:
        desk.close(connection, order.code, outcome="not_entrapment", why="test", actor="li", now=later(60))


def test_a_written_off_elevator_takes_no_order(
    desk: Desk, city_connection: Connection, bound: dict[str, Any]
) -> None:
    city_connection.execute("UPDATE elevator SET valid_to = '2026-01-01' WHERE code = %s", [bound["code"]])
    with pytest.raises(FilterError, match="停用或注销"):
        desk.take_call(city_connection, CallForm(elevator_code=bound["code"]), actor="li", now=NOW)
    with pytest.raises(NotFoundError):
        desk.take_call(city_connection, CallForm(elevator_code="no such"), actor="li", now=NOW)


def test_an_order_past_its_limits_raises_one_warning_for_each(
    desk: Desk, city_connection: Connection, order: Any, bound: dict[str, Any]
) -> None:
    notify(desk, city_connection, order, bound["station_code"])

    def raised() -> list[tuple[str, str]]:
        rows = city_connection.execute(
            "SELECT kind, level FROM warning WHERE layer = 'incident' AND row_id = %s ORDER BY id", [order.id]
        ).fetchall()
        return [(r["kind"], r["level"]) for r in rows]

    desk.escalate(city_connection, order.code, now=later(20 + WIDE.arrival_limit_s), base_url=URL)
    assert raised() == []
    for seconds in (21 + WIDE.arrival_limit_s, 60 + WIDE.arrival_limit_s):
        desk.escalate(city_connection, order.code, now=later(seconds), base_url=URL)
    assert raised() == [("incident_late", "2")]
    city_connection.execute(
        "UPDATE warning SET processed_at = %s WHERE row_id = %s", [later(30_000), order.id]
    )
    desk.escalate(city_connection, order.code, now=later(1 + WIDE.trapped_limit_s), base_url=URL)
    assert raised() == [("incident_late", "2"), ("incident_trapped", "1")]


def test_the_safety_manager_is_told_once_and_only_when_there_is_one(
    desk: Desk, city_connection: Connection
) -> None:
    rows = city_connection.execute(
        "SELECT DISTINCT ON (g.mobile IS NULL) e.code, g.mobile FROM elevator e"
        " LEFT JOIN elevator_safety_manager m ON m.elevator_code = e.code LEFT JOIN safety_manager g ON g.id = m.manager_id"
        " WHERE e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
        " ORDER BY g.mobile IS NULL, e.id"
    ).fetchall()
    assert [r["mobile"] is None for r in rows] == [False, True]
    for row, expected in zip(rows, (1, 0), strict=True):
        for _ in range(2):  # the second call joins, and tells nobody again
            taken = desk.take_call(city_connection, CallForm(elevator_code=row["code"]), actor="d", now=NOW)
        told = incidents.messages(city_connection, taken.order.code)
        managers = [m for m in told if m["role"] == "safety_manager"]
        assert [m["recipient"] for m in managers] == [row["mobile"]] * expected
    # Identified only later: told then.
    order = desk.take_call(city_connection, CallForm(address="某处"), actor="d", now=NOW).order
    assert incidents.messages(city_connection, order.code) == []
    free = city_connection.execute(
        "SELECT e.code FROM elevator e JOIN elevator_safety_manager m ON m.elevator_code = e.code JOIN safety_manager g"
        " ON g.id = m.manager_id WHERE g.mobile IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
        " ORDER BY e.id LIMIT 1"
    ).fetchone()
    assert free is not None
    desk.identify(city_connection, order.code, free["code"], actor="d", now=NOW)
    told = incidents.messages(city_connection, order.code)
    assert [m["template"] for m in told if m["role"] == "safety_manager"] == ["trapped"]
