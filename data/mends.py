"""Read the list of rows whose position a person should look at (to-mend list)."""

from __future__ import annotations

from typing import Any

from data.scope import Connection


def listed(
    connection: Connection, *, layer: str | None = None, limit: int = 100, offset: int = 0
) -> list[dict[str, Any]]:
    """List rows to mend that the scope may see, by layer and code, with the row's id where it stands on the map."""
    return list(
        connection.execute(
            "SELECT m.id, m.layer, m.code, m.name, m.address, m.reason, m.detail, m.confidence, d.name AS division_name"
            " FROM to_mend m JOIN division d ON d.code = m.division_code"
            " WHERE %(layer)s::text IS NULL OR m.layer = %(layer)s ORDER BY m.layer, m.code, m.id"
            " LIMIT %(limit)s OFFSET %(offset)s",
            {"layer": layer, "limit": limit, "offset": offset},
        )
    )


def counts(connection: Connection) -> dict[str, int]:
    """Count the rows to mend of each layer."""
    return {
        row["layer"]: int(row["n"])
        for row in connection.execute(
            "SELECT layer, count(*) AS n FROM to_mend GROUP BY layer ORDER BY layer"
        )
    }
