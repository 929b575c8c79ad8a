"""Show a register's rows by the days of a month (row L9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import register_calendar
from layers.display import LOCAL_ZONE
from web.api.registers import find, top_division
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("register_calendar", __name__)
blueprint.before_request(require_keeper)


@blueprint.get("/api/registers/<register_id>/calendar")
def month(register_id: str) -> Any:
    """Count the rows of a month by day and state, and by part of `division`; `month` is the present one where it is left out."""
    register = find(register_id)
    with register_request() as (connection, actor):
        today = actor.now.astimezone(LOCAL_ZONE).date()
        asked, _ = register_calendar.period_of(request.args.get("month") or f"{today:%Y-%m}")
        first, last = register_calendar.period_of(f"{asked:%Y-%m}")
        found = register_calendar.month(
            connection,
            register,
            first=first,
            last=last,
            division_code=request.args.get("division") or top_division(connection),
            scope=actor.scope,
        )
    return json_response(
        {
            **found,
            "month": f"{first:%Y-%m}",
            "today": today,
            "days": [{"on": one["on"].isoformat(), "counts": one["counts"]} for one in found["days"]],
            "title": register.words.in_language(g.language),
        }
    )
