"""The routes of registration: what strangers may ask, what they are told, faults beside their fields, limits, one draft a browser."""

from __future__ import annotations

from typing import Any

import pytest

from data.scope import SYSTEM
from data.store import Store
from geo.crs import convert
from layers.standards.credit_code import check_character
from web.registration_access import RESULT

HOSTILE = (
    "'; DROP TABLE registration; --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "../../x",
    "🚀" * 40,
)


def code_of(number: int) -> str:
    body = f"91440300MA6{number:05d}K"
    return body + check_character(body)


@pytest.fixture(scope="module")
def street(city_store: Store) -> dict[str, Any]:
    """A street with a point inside that is neither water nor road nor another enterprise's."""
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT d.code, d.name, d.pinyin, d.initials, d.parent_code, ST_X(p) AS lon, ST_Y(p) AS lat FROM division d,"
            " LATERAL (SELECT (ST_Dump(ST_GeneratePoints(d.geom, 40, 7))).geom AS p) x WHERE d.level = 'street' AND d.geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM water w WHERE ST_Intersects(w.geom, p))"
            " AND NOT EXISTS (SELECT 1 FROM road r WHERE ST_DWithin(r.geom::geography, p::geography, 20))"
            " AND NOT EXISTS (SELECT 1 FROM enterprise e WHERE ST_DWithin(e.geom::geography, p::geography, 20))"
            " ORDER BY d.code LIMIT 1"
        ).fetchone()
    assert row is not None
    return dict(row)


def form_of(street: dict[str, Any], number: int, **changes: Any) -> dict[str, Any]:
    return {
        "region_code": street["code"], "authority_code": street["code"], "company_name": f"路由样例厂{number}",
        "credit_code": code_of(number), "address": "样例路 1 号", "industry": "industry_and_trade/machinery",
        "employee_count": "30", "contact_name": "张三", "contact_mobile": "13800000001", "legal_name": "李四",
        "principal_name": "李四", "principal_mobile": "138 0000 0002", "safety_name": "王五", "safety_mobile": "13800000003",
        "username": f"routes.{number}", "password": "long-enough-1", "password_again": "long-enough-1",
        "position_text": f"{street['lon']}, {street['lat']}", "crs": "wgs84", **changes,
    }  # fmt: skip


def get(client: Any, path: str, **query: Any) -> Any:
    response = client.get(f"/api/registration/{path}", query_string=query)
    assert response.status_code == 200, response.get_json()
    return response.get_json()


@pytest.fixture
def stranger(application: Any) -> Any:
    return application.test_client()


def test_a_region_is_found_by_name_pinyin_initials_and_code(stranger: Any, street: dict[str, Any]) -> None:
    for text in (
        street["name"],
        street["name"][:2],
        street["pinyin"][:8],
        street["initials"],
        street["code"],
    ):
        found = get(stranger, "regions", q=text)["regions"]
        assert street["code"] in {one["code"] for one in found}, text
    below = get(stranger, "regions", parent=street["parent_code"])["regions"]
    assert street["code"] in {one["code"] for one in below}


def test_who_may_supervise_a_region(stranger: Any, street: dict[str, Any]) -> None:
    found = get(stranger, "authorities", region=street["code"])
    codes = [one["code"] for one in found["authorities"]]
    assert codes[:3] == [street["code"], street["code"][:6], "440300"]
    assert found["region"]["bbox"][0] <= street["lon"] <= found["region"]["bbox"][2]


def test_a_good_position_has_no_warning(stranger: Any, street: dict[str, Any]) -> None:
    found = get(
        stranger,
        "position",
        position_text=f"{street['lon']},{street['lat']}",
        crs="wgs84",
        region=street["code"],
    )
    assert found["warnings"] == []
    assert found["division_code"].startswith(street["code"])
    assert found["outside_m"] == 0.0


def test_figures_of_another_datum_are_recognised_and_mended(stranger: Any, street: dict[str, Any]) -> None:
    """BD-09 figures typed as WGS-84, in a region that they leave thereby: the proposal is the true position."""
    here = [[street["lon"], street["lat"]]]
    for datum in ("bd09", "gcj02"):
        lon, lat = convert(here, "wgs84", datum)[0]
        found = get(
            stranger, "position", position_text=f"{lon:.7f},{lat:.7f}", crs="wgs84", region=street["code"]
        )
        kinds = [one["kind"] for one in found["warnings"]]
        if "outside_region" not in kinds:
            continue  # a wide region holds the shifted position too: nothing tells then
        assert kinds[0] == "other_datum", kinds
        right = get(
            stranger, "position", position_text=f"{lon:.7f},{lat:.7f}", crs=datum, region=street["code"]
        )
        assert right["warnings"] == []
        assert (right["lon"], right["lat"]) == (
            pytest.approx(street["lon"], abs=1e-6),
            pytest.approx(street["lat"], abs=1e-6),
        )


def test_another_province_is_said_with_its_distance(stranger: Any, street: dict[str, Any]) -> None:
    found = get(stranger, "position", position_text="105.4423, 28.8717", crs="wgs84", region=street["code"])
    assert found["warnings"][0]["kind"] == "outside_city"
    assert found["outside_m"] > 500_000
    assert f"{found['outside_m'] / 1000:,.1f} 公里" in found["warnings"][0]["text"]


def test_each_warning_of_the_ground(stranger: Any, city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        water = connection.execute(
            "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_PointOnSurface(geom) AS p FROM water ORDER BY ST_Area(geom) DESC LIMIT 1) w"
        ).fetchone()
        road = connection.execute(
            "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_LineInterpolatePoint(geom, 0.4) AS p FROM road ORDER BY id LIMIT 1) r"
        ).fetchone()
        other = connection.execute(
            "SELECT name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE geom IS NOT NULL ORDER BY id LIMIT 1"
        ).fetchone()
    assert water
    assert road
    assert other
    for at, kind in ((water, "in_water"), (road, "on_road"), (other, "on_neighbour")):
        found = get(stranger, "position", position_text=f"{at['lon']},{at['lat']}", crs="wgs84")
        warning = next(one for one in found["warnings"] if one["kind"] == kind)
        mended = warning["mended"]
        again = get(stranger, "position", position_text=f"{mended['lon']},{mended['lat']}", crs="wgs84")
        assert kind not in {one["kind"] for one in again["warnings"]}, kind


def test_strangers_are_told_names_only(stranger: Any, city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT name, code, contact_phone, address FROM enterprise ORDER BY id LIMIT 1"
        ).fetchone()
    assert row is not None
    found = get(stranger, "places", q=row["name"])["places"]
    mine = next(one for one in found if one["title"] == row["name"])
    assert set(mine) == {"title", "kind", "lon", "lat", "bbox"}
    assert get(stranger, "places", q=row["code"])["places"] == []  # a code finds nobody
    for path in (
        "/api/layers/enterprise/features",
        "/api/search?q=x",
        "/tiles/enterprise/10/836/445.mvt",
        "/api/divisions/440300",
    ):
        assert stranger.get(path).status_code == 401, path
    assert stranger.get("/tiles/basemap/10/836/445.mvt").status_code == 200


def test_a_form_names_every_fault_at_once(stranger: Any, street: dict[str, Any]) -> None:
    form = form_of(
        street, 1, credit_code="91440300MA5EXAMP0X", safety_mobile="12", industry="general/none", password="short",
        position_text="", legal_name="",
    )  # fmt: skip
    response = stranger.post("/api/registration/submit", json=form)
    body = response.get_json()
    assert response.status_code == 422
    assert set(body["fields"]) == {
        "credit_code",
        "safety_mobile",
        "industry",
        "password",
        "position_text",
        "legal_name",
    }
    assert "位" in body["fields"]["credit_code"]
    assert "手机" in body["fields"]["safety_mobile"]
    english = stranger.post(
        "/api/registration/submit", json=form, headers={"Accept-Language": "en"}
    ).get_json()
    assert all(ord(c) < 0x3000 for text in english["fields"].values() for c in text), english["fields"]


def test_a_draft_survives_in_its_browser_and_shows_in_no_other(
    application: Any, street: dict[str, Any]
) -> None:
    mine, other = application.test_client(), application.test_client()
    typed = {"company_name": "未完成的厂", "region_code": street["code"], "password": "never-kept-1"}
    saved = mine.put("/api/registration/draft", json=typed)
    assert saved.status_code == 200
    cookie = saved.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    form = get(mine, "draft")["form"]
    assert form == {"company_name": "未完成的厂", "region_code": street["code"]}
    assert get(other, "draft") == {"state": None, "form": {}}
    assert mine.delete("/api/registration/draft", json={}).status_code == 200
    assert get(mine, "draft")["state"] is None


def test_submitting_waiting_and_asking_by_name(application: Any, street: dict[str, Any]) -> None:
    client, other = application.test_client(), application.test_client()
    response = client.post("/api/registration/submit", json=form_of(street, 2))
    assert response.status_code == 201, response.get_json()
    assert response.get_json()["state"] == "pending"
    again = client.post("/api/registration/submit", json=form_of(street, 2))
    assert again.status_code == 409
    assert client.put("/api/registration/draft", json={"address": "x"}).status_code == 409
    assert other.post("/api/registration/submit", json=form_of(street, 2)).status_code == 409
    assert get(other, "result", name="路由样例厂2") == {
        "name": "路由样例厂2",
        "state": "pending",
        "title": "待审核",
    }
    assert get(other, "result", name="路由样例厂")["state"] is None  # a part of a name tells nothing
    refused = client.post("/sign-in", data={"username": "routes.2", "password": "long-enough-1"})
    assert refused.status_code == 401  # before approval nobody signs in


def test_asking_by_name_is_limited_and_the_limit_is_kept_in_the_database(
    application: Any, city_store: Store
) -> None:
    address = {"REMOTE_ADDR": "198.51.100.7"}
    client = application.test_client()
    for _ in range(RESULT.most):
        assert client.get("/api/registration/result?name=x", environ_base=address).status_code == 200
    refused = client.get("/api/registration/result?name=x", environ_base=address)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 601
    with city_store.unscoped() as connection:
        row = connection.execute(
            "SELECT max(n) AS n FROM rate_window WHERE kind = %s", [RESULT.kind]
        ).fetchone()
    assert row is not None
    assert row["n"] > RESULT.most
    assert (
        client.get(
            "/api/registration/result?name=x", environ_base={"REMOTE_ADDR": "198.51.100.8"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_texts(stranger: Any, street: dict[str, Any], text: str) -> None:
    for path, name in (("regions", "q"), ("places", "q"), ("result", "name")):
        assert stranger.get(f"/api/registration/{path}", query_string={name: text}).status_code in (200, 400)
    assert stranger.get("/api/registration/authorities", query_string={"region": text}).status_code == 400
    assert stranger.put("/api/registration/draft", json={"company_name": text}).status_code == 200
    assert get(stranger, "draft")["form"]["company_name"] == text
    assert stranger.post("/api/registration/submit", data="{not json").status_code == 400


def test_a_region_of_an_older_year_names_its_successor(stranger: Any, city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        now = connection.execute(
            "SELECT code, name, year FROM division WHERE level = 'street' ORDER BY code LIMIT 1"
        ).fetchone()
        assert now is not None
        connection.execute(
            "INSERT INTO division (code, name, level, parent_code, year, pinyin, initials) SELECT '440399777', name, level, parent_code,"
            " year - 5, pinyin, initials FROM division WHERE code = %s",
            [now["code"]],
        )
    try:
        response = stranger.get("/api/registration/authorities?region=440399777")
        assert response.status_code == 400
        assert now["code"] in response.get_json()["detail"]
    finally:
        with city_store.transaction(SYSTEM) as connection:
            connection.execute("DELETE FROM division WHERE code = '440399777'")


def test_a_stranger_may_choose_the_language(stranger: Any) -> None:
    assert stranger.post("/api/session/lang", json={"lang": "en"}).status_code == 200
    assert "Sign in" in stranger.get("/sign-in").get_data(as_text=True)
    assert stranger.post("/api/session/lang", json={"lang": "xx"}).status_code == 422
