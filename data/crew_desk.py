"""Run the crew's side: what a rescuer with a link reads and does of one order, also after a time without a network."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from data import attachments, crew_links, incidents, layer_versions, order_messages
from data.crew_links import CrewSession
from data.dispatch_desk import Desk
from data.errors import NotFoundError
from data.incidents import Change, Order
from data.scope import SYSTEM, Connection
from dispatch.errors import OffRoadError
from dispatch.incident import Assignment, AssignmentState, EventKind
from layers.registry import layer_by_id

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
        order_messages.tell_other_device(connection, order, session, now=now)
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


def add_photo(
    connection: Connection,
    session: CrewSession,
    content: bytes,
    *,
    file_name: str,
    folder: Path,
    age_s: float,
    now: dt.datetime,
    request_key: str | None,
) -> Order:
    """Attach a picture to the session's order; sent again with the same key it is attached once.

    Raises
    ------
    ConflictError
        When the key belongs to another order.
    """
    incidents.lock_order(connection, session.incident_code)
    order = incidents.read(connection, session.incident_code)
    if request_key is None or not incidents.is_known_request(connection, request_key):
        attachments.add(
            connection, layer_by_id("incident"), order.id, file_name=file_name, content=content, folder=folder, scope=SYSTEM,
            now=now,
        )  # fmt: skip
    at = max(now - dt.timedelta(seconds=min(max(age_s, 0.0), OLDEST_S)), order.incident.received_at)
    note = Change(
        EventKind.NOTED,
        {"text": "上传了现场照片 a picture from the scene", "station_code": session.station_code},
        session.responder_name,
        at,
    )
    return incidents.append(connection, order.code, [note], now=now, request_key=request_key)


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
    layer_versions.tell(connection, "crew_position")
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
