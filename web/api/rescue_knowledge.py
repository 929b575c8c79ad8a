"""Serve the rescue flow and the rescue knowledge that an accident calls for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import rescue_knowledge
from data.errors import FilterError
from geo.hazard.consequence import Effect
from layers.display import display
from layers.registry import register_by_id
from layers.rescue_rules import accidents_of
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("rescue_knowledge", __name__)
blueprint.before_request(require_keeper)
_CHOICES = ("accident", "level", "kind")


@blueprint.get("/api/rescue-knowledge")
def for_accident() -> Any:
    """Give the steps and the entries for a `substance` (name or CAS) that escapes with `effects` (names, by commas)."""
    substance = (request.args.get("substance") or "").strip()
    if not substance:
        raise FilterError(
            "请用 substance 指明物质（名称或 CAS 号）。 Name the substance (name or CAS) as substance."
        )
    effects = {name for name in (request.args.get("effects") or "").split(",") if name}
    unknown = effects - {str(effect) for effect in Effect}
    if unknown:
        listed = ", ".join(str(effect) for effect in Effect)
        raise FilterError(
            f"effects 应为 {listed}，没有 {min(unknown)[:40]}。 Effects are of {listed}; there is no {min(unknown)[:40]!r}."
        )
    accidents = accidents_of(effects)
    with register_request() as (connection, _):
        steps = rescue_knowledge.steps(connection, substance, accidents)
        entries = rescue_knowledge.entries(connection, substance, accidents)
    return json_response(
        {
            "steps": [_told("rescue_flow", row) for row in steps],
            "entries": [_told("rescue_knowledge", row) for row in entries],
        }
    )


def _told(register_id: str, row: dict[str, Any]) -> dict[str, Any]:
    """Add the words of the choices and the row's page."""
    layer = register_by_id(register_id).layer
    titles = {
        f"{name}_title": display(layer.field(name), row[name], language=g.language)
        for name in _CHOICES
        if name in row
    }
    return row | titles | {"page": f"/registers/{register_id}/{row['id']}"}
