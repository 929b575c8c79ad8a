"""Serve our static files and the vendored libraries, from versioned addresses that never change."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.security import safe_join

from web.assets import STATIC

blueprint = Blueprint("static_files", __name__)

mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("font/woff2", ".woff2")
_PACKED = (".js", ".mjs", ".css", ".json", ".svg", ".csv")


@lru_cache(maxsize=400)
def _read(path: str, modified_ns: int, *, packed: bool) -> bytes:
    del modified_ns  # part of the key
    content = Path(path).read_bytes()
    return gzip.compress(content, 6) if packed else content


def _serve(name: str, *, is_versioned: bool) -> Any:
    full = safe_join(str(STATIC), name)
    if full is None:
        abort(404)
    try:
        stat = Path(full).stat()
    except (OSError, ValueError):
        abort(404)
    if not Path(full).is_file():
        abort(404)
    packed = full.endswith(_PACKED) and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(_read(full, stat.st_mtime_ns, packed=packed))
    response.content_type = mimetypes.guess_type(full)[0] or "application/octet-stream"
    if response.content_type.startswith("text/"):
        response.content_type += "; charset=utf-8"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_versioned else "no-cache"
    return response


@blueprint.get("/static/v-<version>/<path:name>")
def versioned(version: str, name: str) -> Any:
    """Serve one of our files; the version only makes the address new."""
    del version
    return _serve(name, is_versioned=True)


@blueprint.get("/static/vendor/<path:name>")
def vendored(name: str) -> Any:
    """Serve a file of a vendored library, whose folder carries its version."""
    return _serve(f"vendor/{name}", is_versioned=True)


@blueprint.get("/healthz")
def health() -> Any:
    """Say that the process answers."""
    return {"ok": True}


@blueprint.get("/favicon.ico")
def favicon() -> Any:
    """Serve the icon."""
    return _serve("icons/brand.svg", is_versioned=False)


@blueprint.get("/robots.txt")
def robots() -> Any:
    """Keep crawlers out."""
    return Response("User-agent: *\nDisallow: /\n", content_type="text/plain")
