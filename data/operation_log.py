"""Read the operation log of an enterprise: the audit's lines of its unit's users, the newest first."""

from __future__ import annotations

from typing import Any

from data.scope import Connection

PAGE = 50


def of_unit(connection: Connection, unit_id: int, *, before: int | None = None) -> list[dict[str, Any]]:
    """List what the users of a unit did, a page at a time, from before a line on."""
    return connection.execute(
        "SELECT a.id, a.at, a.username, u.display_name, a.action, a.subject FROM audit a JOIN app_user u ON u.username = a.username"
        " WHERE u.unit_id = %(unit)s AND (%(before)s::bigint IS NULL OR a.id < %(before)s) ORDER BY a.id DESC LIMIT %(limit)s",
        {"unit": unit_id, "before": before, "limit": PAGE},
    ).fetchall()
