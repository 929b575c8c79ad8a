"""Times of an exercise from a dispatch order: shown first, taken as they are, named by their source, and held against corrections."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest

from data import exercise_orders, exercise_times, incidents, register_moves
from data.errors import ConflictError, FormError, NotFoundError
from data.incidents import Change, Order
from data.register_forms import Actor
from data.scope import SYSTEM, Connection, Scope, enter
from dispatch.incident import EventKind
from layers.registry import register_by_id
from layers.workflow import Party

CALLED_AT = dt.datetime(2026, 6, 10, 2, 0, tzinfo=dt.UTC)


def at(minutes: float) -> dt.datetime:
    return CALLED_AT + dt.timedelta(minutes=minutes)


@pytest.fixture
def row(city_connection: Connection) -> dict[str, Any]:
    """A drill that is planned for the day of the call."""
    found = city_connection.execute(
        "UPDATE drill SET planned_on = '2026-06-10' WHERE id = (SELECT min(id) FROM drill WHERE state = 'planned' AND owner_id IS NOT NULL)"
        " RETURNING id, code, owner_id, version, division_code, authority_code, (SELECT min(code) FROM rescue_station) AS station"
    ).fetchone()
    assert found is not None
    return dict(found)


def driven(connection: Connection, row: dict[str, Any], *, owner_id: int | None, minutes: float = 0) -> Order:
    """An order of the drill's district that was driven to its end and closed as no entrapment."""
    place = {name: row[name] for name in ("division_code", "authority_code")} | {
        "name": "演练",
        "owner_id": owner_id,
    }
    called = at(minutes)
    order = incidents.receive(connection, facts={}, told={}, place=place, at=called, now=called, actor="li")
    for after, kind, facts in (
        (1, EventKind.NOTIFIED, {"level": 1}), (2, EventKind.ACCEPTED, {}), (3, EventKind.EN_ROUTE, {}), (13.6, EventKind.ARRIVED, {}),
        (31, EventKind.FREED, {"persons_freed": 2}), (40, EventKind.CLOSED, {"outcome": "not_entrapment", "why": "演练"}),
    ):  # fmt: skip
        given = facts if kind is EventKind.CLOSED else {"station_code": row["station"]} | facts
        order = incidents.append(
            connection, order.code, [Change(kind, given, "li")], now=called + dt.timedelta(minutes=after)
        )
    return order


def correct(connection: Connection, order: Order, minutes: float) -> Order:
    facts = {"node": "arrived", "to": at(minutes).isoformat(), "why": "班组口述"}
    return incidents.append(connection, order.code, [Change(EventKind.CORRECTED, facts, "li")], now=at(60))


def owner_of(row: dict[str, Any]) -> Actor:
    return Actor(Scope("enterprise", "enterprise", (), row["owner_id"], may_write=True), Party.OWNER, at(120))


AUTHORITY = Actor(replace(SYSTEM, username="city"), Party.AUTHORITY, at(120))


def take(
    connection: Connection, row: dict[str, Any], order: Order, *steps: str, actor: Actor = AUTHORITY
) -> dict[str, Any]:
    shown = exercise_orders.preview(connection, row["id"], order.code)
    chosen = steps or tuple(one["id"] for one in shown["steps"] if one["is_suggested"])
    return exercise_orders.take(connection, row["id"], order.code, chosen, seen=shown["seen"], actor=actor)


def test_the_steps_are_shown_then_filled_from_the_orders_own_log(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    order = driven(city_connection, row, owner_id=None)
    assert order.code in {one["code"] for one in exercise_orders.candidates(city_connection, row["id"])}
    shown = {
        one["id"]: one for one in exercise_orders.preview(city_connection, row["id"], order.code)["steps"]
    }
    assert {name: one["at"] for name, one in shown.items() if one["at"] is not None} == {
        "began": at(0), "alarm": at(0), "notified": at(1), "turned_out": at(3), "first_team": at(13.6), "evacuated": at(31), "ended": at(40),
    }  # fmt: skip
    assert (shown["ordered"]["at"], shown["ordered"]["node"]) == (None, None)  # an order has no such step
    assert exercise_times.read(city_connection, row["id"])["times"] == {}  # the preview writes nothing
    found = take(city_connection, row, order)
    kept = found["row"]
    assert [kept[name] for name in ("alarm_min", "notified_min", "turned_out_min", "first_team_min", "ordered_min", "evacuated_min", "ended_min")] == [
        0.0, 1.0, 3.0, 13.6, None, 31.0, 40.0,
    ]  # fmt: skip
    assert kept["executed_on"] == dt.date(2026, 6, 10)
    assert kept["times_source"].startswith(f"{order.code} (")
    assert "首支队伍到场 First team on site = 到达现场 Arrived 10:13:36" in kept["times_source"]
    sources = exercise_orders.sources(city_connection, found["times"])
    assert (sources["first_team"]["code"], sources["first_team"]["node"]) == (order.code, "arrived")
    assert not any(one["is_corrected"] for one in sources.values())


def test_a_corrected_order_is_said_and_taken_again_only_by_hand_and_never_once_locked(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    order = driven(city_connection, row, owner_id=None)
    found = take(city_connection, row, order)
    order = correct(city_connection, order, 12)
    found = exercise_times.read(city_connection, row["id"])
    told = exercise_orders.sources(city_connection, found["times"])["first_team"]
    assert (found["times"]["first_team"]["at"], told["now_at"], told["is_corrected"]) == (
        at(13.6),
        at(12),
        True,
    )
    found = take(city_connection, row, order, "first_team")
    assert (found["row"]["first_team_min"], found["times"]["first_team"]["order_code"]) == (12.0, order.code)
    asked = {"executed_on": "2026-06-10", "people": 20, "first_team_min": 12.0, "evacuated_min": 31.0}
    register_moves.move(
        city_connection,
        register_by_id("drill"),
        row["id"],
        "execute",
        asked,
        note="",
        version=found["row"]["version"],
        actor=owner_of(row),
    )
    order = correct(city_connection, order, 11)
    with pytest.raises(ConflictError):
        take(city_connection, row, order, "first_team")
    found = exercise_times.read(city_connection, row["id"])
    told = exercise_orders.sources(city_connection, found["times"])["first_team"]
    assert (found["row"]["first_team_min"], told["now_at"], told["is_corrected"]) == (12.0, at(11), True)


def test_an_order_that_changed_since_it_was_shown_is_not_taken(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    order = driven(city_connection, row, owner_id=None)
    shown = exercise_orders.preview(city_connection, row["id"], order.code)
    correct(city_connection, order, 12)
    with pytest.raises(ConflictError, match="重新预览"):
        exercise_orders.take(
            city_connection, row["id"], order.code, ["began"], seen=shown["seen"], actor=AUTHORITY
        )


def test_a_step_pressed_by_hand_stays_unless_it_is_chosen_and_nothing_lies_before_the_beginning(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    enter(city_connection, owner_of(row).scope)
    pressed = replace(owner_of(row), now=at(2))
    exercise_times.press(city_connection, row["id"], "began", uuid.uuid4(), actor=pressed)
    enter(city_connection, SYSTEM)
    order = driven(city_connection, row, owner_id=None)
    shown = {
        one["id"]: one for one in exercise_orders.preview(city_connection, row["id"], order.code)["steps"]
    }
    assert (shown["began"]["is_suggested"], shown["began"]["standing_at"]) == (False, at(2))
    with pytest.raises(FormError, match="请一并选择“演练开始”"):
        take(city_connection, row, order, "alarm")
    found = take(city_connection, row, order, "first_team")
    assert found["row"]["first_team_min"] == 11.6  # from the beginning that was pressed
    assert found["times"]["began"]["order_code"] is None
    with pytest.raises(FormError, match="没有“下令疏散”的时间"):
        take(city_connection, row, order, "ordered")
    with pytest.raises(FormError, match="至少选择一个步骤"):
        exercise_orders.take(
            city_connection, row["id"], order.code, [], seen=order.incident.version, actor=AUTHORITY
        )
    found = exercise_times.correct(city_connection, row["id"], "first_team", dt.time(10, 10), actor=AUTHORITY)
    assert found["row"]["times_source"] is None  # written by hand: no order's any more


def test_an_enterprise_finds_and_takes_no_order_that_it_may_not_see(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    own = driven(city_connection, row, owner_id=row["owner_id"])
    other = driven(city_connection, row, owner_id=None, minutes=5)
    take(city_connection, row, other)
    enter(city_connection, owner_of(row).scope)
    codes = {one["code"] for one in exercise_orders.candidates(city_connection, row["id"])}
    assert own.code in codes
    assert other.code not in codes
    with pytest.raises(NotFoundError):
        exercise_orders.preview(city_connection, row["id"], other.code)
    with pytest.raises(NotFoundError):
        exercise_orders.take(
            city_connection,
            row["id"],
            other.code,
            ["began"],
            seen=other.incident.version,
            actor=owner_of(row),
        )
    # What its authority took is told it with the order's number, and nothing else of the order.
    times = exercise_times.read(city_connection, row["id"])["times"]
    told = exercise_orders.sources(city_connection, times)["first_team"]
    assert (told["code"], told["is_seen"], told["now_at"], told["is_corrected"]) == (
        other.code,
        False,
        None,
        False,
    )


def test_orders_of_another_day_or_district_are_not_offered(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    late = driven(city_connection, row, owner_id=None, minutes=60 * 60)
    place = city_connection.execute(
        "SELECT division_code, authority_code FROM drill WHERE left(division_code, 6) <> %s ORDER BY id LIMIT 1",
        [row["division_code"][:6]],
    ).fetchone()
    assert place is not None
    elsewhere = driven(city_connection, row | dict(place), owner_id=None)
    codes = {one["code"] for one in exercise_orders.candidates(city_connection, row["id"])}
    assert not codes & {late.code, elsewhere.code}
