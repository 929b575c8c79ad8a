"""Tracks against corridors: miniatures solved by hand, a dense sampling as second opinion, and what must always hold."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.corridor import Corridor, Keeping, judge_track
from geo.errors import CoordinateError

GEOD = Geod(ellps="GRS80")
AT = (114.0, 22.5)
ALWAYS = ((0.0, 86400.0),)


def _place(east_m: float, north_m: float) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*AT, math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m))
    return lon, lat


def _way(*, half_width_m: float = 50.0, open_s: tuple[tuple[float, float], ...] = ALWAYS) -> Corridor:
    """A corridor two kilometres due east."""
    return Corridor(shapely.LineString([_place(x, 0) for x in range(0, 2001, 100)]), half_width_m, open_s)


def test_a_track_that_leaves_is_cut_where_it_leaves() -> None:
    """1,000 m east in 100 s, then 500 m north in 50 s: 50 m beside the middle is reached after 105 s."""
    found = judge_track([_place(0, 0), _place(1000, 0), _place(1000, 500)], [0, 100, 150], [_way()])
    assert [s.keeping for s in found] == [Keeping.INSIDE, Keeping.OUTSIDE]
    assert found[0].to_s == found[1].from_s == pytest.approx(105, abs=0.01)
    assert [s.length_m for s in found] == pytest.approx([1050, 450], abs=0.1)
    assert found[1].farthest_m == pytest.approx(500, abs=0.1)
    assert found[1].to_s == 150


def test_a_corridor_that_closes_on_the_way() -> None:
    """Open until 40 s: the rest of the second segment, and all of the third, were driven while it was closed."""
    found = judge_track(
        [_place(0, 0), _place(300, 0), _place(600, 0), _place(900, 0)],
        [0, 30, 60, 90],
        [_way(open_s=((0, 40),))],
    )
    assert [(s.keeping, s.from_s, s.to_s) for s in found] == [
        (Keeping.INSIDE, 0, 40),
        (Keeping.CLOSED, 40, 90),
    ]
    assert found[1].length_m == pytest.approx(500, abs=0.1)


def test_another_corridor_that_is_open_keeps_it_inside() -> None:
    shut = judge_track([_place(0, 0), _place(900, 0)], [0, 90], [_way(open_s=())])
    assert [s.keeping for s in shut] == [Keeping.CLOSED]
    found = judge_track([_place(0, 0), _place(900, 0)], [0, 90], [_way(open_s=()), _way()])
    assert [s.keeping for s in found] == [Keeping.INSIDE]


def test_standing_has_a_time_and_no_length() -> None:
    found = judge_track([_place(0, 80), _place(0, 80), _place(0, 0)], [0, 300, 310], [_way()])
    assert [s.keeping for s in found] == [Keeping.OUTSIDE, Keeping.INSIDE]
    assert found[0].length_m == pytest.approx(30, abs=0.1)
    assert found[0].to_s == pytest.approx(303.75, abs=0.05)


def test_nothing_is_said_of_a_gap() -> None:
    at = [0, 600, 1201, 1300]
    places = [_place(0, 0), _place(100, 0), _place(100, 400), _place(100, 500)]
    found = judge_track(places, at, [_way()])
    kinds = [Keeping.INSIDE, Keeping.GAP, Keeping.OUTSIDE]
    assert [s.keeping for s in found] == kinds
    assert (found[1].from_s, found[1].to_s) == (600, 1201)


def test_without_corridors_all_is_outside() -> None:
    (only,) = judge_track([_place(0, 0), _place(100, 0)], [0, 10], [])
    assert (only.keeping, only.farthest_m) == (Keeping.OUTSIDE, math.inf)


@pytest.mark.parametrize(("half_width_m", "keeping"), [(50.01, Keeping.INSIDE), (49.99, Keeping.OUTSIDE)])
def test_the_edge_lies_where_it_is_said(half_width_m: float, keeping: Keeping) -> None:
    (only,) = judge_track([_place(500, 50), _place(600, 50)], [0, 10], [_way(half_width_m=half_width_m)])
    assert only.keeping is keeping


def test_what_is_no_track_is_refused() -> None:
    with pytest.raises(CoordinateError, match="两个"):
        judge_track([AT], [0], [_way()])
    with pytest.raises(CoordinateError, match="第 3 个"):
        judge_track([AT, AT, AT], [0, 5, 4], [_way()])


def _random(seed: int) -> tuple[list[tuple[float, float]], list[float], list[Corridor]]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    xy = np.cumsum(rng.normal(0, 250, (n, 2)), axis=0) + [800, 0]
    at = np.cumsum(rng.integers(0, 90, n)).astype(float)
    cuts = np.sort(rng.uniform(0, 500, 4))
    other = Corridor(shapely.LineString([_place(600, -900), _place(700, 900)]), 120.0, ((cuts[2], cuts[3]),))
    return [_place(*p) for p in xy], at.tolist(), [_way(open_s=((cuts[0], cuts[1]),)), other]


def _sampled(
    places: list[tuple[float, float]], at: list[float], corridors: list[Corridor], second: float
) -> str | None:
    """Judge one instant by geodesic distance to dense points of the middles; None within a metre of an edge."""
    lon = float(np.interp(second, at, [p[0] for p in places]))
    lat = float(np.interp(second, at, [p[1] for p in places]))
    best = "outside"
    for corridor in corridors:
        points = shapely.get_coordinates(shapely.segmentize(corridor.line, 2e-5))
        _, _, away = GEOD.inv(
            np.full(len(points), lon), np.full(len(points), lat), points[:, 0], points[:, 1]
        )
        if abs(away.min() - corridor.half_width_m) < 1.5:
            return None
        if away.min() < corridor.half_width_m:
            is_open = any(a <= second < b for a, b in corridor.open_s)
            best = "inside" if is_open or best == "inside" else "closed"
    return best


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6))
def test_every_instant_is_judged_as_by_plain_distances(seed: int) -> None:
    places, at, corridors = _random(seed)
    found = judge_track(places, at, corridors)
    assert found[0].from_s == at[0]
    assert found[-1].to_s == at[-1]
    assert all(a.to_s == pytest.approx(b.from_s) for a, b in itertools.pairwise(found))
    whole = sum(s.length_m for s in found)
    lon, lat = zip(*places, strict=True)
    assert whole == pytest.approx(GEOD.line_length(lon, lat), abs=0.05)
    for second in np.linspace(at[0], at[-1], 23)[1:-1]:
        stretch = next((s for s in found if s.from_s + 0.1 < second < s.to_s - 0.1), None)
        expected = _sampled(places, at, corridors, float(second))
        if stretch is not None and expected is not None and len(set(at)) == len(at):
            assert stretch.keeping.value == expected, second


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6))
def test_one_more_corridor_never_adds_what_is_outside(seed: int) -> None:
    places, at, corridors = _random(seed)

    def outside(some: list[Corridor]) -> float:
        return sum(s.length_m for s in judge_track(places, at, some) if s.keeping is Keeping.OUTSIDE)

    assert outside(corridors) <= outside(corridors[:1]) + 1e-6
