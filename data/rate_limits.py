"""Count how often a caller did something, in the database: all processes count together, a restart forgets nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from data.scope import Connection

#: Windows older than this are swept when one is counted.
_KEPT = dt.timedelta(days=2)


@dataclass(frozen=True)
class Limit:
    """How often one caller may do a thing within a time."""

    kind: str
    most: int
    window: dt.timedelta


def take(connection: Connection, limit: Limit, key: str, *, now: dt.datetime) -> int:
    """Count one more of a kind for a caller; seconds to wait when that is one too many, otherwise 0.

    The caller is kept as a digest. Exactly `limit.most` fit into a window, which begins with the first of them.
    """
    row = connection.execute(
        "INSERT INTO rate_window AS w (kind, key_hash, started_at, n) VALUES (%(kind)s, %(key)s, %(now)s, 1)"
        " ON CONFLICT (kind, key_hash) DO UPDATE SET"
        " n = CASE WHEN w.started_at <= %(old)s THEN 1 ELSE w.n + 1 END,"
        " started_at = CASE WHEN w.started_at <= %(old)s THEN %(now)s ELSE w.started_at END RETURNING started_at, n",
        {"kind": limit.kind, "key": _digest(key), "now": now, "old": now - limit.window},
    ).fetchone()
    if row is None or row["n"] <= limit.most:
        return 0
    connection.execute("DELETE FROM rate_window WHERE started_at < %s", [now - _KEPT])
    left_s = (row["started_at"] + limit.window - now).total_seconds()
    return max(1, int(left_s) + 1)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
