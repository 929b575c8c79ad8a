"""Put together what a course starts from: the drill's teams with stand-ins, its people, and what every inject brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data import drill_sight, drills
from data.course_question import BREAKDOWN, REOPEN, ROAD, STOP, WIND, CourseQuestion, InjectAsked
from data.course_roads import NetworkRoads, out_share
from data.course_zones import passing_s
from data.drill_question import DrillQuestion, work_out
from data.drill_response import gather, helper_places, who_comes, who_shelters_where
from data.drill_surroundings import Evacuees, Zones, who_leaves
from data.errors import FormError
from data.located_points import LocatedPoints, kind_by_name, read_words
from data.network_service import Circumstances
from data.scope import Scope
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.course_plan import (
    Flow,
    Inject,
    LonLat,
    Plan,
    ReleaseStops,
    RoadCloses,
    RoadOpens,
    Team,
    TeamBreaks,
    Way,
    WindTurns,
)
from dispatch.drill import Need
from geo.hazard.consequence import Consequences
from geo.snapping import SnappedPoints, snap
from geo.travel_time_matrix import travel_time_matrix

_NONE: frozenset[int] = frozenset()
_INSTEAD = 12


@dataclass(frozen=True, eq=False)
class Prepared:
    """
    A course ready to run.

    Attributes
    ----------
    names : dict of str to dict
        Name, kind, position, places by key of team and shelter; name and people of flows.
    areas : dict of int to geometry
        What injects close, by number.
    turns : dict of int to Consequences
        What the accident does under the winds that turn.
    streets : dict of int to str
        Names of the roads that close.
    """

    plan: Plan
    roads: NetworkRoads
    injects: tuple[Inject, ...]
    names: dict[str, dict[str, Any]]
    areas: dict[int, BaseGeometry]
    turns: dict[int, Consequences]
    streets: dict[int, str]


@dataclass(eq=False)
class _Turned:
    """What the winds have changed so far."""

    zone: BaseGeometry
    staging: LonLat | None
    left_places: dict[int, int]


class Preparation:
    """Prepares the course of one kept drill under a scope."""

    def __init__(
        self, store: Store, travel: TravelStore, scope: Scope, drill: DrillQuestion, answer: dict[str, Any]
    ) -> None:
        self.store, self.travel, self.scope = store, travel, scope
        self.drill, self.answer = drill, answer
        self.zone: BaseGeometry = shapely.geometry.shape(answer["left"]["geometry"])
        self.names: dict[str, dict[str, Any]] = {}
        self.circumstances = travel.circumstances(Question(drill.at))
        _, self.points, _ = travel.located(scope, kind_by_name("rescue_resource"), self.circumstances)

    def prepared(self, asked: CourseQuestion) -> Prepared:
        """Work out ways, stand-ins and what the injects bring.

        Raises
        ------
        FormError
            When an inject names no team of the drill, or no road is near where it closes one.
        HazardError
            When the accident cannot be worked out under another wind.
        """
        staging = self._staging()
        flows = self._flows()
        areas, streets, turns = self._closing(asked.injects)
        winds = frozenset(turns)
        roads = NetworkRoads(
            self.travel, self.drill.at, self.zone, areas, winds, [one.way.start for one in flows]
        )
        flows = tuple(self._routed(one, roads) for one in flows)
        teams = self._teams(staging)
        reserves = self._reserves(asked, staging)
        injects = self._injects(asked, turns, areas, roads, staging, flows)
        shelters = {key: (one["lon"], one["lat"]) for key, one in self.names.items() if key.startswith("s")}
        plan = Plan(staging, teams, flows, shelters, asked.steps, reserves)
        self._check_teams(asked, plan)
        return Prepared(plan, roads, injects, self.names, areas, turns, streets)

    # -- the drill's own --------------------------------------------------------------------------------

    def _staging(self) -> LonLat | None:
        found = self.answer["staging"]
        return (found[0]["lon"], found[0]["lat"]) if found else None

    def _teams(self, staging: LonLat | None) -> tuple[Team, ...]:
        return tuple(self._team(one, staging) for one in self.answer["teams"]) if staging else ()

    def _team(self, one: dict[str, Any], staging: LonLat | None, *, is_reserve: bool = False) -> Team:
        key, at = f"t{one['id']}", (one["lon"], one["lat"])
        self.names[key] = {
            "name": one.get("name") or one.get("code") or key, "kind": one["kind"], "lon": at[0], "lat": at[1], "is_reserve": is_reserve,
        }  # fmt: skip
        goal = staging or at
        start, end = (goal, at) if one["kind"] == "hospital" else (at, goal)
        line = tuple((lon, lat) for lon, lat in one["route"] or ())
        return Team(
            key,
            one["kind"],
            at,
            Way(start, end, one["travel_time_s"], line if len(line) > 1 else (start, end)),
        )

    def _flows(self) -> tuple[Flow, ...]:
        evacuation = self.answer["evacuation"]
        for one in evacuation["shelters"]:
            self._name_shelter(one)
        return tuple(self._flow(f"p{n}", one) for n, one in enumerate(evacuation["flows"], 1))

    def _flow(self, key: str, one: dict[str, Any]) -> Flow:
        shelter = f"s{one['shelter_id']}"
        start = (one["from_lonlat"][0], one["from_lonlat"][1])
        end = (self.names[shelter]["lon"], self.names[shelter]["lat"])
        self.names[key] = {"name": one["from"], "people": one["people"], "shelter": shelter}
        way = Way(start, end, one["travel_time_s"], (start, end), out_share((start, end), self.zone))
        return Flow(key, shelter, one["people"], way)

    def _name_shelter(self, one: dict[str, Any]) -> None:
        name = one.get("name") or one.get("code") or str(one["id"])
        self.names[f"s{one['id']}"] = {
            "name": name,
            "lon": one["lon"],
            "lat": one["lat"],
            "capacity": one["capacity"],
        }

    def _routed(self, flow: Flow, roads: NetworkRoads) -> Flow:
        """Give a flow its way along the roads, where the network still has one."""
        found = roads.way(flow.way.start, flow.way.end, _NONE, is_leaving=True)
        return replace(flow, way=found) if found else flow

    def _reserves(self, asked: CourseQuestion, staging: LonLat | None) -> tuple[Team, ...]:
        """Find the next of each kind that breaks down, around everything, as many as break down."""
        broken = [one.team for one in asked.injects if one.kind == BREAKDOWN]
        kinds = [self.names[key]["kind"] for key in broken if key in self.names]
        if not kinds or staging is None:
            return ()
        chosen = {one["id"] for one in self.answer["teams"]}
        there = {kind: sum(one["kind"] == kind for one in self.answer["teams"]) for kind in kinds}
        wanted = tuple(
            Need(kind, there[kind] + kinds.count(kind), float("inf")) for kind in dict.fromkeys(kinds)
        )
        around = self.travel.circumstances(Question(self.drill.at, closed=(self.zone,)))
        place = gather(
            around.impedance, self.zone, (self.drill.lon, self.drill.lat), self._wind(), self._helpers(around)
        )
        target = next((one for one in place if one.lonlat == staging), None) or (place[0] if place else None)
        if target is None:
            return ()
        found = who_comes(around.impedance, self.points, wanted, target, self.zone)
        spare = [one for one in found if one["id"] not in chosen]
        with self.store.transaction(self.scope) as connection:
            words = read_words(connection, self.points.layer, [one["id"] for one in spare], scope=self.scope)
        return tuple(
            self._team(one | {"name": words.get(one["id"], {}).get("name")}, staging, is_reserve=True)
            for one in spare
        )

    def _helpers(self, around: Circumstances) -> SnappedPoints:
        return helper_places(around.impedance, self.points, drills.HELP)

    def _wind(self) -> float:
        return float(self.answer["accident"]["wind_from_deg"])

    def _check_teams(self, asked: CourseQuestion, plan: Plan) -> None:
        known = {team.key for team in (*plan.teams, *plan.reserves)}
        for n, one in enumerate(asked.injects):
            if one.kind == BREAKDOWN and one.team not in known:
                raise FormError(((
                    f"injects.{n}.team", f"第 {n + 1} 个突发情况：本次演练没有队伍 {str(one.team)[:40]}。 Inject {n + 1}: the drill has no team {str(one.team)[:40]}."
                ),))  # fmt: skip

    # -- injects ----------------------------------------------------------------------------------------

    def _closing(
        self, injects: Sequence[InjectAsked]
    ) -> tuple[dict[int, BaseGeometry], dict[int, str], dict[int, Consequences]]:
        """Find the roads that close, and what the accident does under each wind."""
        areas: dict[int, BaseGeometry] = {}
        streets: dict[int, str] = {}
        turns: dict[int, Consequences] = {}
        for one in injects:
            if one.kind == ROAD:
                at = (float(one.lon or 0.0), float(one.lat or 0.0))
                found = self.travel.barrier(Question(self.drill.at), at)
                areas[one.number], streets[one.number] = found.line, found.name
            elif one.kind == WIND:
                turns[one.number] = work_out(replace(self.drill, wind_from_deg=one.wind_from_deg))
                zones, _ = drills.zones_of(turns[one.number], (self.drill.lon, self.drill.lat))
                areas[one.number] = zones.left
        return areas, streets, turns

    def _injects(
        self,
        asked: CourseQuestion,
        turns: dict[int, Consequences],
        areas: dict[int, BaseGeometry],
        roads: NetworkRoads,
        staging: LonLat | None,
        flows: tuple[Flow, ...],
    ) -> tuple[Inject, ...]:
        taken: dict[int, int] = {}
        for flow in flows:
            shelter = int(flow.shelter[1:])
            taken[shelter] = taken.get(shelter, 0) + flow.people
        so_far = _Turned(self.zone, staging, taken)
        found: list[Inject] = []
        for one in sorted(asked.injects, key=lambda one: (one.at_s, one.number)):
            if one.kind == ROAD:
                found.append(RoadCloses(one.number, one.at_s))
            elif one.kind == BREAKDOWN:
                found.append(TeamBreaks(one.number, one.at_s, str(one.team)))
            elif one.kind == REOPEN:
                found.append(RoadOpens(one.number, one.at_s, int(one.of or 0)))
            elif one.kind == STOP:
                before = {n: turned for n, turned in turns.items() if self._begins(asked, n) <= one.at_s}
                found.append(
                    ReleaseStops(one.number, one.at_s, one.at_s + passing_s(self.answer, before, self.drill))
                )
            else:
                found.append(self._turn(one, turns[one.number], areas, roads, so_far))
        return tuple(found)

    @staticmethod
    def _begins(asked: CourseQuestion, number: int) -> float:
        return next(one.at_s for one in asked.injects if one.number == number)

    def _turn(
        self,
        one: InjectAsked,
        consequences: Consequences,
        areas: dict[int, BaseGeometry],
        roads: NetworkRoads,
        so_far: _Turned,
    ) -> WindTurns:
        """Find who has to leave besides, which shelters lie in the area, and where help gathers now."""
        zones, _ = drills.zones_of(consequences, (self.drill.lon, self.drill.lat))
        before = so_far.zone
        so_far.zone = shapely.union_all([before, areas[one.number]])
        so_far.staging = self._moved(consequences, so_far)
        places = drills.capacities(self.store, self.scope, self.points)
        shelters = self.points.kinds == "shelter"
        ids = self.points.ids[shelters]
        room = np.maximum(
            places[shelters] - np.array([so_far.left_places.get(int(i), 0) for i in ids], np.int64), 0
        )
        points = self.points.take(shelters)
        flows = self._further(one, zones, before, points, room, so_far, roads)
        instead = self._instead(points, room, so_far)
        return WindTurns(one.number, one.at_s, so_far.staging, flows, instead)

    def _moved(self, consequences: Consequences, so_far: _Turned) -> LonLat | None:
        """Give where help gathers: where it did, unless that lies in the area now, or help cannot get there any more."""
        if so_far.staging is None:
            return None
        around = self.travel.circumstances(Question(self.drill.at, closed=(so_far.zone,)))
        is_inside = bool(shapely.intersects_xy(so_far.zone, *so_far.staging))
        if not is_inside and self._is_reached(around, so_far.staging):
            return so_far.staging
        found = gather(
            around.impedance, so_far.zone, (self.drill.lon, self.drill.lat), consequences.air.wind_from_deg, self._helpers(around)
        )  # fmt: skip
        return found[0].lonlat if found else so_far.staging

    def _is_reached(self, around: Circumstances, at: LonLat) -> bool:
        """Say whether any who may come get to a place."""
        place = snap(around.network, [at], profile=around.profile, shut=around.impedance.closed_edges)
        times = travel_time_matrix(around.impedance, self._helpers(around), place)
        return bool(np.isfinite(times).any())

    def _further(
        self,
        one: InjectAsked,
        zones: Zones,
        before: BaseGeometry,
        shelters: LocatedPoints,
        room: NDArray[np.int64],
        so_far: _Turned,
        roads: NetworkRoads,
    ) -> tuple[Flow, ...]:
        """Place the people whom only the new wind makes leave."""
        with self.store.transaction(self.scope) as connection:
            inside = drill_sight.find_inside(connection, zones, self.scope)
        people = _outside(who_leaves(inside, zones, self.answer["hour_of_week"]), before)
        found = who_shelters_where(self.circumstances, people, shelters, room, so_far.zone)
        with self.store.transaction(self.scope) as connection:
            words = read_words(
                connection, shelters.layer, [s["id"] for s in found["shelters"]], scope=self.scope
            )
        for shelter in found["shelters"]:
            at = int(np.searchsorted(shelters.ids, shelter["id"]))
            room[at] -= shelter["people"]
            so_far.left_places[shelter["id"]] = so_far.left_places.get(shelter["id"], 0) + shelter["people"]
            if f"s{shelter['id']}" not in self.names:
                self._name_shelter(shelter | words.get(shelter["id"], {}))
        closed = frozenset({one.number})
        flows = []
        for n, flow in enumerate(found["flows"], 1):
            new = self._flow(f"p{one.number}w{n}", flow)
            way = roads.way(new.way.start, new.way.end, closed, is_leaving=True)
            flows.append(replace(new, way=way) if way else new)
        return tuple(flows)

    def _instead(
        self, shelters: LocatedPoints, room: NDArray[np.int64], so_far: _Turned
    ) -> dict[str, tuple[tuple[str, LonLat, int], ...]]:
        """Name, for each shelter in use that lies in the area, the nearest others with places left."""
        lonlat = shelters.lonlat
        inside = shapely.intersects_xy(so_far.zone, lonlat[:, 0], lonlat[:, 1])
        used = [i for i in np.flatnonzero(inside).tolist() if so_far.left_places.get(int(shelters.ids[i]), 0)]
        usable = np.flatnonzero(~inside & (room > 0) & np.isfinite(lonlat[:, 0]))
        near = {i: _nearest(lonlat, usable, i) for i in used}
        ids = sorted({int(shelters.ids[at]) for rows in near.values() for at in rows})
        with self.store.transaction(self.scope) as connection:
            words = read_words(connection, shelters.layer, ids, scope=self.scope)
        found = {}
        for i, rows in near.items():
            keys = [(f"s{int(shelters.ids[at])}", int(shelters.ids[at]), at) for at in rows]
            for key, own, at in keys:
                self.names.setdefault(key, {
                    "name": words.get(own, {}).get("name") or str(own), "lon": round(float(lonlat[at, 0]), 6), "lat": round(float(lonlat[at, 1]), 6),
                    "capacity": int(room[at]),
                })  # fmt: skip
            found[f"s{int(shelters.ids[i])}"] = tuple(
                (key, (round(float(lonlat[at, 0]), 6), round(float(lonlat[at, 1]), 6)), int(room[at]))
                for key, _, at in keys
            )
        return found


def _nearest(lonlat: NDArray[np.float64], rows: NDArray[np.int64], to: int) -> list[int]:
    """Give the nearest few of some rows as the crow flies."""
    distance = np.hypot(*(lonlat[rows] - lonlat[to]).T)
    found: list[int] = rows[np.argsort(distance, kind="stable")][:_INSTEAD].tolist()
    return found


def _outside(people: Evacuees, area: BaseGeometry) -> Evacuees:
    """Keep those who are outside an area."""
    rows = np.flatnonzero(~shapely.contains_xy(area, people.lonlat[:, 0], people.lonlat[:, 1]))
    return Evacuees(people.lonlat[rows], people.people[rows], [people.names[i] for i in rows.tolist()], 0, 0)
