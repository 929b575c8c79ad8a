"""Write the plan of a drill or a decision as tasks by the clock: who, what, where, expected and at the latest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from dispatch.rescue_decision import PREPARE_MIN
from layers.display import LOCAL_ZONE
from web import drill_answers

#: Tasks of people who leave, and of places that stay indoors, beyond these are left out.
MOST_FLOWS = 300
MOST_STAYING = 40


def tasks_of(
    drill: Mapping[str, Any], language: str, *, own: Iterable[Mapping[str, Any]] = ()
) -> list[dict[str, str]]:
    """Write the plan as tasks in order of time; `own` are tasks that somebody has added, with minutes from the accident."""
    answer, at = drill["answer"], 0 if language == "zh" else 1
    begins = dt.datetime.fromisoformat(drill["question"]["at"]).astimezone(LOCAL_ZONE)
    kinds = drill_answers.words_of(answer, language)["kinds"]
    shelters = {s["id"]: s.get("name") or s.get("code") for s in answer["evacuation"]["shelters"]}

    def clock(seconds: float) -> str:
        return f"{begins + dt.timedelta(seconds=seconds):%H:%M}"

    staging = ("1 号集结点", "staging point 1")[at]
    tasks: list[tuple[float, str, str, str, float | None, bool]] = [
        (
            one["travel_time_s"], one.get("name") or one.get("code") or "—",
            (f"{kinds[one['kind']]}赶到", f"{kinds[one['kind']]}: be there")[at] if one["kind"] != "hospital" else ("接收伤员", "Receive the injured")[at],
            staging if one["kind"] != "hospital" else (one.get("name") or "—"), one["within_s"], True,
        )
        for one in answer["teams"]
    ]  # fmt: skip
    tasks += [
        (
            one["travel_time_s"], one["kept_at"] or one["name"] or "—",
            (f"送达{one['name']} {one['quantity']:,} {one['unit']}", f"bring {one['quantity']:,} {one['unit']} {one['name']}")[at], staging,
            one["within_s"], True,
        )
        for one in answer.get("supplies", ())
    ]  # fmt: skip
    tasks += [
        (
            flow["travel_time_s"], flow["from"], (f"疏散 {flow['people']:,} 人", f"{flow['people']:,} people leave")[at],
            shelters[flow["shelter_id"]] or "—", None, True,
        )
        for flow in answer["evacuation"]["flows"][:MOST_FLOWS]
    ]  # fmt: skip
    tasks += [
        (
            0.0, place["name"], (f"通知 {place['people']:,} 人就地避险：关闭门窗和通风", f"{place['people']:,} people stay indoors: shut windows and ventilation")[at],
            place["name"], 60 * PREPARE_MIN, False,
        )
        for place in (answer.get("staying") or {"places": []})["places"][:MOST_STAYING]
    ]  # fmt: skip
    tasks += [
        (60 * one["at_min"], one["who"], one["what"], one["where"] or "—", 60 * one["at_min"], False)
        for one in own
    ]
    tasks.sort(key=lambda task: (float(task[0]), str(task[1])))
    return [
        {
            "who": str(who), "what": what, "where": str(where), "expected": clock(seconds) if is_expected else "",
            "latest": "" if limit is None else clock(limit),
        }
        for seconds, who, what, where, limit, is_expected in tasks
    ]  # fmt: skip
