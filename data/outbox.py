"""Send messages through a transactional outbox: written with the work, sent after it, once."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from data.clock import Clock
from data.database import Database
from data.scope import Connection

_log = logging.getLogger(__name__)
MAX_ATTEMPTS = 8
FIRST_PAUSE = dt.timedelta(seconds=10)
#: The link to an order works until the order closes, and never longer than this; nor is it kept in a message any longer.
LINK_LIFE = dt.timedelta(hours=24)
#: Due by its time, or last handled at a time that has not come: then the clock was set back since, and it would wait too long.
_DUE = (
    "(next_attempt_at <= %(now)s OR next_attempt_at"
    " - CASE attempts WHEN 0 THEN interval '0' ELSE %(pause)s * 2 ^ (attempts - 1) END > %(now)s)"
)

#: A link leads to one order and is the station's; a code opens an account, and whoever reads it could sign in as its owner.
_ONLY_LINKS = "CASE WHEN position('://' IN secret) > 0 THEN secret WHEN secret IS NOT NULL THEN '••••••' END"


@dataclass(frozen=True)
class Delivery:
    """What a gateway said: accepted or not, its own id, and whether trying again may help."""

    is_accepted: bool
    gateway_id: str | None = None
    error: str | None = None
    may_retry: bool = True


class Gateway(Protocol):
    """Whatever sends a message."""

    def send(self, *, key: str, recipient: str, body: str) -> Delivery:
        """Hand over one message; `key` makes a repeated call harmless."""
        ...


class PageGateway:
    """The default: nothing leaves the server; messages are read on the outbox page, codes by `onemap messages`."""

    def send(self, *, key: str, recipient: str, body: str) -> Delivery:
        """Accept the message."""
        del recipient, body
        return Delivery(is_accepted=True, gateway_id=f"page-{key}")


def _readable(text: str, most: int) -> str:
    """Give what a gateway said without control characters, which the store does not take."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:most])


class HttpGateway:
    """An SMS service reached by HTTP: POST of JSON {to, text} with an Idempotency-Key header."""

    def __init__(self, url: str, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(
                f"短信网关地址应以 http:// 或 https:// 开头。 The gateway's address must be http(s): {url}"
            )
        self._url, self._token, self._timeout_s = url, token, timeout_s

    def send(self, *, key: str, recipient: str, body: str) -> Delivery:
        """Hand over one message; what is no clear yes counts as not accepted, and is tried again."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = json.dumps({"to": recipient, "text": body}, ensure_ascii=False).encode()
        request = urllib.request.Request(self._url, content, headers, method="POST")  # noqa: S310 - scheme checked above
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310
                answer = json.loads(response.read(65_536))
                return Delivery(is_accepted=True, gateway_id=_readable(str(answer["id"]), 200))
        except urllib.error.HTTPError as error:
            refused = 400 <= error.code < 500 and error.code not in (408, 409, 425, 429)
            return Delivery(is_accepted=False, error=f"HTTP {error.code}", may_retry=not refused)
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError) as error:
            return Delivery(is_accepted=False, error=_readable(f"{type(error).__name__}: {error}", 300))


def put(
    connection: Connection,
    *,
    key: str,
    recipient: str,
    body: str,
    now: dt.datetime,
    secret: str | None = None,
) -> bool:
    """Write a message in the connection's transaction; False when the key is known already.

    `secret` stands where the body says ``{link}``. It is kept apart until a gateway has taken the message, then forgotten;
    on the outbox page, which then is the recipient's telephone, and with a message that failed, it stays for `LINK_LIFE`.
    """
    row = connection.execute(
        "INSERT INTO outbox (idempotency_key, channel, recipient, body, secret, created_at, next_attempt_at)"
        " VALUES (%s, 'sms', %s, %s, %s, %s, %s) ON CONFLICT (idempotency_key) DO NOTHING RETURNING id",
        [key, recipient, body, secret, now, now],
    ).fetchone()
    return row is not None


def send_due(
    database: Database,
    gateway: Gateway,
    *,
    clock: Clock,
    limit: int = 100,
    on_sent: Callable[[int], None] | None = None,
) -> int:
    """Send what is due, one message a transaction; the number accepted.

    A process that dies between the gateway's yes and the note of it sends again with the same key:
    the gateway sees one message.
    """
    accepted = 0
    with psycopg.connect(database.app, row_factory=dict_row, autocommit=True) as connection:
        for _ in range(limit):
            with connection.transaction():
                row = connection.execute(
                    "SELECT id, idempotency_key, recipient, body, secret, attempts FROM outbox"
                    f" WHERE state = 'waiting' AND {_DUE} ORDER BY next_attempt_at, id"
                    " LIMIT 1 FOR UPDATE SKIP LOCKED",
                    {"now": clock.now(), "pause": FIRST_PAUSE},
                ).fetchone()
                if row is None:
                    return accepted
                delivery = gateway.send(
                    key=row["idempotency_key"],
                    recipient=row["recipient"],
                    body=_whole_body(row["body"], row["secret"]),
                )
                if on_sent is not None:
                    on_sent(row["id"])
                _note(connection, row, delivery, clock.now(), keeps_secret=isinstance(gateway, PageGateway))
            accepted += delivery.is_accepted
    return accepted


def _whole_body(body: str, secret: str | None) -> str:
    return body if secret is None else body.replace("{link}", secret)


def _note(
    connection: Connection, row: dict[str, Any], delivery: Delivery, now: dt.datetime, *, keeps_secret: bool
) -> None:
    attempts = row["attempts"] + 1
    if delivery.is_accepted:
        connection.execute(
            "UPDATE outbox SET state = 'sent', attempts = %s, gateway_id = %s, last_error = NULL, sent_at = %s,"
            " secret = CASE WHEN %s THEN secret END WHERE id = %s",
            [attempts, delivery.gateway_id, now, keeps_secret, row["id"]],
        )
        return
    is_over = attempts >= MAX_ATTEMPTS or not delivery.may_retry
    connection.execute(
        "UPDATE outbox SET state = %s, attempts = %s, last_error = %s, next_attempt_at = %s WHERE id = %s",
        [
            "failed" if is_over else "waiting",
            attempts,
            delivery.error,
            now + FIRST_PAUSE * 2 ** (attempts - 1),
            row["id"],
        ],
    )


def listed(connection: Connection, *, limit: int = 200, state: str | None = None) -> list[dict[str, Any]]:
    """List messages, the newest first: with the links of orders, never with the code of somebody's sign-in or password."""
    return _listed(connection, _ONLY_LINKS, limit, state)


def listed_whole(connection: Connection, *, limit: int = 20) -> list[dict[str, Any]]:
    """List messages as they were sent, codes too: for whoever runs the server, who has the store in hand anyway."""
    return _listed(connection, "secret", limit, None)


def _listed(connection: Connection, secret: str, limit: int, state: str | None) -> list[dict[str, Any]]:
    return list(
        connection.execute(
            f"SELECT id, channel, recipient, replace(body, '{{link}}', COALESCE({secret}, '…')) AS body,"
            " state, attempts, last_error, created_at, next_attempt_at, sent_at"
            " FROM outbox WHERE %(state)s::text IS NULL OR state = %(state)s ORDER BY id DESC LIMIT %(limit)s".encode(),
            {"state": state, "limit": limit},
        )
    )


def forget_links(connection: Connection, *, now: dt.datetime) -> int:
    """Forget the links that open nothing any more; how many there were."""
    return connection.execute(
        "UPDATE outbox SET secret = NULL WHERE secret IS NOT NULL AND state <> 'waiting' AND created_at <= %s",
        [now - LINK_LIFE],
    ).rowcount


def try_again(connection: Connection, message_id: int, *, now: dt.datetime) -> bool:
    """Put a failed message back; False when it is not a failed one, or its link has been forgotten."""
    row = connection.execute(
        "UPDATE outbox SET state = 'waiting', attempts = 0, next_attempt_at = %s WHERE id = %s AND state = 'failed'"
        " AND (secret IS NOT NULL OR position('{link}' IN body) = 0) RETURNING id",
        [now, message_id],
    ).fetchone()
    return row is not None
