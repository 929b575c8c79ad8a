"""Courses of a drill on the sample city's roads: sums, ways around, injects, killed and cancelled jobs; nothing live is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.ops import substring

from data import course_zones, courses, drills, job_queue
from data.clock import SystemClock
from data.course_question import CourseQuestion, InjectAsked, as_json, from_json
from data.database import Database
from data.drill_question import work_out
from data.errors import FormError, NotFoundError
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import TravelStore
from dispatch.course_plan import SPREADS, Spread, Steps
from dispatch.drill import presence
from tests.data.test_drills import ASKED as AMMONIA
from tests.data.test_drills import contents
from web.settings import ROOT

ASKED = replace(AMMONIA, substance="氯", mass_kg=2000.0, kind="instant")
CERTAIN = Steps(
    **{name: Spread(*(3 * [1.0 if name in ("drive", "leave") else 60.0])) for name in SPREADS}, callers=50
)


@pytest.fixture(scope="module")
def travel(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(city_store, tmp_path_factory.mktemp("courses"))


@pytest.fixture(scope="module")
def drill(city_store: Store, travel: TravelStore) -> dict[str, Any]:
    answer = drills.run_drill(city_store, travel, SYSTEM, ASKED, report=lambda *_: None)
    drill_id = uuid.uuid5(uuid.NAMESPACE_URL, "course")
    with city_store.transaction(SYSTEM) as connection:
        drills.keep(connection, drill_id, ASKED, answer, scope=SYSTEM, now=SystemClock().now())
    with city_store.transaction(SYSTEM) as connection:
        return drills.read(connection, drill_id)


@pytest.fixture(scope="module")
def run(city_store: Store, travel: TravelStore, drill: dict[str, Any]) -> Any:
    def one(*injects: InjectAsked, **asked: Any) -> dict[str, Any]:
        question = CourseQuestion(drill["id"], injects=injects, **asked)
        return courses.run_course(city_store, travel, SYSTEM, drill, question, report=lambda *_: None)

    return one


def told(answer: dict[str, Any], what: str) -> list[dict[str, Any]]:
    return [e for e in answer["events"] if e["what"] == what]


def test_without_spreads_the_course_is_the_drills_own_sum(run: Any, drill: dict[str, Any]) -> None:
    answer = run(steps=CERTAIN)
    teams = {f"t{t['id']}": t for t in drill["answer"]["teams"] if t["kind"] != "hospital"}
    arrived = {e["key"]: e["at_s"] for e in told(answer, "on_site")}
    assert arrived.keys() == teams.keys()
    for key, team in teams.items():
        assert arrived[key] == pytest.approx(180 + team["travel_time_s"], abs=0.2)
    assert sum(e["people"] for e in told(answer, "sheltered")) == drill["answer"]["evacuation"]["placed"]
    assert answer["figures"]["first_on_site_s"] == min(arrived.values())


def test_who_moves_keeps_out_of_the_zone_and_fills_no_shelter_twice(run: Any, drill: dict[str, Any]) -> None:
    answer = run()
    zone = shapely.geometry.shape(drill["answer"]["left"]["geometry"]).buffer(-5e-5)
    for stage in answer["stages"]:
        if stage["key"].startswith("t") and "line" in stage:
            assert shapely.LineString(answer["lines"][stage["line"]]).intersection(zone).is_empty
    filled: dict[str, int] = {}
    for event in told(answer, "sheltered"):
        filled[event["key"]] = filled.get(event["key"], 0) + event["people"]
    assert filled
    assert all(people <= answer["names"][key]["capacity"] for key, people in filled.items())
    grown = [shapely.geometry.shape(z["geometry"]).area for z in answer["zones"] if z["level"] == 2]
    assert all(b >= a - 1e-12 for a, b in pairwise(grown))
    assert len(grown) > 1


def test_the_same_seed_gives_the_same_course_and_bands_hold_it(run: Any) -> None:
    first, again = run(seed=11, runs=25), run(seed=11, runs=25)
    for name in ("events", "stages", "figures", "bands"):
        assert first[name] == again[name]
    found = first["bands"]["figures"]["zone_evacuated_s"]
    assert found["p10"] <= found["p50"] <= found["p90"]
    assert run(seed=12)["events"] != first["events"]


def test_a_road_that_closes_ahead_of_a_team_sends_it_around(run: Any, travel: TravelStore) -> None:
    before = run(seed=3)
    stage = max(
        (s for s in before["stages"] if s["state"] == "driving" and s["key"].startswith("t")),
        key=lambda s: s["to_s"] - s["from_s"],
    )
    line = shapely.LineString(before["lines"][stage["line"]])
    at = shapely.line_interpolate_point(line, 0.8, normalized=True)
    at_s = round(stage["from_s"] + 0.2 * (stage["to_s"] - stage["from_s"]), 1)
    inject = InjectAsked(1, "road", at_s, lon=at.x, lat=at.y)
    after = run(inject, seed=3)
    turned = [
        e for e in after["events"] if e["what"] in ("turned_off", "cut_off") and e["key"] == stage["key"]
    ]
    assert turned
    assert turned[0]["at_s"] == pytest.approx(inject.at_s, abs=0.1)
    early = [e for e in before["events"] if e["at_s"] < inject.at_s]
    assert [e for e in after["events"] if e["at_s"] < inject.at_s] == early
    arrived = [e["at_s"] for e in told(after, "on_site") if e["key"] == stage["key"]]
    assert all(at_s >= stage["to_s"] - 0.2 for at_s in arrived)
    barrier = shapely.geometry.shape(after["injects"][0]["area"])
    driven = [
        s
        for s in after["stages"]
        if s["key"] == stage["key"] and s.get("line") is not None and s["from_s"] >= inject.at_s
    ]
    for s in driven:
        part = substring(
            shapely.LineString(after["lines"][s["line"]]), *sorted((s["a"], s["b"])), normalized=True
        )
        assert not part.intersects(barrier)


def _further(store: Store, drill: dict[str, Any], wind_from_deg: float) -> int:
    """Count who has to leave under another wind and did not before, row by row."""
    zones, _ = drills.zones_of(work_out(replace(ASKED, wind_from_deg=wind_from_deg)), (ASKED.lon, ASKED.lat))
    before = shapely.geometry.shape(drill["answer"]["left"]["geometry"])
    home, work = presence(drill["answer"]["hour_of_week"])
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, population * %s AS many FROM residential_place WHERE geom IS NOT NULL"
            " UNION ALL SELECT ST_X(geom), ST_Y(geom), employee_count * %s FROM enterprise WHERE geom IS NOT NULL",
            [home, work],
        ).fetchall()
    further = zones.left.difference(before)
    return sum(
        round(float(r["many"] or 0)) for r in rows if further.contains(shapely.Point(r["lon"], r["lat"]))
    )


def test_a_wind_that_turns_empties_a_further_area(run: Any, drill: dict[str, Any], city_store: Store) -> None:
    wanted = {degrees: _further(city_store, drill, degrees) for degrees in (135.0, 225.0, 315.0)}
    degrees = max(wanted, key=lambda one: wanted[one])
    after = run(InjectAsked(1, "wind", 900.0, wind_from_deg=degrees), seed=3)
    assert told(after, "wind_turned")
    area = shapely.geometry.shape(after["injects"][0]["area"])
    new = {key: one for key, one in after["names"].items() if key.startswith("p1w")}
    assert 0 < sum(one["people"] for one in new.values()) <= wanted[degrees] + len(new)
    for one in new.values():
        shelter = after["names"][one["shelter"]]
        assert not area.contains(shapely.Point(shelter["lon"], shelter["lat"]))
    assert any(z["number"] == 1 and z["from_s"] == 900.0 for z in after["zones"])
    old = shapely.geometry.shape(drill["answer"]["left"]["geometry"])
    assert area.difference(old).area > 0.3 * area.area
    assert {e["key"].partition("/")[0] for e in told(after, "told")} >= set(new)


def test_a_wind_that_turns_back_frees_nothing(run: Any, drill: dict[str, Any]) -> None:
    there = InjectAsked(1, "wind", 600.0, wind_from_deg=225.0)
    back = InjectAsked(2, "wind", 1500.0, wind_from_deg=ASKED.wind_from_deg)
    after = run(there, back, seed=3)
    assert {z["number"] for z in after["zones"] if z["to_s"] is None} == {0, 1, 2}
    assert not [key for key in after["names"] if key.startswith("p2w")]  # everybody there has left already
    closed = shapely.union_all(
        [shapely.geometry.shape(drill["answer"]["left"]["geometry"])]
        + [shapely.geometry.shape(one["area"]) for one in after["injects"]]
    ).buffer(-1e-4)
    helped = [s for s in after["stages"] if s["key"].startswith("t") and s["from_s"] > 1500 and "line" in s]
    for s in helped:
        part = substring(
            shapely.LineString(after["lines"][s["line"]]), *sorted((s["a"], s["b"])), normalized=True
        )
        assert not part.intersects(closed)


def test_a_team_that_breaks_down_is_stood_in_for(run: Any, drill: dict[str, Any]) -> None:
    first = next(t for t in drill["answer"]["teams"] if t["kind"] == "fire_station")
    after = run(InjectAsked(1, "breakdown", 400.0, team=f"t{first['id']}"), seed=3)
    assert told(after, "broken_down")
    called = told(after, "called_instead") or told(after, "none_instead")
    assert called
    if told(after, "called_instead"):
        assert after["names"][called[0]["key"]]["kind"] == "fire_station"
        assert called[0]["key"] not in {f"t{t['id']}" for t in drill["answer"]["teams"]}


def test_wrong_injects_are_refused_by_name(run: Any) -> None:
    with pytest.raises(FormError, match="没有队伍"):
        run(InjectAsked(1, "breakdown", 60.0, team="t0"))
    with pytest.raises(FormError, match="第 1 个突发情况的时间"):
        run(InjectAsked(1, "breakdown", -1.0, team="t0"))
    with pytest.raises(FormError, match="次数"):
        run(runs=0)


def test_a_question_is_kept_as_it_was(drill: dict[str, Any]) -> None:
    asked = CourseQuestion(drill["id"], 5, 7, CERTAIN, (InjectAsked(2, "road", 3.0, lon=114.0, lat=22.5),))
    assert from_json(as_json(asked)) == asked


def _submit(store: Store, asked: CourseQuestion) -> uuid.UUID:
    with store.transaction(SYSTEM) as connection:
        return job_queue.submit(
            connection,
            kind="course",
            title="推演",
            scope=SYSTEM,
            arguments=as_json(asked),
            now=SystemClock().now(),
        )


def test_a_killed_job_leaves_nothing_and_is_run_again_to_the_same_answer(
    city_database: Database, city_store: Store, drill: dict[str, Any], tmp_path: Path, run: Any
) -> None:
    asked = CourseQuestion(drill["id"], 9, 5000)
    job_id = _submit(city_store, asked)
    before = contents(city_database)
    code = (
        "import sys,uuid; from pathlib import Path; from data import job_queue; from data.clock import SystemClock; from data.database import Database\n"
        "job_queue.run(Database(*[a or None for a in sys.argv[1:4]]), uuid.UUID(sys.argv[4]), state_dir=Path(sys.argv[5]), clock=SystemClock())"
    )
    arguments = [
        city_database.app,
        city_database.owner,
        city_database.superuser or "",
        str(job_id),
        str(tmp_path),
    ]
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT)
    while True:
        assert child.poll() is None
        with city_store.transaction(SYSTEM) as connection:
            row = connection.execute("SELECT state, progress FROM job WHERE id = %s", [job_id]).fetchone()
        if row is not None and row["progress"] > 0.25:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    after = contents(city_database)
    assert {name for name in after if after[name] != before[name]} == {"job"}
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("UPDATE job SET arguments = jsonb_set(arguments, '{arguments,runs}', '20') WHERE id = %s", [job_id])  # fmt: skip
    job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    after = contents(city_database)
    assert {name for name in after if after[name] != before[name]} == {"job", "drill_course"}
    with city_store.transaction(SYSTEM) as connection:
        kept = courses.read(connection, job_id)
        assert kept["answer"]["events"] == run(seed=9)["events"]
        assert [c["id"] for c in courses.listed(connection, drill["id"])] == [job_id]
        courses.remove(connection, job_id, scope=SYSTEM)


def test_a_job_cancelled_half_way_leaves_nothing(
    city_database: Database, city_store: Store, drill: dict[str, Any], tmp_path: Path
) -> None:
    job_id = _submit(city_store, CourseQuestion(drill["id"], runs=5000))
    before = contents(city_database)
    running = threading.Thread(
        target=job_queue.run,
        args=(city_database, job_id),
        kwargs={"state_dir": tmp_path, "clock": SystemClock()},
    )
    running.start()
    while True:
        assert running.is_alive()
        with city_store.transaction(SYSTEM) as connection:
            if job_queue.read(connection, job_id, username=SYSTEM.username)["progress"] > 0.25:
                job_queue.cancel(connection, job_id, username=SYSTEM.username, now=SystemClock().now())
                break
    running.join()
    with city_store.transaction(SYSTEM) as connection:
        assert job_queue.read(connection, job_id, username=SYSTEM.username)["state"] == "cancelled"
        with pytest.raises(NotFoundError):
            courses.read(connection, job_id)
    after = contents(city_database)
    assert {name for name in after if after[name] != before[name]} == {"job"}


def test_a_course_goes_with_its_drill(city_store: Store, drill: dict[str, Any], run: Any) -> None:
    other, course_id = uuid.uuid4(), uuid.uuid4()
    asked = replace(CourseQuestion(drill["id"]), drill_id=other)
    answer, now = run(), SystemClock().now()
    with city_store.transaction(SYSTEM) as connection:
        with pytest.raises(NotFoundError, match="已被删除"):
            courses.keep(connection, course_id, asked, answer, scope=SYSTEM, now=now)
        drills.keep(connection, other, ASKED, drill["answer"], scope=SYSTEM, now=now)
        courses.keep(connection, course_id, asked, answer, scope=SYSTEM, now=now)
        drills.remove(connection, other, scope=SYSTEM)
        with pytest.raises(NotFoundError):
            courses.read(connection, course_id)


# -- what opens again ------------------------------------------------------------------------------------


def test_zones_shrink_from_the_source_and_are_gone_when_the_cloud_has_passed() -> None:
    square = {
        "type": "Polygon",
        "coordinates": [
            [[113.99, 22.49], [114.01, 22.49], [114.01, 22.51], [113.99, 22.51], [113.99, 22.49]]
        ],
    }
    grown = [
        {"level": 2, "from_s": 0.0, "to_s": 600.0, "number": 0, "geometry": square}, {"level": 2, "from_s": 600.0, "to_s": None, "number": 0, "geometry": square},
    ]  # fmt: skip
    found = course_zones.receding(grown, 300.0, 1100.0, 2.0, (114.0, 22.5))
    assert max(z["to_s"] for z in found) == 1100.0
    spans = sorted((z["from_s"], z["to_s"]) for z in found)
    assert spans[0] == (0.0, 300.0)
    for (_, ends), (begins, _) in pairwise(spans):
        assert begins == ends  # one follows the other without a gap
    areas = [shapely.geometry.shape(z["geometry"]).area for z in sorted(found, key=lambda z: z["from_s"])]
    assert areas[0] == pytest.approx(shapely.geometry.shape(square).area)
    assert areas == sorted(areas, reverse=True)
    source = shapely.Point(114.0, 22.5)
    assert [shapely.geometry.shape(z["geometry"]).contains(source) for z in found] == [True] + [False] * (
        len(found) - 1
    )
    assert course_zones.receding(grown, 300.0, 300.0, 2.0, (114.0, 22.5)) == [grown[0] | {"to_s": 300.0}]


def test_a_course_whose_release_is_stopped_is_cleared_and_its_roads_are_open(run: Any) -> None:
    without, stopped = run(), run(InjectAsked(1, "stop", 600.0))
    assert without["cleared_s"] is None
    clears_s = stopped["cleared_s"]
    assert clears_s > 600
    assert max(z["to_s"] for z in stopped["zones"]) == pytest.approx(clears_s, abs=0.2)
    cleared = [e["at_s"] for e in stopped["events"] if e["what"] == "zone_cleared"]
    assert cleared == [pytest.approx(clears_s, abs=0.2)]
    assert [e for e in stopped["events"] if e["at_s"] < 600] == [
        e for e in without["events"] if e["at_s"] < 600
    ]
    stayed = sum(e["people"] for e in stopped["events"] if e["what"] == "stayed")
    left = sum(e["people"] for e in stopped["events"] if e["what"] == "left")
    assert left + stayed == sum(e["people"] for e in without["events"] if e["what"] == "left")


def test_a_road_opens_again_only_after_it_was_closed(
    run: Any, travel: TravelStore, drill: dict[str, Any]
) -> None:
    team = next(t for t in drill["answer"]["teams"] if t["kind"] != "hospital")
    lon, lat = team["route"][len(team["route"]) // 2]
    closed = InjectAsked(1, "road", 240.0, lon=lon, lat=lat)
    opens = InjectAsked(2, "reopen", 900.0, of=1)
    one, other = run(closed, seed=3), run(closed, opens, seed=3)
    assert [i["to_s"] for i in other["injects"]] == [900.0, None]
    assert [e for e in other["events"] if e["at_s"] < 900] == [e for e in one["events"] if e["at_s"] < 900]
    assert [e["at_s"] for e in told(other, "road_opened")] == [900.0]
    for wrong in (replace(opens, of=7), replace(opens, of=None), replace(opens, at_s=100.0)):
        with pytest.raises(FormError, match=r"injects|没有在此之前中断"):
            CourseQuestion(drill["id"], injects=(closed, wrong))
    with pytest.raises(FormError, match="只能切断一次"):
        CourseQuestion(drill["id"], injects=(InjectAsked(1, "stop", 1.0), InjectAsked(2, "stop", 2.0)))
    assert from_json(as_json(CourseQuestion(drill["id"], injects=(closed, opens)))).injects == (closed, opens)
