"""Give the sample city the totals of past weeks, worked out from the dates in its rows."""

from __future__ import annotations

import datetime as dt

from data import kept_days
from data.scope import Connection
from layers.display import LOCAL_ZONE
from layers.registry import all_layers

_WEEKS = 13
#: When a row came to be, where its layer says so.
_STARTS = {
    "hidden_danger": "registered_at::date",
    "elevator": "in_service_on",
    "incident": "received_at::date",
}
#: What a row's class was on a day: rectified rows are taken to have been so after two thirds of their time.
_CLASSES = {
    "hidden_danger": "CASE WHEN state = 'done' AND registered_at + (due_at - registered_at) * 2 / 3 > '{end}' THEN 'pending'"
    " WHEN state = 'overdue' AND due_at > '{end}' THEN 'pending' ELSE state END"
}


def write_missing(connection: Connection, *, now: dt.datetime) -> bool:
    """Write the totals of the last thirteen weeks, a day a week, where no day is kept yet."""
    if kept_days.last_day(connection) is not None:
        return False
    today = now.astimezone(LOCAL_ZONE).date()
    for week in range(_WEEKS, -1, -1):
        day = today - dt.timedelta(days=1 + 7 * week)
        kept_days.write(connection, day, now=now, totals=f"({_totals(day)})")
    return True


def _totals(day: dt.date) -> str:
    end = f"{day + dt.timedelta(days=1)}T00:00:00+08:00"
    parts = []
    for layer in all_layers():
        symbol = f"COALESCE({layer.symbol_field}::text, '')" if layer.symbol_field else "''"
        symbol = _CLASSES.get(layer.id, symbol).format(end=end)
        start = _STARTS.get(layer.id)
        since = f"WHERE {start} IS NULL OR {start} <= '{day}'" if start else ""
        parts.append(
            f'SELECT \'{layer.id}\' COLLATE "C" AS layer, division_code, authority_code, is_public, ({symbol}) COLLATE "C" AS class,'
            f" count(*)::int AS n FROM {layer.id} {since} GROUP BY 2, 3, 4, 5"
        )
    return " UNION ALL ".join(parts)
