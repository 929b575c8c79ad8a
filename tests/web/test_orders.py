"""The dispatcher's routes: a call to its end, bad input in words, nobody else's order, a request sent twice."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from data.database import Database
from data.scope import SYSTEM
from data.store import Store


@pytest.fixture(scope="module")
def elevators(city_store: Store) -> list[dict[str, Any]]:
    """Elevators on the roads whose bound station can be sent, in some districts."""
    with city_store.transaction(SYSTEM) as connection:
        return connection.execute(
            "SELECT e.code, e.rescue_code, e.name, e.unit_name, e.station_code, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat"
            " FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 2 AND e.rescue_code IS NOT NULL AND e.geom IS NOT NULL ORDER BY e.id DESC LIMIT 40"
        ).fetchall()


@pytest.fixture
def dispatcher(sign_in: Any) -> Any:
    return sign_in("dispatcher")


def take(client: Any, **values: Any) -> dict[str, Any]:
    response = client.post("/api/orders", json=values)
    assert response.status_code in (200, 201), response.get_json()
    return response.get_json()


def act(client: Any, code: str, name: str, **values: Any) -> dict[str, Any]:
    response = client.post(f"/api/orders/{code}/{name}", json=values)
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def test_six_digits_find_the_elevator_as_they_are_typed(
    dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    wanted = elevators[0]
    for length in (4, 5, 6):
        found = dispatcher.get(f"/api/elevators/find?q={wanted['rescue_code'][:length]}&limit=30").get_json()
        codes = [e["rescue_code"] for e in found["elevators"]]
        assert all(c.startswith(wanted["rescue_code"][:length]) for c in codes)
    assert found["elevators"][0]["code"] == wanted["code"]
    by_code = dispatcher.get(f"/api/elevators/find?q={wanted['code']}").get_json()["elevators"]
    assert [e["code"] for e in by_code] == [wanted["code"]]
    by_unit = dispatcher.get("/api/elevators/find", query_string={"q": wanted["unit_name"][:6]}).get_json()[
        "elevators"
    ]
    assert by_unit
    near = dispatcher.get(f"/api/elevators/find?lon={wanted['lon']}&lat={wanted['lat']}").get_json()[
        "elevators"
    ]
    assert near[0]["distance_m"] < 1
    assert [e["distance_m"] for e in near] == sorted(e["distance_m"] for e in near)


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE elevator; --", "<script>alert(1)</script>", "%", "\\", "& | !", "  "]
)
def test_odd_search_texts_find_nothing_and_break_nothing(dispatcher: Any, text: str) -> None:
    response = dispatcher.get("/api/elevators/find", query_string={"q": text})
    assert response.status_code == 200
    assert response.get_json()["elevators"] == []


def test_an_order_from_the_call_to_its_end(dispatcher: Any, elevators: list[dict[str, Any]]) -> None:
    wanted = elevators[1]
    order = take(
        dispatcher,
        elevator_code=wanted["code"],
        people_inside="2",
        caller_phone="138 0000 0001",
        caller_words="<b>救命</b>",
    )
    code, station = order["code"], wanted["station_code"]
    assert (order["state"], order["is_joined"], order["people_inside"]) == ("identified", False, 2)
    ranking = dispatcher.get(f"/api/orders/{code}/ranking").get_json()
    first = ranking["candidates"][0]
    assert (first["code"], first["is_bound"], first["level"]) == (station, True, 1)
    assert first["route"]["type"] == "LineString"
    assert sum(g["count"] for g in ranking["passed_over"]) + len(ranking["candidates"]) == ranking["total"]
    order = act(dispatcher, code, "notify", station_code=station, version=order["version"])
    assert order["state"] == "notified"
    sent = [m for m in order["messages"] if m["template"] == "sent"]
    assert {m["role"] for m in sent} == {"station_lead", "maintainer"}
    for name, values in (
        ("accept", {"responder": "王五"}), ("en-route", {}), ("arrive", {}), ("free", {"persons_freed": 2}),
    ):  # fmt: skip
        order = act(dispatcher, code, name, station_code=station, **values)
    assert order["state"] == "freed"
    assert [n["name"] for n in order["nodes"] if n["at"]] == [
        "received", "notified", "accepted", "en_route", "arrived", "freed",
    ]  # fmt: skip
    order = act(dispatcher, code, "close", outcome="freed")
    assert order["state"] == "closed"
    assert {c["name"]: c["state"] for c in order["clocks"]} == {
        "answer": "in_time", "arrival": "in_time", "trapped": "in_time",
    }  # fmt: skip
    closed = dispatcher.get("/api/orders?state=closed").get_json()["orders"]
    assert code in [o["code"] for o in closed]
    listed = dispatcher.get(f"/api/layers/incident/features?code={code}").get_json()
    assert [(row["values"]["code"], row["values"]["state"]) for row in listed["rows"]] == [(code, "已结束")]


def test_a_second_call_joins_and_a_request_sent_twice_is_one(
    dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    first = take(dispatcher, elevator_code=elevators[2]["code"], request_key="key-12345678")
    again = take(dispatcher, elevator_code=elevators[2]["code"], request_key="key-12345678")
    assert again["code"] == first["code"]
    second = take(dispatcher, elevator_code=elevators[2]["code"], caller_phone="13900000000")
    assert (second["code"], second["is_joined"], second["calls"]) == (first["code"], True, again["calls"] + 1)
    act(dispatcher, first["code"], "close", outcome="not_entrapment", why="误报")


def test_a_position_gives_an_order_that_can_be_identified_later(
    dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    wanted = elevators[3]
    order = take(dispatcher, lon=wanted["lon"], lat=wanted["lat"] + 0.01, address="某商场东门")
    assert order["elevator_code"] is None
    assert order["elevator_apart_m"] is None
    assert order["state"] == "identified"
    order = act(dispatcher, order["code"], "identify", elevator_code=wanted["code"], version=order["version"])
    assert order["elevator_code"] == wanted["code"]
    assert order["unit_name"] == wanted["unit_name"]
    # A hundredth of a degree of the meridian here, WGS-84: 1,107 m.
    assert order["elevator_apart_m"] == pytest.approx(1107.5, abs=1.0)
    act(dispatcher, order["code"], "close", outcome="duplicate", why="同一事件")


def test_an_address_alone_is_ranked_from_the_best_guess_and_marked(
    dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    place = elevators[7]["name"].rstrip("0123456789号梯").rstrip("0123456789栋")
    order = take(dispatcher, address=f"深圳市福田区{place}9栋")
    assert order["elevator_code"] is None
    assert order["is_guess"]
    assert order["place"]["from"] == "address"
    assert order["place"]["label"].startswith("按地址推测：")
    ranking = dispatcher.get(f"/api/orders/{order['code']}/ranking").get_json()
    advice = [a["name"] for a in ranking["advice"]]
    assert "position_is_a_guess" in advice
    assert "no_elevator" in advice
    assert "no_bound_station" not in advice, "nobody was told, and nobody says so"
    # Ranked from there, or said that no road is near: never silent.
    assert bool(ranking["candidates"]) != ("far_from_road" in advice)
    act(dispatcher, order["code"], "close", outcome="not_entrapment", why="测试")


def test_an_address_that_names_nothing_gives_an_order_without_a_place(dispatcher: Any) -> None:
    order = take(dispatcher, address="讲不清楚")
    assert (order["state"], order["lon"]) == ("received", None)
    ranking = dispatcher.get(f"/api/orders/{order['code']}/ranking").get_json()
    assert (ranking["is_unplaced"], ranking["candidates"]) == (True, [])
    anybody = ranking["passed_over"][0]
    assert "位置未知" in "".join(g["label"] for g in ranking["passed_over"]), anybody
    unplaced = next(g for g in ranking["passed_over"] if g["reason"] == "place_unknown")
    response = dispatcher.post(
        f"/api/orders/{order['code']}/notify", json={"station_code": unplaced["stations"][0]["code"]}
    )
    assert response.status_code == 400
    assert "位置" in response.get_json()["detail"]
    act(dispatcher, order["code"], "close", outcome="not_entrapment", why="无法联系")


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({}, 400, "电梯、位置或地址"),
        ({"elevator_code": "999"}, 404, "没有注册代码"),
        ({"address": "x", "caller_phone": "call me"}, 400, "不是电话号码"),
        ({"address": "x", "people_inside": "-3"}, 400, "0–100"),
        ({"address": "x", "people_inside": 1e9}, 400, "0–100"),
        ({"address": "x" * 301}, 400, "最多 300 字"),
        ({"address": "x\u0000"}, 400, "应为文字"),
        ({"lon": 22.5, "lat": 114.05}, 400, "经纬度"),
        ({"lon": "a", "lat": 1}, 400, "数字"),
        ({"address": "x", "request_key": "short"}, 400, "request_key"),
    ],
)
def test_bad_calls_are_refused_in_words(
    dispatcher: Any, values: dict[str, Any], status: int, words: str
) -> None:
    response = dispatcher.post("/api/orders", json=values)
    assert response.status_code == status, response.get_json()
    assert words in response.get_json()["detail"]


def test_steps_out_of_order_and_stale_ones_are_refused(
    dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    order = take(dispatcher, elevator_code=elevators[4]["code"])
    code, station = order["code"], elevators[4]["station_code"]
    cases = [
        ("arrive", {"station_code": station}, 409, "没有就本工单通知过"),
        ("free", {"station_code": station}, 400, "解救人数"),
        ("close", {"outcome": "freed"}, 409, "还没有解困记录"),
        ("close", {"outcome": "self_released"}, 409, "理由"),
        ("close", {"outcome": "sideways"}, 409, "选择工单的结果"),
        ("correct", {"node": "arrived", "to": "2020-01-01T10:00", "why": "x"}, 409, "还没有这个节点"),
        ("correct", {"node": "received", "to": "2999-01-01T00:00", "why": "x"}, 400, "超出范围"),
        ("correct", {"node": "received", "to": "2090-01-01T00:00", "why": "x"}, 409, "晚于现在"),
        ("raise", {"level": 9}, 400, "2 或 3"),
        ("decline", {"key": "2/late", "why": "x"}, 409, "没有这项"),
        ("dance", {}, 400, "没有 'dance' 这一步"),
        ("note", {"text": " "}, 400, "备注"),
        ("notify", {"station_code": station, "version": 1}, 409, "更新"),
    ]
    for name, values, status, words in cases:
        response = dispatcher.post(f"/api/orders/{code}/{name}", json=values)
        assert (response.status_code, words in response.get_json()["detail"]) == (status, True), (
            name, response.get_json(),
        )  # fmt: skip
    after = dispatcher.get(f"/api/orders/{code}").get_json()
    assert after["version"] == order["version"]
    act(dispatcher, code, "close", outcome="not_entrapment", why="测试")


def test_corrections_keep_the_old_time_in_the_log_and_never_turn_nodes_around(
    dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    wanted = elevators[5]
    order = take(dispatcher, elevator_code=wanted["code"])
    order = act(dispatcher, order["code"], "notify", station_code=wanted["station_code"])
    nodes = {n["name"]: n["at"] for n in order["nodes"]}
    response = dispatcher.post(
        f"/api/orders/{order['code']}/correct",
        json={"node": "notified", "to": "2020-01-01T00:00", "why": "x"},
    )
    assert response.status_code == 409
    assert "先后颠倒" in response.get_json()["detail"]
    order = act(
        dispatcher, order["code"], "correct", node="notified", to=nodes["received"], why="实际电话先行"
    )
    assert {n["name"]: n["at"] for n in order["nodes"]}["notified"] == nodes["received"]
    assert "实际电话先行" in order["log"][0]["text"]
    assert any(e["at"] == nodes["notified"] and e["kind"] == "notified" for e in order["log"])
    act(dispatcher, order["code"], "close", outcome="self_released", why="自行出来")


def test_only_dispatchers_change_orders_and_nobody_guesses_numbers(
    sign_in: Any, dispatcher: Any, elevators: list[dict[str, Any]]
) -> None:
    order = take(dispatcher, elevator_code=elevators[6]["code"])
    for name in ("city", "enterprise", "maintainer", "wall"):
        client = sign_in(name)
        assert client.post("/api/orders", json={"address": "x"}).status_code == 403
        assert client.post(f"/api/orders/{order['code']}/note", json={"text": "x"}).status_code == 403
    assert sign_in("enterprise").get(f"/api/orders/{order['code']}").status_code == 404
    wall = sign_in("wall").get(f"/api/orders/{order['code']}").get_json()
    assert wall["caller_words"] is None
    act(dispatcher, order["code"], "close", outcome="not_entrapment", why="测试")


def test_answers_come_in_the_language_of_the_page(dispatcher: Any, elevators: list[dict[str, Any]]) -> None:
    order = take(dispatcher, elevator_code=elevators[8]["code"])
    path = f"/api/orders/{order['code']}"
    assert dispatcher.get(path, headers={"Accept-Language": "en"}).get_json()["state_label"] == "Identified"
    assert (
        dispatcher.get(path, headers={"Accept-Language": "en-GB,en;q=0.9"}).get_json()["state_label"]
        == "已识别"
    )
    act(dispatcher, order["code"], "close", outcome="not_entrapment", why="测试")


STATEMENT = "'); DELETE FROM incident; --<script>alert(1)</script>{{7*7}}%s"


def test_statements_and_scripts_are_words_like_any_others(
    dispatcher: Any, elevators: list[dict[str, Any]], city_store: Store
) -> None:
    order = take(dispatcher, elevator_code=elevators[10]["code"], caller_words=STATEMENT)
    code, station = order["code"], elevators[10]["station_code"]
    assert order["caller_words"] == STATEMENT
    act(dispatcher, code, "notify", station_code=station)
    act(dispatcher, code, "accept", station_code=station, responder=STATEMENT[:60])
    act(dispatcher, code, "note", text=STATEMENT)
    order = act(dispatcher, code, "refuse", station_code=station, why=STATEMENT)
    assert sum(STATEMENT in entry["text"] for entry in order["log"]) >= 2
    order = act(dispatcher, code, "close", outcome="not_entrapment", why=STATEMENT)
    assert order["state"] == "closed"
    by_address = take(dispatcher, address=STATEMENT)
    assert by_address["address"] == STATEMENT
    act(dispatcher, by_address["code"], "close", outcome="not_entrapment", why="测试")
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT count(*) AS n FROM incident WHERE code = %s", [code]).fetchone()
    assert row == {"n": 1}


def test_a_station_without_maintainers_is_refused_with_the_reason(
    dispatcher: Any, elevators: list[dict[str, Any]], city_store: Store
) -> None:
    wanted = elevators[12]
    with city_store.transaction(SYSTEM) as connection:
        crew = connection.execute(
            "DELETE FROM responder WHERE station_code = %s RETURNING code, station_code, name, phone",
            [wanted["station_code"]],
        ).fetchall()
    assert crew
    try:
        order = take(dispatcher, elevator_code=wanted["code"])
        response = dispatcher.post(
            f"/api/orders/{order['code']}/notify", json={"station_code": wanted["station_code"]}
        )
        assert response.status_code == 400
        assert "没有登记维保工" in response.get_json()["detail"]
        after = dispatcher.get(f"/api/orders/{order['code']}").get_json()
        assert (after["version"], after["state"]) == (order["version"], "identified")
        assert not [m for m in after["messages"] if m["template"] == "sent"]
        act(dispatcher, order["code"], "close", outcome="not_entrapment", why="测试")
    finally:
        with city_store.transaction(SYSTEM) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO responder (code, station_code, name, phone) VALUES (%(code)s, %(station_code)s, %(name)s, %(phone)s)",
                crew,
            )


def test_lost_database_connections_lose_and_double_no_step(
    dispatcher: Any, elevators: list[dict[str, Any]], city_database: Database
) -> None:
    wanted = elevators[14]
    order = take(dispatcher, elevator_code=wanted["code"])
    code = order["code"]
    for at, (name, values) in enumerate(
        [("notify", {}), ("accept", {}), ("en-route", {}), ("arrive", {}), ("free", {"persons_freed": 1})]
    ):
        with psycopg.connect(city_database.superuser or "", autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [city_database.name],
            )
        body = {"station_code": wanted["station_code"], "request_key": f"lost-connection-{at}", **values}
        # Each connection of the pool may be a lost one: the answer is 503 until all are made anew.
        answers = [dispatcher.post(f"/api/orders/{code}/{name}", json=body) for _ in range(12)]
        assert {a.status_code for a in answers} <= {200, 503}, [a.get_json() for a in answers]
        assert answers[-1].status_code == 200
    order = act(dispatcher, code, "close", outcome="freed")
    kinds = [e["kind"] for e in order["log"]]
    for kind in ("notified", "accepted", "en_route", "arrived", "freed", "closed"):
        assert kinds.count(kind) == 1, kinds
