"""Give the sample's major hazards the days of their steps: identified, declared, accepted, listed, written off."""

from __future__ import annotations

import datetime as dt

from data.scope import Connection

_OLDEST_DAYS = 900
_WRITTEN_OFF_OF = 15


def write_missing(connection: Connection, *, now: dt.datetime) -> int:
    """Date the steps of sites that have none, up to two and a half years back; of many accepted ones a few were written off since."""
    return connection.execute(
        "WITH q AS (SELECT s.id, %(now)s - make_interval(days => 40 + h.n %% %(oldest)s, hours => h.n %% 9) AS at,"
        " s.state = 'accepted' AND NOT COALESCE(s.is_listed, false) AND h.n %% %(of)s = 0 AS is_off FROM hazard_site s,"
        " LATERAL (SELECT ('x' || substr(md5(s.code), 1, 6))::bit(24)::int AS n) h"
        " WHERE s.assessed_at IS NULL AND s.declared_at IS NULL)"
        " UPDATE hazard_site s SET assessed_at = q.at, declared_at = CASE WHEN s.state <> 'draft' THEN q.at + interval '5 days' END,"
        " accepted_at = CASE WHEN s.state IN ('accepted', 'written_off') THEN q.at + interval '12 days' END,"
        " listed_at = CASE WHEN s.is_listed THEN q.at + interval '20 days' END,"
        " state = CASE WHEN q.is_off THEN 'written_off' ELSE s.state END,"
        " written_off_at = CASE WHEN q.is_off THEN q.at + interval '35 days' END FROM q WHERE q.id = s.id",
        {
            "now": now.replace(minute=30, second=0, microsecond=0),
            "oldest": _OLDEST_DAYS,
            "of": _WRITTEN_OFF_OF,
        },
    ).rowcount
