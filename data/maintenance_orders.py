"""List a company's newest entrapment orders by using unit (rows S7, S8)."""

from __future__ import annotations

from typing import Any

from data.scope import Connection

NEWEST = 15


def newest(
    connection: Connection, unit_id: int, *, unit_name: str = "", limit: int = NEWEST
) -> list[dict[str, Any]]:
    """List the newest orders of a company's elevators, of using units whose name holds some words."""
    return connection.execute(
        "SELECT i.id, i.code, i.name, i.unit_name, i.state, i.level, i.received_at, i.notified_at, i.arrived_at, i.freed_at,"
        " i.station_code, s.name AS station_name, i.outcome, i.cause,"
        " EXISTS (SELECT 1 FROM fault_report f WHERE f.incident_code = i.code) AS is_reported"
        " FROM incident i LEFT JOIN rescue_station s ON s.code = i.station_code"
        " WHERE i.owner_id = %(unit)s AND i.event_count > 0 AND (%(words)s = '' OR strpos(i.unit_name, %(words)s) > 0)"
        " ORDER BY i.received_at DESC, i.id DESC LIMIT %(limit)s",
        {"unit": unit_id, "words": unit_name, "limit": limit},
    ).fetchall()
