"""Write what the screens of registration show: positions and their warnings, states, changes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from data.registration_places import GivenPosition, PositionReport, Region
from layers.declaration import Words
from layers.position_advice import PositionWarning, WarningKind
from layers.registration import CORRECTABLE, STATE_WORDS, RegistrationState
from layers.standards.supervised_industry import branch_words

_DIRECTIONS = (
    Words("北", "north"), Words("东北", "north-east"), Words("东", "east"), Words("东南", "south-east"),
    Words("南", "south"), Words("西南", "south-west"), Words("西", "west"), Words("西北", "north-west"),
)  # fmt: skip


def region(one: Region) -> dict[str, Any]:
    """Write a region of a list."""
    return {
        "code": one.code, "name": one.name, "level": one.level, "path": one.path, "has_children": one.has_children,
        "bbox": one.bbox,
    }  # fmt: skip


def position(given: GivenPosition, report: PositionReport, language: str) -> dict[str, Any]:
    """Write where a position lies and what looks wrong with it, the gravest first."""
    return {
        "lon": given.lon,
        "lat": given.lat,
        "crs": given.source_crs,
        "division_code": report.division_code,
        "division_path": report.division_path,
        "road": None
        if report.road is None
        else {"name": report.road.name, "distance_m": round(report.road.distance_m, 1)},
        "neighbours": [
            {
                "name": name,
                "distance_m": round(distance_m, 1),
                "direction": _DIRECTIONS[round(bearing_deg / 45) % 8].in_language(language),
            }
            for name, distance_m, bearing_deg in report.neighbours
        ],
        "outside_m": round(report.outside_m, 1),
        "warnings": [_warning(one, language) for one in report.warnings],
    }


def same_code(name: str, language: str) -> dict[str, Any]:
    """Warn that an enterprise with the same credit code stands on the map already."""
    words = Words(
        f"同一信用代码的企业“{name}”已在一张图上：审核通过后将合并为一条",
        f"An enterprise with this credit code stands on the map already: {name}. On approval the two become one",
    )
    return _warning(PositionWarning(WarningKind.SAME_CODE, words), language)


def _warning(one: PositionWarning, language: str) -> dict[str, Any]:
    mended = None if one.mended is None else {"lon": round(one.mended[0], 7), "lat": round(one.mended[1], 7)}
    return {"kind": one.kind.value, "text": one.words.in_language(language), "mended": mended}


def state(value: str, language: str) -> str:
    """Give the words of a state."""
    return STATE_WORDS[RegistrationState(value)].in_language(language)


def industry(value: str, language: str) -> str:
    """Give the words of ``class/branch``."""
    of, _, branch = value.partition("/")
    return branch_words(of, branch).in_language(language)


def changes(
    rows: Iterable[Mapping[str, Any]], names: Mapping[str, str], language: str
) -> list[dict[str, Any]]:
    """Write the changes of a registration in words."""
    return [
        {
            "at": row["at"],
            "actor": row["actor"],
            "field": row["field"],
            "title": _field(row["field"]).in_language(language),
            "before": _value(row["field"], row["before"], names, language),
            "after": _value(row["field"], row["after"], names, language),
        }
        for row in rows
    ]


def _field(name: str) -> Words:
    return CORRECTABLE.get(name, Words("状态", "State"))


def _value(field: str, value: str, names: Mapping[str, str], language: str) -> str:
    if field == "state":
        return state(value, language)
    if field == "industry":
        return industry(value, language)
    return f"{names[value]} {value}" if value in names else value
