"""Gather what the four-colour map (四色图) shows: risk points by level and division, outlines, and the lists (L13, G6)."""

from __future__ import annotations

from typing import Any

from data import divisions
from data.features import Query, where
from data.scope import Connection, Scope, significant_digits
from layers.registry import layer_by_id

#: A plant farther than this from all risk points would only make their sheet smaller.
_NEAR_M = 2000
#: Points that are drawn on one sheet at most.
MOST_DRAWN = 20_000
LEVELS = ("1", "2", "3", "4")
GRADES = ("D", "C", "B", "A")


def by_division(
    connection: Connection,
    layer_id: str,
    field: str,
    values: tuple[str, ...],
    *,
    division_code: str,
    scope: Scope,
) -> dict[str, Any]:
    """Count a layer's rows by a field's values and by part of a division; parts and the rest add up to `total`.

    Raises
    ------
    NotFoundError
        When there is no such division.
    """
    place = divisions.read(connection, division_code)
    parts = [p for p in divisions.children(connection, division_code) if p.level != "zone"]
    condition, binds = where(layer_by_id(layer_id), Query(division_code=division_code), scope=scope)
    rows = connection.execute(
        f"SELECT t.division_code AS code, t.{field} AS value, count(*) AS n FROM {layer_id} t WHERE {condition} GROUP BY 1, 2".encode(),
        binds,
    ).fetchall()
    table: list[dict[str, Any]] = [
        {"code": p.code, "name": p.name, "counts": _counts(rows, values, significant_digits(p.code))}
        for p in parts
    ]
    total = _counts(rows, values, "")
    rest = {v: n - sum(one["counts"][v] for one in table) for v, n in total.items()}
    if table and any(rest.values()):
        table.append({"code": None, "name": place.name, "counts": rest})
    return {"total": total, "parts": table}


def _counts(rows: list[dict[str, Any]], values: tuple[str, ...], prefix: str) -> dict[str, int]:
    found = dict.fromkeys((*values, "none"), 0)
    for row in rows:
        if row["code"].startswith(prefix):
            found[row["value"] if row["value"] in values else "none"] += int(row["n"])
    return found


def outlines(connection: Connection, division_code: str) -> list[dict[str, Any]]:
    """Give the outlines of a division's parts, or its own where they have none: name and rings, degrees."""
    rows = connection.execute(
        "SELECT name, ST_AsGeoJSON(ST_SimplifyPreserveTopology(geom, 0.0008), 5)::jsonb AS shape,"
        " ST_X(label_point) AS lon, ST_Y(label_point) AS lat FROM division"
        " WHERE geom IS NOT NULL AND level <> 'zone' AND parent_code = %s ORDER BY code",
        [division_code],
    ).fetchall()
    if not rows:
        rows = connection.execute(
            "SELECT name, ST_AsGeoJSON(ST_SimplifyPreserveTopology(geom, 0.0002), 5)::jsonb AS shape,"
            " ST_X(label_point) AS lon, ST_Y(label_point) AS lat FROM division WHERE geom IS NOT NULL AND code = %s",
            [division_code],
        ).fetchall()
    return [dict(row) for row in rows]


def own_outlines(connection: Connection) -> list[dict[str, Any]]:
    """Give the boundaries of the scope's own plants near its risk points, to draw these in."""
    rows = connection.execute(
        "SELECT name, ST_AsGeoJSON(geom, 6)::jsonb AS shape, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat"
        " FROM plant_boundary b WHERE geom IS NOT NULL AND owner_id = (SELECT house.scope_owner()) AND EXISTS (SELECT 1 FROM risk_point r"
        f" WHERE r.owner_id = b.owner_id AND ST_DWithin(r.geom::geography, b.geom::geography, {_NEAR_M})) ORDER BY code".encode()
    ).fetchall()
    return [dict(row) for row in rows]


def points(
    connection: Connection, *, division_code: str, scope: Scope, limit: int = MOST_DRAWN
) -> list[dict[str, Any]]:
    """Give the risk points of a division with their position, the highest level first; one more than the limit where there are more."""
    condition, values = where(layer_by_id("risk_point"), Query(division_code=division_code), scope=scope)
    return list(
        connection.execute(
            f"SELECT t.level, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat FROM risk_point t WHERE {condition} AND t.geom IS NOT NULL"
            " ORDER BY t.level, t.id LIMIT %(limit)s".encode(),
            {**values, "limit": limit + 1},
        )
    )


def items(
    connection: Connection, *, division_code: str, scope: Scope, limit: int = 300
) -> list[dict[str, Any]]:
    """Give the identification and control list: each item below its factor and point, the highest level first."""
    condition, values = where(layer_by_id("risk_point"), Query(division_code=division_code), scope=scope)
    return list(
        connection.execute(
            "SELECT t.code, t.name, t.level, t.control_level, (SELECT e.name FROM enterprise e WHERE e.code = t.enterprise_code)"
            " AS enterprise_name, i.factor, i.item, i.accident, i.measures, i.responsible, i.every_days FROM risk_point t"
            f" JOIN risk_point_item i ON i.row_code = t.code WHERE {condition} ORDER BY t.level, t.code, i.factor, i.id"
            " LIMIT %(limit)s".encode(),
            {**values, "limit": limit},
        )
    )
