"""A drill's simulation: what it finds agrees with the rows, obeys the zone, and nothing live is written."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from pyproj import Geod

from data import drill_supplies, drills, job_queue
from data.clock import SystemClock
from data.database import Database
from data.drill_question import DrillQuestion, as_json, check_against_site, from_json
from data.errors import FormError
from data.scope import SYSTEM, Connection
from data.store import Store
from data.travel_store import TravelStore
from dispatch.drill import is_left
from dispatch.drill_supplies import supplies_needed
from geo.errors import HazardError

AT = dt.datetime(2026, 11, 24, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
ASKED = DrillQuestion(
    "氨泄漏", AT, 114.0579, 22.5431, "氨", 3000.0, "liquid_hole", wind_speed_m_s=3.0, wind_from_deg=45.0
)


@pytest.fixture(scope="module")
def travel(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(city_store, tmp_path_factory.mktemp("drills"))


@pytest.fixture(scope="module")
def answer(city_store: Store, travel: TravelStore) -> dict[str, Any]:
    return drills.run_drill(city_store, travel, SYSTEM, ASKED, report=lambda *_: None)


def test_what_lies_inside_is_what_the_polygons_hold(answer: dict[str, Any], city_store: Store) -> None:
    areas = {int(level): shapely.geometry.shape(area) for level, area in answer["levels"].items()}
    with city_store.transaction(SYSTEM) as connection:
        for layer, subject, extra in (
            ("elevator", "elevator", ""),
            ("enterprise", "enterprise", ""),
            ("hidden_danger", "hidden_danger", " WHERE state <> 'done'"),
        ):
            rows = connection.execute(
                f"SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM {layer}{extra}".encode()
            ).fetchall()
            strongest = [
                min(
                    (
                        level
                        for level, area in areas.items()
                        if area.contains(shapely.Point(r["lon"], r["lat"]))
                    ),
                    default=0,
                )
                for r in rows
                if r["lon"] is not None
            ]
            counted = [strongest.count(level) for level in (1, 2, 3)]
            assert answer["inside"][subject]["by_level"] == counted
    assert answer["inside"]["elevator"]["count"] > 0


def test_shelters_and_teams_keep_out_of_the_zone(answer: dict[str, Any], city_store: Store) -> None:
    left = shapely.geometry.shape(answer["left"]["geometry"])
    found = answer["evacuation"]
    assert (
        found["placed"] + found["left_over"] + found["no_way"]
        == found["people"]
        == answer["people"]["leaving"]
        > 0
    )
    assert sum(f["people"] for f in found["flows"]) == found["placed"]
    by_level = answer["people"]["by_level"]
    assert (
        by_level[1] + by_level[2]
        == answer["people"]["residents"] + answer["people"]["employees"]
        == found["people"]
    )
    for shelter in found["shelters"]:
        assert not left.contains(shapely.Point(shelter["lon"], shelter["lat"]))
        assert 0 < shelter["people"] <= shelter["capacity"]
    assert answer["teams"]
    for team in answer["teams"]:
        # the area itself is closed: a route touches it nowhere but where drawing rounds
        assert shapely.LineString(team["route"]).intersection(left.buffer(-2e-5)).is_empty
    for place in answer["staging"]:
        assert not left.contains(shapely.Point(place["lon"], place["lat"]))
    assert answer["staging"][0]["is_upwind"]


def test_supplies_come_from_the_soonest_stocks_that_may_be_called_on(
    answer: dict[str, Any], city_store: Store
) -> None:
    left = shapely.geometry.shape(answer["left"]["geometry"])
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT id, type_name, unit_word, quantity, expires_on, enterprise_code, is_shared, ST_X(geom) AS lon, ST_Y(geom) AS lat"
            " FROM rescue_supply WHERE geom IS NOT NULL"
        ).fetchall()
    able = {
        row["id"]: row for row in rows
        if (row["enterprise_code"] is None or row["is_shared"]) and (row["expires_on"] is None or row["expires_on"] >= AT.date())
        and row["quantity"] > 0 and not left.contains(shapely.Point(row["lon"], row["lat"]))
    }  # fmt: skip
    assert answer["supplies"]
    missing = {s["kind"]: s["missing"] for s in answer["shortfalls"] if s["subject"] == "supply"}
    for wanted in answer["supplies_wanted"]:
        own = [one for one in answer["supplies"] if one["type"] == wanted["type"]]
        held = sum(
            row["quantity"] for row in able.values() if (row["type_name"], row["unit_word"]) == (wanted["type"], wanted["unit"])
        )  # fmt: skip
        assert sum(one["quantity"] for one in own) + missing.get(wanted["type"], 0) == wanted["quantity"]
        if held >= wanted["quantity"]:
            assert wanted["type"] not in missing
        assert [one["travel_time_s"] for one in own] == sorted(one["travel_time_s"] for one in own)
        for one in own:
            row = able[one["id"]]
            assert (row["type_name"], row["unit_word"]) == (wanted["type"], wanted["unit"])
            assert 0 < one["quantity"] <= one["in_stock"] == row["quantity"]
            assert one["is_late"] == (one["travel_time_s"] > wanted["within_s"])


def test_what_a_resource_that_does_not_count_keeps_is_not_brought(city_connection: Connection) -> None:
    wanted = supplies_needed(frozenset({"toxic", "explosion"}), 100)
    whole = drill_supplies.stocks(city_connection, wanted, at=AT)
    kept_at = {
        row["id"]: row["depot"]
        for row in city_connection.execute(
            "SELECT s.id, r.id AS depot FROM rescue_supply s JOIN rescue_resource r ON r.code = s.depot_code"
        )
    }
    away = next(kept_at[one["id"]] for one in whole if one["id"] in kept_at)
    left = drill_supplies.stocks(city_connection, wanted, at=AT, without=[away])
    gone = {one["id"] for one in whole} - {one["id"] for one in left}
    assert gone == {one["id"] for one in whole if kept_at.get(one["id"]) == away}
    later = drill_supplies.stocks(city_connection, wanted, at=AT + dt.timedelta(days=4000))
    assert len(later) < len(whole)  # what is no longer good by then stays


def test_help_gathers_at_a_junction_from_which_a_road_is_closed(
    city_store: Store, travel: TravelStore
) -> None:
    """Wherever staging is found, help that comes to it is found as well."""
    lonlat = places_of(city_store)
    for lon, lat in lonlat:
        found = drills.run_drill(
            city_store, travel, SYSTEM, replace(ASKED, lon=lon, lat=lat), report=lambda *_: None
        )
        assert bool(found["teams"]) == bool(found["staging"]), (lon, lat)


def places_of(store: Store) -> list[tuple[float, float]]:
    """Enterprises all over the city."""
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE geom IS NOT NULL ORDER BY md5(code) LIMIT 12"
        ).fetchall()
    return [(row["lon"], row["lat"]) for row in rows]


def test_what_was_unknown_is_marked_and_the_rest_is_not(answer: dict[str, Any]) -> None:
    assumed = {a["field"] for a in answer["accident"]["assumptions"]}
    assert {"hole_diameter_m", "air_temperature_k", "exposure_min"} <= assumed
    assert not {"wind_speed_m_s", "wind_from_deg"} & assumed


def test_a_question_is_kept_as_it_was() -> None:
    assert from_json(as_json(replace(ASKED, release={"hole_diameter_m": 0.02}))) == replace(
        ASKED, release={"hole_diameter_m": 0.02}
    )


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"wind_speed_m_s": 0.0}, "风速 0"), ({"wind_speed_m_s": 60.0}, "风速 60"), ({"substance": "氧"}, "物性"), ({"mass_kg": -1.0}, "质量")],
)  # fmt: skip
def test_accidents_that_cannot_be_are_refused(
    city_store: Store, travel: TravelStore, changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(HazardError, match=named):
        drills.run_drill(city_store, travel, SYSTEM, replace(ASKED, **changed), report=lambda *_: None)


def test_no_more_than_the_site_holds(city_connection: Connection) -> None:
    row = city_connection.execute(
        "SELECT site_code, name, quantity_t FROM hazard_substance ORDER BY id LIMIT 1"
    ).fetchone()
    assert row is not None
    asked = replace(
        ASKED, site_code=row["site_code"], substance=row["name"], mass_kg=1000 * row["quantity_t"]
    )
    check_against_site(city_connection, asked)
    with pytest.raises(FormError, match="超过该危险源登记的"):
        check_against_site(city_connection, replace(asked, mass_kg=asked.mass_kg + 1))
    with pytest.raises(FormError, match="登记的物质是"):
        check_against_site(city_connection, replace(asked, substance="光气"))
    with pytest.raises(FormError, match="没有危险源"):
        check_against_site(city_connection, replace(asked, site_code="HZ-none"))


def test_what_stands_in_several_vessels_counts_together_by_any_of_its_names(
    city_connection: Connection,
) -> None:
    site = city_connection.execute("SELECT site_code FROM hazard_substance ORDER BY id LIMIT 1").fetchone()
    assert site is not None
    city_connection.execute("DELETE FROM hazard_substance WHERE site_code = %s", [site["site_code"]])
    for vessel, tonnes in (("1 号罐", 10.0), ("2 号罐", 50.0)):
        city_connection.execute(
            "INSERT INTO hazard_substance (site_code, name, cas, vessel, quantity_t, critical_quantity_t) VALUES (%s, '液氨', NULL, %s, %s, 10)",
            [site["site_code"], vessel, tonnes],
        )
    for substance in ("液氨", "氨", "7664-41-7"):
        asked = replace(ASKED, site_code=site["site_code"], substance=substance, mass_kg=60_000.0)
        check_against_site(city_connection, asked)
        with pytest.raises(FormError, match="登记的 60 吨"):
            check_against_site(city_connection, replace(asked, mass_kg=60_001.0))


def test_a_zone_over_the_border_says_so(city_store: Store, travel: TravelStore) -> None:
    far = replace(ASKED, substance="氯", mass_kg=20_000.0, kind="instant")
    found = drills.run_drill(city_store, travel, SYSTEM, far, report=lambda *_: None)
    assert 0 < found["border"]["outside"] < 1
    assert "beyond_the_model" in found["accident"]["notes"]
    named = {s["subject"]: s["missing"] for s in found["shortfalls"]}
    assert named.get("places", 0) == found["evacuation"]["left_over"]
    assert named.get("no_way", 0) == found["evacuation"]["no_way"]


def _aside(bearing_deg: float, distance_m: float) -> tuple[float, float]:
    lon, lat, _ = Geod(ellps="GRS80").fwd(ASKED.lon, ASKED.lat, bearing_deg, distance_m)
    return lon, lat


def test_who_stands_at_the_release_is_in_its_strongest_zone() -> None:
    """A plume begins at a point: the plant itself, and what lies just upwind of it, would be outside."""
    zones, is_isolation = drills.zones_of(drills.work_out(ASKED), (ASKED.lon, ASKED.lat))
    strongest = min(level for level, area in zones.by_level.items() if not area.is_empty)
    places = np.array([(ASKED.lon, ASKED.lat), _aside(45.0, 29.0), _aside(45.0, 32.0), _aside(45.0, 500.0)])
    assert zones.level_of(places).tolist() == [strongest, strongest, 0, 0]
    assert not is_isolation
    assert zones.left.contains(shapely.Point(ASKED.lon, ASKED.lat))


def test_where_no_zone_is_left_the_circle_of_isolation_counts_who_is_in_it() -> None:
    found = replace(drills.work_out(ASKED), zones=())
    zones, is_isolation = drills.zones_of(found, (ASKED.lon, ASKED.lat))
    radius_m = max(drills.ISOLATION_M, *(g.isolation_m for g in found.guide))
    mildest = max(level for level in (1, 2, 3) if is_left(level))
    places = np.array(
        [(ASKED.lon, ASKED.lat), _aside(120.0, radius_m - 1), _aside(300.0, radius_m - 1), _aside(0.0, radius_m + 1)]
    )  # fmt: skip
    assert is_isolation
    assert zones.level_of(places).tolist() == [mildest, mildest, mildest, 0]
    assert all(zones.left.contains(shapely.Point(at)) for at in places[:3])


def test_a_user_sees_their_own_rows_in_the_zones_and_public_ones(
    city_store: Store, travel: TravelStore
) -> None:
    nobody = replace(SYSTEM, ranges=(("9", "91"),))
    found = drills.run_drill(city_store, travel, nobody, ASKED, report=lambda *_: None)
    assert found["inside"]["enterprise"]["count"] == found["inside"]["hidden_danger"]["count"] == 0
    assert found["teams"]


def contents(database: Database) -> dict[str, Any]:
    """What every table holds, told by its rows' text."""
    assert database.superuser is not None
    with psycopg.connect(database.superuser) as connection:
        tables = [
            r[0]
            for r in connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ]
        return {
            name: connection.execute(
                f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {name} t".encode()
            ).fetchone()
            for name in tables
        }


def test_a_drill_writes_nothing_but_itself(
    city_database: Database, city_store: Store, tmp_path: Path
) -> None:
    before = contents(city_database)
    with city_store.transaction(SYSTEM) as connection:
        job_id = job_queue.submit(
            connection,
            kind="drill",
            title="演练",
            scope=SYSTEM,
            arguments=as_json(ASKED),
            now=SystemClock().now(),
        )
    job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    after = contents(city_database)
    assert {name for name in after if after[name] != before[name]} == {"drill_simulation", "job"}
    assert before["outbox"] == after["outbox"]
    with city_store.transaction(SYSTEM) as connection:
        kept = drills.read(connection, job_id)
        assert kept["answer"]["people"]["leaving"] > 0
        drills.remove(connection, job_id, scope=SYSTEM)
        assert uuid.UUID(str(job_id)) not in {d["id"] for d in drills.listed_drills(connection)}
