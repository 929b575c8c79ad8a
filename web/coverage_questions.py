"""Read what a coverage scenario asks and changes from the JSON of a page or a script."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from data.coverage_question import TrialQuestion, checked
from data.errors import FilterError
from data.siting_question import COUNT
from data.travel_store import Question
from web import travel_questions


def trial_question(values: Mapping[str, Any], *, now: dt.datetime) -> TrialQuestion:
    """Read a scenario; minutes come in, seconds go out.

    Raises
    ------
    FilterError, CoordinateError
        When a value cannot be read or makes no sense, naming its field.
    """
    closed = values.get("closed") or []
    given = closed if isinstance(closed, list) else [closed]
    asked = travel_questions.question({**values, "closed": None}, now=now)
    areas = [area for one in given for area in travel_questions.closed_areas(one)]
    return checked(
        TrialQuestion(
            of=str(values.get("of") or "elevator"),
            by=str(values.get("by") or "rescue_station"),
            question=Question(asked.at, asked.hour, asked.profile, tuple(areas)),
            weight=str(values.get("weight") or COUNT),
            standard_s=_standard_s(values.get("standard_min")),
            division=values.get("division") or None,
            only_on_duty=travel_questions.flag(values.get("on_duty")),
            changes=travel_questions.changes(values),
        )
    )


def _standard_s(text: Any) -> float:
    if text in (None, ""):
        return 600.0
    try:
        seconds = float(text) * 60
    except (TypeError, ValueError):
        seconds = math.nan
    if not math.isfinite(seconds):
        raise FilterError(
            f"standard_min 应为分钟数，收到 {str(text)[:20]!r}。 Minutes were expected for standard_min, got {str(text)[:20]!r}."
        )
    return float(round(seconds))
