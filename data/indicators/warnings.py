"""Define figures about warnings: how many are open, in all and by level."""

from __future__ import annotations

import datetime as dt

from data import warnings
from data.indicator_registry import Indicator
from data.scope import Connection
from layers.declaration import Words

_NOW = Words("当前时刻", "Now")


def _read(connection: Connection, division_code: str, now: dt.datetime) -> dict[str, float | None]:
    del now
    found = warnings.split(connection, warnings.Asked(division_code=division_code), "level")
    return {"warning_open_count": float(sum(found.values())), "warning_red_count": float(found.get("1", 0))}


def _indicator(name: str, words: Words, definition: Words) -> Indicator:
    return Indicator(
        name, words, definition, _NOW, lambda connection, code, now: _read(connection, code, now)[name], source=_read
    )  # fmt: skip


INDICATORS = [
    _indicator(
        "warning_open_count",
        Words("未处理预警", "Open warnings"),
        Words("辖区内还没有处理的预警", "Warnings in the division that nobody has processed"),
    ),
    _indicator(
        "warning_red_count",
        Words("未处理红色预警", "Open red warnings"),
        Words("其中级别为红色的", "Those of the red level"),
    ),
]
