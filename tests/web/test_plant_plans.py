"""Plant plans over HTTP: pictures that are none, ties, points on plan and map, and whose plans they are (L5)."""

from __future__ import annotations

import datetime as dt
import io
import math
import struct
from collections.abc import Callable
from typing import Any

import pytest
from pyproj import Geod

from data import register_alarms
from data.clock import SystemClock
from data.errors import LoadError
from data.plan_image import picture_size
from data.sample.plans import draw, png
from data.scope import SYSTEM
from data.store import Store
from layers.registry import register_by_id

Client = Callable[[str], Any]
GEOD = Geod(ellps="GRS80")
PICTURE = png(draw())


@pytest.fixture
def mine(sign_in: Client) -> tuple[Any, int, dict[str, Any]]:
    """The sample enterprise's client, its id, and a plan that it has just uploaded."""
    client = sign_in("enterprise")
    number = client.get("/api/enterprises/own").get_json()["enterprises"][0]["id"]
    return client, number, _upload(client, number).get_json()


def _upload(
    client: Any, number: int, content: bytes = PICTURE, file_name: str = "总平面图.png", **values: Any
) -> Any:
    form = {
        "name": "总平面图",
        "kind": "site",
        "position": "1",
        **values,
        "file": (io.BytesIO(content), file_name),
    }
    return client.post(f"/api/enterprises/{number}/plans", data=form, content_type="multipart/form-data")


def _ties(
    plan: dict[str, Any], bearing_deg: float = 90.0, distance_m: float = 100.0
) -> list[dict[str, float]]:
    """200 pixels upward on the picture are so many metres in a direction on the ground."""
    lon, lat, _ = GEOD.fwd(114.06, 22.54, bearing_deg, distance_m)
    return [
        {"x_px": 500.0, "y_px": 600.0, "lon": 114.06, "lat": 22.54},
        {"x_px": 500.0, "y_px": 400.0, "lon": lon, "lat": lat},
    ]


def _put(client: Any, plan: dict[str, Any], **values: Any) -> Any:
    return client.put(f"/api/plans/{plan['id']}", json={"version": plan["version"], **values})


def test_points_stand_on_the_city_map_once_the_plan_is_tied(
    mine: tuple[Any, int, dict[str, Any]], city_store: Store
) -> None:
    client, _, plan = mine
    assert (plan["width_px"], plan["height_px"], plan["fit"]) == (1200, 800, None)
    point = {"x_px": 300.0, "y_px": 600.0, "kind": "camera", "name": "门口"}
    plan = client.post(f"/api/plans/{plan['id']}/points", json=point).get_json()
    assert plan["points"][0]["lon"] is None
    tied = _put(client, plan, ties=_ties(plan), north_deg=270).get_json()
    assert tied["fit"]["scale_m_per_px"] == pytest.approx(0.5)
    assert tied["fit"]["north_deg"] == pytest.approx(270)
    assert tied["fit"]["north_off_deg"] == pytest.approx(0, abs=0.1)
    assert not tied["fit"]["is_north_doubtful"]
    # The upper edge points east, so 200 pixels to the left of the first tie is 100 m north of it.
    placed = tied["points"][0]
    bearing, _, distance = GEOD.inv(114.06, 22.54, placed["lon"], placed["lat"])
    assert distance == pytest.approx(100, abs=0.01)
    assert math.isclose(bearing, 0, abs_tol=0.01)
    found = client.get("/api/layers/plan_point/features?q=门口").get_json()["rows"]
    assert placed["code"] in {row["values"]["code"] for row in found}
    doubtful = _put(client, tied, north_deg=10).get_json()
    assert doubtful["fit"]["is_north_doubtful"]
    untied = _put(client, doubtful, ties=None).get_json()
    assert (untied["fit"], untied["points"][0]["lon"]) == (None, None)
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT position_quality, geom IS NULL AS off FROM plan_point WHERE id = %s", [placed["id"]]
        ).fetchone()
    assert row == {"position_quality": "none", "off": True}


def test_a_point_may_stand_for_a_row_of_the_enterprise(mine: tuple[Any, int, dict[str, Any]]) -> None:
    client, _, plan = mine
    row = client.post(
        "/api/registers/fire_facility/rows", json={"name": "泵房灭火器", "kind": "extinguisher"}
    ).get_json()
    plan = client.get(f"/api/plans/{plan['id']}").get_json()
    assert row["code"] in {one["code"] for one in plan["placeable"]["facility"]}
    path = f"/api/plans/{plan['id']}/points"
    done = client.post(
        path, json={"x_px": 5, "y_px": 5, "kind": "facility", "of_code": row["code"]}
    ).get_json()
    assert (done["points"][0]["name"], done["points"][0]["of_code"]) == ("泵房灭火器", row["code"])
    for bad, field in (
        ({"of_code": "没有"}, "of_code"), ({"x_px": 1201}, "x_px"), ({"y_px": -1}, "x_px"), ({"kind": "ufo"}, "kind"),
        ({"name": ""}, "name"), ({"x_px": "左边"}, "x_px"),
    ):  # fmt: skip
        answer = client.post(path, json={"x_px": 5, "y_px": 5, "kind": "facility", "name": "x", **bad})
        assert answer.status_code == 422, bad
        assert answer.get_json()["faults"][0]["field"] == field
    gone = client.delete(f"{path}/{done['points'][0]['id']}").get_json()
    assert gone["points"] == []
    assert client.delete(f"{path}/{done['points'][0]['id']}").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"not a picture", "plan.png", "不接受|图片"),
        (PICTURE[:2000], "plan.png", "完整的图片"),
        (b"\x89PNG\r\n\x1a\n", "plan.png", "完整的图片"),
        (b"%PDF-1.7 ...", "plan.png", "完整的图片"),
        (b"", "plan.png", "完整的图片|空的"),
        (PICTURE[:16] + struct.pack(">II", 60_000, 60_000) + PICTURE[24:], "plan.png", "太大"),
        (PICTURE, "plan.svg", "不接受"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_stays(
    mine: tuple[Any, int, dict[str, Any]], city_store: Store, content: bytes, name: str, words: str
) -> None:
    client, number, _ = mine
    before = _stored(city_store)
    answer = _upload(client, number, content, name)
    assert answer.status_code == 422
    assert any(word in answer.get_json()["detail"] for word in words.split("|")), answer.get_json()
    assert _stored(city_store) == before


def test_a_point_tells_how_it_stands_with_its_row_and_what_is_open_beside(
    mine: tuple[Any, int, dict[str, Any]], sign_in: Client, city_store: Store
) -> None:
    client, number, plan = mine
    body = {"name": "图上看得到的隐患", "grade": "general", "category": "fire"}
    danger = client.post("/api/registers/hidden_danger/rows", json=body)
    assert danger.status_code == 201, danger.get_json()
    row = danger.get_json()
    code = row["values"]["code"]
    point = {"x_px": 300.0, "y_px": 600.0, "kind": "hidden_danger", "of_code": code}
    placed = client.post(f"/api/plans/{plan['id']}/points", json=point).get_json()["points"][-1]
    assert placed["row"]["value"] == "pending"
    assert placed["row"]["page"] == f"/registers/hidden_danger/{row['id']}"
    assert placed["row"]["warnings"] == 0
    assert client.get(placed["row"]["page"]).status_code == 200
    with city_store.transaction(SYSTEM) as connection:
        register_alarms.watch_one(
            connection, register_by_id("hidden_danger"), now=SystemClock().now() + dt.timedelta(days=400)
        )
    late = client.get(f"/api/plans/{plan['id']}").get_json()["points"][-1]["row"]
    assert late["value"] == "overdue"
    assert late["warnings"] >= 1
    beside = client.get(f"/api/enterprises/{number}/plans").get_json()["beside"]
    dangers = next(one for one in beside["counts"] if one["layer"] == "hidden_danger")
    assert dangers["n"] == sum(part["n"] for part in dangers["of"])
    overdue = next(part for part in dangers["of"] if part["value"] == "overdue")
    listed = client.get(f"/api/registers/hidden_danger/rows?{overdue['page'].partition('?')[2]}").get_json()
    assert listed["total"] == overdue["n"]
    assert beside["warnings"]["n"] >= late["warnings"]


def test_a_point_whose_row_was_removed_says_so(mine: tuple[Any, int, dict[str, Any]]) -> None:
    client, _, plan = mine
    row = client.post(
        "/api/registers/fire_facility/rows", json={"name": "旧水泵", "kind": "extinguisher"}
    ).get_json()
    point = {"x_px": 9.0, "y_px": 9.0, "kind": "facility", "of_code": row["code"]}
    placed = client.post(f"/api/plans/{plan['id']}/points", json=point).get_json()["points"][-1]
    assert placed["row"]["name"] == "旧水泵"
    gone = client.delete(
        f"/api/registers/fire_facility/rows/{row['id']}", json={"version": row["version"], "note": "拆除"}
    )
    assert gone.status_code == 200, gone.get_json()
    assert client.get(f"/api/plans/{plan['id']}").get_json()["points"][-1]["row"] == {"is_gone": True}


def _stored(store: Store) -> tuple[int, int]:
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM plant_plan) AS plans, (SELECT count(*) FROM attachment) AS files"
        ).fetchone()
    assert row is not None
    return row["plans"], row["files"]


def test_a_picture_of_60_mb_is_refused(mine: tuple[Any, int, dict[str, Any]], city_store: Store) -> None:
    client, number, _ = mine
    before = _stored(city_store)
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (("name", "大图"), ("kind", "site"))
    ]
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = b"".join([*parts, head, PICTURE, b"\x00" * (60 * 1024 * 1024), b"\r\n--x--\r\n"])
    answer = client.post(
        f"/api/enterprises/{number}/plans", data=body, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 422
    assert "20 MB" in answer.get_json()["detail"]
    assert _stored(city_store) == before


def test_a_name_that_climbs_folders_is_only_a_name(
    mine: tuple[Any, int, dict[str, Any]], city_store: Store
) -> None:
    client, number, _ = mine
    answer = _upload(client, number, PICTURE, "../../../../etc/x.png", name="../../图")
    assert answer.status_code == 201
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT file_name FROM attachment ORDER BY id DESC LIMIT 1").fetchone()
    assert row == {"file_name": "x.png"}
    with client.get(answer.get_json()["image"]) as sent:
        assert sent.data == PICTURE
        assert sent.headers["Content-Type"] == "image/png"


def test_ties_that_coincide_are_refused(mine: tuple[Any, int, dict[str, Any]]) -> None:
    client, _, plan = mine
    one, two = _ties(plan)
    for ties, words in (
        ([one, {**two, "x_px": 501.0, "y_px": 600.0}], "像素"), ([one, {**two, "lon": 114.06, "lat": 22.54}], "米"),
        ([one], "两个"), ([one, {**two, "lat": 122.0}], ""), ([one, {**two, "lat": 23.9}], "不像"),
    ):  # fmt: skip
        answer = _put(client, plan, ties=ties)
        assert answer.status_code in (400, 422), ties
        assert words in answer.get_json()["detail"]
    assert client.get(f"/api/plans/{plan['id']}").get_json()["version"] == plan["version"]


def test_order_and_plans_above_make_no_circle(mine: tuple[Any, int, dict[str, Any]]) -> None:
    client, number, plan = mine
    below = _upload(
        client, number, name="楼层", kind="floor", parent_id=str(plan["id"]), position="7"
    ).get_json()
    assert below["parent_id"] == plan["id"]
    assert _put(client, plan, parent_id=below["id"]).get_json()["faults"][0]["field"] == "parent_id"
    assert _put(client, plan, parent_id=plan["id"]).status_code == 422
    assert _put(client, plan, name="", kind="x").status_code == 422
    kept = client.delete(f"/api/plans/{plan['id']}", json={"version": plan["version"]})
    assert kept.status_code == 409
    assert "楼层" in kept.get_json()["detail"]
    assert (
        client.delete(f"/api/plans/{below['id']}", json={"version": below["version"] + 1}).status_code == 409
    )
    assert client.delete(f"/api/plans/{below['id']}", json={"version": below["version"]}).status_code == 200
    assert client.delete(f"/api/plans/{plan['id']}", json={"version": plan["version"]}).status_code == 200
    assert client.get(f"/api/plans/{plan['id']}").status_code == 404
    assert client.get(plan["image"]).status_code == 404


def test_an_administrator_links_a_plan_to_its_3d_model(
    mine: tuple[Any, int, dict[str, Any]], sign_in: Client
) -> None:
    client, number, _ = mine
    plan = _upload(client, number, name="三维", kind="model").get_json()
    assert (plan["kind_title"], plan["link_url"], plan["may_link"]) == ("三维厂区图", None, False)
    assert _put(client, plan, link_url="https://example.org/model").status_code == 403
    admin = sign_in("admin")
    assert admin.get(f"/api/plans/{plan['id']}").get_json()["may_link"] is True
    for bad in (
        "http://example.org/", "javascript:alert(1)", "//example.org/x", "/\\\\example.org", "https://", "https://a:b@example.org/",
        "https://example.org/a b", "data:text/html,x", "ftp://example.org", "https://example.org/" + "x" * 481,
    ):  # fmt: skip
        refused = _put(admin, plan, link_url=bad)
        assert refused.status_code in (400, 422), bad
    for good in ("https://example.org:8443/m?id=3#v", "/static/model/index.html"):
        plan = _put(admin, plan, link_url=good).get_json()
        assert plan["link_url"] == good
    seen = client.get(f"/api/plans/{plan['id']}").get_json()
    assert seen["link_url"] == "/static/model/index.html"
    named = _put(client, seen, name="三维模型", link_url=seen["link_url"])
    assert named.status_code == 200, "what stands is no change"
    assert _put(admin, named.get_json(), link_url=None).get_json()["link_url"] is None


def test_a_picture_in_use_is_not_detached(mine: tuple[Any, int, dict[str, Any]]) -> None:
    client, _, plan = mine
    answer = client.delete(plan["image"])
    assert answer.status_code in (403, 409)
    with client.get(plan["image"]) as sent:
        assert sent.status_code == 200


def test_others_plans_are_not_there(
    mine: tuple[Any, int, dict[str, Any]], sign_in: Client, city_store: Store
) -> None:
    _, number, plan = mine
    seen = sign_in("dispatcher").get(f"/api/plans/{plan['id']}")
    assert seen.status_code == 200
    with city_store.transaction(SYSTEM) as connection:
        other = connection.execute(
            "SELECT e.id FROM enterprise e WHERE e.owner_id IS NOT NULL AND e.id <> %s ORDER BY e.id LIMIT 1",
            [number],
        ).fetchone()
        assert other is not None
        connection.execute(
            "UPDATE plant_plan SET enterprise_code = (SELECT code FROM enterprise WHERE id = %s) WHERE id = %s",
            [other["id"], plan["id"]],
        )
    client = sign_in("enterprise")
    assert client.get(f"/api/plans/{plan['id']}").status_code == 404
    assert _put(client, plan, name="我的").status_code == 404
    assert (
        client.post(
            f"/api/plans/{plan['id']}/points", json={"x_px": 1, "y_px": 1, "kind": "camera", "name": "x"}
        ).status_code
        == 404
    )
    assert client.delete(f"/api/plans/{plan['id']}", json={"version": 1}).status_code == 404
    assert _upload(client, other["id"]).status_code == 404
    assert client.get(f"/api/enterprises/{other['id']}/plans").status_code == 404
    assert client.get(f"/enterprise/{other['id']}/plans").status_code == 404
    assert sign_in("wall").get(f"/api/plans/{plan['id']}").status_code == 403


def test_sizes_are_read_from_the_pictures_themselves() -> None:
    """Bytes as the formats define them, made by hand."""
    jpeg = (
        b"\xff\xd8\xff\xe0\x00\x10JFIF"
        + b"\x00" * 10
        + b"\xff\xc2\x00\x11\x08"
        + struct.pack(">HH", 300, 500)
        + b"\x00" * 20
        + b"\xff\xd9"
    )
    assert picture_size(jpeg) == (500, 300)
    lossless = (
        b"WEBPVP8L" + struct.pack("<I", 13) + b"\x2f" + (639 | 479 << 14).to_bytes(4, "little") + b"\x00" * 8
    )
    assert picture_size(_riff(lossless)) == (640, 480)
    extended = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x00" * 4 + (1919).to_bytes(3, "little")
    assert picture_size(_riff(extended + (1079).to_bytes(3, "little"))) == (1920, 1080)
    with pytest.raises(LoadError):
        picture_size(_riff(lossless)[:-4])
    assert picture_size(PICTURE) == (1200, 800)


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body)) + body
