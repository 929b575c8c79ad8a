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
    whole = _walk(
        client, kept, [_place(0, 0), _place(500, 0), _place(500, 290), _place(500, 0), _place(1000, 0)]
    ).get_json()
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
        assert _walk(client, kept, [_place(0, 0), _place(1, 0)], started_at=at).status_code == 201
        row = next(r for r in client.get("/api/patrols").get_json()["routes"] if r["id"] == kept["id"])
        states.append(row["is_overdue"])
    assert states == [True, False]


def test_a_patrol_that_was_not_walked_is_warned_of_once(
    route: tuple[Any, dict[str, Any]], city_database: Database, sign_in: Client
) -> None:
    """Under a clock that is set: owed until the seventh day ends; once for each period; settled when it is walked."""
    client, kept = route
    walked = dt.datetime(2026, 11, 1, 15, 30, tzinfo=dt.UTC)  # 23:30 in Beijing, still the 1st
    answer = _walk(client, kept, [_place(0, 0), _place(1, 0)], started_at=walked.isoformat())
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
    assert _walk(client, kept, [_place(0, 0), _place(1, 0)], started_at=later.isoformat()).status_code == 201
    owed = later + dt.timedelta(days=9)
    assert warned(owed) == [(title, False), (title.replace("2026-11-08", "2026-11-17"), True)]
    assert _walk(client, kept, [_place(0, 0), _place(1, 0)]).status_code == 201
    assert [is_open for _, is_open in warned(owed)] == [False, False]


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
