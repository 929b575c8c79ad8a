"""The OGC API as real clients read it: GDAL, OWSLib, an OpenAPI validator, schemathesis."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from geo.crs import convert
from layers.registry import all_layers
from tests.conftest import LiveServer

GK = "http://www.opengis.net/def/crs/EPSG/0/4547"


def test_the_openapi_document_is_valid(sign_in: Callable[[str], Any]) -> None:
    response = sign_in("city").get("/ogc/api")
    assert response.content_type.startswith("application/vnd.oai.openapi+json")
    document = response.get_json()
    validate(document)
    assert len([p for p in document["paths"] if p.endswith("/items")]) == len(all_layers())


def test_every_link_leads_somewhere(sign_in: Callable[[str], Any]) -> None:
    client, seen, todo = sign_in("city"), set(), ["/ogc"]
    while todo:
        path = todo.pop()
        if path in seen or "{" in path or "after=" in path:
            continue
        seen.add(path)
        response = client.get(path)
        assert response.status_code == 200, path
        body = response.get_json(silent=True) or {}
        for holder in [body, *body.get("collections", []), *body.get("tilesets", [])]:
            todo += [ln["href"].split("localhost", 1)[-1] for ln in holder.get("links", [])]
    assert len(seen) > 40


def test_a_page_for_people(sign_in: Callable[[str], Any]) -> None:
    response = sign_in("city").get("/ogc/collections", headers={"Accept": "text/html"})
    assert response.content_type.startswith("text/html")
    assert "电梯" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("crs", "code", "flipped"),
    [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "EPSG:4326", False),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:4326", True),
        ("http://www.opengis.net/def/crs/EPSG/0/4490", "EPSG:4490", True),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:3857", False),
        (GK, "EPSG:4547", True),
        ("http://www.opengis.net/def/crs/EPSG/0/4526", "EPSG:4526", True),
    ],
)
def test_crs_and_axis_order(sign_in: Callable[[str], Any], crs: str, code: str, flipped: bool) -> None:  # noqa: FBT001
    client = sign_in("city")
    plain = client.get("/ogc/collections/elevator/items?limit=5").get_json()["features"]
    response = client.get("/ogc/collections/elevator/items", query_string={"limit": 5, "crs": crs})
    assert response.headers["Content-Crs"] == f"<{crs}>"
    for before, after in zip(plain, response.get_json()["features"], strict=True):
        expected = convert([before["geometry"]["coordinates"]], "EPSG:4326", code)[0]
        found = after["geometry"]["coordinates"]
        assert (found[::-1] if flipped else found) == pytest.approx(
            list(expected), abs=2e-3 if abs(expected[0]) > 360 else 2e-7
        )


def test_bbox_in_the_citys_own_zone(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("city")
    west, south, east, north = 114.0, 22.5, 114.1, 22.6
    corners = convert([[west, south], [east, north]], "EPSG:4326", "EPSG:4547")
    box = ",".join(
        str(v) for v in (corners[0][1], corners[0][0], corners[1][1], corners[1][0])
    )  # north, east
    plain = client.get(
        f"/ogc/collections/elevator/items?limit=10000&bbox={west},{south},{east},{north}"
    ).get_json()
    zone = client.get(
        "/ogc/collections/elevator/items", query_string={"limit": 10000, "bbox": box, "bbox-crs": GK}
    ).get_json()
    inside = {f["id"] for f in plain["features"]}
    assert inside
    # The box around the turned edges is a little wider, never narrower.
    assert inside <= {f["id"] for f in zone["features"]}


CASES = [
    ("place_type = 'housing'", lambda p: p["place_type"] == "housing"),
    ("place_type IN ('office', 'hotel') AND NOT elevator_kind = 'escalator'",
     lambda p: p["place_type"] in ("office", "hotel") and p["elevator_kind"] != "escalator"),
    ("name LIKE '%公馆%'", lambda p: "公馆" in p["name"]),
    ("rescue_code IS NULL", lambda p: p["rescue_code"] is None),
    ("in_service_on >= DATE('2015-01-01')", lambda p: (p["in_service_on"] or "") >= "2015-01-01"),
    ("T_BEFORE(in_service_on, DATE('2010-06-01'))", lambda p: p["in_service_on"] is not None and p["in_service_on"] < "2010-06-01"),
    ("rescue_code BETWEEN '100000' AND '499999'", lambda p: p["rescue_code"] is not None and "100000" <= p["rescue_code"] <= "499999"),
    ("CASEI(code) LIKE CASEI('3300%')", lambda p: p["code"].startswith("3300")),
    ("division_code = '440304001001' OR division_code > '440308'", lambda p: p["division_code"] == "440304001001" or p["division_code"] > "440308"),
    ("'office' = place_type", lambda p: p["place_type"] == "office"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), CASES, ids=[c[0] for c in CASES])
def test_cql2_filters_agree_with_plain_python(
    sign_in: Callable[[str], Any], text: str, rule: Callable[[dict[str, Any]], bool]
) -> None:
    client = sign_in("city")
    everything = client.get("/ogc/collections/elevator/items?limit=10000").get_json()["features"]
    found = client.get("/ogc/collections/elevator/items", query_string={"limit": 10000, "filter": text})
    assert found.status_code == 200, found.get_json()
    expected = {f["id"] for f in everything if rule(f["properties"])}
    assert {f["id"] for f in found.get_json()["features"]} == expected


def test_a_spatial_filter_agrees_with_shapely(sign_in: Callable[[str], Any]) -> None:
    import shapely

    client = sign_in("city")
    area = shapely.Polygon([(113.9, 22.5), (114.2, 22.55), (114.0, 22.75)])
    everything = client.get("/ogc/collections/enterprise/items?limit=10000").get_json()["features"]
    expected = {f["id"] for f in everything if area.intersects(shapely.Point(f["geometry"]["coordinates"]))}
    answer = client.get(
        "/ogc/collections/enterprise/items",
        query_string={"limit": 10000, "filter": f"S_INTERSECTS(geom, {area.wkt})"},
    )
    assert {f["id"] for f in answer.get_json()["features"]} == expected
    assert expected


def test_datetime_takes_instants_and_open_intervals(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("city")
    everything = client.get("/ogc/collections/hidden_danger/items?limit=10000").get_json()["features"]
    times = sorted(f["properties"]["registered_at"] for f in everything)
    middle = times[len(times) // 2]
    for text, expected in (
        (f"../{middle}", sum(t <= middle for t in times)),
        (f"{middle}/..", sum(t >= middle for t in times)),
        (f"{times[3]}/{times[-3]}", sum(times[3] <= t <= times[-3] for t in times)),
        (middle[:10], sum(t[:10] == middle[:10] for t in times)),
    ):
        answer = client.get(
            "/ogc/collections/hidden_danger/items", query_string={"datetime": text, "limit": 10000}
        )
        assert answer.get_json()["numberReturned"] == expected, text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("items?filter=1;DROP TABLE elevator", "CQL2"),
        ("items?filter=nosuch = 1", "nosuch"),
        ("items?filter=employee_count = 'x'", "employee_count"),
        ("items?filter=name = 'a' OR", "CQL2"),
        ("items?bbox=1,2,3", "bbox"),
        ("items?bbox=a,b,c,d", "bbox"),
        ("items?bbox=nan,1,2,3", "bbox"),
        ("items?bbox=10,50,20,40", "bbox"),
        ("items?bbox=1e400,1,2,3", "bbox"),
        ("items?limit=0", "limit"),
        ("items?limit=-1", "limit"),
        ("items?limit=many", "limit"),
        ("items?crs=http://www.opengis.net/def/crs/EPSG/0/2326", "2326"),
        ("items?datetime=yesterday", "RFC 3339"),
        ("items?datetime=2026-02-01/2026-01-01", "datetime"),
        ("items?nosuch=1", "nosuch"),
        ("items?filter-lang=ecql&filter=x", "filter-lang"),
        ("items?limit=1&limit=2", "limit"),
        ("items?employee_count=abc", "employee_count"),
        ("items?contact_phone=13800000000&f=xml", "json"),
        ("items?filter=" + "NOT (" * 60 + "id = 1" + ")" * 60, "嵌套"),
        ("items?filter=name = '%00'", ""),
        ("items?after=99999999999999999999", "after"),
    ],
)
def test_bad_input_is_a_clear_400(sign_in: Callable[[str], Any], path: str, words: str) -> None:
    response = sign_in("city").get(f"/ogc/collections/enterprise/{path}")
    assert response.status_code == 400, response.get_data(as_text=True)[:300]
    body = response.get_json()
    assert response.content_type == "application/problem+json"
    assert words in body["detail"]
    assert set(body) >= {"type", "title", "status", "detail", "instance"}


@pytest.mark.parametrize(
    "path",
    [
        "/collections/lift",
        "/collections/elevator/items/999999999",
        "/nothing",
        "/collections/elevator/items/99999999999999999999",
    ],
)
def test_what_is_not_there_is_404(sign_in: Callable[[str], Any], path: str) -> None:
    response = sign_in("city").get(f"/ogc{path}")
    assert response.status_code == 404
    assert response.get_json()["status"] == 404


def test_sensitive_fields_are_masked_and_no_queryables_for_others(sign_in: Callable[[str], Any]) -> None:
    city = sign_in("city").get("/ogc/collections/rescue_station/items?limit=1").get_json()["features"][0]
    other = sign_in("enterprise").get(f"/ogc/collections/rescue_station/items/{city['id']}").get_json()
    assert "*" not in city["properties"]["lead_phone"]
    assert "*" in other["properties"]["lead_phone"]
    names = sign_in("enterprise").get("/ogc/collections/rescue_station/queryables").get_json()["properties"]
    assert "lead_phone" not in names
    probe = f"lead_phone = '{city['properties']['lead_phone']}'"
    refused = sign_in("enterprise").get(
        "/ogc/collections/rescue_station/items", query_string={"filter": probe}
    )
    assert refused.status_code == 400


# -- real clients -------------------------------------------------------------------------------------


def ogr(*arguments: str, token: str) -> str:
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False,
        env={**os.environ, "GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"token:{token}", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_gdal_reads_exactly_the_districts_rows(live_server: LiveServer, tmp_path: Path) -> None:
    token = live_server.token("district")
    source = f"OAPIF:{live_server.url}/ogc"
    listing = ogr("ogrinfo", "-ro", source, token=token)
    assert {layer.id for layer in all_layers()} <= set(listing.replace(":", " ").split())
    target = tmp_path / "elevators.geojson"
    ogr("ogr2ogr", "-f", "GeoJSON", str(target), source, "elevator", "-oo", "PAGE_SIZE=300", token=token)
    codes = {f["properties"]["code"] for f in json.loads(target.read_text())["features"]}
    with live_server.store.unscoped() as connection:
        jurisdiction = connection.execute(
            "SELECT jurisdiction FROM app_user WHERE username = 'district'"
        ).fetchone()
    from data.scope import SYSTEM

    with live_server.store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT code, authority_code FROM elevator").fetchall()
    expected = {r["code"] for r in rows if r["authority_code"].startswith(jurisdiction["jurisdiction"][0])}  # type: ignore[index]
    assert codes == expected
    assert 0 < len(codes) < len(rows)


def test_gdal_filters_on_the_server(live_server: LiveServer) -> None:
    token = live_server.token("city")
    text = ogr(
        "ogrinfo",
        "-ro",
        "-al",
        "-so",
        f"OAPIF:{live_server.url}/ogc",
        "hazard_site",
        "-where",
        "grade = '4'",
        token=token,
    )
    count = int(text.split("Feature Count:")[1].split()[0])
    from data.scope import SYSTEM

    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT count(*) AS n FROM hazard_site WHERE grade = '4'").fetchone()
    assert row == {"n": count}


def test_owslib_reads_the_api(live_server: LiveServer) -> None:
    from owslib.ogcapi.features import Features
    from owslib.util import Authentication

    found = Features(f"{live_server.url}/ogc/", auth=Authentication("token", live_server.token("city")))
    assert "elevator" in found.feature_collections()
    assert found.collection_queryables("elevator")["properties"]["place_type"]["enum"]
    page = found.collection_items("elevator", limit=7)
    assert page["numberReturned"] == 7
    one = found.collection_item("elevator", str(page["features"][0]["id"]))
    assert one["properties"] == page["features"][0]["properties"]


def test_schemathesis_finds_no_server_error(live_server: LiveServer) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, settings

    token = live_server.token("city")
    schema = schemathesis.openapi.from_url(
        f"{live_server.url}/ogc/api", headers={"Authorization": f"Bearer {token}"}
    )
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=8, deadline=None, phases=[Phase.generate], database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @_given(operation)
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            response = case.call(headers={"Authorization": f"Bearer {token}"})
            assert response.status_code < 500, (
                f"{case.method} {case.formatted_path} {case.query}: {response.text[:300]}"
            )

        ask()
    assert asked > 100


def _given(operation: Any) -> Callable[[Any], Any]:
    from hypothesis import given

    return given(case=operation.as_strategy())


def test_tokens_are_scoped_expiring_and_revocable(live_server: LiveServer) -> None:
    import urllib.error
    import urllib.request

    def status(token: str, path: str = "/ogc/collections", method: str = "GET") -> int:
        request = urllib.request.Request(
            live_server.url + path, headers={"Authorization": f"Bearer {token}"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    token = live_server.token("district")
    assert status(token) == 200
    assert status(token + "x") == 401
    assert status(token, "/api/export/elevator?format=csv") == 403
    assert (
        status(live_server.token("district", "read", "export"), "/api/export/hazard_site?format=csv") == 200
    )
    assert status(token, "/api/tokens") == 403
    assert status(token, "/api/session/lang", "POST") == 403
    with live_server.store.unscoped() as connection:
        connection.execute("UPDATE access_token SET revoked_at = now()")
    assert status(token) == 401
