"""Give the sample city the warnings that its dates have raised by now, most of them processed."""

from __future__ import annotations

import datetime as dt

from data import register_alarms
from data.scope import Connection

#: Of a hundred: how many still wait for somebody, of what is soon due and of what is late.
_OPEN_SOON, _OPEN_LATE = 3, 20
_MOST_ROUNDS = 40


def write_missing(connection: Connection, *, now: dt.datetime) -> int:
    """Raise what is due where no warning stands yet, in the connection's transaction, and process most; how many were raised."""
    if connection.execute(
        "SELECT 1 AS found FROM register_alarm LIMIT 1"
    ).fetchone():  # what was warned of is not warned of again
        return 0
    for _ in range(_MOST_ROUNDS):
        if register_alarms.watch(connection, now=now) == 0:
            break
    raised = [
        row["id"]
        for row in connection.execute(
            "UPDATE warning SET raised_at = raised_at - make_interval(hours => 3 + (id * 7919 %% 430)::int)"
            " WHERE raised_at = %s AND processed_at IS NULL RETURNING id",
            [now],
        )
    ]
    connection.execute(
        "UPDATE warning SET processed_at = raised_at + make_interval(mins => 40 + (id * 104729 %% 130)::int), processed_by = 'street',"
        " note = CASE WHEN kind LIKE '%%.before' THEN '已通知企业按期办理' ELSE '已督促企业，限期办理' END"
        " WHERE id = ANY(%s) AND id * 7 %% 100 >= CASE WHEN kind LIKE '%%.before' THEN %s ELSE %s END",
        [raised, _OPEN_SOON, _OPEN_LATE],
    )
    return len(raised)
