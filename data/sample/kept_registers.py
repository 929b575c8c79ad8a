"""Fill the declared registers of the sample city: licences, facilities, key areas and work permits in plausible states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from data.loading.rows import write_rows
from data.register_forms import Actor
from data.register_records import carry
from data.scope import SYSTEM, Connection
from data.tables.registers import records_table_name
from layers.declaration import FieldType
from layers.display import LOCAL_ZONE
from layers.registry import register_by_id
from layers.workflow import Party

_REGISTERS = ("licence", "fire_facility", "key_area", "work_permit")
#: Numbers of the sample begin here, out of the way of those that the program gives.
_FIRST = 9_000_000
#: Enterprises that keep registers in the sample.
_MOST = 800
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
_PEOPLE = ("李建国", "王芳", "张伟", "陈静", "刘洋", "黄志强", "周敏", "吴磊")


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Fill the registers that hold nothing yet, in the connection's transaction; how many rows were written."""
    empty = [
        name
        for name in _REGISTERS
        if connection.execute(f"SELECT 1 AS found FROM {name} LIMIT 1".encode()).fetchone() is None
    ]
    enterprises = connection.execute(
        "SELECT code, name, address, division_code, authority_code, owner_id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise"
        " WHERE geom IS NOT NULL ORDER BY (owner_id IN (SELECT unit_id FROM app_user WHERE role = 'enterprise')) DESC NULLS LAST,"
        " code LIMIT %s",
        [_MOST],
    ).fetchall()
    today = now.astimezone(LOCAL_ZONE).date()
    total = 0
    for name in empty:
        rng = np.random.default_rng([seed, _REGISTERS.index(name)])
        rows = list(_DRAW[name](enterprises, rng, today))
        total += write_rows(connection, register_by_id(name).layer, rows).total
        _write_records(connection, name, rows, rng, now)
    return total


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


_DRAW = {"licence": _licences, "fire_facility": _facilities, "key_area": _areas, "work_permit": _permits}


def _write_records(
    connection: Connection, name: str, rows: list[dict[str, Any]], rng: np.random.Generator, now: dt.datetime
) -> None:
    """Give each row its last two records, and let the newest set the row."""
    register = register_by_id(name)
    for records in register.records:
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
        actor = Actor(SYSTEM, Party.OWNER, now)
        for row in rows:
            carry(connection, register, records, row["code"], actor)
