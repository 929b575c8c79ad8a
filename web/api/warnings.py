"""List warnings and mark them as processed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import audit, register_alarms, warnings
from layers.display import LOCAL_ZONE
from web import identity
from web.api.layers import parse_int
from web.respond import json_response

blueprint = Blueprint("warnings", __name__)


@blueprint.get("/api/warnings")
def index() -> Any:
    """List warnings the user may see: open, processed or all."""
    state = {"open": True, "processed": False, "all": None}.get(request.args.get("state", "open"), True)
    page = parse_int("page", 1, low=1, high=10_000)
    with identity.transaction() as connection:
        rows = warnings.listed(connection, is_open=state, limit=100, offset=(page - 1) * 100)
        counts = warnings.counts(connection)
    for row in rows:
        words = register_alarms.kind_words(row["kind"])
        row["kind_label"] = words.in_language(g.language) if words else None
        for name in ("raised_at", "processed_at"):
            row[name] = row[name].astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M") if row[name] else None
    return json_response({"counts": counts, "rows": rows})


@blueprint.post("/api/warnings/<int:warning_id>/process")
def process(warning_id: int) -> Any:
    """Mark a warning as processed, with a note on what was done."""
    scope, now = identity.scope(), identity.settings().clock.now()
    note = str((request.get_json(silent=True) or {}).get("note", ""))
    with identity.transaction() as connection:
        warnings.process(connection, warning_id, note=note, scope=scope, now=now)
        audit.append(
            connection,
            at=now,
            username=scope.username,
            action="warning_process",
            subject=f"warning/{warning_id}",
        )
    return json_response({"id": warning_id, "processed": True})
