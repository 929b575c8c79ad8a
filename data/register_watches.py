"""Warn of rows for as long as they are as a register's watches say: once each, and taken back when they no longer are."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import warning_limits, warnings
from data.scope import Connection
from layers.register import Register, Watch

_MOST = 500


def kind_of(register: Register, watch: Watch) -> str:
    """Name the kind of a watch's warning."""
    return f"{register.id}.{watch.id}.on"


def look(connection: Connection, register: Register, *, now: dt.datetime) -> int:
    """Raise and take back the warnings of a register's watches; how many changed."""
    watches = [warning_limits.with_limit(connection, register, watch) for watch in register.watches]
    return sum(
        _take_back(connection, register, watch, now) + _raise(connection, register, watch, now)
        for watch in watches
    )


def _condition(watch: Watch, values: dict[str, Any]) -> str:
    parts = []
    for number, (name, operator, value) in enumerate(watch.all_of):
        values[f"v{number}"] = value
        parts.append(f"t.{name} {operator} %(v{number})s")
    return " AND ".join(parts)


def _raise(connection: Connection, register: Register, watch: Watch, now: dt.datetime) -> int:
    values: dict[str, Any] = {"register": register.id, "field": watch.id, "most": _MOST}
    rows = connection.execute(
        f"SELECT t.id, t.name, t.division_code, t.authority_code, t.owner_id FROM {register.id} t"
        f" WHERE {_condition(watch, values)} AND NOT EXISTS (SELECT 1 FROM register_alarm a WHERE a.register = %(register)s"
        " AND a.row_id = t.id AND a.field = %(field)s) ORDER BY t.id LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED".encode(),
        values,
    ).fetchall()
    for row in rows:
        number = warnings.raise_warning(
            connection,
            kind=kind_of(register, watch),
            level=watch.level,
            title=row["name"],
            layer=register.id,
            row=row,
            now=now,
        )
        connection.execute(
            "INSERT INTO register_alarm (register, row_id, field, stage, due_at, warning_id) VALUES (%s, %s, %s, 'after', %s, %s)"
            " ON CONFLICT DO NOTHING",
            [register.id, row["id"], watch.id, now, number or 0],
        )
    return len(rows)


def _take_back(connection: Connection, register: Register, watch: Watch, now: dt.datetime) -> int:
    """Forget the rows that are no longer so, and process their warnings that are still open."""
    values: dict[str, Any] = {
        "register": register.id,
        "field": watch.id,
        "kind": kind_of(register, watch),
        "now": now,
    }
    gone = connection.execute(
        "DELETE FROM register_alarm a WHERE a.register = %(register)s AND a.field = %(field)s"
        f" AND NOT EXISTS (SELECT 1 FROM {register.id} t WHERE t.id = a.row_id AND {_condition(watch, values)})".encode(),
        values,
    ).rowcount
    connection.execute(
        "UPDATE warning w SET processed_at = %(now)s, processed_by = 'system', note = '情况已变 settled'"
        " WHERE w.kind = %(kind)s AND w.layer = %(register)s AND w.processed_at IS NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {register.id} t WHERE t.id = w.row_id AND {_condition(watch, values)})".encode(),
        values,
    )
    return gone
