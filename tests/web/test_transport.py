"""Hazardous transport over HTTP: violations of a trip solved by hand, warnings, bad input, whose tracks they are (G9)."""

from __future__ import annotations

import io
import json
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyproj import Geod

from web.sample_accounts import SAMPLE_PASSWORD

Client = Callable[[str], Any]
GEOD = Geod(ellps="WGS84")
AT = (114.06, 22.54)
#: A Friday.
DAY = "2026-11-20"


def _place(east_m: float, north_m: float) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*AT, math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m))
    return round(lon, 8), round(lat, 8)


def _csv(*rows: tuple[str, float, float]) -> bytes:
    lines = [f"{DAY} {at},{lon},{lat}" for at, east, north in rows for lon, lat in [_place(east, north)]]
    return ("时间,经度,纬度\n" + "\n".join(lines)).encode()


def _send(client: Any, path: str, content: bytes, file_name: str, **values: Any) -> Any:
    form = {**values, "file": (io.BytesIO(content), file_name)}
    return client.post(f"/api/transport/{path}", data=form, content_type="multipart/form-data")


def _trip(client: Any, content: bytes, file_name: str = "t.csv", **values: Any) -> Any:
    return _send(
        client, "trips", content, file_name, **{"plate": "粤B12345", "substance_class": "3", **values}
    )


def _corridor(client: Any, **values: Any) -> Any:
    line = {"type": "LineString", "coordinates": [_place(x, 0) for x in range(0, 5001, 250)]}
    given = {"name": "深南通道", "half_width_m": "50", "substance_classes": "23", **values}
    return _send(client, "corridors", json.dumps(line).encode(), "c.geojson", **given)


@pytest.fixture
def city(sign_in: Client) -> Iterator[Any]:
    """The city, with a corridor five kilometres due east, open on working days from 09:00 to 10:00 for classes 2 and 3."""
    client = sign_in("city")
    answer = _corridor(client, opens="09:00", closes="10:00", weekdays="12345")
    assert answer.status_code == 201, answer.get_json()
    assert answer.get_json()["hours"] == "周一、二、三、四、五 09:00–10:00"
    yield client
    client = sign_in("city")
    for trip in client.get("/api/transport").get_json()["trips"]:
        if trip["plate"] in ("粤B12345", "粤B54321"):
            assert client.delete(f"/api/transport/trips/{trip['id']}").status_code == 200
    assert client.delete(f"/api/transport/corridors/{answer.get_json()['id']}").status_code == 200


#: 3 km in the corridor, 1 km north of it and back by 09:50, then east until 10:10: ten minutes after it closed.
WALK = _csv(("09:30:00", 0, 0), ("09:40:00", 3000, 0), ("09:45:00", 3000, 1000), ("09:50:00", 3000, 0), ("10:00:00", 4000, 0), ("10:10:00", 5000, 0))  # fmt: skip


def test_what_a_trip_broke_is_what_hand_and_clock_say(city: Any) -> None:
    """Off the corridor for 2 × 950 m in 2 × 285 s, then 1,000 m in 600 s after it closed."""
    answer = _trip(city, WALK)
    assert answer.status_code == 201, answer.get_json()
    trip = answer.get_json()
    assert max(lat for line in trip["kept"]["coordinates"] for _, lat in line) < _place(3000, 51)[1]
    assert [v["kind"] for v in trip["violations"]] == ["outside", "closed"]
    outside, closed = trip["violations"]
    assert outside["length_m"] == pytest.approx(1900, abs=3)
    assert outside["duration_s"] == pytest.approx(570, abs=1)
    assert outside["farthest_m"] == pytest.approx(1000, abs=2)
    assert closed["started_at"] == "2026-11-20T02:00:00+00:00"
    assert (closed["duration_s"], trip["violation_count"], trip["gap_s"]) == (600, 2, 0)
    assert closed["length_m"] == pytest.approx(1000, abs=2)
    found = city.get("/api/warnings?kind=transport_violation&q=粤B12345").get_json()
    (warning,) = found["rows"]
    assert "驶出通道 1 处，1.9 公里、10 分钟" in warning["title"]
    items = city.get("/ogc/collections/transport_violation/items?limit=1000").get_json()["features"]
    assert {v["code"] for v in trip["violations"]} <= {f["properties"]["code"] for f in items}
    assert {f["geometry"]["type"] for f in items} == {"MultiLineString"}
    again = _trip(city, WALK)
    assert again.status_code == 409
    assert trip["code"] in again.get_json()["detail"]
    assert city.delete(f"/api/transport/trips/{trip['id']}").status_code == 200
    left = city.get("/api/warnings?kind=transport_violation&q=粤B12345").get_json()
    assert left["rows"] == []
    assert city.get(f"/api/transport/trips/{trip['id']}").status_code == 404


def test_one_track_sent_twice_at_once_is_kept_once(city: Any, application: Any) -> None:
    together, answers = threading.Barrier(2), list[int]()

    def send() -> None:
        client = application.test_client()
        client.post("/sign-in", data={"username": "city", "password": SAMPLE_PASSWORD})
        client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
        together.wait()
        answers.append(_trip(client, WALK, plate="粤B54321").status_code)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409]
    assert [t["plate"] for t in city.get("/api/transport").get_json()["trips"]].count("粤B54321") == 1


def test_a_class_that_the_corridor_does_not_take_is_outside_it(city: Any) -> None:
    trip = _trip(city, _csv(("09:30:00", 0, 0), ("09:40:00", 3000, 0)), substance_class="8").get_json()
    assert [v["kind"] for v in trip["violations"]] == ["outside"]
    kept = _trip(city, _csv(("09:41:00", 3000, 0), ("09:50:00", 3000, 10)), substance_class="2").get_json()
    assert kept["violations"] == []


def test_bad_corridors_and_tracks_are_named(city: Any) -> None:
    for values, field in (
        ({"name": ""}, "name"), ({"half_width_m": "2"}, "half_width_m"), ({"opens": "25:00", "closes": "26:00"}, "opens"),
        ({"opens": "09:00"}, "closes"), ({"weekdays": "18"}, "weekdays"), ({"substance_classes": "x"}, "substance_classes"),
    ):  # fmt: skip
        answer = _corridor(city, **values)
        assert answer.status_code == 422, values
        assert field in {f["field"] for f in answer.get_json()["faults"]}
    untimed = b"lon,lat\n114.06,22.54\n114.07,22.54"
    ahead = b"time,lon,lat\n2099-01-01 00:00,114.06,22.54\n2099-01-01 00:01,114.07,22.54"
    long = b"time,lon,lat\n2026-11-01 00:00,114.06,22.54\n2026-11-09 00:01,114.07,22.54"
    for content, values, field in (
        (WALK, {"plate": "B12345"}, "plate"), (WALK, {"substance_class": "0"}, "substance_class"), (untimed, {}, "file"),
        (ahead, {}, "file"), (long, {}, "file"), (WALK, {"enterprise_code": "X"}, "enterprise_code"),
    ):  # fmt: skip
        answer = _trip(city, content, **values)
        assert answer.status_code == 422, values
        assert field in {f["field"] for f in answer.get_json()["faults"]}
    assert _trip(city, b'<!DOCTYPE gpx [<!ENTITY a "x">]><gpx/>', "a.gpx").status_code == 422
    assert "粤B12345" not in {t["plate"] for t in city.get("/api/transport").get_json()["trips"]}


def test_others_tracks_are_not_there(city: Any, sign_in: Client) -> None:
    theirs = _trip(city, WALK).get_json()
    client = sign_in("enterprise")
    assert client.get(f"/api/transport/trips/{theirs['id']}").status_code == 404
    assert client.delete(f"/api/transport/trips/{theirs['id']}").status_code == 404
    body = client.get("/api/transport").get_json()
    assert theirs["id"] not in {t["id"] for t in body["trips"]}
    assert body["corridors"], "corridors are known to everybody who drives by them"
    assert not any(c["may_change"] for c in body["corridors"])
    assert _corridor(client).status_code == 403
    assert client.delete(f"/api/transport/corridors/{body['corridors'][0]['id']}").status_code in (403, 404)
    own = _trip(client, WALK, plate="粤B54321").get_json()
    assert len(own["violations"]) == 2
    assert client.delete(f"/api/transport/trips/{own['id']}").status_code == 200
    assert sign_in("maintainer").get("/api/transport").status_code == 403
