"""Bring network, closures and located points together: nearest, routes, service areas and coverage under a scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.kept_results import Kept
from data.located_points import Kind, LocatedPoints, kind_by_name, read_points, read_words
from data.network_service import Circumstances, NetworkService, Roads
from data.scope import Scope, code_range
from data.store import Store
from dispatch.coverage import Coverage, check_limits, cover
from dispatch.errors import QuestionError
from dispatch.nearest import Facilities, LeftOut, Nearest, Sweeps, Wish, find_nearest, place_on_road
from geo.kept_nearest import joined
from geo.linear_reference import across_edge
from geo.route import Route
from geo.service_area import ServiceArea, service_areas
from geo.snapping import SnappedPoints, snap
from geo.weights import CAR, Profile

_POINT_SETS = 12
_EXAMPLES = 3
MOST_AREA_S = 3 * 3600.0


@dataclass(frozen=True)
class Question:
    """The circumstances a question names.

    Attributes
    ----------
    at : datetime
        Departure, aware.
    hour : int or None
        Hour of the week, 0–167, instead of the departure's own.
    profile : Profile
        Who drives.
    closed : tuple of geometries
        Areas closed beside those of the store, EPSG:4326.
    """

    at: dt.datetime
    hour: int | None = None
    profile: Profile = CAR
    closed: tuple[BaseGeometry, ...] = ()


@dataclass(frozen=True)
class Changes:
    """Facilities that are tried out.

    Attributes
    ----------
    out_ids : frozenset of int
        Facilities that are not counted.
    added : tuple of (float, float)
        Longitude and latitude of new ones; they are told apart by the ids -1, -2, ….
    moved : tuple of (int, float, float)
        Facilities that stand elsewhere: id, longitude, latitude. They keep their ids.
    """

    out_ids: frozenset[int] = frozenset()
    added: tuple[tuple[float, float], ...] = ()
    moved: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True, eq=False)
class NearestAnswer:
    """Who is nearest, with the words of candidates and of some of the others (by position among `points`)."""

    circumstances: Circumstances
    kind: Kind
    points: LocatedPoints
    nearest: Nearest
    words: dict[int, dict[str, Any]] = field(default_factory=dict)

    def examples(self, reason: LeftOut) -> list[int]:
        """Give the ids of the first few left out for a reason."""
        return [int(self.points.ids[i]) for i in self.nearest.left_out[reason][:_EXAMPLES]]


@dataclass(frozen=True, eq=False)
class RouteAnswer:
    """The route between two places."""

    circumstances: Circumstances
    origin: SnappedPoints
    destination: SnappedPoints
    route: Route


@dataclass(frozen=True, eq=False)
class RoadBarrier:
    """A line across one stretch of road, which closes it, with the road's name and its distance from where was asked."""

    name: str
    distance_m: float
    line: BaseGeometry


@dataclass(frozen=True, eq=False)
class AreaAnswer:
    """What is reached from a place."""

    circumstances: Circumstances
    origin: SnappedPoints
    areas: tuple[ServiceArea, ...]


@dataclass(frozen=True, eq=False)
class CoverageAnswer:
    """How the objects of one kind are covered by the facilities of another.

    Attributes
    ----------
    facility_ids : ndarray of int64, shape (f,)
        Ids by position in the coverage's facility numbers; negative for those tried out.
    """

    circumstances: Circumstances
    of: Kind
    by: Kind
    objects: LocatedPoints
    facility_ids: NDArray[np.int64]
    facility_places: SnappedPoints
    coverage: Coverage


@dataclass(frozen=True, eq=False)
class Arrivals:
    """How soon each point of a layer gets to a place.

    Attributes
    ----------
    at : (float, float)
        The place, degrees EPSG:4326.
    points : LocatedPoints
        Every point that the scope may see, ordered by id.
    travel_time_s : ndarray of float64, shape (p,)
        Seconds from the point to the place; ``inf`` where no way leads.
    """

    circumstances: Circumstances
    at: tuple[float, float]
    points: LocatedPoints
    travel_time_s: NDArray[np.float64]

    def time_of(self, point_id: int) -> float:
        """Give the travel time of a point by its id; ``inf`` for one that is not there."""
        position = int(np.searchsorted(self.points.ids, point_id))
        if position == len(self.points) or self.points.ids[position] != point_id:
            return float(np.inf)
        return float(self.travel_time_s[position])

    def first_of(self, kind: str) -> int | None:
        """Give the position of the first of a kind to arrive; None when none does."""
        own = np.flatnonzero((self.points.kinds == kind) & np.isfinite(self.travel_time_s))
        return int(own[np.argmin(self.travel_time_s[own])]) if len(own) else None


@dataclass(frozen=True, eq=False)
class PositionsAnswer:
    """The points of a kind under a scope.

    Attributes
    ----------
    key : tuple
        Changes whenever the points may have.
    read : callable
        Gives the points, ordered by id.
    """

    kind: Kind
    key: tuple[object, ...]
    read: Callable[[], LocatedPoints]


class TravelStore:
    """Answers travel-time questions for one process; safe to use from many threads.

    Points are kept per layer version and scope, so that each user is answered from exactly the rows they may see.
    """

    def __init__(self, store: Store, state_dir: Path) -> None:
        self.networks = NetworkService(store, state_dir)
        self._store = store
        self._points: Kept[LocatedPoints] = Kept(_POINT_SETS)

    # -- questions --------------------------------------------------------------------------------------

    def circumstances(self, question: Question, *, with_closures: bool = True) -> Circumstances:
        """Weigh the roads under a question.

        Raises
        ------
        NoNetworkError, NetworkFileError, NetworkError
            When there is no network, its file cannot be used, or the hour lies outside the week.
        """
        return self.networks.circumstances(
            question.at,
            hour=question.hour,
            profile=question.profile,
            closed=question.closed,
            with_closures=with_closures,
        )

    def nearest(
        self,
        scope: Scope,
        question: Question,
        at: tuple[float, float],
        *,
        kind_name: str,
        k: int = 5,
        division_code: str | None = None,
        only_on_duty: bool = False,
        limit_s: float | None = None,
    ) -> NearestAnswer:
        """Find who gets to a place soonest.

        Raises
        ------
        FilterError
            When the kind or the division is unknown.
        QuestionError
            When ``k`` or the limit is impossible.
        OffRoadError
            When the place is too far from every road.
        NoNetworkError, NetworkFileError, NetworkError
            As for `circumstances`.
        """
        kind = kind_by_name(kind_name)
        wish = Wish(
            k=k,
            kind=kind.name if kind.is_part else None,
            divisions=_range(division_code),
            only_on_duty=only_on_duty,
            limit_s=limit_s,
        )
        circumstances = self.circumstances(question)
        incident = place_on_road(circumstances.network, *at, profile=question.profile)
        points, places = self._placed(scope, kind, circumstances)
        facilities = Facilities(points.kinds, points.division_codes, points.is_off_duty, places)
        open_roads = None
        if len(circumstances.impedance.closed_edges):
            open_roads = Sweeps(self.circumstances(question, with_closures=False).impedance)
        found = find_nearest(
            self.networks.times(circumstances), facilities, incident, wish, without_closures=open_roads
        )
        answer = NearestAnswer(circumstances, kind, points, found)
        shown = [int(points.ids[c.facility_idx]) for c in found.candidates]
        shown += [i for reason in found.left_out for i in answer.examples(reason)]
        with self._store.transaction(scope) as connection:
            words = read_words(connection, kind.layer, shown, scope=scope)
        return replace(answer, words=words)

    def arrivals(
        self, scope: Scope, question: Question, at: tuple[float, float], *, kind_name: str
    ) -> Arrivals:
        """Find how soon every point of a kind's layer gets to a place.

        Raises
        ------
        FilterError
            When the kind is unknown.
        OffRoadError
            When the place is too far from every road.
        NoNetworkError, NetworkFileError, NetworkError
            As for `circumstances`.
        """
        circumstances = self.circumstances(question)
        place = place_on_road(circumstances.network, *at, profile=question.profile)
        points, places = self._placed(scope, kind_by_name(kind_name), circumstances)
        if not len(points):
            return Arrivals(circumstances, at, points, np.zeros(0))
        found = self.networks.times(circumstances).facilities_to_incident(places, place)
        return Arrivals(circumstances, at, points, found.travel_time_s)

    def route(self, question: Question, start: tuple[float, float], stop: tuple[float, float]) -> RouteAnswer:
        """Find the quickest route.

        Raises
        ------
        OffRoadError
            When an end is too far from every road.
        NoNetworkError, NetworkFileError, NetworkError
            As for `circumstances`.
        """
        circumstances = self.circumstances(question)
        origin = place_on_road(circumstances.network, *start, profile=question.profile)
        destination = place_on_road(circumstances.network, *stop, profile=question.profile)
        route = self.networks.times(circumstances).find_route(origin, destination)
        return RouteAnswer(circumstances, origin, destination, route)

    def barrier(self, question: Question, at: tuple[float, float]) -> RoadBarrier:
        """Find the road at a place and the line across it that closes it.

        Raises
        ------
        OffRoadError
            When the place is too far from every road.
        NoNetworkError, NetworkFileError, NetworkError
            As for `circumstances`.
        """
        circumstances = self.circumstances(question)
        network = circumstances.network
        place = place_on_road(network, *at, profile=question.profile)
        edge = int(place.edge_idx[0])
        line = across_edge(network, edge, float(place.fraction[0]))
        return RoadBarrier(network.edge_name(edge), float(place.distance_m[0]), line)

    def areas(self, question: Question, at: tuple[float, float], limits_s: Sequence[float]) -> AreaAnswer:
        """Find what is reached from a place within some travel times.

        Raises
        ------
        QuestionError
            When a limit is not above 0, or beyond three hours.
        OffRoadError
            When the place is too far from every road.
        NoNetworkError, NetworkFileError, NetworkError
            As for `circumstances`.
        """
        limits = check_limits(limits_s)
        if limits[-1] > MOST_AREA_S:
            raise QuestionError(
                f"等时圈最多 {MOST_AREA_S / 60:g} 分钟。 An isochrone goes up to {MOST_AREA_S / 60:g} minutes."
            )
        circumstances = self.circumstances(question)
        origin = place_on_road(circumstances.network, *at, profile=question.profile)
        return AreaAnswer(circumstances, origin, service_areas(circumstances.impedance, origin, limits))

    def coverage(
        self,
        scope: Scope,
        question: Question,
        *,
        of: str,
        by: str,
        limits_s: Sequence[float],
        k: int = 3,
        division_code: str | None = None,
        only_on_duty: bool = False,
        changes: Changes | None = None,
    ) -> CoverageAnswer:
        """Find how objects are covered; only objects in the division count, facilities come from everywhere.

        Raises
        ------
        FilterError
            When a kind or the division is unknown, or a facility to leave out is not there.
        QuestionError
            When a limit is impossible.
        NoNetworkError, NetworkFileError, NetworkError
            As for `circumstances`.
        """
        of_kind, by_kind = kind_by_name(of), kind_by_name(by)
        limits = check_limits(limits_s)
        inside = _range(division_code)
        circumstances = self.circumstances(question)
        objects, object_places = self._of_kind(scope, of_kind, circumstances)
        if inside is not None:
            rows = (objects.division_codes >= inside[0]) & (objects.division_codes < inside[1])
            objects, object_places = objects.take(rows), object_places.take(rows)
        facilities, places = self._of_kind(scope, by_kind, circumstances)
        changes = changes or Changes()
        moved_ids = frozenset(i for i, _, _ in changes.moved) - changes.out_ids
        stays = _staying(facilities, changes.out_ids | moved_ids)
        if only_on_duty:
            stays &= ~facilities.is_off_duty
            moved_ids &= frozenset(facilities.ids[~facilities.is_off_duty].tolist())
        ids, places = facilities.ids[stays], places.take(stays)
        elsewhere = [(i, (lon, lat)) for i, lon, lat in changes.moved if i in moved_ids]
        elsewhere += [(-n, at) for n, at in enumerate(changes.added, start=1)]
        if elsewhere:
            ids, places = _with_added(circumstances, ids, places, elsewhere)
        core = self.networks.core(circumstances.impedance) if k > 1 else None
        found = cover(circumstances.impedance, places, object_places, limits, k=k, core=core)
        return CoverageAnswer(circumstances, of_kind, by_kind, objects, ids, places, found)

    # -- points -----------------------------------------------------------------------------------------

    def positions(self, scope: Scope, kind_name: str) -> PositionsAnswer:
        """Name the points of a kind that the scope may see, and the key they stand for; they are read when asked for.

        Raises
        ------
        FilterError
            When the kind is unknown.
        NoNetworkError, NetworkFileError
            When there is no network or its file cannot be used.
        """
        kind = kind_by_name(kind_name)
        key = self._key(scope, kind, self.networks.roads())

        def read() -> LocatedPoints:
            points = self._points.get(key, lambda: self._read(scope, kind))
            return points.take(points.kinds == kind.name) if kind.is_part else points

        return PositionsAnswer(kind, (kind.name, *key), read)

    def located(
        self, scope: Scope, kind: Kind, circumstances: Circumstances
    ) -> tuple[tuple[object, ...], LocatedPoints, SnappedPoints]:
        """Give the points of a kind that the scope may see, their places on the network, and a key that names both."""
        points, places = self._of_kind(scope, kind, circumstances)
        return (kind.name, *self._key(scope, kind, circumstances.roads)), points, places

    def _key(self, scope: Scope, kind: Kind, roads: Roads) -> tuple[object, ...]:
        """Name the rows of a kind's layer as one scope sees them now."""
        layer = kind.layer.id
        return (layer, roads.layer_versions.get(layer, 0), scope.ranges, scope.owner_id)

    def _placed(
        self, scope: Scope, kind: Kind, circumstances: Circumstances
    ) -> tuple[LocatedPoints, SnappedPoints]:
        """Give all points of a kind's layer that the scope may see, and their places on the network."""
        key = self._key(scope, kind, circumstances.roads)
        points = self._points.get(key, lambda: self._read(scope, kind))
        places = self.networks.snapped(
            (*key, id(points)), circumstances.network, points.lonlat, circumstances.profile, alive=points
        )
        return points, places

    def _of_kind(
        self, scope: Scope, kind: Kind, circumstances: Circumstances
    ) -> tuple[LocatedPoints, SnappedPoints]:
        """Give the points of a kind alone."""
        points, places = self._placed(scope, kind, circumstances)
        if not kind.is_part:
            return points, places
        rows = points.kinds == kind.name
        return points.take(rows), places.take(rows)

    def _read(self, scope: Scope, kind: Kind) -> LocatedPoints:
        with self._store.transaction(scope) as connection:
            return read_points(connection, kind.layer)


def _staying(facilities: LocatedPoints, out_ids: frozenset[int]) -> NDArray[np.bool_]:
    """Say which facilities are counted when some are left out, be they on duty or not."""
    missing = out_ids - set(facilities.ids.tolist())
    if missing:
        raise FilterError(
            f"没有编号为 {min(missing)} 的设施，或您无权查看。 There is no facility {min(missing)} that you may see."
        )
    return ~np.isin(facilities.ids, sorted(out_ids))


def _with_added(
    circumstances: Circumstances,
    ids: NDArray[np.int64],
    places: SnappedPoints,
    added: list[tuple[int, tuple[float, float]]],
) -> tuple[NDArray[np.int64], SnappedPoints]:
    """Add the facilities that are tried out, each with its id."""
    extra = snap(circumstances.network, [at for _, at in added], profile=circumstances.profile)
    return np.concatenate([ids, np.array([i for i, _ in added], np.int64)]), joined(places, extra)


def _range(code: str | None) -> tuple[str, str] | None:
    """Turn a division code into its half-open range."""
    if not code:
        return None
    try:
        return code_range(code)
    except ValueError as error:
        raise FilterError(str(error)) from error
