"""Find a route by road."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.clock import SystemClock
from web import travel_answers, travel_questions
from web.travel_options import (
    circumstances_options,
    closed_text,
    describe_network,
    opened_travel,
    shown_minutes,
)


@click.command()
@click.option("--from", "start", required=True, help="起点，如 114.05,22.54。 Start: lon,lat, or as pasted.")
@click.option("--to", "stop", required=True, help="终点。 End.")
@click.option("--crs", default="wgs84", show_default=True, help="坐标系。 Datum of both positions.")
@circumstances_options
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def command(
    start: str, stop: str, crs: str, at_time: str | None, profile: str, closed: Path | None, *, as_json: bool
) -> None:
    """两点之间最快的路线。 Find the quickest route between two places.

    Example: ./onemap route --from 114.0579,22.5431 --to 113.93,22.53 --at-time 2026-11-23T18:00
    """
    question = travel_questions.question(
        {"at_time": at_time, "profile": profile, "closed": closed_text(closed)}, now=SystemClock().now()
    )
    ends = [travel_questions.position_from(t, n, crs) for t, n in ((start, "from"), (stop, "to"))]
    with opened_travel() as travel:
        body = travel_answers.route(travel.route(question, *ends), "zh")
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    click.echo(describe_network(body["network"]))
    if body["travel_time_s"] is None:
        click.echo(f"{body['outcome_label']} {body['outcome']}")
        return
    click.echo(f"{shown_minutes(body['travel_time_s'])}  {body['length_m'] / 1000:.2f} km")
    for step in body["steps"]:
        click.echo(
            f"  {shown_minutes(step['travel_time_s'])}  {step['length_m'] / 1000:6.2f} km  {step['street'] or '—'}"
        )
