"""Choose where new sites belong, from the command line, with what is proven of the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from data import siting_question, siting_studies
from data.clock import SystemClock
from data.scope import SYSTEM
from data.siting_question import MODELS
from web import siting_answers, siting_questions
from web.travel_options import circumstances_options, closed_text, opened_stores


@click.command()
@click.option(
    "--model", default="mclp", show_default=True, type=click.Choice(list(MODELS)), help="模型。 Model."
)
@click.option(
    "--of", default="elevator", show_default=True, help="需求点的类型。 Kind of point that is demand."
)
@click.option(
    "--weight",
    default="count",
    show_default=True,
    help="权重：count 或数值字段。 Weight: count, or a number field.",
)
@click.option(
    "--existing",
    default="rescue_station",
    show_default=True,
    help="现有设施的类型；none 为不计。 Kind that stands already, or none.",
)
@click.option(
    "--candidates",
    default="network",
    show_default=True,
    help="候选点：network 或一类点。 Candidates: network, or a kind of point.",
)
@click.option("--candidate-count", default=300, show_default=True, help="候选点数上限。 Most candidates.")
@click.option("--count", default=3, show_default=True, help="新增多少处。 Sites to add.")
@click.option(
    "--standard",
    "standard_min",
    default=10.0,
    show_default=True,
    help="覆盖标准，分钟。 Coverage standard, minutes.",
)
@click.option("--gap", "gap_pct", default=1.0, show_default=True, help="允许间隙，%。 Gap that suffices, %.")
@click.option(
    "--seconds",
    "time_limit_s",
    default=60.0,
    show_default=True,
    help="求解时限，s。 Time limit of the search, s.",
)
@click.option(
    "--floor",
    "floor_pct",
    default=0.0,
    show_default=True,
    help="每区至少覆盖，%。 Least covered in every district, %.",
)
@click.option(
    "--busy", "busy_share", default=0.3, show_default=True, help="占用率（mexclp）。 Busy share (mexclp)."
)
@click.option(
    "--backup-worth",
    default=0.5,
    show_default=True,
    help="第二覆盖的权数（backup）。 Worth of the second cover (backup).",
)
@click.option("--capacity", default=0.0, help="每处容量（*_capacity）。 Capacity of each site (*_capacity).")
@click.option(
    "--curve",
    default=0,
    show_default=True,
    help="曲线画到多少处（有预算或 lscp 时为段数）。 Draw the curve up to so many sites (steps with a budget, and of lscp).",
)
@click.option("--division", help="只计该区划的需求。 Only demand in this division (code).")
@click.option(
    "--area",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="候选区域 GeoJSON。 GeoJSON the candidates lie in.",
)
@click.option(
    "--forbidden",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="禁区 GeoJSON。 GeoJSON where no site may lie.",
)
@circumstances_options
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写入 .geojson。 Write to .geojson.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def command(
    *,
    area: Path | None,
    forbidden: Path | None,
    closed: Path | None,
    output: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """选址：新站点放在哪里，并给出证明。 Choose where new sites belong, with a proof.

    \b
    例 Examples:
      ./onemap siting --of elevator --standard 10 --count 3
      ./onemap siting --of residential_place --weight population --floor 60 -o sites.geojson
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    if output is not None and output.suffix not in (".geojson", ".json"):
        raise click.UsageError("-o 应以 .geojson 结尾。 A file ending in .geojson was expected for -o.")
    values = given | {
        "area": closed_text(area),
        "forbidden": closed_text(forbidden),
        "closed": closed_text(closed),
    }
    asked = siting_questions.siting_question(values, now=SystemClock().now())
    with opened_stores() as (store, travel):
        answer = siting_studies.run_study(
            store, travel, SYSTEM, asked, report=_tell, should_stop=lambda: False
        )
    if output is not None:
        drawn = siting_studies.geojson(answer, siting_question.as_json(asked))
        output.write_text(json.dumps(drawn, ensure_ascii=False), encoding="utf-8")
        click.echo(f"已写入 written: {output}", err=True)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    _print(answer, asked.standard_s)


def _tell(share: float, words: str) -> None:
    click.echo(f"onemap · {100 * share:3.0f} %  {words}", err=True)


def _print(answer: dict[str, Any], standard_s: float) -> None:
    for language in ("zh", "en"):
        words = siting_answers.words_of(answer, language)
        click.echo(f"{words['model']} · {words['status']}：{words['proof']}")
        if words["candidates"]:
            click.echo(words["candidates"])
    demand, after = answer["demand"], answer["after"]
    click.echo(
        f"\n需求 demand {demand['points']:,}（权重 weight {demand['total']:,.0f}） · 候选 candidates {answer['candidates']:,} · "
        f"现有 existing {answer['existing_count']:,} · 不在路上 off road {demand['off_road']:,} · 到不了 out of reach {demand['out_of_reach']:,}"
    )
    if after is None:
        return
    for name, zh in (("before", "现状 before"), ("after", "新增后 after")):
        facts = answer[name]
        mean = "—" if facts["mean_s"] is None else f"{facts['mean_s'] / 60:.2f}"
        p90 = "—" if facts["p90_s"] is None else f"{facts['p90_s'] / 60:.2f}"
        click.echo(
            f"{zh}: ≤ {standard_s / 60:g} min {facts['covered']:,.0f}（{100 * facts['covered'] / demand['total']:.2f} %） · "
            f"均值 mean {mean} · P90 {p90} min"
        )
    bound = "—" if answer["bound"] is None else f"{answer['bound']:,.2f}"
    gap = "—" if answer["gap"] is None else f"{100 * answer['gap']:.3f} %"
    click.echo(
        f"目标 objective {answer['objective']:,.2f} · 界 bound {bound} · 间隙 gap {gap} · "
        f"{answer['solve_s']:.1f} s · {answer['method']}\n"
    )
    for site in answer["sites"]:
        name = f" {site['code']} {site['name']}" if site["code"] else ""
        units = f" × {site['units']}" if site["units"] > 1 else ""
        click.echo(
            f"{site['rank']:>3}  {site['lon']:.6f},{site['lat']:.6f}{units}  +{site['gained_alone']:,.0f}{name}"
        )
    if answer["curve"]:
        axis = answer["curve_of"]
        click.echo(f"\n{axis['x']:>12}   {axis['y']:>12}   界 bound   间隙 gap   状态 status")
        for p in answer["curve"]:
            told = "—" if p["value"] is None else f"{p['value']:,.1f}"
            limit = "—" if p["bound"] is None else f"{p['bound']:,.1f}"
            share = "—" if p["gap"] is None else f"{100 * p['gap']:.2f} %"
            click.echo(f"{p['x']:>12,.6g}   {told:>12}   {limit:>8}   {share:>8}   {p['status']}")
