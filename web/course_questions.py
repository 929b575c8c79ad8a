"""Read what a drill's course is asked under from a form: minutes come in, seconds go out; faults name their field."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any

from data.course_question import (
    BREAKDOWN,
    INJECTS,
    REOPEN,
    ROAD,
    WIND,
    CourseQuestion,
    InjectAsked,
)
from data.errors import FilterError, FormError, with_reason
from dispatch.course_plan import FACTORS, SPREADS, WHOLE_NUMBERS, Spread, Steps
from dispatch.errors import QuestionError
from geo.errors import CoordinateError
from web import travel_questions

Faults = list[tuple[str, str]]


def course_question(values: Mapping[str, Any], drill_id: uuid.UUID) -> CourseQuestion:
    """Read the course of a drill.

    Raises
    ------
    FormError
        When a field cannot be read or makes no sense; it names each.
    """
    faults: Faults = []
    seed = _whole(values, "seed", 1, faults)
    runs = _whole(values, "runs", 1, faults)
    steps = _steps(values.get("steps"), faults)
    injects = _injects(values.get("injects"), faults)
    if faults:
        raise FormError(tuple(faults))
    return CourseQuestion(drill_id, seed, runs, steps, injects)


def _number(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        return math.nan


def _whole(values: Mapping[str, Any], name: str, otherwise: int, faults: Faults) -> int:
    given = values.get(name)
    if given in (None, ""):
        return otherwise
    found = _number(given)
    if not math.isfinite(found) or found != round(found) or abs(found) > 2**53:
        faults.append(
            (name, f"{name} 应为整数，收到 {str(given)[:20]!r}。 A whole number was expected for {name}.")
        )
        return otherwise
    return int(found)


def _steps(given: Any, faults: Faults) -> Steps:
    """Read the spreads, in minutes or as factors, three points each; what is left out keeps its default."""
    if given in (None, ""):
        return Steps()
    if not isinstance(given, dict):
        faults.append(("steps", "steps 应为对象。 An object was expected for steps."))
        return Steps()
    unknown = set(given) - set(SPREADS) - set(WHOLE_NUMBERS)
    if unknown:
        name = min(str(one) for one in unknown)
        faults.append((f"steps.{name[:40]}", f"没有环节 {name[:40]}。 There is no step {name[:40]}."))
    found: dict[str, Any] = {}
    for name in SPREADS:
        if name in given:
            spread = _spread(name, given[name], faults)
            if spread is not None:
                found[name] = spread
    for name in WHOLE_NUMBERS:
        if given.get(name) not in (None, ""):
            found[name] = _whole(given, name, 1, faults)
    steps = Steps()
    for name, value in found.items():  # one at a time, so that each fault is named
        try:
            Steps(**{name: value})
        except QuestionError as error:
            faults.append((f"steps.{name}", str(error)))
    return steps if faults else Steps(**found)


def _spread(name: str, given: Any, faults: Faults) -> Spread | None:
    points = [_number(one) for one in given] if isinstance(given, list) else []
    if len(points) != 3 or not all(math.isfinite(p) for p in points):
        faults.append((
            f"steps.{name}",
            f"{name} 应为三个数字：最少、最可能、最多。 Three numbers were expected for {name}: least, most likely, most.",
        ))  # fmt: skip
        return None
    factor = 1.0 if name in FACTORS else 60.0
    try:
        return Spread(*(factor * p for p in points))
    except QuestionError as error:
        faults.append((f"steps.{name}", f"{name}：{error}"))
        return None


def _injects(given: Any, faults: Faults) -> tuple[InjectAsked, ...]:
    if given in (None, ""):
        return ()
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        faults.append(("injects", "injects 应为列表。 A list was expected for injects."))
        return ()
    taken = {one.get("number") for one in given}
    free = (n for n in range(1, 10_000) if n not in taken)
    found = []
    for n, one in enumerate(given):
        number = one.get("number") if isinstance(one.get("number"), int) else next(free)
        read = _inject(n, one, int(number or 0), faults)
        if read is not None:
            found.append(read)
    return tuple(found)


def _inject(n: int, one: Mapping[str, Any], number: int, faults: Faults) -> InjectAsked | None:
    """Read what is thrown in: a kind, its minute, and what the kind needs."""
    before = len(faults)
    kind, minute = one.get("kind"), _number(one.get("minute"))
    if not 1 <= number < 10_000:
        faults.append(
            (
                f"injects.{n}.number",
                f"第 {n + 1} 个突发情况的编号应为 1 起。 Inject {n + 1}: a number from 1.",
            )
        )
    if kind not in INJECTS:
        names = ", ".join(INJECTS)
        faults.append((f"injects.{n}.kind", f"第 {n + 1} 个突发情况应为 {names} 之一。 Inject {n + 1}: one of {names}."))  # fmt: skip
        return None
    if not math.isfinite(minute):
        faults.append((f"injects.{n}.minute", f"请填写第 {n + 1} 个突发情况的分钟数。 Inject {n + 1}: say at which minute."))  # fmt: skip
    lon = lat = wind = team = of = None
    if kind == ROAD:
        try:
            lon, lat = travel_questions.position(one.get("lon"), one.get("lat"), one.get("crs"))
        except (FilterError, CoordinateError) as error:
            faults.append((f"injects.{n}.lon", with_reason(f"请在地图上选第 {n + 1} 个突发情况中断的道路", f"Inject {n + 1}: choose the road on the map", error)))  # fmt: skip
    elif kind == BREAKDOWN:
        team = str(one.get("team") or "")
        if not team:
            faults.append((f"injects.{n}.team", f"请选第 {n + 1} 个突发情况的队伍。 Inject {n + 1}: choose the team."))  # fmt: skip
    elif kind == REOPEN:
        of = one.get("of")
        if isinstance(of, str) and of.isascii() and of.isdigit():
            of = int(of)
        if not isinstance(of, int) or isinstance(of, bool) or of < 1:
            faults.append((f"injects.{n}.of", f"第 {n + 1} 个突发情况：请填写恢复的是第几个突发情况中断的道路。 Inject {n + 1}: say which inject's road opens again."))  # fmt: skip
    elif kind == WIND:
        wind = _number(one.get("wind_from_deg"))
        if not 0 <= wind <= 360:
            faults.append((f"injects.{n}.wind_from_deg", f"第 {n + 1} 个突发情况的风向应为 0 到 360 度。 Inject {n + 1}: a direction of 0 to 360 degrees."))  # fmt: skip
    if len(faults) > before:
        return None
    return InjectAsked(number, str(kind), 60.0 * minute, lon, lat, wind, team, of)
