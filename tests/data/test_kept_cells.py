"""Cells that triggers keep are what a count of the rows themselves gives, after rows came, moved and went."""

from __future__ import annotations

import math

import pytest
from psycopg.rows import tuple_row

from data.scope import Connection

_HALF_M = 20_037_508.342789244
Cells = dict[tuple[int, int, int, str, bool, str], tuple[int, int, int]]


def kept(connection: Connection, layer: str) -> Cells:
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT z, x, y, authority_code, is_public, class, n, sum_x_m, sum_y_m FROM layer_cell"
            " WHERE layer = %s AND (n <> 0 OR sum_x_m <> 0 OR sum_y_m <> 0)",
            [layer],
        ).fetchall()
    return {tuple(r[:6]): (int(r[6]), int(r[7]), int(r[8])) for r in rows}  # type: ignore[misc]


def counted(connection: Connection, layer: str, symbol: str) -> Cells:
    """Place every row at every zoom, one by one."""
    cells: dict[tuple[int, int, int, str, bool, str], list[int]] = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            f"SELECT ST_X(ST_Centroid(geom_m)), ST_Y(ST_Centroid(geom_m)), ST_X(ST_Centroid(geom_m))::bigint,"
            f" ST_Y(ST_Centroid(geom_m))::bigint, authority_code, is_public, {symbol}::text FROM {layer}"
            " WHERE geom_m IS NOT NULL".encode()
        ).fetchall()
    for x, y, whole_x, whole_y, authority, is_public, kind in rows:
        for z in range(5, 13):
            width = 2 * _HALF_M / (32 << z)
            key = (
                z,
                math.floor((x + _HALF_M) / width),
                math.floor((_HALF_M - y) / width),
                authority,
                is_public,
                kind,
            )
            cell = cells.setdefault(key, [0, 0, 0])
            for at, more in enumerate((1, whole_x, whole_y)):
                cell[at] += more
    return {key: (n, sum_x, sum_y) for key, (n, sum_x, sum_y) in cells.items()}


@pytest.mark.parametrize(
    ("layer", "symbol"),
    [("elevator", "''"), ("enterprise", "COALESCE(risk_grade, '')"), ("hidden_danger", "state")],
)
def test_cells_follow_the_rows(city_connection: Connection, layer: str, symbol: str) -> None:
    assert kept(city_connection, layer) == counted(city_connection, layer, symbol)
    for change in (
        "UPDATE {0} SET geom = ST_Translate(geom, 0.01, -0.01) WHERE id % 3 = 0",
        # A few metres due north: neither the cell nor the sum of x changes.
        "UPDATE {0} SET geom = ST_Translate(geom, 0, 0.00003) WHERE id % 3 = 1",
        "UPDATE {0} SET geom = NULL, position_quality = 'none' WHERE id % 7 = 0",
        "UPDATE {0} SET is_public = NOT is_public WHERE id % 11 = 0",
    ):
        done = city_connection.execute(change.format(layer).encode())
        assert done.rowcount > 0
        assert kept(city_connection, layer) == counted(city_connection, layer, symbol), change
