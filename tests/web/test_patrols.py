"""Patrols over HTTP: coverage of a route by a track solved by hand, what is owed, and whose routes they are (L14, G9)."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pyproj import Geod
from python_calamine import CalamineWorkbook

from data import patrol_duty
from data.database import Database
from data.scope import SYSTEM, enter

Client = Callable[[str], Any]
GEOD = Geod(ellps="WGS84")
AT = (114.06, 22.54)


def _place(east_m: float, north_m: float) -> tuple[float, float]:
    """A position so many metres from the corner of a small plane."""
    lon, lat, _ = GEOD.fwd(*AT, math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m))
    return round(lon, 9), round(lat, 9)


def _geojson(lines: list[list[tuple[float, float]]], points: list[tuple[float, float]] = []) -> bytes:  # noqa: B006 - never changed
    shapes: list[dict[str, Any]] = [{"type": "LineString", "coordinates": line} for line in lines]
    shapes += [{"type": "Point", "coordinates": point} for point in points]
    return json.dumps({"type": "GeometryCollection", "geometries": shapes}).encode()


def _send(client: Any, path: str, content: bytes, file_name: str = "x.geojson", **values: Any) -> Any:
    form = {**values, "file": (io.BytesIO(content), file_name)}
    return client.post(path, data=form, content_type="multipart/form-data")


@pytest.fixture
def route(sign_in: Client) -> tuple[Any, dict[str, Any]]:
    """A kilometre due east with a stop at each end and one 300 m to the north, walked within 20 m."""
    client = sign_in("enterprise")
    content = _geojson(
        [[_place(x, 0) for x in range(0, 1001, 100)]], [_place(0, 0), _place(1000, 0), _place(500, 300)]
    )
    answer = _send(
        client, "/api/patrols/routes", content, name="管线", kind="pipeline", tolerance_m="20", every_days="7"
    )
    assert answer.status_code == 201, answer.get_json()
    return client, answer.get_json()


def _walk(client: Any, route: dict[str, Any], places: list[tuple[float, float]], **values: Any) -> Any:
    values = {"patroller": "李四", "started_at": "2026-11-20T09:00", **values}
    return _send(client, f"/api/patrols/routes/{route['id']}/tracks", _geojson([places]), **values)


def _everywhere() -> list[tuple[float, float]]:
    return [_place(0, 0), _place(500, 0), _place(500, 290), _place(500, 0), _place(1000, 0)]


def test_what_a_track_leaves_out_is_what_geometry_says(route: tuple[Any, dict[str, Any]]) -> None:
    """A track 10 m beside the first 600 m covers 600 m and, round its end, sqrt(20² - 10²) = 17.3 m more."""
    client, kept = route
    assert kept["route_m"] == pytest.approx(1000, abs=1)
    track = _walk(client, kept, [_place(x, 10) for x in range(0, 601, 50)]).get_json()
    assert track["missed_m"] == pytest.approx(1000 - 600 - math.sqrt(300), abs=1.5)
    assert (track["stop_count"], track["missed_stop_count"]) == (3, 2)
    assert [round(p["lat"], 4) for p in track["missed_stops"]] == [22.54, round(_place(500, 300)[1], 4)]
    west = min(lon for lon, _ in track["missed"]["coordinates"])
    assert GEOD.inv(*AT, west, AT[1])[2] == pytest.approx(617.3, abs=1.5)
    whole = _walk(client, kept, _everywhere()).get_json()
    assert (whole["missed_m"], whole["missed_stop_count"], whole["covered_share"]) == (0, 0, 1)
    away = _walk(client, kept, [_place(0, 21), _place(1000, 21)]).get_json()
    assert away["covered_share"] == 0


def test_more_track_never_covers_less(route: tuple[Any, dict[str, Any]]) -> None:
    client, kept = route
    rng = random.Random(7)
    places = [_place(rng.uniform(0, 1000), rng.uniform(-40, 40)) for _ in range(8)]
    missed = [_walk(client, kept, places[:n]).get_json()["missed_m"] for n in (2, 4, 6, 8)]
    assert missed == sorted(missed, reverse=True)
    assert all(0 <= m <= kept["route_m"] for m in missed)


def test_a_patrol_is_owed_after_its_days(route: tuple[Any, dict[str, Any]]) -> None:
    client, kept = route
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=8)))
    states = []
    for days in (8, 7):
        at = (now - dt.timedelta(days=days)).replace(tzinfo=None).isoformat(timespec="minutes")
        assert _walk(client, kept, _everywhere(), started_at=at).status_code == 201
        row = next(r for r in client.get("/api/patrols").get_json()["routes"] if r["id"] == kept["id"])
        states.append(row["is_overdue"])
    assert states == [True, False]


def test_a_patrol_that_was_not_walked_is_warned_of_once(
    route: tuple[Any, dict[str, Any]], city_database: Database, sign_in: Client
) -> None:
    """Under a clock that is set: owed until the seventh day ends; once for each period; settled when it is walked."""
    client, kept = route
    walked = dt.datetime(2026, 11, 1, 15, 30, tzinfo=dt.UTC)  # 23:30 in Beijing, still the 1st
    answer = _walk(client, kept, _everywhere(), started_at=walked.isoformat())
    assert answer.status_code == 201
    midnight = dt.datetime(2026, 11, 8, 16, tzinfo=dt.UTC)

    def warned(at: dt.datetime) -> list[tuple[str, bool]]:
        with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
            enter(connection, SYSTEM)
            patrol_duty.watch(connection, now=at)
            rows = connection.execute(
                "SELECT title, processed_at IS NULL AS open FROM warning WHERE kind = 'patrol_owed' AND row_id = %s ORDER BY id",
                [kept["id"]],
            ).fetchall()
        return [(row["title"], row["open"]) for row in rows]

    title = "管线：应在 2026-11-08 前巡查。 To be walked before 2026-11-08: 管线."
    assert warned(midnight - dt.timedelta(seconds=1)) == []
    assert warned(midnight) == [(title, True)]
    assert warned(midnight + dt.timedelta(hours=1)) == [(title, True)]
    (warning,) = client.get("/api/warnings?kind=patrol_owed&q=管线：应在").get_json()["rows"]
    assert warning["title"] == "管线：应在 2026-11-08 前巡查。"
    (english,) = client.get("/api/warnings?kind=patrol_owed&q=管线：应在&lang=en").get_json()["rows"]
    assert english["title"] == "To be walked before 2026-11-08: 管线."
    city = sign_in("city")
    assert city.post(f"/api/warnings/{warning['id']}/process", json={"note": "已安排"}).status_code == 200
    client = sign_in("enterprise")
    assert warned(midnight + dt.timedelta(days=3)) == [(title, False)], (
        "what was processed does not come again"
    )
    later = midnight + dt.timedelta(days=1)
    assert _walk(client, kept, _everywhere(), started_at=later.isoformat()).status_code == 201
    owed = later + dt.timedelta(days=9)
    assert warned(owed) == [(title, False), (title.replace("2026-11-08", "2026-11-17"), True)]
    assert _walk(client, kept, _everywhere()).status_code == 201
    assert [is_open for _, is_open in warned(owed)] == [False, False]


def test_a_walk_that_leaves_too_much_out_is_kept_and_ends_nothing(
    route: tuple[Any, dict[str, Any]], sign_in: Client
) -> None:
    """Counted by length and by stops; a city sets how much is enough; a file from elsewhere is refused."""
    client, kept = route

    def told() -> tuple[bool, bool]:
        row = next(r for r in client.get("/api/patrols").get_json()["routes"] if r["id"] == kept["id"])
        return row["last"]["is_made"], row["due_on"] > "2026-11-27"

    most = [*_everywhere()[:-1], _place(790, 0)]
    assert _walk(client, kept, most, started_at="2026-11-25T09:00").status_code == 201
    assert told() == (False, True), "the day of a route that was kept today"
    assert [t["is_made"] for t in client.get(f"/api/patrols/routes/{kept['id']}").get_json()["tracks"]] == [
        False
    ]
    assert _walk(client, kept, _everywhere(), started_at="2026-11-20T10:00").status_code == 201
    assert told() == (False, False), "seven days after the whole walk"
    far = _walk(client, kept, [_place(5_000, 0), _place(6_000, 0)])
    assert far.status_code == 422
    assert "4.0 公里" in far.get_json()["faults"][0]["detail"]
    admin = sign_in("admin")
    token = {
        "id": "patrol_route.walked",
        "value": "60",
        "csrf_token": admin.get("/api/session").get_json()["csrf"],
    }
    assert admin.post("/admin/warning-limits", data=token).status_code == 302
    assert told() == (True, True)
    admin.post("/admin/warning-limits", data=token | {"value": "80"})


def test_routes_and_stops_stand_on_the_map(route: tuple[Any, dict[str, Any]]) -> None:
    client, kept = route
    (line,) = [
        f
        for f in client.get("/ogc/collections/patrol_route/items?limit=1000").get_json()["features"]
        if f["properties"]["code"] == kept["code"]
    ]
    assert line["geometry"]["type"] == "MultiLineString"
    assert len(line["geometry"]["coordinates"][0]) == 11
    query = f"filter=route_code='{kept['code']}'&limit=100"
    stops = client.get(f"/ogc/collections/patrol_stop/items?{query}").get_json()["features"]
    assert [s["properties"]["stop_order"] for s in stops] == [1, 2, 3]
    assert client.delete(f"/api/patrols/routes/{kept['id']}").status_code == 200
    assert client.get(f"/ogc/collections/patrol_stop/items?{query}").get_json()["features"] == []


def test_bad_routes_and_tracks_are_named(route: tuple[Any, dict[str, Any]]) -> None:
    client, kept = route
    line = _geojson([[_place(0, 0), _place(9, 0)]])
    for values, field in (
        ({"name": ""}, "name"),
        ({"kind": "x"}, "kind"),
        ({"tolerance_m": "0.5"}, "tolerance_m"),
        ({"tolerance_m": "宽"}, "tolerance_m"),
    ):
        answer = _send(client, "/api/patrols/routes", line, **{"name": "路", "kind": "area", **values})
        assert answer.status_code == 422
        assert answer.get_json()["faults"][0]["field"] == field
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    for values, field in (
        ({"patroller": ""}, "patroller"),
        ({"started_at": ""}, "started_at"),
        ({"started_at": ahead}, "started_at"),
    ):
        answer = _walk(client, kept, [_place(0, 0), _place(9, 0)], **values)
        assert answer.status_code == 422
        assert answer.get_json()["faults"][0]["field"] == field
    bomb = b'<!DOCTYPE kml [<!ENTITY a "x">]><kml/>'
    assert (
        _send(client, f"/api/patrols/routes/{kept['id']}/tracks", bomb, "a.kml", patroller="李四").status_code
        == 422
    )
    assert client.get(f"/api/patrols/routes/{kept['id']}").get_json()["tracks"] == []


def test_others_routes_are_not_there(route: tuple[Any, dict[str, Any]], sign_in: Client) -> None:
    client, kept = route
    track = _walk(client, kept, [_place(0, 0), _place(9, 0)]).get_json()
    city = sign_in("city")
    assert city.get(f"/api/patrols/routes/{kept['id']}").status_code == 200
    theirs = _send(
        city, "/api/patrols/routes", _geojson([[_place(0, 0), _place(9, 0)]]), name="市局路线", kind="area"
    ).get_json()
    client = sign_in("enterprise")
    assert client.get(f"/api/patrols/routes/{theirs['id']}").status_code == 404
    assert client.delete(f"/api/patrols/routes/{theirs['id']}").status_code == 404
    assert _walk(client, theirs, [_place(0, 0), _place(9, 0)]).status_code == 404
    assert theirs["id"] not in {r["id"] for r in client.get("/api/patrols").get_json()["routes"]}
    assert sign_in("wall").get("/api/patrols").status_code == 403
    assert sign_in("maintainer").delete(f"/api/patrols/tracks/{track['id']}").status_code == 403
    client = sign_in("enterprise")
    assert client.delete(f"/api/patrols/tracks/{track['id']}").status_code == 200
    assert client.delete(f"/api/patrols/routes/{kept['id']}").status_code == 200
    assert client.get(f"/api/patrols/routes/{kept['id']}").status_code == 404


def _walked(client: Any, route: dict[str, Any]) -> dict[str, Any]:
    answer = _walk(client, route, [_place(x, 10) for x in range(0, 601, 50)])
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def _put(client: Any, route: dict[str, Any], **values: Any) -> Any:
    said = {name: route[name] for name in ("name", "kind", "tolerance_m", "every_days", "version")}
    return client.put(f"/api/patrols/routes/{route['id']}", json={**said, **values})


def test_earlier_tracks_stay_judged_by_the_route_as_it_was(route: tuple[Any, dict[str, Any]]) -> None:
    """Drawn anew 500 m to the north: what was walked before says the same as before, what is walked now is judged by the new line."""
    client, kept = route
    before = _walked(client, kept)
    lines = [[_place(x, 500) for x in (0, 500, 1000)]]
    stops = [{"name": "新点", "lon": lines[0][1][0], "lat": lines[0][1][1]}]
    answer = _put(client, kept, name="改线", lines=lines, stops=stops)
    assert answer.status_code == 200, answer.get_json()
    changed = answer.get_json()
    assert (changed["name"], [s["name"] for s in changed["stops"]], changed["version"]) == (
        "改线",
        ["新点"],
        kept["version"] + 1,
    )
    assert changed["geometry"]["coordinates"][0][0] == pytest.approx(lines[0][0], abs=1e-6)
    after = client.get(f"/api/patrols/tracks/{before['id']}").get_json()
    same = (
        "missed_m",
        "missed_stop_count",
        "stop_count",
        "covered_share",
        "missed",
        "missed_stops",
        "route_m",
    )
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["is_old"]
    assert [s["name"] for s in after["old_stops"]] == [s["name"] for s in kept["stops"]]
    assert len(after["old_geometry"]["coordinates"][0]) == 11
    now = _walk(client, changed, [_place(x, 500) for x in (0, 1000)]).get_json()
    assert (now["covered_share"], now["missed_stop_count"], now["is_old"]) == (1, 0, False)
    old = _walk(client, changed, [_place(x, 0) for x in (0, 1000)]).get_json()
    assert old["covered_share"] == 0
    again = _put(client, changed, lines=[[_place(0, 0), _place(0, 100)]], stops=[]).get_json()
    assert [t["is_old"] for t in again["tracks"]] == [True] * 3
    assert client.get(f"/api/patrols/tracks/{now['id']}").get_json()["covered_share"] == 1
    first = client.get(f"/api/patrols/tracks/{before['id']}").get_json()
    assert {name: first[name] for name in same} == {name: before[name] for name in same}


def test_facts_change_without_the_shape(route: tuple[Any, dict[str, Any]]) -> None:
    client, kept = route
    track = _walked(client, kept)
    changed = _put(client, kept, tolerance_m=50, every_days="").get_json()
    assert (changed["tolerance_m"], changed["every_days"]) == (50, None)
    assert changed["geometry"] == kept["geometry"]
    assert [s["name"] for s in changed["stops"]] == [s["name"] for s in kept["stops"]]
    assert not client.get(f"/api/patrols/tracks/{track['id']}").get_json()["is_old"]
    file = {"file": (io.BytesIO(_geojson([[_place(0, 0), _place(50, 0)]])), "x.geojson")}
    said = {"name": "从文件", "kind": "area", "tolerance_m": "20", "version": str(changed["version"]), **file}
    by_file = client.put(f"/api/patrols/routes/{kept['id']}", data=said, content_type="multipart/form-data")
    assert by_file.status_code == 200, by_file.get_json()
    assert (by_file.get_json()["route_m"], by_file.get_json()["stops"]) == (50, [])


def test_changes_of_routes_are_refused_by_name(route: tuple[Any, dict[str, Any]], sign_in: Client) -> None:
    client, kept = route
    line = [_place(0, 0), _place(9, 0)]
    for values, status, named in (
        ({"version": kept["version"] + 1}, 409, "刷新"),
        ({"version": None}, 400, "version"),
        ({"lines": [], "stops": []}, 422, "lines"),
        ({"lines": [[line[0]]]}, 422, "lines"),
        ({"lines": [[[200, 22], [114, 22]]]}, 422, "lines"),
        ({"lines": "a"}, 422, "lines"),
        ({"lines": [line], "stops": [{"lon": 114}]}, 422, "lines"),
        ({"lines": [[line[0], line[0]]]}, 422, "file"),
        ({"lines": [[_place(i, 0) for i in range(3)] * 7000]}, 422, "20,000"),
        ({"name": ""}, 422, "name"),
        ({"tolerance_m": 501}, 422, "tolerance_m"),
        ({"tolerance_m": 0}, 422, "tolerance_m"),
    ):
        answer = _put(client, kept, **values)
        assert answer.status_code == status, (values, answer.get_json())
        assert named in answer.get_data(as_text=True)
    assert client.get(f"/api/patrols/routes/{kept['id']}").get_json()["geometry"] == kept["geometry"]
    theirs = _send(
        sign_in("city"), "/api/patrols/routes", _geojson([line]), name="市局路线", kind="area"
    ).get_json()
    client = sign_in("enterprise")
    assert _put(client, theirs).status_code == 404
    away = {"lines": [[[10, 10], [10.1, 10]]]}
    answer = _put(sign_in("city"), theirs, **away)
    assert answer.status_code == 422
    assert "区划" in answer.get_json()["faults"][0]["detail"]


def test_findings_stand_on_the_patrol(route: tuple[Any, dict[str, Any]], sign_in: Client) -> None:
    """One that a public route found belongs to no enterprise: the authority rectifies it; one of an enterprise's route is the enterprise's."""
    client, kept = route
    city = sign_in("city")
    line = [_place(0, 0), _place(100, 0)]
    public = _send(city, "/api/patrols/routes", _geojson([line]), name="公共路线", kind="area").get_json()
    walk = _walk(city, public, line).get_json()
    at = f"{line[1][0]}, {line[1][1]}"
    said = {"name": "井盖破损", "grade": "general", "position_text": at, "crs": "wgs84"}
    added = city.post("/api/registers/hidden_danger/rows", json={**said, "route_code": public["code"]})
    assert added.status_code == 201, added.get_json()
    danger = added.get_json()
    assert danger["enterprise"] is None
    assert "rectify" in {m["id"] for m in danger["moves"]}
    found = city.get(f"/api/patrols/routes/{public['id']}").get_json()["findings"]
    assert [(f["code"], f["state"], f["track_id"]) for f in found] == [
        (danger["code"], "pending", walk["id"])
    ]
    assert (found[0]["lon"], found[0]["lat"]) == pytest.approx(line[1], abs=1e-6)
    assert found[0]["page"] == f"/registers/hidden_danger/{danger['id']}"
    assert city.get(f"/api/registers/hidden_danger/rows?route_code={public['code']}").get_json()["total"] == 1
    without = city.post("/api/registers/hidden_danger/rows", json={**said, "route_code": None})
    assert without.status_code == 422
    assert {f["field"] for f in without.get_json()["faults"]} == {"enterprise_code"}
    nowhere = city.post(
        "/api/registers/hidden_danger/rows", json={**said, "position_text": "", "route_code": public["code"]}
    )
    assert nowhere.status_code == 422
    theirs = city.post(
        "/api/registers/hidden_danger/rows", json={**said, "route_code": kept["code"]}
    ).get_json()
    assert theirs["enterprise"] is not None
    assert "rectify" not in {m["id"] for m in theirs["moves"]}
    removed = city.delete(f"/api/patrols/routes/{public['id']}")
    assert removed.status_code == 409
    assert "隐患" in removed.get_json()["detail"]
    client = sign_in("enterprise")
    (own,) = client.get(f"/api/patrols/routes/{kept['id']}").get_json()["findings"]
    assert own["code"] == theirs["code"]
    assert (
        client.get(f"/api/registers/hidden_danger/rows?route_code={public['code']}").get_json()["total"] == 0
    )
    stolen = client.post("/api/registers/hidden_danger/rows", json={**said, "route_code": public["code"]})
    assert stolen.status_code == 422, "a route that is not there cannot be named"


def test_figures_add_up_and_the_book_holds_them(route: tuple[Any, dict[str, Any]]) -> None:
    """Two walks of a kilometre, one whole and one that covered 617.3 m of it."""
    client, kept = route
    _walked(client, kept)
    _walk(
        client,
        kept,
        [_place(0, 0), _place(500, 0), _place(500, 290), _place(500, 0), _place(1000, 0)],
        started_at="2026-10-31T23:59",
    )
    path = "/api/patrols/figures?since=2026-10-01&until=2026-11-20"
    found = client.get(path).get_json()
    mine = next(r for r in found["routes"] if r["id"] == kept["id"])
    assert (mine["walks"], mine["whole"], mine["stops"], mine["missed_stops"]) == (2, 1, 6, 2)
    assert mine["missed_m"] == pytest.approx(1000 - 600 - math.sqrt(300), abs=2)
    assert mine["covered_share"] == pytest.approx(1 - mine["missed_m"] / 2000, abs=1e-3)
    for name in ("walks", "whole", "stops", "missed_stops"):
        assert (
            sum(r[name] for r in found["routes"])
            == found["total"][name]
            == sum(m[name] for m in found["months"])
        )
    assert {"2026-10", "2026-11"} <= {m["month"] for m in found["months"]}
    one = client.get("/api/patrols/figures?since=2026-10-31&until=2026-10-31").get_json()
    assert next(r["walks"] for r in one["routes"] if r["id"] == kept["id"]) == 1
    book = client.get(f"{path}&format=xlsx")
    if book.status_code == 200:
        sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.data))
        rows = sheets.get_sheet_by_index(0).to_python()
        assert rows[-1][0] == "合计"
        assert rows[-1][5] == found["total"]["walks"]
        assert len(sheets.get_sheet_by_index(2).to_python()) - 2 == found["total"]["walks"]
    else:
        assert book.status_code == 403
    for bad in ("since=2026-12-01&until=2026-11-01", "since=soon", "division=999999"):
        assert client.get(f"/api/patrols/figures?{bad}").status_code in (400, 404)
