"""Write the changes of an enterprise in words: each thing as it was and as it becomes, people masked where need be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from data.enterprise_changes import Values
from layers.display import display, mask
from layers.enterprise_change import CHANGE_STATE_WORDS, CHANGEABLE, ChangeState
from layers.registry import layer_by_id
from web import registration_answers

_DIVISIONS = ("region_code", "authority_code")


def codes_in(*changes: Mapping[str, Any]) -> set[str]:
    """Give the division codes that changes name, to be read by name."""
    return {one[name] for one in changes for name in _DIVISIONS if one.get(name)}


def value(name: str, given: Any, names: Mapping[str, str], language: str, *, in_full: bool) -> str | None:
    """Write one value as people read it; None where there is none."""
    if given in (None, ""):
        return None
    if name in _DIVISIONS:
        return f"{names.get(given, '')} {given}".strip()
    if name == "position":
        return f"{given['lon']:.6f}, {given['lat']:.6f}"
    if name == "industry":
        if "/" in given:
            return registration_answers.industry(given, language)
        return display(layer_by_id("enterprise").field("industry"), given, language=language)
    text = str(given)
    return mask(text) if CHANGEABLE[name].is_personal and not in_full else text


def lines(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str], language: str, *, in_full: bool
) -> list[dict[str, Any]]:  # fmt: skip
    """Write what a change makes of what, in the order of the form."""
    return [
        {
            "field": name,
            "title": one.words.in_language(language),
            "before": value(name, before.get(name), names, language, in_full=in_full),
            "after": value(name, after[name], names, language, in_full=in_full),
        }
        for name, one in CHANGEABLE.items()
        if name in after
    ]


def state(name: str, language: str) -> str:
    """Give the words of a state."""
    return CHANGE_STATE_WORDS[ChangeState(name)].in_language(language)


def changes(
    rows: Iterable[Mapping[str, Any]], names: Mapping[str, str], language: str, *, in_full: bool
) -> list[dict[str, Any]]:
    """Write the changes of an enterprise, as they are given."""
    return [
        {
            **{k: row[k] for k in ("id", "state", "by_owner", "asked_at", "asked_by", "note", "decided_at", "decided_by", "reason")},
            "title": state(row["state"], language),
            "lines": lines(row["before"], row["after"], names, language, in_full=in_full),
        }
        for row in rows
    ]  # fmt: skip


def form(row: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """Write what stands, as the fields of the form hold it."""
    at = values["position"]
    return {
        "id": row["id"],
        "version": row["version"],
        "lon": row["lon"],
        "lat": row["lat"],
        "values": {
            **{name: "" if one is None else str(one) for name, one in values.items() if name != "position"},
            "position_text": "" if at is None else f"{at['lon']:.6f}, {at['lat']:.6f}",
        },
    }
