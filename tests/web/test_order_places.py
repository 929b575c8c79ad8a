"""Where an order is and which elevator it is about: said later, corrected, guessed; and two orders that are one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from data.scope import SYSTEM
from data.store import Store
from tests.web.test_orders import act, take


@pytest.fixture
def dispatcher(sign_in: Any) -> Any:
    return sign_in("dispatcher")


@pytest.fixture
def fresh(city_store: Store) -> list[dict[str, Any]]:
    """Elevators without any order whose bound station can be sent."""
    with city_store.transaction(SYSTEM) as connection:
        return connection.execute(
            "SELECT e.code, e.rescue_code, e.name, e.address, e.unit_name, e.station_code, e.division_code, ST_X(e.geom) AS lon,"
            " ST_Y(e.geom) AS lat FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 2 AND e.rescue_code IS NOT NULL AND e.geom IS NOT NULL AND s.geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id DESC LIMIT 6"
        ).fetchall()


@pytest.fixture
def unplaced(city_store: Store, fresh: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """An elevator that nobody has put on the map, nor any other of its unit."""
    wanted = fresh[0]
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE elevator SET geom = NULL, position_quality = 'none', address = NULL, unit_name = '无名单位' WHERE code = %s",
            [wanted["code"]],
        )
    yield wanted
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE elevator SET geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), position_quality = 'given',"
            " address = %(address)s, unit_name = %(unit_name)s WHERE code = %(code)s",
            wanted,
        )


def end(client: Any, code: str) -> None:
    act(client, code, "close", outcome="not_entrapment", why="测试")


def test_an_elevator_without_a_position_is_guessed_and_says_by_what(
    dispatcher: Any, unplaced: dict[str, Any], fresh: list[dict[str, Any]], city_store: Store
) -> None:
    order = take(dispatcher, elevator_code=unplaced["code"])
    assert order["lon"] is not None
    assert order["is_guess"]
    assert order["place"]["from"] == "division"
    end(dispatcher, order["code"])
    other = fresh[1]
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE elevator SET unit_name = %s WHERE code = %s", [other["unit_name"], unplaced["code"]]
        )
    order = take(dispatcher, elevator_code=unplaced["code"])
    assert order["place"]["from"] == "unit"
    end(dispatcher, order["code"])
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE elevator SET address = %s WHERE code = %s", [other["name"], unplaced["code"]]
        )
    order = take(dispatcher, elevator_code=unplaced["code"])
    assert order["place"]["from"] == "address"
    assert order["place"]["label"].startswith("按地址推测：")
    ranking = dispatcher.get(f"/api/orders/{order['code']}/ranking").get_json()
    assert "position_is_a_guess" in [a["name"] for a in ranking["advice"]]
    end(dispatcher, order["code"])


def test_the_position_of_the_caller_goes_before_the_elevators(
    dispatcher: Any, fresh: list[dict[str, Any]]
) -> None:
    wanted = fresh[2]
    order = take(dispatcher, elevator_code=wanted["code"], lon=wanted["lon"] + 0.001, lat=wanted["lat"])
    assert (order["lon"], order["place"]["from"], order["is_guess"]) == (
        pytest.approx(wanted["lon"] + 0.001), "given", False,
    )  # fmt: skip
    assert order["division_code"] == wanted["division_code"]
    end(dispatcher, order["code"])


def test_a_clicked_position_is_not_lost_when_the_elevator_has_none(
    dispatcher: Any, unplaced: dict[str, Any]
) -> None:
    order = take(dispatcher, lon=unplaced["lon"], lat=unplaced["lat"], address="某楼")
    order = act(
        dispatcher, order["code"], "identify", elevator_code=unplaced["code"], version=order["version"]
    )
    assert order["elevator_code"] == unplaced["code"]
    assert (order["lon"], order["lat"]) == (pytest.approx(unplaced["lon"]), pytest.approx(unplaced["lat"]))
    assert (order["place"]["from"], order["is_guess"]) == ("given", False)
    end(dispatcher, order["code"])


def test_an_order_is_placed_by_figures_or_by_what_was_pasted_and_the_log_says_by_whom(
    dispatcher: Any, fresh: list[dict[str, Any]], sign_in: Any
) -> None:
    wanted = fresh[3]
    order = take(dispatcher, address="讲不清楚")
    assert order["lon"] is None
    placed = act(
        dispatcher, order["code"], "place", lon=wanted["lon"], lat=wanted["lat"], version=order["version"]
    )
    assert (placed["state"], placed["place"]["from"]) == ("identified", "given")
    assert placed["division_code"] == wanted["division_code"]
    newest = placed["log"][0]
    assert (newest["kind"], newest["actor"], newest["label"]) == ("placed", "dispatcher", "标定位置")
    assert f"{wanted['lon']:.6f}" in newest["text"]
    ranking = dispatcher.get(f"/api/orders/{order['code']}/ranking").get_json()
    assert ranking["candidates"]
    pasted = act(dispatcher, order["code"], "place", position=f"{wanted['lon']},{wanted['lat']}", crs="gcj02")
    moved = abs(pasted["lon"] - wanted["lon"]) + abs(pasted["lat"] - wanted["lat"])
    assert 0.001 < moved < 0.02, "another datum is another place"
    for body, words in (
        ({"position": "讲不清楚"}, "无法理解"),
        ({"lon": wanted["lat"], "lat": wanted["lon"]}, "经纬度"),
        ({}, "数字"),
    ):
        response = dispatcher.post(f"/api/orders/{order['code']}/place", json=body)
        assert response.status_code == 400, response.get_json()
        assert words in response.get_json()["detail"]
    stale = dispatcher.post(
        f"/api/orders/{order['code']}/place",
        json={"lon": wanted["lon"], "lat": wanted["lat"], "version": 1},
    )
    assert stale.status_code == 409
    refused = sign_in("district").post(
        f"/api/orders/{order['code']}/place", json={"lon": wanted["lon"], "lat": wanted["lat"]}
    )
    assert refused.status_code == 403
    end(dispatcher, order["code"])
    closed = dispatcher.post(
        f"/api/orders/{order['code']}/place", json={"lon": wanted["lon"], "lat": wanted["lat"]}
    )
    assert closed.status_code == 409


def test_the_bound_station_can_be_told_though_nobody_knows_the_place(
    dispatcher: Any, unplaced: dict[str, Any], city_store: Store
) -> None:
    order = take(dispatcher, elevator_code=unplaced["code"])
    code = order["code"]
    with city_store.transaction(
        SYSTEM
    ) as connection:  # as an order loaded without any outline of divisions has it
        connection.execute(
            "UPDATE incident SET geom = NULL, position_quality = 'none' WHERE code = %s", [code]
        )
    ranking = dispatcher.get(f"/api/orders/{code}/ranking").get_json()
    assert ranking["is_unplaced"]
    assert [c["code"] for c in ranking["candidates"]] == [unplaced["station_code"]]
    first = ranking["candidates"][0]
    assert (first["travel_time_s"], first["is_bound"]) == (None, True)
    assert "no_arrival_time" in [c["name"] for c in first["cautions"]]
    assert "no_place" in [a["name"] for a in ranking["advice"]]
    assert {g["reason"] for g in ranking["passed_over"]} >= {"place_unknown"}
    order = act(dispatcher, code, "notify", station_code=unplaced["station_code"], version=order["version"])
    assert order["assignments"][0]["eta_at"] is None
    assert "到达时间未知" in order["log"][0]["text"]
    with city_store.transaction(SYSTEM) as connection:
        bodies = connection.execute(
            "SELECT o.body FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s AND m.template = 'sent'",
            [code],
        ).fetchall()
    assert bodies
    assert not any("分钟" in row["body"] for row in bodies)
    # As soon as somebody says where it is, there is a forecast.
    order = act(dispatcher, code, "place", lon=unplaced["lon"], lat=unplaced["lat"])
    assert order["assignments"][0]["eta_at"] is not None
    end(dispatcher, code)


def test_identifying_finds_the_open_order_of_the_elevator_and_the_dispatcher_decides(
    dispatcher: Any, fresh: list[dict[str, Any]]
) -> None:
    wanted = fresh[4]
    path = "/api/orders/{}/identify"
    older = take(dispatcher, elevator_code=wanted["code"], people_inside="1")
    newer = take(dispatcher, address="讲不清楚", people_inside="3", injured="1", caller_phone="13900000001")
    response = dispatcher.post(path.format(newer["code"]), json={"elevator_code": wanted["code"]})
    assert response.status_code == 409
    assert older["code"] in response.get_json()["detail"]
    wrong = dispatcher.post(path.format(newer["code"]), json={"elevator_code": wanted["code"], "merge": "x"})
    assert wrong.status_code == 400
    stale = dispatcher.post(
        path.format(newer["code"]), json={"elevator_code": wanted["code"], "merge": "into", "version": 99}
    )
    assert stale.status_code == 409
    joined = act(dispatcher, newer["code"], "identify", elevator_code=wanted["code"], merge="into")
    assert (joined["code"], joined["calls"], joined["people_inside"], joined["injured"]) == (
        older["code"], 2, 3, 1,
    )  # fmt: skip
    ended = dispatcher.get(f"/api/orders/{newer['code']}").get_json()
    assert (ended["state"], ended["outcome"]) == ("closed", "duplicate")
    assert older["code"] in ended["log"][0]["text"]
    # The other way: the one at hand goes on.
    third = take(dispatcher, address="讲不清楚")
    kept = act(dispatcher, third["code"], "identify", elevator_code=wanted["code"], merge="from")
    assert (kept["code"], kept["elevator_code"], kept["calls"]) == (third["code"], wanted["code"], 3)
    assert dispatcher.get(f"/api/orders/{older['code']}").get_json()["outcome"] == "duplicate"
    open_for = dispatcher.get(f"/api/elevators/find?q={wanted['rescue_code']}").get_json()["elevators"][0]
    assert open_for["open_order"] == third["code"], "one order of the elevator is open"
    end(dispatcher, third["code"])


def test_who_was_told_of_an_unbound_elevator_is_said_as_it_is(
    dispatcher: Any, fresh: list[dict[str, Any]], city_store: Store, sign_in: Any
) -> None:
    wanted = fresh[5]
    with city_store.transaction(SYSTEM) as connection:
        lead = connection.execute(
            "SELECT c.unit_id, c.emergency_lead_name AS name, c.emergency_lead_phone AS phone FROM elevator e"
            " JOIN maintenance_company c ON c.unit_id = e.owner_id WHERE e.code = %s",
            [wanted["code"]],
        ).fetchone()
        assert lead is not None
        connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [wanted["code"]])

    def advice(code: str, client: Any = dispatcher) -> str:
        found = client.get(f"/api/orders/{code}/ranking").get_json()["advice"]
        return next(a["label"] for a in found if a["name"] == "no_bound_station")

    try:
        order = take(dispatcher, elevator_code=wanted["code"])
        code = order["code"]
        assert [m["template"] for m in order["messages"] if m["role"] == "emergency_lead"] == ["no_station"]
        assert (order["lead"]["name"], order["lead"]["phone"]) == (lead["name"], lead["phone"])
        words = advice(code)
        assert lead["name"] in words
        assert lead["phone"] in words
        assert "短信" in words
        assert "已短信告知" not in words, "it waits to be sent"
        wall = sign_in("wall").get(f"/api/orders/{code}").get_json()["lead"]
        assert lead["phone"] not in str(wall)
        for state, expected in (("sent", "已短信告知"), ("failed", "短信发送失败")):
            with city_store.transaction(SYSTEM) as connection:
                connection.execute(
                    "UPDATE outbox SET state = %s WHERE idempotency_key = %s",
                    [state, f"incident/{code}/lead/{wanted['code']}"],
                )
            assert expected in advice(code)
        failed = dispatcher.get(f"/api/orders/{code}").get_json()
        assert [m["state"] for m in failed["messages"] if m["role"] == "emergency_lead"] == ["failed"]
        end(dispatcher, code)
        with city_store.transaction(SYSTEM) as connection:
            connection.execute(
                "UPDATE maintenance_company SET emergency_lead_name = NULL, emergency_lead_phone = NULL WHERE unit_id = %s",
                [lead["unit_id"]],
            )
        order = take(dispatcher, elevator_code=wanted["code"])
        assert "没有人被告知" in advice(order["code"])
        assert not [m for m in order["messages"] if m["role"] == "emergency_lead"]
        end(dispatcher, order["code"])
    finally:
        with city_store.transaction(SYSTEM) as connection:
            connection.execute(
                "UPDATE elevator SET station_code = %s WHERE code = %s",
                [wanted["station_code"], wanted["code"]],
            )
            connection.execute(
                "UPDATE maintenance_company SET emergency_lead_name = %(name)s, emergency_lead_phone = %(phone)s"
                " WHERE unit_id = %(unit_id)s",
                lead,
            )
