"""Say what follows from a register's form while it is filled in: a level from its factors (rows L13, N11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from data import registers
from layers.display import display, plain
from web import company_questions as ask
from web.api.registers import find
from web.problems import in_language
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("register_derived", __name__)
blueprint.before_request(require_keeper)


@blueprint.post("/api/registers/<register_id>/derived")
def derived(register_id: str) -> Any:
    """Give the fields that follow from those of the body, and what is missing for it; nothing is kept."""
    register, values = find(register_id), ask.body()
    with register_request() as (_, actor):
        found, faults = registers.derived(register, values, actor)
    return json_response(
        {
            "derived": [
                {
                    "name": name,
                    "label": register.layer.field(name).words.in_language(g.language),
                    "unit": register.layer.field(name).unit,
                    "value": plain(register.layer.field(name), value, sees_sensitive=True),
                    "text": display(
                        register.layer.field(name), value, language=g.language, sees_sensitive=True
                    ),
                }
                for name, value in found.items()
                if value is not None
            ],
            "faults": [
                {"field": name, "detail": in_language(f"{words.zh} {words.en}")} for name, words in faults
            ],
        }
    )
