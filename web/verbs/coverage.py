"""Say how objects are covered by facilities within travel times."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data import coverage_tables, settings_table
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import CoverageAnswer
from web import travel_answers, travel_questions
from web.coverage_report import coverage_report
from web.travel_options import circumstances_options, closed_text, describe_network, opened_stores

_FILES = (".xlsx", ".gpkg", ".html")


@click.command()
@click.option(
    "--of",
    default="elevator",
    show_default=True,
    help="被覆盖的对象。 What is to be reached (kind of point).",
)
@click.option("--by", default="rescue_station", show_default=True, help="从哪类设施出发。 By whom.")
@click.option("--within", default="10,15,30", show_default=True, help="时限（分钟）。 Minutes, up to six.")
@click.option("--on-duty", is_flag=True, help="只计在岗的设施。 Only facilities on duty.")
@click.option("--division", help="只看该区划，按下一级合计。 Only this division, by those below it (code).")
@circumstances_options
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写入 .xlsx、.gpkg 或 .html。 Write to a file.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def command(
    of: str,
    by: str,
    within: str,
    at_time: str | None,
    profile: str,
    closed: Path | None,
    division: str | None,
    output: Path | None,
    *,
    on_duty: bool,
    as_json: bool,
) -> None:
    """覆盖分析：每个对象多久能到、被几处覆盖、哪些没有覆盖。 Say how soon every object is reached and which are not.

    Example: ./onemap coverage --of elevator --by rescue_station --within 10,15,30 -o coverage.html
    """
    if output is not None and output.suffix not in _FILES:
        raise click.UsageError(
            f"-o 应以 {'、'.join(_FILES)} 结尾。 One of {', '.join(_FILES)} was expected for -o."
        )
    question = travel_questions.question(
        {"at_time": at_time, "profile": profile, "closed": closed_text(closed)}, now=SystemClock().now()
    )
    limits = travel_questions.minutes(within)
    with opened_stores() as (store, travel):
        answer = travel.coverage(
            SYSTEM, question, of=of, by=by, limits_s=limits, division_code=division, only_on_duty=on_duty
        )
        _print(store, answer, division, as_json=as_json)
        if output is not None:
            _write(store, answer, division, output)
            click.echo(f"已写入 written: {output}", err=True)


def _print(store: Store, answer: CoverageAnswer, division: str | None, *, as_json: bool) -> None:
    with store.transaction(SYSTEM) as connection:
        totals = coverage_tables.totals_by_division(connection, answer, division_code=division)
    head = travel_answers.coverage_head(answer, "zh")
    if as_json:
        body = head | {
            "total": travel_answers.coverage_total(totals.whole, {}),
            "divisions": [travel_answers.coverage_total(line, totals.names) for line in totals.lines],
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{head['of']['title']} {len(answer.objects):,} ← {head['by']['title']} {head['facilities']:,}"
    )
    click.echo(describe_network(head["network"]))
    minutes = [f"{limit / 60:g}" for limit in answer.coverage.limits_s]
    columns = ["≤" + m for m in minutes] + ["超时", "不可达", "离路远", "无位置"]
    click.echo("".join(f"{c:>10}" for c in ["总数", *columns]) + "  区划 division")
    for line in (*totals.lines, totals.whole):
        name = "合计 total" if line is totals.whole else f"{totals.names.get(line.group, '')} {line.group}"
        late = (line.beyond, line.unreachable, line.off_road, line.no_position)
        click.echo("".join(f"{n:>12,}" for n in (line.count, *line.within, *late)) + f"  {name}")


def _write(store: Store, answer: CoverageAnswer, division: str | None, output: Path) -> None:
    with store.transaction(SYSTEM) as connection:
        if output.suffix == ".html":
            is_sample = bool(settings_table.get(connection, "is_sample", default=False))
            text = coverage_report(
                connection, answer, scope=SYSTEM, division_code=division, is_sample=is_sample
            )
            output.write_text(text, encoding="utf-8")
        else:
            coverage_tables.write_coverage(connection, answer, output, scope=SYSTEM, division_code=division)
