"""Keep the links by which crews reach their order, and the devices they were opened on."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from data import outbox
from data.errors import NotFoundError
from data.scope import Connection

_BYTES = 16
_ENDED = "链接无效、已过期或工单已结束，请联系调度中心。 The link is unknown or has ended: call the dispatch centre."


@dataclass(frozen=True)
class CrewSession:
    """A device that opened a link: one order, one station, one rescuer."""

    id: int
    link_id: int
    incident_code: str
    station_code: str
    responder_name: str


@dataclass(frozen=True)
class Opened:
    """The session of a device, its secret, and whether another device had opened the link before."""

    session: CrewSession
    secret: str
    is_further_device: bool


def make(
    connection: Connection, code: str, station_code: str, *, responder_name: str, outbox_key: str, now: dt.datetime
) -> str:  # fmt: skip
    """Make a link's code, 128 bits of chance, for the message of a key; only the code's digest is kept."""
    secret = secrets.token_urlsafe(_BYTES)
    connection.execute(
        "INSERT INTO crew_link (incident_code, station_code, responder_name, code_hash, created_at, expires_at, outbox_key)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [code, station_code, responder_name, _digest(secret), now, now + outbox.LINK_LIFE, outbox_key],
    )
    return secret


def open_link(connection: Connection, secret: str, *, device: str, now: dt.datetime) -> Opened:
    """Exchange a link's code for a session of this device.

    Raises
    ------
    NotFoundError
        When the code is unknown, too old, or its order is closed: they are not told apart.
    """
    row = connection.execute(
        "SELECT l.id, l.incident_code, l.station_code, l.responder_name FROM crew_link l"
        " JOIN incident i ON i.code = l.incident_code WHERE l.code_hash = %s AND l.expires_at > %s AND i.closed_at IS NULL",
        [_digest(secret), now],
    ).fetchone()
    if row is None:
        raise NotFoundError(_ENDED)
    before = connection.execute(
        "SELECT count(*) AS n FROM crew_session WHERE link_id = %s", [row["id"]]
    ).fetchone()
    token = secrets.token_urlsafe(32)
    made = connection.execute(
        "INSERT INTO crew_session (incident_code, link_id, token_hash, device, created_at)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [row["incident_code"], row["id"], _digest(token), device[:200] or "?", now],
    ).fetchone()
    session = CrewSession(
        int(made["id"]) if made else 0,
        row["id"],
        row["incident_code"],
        row["station_code"],
        row["responder_name"],
    )
    return Opened(session, token, is_further_device=bool(before and before["n"]))


def session_of(connection: Connection, token: str) -> CrewSession:
    """Find the session of a device; its order may be closed since: then it only reads the end.

    Raises
    ------
    NotFoundError
        When the token is unknown or its session has ended.
    """
    row = connection.execute(
        "SELECT s.id, s.link_id, l.incident_code, l.station_code, l.responder_name FROM crew_session s"
        " JOIN crew_link l ON l.id = s.link_id WHERE s.token_hash = %s AND s.ended_at IS NULL",
        [_digest(token)],
    ).fetchone()
    if row is None:
        raise NotFoundError(_ENDED)
    return CrewSession(**row)


def other_device_at(connection: Connection, session: CrewSession) -> dt.datetime | None:
    """Say when another device opened a session's link after it; None when none did."""
    row = connection.execute(
        "SELECT max(created_at) AS at FROM crew_session WHERE link_id = %s AND id > %s",
        [session.link_id, session.id],
    ).fetchone()
    return row["at"] if row else None


def end_all(connection: Connection, code: str, *, now: dt.datetime) -> None:
    """End every session of an order."""
    connection.execute(
        "UPDATE crew_session SET ended_at = %s WHERE incident_code = %s AND ended_at IS NULL", [now, code]
    )


def _digest(secret: str) -> bytes:
    # Codes are random: a plain digest is enough.
    return hashlib.sha256(secret.encode()).digest()
