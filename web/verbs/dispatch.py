"""Look at orders, work a ranking out again, and set the limits of districts from the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from typing import Any

import click

from data import audit, dispatch_rules, divisions, incidents, kept_plans, kept_rankings, stations
from data.clock import SystemClock
from data.dispatch_desk import REASON_WORDS
from data.kept_rankings import Replay
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from dispatch.clocks import ClockState, DistrictRule, clocks
from dispatch.ranking import PassedOver
from layers.display import LOCAL_ZONE
from web.dispatch_answers import CLOCK_WORDS, LEVEL_WORDS
from web.settings import current_environment, settings_from
from web.travel_options import opened_stores
from web.wiring import opened_store


@click.group()
def command() -> None:
    """困人工单：查看、重演排序、设置时限。 Entrapment orders: list them, replay a ranking, set limits."""


@command.command()
@click.option("--closed", is_flag=True, help="已结束的，新的在前。 Closed ones, the newest first.")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 5000),
    help="最多几条。 How many at most.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def orders(limit: int, *, closed: bool, as_json: bool) -> None:
    """列出工单与三个时限。 List orders with their clocks."""
    now = SystemClock().now()
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        rules = dispatch_rules.rules(connection)
        codes = incidents.codes_listed(connection, is_open=not closed, limit=limit)
        found = incidents.read_all(connection, codes)
        shown = stations.shown(connection, {a.station_code for o in found for a in o.incident.assignments})
    rows = []
    for order in found:
        running = clocks(order.incident, dispatch_rules.rule_in(rules, order.row["division_code"]), now)
        named = {
            c.name.value: (c.state, c.taken_s if c.taken_s is not None else c.left_s)
            for c in running.values()
        }
        rows.append(
            {
                "code": order.code, "title": order.row["name"], "state": order.incident.state.value, "level": order.incident.level,
                "received_at": order.incident.received_at.isoformat(),
                "stations": [shown[a.station_code].name if a.station_code in shown else a.station_code for a in order.incident.running],
                "clocks": {name: {"state": state.value, "seconds": seconds} for name, (state, seconds) in named.items()},
            }
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"now": now.isoformat(), "orders": rows}, ensure_ascii=False, indent=1))
        return
    if not rows:
        click.echo("没有工单。 There are no orders.")
    for row, order in zip(rows, found, strict=True):
        at = order.incident.received_at.astimezone(LOCAL_ZONE)
        spans = " · ".join(
            _clock_line(words.zh, row["clocks"][name.value]) for name, words in CLOCK_WORDS.items()
        )
        level = LEVEL_WORDS[order.incident.level].zh
        click.echo(
            f"{row['code']}  {at:%m-%d %H:%M:%S}  {row['state']:<10} {level}  {row['title']}\n    {spans}  {'、'.join(row['stations'])}"
        )


def _clock_line(name: str, clock: dict[str, Any]) -> str:
    if clock["seconds"] is None:
        return f"{name} —"
    minutes = abs(clock["seconds"]) / 60
    words = {
        ClockState.RUNNING.value: "剩 left", ClockState.OVER.value: "超 over", ClockState.IN_TIME.value: "按时 in time",
        ClockState.LATE.value: "超时 late",
    }  # fmt: skip
    return f"{name} {words.get(clock['state'], clock['state'])} {minutes:.1f} min"


@command.command()
@click.argument("order")
@click.option(
    "--ranking",
    "number",
    type=click.IntRange(1),
    help="第几次排序；默认最后一次。 Which ranking; the last by default.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def replay(order: str, number: int | None, *, as_json: bool) -> None:
    """用当时的路网、时段、封路与班组重演一次排序，应与当时相同。 Work a ranking out again from what was kept with it.

    不同则以退出码 1 结束。 Ends with exit code 1 when the two differ.
    """
    with opened_stores() as (store, travel):
        state_dir = settings_from(current_environment(), store.database).state_dir
        ranker = StationRanker(store, travel, state_dir)
        with store.transaction(SYSTEM) as connection:
            found = kept_rankings.replay(ranker, connection, order, number)
            codes = {str(c[0]) for c in found.kept["candidates"]}
            shown = stations.shown(connection, codes)
    if as_json:
        body = {
            "order": order, "at": found.at.isoformat(), "network_version": found.network_version, "is_same": found.is_same,
            "kept": found.kept, "again": found.again,
        }  # fmt: skip
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        _print_replay(order, found, {code: s.name for code, s in shown.items()})
    if not found.is_same:
        sys.exit(1)


@command.command("replay-plan")
@click.argument("number", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def replay_plan(number: int, *, as_json: bool) -> None:
    """用当时的路网、班组与工单重算一次合并指派，应与当时相同。 Work a joint proposal out again from what was kept with it.

    编号在派出的工单记录里。不同则以退出码 1 结束。 Its number stands in the log of the orders it sent. Ends with exit code 1 when the two differ.
    """
    with opened_stores() as (store, travel):
        state_dir = settings_from(current_environment(), store.database).state_dir
        ranker = StationRanker(store, travel, state_dir)
        with store.transaction(SYSTEM) as connection:
            found = kept_plans.replay(ranker, connection, number)
    if as_json:
        body = {
            "plan": number,
            "at": found.at.isoformat(),
            "is_same": found.is_same,
            "kept": found.kept,
            "again": found.again,
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        click.echo(
            f"{found.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S} · 路网 network {found.network_version}"
        )
        again = {row[0]: row for row in found.again["together"]}
        for order, unit, ms in found.kept["together"]:
            took = "" if ms is None else f"{ms / 60_000:7.2f} min  "
            mark = "" if again.get(order) == [order, unit, ms] else f"   ≠ {again.get(order)}"
            click.echo(f"  {order}  {took}{unit or '无 nobody'}{mark}")
        click.echo("与当时相同 the same as then" if found.is_same else "与当时不同 DIFFERS from then")
    if not found.is_same:
        sys.exit(1)


def _print_replay(order: str, found: Replay, names: dict[str, str]) -> None:
    click.echo(
        f"{order} · {found.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S} · 路网 network {found.network_version}"
    )
    again = {c[0]: c for c in found.again["candidates"]}
    for rank, (code, level, ms) in enumerate(found.kept["candidates"], start=1):
        other = again.get(code)
        mark = "" if other == [code, level, ms] else f"   ≠ {other}"
        took = "   未知 ?  " if ms is None else f"{ms / 60_000:7.2f} min"
        click.echo(f"{rank:>4}. {took}  {LEVEL_WORDS[level].zh}  {names.get(code, code)} [{code}]{mark}")
    reasons: dict[str, int] = {}
    for reason in found.kept["passed_over"].values():
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        zh, en = REASON_WORDS[PassedOver(reason)]
        click.echo(f"      {count:>4}  {zh} {en}")
    click.echo("与当时相同 the same as then" if found.is_same else "与当时不同 DIFFERS from then")


@command.group()
def rule() -> None:
    """各区的时限与升级方式。 Limits and levels of districts."""


@rule.command("show")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def show(*, as_json: bool) -> None:
    """显示各区的时限。 Show the limits of districts."""
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        known = dispatch_rules.rules(connection)
    if as_json:
        click.echo(json.dumps({code: asdict(r) for code, r in known.items()}, indent=1))
        return
    click.echo(f"默认 default: {_rule_line(DistrictRule())}")
    for code, each in known.items():
        click.echo(f"{code}: {_rule_line(each)}")


@rule.command("set")
@click.argument("division")
@click.option("--answer", type=float, help="响应时限（分钟）。 Minutes to answer.")
@click.option("--arrival", type=float, help="到达时限（分钟）。 Minutes to arrive.")
@click.option("--trapped", type=float, help="被困时限（分钟）。 Minutes trapped.")
@click.option(
    "--automatic/--by-hand",
    default=None,
    help="自动升级或由调度员确认。 Levels rise by themselves, or a dispatcher confirms.",
)
@click.option(
    "--blackout-calls",
    type=int,
    help="时间窗内多少起算成批困人。 So many calls in the window are a blackout.",
)
@click.option("--blackout-window", type=float, help="时间窗（分钟）。 The window, minutes.")
def set_rule(
    division: str, answer: float | None, arrival: float | None, trapped: float | None, automatic: bool | None,  # noqa: FBT001 - click's option
    blackout_calls: int | None, blackout_window: float | None,
) -> None:  # fmt: skip
    """设置一个区划的时限；没有给出的沿用现值。 Set the limits of a division; what is not named stays.

    \b
    例 Example:
      ./onemap dispatch rule set 440310 --arrival 60 --automatic
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    given: dict[str, Any] = {
        "answer_limit_s": _seconds(answer), "arrival_limit_s": _seconds(arrival), "trapped_limit_s": _seconds(trapped),
        "is_automatic": automatic, "blackout_calls": blackout_calls, "blackout_window_s": _seconds(blackout_window),
    }  # fmt: skip
    changed = {k: v for k, v in given.items() if v is not None}
    if not changed:
        raise click.UsageError("没有要设置的内容。 Nothing to set was named.")
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        divisions.read(connection, division)
        known = dispatch_rules.rules(connection)
        new = replace(known.get(division, dispatch_rules.rule_in(known, division)), **changed)
        dispatch_rules.put(connection, division, new)
        audit.append(
            connection, at=SystemClock().now(), username="system", action="dispatch_rule", subject=division, detail=changed
        )  # fmt: skip
    click.echo(f"{division}: {_rule_line(new)}")


def _seconds(minutes: float | None) -> int | None:
    return None if minutes is None else round(minutes * 60)


def _rule_line(each: DistrictRule) -> str:
    return (
        f"响应 answer {each.answer_limit_s / 60:g} min · 到达 arrival {each.arrival_limit_s / 60:g} min · "
        f"被困 trapped {each.trapped_limit_s / 60:g} min · {'自动升级 automatic' if each.is_automatic else '调度员确认 by hand'} · "
        f"成批 blackout {each.blackout_calls} / {each.blackout_window_s / 60:g} min"
    )
