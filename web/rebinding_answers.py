"""Say what a check of bindings found: stations against their scope and load, and each elevator with its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from data.errors import FilterError
from data.rebinding import BindingCheck, BindingQuestion
from dispatch.rebinding import Binding
from layers.declaration import Words
from web import travel_answers, travel_questions

#: Elevators that one crew can bear unless the asker says otherwise: no standard sets it.
PER_CREW = 100
REASONS: dict[str, Words] = {
    "moved": Words("换绑后可按时到达", "makes the limit when rebound"),
    "made_room": Words("为只能由原站按时到达的电梯腾出容量", "makes room for one that its station alone reaches in time"),
    "none_reaches": Words("本单位没有救援站能按时到达", "no station of the company makes the limit"),
    "no_room": Words("能按时到达的救援站容量已满", "the stations that make the limit bear no more"),
    "off_road": Words("没有位置或离道路太远，无法核查", "without a position, or too far from any road"),
}  # fmt: skip
_NAMES = {
    Binding.MOVED: "moved", Binding.MADE_ROOM: "made_room", Binding.NONE_REACHES: "none_reaches", Binding.NO_ROOM: "no_room",
}  # fmt: skip
_MOST_MIN = 180.0


def binding_question(values: Mapping[str, Any], *, now: Any) -> BindingQuestion:
    """Read what bindings are held against: limit_min, per_crew, and the hour.

    Raises
    ------
    FilterError
        When a value cannot be read or makes no sense, naming its field.
    """
    text = values.get("limit_min")
    try:
        limit_min = 30.0 if text in (None, "") else float(str(text))
    except ValueError:
        limit_min = math.nan
    if not 0 < limit_min <= _MOST_MIN:
        raise FilterError(
            f"时限（limit_min）应为大于 0、不超过 {_MOST_MIN:g} 的分钟数，收到 {str(text)[:20]!r}。 "
            f"limit_min is a number of minutes above 0 and up to {_MOST_MIN:g}; got {str(text)[:20]!r}."
        )
    per_crew = travel_questions.whole(values.get("per_crew"), "per_crew", PER_CREW, low=1, high=10_000)
    question = travel_questions.question(
        {k: values.get(k) for k in ("at_time", "hour_of_week", "profile")}, now=now
    )
    return BindingQuestion(question, 60.0 * limit_min, per_crew)


def answer(found: BindingCheck, language: str) -> dict[str, Any]:
    """Write a check as JSON: how it stands, the stations, and the list to accept."""
    rows = binding_rows(found, language)
    late = int(((found.bound_idx >= 0) & (found.bound_s > found.asked.limit_s) & ~found.is_off_road).sum())
    return {
        "limit_s": found.asked.limit_s, "per_crew": found.asked.per_crew, "count": len(found.elevators), "late": late,
        "unbound": int((found.bound_idx < 0).sum()), "mendable": sum(r["reason"] == "moved" for r in rows),
        "network": travel_answers.circumstances(found.circumstances, language),
        "stations": [
            {k: s[k] for k in ("code", "name", "scope", "in_scope", "in_scope_reached", "capacity", "load_before", "load_after", "late")}
            for s in found.stations
        ],
        "rows": rows,
    }  # fmt: skip


def binding_rows(found: BindingCheck, language: str) -> list[dict[str, Any]]:
    """List the elevators whose binding does not stay as it is, or cannot be helped: those that can be helped first."""
    names = {s["code"]: s["name"] for s in found.stations}
    rows = []
    for o, elevator in enumerate(found.elevators):
        outcome = Binding(int(found.found.outcome[o]))
        if outcome is Binding.KEPT:
            continue
        name = "off_road" if found.is_off_road[o] else _NAMES[outcome]
        changes = name in ("moved", "made_room")
        to = found.stations[int(found.found.station_idx[o])] if changes else None
        nearest = found.stations[int(found.nearest_idx[o])] if found.nearest_idx[o] >= 0 else None
        rows.append({
            "code": elevator["code"], "name": elevator["name"], "address": elevator["address"],
            "from": elevator["station_code"], "from_name": names.get(elevator["station_code"], elevator["station_code"]),
            "to": to["code"] if to else None, "to_name": to["name"] if to else None,
            "before_s": _seconds(found.bound_s[o]), "after_s": _seconds(found.found.travel_time_s[o]) if changes else None,
            "nearest_name": nearest["name"] if nearest else None, "nearest_s": _seconds(found.nearest_s[o]),
            "reason": name, "reason_label": REASONS[name].in_language(language),
        })  # fmt: skip
    order = list(REASONS)
    rows.sort(key=lambda r: (order.index(r["reason"]), -(r["before_s"] or math.inf), r["code"]))
    return rows


def _seconds(value: Any) -> float | None:
    return round(float(value), 1) if math.isfinite(value) else None
