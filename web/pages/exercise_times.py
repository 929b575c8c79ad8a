"""Show the screen on which the times of an exercise are kept while it goes on: one large button a step (row L17)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from data import exercise_times
from web.register_access import register_request, require_keeper
from web.register_desks import RegisterDesk

blueprint = Blueprint("exercise_time_pages", __name__)
blueprint.before_request(require_keeper)
DESKS = (RegisterDesk("drill", "/registers/drill/{id}/live", "现场记时", "Keep times live"),)


@blueprint.get("/registers/drill/<int:row_id>/live")
def page(row_id: int) -> Any:
    """Show the screen; its times come from /api/exercise-times."""
    with register_request() as (connection, _):
        row = exercise_times.read(connection, row_id)["row"]
    return render_template("exercise_times.html", drill=row)
