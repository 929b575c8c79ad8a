"""Answer indicators for a division: the same figures on every screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request

from data import divisions, indicator_registry
from data.indicator_registry import Figure
from web import identity
from web.api.dispatch_figures import period_asked
from web.respond import json_response

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/api/indicators/<code>")
def figures(code: str) -> Any:
    """Compute indicators for a division: all, or those named by ids=a,b; those of a period for `from`, `to`, or the last thirty days."""
    wanted = tuple(filter(None, request.args.get("ids", "").split(","))) or None
    now = identity.settings().clock.now()
    period = period_asked(request.args.get("from"), request.args.get("to"), now=now)
    with identity.transaction() as connection:
        divisions.read(connection, code)
        found = indicator_registry.answer(connection, code, now=now, ids=wanted, period=period)
    return json_response(
        {
            "division": code,
            "at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "figures": [
                {
                    "id": f.indicator.id,
                    "title": f.indicator.words.in_language(g.language),
                    "definition": f.indicator.definition.in_language(g.language),
                    "clock": f.indicator.clock.in_language(g.language),
                    "unit": f.indicator.unit,
                    "value": f.value,
                    "layer": f.indicator.layer,
                    "conditions": urlencode(f.rows)
                    if f.rows is not None and f.indicator.layer
                    else f.indicator.conditions,
                    "page": _page(code, f),
                }
                for f in found
            ],
        }
    )


def _page(code: str, figure: Figure) -> str | None:
    """Give the page that lists the warnings behind a figure; None of what has no page of its own."""
    if figure.indicator.tally is None or figure.indicator.layer is not None:
        return None
    return "/warnings?" + urlencode({"division": code, **(figure.rows or {})})
