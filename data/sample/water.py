"""Draw the water of a sample city: the sea where the land ends, made-up rivers and lakes inland."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.sample.divisions import CityDivisions, outlines_near
from data.sample.plane import FloatArray

__all__ = ["draw_water"]

_COASTAL = ("12", "13", "21", "31", "32", "33", "35", "37", "44", "45", "46")
_LAND_FRONTIER = ("2106", "4506", "4510", "4514")  # beyond these lies another country, not the sea
_RIVERS = ("清溪河", "安澜江", "云水河")
_LAKES = ("镜湖", "松湾水库", "石泉水库", "荷塘湖", "龙潭水库", "青山湖")


def draw_water(
    divisions: CityDivisions, city_code: str, rng: np.random.Generator
) -> list[tuple[str, str, BaseGeometry]]:
    """Return name, kind (river, lake or sea) and outline on the sheet, without overlaps."""
    found: list[tuple[str, str, BaseGeometry]] = []
    span_m = float(np.sqrt(divisions.city.area))
    taken: BaseGeometry = shapely.Polygon()
    for name in _RIVERS[: 2 if span_m > 25_000 else 1]:
        bed = _river(divisions, span_m, rng).difference(taken)
        taken = shapely.union(taken, bed)
        found += [(name, "river", part) for part in _polygons(bed, 20_000)]
    for name in _LAKES:
        lake = _lake(divisions, span_m, rng)
        if not lake.is_empty and not lake.dwithin(taken, 500) and divisions.city.contains(lake):
            taken = shapely.union(taken, lake)
            found.append((name, "lake", lake))
    if city_code[:2] in _COASTAL and city_code[:4] not in _LAND_FRONTIER:
        found += [("海域", "sea", part) for part in _polygons(_sea(divisions), 500_000)]
    return found


def _polygons(geometry: BaseGeometry, least_m2: float) -> list[BaseGeometry]:
    return [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area >= least_m2]


def _river(divisions: CityDivisions, span_m: float, rng: np.random.Generator) -> BaseGeometry:
    """Return a winding river that passes beside the main centre."""
    angle = rng.uniform(0, np.pi)
    along = np.linspace(-1.2 * span_m, 1.2 * span_m, 400)
    aside: FloatArray = np.full(400, rng.uniform(0.04, 0.12) * span_m * rng.choice([-1, 1]))
    for wave_m, size_m in ((span_m / 1.7, span_m / 22), (span_m / 5, span_m / 90)):
        aside = aside + size_m * np.sin(2 * np.pi * along / wave_m + rng.uniform(0, 2 * np.pi))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    course: FloatArray = np.column_stack([along, aside]) @ turn.T + divisions.centres[-1]
    width_m = float(np.clip(span_m / 220, 60, 240))
    return shapely.LineString(course).buffer(width_m / 2, quad_segs=3).intersection(divisions.city)


def _lake(divisions: CityDivisions, span_m: float, rng: np.random.Generator) -> BaseGeometry:
    """Return a round-ish lake where few people live."""
    west, south, east, north = divisions.city.bounds
    tries = rng.uniform((west, south), (east, north), (200, 2))
    tries = tries[shapely.contains_xy(divisions.city, tries[:, 0], tries[:, 1])]
    if not len(tries):
        return shapely.Polygon()
    at = tries[int(np.argmin(divisions.density(tries) + rng.uniform(0, 0.25, len(tries))))]
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius: FloatArray = np.full(48, np.clip(span_m / 70, 150, 900) * rng.uniform(0.6, 1.2))
    for k in (2, 3, 5):
        radius = radius * (1 + rng.uniform(0.05, 0.3) / k * np.sin(k * angle + rng.uniform(0, 2 * np.pi)))
    return shapely.Polygon(at + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def _sea(divisions: CityDivisions) -> BaseGeometry:
    """Return what lies within 8 km of the city and in no district of China."""
    plane = divisions.plane
    window = shapely.box(*divisions.city.bounds).buffer(8_000, join_style="mitre")
    near = outlines_near(plane.lonlat_of(window).bounds)
    land = shapely.union_all([plane.sheet_of(o) for o in near])
    # the outlines of neighbours do not meet exactly: close the slits
    return window.difference(land.buffer(60).buffer(-60).union(divisions.city))
