"""Count patrols of a period: walks, how much of the routes they covered and left out, by route and by month (L14, G9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import xlsxwriter

from data import divisions
from data.export import safe_cell
from data.scope import Connection, code_range
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

_SUMS = (
    "count(t.id) AS walks, COALESCE(sum(t.length_m), 0) AS walked_m, COALESCE(sum(t.route_m), 0) AS route_m,"
    " COALESCE(sum(t.missed_m), 0) AS missed_m, COALESCE(sum(t.stop_count), 0)::int AS stops,"
    " COALESCE(sum(t.missed_stop_count), 0)::int AS missed_stops,"
    " count(t.id) FILTER (WHERE t.missed_m = 0 AND t.missed_stop_count = 0) AS whole"
)
_ENDED = "t.ended_at >= %(begin)s AND t.ended_at < %(end)s"
_MOST_TRACKS = 50_000


@dataclass(frozen=True)
class PatrolFigures:
    """
    Patrols of a period.

    Attributes
    ----------
    total, routes, months : counts: walks, whole (that left nothing out), walked_m, route_m and missed_m (of every walk, added up), stops,
        missed_stops; routes also id, code, name, kind, keeper, last_at, findings; months also month (``2026-11``). A route
        that nobody walked has zeros.
    """

    total: dict[str, Any]
    routes: list[dict[str, Any]]
    months: list[dict[str, Any]]


def covered_share(counts: Mapping[str, Any]) -> float | None:
    """Give the share of the routes' lengths that walks covered, of all walks together; None where there was no line to walk.

    >>> covered_share({"route_m": 4000.0, "missed_m": 1000.0})
    0.75
    """
    return None if not counts["route_m"] else round(1 - counts["missed_m"] / counts["route_m"], 4)


def read(
    connection: Connection, *, since: dt.date, until: dt.date, division_code: str | None = None
) -> PatrolFigures:
    """Count the patrols that ended between two days, both included, on the routes that the scope sees in a division."""
    where, values = _where(since, until, division_code)
    routes = connection.execute(
        f"SELECT r.id, r.code, r.name, r.kind, COALESCE(e.name, d.name) AS keeper, max(t.ended_at) AS last_at, {_SUMS},"
        " (SELECT count(*) FROM hidden_danger h WHERE h.route_code = r.code AND h.registered_at >= %(begin)s AND h.registered_at < %(end)s)"
        " AS findings FROM patrol_route r JOIN division d ON d.code = r.authority_code LEFT JOIN enterprise e ON e.code = r.enterprise_code"
        f" LEFT JOIN patrol_track t ON t.route_code = r.code AND {_ENDED} WHERE {where} GROUP BY r.id, e.name, d.name"
        " ORDER BY count(t.id) > 0, sum(t.missed_m) DESC NULLS LAST, r.id".encode(),
        values,
    ).fetchall()
    months = connection.execute(
        f"SELECT to_char(t.ended_at AT TIME ZONE '{LOCAL_ZONE.key}', 'YYYY-MM') AS month, {_SUMS} FROM patrol_route r"
        f" JOIN patrol_track t ON t.route_code = r.code AND {_ENDED} WHERE {where} GROUP BY 1 ORDER BY 1".encode(),
        values,
    ).fetchall()
    names = ("walks", "whole", "walked_m", "route_m", "missed_m", "stops", "missed_stops")
    total = {name: sum(row[name] for row in routes) for name in (*names, "findings")}
    return PatrolFigures(total, routes, months)


def _where(since: dt.date, until: dt.date, division_code: str | None) -> tuple[str, dict[str, Any]]:
    begin = dt.datetime.combine(since, dt.time(), tzinfo=LOCAL_ZONE)
    end = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), tzinfo=LOCAL_ZONE)
    values: dict[str, Any] = {"begin": begin, "end": end}
    if division_code is None:
        return "true", values
    values["low"], values["high"] = code_range(division_code)
    column = "authority_code" if divisions.is_zone(division_code) else "division_code"
    return f"r.{column} >= %(low)s AND r.{column} < %(high)s", values


def tracks(
    connection: Connection,
    *,
    since: dt.date,
    until: dt.date,
    division_code: str | None = None,
    route_id: int | None = None,
) -> list[dict[str, Any]]:
    """List the walks of a period, the newest first, with their routes by name."""
    where, values = _where(since, until, division_code)
    one = "" if route_id is None else " AND r.id = %(route)s"
    return connection.execute(
        "SELECT t.id, r.id AS route_id, r.code AS route_code, r.name AS route_name, r.kind, t.patroller, t.started_at, t.ended_at, t.length_m,"
        " t.tolerance_m, t.route_m, t.missed_m, t.stop_count, t.missed_stop_count, t.shape_id IS NOT NULL AS is_old FROM patrol_route r"
        f" JOIN patrol_track t ON t.route_code = r.code AND {_ENDED} WHERE {where}{one} ORDER BY t.ended_at DESC, t.id DESC"
        " LIMIT %(most)s".encode(),
        {**values, "route": route_id, "most": _MOST_TRACKS},
    ).fetchall()  # fmt: skip


_COUNTS = (
    ("walks", Words("巡查次数", "Walks")), ("whole", Words("全部走到", "Left nothing out")), ("covered_pct", Words("覆盖率（%）", "Covered, %")),
    ("walked_m", Words("轨迹长度（米）", "Tracks, m")), ("route_m", Words("应巡长度（米）", "To be walked, m")), ("missed_m", Words("漏巡长度（米）", "Left out, m")),
    ("stops", Words("应到点数", "Stops to be reached")), ("missed_stops", Words("漏到点数", "Stops left out")),
)  # fmt: skip
_ROUTE = (
    ("code", Words("路线编号", "Code")), ("name", Words("路线", "Route")), ("kind", Words("类别", "Kind")), ("keeper", Words("单位", "Kept by")),
    ("last_at", Words("最近一次", "Last")),
)  # fmt: skip
_TRACK = (
    ("route_code", Words("路线编号", "Code")), ("route_name", Words("路线", "Route")), ("kind", Words("类别", "Kind")),
    ("patroller", Words("巡查人", "Who")), ("started_at", Words("开始", "Began")), ("ended_at", Words("结束", "Ended")),
    ("covered_pct", Words("覆盖率（%）", "Covered, %")), ("length_m", Words("轨迹长度（米）", "Track, m")),
    ("route_m", Words("路线长度（米）", "Route, m")), ("missed_m", Words("漏巡长度（米）", "Left out, m")), ("stop_count", Words("点数", "Stops")),
    ("missed_stop_count", Words("漏到点数", "Stops left out")), ("tolerance_m", Words("容差（米）", "Tolerance, m")),
    ("is_old", Words("按改线前的路线", "By the route as it was")),
)  # fmt: skip
_FINDINGS = ("findings", Words("查出隐患", "Hidden dangers found"))


def write_excel(
    target: BinaryIO, found: PatrolFigures, walks: Sequence[Mapping[str, Any]], *, period: str, language: str
) -> None:  # fmt: skip
    """Write a book: by route with the sum, by month, and every walk; texts that look like formulas stay texts."""
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        total = {**found.total, "code": Words("合计", "In all").in_language(language)}
        sheets = (
            (Words("按路线", "By route"), (*_ROUTE, *_COUNTS, _FINDINGS), [*found.routes, total]),
            (Words("按月", "By month"), (("month", Words("月份", "Month")), *_COUNTS), found.months),
            (Words("轨迹", "Tracks"), _TRACK, walks),
        )
        for words, columns, rows in sheets:
            sheet = book.add_worksheet(words.in_language(language))
            sheet.set_column(0, len(columns) - 1, 16)
            sheet.write_string(0, 0, period)
            sheet.freeze_panes(2, 1)
            for column, (_, head) in enumerate(columns):
                sheet.write_string(1, column, head.in_language(language), bold)
            for number, row in enumerate(rows, start=2):
                for column, (name, _) in enumerate(columns):
                    _write(sheet, number, column, _cell(row, name, language))


def _cell(row: Mapping[str, Any], name: str, language: str) -> Any:
    if name == "covered_pct":
        share = covered_share(row)
        return None if share is None else round(100 * share, 2)
    value = row.get(name)
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"
    if name == "kind" and value:
        choice = layer_by_id("patrol_route").field("kind").choice(value)
        return choice.words.in_language(language) if choice else value
    if isinstance(value, bool):
        return Words("是", "yes").in_language(language) if value else None
    return round(value, 1) if isinstance(value, float) else value


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, str(safe_cell(value)))
