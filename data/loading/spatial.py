"""Read GeoJSON, GeoPackage, Shapefile (also zipped) and FlatGeobuf through GDAL."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from data.errors import LoadError
from data.loading.table import Limits, Table, Words, check_rows
from geo.crs import crs_from_name
from geo.errors import CrsError


def read_spatial(path: Path, *, limits: Limits, layer_name: str | None = None) -> Table:
    """Read the first layer of a spatial file, or the named one.

    Raises
    ------
    LoadError
        When the file is damaged, empty, or lacks a part or the layer.
    """
    source, encoding = _source(path)
    with warnings.catch_warnings():
        # GDAL's warnings are for programmers; what matters is checked below.
        warnings.simplefilter("ignore", RuntimeWarning)
        names, chosen, about, meta, geometry, fields = _read(path, source, encoding, layer_name, limits)
    expected = int(about["features"])
    if expected and (len(geometry) if geometry is not None else len(fields[0]) if fields else 0) < expected:
        raise LoadError(
            f"{path.name} 不完整：应有 {expected:,} 个要素。 {path.name} is cut off: {expected:,} features expected."
        )
    headers = tuple(str(name) for name in meta["fields"])
    words = Words()
    columns = tuple(_cells(values, words) for values in fields)
    del fields
    shapes = None if geometry is None else np.asarray(shapely.from_wkb(geometry, on_invalid="ignore"))
    count = len(columns[0]) if columns else (0 if shapes is None else len(shapes))
    if count == 0:
        raise LoadError(f"{path.name} 中没有要素。 There are no features in {path.name}.")
    notes = []
    if len(names) > 1:
        notes.append(
            f"读取图层 read layer {chosen}；其余未读 others left out: "
            f"{'、'.join(n for n in names if n != chosen)}"
        )
    if encoding:
        notes.append(f"属性按 {encoding} 编码读取。 Attributes read as {encoding}.")
    return Table(
        headers,
        columns,
        range(1, count + 1),
        shapes,
        _crs(meta.get("crs"), path.name),
        "spatial",
        tuple(notes),
    )


def _read(
    path: Path, source: str, encoding: str | None, layer_name: str | None, limits: Limits
) -> tuple[list[str], str, Any, Any, Any, Any]:
    try:
        layers = pyogrio.list_layers(source)
        names = [str(row[0]) for row in layers]
        if layer_name is not None and layer_name not in names:
            raise LoadError(
                f"{path.name} 中没有图层“{layer_name}”，有：{'、'.join(names)}。 "
                f"There is no layer {layer_name!r}; there are: {', '.join(names)}."
            )
        if not names:
            raise LoadError(f"{path.name} 中没有图层。 There is no layer in {path.name}.")
        options: dict[str, Any] = {"layer": layer_name or names[0]}
        if encoding:
            options["encoding"] = encoding
        about = pyogrio.read_info(source, force_feature_count=True, **options)
        check_rows(int(about["features"]), path.name, limits)
        meta, _, geometry, fields = pyogrio.raw.read(
            source, force_2d=True, datetime_as_string=True, return_fids=False, **options
        )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.GeometryError,
    ) as error:
        raise LoadError(
            f"{path.name} 读不了：文件不完整或格式不对。 Cannot read {path.name}: {str(error)[:300]}"
        ) from error
    return names, options["layer"], about, meta, geometry, fields


def _source(path: Path) -> tuple[str, str | None]:
    """Give GDAL's name of the source and, for a Shapefile that does not say, the encoding of its texts."""
    if path.suffix.lower() != ".zip":
        if path.suffix.lower() == ".shp":
            for part in (".shx", ".dbf"):
                if not any(path.with_suffix(s).exists() for s in (part, part.upper())):
                    raise LoadError(
                        f"缺少 {path.stem}{part}：Shapefile 的 .shp、.shx、.dbf 要放在一起。 "
                        f"{path.stem}{part} is missing: a Shapefile's parts belong together."
                    )
            if not any(path.with_suffix(s).exists() for s in (".cpg", ".CPG")):
                dbf = next(path.with_suffix(s) for s in (".dbf", ".DBF") if path.with_suffix(s).exists())
                return str(path), _guess_encoding(dbf.read_bytes())
        return str(path), None
    with zipfile.ZipFile(path) as archive:
        inside = [n for n in archive.namelist() if n.lower().endswith((".shp", ".gpkg", ".geojson", ".fgb"))]
        if len(inside) != 1:
            found = "、".join(inside) or "—"
            raise LoadError(
                f"{path.name} 中应恰好有一个 .shp、.gpkg、.geojson 或 .fgb，找到：{found}。 "
                f"Exactly one .shp, .gpkg, .geojson or .fgb is wanted in {path.name}; found: {found}."
            )
        stem = inside[0][:-4].lower()
        parts = {n.lower(): n for n in archive.namelist()}
        encoding = None
        if inside[0].lower().endswith(".shp") and stem + ".cpg" not in parts and stem + ".dbf" in parts:
            encoding = _guess_encoding(archive.read(parts[stem + ".dbf"]))
    return f"/vsizip/{path.resolve()}/{inside[0]}", encoding


def _guess_encoding(dbf: bytes) -> str:
    header_length = int.from_bytes(dbf[8:10], "little")
    try:
        # Texts are cut at byte lengths: a broken last character is no sign against UTF-8.
        text = dbf[header_length:].decode("utf-8", errors="replace")
    except UnicodeDecodeError:
        return "GB18030"
    return "GB18030" if text.count("\ufffd") > len(text) * 0.001 else "UTF-8"


def _cells(values: Any, words: Words) -> list[Any]:
    cells = []
    for value in values.tolist():
        if isinstance(value, str):
            stripped = value.strip()
            cells.append(words.once(stripped) if stripped else None)
        elif isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN is the one value unlike itself
            cells.append(None)
        else:
            cells.append(value)
    return cells


def _crs(text: str | None, name: str) -> str | None:
    if not text:
        return None
    try:
        return crs_from_name(text)
    except CrsError:
        pass
    try:
        crs = CRS.from_user_input(text)
        epsg = crs.to_epsg(min_confidence=60)
    except ProjError:
        return None
    try:
        return crs_from_name(str(epsg)) if epsg else crs_from_name(crs.name.replace("_", " "))
    except CrsError as error:
        raise LoadError(
            f"{name} 的坐标系“{crs.name}”不能直接使用：{error} 若文件标注有误，请用 --crs 指定。 "
            "If the file is labelled wrongly, say --crs."
        ) from error
