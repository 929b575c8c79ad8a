"""Draw a drill as one HTML file that opens anywhere without a network: conclusions, tasks, the map, all under its mark."""

from __future__ import annotations

import datetime as dt
import html
from typing import Any

import folium
import shapely
from branca.element import Element

from data.drill_tiles import drawn_features
from data.scope import Connection
from layers.display import LOCAL_ZONE
from web import drill_answers
from web.drill_tasks import MOST_FLOWS, tasks_of
from web.saved_maps import PANEL_STYLE, add_outlines, inlined

#: Flows and closed roads beyond these are left out of the file, and said so.
MOST_LINES = 1500
_GROUPS: tuple[tuple[str, tuple[str, ...], tuple[str, str], dict[str, Any]], ...] = (
    ("zones", ("zone",), ("影响范围", "Zones"), {"color": "#6b1296", "weight": 1.5, "fillColor": "#6b1296"}),
    ("left", ("left",), ("撤离范围", "Area to leave"), {"color": "#14202c", "weight": 2, "fill": False}),
    ("closed", ("closed",), ("封闭道路", "Roads closed"), {"color": "#8a5a2b", "weight": 3}),
    ("flows", ("flow",), ("疏散去向", "Who goes where"), {"color": "#445666", "weight": 1.5, "dashArray": "5 4"}),
    ("routes", ("route",), ("救援路线", "Ways of help"), {"color": "#0b7d92", "weight": 4}),
)  # fmt: skip
_OPACITY = {1: 0.34, 2: 0.2, 3: 0.04}
_SIGNS = {
    "source": ("#6b1296", "!"), "staging": ("#0b7d92", ""), "shelter": ("#445666", ""), "help": ("#7fa9b3", ""),
}  # fmt: skip
_STYLE = PANEL_STYLE + (
    ".report h2{font-size:14px;margin:14px 0 2px}.report ul{margin:4px 0;padding-left:18px}.report td,.report th{white-space:normal;text-align:left}"
    ".sign{border:2px solid currentColor;padding:0 6px;font-size:13px}"
    ".mark{position:fixed;z-index:2000;inset:0;display:grid;grid-template-columns:repeat(3,1fr);place-items:center;overflow:hidden;"
    "pointer-events:none;font:700 40px system-ui,'Noto Sans CJK SC',sans-serif;color:#14202c;opacity:.12}"
    ".mark span{transform:rotate(-24deg);white-space:nowrap}"
    ".dot{display:grid;place-items:center;width:20px;height:20px;border:2px solid #fff;border-radius:50%;color:#fff;"
    "font:700 11px system-ui,'Noto Sans CJK SC',sans-serif;white-space:nowrap}"
)


def drill_map_file(
    connection: Connection, drill: dict[str, Any], language: str, *, is_sample: bool = False
) -> str:
    """Give a drill's report as one HTML text."""
    at = 0 if language == "zh" else 1
    panel = _panel(drill, language, at, is_sample=is_sample)
    return map_file(connection, drill["answer"], panel, language, mark=drill_answers.WATERMARK)


def map_file(
    connection: Connection, answer: dict[str, Any], panel: str, language: str, *, mark: str | None
) -> str:
    """Draw what was worked out of an accident with a panel of HTML beside it, under a mark where there is one."""
    at = 0 if language == "zh" else 1
    features = drawn_features(answer)
    report = folium.Map(tiles=None, prefer_canvas=True, zoom_control=True, control_scale=True)
    add_outlines(report, connection, is_zh=at == 0)
    for _, roles, title, style in _GROUPS:
        group = folium.FeatureGroup(name=title[at])
        most = {"closed": MOST_LINES, "flow": MOST_FLOWS}.get(roles[0], len(features))
        for one in [f for f in features if f["role"] in roles][:most]:
            shade = style | {"fillOpacity": _OPACITY[one["level"]]} if "level" in one else style
            folium.GeoJson(
                _rounded(one["geometry"]), style_function=lambda _, s=shade: s | {"interactive": False}
            ).add_to(group)
        group.add_to(report)
    _add_places(report, features, at)
    folium.LayerControl(collapsed=False).add_to(report)
    west, south, east, north = _bounds(answer)
    report.fit_bounds([[south, west], [north, east]])
    marks = "".join(f"<span>{html.escape(mark)}</span>" for _ in range(12)) if mark else ""
    report.get_root().html.add_child(
        Element(f"<style>{_STYLE}</style>{panel}<div class='mark' aria-hidden='true'>{marks}</div>")
    )
    return inlined(report)


def _add_places(report: folium.Map, features: list[dict[str, Any]], at: int) -> None:
    group = folium.FeatureGroup(name=("力量与避难场所", "Help and shelters")[at])
    for one in features:
        if one["role"] not in _SIGNS:
            continue
        color, text = _SIGNS[one["role"]]
        label = ("集" if at == 0 else "S") if one["role"] == "staging" else text or one.get("label", "")
        lon, lat = one["geometry"]["coordinates"]
        icon = folium.DivIcon(
            html=f"<div class='dot' style='background:{color}'>{html.escape(label)}</div>",
            icon_size=(24, 24),
            icon_anchor=(12, 12),
        )
        # Leaflet takes what stands here as a template: its two signs are written as entities.
        name = html.escape(one.get("name") or "").replace("`", "&#96;").replace("$", "&#36;")
        tooltip = folium.Tooltip(name) if name else None
        folium.Marker((lat, lon), icon=icon, tooltip=tooltip).add_to(group)
    group.add_to(report)


def esc(value: object) -> str:
    """Write a value as text in HTML."""
    return html.escape(str(value))


def items(lines: list[str]) -> str:
    """Write a list."""
    return "<ul>" + "".join(f"<li>{esc(line)}</li>" for line in lines) + "</ul>"


def rows(heads: tuple[str, ...], body: list[tuple[object, ...]]) -> str:
    """Write a table."""
    head = "".join(f"<th>{esc(h)}</th>" for h in heads)
    lines = "".join("<tr>" + "".join(f"<td>{esc(c)}</td>" for c in row) + "</tr>" for row in body)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def task_table(tasks: list[dict[str, str]], at: int) -> str:
    """Write tasks: who, what, where, expected and at the latest."""
    heads = (("谁", "Who"), ("任务", "Task"), ("地点", "Where"), ("预计", "Expected"), ("最迟", "Latest"))
    body = [(t["who"], t["what"], t["where"], t["expected"], t["latest"]) for t in tasks]
    return rows(tuple(pair[at] for pair in heads), [*body])


def _panel(drill: dict[str, Any], language: str, at: int, *, is_sample: bool) -> str:
    answer, words = drill["answer"], drill_answers.words_of(drill["answer"], language)
    begins = dt.datetime.fromisoformat(drill["question"]["at"]).astimezone(LOCAL_ZONE)

    def title(zh: str, en: str) -> str:
        return f"<h2>{esc((zh, en)[at])}</h2>"

    people, evacuation = answer["people"], answer["evacuation"]
    facts = [
        (("需疏散", "have to leave")[at], f"{people['leaving']:,}"), (("已安置", "sheltered")[at], f"{evacuation['placed']:,}"),
        (("封闭道路（公里）", "km of roads closed")[at], f"{answer['roads']['length_m'] / 1000:.1f}"),
    ]  # fmt: skip
    enough = ("所需力量和安置容量都能满足。", "Help and places suffice.")[at]
    zones = [(z["effect"], z["measure"], z["distance"], z["level"]) for z in words["zones"]]
    parts = [
        f"<title>{esc(words['watermark'])} · {esc(drill['name'])}</title>",
        f"<section class='report'><h1>{esc(drill['name'])} <span class='sign'>{esc(words['watermark'])}</span></h1>",
        f"<p>{esc(words['accident'])}<br>{esc(words['weather'])} · {begins:%Y-%m-%d %H:%M}{'<br>示例数据 Sample data' if is_sample else ''}</p>",
        title("结论与缺口", "Conclusions and what is lacking"), items([f"{name} {value}" for name, value in facts]),
        items(words["shortfalls"] or [enough]), title("任务", "Tasks"),
        task_table(tasks_of(drill, language), at),
        title("影响范围", "Zones"),
        rows(tuple(p[at] for p in (("危害", "Effect"), ("阈值", "Threshold"), ("距离", "Distance"), ("程度", "Level"))), [*zones]),
        title("没有给出、按缺省取值", "Not given, assumed"), items(words["assumptions"]),
        title("说明", "Notes"), items([*words["notes"], *words["guide"]]), f"<p><strong>{esc(words['purpose'])}</strong></p></section>",
    ]  # fmt: skip
    return "".join(parts)


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = shapely.geometry.mapping(
        shapely.set_precision(shapely.geometry.shape(geometry), 1e-5)
    )
    return found


def _bounds(answer: dict[str, Any]) -> tuple[float, float, float, float]:
    shapes = [shapely.geometry.shape(answer["left"]["geometry"])]
    shapes += [
        shapely.Point(p["lon"], p["lat"]) for p in (*answer["staging"], *answer["evacuation"]["shelters"])
    ]
    west, south, east, north = shapely.union_all(shapes).bounds
    return west, south, east, north
