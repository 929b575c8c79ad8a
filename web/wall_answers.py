"""Write what a wall shows as JSON: nothing personal in it, whoever looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from data.stations import ShownStation
from data.wall_state import WallEvent, WallOrder
from dispatch.clocks import clocks_of_nodes
from dispatch.incident import Node
from layers.declaration import Words
from layers.registry import layer_by_id
from web import dispatch_answers

#: The steps as a wall has room for.
_STEPS = {
    Node.RECEIVED: Words("接警", "Call"),
    Node.NOTIFIED: Words("通知", "Told"),
    Node.ACCEPTED: Words("响应", "Answer"),
    Node.ARRIVED: Words("到达", "There"),
    Node.FREED: Words("解困", "Free"),
}


def order(found: WallOrder, *, now: dt.datetime, language: str) -> dict[str, Any]:
    """Write one order."""
    row = found.row
    state = layer_by_id("incident").field("state").choice(row["state"])
    return {
        "code": row["code"],
        "title": row["name"],
        "address": row["address"],
        "rescue_code": row["rescue_code"],
        "district_code": row["district_code"],
        "district": row["district_name"],
        "lon": row["lon"],
        "lat": row["lat"],
        "is_guess": row["position_quality"] != "given" and row["lon"] is not None,
        "state": row["state"],
        "state_label": state.words.in_language(language) if state else row["state"],
        "level": row["level"],
        "level_label": dispatch_answers.LEVEL_WORDS[row["level"]].in_language(language),
        "is_level_due": found.is_level_due,
        "people_inside": row["people_inside"],
        "injured": row["injured"],
        "is_vulnerable": row["is_vulnerable"],
        "is_danger": row["is_danger"],
        "eta_at": row["eta_at"],
        "nodes": [
            {"name": n.value, "label": words.in_language(language), "at": found.nodes.get(n)}
            for n, words in _STEPS.items()
        ],
        "clocks": [
            dispatch_answers.clock(c, language)
            for c in clocks_of_nodes(found.nodes, found.rule, now).values()
        ],
        "crews": [dispatch_answers.crew(c, language) for c in found.crews],
    }


def event(found: WallEvent, language: str, *, shown: Mapping[str, ShownStation]) -> dict[str, Any]:
    """Write one event without names of persons."""
    entry = dispatch_answers.log((found.stored,), language, shown=shown, sees_sensitive=False)[0]
    return {
        "id": found.id,
        "code": found.code,
        "place": found.place,
        "kind": entry["kind"],
        "label": entry["label"],
        "at": entry["at"],
        "text": entry["text"] if entry["kind"] not in ("noted", "corrected", "closed", "refused") else "",
    }
