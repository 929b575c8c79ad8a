"""Write what stands behind the points of a plant plan and beside it, in the words of one language (L5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import g

from data import enterprise_file, plan_state
from data.plan_state import Standing
from data.register_forms import Actor
from data.scope import Connection
from layers.display import display
from layers.registry import layer_by_id
from web import enterprise_answers as answer
from web import identity, permissions


def beside(connection: Connection, enterprise_id: int, actor: Actor) -> dict[str, Any]:
    """Write what is open at an enterprise by kind, its open warnings, and who is on duty today."""
    enterprise, user = enterprise_file.read(connection, enterprise_id), identity.require_user()
    code, scope = enterprise["code"], actor.scope
    in_full = scope.sees_sensitive or (
        enterprise["owner_id"] is not None and enterprise["owner_id"] == scope.owner_id
    )
    shifts = layer_by_id("duty_roster").field("shift")
    return {
        "counts": [
            {
                "layer": one["layer"],
                "title": layer_by_id(one["layer"]).words.in_language(g.language),
                "n": one["n"],
                "page": f"/registers/{one['layer']}?{urlencode({'enterprise_code': code})}",
                "of": [
                    {
                        **_told(one["layer"], one["field"], value),
                        "n": n,
                        "page": f"/registers/{one['layer']}?{urlencode({'enterprise_code': code, one['field']: value})}",
                    }
                    for value, n in one["of"].items()
                ],
            }
            for one in plan_state.counted(connection, code)
            if permissions.may_see_layer(user, one["layer"])
        ],
        "warnings": {
            "n": plan_state.open_warnings(connection, code),
            "page": "/warnings"
            if scope.owner_id
            else f"/warnings?{urlencode({'division': enterprise['division_code']})}",
        },
        "duty": [
            {
                "page": f"/registers/duty_roster/{row['id']}",
                "shift": display(shifts, row["shift"], language=g.language),
                "phone": row["duty_phone"],
                "leader": answer.shown(row["leader"], in_full=in_full),
                "leader_phone": answer.shown(row["leader_phone"], in_full=in_full),
                "watcher": answer.shown(row["watcher"], in_full=in_full),
            }
            for row in plan_state.on_duty(connection, code, now=actor.now)
        ],
    }


def _told(layer_id: str, name: str, value: Any) -> dict[str, Any]:
    """Write a value that tells how it stands with a row, with its colour."""
    field = layer_by_id(layer_id).field(name)
    choice = field.choice(value) if value is not None else None
    return {
        "value": value,
        "title": display(field, value, language=g.language),
        "color": choice.color if choice else None,
    }


def standing(point: Mapping[str, Any], found: Mapping[tuple[str, str], Standing]) -> dict[str, Any] | None:
    """Write how it stands with the row of a point: None where it stands for none, `is_gone` where that is no more."""
    if point["of_code"] is None:
        return None
    one = found.get((point["of_layer"], point["of_code"]))
    if not permissions.may_see_layer(identity.require_user(), point["of_layer"]):
        return None
    if one is None:
        return {"is_gone": True}
    return {
        **_told(one.layer, one.field, one.value), "is_gone": False, "name": one.name, "warnings": one.open_warnings,
        "page": f"/registers/{one.layer}/{one.row_id}",
    }  # fmt: skip
