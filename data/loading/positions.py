"""Read the positions of a table, as figures or as shapes, and bring them to the house's CRS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.errors import LoadError
from data.loading.columns import ColumnMap
from data.loading.problems import ProblemCode, shown_value
from data.loading.shapes import convert_shape, invalid_words
from data.loading.table import Table
from geo.coordinate_text import position_from_text
from geo.crs import ACCEPTED, HOUSE_CRS, convert
from geo.errors import CoordinateError
from layers.declaration import Geometry, Layer

FloatArray = NDArray[np.float64]

_CHINA = (72.0, 0.8, 138.1, 55.9)
_GEOMETRY_TYPES = {
    Geometry.POINT: {"Point", "MultiPoint"},
    Geometry.LINE: {"LineString", "MultiLineString"},
    Geometry.POLYGON: {"Polygon", "MultiPolygon"},
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with the position of one row."""

    code: ProblemCode
    message: str
    value: str
    column: str


@dataclass
class Positions:
    """The positions of a table.

    Attributes
    ----------
    typed : (n, 2) figures as the file has them, NaN where a row has none
    lonlat : (n, 2) degrees in the house's CRS, NaN where a row has none; of a point on the shape otherwise
    crs : canonical code of the system the figures are in
    shapes : shapely geometries in the house's CRS, or None for points
    texts : the figures as typed, None where a row has none
    faults : position in the table → what is wrong
    """

    typed: FloatArray
    lonlat: FloatArray
    crs: str
    shapes: NDArray[np.object_] | None
    texts: list[str | None]
    faults: dict[int, Fault] = field(default_factory=dict)

    @property
    def has(self) -> NDArray[np.bool_]:
        """Tell which rows have a position."""
        return ~np.isnan(self.lonlat[:, 0])


def read_positions(layer: Layer, table: Table, columns: ColumnMap, *, crs: str | None) -> Positions:
    """Read the positions of a table in the system that was said, that the file names, or WGS-84."""
    known = crs or columns.crs_hint or table.crs or HOUSE_CRS
    count = len(table)
    found = Positions(np.full((count, 2), np.nan), np.full((count, 2), np.nan), known, None, [None] * count)
    if table.shapes is not None or columns.wkt is not None:
        _read_shapes(layer, table, columns, found)
    elif layer.geometry is Geometry.POINT:
        _read_figures(table, columns, found)
    return found


# -- figures ----------------------------------------------------------------------------------------


def _read_figures(table: Table, columns: ColumnMap, found: Positions) -> None:
    if columns.lon is not None and columns.lat is not None:
        _read_pairs(table, columns.lon, columns.lat, found)
    elif columns.position is not None:
        header = table.headers[columns.position]
        for i, value in enumerate(table.columns[columns.position]):
            if value is not None:
                _read_pasted(str(value), header, i, found)
    _check_swapped(table, columns, found)
    _convert(found, _place_header(table, columns))


def _place_header(table: Table, columns: ColumnMap) -> str:
    parts = [columns.lon, columns.lat] if columns.lon is not None else [columns.position, columns.wkt]
    return "、".join(table.headers[i] for i in parts if i is not None)


def _read_pairs(table: Table, lon_idx: int, lat_idx: int, found: Positions) -> None:
    header = f"{table.headers[lon_idx]}、{table.headers[lat_idx]}"
    for i, (x, y) in enumerate(zip(table.columns[lon_idx], table.columns[lat_idx], strict=True)):
        if x is None and y is None:
            continue
        if x is None or y is None:
            found.faults[i] = Fault(
                ProblemCode.POSITION_HALF,
                "经度和纬度要都填，或都不填。 Give both longitude and latitude, or neither.",
                f"{shown_value(x)}, {shown_value(y)}", header,
            )  # fmt: skip
            continue
        try:
            found.typed[i] = (float(x), float(y))
        except (TypeError, ValueError):
            found.typed[i] = np.nan
        if not np.isfinite(found.typed[i]).all():
            found.typed[i] = np.nan
            _read_pasted(f"{x}, {y}", header, i, found)
            continue
        if found.typed[i, 0] == 0 and found.typed[i, 1] == 0:
            found.typed[i] = np.nan
            continue
        found.texts[i] = f"{x}, {y}"


def _read_pasted(text: str, header: str, i: int, found: Positions) -> None:
    """Read figures in another form: degrees-minutes-seconds, letters, full width."""
    try:
        at = position_from_text(text)
    except CoordinateError as error:
        found.faults[i] = Fault(ProblemCode.POSITION_UNREADABLE, str(error), shown_value(text), header)
        return
    found.texts[i] = text
    if ACCEPTED[found.crs].is_projected and not at.crs_candidates:
        found.faults[i] = Fault(
            ProblemCode.POSITION_UNREADABLE,
            f"--crs {found.crs} 是米制坐标，这里是度。 These are degrees, but --crs {found.crs} is in metres.",
            shown_value(text), header,
        )  # fmt: skip
        return
    if ACCEPTED[found.crs].is_projected:
        found.faults[i] = Fault(
            ProblemCode.POSITION_UNREADABLE,
            "米制坐标请分成东、北两列。 Put metres into two columns, east and north.",
            shown_value(text), header,
        )  # fmt: skip
        return
    found.typed[i] = (at.lon, at.lat)


def _check_swapped(table: Table, columns: ColumnMap, found: Positions) -> None:
    if ACCEPTED[found.crs].is_projected:
        return
    x, y = found.typed[:, 0], found.typed[:, 1]
    with np.errstate(invalid="ignore"):
        swapped = np.flatnonzero((x > 0) & (x < 56) & (y > 72) & (y < 138.1))
    if not len(swapped):
        return
    if len(swapped) == int((~np.isnan(x)).sum()) and len(swapped) > 1 and columns.lon is not None:
        lon, lat = table.headers[columns.lon], table.headers[columns.lat or 0]
        raise LoadError(
            f"所有 {len(swapped):,} 行的经纬度颠倒了：列“{lon}”里是纬度。请加 --map {lon}=lat --map {lat}=lon。 "
            f"Longitude and latitude are swapped in all rows: add --map {lon}=lat --map {lat}=lon."
        )
    header = _place_header(table, columns)
    for i in swapped.tolist():
        found.faults[i] = Fault(
            ProblemCode.SWAPPED_AXES,
            f"经纬度颠倒，应为 {y[i]}, {x[i]}。 Longitude and latitude are swapped; it should be {y[i]}, {x[i]}.",
            found.texts[i] or "", header,
        )  # fmt: skip
        found.typed[i] = np.nan


def _convert(found: Positions, header: str) -> None:
    rows = np.flatnonzero(~np.isnan(found.typed[:, 0]))
    try:
        found.lonlat[rows] = convert(found.typed[rows], found.crs, HOUSE_CRS)
    except CoordinateError:
        # At least one position cannot be: find out which, one by one in halves.
        _convert_halves(found, rows, header)
    with np.errstate(invalid="ignore"):
        x, y = found.lonlat[:, 0], found.lonlat[:, 1]
        west, south, east, north = _CHINA
        outside = np.flatnonzero((x < west) | (x > east) | (y < south) | (y > north))
    for i in outside.tolist():
        found.faults[i] = Fault(
            ProblemCode.OUTSIDE_CHINA,
            "不在中国范围内（经度 72–138，纬度 1–56）。 Not in China (longitude 72–138, latitude 1–56).",
            found.texts[i] or "", header,
        )  # fmt: skip
        found.lonlat[i] = np.nan


def _convert_halves(found: Positions, rows: NDArray[np.intp], header: str) -> None:
    if len(rows) == 0:
        return
    try:
        found.lonlat[rows] = convert(found.typed[rows], found.crs, HOUSE_CRS)
    except CoordinateError as error:
        if len(rows) > 1:
            middle = len(rows) // 2
            _convert_halves(found, rows[:middle], header)
            _convert_halves(found, rows[middle:], header)
            return
        i = int(rows[0])
        found.faults[i] = Fault(ProblemCode.OUTSIDE_CHINA, str(error), found.texts[i] or "", header)


# -- shapes -----------------------------------------------------------------------------------------


def _read_shapes(layer: Layer, table: Table, columns: ColumnMap, found: Positions) -> None:
    if columns.wkt is not None:
        header = table.headers[columns.wkt]
        shapes = _from_wkt(table.columns[columns.wkt], header, found)
    else:
        header = ""
        shapes = np.asarray(table.shapes, dtype=object)
    allowed = _GEOMETRY_TYPES[layer.geometry]
    house = np.full(len(table), None, dtype=object)
    for i, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        if shape.geom_type not in allowed or (shape.geom_type == "MultiPoint" and len(shape.geoms) != 1):
            found.faults[i] = Fault(
                ProblemCode.GEOMETRY_TYPE,
                f"几何类型是 {shape.geom_type}，这个图层要 {' / '.join(sorted(allowed))}。 "
                f"It is a {shape.geom_type}; this layer takes {' / '.join(sorted(allowed))}.",
                "", header,
            )  # fmt: skip
            continue
        if shape.geom_type == "MultiPoint":
            shape = shape.geoms[0]
        if layer.geometry is Geometry.POINT:
            found.typed[i] = (shape.x, shape.y)
            found.texts[i] = f"{shape.x!r}, {shape.y!r}"
            continue
        house[i] = _shape_in_house(shape, i, found, header)
    if layer.geometry is Geometry.POINT:
        _convert(found, header)
        return
    found.shapes = house
    present = np.flatnonzero(house != None)  # noqa: E711 - element by element
    if len(present):
        on = shapely.point_on_surface(house[present])
        found.lonlat[present] = np.column_stack([shapely.get_x(on), shapely.get_y(on)])


def _from_wkt(cells: Sequence[Any], header: str, found: Positions) -> NDArray[np.object_]:
    shapes = np.full(len(cells), None, dtype=object)
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            shapes[i] = shapely.from_wkt(str(cell))
        except shapely.errors.GEOSException as error:
            found.faults[i] = Fault(
                ProblemCode.POSITION_UNREADABLE,
                f"不是有效的 WKT。 No valid WKT: {str(error)[:120]}", shown_value(cell), header,
            )  # fmt: skip
    return shapes


def _shape_in_house(shape: Any, i: int, found: Positions, header: str) -> Any:
    reason = shapely.is_valid_reason(shape)
    if reason != "Valid Geometry":
        found.faults[i] = Fault(
            ProblemCode.GEOMETRY_INVALID,
            f"多边形无效：{invalid_words(reason, found.crs)}", "", header,
        )  # fmt: skip
        return None
    try:
        moved = convert_shape(shape, found.crs)
    except CoordinateError as error:
        found.faults[i] = Fault(ProblemCode.OUTSIDE_CHINA, str(error), "", header)
        return None
    west, south, east, north = moved.bounds
    if west < _CHINA[0] or south < _CHINA[1] or east > _CHINA[2] or north > _CHINA[3]:
        found.faults[i] = Fault(
            ProblemCode.OUTSIDE_CHINA,
            "不在中国范围内。 Not in China.", f"{west:.4f}, {south:.4f}", header,
        )  # fmt: skip
        return None
    return moved
