"""Define figures about the registers: how many, of which grade, how many overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from data import divisions
from data.indicator_registry import Indicator
from data.scope import Connection
from layers.declaration import Words
from layers.registry import all_layers

_NOW = Words("当前时刻", "Now")


def _total(layer_id: str, *classes: str) -> Callable[[Connection, str, dt.datetime], float | None]:
    def compute(connection: Connection, division_code: str, now: dt.datetime) -> float | None:
        del now
        found = divisions.totals_by_class(connection, division_code)[layer_id]
        return float(sum(n for value, n in found.items() if not classes or value in classes))

    return compute


def _share_overdue(connection: Connection, division_code: str, now: dt.datetime) -> float | None:
    del now
    found = divisions.totals_by_class(connection, division_code)["hidden_danger"]
    total = sum(found.values())
    return round(100 * found.get("overdue", 0) / total, 2) if total else None


INDICATORS = [
    *(
        Indicator(
            f"{layer.id}_count",
            Words(f"{layer.words.zh}数", f"{layer.words.en}: number"),
            Words(
                f"辖区内您有权查看的{layer.words.zh}",
                f"{layer.words.en} rows in the division that you may see",
            ),
            _NOW,
            _total(layer.id),
            layer=layer.id,
        )
        for layer in all_layers()
    ),
    Indicator(
        "hazard_site_high_count",
        Words("一、二级重大危险源", "Major hazards of grade 1 and 2"),
        Words("等级为一级或二级的重大危险源", "Installations of grade 1 or 2"),
        _NOW,
        _total("hazard_site", "1", "2"),
        layer="hazard_site",
        conditions="grade=1,2",
    ),
    Indicator(
        "risk_point_major_count",
        Words("重大风险点", "Major risk points"),
        Words("风险等级为 1 级的风险点", "Risk points of level 1"),
        _NOW,
        _total("risk_point", "1"),
        layer="risk_point",
        conditions="level=1",
    ),
    Indicator(
        "hidden_danger_overdue_count",
        Words("逾期未整改隐患", "Overdue hidden dangers"),
        Words("整改期限已过而未完成的隐患", "Hidden dangers not rectified by their deadline"),
        _NOW,
        _total("hidden_danger", "overdue"),
        layer="hidden_danger",
        conditions="state=overdue",
    ),
    Indicator(
        "hidden_danger_overdue_share",
        Words("隐患逾期率", "Share of overdue hidden dangers"),
        Words("逾期未整改 ÷ 全部隐患", "Overdue ÷ all hidden dangers"),
        _NOW,
        _share_overdue,
        unit="%",
        layer="hidden_danger",
        conditions="state=overdue",
    ),
]
