"""Take P50 or P90 of a drill's course into a drill that an enterprise has planned."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from data import courses, drill_plans
from web import company_questions as ask
from web.api.drill import drill_key
from web.register_access import register_request
from web.respond import json_response

blueprint = Blueprint("drill_plans", __name__)


@blueprint.get("/api/studio/drill/courses/<course_id>/plans")
def plans(course_id: str) -> Any:
    """Give what P50 and P90 would plan, and the drills of the register that are still to be held, narrowed by `q`."""
    with register_request() as (connection, _):
        course = courses.read(connection, drill_key(course_id))
        rows = drill_plans.open_plans(connection, (request.args.get("q") or "").strip()[:80] or None)
    return json_response({"shares": drill_plans.offered(course), "plans": rows})


@blueprint.put("/api/studio/drill/courses/<course_id>/plans/<int:row_id>")
def take(course_id: str, row_id: int) -> Any:
    """Write the planned minutes of `share` (p50, p90) into a drill; `version` is the one that was seen."""
    values = ask.body()
    with register_request() as (connection, actor):
        course = courses.read(connection, drill_key(course_id))
        row = drill_plans.take(
            connection, course, row_id, str(values.get("share") or ""), version=ask.seen_version(values), actor=actor
        )  # fmt: skip
    names = ("id", "code", "name", "version", "planned_first_team_min", "planned_evacuated_min", "simulation")
    return json_response({name: row[name] for name in names} | {"page": f"/registers/drill/{row['id']}"})
