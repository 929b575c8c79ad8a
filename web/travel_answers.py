"""Write travel-time answers as JSON, in the words of one language."""

from __future__ import annotations

from typing import Any

import shapely

from data.city_sweeps import CitySweep
from data.located_points import Kind
from data.network_service import Circumstances, hour_of_week
from data.travel_store import AreaAnswer, CoverageAnswer, NearestAnswer, RouteAnswer
from dispatch.coverage import CoverageTotal
from dispatch.nearest import LeftOut
from geo.closest_facility import Outcome
from geo.measure import geodesic_area_m2
from geo.route import Route
from geo.snapping import SnappedPoints
from layers.declaration import Words
from layers.display import LOCAL_ZONE

LEFT_OUT_WORDS = {
    LeftOut.WRONG_KIND: Words("类型不符", "Another kind"),
    LeftOut.WRONG_DIVISION: Words("不在所选区划", "Outside the division"),
    LeftOut.OFF_DUTY: Words("不在岗", "Off duty"),
    LeftOut.NO_POSITION: Words("没有位置", "Position unknown"),
    LeftOut.TOO_FAR_FROM_ROAD: Words("离道路太远", "Too far from any road"),
    LeftOut.CLOSED_OFF: Words("因道路封闭到不了", "Cut off by a closure"),
    LeftOut.UNREACHABLE: Words("没有道路可达", "No road leads there"),
    LeftOut.BEYOND_LIMIT: Words("超出时限", "Beyond the time limit"),
    LeftOut.FURTHER_AWAY: Words("可以到达，但更慢", "Gets there later"),
}
OUTCOME_WORDS = {
    Outcome.REACHED: Words("可达", "Reached"),
    Outcome.NOT_SNAPPED: Words("离道路太远", "Too far from any road"),
    Outcome.ROAD_CLOSED: Words("所在道路已封闭", "The road there is closed"),
    Outcome.NO_PATH: Words("没有道路可达", "No road leads there"),
}
WEEKDAYS = Words(
    "周一 周二 周三 周四 周五 周六 周日", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)


def circumstances(found: Circumstances, language: str) -> dict[str, Any]:
    """Name the network version, the slice and the closures an answer rests on."""
    hour = found.impedance.scenario.hour_of_week
    day = WEEKDAYS.in_language(language).split(" ")[hour // 24]
    return {
        "version": found.network.version,
        "slice": {
            "hour_of_week": hour,
            "day": "weekday" if hour < 120 else "weekend",
            "hour": hour % 24,
            "label": f"{day} {hour % 24:02d}:00–{hour % 24:02d}:59",
            "is_departure_hour": hour == hour_of_week(found.at),
            "at": found.at.astimezone(LOCAL_ZONE).isoformat(timespec="seconds"),
            "profile": found.profile.name,
        },
        "closures": {
            "version": found.roads.closure_version,
            "in_force": found.in_force,
            "drawn": found.drawn,
            "edges_closed": len(found.impedance.closed_edges),
        },
    }


def place(point: SnappedPoints) -> dict[str, Any]:
    """Give a position, where it stands on the road, and how far that is."""
    lon, lat = (round(float(v), 7) for v in point.lonlat[0])
    snapped = [round(float(v), 7) for v in point.snapped_lonlat[0]]
    return {
        "lon": lon,
        "lat": lat,
        "snapped": {"lon": snapped[0], "lat": snapped[1], "distance_m": round(float(point.distance_m[0]), 1)},
    }


def streets(route: Route) -> list[str]:
    """Name the streets of a route in order, each run once; stretches without a name are left out."""
    names: list[str] = []
    for step in route.steps:
        if step.name and (not names or names[-1] != step.name):
            names.append(step.name)
    return names


def line(route: Route) -> dict[str, Any] | None:
    """Give a route as a GeoJSON line; None where there is none."""
    if route.line.is_empty:
        return None
    return {"type": "LineString", "coordinates": shapely.get_coordinates(route.line).round(6).tolist()}


def nearest(answer: NearestAnswer, language: str) -> dict[str, Any]:
    """Write who is nearest, and who is not and why."""
    points, found = answer.points, answer.nearest
    candidates = []
    for c in found.candidates:
        feature_id = int(points.ids[c.facility_idx])
        words = answer.words.get(feature_id, {})
        candidates.append(
            {
                "rank": c.rank,
                "layer": points.layer.id,
                "id": feature_id,
                "code": words.get("code"),
                "title": words.get("name"),
                "address": words.get("address"),
                "phone": words.get("phone"),
                "lon": round(float(points.lonlat[c.facility_idx, 0]), 7),
                "lat": round(float(points.lonlat[c.facility_idx, 1]), 7),
                "travel_time_s": round(c.travel_time_s, 3),
                "length_m": round(c.route.length_m, 1),
                "straight_distance_m": round(c.straight_distance_m, 1),
                "straight_rank": c.straight_rank,
                "streets": streets(c.route),
                "route": line(c.route),
            }
        )
    left_out = [
        {
            "reason": reason.value,
            "label": LEFT_OUT_WORDS[reason].in_language(language),
            "count": len(rows),
            "examples": [answer.words[i]["name"] for i in answer.examples(reason) if i in answer.words],
        }
        for reason, rows in found.left_out.items()
    ]
    return {
        "from": place(found.incident),
        "kind": kind(answer.kind, language),
        "network": circumstances(answer.circumstances, language),
        "candidates": candidates,
        "left_out": left_out,
        "total": len(points),
    }


def route(answer: RouteAnswer, language: str) -> dict[str, Any]:
    """Write a route, or why there is none."""
    found = answer.route
    is_reached = found.outcome is Outcome.REACHED
    return {
        "from": place(answer.origin),
        "to": place(answer.destination),
        "network": circumstances(answer.circumstances, language),
        "outcome": found.outcome.name.lower(),
        "outcome_label": OUTCOME_WORDS[found.outcome].in_language(language),
        "travel_time_s": round(found.travel_time_s, 3) if is_reached else None,
        "length_m": round(found.length_m, 1) if is_reached else None,
        "route": line(found),
        "streets": streets(found),
        "steps": [
            {
                "street": s.name or None,
                "length_m": round(s.length_m, 1),
                "travel_time_s": round(s.travel_time_s, 3),
            }
            for s in found.steps
        ],
    }


def areas(answer: AreaAnswer, language: str) -> dict[str, Any]:
    """Write isochrones as a GeoJSON feature collection, shortest first."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "minutes": round(area.limit_s / 60, 3),
                    "limit_s": area.limit_s,
                    "area_m2": round(geodesic_area_m2(area.polygon)),
                    "road_length_m": round(area.length_m),
                },
                "geometry": shapely.geometry.mapping(shapely.set_precision(area.polygon, 1e-6)),
            }
            for area in answer.areas
        ],
        "from": place(answer.origin),
        "network": circumstances(answer.circumstances, language),
    }


def kind(found: Kind, language: str) -> dict[str, str]:
    """Name a kind of point."""
    return {"name": found.name, "title": found.words.in_language(language), "layer": found.layer.id}


def coverage_total(row: CoverageTotal, names: dict[str, str]) -> dict[str, Any]:
    """Write one line of totals; the exclusive figures add up to the count."""
    return {
        "code": row.group,
        "name": names.get(row.group, row.group),
        "count": row.count,
        "within": list(row.within),
        "first_within": list(row.first_within),
        "beyond": row.beyond,
        "unreachable": row.unreachable,
        "off_road": row.off_road,
        "no_position": row.no_position,
        "uncovered": row.uncovered,
    }


def city_sweep(one: CitySweep) -> dict[str, Any]:
    """Write what one of several cities answered."""
    head = {
        "city": one.name, "error": one.error, "facilities": one.facilities, "network": one.network_version,
        "open_s": round(one.open_s, 3), "sweep_s": round(one.sweep_s, 3), "peak_mib": round(one.peak_mib),
    }  # fmt: skip
    if one.totals is None:
        return head
    lines = [coverage_total(line, one.totals.names) for line in one.totals.lines]
    return head | {"total": coverage_total(one.totals.whole, {}), "divisions": lines}


def coverage_head(answer: CoverageAnswer, language: str) -> dict[str, Any]:
    """Write what a coverage is about."""
    return {
        "of": kind(answer.of, language),
        "by": kind(answer.by, language),
        "facilities": len(answer.facility_ids),
        "limits_s": list(answer.coverage.limits_s),
        "network": circumstances(answer.circumstances, language),
    }
