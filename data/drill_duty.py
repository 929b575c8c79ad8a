"""Say which enterprises owe a drill, count them by division, and warn of what is due and what is behind (DOMAIN 3.5)."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.rows import tuple_row

from data import divisions
from data.errors import FilterError
from data.scope import Connection, code_range, significant_digits
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.drill_rules import HIGH_HAZARD, REPORT_WARN_DAYS, WARN_DAYS, Duty, duties, periods, report_duties

STATES = ("behind", "soon", "open", "met")
NOTHING = "nothing"
"""Beside the states: of no high-hazard trade, without a plan, without a drill in this period or the last."""
UNREPORTED = "unreported"
"""Beside the states: a drill of a high-hazard trade was not reported to the authority in time (order 2 of 2019, article 33)."""
DUTIES: dict[str, Words] = {
    "annual": Words("年度综合或专项演练", "Comprehensive or special drill of the year"),
    "half_year": Words("半年演练", "Drill of the half-year"),
    "report": Words("半年演练报送监管部门", "Report of the half-year's drill to the authority"),
}


@dataclass(frozen=True)
class Unit:
    """One enterprise with what it owes; its state is the gravest of them: behind, soon, open, or met."""

    id: int
    code: str
    name: str
    division_code: str
    is_high_hazard: bool
    duties: tuple[Duty, ...]
    state: str

    @property
    def is_unreported(self) -> bool:
        """Say whether a drill was not reported in time."""
        return any(duty.id == "report" and duty.state == "behind" for duty in self.duties)


def units(
    connection: Connection,
    *,
    now: dt.datetime,
    division_code: str | None = None,
    enterprise_code: str | None = None,
) -> list[Unit]:
    """List the enterprises that the scope may see and that owe drills, by code: those with a plan, with a drill, or of a high-hazard trade.

    What a unit owed before it is known of is not asked for: known since it was entered, or since its first plan was issued.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    given, place = _asked(now, division_code)
    kept = "e.code = %(code)s" if enterprise_code else _IS_KNOWN
    rows = _rows(connection, f"{_UNIT} {_FROM} WHERE {place} AND {kept} ORDER BY e.code", given | {"code": enterprise_code})  # fmt: skip
    return _units(rows, now)


def unrecorded(
    connection: Connection, *, now: dt.datetime, division_code: str | None = None, limit: int, offset: int = 0
) -> list[Unit]:
    """List the enterprises that have nothing on record, by code: of no high-hazard trade, no plan, and no drill in this period or the last.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    given, place = _asked(now, division_code)
    rows = _rows(
        connection,
        f"{_UNIT} {_FROM} WHERE {place} AND NOT {_IS_KNOWN} ORDER BY e.code LIMIT %(limit)s OFFSET %(offset)s",
        given | {"limit": limit, "offset": offset},
    )
    return _units(rows, now)


def unrecorded_by_division(
    connection: Connection, *, now: dt.datetime, division_code: str | None = None
) -> dict[str, int]:
    """Count the enterprises that `unrecorded` lists, by their division's code.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    given, place = _asked(now, division_code)
    query = f"SELECT e.division_code, count(*) {_FROM} WHERE {place} AND NOT {_IS_KNOWN} GROUP BY 1"
    return {code: int(n) for code, n in _rows(connection, query, given)}


_UNIT = """SELECT e.id, e.code, e.name, e.division_code, e.industry = ANY(%(hazard)s) AS is_high_hazard,
    LEAST(COALESCE(e.valid_from, (e.created_at AT TIME ZONE 'Asia/Shanghai')::date), p.issued_on) AS since, d.kinds, d.days, d.told"""
_FROM = """FROM enterprise e LEFT JOIN (
        SELECT enterprise_code, array_agg(kind ORDER BY executed_on) AS kinds, array_agg(executed_on ORDER BY executed_on) AS days,
            array_agg(reported_on IS NOT NULL ORDER BY executed_on) AS told
        FROM drill WHERE state IN ('executed', 'summed_up') AND executed_on >= %(since)s GROUP BY 1) d ON d.enterprise_code = e.code
    LEFT JOIN (SELECT enterprise_code, min(COALESCE(issued_on, 'infinity')) AS issued_on FROM emergency_plan GROUP BY 1) p
        ON p.enterprise_code = e.code"""
_IS_KNOWN = (
    "(COALESCE(e.industry = ANY(%(hazard)s), false) OR d.kinds IS NOT NULL OR p.enterprise_code IS NOT NULL)"
)


def _asked(now: dt.datetime, division_code: str | None) -> tuple[dict[str, Any], str]:
    """Give what the queries are bound to, and the condition of the place and the day."""
    today = now.astimezone(LOCAL_ZONE).date()
    since = min(start for _, (start, _) in periods(today).values())
    low, high, column = "", "~", "division_code"
    if division_code:
        try:
            low, high = code_range(division_code)
        except ValueError as error:
            raise FilterError(str(error)) from error
        column = "authority_code" if divisions.is_zone(division_code) else column
    given = {"hazard": sorted(HIGH_HAZARD), "since": since, "today": today, "low": low, "high": high}
    place = (
        f"e.{column} >= %(low)s AND e.{column} < %(high)s AND (e.valid_to IS NULL OR e.valid_to >= %(today)s)"
    )
    return given, place


def _rows(connection: Connection, query: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Read rows as tuples: of tens of thousands they take half the time.

    Without nested loops: the planner takes a jurisdiction for a few rows, and would go through the plans for each of 33,000.
    """
    connection.execute("SET LOCAL enable_nestloop = off")
    found = connection.cursor(row_factory=tuple_row).execute(query.encode(), given).fetchall()
    connection.execute("SET LOCAL enable_nestloop = DEFAULT")
    return found


def _units(rows: list[tuple[Any, ...]], now: dt.datetime) -> list[Unit]:
    today = now.astimezone(LOCAL_ZONE).date()
    ends = sorted({end for pair in periods(today).values() for _, end in pair})
    kept: dict[Any, tuple[tuple[Duty, ...], str]] = {}

    def owed(row: tuple[Any, ...]) -> tuple[tuple[Duty, ...], str]:
        """Work out what a unit owes once for all that drilled alike and are known since the same period."""
        is_high, since, kinds, days, told = bool(row[4]), *row[5:]
        drilled = tuple(zip(kinds or (), days or (), told or (), strict=True))
        key = (drilled, is_high, None if since is None else bisect_left(ends, since))
        if key not in kept:
            mine = duties(
                [(kind, day) for kind, day, _ in drilled], today, is_high_hazard=is_high, since=since
            )
            if is_high:
                mine += report_duties([(day, is_told) for _, day, is_told in drilled], today, since=since)
            states = {d.state for d in mine}
            kept[key] = (mine, next((s for s in STATES if s in states), "met"))
        return kept[key]

    return [Unit(row[0], row[1], row[2], row[3], bool(row[4]), *owed(row)) for row in rows]


def by_part(
    connection: Connection, found: list[Unit], division_code: str, nothing: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Count units by state in each part of a division, those of no part last; the parts add up to all of them.

    `nothing` has those with nothing on record by division: they stand beside the others and are not in the total.
    """
    left: dict[str, Counter[str]] = {code: Counter({NOTHING: n}) for code, n in nothing.items()}
    for unit in found:
        left.setdefault(unit.division_code, Counter())[unit.state] += 1
        left[unit.division_code][UNREPORTED] += unit.is_unreported
    counted = []
    for part in divisions.children(connection, division_code):
        if part.level == "zone":
            continue
        prefix = significant_digits(part.code)
        inside = [left.pop(code) for code in list(left) if code.startswith(prefix)]
        counted.append({"code": part.code, "name": part.name, **_figures(inside)})
    if left:
        counted.append({"code": None, "name": None, **_figures(left.values())})
    return counted


def counts(found: list[Unit], nothing: Mapping[str, int]) -> dict[str, int]:
    """Count units by state, and beside them those with nothing on record."""
    beside = {NOTHING: sum(nothing.values()), UNREPORTED: sum(u.is_unreported for u in found)}
    return _figures([Counter(u.state for u in found), Counter(beside)])


def _figures(parts: Iterable[Counter[str]]) -> dict[str, int]:
    """Add up counts by state."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return {
        "total": sum(total[state] for state in STATES), **{state: total[state] for state in (*STATES, NOTHING, UNREPORTED)},
    }  # fmt: skip


def warn(connection: Connection, *, now: dt.datetime) -> int:
    """Warn of drills and reports that are due soon and of those that were missed, each once; what was done meanwhile is taken back.

    Enterprises with an account or a plan are warned of: nobody could act on a warning about any other.
    """
    known = {
        (row["row_id"], row["kind"]): row["is_open"]
        for row in connection.execute(
            "SELECT row_id, kind, processed_at IS NULL AS is_open FROM warning WHERE layer = 'enterprise' AND starts_with(kind, 'drill_owed.')"
        )
    }
    reached = {
        row["id"]
        for row in connection.execute(
            "SELECT e.id FROM enterprise e WHERE e.owner_id IN (SELECT unit_id FROM app_user)"
            " OR EXISTS (SELECT 1 FROM emergency_plan p WHERE p.enterprise_code = e.code)"
        )
    }
    done = 0
    for unit in units(connection, now=now):
        for duty in unit.duties:
            stem = f"drill_owed.{duty.id}.{duty.end}"
            if duty.state == "met":
                met = [kind for kind in (f"{stem}.soon", f"{stem}.behind") if known.get((unit.id, kind))]
                done += _take_back(connection, unit, met, now)
            elif duty.state in ("soon", "behind") and unit.id in reached:
                kind = f"{stem}.{duty.state}"
                done += 0 if (unit.id, kind) in known else _raise(connection, unit, duty, kind, now)
    return done


def _take_back(connection: Connection, unit: Unit, kinds: list[str], now: dt.datetime) -> int:
    if not kinds:
        return 0
    return connection.execute(
        "UPDATE warning SET processed_at = %s, processed_by = 'system', note = '已完成 done meanwhile'"
        " WHERE layer = 'enterprise' AND row_id = %s AND kind = ANY(%s) AND processed_at IS NULL",
        [now, unit.id, kinds],
    ).rowcount


def _raise(connection: Connection, unit: Unit, duty: Duty, kind: str, now: dt.datetime) -> int:
    words = DUTIES[duty.id]
    ends = f"（{duty.start:%Y-%m-%d} – {duty.end:%Y-%m-%d}）"
    is_missed = duty.state == "behind"
    if duty.due is not None:
        ends += f"，应于 {duty.due:%Y-%m-%d} 前"
    title = (
        f"{unit.name} {'未完成' if is_missed else '即将到期'}：{words.zh}{ends}。 "
        f"{'Missed' if is_missed else 'Due soon'}: {words.en} ({duty.start:%Y-%m-%d} – {duty.end:%Y-%m-%d}){'' if duty.due is None else f', by {duty.due:%Y-%m-%d}'}, {unit.name}."
    )
    return connection.execute(
        "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, owner_id, raised_at)"
        " SELECT %s, %s, %s, 'enterprise', e.id, e.division_code, e.authority_code, e.owner_id, %s FROM enterprise e WHERE e.id = %s",
        [kind, "3" if duty.state == "behind" else "4", title[:500], now, unit.id],
    ).rowcount


def kind_words(kind: str) -> Words | None:
    """Give the words of a kind of warning of ours; None for any other."""
    parts = kind.split(".")
    if len(parts) != 4 or parts[0] != "drill_owed" or parts[1] not in DUTIES:
        return None
    words = DUTIES[parts[1]]
    if parts[3] == "behind":
        return Words(f"{words.zh}未完成", f"{words.en}: missed")
    days = REPORT_WARN_DAYS if parts[1] == "report" else WARN_DAYS
    return Words(f"{words.zh}即将到期", f"{words.en}: due within {days} days")
