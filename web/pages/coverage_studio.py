"""Show coverage under the planner's hand: the map with stations to drag, totals, lists, and scenarios kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.menu import MenuEntry

blueprint = Blueprint("coverage_studio_page", __name__)
MENU = MenuEntry(
    "/studio/coverage",
    "覆盖推演",
    "Coverage studio",
    order=44,
    roles=frozenset({"dispatcher", "administrator", "regulator"}),
)


@blueprint.get("/studio/coverage")
def page() -> Any:
    """Show the page; answers come from /api/studio/coverage."""
    identity.require_user()
    return render_template("coverage_studio.html")
