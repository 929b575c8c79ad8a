"""Raise warnings and keep who processed them: the one list behind every alarm (row L10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import outbox
from data.errors import NotFoundError
from data.scope import Connection, Scope, require_write


def raise_warning(
    connection: Connection,
    *,
    kind: str,
    level: str,
    title: str,
    layer: str,
    row: dict[str, Any],
    now: dt.datetime,
) -> int | None:
    """Raise a warning about a row (with id, division_code, authority_code, owner_id); None when it stands already."""
    found = connection.execute(
        "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, owner_id, raised_at)"
        " SELECT %(kind)s, %(level)s, %(title)s, %(layer)s, %(id)s, %(division)s, %(authority)s, %(owner)s, %(now)s"
        " WHERE NOT EXISTS (SELECT 1 FROM warning w WHERE w.kind = %(kind)s AND w.layer = %(layer)s"
        " AND w.row_id = %(id)s AND w.processed_at IS NULL) RETURNING id",
        {
            "kind": kind, "level": level, "title": title, "layer": layer, "id": row["id"],
            "division": row["division_code"], "authority": row["authority_code"], "owner": row["owner_id"], "now": now,
        },
    ).fetchone()  # fmt: skip
    return int(found["id"]) if found else None


def was_raised(connection: Connection, *, kind: str, layer: str, row_id: int) -> bool:
    """Say whether a warning of that kind was ever raised about a row, open or processed."""
    row = connection.execute(
        "SELECT 1 AS found FROM warning WHERE kind = %s AND layer = %s AND row_id = %s LIMIT 1",
        [kind, layer, row_id],
    ).fetchone()
    return row is not None


def listed(
    connection: Connection, *, is_open: bool | None = True, limit: int = 100, offset: int = 0
) -> list[dict[str, Any]]:
    """List warnings the scope may see, the newest first; open ones, processed ones, or (None) all."""
    return list(
        connection.execute(
            "SELECT w.id, w.kind, w.level, w.title, w.layer, w.row_id, w.division_code, d.name AS division_name,"
            " w.raised_at, w.processed_at, w.processed_by, w.note FROM warning w JOIN division d ON d.code = w.division_code"
            " WHERE %(open)s::boolean IS NULL OR (w.processed_at IS NULL) = %(open)s"
            " ORDER BY w.raised_at DESC, w.id DESC LIMIT %(limit)s OFFSET %(offset)s",
            {"open": is_open, "limit": limit, "offset": offset},
        )
    )


def counts(connection: Connection) -> dict[str, int]:
    """Count open and processed warnings of the scope."""
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE processed_at IS NULL) AS open, count(processed_at) AS processed FROM warning"
    ).fetchone()
    return (
        {"open": int(row["open"]), "processed": int(row["processed"])} if row else {"open": 0, "processed": 0}
    )


def process(connection: Connection, warning_id: int, *, note: str, scope: Scope, now: dt.datetime) -> None:
    """Mark a warning as processed, with who, when and what was done.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When there is no open warning of that id the scope may change.
    """
    require_write(scope)
    row = connection.execute(
        "UPDATE warning SET processed_at = %s, processed_by = %s, note = %s WHERE id = %s AND processed_at IS NULL RETURNING id",
        [now, scope.username, note[:500], warning_id],
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这条未处理的预警。 There is no such open warning.")


def mark_overdue(connection: Connection, *, now: dt.datetime, limit: int = 500) -> int:
    """Turn hidden dangers past their deadline into overdue ones, warn, and message the enterprise's contact.

    The manual: rectification and review must both be done by the deadline, else the system sets overdue by itself.
    """
    rows = connection.execute(
        "UPDATE hidden_danger h SET state = 'overdue', version = version + 1, updated_at = %(now)s"
        " WHERE h.id IN (SELECT id FROM hidden_danger WHERE state IN ('pending', 'in_review') AND due_at < %(now)s"
        " ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
        " RETURNING h.id, h.name, h.code, h.grade, h.division_code, h.authority_code, h.owner_id, h.enterprise_code, h.due_at",
        {"now": now, "limit": limit},
    ).fetchall()
    for row in rows:
        level = "2" if row["grade"] == "major" else "3"
        number = raise_warning(
            connection,
            kind="hidden_danger_overdue",
            level=level,
            title=row["name"],
            layer="hidden_danger",
            row=row,
            now=now,
        )
        contact = connection.execute(
            "SELECT name, contact_phone FROM enterprise WHERE code = %s AND contact_phone IS NOT NULL",
            [row["enterprise_code"]],
        ).fetchone()
        if number is not None and contact is not None:
            outbox.put(
                connection,
                key=f"hidden_danger_overdue/{row['code']}/{row['due_at']:%Y%m%d%H%M}",
                recipient=contact["contact_phone"],
                body=f"【一张图】{contact['name']}：隐患 {row['code']} 已超过整改期限，请尽快处理。",
                now=now,
            )
    return len(rows)
