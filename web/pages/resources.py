"""Search rescue resources of the whole jurisdiction on the map: by name, kind, type, radius and travel time (L15)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web.menu import MenuEntry
from web.register_access import ROLES, require_keeper

blueprint = Blueprint("resource_pages", __name__)
blueprint.before_request(require_keeper)
MENU = MenuEntry("/resources", "资源搜索", "Find resources", order=14, roles=ROLES)


@blueprint.get("/resources")
def page() -> Any:
    """Show the page; what is found comes from /api/resources."""
    return render_template("resources.html")
