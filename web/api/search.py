"""Search by name, code, pinyin, address, road or pasted coordinate."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, g, request

from data import search
from geo.coordinate_text import PastedPosition, position_from_text
from geo.crs import convert
from geo.errors import CoordinateError
from web import identity
from web.api.layers import parse_int
from web.permissions import may_see_layer
from web.problems import in_language
from web.respond import json_response

blueprint = Blueprint("search", __name__)


@blueprint.get("/api/search")
def find() -> Any:
    """Find what fits q."""
    text = request.args.get("q", "")[:200]
    limit = parse_int("limit", 10, low=1, high=50)
    near = None
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    if lon is not None and lat is not None:
        near = (lon, lat)
    started = time.perf_counter()
    pasted = pasted_position(text)
    if pasted is not None:
        return json_response(
            {"q": text, "took_ms": 0.0, "results": [_as_result(text, pasted)], "message": None}
        )
    with identity.transaction() as connection:
        hits = search.search(connection, text, scope=identity.scope(), limit=limit, near=near)
    user = identity.require_user()
    hits = [hit for hit in hits if hit.layer is None or may_see_layer(user, hit.layer)]
    results = [{k: v for k, v in asdict(hit).items() if v is not None} for hit in hits]
    took_ms = round((time.perf_counter() - started) * 1000, 1)
    message = None
    if not results and text.strip():
        message = (
            "Nothing found. Try a name, a code, the first letters of its pinyin, or lon,lat."
            if g.language == "en"
            else "没有找到。可以输入名称、编码、拼音首字母或经纬度。"
        )
    return json_response({"q": text, "took_ms": took_ms, "results": results, "message": message})


def pasted_position(text: str) -> PastedPosition | None:
    """Read a pasted position; None when the text is none."""
    if not any(c.isdigit() for c in text):
        return None
    try:
        return position_from_text(text)
    except CoordinateError:
        return None


_DATUMS = (
    ("wgs84", "GPS / 国家 2000", "GPS / CGCS2000"),
    ("gcj02", "高德、腾讯（GCJ-02）", "Amap, Tencent (GCJ-02)"),
    ("bd09", "百度（BD-09）", "Baidu (BD-09)"),
)


def _as_result(text: str, found: PastedPosition) -> dict[str, Any]:
    """Give a pasted position; where the figures do not say their datum, ask, with each answer worked out."""
    body: dict[str, Any] = {
        "kind": "coordinate",
        "title": f"{found.lon:.6f}, {found.lat:.6f}",
        "subtitle": " ".join(in_language(note) for note in found.notes),
        "lon": found.lon,
        "lat": found.lat,
        "match": "coordinate",
        "form": found.form.value,
        "was_swapped": found.was_swapped,
        "q": text,
    }
    if found.needs_datum:
        body["ask"] = "datum"
        body["options"] = []
        for crs, zh, en in _DATUMS:
            lon, lat = (float(v) for v in convert([[found.lon, found.lat]], crs, "wgs84")[0])
            label = en if g.language == "en" else zh
            body["options"].append({"crs": crs, "label": label, "lon": round(lon, 7), "lat": round(lat, 7)})
    return body
