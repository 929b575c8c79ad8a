"""Give finished inspections of the sample city ticked items; one that failed has the hidden danger that came of it."""

from __future__ import annotations

import datetime as dt

from data.scope import Connection
from layers.display import LOCAL_ZONE


def write_missing(connection: Connection, *, now: dt.datetime) -> int:
    """Tick the items of inspections that are done where nothing is ticked yet; how many ticks."""
    if connection.execute("SELECT 1 AS found FROM check_plan_ticks LIMIT 1").fetchone() is not None:
        return 0
    written = connection.execute(
        "INSERT INTO check_plan_ticks (row_code, item_code, result, ticked_at, created_by, created_at)"
        " SELECT p.code, i.code, CASE WHEN mod(hashtext(p.code || i.code), 9) = 0 THEN 'not_applicable' ELSE 'conforms' END, q.at, 'enterprise', q.at"
        " FROM check_plan p JOIN check_item i ON i.enterprise_code = p.enterprise_code,"
        " LATERAL (SELECT LEAST(p.ends_on::timestamp AT TIME ZONE %(zone)s + interval '10 hours', %(now)s) AS at) q WHERE p.state = 'done'",
        {"zone": LOCAL_ZONE.key, "now": now},
    ).rowcount
    connection.execute(
        "WITH found AS (SELECT DISTINCT ON (h.plan_code) h.id, h.plan_code, t.item_code FROM hidden_danger h"
        " JOIN check_plan_ticks t ON t.row_code = h.plan_code WHERE h.item_code IS NULL ORDER BY h.plan_code, h.id, t.item_code),"
        " marked AS (UPDATE hidden_danger h SET item_code = f.item_code FROM found f WHERE h.id = f.id)"
        " UPDATE check_plan_ticks t SET result = 'fails', note = '见登记的隐患' FROM found f"
        " WHERE t.row_code = f.plan_code AND t.item_code = f.item_code"
    )
    return written
