"""Simulate dispatch from the command line: a year, rules side by side, or a day played into the sample city."""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import asdict
from typing import Any

import click
import numpy as np

from data import simulations
from data.clock import SystemClock
from data.sample.live_feed import FeedOptions, LiveFeed, refuse_unless_sample
from data.scope import SYSTEM
from data.simulation_inputs import City, read_city
from data.travel_store import TravelStore
from dispatch.demand import DemandModel
from dispatch.rule_comparison import POLICIES, Compared
from layers.display import LOCAL_ZONE
from web.application import make_desk
from web.settings import current_environment, settings_from
from web.wiring import opened_store

_FIGURES = {
    "arrival_mean_s": "到达均值 mean arrival, min",
    "arrival_p90_s": "到达 P90 arrival P90, min",
    "waiting_mean_s": "接警到达均值 received → arrived, min",
    "in_time_pct": "按时到达率 in time, %",
    "busy_pct": "班组占用率 busy, %",
    "busiest_pct": "最忙站 busiest station, %",
    "level_2_pct": "二级占比 level 2, %",
    "waited_pct": "等待班组 waited for a crew, %",
    "unserved_pct": "无人到达 reached by nobody, %",
    "urgent_p90_s": "紧急到达 P90 urgent P90, min",
}


@click.group()
def command() -> None:
    """模拟困人处置：一天、一年，或比较派遣规则。 Simulate dispatch: a day, a year, or rules side by side."""


def _options(function: Any) -> Any:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON."),
        click.option("--seed", default=2026, show_default=True, help="随机种子。 Seed."),
        click.option(
            "--crews",
            type=click.IntRange(1, 1000),
            help="每站班组数；默认按登记数。 Crews of every station; as registered by default.",
        ),
        click.option(
            "--rate",
            default=90.0,
            show_default=True,
            help="每万台电梯每 30 天困人起数。 Entrapments per 10,000 elevators in 30 days.",
        ),
    ):
        function = option(function)
    return function


@command.command()
@click.option("--days", default=365.0, show_default=True, help="天数。 Days.")
@click.option(
    "--rule",
    default="bound_first",
    show_default=True,
    type=click.Choice(list(POLICIES)),
    help="派遣规则。 Rule.",
)
@_options
def year(days: float, rule: str, rate: float, crews: int | None, seed: int, *, as_json: bool) -> None:
    """模拟一年的困人处置，按月列出。 Simulate a year of dispatch, by month.

    行车时间来自路网，按每起来电的时段；第二次运行用已存的表。 Travel times are those of the network at each call's hour; kept for the next run.
    """
    clock = _Timer()
    city, folder = _city(crews, clock)
    begin = _monday(dt.datetime(SystemClock().now().year, 1, 1, tzinfo=LOCAL_ZONE))
    span = simulations.simulate_span(
        city, DemandModel(per_10k_month=rate), simulations.policy_by_name(rule), start=begin, days=days, seed=seed,
        folder=folder, say=clock.say,
    )  # fmt: skip
    clock.say("模拟完毕 simulated")
    figures = asdict(span.figures)
    months = _months(span)
    body = {
        "elevators": len(city.elevator_code), "stations": len(city.stations), "crews": int(city.units.crews.sum()), "days": days,
        "rule": rule, "seed": seed, "calls": len(span.drawn), "entrapments": len(span.calls), "figures": figures, "months": months,
        "seconds": round(clock.taken_s, 1),
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(_plain(body), ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{len(city.elevator_code):,} 台电梯 elevators · {len(city.stations)} 站 stations · {int(city.units.crews.sum())} 组 crews · "
        f"{days:g} 天 days · {rule} · {len(span.calls):,} 起困人 entrapments"
    )
    for name, words in _FIGURES.items():
        click.echo(f"{_shown(name, figures[name]):>9}  {words}")
    click.echo("\n月 month   起 calls   均值 mean   P90   按时 in time %   二级 level 2 %")
    for m in months:
        click.echo(
            f"{m['month']}   {m['entrapments']:>7,}   {_shown('x_s', m['arrival_mean_s']):>9} {_shown('x_s', m['arrival_p90_s']):>6}"
            f"   {m['in_time_pct']:>12.2f}   {m['level_2_pct']:>12.2f}"
        )
    click.echo(f"\n{clock.taken_s:.1f} s")


@command.command()
@click.option("--runs", default=20, show_default=True, help="独立运行次数。 Independent runs.")
@click.option("--days", default=7.0, show_default=True, help="每次的天数。 Days of each run.")
@click.option(
    "--rules",
    help="要比较的规则，逗号分隔，第一条为基准。 Rules to compare, comma-separated; the first is the base.",
)
@click.option(
    "--busiest",
    default=10,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="显示最忙的几个站的班组占用率；JSON 给出全部。 Busy share of so many stations, the busiest first; JSON has all.",
)
@_options
def compare(
    runs: int,
    days: float,
    rules: str | None,
    busiest: int,
    rate: float,
    crews: int | None,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """用同一批来电比较派遣规则，给出置信区间。 Compare rules by the same calls, with confidence intervals.

    \b
    例 Examples:
      ./onemap sim compare --runs 20 --days 7
      ./onemap sim compare --crews 1 --rate 2000      忙时才见差别 differences show under load
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    clock = _Timer()
    names = [n.strip() for n in rules.split(",")] if rules else list(POLICIES)
    policies = {name: simulations.policy_by_name(name) for name in names}
    city, folder = _city(crews, clock)
    begin = _monday(SystemClock().now().astimezone(LOCAL_ZONE))
    found = simulations.compare_policies(
        city, DemandModel(per_10k_month=rate), policies, start=begin, days=days, runs=runs, seed=seed, folder=folder,
        say=clock.say,
    )  # fmt: skip
    if as_json:
        body = {
            "runs": runs, "days": days, "calls": found.calls, "seed": seed, "confidence": 0.95, "rules": {k: asdict(v) for k, v in found.rules.items()},
            "stations": _stations(city, found),
            "seconds": round(clock.taken_s, 1),
        }  # fmt: skip
        click.echo(json.dumps(_plain(body), ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{runs} 次 runs × {days:g} 天 days · {found.calls:,} 起来电 calls · 95 % 置信区间 confidence intervals\n"
    )
    _print_compared(found.rules)
    _print_shares(city, found, busiest)
    click.echo(f"\n{clock.taken_s:.1f} s")


@command.command()
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.1, 600),
    help="快多少倍，计时也一样快。 How much faster, clocks included.",
)
@click.option(
    "--for",
    "minutes",
    type=click.FloatRange(0.01, None),
    help="多少分钟后停止；默认不停。 Stop after so many minutes.",
)
@click.option(
    "--open",
    "open_orders",
    default=8,
    show_default=True,
    type=click.IntRange(1, 200),
    help="大约同时有多少起未结束。 About so many open at a time.",
)
@click.option(
    "--no-dispatcher", is_flag=True, help="不代替调度员通知与升级。 Leave notifying and levels to a person."
)
@click.option("--seed", default=2026, show_default=True, help="随机种子。 Seed.")
@click.option("--quiet", is_flag=True, help="不逐条显示。 Say nothing of single acts.")
def day(
    speed: float, minutes: float | None, open_orders: int, seed: int, *, no_dispatcher: bool, quiet: bool
) -> None:
    """把模拟的困人播放进示例城市，让调度台和大屏动起来。 Play simulated calls into the sample city, as real events.

    来电、通知、响应、在途位置、到达、解困、结束都经过调度台的同一规则；只用于示例数据。 Only ever into sample data.

    \b
    例 Examples:
      ./onemap sim day                        真实速度 at real speed
      ./onemap sim day --speed 60 --for 5     一小时压成一分钟 an hour in a minute
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    clock, options = SystemClock(), FeedOptions(speed, open_orders, not no_dispatcher)
    with opened_store() as store:
        with store.transaction(SYSTEM) as connection:
            refuse_unless_sample(connection)
        settings = settings_from(current_environment(), store.database)
        desk = make_desk(settings, TravelStore(store, settings.state_dir))
        feed = LiveFeed(
            store, desk, seed=seed, base_url=settings.public_url or "http://127.0.0.1:8000", options=options
        )
        if speed != 1:
            click.echo(
                f"时间按 {speed:g} 倍播放：时限仍是真实时间，用时与超时的数字不真实。"
                f" Played {speed:g} times as fast against real limits: durations and lateness are not true figures.",
                err=True,
            )
        begun = time.monotonic()
        before = dt.timedelta(minutes=25 / speed)
        feed.play(clock.now() - before, clock.now(), step_s=max(5.0 / speed, 0.5))
        while minutes is None or time.monotonic() - begun < minutes * 60:
            for line in feed.step(clock.now()):
                if not quiet:
                    click.echo(line)
            time.sleep(min(1.0, max(0.1, 2.0 / speed)))


def _print_compared(found: dict[str, Compared]) -> None:
    names = list(found)
    width = max(len(n) for n in names) + 2
    for figure, words in _FIGURES.items():
        click.echo(words)
        for name in names:
            value, gap = found[name].figures[figure], found[name].difference[figure]
            line = f"  {name:<{width}} {_shown(figure, value.mean):>8} ± {_shown(figure, value.half_width)}"
            if name != names[0]:
                is_sure = abs(gap.mean) > gap.half_width
                line += f"   差 difference {_shown(figure, gap.mean, signed=True)} ± {_shown(figure, gap.half_width)}{' *' if is_sure else ''}"
            click.echo(line)
    click.echo(
        f"  * 与 {names[0]} 的差异显著（配对区间不含 0） differs from {names[0]}: the paired interval leaves out 0"
    )


def _stations(city: City, found: simulations.Comparison) -> list[dict[str, Any]]:
    """Give the busy share of every station under every rule, the busiest under the first rule first."""
    base = next(iter(found.shares.values()))
    order = sorted(range(len(base)), key=lambda i: (-np.nan_to_num(base[i].share.mean), i))
    return [
        {
            "code": city.stations.code[i], "name": city.stations.name[i], "crews": int(city.units.crews[i]),
            "busy_pct": {rule: asdict(shares[i]) for rule, shares in found.shares.items()},
        }
        for i in order
    ]  # fmt: skip


def _print_shares(city: City, found: simulations.Comparison, most: int) -> None:
    rows = [row for row in _stations(city, found) if row["crews"] > 0]
    if not rows or most == 0:
        return
    click.echo(f"各站班组占用率 busy share of stations, %（{min(most, len(rows))} / {len(rows)}）")
    for row in rows[:most]:
        shares = "   ".join(
            f"{rule} {_shown('busy_pct', each['share']['mean'])} ± {_shown('busy_pct', each['share']['half_width'])}"
            for rule, each in row["busy_pct"].items()
        )
        click.echo(f"  {row['name']} [{row['code']}] {row['crews']} 组 crews   {shares}")


def _months(span: simulations.Span) -> list[dict[str, Any]]:
    at = [span.start + dt.timedelta(seconds=float(s)) for s in span.calls.at_s]
    key = np.array([f"{t:%Y-%m}" for t in at])
    logs = span.run.logs
    freed = np.array([log.freed_s for log in logs])
    notified = np.array([log.legs[0].notified_s if log.legs else np.inf for log in logs])
    with np.errstate(invalid="ignore"):
        taken = freed - span.calls.on_site_s - notified
    level_2 = np.array([any(leg.level == 2 for leg in log.legs) for log in logs])
    found = []
    for month in np.unique(key).tolist():
        rows = np.flatnonzero((key == month) & np.isfinite(taken))
        mine = key == month
        found.append(
            {
                "month": month, "entrapments": int(mine.sum()), "arrival_mean_s": float(taken[rows].mean()) if len(rows) else None,
                "arrival_p90_s": float(np.quantile(taken[rows], 0.9, method="inverted_cdf")) if len(rows) else None,
                "in_time_pct": 100.0 * float((taken[rows] <= span.calls.arrival_limit_s[rows]).mean()) if len(rows) else float("nan"),
                "level_2_pct": 100.0 * float(level_2[mine].mean()),
            }
        )  # fmt: skip
    return found


def _city(crews: int | None, clock: _Timer) -> tuple[City, Any]:
    with opened_store() as store:
        state_dir = settings_from(current_environment(), store.database).state_dir
        with store.transaction(SYSTEM) as connection:
            city = read_city(connection, state_dir)
    clock.say(f"读取城市 city read: {len(city.elevator_code):,} 台电梯 elevators")
    return simulations.with_crews(city, crews), state_dir / "cache"


def _monday(at: dt.datetime) -> dt.datetime:
    day = at - dt.timedelta(days=at.weekday())
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


class _Timer:
    """Says what has been done after how many seconds."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def taken_s(self) -> float:
        return time.monotonic() - self._begun

    def say(self, text: str) -> None:
        click.echo(f"onemap · {self.taken_s:5.1f} s  {text}", err=True)


def _shown(name: str, value: float | None, *, signed: bool = False) -> str:
    if value is None or not np.isfinite(value):
        return "—"
    number = value / 60 if name.endswith("_s") else value
    return f"{number:+.2f}" if signed else f"{number:.2f}"


def _plain(value: Any) -> Any:
    """Turn what is no number into null."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
