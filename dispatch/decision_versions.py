"""Say what changed between two versions of a rescue decision: fields, alternatives that came and went, tasks of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXTS = ("name", "chosen", "reason", "remarks")


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    List what changed.

    Parameters
    ----------
    before, after : mapping
        With `name`, `chosen` (id of an alternative or None), `reason`, `remarks`, `alternatives` (ids) and `tasks` (mappings).

    Returns
    -------
    list of dict
        `what`, `before` and `after`; in the order of the fields, then alternatives, then tasks. Empty when nothing did.

    Examples
    --------
    >>> old = {"name": "A", "chosen": None, "reason": "", "remarks": "", "alternatives": ["x"], "tasks": []}
    >>> changes_between(old, old | {"chosen": "x", "alternatives": ["x", "y"]})
    [{'what': 'chosen', 'before': None, 'after': 'x'}, {'what': 'alternative_added', 'before': None, 'after': 'y'}]
    """
    found = [
        {"what": name, "before": before[name], "after": after[name]}
        for name in TEXTS
        if before[name] != after[name]
    ]
    for what, one in _came_and_went("alternative", before["alternatives"], after["alternatives"]):
        found.append(_entry(what, one))
    for what, one in _came_and_went("task", before["tasks"], after["tasks"]):
        found.append(_entry(what, one))
    return found


def _entry(what: str, one: Any) -> dict[str, Any]:
    is_new = what.endswith("added")
    return {"what": what, "before": None if is_new else one, "after": one if is_new else None}


def _came_and_went(kind: str, before: list[Any], after: list[Any]) -> list[tuple[str, Any]]:
    gone, new = list(before), []
    for one in after:
        if one in gone:
            gone.remove(one)
        else:
            new.append(one)
    return [(f"{kind}_removed", one) for one in gone] + [(f"{kind}_added", one) for one in new]
