"""Write the figures and the list of hidden dangers of a period to an Excel book (L9, L27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import xlsxwriter

from data.export import safe_cell
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

COUNTS: dict[str, Words] = {
    "total": Words("登记", "Registered"),
    "rectified": Words("整改完成", "Rectified"),
    "in_time": Words("按期完成", "In time"),
    "open": Words("整改中", "Open"),
    "extension": Words("延期待审", "Extension asked"),
    "overdue": Words("逾期", "Overdue"),
    "listed": Words("挂牌督办", "Listed"),
}
_SPLITS = (
    ("by_grade", Words("按级别", "By grade"), "grade"), ("by_source", Words("按来源", "By source"), "source"),
    ("by_month", Words("按月", "By month"), None),
)  # fmt: skip
_LIST = (
    ("code", Words("编号", "Number"), 16), ("name", Words("隐患", "Hidden danger"), 40), ("place", Words("部位", "Place"), 24),
    ("enterprise_name", Words("企业", "Enterprise"), 32), ("grade", Words("级别", "Grade"), 12), ("source", Words("来源", "Source"), 16),
    ("state", Words("状态", "State"), 14), ("registered_at", Words("登记时间", "Registered"), 18), ("due_at", Words("整改期限", "Due"), 18),
    ("measures", Words("整改措施", "Measures"), 40), ("is_listed", Words("挂牌督办", "Listed"), 10),
)  # fmt: skip


def write_excel(
    target: BinaryIO, figures: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *, period: str, language: str
) -> None:  # fmt: skip
    """Write three splits with their sums on one sheet, and the list on another, which says where it holds not all that are counted.

    Texts that look like formulas stay texts.
    """
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        sheet = book.add_worksheet(Words("统计", "Figures").in_language(language))
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, len(COUNTS), 14)
        sheet.write_string(0, 0, Words(f"登记日期 {period}", f"Registered {period}").in_language(language))
        at = _rates(sheet, 1, figures, language) + 1
        for key, words, field in _SPLITS:
            at = _split(sheet, at, figures[key], figures["counts"], words, field, bold, language) + 1
        _list(
            book.add_worksheet(Words("清单", "List").in_language(language)),
            rows,
            figures["counts"]["total"],
            bold,
            language,
        )


def _rates(sheet: Any, at: int, figures: Mapping[str, Any], language: str) -> int:
    for key, words in (
        ("on_time_rate", Words("按期整改率（期限在本期内，%）", "On time, of those due in the period, %")),
        ("major_rate", Words("重大隐患整改率（%）", "Major ones rectified, %")),
    ):
        sheet.write_string(at, 0, words.in_language(language))
        if figures[key] is not None:
            sheet.write_number(at, 1, figures[key])
        at += 1
    return at


def _split(
    sheet: Any, at: int, rows: Sequence[Mapping[str, Any]], total: Mapping[str, Any], words: Words, field: str | None,
    bold: Any, language: str,
) -> int:  # fmt: skip
    for column, head in enumerate((words, *COUNTS.values())):
        sheet.write_string(at, column, head.in_language(language), bold)
    last = {**total, "value": Words("合计", "Total").in_language(language)}
    for number, row in enumerate((*rows, last), start=at + 1):
        is_sum = row is last
        label = row["value"] if is_sum or field is None else _word(field, row["value"], language)
        sheet.write_string(number, 0, str(label), bold if is_sum else None)
        for column, name in enumerate(COUNTS, start=1):
            sheet.write_number(number, column, row[name], bold if is_sum else None)
    return at + len(rows) + 2


def _word(field: str, value: Any, language: str) -> str:
    choice = layer_by_id("hidden_danger").field(field).choice(str(value))
    return choice.words.in_language(language) if choice else str(value)


def _list(sheet: Any, rows: Sequence[Mapping[str, Any]], total: int, bold: Any, language: str) -> None:
    at = 0
    if total > len(rows):
        said = Words(
            f"共 {total} 条，只列前 {len(rows)} 条（未完成的在前）：请缩小期间或辖区再导出。",
            f"Only the first {len(rows)} of {total} are listed, those not done first: choose a shorter period or a smaller division.",
        )
        sheet.write_string(0, 0, said.in_language(language))
        at = 1
    for column, (_, words, width) in enumerate(_LIST):
        sheet.set_column(column, column, width)
        sheet.write_string(at, column, words.in_language(language), bold)
    sheet.freeze_panes(at + 1, 0)
    for number, row in enumerate(rows, start=at + 1):
        for column, (name, _, _) in enumerate(_LIST):
            sheet.write_string(number, column, str(safe_cell(_text(name, row[name], language))))


def _text(name: str, value: Any, language: str) -> str:
    if value is None:
        return ""
    if name in ("grade", "source", "state"):
        return _word(name, value, language)
    if name.endswith("_at"):
        return f"{value.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"
    if name == "is_listed":
        return Words("是", "yes").in_language(language) if value else ""
    return str(value)
