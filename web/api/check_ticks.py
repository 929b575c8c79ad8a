"""List the check items of an inspection with what was found of each, and tick them (row L9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g

from data import check_ticks, register_rows, registers
from data.check_ticks import Tick
from data.errors import FilterError
from data.register_forms import Actor
from data.scope import Connection
from layers.check_ticks import FAILS, TICKS
from layers.display import display
from layers.register import Register
from layers.registry import layer_by_id
from web import company_questions as ask
from web.api.registers import find
from web.register_access import register_page, register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("check_ticks", __name__)
blueprint.before_request(require_keeper)


@blueprint.get("/api/registers/<register_id>/rows/<int:row_id>/ticks")
def read(register_id: str, row_id: int) -> Any:
    """Give the check items of a row's enterprise, what was ticked, and the hidden danger that came of each."""
    register = find(register_id)
    with register_request() as (connection, actor):
        row = registers.read(connection, register, row_id)
        return json_response(_described(connection, register, row, actor))


@blueprint.put("/api/registers/<register_id>/rows/<int:row_id>/ticks")
def put(register_id: str, row_id: int) -> Any:
    """Set what was found: `ticks` of `item_code`, `result` (conforms, fails, not_applicable) and `note`; `version` is the one that was seen."""
    register, values = find(register_id), ask.body()
    version, ticks = ask.seen_version(values), [_tick(one) for one in _listed(values.get("ticks"))]
    with register_request() as (connection, actor):
        row = check_ticks.put(connection, register, row_id, ticks, version=version, actor=actor)
        return json_response(_described(connection, register, row, actor))


def _listed(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise FilterError("ticks 应为列表。 A list was expected for ticks.")
    return given


def _tick(given: Any) -> Tick:
    values = given if isinstance(given, dict) else {}
    code, result, note = (values.get(name) for name in ("item_code", "result", "note"))
    if not isinstance(code, str) or not all(text is None or isinstance(text, str) for text in (result, note)):
        raise FilterError(
            "每项应有 item_code、result、note。 Each tick has an item_code, a result and a note, as texts."
        )
    return Tick(code, result or None, (note or "").strip() or None)


def _described(
    connection: Connection, register: Register, row: Mapping[str, Any], actor: Actor
) -> dict[str, Any]:
    items = check_ticks.items(connection, register, row)
    may_write = actor.scope.may_write and register_rows.may_change(connection, register, int(row["id"]))
    return {
        "version": row["version"],
        "may_tick": may_write and check_ticks.may_tick(register, row, actor),
        "results": [
            {"value": c.value, "label": c.words.in_language(g.language)}
            for c in TICKS.field("result").choices
        ],
        "items": [_item(register, row, item, may_write=may_write) for item in items],
    }


def _item(
    register: Register, row: Mapping[str, Any], item: Mapping[str, Any], *, may_write: bool
) -> dict[str, Any]:
    """Describe one item; one that does not conform has its hidden danger, or the form in which it is registered."""
    layer = layer_by_id("check_item")
    state = layer_by_id("hidden_danger").field("state")
    danger = None
    if item["danger_id"] is not None:
        title = display(state, item["danger_state"], language=g.language)
        danger = {"code": item["danger_code"], "state": item["danger_state"], "state_title": title,
                  "page": register_page("hidden_danger", item["danger_id"])}  # fmt: skip
    is_draft = item["result"] == FAILS and danger is None and may_write
    return {
        **{name: item[name] for name in ("code", "name", "place", "basis", "result", "note")},
        "frequency": display(layer.field("frequency"), item["frequency"], language=g.language),
        "danger": danger,
        "register": _draft(register, row, item) if is_draft else None,
    }


def _draft(register: Register, row: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """Give the form of the hidden danger, filled in with what the inspection and the item say."""
    said = {
        "name": f"{item['name']}：不符合" + (f"（{item['note']}）" if item["note"] else ""),
        "enterprise_code": row[str(register.owner_field)], "place": item["place"], "basis": item["basis"],
        "item_code": item["code"], str(register.ticks.link if register.ticks else ""): row["code"],
    }  # fmt: skip
    return "/registers/hidden_danger/new?" + urlencode({name: text for name, text in said.items() if text})
