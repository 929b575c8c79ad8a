"""Hold the state of one course of a drill: what happened, who stands where, what is closed, and chances drawn ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy

from dispatch.course_plan import Inject, LonLat, Plan, ReleaseStops, RoadOpens, Roads, Way
from dispatch.course_record import Event, Happening, Stage, State

_DRAWS = 24


class Changed:
    """Interrupts a driver whose way is no longer open, or leads elsewhere now."""


@dataclass(frozen=True)
class Broken:
    """Interrupts a team that breaks down, by the inject of this number."""

    number: int


@dataclass
class Trip:
    """Somebody on the way."""

    key: str
    goal: LonLat
    factor: float
    is_leaving: bool
    people: int = 0
    way: Way | None = None
    share: float = 0.0
    begun_s: float = 0.0
    target: float = 1.0
    shelter: str = ""
    is_out: bool = False


@dataclass(frozen=True)
class Wave:
    key: str
    shelter: str
    people: int
    factor: float


class CourseState:
    """The state of one course."""

    def __init__(self, plan: Plan, roads: Roads, injects: Sequence[Inject], seed: int, run: int) -> None:
        self.plan, self.roads, self.injects = plan, roads, injects
        self.steps, self.seed, self.run = plan.steps, seed, run
        self.env = simpy.Environment()
        self.desk = simpy.Resource(self.env, capacity=self.steps.callers)
        self.gates = {key: simpy.Resource(self.env) for key in plan.shelters}
        self.alarmed, self.at_work = self.env.event(), self.env.event()
        self.events: list[Event] = []
        self.stages: list[Stage] = []
        self.closed: frozenset[int] = frozenset()
        self.winds: frozenset[int] = frozenset()
        self.opened = self.env.event()
        self.may_open = any(isinstance(one, RoadOpens | ReleaseStops) for one in injects)
        self.staging = plan.staging
        self.processes: dict[str, Any] = {}
        self.trips: dict[str, Trip] = {}
        self.there: set[str] = set()
        self.ordered: set[int] = set()
        self.reserves = list(plan.reserves)
        self.instead: dict[str, tuple[tuple[str, LonLat, int], ...]] = {}
        self.room: dict[str, int] = {}
        self.arrived: dict[str, list[Wave]] = {}
        self.positions = dict(plan.shelters)

    def _draws(self, number: int, rows: int) -> list[list[float]]:
        drawn: list[list[float]] = (
            np.random.default_rng([self.seed, self.run, number]).random((rows, _DRAWS)).tolist()
        )
        return drawn

    def _ended(self, stage: Stage, ends_s: float) -> Stage:
        if stage.to_s < np.inf:
            return stage
        return Stage(
            stage.key, stage.state, stage.from_s, max(ends_s, stage.from_s), stage.at, people=stage.people
        )

    def _tell(self, what: Happening, key: str = "", *, people: int = 0, number: int = 0) -> None:
        self.events.append(Event(float(self.env.now), what, key, people, number))

    def _stands(self, key: str, state: State, for_s: float, at: LonLat, people: int = 0) -> None:
        now = float(self.env.now)
        self.stages.append(Stage(key, state, now, now + for_s, at, people=people))

    def _cut(self, key: str) -> None:
        """End what somebody stood for at this second."""
        now = float(self.env.now)
        for at in range(len(self.stages) - 1, -1, -1):
            one = self.stages[at]
            if one.key == key and one.way is None and one.to_s > now:
                self.stages[at] = Stage(key, one.state, one.from_s, now, one.at, people=one.people)
                return


def in_waves(people: int, waves: int) -> list[int]:
    """
    Divide people into waves as even as can be; nobody is left out and no wave is empty.

    Parameters
    ----------
    people, waves : int
        0 or more; 1 or more.

    Returns
    -------
    list of int
        The larger first.

    Examples
    --------
    >>> in_waves(10, 3), in_waves(2, 3), in_waves(0, 3)
    ([4, 3, 3], [1, 1], [])
    """
    each, more = divmod(people, waves)
    return [n for n in (each + (i < more) for i in range(waves)) if n]
