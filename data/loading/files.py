"""Read any accepted file into one table of rows, under limits that hold before anything is opened."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

from data.errors import LoadError
from data.loading.delimited import read_delimited
from data.loading.sheets import read_sheet
from data.loading.spatial import read_spatial
from data.loading.table import HeaderScore, Limits, Table

EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
TEXT = (".csv", ".txt", ".tsv")
SPATIAL = (".geojson", ".json", ".gpkg", ".shp", ".fgb")


def read_table(
    path: Path,
    score: HeaderScore,
    *,
    sheet: str | None = None,
    fill_merged: bool = False,
    limits: Limits | None = None,
) -> Table:
    """Read a file of any accepted format.

    Raises
    ------
    LoadError
        When the file is missing, empty, too large, packed like a bomb, damaged, encrypted, of an unknown
        format, or lacks the sheet or the header.
    """
    limits = limits or Limits()
    suffix = path.suffix.lower()
    _check_size(path, limits)
    if zipfile.is_zipfile(path):
        check_packed(path, limits)
    if suffix in EXCEL:
        return read_sheet(path, score, sheet=sheet, fill_merged=fill_merged, limits=limits)
    if suffix in TEXT:
        return read_delimited(path, score, limits=limits)
    if suffix in SPATIAL or suffix == ".zip":
        return read_spatial(path, limits=limits, layer_name=sheet)
    known = " ".join((*EXCEL, *TEXT, *SPATIAL, ".zip"))
    raise LoadError(
        f"不认识 {path.name} 的格式，可用：{known}。 The format of {path.name} is not known; known: {known}"
    )


def _check_size(path: Path, limits: Limits) -> None:
    if path.is_dir():
        raise LoadError(f"{path} 是文件夹，请给出文件。 {path} is a folder: name the file in it.")
    if not path.exists():
        raise LoadError(f"没有文件 {path}。 There is no file {path}.")
    size = path.stat().st_size
    if size == 0:
        raise LoadError(f"{path.name} 是空文件。 {path.name} is empty.")
    if size > limits.max_bytes:
        raise LoadError(
            f"{path.name} 有 {size / 1e6:,.0f} MB，上限 {limits.max_bytes / 1e6:,.0f} MB，请拆分后装载。 "
            f"{path.name} has {size / 1e6:,.0f} MB, the limit is {limits.max_bytes / 1e6:,.0f} MB: split it."
        )


def check_packed(path: Path, limits: Limits) -> None:
    """Unpack into nothing and count: what a packed file says of its own size is not believed.

    Raises
    ------
    LoadError
        When it unpacks to more than the limits allow, or is damaged.
    """
    packed = max(1, path.stat().st_size)
    total = 0
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            entries = archive.infolist()
            if len(entries) > 10_000:
                raise LoadError(
                    f"{path.name} 内有 {len(entries):,} 个文件，过多。 It holds too many files: {len(entries):,}."
                )
            for entry in entries:
                raw.seek(entry.header_offset + 26)
                lengths = raw.read(4)
                skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
                raw.seek(skip, 1)
                total = _count_entry(raw, entry, total, packed, path.name, limits)
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise LoadError(
            f"{path.name} 已损坏或不完整，请重新导出。 {path.name} is damaged or cut off: {error}"
        ) from error


def _count_entry(raw: Any, entry: zipfile.ZipInfo, total: int, packed: int, name: str, limits: Limits) -> int:
    if entry.compress_type == zipfile.ZIP_STORED:
        _refuse_bomb(total + entry.compress_size, packed, name, limits)
        return total + entry.compress_size
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise LoadError(
            f"{name} 的压缩方式不支持，请另存一次。 {name} is packed in an unknown way: save it again."
        )
    engine = zlib.decompressobj(-15)
    left = entry.compress_size
    while left > 0 and not engine.eof:
        piece = raw.read(min(left, 1 << 18))
        if not piece:
            raise zipfile.BadZipFile("cut off")
        left -= len(piece)
        while piece and not engine.eof:
            total += len(engine.decompress(piece, 1 << 22))
            piece = engine.unconsumed_tail
            _refuse_bomb(total, packed, name, limits)
    return total


def _refuse_bomb(total: int, packed: int, name: str, limits: Limits) -> None:
    if total > limits.max_uncompressed_bytes or (total > 50_000_000 and total > packed * limits.max_ratio):
        raise LoadError(
            f"{name} 解压后超过 {total / 1e6:,.0f} MB（压缩文件只有 {packed / 1e6:,.1f} MB），不予打开。 "
            f"{name} unpacks to more than {total / 1e6:,.0f} MB out of {packed / 1e6:,.1f} MB: not opened."
        )
