"""Serve the rescue flow and the rescue knowledge that an accident calls for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data.errors import FilterError
from geo.hazard.consequence import Effect
from web.knowledge_answers import knowledge
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("rescue_knowledge", __name__)
blueprint.before_request(require_keeper)


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
    with register_request() as (connection, _):
        return json_response(knowledge(connection, substance, effects, g.language))
