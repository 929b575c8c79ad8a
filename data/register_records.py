"""Keep the dated records below a register's rows: the newest one sets what the row carries and when the next is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.register_forms import Actor, check_references, read_values, require_values
from data.register_history import note_event
from data.registers import read
from data.scope import Connection, require_write
from data.tables.registers import records_table_name
from layers.check_ticks import TICKS
from layers.declaration import FieldType
from layers.display import LOCAL_ZONE
from layers.register import Records, Register


def records_of(register: Register, records_id: str) -> Records:
    """Find records of a register.

    Raises
    ------
    NotFoundError
        When it keeps none of that id.
    """
    found = register.records_by_id(records_id)
    if found is None or (register.ticks is not None and found == TICKS):
        raise NotFoundError(
            f"{register.words.zh}没有“{records_id[:40]}”这种记录。 This register keeps no {records_id[:40]!r}."
        )
    return found


def listed(
    connection: Connection, register: Register, records: Records, code: str, *, limit: int = 200
) -> list[dict[str, Any]]:
    """List the records below a row, the newest first."""
    columns = ", ".join(f.name for f in records.fields)
    return list(
        connection.execute(
            f"SELECT id, {columns}, created_by, created_at FROM {records_table_name(register, records)}"
            f" WHERE row_code = %s ORDER BY {records.date_field} DESC, id DESC LIMIT %s".encode(),
            [code, limit],
        )
    )


def add(
    connection: Connection, register: Register, row_id: int, records: Records, raw: Mapping[str, Any], *, actor: Actor
) -> int:  # fmt: skip
    """Add a record below a row; its id.

    Raises
    ------
    NotFoundError, RefusedError
        When the row is not there, or may only be looked at.
    ConflictError
        When the row's life has ended.
    FormError
        With every field at fault; a record of the future is one.
    """
    row = _held(connection, register, row_id, actor)
    workflow = register.workflow
    if workflow is not None and register.state_of(row) in workflow.closed:
        raise ConflictError("已经结束，不再添加记录。 Its life has ended: no record is added any more.")
    values = read_values(records.fields, raw)
    require_values(records.fields, values)
    check_references(connection, records.fields, values, table=records_table_name(register, records))
    _refuse_future(records, values, actor.now)
    names = [*values, "row_code", "created_by", "created_at"]
    try:
        found = connection.execute(
            f"INSERT INTO {records_table_name(register, records)} ({', '.join(names)})"
            f" VALUES ({', '.join(f'%({n})s' for n in names)}) RETURNING id".encode(),
            {**values, "row_code": row["code"], "created_by": actor.username, "created_at": actor.now},
        ).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.") from error
    carry(connection, register, records, [row["code"]], now=actor.now)
    note_event(connection, register, row, actor, "recorded", note=records.words.zh)
    return int(found["id"]) if found else 0


def _held(connection: Connection, register: Register, row_id: int, actor: Actor) -> dict[str, Any]:
    require_write(actor.scope)
    row = read(connection, register, row_id)
    if actor.party not in register.kept_by:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    held = connection.execute(
        f"SELECT id FROM {register.id} WHERE id = %s FOR UPDATE".encode(), [row_id]
    ).fetchone()
    if held is None:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    return row


def _refuse_future(records: Records, values: Mapping[str, Any], now: dt.datetime) -> None:
    at = values[records.date_field]
    is_future = at > now if isinstance(at, dt.datetime) else at > now.astimezone(LOCAL_ZONE).date()
    if is_future:
        words = records.field(records.date_field).words
        raise FormError(((records.date_field, f"{words.zh}不能在将来。 {words.en} cannot lie ahead."),))


def carry(
    connection: Connection, register: Register, records: Records, codes: Sequence[str], *, now: dt.datetime
) -> None:
    """Bring rows to their newest records: the fields they carry, and the date of the next."""
    sets = [f"{ours} = newest.{theirs}" for theirs, ours in records.carries]
    if records.next_field is not None:
        sets.append(f"{records.next_field} = {_next(register, records)}")
    if not sets:
        return
    columns = ", ".join(f.name for f in records.fields)
    connection.execute(
        f"UPDATE {register.id} t SET {', '.join(sets)}, version = version + 1, updated_at = %(now)s"
        f" FROM (SELECT DISTINCT ON (row_code) row_code, {columns} FROM {records_table_name(register, records)}"
        f"  WHERE row_code = ANY(%(codes)s) ORDER BY row_code, {records.date_field} DESC, id DESC) newest"
        " WHERE t.code = newest.row_code".encode(),
        {"now": now, "codes": list(codes), "days": records.next_days, "zone": LOCAL_ZONE.key},
    )


def _next(register: Register, records: Records) -> str:
    """Write when the next record is due: so many days after the newest, by the row's own interval where it has one."""
    days = "%(days)s"
    if records.interval_field is not None:
        days = f"COALESCE(NULLIF(t.{records.interval_field}, 0), %(days)s)"
    at = f"newest.{records.date_field}"
    if records.field(records.date_field).type is FieldType.DATE:
        return f"{at} + {days}"
    if register.layer.field(records.next_field or "").type is FieldType.DATE:
        return f"({at} AT TIME ZONE %(zone)s)::date + {days}"
    return f"{at} + make_interval(days => {days})"


def remove(
    connection: Connection, register: Register, row_id: int, records: Records, record_id: int, *, actor: Actor
) -> None:  # fmt: skip
    """Remove a record that was kept by mistake; the row goes back to the newest that is left.

    Raises
    ------
    NotFoundError, RefusedError
        When row or record are not there, or may only be looked at.
    """
    row = _held(connection, register, row_id, actor)
    gone = connection.execute(
        f"DELETE FROM {records_table_name(register, records)} WHERE id = %s AND row_code = %s RETURNING id".encode(),
        [record_id, row["code"]],
    ).fetchone()
    if gone is None:
        raise NotFoundError("没有这条记录。 There is no such record.")
    carry(connection, register, records, [row["code"]], now=actor.now)
    note_event(connection, register, row, actor, "record_removed", note=records.words.zh)
