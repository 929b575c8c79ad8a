"""Warn of patrols that were not walked in their days, once for each period, and settle the warning when they are."""

from __future__ import annotations

import datetime as dt

from data import warning_limits, warnings
from data.scope import Connection
from layers.display import LOCAL_ZONE
from layers.patrol_completeness import OWED as WARNING
from layers.patrol_completeness import OWED_WORDS as WARNING_WORDS
from layers.patrol_completeness import WATCH, is_made

__all__ = ["WARNING", "WARNING_WORDS", "forget", "least_percent", "watch"]

_MOST = 500
_DUE = (
    f"(COALESCE((SELECT max(t.ended_at) FROM patrol_track t WHERE t.route_code = r.code AND {is_made('t')}), r.created_at) AT TIME ZONE '{LOCAL_ZONE.key}')::date"
    " + r.every_days"
)
#: The day on which it is owed has ended in Beijing.
_PAST = f"((q.due_on + 1)::timestamp AT TIME ZONE '{LOCAL_ZONE.key}')"


def least_percent(connection: Connection) -> float:
    """Read how much of a route a walk has to cover to make the patrol, percent."""
    return warning_limits.value_of(connection, "patrol_route", WATCH)


def watch(connection: Connection, *, now: dt.datetime) -> int:
    """Look through the routes once, in the connection's transaction; how many warnings were raised or settled.

    What was warned of is kept beside the warning: marking it as processed does not bring it again, and a worker that was
    down warns when it is back.
    """
    least = least_percent(connection)
    done = connection.execute(
        "UPDATE warning w SET processed_at = %(now)s, processed_by = 'system', note = '已巡查 walked meanwhile'"
        " WHERE w.kind = %(kind)s AND w.layer = 'patrol_route' AND w.processed_at IS NULL AND NOT EXISTS ("
        f" SELECT 1 FROM (SELECT r.id, {_DUE} AS due_on FROM patrol_route r WHERE r.id = w.row_id) q"
        f" WHERE {_PAST} <= %(now)s)".encode(),
        {"now": now, "kind": WARNING, "least": least},
    ).rowcount
    rows = connection.execute(
        f"SELECT q.*, {_PAST} AS past_at FROM (SELECT r.id, r.name, r.division_code, r.authority_code, r.owner_id,"
        f" {_DUE} AS due_on FROM patrol_route r WHERE r.every_days IS NOT NULL) q WHERE {_PAST} <= %(now)s AND NOT EXISTS ("
        " SELECT 1 FROM register_alarm a WHERE a.register = 'patrol_route' AND a.row_id = q.id AND a.field = 'every_days'"
        f" AND a.stage = 'after' AND a.due_at = {_PAST}) ORDER BY q.id LIMIT %(most)s".encode(),
        {"now": now, "most": _MOST, "least": least},
    ).fetchall()
    for row in rows:
        raised = warnings.raise_warning(
            connection, kind=WARNING, level="4", layer="patrol_route", row=row, now=now,
            title=f"{row['name']}：应在 {row['due_on']} 前巡查。 To be walked before {row['due_on']}: {row['name']}.",
        )  # fmt: skip
        connection.execute(
            "INSERT INTO register_alarm (register, row_id, field, stage, due_at, warning_id)"
            " VALUES ('patrol_route', %s, 'every_days', 'after', %s, %s) ON CONFLICT DO NOTHING",
            [row["id"], row["past_at"], raised or 0],
        )
    return done + len(rows)


def forget(connection: Connection, route_id: int, *, now: dt.datetime) -> None:
    """Settle what is open about a route that goes."""
    connection.execute(
        "UPDATE warning SET processed_at = %s, processed_by = 'system', note = '路线已删除 the route was removed'"
        " WHERE kind = %s AND layer = 'patrol_route' AND row_id = %s AND processed_at IS NULL",
        [now, WARNING, route_id],
    )
    connection.execute(
        "DELETE FROM register_alarm WHERE register = 'patrol_route' AND row_id = %s", [route_id]
    )
