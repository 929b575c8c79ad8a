"""Keep what happened to a register's rows, and tell it as people read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from data import audit
from data.register_forms import Actor
from data.scope import Connection
from layers.declaration import Field, FieldType
from layers.display import display
from layers.register import Register


def plain_value(value: Any) -> Any:
    """Give a value as an event keeps it: dates and instants in ISO form."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value


def note_event(
    connection: Connection,
    register: Register,
    row: Mapping[str, Any],
    actor: Actor,
    action: str,
    *,
    move: str | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    note: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Append an event of a row, and a line of the audit."""
    connection.execute(
        "INSERT INTO register_event (register, row_code, at, username, party, action, move, from_state, to_state, note, changes,"
        f" authority_code, owner_id, is_public) SELECT %s, t.code, %s, %s, %s, %s, %s, %s, %s, %s, %s, t.authority_code,"
        f" t.owner_id, t.is_public FROM {register.id} t WHERE t.id = %s".encode(),
        [
            register.id, actor.now, actor.username, actor.party.value, action, move, from_state, to_state,
            note.strip()[:500] or None, Jsonb(dict(changes or {})), row["id"],
        ],
    )  # fmt: skip
    audit.append(
        connection, at=actor.now, username=actor.username, action=f"register.{action}",
        subject=f"{register.id}/{row['code']}", detail={"move": move, "fields": sorted(changes or {})},
    )  # fmt: skip


def history(
    connection: Connection, register: Register, code: str, *, language: str, sees_sensitive: bool
) -> list[dict[str, Any]]:
    """List what happened to a row, the newest first, with old and new values as people read them."""
    rows = connection.execute(
        "SELECT id, at, username, party, action, move, from_state, to_state, note, changes FROM register_event"
        " WHERE register = %s AND row_code = %s ORDER BY id DESC LIMIT 200",
        [register.id, code],
    ).fetchall()
    fields = {f.name: f for f in register.layer.all_fields}
    moves = {m.id: m.words for m in register.workflow.moves} if register.workflow else {}
    found = []
    for row in rows:
        changes = [
            {
                "name": name,
                "label": fields[name].words.in_language(language),
                "before": _shown(fields[name], before, language, sees_sensitive=sees_sensitive),
                "after": _shown(fields[name], after, language, sees_sensitive=sees_sensitive),
            }
            for name, (before, after) in row["changes"].items()
            if name in fields and name not in ("division_code", "authority_code")
        ]
        if "position" in row["changes"]:
            changes.append({"name": "position", "label": "位置" if language == "zh" else "Position"} | _positions(row["changes"]["position"]))  # fmt: skip
        words = moves.get(row["move"] or "")
        found.append(
            {**row, "move_label": words.in_language(language) if words else None, "changes": changes}
        )
    return found


def _shown(f: Field, value: Any, language: str, *, sees_sensitive: bool) -> str:
    if value is not None and f.type is FieldType.INSTANT:
        value = dt.datetime.fromisoformat(value)
    elif value is not None and f.type is FieldType.DATE:
        value = dt.date.fromisoformat(value)
    return display(f, value, language=language, sees_sensitive=sees_sensitive)


def _positions(pair: list[Any]) -> dict[str, str]:
    return {
        name: "" if point[0] is None else f"{point[0]:.6f}, {point[1]:.6f}"
        for name, point in zip(("before", "after"), pair, strict=True)
    }
