"""Write many finished orders at once: rows, events and assignments, each as its events make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.incidents import ASSIGNMENT_COLUMNS, assignment_row, event_facts, new_codes, projection
from data.loading.rows import write_rows
from data.scope import Connection
from dispatch.incident import Event
from dispatch.moves import fold
from layers.registry import layer_by_id

_EVENT_COLUMNS = ("incident_code", "seq", "kind", "at", "recorded_at", "actor", "facts")


@dataclass(frozen=True)
class NewOrder:
    """
    An order that is to be written whole.

    Attributes
    ----------
    events : sequence of Event
        All of them; the row is what they add up to.
    row : mapping
        What the row has beside: name, address, division_code, authority_code, owner_id, lon, lat, elevator_code and so on.
    """

    events: Sequence[Event]
    row: Mapping[str, Any]


def write_orders(connection: Connection, orders: Iterable[NewOrder]) -> int:
    """Write orders by COPY, none or all; give their number. The connection's scope must be the operator's.

    Raises
    ------
    MoveRefusedError
        When an order's events do not follow from each other.
    psycopg.errors.IntegrityError
        When a row breaks a constraint.
    """
    made = sorted(((fold(o.events), o) for o in orders), key=lambda each: each[0].received_at)
    codes = new_codes(connection, [incident.received_at for incident, _ in made])
    rows, events, assignments = [], [], []
    for code, (incident, order) in zip(codes, made, strict=True):
        rows.append({**order.row, **projection(incident), "code": code})
        for seq, event in enumerate(order.events, start=1):
            events.append([code, seq, event.kind.value, event.at, event.at, event.actor, event_facts(event)])
        assignments += [assignment_row(code, n, a) for n, a in enumerate(incident.assignments)]
    write_rows(connection, layer_by_id("incident"), rows)
    _copy(connection, "incident_event", _EVENT_COLUMNS, events)
    _copy(connection, "incident_assignment", ASSIGNMENT_COLUMNS, assignments)
    return len(rows)


def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a temporary table and from there under the table's policies."""
    names = ", ".join(columns)
    connection.execute(
        f"CREATE TEMP TABLE incoming_rows ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA".encode()
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY incoming_rows ({names}) FROM STDIN".encode()) as copy,
    ):
        for row in rows:
            copy.write_row(row)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming_rows".encode())
    connection.execute("DROP TABLE incoming_rows")
