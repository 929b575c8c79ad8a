"""Count the rows of a register by the days of a month and by division, as its list shows them (row L9)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

from data import divisions
from data.errors import FilterError
from data.features import Query, where
from data.register_figures import lies_in
from data.scope import Connection, Scope
from layers.register import Register

_YEARS = (2000, 2100)


def period_of(text: str) -> tuple[dt.date, dt.date]:
    """Read a day (``2026-12-03``) or a month (``2026-12``): its first and last day.

    Raises
    ------
    FilterError
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d", text):
            first = dt.date.fromisoformat(f"{text}-01")
            last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        else:
            first = last = dt.date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else "")
    except ValueError as error:
        raise FilterError(
            f"日期 {text[:20]!r} 应如 2026-12-03 或 2026-12。 A day or a month such as 2026-12-03 or 2026-12 was expected, not {text[:20]!r}."
        ) from error
    if not _YEARS[0] <= first.year <= _YEARS[1]:
        raise FilterError(
            f"年份 {first.year} 应在 {_YEARS[0]} 与 {_YEARS[1]} 之间。 The year {first.year} should lie between {_YEARS[0]} and {_YEARS[1]}."
        )
    return first, last


def stands_in(register: Register, first: dt.date, last: dt.date, values: dict[str, Any]) -> str:
    """Write the condition that a row stands for a day between two, both included.

    Raises
    ------
    FilterError
        When the register has no calendar.
    """
    if register.calendar is None:
        raise FilterError(f"{register.words.zh}没有日历。 {register.words.en} has no calendar.")
    begins, ends = register.calendar
    values |= {"first_on": first, "last_on": last}
    plans = ""
    if register.repeats is not None and register.workflow is not None:
        # A plan that comes again stands there by the rows of its days.
        plans = f" AND t.{register.workflow.field} NOT IN ('{register.repeats.active}', '{register.repeats.ended}')"
    return f"t.{begins} <= %(last_on)s AND GREATEST(t.{begins}, COALESCE(t.{ends}, t.{begins})) >= %(first_on)s{plans}"


def month(
    connection: Connection,
    register: Register,
    *,
    first: dt.date,
    last: dt.date,
    division_code: str,
    scope: Scope,
) -> dict[str, Any]:
    """Count a month: `days` that rows stand for with their number by state, `divisions` likewise for the whole month, `total`.

    A row counts on every day it stands for; once in the month. Each count is the length of the list of that day, state and division.

    Raises
    ------
    FilterError
        When the register has no calendar.
    NotFoundError
        When there is no such division.
    """
    place = divisions.read(connection, division_code)
    condition, values = where(register.layer, Query(division_code=division_code), scope=scope)
    stands = stands_in(register, first, last, values)
    begins, ends = register.calendar or ("", "")
    state = f"t.{register.workflow.field}" if register.workflow else "NULL::text"
    by_day = connection.execute(
        f"SELECT day::date AS on_day, {state} AS state, count(*) AS n FROM {register.id} t,"
        f" generate_series(GREATEST(t.{begins}, %(first_on)s::date), LEAST(GREATEST(t.{begins}, COALESCE(t.{ends}, t.{begins})), %(last_on)s::date),"
        f" interval '1 day') AS day WHERE {condition} AND {stands} GROUP BY 1, 2 ORDER BY 1, 2".encode(),
        values,
    ).fetchall()
    by_division = connection.execute(
        f"SELECT t.division_code, {state} AS state, count(*) AS n FROM {register.id} t WHERE {condition} AND {stands}"
        " GROUP BY 1, 2".encode(),
        values,
    ).fetchall()
    days: dict[dt.date, dict[str | None, int]] = {}
    for row in by_day:
        days.setdefault(row["on_day"], {})[row["state"]] = int(row["n"])
    parts = [
        {"code": p.code, "name": p.name, "counts": _summed(by_division, p.code)}
        for p in divisions.children(connection, division_code)
    ]
    whole = _summed(by_division, None)
    return {
        "division": {"code": place.code, "name": place.name},
        "days": [{"on": day, "counts": counts} for day, counts in days.items()],
        "divisions": [p for p in parts if p["counts"]],
        "counts": whole,
        "total": sum(whole.values()),
    }


def _summed(rows: list[dict[str, Any]], part: str | None) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for row in rows:
        if part is None or lies_in(row["division_code"], part):
            found[row["state"]] = found.get(row["state"], 0) + int(row["n"])
    return found
