"""Write the messages of an order into the outbox: who is told, with a link of their own where they must act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from data import crew_links, elevators, outbox, safety_managers
from data.crew_links import CrewSession
from data.incidents import Order
from data.scope import Connection
from dispatch.messages import MessageFacts, Role, Template, text_of
from dispatch.ranking import Candidate


@dataclass(frozen=True)
class Lead:
    """
    The emergency lead (应急救援负责人) of the company that maintains an order's elevator.

    Attributes
    ----------
    name, phone : str
        Empty where the company has registered none.
    told_at : datetime or None
        When the message was written; None when nobody was told.
    state : str or None
        How its delivery stands.
    failed_at : datetime or None
        When its delivery was given up.
    """

    name: str
    phone: str
    told_at: dt.datetime | None = None
    state: str | None = None
    failed_at: dt.datetime | None = None


def lead_of(connection: Connection, order: Order) -> Lead | None:
    """Read the emergency lead of an order's elevator and whether they were told; None while the elevator is not known."""
    if order.incident.elevator_code is None:
        return None
    row = connection.execute(
        "SELECT c.emergency_lead_name AS name, c.emergency_lead_phone AS phone FROM elevator e"
        " JOIN maintenance_company c ON c.unit_id = e.owner_id WHERE e.code = %s",
        [order.incident.elevator_code],
    ).fetchone()
    told = connection.execute(
        "SELECT m.recipient_name, o.recipient, m.created_at, o.state, CASE WHEN o.state = 'failed' THEN GREATEST(m.created_at,"
        " o.next_attempt_at - CASE o.attempts WHEN 0 THEN interval '0' ELSE %s * 2 ^ (o.attempts - 1) END) END AS failed_at"
        " FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
        " WHERE m.incident_code = %s AND m.outbox_key = %s",
        [outbox.FIRST_PAUSE, order.code, _key(order, _lead_key(order.incident.elevator_code))],
    ).fetchone()
    if told is not None:
        return Lead(
            told["recipient_name"], told["recipient"], told["created_at"], told["state"], told["failed_at"]
        )
    return Lead((row["name"] or "") if row else "", (row["phone"] or "") if row else "")


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
    minutes = round(candidate.travel_time_s / 60) if isfinite(candidate.travel_time_s) else None
    body = text_of(Template.SENT, _message_facts(connection, order, minutes=minutes))
    told: set[str] = set()
    for role, name, phone in people:
        if not phone or phone in told:
            continue
        told.add(phone)
        key = f"{order.incident.version}/{phone}"
        secret = crew_links.make(
            connection, order.code, station_code, responder_name=name or station_code, outbox_key=_key(order, key), now=now
        )  # fmt: skip
        _put(
            connection, order, key, Template.SENT, role, name, phone, body, now=now,
            station_code=station_code, secret=f"{base_url}/crew#{secret}",
        )  # fmt: skip


def tell_people(
    connection: Connection, order: Order, elevator: elevators.Elevator, *, now: dt.datetime
) -> None:
    """Tell those who answer for an elevator that it holds people: its company's emergency lead and its safety manager."""
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


def tell_other_device(
    connection: Connection, order: Order, session: CrewSession, *, now: dt.datetime
) -> None:
    """Tell the one whose link it is that a further device has opened it."""
    row = connection.execute(
        "SELECT o.recipient, m.role, m.recipient_name FROM crew_link l JOIN incident_message m ON m.outbox_key = l.outbox_key"
        " JOIN outbox o ON o.idempotency_key = l.outbox_key WHERE l.id = %s",
        [session.link_id],
    ).fetchone()
    if row is None:
        return
    body = text_of(Template.OTHER_DEVICE, _message_facts(connection, order))
    _put(
        connection, order, f"device/{session.id}", Template.OTHER_DEVICE, Role(row["role"]), row["recipient_name"],
        row["recipient"], body, now=now, station_code=session.station_code,
    )  # fmt: skip


def _tell_emergency_lead(
    connection: Connection, order: Order, elevator: elevators.Elevator, *, now: dt.datetime
) -> None:
    """Tell the company's emergency lead, of every entrapment; who must act where no station is bound (manual, part 1)."""
    if elevator.owner_id is None:
        return
    row = connection.execute(
        "SELECT emergency_lead_name, emergency_lead_phone FROM maintenance_company WHERE unit_id = %s",
        [elevator.owner_id],
    ).fetchone()
    if row is None or not row["emergency_lead_phone"]:
        return
    template = Template.NO_STATION if elevator.bound_code is None else Template.ENTRAPMENT
    body = text_of(template, _message_facts(connection, order))
    _put(
        connection, order, _lead_key(elevator.code), template, Role.EMERGENCY_LEAD,
        row["emergency_lead_name"] or "", row["emergency_lead_phone"], body, now=now,
    )  # fmt: skip


def _put(connection: Connection, order: Order, key: str, template: Template, role: Role, name: str, phone: str,
    body: str, *, now: dt.datetime, station_code: str | None = None, secret: str | None = None,
) -> None:  # fmt: skip
    whole = _key(order, key)
    if not outbox.put(connection, key=whole, recipient=phone, body=body, now=now, secret=secret):
        return
    connection.execute(
        "INSERT INTO incident_message (incident_code, outbox_key, station_code, role, recipient_name, template, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [order.code, whole, station_code, role.value, name, template.value, now],
    )


def _key(order: Order, key: str) -> str:
    return f"incident/{order.code}/{key}"


def _lead_key(elevator_code: str) -> str:
    return f"lead/{elevator_code}"


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
