"""Advice on positions: what is warned of, the exact limits, and proposals that mend what they are for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers.position_advice import (
    KEEP_OFF_M,
    ON_ROAD_M,
    SAME_SPOT_M,
    PositionFacts,
    Reference,
    WarningKind,
    judge_position,
    spots_around,
)

GEOD = Geod(ellps="WGS84")
HERE = (114.05, 22.55)


def away(distance_m: float, bearing_deg: float) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*HERE, bearing_deg, distance_m)
    return lon, lat


def reference(distance_m: float, bearing_deg: float = 90.0, name: str = "X") -> Reference:
    return Reference(name, distance_m, *away(distance_m, bearing_deg))


def kinds(facts: PositionFacts) -> list[WarningKind]:
    return [w.kind for w in judge_position(facts)]


def test_nothing_is_said_of_a_good_position() -> None:
    assert judge_position(PositionFacts(*HERE, road=reference(30), neighbour=reference(50))) == ()


@pytest.mark.parametrize(
    ("distance_m", "is_warned"), [(0.0, True), (ON_ROAD_M - 0.01, True), (ON_ROAD_M, False)]
)
def test_the_limit_of_a_road(distance_m: float, *, is_warned: bool) -> None:
    assert bool(kinds(PositionFacts(*HERE, road=reference(distance_m)))) is is_warned


@pytest.mark.parametrize(
    ("distance_m", "is_warned"), [(0.0, True), (SAME_SPOT_M - 0.01, True), (SAME_SPOT_M, False)]
)
def test_the_limit_of_a_neighbour(distance_m: float, *, is_warned: bool) -> None:
    assert bool(kinds(PositionFacts(*HERE, neighbour=reference(distance_m)))) is is_warned


@given(st.floats(0.5, 5_000), st.floats(0, 360))
def test_the_proposal_for_a_border_lies_just_beyond_it(distance_m: float, bearing_deg: float) -> None:
    (warning,) = judge_position(PositionFacts(*HERE, region=reference(distance_m, bearing_deg)))
    assert warning.kind is WarningKind.OUTSIDE_REGION
    assert warning.mended is not None
    moved_m = GEOD.inv(*HERE, *warning.mended)[2]
    assert moved_m == pytest.approx(distance_m + KEEP_OFF_M, rel=0.01, abs=0.2)


@given(st.floats(0.0, SAME_SPOT_M - 0.01), st.floats(0, 360))
def test_the_proposal_beside_a_neighbour_keeps_off(distance_m: float, bearing_deg: float) -> None:
    other = reference(distance_m, bearing_deg)
    (warning,) = judge_position(PositionFacts(*HERE, neighbour=other))
    assert warning.mended is not None
    assert GEOD.inv(other.lon, other.lat, *warning.mended)[2] == pytest.approx(KEEP_OFF_M, rel=0.02)


def test_spots_around_lie_at_their_distances() -> None:
    distances = [GEOD.inv(*HERE, *spot)[2] for spot in spots_around(*HERE)]
    expected = [KEEP_OFF_M * times for times in (1, 2, 3) for _ in range(8)]
    assert distances == pytest.approx(expected, rel=0.01)


def test_another_datum_is_named_first() -> None:
    facts = PositionFacts(
        *HERE, region=reference(600), shore=reference(20), datum=("百度坐标", "BD-09", *away(900, 200))
    )
    assert kinds(facts) == [WarningKind.OTHER_DATUM, WarningKind.OUTSIDE_REGION, WarningKind.IN_WATER]


def test_outside_of_everything_the_region_is_not_named_too() -> None:
    facts = PositionFacts(*HERE, region=reference(90_000), is_in_city=False)
    assert kinds(facts) == [WarningKind.OUTSIDE_CITY]
