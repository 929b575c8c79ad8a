"""Let the zones of a drill's course grow with the wind, and shrink when the release has stopped and the cloud passes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from data.drill_question import DrillQuestion
from dispatch.drill import zone_level
from geo.hazard.consequence import Consequences
from geo.hazard.footprint import circle, on_the_map
from geo.measure import metres_per_degree

GROWTH_STEPS = 8
_CLOUDS = frozenset({"toxic", "flash_fire"})
_LEAST_WIND_M_S = 0.5


def shape_json(area: shapely.Geometry) -> dict[str, Any] | None:
    """Write a geometry as GeoJSON; an empty one is None."""
    if shapely.is_empty(area):
        return None
    mapped: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(area, 1e-5)))
    return mapped


def growing_zones(answer: dict[str, Any], question: DrillQuestion) -> list[dict[str, Any]]:
    """Let the drill's zones grow: a cloud's edge goes with the wind, fire and blast are there at once."""
    zones = [
        (zone["level"], zone["effect"], shapely.geometry.shape(zone["geometry"]))
        for zone in answer["zones"]
        if zone["geometry"]
    ]
    left = shapely.geometry.shape(answer["left"]["geometry"])
    if answer["left"]["is_isolation"]:
        zones.append((2, "isolation", left))
    return _grown(zones, (question.lon, question.lat), answer["accident"]["wind_speed_m_s"], 0.0, 0)


def turned_zones(
    found: Consequences, number: int, at_s: float, question: DrillQuestion
) -> list[dict[str, Any]]:
    """Let the zones under another wind grow from the second at which it turns."""
    zones = [
        (zone_level(str(z.effect), z.measure, z.value), str(z.effect), z.area)
        for z in found.zones
        if not shapely.is_empty(z.area)
    ]
    return _grown(zones, (question.lon, question.lat), found.air.wind_speed_m_s, at_s, number)


def _grown(
    zones: Sequence[tuple[int, str, shapely.Geometry]],
    at: tuple[float, float],
    wind_m_s: float,
    from_s: float,
    number: int,
) -> list[dict[str, Any]]:
    far_m = max((_reach_m(area, at) for _, effect, area in zones if effect in _CLOUDS), default=0.0)
    whole_s = far_m / max(wind_m_s, _LEAST_WIND_M_S)
    steps = GROWTH_STEPS if far_m else 1
    found: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        reached = on_the_map(circle(far_m * 1.01 * step / steps), at) if far_m and step < steps else None
        begins = from_s + whole_s * (step - 1) / steps
        ends = None if step == steps else round(from_s + whole_s * step / steps, 1)
        for level in (3, 2, 1):
            parts = [
                area if effect not in _CLOUDS or reached is None else shapely.intersection(area, reached)
                for own, effect, area in zones
                if own <= level
            ]
            shape = shape_json(shapely.union_all(parts)) if parts else None
            if shape is not None:
                found.append({"level": level, "from_s": round(begins, 1), "to_s": ends, "number": number, "geometry": shape})  # fmt: skip
    return found


def _reach_m(area: shapely.Geometry, at: tuple[float, float]) -> float:
    """Give how far an area reaches from a place."""
    offset = (shapely.get_coordinates(area) - at) * metres_per_degree(at[1])
    return float(((offset**2).sum(axis=1) ** 0.5).max())


def passing_s(answer: Mapping[str, Any], turns: Mapping[int, Consequences], question: DrillQuestion) -> float:
    """Give the seconds that the last of a stopped release takes to pass the farthest edge, under each wind there has been."""
    at = (question.lon, question.lat)
    base = [
        shapely.geometry.shape(z["geometry"])
        for z in answer["zones"]
        if z["geometry"] and z["effect"] in _CLOUDS
    ]
    found = [_passes_s(base, at, answer["accident"]["wind_speed_m_s"])]
    for turned in turns.values():
        areas = [z.area for z in turned.zones if str(z.effect) in _CLOUDS and not shapely.is_empty(z.area)]
        found.append(_passes_s(areas, at, turned.air.wind_speed_m_s))
    return max(found)


def _passes_s(areas: Sequence[shapely.Geometry], at: tuple[float, float], wind_m_s: float) -> float:
    return max((_reach_m(area, at) for area in areas), default=0.0) / max(wind_m_s, _LEAST_WIND_M_S)


def receding(
    zones: Sequence[dict[str, Any]], stop_s: float, clears_s: float, wind_m_s: float, at: tuple[float, float]
) -> list[dict[str, Any]]:
    """Let zones shrink from a second on: what is near is clear first, and at the end nothing is left."""
    found = [z | {"to_s": _earlier(z["to_s"], stop_s)} for z in zones if z["from_s"] < stop_s]
    if clears_s <= stop_s:
        return found
    width = (clears_s - stop_s) / GROWTH_STEPS
    for step in range(GROWTH_STEPS):
        begins, ends = stop_s + step * width, stop_s + (step + 1) * width
        clear = shapely.union_all([on_the_map(circle(max(wind_m_s * step * width, 1.0)), at)])
        for zone in zones:
            first, last = (
                max(begins, zone["from_s"]),
                min(ends, ends if zone["to_s"] is None else zone["to_s"]),
            )
            if first < last:
                shape = shape_json(shapely.difference(shapely.geometry.shape(zone["geometry"]), clear))
                if shape is not None:
                    found.append(
                        zone | {"from_s": round(first, 1), "to_s": round(last, 1), "geometry": shape}
                    )
    return sorted(found, key=lambda z: (z["from_s"], -z["level"]))


def _earlier(to_s: float | None, stop_s: float) -> float:
    return round(stop_s if to_s is None else min(to_s, stop_s), 1)
