"""Read the boundary of a plant that somebody drew, pasted or chose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from data.errors import FormError
from data.loading.shapes import convert_shape
from data.plant_boundaries import DrawnBoundary
from geo.crs import HOUSE_CRS, crs_from_name
from geo.errors import CoordinateError, CrsError

MOST_TEXT = 1_000_000
_KINDS = ("Polygon", "MultiPolygon")


def drawn_boundary(values: Mapping[str, Any]) -> DrawnBoundary:
    """Read `geometry`, GeoJSON drawn on the map, or `text`, GeoJSON or WKT in the datum `crs`.

    Raises
    ------
    FormError
        When neither is there, or it cannot be read as polygons.
    """
    if values.get("geometry") is not None:
        return DrawnBoundary(_polygons("geometry", _from_document("geometry", values["geometry"])), "drawn")
    text = values.get("text")
    if not isinstance(text, str) or not text.strip():
        raise FormError(
            (
                (
                    "text",
                    "请画出边界，或粘贴 GeoJSON、WKT。 Draw the boundary, or paste GeoJSON or WKT.",
                ),
            )
        )
    if len(text) > MOST_TEXT:
        raise FormError(
            (
                (
                    "text",
                    f"文本超过 {MOST_TEXT:,} 字。 The text has more than {MOST_TEXT:,} characters.",
                ),
            )
        )
    shape = _polygons("text", _from_text(text.strip()))
    try:
        crs = crs_from_name(str(values.get("crs") or HOUSE_CRS))
    except CrsError as error:
        raise FormError((("crs", str(error)),)) from error
    try:
        return DrawnBoundary(convert_shape(shape, crs), "given")
    except CoordinateError as error:
        raise FormError((("text", str(error)),)) from error


def _from_text(text: str) -> BaseGeometry:
    if text.startswith("{"):
        try:
            return _from_document("text", json.loads(text))
        except (ValueError, RecursionError) as error:
            raise _unreadable("text") from error
    try:
        return shapely.from_wkt(text.rpartition(";")[2] if text.upper().startswith("SRID=") else text)
    except shapely.errors.ShapelyError as error:
        raise _unreadable("text") from error


def _from_document(field: str, document: Any) -> BaseGeometry:
    try:
        parts = _geometries(document, 0)
        return shapely.MultiPolygon(
            [p for part in parts for p in shapely.get_parts(shapely.geometry.shape(part))]
        )
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RecursionError,
        shapely.errors.ShapelyError,
    ) as error:
        raise _unreadable(field) from error


def _geometries(document: Any, depth: int) -> list[Any]:
    """Give the polygons of a GeoJSON document."""
    if depth > 20:
        raise ValueError("too deep")
    kind = document["type"]
    if kind == "FeatureCollection":
        return [g for f in document["features"] for g in _geometries(f, depth + 1)]
    if kind == "Feature":
        return _geometries(document["geometry"], depth + 1)
    if kind not in _KINDS:
        raise ValueError(kind)
    return [document]


def _polygons(field: str, shape: BaseGeometry) -> BaseGeometry:
    if shape.is_empty or shape.geom_type not in _KINDS:
        raise _unreadable(field)
    flat = shapely.force_2d(shape)
    west, south, east, north = flat.bounds
    if not all(abs(v) < 1e9 for v in (west, south, east, north)):
        raise _unreadable(field)
    return flat


def _unreadable(field: str) -> FormError:
    return FormError(
        (
            (
                field,
                (
                    "应为 GeoJSON 或 WKT 的面（Polygon、MultiPolygon），至少三个点。 "
                    "A polygon in GeoJSON or WKT of at least three corners was expected."
                ),
            ),
        )
    )
