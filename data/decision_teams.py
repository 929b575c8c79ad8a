"""List the help around an accident, so that a decision can say which of it is not counted on."""

from __future__ import annotations

from typing import Any

from data.scope import Connection
from dispatch.drill import needs

MOST_OF_A_KIND = 12


def teams_around(connection: Connection, at: tuple[float, float]) -> list[dict[str, Any]]:
    """List the resources of each kind that an accident may call for, the nearest as the crow flies first."""
    kinds = [need.kind for need in needs(frozenset({"toxic"}), 0)]
    rows = connection.execute(
        """
        SELECT id, code, name, kind, round(distance_m)::int AS distance_m FROM (
            SELECT id, code, name, kind, ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS distance_m,
                   row_number() OVER (PARTITION BY kind ORDER BY ST_Distance(geom::geography,
                       ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography), id) AS place
            FROM rescue_resource WHERE kind = ANY(%(kinds)s) AND geom IS NOT NULL
        ) AS near WHERE place <= %(most)s ORDER BY array_position(%(kinds)s::text[], kind), place
        """,
        {"lon": at[0], "lat": at[1], "kinds": kinds, "most": MOST_OF_A_KIND},
    )
    return [dict(row) for row in rows]
