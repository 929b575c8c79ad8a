"""Show the crew's page: the same for everybody until the code behind the # is exchanged."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template

from web.assets import STATIC

blueprint = Blueprint("crew_page", __name__)


@blueprint.get("/crew")
def page() -> Any:
    """Show the page; it holds nothing personal and changes nothing."""
    return render_template("crew.html")


@blueprint.get("/crew/worker.js")
def worker() -> Any:
    """Give the service worker that opens the page without a network; its scope is this page alone."""
    response = Response(
        (STATIC / "js" / "crew_worker.js").read_bytes(), content_type="text/javascript; charset=utf-8"
    )
    response.headers["Service-Worker-Allowed"] = "/crew"
    response.headers["Cache-Control"] = "no-cache"
    return response
