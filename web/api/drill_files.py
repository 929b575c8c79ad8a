"""Hand a drill over as one HTML map that needs no network, and set drills side by side as alternatives."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request

from data import audit, drills
from data.errors import FilterError
from web import drill_alternatives, identity
from web.api.drill import drill_key
from web.drill_map_file import drill_map_file
from web.respond import json_response
from web.studio_access import studio_transaction

blueprint = Blueprint("drill_files", __name__)
MOST_COMPARED = 4


@blueprint.get("/api/studio/drill/runs/<drill_id>/map")
def map_file(drill_id: str) -> Any:
    """Give a drill as one HTML file: the map, conclusions and tasks, under its mark."""
    user, now = identity.require_user(), identity.settings().clock.now()
    with studio_transaction() as connection:
        row = drills.read(connection, drill_key(drill_id))
        text = drill_map_file(connection, row, g.language, is_sample=identity.is_sample())
        audit.append(
            connection, at=now, username=user.username, action="export", subject=f"drill/{drill_id}", detail={"format": "html"}
        )  # fmt: skip
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="DRILL.html"'
    return response


@blueprint.get("/api/studio/drill/compare")
def compare() -> Any:
    """Set two to four drills side by side: what each assumes, what it finds, and where it is best."""
    names = [part for part in (request.args.get("ids") or "").split(",") if part]
    if not 2 <= len(set(names)) <= MOST_COMPARED:
        raise FilterError(
            f"请选 2–{MOST_COMPARED} 次演练比较，收到 {len(set(names))} 次。 Choose 2 to {MOST_COMPARED} drills to compare, got {len(set(names))}."
        )
    with studio_transaction() as connection:
        rows = [drills.read(connection, drill_key(name)) for name in dict.fromkeys(names)]
    return json_response(drill_alternatives.side_by_side(rows, g.language))
