"""The enterprise's page over HTTP: surroundings beside brute force, kept fresh, its file, and what others see."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data.database import Database
from data.scope import SYSTEM
from data.store import Store
from tests.registered import register_one
from web.application import create_app
from web.enterprise_answers import registered
from web.sample_accounts import SAMPLE_PASSWORD
from web.settings import Settings

Client = Callable[[str], Any]


@pytest.fixture
def mine(sign_in: Client) -> tuple[Any, int]:
    """The sample enterprise's client, and its own enterprise."""
    client = sign_in("enterprise")
    return client, client.get("/api/enterprises/own").get_json()["enterprises"][0]["id"]


def _around(client: Any, enterprise_id: int, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/enterprises/{enterprise_id}/surroundings", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def test_what_is_within_a_radius_is_what_geodesics_say(mine: tuple[Any, int], city_store: Store) -> None:
    """Beside a naive scan of every row under the enterprise's own eyes."""
    client, number = mine
    body = _around(client, number, radius_m=8000)
    at = body["enterprise"]
    expected = set()
    with city_store.transaction(SYSTEM) as connection:
        owner = connection.execute("SELECT owner_id FROM enterprise WHERE id = %s", [number]).fetchone()
        assert owner is not None
        for table in ("rescue_resource", "rescue_supply"):
            rows = connection.execute(
                f"SELECT code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM {table} WHERE geom IS NOT NULL AND (is_public OR owner_id = %s)".encode(),
                [owner["owner_id"]],
            ).fetchall()
            expected |= {(table, r["code"]) for r in rows if _metres(at, r) <= 8000}
    assert {(r["layer"], r["code"]) for r in body["rows"]} == expected
    assert body["total"] == len(expected) == sum(c["n"] for c in body["counts"])
    for row in body["rows"]:
        assert row["straight_m"] == pytest.approx(_metres(at, row), abs=1)


def _metres(a: dict[str, Any], b: dict[str, Any]) -> float:
    from pyproj import Geod

    return float(Geod(ellps="WGS84").inv(a["lon"], a["lat"], b["lon"], b["lat"])[2])


def test_travel_times_are_those_of_the_ranking_and_the_nearest_come_first(mine: tuple[Any, int]) -> None:
    client, number = mine
    at_time = "2026-11-24T08:30"
    body = _around(client, number, minutes=25, at_time=at_time)
    times = [row["travel_time_s"] for row in body["rows"]]
    assert times == sorted(times)
    assert max(times) <= 25 * 60
    at = body["enterprise"]
    ranked = client.get(
        "/api/nearest",
        query_string={"kind": "hospital", "k": 5, "lon": at["lon"], "lat": at["lat"], "at_time": at_time},
    ).get_json()["candidates"]
    hospital = next(r for r in body["nearest"] if r["kind"] == "hospital")
    assert hospital["code"] == ranked[0]["code"]
    assert hospital["travel_time_s"] == pytest.approx(ranked[0]["travel_time_s"], abs=1)
    fewer = _around(client, number, minutes=5, at_time=at_time)
    assert {r["code"] for r in fewer["rows"]} <= {r["code"] for r in body["rows"]}
    both = _around(client, number, minutes=25, radius_m=3000, at_time=at_time)
    assert {r["code"] for r in both["rows"]} == {r["code"] for r in body["rows"] if _metres(at, r) <= 3000}


def test_a_new_resource_is_there_at_once_and_found_by_its_name(
    mine: tuple[Any, int], sign_in: Client
) -> None:
    client, number = mine
    at = _around(client, number)["enterprise"]
    row = sign_in("city").post(
        "/api/registers/rescue_resource/rows",
        json={"name": "刚登记的堵漏专业队", "kind": "rescue_team", "contact_phone": "13800009999",
              "position_text": f"{at['lon'] + 0.001:.6f}, {at['lat']:.6f}", "crs": "wgs84"},
    ).get_json()  # fmt: skip
    client = sign_in("enterprise")
    found = _around(client, number, q="刚登记", radius_m=2000)
    assert [r["code"] for r in found["rows"]] == [row["code"]]
    assert found["rows"][0]["phone"] == "13800009999"
    assert found["told"][0].startswith("最先到的：")
    sign_in("city").delete(
        f"/api/registers/rescue_resource/rows/{row['id']}", json={"version": row["version"]}
    )
    client = sign_in("enterprise")
    assert _around(client, number, q="刚登记", radius_m=2000)["total"] == 0


def test_a_moved_enterprise_has_other_surroundings_at_once(
    mine: tuple[Any, int], city_store: Store, sign_in: Client
) -> None:
    client, number = mine
    before = _around(client, number, radius_m=3000)
    move = "UPDATE enterprise SET geom = ST_SetSRID(ST_MakePoint(%s, %s), 4326) WHERE id = %s"
    with city_store.transaction(SYSTEM) as connection:
        there = connection.execute(
            "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_resource WHERE is_public AND kind = 'fire_station'"
            " AND NOT ST_DWithin(geom::geography, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 9000) LIMIT 1",
            [before["enterprise"]["lon"], before["enterprise"]["lat"]],
        ).fetchone()
        assert there is not None
        connection.execute(move, [there["lon"], there["lat"], number])
    after = _around(client, number, radius_m=3000)
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(move, [before["enterprise"]["lon"], before["enterprise"]["lat"], number])
    assert any(r["kind"] == "fire_station" and r["straight_m"] == 0 for r in after["rows"])
    again = _around(client, number, radius_m=3000)
    assert [r["code"] for r in again["rows"]] == [r["code"] for r in before["rows"]]


def test_neighbours_are_named_and_nothing_more(mine: tuple[Any, int], city_store: Store) -> None:
    client, number = mine
    body = _around(client, number)
    shown = {"name", "kind", "kind_title", "address", "people", "distance_m", "bearing", "lon", "lat"}
    assert all(set(row) == shown for row in body["neighbours"])
    assert all(row["people"] is None for row in body["neighbours"])
    assert all(row["distance_m"] <= 500 for row in body["neighbours"] + body["sensitive"])
    with city_store.transaction(SYSTEM) as connection:
        near = connection.execute(
            "SELECT count(*) AS n FROM enterprise e, enterprise o WHERE o.id = %s AND e.id <> o.id"
            " AND ST_Distance(e.geom::geography, o.geom::geography) <= 500",
            [number],
        ).fetchone()
    assert near is not None
    schools = sum(r["kind"] in ("education", "healthcare") for r in body["sensitive"])
    assert len(body["neighbours"]) + schools == near["n"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"minutes": "-3"}, "minutes"), ({"minutes": "很久"}, "minutes"), ({"radius_m": "1e9"}, "radius_m"),
        ({"kind": "ufo"}, "ufo"), ({"q": "长" * 61}, "60"),
    ],
)  # fmt: skip
def test_bad_questions_are_named(mine: tuple[Any, int], query: dict[str, str], words: str) -> None:
    client, number = mine
    answer = client.get(f"/api/enterprises/{number}/surroundings", query_string=query)
    assert answer.status_code == 400
    assert words in answer.get_json()["detail"]


def test_the_file_tells_size_managers_and_what_is_left_of_licences(mine: tuple[Any, int]) -> None:
    client, number = mine
    year = {
        "name": "2030 年度情况", "year": 2030, "size_industry": "industry", "employee_count": 1200, "revenue_10k_cny": 30000,
        "full_time_managers": 11, "has_department": False,
    }  # fmt: skip
    added = client.post("/api/registers/enterprise_year/rows", json=year)
    assert added.status_code == 201, added.get_json()
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    for code, days in (("FILE-OVER", -1), ("FILE-SOON", 90), ("FILE-VALID", 91)):
        body = {
            "code": code,
            "name": code,
            "kind": "other",
            "expires_on": str(today + dt.timedelta(days=days)),
        }
        assert client.post("/api/registers/licence/rows", json=body).status_code == 201
    file = client.get(f"/api/enterprises/{number}").get_json()
    assert file["size"]["title"] == "中型"
    assert [r["size"] for r in file["size"]["reasons"]] == ["大型", "中型"]
    # 1,200 people in a high-hazard trade need 12 full-time managers and a department.
    assert file["managers"]["needed"] == 12
    assert file["managers"]["lacks"] == ["还差 1 名", "没有设安全管理机构"]
    assert {r["code"]: r["expiry"] for r in file["licences"] if r["code"].startswith("FILE-")} == {
        "FILE-OVER": "over", "FILE-SOON": "soon", "FILE-VALID": "valid",
    }  # fmt: skip


def test_whom_a_registration_named_stands_in_the_file_and_on_paper(
    sign_in: Client, city_store: Store
) -> None:
    """Legal representative, principal, safety lead and branch, for the enterprise itself and its authority."""
    one = register_one(city_store)
    number = one["id"]
    for who in (one["username"], "city"):
        client = sign_in(who)
        file = client.get(f"/api/enterprises/{number}").get_json()
        assert file["industry_class"] == "危险化学品 · 危险化学品经营"
        assert [(p["role"], p["title"], p["name"], p["phone"]) for p in file["people"]] == [
            ("legal", "法定代表人", "法定人", None),
            ("principal", "主要负责人", "负责人", "13800002222"),
            ("safety", "安全负责人", "安全员", "13800003333"),
        ]
        sheet = client.get(f"/enterprise/{number}/print?minutes=5").get_data(as_text=True)
        for told in (
            "危险化学品经营",
            "法定代表人",
            "法定人",
            "13800002222",
            "安全员",
            "13800003333",
            "张联系",
        ):
            assert told in sheet, told
    english = sign_in("city").get(f"/api/enterprises/{number}?lang=en").get_json()
    assert [p["title"] for p in english["people"]] == ["Legal representative", "Principal", "Safety lead"]


def test_people_are_masked_for_others_and_absent_without_a_registration() -> None:
    row = {
        "industry_class": "general", "industry_branch": "town_gas", "legal_name": "法定人", "legal_mobile": None,
        "principal_name": "负责人", "principal_mobile": "13800002222", "safety_name": "安全员", "safety_mobile": "13800003333",
    }  # fmt: skip
    told = registered(row, "zh", in_full=False)
    assert [(p["name"], p["phone"]) for p in told["people"]] == [
        ("法**", None), ("负**", "138******22"), ("安**", "138******33"),
    ]  # fmt: skip
    assert registered(None, "zh", in_full=True) == {"industry_class": None, "people": []}


def test_the_log_tells_what_the_enterprises_own_people_did(mine: tuple[Any, int], sign_in: Client) -> None:
    client, number = mine
    body = {"code": "LOG-1", "name": "日志", "kind": "other", "expires_on": "2031-01-01"}
    assert client.post("/api/registers/licence/rows", json=body).status_code == 201
    rows = client.get(f"/api/enterprises/{number}/log").get_json()["rows"]
    assert (rows[0]["action"], rows[0]["subject"], rows[0]["username"]) == (
        "新增",
        "证照许可 LOG-1",
        "enterprise",
    )
    assert {r["username"] for r in rows} == {"enterprise"}
    older = client.get(f"/api/enterprises/{number}/log?before={rows[0]['id']}").get_json()["rows"]
    assert older[:3] == rows[1:4]

    def looked(**asked: str) -> list[Any]:
        answer = client.get(f"/api/enterprises/{number}/log", query_string=asked)
        assert answer.status_code == 200, answer.get_json()
        return list(answer.get_json()["rows"])

    today = rows[0]["at"][:10]
    assert {r["subject"] for r in looked(q="LOG-1")} == {"证照许可 LOG-1"}
    assert {r["action"] for r in looked(q="登录")} >= {"登录"}
    assert {r["action"] for r in looked(action="register.created")} == {"新增"}
    assert looked(q="LOG-1", to="2020-01-01") == []
    assert looked(q="LOG-1", **{"from": today})
    assert client.get(f"/api/enterprises/{number}/log?from=x").status_code == 400
    assert sign_in("city").get(f"/api/enterprises/{number}/log").status_code == 200
    assert sign_in("dispatcher").get(f"/api/enterprises/{number}/log").status_code == 403


def test_without_roads_distances_neighbours_and_paper_are_there_all_the_same(
    make_database: Any, city_template: Database, tmp_path: Path
) -> None:
    database = make_database("roadless", city_template)
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute("TRUNCATE network CASCADE")
    app = create_app(Settings(database, state_dir=tmp_path, pool_size=2))
    client = app.test_client()
    client.post("/sign-in", data={"username": "enterprise", "password": SAMPLE_PASSWORD})
    number = client.get("/api/layers/enterprise/features").get_json()["rows"][0]["id"]
    answer = client.get(f"/api/enterprises/{number}/surroundings?radius_m=5000")
    assert answer.status_code == 200, answer.get_json()
    body = answer.get_json()
    assert body["rows"]
    assert all(row["travel_time_s"] is None and row["straight_m"] <= 5000 for row in body["rows"])
    assert client.get(f"/enterprise/{number}/print?radius_m=5000").status_code == 200
    app.extensions["store"].close()


def test_pages_and_the_sheet_to_print(mine: tuple[Any, int], sign_in: Client) -> None:
    client, number = mine
    assert f'data-enterprise="{number}"' in client.get("/enterprise").get_data(as_text=True)
    assert client.get(f"/enterprise/{number}").status_code == 200
    sheet = client.get(f"/enterprise/{number}/print?minutes=30").get_data(as_text=True)
    body = _around(client, number, minutes=30)
    assert all(row["name"] in sheet and (row["phone"] or "") in sheet for row in body["rows"])
    assert body["told"][1] in sheet
    assert sign_in("city").get(f"/enterprise/{number}").status_code == 200
    assert sign_in("city").get("/enterprise").status_code == 200
    assert sign_in("wall").get(f"/enterprise/{number}").status_code == 403
    assert sign_in("maintainer").get("/api/resources").status_code == 403


def test_the_search_covers_the_whole_jurisdiction(sign_in: Client) -> None:
    client = sign_in("district")
    everything = client.get("/api/resources").get_json()
    parts = [
        client.get("/api/resources", query_string={"kind": kind["id"]}).get_json()["total"]
        for kind in client.get("/api/resources/kinds").get_json()["kinds"]
    ]
    assert everything["total"] == sum(parts)
    assert everything["network"] is None
    near = client.get("/api/resources?radius_m=5000")
    assert near.status_code == 400
    around = client.get("/api/resources?lon=114.06&lat=22.55&radius_m=5000&kind=shelter,hospital").get_json()
    assert {r["kind"] for r in around["rows"]} <= {"shelter", "hospital"}
    assert all(
        math.isclose(r["straight_m"], _metres({"lon": 114.06, "lat": 22.55}, r), abs_tol=1)
        for r in around["rows"]
    )


def test_an_enterprise_that_guesses_ids_sees_nothing_of_others(city_store: Store, sign_in: Client) -> None:
    """Random ids and codes of others, through every route that takes one."""
    client = sign_in("enterprise")
    own = {e["id"] for e in client.get("/api/enterprises/own").get_json()["enterprises"]}
    with city_store.transaction(SYSTEM) as connection:
        others = [r["id"] for r in connection.execute("SELECT id FROM enterprise") if r["id"] not in own]
        private = connection.execute(
            "SELECT id, name FROM rescue_supply WHERE NOT is_public AND owner_id NOT IN"
            " (SELECT unit_id FROM app_user WHERE username = 'enterprise')"
        ).fetchall()
    assert private
    for number in random.Random(5).sample(others, 25) + [0, 2**31]:
        for path in ("", "/surroundings"):
            assert client.get(f"/api/enterprises/{number}{path}").status_code == 404
        for path in ("", "/print"):
            assert client.get(f"/enterprise/{number}{path}").status_code == 404
    for row in random.Random(6).sample(private, min(10, len(private))):
        assert client.get(f"/api/registers/rescue_supply/rows/{row['id']}").status_code == 404
    listed = {(r["layer"], r["id"]) for r in client.get("/api/resources").get_json()["rows"]}
    assert not listed & {("rescue_supply", row["id"]) for row in private}


def test_one_without_a_position_is_told_so(city_store: Store, sign_in: Client) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT id, geom, position_quality FROM enterprise WHERE owner_id IS NULL LIMIT 1"
        ).fetchone()
        assert row is not None
        connection.execute(
            "UPDATE enterprise SET geom = NULL, position_quality = 'none' WHERE id = %s", [row["id"]]
        )
    client = sign_in("city")
    answer = client.get(f"/api/enterprises/{row['id']}/surroundings")
    file = client.get(f"/api/enterprises/{row['id']}")
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE enterprise SET geom = %s, position_quality = %s WHERE id = %s",
            [row["geom"], row["position_quality"], row["id"]],
        )
    assert answer.status_code == 409
    assert "还没有位置" in answer.get_json()["detail"]
    assert file.get_json()["position"]["lon"] is None
