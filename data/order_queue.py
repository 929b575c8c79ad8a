"""List orders page by page as dispatchers look at them: open ones by what presses most, closed ones the newest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from data import dispatch_rules
from data.scope import Connection, significant_digits
from dispatch.clocks import DistrictRule


@dataclass(frozen=True)
class Page:
    """Numbers of orders, and how many there are in all."""

    codes: tuple[str, ...]
    total: int


def open_page(connection: Connection, *, limit: int = 200, offset: int = 0) -> Page:
    """List open orders, freed but not closed included: those with a level due first, then by the time left of their clocks.

    The time left is the least of arrival (once somebody was notified) and time trapped, by the limits of each order's district.
    """
    known = dispatch_rules.rules(connection)
    usual = DistrictRule()
    rows = connection.execute(
        "WITH rule AS (SELECT * FROM unnest(%(prefix)s::text[], %(arrival)s::int[], %(trapped)s::int[]) AS r (prefix, arrival_s, trapped_s))"
        " SELECT i.code, count(*) OVER () AS total FROM incident i LEFT JOIN LATERAL (SELECT arrival_s, trapped_s FROM rule"
        " WHERE starts_with(i.division_code, rule.prefix) ORDER BY length(rule.prefix) DESC LIMIT 1) AS r ON true"
        " WHERE i.event_count > 0 AND i.state <> 'closed'"
        " ORDER BY i.state <> 'freed' AND EXISTS (SELECT 1 FROM incident_event d WHERE d.incident_code = i.code AND d.kind = 'level_due'"
        " AND (d.facts->>'level')::int > i.level AND NOT EXISTS (SELECT 1 FROM incident_event x WHERE x.incident_code = i.code"
        " AND x.kind = 'level_declined' AND x.facts->>'key' = d.facts->>'key')) DESC, i.state = 'freed',"
        " LEAST(CASE WHEN i.freed_at IS NULL THEN i.received_at + make_interval(secs => COALESCE(r.trapped_s, %(usual_trapped)s)) END,"
        " CASE WHEN i.arrived_at IS NULL THEN i.notified_at + make_interval(secs => COALESCE(r.arrival_s, %(usual_arrival)s)) END),"
        " i.code LIMIT %(limit)s OFFSET %(offset)s",
        {
            "prefix": [significant_digits(code) for code in known],
            "arrival": [rule.arrival_limit_s for rule in known.values()],
            "trapped": [rule.trapped_limit_s for rule in known.values()],
            "usual_arrival": usual.arrival_limit_s,
            "usual_trapped": usual.trapped_limit_s,
            "limit": limit,
            "offset": offset,
        },
    ).fetchall()
    total = int(rows[0]["total"]) if rows else _count(connection, is_open=True)
    return Page(tuple(str(r["code"]) for r in rows), total)


def closed_page(
    connection: Connection, *, limit: int = 200, offset: int = 0, before: dt.datetime | None = None
) -> Page:
    """List closed orders, the newest first."""
    rows = connection.execute(
        "SELECT code FROM incident WHERE event_count > 0 AND state = 'closed'"
        " AND (%(before)s::timestamptz IS NULL OR received_at < %(before)s) ORDER BY received_at DESC, id DESC"
        " LIMIT %(limit)s OFFSET %(offset)s",
        {"before": before, "limit": limit, "offset": offset},
    ).fetchall()
    return Page(tuple(str(r["code"]) for r in rows), _count(connection, is_open=False, before=before))


def _count(connection: Connection, *, is_open: bool, before: dt.datetime | None = None) -> int:
    row = connection.execute(
        "SELECT count(*) AS n FROM incident WHERE event_count > 0 AND (state <> 'closed') = %(open)s"
        " AND (%(before)s::timestamptz IS NULL OR received_at < %(before)s)",
        {"open": is_open, "before": before},
    ).fetchone()
    return int(row["n"]) if row else 0
