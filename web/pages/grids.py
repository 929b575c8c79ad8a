"""Show what stands in each safety grid and how it was patrolled."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.register_access import require_keeper
from web.register_desks import RegisterDesk

blueprint = Blueprint("grid_pages", __name__)
blueprint.before_request(require_keeper)
DESKS = (RegisterDesk("safety_grid", None, "", "", "/patrols/grids", "网格统计", "Figures"),)


@blueprint.get("/patrols/grids")
def page() -> Any:
    """Show the page; its figures come from /api/grids/figures."""
    return render_template("grids.html", can_export=identity.require_user().may("export"))
