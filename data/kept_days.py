"""Keep the totals of every layer as they stand when a day is over, and read those of an earlier day."""

from __future__ import annotations

import datetime as dt

from data.scope import Connection
from layers.display import LOCAL_ZONE

#: Taken by whoever keeps a day, so that two workers do not keep it twice.
_LOCK = 5_027

_SAME = (
    "t.layer = h.layer AND t.division_code = h.division_code AND t.authority_code = h.authority_code"
    " AND t.is_public = h.is_public AND t.class = h.class AND t.n = h.n"
)

#: Past totals with the columns of the kept ones; wants `day`.
TOTALS_ON = (
    "SELECT layer, division_code, authority_code, class, n FROM layer_total_day"
    " WHERE from_day <= %(day)s AND (until_day IS NULL OR until_day > %(day)s)"
)


def keep(connection: Connection, *, now: dt.datetime) -> int | None:
    """Keep the totals of the day that ended last; None when that is done, otherwise how many differ from the day before.

    Only what changed is written. A day during which nothing ran is answered by the last one kept before it.
    """
    day = now.astimezone(LOCAL_ZONE).date() - dt.timedelta(days=1)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = last_day(connection)
    if last is not None and last >= day:
        return None
    return write(connection, day, now=now)


def write(connection: Connection, day: dt.date, *, now: dt.datetime, totals: str = "layer_total") -> int:
    """Write the totals of a day later than any kept, from a table or subselect with the columns of the kept ones."""
    # Two joins on six columns each, of a subselect whose size the planner cannot know: a nested loop would take minutes.
    connection.execute("SET LOCAL enable_nestloop = off")
    changed = connection.execute(
        f"""
        WITH t AS MATERIALIZED (
            SELECT layer, division_code, authority_code, is_public, class, n FROM {totals} totals WHERE n <> 0),
        ended AS (
            UPDATE layer_total_day h SET until_day = %(day)s
            WHERE until_day IS NULL AND NOT EXISTS (SELECT 1 FROM t WHERE {_SAME}))
        INSERT INTO layer_total_day (layer, division_code, authority_code, is_public, class, from_day, n)
        SELECT t.layer, t.division_code, t.authority_code, t.is_public, t.class, %(day)s, t.n FROM t
        WHERE NOT EXISTS (SELECT 1 FROM layer_total_day h WHERE h.until_day IS NULL AND {_SAME})
        """.encode(),
        {"day": day},
    ).rowcount
    connection.execute("SET LOCAL enable_nestloop = DEFAULT")
    connection.execute("INSERT INTO kept_day (day, kept_at) VALUES (%s, %s)", [day, now])
    return changed


def first_day(connection: Connection) -> dt.date | None:
    """Give the first day whose totals are kept."""
    row = connection.execute("SELECT min(day) AS day FROM kept_day").fetchone()
    return row["day"] if row else None


def last_day(connection: Connection) -> dt.date | None:
    """Give the last day whose totals are kept."""
    row = connection.execute("SELECT max(day) AS day FROM kept_day").fetchone()
    return row["day"] if row else None
