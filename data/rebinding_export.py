"""Write a check of bindings to an Excel book: the list to accept, and the stations."""

from __future__ import annotations

from typing import Any, BinaryIO

import xlsxwriter

from data.export import safe_cell
from layers.declaration import Words

_ROWS = (
    ("code", Words("注册代码", "Registration code"), 24), ("name", Words("电梯", "Elevator"), 28), ("address", Words("地址", "Address"), 40),
    ("from_name", Words("现救援站", "Station now"), 24), ("before_s", Words("现时间（分）", "Minutes now"), 14),
    ("to_name", Words("建议救援站", "Proposed station"), 24), ("after_s", Words("换绑后（分）", "Minutes after"), 14),
    ("nearest_name", Words("最近救援站", "Nearest station"), 24), ("nearest_s", Words("最近（分）", "Nearest, minutes"), 14),
    ("reason_label", Words("原因", "Reason"), 44),
)  # fmt: skip
_STATIONS = (
    ("name", Words("救援站", "Station"), 28), ("scope", Words("负责范围", "Scope"), 40), ("in_scope", Words("范围内电梯", "Elevators in scope"), 14),
    ("in_scope_reached", Words("其中按时可达", "of these in time"), 14), ("capacity", Words("容量", "Capacity"), 12),
    ("load_before", Words("现绑定", "Bound now"), 12), ("late", Words("其中超时", "of these late"), 12), ("load_after", Words("换绑后", "Bound after"), 12),
)  # fmt: skip


def write_excel(target: BinaryIO, answer: dict[str, Any], *, language: str) -> None:
    """Write two sheets; texts that look like formulas are kept texts, unknown times stay empty."""
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        minutes = book.add_format({"num_format": "0.0"})
        for title, columns, rows in (
            (Words("换绑建议", "Rebindings"), _ROWS, answer["rows"]),
            (Words("救援站", "Stations"), _STATIONS, answer["stations"]),
        ):
            sheet = book.add_worksheet(title.in_language(language))
            for at, (_, words, width) in enumerate(columns):
                sheet.set_column(at, at, width)
                sheet.write_string(0, at, words.in_language(language), bold)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows, start=1):
                for at, (name, _, _) in enumerate(columns):
                    _write(sheet, number, at, name, row[name], minutes)


def _write(sheet: Any, number: int, at: int, name: str, value: Any, minutes: Any) -> None:
    if value is None:
        return
    if name.endswith("_s"):
        sheet.write_number(number, at, value / 60, minutes)
    elif isinstance(value, int | float):
        sheet.write_number(number, at, value)
    else:
        sheet.write_string(number, at, str(safe_cell(value)))
