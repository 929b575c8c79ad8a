"""Write a figure split over the parts of a division to an Excel book."""

from __future__ import annotations

import datetime as dt
from typing import Any, BinaryIO

import xlsxwriter

from data.district_figures import Split, Value
from data.export import safe_cell
from layers.declaration import Words
from layers.display import LOCAL_ZONE

_HEADS = (
    Words("代码", "Code"), Words("行政区划", "Division"), Words("数值", "Value"), Words("单位", "Unit"), Words("对比期", "Before"),
    Words("变化", "Change"), Words("备注", "Note"),
)  # fmt: skip
_TOTAL = Words("合计", "In all")
_REST = Words("未细分到下级", "In no part of it")
_AGAIN = Words("功能区：所辖对象同时计入所在区县", "A functional zone: its rows count in their districts too")
_PERIOD = Words("统计期", "Period")
_DEFINITION = Words("口径", "Definition")


def write_excel(target: BinaryIO, found: Split, *, language: str) -> None:
    """Write one sheet: what is told, the parts by code, what lies in none of them, and the total."""
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        sheet = book.add_worksheet(found.measure.words.in_language(language)[:31].replace("/", "-"))
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 28)
        sheet.set_column(2, 5, 14)
        sheet.set_column(6, 6, 48)
        last = found.period.end - dt.timedelta(microseconds=1)
        days = (
            f"{found.period.start.astimezone(LOCAL_ZONE):%Y-%m-%d} – {last.astimezone(LOCAL_ZONE):%Y-%m-%d}"
        )
        words = found.measure.words.in_language(language)
        about = (
            f"{found.measure.definition.in_language(language)} · {found.measure.clock.in_language(language)}"
        )
        sheet.write_string(
            0, 0, str(safe_cell(f"{found.division.name} · {words}")), book.add_format({"bold": True})
        )
        sheet.write_string(1, 0, f"{_PERIOD.in_language(language)}: {days}")
        sheet.write_string(2, 0, str(safe_cell(f"{_DEFINITION.in_language(language)}: {about}")))
        row = 4
        for column, head in enumerate(_HEADS):
            sheet.write_string(row, column, head.in_language(language), bold)
        unit = found.measure.unit or ""
        for division, value in found.parts:
            row += 1
            note = _AGAIN.in_language(language) if division.level == "zone" else ""
            _write(sheet, row, division.code, division.name, value, unit, note)
        if found.rest is not None and (found.rest.now or found.rest.before):
            row += 1
            _write(sheet, row, found.division.code, _REST.in_language(language), found.rest, unit, "")
        _write(sheet, row + 1, found.division.code, _TOTAL.in_language(language), found.total, unit, "")
        sheet.freeze_panes(5, 2)


def _write(sheet: Any, row: int, code: str, name: str, value: Value, unit: str, note: str) -> None:
    change = None if value.now is None or value.before is None else round(value.now - value.before, 4)
    for column, cell in enumerate((code, name, value.now, unit, value.before, change, note)):
        if isinstance(cell, float | int):
            sheet.write_number(row, column, round(cell, 4))
        elif cell:
            sheet.write_string(row, column, str(safe_cell(cell)))
