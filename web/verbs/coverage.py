"""Say how objects are covered by facilities within travel times."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from data import city_sweeps, coverage_tables, settings_table
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import CoverageAnswer
from web import travel_answers, travel_questions
from web.coverage_report import coverage_report
from web.settings import current_environment, state_dir_of
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
@click.option(
    "--cities",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="多个城市的清单（TOML），并行计算。 A list of cities (TOML), each with its database; swept side by side.",
)
@click.option(
    "--scheduler",
    help="Dask 调度器地址；默认用本机进程。 Address of a Dask scheduler; processes of this machine by default.",
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="本机几个进程。 How many processes of this machine.",
)
def command(
    of: str,
    by: str,
    within: str,
    at_time: str | None,
    profile: str,
    closed: Path | None,
    division: str | None,
    output: Path | None,
    cities: Path | None,
    scheduler: str | None,
    workers: int,
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
    if cities is not None:
        if division or output or closed:
            raise click.UsageError(
                "--cities 不能与 --division、--closed、-o 同用。 --cities goes with none of --division, --closed and -o."
            )
        _sweep(cities, city_sweeps.SweepAsked(question, of, by, tuple(limits), on_duty), scheduler, workers, as_json=as_json)  # fmt: skip
        return
    if scheduler is not None:
        raise click.UsageError("--scheduler 只与 --cities 同用。 --scheduler goes with --cities.")
    with opened_stores() as (store, travel):
        answer = travel.coverage(
            SYSTEM, question, of=of, by=by, limits_s=limits, division_code=division, only_on_duty=on_duty
        )
        _print(store, answer, division, as_json=as_json)
        if output is not None:
            _write(store, answer, division, output)
            click.echo(f"已写入 written: {output}", err=True)


def _sweep(
    path: Path, asked: city_sweeps.SweepAsked, scheduler: str | None, workers: int, *, as_json: bool
) -> None:
    """Sweep the cities of a list and print a line for each; ends with 1 where one has failed."""
    found = city_sweeps.sweep_cities(
        city_sweeps.read_cities(path, state_dir=state_dir_of(current_environment())),
        asked,
        scheduler=scheduler,
        workers=workers,
        report=lambda one: click.echo(f"{one.name} {'✗' if one.error else '✓'}", err=True),
    )
    if as_json:
        click.echo(
            json.dumps([travel_answers.city_sweep(one) for one in found], ensure_ascii=False, indent=1)
        )
    else:
        _print_cities(found, asked.limits_s)
    if any(one.error for one in found):
        sys.exit(1)


def _print_cities(found: tuple[city_sweeps.CitySweep, ...], limits_s: tuple[float, ...]) -> None:
    columns = ["总数", *(f"≤{limit / 60:g}" for limit in limits_s), "超时", "不可达", "秒", "MiB"]
    click.echo("".join(f"{c:>10}" for c in columns) + "  城市 city")
    for one in found:
        if one.totals is None:
            click.echo(f"{one.name}: {one.error}", err=True)
            continue
        whole = one.totals.whole
        figures = [whole.count, *whole.within, whole.beyond, whole.unreachable]
        seconds = f"{one.open_s + one.sweep_s:.1f}"
        click.echo("".join(f"{n:>12,}" for n in figures) + f"{seconds:>12}{one.peak_mib:>12,.0f}  {one.name}")


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
