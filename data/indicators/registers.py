"""Define figures about the registers: how many, of which grade, how many overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from data import divisions
from data.indicator_registry import Counted, Indicator
from data.scope import Connection
from layers.declaration import Words
from layers.registry import all_layers

_NOW = Words("当前时刻", "Now")


def _compute(counted: Counted) -> Callable[[Connection, str, dt.datetime], float | None]:
    def compute(connection: Connection, division_code: str, now: dt.datetime) -> float | None:
        del now
        found = divisions.totals_by_class(connection, division_code)[counted.layer]
        total = sum(found.values())
        met = sum(n for value, n in found.items() if not counted.classes or value in counted.classes)
        if counted.is_share:
            return round(100 * met / total, 2) if total else None
        return float(met)

    return compute


def _indicator(
    name: str, words: Words, definition: Words, counted: Counted, *, conditions: str = "", unit: str | None = None
) -> Indicator:  # fmt: skip
    return Indicator(
        name, words, definition, _NOW, _compute(counted), unit=unit, layer=counted.layer, conditions=conditions, counted=counted
    )  # fmt: skip


INDICATORS = [
    *(
        _indicator(
            f"{layer.id}_count",
            Words(f"{layer.words.zh}数", f"{layer.words.en}: number"),
            Words(
                f"辖区内您有权查看的{layer.words.zh}",
                f"{layer.words.en} rows in the division that you may see",
            ),
            Counted(layer.id),
        )
        for layer in all_layers()
    ),
    _indicator(
        "hazard_site_high_count",
        Words("一、二级重大危险源", "Major hazards of grade 1 and 2"),
        Words("等级为一级或二级的重大危险源", "Installations of grade 1 or 2"),
        Counted("hazard_site", ("1", "2")),
        conditions="grade=1,2",
    ),
    _indicator(
        "risk_point_major_count",
        Words("重大风险点", "Major risk points"),
        Words("风险等级为 1 级的风险点", "Risk points of level 1"),
        Counted("risk_point", ("1",)),
        conditions="level=1",
    ),
    _indicator(
        "hidden_danger_overdue_count",
        Words("逾期未整改隐患", "Overdue hidden dangers"),
        Words("整改期限已过而未完成的隐患", "Hidden dangers not rectified by their deadline"),
        Counted("hidden_danger", ("overdue",)),
        conditions="state=overdue",
    ),
    _indicator(
        "hidden_danger_overdue_share",
        Words("隐患逾期率", "Share of overdue hidden dangers"),
        Words("逾期未整改 ÷ 全部隐患", "Overdue ÷ all hidden dangers"),
        Counted("hidden_danger", ("overdue",), is_share=True),
        conditions="state=overdue",
        unit="%",
    ),
]
