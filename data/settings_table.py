"""Read and write the few settings that live in the store."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from data.scope import Connection


def get(connection: Connection, key: str, *, default: Any = None) -> Any:
    """Read a setting."""
    row = connection.execute("SELECT value FROM setting WHERE key = %s", [key]).fetchone()
    return default if row is None else row["value"]


def put(connection: Connection, key: str, value: Any) -> None:
    """Write a setting."""
    connection.execute(
        "INSERT INTO setting (key, value) VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [key, Jsonb(value)],
    )
