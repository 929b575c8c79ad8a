"""Describe the layers, write the style, and serve features as cards and lists."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, g, request

from data import cql, divisions, features
from data.errors import FilterError
from layers.declaration import Field, Geometry, Layer
from layers.display import display
from layers.registry import layer_by_id
from layers.style import style, symbol_cases
from web import identity
from web.api.tiles import versions
from web.assets import VENDOR, vendor_folder, vendor_url
from web.export_formats import FORMATS
from web.permissions import layers_for
from web.register_access import register_page
from web.respond import json_response
from web.travel_questions import instant

blueprint = Blueprint("layers", __name__)


@lru_cache(maxsize=8)
def fonts(origin: str) -> dict[str, Any]:
    """Give the style's font faces, with whole addresses: MapLibre's worker knows no page."""
    faces = json.loads((VENDOR / vendor_folder("noto-sans-sc") / "font-faces.json").read_text())
    base = f"{origin}{vendor_url('noto-sans-sc')}/"
    return {name: [{**face, "url": base + face["url"]} for face in found] for name, found in faces.items()}


def describe_field(f: Field, language: str) -> dict[str, Any]:
    """Describe a field for pages."""
    return {
        "name": f.name,
        "label": f.words.in_language(language),
        "type": f.type.value,
        "unit": f.unit,
        "sensitive": f.is_sensitive,
        "choices": [
            {"value": c.value, "label": c.words.in_language(language), "color": c.color} for c in f.choices
        ],
    }


def _describe(layer: Layer, language: str) -> dict[str, Any]:
    version = versions().get(layer.id, 0)
    symbol = None
    if layer.symbol_field:
        symbol = {
            "field": layer.symbol_field,
            "label": layer.field(layer.symbol_field).words.in_language(language),
            "cases": [
                {
                    "value": c["value"],
                    "label": c["words"].in_language(language),
                    "color": c["color"],
                    "icon": c["icon"],
                }
                for c in symbol_cases(layer)
            ],
        }
    return {
        "id": layer.id,
        "title": layer.words.in_language(language),
        "group": layer.group.en.lower().replace(" ", "-"),
        "group_title": layer.group.in_language(language),
        "geometry": layer.geometry.value,
        "icon": layer.icon,
        "color": layer.color,
        "raw_min_zoom": layer.raw_min_zoom,
        "default_on": layer.default_on,
        "symbol": symbol,
        "popup": [describe_field(f, language) for f in layer.all_fields],
        "subsets": [{"id": s.id, "title": s.words.in_language(language)} for s in layer.subsets],
        "tiles": f"/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt?v={version}",
        "export_formats": list(FORMATS),
    }


@blueprint.get("/api/layers")
def index() -> Any:
    """List the layers in the order of the panel."""
    return json_response(
        {"layers": [_describe(layer, g.language) for layer in layers_for(identity.require_user())]}
    )


@blueprint.get("/api/style/<theme>.json")
def style_document(theme: str) -> Any:
    """Write the map's style."""
    if theme not in ("dark", "light"):
        abort(404)
    origin = request.host_url.rstrip("/")
    return json_response(
        style(
            layers_for(identity.require_user()),
            theme=theme,
            versions=versions(),
            fonts=fonts(origin),
            origin=origin,
        )
    )


@blueprint.get("/api/layers/<layer_id>/features/<int:feature_id>")
def card(layer_id: str, feature_id: int) -> Any:
    """Give one feature with every field in words."""
    layer, scope = layer_by_id(layer_id), identity.scope()
    with identity.transaction() as connection:
        row = features.read_one(connection, layer, feature_id)
    shown = [
        {
            "name": f.name,
            "label": f.words.in_language(g.language),
            "value": None if f.is_sensitive and not scope.sees_sensitive else row[f.name],
            "display": display(f, row[f.name], language=g.language, sees_sensitive=scope.sees_sensitive),
            "unit": f.unit,
            "sensitive": f.is_sensitive,
        }
        for f in layer.all_fields
        if f.name not in ("division_code", "authority_code")
    ]
    return json_response(
        {
            "layer": layer.id,
            "id": row["id"],
            "title": row["name"],
            "lon": row["lon"],
            "lat": row["lat"],
            "geometry": None
            if layer.geometry is Geometry.POINT or not row["geojson"]
            else json.loads(row["geojson"]),
            "division": {"code": row["division_code"], "name": row["division_name"]},
            "authority": {"code": row["authority_code"], "name": row["authority_name"]},
            "position": {
                "quality": row["position_quality"],
                "confidence": row["position_confidence"],
                "source_crs": row["source_crs"],
                "as_given": row["source_position"],
            },
            "fields": shown,
            "links": _links(layer, row),
            "page": register_page(layer.id, row["id"]),
        }
    )


def _links(layer: Layer, row: dict[str, Any]) -> list[dict[str, str]]:
    """Give the way to rows this one refers to."""
    return [
        {"name": f.name, "layer": f.references, "code": row[f.name]}
        for f in layer.fields
        if f.references and row[f.name]
    ]


def parse_bbox(text: str | None) -> tuple[float, float, float, float] | None:
    """Parse ``west,south,east,north``.

    Raises
    ------
    FilterError
    """
    if not text:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise FilterError(f"bbox 不是数字：{text[:60]}。 Numbers were expected in bbox.") from error
    return features.check_bbox(values)


def parse_times(layer: Layer) -> tuple[dt.datetime | None, dt.datetime | None] | None:
    """Read `from` and `to` of a layer's time: instants, or days of which the last is included; None where neither is asked for.

    Raises
    ------
    FilterError
        When one cannot be read, or the layer has no time.
    """
    start, end = request.args.get("from") or None, request.args.get("to") or None
    if start is None and end is None:
        return None
    if features.time_field(layer) is None:
        raise FilterError(
            f"{layer.words.zh}没有时间字段，不能按 from、to 筛选。 {layer.words.en} have no time: from and to do not apply."
        )
    now = identity.settings().clock.now()
    until = instant(end, default=now) if end else None
    if until is not None and len(str(end).strip()) == len("2026-11-26"):
        until += dt.timedelta(days=1, microseconds=-1)
    return instant(start, default=now) if start else None, until


def parse_int(name: str, default: int, *, low: int, high: int) -> int:
    """Parse a whole number from the query.

    Raises
    ------
    FilterError
    """
    text = request.args.get(name)
    if text is None or text == "":
        return default
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or not low <= int(text) <= high:
        raise FilterError(
            f"{name} 应为 {low}–{high} 的整数。 A whole number from {low} to {high} was expected for {name}."
        )
    return int(text)


def _most_counted() -> int | None:
    asked = request.args.get("count") or "bounded"
    if asked not in ("bounded", "exact"):
        raise FilterError(
            f"count 应为 bounded 或 exact，收到 {asked[:20]!r}。 count is bounded or exact, not {asked[:20]!r}."
        )
    return None if asked == "exact" else features.COUNT_LIMIT


@blueprint.get("/api/layers/<layer_id>/features")
def feature_list(layer_id: str) -> Any:
    """List features of a layer, a page at a time, in words: by division, words, any field, `empty`, `subset`, `filter` (CQL2); `count=exact` counts all."""
    layer, scope = layer_by_id(layer_id), identity.scope()
    page_size = parse_int("page_size", 50, low=1, high=500)
    page = parse_int("page", 1, low=1, high=100_000)
    query = features.Query(
        bbox=parse_bbox(request.args.get("bbox")),
        division_code=request.args.get("division") or None,
        words=request.args.get("q") or None,
        **features.narrowing(layer, request.args),
        filter_tree=cql.parse(text) if (text := request.args.get("filter")) else None,
        interval=parse_times(layer),
        sort=request.args.get("sort") or None,
        limit=page_size,
        offset=(page - 1) * page_size,
    )
    with identity.transaction() as connection:
        total, is_exact = features.count(connection, layer, query, scope=scope, most=_most_counted())
        rows = features.read_page(connection, layer, query, scope=scope)
        columns = [f for f in layer.all_fields if f.in_list]
        places = [f.name for f in columns if f.is_division]
        names = divisions.names(connection, (row[name] for row in rows for name in places if row[name]))
    for row in rows:
        row.update({name: names.get(row[name], row[name]) for name in places})
    return json_response(
        {
            "total": total,
            "total_is_exact": is_exact,
            "page": page,
            "page_size": page_size,
            "columns": [describe_field(f, g.language) for f in columns],
            "rows": [
                {
                    "id": row["id"],
                    "lon": row["lon"],
                    "lat": row["lat"],
                    "values": {
                        f.name: display(
                            f, row[f.name], language=g.language, sees_sensitive=scope.sees_sensitive
                        )
                        for f in columns
                    },
                }
                for row in rows
            ],
        }
    )


@blueprint.get("/api/divisions/<code>")
def division(code: str) -> Any:
    """Give a division, those below it, and what each holds."""
    with identity.transaction() as connection:
        found = divisions.read(connection, code)
        below = divisions.children(connection, code)
        way = divisions.path(connection, code)
    parent = next((d for d in way if d.code == found.parent_code), None)
    note = None
    if not found.has_polygon and found.level != "city":
        note = {
            "zh": "没有这一级的边界，只有表格和合计。",
            "en": "No outline of this division is loaded: tables and totals only.",
        }
    return json_response(
        {
            "code": found.code,
            "name": found.name,
            "level": found.level,
            "parent": {"code": parent.code, "name": parent.name} if parent else None,
            "bbox": found.bbox,
            "has_polygon": found.has_polygon,
            "path": [{"code": d.code, "name": d.name} for d in way],
            "counts": found.counts,
            "children": [
                {"code": d.code, "name": d.name, "level": d.level, "bbox": d.bbox, "counts": d.counts,
                 "has_polygon": d.has_polygon}
                for d in below
            ],
            "note": note["en" if g.language == "en" else "zh"] if note else None,
        }
    )  # fmt: skip
