"""Simulate spans of a city's dispatch: a day, a year, or many weeks under several rules with the same calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import FilterError
from data.simulation_inputs import City, Say, TravelTable, kept_travel_table, simulated_calls
from dispatch.demand import DemandModel, DrawnCalls, draw_calls
from dispatch.rule_comparison import (
    POLICIES,
    Compared,
    RunFigures,
    UnitShare,
    busy_shares_pct,
    compare,
    compare_shares,
    run_figures,
)
from dispatch.simulation import simulate
from dispatch.simulation_inputs import Calls, Policy, Units
from dispatch.simulation_log import Run

MOST_RUNS = 1000
MOST_CALLS = 3_000_000


@dataclass(frozen=True, eq=False)
class Span:
    """
    A simulated span of time.

    Attributes
    ----------
    drawn : DrawnCalls
        All calls, those that were no entrapment too.
    calls : Calls
        Entrapments, in the order of `rows` of `drawn`.
    """

    start: dt.datetime
    days: float
    drawn: DrawnCalls
    rows: NDArray[np.int64]
    calls: Calls
    units: Units
    run: Run
    figures: RunFigures


def policy_by_name(name: str) -> Policy:
    """Find a policy by name.

    Raises
    ------
    FilterError
        When there is none of that name.
    """
    if name not in POLICIES:
        raise FilterError(
            f"没有派遣规则 {name[:30]!r}，现有 {', '.join(POLICIES)}。 There is no rule {name[:30]!r}; known: {', '.join(POLICIES)}."
        )
    return POLICIES[name]


def with_crews(city: City, crews: int | None) -> City:
    """Give every station that can send anybody so many crews instead of its own; None leaves them."""
    if crews is None:
        return city
    changed = np.where(city.units.crews > 0, crews, 0)
    return replace(city, units=replace(city.units, crews=changed))


def simulate_span(
    city: City,
    model: DemandModel,
    policy: Policy,
    *,
    start: dt.datetime,
    days: float,
    seed: int,
    folder: Path | None = None,
    say: Say = lambda _: None,
) -> Span:
    """Simulate a span of time under one policy.

    Raises
    ------
    QuestionError
        When the span or the demand is impossible.
    FilterError
        When there would be no calls, or too many.
    """
    drawn = _drawn(city, model, start=start, days=days, seed=seed)
    say(f"来电 calls {len(drawn):,}")
    table = kept_travel_table(city, drawn, start=start, folder=folder, say=say)
    calls, rows = simulated_calls(city, drawn, table)
    run = simulate(calls, city.units, policy)
    figures = run_figures(calls, city.units, run, span_s=days * 86_400)
    return Span(start, days, drawn, rows, calls, city.units, run, figures)


@dataclass(frozen=True)
class Comparison:
    """Rules side by side: their figures, the busy share of each station in the order of the city's, and the calls of all runs."""

    rules: dict[str, Compared]
    shares: dict[str, tuple[UnitShare, ...]]
    calls: int


def compare_policies(
    city: City,
    model: DemandModel,
    policies: Mapping[str, Policy],
    *,
    start: dt.datetime,
    days: float,
    runs: int,
    seed: int,
    folder: Path | None = None,
    say: Say = lambda _: None,
) -> Comparison:
    """Run every policy over the same calls, so many times.

    Raises
    ------
    FilterError
        When the number of runs is impossible, or there would be no calls, or too many.
    """
    if not 1 <= runs <= MOST_RUNS:
        raise FilterError(
            f"运行次数应为 1–{MOST_RUNS}，收到 {runs}。 Runs should be 1 to {MOST_RUNS}, got {runs}."
        )
    drawn = [_drawn(city, model, start=start, days=days, seed=seed + number) for number in range(runs)]
    total = sum(len(each) for each in drawn)
    if total > MOST_CALLS:
        raise FilterError(f"来电过多（{total:,}），请减少天数或次数。 {total:,} calls are too many: fewer days or runs, please.")  # fmt: skip
    say(f"来电 calls {total:,}（{runs} 次 runs）")
    # One table for all runs: the sweeps cost the same.
    table = kept_travel_table(city, _joined(drawn), start=start, folder=folder, say=say)
    found: dict[str, list[RunFigures]] = {name: [] for name in policies}
    shares: dict[str, list[NDArray[np.float64]]] = {name: [] for name in policies}
    first = 0
    for number, each in enumerate(drawn, start=1):
        part = TravelTable(
            table.station_idx[first : first + len(each)], table.time_s[first : first + len(each)]
        )
        first += len(each)
        calls, _ = simulated_calls(city, each, part)
        for name, policy in policies.items():
            run = simulate(calls, city.units, policy)
            found[name].append(run_figures(calls, city.units, run, span_s=days * 86_400))
            shares[name].append(busy_shares_pct(city.units, run, span_s=days * 86_400))
        say(f"模拟 simulated {number}/{runs}")
    return Comparison(compare(found), compare_shares(shares), total)


def _drawn(city: City, model: DemandModel, *, start: dt.datetime, days: float, seed: int) -> DrawnCalls:
    drawn = draw_calls(model, city.place_type, start=start, days=days, seed=seed)
    if not (~drawn.is_false).any():
        raise FilterError(
            "这段时间内没有来电：请增加天数或提高来电率。 No calls come in that time: more days, or a higher rate."
        )
    if len(drawn) > MOST_CALLS:
        raise FilterError(f"来电过多（{len(drawn):,}），请减少天数。 {len(drawn):,} calls are too many: fewer days, please.")  # fmt: skip
    return drawn


def _joined(drawn: Sequence[DrawnCalls]) -> DrawnCalls:
    return DrawnCalls(
        **{f.name: np.concatenate([getattr(each, f.name) for each in drawn]) for f in fields(DrawnCalls)}
    )
