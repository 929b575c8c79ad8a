"""Draw emergency plans and drills for the enterprises of the sample city: most in time, some owed, some missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from layers.drill_rules import HIGH_HAZARD, add_working_days, years_on

_FIRST = 9_000_000
_PLANS = (("comprehensive", "生产安全事故综合应急预案"), ("special", "火灾专项应急预案"), ("on_site", "触电现场处置方案"))  # fmt: skip
_NAMES = {"comprehensive": "综合应急演练", "special": "火灾应急演练", "on_site": "现场处置演练"}
_SCENARIOS = (
    "仓库起火，一人受伤，浓烟向南",
    "电缆沟冒烟，切断电源，疏散两个车间",
    "液氨法兰泄漏，东北风 2 m/s",
)


def _base(enterprise: dict[str, Any], code: str, name: str) -> dict[str, Any]:
    return {
        **{k: enterprise[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
        "code": code, "name": name, "enterprise_code": enterprise["code"], "position_quality": "matched",
    }  # fmt: skip


def plans(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw one to three plans an enterprise, three in four filed."""
    number = 0
    for enterprise in enterprises:
        for kind, name in _PLANS[: 1 + int(rng.integers(0, 3))]:
            number += 1
            issued = today - dt.timedelta(days=int(rng.integers(10, 1100)))
            state = str(rng.choice(["filed", "issued", "submitted", "drafting"], p=[0.75, 0.08, 0.05, 0.12]))
            if state in ("issued", "submitted"):
                issued = today - dt.timedelta(days=int(rng.integers(3, 35)))
            is_issued = state != "drafting"
            yield _base(enterprise, f"EP{_FIRST + number}", name) | {
                "kind": kind, "level": str(rng.choice(["II", "III", "IV"])), "state": state,
                "risk_assessed_on": issued - dt.timedelta(days=70), "resources_surveyed_on": issued - dt.timedelta(days=60),
                "reviewed_on": issued - dt.timedelta(days=12) if is_issued else None, "issued_on": issued if is_issued else None,
                "signer": "主要负责人" if is_issued else None,
                "file_by_on": add_working_days(issued, 20) if state == "issued" else None,
                "answer_by_on": add_working_days(today, 4) if state == "submitted" else None,
                "file_number": f"{enterprise['authority_code'][:6]}-{issued.year}-{number:04d}" if state == "filed" else None,
                "evaluate_by_on": years_on(issued, 3) if is_issued else None,
                "revise_by_on": years_on(issued, 3) if is_issued else None,
            }  # fmt: skip


def drills(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw drills of this year and the last: nine in ten units did what they owed, and some have one planned."""
    number = 0
    for enterprise in enterprises:
        for year, month in ((today.year - 1, 5), (today.year - 1, 10), (today.year, 4), (today.year, 9)):
            for kind in ("special" if month in (5, 9) else "on_site", "on_site"):
                day = dt.date(year, month, 1) + dt.timedelta(days=int(rng.integers(0, 50)))
                if rng.random() > 0.9 or day >= today:
                    continue
                number += 1
                told = min(day + dt.timedelta(days=6), today)
                is_told = enterprise["industry"] in HIGH_HAZARD and number % 9 > 0
                yield _done(enterprise, f"DR{_FIRST + number}", kind, day, rng) | {
                    "reported_on": told if is_told else None
                }
        if rng.random() < 0.3:
            number += 1
            planned = today + dt.timedelta(days=int(rng.integers(2, 60)))
            yield _base(enterprise, f"DR{_FIRST + number}", _NAMES["on_site"]) | {
                "kind": "on_site", "planned_on": planned, "scenario": str(rng.choice(_SCENARIOS)), "planned_people": int(rng.integers(10, 80)),
                "planned_first_team_min": 12.0, "planned_evacuated_min": 25.0, "state": "planned",
            }  # fmt: skip


def _done(
    enterprise: dict[str, Any], code: str, kind: str, day: dt.date, rng: np.random.Generator
) -> dict[str, Any]:
    people = int(rng.integers(12, 90))
    is_summed_up = bool(rng.random() < 0.8)
    return _base(enterprise, code, _NAMES[kind]) | {
        "kind": kind, "planned_on": day, "executed_on": day, "scenario": str(rng.choice(_SCENARIOS)),
        "planned_people": people + int(rng.integers(0, 8)), "people": people,
        "planned_first_team_min": 12.0, "first_team_min": float(np.round(12 + rng.normal(1.5, 3.0), 1).clip(4)),
        "planned_evacuated_min": 25.0, "evacuated_min": float(np.round(25 + rng.normal(3.0, 6.0), 1).clip(8)),
        "summary": "达到预期目的，指挥、疏散、救护各组到位。" if is_summed_up else None,
        "problems": "集合点标识不清，已更换。" if is_summed_up else None, "state": "summed_up" if is_summed_up else "executed",
    }  # fmt: skip
