"""Fill the sample's risk points with factors, items and how they were graded, and its enterprise's own hidden dangers."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data.loading.rows import write_rows
from data.scope import Connection
from layers.rectification import one_month_after
from layers.registry import layer_by_id

#: Risk points that have items in the sample, at most.
_MOST = 2000
_ITEMS = (
    ("设备缺陷", "安全附件失效", "爆炸", "定期检验，班前检查", "设备管理员"),
    ("用电", "线路绝缘老化", "触电、火灾", "每月检测绝缘，装漏电保护", "电工"),
    ("作业行为", "未按规程操作", "机械伤害", "持证上岗，班前交底", "班组长"),
    ("危险物质", "泄漏", "中毒、火灾", "气体报警，每班巡检", "操作工"),
    ("环境", "通道堵塞", "踩踏、延误疏散", "划线定置，每日巡查", "安全员"),
    ("高处", "临边防护缺失", "高处坠落", "加装护栏，系安全带", "现场监护人"),
)
#: Factors of LEC that give each level.
_LEC = {"1": ("6", "6", "15"), "2": ("3", "6", "15"), "3": ("1", "6", "15"), "4": ("1", "3", "7")}
_POINTS = (
    ("储罐区", "1", "equipment"), ("装卸区", "2", "place"), ("一车间", "3", "place"), ("变配电室", "3", "equipment"), ("办公楼", "4", "place"),
)  # fmt: skip
_OWN = (
    ("储罐区可燃气体报警器失效", "equipment", "储罐区", "major", "self", "pending", 4),
    ("装卸平台临边无护栏", "work", "装卸平台", "general", "self", "pending", 9),
    ("配电箱未上锁", "electric", "一车间", "general", "self", "in_review", 12),
    ("消防通道堵塞", "fire", "厂区东侧通道", "general", "government", "pending", 6),
    ("应急灯损坏", "fire", "二层楼梯间", "general", "self", "overdue", 40),
    ("灭火器过期", "fire", "一层走廊", "general", "self", "done", 55),
)


def write_own_points(connection: Connection) -> int:
    """Give the enterprises that have accounts risk points of every level, where they have none."""
    firms = connection.execute(
        "SELECT e.code, e.division_code, e.authority_code, e.owner_id, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat FROM enterprise e"
        " WHERE e.owner_id IN (SELECT unit_id FROM app_user WHERE role = 'enterprise') AND e.geom IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM risk_point r WHERE r.code LIKE 'RPS%' AND r.owner_id = e.owner_id) ORDER BY e.code"
    ).fetchall()
    rows = [
        {
            **{k: firm[k] for k in ("division_code", "authority_code", "owner_id")},
            "code": f"RPS{firm['owner_id']:05d}{number:02d}", "name": name, "level": level, "risk_class": kind,
            "enterprise_code": firm["code"], "lon": firm["lon"] + 0.0006 * number, "lat": firm["lat"] + 0.0004 * (number % 3),
        }
        for firm in firms
        for number, (name, level, kind) in enumerate(_POINTS, start=1)
    ]  # fmt: skip
    return write_rows(connection, layer_by_id("risk_point"), rows).total if rows else 0


def write_risk_items(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Give the first risk points their factors and items where none has any; how many items were written."""
    if connection.execute("SELECT 1 AS found FROM risk_point_item LIMIT 1").fetchone() is not None:
        return 0
    rng = np.random.default_rng([seed, 41])
    rows = connection.execute(
        "SELECT code, level FROM risk_point ORDER BY (owner_id IN (SELECT unit_id FROM app_user WHERE role = 'enterprise'))"
        " DESC NULLS LAST, level, code LIMIT %s",
        [_MOST],
    ).fetchall()
    posts = ("company", "company", "workshop", "team", "post")
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE risk_point SET method = 'lec', lec_l = %s, lec_e = %s, lec_c = %s, product = %s, control_level = %s WHERE code = %s",
            [
                (
                    *_LEC[r["level"]],
                    float(np.prod([float(v) for v in _LEC[r["level"]]])),
                    posts[int(r["level"])],
                    r["code"],
                )
                for r in rows
            ],
        )
        values = []
        for row in rows:
            for k in rng.choice(len(_ITEMS), 2, replace=False):
                factor, item, accident, measures, post = _ITEMS[int(k)]
                on = (now - dt.timedelta(days=int(rng.integers(20, 300)))).date()
                values.append(
                    (
                        row["code"],
                        on,
                        factor,
                        item,
                        accident,
                        measures,
                        post,
                        int(rng.choice([1, 7, 30])),
                        now,
                    )
                )
        cursor.executemany(
            "INSERT INTO risk_point_item (row_code, identified_on, factor, item, accident, measures, responsible, every_days,"
            " created_by, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'sample', %s)",
            values,
        )
    return len(values)


def write_own_dangers(connection: Connection, *, now: dt.datetime) -> int:
    """Give the enterprises that have accounts hidden dangers in every state, where they have none."""
    total = 0
    firms = connection.execute(
        "SELECT e.code, e.name, e.division_code, e.authority_code, e.owner_id, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat FROM enterprise e"
        " WHERE e.owner_id IN (SELECT unit_id FROM app_user WHERE role = 'enterprise') AND e.geom IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM hidden_danger h WHERE h.owner_id = e.owner_id AND h.code LIKE 'HDS%%') ORDER BY e.code"
    ).fetchall()
    for firm in firms:
        rows = []
        for number, (name, category, place, grade, source, state, days) in enumerate(_OWN, start=1):
            at = (now - dt.timedelta(days=days)).replace(second=0, microsecond=0)
            due = one_month_after(at)
            is_done = state in ("in_review", "done")
            rows.append(
                {
                    **{k: firm[k] for k in ("division_code", "authority_code", "owner_id", "lon", "lat")},
                    "code": f"HDS{firm['owner_id']:05d}{number:02d}", "name": name, "category": category, "place": place,
                    "enterprise_code": firm["code"], "position_quality": "matched", "grade": grade, "source": source, "state": state,
                    "registered_at": at, "due_at": due, "first_due_at": due, "rounds": 1, "extension": "none",
                    "is_listed": grade == "major", "listed_at": at if grade == "major" else None,
                    "rectification": "已整改" if is_done else None, "rectified_at": at + dt.timedelta(days=3) if is_done else None,
                    "completed_at": at + dt.timedelta(days=4) if state == "done" else None,
                }
            )  # fmt: skip
        total += write_rows(connection, layer_by_id("hidden_danger"), rows).total
    _say_what_was_found(connection)
    return total


def _say_what_was_found(connection: Connection) -> None:
    """Have the last inspection that an enterprise finished before it reported hidden dangers be the one that found them."""
    connection.execute(
        "UPDATE hidden_danger h SET plan_code = (SELECT p.code FROM check_plan p WHERE p.owner_id = h.owner_id AND p.state = 'done'"
        " AND p.begins_on <= h.registered_at::date ORDER BY p.begins_on DESC, p.code LIMIT 1)"
        " WHERE h.code LIKE 'HDS%' AND h.source = 'self' AND h.plan_code IS NULL"
    )
    connection.execute(
        "UPDATE check_plan p SET result = 'found', summary = '查出的隐患已登记' WHERE p.state = 'done' AND p.result = 'none'"
        " AND EXISTS (SELECT 1 FROM hidden_danger h WHERE h.plan_code = p.code)"
    )
