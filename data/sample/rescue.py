"""Fill the sample city's rescue resources: abilities of teams, supplies in depots, and what enterprises keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from data.loading.rows import write_rows
from data.sample.own_enterprise import OWN_FIRST
from data.scope import Connection
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

_FIRST = 9_000_000
#: Enterprises that keep a team and supplies of their own in the sample.
_MOST = 60
_SUPPLIES = (
    ("正压式空气呼吸器", "equipment", "侦检仪器", "套", 4, 40, None),
    ("重型防化服", "supplies", "个人防护", "套", 4, 60, 900),
    ("注入式堵漏工具", "supplies", "堵漏器材", "套", 1, 6, None),
    ("木制堵漏楔", "supplies", "堵漏器材", "箱", 2, 20, None),
    ("吸附棉", "supplies", "吸附与洗消", "包", 20, 400, 1500),
    ("抗溶性泡沫液", "supplies", "灭火药剂", "吨", 1, 30, 700),
    ("干砂", "supplies", "灭火药剂", "立方米", 2, 20, None),
    ("移动式排水泵", "equipment", "供排水设备", "台", 1, 8, None),
    ("编织袋", "supplies", "防汛物资", "条", 500, 9000, None),
    ("应急照明灯组", "equipment", "通信照明", "套", 1, 12, None),
    ("液压破拆工具组", "equipment", "破拆工具", "套", 1, 6, None),
    ("四合一气体检测仪", "equipment", "侦检仪器", "台", 2, 20, 300),
    ("折叠床", "supplies", "生活保障", "张", 50, 900, None),
    ("急救包", "supplies", "医疗急救", "个", 20, 300, 500),
    ("抢险救援车", "equipment", "消防车辆", "辆", 1, 4, None),
    ("挖掘机", "equipment", "工程机械", "台", 1, 5, None),
)
_ABILITIES = {
    "rescue_team": ("危险化学品救援队", "危化品泄漏处置、堵漏、洗消；防化服 12 套，抢险救援车 2 辆"),
    "hospital": ("二级医院", "烧伤、中毒救治，急救车 4 辆"),
    "government_office": ("街道办事处", "组织疏散和协调"),
    "supplies_depot": ("区级物资库", "物资调拨，叉车装卸"),
    "expert": ("危险化学品专家", "危化品泄漏与火灾处置"),
    "shelter": ("室外场地", "供水、供电、厕所"),
    "fire_station": ("普通站", "灭火、抢险救援；水罐消防车 3 辆"),
}


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Fill in what no row has yet, in the connection's transaction; how many supplies and teams were written."""
    if connection.execute("SELECT 1 AS found FROM rescue_supply LIMIT 1").fetchone() is not None:
        return 0
    rng = np.random.default_rng([seed, 17])
    _describe_resources(connection)
    enterprises = connection.execute(
        "SELECT code, name, address, division_code, authority_code, owner_id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise"
        " WHERE geom IS NOT NULL AND (risk_grade IN ('C', 'D') OR owner_id IN (SELECT unit_id FROM app_user WHERE role = 'enterprise'))"
        f" ORDER BY {OWN_FIRST}, code LIMIT %s",
        [_MOST],
    ).fetchall()
    depots = connection.execute(
        "SELECT code, address, division_code, authority_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_resource"
        " WHERE kind IN ('supplies_depot', 'rescue_team', 'fire_station') AND enterprise_code IS NULL AND geom IS NOT NULL ORDER BY code"
    ).fetchall()
    today = now.astimezone(LOCAL_ZONE).date()
    teams = write_rows(connection, layer_by_id("rescue_resource"), list(_own_teams(enterprises, rng)))
    supplies = [*_in_depots(depots, rng, today), *_at_enterprises(enterprises, rng, today, len(depots) * 4)]
    written = write_rows(connection, layer_by_id("rescue_supply"), supplies)
    _count(connection, now)
    return teams.total + written.total


def _describe_resources(connection: Connection) -> None:
    for kind, (type_name, ability) in _ABILITIES.items():
        connection.execute(
            "UPDATE rescue_resource SET type_name = %s, ability = %s, is_always_open = kind <> 'expert',"
            " mobile = '139' || right(contact_phone, 8) WHERE kind = %s AND enterprise_code IS NULL AND type_name IS NULL",
            [type_name, ability, kind],
        )


def _own_teams(enterprises: list[dict[str, Any]], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for number, enterprise in enumerate(enterprises, start=1):
        yield {
            **_at(enterprise), "code": f"RR{_FIRST + number}", "name": f"{enterprise['name']}应急救援队（样）",
            "kind": "rescue_team", "type_name": "综合应急救援队", "capacity": int(rng.integers(5, 25)),
            "ability": "本厂初期火灾扑救、泄漏堵漏", "is_always_open": True, "contact_name": "李建国",
            "contact_phone": f"137{number:08d}", "mobile": f"136{number:08d}", "is_shared": bool(number % 3),
        }  # fmt: skip


def _at(place: dict[str, Any]) -> dict[str, Any]:
    found = {
        k: place.get(k) for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")
    }
    return {
        **found,
        "position_quality": "matched",
        "enterprise_code": place["code"] if "owner_id" in place else None,
    }


def _supply(
    number: int, what: tuple[Any, ...], rng: np.random.Generator, today: dt.date, part: float
) -> dict[str, Any]:
    name, kind, type_name, unit_word, least, most, days = what
    quantity = max(1, round(float(rng.integers(least, most + 1)) * part))
    left = None if days is None else int(rng.integers(-30, days))
    return {
        "code": f"RM{_FIRST + number}", "name": name, "kind": kind, "type_name": type_name, "quantity": float(quantity),
        "unit_word": unit_word, "expires_on": None if left is None else today + dt.timedelta(days=left),
        "contact_name": "陈静", "contact_phone": f"135{number:08d}",
    }  # fmt: skip


def _in_depots(
    depots: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    number = 0
    for depot in depots:
        for i in rng.choice(len(_SUPPLIES), 4, replace=False):
            number += 1
            yield {
                **_at(depot),
                **_supply(number, _SUPPLIES[i], rng, today, 1.0),
                "depot_code": depot["code"],
            }


def _at_enterprises(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date, used: int
) -> Iterator[dict[str, Any]]:
    number = used
    for enterprise in enterprises:
        for i in rng.choice(len(_SUPPLIES), 3, replace=False):
            number += 1
            yield {
                **_at(enterprise),
                **_supply(number, _SUPPLIES[i], rng, today, 0.3),
                "is_shared": number % 3 > 0,
            }


def _count(connection: Connection, now: dt.datetime) -> None:
    """Give each supply one stock-taking, some weeks ago."""
    connection.execute(
        "INSERT INTO rescue_supply_count (row_code, counted_on, counted_by, quantity, created_by, created_at)"
        " SELECT code, (%(now)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date - (id %% 40)::int, '陈静', quantity, 'sample', %(now)s"
        " FROM rescue_supply",
        {"now": now},
    )
