"""Keep requests for the yearly inspection (年检申报), which what is missing of an elevator blocks (row S6)."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

from data import maintenance_elevators
from data.errors import ConflictError, FilterError, NotFoundError
from data.maintenance import PROBLEMS
from data.scope import Connection

FARTHEST = dt.timedelta(days=366)


@dataclass(frozen=True)
class InspectionForm:
    """A request: the day until which the last inspection holds, and whom the inspectors call."""

    due_on: dt.date
    contact_name: str
    contact_phone: str
    note: str = ""


def month_before(day: dt.date) -> dt.date:
    """Give the same day of the month before; the last one where there is no such day.

    >>> month_before(dt.date(2026, 3, 31)), month_before(dt.date(2026, 1, 15))
    (datetime.date(2026, 2, 28), datetime.date(2025, 12, 15))
    """
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def listed(
    connection: Connection, unit_id: int, *, limit: int = 100, offset: int = 0
) -> list[dict[str, Any]]:
    """List a company's standing requests, the newest first."""
    return connection.execute(
        "SELECT q.id, q.elevator_code, e.name, e.unit_name, q.due_on, q.contact_name, q.contact_phone, q.note, q.is_late,"
        " q.actor, q.requested_at FROM inspection_request q JOIN elevator e ON e.code = q.elevator_code"
        " WHERE e.owner_id = %s AND q.withdrawn_at IS NULL ORDER BY q.requested_at DESC, q.id DESC LIMIT %s OFFSET %s",
        [unit_id, limit, offset],
    ).fetchall()


def request(
    connection: Connection, unit_id: int, code: str, form: InspectionForm, *, actor: str, now: dt.datetime, today: dt.date
) -> bool:  # fmt: skip
    """Ask for the yearly inspection of an elevator; True when it comes later than one month before the date.

    Raises
    ------
    NotFoundError
        When the company maintains no such elevator.
    ConflictError
        With the list of what is missing of its record, or when the request stands already.
    FilterError
        When the date has passed or lies more than a year ahead.
    """
    row = maintenance_elevators.read(connection, unit_id, code, today=today)
    if row["problems"]:
        zh = "、".join(PROBLEMS[p][1].zh for p in row["problems"])
        en = ", ".join(PROBLEMS[p][1].en for p in row["problems"])
        raise ConflictError(
            f"设备信息不全，不能申报年检：{zh}。请先补全。 The record is incomplete, so that no inspection can be asked for: {en}. Complete it first."
        )
    if not today <= form.due_on <= today + FARTHEST:
        raise FilterError(
            f"检验日期 {form.due_on} 应在今天（{today}）之后一年内。 The date {form.due_on} lies within a year from today ({today})."
        )
    is_late = today > month_before(form.due_on)
    done = connection.execute(
        "INSERT INTO inspection_request (elevator_code, due_on, contact_name, contact_phone, note, is_late, actor, requested_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (elevator_code, due_on) WHERE withdrawn_at IS NULL DO NOTHING",
        [code, form.due_on, form.contact_name, form.contact_phone, form.note, is_late, actor, now],
    )
    if done.rowcount == 0:
        raise ConflictError(
            f"电梯 {code} 在 {form.due_on} 的年检已申报。 The inspection of {code} on {form.due_on} was asked for already."
        )
    return is_late


def withdraw(connection: Connection, unit_id: int, request_id: int, *, now: dt.datetime) -> None:
    """Withdraw a request.

    Raises
    ------
    NotFoundError
        When the company has no standing request of that number.
    """
    done = connection.execute(
        "UPDATE inspection_request q SET withdrawn_at = %s FROM elevator e WHERE e.code = q.elevator_code AND e.owner_id = %s"
        " AND q.id = %s AND q.withdrawn_at IS NULL",
        [now, unit_id, request_id],
    )
    if done.rowcount == 0:
        raise NotFoundError("本单位没有这项年检申报。 Your company has no such inspection request.")
