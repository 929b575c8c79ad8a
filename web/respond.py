"""Write answers: JSON, tiles and cached ones, each with its headers."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request, send_file


def json_response(body: Any, status: int = 200, *, content_type: str = "application/json") -> Response:
    """Answer with JSON (UTF-8); long ones packed where the caller can unpack."""
    content = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    response = Response(content, status, content_type=content_type)
    if len(content) > 2000 and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(content, 3))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Authorization, Cookie"
    return response


def html_file(text: str, name: str) -> Response:
    """Hand over one HTML file under a name in any script."""
    return send_file(
        io.BytesIO(text.encode()), "text/html; charset=utf-8", as_attachment=True, download_name=name
    )


def _etag(parts: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def revalidated_response(content: Callable[[], bytes], etag_parts: tuple[object, ...]) -> Response:
    """Answer with bytes that the browser keeps but asks about each time; made only when it has others."""
    etag = _etag(etag_parts)
    headers = {
        "ETag": f'"{etag}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Accept-Language, Authorization, Cookie",
    }
    if etag in request.if_none_match:
        return Response(status=304, headers=headers)
    return Response(content(), 200, headers, content_type="application/octet-stream")


def tile_response(packed: bytes, etag_parts: tuple[object, ...]) -> Response:
    """Answer with a gzip-packed vector tile that the browser may keep but must ask about."""
    etag = _etag(etag_parts)
    headers = {
        "ETag": f'"{etag}"',
        "Cache-Control": "private, max-age=60, stale-while-revalidate=600",
        "Vary": "Accept-Encoding, Authorization, Cookie",
    }
    if etag in request.if_none_match:
        return Response(status=304, headers=headers)
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    body = packed if accepts else gzip.decompress(packed)
    response = Response(body, 200, headers, content_type="application/vnd.mapbox-vector-tile")
    if accepts:
        response.headers["Content-Encoding"] = "gzip"
    return response
