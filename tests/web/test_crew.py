"""The crew's link: opened on a device, moved to the end, sent again, opened twice, guessed, and after the order has closed."""

from __future__ import annotations

import io
from typing import Any

import pytest

from data.scope import SYSTEM
from data.store import Store
from web.api.crew import HEADER

HEADERS = {HEADER: "1"}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Crew:
    """One telephone."""

    def __init__(self, application: Any, name: str = "phone") -> None:
        self.client = application.test_client()
        self.client.environ_base["HTTP_X_ONEMAP_CREW"] = "1"
        self.client.environ_base["HTTP_USER_AGENT"] = name

    def open(self, code: str) -> Any:
        return self.client.post("/api/crew/session", json={"code": code})

    def act(self, name: str, **values: Any) -> Any:
        return self.client.post(f"/api/crew/act/{name}", json=values)

    def order(self) -> Any:
        return self.client.get("/api/crew/order")


@pytest.fixture
def sent(sign_in: Any, city_store: Store) -> Any:
    """An order whose bound station was told: its number, and the codes its people got."""
    dispatcher = sign_in("dispatcher")
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty"
            " AND s.crew_count > 2 AND e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
            " ORDER BY e.id LIMIT 1"
        ).fetchone()
    assert row is not None
    order = dispatcher.post("/api/orders", json={"elevator_code": row["code"], "people_inside": 2}).get_json()
    order = dispatcher.post(
        f"/api/orders/{order['code']}/notify", json={"station_code": row["station_code"]}
    ).get_json()
    with city_store.transaction(SYSTEM) as connection:
        codes = [
            r["secret"].split("#")[1]
            for r in connection.execute(
                "SELECT o.secret FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
                " WHERE m.incident_code = %s AND o.secret IS NOT NULL ORDER BY m.id",
                [order["code"]],
            )
        ]
    yield dispatcher, order["code"], row["station_code"], codes
    dispatcher.post(f"/api/orders/{order['code']}/close", json={"outcome": "not_entrapment", "why": "test"})


def test_the_service_worker_is_bound_to_the_crews_page(application: Any) -> None:
    response = application.test_client().get("/crew/worker.js")
    assert response.status_code == 200
    assert response.content_type.startswith("text/javascript")
    assert response.headers["Service-Worker-Allowed"] == "/crew"
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_link_is_opened_and_the_order_moved_to_its_end(application: Any, sent: Any) -> None:
    dispatcher, code, _, codes = sent
    phone = Crew(application)
    page = phone.client.get("/crew")
    assert page.status_code == 200
    assert code not in page.get_data(as_text=True)
    assert phone.order().status_code == 401
    body = phone.open(codes[0]).get_json()
    assert (body["code"], body["state"], body["people_inside"]) == (code, "notified", 2)
    for name, values, state in (
        ("accept", {}, "accepted"), ("en-route", {}, "en_route"), ("arrive", {}, "on_scene"),
        ("free", {"persons_freed": "2"}, "freed"),
    ):  # fmt: skip
        response = phone.act(name, **values)
        assert (response.status_code, response.get_json()["state"]) == (200, state), response.get_json()
    order = dispatcher.get(f"/api/orders/{code}").get_json()
    assert (order["state"], order["persons_freed"]) == ("freed", 2)
    assert order["assignments"][0]["responder"]


def test_steps_queued_without_a_network_keep_their_times_and_are_taken_once(
    application: Any, sent: Any
) -> None:
    dispatcher, code, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])
    key = "queued-step-0001"
    first = phone.act("accept", age_s=0, request_key=key)
    again = phone.act("accept", age_s=30, request_key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    order = dispatcher.get(f"/api/orders/{code}").get_json()
    assert [e["kind"] for e in order["log"]].count("accepted") == 1
    # An hour offline by a clock that is wrong: the node never lies before the one before it.
    phone.act("en-route", age_s=3600, request_key="queued-step-0002")
    times = dispatcher.get(f"/api/orders/{code}").get_json()["assignments"][0]["times"]
    assert times["notified"] <= times["accepted"] <= times["en_route"]


def test_a_second_device_is_noted_and_the_recipient_is_told(
    application: Any, sent: Any, city_store: Store
) -> None:
    dispatcher, code, _, codes = sent
    Crew(application, "first").open(codes[0])
    assert Crew(application, "second").open(codes[0]).status_code == 200
    order = dispatcher.get(f"/api/orders/{code}").get_json()
    assert any(
        e["kind"] == "noted" and "第" not in e["actor"] and "另一台设备" in e["text"] for e in order["log"]
    )
    with city_store.transaction(SYSTEM) as connection:
        told = connection.execute(
            "SELECT recipient FROM outbox WHERE idempotency_key LIKE %s", [f"incident/{code}/device/%"]
        ).fetchall()
    assert len(told) == 1
    # It stands among the order's messages, to the one whose link it was, namesakes or not.
    sent_to = next(m for m in reversed(order["messages"]) if m["template"] == "sent")
    note = [m for m in order["messages"] if m["template"] == "other_device"]
    assert [(m["recipient"], m["role"], m["recipient_name"]) for m in note] == [
        (told[0]["recipient"], sent_to["role"], sent_to["recipient_name"])
    ]
    assert told[0]["recipient"] == sent_to["recipient"]


def test_the_first_device_reads_that_another_one_opened_the_link(application: Any, sent: Any) -> None:
    _, _, _, codes = sent
    first, second = Crew(application, "first"), Crew(application, "second")
    first.open(codes[0])
    assert first.order().get_json()["other_device_at"] is None
    second.open(codes[0])
    assert first.order().get_json()["other_device_at"] is not None
    assert second.order().get_json()["other_device_at"] is None
    other = Crew(application, "colleague")
    other.open(codes[1])
    assert other.order().get_json()["other_device_at"] is None, "a link of their own"


def test_of_two_namesakes_the_one_whose_link_it_is_is_told(
    application: Any, sent: Any, city_store: Store
) -> None:
    _, code, _, codes = sent
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE incident_message SET recipient_name = '王五' WHERE incident_code = %s", [code]
        )
        connection.execute("UPDATE crew_link SET responder_name = '王五' WHERE incident_code = %s", [code])
        wanted = connection.execute(
            "SELECT o.recipient FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s AND o.secret LIKE %s",
            [code, f"%#{codes[0]}"],
        ).fetchone()
    Crew(application, "first").open(codes[0])
    Crew(application, "second").open(codes[0])
    with city_store.transaction(SYSTEM) as connection:
        told = connection.execute(
            "SELECT recipient FROM outbox WHERE idempotency_key LIKE %s", [f"incident/{code}/device/%"]
        ).fetchall()
    assert told == [wanted]


def test_a_picture_sent_again_with_its_key_is_attached_once(application: Any, sent: Any) -> None:
    dispatcher, code, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])

    def send(**values: str) -> Any:
        return phone.client.post(
            "/api/crew/photo", data={"photo": (io.BytesIO(PICTURE), "scene.png"), **values}
        )

    first = send(request_key="picture-0001", age_s="120")
    again = send(request_key="picture-0001", age_s="150")
    assert (first.status_code, again.status_code) == (201, 201), again.get_json()
    assert (first.get_json()["photos"], again.get_json()["photos"]) == (1, 1)
    order = dispatcher.get(f"/api/orders/{code}").get_json()
    assert len(order["attachments"]) == 1
    notes = [e for e in order["log"] if "现场照片" in e["text"]]
    assert len(notes) == 1
    assert notes[0]["at"] <= notes[0]["recorded_at"]
    assert send(request_key="picture-0002").get_json()["photos"] == 2
    assert send(request_key="x").status_code == 400
    assert send(request_key="picture-0003", age_s="ages").status_code == 400


@pytest.mark.parametrize("code", ["", "x", "A" * 22, "'; --", "🚒"])
def test_guessed_codes_open_nothing(application: Any, code: str) -> None:
    response = Crew(application).open(code)
    assert response.status_code in (400, 404)


def test_a_code_is_kept_as_its_digest_only(sent: Any, city_store: Store) -> None:
    _, _, _, codes = sent
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT string_agg(encode(code_hash, 'escape'), ' ') AS all FROM crew_link"
        ).fetchone()
        bodies = connection.execute("SELECT string_agg(body, ' ') AS all FROM outbox").fetchone()
    for code in codes:
        assert len(code) >= 22  # 128 bits in base64
        assert code not in row["all"]
        assert code not in bodies["all"]


def test_one_link_reaches_one_order_and_one_station(application: Any, sent: Any) -> None:
    _, code, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])
    assert phone.client.get(f"/api/orders/{code}").status_code == 401
    assert phone.client.get("/api/search?q=1").status_code == 401
    assert phone.client.post(f"/api/orders/{code}/note", json={"text": "x"}).status_code == 401


def test_the_session_ends_with_the_order(application: Any, sent: Any) -> None:
    dispatcher, code, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])
    dispatcher.post(f"/api/orders/{code}/close", json={"outcome": "self_released", "why": "自行出来"})
    assert phone.order().status_code == 404
    assert phone.act("accept").status_code == 404
    ended = Crew(application).open(codes[0])
    assert ended.status_code == 404
    assert "工单已结束" in ended.get_json()["detail"]


def test_a_named_order_is_moved_and_no_other(application: Any, sent: Any) -> None:
    _, code, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])
    phone.client.environ_base["HTTP_X_ONEMAP_CREW"] = code
    assert phone.order().get_json()["code"] == code
    # A page that shows another order is not answered with this one.
    phone.client.environ_base["HTTP_X_ONEMAP_CREW"] = f"{code}9"
    assert phone.order().status_code == 401
    assert phone.act("accept").status_code == 401
    phone.client.environ_base["HTTP_X_ONEMAP_CREW"] = "1; x"
    assert phone.act("accept").status_code == 403


def test_requests_without_the_header_are_refused(application: Any, sent: Any) -> None:
    _, _, _, codes = sent
    client = application.test_client()
    assert client.post("/api/crew/session", json={"code": codes[0]}).status_code == 403
    assert client.post("/api/crew/session", json={"code": codes[0]}, headers=HEADERS).status_code == 200
    assert client.post("/api/crew/act/accept", json={}).status_code == 403


def test_positions_move_the_forecast_and_bad_ones_are_refused(
    application: Any, sent: Any, city_store: Store
) -> None:
    dispatcher, code, station, codes = sent
    phone = Crew(application)
    place = phone.open(codes[0]).get_json()
    phone.act("accept")
    before = dispatcher.get(f"/api/orders/{code}").get_json()["assignments"][0]["eta_at"]
    near = phone.client.post(
        "/api/crew/position", json={"lon": place["lon"], "lat": place["lat"], "accuracy_m": 12, "age_s": 1}
    )
    assert near.status_code == 200, near.get_json()
    after = dispatcher.get(f"/api/orders/{code}").get_json()["assignments"][0]
    assert after["eta_at"] < before
    assert after["first_eta_at"] == before  # what was promised is kept beside
    for bad in (
        {"lon": "x", "lat": 1},
        {"lon": 22.5, "lat": 114},
        {"lon": 114, "lat": 22.5, "age_s": -5},
        {},
    ):
        assert phone.client.post("/api/crew/position", json=bad).status_code == 400
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM crew_position WHERE incident_code = %s", [code]
        ).fetchone()
    assert row == {"n": 1}
    del station


def test_photos_are_pictures_and_not_huge(application: Any, sent: Any) -> None:
    _, _, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])

    def send(content: bytes, name: str) -> Any:
        response = phone.client.post("/api/crew/photo", data={"photo": (io.BytesIO(content), name)})
        response.request.environ["wsgi.input"].close()  # the test client leaves its file of a large body open
        return response

    png = b"\x89PNG\r\n\x1a\n" + b"0" * 64
    assert send(png, "a.png").get_json()["photos"] == 1
    for content, name, words in (
        (b"MZ" + b"0" * 64, "a.png", "不接受"), (b"%PDF-1.4", "a.pdf", "只接受照片"),
        (png + b"0" * (20 * 1024 * 1024), "big.png", "超过"),
    ):  # fmt: skip
        response = send(content, name)
        assert response.status_code in (400, 413, 422)
        assert words in response.get_json()["detail"]


def test_steps_that_do_not_fit_are_refused_in_words(application: Any, sent: Any) -> None:
    _, _, _, codes = sent
    phone = Crew(application)
    phone.open(codes[0])
    for name, values, status in (
        ("free", {"persons_freed": 1}, 409), ("free", {}, 400), ("refuse", {}, 400), ("dance", {}, 400),
        ("accept", {"age_s": "x"}, 400), ("accept", {"request_key": "no"}, 400),
    ):  # fmt: skip
        assert phone.act(name, **values).status_code == status, name


def test_a_link_ends_by_itself(application: Any, sent: Any, city_store: Store) -> None:
    _, code, _, codes = sent
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("UPDATE crew_link SET expires_at = '2026-01-01' WHERE incident_code = %s", [code])
    response = Crew(application).open(codes[0])
    assert response.status_code == 404
    assert "已过期" in response.get_json()["detail"]
