"""Figures through the application: each opens its orders, as a book they are the same, bad questions are refused in words."""

from __future__ import annotations

import io
from typing import Any

import pytest
import python_calamine

from data.scope import SYSTEM
from data.store import Store


@pytest.fixture(scope="module")
def order(sign_in: Any, city_store: Store) -> dict[str, Any]:
    """One order that ran from the call to its end."""
    client = sign_in("dispatcher")
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code, left(e.division_code, 6) AS district FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 2 AND e.geom IS NOT NULL ORDER BY e.code DESC OFFSET 60 LIMIT 1"
        ).fetchone()
    assert row is not None
    made = client.post("/api/orders", json={"elevator_code": row["code"]}).get_json()
    for name, values in (
        ("notify", {}), ("accept", {}), ("arrive", {}), ("free", {"persons_freed": 3}), ("close", {"outcome": "freed"}),
    ):  # fmt: skip
        response = client.post(
            f"/api/orders/{made['code']}/{name}", json={"station_code": row["station_code"], **values}
        )
        assert response.status_code == 200, response.get_json()
    return {**row, "code": made["code"]}


def ask(client: Any, address: str) -> dict[str, Any]:
    response = client.get(address)
    assert response.status_code == 200, response.get_json()
    found: dict[str, Any] = response.get_json()
    return found


def test_every_figure_opens_the_orders_behind_it(sign_in: Any, order: dict[str, Any]) -> None:
    client = sign_in("city")
    body = ask(client, "/api/dispatch/figures?by=district")
    values = {f["id"]: f["value"] for f in body["figures"]}
    assert values["entrapments"] >= 1
    for figure in body["figures"]:
        assert figure["clock"]
        assert figure["definition"]
        behind = ask(client, figure["orders_url"])
        if figure["id"] in ("entrapments", "overtime", "accidents", "not_counted"):
            assert behind["total"] == figure["value"], figure["id"]
        if figure["id"].endswith("_rate_pct") and figure["id"] in ("answer_rate_pct", "arrival_rate_pct"):
            missed = ask(client, figure["orders_url"] + "&missed=1")["total"]
            assert figure["value"] == pytest.approx(100 * (1 - missed / behind["total"]))
    group = next(g for g in body["groups"] if g["key"] == order["district"])
    behind = ask(client, group["orders_url"])
    assert behind["total"] == group["values"]["entrapments"]
    assert order["code"] in [o["code"] for o in behind["orders"]]


def test_the_book_needs_the_right_to_export(sign_in: Any, order: dict[str, Any]) -> None:
    response = sign_in("city").get("/api/dispatch/figures?by=hour&format=xlsx")
    assert response.status_code == 200
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.get_data()))
    body = ask(sign_in("city"), "/api/dispatch/figures?by=hour")
    rows = {r[0]: r[1] for r in book.get_sheet_by_index(0).to_python()}
    for figure in body["figures"]:
        assert rows[figure["title"]] == ("" if figure["value"] is None else pytest.approx(figure["value"]))
    assert sign_in("wall").get("/api/dispatch/figures?format=xlsx").status_code == 403
    assert order["code"]


def test_days_include_the_last_and_divisions_narrow_down(sign_in: Any, order: dict[str, Any]) -> None:
    client = sign_in("city")
    today = ask(client, "/api/dispatch/figures")["at"][:10]
    body = ask(client, f"/api/dispatch/figures?from={today}&to={today}&division={order['district']}")
    assert body["to"][:10] > body["from"][:10]
    whole = ask(client, "/api/dispatch/figures")
    counts = [next(f["value"] for f in b["figures"] if f["id"] == "entrapments") for b in (body, whole)]
    assert counts[0] <= counts[1]
    assert body["elevators"] < whole["elevators"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("by=planet", 400, "不能按"),
        ("from=2026-02-01&to=2026-01-01", 400, "晚于起点"),
        ("from=sometime", 400, "无法理解"),
        ("division=999999", 404, "999999"),
        ("format=pdf", 400, "xlsx"),
    ],
)
def test_bad_questions_are_refused_in_words(sign_in: Any, query: str, status: int, words: str) -> None:
    response = sign_in("city").get(f"/api/dispatch/figures?{query}")
    assert response.status_code == status, response.get_json()
    assert words in response.get_json()["detail"]


@pytest.mark.parametrize("query", ["figure=fun", "group=440304", "figure=overtime&limit=0", "by=x"])
def test_bad_questions_about_orders_are_refused(sign_in: Any, query: str) -> None:
    assert sign_in("city").get(f"/api/dispatch/figures/orders?{query}").status_code == 400
