"""Read an enterprise's file: its yearly statement, its licences with what is left of them, and what it keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data.errors import NotFoundError
from data.scope import Connection
from layers.display import LOCAL_ZONE
from layers.register import Alarm
from layers.registry import all_layers, register_by_id
from layers.standards.enterprise_size import SizeFinding, find_size_industry, size_class
from layers.standards.safety_managers import (
    HIGH_HAZARD_INDUSTRIES,
    ManagerFinding,
    check_managers,
    needed_managers,
)

_LICENCES = "licence"
_EXPIRY = "expires_on"


def read(connection: Connection, enterprise_id: int) -> dict[str, Any]:
    """Read an enterprise with its division and authority by name.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        "SELECT e.id, e.code, e.name, e.owner_id, e.address, e.industry, e.risk_grade, e.employee_count, e.contact_name, e.contact_phone,"
        " e.division_code, e.authority_code, d.name AS division_name, a.name AS authority_name, e.position_quality,"
        " ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat FROM enterprise e JOIN division d ON d.code = e.division_code"
        " JOIN division a ON a.code = e.authority_code WHERE e.id = %s",
        [enterprise_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {enterprise_id} 的企业，或您无权查看。 There is no enterprise {enterprise_id} that you may see."
        )
    return dict(row)


def own(connection: Connection) -> list[dict[str, Any]]:
    """List the enterprises of the scope's own unit."""
    return connection.execute(
        "SELECT id, code, name FROM enterprise WHERE owner_id = (SELECT house.scope_owner()) ORDER BY code LIMIT 100"
    ).fetchall()


def newest_statement(connection: Connection, code: str) -> dict[str, Any] | None:
    """Read the newest yearly statement that was not sent back; None where there is none."""
    row = connection.execute(
        "SELECT id, year, state, size_industry, employee_count, revenue_10k_cny, assets_10k_cny, is_high_hazard,"
        " full_time_managers, part_time_managers, has_department, standard_level FROM enterprise_year"
        " WHERE enterprise_code = %s AND state <> 'returned' ORDER BY year DESC, id DESC LIMIT 1",
        [code],
    ).fetchone()
    return dict(row) if row else None


def size_of(statement: dict[str, Any]) -> SizeFinding | None:
    """Classify an enterprise by its statement; None where an indicator of its industry is not stated."""
    industry = find_size_industry(statement["size_industry"])
    if industry is None:
        return None
    return size_class(
        industry,
        {
            "employees": statement["employee_count"],
            "revenue": statement["revenue_10k_cny"],
            "assets": statement["assets_10k_cny"],
        },
    )


def is_high_hazard(enterprise: dict[str, Any], statement: dict[str, Any], *, has_hazard_site: bool) -> bool:
    """Say whether the stricter rule for safety managers holds: by industry, by a major hazard, or as stated."""
    return (
        enterprise["industry"] in HIGH_HAZARD_INDUSTRIES
        or has_hazard_site
        or bool(statement["is_high_hazard"])
    )


def managers_of(statement: dict[str, Any], *, is_high: bool) -> ManagerFinding:
    """Compare the safety managers of a statement with what is needed."""
    return check_managers(
        needed_managers(statement["employee_count"], is_high_hazard=is_high),
        full_time_count=statement["full_time_managers"],
        part_time_count=statement["part_time_managers"] or 0,
        has_department=bool(statement["has_department"]),
    )


def licences(connection: Connection, code: str, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List an enterprise's licences, those that end soonest first: ``over``, ``soon`` (the register's alarm) or ``valid``."""
    alarm = next(a for a in register_by_id(_LICENCES).alarms if a.field == _EXPIRY)
    today = now.astimezone(LOCAL_ZONE).date()
    rows = connection.execute(
        f"SELECT id, code, name, kind, state, expires_on FROM {_LICENCES} WHERE enterprise_code = %s AND state <> 'withdrawn'"
        f" ORDER BY {_EXPIRY}, id LIMIT 200".encode(),
        [code],
    ).fetchall()
    return [{**row, **expiry(row[_EXPIRY], today, alarm)} for row in rows]


def expiry(expires_on: dt.date, today: dt.date, alarm: Alarm) -> dict[str, Any]:
    """Say what is left of a licence; the day it names is the last it is valid.

    >>> alarm = next(a for a in register_by_id("licence").alarms)
    >>> expiry(dt.date(2026, 11, 26), dt.date(2026, 11, 26), alarm)
    {'days_left': 0, 'expiry': 'soon'}
    """
    left = (expires_on - today).days
    return {
        "days_left": left,
        "expiry": "over" if left < 0 else "soon" if left <= alarm.days_before else "valid",
    }


def has_major_hazard(connection: Connection, code: str) -> bool:
    """Say whether the enterprise has a major hazard: one that is graded and not written off."""
    row = connection.execute(
        "SELECT 1 AS found FROM hazard_site WHERE enterprise_code = %s AND grade IS NOT NULL AND state <> 'written_off' LIMIT 1",
        [code],
    ).fetchone()
    return row is not None


def counts(connection: Connection, code: str) -> dict[str, int]:
    """Count what names the enterprise in every layer that can."""
    named = [
        layer.id
        for layer in all_layers()
        if any(f.name == "enterprise_code" and f.references for f in layer.fields)
    ]
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS layer, count(*) AS n FROM {name} WHERE enterprise_code = %(code)s"
        for name in named
    )
    return {row["layer"]: int(row["n"]) for row in connection.execute(parts.encode(), {"code": code})}
