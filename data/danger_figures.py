"""Count hidden dangers of a period: by grade, source and month, rectified, in time, overdue, listed (rows L9, L27)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data.features import Query, where
from data.scope import Connection, Scope
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

_COUNTS = """
count(*) AS total,
count(*) FILTER (WHERE t.state = 'done') AS rectified,
count(*) FILTER (WHERE t.state = 'done' AND t.completed_at <= t.first_due_at) AS in_time,
count(*) FILTER (WHERE t.state IN ('pending', 'in_review')) AS open,
count(*) FILTER (WHERE t.state = 'extension') AS extension,
count(*) FILTER (WHERE t.state = 'overdue') AS overdue,
count(*) FILTER (WHERE t.is_listed) AS listed
"""


def period_of(since: dt.date, until: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Give the half-open span of instants of two days, both included, in Beijing."""
    begin = dt.datetime.combine(since, dt.time(), tzinfo=LOCAL_ZONE)
    return begin, dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), tzinfo=LOCAL_ZONE)


def figures(
    connection: Connection, *, division_code: str, since: dt.date, until: dt.date, scope: Scope
) -> dict[str, Any]:
    """Count the hidden dangers registered in a period, in a division.

    Every split adds up to `total`. The on-time rate is those completed by their first deadline ÷ those whose first deadline lies in the
    period; the rate of major ones is rectified ÷ registered. Percent; None where nothing is counted.
    """
    condition, values = where(layer_by_id("hidden_danger"), Query(division_code=division_code), scope=scope)
    values["begin"], values["end"] = period_of(since, until)
    registered = f"{condition} AND t.registered_at >= %(begin)s AND t.registered_at < %(end)s"

    def counted(by: str) -> list[dict[str, Any]]:
        return list(
            connection.execute(
                f"SELECT {by} AS value, {_COUNTS} FROM hidden_danger t WHERE {registered} GROUP BY 1 ORDER BY 1".encode(),
                values,
            )
        )

    whole = connection.execute(
        f"SELECT {_COUNTS} FROM hidden_danger t WHERE {registered}".encode(), values
    ).fetchone()
    due = connection.execute(
        "SELECT count(*) AS due, count(*) FILTER (WHERE t.state = 'done' AND t.completed_at <= t.first_due_at) AS in_time"
        f" FROM hidden_danger t WHERE {condition} AND t.first_due_at >= %(begin)s AND t.first_due_at < %(end)s".encode(),
        values,
    ).fetchone()
    by_grade = counted("t.grade")
    major = next((row for row in by_grade if row["value"] == "major"), None)
    month = f"to_char(t.registered_at AT TIME ZONE '{LOCAL_ZONE.key}', 'YYYY-MM')"
    return {
        "counts": dict(whole or {}),
        "by_grade": by_grade,
        "by_source": counted("t.source"),
        "by_month": counted(month),
        "due": int(due["due"]) if due else 0,
        "due_in_time": int(due["in_time"]) if due else 0,
        "on_time_rate": _percent(due["in_time"], due["due"]) if due else None,
        "major_rate": _percent(major["rectified"], major["total"]) if major else None,
    }


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def open_rows(
    connection: Connection,
    *,
    division_code: str,
    since: dt.date,
    until: dt.date,
    scope: Scope,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """List the hidden dangers of the period as the manual's list (隐患排查清单) has them, those that are not done first."""
    condition, values = where(layer_by_id("hidden_danger"), Query(division_code=division_code), scope=scope)
    values["begin"], values["end"] = period_of(since, until)
    values["limit"] = limit
    return list(
        connection.execute(
            "SELECT t.id, t.code, t.name, t.place, t.grade, t.source, t.state, t.registered_at, t.due_at, t.measures, t.is_listed,"
            " (SELECT e.name FROM enterprise e WHERE e.code = t.enterprise_code) AS enterprise_name FROM hidden_danger t"
            f" WHERE {condition} AND t.registered_at >= %(begin)s AND t.registered_at < %(end)s"
            " ORDER BY t.state = 'done', t.grade = 'general', t.due_at, t.id LIMIT %(limit)s".encode(),
            values,
        )
    )
