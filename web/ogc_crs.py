"""Offer the coordinate systems of the OGC API: CRS84, 4326, 4490, 3857 and the city's Gauss–Krüger zone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.errors import FilterError
from geo.crs import convert, gauss_kruger_for

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@dataclass(frozen=True)
class OfferedCrs:
    """One system: its address, its code for conversion, and whether its axes come latitude or north first."""

    uri: str
    code: str
    is_flipped: bool


def offered(city_lon: float | None) -> dict[str, OfferedCrs]:
    """List the systems on offer by their address; the Gauss–Krüger zones are those of the city."""
    found = {CRS84: OfferedCrs(CRS84, "EPSG:4326", is_flipped=False)}
    codes = [("EPSG:4326", True), ("EPSG:4490", True), ("EPSG:3857", False)]
    if city_lon is not None and 73.5 <= city_lon < 136.5:
        codes += [
            (gauss_kruger_for(city_lon), True),
            (gauss_kruger_for(city_lon, with_zone_number=True), True),
        ]
    for code, is_flipped in codes:
        uri = _EPSG + code.removeprefix("EPSG:")
        found[uri] = OfferedCrs(uri, code, is_flipped)
    return found


def find(uri: str | None, city_lon: float | None) -> OfferedCrs:
    """Find a system by its address; CRS84 where none is asked for.

    Raises
    ------
    FilterError
        When it is not on offer.
    """
    systems = offered(city_lon)
    if not uri:
        return systems[CRS84]
    if uri not in systems:
        raise FilterError(
            f"不提供坐标系 {uri[:100]}。 This system is not offered; there are: {', '.join(systems)}"
        )
    return systems[uri]


def geometry_in(geojson: str | None, system: OfferedCrs) -> Any:
    """Give a stored geometry (GeoJSON text, WGS-84) in another system, with its axis order."""
    if geojson is None:
        return None
    if system.uri == CRS84:
        return json.loads(geojson)
    shape = shapely.from_geojson(geojson)

    def move(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        moved = convert(points, "EPSG:4326", system.code)
        return moved[:, ::-1] if system.is_flipped else moved

    places = 8 if system.code in ("EPSG:4326", "EPSG:4490") else 3
    return _rounded(shapely.geometry.mapping(shapely.transform(shape, move)), places)


def _rounded(value: Any, places: int) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v, places) if k == "coordinates" else v for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v, places) for v in value]
    return round(float(value), places)


def bbox_from(values: list[float], system: OfferedCrs) -> list[float]:
    """Turn a box in another system into degrees; for projected ones the box around its turned edges.

    Raises
    ------
    FilterError
        When it is no box.
    """
    if len(values) == 6:
        values = [values[0], values[1], values[3], values[4]]
    if len(values) != 4:
        raise FilterError("bbox 应为 4 个数。 Four numbers were expected in bbox.")
    if system.uri == CRS84:
        return values
    a, b, c, d = values
    if system.is_flipped:
        a, b, c, d = b, a, d, c
    t = np.linspace(0, 1, 9)
    edges = np.concatenate(
        [
            np.column_stack([a + (c - a) * t, np.full(9, b)]),
            np.column_stack([a + (c - a) * t, np.full(9, d)]),
            np.column_stack([np.full(9, a), b + (d - b) * t]),
            np.column_stack([np.full(9, c), b + (d - b) * t]),
        ]
    )
    lonlat = convert(edges, system.code, "EPSG:4326")
    return [float(v) for v in (*lonlat.min(axis=0), *lonlat.max(axis=0))]
