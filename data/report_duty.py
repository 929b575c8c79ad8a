"""Warn of enterprises that in a month reported no hidden danger, nor an inspection that found nothing (DOMAIN 3.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import warnings
from data.scope import Connection
from layers.declaration import Words
from layers.display import LOCAL_ZONE

WARNING = "danger_unreported"
WARNING_WORDS = Words("当月未报隐患", "No hidden danger reported in a month")
#: So many months are looked back at: what the system slept through is warned of when it is back.
MONTHS = 12
#: What was warned of is kept beside the warning.
_FIELD = "danger_report"

_MONTH_ENDS = f"((m.month + interval '1 month')::timestamp AT TIME ZONE '{LOCAL_ZONE.key}')"
_MONTH_BEGINS = f"(m.month::timestamp AT TIME ZONE '{LOCAL_ZONE.key}')"
#: An enterprise answers for the months that begin after it was entered and one of its people could sign in.
_KNOWN = (
    f"GREATEST(COALESCE(e.valid_from, (e.created_at AT TIME ZONE '{LOCAL_ZONE.key}')::date),"
    f" (a.since AT TIME ZONE '{LOCAL_ZONE.key}')::date)"
)
_UNREPORTED = f"""
SELECT e.id, e.name, e.division_code, e.authority_code, e.owner_id, m.month, {_MONTH_ENDS} AS past_at
FROM enterprise e
JOIN (SELECT unit_id, min(created_at) AS since FROM app_user WHERE role = 'enterprise' AND is_active AND unit_id IS NOT NULL GROUP BY 1) a
    ON a.unit_id = e.owner_id
JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 month') AS s(month) ON true, LATERAL (SELECT s.month::date AS month) m
WHERE m.month >= {_KNOWN}
    AND NOT EXISTS (SELECT 1 FROM hidden_danger h WHERE h.enterprise_code = e.code AND h.source = 'self'
        AND h.registered_at >= {_MONTH_BEGINS} AND h.registered_at < {_MONTH_ENDS})
    AND NOT EXISTS (SELECT 1 FROM check_plan p WHERE p.enterprise_code = e.code AND p.state = 'done' AND p.result IS NOT NULL
        AND p.begins_on < (m.month + interval '1 month')::date AND p.ends_on >= m.month)
    AND NOT EXISTS (SELECT 1 FROM production_stop p WHERE p.enterprise_code = e.code AND p.extent = 'all'
        AND p.state IN ('stopped', 'asked') AND p.stops_on <= m.month)
    AND NOT EXISTS (SELECT 1 FROM register_alarm r WHERE r.register = 'enterprise' AND r.row_id = e.id AND r.field = %(field)s
        AND r.stage = 'after' AND r.due_at = {_MONTH_ENDS})
ORDER BY e.id, m.month
"""


def warn(connection: Connection, *, now: dt.datetime) -> int:
    """Warn once of each enterprise's months that are over in Beijing, in the connection's transaction; how many warnings.

    Months that were not warned of yet, because nothing ran when they were over, stand in one warning.
    A month is reported in by a hidden danger that the enterprise registered itself, or by an inspection of its plan that was finished
    with a result: nothing found is a report too (零报告). Who has stopped all production, looked into by its authority, owes none.
    """
    this = now.astimezone(LOCAL_ZONE).date().replace(day=1)
    last = (this - dt.timedelta(days=1)).replace(day=1)
    year, month = divmod(last.year * 12 + last.month - MONTHS, 12)
    rows = connection.execute(
        _UNREPORTED.encode(), {"first": dt.date(year, month + 1, 1), "last": last, "field": _FIELD}
    ).fetchall()
    units: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        units.setdefault(row["id"], []).append(row)
    for owed in units.values():
        name, months = owed[0]["name"], "、".join(f"{row['month']:%Y-%m}" for row in owed)
        raised = warnings.raise_warning(
            connection, kind=WARNING, level="4", layer="enterprise", row=owed[0], now=now, is_new=True,
            title=f"{name}：{months} 没有上报隐患，也没有零报告。 {name}: nothing was reported for {months}, not even that nothing was found.",
        )  # fmt: skip
        for row in owed:
            connection.execute(
                "INSERT INTO register_alarm (register, row_id, field, stage, due_at, warning_id) VALUES ('enterprise', %s, %s, 'after', %s, %s)",
                [row["id"], _FIELD, row["past_at"], raised or 0],
            )
    return len(units)
