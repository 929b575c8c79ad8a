"""Write the figures of a period to an Excel book: in all, by group, and the overtime list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, BinaryIO

import xlsxwriter

from data.export import safe_cell
from data.incident_figures import FIGURES, GROUPS, Answer, PeriodOrders
from dispatch.indicators import Figure
from layers.declaration import Words

_TOTALS = Words("合计", "In all")
_HEADS = (Words("指标", "Figure"), Words("数值", "Value"), Words("单位", "Unit"), Words("定义", "Definition"), Words("计时", "Clock"))  # fmt: skip
_OVERTIME = (
    Words("工单号", "Order number"), Words("地点", "Place"), Words("通知救援站", "Station notified"), Words("到达现场", "Arrived"),
    Words("时限（秒）", "Limit, s"),
)  # fmt: skip


def write_excel(target: BinaryIO, orders: PeriodOrders, found: Answer, *, by: str | None, now: dt.datetime, language: str) -> None:  # fmt: skip
    """Write a book with one sheet of totals, one by group where grouped, and one of the overtime list."""
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        sheet = book.add_worksheet(_TOTALS.in_language(language))
        sheet.set_column(0, 0, 36)
        sheet.set_column(3, 4, 60)
        _write_row(sheet, 0, [w.in_language(language) for w in _HEADS], bold)
        for row, (figure, told) in enumerate(FIGURES.items(), start=1):
            words = [told.definition.in_language(language), told.clock.in_language(language)]
            _write_row(
                sheet,
                row,
                [told.words.in_language(language), found.total[figure], told.unit or "", *words],
            )
        if by is not None:
            _write_groups(book, bold, found, by, language)
        _write_overtime(book, bold, orders, now, language)


def _write_groups(book: Any, bold: Any, found: Answer, by: str, language: str) -> None:
    sheet = book.add_worksheet(GROUPS[by].in_language(language)[:31])
    units = {f: f" ({t.unit})" if t.unit else "" for f, t in FIGURES.items()}
    heads = [FIGURES[f].words.in_language(language) + units[f] for f in FIGURES]
    _write_row(sheet, 0, [GROUPS[by].in_language(language), *heads], bold)
    sheet.set_column(0, len(heads), 20)
    sheet.freeze_panes(1, 1)
    for row, (key, values) in enumerate(found.by_group.items(), start=1):
        _write_row(sheet, row, [found.group_names[key], *(_value(values, f) for f in FIGURES)])


def _write_overtime(book: Any, bold: Any, orders: PeriodOrders, now: dt.datetime, language: str) -> None:
    sheet = book.add_worksheet(FIGURES[Figure.OVERTIME].words.in_language(language)[:31])
    _write_row(sheet, 0, [w.in_language(language) for w in _OVERTIME], bold)
    sheet.set_column(0, len(_OVERTIME), 24)
    table = orders.table
    late = orders.behind(Figure.OVERTIME, now, by=None, group=None).order_idx.tolist()
    for row, i in enumerate(late, start=1):
        instants = [orders.local(at[i]) for at in (table.notified_at, table.arrived_at)]
        times = [f"{at:%Y-%m-%d %H:%M:%S}" if at else "" for at in instants]
        _write_row(sheet, row, [str(table.code[i]), orders.names[i], *times, int(table.arrival_limit_s[i])])


def _value(values: Mapping[Figure, float | None], figure: Figure) -> float | None:
    value = values[figure]
    return None if value is None else round(value, 4)


def _write_row(sheet: Any, row: int, values: list[Any], style: Any = None) -> None:
    for column, value in enumerate(values):
        if isinstance(value, int | float):
            sheet.write_number(row, column, value, style)
        elif value:
            sheet.write_string(row, column, str(safe_cell(value)), style)
