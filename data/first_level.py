"""Find whom level 1 has for an order that nobody has been sent to: a station, or the emergency lead."""

from __future__ import annotations

from data import order_messages
from data.incidents import Order
from data.scope import Connection
from dispatch.escalation import FirstLevel
from dispatch.incident import AssignmentState

_ENDED = (AssignmentState.REFUSED, AssignmentState.NOT_REACHED)


def read(connection: Connection, order: Order) -> FirstLevel | None:
    """Read it; None where it does not matter: somebody is on the order, a higher level is in force, or nothing is known yet.

    The connection's scope must be the system's: crews are counted over all jurisdictions.
    """
    incident = order.incident
    if incident.located_at is None or incident.running or incident.level > 1:
        return None
    refused = [a.station_code for a in incident.assignments if a.state in _ENDED]
    row = connection.execute(
        "SELECT bool_or(s.code = e.station_code) AS is_bound,"
        " bool_or(s.code <> ALL(%(refused)s) AND (s.valid_from IS NULL OR s.valid_from <= current_date)"
        " AND (s.valid_to IS NULL OR s.valid_to >= current_date) AND s.on_duty IS NOT FALSE"
        " AND EXISTS (SELECT 1 FROM responder r WHERE r.station_code = s.code)"
        " AND COALESCE(s.crew_count, 1) > (SELECT count(*) FROM incident_assignment a WHERE a.station_code = s.code"
        " AND a.state IN ('notified', 'accepted', 'en_route', 'on_scene'))) AS is_able"
        " FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
        " OR (e.owner_id IS NOT NULL AND s.owner_id = e.owner_id)"
        " OR (e.owner_id IS NULL AND s.owner_id IS NULL AND s.company_name = e.maintainer_name)"
        " WHERE e.code = %(elevator)s",
        {"elevator": incident.elevator_code, "refused": refused},
    ).fetchone()
    is_bound = bool(row and row["is_bound"])
    lead = None if is_bound else order_messages.lead_of(connection, order)
    return FirstLevel(
        is_bound,
        bool(row and row["is_able"]),
        None if lead is None else lead.told_at,
        None if lead is None else lead.failed_at,
    )
