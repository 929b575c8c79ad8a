"""Simulate the course of a drill event by event: alarm, calls, turnout, travel, set-up, and people leaving in waves."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import simpy

from dispatch._course_driving import Driving
from dispatch._course_state import Broken, Changed, Trip, Wave, in_waves
from dispatch.course_plan import (
    CLEARED,
    Flow,
    Inject,
    LonLat,
    Plan,
    ReleaseStops,
    RoadCloses,
    RoadOpens,
    Roads,
    Team,
    TeamBreaks,
    Way,
    WindTurns,
)
from dispatch.course_record import Course, Happening, State
from dispatch.errors import QuestionError

_AT_THE_SCENE = frozenset({"fire_station", "rescue_team"})
HOSPITAL = "hospital"


def simulate_course(
    plan: Plan, roads: Roads, injects: Sequence[Inject] = (), *, seed: int = 0, run: int = 0
) -> Course:
    """
    Simulate one course of a drill.

    Parameters
    ----------
    plan : Plan
        Teams, people, steps.
    roads : Roads
        Ways around what is closed.
    injects : sequence of Inject
        What is thrown in, each with its second and a number of its own, 1 or more.
    seed, run : int
        0 or more; the same ones give the same course.

    Returns
    -------
    Course
        What happens, and who is where.

    Raises
    ------
    QuestionError
        When numbers of injects repeat, or one names no team.

    Notes
    -----
    Common random numbers: each team and each place draws its chances before anything happens, from streams keyed by seed, run
    and, for whoever an inject brings in, the inject's number. An inject therefore changes nothing before its second and, later,
    only those it stops, turns off or brings in, and whoever queues with them at a shelter's gate or for a call.
    A driver whose road closes ahead turns off at the next of eight places along the way from which there is another, else drives back to one.

    Examples
    --------
    >>> from dispatch.course_plan import Spread, Steps
    >>> certain = {name: Spread(60.0, 60.0, 60.0) for name in ("alarm", "notify", "turnout_fire", "setup")}
    >>> steps = Steps(**certain, drive=Spread(1.0, 1.0, 1.0))
    >>> way = Way((114.0, 22.5), (114.1, 22.5), 300.0)
    >>> course = simulate_course(Plan((114.1, 22.5), (Team("t", "fire_station", way.start, way),), (), {}, steps), roads=None)
    >>> [(str(e.what), e.at_s) for e in course.events if e.key == "t"]
    [('notified', 120.0), ('under_way', 180.0), ('on_site', 480.0), ('at_work', 540.0)]
    """
    numbers = [one.number for one in injects]
    if len(set(numbers)) != len(numbers) or any(n < 1 for n in numbers):
        raise QuestionError(
            "突发情况的编号应为 1 起、互不相同。 Numbers of injects must be 1 or more and differ."
        )
    known = {team.key for team in (*plan.teams, *plan.reserves)}
    for one in injects:
        if isinstance(one, TeamBreaks) and one.team not in known:
            raise QuestionError(f"没有队伍 {one.team[:40]}。 There is no team {one.team[:40]}.")
        if isinstance(one, RoadOpens) and not any(
            isinstance(other, RoadCloses) and other.number == one.of and other.at_s <= one.at_s
            for other in injects
        ):
            raise QuestionError(
                f"第 {one.of} 个突发情况没有在此之前中断道路，无从恢复。 Inject {one.of} closes no road before: none can open again."
            )
    return _Run(plan, roads, sorted(injects, key=lambda one: (one.at_s, one.number)), seed, run).course()


class _Run(Driving):
    """The state of one course."""

    def course(self) -> Course:
        """Run to the end."""
        base = self._draws(0, 1 + len(self.plan.teams) + len(self.plan.flows))
        self.env.process(self._alarm(base[0]))
        for team, draws in zip(self.plan.teams, base[1:], strict=False):
            self._call(team, draws)
        for flow, draws in zip(self.plan.flows, base[1 + len(self.plan.teams) :], strict=True):
            self.env.process(self._place(flow, draws, base[0][1]))
        for inject in self.injects:
            self.env.process(self._inject(inject))
        self.env.run()
        events = tuple(sorted(self.events, key=lambda one: one.at_s))
        ends_s = max([one.at_s for one in events], default=0.0)
        stages = [self._ended(one, ends_s) for one in self.stages]
        return Course(events, tuple(sorted(stages, key=lambda one: one.from_s)), ends_s)

    # -- help -------------------------------------------------------------------------------------------

    def _alarm(self, draws: list[float]) -> Generator[Any, Any, None]:
        yield self.env.timeout(self.steps.alarm.quantile(draws[0]))
        self._tell(Happening.ALARM)
        self.alarmed.succeed()

    def _call(self, team: Team, draws: list[float]) -> None:
        self.processes[team.key] = self.env.process(self._team(team, draws))

    def _team(self, team: Team, draws: list[float]) -> Generator[Any, Any, None]:
        try:
            yield self.alarmed
            with self.desk.request() as call:
                yield call
                yield self.env.timeout(self.steps.notify.quantile(draws[0]))
            self._tell(Happening.NOTIFIED, team.key)
            turnout = self.steps.turnout_fire if team.kind == "fire_station" else self.steps.turnout_other
            turnout_s = turnout.quantile(draws[1])
            self._stands(team.key, State.TURNING_OUT, turnout_s, team.at)
            yield self.env.timeout(turnout_s)
            if team.kind == HOSPITAL:
                yield from self._hospital(team, draws)
            else:
                self._tell(Happening.UNDER_WAY, team.key)
                yield from self._to_the_scene(team, draws)
        except simpy.Interrupt as broken:  # only a breakdown gets as far as here
            self._break_down(team, broken.cause.number)

    def _to_the_scene(self, team: Team, draws: list[float]) -> Generator[Any, Any, None]:
        trip = Trip(team.key, team.way.end, self.steps.drive.quantile(draws[2]), is_leaving=False)
        start, setup = team.at, 3
        known: Way | None = team.way
        while True:
            if self.staging is not None:
                trip.goal = self.staging
            if not (yield from self._drive(trip, start, known)):
                return
            self._tell(Happening.ON_SITE, team.key)
            self.there.add(team.key)
            try:
                setup_s = self.steps.setup.quantile(draws[setup])
                self._stands(team.key, State.SETTING_UP, setup_s, trip.goal)
                yield self.env.timeout(setup_s)
                self._tell(Happening.AT_WORK, team.key)
                self._stands(team.key, State.WORKING, np.inf, trip.goal)
                if team.kind in _AT_THE_SCENE and not self.at_work.triggered:
                    self.at_work.succeed()
                yield self.env.event()
            except simpy.Interrupt as moved:
                self._cut(team.key)
                self.there.discard(team.key)
                if isinstance(moved.cause, Broken):
                    raise
                start, known, setup = trip.goal, None, 4

    def _hospital(self, team: Team, draws: list[float]) -> Generator[Any, Any, None]:
        """Make ready, and take in the injured whom the first team at work hands over."""
        self._tell(Happening.READY, team.key)
        self._stands(team.key, State.READY, np.inf, team.at)
        yield self.at_work
        start = self.staging or team.way.start
        known = team.way if start == team.way.start else None
        trip = Trip(
            f"{team.key}/ambulance", team.way.end, self.steps.drive.quantile(draws[2]), is_leaving=False
        )
        if (yield from self._drive(trip, start, known)):
            self._tell(Happening.DELIVERED, team.key)

    def _break_down(self, team: Team, number: int) -> None:
        self._cut(team.key)
        self._tell(Happening.BROKEN_DOWN, team.key)
        stand_in = next((one for one in self.reserves if one.kind == team.kind), None)
        if stand_in is None:
            self._tell(Happening.NONE_INSTEAD, team.key)
            return
        self.reserves.remove(stand_in)
        self._tell(Happening.CALLED_INSTEAD, stand_in.key)
        self._call(stand_in, self._draws(number, 1)[0])

    # -- people -----------------------------------------------------------------------------------------

    def _place(
        self, flow: Flow, draws: list[float], order_share: float, number: int = 0
    ) -> Generator[Any, Any, None]:
        """Tell the people of a place, and let them leave in waves."""
        if not self.alarmed.triggered:
            yield self.alarmed
        yield self.env.timeout(self.steps.order.quantile(order_share))
        if number not in self.ordered:
            self.ordered.add(number)
            self._tell(Happening.ORDERED, number=number)
        yield self.env.timeout(self.steps.warn.quantile(draws[0]))
        self._tell(Happening.TOLD, flow.key, people=flow.people)
        yield self.env.timeout(self.steps.prepare.quantile(draws[1]))
        for n, people in enumerate(in_waves(flow.people, self.steps.waves)):
            if n:
                yield self.env.timeout(self.steps.gap.quantile(draws[2 + 2 * n]))
            if CLEARED in self.closed:
                self._tell(Happening.STAYED, f"{flow.key}/{n + 1}", people=people)
                continue
            wave = Wave(
                f"{flow.key}/{n + 1}", flow.shelter, people, self.steps.leave.quantile(draws[3 + 2 * n])
            )
            self._tell(Happening.LEFT, wave.key, people=people)
            self.processes[wave.key] = self.env.process(self._wave(wave, flow.way.start, flow.way))

    def _wave(self, wave: Wave, start: LonLat, known: Way | None) -> Generator[Any, Any, None]:
        """Drive to the shelter and pass its gate; where it lies in the zone by then, to the one that takes its place."""
        shelter = self._instead_of(wave) if wave.shelter in self.instead else wave.shelter
        if shelter is None:
            self._stuck(wave, start)
            return
        known = known if shelter == wave.shelter else None
        trip = Trip(
            wave.key,
            self.positions[shelter],
            wave.factor,
            is_leaving=True,
            people=wave.people,
            shelter=shelter,
        )
        if not (yield from self._drive(trip, start, known)):
            return
        with self.gates[trip.shelter].request() as turn:
            yield turn
            taking_s = 60.0 * wave.people / self.steps.intake_per_min
            yield self.env.timeout(taking_s)
        self._tell(Happening.SHELTERED, trip.shelter, people=wave.people)
        came = Wave(wave.key, trip.shelter, wave.people, wave.factor)
        if trip.shelter in self.instead:  # the wind turned while they waited at the gate
            self.env.process(self._send_on(came, 0.0))
        else:
            self.arrived.setdefault(trip.shelter, []).append(came)

    def _stuck(self, wave: Wave, at: LonLat) -> None:
        self._tell(Happening.NO_PLACE, wave.key, people=wave.people)
        self._stands(wave.key, State.STOPPED, np.inf, at, wave.people)

    def _instead_of(self, wave: Wave) -> str | None:
        """Choose the first with places enough among those that take the people of a shelter in the zone."""
        for key, position, _ in self.instead[wave.shelter]:
            if self.room[key] >= wave.people:
                self.room[key] -= wave.people
                self.positions[key] = position
                self.gates.setdefault(key, simpy.Resource(self.env))
                return key
        return None

    def _send_on(self, wave: Wave, after_s: float) -> Generator[Any, Any, None]:
        """Take people out of a shelter that lies in the zone now."""
        yield self.env.timeout(after_s)
        self._tell(Happening.SENT_ON, wave.shelter, people=wave.people)
        again = Wave(f"{wave.key}+", wave.shelter, wave.people, wave.factor)
        self.processes[again.key] = self.env.process(self._wave(again, self.positions[wave.shelter], None))

    # -- injects ----------------------------------------------------------------------------------------

    def _inject(self, inject: Inject) -> Generator[Any, Any, None]:
        yield self.env.timeout(inject.at_s)
        if isinstance(inject, TeamBreaks):
            process = self.processes.get(inject.team)
            if process is not None and process.is_alive:
                process.interrupt(Broken(inject.number))
            return
        if isinstance(inject, RoadOpens):
            self.closed -= {inject.of}
            self._tell(Happening.ROAD_OPENED, number=inject.number)
            self._open()
            return
        if isinstance(inject, ReleaseStops):
            yield from self._stop(inject)
            return
        self.closed |= {inject.number}
        if isinstance(inject, RoadCloses):
            self._tell(Happening.ROAD_CLOSED, number=inject.number)
        else:
            self._turn(inject)
        for trip in list(self.trips.values()):
            if self._is_touched(trip, inject):
                self._redirect(trip)

    def _stop(self, stop: ReleaseStops) -> Generator[Any, Any, None]:
        """Stop the release; once the cloud has passed, zone and roads are open, and who has not left yet stays."""
        self._tell(Happening.RELEASE_STOPPED, number=stop.number)
        yield self.env.timeout(max(stop.clears_s - stop.at_s, 0.0))
        self.closed = (self.closed - self.winds) | {CLEARED}
        self._tell(Happening.ZONE_CLEARED, number=stop.number)
        self._open()

    def _open(self) -> None:
        """Let those go on who were cut off, and help turn off where it is quicker now."""
        opened, self.opened = self.opened, self.env.event()
        opened.succeed()
        for trip in list(self.trips.values()):
            if self._is_quicker(trip):
                self._redirect(trip)

    def _turn(self, turn: WindTurns) -> None:
        """Close a further area: people leave it, shelters in it are emptied, help moves where it has to."""
        self.winds |= {turn.number}
        self._tell(Happening.WIND_TURNED, number=turn.number)
        draws = self._draws(turn.number, 1 + len(turn.flows))
        for flow, own in zip(turn.flows, draws[1:], strict=True):
            self.env.process(self._place(flow, own, draws[0][1], turn.number))
        self.instead |= turn.instead
        for key, _, places in (one for several in turn.instead.values() for one in several):
            self.room.setdefault(key, places)
        after_s = self.steps.order.quantile(draws[0][1])
        for key in turn.instead:
            for wave in self.arrived.pop(key, []):
                self.env.process(self._send_on(wave, after_s))
        if turn.staging is not None and turn.staging != self.staging:
            self.staging = turn.staging
            self._tell(Happening.STAGING_MOVED, number=turn.number)
            for key in sorted(self.there):
                self.processes[key].interrupt(Changed())

    def _is_touched(self, trip: Trip, inject: Inject) -> bool:
        moves = isinstance(inject, WindTurns) and (
            trip.shelter in inject.instead
            if trip.is_leaving
            else self.staging not in (None, trip.goal) and not trip.key.endswith("/ambulance")
        )
        return moves or (trip.way is not None and self._is_blocked(trip.way, self._share(trip)))

    def _redirect(self, trip: Trip) -> None:
        if trip.is_leaving and trip.shelter in self.instead:
            wave = Wave(trip.key, trip.shelter, trip.people, trip.factor)
            other = self._instead_of(wave)
            if other is not None:
                trip.shelter, trip.goal = other, self.positions[other]
        elif not trip.is_leaving and self.staging is not None and not trip.key.endswith("/ambulance"):
            trip.goal = self.staging
        self.processes[trip.key.removesuffix("/ambulance")].interrupt(Changed())
