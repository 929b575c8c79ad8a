"""Keep the audit: an append-only chain in which every line is hashed with the one before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from data.scope import Connection

_LOCK = 7_205_512
_GENESIS = b"\x00" * 32


@dataclass(frozen=True)
class ChainState:
    """What a check of the chain found: lines checked, and the first id at which it is broken."""

    checked: int
    broken_at: int | None
    reason: str = ""


def _digest(number: int, at: dt.datetime, parts: tuple[str, str, str, str], previous: bytes) -> bytes:
    text = json.dumps([number, at.astimezone(dt.UTC).isoformat(), *parts], ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def append(
    connection: Connection,
    *,
    at: dt.datetime,
    username: str,
    action: str,
    subject: str,
    detail: dict[str, Any] | None = None,
) -> int:
    """Append one line in the connection's transaction; writers wait for each other until it ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = connection.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    number, previous = (int(last["id"]) + 1, bytes(last["hash"])) if last else (1, _GENESIS)
    text = json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str)
    digest = _digest(number, at, (username, action, subject, text), previous)
    connection.execute(
        "INSERT INTO audit (id, at, username, action, subject, detail, previous_hash, hash)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [number, at, username, action, subject, text, previous, digest],
    )
    return number


def verify(connection: Connection) -> ChainState:
    """Walk the whole chain and recompute every hash."""
    previous, expected = _GENESIS, 1
    for row in connection.execute(
        "SELECT id, at, username, action, subject, detail, previous_hash, hash FROM audit ORDER BY id"
    ):
        if row["id"] != expected:
            return ChainState(expected - 1, expected, "缺少记录 a line is missing")
        if bytes(row["previous_hash"]) != previous:
            return ChainState(expected - 1, expected, "与上一条不衔接 it does not follow the line before")
        parts = (row["username"], row["action"], row["subject"], row["detail"])
        if bytes(row["hash"]) != _digest(row["id"], row["at"], parts, previous):
            return ChainState(expected - 1, expected, "内容被改动 its content was changed")
        previous, expected = bytes(row["hash"]), expected + 1
    return ChainState(expected - 1, None)
