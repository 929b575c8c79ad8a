"""State what the course of a drill is asked under, seed, runs, steps and injects, and write it down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from data.errors import FormError
from dispatch.course_bands import MOST_RUNS
from dispatch.course_plan import LONGEST_S, SPREADS, WHOLE_NUMBERS, Spread, Steps

MOST_INJECTS = 12
ROAD, WIND, BREAKDOWN, REOPEN, STOP = "road", "wind", "breakdown", "reopen", "stop"
INJECTS = (ROAD, WIND, BREAKDOWN, REOPEN, STOP)


@dataclass(frozen=True)
class InjectAsked:
    """
    What is thrown in (突发情况).

    Attributes
    ----------
    number : int
        Its own within the course, 1 or more; it keeps it when others join.
    kind : str
        ``road``, ``wind``, ``breakdown``, ``reopen`` (a road that was closed) or ``stop`` (the release; the zone clears when the cloud has passed).
    at_s : float
        Seconds after the accident.
    lon, lat : float or None
        Where a road closes, degrees EPSG:4326.
    wind_from_deg : float or None
        Where the wind comes from afterwards.
    team : str or None
        Key of the team that breaks down.
    of : int or None
        Number of the inject whose road opens again.
    """

    number: int
    kind: str
    at_s: float
    lon: float | None = None
    lat: float | None = None
    wind_from_deg: float | None = None
    team: str | None = None
    of: int | None = None


@dataclass(frozen=True)
class CourseQuestion:
    """The drill, the seed, how many runs the bands are made of (1: none), the steps, and what is thrown in."""

    drill_id: uuid.UUID
    seed: int = 1
    runs: int = 1
    steps: Steps = field(default_factory=Steps)
    injects: tuple[InjectAsked, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.runs <= MOST_RUNS:
            faults.append(("runs", f"次数应为 1 到 {MOST_RUNS:,}。 1 to {MOST_RUNS:,} runs were expected."))
        if not 0 <= self.seed < 2**31:
            faults.append(
                ("seed", "种子应为 0 到 2,147,483,647。 A seed from 0 to 2,147,483,647 was expected.")
            )
        if len(self.injects) > MOST_INJECTS:
            faults.append(("injects", f"突发情况最多 {MOST_INJECTS} 个。 {MOST_INJECTS} injects at most."))
        if len({one.number for one in self.injects}) != len(self.injects):
            faults.append(("injects", "突发情况的编号重复。 Numbers of injects repeat."))
        faults += [
            (f"injects.{n}.minute", f"第 {n + 1} 个突发情况的时间应在事故后 0 到 {LONGEST_S / 60:g} 分钟。 Inject {n + 1}: 0 to {LONGEST_S / 60:g} minutes after the accident.")
            for n, one in enumerate(self.injects) if not 0 <= one.at_s <= LONGEST_S
        ]  # fmt: skip
        closed = {one.number: one.at_s for one in self.injects if one.kind == ROAD}
        faults += [
            (f"injects.{n}.of", f"第 {n + 1} 个突发情况：编号 {one.of} 没有在此之前中断道路。 Inject {n + 1}: inject {one.of} closes no road before.")
            for n, one in enumerate(self.injects) if one.kind == REOPEN and not closed.get(one.of or 0, float("inf")) <= one.at_s
        ]  # fmt: skip
        if sum(one.kind == STOP for one in self.injects) > 1:
            faults.append(("injects", "源头只能切断一次。 The release stops once only."))
        if faults:
            raise FormError(tuple(faults))


def as_json(asked: CourseQuestion) -> dict[str, Any]:
    """Write a question down."""
    return {
        "drill_id": str(asked.drill_id), "seed": asked.seed, "runs": asked.runs, "steps": steps_json(asked.steps),
        "injects": [asdict(one) for one in asked.injects],
    }  # fmt: skip


def from_json(kept: Mapping[str, Any]) -> CourseQuestion:
    """Read a question that `as_json` has written."""
    steps: dict[str, Any] = {name: Spread(*kept["steps"][name]) for name in SPREADS}
    steps |= {name: kept["steps"][name] for name in WHOLE_NUMBERS}
    injects = tuple(InjectAsked(**one) for one in kept["injects"])
    return CourseQuestion(uuid.UUID(kept["drill_id"]), kept["seed"], kept["runs"], Steps(**steps), injects)


def steps_json(steps: Steps) -> dict[str, Any]:
    """Write the steps down: three points by name, and whole numbers."""
    spreads = {name: getattr(steps, name) for name in SPREADS}
    return {name: [s.low, s.mode, s.high] for name, s in spreads.items()} | {
        name: getattr(steps, name) for name in WHOLE_NUMBERS
    }
