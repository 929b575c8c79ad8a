"""Bring shapes to the house's CRS and say what makes one invalid."""

from __future__ import annotations

from typing import Any

import shapely

from geo.crs import HOUSE_CRS, convert


def invalid_words(reason: str, crs: str) -> str:
    """Say what makes a shape invalid and where, from GEOS's reason."""
    kind, _, place = reason.partition("[")
    zh = {"Self-intersection": "边界自相交", "Ring Self-intersection": "边界与自身相接"}.get(kind, "几何有误")
    where = place.rstrip("]")
    return f"{zh}，位置 {where}（{crs}）。 {kind} at {where} ({crs})."


def convert_shape(shape: Any, crs: str) -> Any:
    """Bring a shape to the house's CRS, vertex by vertex.

    Raises
    ------
    CoordinateError
        When a vertex cannot be in that system.
    """
    if crs == HOUSE_CRS:
        return shape
    return shapely.transform(shape, lambda xy: convert(xy, crs, HOUSE_CRS))
