"""Define figures about warnings: how many are open, in all and red, how many were raised, and how many of those processed."""

from __future__ import annotations

from data.indicator_registry import Indicator
from data.tallies import WarningTally
from layers.declaration import Words

_NOW = Words("统计期终点的时刻", "As it stands at the end of the period")
_RAISED = Words("统计期内发出的", "Raised in the period")
_GROUP = Words("预警", "Warnings")


def _indicator(name: str, words: Words, definition: Words, tally: WarningTally) -> Indicator:
    return Indicator(
        name, words, definition, _RAISED if tally.is_flow else _NOW, None, unit="%" if tally.is_share else None,
        tally=tally, group=_GROUP,
    )  # fmt: skip


INDICATORS = [
    _indicator(
        "warning_open_count",
        Words("未处理预警", "Open warnings"),
        Words("辖区内还没有处理的预警", "Warnings in the division that nobody has processed"),
        WarningTally(),
    ),
    _indicator(
        "warning_red_count",
        Words("未处理红色预警", "Open red warnings"),
        Words("其中级别为红色的", "Those of the red level"),
        WarningTally(level="1"),
    ),
    _indicator(
        "warning_raised",
        Words("新发预警", "Warnings raised"),
        Words("统计期内发出的预警，已处理的也计入", "Warnings raised in the period, processed ones too"),
        WarningTally(is_flow=True),
    ),
    _indicator(
        "warning_processed_rate",
        Words("预警处理率", "Warnings processed"),
        Words("已处理 ÷ 统计期内发出的预警", "Processed ÷ raised in the period"),
        WarningTally(is_flow=True, is_processed=True, is_share=True),
    ),
]
