"""Draw a coverage as one HTML file that opens anywhere without a network: folium with its scripts inlined."""

from __future__ import annotations

import html
from typing import Any

import folium
import shapely
from branca.element import Element

from data.coverage_tables import (
    Additions,
    DivisionTotals,
    covered_areas,
    object_rows,
    totals_by_division,
    uncovered_rows,
)
from data.scope import Connection, Scope
from data.travel_store import CoverageAnswer
from geo.measure import geodesic_area_m2
from geo.service_area import ServiceArea
from web import scenario_map, travel_answers
from web.saved_maps import PANEL_STYLE, add_outlines, inlined

#: More points than this make the file slow; how many there are is said.
MOST_POINTS = 1_000
#: From soonest to latest: told apart by lightness, too.
_BAND_COLORS = ("#0b6e6e", "#3f9c9c", "#86c5c5", "#b5dcdc", "#d3ebeb", "#e8f5f5")
_LATE_COLOR = "#b4552d"


def coverage_report(
    connection: Connection,
    answer: CoverageAnswer,
    *,
    scope: Scope,
    division_code: str | None = None,
    is_sample: bool = False,
    more: Additions | None = None,
) -> str:
    """Give the report as one HTML text; with what a scenario changes where it is one's."""
    is_zh = scope.language == "zh"
    areas = covered_areas(answer)
    totals = totals_by_division(connection, answer, division_code=division_code)
    late = uncovered_rows(answer)
    rows = list(object_rows(connection, answer, late[:MOST_POINTS], scope=scope))
    report = folium.Map(tiles=None, prefer_canvas=True, zoom_control=True, control_scale=True)
    add_outlines(report, connection, is_zh=is_zh)
    _add_areas(report, areas, is_zh=is_zh)
    _add_points(report, rows, is_zh=is_zh)
    if more is not None:
        scenario_map.add_scenario(report, more, is_zh=is_zh)
    folium.LayerControl(collapsed=False).add_to(report)
    west, south, east, north = answer.circumstances.network.bounds
    report.fit_bounds([[south, west], [north, east]])
    panel = _panel(
        answer, totals, areas, len(late), len(rows), scope.language, is_sample=is_sample, more=more
    )
    report.get_root().html.add_child(Element(panel))
    return inlined(report)


def _add_areas(report: folium.Map, areas: tuple[ServiceArea, ...], *, is_zh: bool) -> None:
    # The widest first, so that the soonest lies on top.
    for number, area in reversed(list(enumerate(areas))):
        color = _BAND_COLORS[number]
        name = f"{area.limit_s / 60:g} 分钟覆盖" if is_zh else f"Covered within {area.limit_s / 60:g} min"
        group = folium.FeatureGroup(name=name)
        if not area.polygon.is_empty:
            shape = shapely.set_precision(shapely.simplify(area.polygon, 0.0001), 1e-5)
            folium.GeoJson(
                shapely.geometry.mapping(shape),
                style_function=lambda _, c=color: {
                    "color": c,
                    "weight": 1,
                    "fillColor": c,
                    "fillOpacity": 0.45,
                },
            ).add_to(group)
        group.add_to(report)


def _add_points(report: folium.Map, rows: list[dict[str, Any]], *, is_zh: bool) -> None:
    group = folium.FeatureGroup(name="未覆盖对象" if is_zh else "Uncovered")
    for row in rows:
        if row["lon"] is None:
            continue
        time_s = row.get("travel_time_1_s")
        soonest = "—" if time_s is None else f"{time_s / 60:.1f} min"
        words = f"{row['name'] or ''} {row['code'] or ''}<br>{row['state']} · {soonest}"
        parts = [html.escape(p).replace("`", "&#96;").replace("$", "&#36;") for p in words.split("<br>")]
        folium.CircleMarker(
            (row["lat"], row["lon"]),
            radius=4,
            color="#ffffff",
            weight=1,
            fill=True,
            fill_color=_LATE_COLOR,
            fill_opacity=0.95,
            tooltip=folium.Tooltip("<br>".join(parts)),
        ).add_to(group)
    group.add_to(report)


def _panel(
    answer: CoverageAnswer,
    totals: DivisionTotals,
    areas: tuple[ServiceArea, ...],
    late: int,
    shown: int,
    language: str,
    *,
    is_sample: bool,
    more: Additions | None,
) -> str:
    is_zh = language == "zh"

    def esc(value: object) -> str:
        return html.escape(str(value))

    head = travel_answers.coverage_head(answer, language)
    minutes = [f"{limit / 60:g}" for limit in answer.coverage.limits_s]
    columns = ["区划", "总数"] if is_zh else ["Division", "Count"]
    columns += [f"≤{m}" for m in minutes] + (["未覆盖"] if is_zh else ["Uncovered"])
    lines = []
    for line in (*totals.lines, totals.whole):
        whole = ("合计" if is_zh else "Total") if line is totals.whole else None
        cells = [esc(whole or totals.names.get(line.group, line.group)), f"{line.count:,}"]
        cells += [f"{n:,}<small>{_percent(n, line.count)}</small>" for n in line.within]
        cells.append(f"{line.uncovered:,}")
        tag = "th" if whole else "td"
        lines.append("<tr>" + "".join(f"<{tag}>{c}</{tag}>" for c in cells) + "</tr>")
    area_text = " · ".join(
        f"≤{a.limit_s / 60:g} min {geodesic_area_m2(a.polygon) / 1e6:,.1f} km²" for a in areas
    )
    piece, network = head["network"]["slice"], head["network"]
    points = (
        f"图上未覆盖点 {shown:,} / {late:,}" if is_zh else f"Uncovered points drawn: {shown:,} of {late:,}"
    )
    title = f"{head['of']['title']} ← {head['by']['title']}"
    title = f"{title} {'覆盖报告' if is_zh else 'coverage'}"
    title = title if more is None else f"{more.name} · {title}"
    sample = (
        "示例数据 Sample data · " if is_sample else ""
    ) + f"{head['facilities']:,} {head['by']['title']}"
    closed = network["closures"]["in_force"] + network["closures"]["drawn"]
    roads = f"{'路网' if is_zh else 'network'} {network['version'][:12]} · {'封闭' if is_zh else 'closures'} {closed}"
    facts = [
        sample,
        f"{piece['at'][:16]} · {piece['label']} · {piece['profile']}",
        roads,
        area_text,
        points,
    ]
    return (
        f"<title>{esc(title)}</title>"
        f"<style>{PANEL_STYLE}</style>"
        f"<section class='report'><h1>{esc(title)}</h1>{''.join(f'<p>{esc(f)}</p>' for f in facts)}"
        f"<table><thead><tr>{''.join(f'<th>{esc(c)}</th>' for c in columns)}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>{'' if more is None else scenario_map.told(more, language)}</section>"
    )


def _percent(n: int, count: int) -> str:
    """Show a share, rounded down: 100 % means all.

    >>> _percent(22_462, 22_471), _percent(3, 3), _percent(0, 0)
    ('99.9%', '100.0%', '—')
    """
    return f"{1000 * n // count / 10:.1f}%" if count else "—"
