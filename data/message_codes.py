"""Codes sent to a mobile: six digits, kept hashed, good for ten minutes, once, and for five guesses (F2, L1)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from psycopg import sql

from data import users
from data.scope import Connection

CODE_LIFE = dt.timedelta(minutes=10)
MOST_GUESSES = 5
_DIGITS = 6


def new_code() -> tuple[str, str]:
    """Draw a code: what is sent, and its hash, which is kept. Costs its time also where nothing will be sent."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    return code, users.hash_secret(code)


def fits(connection: Connection, table: str, row: Mapping[str, Any] | None, code: str) -> bool:
    """Say whether a code is that of a row with `id` and `code_hash`; a wrong one is counted in `guesses`.

    Without a row the same work is done, so that the time tells nothing. The caller commits either way.
    """
    if row is None:
        users.hash_secret(code)
        return False
    if users.is_secret(row["code_hash"], code):
        return True
    connection.execute(
        sql.SQL("UPDATE {} SET guesses = guesses + 1 WHERE id = %s").format(sql.Identifier(table)),
        [row["id"]],
    )
    return False


def use_up(connection: Connection, table: str, row_id: int, *, now: dt.datetime) -> None:
    """Mark a code as used: it fits nothing any more."""
    connection.execute(
        sql.SQL("UPDATE {} SET used_at = %s WHERE id = %s").format(sql.Identifier(table)), [now, row_id]
    )
