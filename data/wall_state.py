"""Read what a wall shows under a scope: open orders with their crews, and the newest events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from data import crew_positions, dispatch_rules
from data.incidents import StoredEvent
from data.scope import Connection
from dispatch.clocks import DistrictRule
from dispatch.incident import Event, EventKind, Node

_SHOWN_AFTER_FREED = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class WallOrder:
    """One order on the wall: its row, its nodes, the rule of its place, and the stations on it."""

    row: dict[str, Any]
    nodes: dict[Node, dt.datetime]
    rule: DistrictRule
    crews: tuple[dict[str, Any], ...]
    is_level_due: bool


@dataclass(frozen=True)
class WallEvent:
    """One event with its order's number and place."""

    id: int
    code: str
    place: str
    stored: StoredEvent


_NODES = {
    Node.RECEIVED: "received_at",
    Node.NOTIFIED: "notified_at",
    Node.ACCEPTED: "accepted_at",
    Node.ARRIVED: "arrived_at",
    Node.FREED: "freed_at",
    Node.CLOSED: "closed_at",
}


def orders(connection: Connection, *, now: dt.datetime) -> list[WallOrder]:
    """List the orders that are not closed, the oldest first; freed ones stay for ten minutes."""
    rows = connection.execute(
        "SELECT i.id, i.code, i.name, i.address, i.division_code, left(i.division_code, 6) AS district_code, i.state, i.level,"
        " i.received_at, i.notified_at, i.accepted_at, i.arrived_at, i.freed_at, i.closed_at, i.eta_at, i.people_inside, i.injured,"
        " i.is_vulnerable, i.is_danger, i.call_count, i.place_type, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat, i.position_quality,"
        " e.rescue_code, d.name AS district_name,"
        " EXISTS (SELECT 1 FROM incident_event v WHERE v.incident_code = i.code AND v.kind = 'level_due' AND NOT EXISTS ("
        "   SELECT 1 FROM incident_event w WHERE w.incident_code = i.code AND w.seq > v.seq"
        "   AND w.kind IN ('level_raised', 'level_declined', 'fire_called'))) AS is_level_due"
        " FROM incident i LEFT JOIN elevator e ON e.code = i.elevator_code LEFT JOIN division d ON d.code = left(i.division_code, 6)"
        " WHERE i.state <> 'closed' AND i.event_count > 0 AND (i.freed_at IS NULL OR i.freed_at > %s)"
        " ORDER BY i.received_at, i.id LIMIT 300",
        [now - _SHOWN_AFTER_FREED],
    ).fetchall()
    rules = dispatch_rules.rules(connection)
    crews = crew_positions.crews_of(connection, [r["code"] for r in rows])
    return [
        WallOrder(
            dict(row),
            {node: row[column] for node, column in _NODES.items() if row[column] is not None},
            dispatch_rules.rule_in(rules, row["division_code"]),
            tuple(crews.get(row["code"], [])),
            bool(row["is_level_due"]),
        )
        for row in rows
    ]


def newest_events(connection: Connection, *, limit: int) -> list[WallEvent]:
    """List the newest events, the oldest of them first."""
    return _events(connection, "ORDER BY v.id DESC LIMIT %(limit)s", {"limit": limit})


def events_after(connection: Connection, after_id: int, *, limit: int) -> list[WallEvent]:
    """List the first events after a number, the oldest first."""
    return _events(
        connection,
        "WHERE v.id > %(after)s ORDER BY v.id LIMIT %(limit)s",
        {"after": after_id, "limit": limit},
    )


def _events(connection: Connection, which: str, values: dict[str, Any]) -> list[WallEvent]:
    rows = connection.execute(
        "SELECT * FROM (SELECT v.id, v.incident_code, v.seq, v.kind, v.at, v.recorded_at, v.actor, v.facts, i.name AS place"
        f" FROM incident_event v JOIN incident i ON i.code = v.incident_code {which}) found ORDER BY id".encode(),
        values,
    ).fetchall()
    return [
        WallEvent(
            r["id"], r["incident_code"], r["place"],
            StoredEvent(r["seq"], Event(EventKind(r["kind"]), r["at"], r["actor"], r["facts"]), r["recorded_at"]),
        )
        for r in rows
    ]  # fmt: skip
