"""Drive along ways that may close meanwhile: turn off ahead, drive back, or be cut off; and write down who was where."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from dispatch._course_state import Broken, CourseState, Trip
from dispatch.course_plan import LonLat, Way
from dispatch.course_record import Event, Happening, Stage, State

TURNS_OFF = 8
"""Places along a way at which a driver turns off when the road ahead closes."""


class Driving(CourseState):
    """Drivers of one course: help, and people who leave."""

    def _drive(self, trip: Trip, start: LonLat, known: Way | None) -> Generator[Any, Any, bool]:
        """Drive to the goal, around whatever closes meanwhile; False where no way leads there any more."""
        way = known
        if way is None or way.end != trip.goal or self._is_blocked(way, 0.0):
            way = self.roads.way(start, trip.goal, self.closed, is_leaving=trip.is_leaving)
        if way is None:
            self._cut_off(trip, start)
            way = yield from self._waited(trip, start)
        if way is None:
            return False
        legs = [(way, 0.0, 1.0)]
        while legs:
            way, share, target = legs.pop(0)
            trip.way, trip.share, trip.target, trip.begun_s = way, share, target, float(self.env.now)
            self.trips[trip.key] = trip
            try:
                yield self.env.timeout(abs(target - share) * way.time_s * trip.factor)
                self._drove(trip, target)
            except simpy.Interrupt as change:
                share = self._share(trip)
                self._drove(trip, share)
                if isinstance(change.cause, Broken):
                    self._stands(trip.key, State.STOPPED, np.inf, self.roads.place(way, share))
                    raise
                turned = self._turn_off(trip, way, share)
                if turned is None:
                    here = self.roads.place(way, share)
                    self.trips.pop(
                        trip.key, None
                    )  # who stands is not turned off, but goes on when roads open
                    self._cut_off(trip, here)
                    again = yield from self._waited(trip, here)
                    if again is None:
                        return False
                    turned = [(again, 0.0, 1.0)]
                legs = turned
            finally:
                self.trips.pop(trip.key, None)
        return True

    def _waited(self, trip: Trip, at: LonLat) -> Generator[Any, Any, Way | None]:
        """Stand until roads open again, as often as none leads to the goal; None where none ever opens."""
        while self.may_open:
            yield self.opened
            way = self.roads.way(at, trip.goal, self.closed, is_leaving=trip.is_leaving)
            if way is not None:
                self._cut(trip.key)
                self._tell(Happening.TURNED_OFF, trip.key, people=trip.people)
                return way
        return None

    def _is_quicker(self, trip: Trip) -> bool:
        """Say whether help that turns off at the next place now would be there sooner."""
        if trip.way is None or trip.is_leaving or trip.target < trip.share:
            return False
        share = self._share(trip)
        at = next((n / TURNS_OFF for n in range(TURNS_OFF) if n / TURNS_OFF >= share), None)
        if at is None:
            return False
        around = self.roads.way(self.roads.place(trip.way, at), trip.goal, self.closed, is_leaving=False)
        return around is not None and around.time_s < (1 - at) * trip.way.time_s - 1.0

    def _turn_off(self, trip: Trip, way: Way, share: float) -> list[tuple[Way, float, float]] | None:
        """Choose where to leave a way, and the way from there."""
        until = self.roads.blocked(way, self.closed, share)
        places = [n / TURNS_OFF for n in range(TURNS_OFF)]
        ahead = [p for p in places if p >= share and (until is None or p < until)]
        for at in (*ahead, *(p for p in reversed(places) if p < share)):
            around = self.roads.way(
                self.roads.place(way, at), trip.goal, self.closed, is_leaving=trip.is_leaving
            )
            if around is not None:
                self._tell(Happening.TURNED_OFF, trip.key, people=trip.people)
                return [(way, share, at), (around, 0.0, 1.0)]
        return None

    def _cut_off(self, trip: Trip, at: LonLat) -> None:
        self._tell(Happening.CUT_OFF, trip.key, people=trip.people)
        self._stands(trip.key, State.STOPPED, np.inf, at, trip.people)

    def _share(self, trip: Trip) -> float:
        """Give how far along its way somebody is."""
        if trip.way is None or trip.way.time_s == 0:
            return trip.target
        done = (float(self.env.now) - trip.begun_s) / (trip.way.time_s * trip.factor)
        step = min(done, abs(trip.target - trip.share))
        return trip.share + step if trip.target >= trip.share else trip.share - step

    def _drove(self, trip: Trip, share: float) -> None:
        """Write down a stretch, and the second at which it left the zone."""
        way, now = trip.way, float(self.env.now)
        if way is None:
            return
        stage = Stage(
            trip.key, State.DRIVING, trip.begun_s, now, way.start, way, trip.share, share, trip.people
        )
        self.stages.append(stage)
        if trip.is_leaving and not trip.is_out and share >= max(way.out_share, trip.share):
            trip.is_out = True
            at_s = trip.begun_s + max(way.out_share - trip.share, 0.0) * way.time_s * trip.factor
            self.events.append(Event(at_s, Happening.OUT, trip.key, trip.people))

    def _is_blocked(self, way: Way, share: float) -> bool:
        return bool(self.closed) and self.roads.blocked(way, self.closed, share) is not None
