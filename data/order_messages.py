"""Write the messages of an order into the outbox: who is told, with a link of their own where they must act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from data import crew_links, elevators, outbox, safety_managers
from data.incidents import Order
from data.scope import Connection
from dispatch.messages import MessageFacts, Role, Template, text_of
from dispatch.ranking import Candidate


def tell_station(
    connection: Connection,
    order: Order,
    station_code: str,
    candidate: Candidate,
    *,
    now: dt.datetime,
    base_url: str,
) -> None:
    """Tell a station's lead and maintainers, each with a link of their own."""
    station = connection.execute(
        "SELECT name, lead_name, lead_phone FROM rescue_station WHERE code = %s", [station_code]
    ).fetchone()
    people = [(Role.STATION_LEAD, station["lead_name"] or "", station["lead_phone"])] if station else []
    people += [
        (Role.MAINTAINER, r["name"], r["phone"])
        for r in connection.execute(
            "SELECT name, phone FROM responder WHERE station_code = %s ORDER BY id", [station_code]
        )
    ]
    body = text_of(
        Template.SENT, _message_facts(connection, order, minutes=round(candidate.travel_time_s / 60))
    )
    told: set[str] = set()
    for role, name, phone in people:
        if not phone or phone in told:
            continue
        told.add(phone)
        secret = crew_links.make(
            connection, order.code, station_code, responder_name=name or station_code, now=now
        )
        _put(
            connection, order, f"{order.incident.version}/{phone}", Template.SENT, role, name, phone, body, now=now,
            station_code=station_code, secret=f"{base_url}/crew#{secret}",
        )  # fmt: skip


def tell_people(
    connection: Connection, order: Order, elevator: elevators.Elevator, *, now: dt.datetime
) -> None:
    """Tell those who answer for an elevator that it holds people: its safety manager, and who must act without a station."""
    _tell_emergency_lead(connection, order, elevator, now=now)
    contact = safety_managers.contact_of(connection, elevator.code)
    if contact is None:
        return
    name, mobile = contact
    body = text_of(Template.TRAPPED, _message_facts(connection, order))
    _put(
        connection, order, f"manager/{elevator.code}", Template.TRAPPED, Role.SAFETY_MANAGER, name, mobile, body, now=now
    )  # fmt: skip


def tell_stood_down(
    connection: Connection, order: Order, stations: Sequence[str], *, now: dt.datetime
) -> None:
    """Tell the people of stations that they are no longer needed."""
    body = text_of(Template.STOOD_DOWN, _message_facts(connection, order))
    for station_code in stations:
        for row in connection.execute(
            "SELECT DISTINCT ON (o.recipient) o.recipient, m.role, m.recipient_name FROM incident_message m"
            " JOIN outbox o ON o.idempotency_key = m.outbox_key WHERE m.incident_code = %s AND m.station_code = %s"
            " AND m.template = 'sent' ORDER BY o.recipient",
            [order.code, station_code],
        ).fetchall():
            _put(
                connection, order, f"down/{order.incident.version}/{row['recipient']}", Template.STOOD_DOWN,
                Role(row["role"]), row["recipient_name"], row["recipient"], body, now=now, station_code=station_code,
            )  # fmt: skip


def _tell_emergency_lead(
    connection: Connection, order: Order, elevator: elevators.Elevator, *, now: dt.datetime
) -> None:
    """Tell the company's emergency lead of an elevator that is bound to no station (manual, part 1)."""
    if elevator.bound_code is not None or elevator.owner_id is None:
        return
    row = connection.execute(
        "SELECT emergency_lead_name, emergency_lead_phone FROM maintenance_company WHERE unit_id = %s",
        [elevator.owner_id],
    ).fetchone()
    if row is None or not row["emergency_lead_phone"]:
        return
    body = text_of(Template.NO_STATION, _message_facts(connection, order))
    _put(
        connection, order, f"lead/{elevator.code}", Template.NO_STATION, Role.EMERGENCY_LEAD,
        row["emergency_lead_name"] or "", row["emergency_lead_phone"], body, now=now,
    )  # fmt: skip


def _put(connection: Connection, order: Order, key: str, template: Template, role: Role, name: str, phone: str,
    body: str, *, now: dt.datetime, station_code: str | None = None, secret: str | None = None,
) -> None:  # fmt: skip
    whole = f"incident/{order.code}/{key}"
    if not outbox.put(connection, key=whole, recipient=phone, body=body, now=now, secret=secret):
        return
    connection.execute(
        "INSERT INTO incident_message (incident_code, outbox_key, station_code, role, recipient_name, template, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [order.code, whole, station_code, role.value, name, template.value, now],
    )


def _message_facts(connection: Connection, order: Order, *, minutes: int | None = None) -> MessageFacts:
    rescue_code = ""
    if order.incident.elevator_code:
        row = connection.execute(
            "SELECT rescue_code FROM elevator WHERE code = %s", [order.incident.elevator_code]
        ).fetchone()
        rescue_code = (row["rescue_code"] or "") if row else ""
    return MessageFacts(
        order.code, order.row["name"], order.row["address"] or "", order.incident.people_inside,
        order.incident.injured > 0, rescue_code, minutes,
    )  # fmt: skip
