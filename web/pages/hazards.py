"""Show the identification of a major hazard, and a sheet to try one without keeping it (row L8)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web.register_access import require_keeper
from web.register_desks import RegisterDesk

blueprint = Blueprint("hazard_pages", __name__)
blueprint.before_request(require_keeper)
DESKS = (
    RegisterDesk(
        "hazard_site",
        "/hazards/{id}",
        "辨识分级",
        "Identify and grade",
        "/hazards",
        "辨识试算",
        "Try an identification",
    ),
)


@blueprint.get("/hazards")
def trial() -> Any:
    """Show a sheet to identify a unit without keeping it."""
    return render_template("hazard.html", site_id=None)


@blueprint.get("/hazards/<int:site_id>")
def site(site_id: int) -> Any:
    """Show the identification of a site."""
    return render_template("hazard.html", site_id=site_id)
