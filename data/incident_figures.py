"""Read the orders of a period once, and answer every figure of them by group from its one definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import dispatch_rules, divisions
from data.errors import FilterError
from data.loading.trips import ObservedPairs
from data.scope import Connection, code_range, significant_digits
from dispatch.clocks import DistrictRule
from dispatch.indicators import (
    Behind,
    Figure,
    OrderTable,
    Period,
    behind,
    figures,
    figures_by,
    most_often,
    take,
)
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

GROUPS: dict[str, Words] = {
    "district": Words("区县", "District"),
    "station": Words("救援站", "Station"),
    "company": Words("维保单位", "Maintenance company"),
    "unit": Words("使用单位", "Using unit"),
    "place_type": Words("场所性质", "Place type"),
    "cause": Words("故障原因", "Cause"),
    "hour": Words("接警时段", "Hour of the call"),
    "day": Words("日期", "Day"),
    "month": Words("月份", "Month"),
}
#: Groups whose elevators are counted too, with the column that names the group.
_ELEVATORS_BY = {
    "district": "left(e.division_code, 6)",
    "company": "COALESCE(e.maintainer_name, '')",
    "unit": "COALESCE(e.unit_name, '')",
    "place_type": "COALESCE(e.place_type, '')",
}
LONGEST = dt.timedelta(days=5 * 366)

_RECEIVED = Words("接警时间在统计期内", "Received within the period")
_NODES: dict[str, Words] = {
    "answer": Words("通知救援站 → 响应", "Station notified → accepted"),
    "arrival": Words("通知救援站 → 到达现场", "Station notified → arrived"),
    "on_site": Words("到达现场 → 解困", "Arrived → freed"),
    "trapped": Words("接警 → 解困", "Received → freed"),
    "eta": Words("通知时预计到达 → 实际到达", "Arrival predicted when notified → actual arrival"),
}


@dataclass(frozen=True)
class Told:
    """What a figure is called, how it is counted, by which clock, and in which unit."""

    words: Words
    definition: Words
    clock: Words
    unit: str | None = None


FIGURES: dict[Figure, Told] = {
    Figure.ENTRAPMENTS: Told(
        Words("困人起数", "Entrapments"),
        Words("统计期内接警的工单，不含非困人与重复工单", "Orders received in the period, without no-entrapments and duplicates"),
        _RECEIVED,
    ),
    Figure.NOT_COUNTED: Told(
        Words("未计入工单", "Orders not counted"),
        Words("按非困人或重复工单结束的", "Closed as no entrapment or as duplicates"),
        _RECEIVED,
    ),
    Figure.PERSONS_FREED: Told(
        Words("解救人数", "Persons freed"), Words("各工单解救人数之和", "Persons freed by all orders"), _RECEIVED
    ),
    Figure.ANSWER_RATE: Told(
        Words("三分钟响应率", "3-minute response rate"),
        Words(
            "按时响应的工单 ÷ 响应已有结果的工单；时限按所在区规定，默认 3 分钟，恰到时限算按时",
            "Orders accepted in time ÷ orders whose answer is decided; the district's limit, 3 min by default, exactly the limit is in time",
        ),
        _NODES["answer"], "%",
    ),
    Figure.ARRIVAL_RATE: Told(
        Words("三十分钟到达率", "30-minute arrival rate"),
        Words(
            "按时到达的工单 ÷ 到达已有结果的工单；时限按所在区规定，默认 30 分钟，恰到时限算按时",
            "Orders reached in time ÷ orders whose arrival is decided; the district's limit, 30 min by default, exactly the limit is in time",
        ),
        _NODES["arrival"], "%",
    ),
    Figure.ARRIVAL_P50: Told(
        Words("到达用时中位数", "Arrival, median"), Words("一半工单不超过的到达用时", "Half of the orders take no longer"), _NODES["arrival"], "s"
    ),
    Figure.ARRIVAL_P90: Told(
        Words("到达用时 P90", "Arrival, 90th percentile"), Words("九成工单不超过的到达用时", "Nine in ten orders take no longer"), _NODES["arrival"], "s"
    ),
    Figure.ARRIVAL_MEAN: Told(
        Words("平均到达用时", "Arrival, mean"), Words("到达用时的平均值", "Mean of the arrival times"), _NODES["arrival"], "s"
    ),
    Figure.OVERTIME: Told(
        Words("超时清单", "Overtime list"),
        Words(
            "到达用时超过时限的工单；时限已过仍未到达的也算，恰为 30:00 不算",
            "Orders reached after the limit; those past it with nobody there count too, exactly 30:00 does not",
        ),
        _NODES["arrival"],
    ),
    Figure.ON_SITE_P50: Told(
        Words("现场救援用时中位数", "On site, median"), Words("一半工单不超过的现场用时", "Half of the orders take no longer"), _NODES["on_site"], "s"
    ),
    Figure.TRAPPED_P50: Told(
        Words("被困时间中位数", "Time trapped, median"), Words("一半工单不超过的被困时间", "Half of the orders take no longer"), _NODES["trapped"], "s"
    ),
    Figure.ACCIDENTS: Told(
        Words("被困两小时及以上", "Held for two hours or longer"),
        Words("依《特种设备安全监察条例》第六十四条属一般事故", "A general accident by Regulation 373, article 64"),
        _NODES["trapped"],
    ),
    Figure.LEVEL_1_SHARE: Told(
        Words("一级救援占比", "Level 1 share"),
        Words("派出一级救援的工单占比；两级同派时各计一次，合计可超过 100%", "Orders with level 1 ÷ all; where two levels go both count, so shares may exceed 100 %"),
        _RECEIVED, "%",
    ),
    Figure.LEVEL_2_SHARE: Told(
        Words("二级救援占比", "Level 2 share"), Words("派出联网救援站的工单占比", "Orders with a networked station ÷ all"), _RECEIVED, "%"
    ),
    Figure.LEVEL_3_SHARE: Told(
        Words("三级救援占比", "Level 3 share"), Words("启动三级（119）的工单占比", "Orders raised to level 3 (119) ÷ all"), _RECEIVED, "%"
    ),
    Figure.ENTRAPMENT_RATE: Told(
        Words("电梯困人率（困人起数 ÷ 电梯台数）", "Entrapment rate (entrapments ÷ elevators)"),
        Words("统计期内困人起数 ÷ 在用电梯台数 × 100%", "Entrapments of the period ÷ elevators in use × 100 %"),
        _RECEIVED, "%",
    ),
    Figure.MONTHLY_RATE: Told(
        Words("月均困人率", "Mean monthly rate"), Words("困人率 ÷ 统计期月数", "Entrapment rate ÷ months in the period"), _RECEIVED, "%"
    ),
    Figure.ELEVATORS_PER_ENTRAPMENT: Told(
        Words("每起困人对应电梯台数（电梯台数 ÷ 困人起数）", "Elevators per entrapment (elevators ÷ entrapments)"),
        Words("手册的写法：在用电梯台数 ÷ 困人起数", "As the manual words it: elevators in use ÷ entrapments"),
        _RECEIVED,
    ),
    Figure.ETA_BIAS: Told(
        Words("预计到达偏差", "Bias of the predicted arrival"),
        Words("实际到达减预计到达的平均值，大于 0 表示来得比预计晚", "Mean of actual minus predicted: above 0, crews come later than told"),
        _NODES["eta"], "s",
    ),
    Figure.ETA_ERROR_P50: Told(
        Words("预计到达误差中位数", "Error of the predicted arrival, median"), Words("误差绝对值的中位数", "Median of the absolute error"), _NODES["eta"], "s"
    ),
    Figure.ETA_ERROR_P90: Told(
        Words("预计到达误差 P90", "Error of the predicted arrival, 90th percentile"), Words("误差绝对值的 P90", "90th percentile of the absolute error"), _NODES["eta"], "s"
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class PeriodOrders:
    """
    The orders of a period with what they are grouped by.

    Attributes
    ----------
    table : OrderTable
    groups : mapping of str to ndarray of str, shape (n,)
        Each order's group by every name of `GROUPS`; empty where unknown.
    division_codes, authority_codes : ndarray of str, shape (n,)
        The smallest division each order lies in, and the authority it belongs to.
    names : tuple of str
        What each order is called.
    """

    period: Period
    division_code: str | None
    table: OrderTable
    groups: Mapping[str, NDArray[np.str_]]
    names: tuple[str, ...]
    division_codes: NDArray[np.str_]
    authority_codes: NDArray[np.str_]

    def behind(self, figure: Figure, now: dt.datetime, *, by: str | None, group: str | None) -> Behind:
        """Give the orders behind a figure, of one group where one is named."""
        found = behind(self.table, figure, instant(now))
        if by is None or group is None:
            return found
        inside = self.groups[by][found.order_idx] == group
        return Behind(found.order_idx[inside], found.is_met[inside])

    @staticmethod
    def local(at: np.datetime64) -> dt.datetime | None:
        """Give an instant in Beijing time; None when it has not come."""
        if np.isnat(at):
            return None
        utc: dt.datetime = at.astype("datetime64[us]").item()
        return utc.replace(tzinfo=dt.UTC).astimezone(LOCAL_ZONE)


@dataclass(frozen=True)
class Answer:
    """
    Figures of a period: in all, by group, and the elevators with the most entrapments.

    Attributes
    ----------
    by_group : dict of str to figures
        By the group's key, in the groups' order.
    group_names : dict of str to str
        What each key is called.
    """

    total: dict[Figure, float | None]
    by_group: dict[str, dict[Figure, float | None]]
    group_names: dict[str, str]
    elevators: int
    most_often: list[tuple[str, int]]


def check_group(by: str | None) -> str | None:
    """Check what figures are wanted by.

    Raises
    ------
    FilterError
        When it is no known group.
    """
    if not by:
        return None
    if by not in GROUPS:
        raise FilterError(
            f"不能按 {by[:30]!r} 分组，可用：{', '.join(GROUPS)}。 Figures are not grouped by {by[:30]!r}; known: {', '.join(GROUPS)}."
        )
    return by


def check_period(start: dt.datetime, end: dt.datetime) -> Period:
    """Check a period; its instants are turned into local time.

    Raises
    ------
    FilterError
        When it ends before it begins or is longer than five years.
    """
    if not start < end:
        raise FilterError(
            f"统计期的终点 {end:%Y-%m-%d %H:%M} 应晚于起点 {start:%Y-%m-%d %H:%M}。 "
            f"The period ends ({end:%Y-%m-%d %H:%M}) before it begins ({start:%Y-%m-%d %H:%M})."
        )
    if end - start > LONGEST:
        raise FilterError("统计期最长五年。 A period is at most five years long.")
    return Period(start.astimezone(LOCAL_ZONE), end.astimezone(LOCAL_ZONE))


def read(
    connection: Connection, period: Period, *, division_code: str | None = None, in_no_part: bool = False
) -> PeriodOrders:
    """Read the orders of a period that the scope may see, each row once; with `in_no_part` those that lie in no part of the division."""
    low, high = code_range(division_code) if division_code else ("", "~")
    within = "i.{column} = %(code)s" if in_no_part else "i.{column} >= %(low)s AND i.{column} < %(high)s"
    rows = connection.execute(
        """
        SELECT i.code, i.name, i.division_code, i.authority_code, i.received_at, i.notified_at, i.arrived_at, i.freed_at, i.closed_at,
               COALESCE(i.accepted_at, a.en_route_at, i.arrived_at) AS answered_at,
               COALESCE(a.first_eta_at, i.first_eta_at) AS predicted_at,
               i.outcome IS DISTINCT FROM 'not_entrapment' AND i.outcome IS DISTINCT FROM 'duplicate' AS is_entrapment,
               COALESCE(a.has_1, i.notified_at IS NOT NULL AND COALESCE(i.level, 1) = 1) AS has_1,
               COALESCE(a.has_2, COALESCE(i.level, 1) = 2) AS has_2, COALESCE(i.level, 1) = 3 AS has_3,
               COALESCE(i.elevator_code, '') AS elevator_code, COALESCE(i.persons_freed, 0) AS persons_freed,
               COALESCE(i.station_code, '') AS station_code, COALESCE(i.company_name, '') AS company_name,
               COALESCE(i.unit_name, '') AS unit_name, COALESCE(i.place_type, '') AS place_type, COALESCE(i.cause, '') AS cause
        FROM incident i LEFT JOIN (
            SELECT incident_code, bool_or(level = 1) AS has_1, bool_or(level = 2) AS has_2, min(en_route_at) AS en_route_at,
                   (array_agg(first_eta_at ORDER BY arrived_at, number) FILTER (WHERE arrived_at IS NOT NULL))[1] AS first_eta_at
            FROM incident_assignment WHERE incident_code IN (
                SELECT code FROM incident WHERE received_at >= %(start)s AND received_at < %(end)s)
            GROUP BY incident_code
        ) a ON a.incident_code = i.code
        WHERE i.received_at >= %(start)s AND i.received_at < %(end)s
          AND {within}
        ORDER BY i.received_at, i.id""".replace("{within}", within)
        .replace("{column}", _place_column(division_code))
        .encode(),
        {"start": period.start, "end": period.end, "low": low, "high": high, "code": division_code},
    ).fetchall()
    rules = dispatch_rules.rules(connection)
    known: dict[str, DistrictRule] = {}
    for row in rows:
        code = row["division_code"]
        if code not in known:
            known[code] = dispatch_rules.rule_in(rules, code)
    limits = [known[r["division_code"]] for r in rows]
    table = OrderTable(
        code=texts(rows, "code"),
        **{name: instants([r[name] for r in rows]) for name in _INSTANTS},
        answer_limit_s=np.array([r.answer_limit_s for r in limits], np.int64),
        arrival_limit_s=np.array([r.arrival_limit_s for r in limits], np.int64),
        is_entrapment=np.array([r["is_entrapment"] for r in rows], np.bool_),
        levels=np.array([[r["has_1"], r["has_2"], r["has_3"]] for r in rows], np.bool_).reshape(-1, 3),
        elevator_code=texts(rows, "elevator_code"),
        persons_freed=np.array([r["persons_freed"] for r in rows], np.int64),
    )
    local = [r["received_at"].astimezone(LOCAL_ZONE) for r in rows]
    groups = {
        "district": np.array([r["division_code"][:6] for r in rows], np.str_),
        "station": texts(rows, "station_code"),
        "company": texts(rows, "company_name"),
        "unit": texts(rows, "unit_name"),
        "place_type": texts(rows, "place_type"),
        "cause": texts(rows, "cause"),
        "hour": np.array([f"{at:%H}" for at in local], np.str_),
        "day": np.array([f"{at:%Y-%m-%d}" for at in local], np.str_),
        "month": np.array([f"{at:%Y-%m}" for at in local], np.str_),
    }
    codes, authorities = texts(rows, "division_code"), texts(rows, "authority_code")
    return PeriodOrders(
        period, division_code, table, groups, tuple(r["name"] for r in rows), codes, authorities
    )


def answer(
    connection: Connection, orders: PeriodOrders, *, now: dt.datetime, by: str | None = None, language: str = "zh"
) -> Answer:  # fmt: skip
    """Answer every figure of the orders, in all and by group."""
    at = instant(now)
    months = orders.period.months
    in_use = _elevators(connection, orders, by)
    total = sum(in_use.values())
    by_group: dict[str, dict[Figure, float | None]] = {}
    if by is not None:
        known = in_use if by in _ELEVATORS_BY and by != "unit" else _only(in_use, orders, by)
        by_group = figures_by(orders.table, orders.groups[by], at, elevators=known, months=months)
    return Answer(
        figures(orders.table, at, elevators=total, months=months),
        by_group,
        _group_names(connection, list(by_group), by, language),
        total,
        most_often(orders.table),
    )


def answer_places(
    connection: Connection, orders: PeriodOrders, codes: Iterable[str], *, now: dt.datetime
) -> dict[str, dict[Figure, float | None]]:
    """Answer every figure of the orders within each of some divisions, and those of none of them under an empty code.

    Functional zones lie across districts: what they own counts in them and in its district.
    """
    at, months = instant(now), orders.period.months
    last = (orders.period.end - dt.timedelta(microseconds=1)).date()
    low, high = code_range(orders.division_code) if orders.division_code else ("", "~")
    place = _place_column(orders.division_code)
    elevators = connection.execute(
        "SELECT e.division_code, e.authority_code, count(*) AS n FROM elevator e WHERE (e.valid_to IS NULL OR e.valid_to >= %s)"
        f" AND e.{place} >= %s AND e.{place} < %s GROUP BY 1, 2".encode(),
        [last, low, high],
    ).fetchall()
    owned = [(r["division_code"], r["authority_code"], int(r["n"])) for r in elevators]
    found: dict[str, dict[Figure, float | None]] = {}
    in_a_part, counted = np.zeros(len(orders.table), np.bool_), 0
    for code in codes:
        prefix, is_zone = significant_digits(code), divisions.is_zone(code)
        inside = np.char.startswith(orders.authority_codes if is_zone else orders.division_codes, prefix)
        n = sum(
            n for division, authority, n in owned if (authority if is_zone else division).startswith(prefix)
        )
        found[code] = figures(take(orders.table, inside), at, elevators=n, months=months)
        if not is_zone:
            in_a_part |= inside
            counted += n
    rest = sum(n for _, _, n in owned) - counted
    found[""] = figures(take(orders.table, ~in_a_part), at, elevators=rest, months=months)
    return found


def observed_pairs(connection: Connection, period: Period) -> ObservedPairs:
    """Give trips as driven: from the station to the elevator, from notified to arrived; orders whose place is a guess are left out."""
    rows = connection.execute(
        "SELECT a.notified_at, a.arrived_at, ST_X(s.geom) AS x, ST_Y(s.geom) AS y, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat"
        " FROM incident_assignment a JOIN incident i ON i.code = a.incident_code JOIN rescue_station s ON s.code = a.station_code"
        " WHERE a.arrived_at > a.notified_at AND i.received_at >= %s AND i.received_at < %s AND i.position_quality = 'given'"
        " AND s.geom IS NOT NULL AND i.outcome IS DISTINCT FROM 'not_entrapment' ORDER BY a.notified_at, a.id",
        [period.start, period.end],
    ).fetchall()
    return ObservedPairs(
        [r["notified_at"] for r in rows],
        [r["arrived_at"] for r in rows],
        np.array([[r["x"], r["y"]] for r in rows], np.float64).reshape(-1, 2),
        np.array([[r["lon"], r["lat"]] for r in rows], np.float64).reshape(-1, 2),
    )


# -- inside -------------------------------------------------------------------------------------------

_INSTANTS = (
    "received_at",
    "notified_at",
    "answered_at",
    "arrived_at",
    "freed_at",
    "closed_at",
    "predicted_at",
)


def instant(at: dt.datetime) -> np.datetime64:
    """Give an instant as figures reckon with it, in UTC."""
    return np.datetime64(at.astimezone(dt.UTC).replace(tzinfo=None), "us")


def instants(values: list[dt.datetime | None]) -> NDArray[np.datetime64]:
    """Give instants as figures reckon with them; NaT where one has not come."""
    plain = [None if v is None else v.astimezone(dt.UTC).replace(tzinfo=None) for v in values]
    return np.array(plain, "datetime64[us]")


def texts(rows: list[dict[str, Any]], name: str) -> NDArray[np.str_]:
    """Give one column of rows."""
    return np.array([r[name] for r in rows], np.str_)


def _elevators(connection: Connection, orders: PeriodOrders, by: str | None) -> dict[str, int]:
    """Count the elevators in use on the period's last day, by group where they have one."""
    column = _ELEVATORS_BY.get(by or "", "''")
    low, high = code_range(orders.division_code) if orders.division_code else ("", "~")
    last = (orders.period.end - dt.timedelta(microseconds=1)).date()
    place = _place_column(orders.division_code)
    rows = connection.execute(
        f"SELECT {column} AS key, count(*) AS n FROM elevator e WHERE (e.valid_to IS NULL OR e.valid_to >= %s)"
        f" AND e.{place} >= %s AND e.{place} < %s GROUP BY 1".encode(),
        [last, low, high],
    ).fetchall()
    return {r["key"]: int(r["n"]) for r in rows}


def _place_column(code: str | None) -> str:
    """Name the column that says what belongs to a place: a functional zone owns by authority."""
    return "authority_code" if code and divisions.is_zone(code) else "division_code"


def _only(in_use: dict[str, int], orders: PeriodOrders, by: str) -> dict[str, int]:
    """Keep the elevators of groups that have orders: every using unit of a city would be too many."""
    seen = set(orders.groups[by].tolist())
    return {k: n for k, n in in_use.items() if k in seen} if by in _ELEVATORS_BY else {}


def _group_names(connection: Connection, keys: list[str], by: str | None, language: str) -> dict[str, str]:
    unknown = "未填" if language == "zh" else "Not given"
    if by == "district":
        rows = connection.execute("SELECT code, name FROM division WHERE code = ANY(%s)", [keys]).fetchall()
        known = {r["code"]: r["name"] for r in rows}
    elif by == "station":
        rows = connection.execute(
            "SELECT code, name FROM rescue_station WHERE code = ANY(%s)", [keys]
        ).fetchall()
        known = {r["code"]: r["name"] for r in rows}
    elif by in ("place_type", "cause"):
        choices = layer_by_id("incident").field(by).choices
        known = {c.value: c.words.in_language(language) for c in choices}
    elif by == "hour":
        known = {k: f"{k}:00–{(int(k) + 1) % 24:02d}:00" for k in keys}
    else:
        known = {}
    return {k: known.get(k, k) or unknown for k in keys}
