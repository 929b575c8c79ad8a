"""Write a figure split over the parts of a division to an Excel book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
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
_CHARTS = Words("图表", "Charts")
_BY = Words("按{}", "By {}")
_MONTHLY = Words("按月（{}）", "By month ({})")
_COUNT = "n"


def write_excel(target: BinaryIO, found: Split, charts: Mapping[str, Any] | None, *, language: str) -> None:
    """Write a sheet: what is told, the parts by code, what lies in none of them, the total; and one of the charts, each with its numbers.

    Parameters
    ----------
    charts : mapping or None
        ``choices`` (``label``, ``counts`` of ``label`` and ``n``), ``months`` (``month``, ``counts`` of ``value`` and ``n``),
        ``classes`` (``value``, ``label``) and ``time`` (``label``).
    """
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
        if charts is not None and (charts["choices"] or charts["months"]):
            _write_charts(book, charts, bold, language)


def _write_charts(book: Any, charts: Mapping[str, Any], bold: Any, language: str) -> None:
    """Write each chart as its numbers and, beside them, a chart of the book's own."""
    sheet = book.add_worksheet(_CHARTS.in_language(language))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 12, 12)
    row = 0
    for choice in charts["choices"]:
        title = _BY.in_language(language).format(choice["label"])
        row = _write_block(
            book, sheet, row, title, [(one["label"], [one["n"]]) for one in choice["counts"]], [title], bold
        )
    if charts["months"] and charts["time"]:
        known = [*charts["classes"], {"value": None, "label": charts["layer"]["title"]}]
        used = [
            one
            for one in known
            if any(c["value"] == one["value"] for m in charts["months"] for c in m["counts"])
        ]
        lines = [
            (m["month"], [sum(c["n"] for c in m["counts"] if c["value"] == one["value"]) for one in used])
            for m in charts["months"]
        ]
        title = _MONTHLY.in_language(language).format(charts["time"]["label"])
        _write_block(book, sheet, row, title, lines, [str(one["label"]) for one in used], bold)


def _write_block(
    book: Any,
    sheet: Any,
    row: int,
    title: str,
    lines: list[tuple[str, list[int]]],
    series: list[str],
    bold: Any,
) -> int:
    """Write one chart at a row; the row of the next."""
    sheet.write_string(row, 0, str(safe_cell(title)), bold)
    for column, name in enumerate(series, start=1):
        sheet.write_string(row, column, str(safe_cell(name if len(series) > 1 else _COUNT)), bold)
    for at, (label, numbers) in enumerate(lines, start=row + 1):
        sheet.write_string(at, 0, str(safe_cell(str(label))))
        for column, n in enumerate(numbers, start=1):
            sheet.write_number(at, column, n)
    last = row + len(lines)
    if lines and series:
        chart = book.add_chart(
            {"type": "column", "subtype": "stacked"} if len(series) > 1 else {"type": "bar"}
        )
        for column in range(1, len(series) + 1):
            chart.add_series({
                "name": [sheet.get_name(), row, column], "categories": [sheet.get_name(), row + 1, 0, last, 0],
                "values": [sheet.get_name(), row + 1, column, last, column],
            })  # fmt: skip
        chart.set_title({"name": title, "name_font": {"size": 11}})
        if len(series) == 1:
            chart.set_legend({"none": True})
            chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 460, "height": max(180, 24 * len(lines) + 90)})
        sheet.insert_chart(row, len(series) + 2, chart)
    return int(max(last + 2, row + max(10, (24 * len(lines) + 90) // 20 + 2)))


def _write(sheet: Any, row: int, code: str, name: str, value: Value, unit: str, note: str) -> None:
    change = None if value.now is None or value.before is None else round(value.now - value.before, 4)
    for column, cell in enumerate((code, name, value.now, unit, value.before, change, note)):
        if isinstance(cell, float | int):
            sheet.write_number(row, column, round(cell, 4))
        elif cell:
            sheet.write_string(row, column, str(safe_cell(cell)))
