"""Make a rescue decision on the accident under rescue of the sample city: alternatives, a choice, tasks, versions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from data import decisions, drills, rescue_plan
from data.drill_question import DrillQuestion, as_json
from data.errors import FormError
from data.rescue_plan import RescuePlan, measured
from data.scope import SYSTEM, Connection
from data.store import Store
from data.travel_store import TravelStore
from dispatch.rescue_decision import Mode, recommend

_WHO = replace(SYSTEM, username="city")
_IDS = uuid.UUID("0b8c3d52-2c1e-4f0a-9a44-5a6d1f0e9c18")
_ALTERNATIVES = ((Mode.EVACUATE, "全部撤离"), (Mode.SHELTER, "就地避险，留在室内"))
_WHY = {
    "without": "没有去处或道路的人最少",
    "exposure": "等效室外暴露最小",
    "lacking": "缺少或超时的力量最少",
    "first": "首支力量最快到达",
}
#: Who, what, where, at the latest minute after the accident.
_TASKS = (
    ("交警大队", "封闭事故点周边道路，引导疏散车辆", "影响区外各路口", 10.0),
    ("环境监测站", "下风向布点监测氨浓度，每 10 分钟报一次", "影响区下风边缘", 25.0),
    ("企业应急队", "关闭槽车紧急切断阀，水幕稀释", "卸车台", 15.0),
)  # fmt: skip
_REMARKS = "先断源，再堵漏；水幕不得直接冲击液氨，防止二次蒸发。夜间静稳，注意风向变化。"
_MINUTES = {"begun": 22, "alternatives": 25, "chosen": 32, "remarks": 38}


def write_missing(store: Store, travel: TravelStore) -> int:
    """Decide on the rescue of the newest chemical accident still under rescue, where nobody has decided anything; alternatives written.

    Worked out and kept by the functions that the page uses, in the minutes after the accident was reported.
    """
    with store.transaction(_WHO) as connection:
        accident = connection.execute(
            "SELECT id, code, ST_X(geom) AS lon, ST_Y(geom) AS lat, occurred_at, substance, amount_t FROM accident"
            " WHERE state = 'responding' AND substance IS NOT NULL AND amount_t > 0 AND geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM rescue_decision) ORDER BY occurred_at DESC, code LIMIT 1"
        ).fetchone()
        wind_from_deg = None if accident is None else wind_towards_people(connection, accident)
    if accident is None or wind_from_deg is None:
        return 0
    found = _worked_out(store, travel, accident, wind_from_deg)
    if not found:
        return 0
    _decide(store, accident, found)
    return len(found)


_Worked = tuple[str, DrillQuestion, RescuePlan, dict[str, Any]]


def wind_towards_people(connection: Connection, accident: Mapping[str, Any]) -> float:
    """Say where the wind comes from, so that it carries the cloud to the nearest homes: else nobody would have to leave."""
    row = connection.execute(
        "SELECT degrees(ST_Azimuth(p.geom::geography, at.here)) AS bearing FROM residential_place p,"
        " (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography AS here) AS at"
        " WHERE p.geom IS NOT NULL AND p.population > 0 ORDER BY ST_Distance(p.geom::geography, at.here), p.id LIMIT 1",
        [accident["lon"], accident["lat"]],
    ).fetchone()
    return 45.0 if row is None or row["bearing"] is None else round(row["bearing"]) % 360.0


def _worked_out(
    store: Store, travel: TravelStore, accident: Mapping[str, Any], wind_from_deg: float
) -> list[_Worked]:
    """Work out each alternative; one that cannot be is left out."""
    found: list[_Worked] = []
    for mode, name in _ALTERNATIVES:
        asked = DrillQuestion(
            name, accident["occurred_at"], accident["lon"], accident["lat"], accident["substance"], 1000 * accident["amount_t"],
            "liquid_hole", release={"hole_diameter_m": 0.05}, wind_speed_m_s=2.0, wind_from_deg=wind_from_deg, sky="cloudy_night",
        )  # fmt: skip
        plan = RescuePlan(mode)
        try:
            answer = drills.run_drill(store, travel, _WHO, asked, plan=plan, report=lambda *_: None)
        except FormError:
            continue
        found.append((name, asked, plan, answer))
    return found


def _decide(store: Store, accident: Mapping[str, Any], found: list[_Worked]) -> None:
    """Begin the decision, add what was worked out, choose what is recommended and say why."""
    at = {what: accident["occurred_at"] + dt.timedelta(minutes=m) for what, m in _MINUTES.items()}
    ids = [uuid.uuid5(_IDS, f"{accident['code']} {name}") for name, *_ in found]
    best = recommend([measured(answer) for *_, answer in found])
    why = "、".join(_WHY[name] for name, _ in best.decided_by) or "各方案相当，取准备最充分的一个"
    chosen = {
        "chosen": str(ids[best.best_idx]), "reason": f"{why}；现场指挥部同意按此方案处置。",
        "tasks": [{"who": who, "what": what, "where": where, "at_min": minute} for who, what, where, minute in _TASKS],
    }  # fmt: skip
    with store.transaction(_WHO) as connection:
        decision = decisions.from_accident(connection, accident["id"], scope=_WHO, now=at["begun"])
        for key, (name, asked, plan, answer) in zip(ids, found, strict=True):
            decisions.add_alternative(
                connection, key, decision["id"], name, question=as_json(asked), plan=rescue_plan.as_json(plan), answer=answer,
                scope=_WHO, now=at["alternatives"],
            )  # fmt: skip
        version = decisions.read(connection, decision["id"])["version"]
        row = decisions.change(connection, decision["id"], chosen, version=version, scope=_WHO, now=at["chosen"])  # fmt: skip
        decisions.change(
            connection, decision["id"], {"remarks": _REMARKS}, version=row["version"], scope=_WHO, now=at["remarks"]
        )  # fmt: skip
