"""Read what is asked of a rescue decision: an alternative and its plan, or changes; every field at fault is named."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Mapping
from typing import Any

from data.decisions import MOST_TASKS, MOST_TEXT
from data.drill_question import DrillQuestion
from data.errors import FilterError, FormError, with_reason
from data.rescue_plan import MOST_WITHOUT, RescuePlan
from dispatch.rescue_decision import Mode
from geo.errors import CoordinateError
from web import drill_questions, travel_questions
from web.decision_words import SHORT

Faults = list[tuple[str, str]]
_TASK_FIELDS = {"who": (60, "谁", "who"), "what": (200, "任务", "what"), "where": (100, "地点", "where")}
_LATEST_MIN = 7 * 24 * 60


def alternative(
    values: Mapping[str, Any], *, now: dt.datetime, language: str
) -> tuple[DrillQuestion, RescuePlan]:
    """Read an alternative: the accident as of a drill, and the plan.

    Raises
    ------
    FormError
        When a field is missing, cannot be read, or makes no sense; it names each.
    HazardError
        When the accident cannot be worked out.
    """
    plan = plan_of(values)
    given = str(values.get("name") or "").strip()
    name = given or SHORT[plan.mode][0 if language == "zh" else 1]
    return drill_questions.drill_question(dict(values) | {"name": name}, now=now, language=language), plan


def plan_of(values: Mapping[str, Any]) -> RescuePlan:
    """Read a plan.

    Raises
    ------
    FormError
        It names each field at fault.
    """
    faults: Faults = []
    mode = values.get("mode") or Mode.EVACUATE
    if mode not in [str(one) for one in Mode]:
        known = ", ".join(str(one) for one in Mode)
        faults.append(("mode", f"mode 应为 {known} 之一。 One of {known} was expected for mode."))
        mode = Mode.EVACUATE
    staging = None
    if values.get("staging_lon") not in (None, "") or values.get("staging_lat") not in (None, ""):
        try:
            staging = travel_questions.position(
                values.get("staging_lon"), values.get("staging_lat"), values.get("crs")
            )
        except (FilterError, CoordinateError) as error:
            faults.append(
                ("staging_lon", with_reason("集结点位置读不懂", "The staging point cannot be read", error))
            )
    without = values.get("without") or []
    if not isinstance(without, list) or not all(isinstance(one, int) and one > 0 for one in without) or len(without) > MOST_WITHOUT:  # fmt: skip
        faults.append(("without", f"排除的力量应为至多 {MOST_WITHOUT} 个编号的列表。 A list of at most {MOST_WITHOUT} ids was expected for without."))  # fmt: skip
        without = []
    if faults:
        raise FormError(tuple(faults))
    return RescuePlan(Mode(mode), staging, tuple(dict.fromkeys(without)))


def changes(values: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Read what is changed of a decision, and the version that was seen.

    Raises
    ------
    FormError
        It names each field at fault.
    """
    faults: Faults = []
    found: dict[str, Any] = {}
    for name, most in (("name", 80), ("reason", 500), ("remarks", MOST_TEXT)):
        if name in values:
            text = values[name]
            if not isinstance(text, str) or len(text.strip()) > most or (name == "name" and not text.strip()):
                faults.append((name, f"{name} 应为{'1–' if name == 'name' else '至多 '}{most} 字的文字。 A text of at most {most} characters was expected for {name}."))  # fmt: skip
            else:
                found[name] = text.strip()
    if "chosen" in values:
        chosen = values["chosen"]
        if chosen is not None and not _is_id(chosen):
            faults.append(
                ("chosen", "chosen 应为方案的编号。 The id of an alternative was expected for chosen.")
            )
        found["chosen"] = chosen
    if "alternatives" in values:
        given = values["alternatives"]
        if not isinstance(given, list) or not all(_is_id(one) for one in given):
            faults.append(("alternatives", "alternatives 应为方案编号的列表。 A list of ids was expected for alternatives."))  # fmt: skip
        else:
            found["alternatives"] = given
    if "tasks" in values:
        found["tasks"] = _tasks(values["tasks"], faults)
    version = version_of(values, faults)
    if faults:
        raise FormError(tuple(faults))
    return found, version


def version_of(values: Mapping[str, Any], faults: Faults | None = None) -> int:
    """Read the version that was seen.

    Raises
    ------
    FormError
        When it is missing and there is no list of faults to add that to.
    """
    given = values.get("version")
    if isinstance(given, int) and not isinstance(given, bool) and given >= 1:
        return given
    fault = ("version", "请带上您打开的版本号 version。 Say which version you have open (version).")
    if faults is None:
        raise FormError((fault,))
    faults.append(fault)
    return 0


def _is_id(given: Any) -> bool:
    try:
        return isinstance(given, str) and str(uuid.UUID(given)) == given
    except ValueError:
        return False


def _tasks(given: Any, faults: Faults) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given) or len(given) > MOST_TASKS:  # fmt: skip
        faults.append(("tasks", f"tasks 应为至多 {MOST_TASKS} 项的列表。 A list of at most {MOST_TASKS} was expected for tasks."))  # fmt: skip
        return []
    found = []
    for n, one in enumerate(given):
        task: dict[str, Any] = {}
        for name, (most, zh, en) in _TASK_FIELDS.items():
            text = str(one.get(name) or "").strip()
            if len(text) > most or (name != "where" and not text):
                faults.append((f"tasks.{n}.{name}", f"第 {n + 1} 项任务：{zh}应为 1–{most} 字。 Task {n + 1}: say {en}, at most {most} characters."))  # fmt: skip
            task[name] = text
        minute = _number(one.get("at_min"))
        if not 0 <= minute <= _LATEST_MIN:
            faults.append((f"tasks.{n}.at_min", f"第 {n + 1} 项任务：最迟应为事故后 0–{_LATEST_MIN} 分钟。 Task {n + 1}: a minute of 0 to {_LATEST_MIN} after the accident."))  # fmt: skip
            minute = 0.0
        found.append(task | {"at_min": round(minute, 1)})
    return found


def _number(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        return math.nan
