"""Enterprises that report nothing in a month are warned of: once, to the second, and after the system slept (L9, L10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from data import report_duty, warnings
from data.scope import Connection
from layers.display import LOCAL_ZONE

#: 1 October in Beijing begins.
OCTOBER = dt.datetime(2026, 10, 1, tzinfo=LOCAL_ZONE)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def firm(city_connection: Connection) -> dict[str, Any]:
    """An enterprise whose person could sign in since 15 July, and that has nothing on record."""
    row = city_connection.execute(
        "SELECT e.id, e.code, e.owner_id FROM enterprise e JOIN app_user u ON u.unit_id = e.owner_id WHERE u.role = 'enterprise' ORDER BY e.id LIMIT 1"
    ).fetchone()
    assert row
    city_connection.execute("DELETE FROM hidden_danger WHERE enterprise_code = %s", [row["code"]])
    city_connection.execute("DELETE FROM check_plan WHERE enterprise_code = %s", [row["code"]])
    city_connection.execute(
        "UPDATE app_user SET is_active = false WHERE role = 'enterprise' AND unit_id <> %s", [row["owner_id"]]
    )
    since = dt.datetime(2026, 7, 15, tzinfo=LOCAL_ZONE)
    city_connection.execute("UPDATE app_user SET created_at = %s WHERE role = 'enterprise'", [since])
    city_connection.execute(
        "UPDATE enterprise SET created_at = %s, valid_from = NULL WHERE owner_id = %s",
        [since, row["owner_id"]],
    )
    return dict(row)


def months(connection: Connection, firm: dict[str, Any]) -> list[str]:
    """The months that were warned of, in their order."""
    rows = connection.execute(
        "SELECT title FROM warning WHERE kind = %s AND row_id = %s ORDER BY id",
        [report_duty.WARNING, firm["id"]],
    ).fetchall()
    return [month for row in rows for month in row["title"].split("：")[1].split(" ")[0].split("、")]


def danger(connection: Connection, firm: dict[str, Any], at: dt.datetime, source: str = "self") -> None:
    connection.execute(
        "INSERT INTO hidden_danger (code, name, division_code, authority_code, grade, source, state, registered_at, due_at, enterprise_code, geom)"
        " SELECT 'HDR' || %s, '测试', division_code, authority_code, 'general', %s, 'pending', %s, %s, code, geom FROM enterprise WHERE code = %s",
        [at.isoformat(), source, at, at + dt.timedelta(days=30), firm["code"]],
    )  # fmt: skip


def test_a_month_is_warned_of_when_it_is_over_and_once(
    city_connection: Connection, firm: dict[str, Any]
) -> None:
    """July had begun before anybody could sign in: August is the first month that is answered for."""
    report_duty.warn(city_connection, now=dt.datetime(2026, 9, 1, tzinfo=LOCAL_ZONE) - SECOND)
    assert months(city_connection, firm) == []
    report_duty.warn(city_connection, now=dt.datetime(2026, 9, 1, tzinfo=LOCAL_ZONE))
    assert months(city_connection, firm) == ["2026-08"]
    report_duty.warn(city_connection, now=OCTOBER - SECOND)
    assert months(city_connection, firm) == ["2026-08"]
    report_duty.warn(city_connection, now=OCTOBER)
    assert months(city_connection, firm) == ["2026-08", "2026-09"], (
        "the open one of August does not hide September"
    )
    assert report_duty.warn(city_connection, now=OCTOBER) == 0
    city_connection.execute(
        "UPDATE warning SET processed_at = %s WHERE kind = %s", [OCTOBER, report_duty.WARNING]
    )
    report_duty.warn(city_connection, now=OCTOBER + dt.timedelta(days=3))
    assert months(city_connection, firm) == ["2026-08", "2026-09"], "what was processed does not come again"


def test_what_the_system_slept_through_is_warned_of_when_it_is_back(
    city_connection: Connection, firm: dict[str, Any]
) -> None:
    danger(city_connection, firm, dt.datetime(2026, 9, 30, 23, 59, 59, tzinfo=LOCAL_ZONE))
    report_duty.warn(city_connection, now=dt.datetime(2026, 12, 20, tzinfo=LOCAL_ZONE))
    assert months(city_connection, firm) == ["2026-08", "2026-10", "2026-11"]
    report_duty.warn(city_connection, now=dt.datetime(2029, 1, 1, tzinfo=LOCAL_ZONE))
    assert len(months(city_connection, firm)) == 3 + report_duty.MONTHS, "a year is looked back at"


def test_what_counts_as_a_report(city_connection: Connection, firm: dict[str, Any]) -> None:
    """A hidden danger of its own, or a finished inspection that found nothing; what government found does not count."""
    danger(city_connection, firm, dt.datetime(2026, 8, 5, tzinfo=LOCAL_ZONE), source="government")
    danger(city_connection, firm, OCTOBER)
    city_connection.execute(
        "INSERT INTO check_plan (code, name, division_code, authority_code, enterprise_code, kind, begins_on, ends_on, state, result, geom)"
        " SELECT 'CPR1', '排查', division_code, authority_code, code, 'daily', '2026-09-29', '2026-09-30', 'done', 'none', geom"
        " FROM enterprise WHERE code = %s",
        [firm["code"]],
    )  # fmt: skip
    city_connection.execute(
        "INSERT INTO check_plan (code, name, division_code, authority_code, enterprise_code, kind, begins_on, ends_on, state, geom)"
        " SELECT 'CPR2', '排查', division_code, authority_code, code, 'daily', '2026-11-03', '2026-11-04', 'missed', geom FROM enterprise WHERE code = %s",
        [firm["code"]],
    )  # fmt: skip
    report_duty.warn(city_connection, now=dt.datetime(2026, 12, 1, tzinfo=LOCAL_ZONE))
    assert months(city_connection, firm) == ["2026-08", "2026-11"]
    asked = warnings.Asked(kind=report_duty.WARNING)
    assert {row["layer"] for row in warnings.listed(city_connection, asked)} == {"enterprise"}
