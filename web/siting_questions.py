"""Read what a siting study asks from texts, as the API and the command line give them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.siting_question import COUNT, NETWORK, SitingQuestion, checked
from data.siting_rehearsal import RehearsalQuestion
from data.siting_rehearsal import checked as checked_rehearsal
from layers.display import LOCAL_ZONE
from web import travel_questions
from web.siting_answers import MODELS

_NONE = ("none", "无")


def siting_question(values: Mapping[str, Any], *, now: dt.datetime, language: str = "zh") -> SitingQuestion:
    """Read a study; minutes and percents come in, seconds and shares go out.

    Raises
    ------
    FilterError
        When a value cannot be read or makes no sense.
    """
    model, existing = str(values.get("model") or "mclp"), values.get("existing")
    return checked(
        SitingQuestion(
            name=str(values.get("name") or "").strip() or _name(model, now, language),
            model=model,
            of=str(values.get("of") or "elevator"),
            question=travel_questions.question(values, now=now),
            weight=str(values.get("weight") or COUNT),
            existing=None if existing in _NONE else str(existing or "rescue_station"),
            candidates=str(values.get("candidates") or NETWORK),
            candidate_count=_whole(values, "candidate_count", 300),
            new_count=_whole(values, "count", 3),
            standard_s=60 * _number(values, "standard_min", 10),
            gap=_number(values, "gap_pct", 1) / 100,
            time_limit_s=_number(values, "time_limit_s", 60),
            floor=_number(values, "floor_pct", 0) / 100,
            district_floors={
                code: pct / 100
                for code, pct in _by_district(values, "district_floors", "百分比", "percentages").items()
            },
            busy_share=_number(values, "busy_share", 0.3),
            backup_worth=_number(values, "backup_worth", 0.5),
            capacity=_number(values, "capacity", 0),
            curve=_whole(values, "curve", 10),
            division=values.get("division") or None,
            budget=None if values.get("budget") in (None, "") else _number(values, "budget", 0),
            site_cost=_number(values, "site_cost", 0),
            district_costs=_by_district(values, "district_costs", "费用", "costs"),
            area=_shapes(values, "area"),
            forbidden=_shapes(values, "forbidden"),
        )
    )


def _name(model: str, now: dt.datetime, language: str) -> str:
    """Name a study that nobody named: its model, and when."""
    words = MODELS.get(model, (model, model))[0 if language == "zh" else 1]
    return f"{words.split('：')[0].split(':')[0]} {now.astimezone(LOCAL_ZONE):%m-%d %H:%M}"


def _number(values: Mapping[str, Any], name: str, default: float) -> float:
    given = values.get(name)
    if given in (None, ""):
        return default
    try:
        return float(given)
    except (TypeError, ValueError) as error:
        raise FilterError(
            f"{name} 应为数字，收到 {str(given)[:20]!r}。 A number was expected for {name}, got {str(given)[:20]!r}."
        ) from error


def _whole(values: Mapping[str, Any], name: str, default: int) -> int:
    number = _number(values, name, default)
    if not float(number).is_integer():
        raise FilterError(f"{name} 应为整数，收到 {number:g}。 A whole number was expected for {name}, got {number:g}.")  # fmt: skip
    return int(number)


def _by_district(values: Mapping[str, Any], name: str, zh: str, en: str) -> dict[str, float]:
    """Read a number by district; what is left empty is as anywhere."""
    given = values.get(name)
    if given in (None, ""):
        return {}
    if not isinstance(given, Mapping):
        raise FilterError(f"{name} 应为“区划代码：{zh}”。 {name} must be an object of codes and {en}.")
    named = {str(code): f"{name}.{code}" for code, value in given.items() if value not in (None, "")}
    return {code: _number({field: given[code]}, field, 0) for code, field in named.items()}


def rehearsal_question(values: Mapping[str, Any]) -> RehearsalQuestion:
    """Read how a study is rehearsed.

    Raises
    ------
    FilterError, FormError
        When a value cannot be read or makes no sense.
    """
    default = RehearsalQuestion()
    return checked_rehearsal(
        RehearsalQuestion(
            runs=_whole(values, "runs", default.runs),
            days=_whole(values, "days", default.days),
            crews=_whole(values, "crews", default.crews),
            rule=str(values.get("rule") or default.rule),
            rate=None if values.get("rate") in (None, "") else _number(values, "rate", 0),
            rebind=_yes(values, "rebind"),
        )
    )


def _yes(values: Mapping[str, Any], name: str) -> bool:
    """Read a choice: a box that is ticked, or a boolean."""
    given = values.get(name)
    if given in (None, "", False, "false"):
        return False
    if given in (True, "true", "on"):
        return True
    raise FilterError(f"{name} 应为 true 或 false，收到 {str(given)[:20]!r}。 true or false was expected for {name}.")  # fmt: skip


def _shapes(values: Mapping[str, Any], name: str) -> tuple[BaseGeometry, ...]:
    try:
        return travel_questions.closed_areas(values.get(name))
    except FilterError as error:
        raise FilterError(f"{name}：{error}") from error
