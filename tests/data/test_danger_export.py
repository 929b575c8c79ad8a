"""The book of hidden dangers says where its list holds not all that are counted."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from data.danger_export import COUNTS, write_excel

ROW = {
    "code": "HD1", "name": "堵塞", "place": None, "enterprise_name": "甲", "grade": "general", "source": "self", "state": "pending",
    "registered_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "due_at": None, "measures": None, "is_listed": False,
}  # fmt: skip


def sheet(total: int, language: str) -> list[list[Any]]:
    figures = {
        "counts": dict.fromkeys(COUNTS, total), "by_grade": [], "by_source": [], "by_month": [], "on_time_rate": None, "major_rate": None,
    }  # fmt: skip
    book = io.BytesIO()
    write_excel(book, figures, [ROW, ROW], period="2026", language=language)
    return CalamineWorkbook.from_filelike(io.BytesIO(book.getvalue())).get_sheet_by_index(1).to_python()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "共 5 条，只列前 2 条（未完成的在前）：请缩小期间或辖区再导出。"),
        (
            "en",
            "Only the first 2 of 5 are listed, those not done first: choose a shorter period or a smaller division.",
        ),
    ],
)
def test_a_list_that_was_cut_says_so_above_its_heads(language: str, words: str) -> None:
    found = sheet(5, language)
    assert found[0][0] == words
    assert [line[0] for line in found[2:]] == ["HD1", "HD1"]


def test_a_whole_list_begins_with_its_heads() -> None:
    found = sheet(2, "zh")
    assert (found[0][0], len(found)) == ("编号", 3)
