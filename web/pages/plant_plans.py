"""Show an enterprise's plant plans beside the map."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from data import surroundings
from web.register_access import register_request, require_keeper

blueprint = Blueprint("plan_pages", __name__)
blueprint.before_request(require_keeper)


@blueprint.get("/enterprise/<int:enterprise_id>/plans")
def page(enterprise_id: int) -> Any:
    """Show the page; plans come from /api/enterprises and /api/plans."""
    with register_request() as (connection, _):
        found = surroundings.position_of(connection, enterprise_id)
    return render_template("plant_plans.html", enterprise=found)
