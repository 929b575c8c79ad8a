"""Answer indicators for a division: the same figures on every screen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import divisions, indicator_registry
from web import identity
from web.respond import json_response

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/api/indicators/<code>")
def figures(code: str) -> Any:
    """Compute indicators for a division: all, or those named by ids=a,b."""
    wanted = tuple(filter(None, request.args.get("ids", "").split(","))) or None
    now = identity.settings().clock.now()
    with identity.transaction() as connection:
        divisions.read(connection, code)
        found = indicator_registry.answer(connection, code, now=now, ids=wanted)
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
                    "conditions": f.indicator.conditions,
                }
                for f in found
            ],
        }
    )
