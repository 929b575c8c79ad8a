"""The joint proposal's routes: what is proposed can be accepted once, stale and impossible pairs are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from data.scope import SYSTEM
from data.store import Store


@pytest.fixture
def orders(sign_in: Any, city_store: Store) -> Any:
    """Two open calls; closed at the end."""
    client = sign_in("dispatcher")
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT e.code FROM elevator e JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty AND s.crew_count > 2"
            " AND e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
            " ORDER BY e.code DESC OFFSET 90 LIMIT 2"
        ).fetchall()
    codes = [client.post("/api/orders", json={"elevator_code": r["code"]}).get_json()["code"] for r in rows]
    yield codes
    for code in codes:
        client.post(f"/api/orders/{code}/close", json={"outcome": "not_entrapment", "why": "测试"})


def rows_of(client: Any, codes: list[str], query: str = "") -> list[dict[str, Any]]:
    response = client.get(f"/api/dispatch/proposal{query}")
    assert response.status_code == 200, response.get_json()
    body = response.get_json()
    assert body["status"] == "optimal"
    found = {o["order"]: o for o in body["orders"]}
    return [found[c] for c in codes]


def test_what_is_proposed_is_accepted_once(sign_in: Any, orders: list[str]) -> None:
    client = sign_in("dispatcher")
    rows = rows_of(client, orders)
    for row in rows:
        assert row["label"]
        assert row["chosen"]["travel_time_s"] > 0
        assert (row["later_s"] is None) == (row["alone"] is None)
    pairs = [
        {"order": r["order"], "station": r["chosen"]["station"], "version": r["version"], "request_key": f"joint-{r['order']}"}
        for r in rows
    ]  # fmt: skip
    plan = client.get("/api/dispatch/proposal").get_json()["plan"]
    done = client.post("/api/dispatch/proposal/accept", json={"pairs": pairs, "plan": plan}).get_json()
    assert done["done"] == 2, done
    log = client.get(f"/api/orders/{orders[0]}").get_json()["log"]
    assert any(f"合并指派 {plan}" in entry["text"] for entry in log)
    again = client.post("/api/dispatch/proposal/accept", json={"pairs": pairs}).get_json()
    assert [r["version"] for r in again["results"]] == [r["version"] for r in done["results"]]
    stale = [{**pairs[0], "request_key": "another-key"}]
    told = client.post("/api/dispatch/proposal/accept", json={"pairs": stale}).get_json()["results"][0]
    assert (told["is_done"], told["type"]) == (False, "conflict")
    order = client.get(f"/api/orders/{orders[0]}").get_json()
    assert len(order["assignments"]) == 1
    ahead = client.get("/api/dispatch/proposal").get_json()["orders"]
    assert not {o["order"] for o in ahead} & set(orders)


def test_one_bad_pair_keeps_the_others_from_nothing(sign_in: Any, orders: list[str]) -> None:
    client = sign_in("dispatcher")
    row = rows_of(client, orders)[1]
    pairs = [
        {"order": "KR20200101-00001", "station": "RS1"},
        {"order": orders[0], "station": "no such station"},
        {"order": orders[1], "station": row["chosen"]["station"]},
    ]
    results = client.post("/api/dispatch/proposal/accept", json={"pairs": pairs}).get_json()["results"]
    assert [r["is_done"] for r in results] == [False, False, True]
    assert [r.get("type") for r in results] == ["not-found", "not-found", None]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"pairs": []},
        {"pairs": [1]},
        {"pairs": [{"order": "x"}]},
        {"pairs": [{"station": "x"}]},
        {"pairs": [{"order": "a", "station": "b"}, {"order": "a", "station": "c"}]},
        {"pairs": [{"order": "a", "station": "b", "version": "x"}]},
        {"pairs": [{"order": f"{i}", "station": "b"} for i in range(201)]},
        {"pairs": [{"order": "a", "station": "b"}], "plan": "x"},
    ],
)
def test_bad_bodies_are_refused(sign_in: Any, body: Any) -> None:
    response = sign_in("dispatcher").post("/api/dispatch/proposal/accept", json=body)
    assert response.status_code == 400, response.get_json()


def test_only_dispatchers_are_proposed_to(sign_in: Any) -> None:
    for name in ("city", "enterprise", "maintainer", "wall"):
        assert sign_in(name).get("/api/dispatch/proposal").status_code == 403
        response = sign_in(name).post(
            "/api/dispatch/proposal/accept", json={"pairs": [{"order": "a", "station": "b"}]}
        )
        assert response.status_code == 403
    assert sign_in("dispatcher").get("/api/dispatch/proposal?reserve=99").status_code == 400
    assert rows_of(sign_in("dispatcher"), [], "?reserve=0&divert=1") == []
