"""Plans tied to the ground: a plan solved by hand, the ties themselves, and what a similarity keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from geo.errors import CoordinateError
from geo.plan_fit import Tie, angle_between_deg, fit_plan

GEOD = Geod(ellps="GRS80")
pixels = st.floats(0, 4000)


def _tie(x: float, y: float, bearing_deg: float, distance_m: float) -> Tie:
    lon, lat, _ = GEOD.fwd(114.06, 22.54, bearing_deg, distance_m)
    return Tie(x, y, lon, lat)


def test_a_plan_with_north_to_the_right() -> None:
    """From the ties 100 pixels upward is 50 m east: half a metre a pixel, the upper edge points east, north lies left."""
    fit = fit_plan(Tie(200, 300, 114.06, 22.54), _tie(200, 200, 90, 50))
    assert fit.scale_m_per_px == pytest.approx(0.5)
    assert fit.up_bearing_deg == pytest.approx(90)
    assert fit.north_deg == pytest.approx(270)
    # 100 pixels to the left of the first tie is 50 m north of it.
    lon, lat = fit.lonlat([[100, 300]])[0]
    bearing, _, distance = GEOD.inv(114.06, 22.54, lon, lat)
    assert distance == pytest.approx(50)
    assert angle_between_deg(bearing, 0) == pytest.approx(0, abs=1e-6)


@given(pixels, pixels, pixels, pixels, st.floats(0, 360), st.floats(5, 3000), pixels, pixels)
def test_ties_come_out_exactly_and_shapes_are_kept(
    x1: float, y1: float, x2: float, y2: float, bearing: float, distance: float, x: float, y: float
) -> None:
    length = float(np.hypot(x2 - x1, y2 - y1))
    assume(length >= 20)
    assume(distance / length < 50)
    assume(distance / length * 6000 < 90_000)
    first, second = Tie(x1, y1, 114.06, 22.54), _tie(x2, y2, bearing, distance)
    fit = fit_plan(first, second)
    for tie in (first, second):
        assert _apart(fit.lonlat([[tie.x_px, tie.y_px]])[0], (tie.lon, tie.lat)) < 1e-3
    # Distances on the ground go with distances on the picture, from the first tie exactly.
    expected = float(np.hypot(x - x1, y - y1)) * distance / length
    assert _apart(fit.lonlat([[x, y]])[0], (first.lon, first.lat)) == pytest.approx(expected, abs=1e-3)
    # The ties named the other way round lay the picture in the same place, but for the curve of the earth.
    other = fit_plan(second, first)
    assert other.scale_m_per_px == pytest.approx(fit.scale_m_per_px)
    assert _apart(other.lonlat([[x, y]])[0], fit.lonlat([[x, y]])[0]) < 0.02 + 1e-4 * max(expected, distance)


def _apart(a: object, b: object) -> float:
    (lon1, lat1), (lon2, lat2) = np.asarray(a), np.asarray(b)
    return float(GEOD.inv(lon1, lat1, lon2, lat2)[2])


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (_tie(203, 300, 90, 50), "像素"),
        (Tie(200, 300, 114.06, 22.54), "像素"),
        (_tie(900, 300, 90, 1), "米"),
        (_tie(900, 300, 90, 30_000), "不像"),
        (_tie(215, 300, 90, 5_000), "不像"),
    ],
)
def test_ties_that_cannot_be_are_refused(second: Tie, words: str) -> None:
    with pytest.raises(CoordinateError, match=words):
        fit_plan(Tie(200, 300, 114.06, 22.54), second)
