"""Search by name, code, pinyin, address, road or pasted coordinate."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, g, request

from data import search
from web import identity
from web.api.layers import parse_int
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
    with identity.transaction() as connection:
        hits = search.search(connection, text, scope=identity.scope(), limit=limit, near=near)
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
