"""Files and their traps: each is refused with a clear message before anything is done."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import Point

from data.errors import LoadError
from data.loading.files import check_packed, read_table
from data.loading.table import Limits, Table
from tests.data.loading.conftest import write_csv, write_excel

ROWS: list[list[Any]] = [["code", "name"], ["A", "甲"], ["B", "乙"]]


def read(path: Path, **options: Any) -> Table:
    return read_table(path, lambda cells: sum(c in ("code", "name") for c in cells), **options)


def points(tmp_path: Path, name: str, crs: str = "EPSG:4490", **options: Any) -> Path:
    path = tmp_path / name
    frame = gpd.GeoDataFrame(
        {"code": ["A", "B"], "name": ["甲", "乙"]}, geometry=[Point(114, 22), Point(115, 23)], crs=crs
    )
    frame.to_file(path, **options)
    return path


def test_excel_rows_have_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    table = read(write_excel(tmp_path / "a.xlsx", [["某某登记表"], [], *ROWS[:2], [], ROWS[2]]))
    assert (table.headers, list(table.row_numbers), table.columns[0]) == (
        ("code", "name"),
        [4, 6],
        ["A", "B"],
    )


@pytest.mark.parametrize(
    ("name", "crs"),
    [("a.gpkg", "EPSG:4490"), ("a.geojson", "EPSG:4326"), ("a.fgb", "EPSG:4547"), ("a.shp", "EPSG:4490")],
)
def test_spatial_formats(tmp_path: Path, name: str, crs: str) -> None:
    table = read(points(tmp_path, name, crs))
    assert sorted(table.columns[1]) == ["乙", "甲"]
    assert table.crs == crs
    assert table.shapes is not None


@pytest.mark.parametrize("encoding", ["GB18030", "UTF-8"])
def test_a_zipped_shapefile_that_does_not_name_its_encoding(tmp_path: Path, encoding: str) -> None:
    shp = points(tmp_path, "a.shp", encoding=encoding)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(part, f"folder/{part.name}")
    assert read(tmp_path / "a.zip").columns[1] == ["甲", "乙"]
    shp.with_suffix(".cpg").unlink()
    assert read(shp).columns[1] == ["甲", "乙"]
    shp.with_suffix(".dbf").unlink()
    with pytest.raises(LoadError, match=r"缺少 a\.dbf"):
        read(shp)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("missing.csv", None, "没有文件"),
        ("empty.csv", b"", "空文件"),
        ("a.docx", b"x", "不认识"),
        ("a.xlsx", b"PK\x03\x04 no zip", "Excel"),
        ("a.csv", b"\xff\xfe\x00\xd8\x00\xdc" * 3 + b"\x81", "列名"),
        ("b.csv", bytes(range(128, 256)) * 4, "不是 UTF-8"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x00" * 200, "读不了"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type"', "读不了"),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes | None, word: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LoadError, match=word):
        read(path)


def test_a_truncated_geopackage_and_a_truncated_workbook(tmp_path: Path) -> None:
    for path in (points(tmp_path, "a.gpkg"), write_excel(tmp_path / "a.xlsx", ROWS)):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(LoadError, match=path.name):
            read(path)


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 80_000_000)
    with pytest.raises(LoadError, match="解压后超过"):
        read(path)


def test_a_bomb_that_lies_about_its_size_is_found_by_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b" " * 3_000_000)
    raw = path.read_bytes()
    path.write_bytes(raw.replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little")))
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].file_size == 30
    with pytest.raises(LoadError, match="解压后超过"):
        check_packed(path, Limits(max_uncompressed_bytes=1_000_000))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.gpkg"])
def test_more_rows_than_the_limit(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [ROWS[0], *([f"C{n}", "x"] for n in range(60))]
    if name == "a.csv":
        write_csv(path, rows)
    elif name == "a.xlsx":
        write_excel(path, rows)
    else:
        gpd.GeoDataFrame({"code": ["A"] * 60}, geometry=[Point(114, 22)] * 60, crs=4326).to_file(path)
    with pytest.raises(LoadError, match="超过 40 行"):
        read(path, limits=Limits(max_rows=40))
    with pytest.raises(LoadError, match="上限"):
        read(path, limits=Limits(max_bytes=10))


def test_far_too_many_rows_are_refused_without_keeping_them(tmp_path: Path) -> None:
    """Twenty times the limit: nothing is held in memory, and what lies behind the limit is not even parsed."""
    path = tmp_path / "a.csv"
    body = "".join(f"C{n},某某电梯有限公司第{n}号\n" for n in range(200_000))
    path.write_text("code,name\n" + body + '"' + "x" * 2_000_000, encoding="utf-8")
    tracemalloc.start()
    try:
        with pytest.raises(LoadError, match="超过 10,000 行"):
            read(path, limits=Limits(max_rows=10_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 8_000_000
    assert peak < 8_000_000
    assert Limits().max_rows == 1_000_000


def test_line_ends_inside_cells_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,name\n" + "".join(f'C{n},"甲\r\n乙\n丙"\n' for n in range(30)), encoding="gb18030")
    table = read(path, limits=Limits(max_rows=40))
    assert len(table) == 30
    assert table.columns[1][29] == "甲\r\n乙\n丙"


@pytest.mark.parametrize(("stated", "is_refused"), [(2_000_000, True), (1_048_576, False)])
def test_a_sheet_longer_than_excel_can_hold_is_refused_by_its_beginning(
    tmp_path: Path, stated: int, *, is_refused: bool
) -> None:
    """A column coloured down to the last row is no reason to refuse a sheet."""
    path = write_excel(tmp_path / "a.xlsx", ROWS)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'ref="A1:B3"', f'ref="A1:B{stated}"'.encode())
    assert str(stated).encode() in parts[sheet]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    if is_refused:
        with pytest.raises(LoadError, match="超过 1,000,000 行"):
            read(path)
    else:
        assert len(read(path)) == 2


def test_merged_cells_are_refused_or_filled(tmp_path: Path) -> None:
    def merge(_: Any, sheet: Any) -> None:
        sheet.merge_range(1, 1, 2, 1, "甲")

    path = write_excel(tmp_path / "a.xlsx", ROWS, merge)
    with pytest.raises(LoadError, match="B2:B3"):
        read(path)
    assert read(path, fill_merged=True).columns[1] == ["甲", "甲"]


def test_merged_titles_above_the_header_do_no_harm(tmp_path: Path) -> None:
    path = write_excel(
        tmp_path / "a.xlsx", [[None], *ROWS], lambda _, sheet: sheet.merge_range(0, 0, 0, 1, "标题")
    )
    assert len(read(path)) == 2


def test_formulas_without_results_are_named(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active["B3"] = '=A3&"x"'
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(LoadError, match="B3"):
        read(tmp_path / "a.xlsx")


def test_formulas_with_results_are_read(tmp_path: Path) -> None:
    path = write_excel(
        tmp_path / "a.xlsx", ROWS, lambda _, sheet: sheet.write_formula(2, 1, "=1+1", None, "丙")
    )
    assert read(path).columns[1] == ["甲", "丙"]


def test_sheets_missing_hidden_and_chosen(tmp_path: Path) -> None:
    def more(book: Any, _: Any) -> None:
        other = book.add_worksheet("另表")
        for n, row in enumerate([["code", "name"], ["C", "丙"]]):
            other.write_row(n, 0, row)
        book.add_worksheet("藏").hide()

    path = write_excel(tmp_path / "a.xlsx", ROWS, more)
    with pytest.raises(LoadError, match="数据、另表、藏"):
        read(path, sheet="没有")
    assert read(path, sheet="另表").columns[0] == ["C"]
    assert any("藏" in note for note in read(path).notes)


def test_an_encrypted_workbook_says_so(tmp_path: Path) -> None:
    # The head of a compound file with the stream that encrypted workbooks are kept in.
    path = tmp_path / "a.xlsx"
    path.write_bytes(_encrypted())
    with pytest.raises(LoadError, match="密码"):
        read(path)


def _encrypted() -> bytes:
    sector = 512
    header = bytearray(sector)
    header[:8] = bytes.fromhex("D0CF11E0A1B11AE1")
    header[24:34] = (
        (0x3E).to_bytes(2, "little")
        + (3).to_bytes(2, "little")
        + b"\xfe\xff"
        + (9).to_bytes(2, "little")
        + (6).to_bytes(2, "little")
    )
    header[44:48] = (1).to_bytes(4, "little")
    header[48:52] = (1).to_bytes(4, "little")
    header[56:60] = (4096).to_bytes(4, "little")
    for at in (60, 68):
        header[at : at + 4] = (0xFFFFFFFE).to_bytes(4, "little")
    header[76:512] = (0).to_bytes(4, "little") + b"\xff" * 432
    fat = bytearray(b"\xff" * sector)
    fat[0:4] = (0xFFFFFFFD).to_bytes(4, "little")
    fat[4:8] = (0xFFFFFFFE).to_bytes(4, "little")
    fat[8:12] = (0xFFFFFFFE).to_bytes(4, "little")
    fat += b""

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = bytearray(128)
        text = (name + "\0").encode("utf-16-le")
        raw[: len(text)] = text
        raw[64:66] = len(text).to_bytes(2, "little")
        raw[66], raw[67] = kind, 1
        raw[68:80] = b"\xff" * 8 + child.to_bytes(4, "little")
        raw[116:120] = start.to_bytes(4, "little")
        raw[120:128] = size.to_bytes(8, "little")
        return bytes(raw)

    folder = (
        entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
        + entry("EncryptedPackage", 2, 0xFFFFFFFF, 2, 4096)
        + bytes(256)
    )
    for n in range(2, 9):
        fat[4 * n : 4 * n + 4] = (n + 1).to_bytes(4, "little")
    fat[36:40] = (0xFFFFFFFE).to_bytes(4, "little")
    return bytes(header) + bytes(fat) + folder + bytes(sector * 8)
