"""Answer a course's questions about the roads: ways around the zone and whatever is closed, on the city's network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.drill_response import leaving
from data.network_service import Circumstances
from data.travel_store import Question, TravelStore
from dispatch.course_plan import CLEARED, LonLat, Way
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
        self._areas, self._winds, self._origins = dict(areas), winds, tuple(origins)
        self._out: dict[frozenset[int], Impedance] = {}
        self._ways: dict[tuple[Any, ...], Way | None] = {}
        self._blocked: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
        self._helping: dict[frozenset[int], Impedance] = {}
        self._open: dict[frozenset[int], Circumstances] = {}

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
        at = shapely.line_interpolate_point(_drawn(way), min(max(share, 0.0), 1.0), normalized=True)
        return _rounded(at)

    def zone(self, closed: frozenset[int]) -> BaseGeometry:
        """Give what people leave: the zone, and the areas of the winds that have turned."""
        own = [] if CLEARED in closed else [self._zone]
        return shapely.union_all([*own, *(self._areas[n] for n in sorted(closed & self._winds))])

    # -- working out ------------------------------------------------------------------------------------

    def _find(self, start: LonLat, end: LonLat, closed: frozenset[int], *, is_leaving: bool) -> Way | None:
        impedance = self._leaving(start, closed) if is_leaving else self._help(closed)
        begins, ends = (_place(impedance, at, is_leaving=is_leaving) for at in (start, end))
        if begins is None or ends is None:
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

    def _leaving(self, start: LonLat, closed: frozenset[int]) -> Impedance:
        if closed not in self._open:
            roads = tuple(self._areas[n] for n in sorted(closed - self._winds - {CLEARED}))
            self._open[closed] = self._travel.circumstances(Question(self._at, closed=roads))
        circumstances = self._open[closed]
        if start not in self._origins:
            return self._leave_from(circumstances, [start], closed)
        if closed not in self._out:
            self._out[closed] = self._leave_from(circumstances, self._origins, closed)
        return self._out[closed]

    def _leave_from(
        self, circumstances: Circumstances, starts: Sequence[LonLat], closed: frozenset[int]
    ) -> Impedance:
        zone = self.zone(closed)
        if zone.is_empty:
            return circumstances.impedance
        origins = snap(circumstances.network, list(starts), profile=circumstances.profile)
        return leaving(circumstances, zone, origins)

    def _stretches(self, way: Way, number: int) -> list[tuple[float, float]]:
        """Give from which share to which a way lies in what an inject closes."""
        key = (way.start, way.end, way.time_s, way.line, number)
        if key not in self._blocked:
            self._blocked[key] = stretches_inside(way.line, self._areas[number])
        return self._blocked[key]


def _place(impedance: Impedance, at: LonLat, *, is_leaving: bool) -> SnappedPoints | None:
    """Put a position on the road; help at a junction where a closed road begins stands on one of the others."""
    network, profile = impedance.network, impedance.scenario.profile
    found = snap(network, [at], profile=profile)
    if not is_leaving and found.fraction[0] in (0.0, 1.0) and found.edge_idx[0] in impedance.closed_edges:
        found = snap(network, [at], profile=profile, shut=impedance.closed_edges)
    return found if found.reason[0] == SnapReason.SNAPPED else None


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
    found = []
    for n in np.flatnonzero(shapely.intersects(pieces, area)).tolist():
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
