"""Load water areas (水系): polygons in which nothing stands."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import shapely

from data import layer_versions
from data.errors import LoadError
from data.loading.columns import normalize_header, plain_text
from data.loading.files import read_table
from data.loading.problems import ProblemCode, ProblemLog, RowProblem
from data.loading.report import BadRowReport
from data.loading.rows import Written
from data.loading.shapes import convert_shape, invalid_words
from data.loading.subject import LoadRequest, LoadResult, SubjectOption
from data.loading.table import Table
from data.scope import Connection
from geo.crs import HOUSE_CRS
from geo.errors import CoordinateError

NAMES = {"water": "水系，整体替换。 Water areas, replaced as a whole."}
OPTIONS = (
    SubjectOption("--make-valid", "修复自相交的面。 Mend polygons that cross themselves.", is_flag=True),
)

TAKES = {"water": frozenset({"crs", "sheet", "mapping", "dry_run", "keep_good", "report"})}


def run(connection: Connection, request: LoadRequest) -> LoadResult:
    """Replace the water areas by those of a file.

    Raises
    ------
    LoadError
        When the file cannot be read, is no file of polygons, or a polygon is bad (unless the good ones were
        asked for).
    """
    table = read_table(request.path, lambda _: 1, sheet=request.sheet, limits=request.limits)
    if table.shapes is None:
        raise LoadError(
            "水系要面文件（GeoJSON、GeoPackage、Shapefile）。 Water takes a file of polygons (GeoJSON, GeoPackage, Shapefile)."
        )
    wanted = {normalize_header(k) for k, v in request.mapping.items() if v == "name"} or {"name", "名称"}
    column = next(
        (c for h, c in zip(table.headers, table.columns, strict=True) if normalize_header(h) in wanted), None
    )
    crs = request.crs or table.crs or HOUSE_CRS
    log = ProblemLog()
    with ExitStack() as stack:
        if request.report is not None:
            log.sink = stack.enter_context(BadRowReport(request.report, table))
        rows = _check(table, column, crs, log, make_valid=bool(request.options.get("make_valid")))
    if log.total and not request.keep_good:
        raise LoadError(f"没有装载任何内容。 Nothing was loaded. {log.text()}", tuple(log.first))
    return LoadResult(_write(connection, rows), log, report=request.report if log.total else None)


def _check(
    table: Table, column: list[Any] | None, crs: str, log: ProblemLog, *, make_valid: bool
) -> list[tuple[str, Any]]:
    """Give the names and shapes of the good rows; the others go into the log."""
    rows = []
    for i, shape in enumerate(table.shapes if table.shapes is not None else ()):
        name = plain_text(column[i]) if column is not None else ""
        found = _polygon(shape, crs, make_valid=make_valid)
        if isinstance(found, tuple):
            log.add(i, [RowProblem(table.row_numbers[i], "几何 geometry", name, *found)])
        elif found is not None:
            rows.append((name, found))
    return rows


def _polygon(shape: Any, crs: str, *, make_valid: bool) -> Any:
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return ProblemCode.GEOMETRY_TYPE, f"应为面。 It should be a polygon, not a {shape.geom_type}."
    reason = shapely.is_valid_reason(shape)
    if reason != "Valid Geometry" and not make_valid:
        return (
            ProblemCode.GEOMETRY_INVALID,
            f"{invalid_words(reason, crs)} 可加 --make-valid。 Add --make-valid.",
        )
    try:
        moved = convert_shape(shape, crs)
    except CoordinateError as error:
        return ProblemCode.OUTSIDE_CHINA, str(error)
    if moved.is_valid:
        return moved
    parts = [
        p for p in shapely.get_parts(shapely.make_valid(moved)) if p.geom_type in ("Polygon", "MultiPolygon")
    ]
    return shapely.union_all(parts) if parts else None


def _write(connection: Connection, rows: list[tuple[str, Any]]) -> Written:
    wkb = [(name, shapely.to_wkb(shapely.normalize(shape))) for name, shape in rows]
    stored = [
        (row["name"], shapely.to_wkb(shapely.normalize(_single(shapely.from_wkb(bytes(row["wkb"]))))))
        for row in connection.execute("SELECT name, ST_AsBinary(geom) AS wkb FROM water")
    ]
    single = [(name, shapely.to_wkb(shapely.normalize(_single(shapely.from_wkb(w))))) for name, w in wkb]
    if sorted(single) == sorted(stored):
        return Written(0, 0, len(rows))
    connection.execute("DELETE FROM water")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO water (name, geom) VALUES (%s, ST_Multi(ST_SetSRID(ST_GeomFromWKB(%s), 4326)))", wkb
        )
    layer_versions.raise_version(connection, ("water",))
    return Written(len(rows), 0, 0)


def _single(shape: Any) -> Any:
    return shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape
