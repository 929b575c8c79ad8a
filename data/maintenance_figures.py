"""Answer a company's analysis (救援工作管理分析): orders by station, entrapment rate, orders by elevator, overtime list (row S9).

Every figure is one of `dispatch.indicators`, over the orders that the company may see; here they are only laid out as tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import xlsxwriter

from data import incident_figures, stations, taken_orders
from data.errors import FilterError
from data.export import safe_cell
from data.incident_figures import FIGURES, PeriodOrders
from data.scope import Connection
from dispatch.indicators import Figure, Period, figures, figures_by, most_often, taken_s
from layers.declaration import Words

TABS: dict[str, Words] = {
    "stations": Words("困人工单数量", "Orders by station"),
    "rate": Words("电梯困人率", "Entrapment rate"),
    "elevators": Words("单台电梯困人数", "Orders by elevator"),
    "overtime": Words("超时清单", "Overtime list"),
    "taken": Words("本站承接工单", "Taken for others"),
}
_BY_STATION = (Figure.ENTRAPMENTS, Figure.OVERTIME, Figure.ARRIVAL_RATE, Figure.ARRIVAL_P50)
_RATES = (
    Figure.ENTRAPMENTS, Figure.ENTRAPMENT_RATE, Figure.MONTHLY_RATE, Figure.ELEVATORS_PER_ENTRAPMENT,
)  # fmt: skip
_MOST_ELEVATORS = 1000
_NONE = Words("未通知救援站", "No station notified")
_UNKNOWN = Words("未填", "Not given")
_IN_ALL = Words("合计", "In all")
_STATION = Words("救援站", "Station")
_UNIT = Words("使用单位", "Using unit")
_IN_USE = Words("在用电梯台数", "Elevators in use")
_ORDER = Words("工单号", "Order number")
_PLACE = Words("地点", "Place")
_REGISTRATION = Words("设备注册代码", "Registration code")
_NOTIFIED = Words("通知维保救援成功", "Station notified")
_ARRIVED = Words("到达现场", "Arrived")
_TAKEN = Words("用时（分钟）", "Taken, min")
_TOOK = Words("承接起数", "Taken")
_TOOK_WHAT = Words(
    "统计期内通知到本站、电梯不归本单位维保的工单，不含拒绝与未通知到的；各项用时自通知本站起算",
    "Orders of elevators maintained by others of which the station was told in the period, without refusals and messages that did not arrive; times count from the instant the station was told",
)
_NOT_YET = Words("未到达", "Not arrived")


@dataclass(frozen=True)
class Column:
    """One column: its words, what it says more exactly, whether it holds numbers, and the figure whose orders it opens."""

    words: Words
    is_number: bool = False
    definition: Words | None = None
    unit: str | None = None
    figure: Figure | None = None


@dataclass(frozen=True)
class Table:
    """
    One tab.

    Attributes
    ----------
    rows : list of lists
        Texts, numbers, instants in Beijing time or None, a value a column.
    keys : list of str
        Of each row: the order's number in the overtime list, else empty.
    behind : list of dict
        Of each row: what picks its orders among those of the period (`by` and `group`, `elevator`, nothing for all of
        them); empty where no figure of the table opens any.
    """

    tab: str
    columns: tuple[Column, ...]
    rows: list[list[Any]]
    keys: list[str]
    behind: list[dict[str, str]] = field(default_factory=list)


def table(
    connection: Connection, orders: PeriodOrders, tab: str, *, unit_id: int, now: dt.datetime, language: str
) -> Table:  # fmt: skip
    """Lay out one tab of the orders of a period.

    Raises
    ------
    FilterError
        When there is no such tab.
    """
    if tab not in TABS:
        raise FilterError(f"没有标签 {tab[:30]!r}。 There is no tab {tab[:30]!r}; known: {', '.join(TABS)}.")
    if tab == "stations":
        return _stations(connection, orders, unit_id=unit_id, now=now, language=language)
    if tab == "rate":
        return _rate(connection, orders, now=now, language=language)
    if tab == "elevators":
        return _elevators(connection, orders)
    if tab == "taken":
        return _taken(connection, orders.period, unit_id=unit_id, now=now, language=language)
    return _overtime(connection, orders, now=now, language=language)


def _figure_columns(figures: tuple[Figure, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(
            FIGURES[f].words, is_number=True, definition=FIGURES[f].definition, unit=FIGURES[f].unit, figure=f
        )
        for f in figures
    )


def _stations(
    connection: Connection, orders: PeriodOrders, *, unit_id: int, now: dt.datetime, language: str
) -> Table:
    found = incident_figures.answer(connection, orders, now=now, by="station", language=language)
    own = connection.execute(
        "SELECT code, name FROM rescue_station WHERE owner_id = %s ORDER BY code", [unit_id]
    ).fetchall()
    names = {r["code"]: r["name"] for r in own} | found.group_names
    if "" in found.by_group:
        names[""] = _NONE.in_language(language)
    in_order = sorted(names, key=lambda c: (c == "", c))
    rows = [[names[code], *_of_station(found.by_group.get(code))] for code in in_order]
    rows.append([_IN_ALL.in_language(language), *(found.total[f] for f in _BY_STATION)])
    columns = (Column(_STATION), *_figure_columns(_BY_STATION))
    behind = [*({"by": "station", "group": code} for code in in_order), {}]
    return Table("stations", columns, rows, [""] * len(rows), behind)


def _taken(connection: Connection, period: Period, *, unit_id: int, now: dt.datetime, language: str) -> Table:
    """Count by station what the company's stations took for other companies' elevators, from the instant each was told."""
    taken, by = taken_orders.table(connection, unit_id, period)
    at = incident_figures.instant(now)
    months = period.months
    found = figures_by(taken, np.array(by, np.str_), at, elevators={}, months=months)
    own = connection.execute(
        "SELECT code, name FROM rescue_station WHERE owner_id = %s AND (is_networked OR code = ANY(%s)) ORDER BY code",
        [unit_id, sorted(found)],
    ).fetchall()
    rows = [[r["name"], *_of_station(found.get(r["code"]))] for r in own]
    rows.append([_IN_ALL.in_language(language), *_of_station(figures(taken, at, elevators=0, months=months))])
    columns = (
        Column(Words("救援站（联网）", "Station (networked)")),
        Column(_TOOK, is_number=True, definition=_TOOK_WHAT),
        *_figure_columns(_BY_STATION)[1:],
    )
    return Table("taken", columns, rows, [""] * len(rows))


def _of_station(values: Mapping[Figure, float | None] | None) -> list[float | None]:
    return [values[f] for f in _BY_STATION] if values else [0, 0, None, None]


def _rate(connection: Connection, orders: PeriodOrders, *, now: dt.datetime, language: str) -> Table:
    found = incident_figures.answer(connection, orders, now=now, by="unit", language=language)
    rows: list[list[Any]] = [
        [_IN_ALL.in_language(language), found.elevators, *(found.total[f] for f in _RATES)]
    ]
    in_use = connection.execute(
        "SELECT COALESCE(unit_name, '') AS name, count(*) AS n FROM elevator WHERE (valid_to IS NULL OR valid_to >= %s)"
        " AND COALESCE(unit_name, '') = ANY(%s) GROUP BY 1",
        [(orders.period.end - dt.timedelta(microseconds=1)).date(), list(found.by_group)],
    ).fetchall()
    known = {r["name"]: r["n"] for r in in_use}
    units = sorted(found.by_group, key=lambda u: (-(found.by_group[u][Figure.ENTRAPMENTS] or 0), u))
    for unit in units:
        name = found.group_names[unit] or _UNKNOWN.in_language(language)
        rows.append([name, known.get(unit, 0), *(found.by_group[unit][f] for f in _RATES)])
    columns = (Column(_UNIT), Column(_IN_USE, is_number=True), *_figure_columns(_RATES))
    behind = [{}, *({"by": "unit", "group": unit} for unit in units)]
    return Table("rate", columns, rows, [""] * len(rows), behind)


def _elevators(connection: Connection, orders: PeriodOrders) -> Table:
    counted = most_often(orders.table, limit=_MOST_ELEVATORS)
    known = {
        r["code"]: r
        for r in connection.execute(
            "SELECT code, name, unit_name, rescue_code FROM elevator WHERE code = ANY(%s)",
            [[c for c, _ in counted]],
        )
    }
    rows = []
    for code, n in counted:
        row = known.get(code, {})
        rows.append([code, row.get("rescue_code"), row.get("name"), row.get("unit_name"), n])
    columns = (
        Column(_REGISTRATION), Column(Words("救援代码", "Rescue code")), Column(Words("电梯名称", "Elevator")), Column(_UNIT),
        *_figure_columns((Figure.ENTRAPMENTS,)),
    )  # fmt: skip
    return Table("elevators", columns, rows, [""] * len(rows), [{"elevator": code} for code, _ in counted])


def _overtime(connection: Connection, orders: PeriodOrders, *, now: dt.datetime, language: str) -> Table:
    late = orders.behind(Figure.OVERTIME, now, by=None, group=None).order_idx.tolist()
    codes = [str(orders.groups["station"][i]) for i in late]
    shown = stations.shown(connection, codes)
    minutes = taken_s(orders.table.notified_at, orders.table.arrived_at) / 60
    rows = []
    for i, station in zip(late, codes, strict=True):
        arrived = orders.local(orders.table.arrived_at[i])
        rows.append(
            [
                str(orders.table.code[i]), orders.names[i], shown[station].name if station in shown else station,
                orders.local(orders.table.notified_at[i]), arrived or _NOT_YET.in_language(language),
                None if arrived is None else round(float(minutes[i]), 1), int(orders.table.arrival_limit_s[i]) // 60,
            ]
        )  # fmt: skip
    columns = (
        Column(_ORDER), Column(_PLACE), Column(_STATION), Column(_NOTIFIED), Column(_ARRIVED),
        Column(_TAKEN, is_number=True, definition=FIGURES[Figure.OVERTIME].definition),
        Column(Words("时限（分钟）", "Limit, min"), is_number=True),
    )  # fmt: skip
    return Table("overtime", columns, rows, [str(orders.table.code[i]) for i in late])


def write_excel(target: BinaryIO, found: Table, *, language: str) -> None:
    """Write one tab to an Excel book."""
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        sheet = book.add_worksheet(TABS[found.tab].in_language(language)[:31])
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(found.columns):
            unit = f" ({column.unit})" if column.unit else ""
            sheet.write_string(0, at, column.words.in_language(language) + unit, bold)
            sheet.set_column(at, at, 16 if column.is_number else 28)
            if column.definition:
                sheet.write_comment(0, at, column.definition.in_language(language))
        for row_at, row in enumerate(found.rows, start=1):
            for at, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(row_at, at, round(value, 4))
                elif isinstance(value, dt.datetime):
                    sheet.write_string(row_at, at, f"{value:%Y-%m-%d %H:%M:%S}")
                elif value is not None:
                    sheet.write_string(row_at, at, str(safe_cell(value)))
