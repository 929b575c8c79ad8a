"""Boundaries of plants over HTTP: people counted outward of the edge, what is refused and why, and what is locked (L8)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod

from data.hazard_exposure import people_around, people_near
from data.scope import Connection
from geo.crs import convert
from layers.standards.major_hazard import alpha_of
from tests.web.test_hazards import ROWS, identify, step

Client = Callable[[str], Any]
GEOD = Geod(ellps="WGS84")


def ring(lon: float, lat: float, corners_m: list[tuple[float, float]]) -> list[list[float]]:
    """A ring of corners east and north of a position, metres."""
    found = []
    for east, north in [*corners_m, corners_m[0]]:
        x, y, _ = GEOD.fwd(lon, lat, math.degrees(math.atan2(east, north)), math.hypot(east, north))
        found.append([round(x, 8), round(y, 8)])
    return found


def square(lon: float, lat: float, half_m: float) -> dict[str, Any]:
    corners = [(-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m)]
    return {"type": "Polygon", "coordinates": [ring(lon, lat, corners)]}


@pytest.fixture
def own(sign_in: Client) -> Any:
    return sign_in("enterprise")


@pytest.fixture
def site(own: Any, city_connection: Connection) -> dict[str, Any]:
    """A site 700 m west of the largest residential place: out of reach of its point, in reach of a wide plant."""
    home = city_connection.execute(
        "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM residential_place WHERE population > 100 AND geom IS NOT NULL"
        " ORDER BY (division_code LIKE '440304%%') DESC, population DESC LIMIT 1"
    ).fetchone()
    assert home is not None
    lon, lat, _ = GEOD.fwd(home["lon"], home["lat"], 270, 700)
    answer = own.post(
        ROWS,
        json={
            "name": "氨罐区",
            "is_storage": "true",
            "position_text": f"{lon:.6f},{lat:.6f}",
            "crs": "wgs84",
        },
    )
    assert answer.status_code == 201, answer.get_json()
    identify(own, answer.get_json(), [{"name": "氨", "quantity_t": 60}], people_declared=7)
    return {"id": answer.get_json()["id"], "lon": round(lon, 6), "lat": round(lat, 6)}


def draw(client: Any, site: dict[str, Any], status: int = 200, **body: Any) -> Any:
    seen = client.get(f"/api/hazards/{site['id']}").get_json()
    answer = client.put(
        f"/api/hazards/{site['id']}/boundary", json={"version": seen.get("version", 1), **body}
    )
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def _edge_distance_m(outline: list[list[float]], lon: float, lat: float) -> float:
    """The least geodesic distance to an outline, by brute force over a point every half metre."""
    line = shapely.LineString(outline)
    count = int(line.length * 111_000 / 0.5) + 2
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(0, line.length, count)))
    _, _, distances = GEOD.inv(
        points[:, 0], points[:, 1], np.full(len(points), lon), np.full(len(points), lat)
    )
    return float(distances.min())


@pytest.mark.parametrize("half_m", [40, 300, 900])
def test_people_inside_and_within_500_m_of_the_edge_are_counted(
    city_connection: Connection, half_m: float
) -> None:
    places = city_connection.execute(
        "SELECT id, ST_X(geom) AS lon, ST_Y(geom) AS lat, population FROM residential_place WHERE population IS NOT NULL"
    ).fetchall()
    for at in places[:4]:
        outline = ring(
            at["lon"] + 0.003,
            at["lat"],
            [(-half_m, -half_m), (half_m, 0), (half_m / 3, half_m), (-half_m, half_m)],
        )
        shape = shapely.Polygon(outline)
        near = [p for p in places if abs(p["lon"] - at["lon"]) < 0.05 and abs(p["lat"] - at["lat"]) < 0.05]
        expected = {
            p["id"]
            for p in near
            if shape.covers(shapely.Point(p["lon"], p["lat"]))
            or _edge_distance_m(outline, p["lon"], p["lat"]) <= 500
        }
        found = people_around(city_connection, shapely.MultiPolygon([shape]))
        assert {p["id"] for p in found.places} == expected
        assert found.people == sum(p["population"] for p in near if p["id"] in expected)
        assert (found.within_m, found.counted_from) == (500.0, "boundary")


def test_a_boundary_reaches_who_the_point_does_not_and_grades_by_them(own: Any, site: dict[str, Any]) -> None:
    before = own.get(f"/api/hazards/{site['id']}").get_json()
    assert (before["boundary"], before["kept"]["counted_from"]) == (None, "point")
    assert before["zone"]["type"] == "Polygon"
    after = draw(own, site, geometry=square(site["lon"], site["lat"], 300))
    assert after["boundary"]["basis"] == "drawn"
    assert after["boundary"]["area_m2"] == pytest.approx(600**2, rel=1e-4)
    assert after["boundary"]["outside_m"] == 0
    counted = after["assessment"]["people_counted"]
    assert counted > 100, "the place 400 m from the edge is in"
    assert after["people_from_point"] == before["assessment"]["people_counted"] < counted
    assert after["assessment"]["people_declared"] == 7
    assert after["assessment"]["people_differ"]
    assert sum(p["population"] for p in after["assessment"]["places"]) == counted
    alpha = float(alpha_of(counted))
    assert after["kept"] == {
        "grade": after["assessment"]["grade"], "ratio_sum": 6.0, "r_value": alpha * 2 * 6, "alpha": alpha,
        "people_counted": counted, "counted_from": "boundary",
    }  # fmt: skip
    assert not after["is_recounted"]
    history = own.get(f"{ROWS}/{site['id']}").get_json()["history"]
    assert "画厂区边界" in json.dumps(history, ensure_ascii=False)
    features = own.get("/ogc/collections/plant_boundary/items?limit=1000").get_json()["features"]
    assert after["boundary"]["code"] in {f["properties"]["code"] for f in features}
    seen = own.get(f"/api/hazards/{site['id']}").get_json()
    answer = own.delete(f"/api/hazards/{site['id']}/boundary", json={"version": seen["version"]})
    gone = answer.get_json()
    assert (gone["boundary"], gone["kept"]["counted_from"]) == (None, "point")
    assert gone["kept"]["people_counted"] == before["assessment"]["people_counted"]


def test_what_is_no_plant_is_refused_with_its_reason_and_nothing_is_kept(
    own: Any, site: dict[str, Any]
) -> None:
    lon, lat = site["lon"], site["lat"]

    def refused(word: str, **body: Any) -> str:
        fault = draw(own, site, 422, **body)["faults"][0]
        assert word in fault["detail"], fault
        return str(fault["field"])

    bow = {"type": "Polygon", "coordinates": [ring(lon, lat, [(-90, -90), (90, 90), (90, -90), (-90, 90)])]}
    assert refused("自相交", geometry=bow) == "geometry"
    away = square(*GEOD.fwd(lon, lat, 90, 350)[:2], 100)
    refused("边界外 250 米", geometry=away)
    refused("平方米", geometry=square(lon, lat, 2))
    refused("平方公里", geometry=square(lon, lat, 4000))
    refused("不在任何区划内", geometry={"type": "Polygon", "coordinates": [[[lon - 5e-4, lat - 5e-4], [lon + 5e-4, lat - 5e-4], [lon, lat + 2], [lon - 5e-4, lat - 5e-4]]]})  # fmt: skip
    refused("不在中国范围内", geometry={"type": "Polygon", "coordinates": [[[lat, lon], [lat, lon - 0.01], [lat + 0.01, lon], [lat, lon]]]})  # fmt: skip
    unreadable: tuple[Any, ...] = ({}, [], 5, "x", {"type": "Point", "coordinates": [lon, lat]}, {"type": "Polygon", "coordinates": [[[lon, lat]]]}, {"type": "Polygon"})  # fmt: skip
    for geometry in unreadable:
        assert refused("Polygon", geometry=geometry) == "geometry"
    for text in ("", "POLYGON", "POLYGON ((nan 1, 2 3, 4 5, nan 1))", "{", '{"type": "Feature", "geometry": null}', "LINESTRING (0 0, 1 1)"):  # fmt: skip
        assert refused("GeoJSON", text=text) == "text"
    assert refused("坐标", text=shapely.geometry.shape(square(lon, lat, 100)).wkt, crs="没有") == "crs"
    assert own.get(f"/api/hazards/{site['id']}").get_json()["boundary"] is None


def test_text_in_another_datum_is_brought_home(own: Any, site: dict[str, Any]) -> None:
    home = shapely.geometry.shape(square(site["lon"], site["lat"], 150))
    amap = shapely.transform(home, lambda xy: convert(xy, "EPSG:4326", "gcj02"))
    kept = draw(own, site, text=amap.wkt, crs="gcj02")["boundary"]
    assert kept["basis"] == "given"
    assert shapely.hausdorff_distance(shapely.geometry.shape(kept["geometry"]), home) < 1e-6
    as_feature = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(home)}]})  # fmt: skip
    again = draw(own, site, text=as_feature)["boundary"]
    assert again["code"] == kept["code"], "drawn anew, the same boundary"


def test_what_was_declared_stays_as_it_was_counted(own: Any, sign_in: Client, site: dict[str, Any]) -> None:
    first = draw(own, site, geometry=square(site["lon"], site["lat"], 200))
    code = first["boundary"]["code"]
    position = {"position_text": f"{site['lon'] + 0.0005:.6f},{site['lat']:.6f}", "crs": "wgs84"}
    other = own.post(ROWS, json={"name": "氯罐区", **position}).get_json()
    identify(own, other, [{"name": "氯", "quantity_t": 20}])
    assert [b["code"] for b in own.get(f"/api/hazards/{other['id']}").get_json()["boundaries"]].count(
        code
    ) == 1
    shared = draw(own, other, code=code)
    assert [s["name"] for s in shared["boundary"]["shared_with"]] == ["氨罐区"]
    assert draw(own, other, 422, code="PB没有")["faults"][0]["field"] == "code"
    step(own, site, "declare")
    kept = own.get(f"/api/hazards/{site['id']}").get_json()["kept"]
    draw(own, site, 409, geometry=square(site["lon"], site["lat"], 350))
    refusal = draw(own, other, 409, geometry=square(site["lon"], site["lat"], 350))
    assert "氨罐区" in refusal["detail"]
    seen = own.get(f"/api/hazards/{other['id']}").get_json()
    own.delete(f"/api/hazards/{other['id']}/boundary", json={"version": seen["version"]})
    wide = draw(own, other, geometry=square(site["lon"], site["lat"], 350))
    assert wide["boundary"]["code"] != code
    now = own.get(f"/api/hazards/{site['id']}").get_json()
    assert (now["kept"], now["boundary"]["code"]) == (kept, code)
    stale = {"version": wide["version"] - 1, "geometry": square(site["lon"], site["lat"], 360)}
    assert own.put(f"/api/hazards/{other['id']}/boundary", json=stale).status_code == 409
    step(sign_in("city"), site, "return", note="边界不全")
    draw(own, site, geometry=square(site["lon"], site["lat"], 210))


def test_others_may_neither_see_nor_draw_it(own: Any, sign_in: Client, site: dict[str, Any]) -> None:
    draw(own, site, geometry=square(site["lon"], site["lat"], 200))
    shape = square(site["lon"], site["lat"], 250)
    answer = sign_in("maintainer").put(
        f"/api/hazards/{site['id']}/boundary", json={"version": 1, "geometry": shape}
    )
    assert answer.status_code == 403
    assert sign_in("city").get(f"/api/hazards/{site['id']}").get_json()["boundary"] is not None


def test_the_sample_has_boundaries_that_its_sites_were_counted_from(city_connection: Connection) -> None:
    rows = city_connection.execute(
        "SELECT s.people_counted, s.counted_from, s.grade, ST_AsBinary(b.geom) AS wkb, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat,"
        " ST_Covers(b.geom, s.geom) AS is_inside FROM hazard_site s JOIN plant_boundary b ON b.code = s.boundary_code"
        " WHERE b.code LIKE 'PB9%%'"
    ).fetchall()
    assert len(rows) > 1
    for row in rows:
        assert (row["is_inside"], row["counted_from"]) == (True, "boundary")
        assert (
            row["people_counted"]
            == people_around(city_connection, shapely.from_wkb(bytes(row["wkb"]))).people
        )
        assert row["people_counted"] >= people_near(city_connection, row["lon"], row["lat"]).people
