"""Read what is asked of resources: names, kinds, a radius, minutes, the place they are measured from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.errors import FilterError
from data.surroundings import Wanted
from web import travel_questions
from web.dispatch_questions import text

MOST_RADIUS_M = 100_000.0
MOST_MINUTES = 180.0


def number(values: Mapping[str, Any], name: str, *, most: float) -> float | None:
    """Read a number above 0 and at most so large; None where it does not come.

    Raises
    ------
    FilterError
    """
    given = values.get(name)
    if given in (None, ""):
        return None
    try:
        found = float(str(given))
    except ValueError:
        found = float("nan")
    if not 0 < found <= most:
        raise FilterError(
            f"{name} 应为大于 0、不超过 {most:g} 的数，收到 {str(given)[:20]!r}。 "
            f"A number above 0 and up to {most:g} was expected for {name}, got {str(given)[:20]!r}."
        )
    return found


def wanted(values: Mapping[str, Any], at: tuple[float, float] | None) -> Wanted:
    """Read which resources are asked for, measured from a place.

    Raises
    ------
    FilterError
    """
    minutes = number(values, "minutes", most=MOST_MINUTES)
    named = str(values.get("kind") or "")
    return Wanted(
        words=text(values, "q", "名称", most=60) or None,
        kinds=tuple(dict.fromkeys(k for k in named.split(",") if k)),
        type_name=text(values, "type", "细分类型", most=40) or None,
        at=at,
        radius_m=number(values, "radius_m", most=MOST_RADIUS_M),
        limit_s=None if minutes is None else minutes * 60,
        division_code=str(values.get("division") or "") or None,
    )


def place(values: Mapping[str, Any]) -> tuple[float, float] | None:
    """Read the place to measure from; None where none is given.

    Raises
    ------
    FilterError, CoordinateError
    """
    if values.get("lon") in (None, "") and values.get("lat") in (None, ""):
        return None
    return travel_questions.position(values.get("lon"), values.get("lat"), values.get("crs"))


def limits_text(asked: Wanted, language: str) -> str:
    """Say the limits in words, as the beginning of a sentence."""
    is_en = language == "en"
    parts = []
    if asked.limit_s is not None:
        parts.append(
            f"within {asked.limit_s / 60:g} min by road" if is_en else f"{asked.limit_s / 60:g} 分钟内能到"
        )
    if asked.radius_m is not None:
        parts.append(f"within {asked.radius_m / 1000:g} km" if is_en else f"{asked.radius_m / 1000:g} 公里内")
    if not parts:
        return "In the whole city" if is_en else "全市"
    joined = (" and " if is_en else "、").join(parts)
    return joined[0].upper() + joined[1:]
