"""Show corridors for hazardous transport, vehicles' tracks, and where these broke the rules (G9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web.menu import MenuEntry
from web.register_access import ROLES, require_keeper

blueprint = Blueprint("transport_pages", __name__)
blueprint.before_request(require_keeper)
MENU = MenuEntry("/transport", "危运", "Hazardous transport", order=28, roles=ROLES - {"dispatcher"})


@blueprint.get("/transport")
def page() -> Any:
    """Show the page; corridors and tracks come from /api/transport."""
    return render_template("transport.html")
