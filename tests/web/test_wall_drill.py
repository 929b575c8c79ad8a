"""The wall's switch to a drill: who may, whose walls follow, what its tiles say, and that nothing live is written."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
from psycopg.rows import dict_row

from data import drills, wall_drills
from data.clock import SystemClock
from data.database import Database
from data.drill_question import DrillQuestion
from data.errors import NotFoundError
from data.scope import SYSTEM, enter
from data.store import Store
from tests.data.test_drills import contents
from tests.web.probes.drill import _ANSWER
from web.drill_answers import SUBJECTS

ROOT = "/api/wall/drill"
#: In the middle of the probe's square, at the zoom at which it fills most of the tile.
TILE = "14/13380/7140"
TEAM = {"id": 1, "kind": "fire_station", "lon": 114.002, "lat": 22.502, "code": "RR-1", "name": "演练消防站", "within_s": 600, "is_late": False, "route": [[114.002, 22.502], [114.006, 22.506]], "travel_time_s": 300.0, "length_m": 900}  # fmt: skip
SHELTER = {"id": 2, "lon": 114.008, "lat": 22.508, "name": "演练广场", "people": 5, "capacity": 10}
ANSWER = _ANSWER | {
    "teams": [TEAM], "wanted": [], "own_dangers": [], "seconds": 1.0,
    "people": {"leaving": 5, "residents": 5, "employees": 0, "by_level": {"1": 5, "2": 0, "3": 0}},
    "inside": {name: {"count": 0, "by_level": [0, 0, 0], "rows": []} for name in SUBJECTS},
    "roads": {"length_m": 0, "lines": [], "streets": []},
    "evacuation": {
        "groups": 1, "people": 5, "placed": 5, "left_over": 0, "no_way": 0, "last_s": 60.0, "mean_s": 60.0, "shelters": [SHELTER],
        "flows": [{"from": "x", "from_lonlat": [114.004, 22.504], "shelter_id": 2, "people": 5, "travel_time_s": 60.0}],
    },
}  # fmt: skip


@pytest.fixture
def drill(city_store: Store) -> Iterator[str]:
    """A drill of the city, removed at the end whatever became of it."""
    drill_id = uuid.uuid4()
    asked = DrillQuestion(
        "大屏演练", dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC), 114.0, 22.5, "氨", 1.0, "instant"
    )
    city = replace(SYSTEM, ranges=(("4403", "4404"),))
    with city_store.transaction(city) as connection:
        drills.keep(connection, drill_id, asked, ANSWER, scope=city, now=SystemClock().now())
    yield str(drill_id)
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM drill_simulation WHERE id = %s", [drill_id])


def shown_to(sign_in: Any, username: str) -> Any:
    return sign_in(username).get("/api/wall/state").get_json()["drill"]


def test_the_walls_of_a_jurisdiction_follow_its_command_centre_and_no_other(sign_in: Any, drill: str) -> None:
    people = ("wall", "dispatcher", "city", "district", "street")
    assert [shown_to(sign_in, name) for name in people] == [None] * 5
    assert sign_in("dispatcher").put(ROOT, json={"drill": drill}).status_code == 200
    shown = {name: shown_to(sign_in, name) for name in people}
    assert {name for name, one in shown.items() if one} == {"wall", "dispatcher", "city"}
    assert shown["wall"]["id"] == drill
    body = sign_in("wall").get(ROOT).get_json()
    assert body["may_switch"] is False
    assert body["drill"]["watermark"] == "演练 DRILL"
    assert body["drill"]["teams"][0]["name"] == "演练消防站"
    assert body["drill"]["shelters"] == [{"name": "演练广场", "people": 5, "capacity": 10}]
    assert "DRILL" in sign_in("wall").get(f"{ROOT}?lang=en").get_json()["drill"]["watermark"]
    assert sign_in("dispatcher").delete(ROOT).get_json()["was_shown"] is True
    assert sign_in("dispatcher").delete(ROOT).get_json()["was_shown"] is False
    assert [shown_to(sign_in, name) for name in people] == [None] * 5


def test_who_does_not_command_a_wall_cannot_switch_it(sign_in: Any, drill: str) -> None:
    for name in ("wall", "city", "district", "enterprise", "maintainer"):
        assert sign_in(name).put(ROOT, json={"drill": drill}).status_code == 403
        assert sign_in(name).delete(ROOT).status_code == 403
    assert shown_to(sign_in, "wall") is None
    for wrong, status in (({}, 422), ({"drill": "x"}, 404), ({"drill": str(uuid.uuid4())}, 404)):
        answer = sign_in("dispatcher").put(ROOT, json=wrong)
        assert answer.status_code == status
        assert "drill" in answer.get_data(as_text=True)


def test_a_district_commands_its_own_walls_with_drills_it_may_read(city_store: Store, drill: str) -> None:
    district = replace(SYSTEM, ranges=(("440304", "440305"),), role="dispatcher")
    now = SystemClock().now()
    with (
        pytest.raises(NotFoundError, match="没有这次演练"),
        city_store.transaction(district) as connection,
    ):
        wall_drills.switch(connection, uuid.UUID(drill), scope=district, now=now)
    asked = DrillQuestion("区演练", now, 114.0, 22.5, "氨", 1.0, "instant")
    own = uuid.uuid4()
    with city_store.transaction(district) as connection:
        drills.keep(connection, own, asked, ANSWER, scope=district, now=now)
        wall_drills.switch(connection, own, scope=district, now=now)
        found = wall_drills.shown(connection, district)
        assert found is not None
        assert found["id"] == own
    with city_store.transaction(SYSTEM) as connection:
        city = replace(SYSTEM, ranges=(("4403", "4404"),))
        assert wall_drills.shown(connection, city) is None
        drills.remove(connection, own, scope=SYSTEM)  # who removes a drill takes it off the walls
        assert wall_drills.shown(connection, district) is None


def test_tiles_of_a_drill_are_marked_and_go_by_its_rights(sign_in: Any, drill: str) -> None:
    path = f"/tiles/drill/{drill}/{TILE}.mvt"
    for name in ("city", "wall", "dispatcher"):
        answer = sign_in(name).get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].startswith("private")
    for name in ("district", "enterprise"):
        assert sign_in(name).get(path).status_code == 404
    assert sign_in("city").get(f"/tiles/drill/{drill}/3/9/0.mvt").status_code == 400
    assert sign_in("city").get("/tiles/drill/x/1/0/0.mvt").status_code == 404
    decoded = mapbox_vector_tile.decode(sign_in("city").get(path).get_data())
    assert set(decoded) == {"drill"}
    facts = [feature["properties"] for feature in decoded["drill"]["features"]]
    assert {one["drill"] for one in facts} == {"演练 DRILL"}
    assert {"zone", "left", "route", "help", "shelter", "flow", "source"} <= {one["role"] for one in facts}
    assert sign_in("city").get(f"/tiles/drill/{drill}/14/0/0.mvt").data == b""


def test_switching_writes_nothing_live_and_sends_nothing(
    sign_in: Any, drill: str, city_database: Database
) -> None:
    sign_in("dispatcher").get("/api/wall/state")
    before = contents(city_database)
    live = sign_in("wall").get("/api/wall/state").get_json()["orders"]
    assert sign_in("dispatcher").put(ROOT, json={"drill": drill}).status_code == 200
    assert sign_in("wall").get(f"/tiles/drill/{drill}/{TILE}.mvt").status_code == 200
    during = sign_in("wall").get("/api/wall/state").get_json()
    codes = [order["code"] for order in live]
    assert [order["code"] for order in during["orders"]] == codes  # real orders are told all the while
    assert sign_in("dispatcher").delete(ROOT).status_code == 200
    after = contents(city_database)
    assert {name for name in after if after[name] != before[name]} == {"layer_state", "change", "audit"}
    assert before["outbox"] == after["outbox"]
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        told = [
            r["action"]
            for r in connection.execute(
                "SELECT action FROM audit WHERE subject = %s ORDER BY id", [f"drill/{drill}"]
            )
        ]
        assert told == ["wall_to_drill", "wall_to_live"]
        row = connection.execute("SELECT version FROM layer_state WHERE layer = 'wall_drill'").fetchone()
        assert row is not None
        assert row["version"] >= 2
