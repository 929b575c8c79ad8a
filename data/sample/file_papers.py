"""Draw assessments, chemicals, certificates and credit records for the sample city's enterprises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from layers.file_rules import derive_critical, next_assessment
from layers.workflow import Party

_FIRST = 9_000_000
_PEOPLE = ("林国栋", "郑晓梅", "何伟明", "罗雪芳", "梁志远", "谢丽华", "邓海涛", "冯少杰")
_ASSESSMENTS = (("status", "安全现状评价报告"), ("hygiene_status", "职业病危害现状评价报告"), ("hygiene_detection", "职业病危害因素检测报告"))  # fmt: skip
_TRADES = frozenset({"hazardous_chemicals", "light_industry"})
#: Name, CAS, use, control, site, tonnes at most.
_CHEMICALS = (
    ("液氨", "7664-41-7", "refrigerant", "special", "氨机房", 12.0),
    ("乙醇", "64-17-5", "auxiliary", "hazardous", "危化品仓库", 3.0),
    ("甲苯", "108-88-3", "raw", "precursor", "溶剂罐区", 40.0),
    ("丙酮", "67-64-1", "auxiliary", "precursor", "危化品仓库", 2.0),
    ("氢氧化钠", "1310-73-2", "auxiliary", "hazardous", "污水站", 4.0),
    ("过氧化氢溶液", "7722-84-1", "raw", "explosive", "氧化剂库", 6.0),
    ("柴油", None, "fuel", "hazardous", "发电机房", 1.0),
)
_CERTIFICATES = (
    ("principal", "主要负责人考核合格证", "总经理", None),
    ("manager", "安全管理人员考核合格证", "安全部", None),
    ("special_work", "特种作业操作证", "设备部", "低压电工作业"),
    ("special_work", "特种作业操作证", "设备部", "熔化焊接与热切割"),
    ("special_equipment", "特种设备作业人员证", "仓储部", "叉车司机 N1"),
)
_CREDITS = (
    ("penalty", "未按规定开展安全培训", "《安全生产法》第九十七条", 3.0),
    ("promised", "安全生产信用承诺", None, None),
    ("commended", "安全生产标准化先进单位", None, None),
    ("penalty", "未如实记录隐患排查治理情况", "《安全生产法》第九十七条", 5.0),
    ("listed", "拒不整改重大事故隐患", "《严重违法失信名单管理办法》", None),
)
_STATES, _ODDS = ["verified", "submitted", "returned", "draft"], [0.82, 0.08, 0.03, 0.07]


def _of(enterprise: Mapping[str, Any], code: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        **{k: enterprise[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
        "code": code, "name": name, "enterprise_code": enterprise["code"], "position_quality": "matched", **fields,
    }  # fmt: skip


def assessments(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw reports of one enterprise in three; a few are owed again soon, a few are late."""
    number = 0
    for enterprise in enterprises[::3]:
        for kind, name in _ASSESSMENTS[: 1 + int(rng.integers(0, 3))]:
            number += 1
            years = 1 if kind == "hygiene_detection" else 3
            ahead = int(rng.choice([-30, 40, 200, 340], p=[0.04, 0.1, 0.36, 0.5]))
            reported_on = (
                today + dt.timedelta(days=ahead + int(rng.integers(0, 20))) - dt.timedelta(days=365 * years)
            )
            found = int(rng.integers(0, 12))
            row = {
                "kind": kind, "agency": "示例市安全技术服务中心", "agency_certificate": "APJ-(示)-001", "reported_on": reported_on,
                "conclusion": "met" if found < 4 else "mend", "problem_count": found,
                "mended_count": found if rng.random() < 0.9 else found // 2, "state": str(rng.choice(_STATES, p=_ODDS)),
            }  # fmt: skip
            yield _of(
                enterprise, f"SA{_FIRST + number}", name, **row,
                **next_assessment(row, Party.OWNER, dt.datetime.combine(today, dt.time(), dt.UTC)),
            )  # fmt: skip


def chemicals(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw what enterprises of the trades that use chemicals keep, and the first enterprise in any case."""
    del today
    number = 0
    for nth, enterprise in enumerate(enterprises):
        if nth > 0 and enterprise["industry"] not in _TRADES and nth % 6:
            continue
        start = int(rng.integers(0, len(_CHEMICALS)))
        for step in range(1 + int(rng.integers(0, 3)) + (2 if nth == 0 else 0)):
            name, cas, use, control, site, most_t = _CHEMICALS[(start + step) % len(_CHEMICALS)]
            number += 1
            share = float(rng.choice([0.05, 0.2, 0.5, 1.0], p=[0.3, 0.4, 0.2, 0.1]))
            row = {
                "cas": cas, "use": use, "control": control, "site": site, "most_t": round(most_t * share, 2),
                "yearly_t": round(most_t * share * 8, 1),
            }  # fmt: skip
            yield _of(
                enterprise, f"CH{_FIRST + number}", name, **row, **derive_critical({"name": name, **row})
            )


def certificates(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw the certificates of one enterprise in two; a few end soon or have ended."""
    number = 0
    for enterprise in enterprises[::2]:
        for kind, name, post, work in _CERTIFICATES[: 2 + int(rng.integers(0, 4))]:
            number += 1
            left = int(rng.choice([-15, 30, 300, 700, 1000], p=[0.03, 0.06, 0.3, 0.31, 0.3]))
            expires_on = today + dt.timedelta(days=left + int(rng.integers(0, 12)))
            years = 6 if kind == "special_work" else 3
            issued_on = expires_on - dt.timedelta(days=365 * years)
            yield _of(
                enterprise, f"SC{_FIRST + number}", name, kind=kind, person_name=str(rng.choice(_PEOPLE)), post=post, work=work,
                is_full_time=kind == "manager", certificate_number=f"T4403{number:012d}", issuer="示例省应急管理厅",
                issued_on=issued_on, expires_on=expires_on, state=str(rng.choice(_STATES, p=_ODDS)),
                review_on=issued_on + dt.timedelta(days=365 * 3) if years > 3 else None,
            )  # fmt: skip


def credits_of(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw a record of one enterprise in eight; lists of serious breaches are few."""
    states = ("in_force", "in_force", "repaired", "ended", "asked")
    for number, enterprise in enumerate(enterprises[::8], start=1):
        kind, name, basis, fine = _CREDITS[4 if number % 25 == 0 else number % 4]
        decided_on = today - dt.timedelta(days=int(rng.integers(10, 330)))
        is_breach = kind in ("penalty", "listed")
        yield _of(
            enterprise, f"CR{_FIRST + number}", name, kind=kind, decided_on=decided_on, decided_by="示例区应急管理局", basis=basis,
            document=f"（示）应急罚〔{decided_on.year}〕{number} 号" if is_breach else None, fine_10k_cny=fine,
            shown_until=decided_on + dt.timedelta(days=365) if is_breach else None,
            state=states[number % len(states)] if is_breach else "in_force",
        )  # fmt: skip
