"""Read travel-time questions from texts, as the API and the command line take them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.located_points import Kind, kind_by_name
from data.travel_store import Changes, Question
from geo.coordinate_text import position_from_text
from geo.crs import convert
from geo.errors import CoordinateError
from geo.weights import CAR, HOURS_OF_WEEK, PROFILES, Profile
from layers.display import LOCAL_ZONE

MOST_VERTICES = 20_000
MOST_MOVED = 200
_CHINA = (72.0, 0.8, 138.1, 55.9)


def question(values: Mapping[str, Any], *, now: dt.datetime) -> Question:
    """Read departure (at_time), hour_of_week, profile and closed areas.

    Raises
    ------
    FilterError
        When one of them cannot be read.
    """
    return Question(
        at=instant(values.get("at_time"), default=now),
        hour=_hour(values.get("hour_of_week")),
        profile=profile(values.get("profile")),
        closed=closed_areas(values.get("closed")),
    )


def instant(text: Any, *, default: dt.datetime) -> dt.datetime:
    """Read an instant as ISO 8601; without an offset it is Beijing time.

    Raises
    ------
    FilterError
    """
    if text in (None, "", "now"):
        return default
    try:
        found = dt.datetime.fromisoformat(str(text).strip().replace(" ", "T"))
    except ValueError as error:
        raise FilterError(
            f"时间 {str(text)[:40]!r} 无法理解，应如 2026-11-23T18:00。 "
            f"The time {str(text)[:40]!r} cannot be read; write it like 2026-11-23T18:00."
        ) from error
    if not 1980 <= found.year <= 2100:
        raise FilterError(f"时间 {found:%Y} 年超出范围。 The year {found.year} is out of range.")
    return found.replace(tzinfo=LOCAL_ZONE) if found.tzinfo is None else found


def _hour(text: Any) -> int | None:
    if text in (None, ""):
        return None
    value = str(text).strip()
    if not value.isascii() or not value.isdigit() or int(value) >= HOURS_OF_WEEK:
        raise FilterError(
            f"hour_of_week 应为 0–167（0 为周一 0 点），收到 {value[:20]!r}。 "
            f"Expected hour_of_week from 0 (Monday 00:00) to 167, got {value[:20]!r}."
        )
    return int(value)


def profile(name: Any) -> Profile:
    """Find a profile by name; a car by default.

    Raises
    ------
    FilterError
    """
    if name in (None, ""):
        return CAR
    if name not in PROFILES:
        known = ", ".join(PROFILES)
        raise FilterError(
            f"通行方式 {str(name)[:30]!r} 不存在，现有 {known}。 There is no profile {str(name)[:30]!r}; known: {known}."
        )
    return PROFILES[str(name)]


def kind(name: Any) -> Kind:
    """Find a kind of point by name.

    Raises
    ------
    FilterError
    """
    return kind_by_name(str(name))


def position(lon: Any, lat: Any, crs: Any = None) -> tuple[float, float]:
    """Read longitude and latitude in a datum; WGS-84 by default.

    Raises
    ------
    FilterError, CoordinateError, CrsError
    """
    try:
        x, y = float(lon), float(lat)
    except (TypeError, ValueError) as error:
        raise FilterError(
            "lon 和 lat 应为数字，如 lon=114.0579&lat=22.5431。 Numbers were expected for lon and lat."
        ) from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise FilterError("lon 和 lat 应为有限的数字。 Finite numbers were expected for lon and lat.")
    x, y = (float(v) for v in convert([[x, y]], str(crs or "wgs84"), "wgs84")[0])
    west, south, east, north = _CHINA
    if not (west <= x <= east and south <= y <= north):
        raise CoordinateError(
            f"位置 {x:.4f},{y:.4f} 不在中国范围内，是否经纬度写反了。 "
            f"The position {x:.4f},{y:.4f} is outside China: are the axes swapped?"
        )
    return x, y


def position_from(text: str | None, name: str, crs: Any = None) -> tuple[float, float]:
    """Read one position from a text such as ``114.0579,22.5431``.

    Raises
    ------
    FilterError, CoordinateError, CrsError
    """
    if not text:
        raise FilterError(
            f"缺少 {name}，应如 {name}=114.0579,22.5431。 {name.title()} is missing: write lon,lat."
        )
    parts = text.split(",")
    if len(parts) == 2:
        try:
            return position(float(parts[0]), float(parts[1]), crs)
        except ValueError as error:
            if isinstance(error, CoordinateError | FilterError):
                raise
    found = position_from_text(text)
    return position(found.lon, found.lat, crs)


def minutes(text: Any, *, default: str = "10,20,30") -> list[float]:
    """Read minutes such as ``10,20,30`` and give seconds.

    Raises
    ------
    FilterError
    """
    values = str(text if text not in (None, "") else default)
    try:
        found = [float(part) * 60 for part in values.replace("，", ",").split(",") if part.strip()]
    except ValueError as error:
        raise FilterError(
            f"分钟数 {values[:40]!r} 无法理解，应如 10,20,30。 Minutes like 10,20,30 were expected, got {values[:40]!r}."
        ) from error
    if not found or any(not 0 < v < math.inf for v in found):
        raise FilterError(
            f"分钟数应大于 0，收到 {values[:40]!r}。 Minutes above 0 were expected, got {values[:40]!r}."
        )
    return found


def whole(text: Any, name: str, default: int, *, low: int, high: int) -> int:
    """Read a whole number.

    Raises
    ------
    FilterError
    """
    if text in (None, ""):
        return default
    value = str(text).strip()
    if not value.lstrip("-").isascii() or not value.lstrip("-").isdigit() or not low <= int(value) <= high:
        raise FilterError(
            f"{name} 应为 {low}–{high} 的整数，收到 {value[:20]!r}。 "
            f"A whole number from {low} to {high} was expected for {name}, got {value[:20]!r}."
        )
    return int(value)


def flag(text: Any) -> bool:
    """Read yes or no; no by default."""
    return str(text).lower() in ("1", "true", "yes", "on", "是") if text is not None else False


def changes(values: Mapping[str, Any]) -> Changes:
    """Read facilities that are tried out: out=[id, …], added=[[lon, lat], …], moved=[[id, lon, lat], …].

    Raises
    ------
    FilterError, CoordinateError
    """
    out, added = values.get("out") or [], values.get("added") or []
    if not isinstance(out, list) or not isinstance(added, list) or len(out) > 1000 or len(added) > 200:
        raise FilterError("out 和 added 应为列表。 Lists were expected for out and added.")
    if any(not isinstance(i, int) or isinstance(i, bool) for i in out):
        raise FilterError("out 应为设施编号。 Ids were expected in out.")
    places = []
    for pair in added:
        if not isinstance(pair, list) or len(pair) != 2:
            raise FilterError("added 应为 [经度, 纬度] 的列表。 Pairs of lon and lat were expected in added.")
        places.append(position(*pair))
    return Changes(frozenset(out), tuple(places), _moved(values.get("moved") or []))


def _moved(given: Any) -> tuple[tuple[int, float, float], ...]:
    """Read facilities that stand elsewhere."""
    if not isinstance(given, list) or len(given) > MOST_MOVED:
        raise FilterError(
            f"moved 应为列表，最多 {MOST_MOVED} 项。 A list of at most {MOST_MOVED} was expected for moved."
        )
    found = []
    for one in given:
        if (
            not isinstance(one, list)
            or len(one) != 3
            or not isinstance(one[0], int)
            or isinstance(one[0], bool)
        ):
            raise FilterError(
                "moved 应为 [编号, 经度, 纬度] 的列表。 Triples of id, lon and lat were expected in moved."
            )
        found.append((one[0], *position(one[1], one[2])))
    return tuple(found)


def closed_areas(given: Any) -> tuple[BaseGeometry, ...]:
    """Read closed areas from GeoJSON (WGS-84): a geometry, a feature or a collection, as text or parsed.

    Raises
    ------
    FilterError
        When it is no GeoJSON, has no area or line, is invalid, or has too many vertices.
    """
    if given in (None, "", [], {}):
        return ()
    try:
        document = json.loads(given) if isinstance(given, str | bytes) else given
        shapes = [shapely.geometry.shape(geometry) for geometry in _geometries(document)]
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise FilterError(
            "封闭区域应为 GeoJSON 多边形或线（WGS-84）。 The closed area must be GeoJSON polygons or lines in WGS-84."
        ) from error
    shapes = [shape for shape in shapes if not shape.is_empty]
    if not shapes:
        raise FilterError("封闭区域是空的。 The closed area is empty.")
    if sum(int(shapely.get_num_coordinates(shape)) for shape in shapes) > MOST_VERTICES:
        raise FilterError(
            f"封闭区域的顶点超过 {MOST_VERTICES:,} 个。 The closed area has more than {MOST_VERTICES:,} vertices."
        )
    west, south, east, north = _CHINA
    for shape in shapes:
        if not shape.is_valid:
            raise FilterError(
                f"封闭区域的图形无效（边界自相交等）。 The closed area is invalid: {shapely.is_valid_reason(shape)}"
            )
        x0, y0, x1, y1 = shape.bounds
        if not (west <= x0 and south <= y0 and x1 <= east and y1 <= north):
            raise FilterError(
                "封闭区域不在中国范围内，请核对坐标（经度在前）。 The closed area lies outside China: longitude comes first."
            )
    return tuple(shapes)


def _geometries(document: Any) -> list[Any]:
    kind = document["type"]
    if kind == "FeatureCollection":
        return [g for feature in document["features"] for g in _geometries(feature)]
    if kind == "Feature":
        return _geometries(document["geometry"]) if document.get("geometry") else []
    if kind == "GeometryCollection":
        return [g for part in document["geometries"] for g in _geometries(part)]
    if kind not in ("Polygon", "MultiPolygon", "LineString", "MultiLineString"):
        raise ValueError(kind)
    return [document]
