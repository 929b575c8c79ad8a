"""Fill the declared registers of the sample city: licences, facilities, key areas and work permits in plausible states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from data.loading.rows import write_rows
from data.register_records import carry
from data.sample import check_ticks, danger_papers, file_papers, ledgers, preparedness
from data.sample.accidents import accidents
from data.sample.own_enterprise import OWN_FIRST
from data.sample.risk_items import write_own_dangers, write_own_points, write_risk_items
from data.scope import Connection
from data.tables.registers import records_table_name
from layers.declaration import FieldType
from layers.display import LOCAL_ZONE
from layers.registry import register_by_id
from layers.repetition import AHEAD_DAYS, ONCE, beginnings
from layers.standards.enterprise_size import size_industries

_REGISTERS = (
    "licence",
    "fire_facility",
    "key_area",
    "work_permit",
    "enterprise_year",
    "risk_grading",
    "emergency_plan",
    "drill",
    "check_item",
    "check_plan",
    "accident",
    "duty_roster",
    "government_inspection",
    "production_stop",
    "safety_assessment",
    "chemical",
    "safety_certificate",
    "safety_credit",
    "danger_summary",
)
#: Numbers of the sample begin here, out of the way of those that the program gives.
_FIRST = 9_000_000
#: Enterprises that keep registers in the sample.
_MOST = 800
#: Enterprises that have a weekly plan of inspections.
_MOST_SERIES = 60
_LICENCES = (
    ("safety_production", "安全生产许可证"),
    ("business", "营业执照"),
    ("pressure", "特种设备使用登记证"),
    ("gas", "燃气经营许可证"),
    ("hazardous_chemicals", "危险化学品经营许可证"),
)
_FACILITIES = (
    ("extinguisher", "灭火器箱"),
    ("hydrant", "室内消火栓"),
    ("sprinkler", "喷淋系统"),
    ("alarm", "火灾报警主机"),
    ("lightning", "避雷带"),
)
_AREAS = (("storage", "原料仓库"), ("workshop", "一车间"), ("power", "变配电室"), ("confined", "污水池"), ("loading", "装卸区"))  # fmt: skip
_WORK = (("hot", "管线焊接"), ("confined", "污水池清淤"), ("height", "外墙检修"), ("lifting", "设备吊装"), ("power", "临时用电"))  # fmt: skip
_WHO_AND_WHAT = {"inspection": ("inspector", "result"), "patrol": ("patroller", "result")}
_RESULTS = {"inspection": ("good", "repair"), "patrol": ("normal", "abnormal")}
_CHECKS = (
    ("配电室", "配电柜前无杂物，绝缘垫完好", "GB 50054", "day"),
    ("仓库", "消防通道畅通，灭火器在检验期内", "GB 50016", "day"),
    ("车间", "防护罩、急停完好", "GB/T 8196", "shift"),
    ("办公楼", "应急照明和疏散标志完好", "GB 51309", "month"),
)
_PEOPLE = ("李建国", "王芳", "张伟", "陈静", "刘洋", "黄志强", "周敏", "吴磊")


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Fill the registers that hold nothing yet, in the connection's transaction; how many rows were written."""
    empty = [
        name
        for name in _REGISTERS
        if connection.execute(f"SELECT 1 AS found FROM {name} LIMIT 1".encode()).fetchone() is None
    ]
    enterprises = connection.execute(
        "SELECT code, name, address, industry, employee_count, risk_grade, division_code, authority_code, owner_id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise"
        f" WHERE geom IS NOT NULL ORDER BY {OWN_FIRST},"
        " code LIMIT %s",
        [_MOST],
    ).fetchall()
    today = now.astimezone(LOCAL_ZONE).date()
    total = 0
    for name in empty:
        rng = np.random.default_rng([seed, _REGISTERS.index(name)])
        rows = list(_DRAW[name](enterprises, rng, today))
        if name == "duty_roster":
            rows += ledgers.rosters_of_offices(connection, rng, today)
        total += write_rows(connection, register_by_id(name).layer, rows).total
        _write_records(connection, name, rows, rng, now)
    total += write_own_points(connection)
    total += write_risk_items(connection, now=now, seed=seed) + write_own_dangers(connection, now=now)
    return total + check_ticks.write_missing(connection, now=now)


def _row(enterprise: dict[str, Any], code: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        **{k: enterprise[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
        "code": code, "name": name, "enterprise_code": enterprise["code"], "position_quality": "matched", **fields,
    }  # fmt: skip


def _licences(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    number = 0
    for i, enterprise in enumerate(enterprises):
        for kind, name in _LICENCES[: 1 + int(rng.integers(0, 3)) + (2 if i == 0 else 0)]:
            number += 1
            left = int(rng.choice([-20, 15, 60, 200, 500, 900], p=[0.03, 0.05, 0.07, 0.25, 0.3, 0.3]))
            expires = today + dt.timedelta(days=left + int(rng.integers(0, 15)))
            yield _row(
                enterprise, f"证字{today.year - 2}{number:06d}", name, kind=kind, expires_on=expires,
                issued_on=expires - dt.timedelta(days=3 * 365), issuer="示例市行政审批局",
                state=str(rng.choice(["verified", "submitted", "returned", "draft"], p=[0.8, 0.1, 0.03, 0.07])),
            )  # fmt: skip


def _facilities(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    number = 0
    for enterprise in enterprises:
        for kind, name in _FACILITIES[: 1 + int(rng.integers(0, 4))]:
            number += 1
            yield _row(
                enterprise, f"FF{_FIRST + number}", f"{name} {number % 9 + 1}", kind=kind, quantity=int(rng.integers(1, 13)),
                installed_on=today - dt.timedelta(days=int(rng.integers(200, 2500))), keeper_name=str(rng.choice(_PEOPLE)),
                keeper_phone=f"138{number:08d}", next_inspection_on=today + dt.timedelta(days=int(rng.integers(-3, 28))),
                state=str(rng.choice(["in_use", "in_repair", "retired"], p=[0.92, 0.05, 0.03])), inspection_result="good",
            )  # fmt: skip


def _areas(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    number = 0
    for enterprise in enterprises:
        for kind, name in _AREAS[: 1 + int(rng.integers(0, 3))]:
            number += 1
            yield _row(
                enterprise, f"KA{_FIRST + number}", name, kind=kind, danger="火灾、触电、中毒窒息", patrol_days=7,
                responsible_name=str(rng.choice(_PEOPLE)), responsible_phone=f"139{number:08d}",
                next_patrol_on=today + dt.timedelta(days=int(rng.integers(-1, 7))), finding_state="normal",
            )  # fmt: skip


def _permits(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    noon = dt.datetime.combine(today, dt.time(12), tzinfo=LOCAL_ZONE)
    for number, enterprise in enumerate(enterprises[::4], start=1):
        state = str(
            rng.choice(["asked", "approved", "working", "closed", "lapsed"], p=[0.1, 0.1, 0.15, 0.6, 0.05])
        )
        is_over = state in ("closed", "lapsed")
        start = noon + dt.timedelta(
            days=-int(rng.integers(1, 60)) if is_over else 1, hours=-int(rng.integers(1, 4))
        )
        kind, name = _WORK[number % len(_WORK)]
        yield _row(
            enterprise, f"WP{_FIRST + number}", name, kind=kind, grade="none" if kind != "hot" else "second",
            guardian=str(rng.choice(_PEOPLE)), approver=None if state == "asked" else str(rng.choice(_PEOPLE)),
            measures="气体分析合格，备灭火器，专人监护", crew="样例安装公司", state=state,
            begins_at=start, ends_at=start + dt.timedelta(hours=8),
        )  # fmt: skip


def _statements(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    industries = {i.words.zh: i.id for i in size_industries()}
    by_industry = {
        "construction": "建筑业",
        "transport": "交通运输业",
        "commerce": "批发业",
        "catering": "餐饮业",
    }
    for number, enterprise in enumerate(enterprises, start=1):
        staff = int(enterprise["employee_count"] or 10)
        yield _row(
            enterprise, f"EY{_FIRST + number}", f"{today.year} 年度情况", year=today.year,
            size_industry=industries[by_industry.get(enterprise["industry"], "工业")], employee_count=staff,
            revenue_10k_cny=float(round(staff * float(rng.uniform(15, 90)))), assets_10k_cny=float(round(staff * float(rng.uniform(20, 120)))),
            is_high_hazard=False, full_time_managers=int(rng.integers(0, 2 + staff // 60)), part_time_managers=int(rng.integers(0, 3)),
            has_department=staff >= 80, standard_level=str(rng.choice(["2", "3", "none"], p=[0.2, 0.5, 0.3])),
            state=str(rng.choice(["verified", "submitted", "draft"], p=[0.7, 0.2, 0.1])),
        )  # fmt: skip


def _gradings(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    for number, enterprise in enumerate((e for e in enterprises if e["risk_grade"]), start=1):
        graded = today - dt.timedelta(days=int(rng.integers(20, 1080)))
        is_report = bool(rng.random() < 0.8)
        yield _row(
            enterprise, f"RG{_FIRST + number}", f"{graded.year} 年度安全风险评级", grade=enterprise["risk_grade"],
            basis="report" if is_report else "ruling", agency="样例安全评价有限公司" if is_report else None,
            reason=None if is_report else "近三年事故情况和安全管理水平", graded_on=graded,
            valid_until_on=graded + dt.timedelta(days=3 * 365),
            state=str(rng.choice(["confirmed", "submitted", "draft"], p=[0.9, 0.06, 0.04])),
        )  # fmt: skip


def _check_items(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    del today
    number = 0
    for enterprise in enterprises[:200]:
        for place, name, basis, frequency in _CHECKS[: 1 + int(rng.integers(0, len(_CHECKS)))]:
            number += 1
            yield _row(
                enterprise, f"CI{_FIRST + number}", name, place=place, basis=basis, frequency=frequency,
                responsible_name=str(rng.choice(_PEOPLE)),
            )  # fmt: skip


def _check_plans(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    number = 0
    for place, enterprise in enumerate(enterprises[:200]):
        for months in (-2, -1, 0):
            number += 1
            # Not everybody at once: a month is full of them.
            begins = today.replace(day=1) + dt.timedelta(days=30 * months + 7 * place % 24)
            ends = begins + dt.timedelta(days=place % 4)
            is_past = ends < today
            yield _row(
                enterprise, f"CP{_FIRST + number}", f"{begins.month} 月综合性排查", kind="general", begins_on=begins, ends_on=ends,
                scope="全厂", leader_name=str(rng.choice(_PEOPLE)), period=ONCE, **_outcome(rng, is_past=is_past),
            )  # fmt: skip
    for place, enterprise in enumerate(enterprises[:_MOST_SERIES]):
        number += 1
        yield from _series(enterprise, number, rng, today - dt.timedelta(days=36 - place % 7), today)


def _outcome(rng: np.random.Generator, *, is_past: bool) -> dict[str, Any]:
    state = str(rng.choice(["done", "missed"], p=[0.93, 0.07])) if is_past else "planned"
    return {
        "state": state,
        "result": "none" if state == "done" else None,
        "summary": "按检查项逐项排查，未发现隐患" if state == "done" else None,
    }


def _series(
    enterprise: dict[str, Any], number: int, rng: np.random.Generator, first: dt.date, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw a weekly plan and the rows of its days, those to come as the clock would make them."""
    fields = {"kind": "daily", "scope": "各岗位", "leader_name": str(rng.choice(_PEOPLE))}
    code, ahead = f"CP{_FIRST + number}", today + dt.timedelta(days=AHEAD_DAYS)
    days = beginnings(first, "week", after=None, through=ahead, until=None, most=60)
    yield _row(
        enterprise, code, "每周岗位排查", period="week", begins_on=first, ends_on=first + dt.timedelta(days=1), made_until=days[-1],
        state="repeating", **fields,
    )  # fmt: skip
    for day in days:
        ends = day + dt.timedelta(days=1)
        yield _row(
            enterprise, f"{code}-{day:%Y%m%d}", "每周岗位排查", period=ONCE, begins_on=day, ends_on=ends, series_code=code,
            **fields, **_outcome(rng, is_past=ends < today),
        )  # fmt: skip


_DRAW = {
    "accident": accidents,
    "emergency_plan": preparedness.plans,
    "drill": preparedness.drills,
    "check_item": _check_items,
    "check_plan": _check_plans,
    "risk_grading": _gradings,
    "licence": _licences,
    "fire_facility": _facilities,
    "key_area": _areas,
    "work_permit": _permits,
    "enterprise_year": _statements,
    "duty_roster": ledgers.rosters,
    "government_inspection": ledgers.inspections,
    "production_stop": ledgers.stops,
    "safety_assessment": file_papers.assessments,
    "chemical": file_papers.chemicals,
    "safety_certificate": file_papers.certificates,
    "safety_credit": file_papers.credits_of,
    "danger_summary": danger_papers.summaries,
}


def _write_records(
    connection: Connection, name: str, rows: list[dict[str, Any]], rng: np.random.Generator, now: dt.datetime
) -> None:
    """Give each row its last two records, and let the newest set the row."""
    register = register_by_id(name)
    for records in (r for r in register.records if r.id in _WHO_AND_WHAT):
        table = records_table_name(register, records)
        days = records.next_days
        values = []
        for row in rows:
            last = now - dt.timedelta(days=int(rng.integers(0, days + 1)), hours=int(rng.integers(1, 8)))
            for back, is_good in ((days, True), (0, bool(rng.random() < 0.93))):
                values.append(
                    (row["code"], last - dt.timedelta(days=back), str(rng.choice(_PEOPLE)), is_good)
                )
        columns = ", ".join((records.date_field, *_WHO_AND_WHAT[records.id]))
        good, bad = _RESULTS[records.id]
        is_day = records.field(records.date_field).type is FieldType.DATE
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} (row_code, {columns}, created_by, created_at) VALUES (%s, %s, %s, %s, 'enterprise', %s)".encode(),
                [
                    (
                        code,
                        at.astimezone(LOCAL_ZONE).date() if is_day else at,
                        who,
                        good if is_good else bad,
                        at,
                    )
                    for code, at, who, is_good in values
                ],
            )
        carry(connection, register, records, [row["code"] for row in rows], now=now)
