"""State what a coverage scenario asks and changes, and write it down and read it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.located_points import kind_by_name
from data.scope import code_range
from data.siting_question import COUNT, weight_field
from data.travel_store import Changes, Question
from geo.weights import PROFILES

STANDARDS_S = (600.0, 900.0, 1800.0)
"""10, 15 and 30 minutes: the limits that are drawn beside the standard."""
LEAST_S, MOST_S = 30.0, 3 * 3600.0
MOST_CHANGED = 200


@dataclass(frozen=True)
class TrialQuestion:
    """
    What a scenario asks: who is to be reached by whom, how soon, when, and what is changed.

    Attributes
    ----------
    of, by : str
        Kinds of points: who is reached, and from where.
    weight : str
        Field that weighs demand, or `COUNT`.
    question : Question
        Hour, who drives, and the roads the scenario closes.
    standard_s : float
        Covered means reached within it, inclusive.
    division : str or None
        Only demand there counts.
    changes : Changes
        Facilities left out, moved and added.
    """

    of: str
    by: str
    question: Question
    weight: str = COUNT
    standard_s: float = 600.0
    division: str | None = None
    only_on_duty: bool = False
    changes: Changes = field(default_factory=Changes)

    @property
    def limits_s(self) -> tuple[float, ...]:
        """Three limits to colour by: the standard, and those of the usual three that lie farthest from it."""
        return limits_around(self.standard_s)


def limits_around(standard_s: float) -> tuple[float, ...]:
    """Give three limits, rising, one of which is the standard.

    >>> limits_around(600.0), limits_around(720.0), limits_around(3600.0)
    ((600.0, 900.0, 1800.0), (720.0, 900.0, 1800.0), (600.0, 900.0, 3600.0))
    """
    if standard_s in STANDARDS_S:
        return STANDARDS_S
    nearest = min(STANDARDS_S, key=lambda limit: abs(limit - standard_s))
    return tuple(sorted({standard_s, *STANDARDS_S} - {nearest}))


def checked(asked: TrialQuestion) -> TrialQuestion:
    """Check the sense of a question.

    Raises
    ------
    FilterError
        Naming the field and what would be right.
    """
    kind_by_name(asked.by)
    weight_field(kind_by_name(asked.of), asked.weight)
    if not LEAST_S <= asked.standard_s <= MOST_S:
        raise FilterError(
            f"标准 standard_min 应为 {LEAST_S / 60:g}–{MOST_S / 60:g} 分钟，收到 {asked.standard_s / 60:g}。 "
            f"The standard standard_min must be {LEAST_S / 60:g} to {MOST_S / 60:g} minutes, got {asked.standard_s / 60:g}."
        )
    if asked.division:
        try:
            code_range(asked.division)
        except ValueError as error:
            raise FilterError(str(error)) from error
    changes = asked.changes
    count = len(changes.added) + len(changes.moved)
    if count > MOST_CHANGED:
        raise FilterError(
            f"一个方案最多移动和新增 {MOST_CHANGED} 处，收到 {count}。 A scenario moves and adds at most {MOST_CHANGED} facilities, got {count}."
        )
    ids = [i for i, _, _ in changes.moved]
    if len(set(ids)) != len(ids):
        raise FilterError("moved 中有重复的编号。 An id stands twice in moved.")
    return asked


def as_json(asked: TrialQuestion) -> dict[str, Any]:
    """Write a question down."""
    question, changes = asked.question, asked.changes
    return {
        "of": asked.of, "by": asked.by, "weight": asked.weight, "standard_s": asked.standard_s,
        "division": asked.division, "only_on_duty": asked.only_on_duty,
        "hour": question.hour, "profile": question.profile.name,
        "out": sorted(changes.out_ids), "moved": [list(one) for one in changes.moved],
        "added": [list(one) for one in changes.added],
        "closed": [shapely.geometry.mapping(area) for area in question.closed],
    }  # fmt: skip


def from_json(kept: Mapping[str, Any], *, now: dt.datetime) -> TrialQuestion:
    """Read a question that `as_json` has written; without an hour it is asked for now."""
    closed: tuple[BaseGeometry, ...] = tuple(shapely.geometry.shape(area) for area in kept["closed"])
    return TrialQuestion(
        kept["of"], kept["by"], Question(now, kept["hour"], PROFILES[kept["profile"]], closed), kept["weight"],
        kept["standard_s"], kept["division"], kept["only_on_duty"],
        Changes(
            frozenset(kept["out"]),
            tuple((lon, lat) for lon, lat in kept["added"]),
            tuple((i, lon, lat) for i, lon, lat in kept["moved"]),
        ),
    )  # fmt: skip
