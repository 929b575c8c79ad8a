"""Count what stands in each safety grid, and how it was patrolled in a period (row G9)."""

from __future__ import annotations

import datetime as dt
from typing import Any, BinaryIO

import xlsxwriter

from data import divisions
from data.errors import NotFoundError
from data.export import safe_cell
from data.patrols import NEAR
from data.scope import Connection, code_range
from layers.declaration import Words
from layers.display import LOCAL_ZONE, mask

#: What is counted of a layer, and by which condition on alias ``t``.
STANDS = {
    "enterprises": ("enterprise", ""),
    "risk_points": ("risk_point", ""),
    "open_dangers": ("hidden_danger", " AND t.state <> 'done'"),
}
_MOST = 2000


def read(
    connection: Connection, *, since: dt.date, until: dt.date, division_code: str | None = None
) -> list[dict[str, Any]]:
    """Count by grid the scope's enterprises, risk points and hidden dangers that are not rectified, by where they stand, and its patrols.

    A walk counts in every grid that its route crosses or has a stop in, by the day it ended (both included). `route_m` and `missed_m` are the
    parts of the routes, as they were walked by, that lie in the grid: of every walk, added up.
    """
    where, values = "true", _between(since, until)
    if division_code is not None:
        values["low"], values["high"] = code_range(division_code)
        column = "authority_code" if divisions.is_zone(division_code) else "division_code"
        where = f"g.{column} >= %(low)s AND g.{column} < %(high)s"
    stands = ", ".join(
        f"(SELECT count(*) FROM {layer} t WHERE t.geom && g.geom AND ST_Intersects(t.geom, g.geom){more}) AS {name}"
        for name, (layer, more) in STANDS.items()
    )
    rows = connection.execute(
        "WITH g AS MATERIALIZED (SELECT g.id, g.code, g.name, g.kind, g.keeper_name, g.keeper_phone, g.division_code, g.geom FROM safety_grid g"
        f" WHERE {where} ORDER BY g.division_code, g.code LIMIT {_MOST}),"
        " w AS MATERIALIZED (SELECT t.id, r.code AS route_code, t.geom, t.tolerance_m, t.shape_id,"
        " CASE WHEN t.shape_id IS NULL THEN r.geom ELSE p.geom END AS line FROM patrol_track t JOIN patrol_route r ON r.code = t.route_code"
        " LEFT JOIN patrol_route_shape p ON p.id = t.shape_id WHERE t.ended_at >= %(begin)s AND t.ended_at < %(end)s),"
        f" l AS MATERIALIZED (SELECT t.*, ST_Difference(t.line, {NEAR}) AS missed FROM w t WHERE t.line IS NOT NULL),"
        " walked AS (SELECT g.id, count(*) AS walks, sum(q.route_m) AS route_m, sum(LEAST(q.missed_m, q.route_m)) AS missed_m FROM g JOIN l"
        " ON l.line && g.geom AND ST_Intersects(l.line, g.geom), LATERAL (SELECT ST_Length(ST_Intersection(l.line, g.geom)::geography) AS route_m,"
        " ST_Length(ST_Intersection(l.missed, g.geom)::geography) AS missed_m) q GROUP BY g.id),"
        " reached AS (SELECT g.id, count(DISTINCT w.id) AS walks FROM g JOIN patrol_stop s ON s.geom && g.geom AND ST_Intersects(s.geom, g.geom)"
        " JOIN w ON w.route_code = s.route_code AND w.line IS NULL AND w.shape_id IS NULL GROUP BY g.id)"
        f" SELECT g.id, g.code, g.name, g.kind, g.keeper_name, g.keeper_phone, d.name AS division_name,"
        " ARRAY[ST_XMin(g.geom), ST_YMin(g.geom), ST_XMax(g.geom), ST_YMax(g.geom)] AS bbox,"
        f" {stands},"
        " COALESCE(walked.walks, 0) + COALESCE(reached.walks, 0) AS walks, COALESCE(walked.route_m, 0) AS route_m,"
        " COALESCE(walked.missed_m, 0) AS missed_m FROM g JOIN division d ON d.code = g.division_code LEFT JOIN walked ON walked.id = g.id"
        " LEFT JOIN reached ON reached.id = g.id ORDER BY g.division_code, g.code".encode(),
        values,
    )
    return list(rows)


def walks(connection: Connection, grid_id: int, *, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """List the walks that `read` counts in a grid, the last first, with what of their route lies in it and was left out there.

    Raises
    ------
    NotFoundError
        When the scope has no such grid.
    """
    if connection.execute("SELECT 1 FROM safety_grid WHERE id = %s", [grid_id]).fetchone() is None:
        raise NotFoundError("没有这个网格。 There is no such grid.")
    return connection.execute(
        "WITH g AS MATERIALIZED (SELECT geom FROM safety_grid WHERE id = %(grid)s),"
        " w AS MATERIALIZED (SELECT t.id, t.patroller, t.ended_at, r.id AS route_id, r.code AS route_code, r.name AS route_name, t.geom,"
        " t.tolerance_m, t.shape_id, CASE WHEN t.shape_id IS NULL THEN r.geom ELSE p.geom END AS line FROM patrol_track t"
        " JOIN patrol_route r ON r.code = t.route_code LEFT JOIN patrol_route_shape p ON p.id = t.shape_id"
        " WHERE t.ended_at >= %(begin)s AND t.ended_at < %(end)s)"
        " SELECT t.id, t.route_id, t.route_name, t.patroller, t.ended_at, q.route_m, LEAST(q.missed_m, q.route_m) AS missed_m FROM g, w t,"
        " LATERAL (SELECT ST_Length(ST_Intersection(t.line, g.geom)::geography) AS route_m,"
        f" ST_Length(ST_Intersection(ST_Difference(t.line, {NEAR}), g.geom)::geography) AS missed_m) q"
        " WHERE t.line IS NOT NULL AND t.line && g.geom AND ST_Intersects(t.line, g.geom)"
        " UNION ALL SELECT t.id, t.route_id, t.route_name, t.patroller, t.ended_at, 0, 0 FROM g, w t WHERE t.line IS NULL AND t.shape_id IS NULL"
        " AND EXISTS (SELECT 1 FROM patrol_stop s WHERE s.route_code = t.route_code AND s.geom && g.geom AND ST_Intersects(s.geom, g.geom))"
        " ORDER BY ended_at DESC, id DESC".encode(),
        {"grid": grid_id, **_between(since, until)},
    ).fetchall()


def _between(since: dt.date, until: dt.date) -> dict[str, Any]:
    return {
        "begin": dt.datetime.combine(since, dt.time(), tzinfo=LOCAL_ZONE),
        "end": dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), tzinfo=LOCAL_ZONE),
    }


_COLUMNS = (
    ("code", Words("网格编号", "Grid number")), ("name", Words("网格", "Grid")), ("division_name", Words("所在区划", "Division")),
    ("keeper_name", Words("网格员", "Keeper")), ("keeper_phone", Words("电话", "Telephone")), ("enterprises", Words("企业", "Enterprises")),
    ("risk_points", Words("风险点", "Risk points")), ("open_dangers", Words("未整改隐患", "Hidden dangers not rectified")),
    ("walks", Words("巡查次数", "Walks")), ("covered_pct", Words("覆盖率（%）", "Covered, %")), ("route_m", Words("应巡长度（米）", "To be walked, m")),
    ("missed_m", Words("漏巡长度（米）", "Left out, m")),
)  # fmt: skip


def masked(row: dict[str, Any], *, sees_sensitive: bool) -> dict[str, Any]:
    """Give a row with the keeper's name and telephone as a reader without the right sees them."""
    if sees_sensitive:
        return row
    return {**row, **{name: mask(row[name]) for name in ("keeper_name", "keeper_phone") if row[name]}}


def write_excel(target: BinaryIO, rows: list[dict[str, Any]], *, period: str, language: str) -> None:
    """Write one sheet with a row for each grid; texts that look like formulas stay texts."""
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        sheet = book.add_worksheet(Words("网格", "Grids").in_language(language))
        sheet.set_column(0, len(_COLUMNS) - 1, 16)
        sheet.write_string(0, 0, period)
        sheet.freeze_panes(2, 2)
        for column, (_, head) in enumerate(_COLUMNS):
            sheet.write_string(1, column, head.in_language(language), bold)
        for number, row in enumerate(rows, start=2):
            share = covered_share(row)
            told = {**row, "covered_pct": None if share is None else round(100 * share, 2)}
            for column, (name, _) in enumerate(_COLUMNS):
                value = told[name]
                if isinstance(value, int | float):
                    sheet.write_number(number, column, round(value, 1))
                elif value is not None:
                    sheet.write_string(number, column, str(safe_cell(value)))


def covered_share(row: dict[str, Any]) -> float | None:
    """Give the share of the routes in a grid that walks covered; None where no line was walked there."""
    return None if not row["route_m"] else round(1 - row["missed_m"] / row["route_m"], 4)
