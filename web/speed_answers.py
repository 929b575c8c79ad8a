"""Say in words and in JSON what a fit of speeds gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from data.observed_speeds import KnownSpread
from geo.observed_trips import TripReason
from geo.road_class import RoadClass
from geo.speed_fit import ErrorSummary, RatioSpread, SpeedCell, SpeedFit, SpeedSource, Verdict
from geo.speed_periods import ClassGroup, Period

PERIODS = {
    Period.NIGHT: ("夜间 22–6", "night 22–6"),
    Period.MORNING_PEAK: ("早高峰 7–9", "morning peak 7–9"),
    Period.WORKDAY: ("工作日 9–17", "working day 9–17"),
    Period.EVENING_PEAK: ("晚高峰 17–19", "evening peak 17–19"),
    Period.SHOULDER: ("工作日早晚 6–7、19–22", "working day 6–7, 19–22"),
    Period.WEEKEND_DAY: ("周末白天 6–17", "weekend 6–17"),
    Period.WEEKEND_EVENING: ("周末傍晚 17–22", "weekend 17–22"),
}
GROUPS = {
    ClassGroup.FAST: ("快速路", "fast roads"),
    ClassGroup.MAIN: ("干路", "main roads"),
    ClassGroup.SIDE: ("支路", "side streets"),
    ClassGroup.FERRY: ("轮渡", "ferries"),
}
VERDICTS = {
    Verdict.KEPT: ("采用", "kept"),
    Verdict.NO_BETTER: ("没有更准，维持原表", "no better: the table stands"),
    Verdict.NOT_TESTED: ("留出的行程太少，维持原表", "too few trips held out: the table stands"),
    Verdict.NOTHING_FITTED: ("数据太少，没有拟合", "too little driven: nothing fitted"),
}
REASONS = {
    TripReason.USED: ("使用", "used"),
    TripReason.NOT_A_POSITION: ("位置无效", "no position"),
    TripReason.OFF_ROAD: ("离路太远", "too far from any road"),
    TripReason.NO_ROUTE: ("无路可达", "no route"),
    TripReason.TOO_SHORT: ("路程太短", "route too short"),
    TripReason.TOO_LONG: ("用时超过三小时", "longer than three hours"),
    TripReason.TOO_FAST: ("快得不可能", "impossibly fast"),
    TripReason.TOO_SLOW: ("慢得不像行车", "too slow for driving"),
    TripReason.OUTLIER: ("离群", "far from all others"),
}
SOURCES = {
    SpeedSource.OWN: ("本等级本时段", "class and period"),
    SpeedSource.GROUP: ("同类等级本时段", "like classes, period"),
    SpeedSource.GROUP_ALL_HOURS: ("同类等级全天", "like classes, all hours"),
    SpeedSource.PRIOR: ("数据太少，用原表", "too little driven: the table"),
}
MARKS = {
    SpeedSource.OWN: "*",
    SpeedSource.GROUP: "+",
    SpeedSource.GROUP_ALL_HOURS: "~",
    SpeedSource.PRIOR: "",
}


def both(pair: tuple[str, str]) -> str:
    """Give a text in both languages."""
    return f"{pair[0]} {pair[1]}"


def body(fit: SpeedFit) -> dict[str, Any]:
    """Give a fit as JSON."""
    return {
        "is_improved": fit.is_improved,
        "trips": {"total": len(fit.reasons), "by_reason": {str(k): n for k, n in fit.reason_counts.items()}},
        "rounds": fit.rounds,
        "is_stable": fit.is_stable,
        "turn_out_s": round(fit.turn_out_s, 1),
        "held_out": {"before": _errors(fit.before), "after": _errors(fit.after)},
        "periods": [
            {
                "period": outcome.period.name.lower(),
                "title": both(PERIODS[outcome.period]),
                "verdict": str(outcome.verdict),
                "before": _errors(outcome.before),
                "fitted": _errors(outcome.after),
            }
            for outcome in fit.periods
        ],
        "cells": [_cell(cell) for cell in fit.cells],
        "spread": [spread(ratio) for ratio in fit.ratios],
    }


def _cell(cell: SpeedCell) -> dict[str, Any]:
    return {
        "class": cell.road_class.name.lower(),
        "period": cell.period.name.lower(),
        "before_kmh": round(cell.prior_kmh, 1),
        "fitted_kmh": round(cell.fitted_kmh, 1),
        "speed_kmh": round(cell.kept_kmh, 1),
        "source": str(cell.source),
        "length_km": round(cell.length_km, 1),
        "trip_count": cell.trip_count,
    }


def _errors(found: ErrorSummary) -> dict[str, Any]:
    return {
        "trip_count": found.trip_count,
        "mae_s": _rounded(found.mae_s, 1),
        "median_ratio": _rounded(found.median_ratio, 3),
        "p90_ratio": _rounded(found.p90_ratio, 3),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def spread(ratio: RatioSpread) -> dict[str, Any]:
    """Give a spread of observed over predicted as JSON."""
    return {
        "period": None if ratio.period is None else ratio.period.name.lower(),
        "group": None if ratio.group is None else ratio.group.name.lower(),
        "trip_count": ratio.trip_count,
        "p50": round(ratio.p50, 3),
        "p90": round(ratio.p90, 3),
    }


def lines(fit: SpeedFit) -> Iterator[str]:
    """Say for a person what a fit gave."""
    counts = "，".join(f"{both(REASONS[reason])} {n:,}" for reason, n in fit.reason_counts.items())
    yield f"行程 trips {len(fit.reasons):,}：{counts}"
    stable = "已稳定 stable" if fit.is_stable else "尚未稳定 not yet stable"
    yield f"选路与拟合 rounds of routing and fitting: {fit.rounds}（{stable}）· 出动用时 turn-out {fit.turn_out_s:.0f} s"
    yield ""
    yield "车速 speeds km/h，原 before → 拟合 fitted"
    yield from _speed_lines(fit.cells)
    yield ""
    yield "留出行程的误差 error on the trips held out: 平均绝对误差 MAE，实际/预测 observed/predicted P50、P90"
    for outcome in fit.periods:
        told = (
            f"{_error_text(outcome.before)} → {_error_text(outcome.after)}"
            if outcome.before.trip_count
            else "—"
        )
        yield f"  {both(PERIODS[outcome.period])}: {told}  {both(VERDICTS[outcome.verdict])}"
    yield f"  合计 all: {_error_text(fit.before)} → {_error_text(fit.after)}"
    yield ""
    yield from spread_lines(fit.ratios)


def _speed_lines(cells: tuple[SpeedCell, ...]) -> Iterator[str]:
    """One line per class with anything fitted; what fell back, and to what, below."""
    for period in Period:
        yield f"  [{period + 1}] {both(PERIODS[period])}"
    by_class: dict[RoadClass, list[SpeedCell]] = {}
    for cell in cells:
        by_class.setdefault(cell.road_class, []).append(cell)
    yield " " * 16 + "".join(f"{f'[{period + 1}]':>12}" for period in Period)
    for road_class, row in by_class.items():
        if any(cell.source is not SpeedSource.PRIOR for cell in row):
            yield f"  {road_class.name.lower():<14}" + "".join(f"{_speed_text(cell):>12}" for cell in row)
    for source, mark in MARKS.items():
        held = [cell for cell in cells if cell.source is source]
        shown = f"{mark} " if mark else "  "
        yield f"  {shown}{both(SOURCES[source])}: {len(held)} / {len(cells)}"
    thin = [c for c in cells if c.source is not SpeedSource.OWN and c.trip_count]
    if thin:
        yield f"  有行程但不足以单独拟合 driven, but too little for a factor of their own: {len(thin)}（--json 逐项列出 lists them）"


def _speed_text(cell: SpeedCell) -> str:
    if cell.source is SpeedSource.PRIOR:
        return f"{cell.prior_kmh:.0f}"
    return f"{cell.prior_kmh:.0f}→{cell.fitted_kmh:.0f}{MARKS[cell.source]}"


def _error_text(found: ErrorSummary) -> str:
    if found.mae_s is None or found.median_ratio is None or found.p90_ratio is None:
        return "—"
    return f"{found.mae_s:.0f} s, P50 {found.median_ratio:.2f}, P90 {found.p90_ratio:.2f}（{found.trip_count:,}）"


def spread_lines(ratios: tuple[RatioSpread, ...]) -> Iterator[str]:
    """Say how arrivals scatter around their predictions."""
    yield "到达时间的离散 spread of arrivals, 实际/预测 observed/predicted:"
    if not ratios:
        yield "  没有留出的行程 no trips held out"
    for ratio in ratios:
        period = "全部时段 all periods" if ratio.period is None else both(PERIODS[ratio.period])
        group = "" if ratio.group is None else f" · {both(GROUPS[ratio.group])}"
        yield f"  {period}{group}: P50 {ratio.p50:.2f}, P90 {ratio.p90:.2f}（{ratio.trip_count:,}）"


def known_lines(known: KnownSpread | None) -> Iterator[str]:
    """Say what is known of arrivals under the speeds in use."""
    if known is None:
        yield "现用车速没有经过拟合（或拟合后被更换）。 The speeds in use were not fitted, or replaced since."
        return
    yield f"拟合于 fitted {known.fitted_at:%Y-%m-%d %H:%M}，{known.source}，{known.profile_name}，出动用时 turn-out {known.turn_out_s:.0f} s"
    yield f"留出行程的误差 error on the trips held out: {_error_text(known.after)}"
    yield from spread_lines(known.ratios)
