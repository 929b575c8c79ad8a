"""Load a file into a register under its user's rights: states and locked rows stay, every row changed leaves an event."""

from __future__ import annotations

import dataclasses
from typing import Any

import psycopg

from data import audit, register_repeats, resource_types
from data.errors import LoadError, RefusedError
from data.loading.elsewhere import codes_elsewhere
from data.loading.register import load_register
from data.loading.rows import WRITTEN, forget_written
from data.loading.subject import LoadRequest, LoadResult
from data.register_forms import Actor
from data.registers import new_code, own_enterprises
from data.scope import Connection, require_write
from layers.display import display
from layers.register import Register
from layers.workflow import Party


def load(
    connection: Connection, register: Register, request: LoadRequest, *, file_name: str, actor: Actor
) -> LoadResult:
    """Load a file in the connection's transaction; with an error the transaction must be rolled back.

    A row that is there keeps its state; a new one begins where the workflow does, unless an authority's file says its state.
    Rows without a position stand where their enterprise does. `file_name` is what the person calls it, for the audit.

    Raises
    ------
    RefusedError
        When this side does not keep the register, or a row lies outside the scope.
    LoadError
        When the file cannot be read or rows are bad, among them rows that are locked.
    """
    require_write(actor.scope)
    if actor.party not in register.kept_by:
        raise RefusedError(f"{register.words.zh}不由您登记。 You do not keep this register.")
    forget_written(connection)
    before = _before(connection, register)
    own = register.owner_field
    request = dataclasses.replace(
        request,
        # A row stays with its enterprise; to whom it belongs is not changed by a file.
        keeps=frozenset(filter(None, [own])) | register.system_fields,
        ranges=actor.scope.ranges if actor.party is Party.AUTHORITY else None,
        codes_elsewhere=codes_elsewhere(connection, register.id, actor.scope),
    )
    mine = own_enterprises(connection, actor) if own and actor.party is Party.OWNER else []
    if own and len(mine) == 1:
        request = dataclasses.replace(request, fallback={**request.fallback, own: mine[0]["code"]})
    if register.code_prefix is not None:
        request = dataclasses.replace(
            request,
            fallback={**request.fallback, "code": ""},
            numbers=lambda: new_code(connection, register, actor.scope),
        )
    if register.rules is not None:
        request = _with_rules(register, request, before, actor)
    if register.workflow is not None:
        field, initial = register.workflow.field, register.workflow.initial
        given = {field: initial}
        request = dataclasses.replace(
            request,
            keeps=request.keeps | {field},
            constants={**request.constants, **(given if actor.party is Party.OWNER else {})},
            fallback={**request.fallback, **given},
        )
    try:
        result = load_register(connection, request)
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError(
            "文件里有不属于本企业的行（“所属企业”没有填），没有装载任何内容。 "
            "Nothing was loaded: rows do not name your enterprise."
            if actor.party is Party.OWNER
            else "文件里有您管辖范围以外的行，没有装载任何内容。 Nothing was loaded: rows lie outside your jurisdiction."
        ) from error
    resource_types.require_fitting_rows(connection, register)
    _stand_at_host(connection, register)
    for row in _note_changes(connection, register, before, actor):
        register_repeats.renew(connection, register, row, now=actor.now)
    audit.append(
        connection, at=actor.now, username=actor.username, action="register.import", subject=register.id,
        detail={"inserted": result.written.inserted, "updated": result.written.updated, "file": file_name[:200]},
    )  # fmt: skip
    return result


def _with_rules(
    register: Register, request: LoadRequest, before: dict[str, dict[str, Any]], actor: Actor
) -> LoadRequest:
    """Have every row take what new rows take by themselves, and keep the rules of its register.

    An owner's file says nothing of what the system sets; an authority's may bring what was kept elsewhere.
    """
    rules = register.rules
    if rules is None:
        return request
    fields = {f.name: f for f in register.layer.fields}
    taken = rules.fills({}, actor.party, actor.now)
    texts = {
        name: display(fields[name], value, sees_sensitive=True)
        for name, value in taken.items()
        if fields[name].required and value is not None
    }
    is_owner = actor.party is Party.OWNER
    constants = {name: text for name, text in texts.items() if is_owner and name in rules.system_fields}

    def completes(row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        old = before.get(row["code"])
        if old is None:
            filled = rules.fills(row, actor.party, actor.now)
            row.update({n: v for n, v in filled.items() if is_owner or row.get(n) is None})
            if (
                register.workflow is not None
                and row.get(register.workflow.field) == register.workflow.initial
            ):
                row[register.workflow.field] = register.initial_state(row)
        row.update(rules.derives({**(old or {}), **row}))
        found = rules.faults({**(old or {}), **row}, old, actor.party, actor.now)
        return tuple((name, f"{words.zh} {words.en}") for name, words in found)

    return dataclasses.replace(
        request, constants={**request.constants, **constants}, fallback={**request.fallback, **texts},
        completes=completes, also_writes=rules.derived,
    )  # fmt: skip


def _before(connection: Connection, register: Register) -> dict[str, dict[str, Any]]:
    state = register.workflow.field if register.workflow else "NULL"
    more = "".join(
        f", {name}" for name in (register.rules.compares if register.rules else ()) if name != state
    )
    rows = connection.execute(f"SELECT code, version, {state} AS state{more} FROM {register.id}".encode())
    return {row["code"]: dict(row) for row in rows}


def _stand_at_host(connection: Connection, register: Register) -> None:
    """Have rows without a position stand where they are kept, else at their enterprise."""
    for name in filter(None, (register.place_field, register.owner_field)):
        connection.execute(
            f"UPDATE {register.id} t SET geom = e.geom, position_quality = 'matched', source_crs = e.source_crs"
            f" FROM {register.layer.field(name).references} e"
            f" WHERE e.code = t.{name} AND t.geom IS NULL AND e.geom IS NOT NULL".encode()
        )


def _is_closed_to(register: Register, row: dict[str, Any], actor: Actor) -> bool:
    keeps = register.rules.keeps if register.rules else None
    return register.is_locked(row["state"]) or (
        keeps is not None and keeps(row, actor.party, actor.now) is not None
    )


def _note_changes(
    connection: Connection, register: Register, before: dict[str, dict[str, Any]], actor: Actor
) -> list[dict[str, Any]]:
    """Refuse changes of locked rows and of those that somebody else changed meanwhile, and note what was changed; the rows that were."""
    state = register.workflow.field if register.workflow else "NULL"
    shown_state = f"t.{state}" if register.workflow else state
    touched = connection.execute(
        f"SELECT t.id, t.code, w.version, w.is_new, {shown_state} AS state FROM {register.id} t JOIN {WRITTEN} w USING (code)"
        " ORDER BY t.id".encode()
    ).fetchall()
    overtaken = [
        r["code"]
        for r in touched
        if not r["is_new"] and r["version"] != before.get(r["code"], {"version": 0})["version"] + 1
    ]
    if overtaken:
        shown = "、".join(overtaken[:10])
        raise LoadError(
            f"没有装载任何内容。{len(overtaken)} 条记录刚刚被其他人修改：{shown}。请重新导入。 "
            f"Nothing was loaded. Somebody else has just changed {len(overtaken)} rows: {shown}. Import the file again."
        )
    locked = [
        r["code"]
        for r in touched
        if r["code"] in before and _is_closed_to(register, before[r["code"]], actor)
    ]
    if locked:
        shown = "、".join(locked[:10])
        raise LoadError(
            f"没有装载任何内容。{len(locked)} 条记录当前状态不能修改：{shown}。 "
            f"Nothing was loaded. The state of {len(locked)} rows does not allow changes: {shown}."
        )
    connection.execute(
        "INSERT INTO register_event (register, row_code, at, username, party, action, to_state, authority_code, owner_id,"
        f" is_public) SELECT %s, t.code, %s, %s, %s, 'imported', {state}, t.authority_code, t.owner_id, t.is_public"
        f" FROM {register.id} t WHERE t.id = ANY(%s)".encode(),
        [register.id, actor.now, actor.username, actor.party.value, [row["id"] for row in touched]],
    )
    return touched
