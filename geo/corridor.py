"""Hold a timed track against corridors that are open at times: which stretches kept to them, and which did not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import CoordinateError
from geo.local_plane import plane_from_lonlat
from geo.measure import geodesic_lengths_m

FloatArray = NDArray[np.float64]
_QUAD_SEGMENTS = 32
_SPAN_M = 500_000.0


class Keeping(Enum):
    """How a stretch of a track keeps to the corridors."""

    INSIDE = "inside"
    CLOSED = "closed"
    OUTSIDE = "outside"
    GAP = "gap"


@dataclass(frozen=True)
class Corridor:
    """A way with a width, and when it is open.

    Attributes
    ----------
    line : shapely.LineString or shapely.MultiLineString
        Middle, degrees, EPSG:4326.
    half_width_m : float
        How far from the middle still lies inside, metres, more than 0; exactly that far is inside.
    open_s : tuple of (float, float)
        Spans in which it is open, on the axis of the track's times, seconds; the beginning is in, the end is not.
    """

    line: shapely.Geometry
    half_width_m: float
    open_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Stretch:
    """A part of a track that keeps to the corridors in one way.

    Attributes
    ----------
    keeping : Keeping
        Inside an open corridor, in one that is closed then, outside all of them, or unknown: no positions for too long.
    from_s, to_s : float
        Seconds on the axis of the track's times.
    length_m : float
        Geodesic; straight between the two positions where it is a gap.
    lonlat : ndarray of float, shape (n, 2)
        Degrees, EPSG:4326, n at least 2.
    farthest_m : float
        How far its positions and ends get from the middle of the nearest corridor, metres; ``inf`` where there are none
        and for a gap.
    """

    keeping: Keeping
    from_s: float
    to_s: float
    length_m: float
    lonlat: FloatArray
    farthest_m: float


def judge_track(
    lonlat: ArrayLike, at_s: ArrayLike, corridors: Sequence[Corridor], *, longest_gap_s: float = 600.0
) -> tuple[Stretch, ...]:
    """
    Cut a track where it enters or leaves corridors and where these open or close.

    Parameters
    ----------
    lonlat : array_like, shape (n, 2)
        Positions in the order of time, degrees, EPSG:4326, n at least 2.
    at_s : array_like, shape (n,)
        Times of the positions, seconds, never falling.
    corridors : sequence of Corridor
        Those that the vehicle may use at all.
    longest_gap_s : float
        Between positions farther apart in time nothing is said of the way: a gap.

    Returns
    -------
    tuple of Stretch
        In the order of time; each begins where the one before ends.

    Raises
    ------
    CoordinateError
        When there are fewer than two positions, times fall, or a position lies 500 km or more from the middle.

    Notes
    -----
    Between two positions the way is straight and the speed even. Worked out on the azimuthal equidistant plane around
    the middle of the track: at 100 km from it widths are within 1e-4 of the truth. Round ends and bends of a corridor
    are drawn with 32 chords a quarter circle, at most 3e-4 of the width inside the true edge; straight sides are exact.

    Examples
    --------
    >>> way = Corridor(shapely.LineString([(114.0, 22.5), (114.1, 22.5)]), 50.0, ((0.0, 3600.0),))
    >>> [s.keeping.value for s in judge_track([(114.0, 22.5), (114.05, 22.5), (114.05, 22.6)], [0, 300, 900], [way])]
    ['inside', 'outside']
    """
    places, times = _checked(lonlat, at_s)
    origin = _middle(places)
    xy = _on_plane(places, origin)
    reach = shapely.box(*(xy.min(axis=0) - _SPAN_M), *(xy.max(axis=0) + _SPAN_M))
    lines = [_line_on_plane(c.line, origin) for c in corridors]
    areas = [
        shapely.buffer(line, c.half_width_m, quad_segs=_QUAD_SEGMENTS).intersection(reach)
        for line, c in zip(lines, corridors, strict=True)
    ]
    cut = _cut_at_openings(times, corridors, longest_gap_s)
    keeping, begins, ends = _pieces(xy, times, cut, corridors, areas)
    return _joined(places, times, xy, keeping, begins, ends, _segments(lines))


def _checked(lonlat: ArrayLike, at_s: ArrayLike) -> tuple[FloatArray, FloatArray]:
    places = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    times = np.asarray(at_s, dtype=np.float64)
    if len(places) < 2 or len(places) != len(times):
        raise CoordinateError(
            "轨迹至少要有两个带时间的位置。 A track has at least two positions, each with its time."
        )
    if (np.diff(times) < 0).any():
        number = int(np.flatnonzero(np.diff(times) < 0)[0]) + 2
        raise CoordinateError(
            f"第 {number} 个位置的时间早于前一个。 Position {number} is earlier than the one before."
        )
    return places, times


def _middle(places: FloatArray) -> tuple[float, float]:
    low, high = places.min(axis=0), places.max(axis=0)
    return float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2)


def _on_plane(places: FloatArray, origin: tuple[float, float]) -> FloatArray:
    return plane_from_lonlat(places, origin, largest_m=_SPAN_M)


def _line_on_plane(line: shapely.Geometry, origin: tuple[float, float]) -> shapely.Geometry:
    """Bring a corridor to the plane; what lies far away is out of reach of the track, and need not be exact."""
    moved: shapely.Geometry = shapely.transform(
        line, lambda lonlat: plane_from_lonlat(lonlat, origin, largest_m=math.inf)
    )
    return moved


@dataclass(frozen=True)
class _Cut:
    """Spans of time, each within one segment of the track and free of openings and closings."""

    segment: NDArray[np.int64]
    from_s: FloatArray
    to_s: FloatArray
    is_gap: NDArray[np.bool_]


def _cut_at_openings(times: FloatArray, corridors: Sequence[Corridor], longest_gap_s: float) -> _Cut:
    changes = np.unique([s for c in corridors for span in c.open_s for s in span])
    segments, begins, ends = [], [], []
    for segment in range(len(times) - 1):
        first, last = times[segment], times[segment + 1]
        inner = changes[np.searchsorted(changes, first, "right") : np.searchsorted(changes, last, "left")]
        bounds = [first, *inner, last] if last > first and last - first <= longest_gap_s else [first, last]
        segments += [segment] * (len(bounds) - 1)
        begins += bounds[:-1]
        ends += bounds[1:]
    spans = np.diff(times)[segments]
    return _Cut(np.asarray(segments), np.asarray(begins), np.asarray(ends), spans > longest_gap_s)


def _pieces(
    xy: FloatArray, times: FloatArray, cut: _Cut, corridors: Sequence[Corridor], areas: Sequence[shapely.Geometry]
) -> tuple[list[Keeping], list[float], list[float]]:  # fmt: skip
    """Judge every span of time: the kind, beginning and end of each piece, as places along the track (segment + share)."""
    whole_s = times[cut.segment + 1] - times[cut.segment]
    per_s = np.where(whole_s > 0, whole_s, 1.0)
    first = (cut.from_s - times[cut.segment]) / per_s
    last = np.where(whole_s > 0, (cut.to_s - times[cut.segment]) / per_s, 1.0)
    step = xy[cut.segment + 1] - xy[cut.segment]
    ways: Any = shapely.linestrings(
        np.stack([xy[cut.segment] + step * first[:, None], xy[cut.segment] + step * last[:, None]], axis=1)
    )
    parts = _judged(ways, (cut.from_s + cut.to_s) / 2, cut.is_gap, corridors, areas)
    keeping: list[Keeping] = []
    begins: list[float] = []
    ends: list[float] = []
    for number, shares in enumerate(parts):
        base, low, high = cut.segment[number], first[number], last[number]
        for a, b, kind in shares:
            keeping.append(kind)
            begins.append(float(base + low + (high - low) * a))
            ends.append(float(base + low + (high - low) * b))
    return keeping, begins, ends


def _judged(
    ways: NDArray[np.object_], middle_s: FloatArray, is_gap: NDArray[np.bool_], corridors: Sequence[Corridor],
    areas: Sequence[shapely.Geometry],
) -> list[list[tuple[float, float, Keeping]]]:  # fmt: skip
    """Split each straight way; what lies wholly inside or outside, as most do, is told for all of them at once."""
    parts: list[list[tuple[float, float, Keeping]]] = [
        [(0.0, 1.0, Keeping.GAP if gap else Keeping.OUTSIDE)] for gap in is_gap
    ]
    whole = shapely.union_all(list(areas))
    shapely.prepare(whole)
    touched = shapely.intersects(whole, ways) & ~is_gap
    changes = np.unique([s for c in corridors for span in c.open_s for s in span])
    period = np.searchsorted(changes, middle_s, "right")
    covered = shapely.covers(whole, ways)
    for one in np.unique(period[touched]):
        numbers = np.flatnonzero(touched & (period == one))
        at = middle_s[numbers[0]]
        is_open = [any(a <= at < b for a, b in c.open_s) for c in corridors]
        opened = shapely.union_all([a for a, yes in zip(areas, is_open, strict=True) if yes])
        shapely.prepare(opened)
        free, reached = shapely.covers(opened, ways[numbers]), shapely.intersects(opened, ways[numbers])
        for number, is_free, is_reached in zip(numbers, free, reached, strict=True):
            if is_free or (covered[number] and not is_reached):
                parts[number] = [(0.0, 1.0, Keeping.INSIDE if is_free else Keeping.CLOSED)]
            else:
                parts[number] = _shares(ways[number], opened, whole)
    return parts


def _shares(
    way: shapely.LineString, opened: shapely.Geometry, whole: shapely.Geometry
) -> list[tuple[float, float, Keeping]]:
    """Split a straight way by the open area and by all of it: shares of its length, in order."""
    free, reached = _within(way, opened), _within(way, whole)
    bounds = sorted({0.0, 1.0, *(s for span in free + reached for s in span)})
    return [
        (a, b, _kind((a + b) / 2, free, reached)) for a, b in itertools.pairwise(bounds) if b > a
    ]  # fmt: skip


def _kind(at: float, free: Sequence[tuple[float, float]], reached: Sequence[tuple[float, float]]) -> Keeping:
    if any(a <= at <= b for a, b in free):
        return Keeping.INSIDE
    return Keeping.CLOSED if any(a <= at <= b for a, b in reached) else Keeping.OUTSIDE


def _within(way: shapely.LineString, area: shapely.Geometry) -> list[tuple[float, float]]:
    """Give the shares of a straight way that lie in an area; a way without length lies in it or not."""
    length = float(shapely.length(way))
    if length == 0:
        return [(0.0, 1.0)] if shapely.intersects(area, way) else []
    inside = shapely.get_parts(shapely.intersection(way, area))
    spans = []
    for part in inside[(shapely.get_type_id(inside) == 1) & ~shapely.is_empty(inside)]:
        ends = [
            float(shapely.line_locate_point(way, shapely.Point(at)))
            for at in shapely.get_coordinates(part)[[0, -1]]
        ]
        spans.append((min(ends) / length, max(ends) / length))
    return spans


def _joined(
    places: FloatArray, times: FloatArray, xy: FloatArray, keeping: Sequence[Keeping], begins: Sequence[float],
    ends: Sequence[float], middles: shapely.STRtree,
) -> tuple[Stretch, ...]:  # fmt: skip
    """Join neighbours of one kind; gaps stand by themselves."""
    found = []
    start = 0
    for number in range(1, len(keeping) + 1):
        if number < len(keeping) and keeping[number] is keeping[start] is not Keeping.GAP:
            continue
        first, last = begins[start], ends[number - 1]
        line = _between(places, first, last)
        away = math.inf
        if len(middles) and keeping[start] is not Keeping.GAP:
            points = shapely.points(_between(xy, first, last))
            away = float(middles.query_nearest(points, return_distance=True, all_matches=False)[1].max())
        found.append(
            Stretch(
                keeping[start], _at(times, first), _at(times, last),
                float(geodesic_lengths_m(line, [0, len(line)])[0]), line, away,
            )
        )  # fmt: skip
        start = number
    return tuple(found)


def _segments(lines: Sequence[shapely.Geometry]) -> shapely.STRtree:
    """Index the straight parts of lines."""
    parts: list[FloatArray] = []
    for line in shapely.get_parts(np.asarray(lines, dtype=object)):
        corners = shapely.get_coordinates(line)
        parts.append(np.stack([corners[:-1], corners[1:]], axis=1))
    straight: Any = shapely.linestrings(np.concatenate(parts)) if parts else []
    return shapely.STRtree(straight)


def _between(values: FloatArray, first: float, last: float) -> FloatArray:
    """Give the values at two places along the track and at all positions between them."""
    inner = values[math.floor(first) + 1 : math.ceil(last)]
    return np.vstack([_value(values, first), inner, _value(values, last)])


def _at(times: FloatArray, place: float) -> float:
    return float(_value(times, place))


def _value(values: FloatArray, place: float) -> FloatArray:
    """Give the value at a place along the track: even between two positions."""
    before = min(math.floor(place), len(values) - 2)
    found: FloatArray = values[before] + (values[before + 1] - values[before]) * (place - before)
    return found
