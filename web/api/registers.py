"""Keep the declared registers: describe, list, read, add, change, move, remove, records, figures (row N11)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request

from data import (
    divisions,
    drawn_shapes,
    features,
    incidents,
    register_calendar,
    register_figures,
    register_history,
    register_moves,
    register_records,
    register_rows,
    registers,
    resource_types,
)
from data.errors import FilterError, NotFoundError
from data.features import Query
from data.register_forms import PLACED, Actor, shown_fields
from data.scope import Connection
from layers.check_ticks import TICKS
from layers.declaration import Field, Geometry
from layers.display import display, plain
from layers.register import Records, Register
from layers.registry import all_registers, find_register
from layers.workflow import Party
from web import company_questions as ask
from web import identity, register_comparison, register_links
from web.api.layers import describe_field, parse_int
from web.problems import in_language
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("registers", __name__)
blueprint.before_request(require_keeper)


def find(register_id: str) -> Register:
    """Find the register that an address names.

    Raises
    ------
    NotFoundError
    """
    found = find_register(register_id)
    if found is None:
        raise NotFoundError(f"没有台账“{register_id[:40]}”。 There is no register {register_id[:40]!r}.")
    return found


def _field(f: Field, *, is_fixed: bool = False, listed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        **describe_field(f, g.language), "required": f.required, "example": f.example, "max_length": f.max_length,
        "minimum": f.minimum, "maximum": f.maximum, "in_list": f.in_list, "references": f.references, "fixed": is_fixed,
        **({"choices": listed[f.code_list]} if listed and f.code_list else {}),
    }  # fmt: skip


def _listed(connection: Connection, register: Register) -> dict[str, Any]:
    """Give what an administrator's list offers for the fields that hold one of its codes."""
    if not any(f.code_list == "resource_type" for f in register.layer.fields):
        return {}
    words = resource_types.families()
    return {
        "resource_type": [
            {"value": r["code"], "label": f"{words[r['family']].in_language(g.language)} · {r['code']}"}
            for r in resource_types.offered(connection, register.id)
        ]
    }


def _describe(register: Register, actor: Actor, listed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    workflow, language = register.workflow, g.language
    symbol = register.layer.symbol_field
    kind = register.layer.field(symbol) if symbol and (not workflow or symbol != workflow.field) else None
    return {
        "id": register.id,
        "title": register.words.in_language(language),
        "group": register.group.in_language(language),
        "geometry": register.layer.geometry.value,
        "note": register.note.in_language(language) if register.note else None,
        "fields": [
            _field(f, is_fixed=f.name in ("code", register.owner_field), listed=listed)
            for f in shown_fields(register)
        ],
        "kind_field": _field(kind) if kind else None,
        "holds_others": register.layer.is_public and actor.party is Party.OWNER,
        "owner_field": register.owner_field,
        "numbers_itself": register.code_prefix is not None,
        "state_field": workflow.field if workflow else None,
        "states": describe_field(register.layer.field(workflow.field), language)["choices"]
        if workflow
        else [],
        "subsets": [{"id": s.id, "title": s.words.in_language(language)} for s in register.layer.subsets],
        "derives": sorted(register.rules.derived) if register.rules else [],
        "calendar": list(register.calendar) if register.calendar else None,
        "later": _later(register),
        "records": [
            {
                "id": r.id,
                "title": r.words.in_language(language),
                "date_field": r.date_field,
                "fields": [_field(f) for f in r.fields],
            }
            for r in _own_records(register)
        ],
        "has_ticks": register.ticks is not None,
        "alarms": [
            {"field": a.field, "title": a.words.in_language(language), "days_before": a.days_before}
            for a in register.alarms
        ],
        "files": [
            {
                "id": kind.id,
                "title": kind.words.in_language(language),
                "states": sorted(kind.states) if kind.states is not None else None,
                "pictures_only": kind.pictures_only,
            }
            for kind in register.files
        ],
        "facts": [
            {"name": f.name, "label": f.words.in_language(language), "unit": f.unit, "opens": f.opens}
            for f in register.layer.fields
            if f.name in register.system_fields
        ],
        "defaults": _defaults(register, actor),
        "may_keep": actor.scope.may_write and actor.party in register.kept_by,
        "side": actor.party.value,
    }


def _later(register: Register) -> list[str]:
    """Name the fields that rows made ahead of their day get by a step only: a plan that comes again has no result yet."""
    if register.repeats is None or register.workflow is None:
        return []
    return sorted({name for move in register.workflow.moves for name in move.asks})


def _own_records(register: Register) -> tuple[Records, ...]:
    """Give the records that people add one by one: ticks of check items have a form of their own."""
    return tuple(r for r in register.records if register.ticks is None or r != TICKS)


def _defaults(register: Register, actor: Actor) -> dict[str, str]:
    """Give what the form of a new row begins with, as people read it."""
    if register.rules is None:
        return {}
    values = register.rules.fills({}, actor.party, actor.now)
    shown = {f.name: f for f in shown_fields(register)}
    return {
        name: str(value) if shown[name].choices else _text(shown[name], value, actor)
        for name, value in values.items()
        if name in shown and value is not None
    }


@blueprint.get("/api/registers")
def index() -> Any:
    """List the registers with how many rows the user sees in each."""
    found = []
    with register_request() as (connection, actor):
        for register in all_registers():
            n, is_exact = features.count(connection, register.layer, Query(), scope=actor.scope)
            described = _describe(register, actor)
            found.append(
                {key: described[key] for key in ("id", "title", "group", "note", "may_keep")}
                | {"rows": n, "is_exact": is_exact}
            )
    return json_response({"registers": found})


@blueprint.get("/api/registers/<register_id>")
def describe(register_id: str) -> Any:
    """Describe one register: its fields, states, records and alarms, and whose rows the user may keep."""
    register = find(register_id)
    with register_request() as (connection, actor):
        body = _describe(register, actor, _listed(connection, register))
        if actor.party is Party.OWNER:
            body["enterprises"] = registers.own_enterprises(connection, actor)
    return json_response(body)


def _query(register: Register) -> Query:
    size = parse_int("page_size", 50, low=1, high=500)
    return Query(
        division_code=request.args.get("division") or None,
        words=request.args.get("q") or None,
        **features.narrowing(
            register.layer, {name: text for name, text in request.args.items() if name not in PLACED}
        ),
        sort=request.args.get("sort") or None,
        limit=size,
        offset=(parse_int("page", 1, low=1, high=100_000) - 1) * size,
    )


def _due(register: Register, query: Query, actor: Actor) -> tuple[str, dict[str, Any]]:
    """Compile the query together with ``due=<field>.<stage>`` and ``on=<day or month>``."""
    condition, values = features.where(register.layer, query, scope=actor.scope)
    field, _, stage = request.args.get("due", "").partition(".")
    if field:
        due = register_figures.due_rows(register, field, stage, values, now=actor.now)
        if due is None:
            raise FilterError(
                f"due 应为 字段.before 或 字段.after。 A field of an alarm with .before or .after was expected for due, not {request.args['due'][:40]!r}."
            )
        condition = f"{condition} AND {due}"
    if request.args.get("on"):
        first, last = register_calendar.period_of(request.args["on"])
        condition = f"{condition} AND {register_calendar.stands_in(register, first, last, values)}"
    if request.args.get("own") == "1":
        condition = f"{condition} AND t.owner_id = (SELECT house.scope_owner())"
    return condition, values


@blueprint.get("/api/registers/<register_id>/rows")
def rows(register_id: str) -> Any:
    """List rows a page at a time: by division, words, any field's value, `empty`, `subset`, state, or what is due."""
    register = find(register_id)
    query = _query(register)
    with register_request() as (connection, actor):
        condition, values = _due(register, query, actor)
        total, found = register_rows.page(connection, register, condition, values, query)
    shown = [f for f in register.layer.all_fields if f.in_list and f.name not in PLACED]
    return json_response(
        {
            "total": total,
            "page": query.offset // query.limit + 1,
            "page_size": query.limit,
            "columns": [
                {"name": f.name, "label": f.words.in_language(g.language), "unit": f.unit} for f in shown
            ],
            "rows": [
                {
                    "id": row["id"],
                    "code": row["code"],
                    "state": register.state_of(row),
                    "division": row["division_name"],
                    "enterprise": row.get("enterprise_name"),
                    "values": {f.name: _text(f, row[f.name], actor) for f in shown},
                }
                for row in found
            ],
        }
    )


def _text(f: Field, value: Any, actor: Actor) -> str:
    return display(f, value, language=g.language, sees_sensitive=actor.scope.sees_sensitive)


@blueprint.get("/api/registers/<register_id>/rows/<int:row_id>")
def read(register_id: str, row_id: int) -> Any:
    """Give one row: its values, what may be done with it, its records and what happened to it."""
    register = find(register_id)
    with register_request() as (connection, actor):
        return json_response(_row(connection, register, row_id, actor))


def _row(connection: Connection, register: Register, row_id: int, actor: Actor) -> dict[str, Any]:
    row = registers.read(connection, register, row_id)
    state, scope = register.state_of(row), actor.scope
    workflow = register.workflow
    may_keep = scope.may_write and actor.party in register.kept_by
    may_change = registers.may_keep(register, row, actor)
    is_closed = workflow is not None and state in workflow.closed
    may_write = scope.may_write and register_rows.may_change(connection, register, row_id)
    moves = workflow.open_moves(row, actor.party, actor.now) if workflow and may_write else ()
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row["name"],
        "version": row["version"],
        "state": state,
        "values": {
            f.name: plain(f, row[f.name], sees_sensitive=scope.sees_sensitive) for f in shown_fields(register)
        },
        "texts": {f.name: _text(f, row[f.name], actor) for f in register.layer.all_fields},
        "opened": register_links.opened_of(connection, register, row),
        "enterprise": register_rows.enterprise_of(connection, register, row),
        "division": {"code": row["division_code"], "name": row["division_name"]},
        "authority": {"code": row["authority_code"], "name": row["authority_name"]},
        "position": {"lon": row["lon"], "lat": row["lat"], "quality": row["position_quality"]},
        "geometry": json.loads(row["geojson"])
        if row["geojson"] and register.layer.geometry is not Geometry.POINT
        else None,
        "may_change": may_keep and may_write and may_change,
        "may_record": may_keep and may_write and not is_closed,
        "moves": [
            {
                "id": m.id,
                "title": m.words.in_language(g.language),
                "target": m.target,
                "asks": [_field(register.layer.field(name)) for name in m.asks],
                "begins_with": {
                    name: plain(register.layer.field(name), row[name], sees_sensitive=scope.sees_sensitive)
                    for name in m.asks
                }
                if m.begins_with_row
                else {},
                "needs_note": m.needs_note,
                "asks_files": [kind for kind, _ in m.asks_files],
            }
            for m in moves
        ],
        "records": [_records(connection, register, r, row["code"], actor) for r in _own_records(register)],
        "compared": register_comparison.compared_of(register, row, language=g.language),
        "links": register_links.links_of(register, row, actor, language=g.language),
        "history": register_history.history(
            connection, register, row["code"], language=g.language, sees_sensitive=scope.sees_sensitive
        ),
    }


def _records(
    connection: Connection, register: Register, records: Records, code: str, actor: Actor
) -> dict[str, Any]:
    return {
        "id": records.id,
        "title": records.words.in_language(g.language),
        "rows": [
            {
                "id": r["id"],
                "created_by": r["created_by"],
                "values": {f.name: _text(f, r[f.name], actor) for f in records.fields},
            }
            for r in register_records.listed(connection, register, records, code)
        ],
    }


def _place(register: Register, values: Mapping[str, Any]) -> registers.Place | None:
    if register.layer.geometry is not Geometry.POINT:
        given = values.get("geometry")
        return drawn_shapes.read_shape(register.layer, given) if given is not None else None
    if not values.get("position_text"):
        return None
    found, _ = ask.pasted(values)
    return registers.Place(found.lon, found.lat, found.source_crs, found.source_position)


@blueprint.post("/api/registers/<register_id>/rows")
def add(register_id: str) -> Any:
    """Add a row."""
    register, values = find(register_id), ask.body()
    with register_request() as (connection, actor):
        row_id = registers.add(connection, register, values, _place(register, values), actor)
        body = _row(connection, register, row_id, actor)
    return json_response(body, 201)


@blueprint.put("/api/registers/<register_id>/rows/<int:row_id>")
def change(register_id: str, row_id: int) -> Any:
    """Change a row; `version` is the one that was seen."""
    register, values = find(register_id), ask.body()
    version = ask.seen_version(values)
    with register_request() as (connection, actor):
        registers.change(
            connection, register, row_id, values, _place(register, values), version=version, actor=actor
        )
        return json_response(_row(connection, register, row_id, actor))


@blueprint.delete("/api/registers/<register_id>/rows/<int:row_id>")
def remove(register_id: str, row_id: int) -> Any:
    """Remove a row; `version` is the one that was seen."""
    register, values = find(register_id), ask.body()
    with register_request() as (connection, actor):
        registers.remove(
            connection, register, row_id, version=ask.seen_version(values), note=str(values.get("note") or ""), actor=actor
        )  # fmt: skip
    return json_response({"id": row_id, "removed": True})


@blueprint.post("/api/registers/<register_id>/rows/<int:row_id>/moves/<move_id>")
def move(register_id: str, row_id: int, move_id: str) -> Any:
    """Make a move of the workflow."""
    register, values = find(register_id), ask.body()
    with register_request() as (connection, actor):
        register_moves.move(
            connection, register, row_id, move_id, values, note=str(values.get("note") or ""),
            version=ask.seen_version(values), actor=actor,
        )  # fmt: skip
        return json_response(_row(connection, register, row_id, actor))


@blueprint.post("/api/registers/<register_id>/rows/<int:row_id>/records/<records_id>")
def record(register_id: str, row_id: int, records_id: str) -> Any:
    """Add a record below a row."""
    register, values = find(register_id), ask.body()
    records = register_records.records_of(register, records_id)
    with register_request() as (connection, actor):
        register_records.add(connection, register, row_id, records, values, actor=actor)
        return json_response(_row(connection, register, row_id, actor), 201)


@blueprint.delete("/api/registers/<register_id>/rows/<int:row_id>/records/<records_id>/<int:record_id>")
def remove_record(register_id: str, row_id: int, records_id: str, record_id: int) -> Any:
    """Remove a record that was kept by mistake."""
    register = find(register_id)
    records = register_records.records_of(register, records_id)
    with register_request() as (connection, actor):
        register_records.remove(connection, register, row_id, records, record_id, actor=actor)
        return json_response(_row(connection, register, row_id, actor))


@blueprint.get("/api/registers/<register_id>/figures")
def figures(register_id: str) -> Any:
    """Count the rows of a division by every choice, by part, and by what is due."""
    register = find(register_id)
    with register_request() as (connection, actor):
        code = request.args.get("division") or top_division(connection)
        found = register_figures.figures(
            connection, register, division_code=code, scope=actor.scope, now=actor.now
        )
    found["choices"] = [
        {
            "field": name,
            "label": (f := register.layer.field(name)).words.in_language(g.language),
            "counts": [
                {
                    "value": value,
                    "label": _text(f, value, actor) or ("未填" if g.language == "zh" else "Not filled in"),
                    "color": c.color if (c := f.choice(value or "")) else None,
                    "n": n,
                }
                for value, n in counts.items()
            ],
        }
        for name, counts in found["choices"].items()
    ]
    return json_response(found)


def top_division(connection: Connection) -> str:
    """Give the division whose figures are shown first: the user's own, else the city.

    Raises
    ------
    NotFoundError
        When there are no divisions yet.
    """
    own = identity.require_user().jurisdiction
    if len(own) == 1:
        return own[0]
    city = divisions.city(connection)
    if city is None:
        raise NotFoundError("还没有区划。 There are no divisions yet.")
    return city.code


@blueprint.get("/api/registers/position")
def position() -> Any:
    """Say where a pasted position lies: `position_text` in the datum `crs`."""
    found, typed = ask.pasted(request.args)
    with register_request() as (connection, _):
        place = incidents.division_at(connection, found.lon, found.lat)
        way = divisions.path(connection, place["division_code"]) if place else []
    return json_response(
        {
            "lon": found.lon,
            "lat": found.lat,
            "crs": found.source_crs,
            "was_swapped": typed.was_swapped,
            "notes": [in_language(note) for note in typed.notes],
            "divisions": [{"code": d.code, "name": d.name} for d in way],
        }
    )
