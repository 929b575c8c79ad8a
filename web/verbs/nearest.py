"""Ask who is nearest by road."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from data.clock import SystemClock
from data.scope import SYSTEM
from web import travel_answers, travel_questions
from web.travel_options import (
    circumstances_options,
    closed_text,
    describe_network,
    opened_travel,
    shown_minutes,
)


@click.command()
@click.option(
    "--at", "at", required=True, help="位置，如 114.0579,22.5431。 Position: lon,lat, or as pasted."
)
@click.option(
    "--crs",
    default="wgs84",
    show_default=True,
    help="位置的坐标系：wgs84、gcj02、bd09…。 Datum of the position.",
)
@click.option(
    "--kind",
    default="rescue_station",
    show_default=True,
    help="设施类型：rescue_station、hospital、fire_station、shelter、rescue_team…。 Kind of facility.",
)
@click.option(
    "-k", "--count", "k", default=5, show_default=True, help="最多几个。 How many candidates, 1–100."
)
@click.option("--within", help="时限（分钟）。 Time limit in minutes.")
@click.option("--on-duty", is_flag=True, help="只要在岗的。 Only those on duty.")
@click.option("--division", help="只要位于该区划的。 Only those in this division (code).")
@circumstances_options
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def command(
    at: str,
    crs: str,
    kind: str,
    k: int,
    within: str | None,
    at_time: str | None,
    profile: str,
    closed: Path | None,
    division: str | None,
    *,
    on_duty: bool,
    as_json: bool,
) -> None:
    """按行车时间找最近的救援站、医院、消防站等。 Find who gets there soonest by road, and why the others do not.

    \b
    例 Examples:
      ./onemap nearest --at 114.0579,22.5431 -k 3
      ./onemap nearest --at 114.0579,22.5431 --kind hospital --at-time 2026-11-23T18:00
      ./onemap nearest --at 114.063,22.5404 --crs gcj02 --closed area.geojson --json
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    now = SystemClock().now()
    question = travel_questions.question(
        {"at_time": at_time, "profile": profile, "closed": closed_text(closed)}, now=now
    )
    with opened_travel() as travel:
        answer = travel.nearest(
            SYSTEM,
            question,
            travel_questions.position_from(at, "at", crs),
            kind_name=kind,
            k=k,
            division_code=division,
            only_on_duty=on_duty,
            limit_s=max(travel_questions.minutes(within)) if within else None,
        )
    body = travel_answers.nearest(answer, "zh")
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    _print(body)


def _print(body: dict[str, Any]) -> None:
    place = body["from"]
    click.echo(
        f"{body['kind']['title']} @ {place['lon']:.6f},{place['lat']:.6f}"
        f"（离路 off the road {place['snapped']['distance_m']:.0f} m）"
    )
    click.echo(describe_network(body["network"]))
    if not body["candidates"] and not body["left_out"]:
        kind = body["kind"]["title"]
        click.echo(f"库中还没有{kind}，或您无权查看。 There is no {kind} here that you may see.")
    elif not body["candidates"]:
        click.echo("没有能到达的。 Nobody gets there.")
    for c in body["candidates"]:
        misled = "" if c["straight_rank"] == c["rank"] else f"，直线第 {c['straight_rank']} straight rank"
        click.echo(
            f"{c['rank']:>3}. {shown_minutes(c['travel_time_s'])}  {c['length_m'] / 1000:6.2f} km  {c['title']} [{c['code']}]"
            f"  直线 straight {c['straight_distance_m'] / 1000:.2f} km{misled}"
        )
        if c["streets"]:
            click.echo("       " + " → ".join(c["streets"]))
    if body["left_out"]:
        click.echo("未入选 left out:")
    for group in body["left_out"]:
        named = "、".join(group["examples"])
        click.echo(f"   {group['label']} {group['reason']}: {group['count']:,}（{named}…）")
