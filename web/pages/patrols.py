"""Show patrol routes, the tracks that were walked, and the stretches they left out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.menu import MenuEntry
from web.register_access import ROLES, require_keeper

blueprint = Blueprint("patrol_pages", __name__)
blueprint.before_request(require_keeper)
MENU = MenuEntry("/patrols", "巡查", "Patrols", order=27, roles=ROLES - {"dispatcher"})


@blueprint.get("/patrols")
def page() -> Any:
    """Show the page; routes and tracks come from /api/patrols."""
    return render_template("patrols.html", can_export=identity.require_user().may("export"))
