"""Write features of a layer to a file: Excel, CSV, GeoPackage, GeoJSON, FlatGeobuf, Shapefile."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from data import features
from data.errors import FilterError
from data.scope import Connection, Scope
from layers.declaration import Field, FieldType, Geometry, Layer
from layers.display import LOCAL_ZONE, display, mask
from layers.registry import find_register
from layers.workflow import Party

Progress = Callable[[int], None]

_DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile"}
FORMATS = ("xlsx", "csv", *_DRIVERS)
#: An Excel sheet ends here.
EXCEL_MAX_ROWS = 1_048_575


def write_file(
    connection: Connection,
    layer: Layer,
    query: features.Query,
    path: Path,
    *,
    file_format: str,
    scope: Scope,
    progress: Progress = lambda _: None,
) -> int:
    """Write every row of a query to `path` and give their number; sensitive fields are masked unless by right.

    The owner of a register's row has it in full, as on its own page: such a file can be loaded again.

    Raises
    ------
    FilterError
        When the format is unknown or cannot hold so many rows, or the query cannot be read.
    """
    if file_format not in FORMATS:
        raise FilterError(
            f"不支持格式 {file_format}，有 {', '.join(FORMATS)}。 Formats are: {', '.join(FORMATS)}"
        )
    rows = features.stream(connection, layer, query, scope=scope)
    if file_format == "csv":
        return _write_csv(layer, rows, path, scope, progress)
    if file_format == "xlsx":
        return _write_excel(layer, rows, path, scope, progress)
    return _write_spatial(layer, rows, path, file_format, scope, progress)


def _header(layer: Layer, scope: Scope) -> list[str]:
    position = ("经度", "纬度") if scope.language == "zh" else ("Longitude", "Latitude")
    return [f.words.in_language(scope.language) for f in layer.all_fields] + list(position)


def _sees(layer: Layer, row: dict[str, Any], scope: Scope) -> bool:
    """Say whether the scope has a row in full: by right, or because the row is of a register and its own."""
    if scope.sees_sensitive:
        return True
    is_own = scope.owner_id is not None and row["owner_id"] == scope.owner_id
    register = find_register(layer.id) if is_own else None
    return register is not None and Party.OWNER in register.kept_by


def _cells(layer: Layer, row: dict[str, Any], scope: Scope) -> list[Any]:
    sees = _sees(layer, row, scope)
    values: list[Any] = []
    for f in layer.all_fields:
        value = row[f.name]
        if f.type in (FieldType.INTEGER, FieldType.NUMBER) and value is not None:
            values.append(value)
        elif f.type is FieldType.CODE_LIST:
            values.append(",".join(value or []))
        elif isinstance(value, dt.datetime) and (value.second or value.microsecond):
            # Lists show minutes; a file that is loaded again must not lose what is finer.
            values.append(value.astimezone(LOCAL_ZONE).isoformat(sep=" "))
        else:
            values.append(display(f, value, language=scope.language, sees_sensitive=sees))
    point = shapely.from_wkb(row["wkb"]) if row["wkb"] is not None else None
    if point is not None and point.geom_type != "Point":
        point = point.representative_point()
    return [*values, *((round(point.x, 7), round(point.y, 7)) if point is not None else (None, None))]


def safe_cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula.

    >>> safe_cell("=1+1"), safe_cell("+86 755"), safe_cell(-3)
    ("'=1+1", "'+86 755", -3)
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def _write_csv(
    layer: Layer, rows: Iterator[dict[str, Any]], path: Path, scope: Scope, progress: Progress
) -> int:
    n = 0
    # The mark at the beginning tells Excel that this is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(_header(layer, scope))
        for n, row in enumerate(rows, start=1):
            writer.writerow([safe_cell(v) for v in _cells(layer, row, scope)])
            if n % 5000 == 0:
                progress(n)
    return n


def _write_excel(
    layer: Layer, rows: Iterator[dict[str, Any]], path: Path, scope: Scope, progress: Progress
) -> int:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    n = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(layer.words.in_language(scope.language)[:31])
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        header = _header(layer, scope)
        for column, words in enumerate(header):
            sheet.set_column(column, column, max(10, min(36, len(words) * 2 + 6)))
            sheet.write_string(0, column, words, bold)
        sheet.freeze_panes(1, 2)
        for n, row in enumerate(rows, start=1):
            if n > EXCEL_MAX_ROWS:
                raise FilterError(
                    f"Excel 一张表最多 {EXCEL_MAX_ROWS:,} 行，请缩小范围或改用 GeoPackage。 "
                    f"An Excel sheet holds {EXCEL_MAX_ROWS:,} rows: narrow it down, or take GeoPackage."
                )
            for column, value in enumerate(_cells(layer, row, scope)):
                if value is None or value == "":
                    continue
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(n, column, value)
                else:
                    sheet.write_string(n, column, str(value)[:32_767])
            if n % 5000 == 0:
                progress(n)
        sheet.autofilter(0, 0, n, len(header) - 1)
    return n


def _write_spatial(
    layer: Layer,
    rows: Iterator[dict[str, Any]],
    path: Path,
    file_format: str,
    scope: Scope,
    progress: Progress,
) -> int:
    frame = _frame(layer, rows, scope, progress)
    options: dict[str, Any] = {"driver": _DRIVERS[file_format], "promote_to_multi": False}
    if file_format == "shp":
        _write_shapefile(layer, frame, path, scope)
    else:
        kind = {Geometry.POINT: "Point", Geometry.LINE: "MultiLineString", Geometry.POLYGON: "MultiPolygon"}
        if file_format == "gpkg":
            options |= {"layer": layer.id, "geometry_type": kind[layer.geometry]}
        elif file_format == "fgb":
            options |= {
                "geometry_type": kind[layer.geometry],
                "SPATIAL_INDEX": "YES" if frame.geometry.notna().any() else "NO",
            }
        else:
            options |= {"COORDINATE_PRECISION": 7, "RFC7946": "YES"}
        pyogrio.write_dataframe(frame, path, **options)
    return len(frame)


def _frame(
    layer: Layer, rows: Iterator[dict[str, Any]], scope: Scope, progress: Progress
) -> gpd.GeoDataFrame:
    columns: dict[str, list[Any]] = {f.name: [] for f in layer.all_fields}
    shapes: list[bytes | None] = []
    for n, row in enumerate(rows, start=1):
        sees = _sees(layer, row, scope)
        for f in layer.all_fields:
            columns[f.name].append(_machine_value(f, row[f.name], sees=sees))
        shapes.append(bytes(row["wkb"]) if row["wkb"] is not None else None)
        if n % 5000 == 0:
            progress(n)
    data = {f.name: _series(f, columns[f.name]) for f in layer.all_fields}
    return gpd.GeoDataFrame(data, geometry=shapely.from_wkb(shapes) if shapes else [], crs="EPSG:4326")


def _machine_value(f: Field, value: Any, *, sees: bool) -> Any:
    if value is None:
        return None
    if f.is_sensitive and not sees:
        return mask(str(value))
    if f.type is FieldType.CODE_LIST:
        return ",".join(value)
    if f.type is FieldType.INSTANT and isinstance(value, dt.datetime):
        return value.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
    return value


def _series(f: Field, values: list[Any]) -> pd.Series[Any]:
    if f.type is FieldType.INTEGER:
        return pd.Series(values, dtype="Int64")
    if f.type is FieldType.NUMBER:
        return pd.Series(values, dtype="float64")
    if f.type is FieldType.BOOLEAN:
        return pd.Series(values, dtype="boolean")
    if f.type is FieldType.DATE:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")).astype("datetime64[ms]"))
    return pd.Series(values, dtype="object")


def _write_shapefile(layer: Layer, frame: gpd.GeoDataFrame, path: Path, scope: Scope) -> None:
    """Write a zipped Shapefile with a note on what the format cut: names of 10 characters, texts of 254 bytes."""
    names: dict[str, str] = {}
    for name in frame.columns.drop("geometry"):
        short = name[:10]
        number = 1
        while short in names.values():
            short = f"{name[:8]}{number:02d}"
            number += 1
        names[name] = short
    folder = path.with_name(path.stem + ".parts")
    folder.mkdir()
    try:
        cut: list[str] = []
        for f in layer.all_fields:
            if f.type is FieldType.DATE:
                # The format has no instants, and an empty column of days would be taken for one: days are texts, as instants are.
                frame[f.name] = frame[f.name].map(_iso).astype("object")
            elif frame[f.name].dtype.kind == "O":
                too_long = frame[f.name].map(lambda v: isinstance(v, str) and len(v.encode()) > 254)
                if too_long.any():
                    cut.append(f"{f.name}: {int(too_long.sum())}")
                frame[f.name] = frame[f.name].map(_cut_254)
        located = frame[frame.geometry.notna()].rename(columns=names)
        kind = {Geometry.POINT: "Point", Geometry.LINE: "MultiLineString", Geometry.POLYGON: "MultiPolygon"}
        pyogrio.write_dataframe(
            located, folder / f"{layer.id}.shp", driver="ESRI Shapefile", encoding="UTF-8",
            geometry_type=kind[layer.geometry],
        )  # fmt: skip
        lines = [
            "Shapefile 的限制 limits of this format:",
            "- 字段名最多 10 个字符 field names have 10 characters:",
            *(
                f"    {short} = {name} ({layer.field(name).words.in_language(scope.language)})"
                for name, short in names.items()
            ),
            f"- 文本最多 254 字节，被截断的 texts have 254 bytes, cut: {'; '.join(cut) or '0'}",
            f"- 没有位置、未写入的 rows without a position, left out: {len(frame) - len(located)}",
            "- 编码 encoding UTF-8 (.cpg)",
        ]
        (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(folder.iterdir()):
                archive.write(part, part.name)
    finally:
        for part in folder.iterdir():
            part.unlink()
        folder.rmdir()


def _iso(value: Any) -> str | None:
    return None if pd.isna(value) else f"{value:%Y-%m-%d}"


def _cut_254(value: Any) -> Any:
    return value.encode()[:254].decode(errors="ignore") if isinstance(value, str) else value
