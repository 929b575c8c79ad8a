"""Read Excel sheets, and name the traps they hold: merged cells, formulas without results, hidden sheets."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from data.errors import LoadError
from data.loading.table import (
    HEADER_ROWS,
    HeaderScore,
    Limits,
    Table,
    Words,
    check_rows,
    find_header,
    header_texts,
    no_header,
)

_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"[^>]*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)

_EXCEL_ROWS = 1_048_576
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}(\d{1,7})"')


def read_sheet(
    path: Path, score: HeaderScore, *, sheet: str | None, fill_merged: bool, limits: Limits
) -> Table:
    """Read one sheet: the named one, or the first visible one with a known header.

    Raises
    ------
    LoadError
        When the workbook is encrypted or damaged, the sheet is missing, no header is found, cells are merged
        (unless `fill_merged`), or formulas carry no results.
    """
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            return _read(book, path, score, sheet=sheet, fill_merged=fill_merged, limits=limits)
    except PasswordError as error:
        raise LoadError(
            f"{path.name} 有密码保护，请先取消密码再装载。 {path.name} is encrypted: remove the password first."
        ) from error
    except WorksheetNotFound as error:
        raise LoadError(f"{path.name} 中没有该工作表。 No such sheet in {path.name}: {error}") from error
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, LoadError):
            raise
        raise LoadError(
            f"{path.name} 不是完整的 Excel 文件，请重新另存。 {path.name} is no intact Excel file: {error}"
        ) from error


def _read(
    book: Any, path: Path, score: HeaderScore, *, sheet: str | None, fill_merged: bool, limits: Limits
) -> Table:
    visible = [m.name for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
    hidden = [m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible]
    if sheet is not None and sheet not in book.sheet_names:
        names = "、".join(book.sheet_names)
        raise LoadError(
            f"{path.name} 中没有工作表“{sheet}”，有：{names}。 There is no sheet {sheet!r}; there are: {names}."
        )
    heads: list[Sequence[Any]] = []
    for name in [sheet] if sheet is not None else visible or list(book.sheet_names):
        _refuse_impossible(path, name, limits)
        found = book.get_sheet_by_name(name)
        if found.total_height == 0:
            continue
        check_rows(found.total_height - HEADER_ROWS, path.name, limits)
        merged = _merged(found)
        rows = found.to_python(skip_empty_area=False)
        at = find_header(rows, score)
        heads = heads or rows[:HEADER_ROWS]
        if at is None:
            continue
        notes = [f"工作表“{name}”。 Sheet {name!r}."]
        if at > 0:
            notes.append(f"表头在第 {at + 1} 行。 The header stands in row {at + 1}.")
        if hidden and sheet is None:
            notes.append(f"未读隐藏的工作表 hidden sheets left out: {'、'.join(hidden)}")
        _settle_merged(rows, merged, at, fill_merged=fill_merged, notes=notes)
        _refuse_empty_formulas(path, name, at)
        return _table(rows, at, notes)
    if not heads:
        raise LoadError(f"{path.name} 是空表。 {path.name} holds no cells.")
    raise no_header(path.name, heads, f"工作表：{'、'.join(book.sheet_names)}。")


def _table(rows: list[list[Any]], at: int, notes: list[str]) -> Table:
    headers = header_texts(rows[at])
    width = len(headers)
    kept = [i for i in range(at + 1, len(rows)) if any(c not in ("", None) for c in rows[i][:width])]
    words = Words()
    columns = tuple(
        [_cell(rows[i][c], words) if c < len(rows[i]) else None for i in kept] for c in range(width)
    )
    return Table(headers, columns, [i + 1 for i in kept], source_format="excel", notes=tuple(notes))


def _cell(value: Any, words: Words) -> Any:
    if isinstance(value, str):
        stripped = value.strip()
        return words.once(stripped) if stripped else None
    return value


def _merged(sheet: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or [])


def _settle_merged(
    rows: list[list[Any]],
    merged: list[tuple[tuple[int, int], tuple[int, int]]],
    at: int,
    *,
    fill_merged: bool,
    notes: list[str],
) -> None:
    """Refuse merged cells from the header down, or give every cell of them the one value they show."""
    below = [m for m in merged if m[1][0] >= at]
    if not below:
        return
    names = "、".join(f"{_cell_name(*m[0])}:{_cell_name(*m[1])}" for m in below[:10])
    if not fill_merged:
        raise LoadError(
            f"有 {len(below)} 处合并单元格（{names}）。请取消合并并填满每一行，或加 --fill-merged，"
            "让合并区域的每一格都取同一个值。 "
            f"{len(below)} merged cells ({names}): unmerge and fill them, or add --fill-merged to give every "
            "cell of them the same value."
        )
    for (top, left), (bottom, right) in below:
        value = rows[top][left]
        for r in range(top, min(bottom, len(rows) - 1) + 1):
            for c in range(left, min(right, len(rows[r]) - 1) + 1):
                rows[r][c] = value
    notes.append(f"合并单元格已填满 merged cells were filled: {names}")


def _cell_name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _refuse_empty_formulas(path: Path, sheet: str, at: int) -> None:
    """Refuse formulas without a stored result, as programs that never calculated them write."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return
        cells = []
        for found in _formulas(archive, part):
            name = found.decode()
            if int(re.sub(r"\D", "", name)) > at:
                cells.append(name)
            if len(cells) >= 10:
                break
    if cells:
        raise LoadError(
            f"单元格 {'、'.join(cells)} 是没有计算结果的公式。请用 Excel 打开、保存后再装载，或把公式粘贴为数值。 "
            f"Cells {', '.join(cells)} hold formulas without a result: open and save the file in Excel, or "
            "paste them as values."
        )


def _refuse_impossible(path: Path, sheet: str, limits: Limits) -> None:
    """Refuse by its beginning a sheet that says it has more rows than Excel can hold.

    Below that it proves nothing: a column that was coloured down to the last row counts, too.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return
        with archive.open(part) as handle:
            stated = _DIMENSION.search(handle.read(1 << 14))
    if stated and int(stated[1]) > _EXCEL_ROWS:
        check_rows(int(stated[1]), path.name, limits)


def _formulas(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    tail = b""
    with archive.open(part) as handle:
        while piece := handle.read(1 << 22):
            window = tail + piece
            end = 0
            if b"<f" in window:
                for match in _FORMULA.finditer(window):
                    end = match.end()
                    yield match[1]
            tail = window[max(end, len(window) - 4096) :]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Find the part of a workbook that holds a sheet."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only two small parts of a counted archive

    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = archive.read("xl/workbook.xml")
    if b"<!DOCTYPE" in book or b"<!ENTITY" in book:
        return None
    office = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    target = {
        e.get("Id"): e.get("Target", "")
        for e in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    }
    for element in ET.fromstring(book).iter():  # noqa: S314
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            path = target.get(element.get(office), "")
            full = path.lstrip("/") if path.startswith("/") else posixpath.normpath("xl/" + path)
            return full if full in names else None
    return None
