"""Run drill simulations, keep what they found in a table of their own, and read it; nothing live is written."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from data import drill_sight, drill_supplies
from data.drill_question import DrillQuestion, as_json, work_out
from data.drill_response import closed_roads, gather, helper_places, who_comes, who_shelters_where
from data.drill_surroundings import (
    Evacuees,
    Zones,
    beyond_the_city,
    listed,
    people_by_level,
    who_leaves,
)
from data.errors import FormError
from data.kept_rows import KeptRows
from data.located_points import LocatedPoints, kind_by_name, read_words
from data.rescue_plan import RescuePlan, exposure, staying_json, who_stays_where
from data.rescue_plan import as_json as plan_json
from data.scope import Connection, Scope, require_write
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.drill import Need, is_left, needs, shortfalls, zone_level
from dispatch.drill_supplies import supplies_needed
from geo.hazard.consequence import Consequences, Zone
from geo.hazard.footprint import circle, on_the_map
from geo.measure import geodesic_area_m2
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, SnapReason, snap
from geo.staging import NEAREST_M, StagingPoint, staging_at
from geo.travel_time_matrix import travel_time_matrix

ISOLATION_M = 50.0
#: A cloud begins at a point, a plant does not: the least distance that the guidebook isolates all round.
SITE_M = 30.0
HELP = frozenset({"fire_station", "rescue_team"})

_KEPT = KeptRows(
    "drill_simulation",
    "id, name, username, created_at, question, answer",
    "没有这次演练，或您无权查看。 There is no such drill that you may see.",
)

Report = Callable[[float, str], None]
_AS_USUAL = RescuePlan()


def run_drill(
    store: Store,
    travel: TravelStore,
    scope: Scope,
    asked: DrillQuestion,
    *,
    plan: RescuePlan = _AS_USUAL,
    report: Report,
) -> dict[str, Any]:
    """Work out an accident and how it is answered, as usual or by a plan; the answer is plain JSON.

    Raises
    ------
    FormError
        When the plan cannot be: nobody can stay indoors, or help cannot gather where it says.
    HazardError
        When the accident cannot be worked out.
    NoNetworkError, NetworkFileError
        When there is no network.
    """
    begun = time.perf_counter()
    took: dict[str, float] = {}

    def step(name: str, share: float) -> None:
        took[name] = round(time.perf_counter() - begun - sum(took.values()), 3)
        report(share, name)

    found = work_out(asked)
    zones, is_isolation = zones_of(found, (asked.lon, asked.lat))
    leave, stay = who_stays_where(found, zones.left, plan.mode, is_isolation=is_isolation)
    step("zones", 0.15)
    circumstances = travel.circumstances(Question(asked.at))
    hour = circumstances.impedance.scenario.hour_of_week
    with store.transaction(scope) as connection:
        inside = drill_sight.find_inside(connection, zones, scope)
        border = beyond_the_city(connection, zones.whole)
        own = _of_the_site(connection, asked, scope)
    leaving = who_leaves(inside, replace(zones, left=leave), hour)
    staying = who_leaves(inside, replace(zones, left=stay), hour)
    step("inside", 0.35)
    around = travel.circumstances(Question(asked.at, closed=(zones.left,)))
    roads = closed_roads(circumstances.network, zones.left)
    _, everybody, _ = travel.located(scope, kind_by_name("rescue_resource"), circumstances)
    points = everybody.take(~np.isin(everybody.ids, plan.without))
    helpers = helper_places(around.impedance, points, HELP)
    staging = gather(around.impedance, zones.left, (asked.lon, asked.lat), found.air.wind_from_deg, helpers)
    if plan.staging is not None:
        staging = (
            _chosen(around.impedance, zones, asked, found.air.wind_from_deg, plan.staging, helpers),
            *staging,
        )
    step("roads", 0.5)
    effects = frozenset(str(z.effect) for z in found.zones if not shapely.is_empty(z.area))
    wanted = needs(effects, everybody_in(leaving, staying))
    teams = who_comes(around.impedance, points, wanted, staging[0], zones.left) if staging else []
    with store.transaction(scope) as connection:
        brought, not_brought = drill_supplies.brought(
            connection, around.impedance, supplies_needed(effects, everybody_in(leaving, staying)),
            staging[0] if staging else None, zones.left, at=asked.at, without=plan.without,
        )  # fmt: skip
    step("teams", 0.7)
    capacity = capacities(store, scope, points)
    shelters = points.kinds == "shelter"
    sheltered = who_shelters_where(
        circumstances, leaving, points.take(shelters), capacity[shelters], zones.left
    )
    step("shelters", 0.9)
    with store.transaction(scope) as connection:
        _name(connection, scope, points, teams, sheltered["shelters"])
        without = [{"id": i} for i in plan.without]
        _name(connection, scope, everybody, without, [])
    by_kind = {need.kind: [t["travel_time_s"] for t in teams if t["kind"] == need.kind] for need in wanted}
    lacking = shortfalls(
        wanted,
        by_kind,
        left_over=sheltered["left_over"],
        no_way=sheltered["no_way"],
        has_staging=bool(staging),
    )
    lacking += not_brought
    step("report", 0.97)
    return {
        "accident": _accident(found, asked), "zones": [_zone(z) for z in found.zones],
        "left": {"area_m2": round(geodesic_area_m2(zones.left)), "is_isolation": is_isolation, "geometry": _shape(zones.left)},
        "levels": {str(level): _shape(area) for level, area in zones.by_level.items() if not area.is_empty},
        "hour_of_week": hour, "network_version": circumstances.network.version,
        "people": {
            "leaving": int(leaving.people.sum()), "residents": leaving.residents, "employees": leaving.employees,
            "by_level": people_by_level(inside, hour),
        },
        "inside": {subject: listed(rows) for subject, rows in inside.items()},
        "plan": plan_json(plan) | {"without": without}, "staying": staying_json(staying, stay),
        "exposure": exposure(found, zones.left, sheltered, int(staying.people.sum())),
        "own_dangers": own, "border": border, "roads": roads,
        "staging": [
            {"lon": round(s.lonlat[0], 6), "lat": round(s.lonlat[1], 6), "distance_m": round(s.distance_m), "off_wind_deg": round(s.off_wind_deg), "is_upwind": s.is_upwind}
            for s in staging
        ],
        "wanted": [_need(need) for need in wanted], "teams": teams, "evacuation": sheltered,
        "shortfalls": [{"subject": s.subject, "kind": s.kind, "missing": s.missing} for s in lacking], **brought,
        **({"sight": drill_sight.ENTERPRISE} if drill_sight.is_narrowed(scope) else {}),
        "took_s": took, "seconds": round(time.perf_counter() - begun, 2),
    }  # fmt: skip


def everybody_in(leaving: Evacuees, staying: Evacuees) -> int:
    """Count who is in the zone, whether they leave or stay indoors."""
    return int(leaving.people.sum() + staying.people.sum())


def zones_of(found: Consequences, at: tuple[float, float]) -> tuple[Zones, bool]:
    """Join an accident's zones by level; without any that people leave, a circle of isolation stands for them, said so.

    What stands within `SITE_M` of the release is in its strongest zone.
    """
    site = on_the_map(circle(SITE_M), at)
    by_level = {}
    for level in (1, 2, 3):
        parts = [z.area for z in found.zones if _level(z) <= level and not shapely.is_empty(z.area)]
        by_level[level] = shapely.union_all([*parts, site]) if parts else shapely.Polygon()
    left = shapely.union_all([by_level[level] for level in (1, 2, 3) if is_left(level)])
    if not left.is_empty:
        return Zones(by_level, left), False
    radius_m = max([ISOLATION_M, *(g.isolation_m for g in found.guide)])
    isolated = shapely.union_all([on_the_map(circle(radius_m), at)])
    mildest = max(level for level in (1, 2, 3) if is_left(level))
    for level in range(mildest, 4):  # whoever is in the circle leaves, and is counted so
        by_level[level] = shapely.union_all([by_level[level], isolated])
    return Zones(by_level, isolated), True


def _chosen(
    around: Impedance,
    zones: Zones,
    asked: DrillQuestion,
    wind_from_deg: float,
    at: tuple[float, float],
    helpers: SnappedPoints,
) -> StagingPoint:
    """Check that help gets to the place that was chosen, outside the zone."""
    place = snap(around.network, [at], profile=around.scenario.profile, shut=around.closed_edges)
    found = staging_at(zones.left, (asked.lon, asked.lat), wind_from_deg, at)
    if found.distance_m < NEAREST_M:
        raise FormError((("staging", f"集结点在影响区内或离它不足 {NEAREST_M:.0f} 米，请选远一些的地点。 The staging point lies in the zone or within {NEAREST_M:.0f} m of it: choose one farther away."),))  # fmt: skip
    is_reached = place.reason[0] == SnapReason.SNAPPED and bool(
        np.isfinite(travel_time_matrix(around, helpers, place)).any()
    )
    if not is_reached:
        raise FormError((("staging", "救援力量到不了这个集结点，请选道路旁的地点。 No help gets to that staging point: choose one beside a road."),))  # fmt: skip
    return found


def _level(zone: Zone) -> int:
    return zone_level(str(zone.effect), zone.measure, zone.value)


def _of_the_site(connection: Connection, asked: DrillQuestion, scope: Scope) -> list[dict[str, Any]]:
    """List the open hidden dangers of the enterprise the site belongs to; an enterprise's own wherever it drills."""
    if drill_sight.is_narrowed(scope):
        return drill_sight.own_dangers(connection)
    if asked.site_code is None:
        return []
    rows = connection.execute(
        "SELECT d.id, d.code, d.name, d.grade, d.state, d.due_at FROM hidden_danger d JOIN hazard_site s"
        " ON s.enterprise_code = d.enterprise_code WHERE s.code = %s AND d.state <> 'done' ORDER BY d.grade DESC, d.due_at, d.id LIMIT 100",
        [asked.site_code],
    ).fetchall()
    return [dict(row) | {"due_at": row["due_at"].isoformat()} for row in rows]


def capacities(store: Store, scope: Scope, points: LocatedPoints) -> NDArray[np.int64]:
    """Read the places of shelters, in the order of the points; unknown is none."""
    with store.transaction(scope) as connection:
        rows = connection.execute(
            "SELECT id, capacity FROM rescue_resource WHERE kind = 'shelter' AND capacity > 0"
        ).fetchall()
    known = {row["id"]: row["capacity"] for row in rows}
    return np.array([known.get(i, 0) for i in points.ids.tolist()], np.int64)


def _name(
    connection: Connection,
    scope: Scope,
    points: LocatedPoints,
    teams: list[dict[str, Any]],
    shelters: list[dict[str, Any]],
) -> None:
    """Write names and phones beside those who come and the shelters."""
    ids = [one["id"] for one in (*teams, *shelters)]
    words = read_words(connection, points.layer, ids, scope=scope)
    for one in (*teams, *shelters):
        own = words.get(one["id"], {})
        one |= {"code": own.get("code"), "name": own.get("name")}


def _need(need: Need) -> dict[str, Any]:
    return {"kind": need.kind, "count": need.count, "within_s": need.within_s}


def _accident(found: Consequences, asked: DrillQuestion) -> dict[str, Any]:
    """Write what was calculated with: nothing left unknown, and what was assumed."""
    air, term, substance = found.air, found.term, found.accident.substance
    return {
        "lon": asked.lon, "lat": asked.lat, "mass_kg": found.accident.mass_kg, "kind": str(found.accident.kind),
        "substance": {"cas": substance.cas, "zh": substance.name_zh, "en": substance.name_en},
        "phase": str(term.phase), "vapour_kg": round(term.mass_kg, 3), "rate_kg_s": round(term.rate_kg_s, 4),
        "duration_s": round(term.duration_s, 1), "wind_speed_m_s": air.wind_speed_m_s, "wind_from_deg": air.wind_from_deg,
        "stability": str(air.stability), "air_temperature_k": air.air_temperature_k,
        "relative_humidity": air.relative_humidity, "terrain": str(air.terrain), "wind_uncertainty_deg": asked.wind_uncertainty_deg,
        "assumptions": [{"field": a.field, "value": a.value} for a in found.assumptions],
        "notes": [str(note) for note in found.notes],
        "guide": [
            {"un": g.un, "case": g.case, "isolation_m": g.isolation_m, "protection_m": g.protection_m, "is_open_ended": g.is_open_ended}
            for g in found.guide
        ],
    }  # fmt: skip


def _zone(zone: Zone) -> dict[str, Any]:
    return {
        "effect": str(zone.effect), "model": str(zone.model), "measure": zone.measure, "value": float(f"{zone.value:.6g}"),
        "unit": zone.unit, "exposure_min": zone.exposure_min, "level": _level(zone),
        "distance_m": round(zone.reach.distance_m, 1), "distance_status": str(zone.reach.status),
        "area_m2": 0 if shapely.is_empty(zone.area) else round(geodesic_area_m2(zone.area)), "is_unchecked": zone.is_unchecked,
        "edge_death_share": zone.edge_death_share, "source": zone.source, "geometry": _shape(zone.area),
    }  # fmt: skip


def _shape(area: shapely.Geometry) -> dict[str, Any] | None:
    if shapely.is_empty(area):
        return None
    mapped: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(area, 1e-6)))
    return mapped


# -- keeping ---------------------------------------------------------------------------------------------


def keep(
    connection: Connection,
    drill_id: uuid.UUID,
    asked: DrillQuestion,
    answer: dict[str, Any],
    *,
    scope: Scope,
    now: dt.datetime,
) -> None:
    """Keep a drill under the division of whoever asked, an enterprise's with its owner; once only, however often its job is run.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When it has no division of its own.
    """
    require_write(scope)
    authority, owner_id = drill_sight.belongs_to(connection, scope, (asked.lon, asked.lat))
    connection.execute(
        "INSERT INTO drill_simulation (id, name, username, authority_code, owner_id, question, answer, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET answer = excluded.answer",
        [drill_id, asked.name, scope.username, authority, owner_id, Jsonb(as_json(asked)), Jsonb(answer), now],
    )  # fmt: skip


def listed_drills(connection: Connection, *, limit: int = 100) -> list[dict[str, Any]]:
    """List the drills of the scope, the newest first, without their answers."""
    return [
        dict(row)
        for row in connection.execute(
            "SELECT d.id, d.name, d.username, d.created_at, d.question->>'at' AS at, d.answer->'accident'->'substance' AS substance,"
            " d.answer->'people'->'leaving' AS leaving, jsonb_array_length(d.answer->'shortfalls') AS shortfalls, u.name AS owner_name"
            " FROM drill_simulation d LEFT JOIN unit u ON u.id = d.owner_id ORDER BY d.created_at DESC, d.id LIMIT %s",
            [limit],
        )
    ]


def read(connection: Connection, drill_id: uuid.UUID) -> dict[str, Any]:
    """Read a drill with its question and answer.

    Raises
    ------
    NotFoundError
        When the scope has no such drill.
    """
    return _KEPT.read(connection, drill_id)


def owner_of(connection: Connection, drill_id: uuid.UUID) -> int | None:
    """Say which unit a drill belongs to; None for one of an authority.

    Raises
    ------
    NotFoundError
        When the scope has no such drill.
    """
    found: int | None = replace(_KEPT, columns="owner_id").read(connection, drill_id)["owner_id"]
    return found


def made_at(connection: Connection, drill_id: uuid.UUID) -> dt.datetime:
    """Say when a drill was made, without reading it.

    Raises
    ------
    NotFoundError
        When the scope has no such drill.
    """
    found: dt.datetime = replace(_KEPT, columns="created_at").read(connection, drill_id)["created_at"]
    return found


def remove(connection: Connection, drill_id: uuid.UUID, *, scope: Scope) -> None:
    """Remove a drill.

    Raises
    ------
    RefusedError, NotFoundError
        As for `KeptRows.remove`.
    """
    _KEPT.remove(connection, drill_id, scope=scope)
