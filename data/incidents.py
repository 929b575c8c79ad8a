"""Keep entrapment orders: events are appended under a lock, and what they add up to is kept beside them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data import divisions
from data.errors import ConflictError, NotFoundError
from data.scope import Connection
from dispatch.incident import Assignment, Event, EventKind, Incident, Node
from dispatch.moves import apply
from layers.display import LOCAL_ZONE

#: What of an order the row on the map keeps as it was told, beside what its events add up to.
_TOLD = ("caller_phone", "caller_words", "unit_name", "company_name", "place_type")


@dataclass(frozen=True)
class StoredEvent:
    """An event as it stands in the store."""

    seq: int
    event: Event
    recorded_at: dt.datetime


@dataclass(frozen=True)
class Order:
    """
    An order as it stands.

    Attributes
    ----------
    id : int
    code : str
    incident : Incident
        What its events add up to.
    events : tuple of StoredEvent
        All of them, in their order.
    row : dict
        Its row of the layer: place, division, authority, owner, and what the caller said.
    """

    id: int
    code: str
    incident: Incident
    events: tuple[StoredEvent, ...]
    row: dict[str, Any]


@dataclass(frozen=True)
class Change:
    """
    What is to be added to an order.

    Attributes
    ----------
    at : datetime or None
        When it happened, as somebody says; None: now. Now never lies before the order's last event, should the clock be set back.
    """

    kind: EventKind
    facts: Mapping[str, Any]
    actor: str
    at: dt.datetime | None = None


_ROW = (
    "id, code, name, division_code, authority_code, owner_id, address, ST_X(geom) AS lon, ST_Y(geom) AS lat, position_quality,"
    " elevator_code, unit_name, company_name, place_type, caller_phone, caller_words, cause"
)


def read(connection: Connection, code: str) -> Order:
    """Read an order with all its events.

    Raises
    ------
    NotFoundError
        When there is none of that number that the scope may see.
    """
    return _read(connection, code, lock=False)


def read_all(connection: Connection, codes: Sequence[str]) -> list[Order]:
    """Read orders with all their events, in two questions however many; in the order of their numbers as given.

    Raises
    ------
    NotFoundError
        When one of them is not there for the scope.
    """
    rows = {
        r["code"]: r
        for r in connection.execute(
            f"SELECT {_ROW} FROM incident WHERE code = ANY(%s)".encode(), [list(codes)]
        )
    }
    stored: dict[str, list[StoredEvent]] = {code: [] for code in codes}
    for r in connection.execute(
        "SELECT incident_code, seq, kind, at, recorded_at, actor, facts FROM incident_event"
        " WHERE incident_code = ANY(%s) ORDER BY incident_code, seq",
        [list(rows)],
    ):
        event = Event(EventKind(r["kind"]), r["at"], r["actor"], r["facts"])
        stored[r["incident_code"]].append(StoredEvent(r["seq"], event, r["recorded_at"]))
    return [_fold(code, rows.get(code), tuple(stored[code])) for code in codes]


def exists_open_for(connection: Connection, elevator_code: str) -> str | None:
    """Find the open order of an elevator: a further call belongs to it."""
    row = connection.execute(
        "SELECT code FROM incident WHERE elevator_code = %s AND state NOT IN ('closed', 'freed') ORDER BY received_at DESC LIMIT 1",
        [elevator_code],
    ).fetchone()
    return str(row["code"]) if row else None


def receive(
    connection: Connection,
    *,
    facts: Mapping[str, Any],
    told: Mapping[str, Any],
    place: Mapping[str, Any],
    at: dt.datetime,
    now: dt.datetime,
    actor: str,
    request_key: str | None = None,
) -> Order:
    """Open an order with the call that was received.

    Parameters
    ----------
    facts : mapping
        Facts of the event: people inside, injuries and so on.
    told : mapping
        What the caller said, and names of unit and company.
    place : mapping
        name, address, division_code, authority_code, owner_id, lon, lat, position_quality and elevator_code, as far as known.
    at, now : datetime
        When the call came; when it is written.
    request_key : str, optional
        The same request sent again gives the same order.

    Raises
    ------
    MoveRefusedError
        When the facts are impossible.
    NotFoundError
        When no city has been loaded: an order needs a division.
    """
    if request_key is not None:
        known = _of_request(connection, request_key)
        if known is not None:
            return read(connection, known)
    event = Event(EventKind.RECEIVED, at, actor, dict(facts))
    incident = apply(None, event)
    code = _new_code(connection, at)
    row = _place_row(connection, place)
    connection.execute(
        "INSERT INTO incident (code, name, division_code, authority_code, owner_id, is_public, address, geom, position_quality,"
        " state, received_at, elevator_code, unit_name, company_name, place_type, caller_phone, caller_words, created_at, updated_at)"
        " VALUES (%(code)s, %(name)s, %(division_code)s, %(authority_code)s, %(owner_id)s, false, %(address)s,"
        " CASE WHEN %(lon)s::float8 IS NOT NULL THEN ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) END, %(position_quality)s,"
        " 'received', %(at)s, %(elevator_code)s, %(unit_name)s, %(company_name)s, %(place_type)s, %(caller_phone)s,"
        " %(caller_words)s, %(now)s, %(now)s)",
        {
            **dict.fromkeys(_TOLD),
            **{k: v or None for k, v in told.items()},
            **row,
            "code": code,
            "at": at,
            "now": now,
        },
    )
    _insert_event(connection, code, 1, event, now=now, request_key=request_key)
    _keep(connection, code, None, incident, now=now)
    return read(connection, code)


def append(
    connection: Connection,
    code: str,
    changes: Sequence[Change],
    *,
    now: dt.datetime,
    expected_version: int | None = None,
    request_key: str | None = None,
) -> Order:
    """Add events to an order, all or none; writers of one order wait for each other.

    Parameters
    ----------
    expected_version : int, optional
        The number of events the writer has seen.
    request_key : str, optional
        The same request sent again changes nothing and gives the order as it is.

    Raises
    ------
    NotFoundError
        When there is no such order that the scope may see.
    MoveRefusedError
        When the order does not take an event.
    ConflictError
        When somebody else has written meanwhile.
    """
    order = _read(connection, code, lock=True)
    if request_key is not None:
        known = _of_request(connection, request_key)
        if known == code:
            return order
        if known is not None:
            raise ConflictError("该请求属于另一工单。 That request belongs to another order.")
    check_version(order, expected_version)
    incident = order.incident
    for change in changes:
        at = max(now, incident.last_at) if change.at is None else change.at
        event = Event(change.kind, at, change.actor, dict(change.facts))
        incident = apply(incident, event)
        _insert_event(connection, code, incident.version, event, now=now, request_key=request_key)
        request_key = None
    _keep(connection, code, order.incident, incident, now=now)
    return read(connection, code)


def check_version(order: Order, expected_version: int | None) -> None:
    """Refuse a writer who has not seen the order as it stands.

    Raises
    ------
    ConflictError
        It names who has written meanwhile.
    """
    if expected_version is not None and order.incident.version != expected_version:
        since = [e.event.actor for e in order.events[expected_version:]] or [order.events[-1].event.actor]
        # Whom the writer can ask: a person goes before the system, which may have noted a level meanwhile.
        actor = next((name for name in reversed(since) if name != "system"), since[-1])
        raise ConflictError(
            f"工单 {order.code} 已被 {actor} 更新，请先查看最新情况。 "
            f"{actor} has changed order {order.code} meanwhile: look again."
        )


def move_to(
    connection: Connection, code: str, place: Mapping[str, Any], told: Mapping[str, Any], *, now: dt.datetime
) -> None:
    """Put an order where its elevator stands, under the authority and company that answer for it."""
    connection.execute(
        "UPDATE incident SET name = %(name)s, division_code = %(division_code)s, authority_code = %(authority_code)s,"
        " owner_id = %(owner_id)s, address = %(address)s, position_quality = %(position_quality)s,"
        " geom = CASE WHEN %(lon)s::float8 IS NOT NULL THEN ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) END,"
        " elevator_code = %(elevator_code)s, unit_name = COALESCE(%(unit_name)s, unit_name),"
        " company_name = COALESCE(%(company_name)s, company_name), place_type = COALESCE(%(place_type)s, place_type),"
        " updated_at = %(now)s, version = version + 1 WHERE code = %(code)s",
        {**dict.fromkeys(_TOLD), **dict(told), **_place_row(connection, place), "code": code, "now": now},
    )


def set_position(connection: Connection, code: str, place: Mapping[str, Any], *, now: dt.datetime) -> None:
    """Put an order at a position: lon, lat, position_quality, and where it has no elevator division_code and authority_code."""
    values = {"division_code": None, "authority_code": None, **place, "code": code, "now": now}
    connection.execute(
        "UPDATE incident SET geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), position_quality = %(position_quality)s,"
        " division_code = COALESCE(%(division_code)s, division_code), authority_code = COALESCE(%(authority_code)s, authority_code),"
        " updated_at = %(now)s, version = version + 1 WHERE code = %(code)s",
        values,
    )


def open_codes(connection: Connection) -> list[str]:
    """List the numbers of orders that are not closed and not freed, the oldest first."""
    rows = connection.execute(
        "SELECT code FROM incident WHERE state NOT IN ('closed', 'freed') AND event_count > 0 ORDER BY received_at, id"
    ).fetchall()
    return [str(r["code"]) for r in rows]


def codes_listed(
    connection: Connection, *, is_open: bool, limit: int = 200, before: dt.datetime | None = None
) -> list[str]:
    """List the numbers of orders that have events: open ones (freed but not closed included), or closed ones, newest first."""
    rows = connection.execute(
        "SELECT code FROM incident WHERE event_count > 0 AND (state <> 'closed') = %(open)s"
        " AND (%(before)s::timestamptz IS NULL OR received_at < %(before)s) ORDER BY received_at DESC, id DESC LIMIT %(limit)s",
        {"open": is_open, "before": before, "limit": limit},
    ).fetchall()
    return [str(r["code"]) for r in rows]


def messages(connection: Connection, code: str) -> list[dict[str, Any]]:
    """List the messages of an order with how their delivery stands, the newest first."""
    return list(
        connection.execute(
            "SELECT m.station_code, m.role, m.recipient_name, m.template, m.created_at, o.recipient, o.state, o.attempts,"
            " o.last_error, o.sent_at FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s ORDER BY m.id DESC",
            [code],
        )
    )


def open_calls_near(connection: Connection, code: str, division_code: str) -> list[dt.datetime]:
    """List when the other open calls of the same district came."""
    rows = connection.execute(
        "SELECT received_at FROM incident WHERE state NOT IN ('closed', 'freed') AND code <> %s AND left(division_code, 6) = %s",
        [code, division_code[:6]],
    ).fetchall()
    return [r["received_at"] for r in rows]


def busy_crews(connection: Connection) -> dict[str, int]:
    """Count the crews on orders by station, over all jurisdictions: the connection's scope must be the system's."""
    rows = connection.execute(
        "SELECT station_code, count(*) AS n FROM incident_assignment"
        " WHERE state IN ('notified', 'accepted', 'en_route', 'on_scene') GROUP BY station_code"
    ).fetchall()
    return {str(r["station_code"]): int(r["n"]) for r in rows}


def new_codes(connection: Connection, received: Sequence[dt.datetime]) -> list[str]:
    """Take the numbers of new orders, one for each call."""
    rows = connection.execute(
        "SELECT nextval('incident_number') AS n FROM generate_series(1, %s)", [len(received)]
    ).fetchall()
    return [
        f"KR{at.astimezone(LOCAL_ZONE):%Y%m%d}-{int(r['n']) % 100_000:05d}"
        for at, r in zip(received, rows, strict=True)
    ]


def projection(incident: Incident) -> dict[str, Any]:
    """Give what an order's row shows of what its events add up to, by column."""
    nodes, shown = incident.nodes, _shown_assignment(incident)
    of_row = (Node.RECEIVED, Node.NOTIFIED, Node.ACCEPTED, Node.ARRIVED, Node.FREED, Node.CLOSED)
    return {
        "state": incident.state.value,
        "level": incident.level,
        **{f"{n.value}_at": nodes.get(n) for n in of_row},
        "station_code": shown.station_code if shown else None,
        "responder_name": (shown.responder or None) if shown else None,
        "people_inside": incident.people_inside,
        "injured": incident.injured,
        "is_vulnerable": incident.is_vulnerable,
        "is_danger": incident.is_danger,
        "persons_freed": incident.persons_freed,
        "first_eta_at": shown.first_eta_at if shown else None,
        "eta_at": shown.eta_at if shown else None,
        "outcome": incident.outcome.value if incident.outcome else None,
        "call_count": incident.calls,
        "event_count": incident.version,
    }


#: Columns of an assignment, as `assignment_row` gives them.
ASSIGNMENT_COLUMNS = (
    "incident_code", "number", "station_code", "level", "state", "responder", "notified_at", "accepted_at", "en_route_at",
    "arrived_at", "freed_at", "ended_at", "first_eta_at", "eta_at",
)  # fmt: skip


def assignment_row(code: str, number: int, a: Assignment) -> list[Any]:
    """Give the row of an assignment, by `ASSIGNMENT_COLUMNS`."""
    nodes = (Node.NOTIFIED, Node.ACCEPTED, Node.EN_ROUTE, Node.ARRIVED, Node.FREED)
    times = [a.times.get(n) for n in nodes]
    return [code, number, a.station_code, a.level, a.state.value, a.responder, *times, a.ended_at, a.first_eta_at, a.eta_at]  # fmt: skip


def event_facts(event: Event) -> str:
    """Write the facts of an event as they are stored."""
    return json.dumps(event.facts, ensure_ascii=False, default=_plain)


def division_at(connection: Connection, lon: float, lat: float) -> dict[str, Any]:
    """Find the smallest division with an outline around a position: division_code and authority_code; empty in the sea."""
    row = connection.execute(
        "SELECT d.code, left(d.code, 6) AS district FROM division d"
        " WHERE d.level <> 'zone' AND d.geom_m && ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 3857)"
        " AND ST_Covers(d.geom, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)) ORDER BY length(d.code) DESC,"
        " d.level = 'city' LIMIT 1",
        {"lon": lon, "lat": lat},
    ).fetchone()
    return {"division_code": row["code"], "authority_code": row["district"]} if row else {}


def is_known_request(connection: Connection, request_key: str) -> bool:
    """Say whether a request was carried out already."""
    return _of_request(connection, request_key) is not None


def lock_order(connection: Connection, code: str) -> None:
    """Let one writer at a time change an order, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7205514))", [code])


def lock_elevator(connection: Connection, elevator_code: str) -> None:
    """Let one call at a time be taken for an elevator, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7205515))", [elevator_code])


def lock_station(connection: Connection, station_code: str) -> None:
    """Let one writer at a time take crews of a station, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7205513))", [station_code])


# -- inside -------------------------------------------------------------------------------------------


def _read(connection: Connection, code: str, *, lock: bool) -> Order:
    if lock:
        lock_order(connection, code)
    return read_all(connection, [code])[0]


def _fold(code: str, row: Mapping[str, Any] | None, stored: tuple[StoredEvent, ...]) -> Order:
    if row is None:
        raise NotFoundError(
            f"没有工单 {code[:40]}，或您无权查看。 There is no order {code[:40]} that you may see."
        )
    incident: Incident | None = None
    for each in stored:
        incident = apply(incident, each.event)
    if incident is None:
        raise NotFoundError(
            f"工单 {code[:40]} 没有事件记录（由历史数据导入）。 Order {code[:40]} was loaded from a file and has no events."
        )
    return Order(row["id"], row["code"], incident, stored, dict(row))


def _of_request(connection: Connection, request_key: str) -> str | None:
    row = connection.execute(
        "SELECT incident_code FROM incident_event WHERE request_key = %s", [request_key]
    ).fetchone()
    return str(row["incident_code"]) if row else None


def _new_code(connection: Connection, at: dt.datetime) -> str:
    return new_codes(connection, [at])[0]


def _place_row(connection: Connection, place: Mapping[str, Any]) -> dict[str, Any]:
    code = place.get("division_code")
    if not code:
        city = divisions.city(connection)
        if city is None:
            raise NotFoundError(
                "还没有区划数据，无法建立工单。 No city has been loaded: an order needs a division."
            )
        code = city.code
    has_position = place.get("lon") is not None
    return {
        "name": (place.get("name") or place.get("address") or "位置待确认")[:200],
        "division_code": code,
        "authority_code": place.get("authority_code") or code,
        "owner_id": place.get("owner_id"),
        "address": place.get("address") or None,
        "lon": place.get("lon"),
        "lat": place.get("lat"),
        "position_quality": place.get("position_quality", "given") if has_position else "none",
        "elevator_code": place.get("elevator_code"),
    }


def _insert_event(
    connection: Connection, code: str, seq: int, event: Event, *, now: dt.datetime, request_key: str | None
) -> None:
    connection.execute(
        "INSERT INTO incident_event (incident_code, seq, kind, at, recorded_at, actor, facts, request_key)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            code, seq, event.kind.value, event.at, now, event.actor,
            event_facts(event), request_key,
        ],
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _keep(
    connection: Connection, code: str, before: Incident | None, after: Incident, *, now: dt.datetime
) -> None:
    """Write what the events add up to: the order's row, and its assignments that changed."""
    connection.execute(
        "UPDATE incident SET state = %(state)s, level = %(level)s, received_at = %(received_at)s, notified_at = %(notified_at)s,"
        " accepted_at = %(accepted_at)s, arrived_at = %(arrived_at)s, freed_at = %(freed_at)s, closed_at = %(closed_at)s,"
        " station_code = %(station_code)s, responder_name = %(responder_name)s, people_inside = %(people_inside)s,"
        " injured = %(injured)s, is_vulnerable = %(is_vulnerable)s, is_danger = %(is_danger)s,"
        " persons_freed = %(persons_freed)s, first_eta_at = %(first_eta_at)s, eta_at = %(eta_at)s, outcome = %(outcome)s,"
        " call_count = %(call_count)s, event_count = %(event_count)s, updated_at = %(now)s, version = version + 1"
        " WHERE code = %(code)s",
        {**projection(after), "now": now, "code": code},
    )
    known = before.assignments if before else ()
    for number, a in enumerate(after.assignments):
        if number < len(known) and known[number] == a:
            continue
        connection.execute(
            "INSERT INTO incident_assignment (incident_code, number, station_code, level, state, responder, notified_at,"
            " accepted_at, en_route_at, arrived_at, freed_at, ended_at, first_eta_at, eta_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (incident_code, number) DO UPDATE SET state = excluded.state, responder = excluded.responder,"
            " notified_at = excluded.notified_at, accepted_at = excluded.accepted_at, en_route_at = excluded.en_route_at,"
            " arrived_at = excluded.arrived_at, freed_at = excluded.freed_at, ended_at = excluded.ended_at,"
            " eta_at = excluded.eta_at",
            assignment_row(code, number, a),
        )


def _shown_assignment(incident: Incident) -> Assignment | None:
    """Pick the station an order is shown with: the one that got furthest, else the newest."""
    progress = (Node.FREED, Node.ARRIVED, Node.EN_ROUTE, Node.ACCEPTED)
    for node in progress:
        having = [a for a in incident.assignments if node in a.times and a.ended_at is None]
        if having:
            return min(having, key=lambda a: a.times[node])
    if incident.running:
        return incident.running[-1]
    return incident.assignments[-1] if incident.assignments else None
