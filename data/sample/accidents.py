"""Draw a few accidents for the sample city: one under rescue, the others ended, investigated or closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from layers import accident_rules
from layers.display import LOCAL_ZONE

_FIRST = 9_000_000
#: Days ago, state, industry it befalls, kind, what, substance and tonnes, dead, seriously and slightly injured, missing, loss, minutes to report.
_ACCIDENTS: tuple[tuple[Any, ...], ...] = (
    (0, "responding", "hazardous_chemicals", "poisoning", "液氨卸车软管脱落泄漏", "氨", 3.0, 0, 1, 4, 2, None, 18),
    (1, "ended", "light_industry", "fire", "原料仓库起火", None, None, 0, 0, 3, 0, 86.0, 25),
    (9, "investigating", "construction", "fall", "脚手架作业人员坠落", None, None, 1, 0, 0, 0, 130.0, 40),
    (33, "investigating", "hazardous_chemicals", "explosion", "反应釜超压爆炸", "环氧乙烷", 0.8, 3, 5, 12, 0, 1_460.0, 95),
    (55, "investigating", "machinery", "machine", "冲压设备伤人", None, None, 0, 1, 0, 0, 22.0, 30),
    (130, "closed", "metallurgy", "burns", "炉前喷溅灼伤", None, None, 0, 4, 2, 0, 210.0, 35),
    (190, "closed", "catering", "explosion", "厨房液化气闪爆", "丙烷", 0.05, 1, 2, 9, 0, 65.0, 50),
    (260, "closed", "transport", "vehicle", "厂内叉车伤人", None, None, 1, 0, 0, 0, 98.0, 20),
    (310, "closed", "construction", "collapse", "基坑边坡坍塌", None, None, 4, 2, 1, 0, 880.0, 45),
    (20, "withdrawn", "textile", "fire", "烟感误报，未起火", None, None, None, None, None, None, None, 10),
)  # fmt: skip


def accidents(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw each accident at an enterprise of its industry; the class follows from its figures as for any row."""
    midnight = dt.datetime.combine(today, dt.time(0), tzinfo=LOCAL_ZONE)
    for number, one in enumerate(_ACCIDENTS, start=1):
        days, state, industry, kind, what, substance, amount_t, dead, serious, slight, missing, loss, minutes = one  # fmt: skip
        fitting = [e for e in enterprises if e["industry"] == industry] or enterprises
        if not fitting:
            return
        enterprise = fitting[int(rng.integers(0, len(fitting)))]
        # The newest happened before midnight: it lies in the past whenever the sample is made.
        minute = int(rng.integers(7 * 60, 20 * 60)) if days else -40
        occurred = midnight - dt.timedelta(days=days) + dt.timedelta(minutes=minute)
        row = {
            **{k: enterprise[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
            "code": f"AC{_FIRST + number}", "name": f"{enterprise['name']}{what}"[:200], "enterprise_code": enterprise["code"],
            "position_quality": "matched", "kind": kind, "occurred_at": occurred, "reported_at": occurred + dt.timedelta(minutes=minutes),
            "substance": substance, "amount_t": amount_t, "dead": dead, "seriously_injured": serious, "slightly_injured": slight,
            "missing": missing, "loss_10k_cny": loss, "course": f"{what}，现场人员发现后报警。", "state": state,
            "measures": None if state in ("reported", "withdrawn") else "切断源头，疏散周边，救治伤员",
            "cause": "违反操作规程，隐患未及时整改" if state == "closed" else None,
        }  # fmt: skip
        yield row | accident_rules.derive(row)
