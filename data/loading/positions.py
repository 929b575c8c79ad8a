"""Read the positions of a table, judge their datum as a batch, and say which stand where they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.errors import LoadError
from data.loading.columns import ColumnMap
from data.loading.division_index import Divisions, distance_outside_m
from data.loading.problems import CellError, ProblemCode, shown_value
from data.loading.table import Table
from data.scope import Connection
from geo.coordinate_text import position_from_text
from geo.crs import ACCEPTED, HOUSE_CRS, convert
from geo.datum import DatumEvidence, DatumVerdict, detect_datum
from geo.errors import CoordinateError
from layers.declaration import Geometry, Layer

FloatArray = NDArray[np.float64]

#: A position this far outside every division is elsewhere or in the sea, metres.
CITY_MARGIN_M = 2_000.0
#: Outlines are generalised: up to here a position may lie outside the division its row declares, metres.
DIVISION_MARGIN_M = 500.0
#: Shores are drawn coarsely: up to here a position may lie in water, metres.
WATER_MARGIN_M = 50.0
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


# -- the datum of the batch -------------------------------------------------------------------------


def judge_datum(
    found: Positions, divisions: Divisions, declared: Sequence[str | None]
) -> DatumEvidence | None:
    """Compare the datums on the rows' own divisions, else on the outline of the whole city.

    None when the figures are metres, or there is nothing to compare with.
    """
    rows = np.flatnonzero(~np.isnan(found.typed[:, 0]) & ~np.isnan(found.lonlat[:, 0]))
    if ACCEPTED[found.crs].is_projected or not len(rows) or divisions.whole is None:
        return None
    outlines = []
    for i in rows.tolist():
        code = declared[i]
        outline = divisions.outline_of(code) if code is not None else None
        outlines.append(divisions.whole if outline is None else outline)
    return detect_datum(found.typed[rows], outlines, declared=found.crs)


def datum_words(evidence: DatumEvidence) -> str:
    """Say for a person what the batch shows of its datum."""
    shares = "，".join(f"{ACCEPTED[c].title_en} {s:.1%}" for c, s in evidence.share_inside.items())
    said = ACCEPTED[evidence.declared]
    head = f"{evidence.point_count:,} 个点落在所属区划内的比例 share inside their divisions: {shares}。"
    if evidence.verdict is DatumVerdict.OTHER_DATUM and evidence.likely:
        better = ACCEPTED[evidence.likely]
        return (
            f"{head}\n按 {said.title_zh} 读取不对，更像 {better.title_zh}：请用 --crs {evidence.likely}；"
            f"确信无误则加 --crs {evidence.declared} --trust-crs。\n"
            f"They do not look like {said.title_en} but like {better.title_en}: say --crs {evidence.likely}; "
            f"if you are sure, say --crs {evidence.declared} --trust-crs."
        )
    return head


# -- where positions cannot be ----------------------------------------------------------------------


@dataclass
class Placing:
    """Where each position lies.

    Attributes
    ----------
    codes : finest division each position lies in; the nearest one just outside; None without position
    faults : position in the table → what is wrong, beyond the margins
    doubts : position in the table → what is odd, within the margins
    """

    codes: list[str | None]
    faults: dict[int, Fault] = field(default_factory=dict)
    doubts: dict[int, Fault] = field(default_factory=dict)


def place(
    connection: Connection,
    found: Positions,
    divisions: Divisions,
    declared: Sequence[str | None],
    *,
    header: str,
) -> Placing:
    """Find the division of every position, and those outside their division, outside the city or in water."""
    rows = np.flatnonzero(found.has)
    codes: list[str | None] = [None] * len(found.typed)
    placing = Placing(codes)
    inside = divisions.locate(found.lonlat[rows])
    lost = [i for i, code in zip(rows.tolist(), inside, strict=True) if code is None]
    for i, code in zip(rows.tolist(), inside, strict=True):
        codes[i] = code
    if divisions.whole is not None and lost:
        distance_m = divisions.outside_m(found.lonlat[lost])
        close = [i for i, metres in zip(lost, distance_m.tolist(), strict=True) if metres <= CITY_MARGIN_M]
        for i, code in zip(close, divisions.nearest(found.lonlat[close]), strict=True):
            codes[i] = code
        for i, metres in zip(lost, distance_m.tolist(), strict=True):
            message = (
                f"在所有已装载区划之外 {metres:,.0f} 米（海上、市外，或坐标系不对）。 {metres:,.0f} m outside every "
                "loaded division (in the sea, elsewhere, or in another datum)."
            )
            fault = Fault(ProblemCode.OUTSIDE_CITY, message, found.texts[i] or "", header)
            (placing.faults if metres > CITY_MARGIN_M else placing.doubts)[i] = fault
    _check_declared(found, divisions, declared, placing, header)
    _check_water(connection, found, rows, placing, header)
    return placing


def _check_declared(
    found: Positions, divisions: Divisions, declared: Sequence[str | None], placing: Placing, header: str
) -> None:
    by_code: dict[str, list[int]] = {}
    for i in np.flatnonzero(found.has).tolist():
        code = declared[i]
        if code is not None and i not in placing.faults:
            by_code.setdefault(code, []).append(i)
    for code, rows in by_code.items():
        outline = divisions.outline_of(code)
        if outline is None:
            continue
        shapely.prepare(outline)
        inside = shapely.intersects_xy(outline, found.lonlat[rows, 0], found.lonlat[rows, 1])
        outside = np.asarray(rows)[~inside].tolist()
        if not outside:
            continue
        distance_m = distance_outside_m(found.lonlat[outside], outline)
        for i, metres in zip(outside, distance_m.tolist(), strict=True):
            if i in placing.doubts and code in divisions.above(placing.codes[i] or ""):
                continue  # just off the coast or the city's edge, nearest to what it declares
            name = divisions.by_code[code].name
            where = divisions.by_code[placing.codes[i] or code]
            message = (
                f"在“{name}”之外 {metres:,.0f} 米，落在 {where.code} {where.name}。 {metres:,.0f} m outside of "
                f"{name}; it lies in {where.code} {where.name}."
            )
            fault = Fault(ProblemCode.OUTSIDE_DIVISION, message, found.texts[i] or "", header)
            (placing.faults if metres > DIVISION_MARGIN_M else placing.doubts)[i] = fault


def _check_water(
    connection: Connection, found: Positions, rows: NDArray[np.intp], placing: Placing, header: str
) -> None:
    waters = [
        (row["name"], shapely.from_wkb(bytes(row["wkb"])))
        for row in connection.execute("SELECT name, ST_AsBinary(geom) AS wkb FROM water ORDER BY id")
    ]
    if not waters or not len(rows) or found.shapes is not None:
        return
    tree = shapely.STRtree([shape for _, shape in waters])
    points = shapely.points(found.lonlat[rows])
    hits, which = tree.query(points, predicate="within")
    for hit, w in zip(hits.tolist(), which.tolist(), strict=True):
        i = int(rows[hit])
        name, shape = waters[w]
        metres = float(distance_outside_m(found.lonlat[[i]], shape.boundary)[0])
        message = f"在水中{'“' + name + '”' if name else ''}，离岸 {metres:,.0f} 米。 In water, {metres:,.0f} m from the shore."
        fault = Fault(ProblemCode.IN_WATER, message, found.texts[i] or "", header)
        if metres > WATER_MARGIN_M:
            placing.faults.setdefault(i, fault)
        else:
            placing.doubts.setdefault(i, fault)


def as_error(fault: Fault) -> CellError:
    """Give a fault as the complaint about a cell."""
    return CellError(fault.code, fault.message)
