"""An enterprise's drill: at its own site only, of its own and of what its surroundings tell, kept for it and its authorities."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg.errors import InsufficientPrivilege

from data import courses, decisions, drill_plans, drill_sight, drills, job_queue, rescue_plan
from data.clock import SystemClock
from data.course_question import CourseQuestion
from data.course_question import as_json as course_json
from data.database import Database
from data.drill_question import DrillQuestion, as_json
from data.errors import FormError, NotFoundError
from data.register_forms import Actor
from data.scope import SYSTEM, Connection, Scope, scope_for
from data.store import Store
from data.travel_store import TravelStore
from geo.measure import metres_per_degree
from layers.workflow import Party
from tests.data.test_drills import contents

CHLORINE = ("氯", 4000.0)
AT = dt.datetime(2026, 11, 24, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
NOW = SystemClock().now()


def own(unit_id: int, username: str = "enterprise") -> Scope:
    return Scope(username, "enterprise", (), unit_id, may_write=True, sees_sensitive=True)


@pytest.fixture(scope="module")
def place(city_store: Store) -> dict[str, Any]:
    """The enterprise with the most people around it, among those with an owner, and another owner."""
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT * FROM (SELECT e.owner_id, e.code, e.authority_code, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat,"
            " (SELECT sum(p.population) FROM residential_place p WHERE ST_DWithin(p.geom::geography, e.geom::geography, 2000)) AS people,"
            " (SELECT count(*) FROM enterprise n WHERE n.id <> e.id AND ST_DWithin(n.geom::geography, e.geom::geography, 500)) AS near"
            " FROM enterprise e WHERE e.owner_id IS NOT NULL AND e.geom IS NOT NULL) AS q ORDER BY near > 0 DESC, people DESC NULLS LAST, code LIMIT 1"
        ).fetchone()
        assert row is not None
        other = connection.execute(
            "SELECT owner_id FROM enterprise WHERE owner_id IS NOT NULL AND owner_id <> %s ORDER BY code LIMIT 1",
            [row["owner_id"]],
        ).fetchone()
    assert other is not None
    return dict(row) | {"other": other["owner_id"]}


@pytest.fixture(scope="module")
def asked(place: dict[str, Any]) -> DrillQuestion:
    return DrillQuestion(
        "本企业氯泄漏", AT, place["lon"], place["lat"], CHLORINE[0], CHLORINE[1], "instant", wind_speed_m_s=2.0, wind_from_deg=45.0,
        wind_uncertainty_deg=180.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def travel(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(city_store, tmp_path_factory.mktemp("own_drills"))


@pytest.fixture(scope="module")
def answers(
    city_store: Store, travel: TravelStore, asked: DrillQuestion, place: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same accident as an enterprise's drill and as the city's."""
    mine = drills.run_drill(city_store, travel, own(place["owner_id"]), asked, report=lambda *_: None)
    whole = drills.run_drill(city_store, travel, SYSTEM, asked, report=lambda *_: None)
    return mine, whole


def test_people_are_counted_as_the_city_counts_them(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    mine, whole = answers
    assert mine["people"] == whole["people"]
    assert mine["people"]["leaving"] > 0
    for subject in ("people", "enterprise", "sensitive"):
        for key in ("count", "by_level"):
            assert mine["inside"][subject][key] == whole["inside"][subject][key]
    assert sum(f["people"] for f in mine["evacuation"]["flows"]) == mine["evacuation"]["placed"]
    assert mine["evacuation"]["people"] == mine["people"]["leaving"]


def test_of_others_only_neighbours_are_named_and_without_their_people(
    answers: tuple[dict[str, Any], dict[str, Any]], city_store: Store, place: dict[str, Any]
) -> None:
    mine, whole = answers
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT id, code, name, owner_id, industry, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE geom IS NOT NULL").fetchall()  # fmt: skip
        homes = connection.execute("SELECT name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM residential_place WHERE geom IS NOT NULL").fetchall()  # fmt: skip
    here = [(r["lon"], r["lat"]) for r in rows if r["owner_id"] == place["owner_id"]]
    owned = {r["code"] for r in rows if r["owner_id"] == place["owner_id"]}
    near = {
        (r["name"], round(r["lon"], 6), round(r["lat"], 6))
        for r in (*rows, *homes)
        if _away(here, r) <= 500.5
    }
    assert len(mine["inside"]["enterprise"]["rows"]) < whole["inside"]["enterprise"]["count"]
    strangers = [
        row for subject in ("people", "enterprise", "sensitive") for row in mine["inside"][subject]["rows"] if row["code"] not in owned
    ]  # fmt: skip
    assert strangers
    for row in strangers:
        assert row["id"] is None
        assert (row["name"], row["lon"], row["lat"]) in near
    plain = [r for r in mine["inside"]["enterprise"]["rows"] if r["code"] not in owned and r["kind"] not in ("education", "healthcare")]  # fmt: skip
    assert plain
    assert {row["many"] for row in plain} == {None}
    # No name, code or number of anybody farther away stands anywhere in the answer.
    told = {subject: mine["inside"][subject] for subject in ("people", "enterprise", "sensitive")}
    text = json.dumps([told, mine["evacuation"]["flows"], mine["staying"]], ensure_ascii=False)
    known = {name for name, *_ in near}
    for row in (*rows, *homes):
        assert row["name"] in known or row["name"] not in text or row.get("owner_id") == place["owner_id"]
    for row in rows:
        assert row["code"] in owned or row["code"] not in text
    neighbours = {r["name"] for r in rows if r["code"] not in owned and r["industry"] not in ("education", "healthcare")}  # fmt: skip
    assert not neighbours & {flow["from"].partition(" +")[0] for flow in mine["evacuation"]["flows"]}


def _away(here: list[tuple[float, float]], row: dict[str, Any]) -> float:
    return min(
        float(np.hypot(*((np.array((row["lon"], row["lat"])) - at) * metres_per_degree(at[1]))))
        for at in here
    )


def test_dangers_risks_and_hazard_sites_are_its_own(
    answers: tuple[dict[str, Any], dict[str, Any]], city_store: Store, place: dict[str, Any]
) -> None:
    mine, whole = answers
    with city_store.transaction(SYSTEM) as connection:
        for subject in ("hazard_site", "risk_point", "hidden_danger", "elevator"):
            theirs = {
                row["code"]
                for row in connection.execute(
                    f"SELECT code FROM {subject} WHERE owner_id IS DISTINCT FROM %s AND NOT is_public".encode(),
                    [place["owner_id"]],
                )
            }
            assert not theirs & {row["code"] for row in mine["inside"][subject]["rows"]}
            assert mine["inside"][subject]["count"] <= whole["inside"][subject]["count"]
        open_dangers = connection.execute(
            "SELECT count(*) AS n FROM hidden_danger WHERE owner_id = %s AND state <> 'done'",
            [place["owner_id"]],
        ).fetchone()
    assert open_dangers is not None
    assert len(mine["own_dangers"]) == min(open_dangers["n"], 100)
    assert mine["teams"]
    assert {t["id"] for t in mine["teams"]} == {t["id"] for t in whole["teams"]}  # help is public


@pytest.mark.parametrize("metres", [0, 499, 501, 20_000])
def test_it_drills_within_five_hundred_metres_of_its_own_places(
    city_store: Store, place: dict[str, Any], metres: int
) -> None:
    scope = own(place["owner_id"])
    with city_store.transaction(SYSTEM) as connection:
        corner = connection.execute(
            "SELECT ST_X(g) AS lon, ST_Y(g) AS lat FROM (SELECT ST_Project(ST_SetSRID(ST_MakePoint(max(ST_XMax(o.geom)), max(ST_YMax(o.geom))), 4326)::geography,"
            " %s, radians(45))::geometry AS g FROM (SELECT geom FROM enterprise WHERE owner_id = %s UNION ALL SELECT geom FROM hazard_site WHERE owner_id = %s"
            " UNION ALL SELECT geom FROM plant_boundary WHERE owner_id = %s) AS o) AS q",
            [metres, *[place["owner_id"]] * 3],
        ).fetchone()
    assert corner is not None
    at = (corner["lon"], corner["lat"]) if metres > 499 else (place["lon"], place["lat"])
    with city_store.transaction(scope) as connection:
        if metres <= 499:
            drill_sight.check_own_place(connection, scope, at)
        else:
            with pytest.raises(FormError, match="500 米以内") as refused:
                drill_sight.check_own_place(connection, scope, at)
            assert refused.value.faults[0][0] == "lon"
    with city_store.transaction(SYSTEM) as connection:
        drill_sight.check_own_place(connection, SYSTEM, at)  # an authority drills anywhere


def test_what_it_drew_far_away_is_no_place_of_its_own(city_store: Store, place: dict[str, Any]) -> None:
    """A boundary is the enterprise's own to draw: it does not let it drill, and count people, anywhere."""
    scope = own(place["owner_id"])
    far = (place["lon"] + 0.2, place["lat"])
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "INSERT INTO plant_boundary (code, name, enterprise_code, basis, division_code, authority_code, owner_id, geom, source_crs)"
            " SELECT 'PB-FAR', '远处', e.code, (SELECT min(basis) FROM plant_boundary), e.division_code, e.authority_code, e.owner_id,"
            " ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 300)::geometry), 'EPSG:4326'"
            " FROM enterprise e WHERE e.owner_id = %s ORDER BY e.code LIMIT 1",
            [*far, place["owner_id"]],
        )
    try:
        with (
            city_store.transaction(scope) as connection,
            pytest.raises(FormError, match="500 米以内"),
        ):
            drill_sight.check_own_place(connection, scope, far)
    finally:
        with city_store.transaction(SYSTEM) as connection:
            connection.execute("DELETE FROM plant_boundary WHERE code = 'PB-FAR'")


def test_one_without_a_place_is_told_so(city_store: Store) -> None:
    scope = own(2**40)
    with city_store.transaction(scope) as connection, pytest.raises(FormError, match="还没有位置"):
        drill_sight.check_own_place(connection, scope, (114.0, 22.5))


def test_it_is_kept_for_its_owner_and_the_authorities_above_it(
    city_database: Database, city_store: Store, asked: DrillQuestion, place: dict[str, Any], tmp_path: Path
) -> None:
    """The job, the course, an authority's alternative and the decision: nothing live is written, and no other enterprise sees any of it."""
    scope, other = own(place["owner_id"]), own(place["other"])
    before = contents(city_database)
    drill = _run(city_database, city_store, "drill", as_json(asked), scope, tmp_path)
    course = _run(city_database, city_store, "course", course_json(CourseQuestion(drill, runs=10)), scope, tmp_path)  # fmt: skip
    with city_store.transaction(scope) as connection:
        made = decisions.from_drill(connection, drill, scope=scope, now=NOW)
    plan = {"decision": str(made["id"]), "question": as_json(asked), "plan": rescue_plan.as_json(rescue_plan.RescuePlan())}  # fmt: skip
    district = scope_for([place["authority_code"]], username="district", role="regulator", may_write=True)
    alternative = _run(city_database, city_store, "decision", plan, district, tmp_path)
    after = contents(city_database)
    assert {name for name in after if after[name] != before[name]} == {
        "drill_simulation", "drill_course", "rescue_decision", "rescue_decision_version", "rescue_alternative", "job"
    }  # fmt: skip
    for seeing in (scope, district, SYSTEM):
        with city_store.transaction(seeing) as connection:
            kept = drills.read(connection, drill)
            assert kept["answer"]["sight"] == "enterprise"
            assert courses.read(connection, course)["answer"]["bands"]
            found = decisions.alternatives(connection, made["id"], [str(alternative)])
            # An authority worked it out, and still it tells the enterprise nothing that it may not know.
            assert found[0]["answer"]["sight"] == "enterprise"
            assert found[0]["answer"]["inside"] == kept["answer"]["inside"]
            assert [
                d["owner_name"] is not None for d in drills.listed_drills(connection) if d["id"] == drill
            ] == [True]
    elsewhere = scope_for(["510500"], username="x", role="regulator", may_write=True)
    for blind in (other, elsewhere):
        with city_store.transaction(blind) as connection:
            _is_not_there(connection, drill, course, made["id"], blind)
    with city_store.transaction(scope) as connection:
        decisions.remove(connection, made["id"], scope=scope)
        drills.remove(connection, drill, scope=scope)
    with city_store.transaction(SYSTEM) as connection:
        left = connection.execute("SELECT count(*) AS n FROM drill_course WHERE id = %s", [course]).fetchone()
    assert left == {"n": 0}


def _run(
    database: Database, store: Store, kind: str, arguments: dict[str, Any], scope: Scope, folder: Path
) -> uuid.UUID:
    with store.transaction(scope) as connection:
        job_id = job_queue.submit(
            connection, kind=kind, title=kind, scope=scope, arguments=arguments, now=NOW
        )
    job_queue.run(database, job_id, state_dir=folder, clock=SystemClock())
    with store.transaction(SYSTEM) as connection:
        job = job_queue.read(connection, job_id, username=scope.username)
    assert job["state"] == "done", job
    return job_id


def _is_not_there(
    connection: Connection, drill: uuid.UUID, course: uuid.UUID, decision: uuid.UUID, blind: Scope
) -> None:
    for read, key in ((drills.read, drill), (courses.read, course), (decisions.read, decision)):
        with pytest.raises(NotFoundError):
            read(connection, key)
    assert drill not in {d["id"] for d in drills.listed_drills(connection)}
    assert decision not in {d["id"] for d in decisions.listed(connection)}
    with pytest.raises(NotFoundError):
        drills.remove(connection, drill, scope=blind)
    with pytest.raises(NotFoundError):
        courses.keep(connection, uuid.uuid4(), CourseQuestion(drill), {}, scope=blind, now=NOW)


def test_nobody_keeps_a_drill_for_another(
    city_store: Store, asked: DrillQuestion, place: dict[str, Any]
) -> None:
    scope = own(place["other"])
    with pytest.raises(InsufficientPrivilege), city_store.transaction(scope) as connection:
        connection.execute(
            "INSERT INTO drill_simulation (id, name, username, authority_code, owner_id, question, answer, created_at)"
            " VALUES (gen_random_uuid(), 'x', 'x', %s, %s, '{}', '{}', now())",
            [place["authority_code"], place["owner_id"]],
        )


def test_it_takes_a_course_into_its_own_plan_and_into_no_other(
    city_store: Store, asked: DrillQuestion, place: dict[str, Any]
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT id, owner_id, version FROM drill WHERE state = 'planned' AND owner_id IS NOT NULL ORDER BY id").fetchall()  # fmt: skip
    assert rows
    mine = rows[0]
    scope = own(mine["owner_id"])
    theirs = next((row for row in rows if row["owner_id"] != mine["owner_id"]), None)
    figures = {"first_on_site_s": {"p50": 600.0, "p90": 900.0}, "zone_evacuated_s": {"p50": 1200.0, "p90": 1500.0}}  # fmt: skip
    course = {"id": uuid.uuid4(), "drill_id": uuid.uuid4(), "answer": {"bands": {"figures": figures}}}
    actor = Actor(scope, Party.OWNER, NOW)
    with city_store.transaction(scope) as connection:
        offered = {row["id"] for row in drill_plans.open_plans(connection, None)}
        assert offered == {row["id"] for row in rows if row["owner_id"] == mine["owner_id"]}
        taken = drill_plans.take(connection, course, mine["id"], "p50", version=mine["version"], actor=actor)
        assert (taken["planned_first_team_min"], taken["planned_evacuated_min"]) == (10.0, 20.0)
        if theirs is not None:
            with pytest.raises(NotFoundError):
                drill_plans.take(connection, course, theirs["id"], "p50", version=theirs["version"], actor=actor)  # fmt: skip
        connection.rollback()


def test_an_accident_off_its_site_is_not_decided_by_it(city_store: Store, place: dict[str, Any]) -> None:
    scope = own(place["owner_id"])
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "UPDATE accident SET owner_id = %s, geom = ST_SetSRID(ST_MakePoint(%s, %s), 4326) WHERE id = (SELECT min(id) FROM accident) RETURNING id",
            [place["owner_id"], place["lon"] + 0.1, place["lat"]],
        ).fetchone()
        assert row is not None
        connection.execute("SELECT set_config('onemap.ranges', '{}', true), set_config('onemap.owner', %s, true)", [str(place["owner_id"])])  # fmt: skip
        with pytest.raises(FormError, match="500 米以内") as refused:
            decisions.from_accident(connection, row["id"], scope=scope, now=NOW)
        assert refused.value.faults[0][0] == "accident"
        connection.rollback()


def test_within_an_owner_whoever_asks_sees_what_the_owner_sees() -> None:
    city = replace(SYSTEM, ranges=(("4403", "4404"),))
    assert drill_sight.within_owner(city, None) is city
    narrow = drill_sight.within_owner(city, 7)
    assert (narrow.ranges, narrow.owner_id, narrow.sees_sensitive) == ((), 7, False)
    assert drill_sight.within_owner(narrow, 7) is narrow
