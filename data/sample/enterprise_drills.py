"""Make the drill that the sample city's enterprise account has of its own: an accident at its site, and its course."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from data import courses, drills
from data.course_question import CourseQuestion
from data.drill_question import DrillQuestion, work_out
from data.sample.rescue_decisions import wind_towards_people
from data.scope import SYSTEM, Scope
from data.store import Store
from data.travel_store import TravelStore
from geo.errors import HazardError

_IDS = uuid.UUID("6d7b0f0e-5f1b-4a56-9d2c-51a1f3c7b8a2")
_RUNS = 100
#: What leaks where no hazard site of the enterprise holds anything that can be worked out.
_USUAL = ("氨", 2000.0)
_MOST_KG = 5000.0
#: Weather and hole, tried one after the other until the zones reach somebody: wind (m/s), sky, metres.
_VARIANTS = ((2.5, "slight_sun", 0.02), (2.0, "cloudy_night", 0.05), (1.5, "clear_night", 0.1))


def write_missing(store: Store, travel: TravelStore, *, now: dt.datetime) -> int:
    """Drill at the site of the first enterprise account, where it has drilled nothing yet; drills written.

    Worked out and kept by the functions that the page uses, in the account's own scope.
    """
    with store.transaction(SYSTEM) as connection:
        account = connection.execute(
            "SELECT u.username, u.unit_id FROM app_user u WHERE u.role = 'enterprise' AND u.is_active"
            " AND EXISTS (SELECT 1 FROM enterprise e WHERE e.owner_id = u.unit_id AND e.geom IS NOT NULL)"
            " AND NOT EXISTS (SELECT 1 FROM drill_simulation d WHERE d.owner_id = u.unit_id) ORDER BY u.id LIMIT 1"
        ).fetchone()
        if account is None:
            return 0
        place = connection.execute(
            "SELECT ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat FROM enterprise e WHERE e.owner_id = %s AND e.geom IS NOT NULL ORDER BY e.code LIMIT 1",
            [account["unit_id"]],
        ).fetchone()
        held = connection.execute(
            "SELECT s.code, s.name AS site, h.name, h.quantity_t, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat FROM hazard_site s"
            " JOIN hazard_substance h ON h.site_code = s.code WHERE s.owner_id = %s AND s.geom IS NOT NULL ORDER BY s.code, h.id",
            [account["unit_id"]],
        ).fetchall()
        wind_from_deg = None if place is None else wind_towards_people(connection, place)
    if place is None or wind_from_deg is None:
        return 0
    scope = Scope(
        account["username"], "enterprise", (), account["unit_id"], may_write=True, sees_sensitive=True
    )
    drill_id = uuid.uuid5(_IDS, account["username"])
    stated = _question(dict(place), [dict(row) for row in held], wind_from_deg, now)
    for wind_m_s, sky, hole_m in _VARIANTS:
        asked = replace(stated, wind_speed_m_s=wind_m_s, sky=sky, release={"hole_diameter_m": hole_m})
        answer = drills.run_drill(store, travel, scope, asked, report=lambda *_: None)
        if answer["people"]["leaving"] > 0:
            break
    with store.transaction(scope) as connection:
        drills.keep(connection, drill_id, asked, answer, scope=scope, now=now)
        drill = drills.read(connection, drill_id)
    course = CourseQuestion(drill_id, runs=_RUNS)
    ran = courses.run_course(store, travel, scope, drill, course, report=lambda *_: None)
    with store.transaction(scope) as connection:
        courses.keep(connection, uuid.uuid5(drill_id, "course"), course, ran, scope=scope, now=now)
    return 1


def _question(
    place: dict[str, Any], held: list[dict[str, Any]], wind_from_deg: float, now: dt.datetime
) -> DrillQuestion:
    """State a leak at the first hazard site that can be worked out, else of ammonia at the enterprise itself."""
    for row in held:
        asked = _leak(
            f"{row['site']}泄漏演练"[:80], row, row["name"], min(1000 * row["quantity_t"], _MOST_KG), wind_from_deg, now, site=row["code"]
        )  # fmt: skip
        try:
            work_out(asked)
        except HazardError:
            continue
        return asked
    return _leak("制冷系统液氨泄漏演练", place, *_USUAL, wind_from_deg, now)


def _leak(
    name: str,
    at: dict[str, Any],
    substance: str,
    mass_kg: float,
    wind_from_deg: float,
    now: dt.datetime,
    *,
    site: str | None = None,
) -> DrillQuestion:
    when = now.replace(hour=2, minute=0, second=0, microsecond=0)  # ten in the morning in Beijing
    return DrillQuestion(
        name, when, at["lon"], at["lat"], substance, mass_kg, "liquid_hole", site_code=site, wind_speed_m_s=2.5, wind_from_deg=wind_from_deg, sky="slight_sun",
    )  # fmt: skip
