"""Major hazards over HTTP: identification with people counted on the map, declaration and its lock, warnings, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pyproj import Geod

from data import register_watches
from data.clock import SystemClock
from data.hazard_exposure import people_near
from data.scope import SYSTEM, Connection, enter
from data.store import Store
from layers.registry import register_by_id
from layers.standards.major_hazard import alpha_of

Client = Callable[[str], Any]
ROWS = "/api/registers/hazard_site/rows"


@pytest.fixture
def own(sign_in: Client) -> Any:
    return sign_in("enterprise")


def site(client: Any, name: str = "液氨储罐区") -> Any:
    answer = client.post(ROWS, json={"name": name, "is_storage": "true"})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def identify(client: Any, row: Any, lines: list[dict[str, Any]], status: int = 200, **more: Any) -> Any:
    seen = client.get(f"/api/hazards/{row['id']}").get_json()
    body = {"standard": "gb18218_2018", "lines": lines, "version": seen["version"], **more}
    answer = client.put(f"/api/hazards/{row['id']}", json=body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def step(client: Any, row: Any, move: str, status: int = 200, **body: Any) -> Any:
    seen = client.get(f"{ROWS}/{row['id']}").get_json()
    answer = client.post(f"{ROWS}/{row['id']}/moves/{move}", json={"version": seen["version"], **body})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


@pytest.mark.parametrize("radius_m", [0.0, 800.0])
def test_people_are_counted_as_a_geodesic_has_it(city_connection: Connection, radius_m: float) -> None:
    places = city_connection.execute(
        "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, population FROM residential_place WHERE population IS NOT NULL"
    ).fetchall()
    geod = Geod(ellps="WGS84")
    for at in places[:6]:
        found = people_near(city_connection, at["lon"] + 0.001, at["lat"], radius_m)
        expected = sum(
            p["population"]
            for p in places
            if geod.inv(at["lon"] + 0.001, at["lat"], p["lon"], p["lat"])[2] <= 500 + radius_m
        )
        assert found.people == expected
    assert not people_near(city_connection, None, None).is_known


def test_a_site_is_identified_declared_locked_and_written_off(own: Any, sign_in: Client) -> None:
    row, city = site(own), sign_in("city")
    assert step(own, row, "declare", 409)["detail"]
    plain = identify(own, row, [{"name": "液氨", "quantity_t": 5}])
    assert (plain["assessment"]["is_major"], plain["kept"]["grade"]) == (False, None)
    assert "Σq/Q" in step(own, row, "declare", 409)["detail"]
    lines = [
        {"name": "7664-41-7", "quantity_t": "40", "vessel": "V-101"},
        {"name": "氨气", "quantity_t": 20, "vessel": "V-102"},
    ]
    found = identify(own, row, lines, people_declared=3)["assessment"]
    alpha = float(alpha_of(found["people_counted"]))
    assert (found["ratio_sum"], found["alpha"], found["r"]) == (6.0, alpha, alpha * 2 * 6)
    assert found["people_differ"] == (found["people_counted"] != 3)
    assert found["terms"][0]["entry"]["key"] == "1"
    assert found["terms"][0]["beta_source"] == "表 3（列名）"
    declared = step(own, row, "declare")
    assert (declared["state"], declared["may_change"]) == ("declared", False)
    identify(own, row, lines, 409)
    path = f"{ROWS}/{row['id']}"
    assert own.delete(path, json={"version": declared["version"]}).status_code == 409
    step(own, row, "accept", 409)
    assert step(city, row, "return", note="缺少评估报告")["state"] == "draft"
    step(own, row, "declare")
    assert step(city, row, "accept")["texts"]["accepted_at"]
    listed = step(city, row, "list", note="一级重大危险源挂牌")
    assert (listed["state"], listed["texts"]["is_listed"]) == ("accepted", "是")
    gone = step(city, row, "write_off", note="装置拆除")
    assert (gone["state"], gone["moves"], gone["texts"]["is_listed"]) == ("written_off", [], "否")


def test_what_cannot_be_read_is_named_line_by_line_and_nothing_is_kept(own: Any) -> None:
    row = site(own)
    lines = [
        {"name": "没有的物质", "quantity_t": 1},
        {"name": "氯", "quantity_t": "-3"},
        {"name": "氨", "quantity_t": "很多"},
        {},
    ]
    body = identify(own, row, lines, 422)
    assert [f["field"] for f in body["faults"]] == ["name.1", "quantity_t.2", "quantity_t.3", "name.4"]
    assert all("第" in f["detail"] and "行" in f["detail"] for f in body["faults"])
    for given in ("1e999999999", "1/3", "+3", 1e300, "１", "0x10", True, "9" * 5000):
        refused = identify(own, row, [{"name": "氨", "quantity_t": given}], 422)
        assert [f["field"] for f in refused["faults"]] == ["quantity_t.1"], given
    assert (
        identify(own, row, [{"key": "1", "table": "x", "quantity_t": 1}], 422)["faults"][0]["field"]
        == "table.1"
    )
    twice = [{"name": "氨", "quantity_t": 1}, {"name": "液氨", "quantity_t": 1}]
    assert identify(own, row, twice, 422)["faults"][0]["field"] == "vessel.2"
    for more, field in (
        ({"people_declared": -1}, "people_declared"),
        ({"plant_radius_m": "x"}, "plant_radius_m"),
    ):
        assert identify(own, row, [], 422, **more)["faults"][0]["field"] == field
    assert identify(own, row, [], 400, standard="gb1")["detail"]
    assert own.get(f"/api/hazards/{row['id']}").get_json()["kept"]["ratio_sum"] is None
    answer = own.put(f"/api/hazards/{row['id']}", json={"lines": [], "version": 999})
    assert answer.status_code == 409


def test_where_manual_and_standard_differ_is_said(own: Any) -> None:
    def trial(name: str) -> Any:
        body = {"standard": "gb18218_2009", "lines": [{"name": name, "quantity_t": 5}], "people_declared": 0}
        return own.post("/api/hazards/assess", json=body).get_json()

    arsine = trial("砷化三氢")
    assert (arsine["ratio_sum"], arsine["r"], arsine["grade"]) == (5.0, 10.0, "3")
    assert "12" in arsine["terms"][0]["entry"]["notes"][0]
    assert "78" in trial("异氰酸甲酯")["terms"][0]["entry"]["notes"][0]
    found = own.get("/api/hazards/substances?q=光气&standard=gb18218_2018").get_json()["entries"]
    assert found[0]["cas"] == ["75-44-5"]
    assert len(own.get("/api/hazards/substances?standard=gb18218_2018").get_json()["entries"]) == 24


def test_undeclared_ones_and_a_high_r_are_warned_of_once(
    own: Any, city_store: Store, sign_in: Callable[[str], Any]
) -> None:
    row = site(own, "预警光气单元")
    identify(own, row, [{"name": "光气", "quantity_t": 100}])

    def look() -> list[tuple[str, bool]]:
        with psycopg.connect(city_store.database.app, row_factory=dict_row) as connection:
            enter(connection, SYSTEM)
            register_watches.look(connection, register_by_id("hazard_site"), now=SystemClock().now())
            rows = connection.execute(
                "SELECT kind, processed_at IS NULL AS is_open FROM warning WHERE title = '预警光气单元' ORDER BY kind, id"
            ).fetchall()
        return [(r["kind"], r["is_open"]) for r in rows]

    both = [("hazard_site.r_high.on", True), ("hazard_site.undeclared.on", True)]
    assert look() == both
    assert look() == both
    step(own, row, "declare")
    assert look() == [both[0], (both[1][0], False)]
    admin = sign_in("admin")

    def put(value: str) -> int:
        form = {"id": "hazard_site.r_high", "value": value}
        return int(admin.post("/admin/warning-limits", data=form).status_code)

    page = admin.get("/admin/warning-limits")
    assert 'value="50"' in page.get_data(as_text=True)
    assert [put(value) for value in ("0.5", "viel", "nan", "10001")] == [422] * 4
    assert put("10000") == 302
    assert look() == [(both[0][0], False), (both[1][0], False)], "the limit is higher: taken back"
    assert put("50") == 302
    assert look() == [(both[0][0], False), both[0], (both[1][0], False)], "and raised anew"
    assert sign_in("city").get("/admin/warning-limits").status_code == 403


def test_its_pages_open(own: Any) -> None:
    row = site(own)
    for path in (
        "/hazards",
        f"/hazards/{row['id']}",
        f"/registers/hazard_site/{row['id']}",
        "/registers/hazard_site/new",
    ):
        assert own.get(path).status_code == 200, path
    assert f"/hazards/{row['id']}" in own.get(f"/registers/hazard_site/{row['id']}").get_data(as_text=True)
