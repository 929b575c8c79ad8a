"""Sign in by another app that knows its user's mobile: a ticket is shown as a QR code, the app's server confirms it (F2)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from data import audit, sign_in_codes
from data.scope import Connection

TICKET_LIFE = dt.timedelta(minutes=3)
_KEPT = dt.timedelta(days=1)


@dataclass(frozen=True)
class TicketAnswer:
    """How it stands with a ticket: `waiting`, `over`, `nobody` (no account has the mobile), `choose` or `entered`."""

    state: str
    secret: str | None = None
    choices: tuple[tuple[str, str], ...] = ()


def new_secret() -> str:
    """Draw the secret that the browser keeps."""
    return secrets.token_urlsafe(32)


def ticket_of(secret: str) -> str:
    """Give the ticket that a browser's secret stands for: what the QR code carries; the secret does not follow from it."""
    digest = hashlib.sha256(b"onemap app sign-in ticket/" + secret.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()


def begin(connection: Connection, secret: str, *, now: dt.datetime) -> None:
    """Keep a ticket of a new secret; tickets that ended a day ago go."""
    connection.execute("DELETE FROM app_sign_in WHERE expires_at < %s", [now - _KEPT])
    connection.execute(
        "INSERT INTO app_sign_in (ticket_hash, created_at, expires_at) VALUES (%s, %s, %s)",
        [_hash(ticket_of(secret)), now, now + TICKET_LIFE],
    )


def confirm(connection: Connection, ticket: str, mobile: str, *, now: dt.datetime) -> bool:
    """Say for the app whose mobile scanned a ticket; False when it is none, has ended, or somebody else scanned it before.

    Saying the same again changes nothing and is true.
    """
    row = connection.execute(
        "UPDATE app_sign_in SET mobile = %(mobile)s, confirmed_at = COALESCE(confirmed_at, %(now)s) WHERE ticket_hash = %(hash)s"
        " AND expires_at > %(now)s AND created_at <= %(now)s AND used_at IS NULL AND (mobile IS NULL OR mobile = %(mobile)s) RETURNING id",
        {"mobile": mobile, "now": now, "hash": _hash(ticket)},
    ).fetchone()
    return row is not None


def enter(connection: Connection, secret: str, *, username: str | None, now: dt.datetime) -> TicketAnswer:
    """Open a session once the ticket of a secret is confirmed; where several accounts have the mobile, `username` says which.

    The ticket works once. What was confirmed in time may be chosen from until the ticket ends.
    """
    row = connection.execute(
        "SELECT id, mobile FROM app_sign_in WHERE ticket_hash = %s AND expires_at > %s AND used_at IS NULL FOR UPDATE",
        [_hash(ticket_of(secret)), now],
    ).fetchone()
    if row is None:
        return TicketAnswer("over")
    if row["mobile"] is None:
        return TicketAnswer("waiting")
    answer = sign_in_codes.enter(
        connection, row["mobile"], row["mobile"], username=username, action="sign_in_app", now=now
    )
    if answer.choices:
        return TicketAnswer("choose", choices=answer.choices)
    if answer.secret is None and username is not None:
        return enter(connection, secret, username=None, now=now)  # none of the choices: they are given again
    connection.execute("UPDATE app_sign_in SET used_at = %s WHERE id = %s", [now, row["id"]])
    if answer.secret is None:
        audit.append(connection, at=now, username="", action="sign_in_app_nobody", subject="session")
        return TicketAnswer("nobody")
    return TicketAnswer("entered", answer.secret)
