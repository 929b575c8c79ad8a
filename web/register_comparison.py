"""Set what was planned beside what became of it, in words (row L17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.declaration import Words
from layers.display import display
from layers.register import Compared, Register

_AS_PLANNED = Words("与计划一致", "as planned")
_NOT_PLANNED = Words("未计划", "not planned")
_NOT_RECORDED = Words("未记录", "not recorded")


def compared_of(register: Register, row: Mapping[str, Any], *, language: str) -> list[dict[str, Any]]:
    """List what a row's register compares: planned, actual, `difference` as a number and in words.

    Where one pair has a figure all of them are listed, and what was not planned or not recorded is said so.
    """
    if all(row[name] is None for pair in register.compared for name in (pair.planned, pair.actual)):
        return []
    return [_told(register, pair, row, language) for pair in register.compared]


def _told(register: Register, pair: Compared, row: Mapping[str, Any], language: str) -> dict[str, Any]:
    planned, actual = register.layer.field(pair.planned), register.layer.field(pair.actual)
    difference = pair.difference(row)
    missing = [
        words.in_language(language)
        for name, words in ((pair.planned, _NOT_PLANNED), (pair.actual, _NOT_RECORDED))
        if row[name] is None
    ]
    return {
        "title": pair.words.in_language(language), "unit": planned.unit,
        "planned": display(planned, row[pair.planned], language=language), "actual": display(actual, row[pair.actual], language=language),
        "difference": difference,
        "words": ("，" if language == "zh" else ", ").join(missing) if difference is None else _words(pair, difference, planned.unit, language),
    }  # fmt: skip


def _words(pair: Compared, difference: float, unit: str | None, language: str) -> str:
    if difference == 0:
        return _AS_PLANNED.in_language(language)
    words = pair.more if difference > 0 else pair.less
    return words.in_language(language).format(n=f"{abs(difference):g} {unit or ''}".rstrip())
