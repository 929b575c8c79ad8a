"""Answer a course's questions about the roads: ways around the zone and whatever is closed, on the city's network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.travel_store import Question, TravelStore
from dispatch.course_plan import CLEARED, LonLat, Way
from geo.kept_out import KeptOut, keep_out
from geo.route import find_route
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, SnapReason, snap

_CLOSE = 1e-9
_DIGITS = 6


class NetworkRoads:
    """Ways on the network in use; every answer is kept, so that a thousand runs ask the network once for each.

    Parameters
    ----------
    zone : BaseGeometry
        Where nobody drives in.
    areas : dict of int to BaseGeometry
        What injects close, by number: the lines across roads, and the areas of winds that turned.
    winds : frozenset of int
        Which of them are areas that people have to leave.
    origins : sequence of tuple of float
        Where people leave from, so that the stretches they live on stay open to them.
    """

    def __init__(
        self,
        travel: TravelStore,
        at: dt.datetime,
        zone: BaseGeometry,
        areas: Mapping[int, BaseGeometry],
        winds: frozenset[int],
        origins: Sequence[LonLat] = (),
    ) -> None:
        self._travel, self._at, self._zone = travel, at, zone
        self._as_usual = travel.circumstances(Question(at))
        self._areas, self._winds, self._origins = dict(areas), winds, dict.fromkeys(origins)
        self._ways: dict[tuple[Any, ...], Way | None] = {}
        self._helping: dict[frozenset[int], Impedance] = {}
        self._kept_out: dict[frozenset[int], KeptOut] = {}
        self._zones: dict[frozenset[int], BaseGeometry] = {}
        self._own_edges: NDArray[np.int32] | None = None
        self._places: dict[LonLat, SnappedPoints] = {}
        # Ways are known by identity: they live as long as their entry, and their lines are long to compare.
        self._lines: dict[int, tuple[Way, shapely.LineString]] = {}
        self._blocked: dict[tuple[int, int], tuple[Way, list[tuple[float, float]]]] = {}

    def way(self, start: LonLat, end: LonLat, closed: frozenset[int], *, is_leaving: bool) -> Way | None:
        """Find the quickest way; None where there is none."""
        key = (start, end, closed, is_leaving)
        if key not in self._ways:
            self._ways[key] = self._find(start, end, closed, is_leaving=is_leaving)
        return self._ways[key]

    def blocked(self, way: Way, closed: frozenset[int], share: float) -> float | None:
        """Give where a way enters what is closed; who is inside drives on out of it."""
        entered = [
            begins
            for number in closed - {CLEARED}
            for begins, _ in self._stretches(way, number)
            if begins > share
        ]
        return min(entered, default=None)

    def place(self, way: Way, share: float) -> LonLat:
        """Give the position at a share of a way."""
        known = self._lines.get(id(way))
        if known is None:
            known = self._lines[id(way)] = (way, _drawn(way))
        at = shapely.line_interpolate_point(known[1], min(max(share, 0.0), 1.0), normalized=True)
        return _rounded(at)

    def zone(self, closed: frozenset[int]) -> BaseGeometry:
        """Give what people leave: the zone, and the areas of the winds that have turned."""
        wanted = closed & (self._winds | {CLEARED})
        if wanted not in self._zones:
            own = [] if CLEARED in wanted else [self._zone]
            areas = (self._areas[n] for n in sorted(wanted & self._winds))
            self._zones[wanted] = shapely.union_all([*own, *areas])
        return self._zones[wanted]

    # -- working out ------------------------------------------------------------------------------------

    def _find(self, start: LonLat, end: LonLat, closed: frozenset[int], *, is_leaving: bool) -> Way | None:
        if is_leaving:
            begins, ends = self._snapped(start), self._snapped(end)
            impedance = self._leaving(start, begins, closed)
        else:
            impedance = self._help(closed)
            begins, ends = (self._beside(impedance, at) for at in (start, end))
        if any(place.reason[0] != SnapReason.SNAPPED for place in (begins, ends)):
            return None
        route = find_route(impedance, begins, ends)
        if not np.isfinite(route.travel_time_s):
            return None
        at = [] if route.line.is_empty else shapely.get_coordinates(route.line).round(_DIGITS).tolist()
        line = tuple((lon, lat) for lon, lat in at) if len(at) > 1 else (start, end)
        out = out_share(line, self.zone(closed)) if is_leaving else 0.0
        return Way(start, end, float(route.travel_time_s), line, out)

    def _help(self, closed: frozenset[int]) -> Impedance:
        if closed not in self._helping:
            own = () if CLEARED in closed else (self._zone,)
            areas = (*own, *(self._areas[n] for n in sorted(closed - {CLEARED})))
            self._helping[closed] = self._travel.circumstances(Question(self._at, closed=areas)).impedance
        return self._helping[closed]

    def _leaving(self, start: LonLat, begins: SnappedPoints, closed: frozenset[int]) -> Impedance:
        """Weigh the roads for who leaves: from where people live with all of them, else from the one place."""
        if closed not in self._kept_out:
            roads = tuple(self._areas[n] for n in sorted(closed - self._winds - {CLEARED}))
            impedance = self._travel.circumstances(Question(self._at, closed=roads)).impedance
            self._kept_out[closed] = keep_out(impedance, self.zone(closed))
        edges = self._edges_of_origins() if start in self._origins else begins.edge_idx
        return self._kept_out[closed].leaving_from(edges)

    def _edges_of_origins(self) -> NDArray[np.int32]:
        if self._own_edges is None:
            self._own_edges = self._snap(list(self._origins)).edge_idx
        return self._own_edges

    def _snapped(self, at: LonLat) -> SnappedPoints:
        if at not in self._places:
            self._places[at] = self._snap([at])
        return self._places[at]

    def _snap(self, places: Sequence[LonLat]) -> SnappedPoints:
        return snap(self._as_usual.network, list(places), profile=self._as_usual.profile)

    def _beside(self, impedance: Impedance, at: LonLat) -> SnappedPoints:
        """Put help on the road; at a junction where a closed road begins it stands on one of the others."""
        found = self._snapped(at)
        if found.fraction[0] in (0.0, 1.0) and found.edge_idx[0] in impedance.closed_edges:
            profile = impedance.scenario.profile
            found = snap(impedance.network, [at], profile=profile, shut=impedance.closed_edges)
        return found

    def _stretches(self, way: Way, number: int) -> list[tuple[float, float]]:
        """Give from which share to which a way lies in what an inject closes."""
        known = self._blocked.get((id(way), number))
        if known is None:
            known = (way, stretches_inside(way.line, self._areas[number]))
            self._blocked[id(way), number] = known
        return known[1]


def stretches_inside(line: tuple[LonLat, ...], area: BaseGeometry) -> list[tuple[float, float]]:
    """Give from which share to which of its length a line lies in an area, or where it crosses a line."""
    at = np.array(line, np.float64).reshape(-1, 2)
    pieces: Any = shapely.linestrings(np.stack([at[:-1], at[1:]], axis=1)) if len(at) > 1 else np.array([])
    lengths = shapely.length(pieces)
    length = float(lengths.sum())
    if length < _CLOSE:
        return []
    before = np.concatenate([[0.0], np.cumsum(lengths)])
    shapely.prepare(area)
    whole = shapely.covers(area, pieces)
    found = list(
        zip((before[:-1][whole] / length).tolist(), (before[1:][whole] / length).tolist(), strict=True)
    )
    for n in np.flatnonzero(~whole & shapely.intersects(area, pieces)).tolist():
        for part in shapely.get_parts(shapely.intersection(pieces[n], area)):
            ends = shapely.line_locate_point(pieces[n], shapely.points(shapely.get_coordinates(part)))
            found.append(((before[n] + float(ends.min())) / length, (before[n] + float(ends.max())) / length))
    joined: list[tuple[float, float]] = []
    for begins, ends_at in sorted(found):
        if joined and begins <= joined[-1][1] + _CLOSE:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends_at))
        else:
            joined.append((begins, ends_at))
    return joined


def out_share(line: tuple[LonLat, ...], zone: BaseGeometry) -> float:
    """Give the share of a line's length behind which it lies outside an area for good."""
    return max((ends for _, ends in stretches_inside(line, zone)), default=0.0)


def _drawn(way: Way) -> shapely.LineString:
    return shapely.LineString(way.line if len(way.line) > 1 else (way.start, way.end))


def _rounded(at: Any) -> LonLat:
    return round(float(at.x), _DIGITS), round(float(at.y), _DIGITS)
