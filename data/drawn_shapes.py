"""Take a line or an area that somebody drew as the position of a register's row, and say what is wrong with it."""

from __future__ import annotations

from typing import Any

import shapely
from shapely.errors import GEOSException

from data.errors import FormError
from data.loading.shapes import invalid_words
from data.registers import Place
from geo.crs import HOUSE_CRS
from geo.measure import geodesic_area_m2
from layers.declaration import Geometry, Layer

#: More corners than this nobody draws; files load what is longer.
MOST_CORNERS = 5000
#: An area smaller than this is a slip of the hand, square metres.
LEAST_M2 = 10.0
_CHINA = (72.0, 0.8, 138.1, 55.9)
_TYPES = {
    Geometry.LINE: ("LineString", "MultiLineString"),
    Geometry.POLYGON: ("Polygon", "MultiPolygon"),
}


def read_shape(layer: Layer, given: Any) -> Place:
    """Read GeoJSON geometry in degrees WGS-84; the place stands at a point on it.

    Raises
    ------
    FormError
        When it is none of the layer's type, is too long, crosses itself, is no area, or lies outside China.
    """
    types = _TYPES.get(layer.geometry, ())
    if not isinstance(given, dict) or given.get("type") not in types:
        raise _fault(
            f"{layer.words.zh}的范围应为 {'、'.join(types) or '一个点'}。 The shape of {layer.words.en.lower()} is one of {', '.join(types) or 'a point'}."
        )
    try:
        shape = shapely.geometry.shape(given)
        corners = int(shapely.get_num_coordinates(shape))
        bounds = shape.bounds
    except (GEOSException, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _fault("范围的坐标无法理解。 The coordinates of the shape cannot be read.") from error
    if shape.is_empty or not 2 <= corners <= MOST_CORNERS:
        raise _fault(
            f"范围有 {corners:,} 个点，应在 2 与 {MOST_CORNERS:,} 之间。 The shape has {corners:,} positions, 2 to {MOST_CORNERS:,} were expected."
        )
    west, south, east, north = bounds
    if not (_CHINA[0] <= west and _CHINA[1] <= south and east <= _CHINA[2] and north <= _CHINA[3]):
        raise _fault(
            "范围不在中国境内，请核对坐标（经度在前）。 The shape lies outside China: longitude comes first."
        )
    if not shape.is_valid:
        raise _fault(invalid_words(shapely.is_valid_reason(shape), HOUSE_CRS))
    if layer.geometry is Geometry.POLYGON and geodesic_area_m2(shape) < LEAST_M2:
        raise _fault(
            f"范围小于 {LEAST_M2:g} 平方米，请重画。 The area is less than {LEAST_M2:g} m²: draw it anew."
        )
    middle = shapely.point_on_surface(shape)
    return Place(float(middle.x), float(middle.y), HOUSE_CRS, "", shapely.to_wkb(shapely.force_2d(shape)))


def _fault(message: str) -> FormError:
    return FormError((("geometry", message),))
