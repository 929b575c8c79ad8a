"""Load a file into a register under its user's rights: states and locked rows stay, every row changed leaves an event."""

from __future__ import annotations

import dataclasses
from typing import Any

import psycopg

from data import audit
from data.errors import LoadError, RefusedError
from data.loading.elsewhere import codes_elsewhere
from data.loading.register import load_register
from data.loading.subject import LoadRequest, LoadResult
from data.register_forms import Actor
from data.scope import Connection, require_write
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
    before = _before(connection, register)
    request = dataclasses.replace(
        request,
        # A row stays with its enterprise; to whom it belongs is not changed by a file.
        keeps=frozenset(filter(None, [register.owner_field])),
        ranges=actor.scope.ranges if actor.party is Party.AUTHORITY else None,
        codes_elsewhere=codes_elsewhere(connection, register.id, actor.scope),
    )
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
            "文件里有您管辖范围以外的行，没有装载任何内容。 Nothing was loaded: rows lie outside your jurisdiction."
        ) from error
    _stand_at_enterprise(connection, register)
    _note_changes(connection, register, before, actor)
    audit.append(
        connection, at=actor.now, username=actor.username, action="register.import", subject=register.id,
        detail={"inserted": result.written.inserted, "updated": result.written.updated, "file": file_name[:200]},
    )  # fmt: skip
    return result


def _before(connection: Connection, register: Register) -> dict[str, dict[str, Any]]:
    state = register.workflow.field if register.workflow else "NULL"
    rows = connection.execute(f"SELECT code, version, {state} AS state FROM {register.id}".encode())
    return {row["code"]: dict(row) for row in rows}


def _stand_at_enterprise(connection: Connection, register: Register) -> None:
    if register.owner_field is None:
        return
    connection.execute(
        f"UPDATE {register.id} t SET geom = e.geom, position_quality = 'matched', source_crs = e.source_crs FROM enterprise e"
        f" WHERE e.code = t.{register.owner_field} AND t.geom IS NULL AND e.geom IS NOT NULL".encode()
    )


def _note_changes(
    connection: Connection, register: Register, before: dict[str, dict[str, Any]], actor: Actor
) -> None:
    """Refuse changes of locked rows, and note what was changed."""
    state = register.workflow.field if register.workflow else "NULL"
    rows = connection.execute(f"SELECT id, code, version, {state} AS state FROM {register.id}".encode())
    touched = [row for row in rows.fetchall() if row["version"] != before.get(row["code"], {}).get("version")]
    locked = [
        r["code"] for r in touched if r["code"] in before and register.is_locked(before[r["code"]]["state"])
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
