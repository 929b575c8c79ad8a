"""Read and raise the versions of layers, which caches and ETags are keyed by."""

from __future__ import annotations

from collections.abc import Iterable

from data.scope import Connection


def versions(connection: Connection) -> dict[str, int]:
    """Give the version of every layer that ever changed."""
    return {
        row["layer"]: row["version"] for row in connection.execute("SELECT layer, version FROM layer_state")
    }


def raise_version(connection: Connection, names: Iterable[str]) -> None:
    """Note that tables without triggers (division, road, water) have changed."""
    for name in sorted(names):
        connection.execute(
            "INSERT INTO layer_state AS s (layer, version) VALUES (%s, 1)"
            " ON CONFLICT (layer) DO UPDATE SET version = s.version + 1",
            [name],
        )


def tell(connection: Connection, name: str) -> None:
    """Note that a table without triggers has changed, and have all processes look at once."""
    raise_version(connection, [name])
    connection.execute("SELECT pg_notify('onemap_change', '')")


def store_id(connection: Connection) -> str:
    """Name this very database: its cluster's identifier and its own number there."""
    row = connection.execute(
        "SELECT c.system_identifier || '/' || d.oid AS id FROM pg_control_system() c, pg_database d"
        " WHERE d.datname = current_database()"
    ).fetchone()
    return str(row["id"]) if row else ""
