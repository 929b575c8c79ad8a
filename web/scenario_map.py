"""Draw what a coverage scenario changes on a saved map, and tell it in tables beside the map."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import folium
import shapely

from data.coverage_tables import Additions, MoreTable

#: A browser draws and lists so many; how many there are is said, and the Excel and GeoPackage files have all.
MOST_LISTED = 1_000
#: Told apart by shape of the rim and lightness, too: what is left out is hollow.
_STATIONS = {
    "standing": {"radius": 5, "color": "#ffffff", "weight": 1, "fill_color": "#14202c", "fill_opacity": 1.0},
    "out": {"radius": 6, "color": "#a3262a", "weight": 3, "fill_color": "#ffffff", "fill_opacity": 0.2},
    "moved": {"radius": 7, "color": "#ffffff", "weight": 2, "fill_color": "#6b1296", "fill_opacity": 1.0},
    "added": {"radius": 8, "color": "#14202c", "weight": 2, "fill_color": "#f0b429", "fill_opacity": 1.0},
}
_CHANGED = {"gained": "#0b6e6e", "lost": "#a3262a"}


def add_scenario(report: folium.Map, more: Additions, *, is_zh: bool) -> None:
    """Draw who is gained and lost, the roads that are closed, and every station as it stands under the scenario."""
    language = "zh" if is_zh else "en"
    tables = {table.layer: table for table in more.tables}
    for name, color in _CHANGED.items():
        group = folium.FeatureGroup(name=tables[name].words.in_language(language))
        for row in tables[name].rows[:MOST_LISTED]:
            if row["lon"] is not None:
                look = {
                    "radius": 4,
                    "color": "#ffffff",
                    "weight": 1,
                    "fill_color": color,
                    "fill_opacity": 0.95,
                }
                _mark(row["lon"], row["lat"], (row["name"], row["code"]), look).add_to(group)
        group.add_to(report)
    if more.closed:
        group = folium.FeatureGroup(name="封闭道路" if is_zh else "Roads closed")
        for shape in more.closed:
            folium.GeoJson(
                shapely.geometry.mapping(shape),
                style_function=lambda _: {"color": "#8a5a2b", "weight": 4, "fillOpacity": 0.2},
            ).add_to(group)
        group.add_to(report)
    group = folium.FeatureGroup(name=tables["stations"].words.in_language(language))
    for row in tables["stations"].rows:
        if row["from_lon"] is not None:
            way = [(row["from_lat"], row["from_lon"]), (row["lat"], row["lon"])]
            folium.PolyLine(way, color="#6b1296", weight=2, dash_array="4 4").add_to(group)
        words = (row["state"], row["name"], row["code"], row["note"])
        _mark(row["lon"], row["lat"], words, _STATIONS[row["change"]]).add_to(group)
    group.add_to(report)


def _mark(lon: float, lat: float, words: Iterable[Any], look: dict[str, Any]) -> folium.CircleMarker:
    text = (
        html.escape(" ".join(str(word) for word in words if word)).replace("`", "&#96;").replace("$", "&#36;")
    )
    return folium.CircleMarker((lat, lon), fill=True, tooltip=folium.Tooltip(text), **look)


def told(more: Additions, language: str) -> str:
    """Tell what is changed, both covers before and after by district, and who is gained and lost, as HTML."""
    at = 0 if language == "zh" else 1
    lines = "".join(f"<li>{html.escape(f'{name}：{value}')}</li>" for name, value in more.facts)
    parts = [f"<h2>{('方案内容', 'What is changed')[at]}</h2><ul>{lines}</ul>"]
    parts += [_table(table, language) for table in more.tables if table.layer != "stations"]
    return "".join(parts)


def _table(table: MoreTable, language: str) -> str:
    rows = table.rows[:MOST_LISTED]
    title = html.escape(table.words.in_language(language))
    if table.layer != "comparison":
        title += f" {len(rows):,} / {len(table.rows):,}"
    if not rows:
        return f"<h2>{title}</h2>"
    columns = [name for name in rows[0] if name not in ("lon", "lat")]
    words = _HEADS[language]
    head = "".join(f"<th>{html.escape(words.get(name, name))}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row[name])}</td>' for name in columns)}</tr>" for row in rows)
    return f"<h2>{title}</h2><div style='overflow-x:auto'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


_HEADS = {
    "zh": {"code": "编号", "name": "名称", "division": "区划", "before_s": "现状（秒）", "after_s": "方案（秒）"},
    "en": {"code": "Code", "name": "Name", "division": "Division", "before_s": "Before (s)", "after_s": "After (s)"},
}  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return html.escape(str(value))
