"""Write a list of warnings to an Excel book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import xlsxwriter

from data.export import safe_cell
from layers.declaration import Words

_COLUMNS = (
    ("level", Words("级别", "Level"), 8), ("kind_label", Words("类型", "Kind"), 28), ("title", Words("内容", "Warning"), 50),
    ("division_name", Words("辖区", "Division"), 20), ("raised_at", Words("时间", "Raised"), 18), ("processed_at", Words("处理时间", "Processed"), 18),
    ("processed_by", Words("处理人", "By"), 16), ("note", Words("处理情况", "What was done"), 40),
)  # fmt: skip


def write_excel(target: BinaryIO, rows: Sequence[dict[str, Any]], *, total: int, language: str) -> None:
    """Write one sheet with a row for each warning; where there are more, `total` in all, the first line says so.

    Texts that look like formulas are kept texts.
    """
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        sheet = book.add_worksheet("预警" if language == "zh" else "Warnings")
        at = 0
        if total > len(rows):
            said = Words(
                f"共 {total} 条，只列最新的 {len(rows)} 条：请缩小条件再导出。",
                f"Only the newest {len(rows)} of {total} are listed: narrow what is asked for.",
            )
            sheet.write_string(0, 0, said.in_language(language))
            at = 1
        for column, (_, words, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(at, column, words.in_language(language), bold)
        sheet.freeze_panes(at + 1, 0)
        for number, row in enumerate(rows, start=at + 1):
            for column, (name, _, _) in enumerate(_COLUMNS):
                sheet.write_string(number, column, str(safe_cell(row[name] or "")))
