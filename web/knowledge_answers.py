"""Give the rescue flow and knowledge of an accident with their words, for pages and printed reports (row L16)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from data import rescue_knowledge
from data.scope import Connection
from layers.display import display
from layers.registry import register_by_id
from layers.rescue_rules import accidents_of

_CHOICES = ("accident", "level", "kind")


def knowledge(
    connection: Connection, substance: str, effects: Collection[str], language: str
) -> dict[str, list[dict[str, Any]]]:
    """Give the steps and the entries for a substance that escapes with these effects."""
    accidents = accidents_of(effects)
    return {
        "steps": [
            _told("rescue_flow", row, language)
            for row in rescue_knowledge.steps(connection, substance, accidents)
        ],
        "entries": [
            _told("rescue_knowledge", row, language)
            for row in rescue_knowledge.entries(connection, substance, accidents)
        ],
    }


def of_answer(connection: Connection, answer: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Give what the answer of a drill or of an alternative calls for; the steps by kind of accident, level and who keeps them."""
    effects = {zone["effect"] for zone in answer["zones"] if zone["geometry"]}
    substance = answer["accident"]["substance"]
    found = knowledge(connection, substance.get("cas") or substance["zh"], effects, language)
    flows: dict[str, list[dict[str, Any]]] = {}
    for step in found["steps"]:
        title = " · ".join(filter(None, (step["accident_title"], step["level_title"], step["enterprise"])))
        flows.setdefault(title, []).append(step)
    return {"flows": flows, "entries": found["entries"]}


def _told(register_id: str, row: dict[str, Any], language: str) -> dict[str, Any]:
    """Add the words of the choices and the row's page."""
    layer = register_by_id(register_id).layer
    titles = {
        f"{name}_title": display(layer.field(name), row[name], language=language)
        for name in _CHOICES
        if name in row
    }
    return row | titles | {"page": f"/registers/{register_id}/{row['id']}"}
