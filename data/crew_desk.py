"""Run the crew's side: what a rescuer with a link reads and does of one order, also after a time without a network."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import crew_links, incidents, outbox
from data.crew_links import CrewSession
from data.dispatch_desk import Desk
from data.errors import NotFoundError
from data.incidents import Change, Order
from data.scope import Connection
from dispatch.errors import OffRoadError
from dispatch.incident import Assignment, AssignmentState, EventKind
from dispatch.messages import MessageFacts, Template, text_of

#: A forecast moves the order only by so much, so that the log is no track.
ETA_STEP_S = 45.0
#: What happened longer ago than this was not queued but forgotten.
OLDEST_S = 6 * 3600.0

ACTS = {
    "accept": EventKind.ACCEPTED,
    "refuse": EventKind.REFUSED,
    "en-route": EventKind.EN_ROUTE,
    "arrive": EventKind.ARRIVED,
    "free": EventKind.FREED,
}


def open_link(connection: Connection, secret: str, *, device: str, now: dt.datetime) -> crew_links.Opened:
    """Open a link on a device; a second device is noted on the order, and the recipient is told.

    Raises
    ------
    NotFoundError
        As for `data.crew_links.open_link`.
    """
    opened = crew_links.open_link(connection, secret, device=device, now=now)
    if opened.is_further_device:
        session = opened.session
        note = f"{session.responder_name} 的链接在另一台设备上打开 the link was opened on a second device"
        order = incidents.append(
            connection,
            session.incident_code,
            [
                Change(
                    EventKind.NOTED,
                    {"text": note, "station_code": session.station_code},
                    session.responder_name,
                )
            ],
            now=now,
        )
        row = connection.execute(
            "SELECT o.recipient FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s AND m.station_code = %s AND m.recipient_name = %s ORDER BY m.id DESC LIMIT 1",
            [session.incident_code, session.station_code, session.responder_name],
        ).fetchone()
        if row is not None:
            outbox.put(
                connection, key=f"incident/{order.code}/device/{opened.session.id}", recipient=row["recipient"],
                body=text_of(Template.OTHER_DEVICE, MessageFacts(order.code, order.row["name"])), now=now,
            )  # fmt: skip
    return opened


def act(
    connection: Connection,
    session: CrewSession,
    name: str,
    facts: dict[str, Any],
    *,
    age_s: float,
    now: dt.datetime,
    request_key: str | None,
) -> Order:
    """Take one step for the session's station; `age_s` is how long ago the rescuer did it, by the device's own reckoning.

    Raises
    ------
    MoveRefusedError
        When the order does not take the step.
    NotFoundError
        When the station is not on the order.
    """
    incidents.lock_order(connection, session.incident_code)
    order = incidents.read(connection, session.incident_code)
    assignment = own_assignment(order, session)
    at = now - dt.timedelta(seconds=min(max(age_s, 0.0), OLDEST_S))
    at = min(max(at, *assignment.times.values()), max(now, *assignment.times.values()))
    own = {"station_code": session.station_code, "responder": session.responder_name}
    change = Change(ACTS[name], {**own, **facts}, session.responder_name, at)
    return incidents.append(connection, order.code, [change], now=now, request_key=request_key)


def report_position(
    connection: Connection,
    desk: Desk,
    session: CrewSession,
    lon: float,
    lat: float,
    *,
    accuracy_m: float | None,
    age_s: float,
    now: dt.datetime,
) -> Order:
    """Keep where a crew under way is, and move its predicted arrival where that changes by more than `ETA_STEP_S`.

    Raises
    ------
    NotFoundError
        When the station is not on the order.
    """
    incidents.lock_order(connection, session.incident_code)
    order = incidents.read(connection, session.incident_code)
    assignment = own_assignment(order, session)
    at = now - dt.timedelta(seconds=min(max(age_s, 0.0), OLDEST_S))
    connection.execute(
        "INSERT INTO crew_position (incident_code, station_code, at, geom, accuracy_m)"
        " VALUES (%s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s) ON CONFLICT DO NOTHING",
        [order.code, session.station_code, at, lon, lat, accuracy_m],
    )
    moving = (AssignmentState.ACCEPTED, AssignmentState.EN_ROUTE)
    if assignment.state not in moving or order.row["lon"] is None or age_s > 120:
        return order
    try:
        travel_time_s = desk.ranker.travel_time_s((lon, lat), (order.row["lon"], order.row["lat"]), at=now)
    except OffRoadError:
        return order
    eta_at = at + dt.timedelta(seconds=round(travel_time_s)) if travel_time_s != float("inf") else None
    if eta_at is None or (
        assignment.eta_at is not None and abs((eta_at - assignment.eta_at).total_seconds()) < ETA_STEP_S
    ):
        return order
    facts = {"station_code": session.station_code, "eta_at": eta_at}
    return incidents.append(
        connection, order.code, [Change(EventKind.ETA, facts, session.responder_name)], now=now
    )


def own_assignment(order: Order, session: CrewSession) -> Assignment:
    """Give the assignment of the session's station.

    Raises
    ------
    NotFoundError
        When it has none.
    """
    found = order.incident.latest(session.station_code)
    if found is None:
        raise NotFoundError("本站不在该工单中。 Your station is not on this order.")
    return found
