"""Draw duty rosters, inspections by authorities and suspensions of production for the sample city."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from data.scope import Connection

_FIRST = 9_000_000
_OFFICE_FIRST = 9_500_000
_MOST_OFFICES = 40
_DAYS_BEFORE, _DAYS_AHEAD = 3, 11
_PEOPLE = ("林国栋", "郑晓梅", "何伟明", "罗雪芳", "梁志远", "谢丽华", "邓海涛", "冯少杰")
_LOOKED_AT = (
    ("日常安全检查", "daily", "消防通道、用电、特种设备检验标志"),
    ("危化品仓库专项检查", "special", "通风、静电接地、禁忌物料分开存放"),
    ("双随机抽查", "random", "主要负责人和安全管理人员履职、教育培训记录"),
    ("有限空间作业核查", "report", "作业审批、气体检测、监护人"),
)
_STOPS = (("全部生产线", "all", "season"), ("二车间", "part", "repair"), ("喷涂线", "part", "mending"), ("一期装置", "part", "market"))  # fmt: skip


def _of(enterprise: Mapping[str, Any], code: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        **{k: enterprise[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
        "code": code, "name": name, "enterprise_code": enterprise["code"], "position_quality": "matched", **fields,
    }  # fmt: skip


def _who(rng: np.random.Generator) -> dict[str, Any]:
    leader, one, other = rng.choice(_PEOPLE, 3, replace=False)
    return {"leader": str(leader), "watcher": f"{one}、{other}"}


def rosters(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw this week's roster of one enterprise in twenty."""
    monday = today - dt.timedelta(days=today.weekday())
    for number, enterprise in enumerate(enterprises[::20], start=1):
        yield _of(
            enterprise, f"DR{_FIRST + number}", "厂值班室", begins_on=monday, ends_on=monday + dt.timedelta(days=6), shift="whole",
            leader_phone=f"137{number:08d}", duty_phone=f"0755-27{number:06d}", is_shared=False, **_who(rng),
        )  # fmt: skip


def rosters_of_offices(
    connection: Connection, rng: np.random.Generator, today: dt.date
) -> list[dict[str, Any]]:
    """Draw a fortnight's rosters of the authorities' offices, a day each."""
    offices = connection.execute(
        "SELECT code AS office_code, name, address, division_code, authority_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_resource"
        " WHERE kind = 'government_office' AND owner_id IS NULL AND geom IS NOT NULL ORDER BY code LIMIT %s",
        [_MOST_OFFICES],
    ).fetchall()
    days = [today + dt.timedelta(days=n) for n in range(-_DAYS_BEFORE, _DAYS_AHEAD)]
    return [
        {
            **office, "code": f"DR{_OFFICE_FIRST + len(days) * at + nth}", "name": f"{office['name']}值班室", "owner_id": None,
            "position_quality": "matched", "begins_on": day, "ends_on": day, "shift": "whole",
            "leader_phone": f"136{at:08d}", "duty_phone": f"0755-83{at:06d}", **_who(rng),
        }
        for at, office in enumerate(offices)
        for nth, day in enumerate(days)
    ]  # fmt: skip


def inspections(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw an inspection of every second enterprise in the past months."""
    for number, enterprise in enumerate(enterprises[::2], start=1):
        name, kind, looked_at = _LOOKED_AT[number % len(_LOOKED_AT)]
        day = today - dt.timedelta(days=int(rng.integers(1, 120)))
        result = str(rng.choice(["none", "mended", "ordered", "stopped"], p=[0.45, 0.25, 0.28, 0.02]))
        is_ordered = result in ("ordered", "stopped")
        recheck_on = day + dt.timedelta(days=int(rng.integers(7, 31))) if is_ordered else None
        waits = recheck_on is not None and recheck_on >= today - dt.timedelta(days=3)
        yield _of(
            enterprise, f"GI{_FIRST + number}", name, kind=kind, inspected_on=day, looked_at=looked_at, result=result,
            inspectors="、".join(str(one) for one in rng.choice(_PEOPLE, 2, replace=False)), recheck_on=recheck_on,
            document=f"应急责改〔{day.year}〕{number} 号" if is_ordered else None, state="waiting" if waits else "closed",
        )  # fmt: skip


def stops(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw a suspension of one enterprise in forty, in every state."""
    states = ("declared", "stopped", "asked", "resumed", "draft")
    for number, enterprise in enumerate(enterprises[::40], start=1):
        name, extent, reason = _STOPS[number % len(_STOPS)]
        state = states[number % len(states)]
        stops_on = today - dt.timedelta(days=int(rng.integers(5, 40)))
        resumes_on = (
            stops_on + dt.timedelta(days=4)
            if state == "resumed"
            else today + dt.timedelta(days=int(rng.integers(3, 30)))
        )
        yield _of(
            enterprise, f"PS{_FIRST + number}", name, extent=extent, reason=reason, stops_on=stops_on, resumes_on=resumes_on,
            measures="物料清空、断电上锁，24 小时值守", keeper_name=str(rng.choice(_PEOPLE)), keeper_phone=f"135{number:08d}", state=state,
        )  # fmt: skip
