"""Safety grids over HTTP: drawn as areas, counted against a plain reading of the rows, imported and exported (G9)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from python_calamine import CalamineWorkbook

from data.scope import SYSTEM
from data.store import Store

Client = Callable[[str], Any]
ROWS = "/api/registers/safety_grid/rows"
PERIOD = "since=2020-01-01&until=2030-12-31"


def _square(lon: float, lat: float, side: float = 0.01) -> dict[str, Any]:
    return shapely.geometry.mapping(shapely.box(lon, lat, lon + side, lat + side))


def _said(**more: Any) -> dict[str, Any]:
    return {"name": "测试网格", "kind": "park", "keeper_name": "李四", "keeper_phone": "13800000000", **more}


@pytest.fixture
def city(sign_in: Client) -> Any:
    return sign_in("city")


def test_a_grid_is_drawn_and_drawn_anew(city: Any) -> None:
    answer = city.post(ROWS, json=_said(geometry=_square(114.05, 22.53)))
    assert answer.status_code == 201, answer.get_json()
    row = answer.get_json()
    assert row["geometry"]["type"] == "MultiPolygon"
    assert row["code"].startswith("GR")
    assert row["division"]["code"].startswith("4403")
    path = f"{ROWS}/{row['id']}"
    changed = city.put(path, json={"version": row["version"], "geometry": _square(114.06, 22.54)}).get_json()
    assert changed["geometry"]["coordinates"][0][0][0] != row["geometry"]["coordinates"][0][0][0]
    assert changed["values"]["keeper_name"] == "李四"
    same = city.put(path, json={"version": changed["version"], "households": "10"}).get_json()
    assert same["geometry"] == changed["geometry"]
    items = city.get(f"/ogc/collections/safety_grid/items?filter=code='{row['code']}'").get_json()["features"]
    assert items[0]["geometry"]["type"] == "MultiPolygon"


def test_bad_shapes_are_refused_by_name(city: Any) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[114.0, 22.5], [114.1, 22.6], [114.1, 22.5], [114.0, 22.6], [114.0, 22.5]]],
    }
    for geometry, named in (
        (None, "位置"),
        ({"type": "Point", "coordinates": [114, 22.5]}, "Polygon"),
        ("POLYGON", "Polygon"),
        (bow, "自相交"),
        (_square(22.5, 114.0), "中国"),
        (_square(114.0, 22.5, 1e-6), "平方米"),
        ({"type": "Polygon", "coordinates": [[["a", 1]]]}, "无法理解"),
        ({"type": "Polygon", "coordinates": []}, "点"),
        (_square(100.0, 30.0), "区划"),
    ):
        answer = city.post(ROWS, json=_said(geometry=geometry))
        assert answer.status_code == 422, (geometry, answer.get_json())
        assert named in json.dumps(answer.get_json(), ensure_ascii=False), answer.get_json()


def test_figures_are_what_the_rows_say(city: Any, city_store: Store) -> None:
    found = city.get(f"/api/grids/figures?{PERIOD}").get_json()["grids"]
    assert len(found) >= 50
    with city_store.transaction(SYSTEM) as connection:
        grids = connection.execute("SELECT code, ST_AsBinary(geom) AS wkb FROM safety_grid").fetchall()
        points = {
            name: connection.execute(
                f"SELECT ST_X(geom) AS x, ST_Y(geom) AS y FROM {table} WHERE geom IS NOT NULL{more}".encode()
            ).fetchall()
            for name, table, more in (
                ("enterprises", "enterprise", ""), ("risk_points", "risk_point", ""), ("open_dangers", "hidden_danger", " AND state <> 'done'"),
            )
        }  # fmt: skip
        lines = connection.execute(
            "SELECT ST_AsBinary(r.geom) AS wkb FROM patrol_track t JOIN patrol_route r ON r.code = t.route_code"
            " WHERE r.geom IS NOT NULL AND t.shape_id IS NULL"
        ).fetchall()
    shapes = {g["code"]: shapely.from_wkb(bytes(g["wkb"])) for g in grids}
    for grid in found[::5]:
        shape = shapes[grid["code"]]
        for name, rows in points.items():
            inside = shapely.intersects_xy(shape, [r["x"] for r in rows], [r["y"] for r in rows])
            assert grid[name] == int(inside.sum()), (grid["code"], name)
    walked = [g for g in found if g["route_m"] > 0]
    assert walked
    for grid in walked:
        crossing = sum(
            shapely.intersects(shapely.from_wkb(bytes(r["wkb"])), shapes[grid["code"]]) for r in lines
        )
        assert grid["walks"] >= crossing
        opened = city.get(f"/api/grids/{grid['id']}/walks?{PERIOD}").get_json()["walks"]
        assert len(opened) == grid["walks"]
        assert sum(walk["route_m"] for walk in opened) == pytest.approx(grid["route_m"], abs=len(opened))
        assert sum(walk["missed_m"] for walk in opened) == pytest.approx(grid["missed_m"], abs=len(opened))
        assert 0 <= grid["covered_share"] <= 1
    for name, address in (
        ("enterprises", "/api/layers/enterprise/features?"), ("risk_points", "/api/registers/risk_point/rows?"),
        ("open_dangers", "/api/registers/hidden_danger/rows?subset=unfinished&"),
    ):  # fmt: skip
        for grid in [g for g in found if g[name]][:4]:
            assert city.get(f"{address}within=safety_grid:{grid['code']}").get_json()["total"] == grid[name]
    for bad in ("within=enterprise:X", "within=safety_grid", "within=nothing:1"):
        assert city.get(f"/api/layers/enterprise/features?{bad}").status_code == 400


def test_coverage_by_grid_is_solved_by_hand(city: Any) -> None:
    """A line straight through a grid, of which the walk covered the first half: half the line in the grid was left out."""
    lon, lat = 113.95, 22.55
    grid = city.post(ROWS, json=_said(geometry=_square(lon, lat))).get_json()
    line = [[lon - 0.005, lat + 0.005], [lon + 0.015, lat + 0.005]]
    route = city.post(
        "/api/patrols/routes",
        json={"name": "横穿", "kind": "area", "tolerance_m": 1, "lines": [line], "stops": []},
    ).get_json()
    half = {"type": "LineString", "coordinates": [line[0], [lon + 0.005, lat + 0.005]]}
    body = {
        "file": (io.BytesIO(json.dumps(half).encode()), "x.geojson"),
        "patroller": "李四",
        "started_at": "2026-11-20T09:00",
    }
    answer = city.post(
        f"/api/patrols/routes/{route['id']}/tracks", data=body, content_type="multipart/form-data"
    )
    assert answer.status_code == 201, answer.get_json()
    found = city.get("/api/grids/figures?since=2026-11-20&until=2026-11-20").get_json()["grids"]
    mine = next(g for g in found if g["id"] == grid["id"])
    assert mine["walks"] == 1
    assert mine["route_m"] == pytest.approx(route["route_m"] / 2, abs=2)
    assert mine["covered_share"] == pytest.approx(0.5, abs=0.01)
    walks = city.get(f"/api/grids/{grid['id']}/walks?since=2026-11-20&until=2026-11-20").get_json()["walks"]
    assert [(w["route_name"], w["patroller"], w["covered_share"]) for w in walks] == [
        ("横穿", "李四", mine["covered_share"])
    ]
    assert city.get("/api/grids/999999999/walks").status_code == 404
    before = city.get("/api/grids/figures?since=2026-11-19&until=2026-11-19").get_json()["grids"]
    assert next(g for g in before if g["id"] == grid["id"])["walks"] == 0


def test_grids_are_imported_and_the_book_holds_the_figures(city: Any) -> None:
    features = [
        {
            "type": "Feature", "geometry": _square(114.0 + 0.02 * n, 22.56),
            "properties": {"网格名称": f"导入网格 {n}", "网格类别": "燃气网格", "网格员": "王五"},
        }
        for n in range(2)
    ]  # fmt: skip
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    body = {"file": (io.BytesIO(content), "grids.geojson"), "crs": "wgs84"}
    answer = city.post("/api/registers/safety_grid/import", data=body, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["inserted"] == 2
    found = city.get(f"/api/grids/figures?{PERIOD}").get_json()["grids"]
    assert {"导入网格 0", "导入网格 1"} <= {g["name"] for g in found}
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(city.get(f"/api/grids/figures?{PERIOD}&format=xlsx").data)
    )
    rows = book.get_sheet_by_index(0).to_python()
    assert {r[0]: (r[5], r[6], r[7], r[8]) for r in rows[2:]} == {
        g["code"]: (g["enterprises"], g["risk_points"], g["open_dangers"], g["walks"]) for g in found
    }
    template = city.get("/api/registers/safety_grid/template.xlsx")
    assert template.status_code == 200


def test_enterprises_see_and_keep_no_grids(sign_in: Client) -> None:
    client = sign_in("enterprise")
    assert client.get(f"/api/grids/figures?{PERIOD}").get_json()["grids"] == []
    assert client.post(ROWS, json=_said(geometry=_square(114.05, 22.53))).status_code == 403
    assert sign_in("wall").get("/api/grids/figures").status_code == 403
