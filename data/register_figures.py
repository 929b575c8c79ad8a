"""Count a register's rows: by each of its choices, by division, and by what is due."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import divisions, register_alarms
from data.features import Query, where
from data.scope import Connection, Scope, significant_digits
from layers.declaration import FieldType
from layers.register import Register


def due_rows(
    register: Register, field: str, stage: str, values: dict[str, Any], *, now: dt.datetime
) -> str | None:
    """Write the condition that a row's alarm is in a stage (``before`` or ``after``); None when the register has no such alarm."""
    alarm = next((a for a in register.alarms if a.field == field), None)
    if alarm is None or stage not in ("before", "after"):
        return None
    values["now"] = now
    return f"{register_alarms.due_condition(register, alarm, stage, values)} AND {register_alarms.open_condition(register, values)}"


def figures(
    connection: Connection, register: Register, *, division_code: str, scope: Scope, now: dt.datetime
) -> dict[str, Any]:
    """Count the rows in a division: in all, by choice, by part of the division, and due.

    Every split adds up to the total: rows without a value, or of no part, are counted under None.

    Raises
    ------
    NotFoundError
        When there is no such division.
    """
    place = divisions.read(connection, division_code)
    parts = divisions.children(connection, division_code)
    condition, values = where(register.layer, Query(division_code=division_code), scope=scope)
    choices = [f for f in register.layer.fields if f.type is FieldType.CHOICE]
    by_choice: dict[str, dict[str | None, int]] = {}
    for f in choices:
        by_choice[f.name] = _counts(connection, register, f"t.{f.name}", condition, values)
    by_code = _counts(connection, register, "t.division_code", condition, values)
    total = sum(by_code.values())
    split = [
        {"code": p.code, "name": p.name, "n": sum(n for c, n in by_code.items() if lies_in(c, p.code))}
        for p in parts
    ]
    rest = total - sum(n for s in split if isinstance(n := s["n"], int))
    if rest and parts:
        split.append({"code": None, "name": place.name, "n": rest})
    return {
        "division": {"code": place.code, "name": place.name},
        "total": total,
        "choices": by_choice,
        "divisions": split,
        "due": _due(connection, register, condition, values, now),
    }


def lies_in(code: str | None, part: str) -> bool:
    """Say whether a division is part of another, or that one itself."""
    return code is not None and significant_digits(code).startswith(significant_digits(part))


def _counts(
    connection: Connection, register: Register, column: str, condition: str, values: dict[str, Any]
) -> dict[str | None, int]:
    rows = connection.execute(
        f"SELECT {column} AS value, count(*) AS n FROM {register.id} t WHERE {condition} GROUP BY 1 ORDER BY 2 DESC".encode(),
        values,
    )
    return {row["value"]: int(row["n"]) for row in rows}


def _due(
    connection: Connection, register: Register, condition: str, values: dict[str, Any], now: dt.datetime
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for alarm in register.alarms:
        counts = {}
        for stage in ("before", "after"):
            binds = dict(values)
            due = due_rows(register, alarm.field, stage, binds, now=now)
            row = connection.execute(
                f"SELECT count(*) AS n FROM {register.id} t WHERE {condition} AND {due}".encode(), binds
            ).fetchone()
            counts[stage] = int(row["n"]) if row else 0
        found[alarm.field] = counts
    return found
