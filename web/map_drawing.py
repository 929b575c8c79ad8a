"""Draw outlines and points as a picture for paper: an equal-scale map in SVG coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Drawing:
    """Paths of outlines with their labels, and points, in a picture of `width` × `height`.

    Attributes
    ----------
    outlines : tuple of (path, name, x, y)
    points : tuple of (x, y, level)
        The lowest level first, so that the highest is drawn last.
    """

    width: int
    height: int
    outlines: tuple[tuple[str, str, float, float], ...]
    points: tuple[tuple[float, float, str], ...]


def draw_points(
    outlines: list[dict[str, Any]],
    points: list[dict[str, Any]],
    *,
    width: int,
    height: int,
    fits_points: bool = False,
) -> Drawing:
    """Fit outlines (GeoJSON shapes, degrees) into a picture, with `fits_points` the points too; east and north have one scale."""
    rings = [(one, list(_rings(one["shape"]))) for one in outlines]
    corners = [corner for _, found in rings for ring in found for corner in ring]
    if fits_points:
        corners += [(p["lon"], p["lat"]) for p in points]
    corners = corners or [(p["lon"], p["lat"]) for p in points] or [(0.0, 0.0)]
    west, east = min(c[0] for c in corners), max(c[0] for c in corners)
    south, north = min(c[1] for c in corners), max(c[1] for c in corners)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min((width - 20) / max((east - west) * narrow, 1e-4), (height - 20) / max(north - south, 1e-4))
    left = (width - (east - west) * narrow * scale) / 2
    top = (height - (north - south) * scale) / 2

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round(left + (lon - west) * narrow * scale, 1), round(top + (north - lat) * scale, 1)

    def path(ring: list[tuple[float, float]]) -> str:
        return "M" + "L".join(f"{x} {y}" for x, y in (at(*corner) for corner in ring)) + "Z"

    shapes = tuple(
        ("".join(path(ring) for ring in found), one["name"], *at(one["lon"], one["lat"]))
        for one, found in rings
    )
    dots = tuple(
        (*at(p["lon"], p["lat"]), str(p["level"]))
        for p in sorted(points, key=lambda p: str(p["level"]), reverse=True)
    )
    return Drawing(width, height, shapes, dots)


def _rings(shape: dict[str, Any]) -> Iterable[list[tuple[float, float]]]:
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    for polygon in polygons:
        for ring in polygon:
            yield [(corner[0], corner[1]) for corner in ring]
