"""Plumes, puffs and short releases: published and worked values, conservation of mass, limits, order."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, simpson
from scipy.optimize import brentq, minimize_scalar

from geo.errors import HazardError
from geo.hazard.atmosphere import StabilityClass, Terrain
from geo.hazard.plume import PlumeSource, plume_concentration, plume_half_width_m, plume_reach
from geo.hazard.puff import (
    PuffSource,
    gaussian_puff,
    puff_concentration,
    puff_peak,
    puff_radius_m,
    puff_reach,
)
from geo.hazard.reach import ReachStatus
from geo.hazard.short_release import (
    of_duration,
    puff_train_concentration,
    release_half_width_m,
    release_peak,
    release_reach,
)
from geo.hazard.sigmas import plume_sigmas, puff_sigmas

A, B, C, D, E, F = StabilityClass
RURAL, URBAN = Terrain.RURAL, Terrain.URBAN
CL2_PER_PPM = 70.906e-6 / 24.465
ALL = list(itertools.product(StabilityClass, Terrain))


@pytest.mark.parametrize(
    ("terrain", "x", "cells"),
    [
        (RURAL, 500, {A: (107.35, 100.0), B: (78.07, 60.0), C: (53.67, 38.14), D: (39.04, 22.68), E: (29.28, 13.04), F: (19.52, 6.96)}),
        (RURAL, 1000, {D: (76.28, 37.95), F: (38.14, 12.31)}),
        (RURAL, 10_000, {D: (565.69, 150.0), F: (282.84, 40.0)}),
        (URBAN, 500, {A: (146.06, 146.97), B: (146.06, 146.97), C: (100.42, 100.0), D: (73.03, 65.28), E: (50.21, 30.24), F: (50.21, 30.24)}),
    ],
)  # fmt: skip
def test_sigmas_to_the_digits_of_the_worked_values(
    terrain: Terrain, x: float, cells: dict[StabilityClass, tuple[float, float]]
) -> None:
    for stability, expected in cells.items():
        assert [round(float(s), 2) for s in plume_sigmas(x, stability, terrain)] == list(expected)


def test_sigmas_very_near_to_eight_digits() -> None:
    assert [round(float(s), 8) for s in plume_sigmas(1.2, D, RURAL)] == [0.09599424, 0.07193529]


@pytest.mark.parametrize(("stability", "terrain"), ALL)
def test_sigmas_grow_with_distance(stability: StabilityClass, terrain: Terrain) -> None:
    for sigma in plume_sigmas(np.geomspace(0.1, 10_000, 500), stability, terrain):
        assert (np.diff(sigma) > 0).all()
    for sigma in puff_sigmas(np.geomspace(0.1, 10_000, 500), stability):
        assert (np.diff(sigma) > 0).all()


@pytest.mark.parametrize("x", [0.0, 0.09, 10_000.1, -5.0, float("nan")])
def test_no_sigma_outside_the_curves(x: float) -> None:
    with pytest.raises(HazardError, match="下风向距离"):
        plume_sigmas(x, D, RURAL)


def test_a_chimney_of_sixty_metres() -> None:
    smoke = PlumeSource(0.080, 6.0, D, height_m=60.0)
    in_grams = 1000 * plume_concentration(smoke, 500.0, [0.0, 50.0])
    assert [f"{c:.4g}" for c in in_grams] == ["0.0001448", "6.374e-05"]
    assert in_grams[0] == pytest.approx(1.4477e-4, rel=4e-5)
    best = minimize_scalar(
        lambda x: -1e6 * float(plume_concentration(smoke, x)), bounds=(100, 5000), method="bounded"
    )
    assert round(best.x) == 1039
    assert -best.fun / 1000 == pytest.approx(4.2085e-4, rel=5e-5)


def test_a_ground_release_in_stable_air() -> None:
    assert float(plume_concentration(PlumeSource(0.1, 2.0, F), 500.0)) == pytest.approx(1.1722e-4, rel=5e-5)


@pytest.mark.parametrize(
    ("terrain", "ppm", "expected"),
    [(RURAL, 20, 565.5), (RURAL, 2, 2318), (RURAL, 0.5, 6074), (URBAN, 20, 230.2), (URBAN, 2, 791.1), (URBAN, 0.5, 1783)],
)  # fmt: skip
def test_how_far_a_kilogram_of_chlorine_a_second_goes(terrain: Terrain, ppm: float, expected: float) -> None:
    found = plume_reach(PlumeSource(1.0, 5.0, D, terrain), ppm * CL2_PER_PPM)
    assert found.distance_m == pytest.approx(expected, abs=0.51 if expected > 1000 else 0.06)
    assert found.status is ReachStatus.WITHIN


def test_beyond_ten_kilometres_is_an_answer() -> None:
    still = PlumeSource(1.0, 1.5, F)
    assert plume_reach(still, 20 * CL2_PER_PPM).distance_m == pytest.approx(3788, abs=0.6)
    far = plume_reach(still, 2 * CL2_PER_PPM)
    assert (far.distance_m, far.status) == (10_000.0, ReachStatus.BEYOND)


def test_nearer_than_a_metre_and_nearer_than_the_data_are_said() -> None:
    assert plume_reach(PlumeSource(1e-6, 5.0, A), 1.0).status is ReachStatus.NEARER
    near = plume_reach(PlumeSource(0.01, 5.0, D), 20 * CL2_PER_PPM)
    assert near.distance_m < 100
    assert near.is_extrapolated


@pytest.mark.parametrize(("stability", "terrain"), ALL)
@pytest.mark.parametrize("height", [0.0, 40.0])
def test_what_leaves_passes_every_section(stability: StabilityClass, terrain: Terrain, height: float) -> None:
    source = PlumeSource(2.5, 3.0, stability, terrain, height)
    for x in (100.0, 1000.0, 9000.0):
        wide, high = (float(s) for s in source.sigmas(x))
        y = np.linspace(-8 * wide, 8 * wide, 801)
        z = np.linspace(0.0, height + 8 * high, 1601)
        across = plume_concentration(source, x, y[:, None], z[None, :])
        assert simpson(simpson(across, x=z), x=y) * 3.0 == pytest.approx(2.5, rel=1e-6)


def test_the_mass_of_a_puff_stays() -> None:
    source = PuffSource(7.0, 2.0, D)
    wide, high = (float(s) for s in puff_sigmas(400.0, D))
    x = np.linspace(400 - 8 * wide, 400 + 8 * wide, 161)
    y = np.linspace(-8 * wide, 8 * wide, 161)
    z = np.linspace(0, 8 * high, 161)
    cloud = puff_concentration(source, x[:, None, None], y[None, :, None], z[None, None, :], 200.0)
    assert simpson(simpson(simpson(cloud, x=z), x=y), x=x) == pytest.approx(7.0, rel=1e-6)


def test_a_puff_of_one_kilogram_in_stable_air() -> None:
    assert [round(float(s), 4) for s in puff_sigmas(500.0, F)] == [5.0479, 2.2148]
    at_middle = float(puff_concentration(PuffSource(1.0, 2.0, F), 500.0, 0.0, 0.0, 250.0))
    assert at_middle == pytest.approx(2.2500e-3, rel=5e-5)
    assert at_middle / CL2_PER_PPM == pytest.approx(776, abs=0.6)


@given(
    rate=st.floats(1e-3, 1e3), wind=st.floats(1, 30), case=st.sampled_from(ALL), height=st.sampled_from([0.0, 30.0]),
    threshold=st.floats(1e-8, 1e-3), more=st.floats(1.0, 10.0),
)  # fmt: skip
@settings(deadline=None)
def test_more_mass_and_a_lower_threshold_never_shrink_a_plume(
    rate: float,
    wind: float,
    case: tuple[StabilityClass, Terrain],
    height: float,
    threshold: float,
    more: float,
) -> None:
    def reach(q: float, limit: float) -> float:
        found = plume_reach(PlumeSource(q, wind, *case, height), limit)
        return 0.0 if found.status is ReachStatus.NEARER else found.distance_m

    base = reach(rate, threshold)
    assert reach(rate * more, threshold) >= base * (1 - 1e-9)
    assert reach(rate, threshold / more) >= base * (1 - 1e-9)


@given(case=st.sampled_from(ALL), x=st.floats(1, 9000), farther=st.floats(1.001, 1.1))
@settings(deadline=None)
def test_on_the_ground_farther_is_less(
    case: tuple[StabilityClass, Terrain], x: float, farther: float
) -> None:
    near, far = plume_concentration(PlumeSource(1.0, 3.0, *case), [x, x * farther])
    assert far < near
    near, far = puff_peak(PuffSource(1.0, 3.0, case[0]), [x, x * farther])
    assert far < near


def test_upwind_there_is_nothing() -> None:
    assert plume_concentration(PlumeSource(1.0, 3.0, D), [-100.0, 0.0, 0.05]).tolist() == [0, 0, 0]


def test_widths_are_where_the_concentration_is_the_threshold() -> None:
    plume, puff = PlumeSource(1.0, 5.0, D, RURAL, 20.0), PuffSource(50.0, 2.0, C)
    for x in (150.0, 400.0):
        y = float(plume_half_width_m(plume, x, 1e-5))
        assert y > 0
        assert float(plume_concentration(plume, x, y)) == pytest.approx(1e-5)
        r = float(puff_radius_m(puff, x, 1e-4))
        for dx, dy in ((r, 0), (0, r), (0.6 * r, -0.8 * r)):
            assert float(puff_concentration(puff, x + dx, dy, 0.0, x / 2.0)) == pytest.approx(1e-4)
        half = float(release_half_width_m(plume, 60.0, x, 1e-5))
        assert 0 < half <= y


@pytest.mark.parametrize("averaging", [20.0, 60.0, 600.0, 3600.0])
def test_averaging_longer_widens_and_thins(averaging: float) -> None:
    wide, high = plume_sigmas(1000.0, D, RURAL, averaging_time_s=averaging)
    assert float(wide) == pytest.approx(76.28 * (averaging / 600) ** 0.2, rel=1e-4)
    assert float(high) == pytest.approx(37.947, rel=1e-4)


@pytest.mark.parametrize(("stability", "terrain"), ALL)
def test_puffs_following_one_another_make_the_plume(stability: StabilityClass, terrain: Terrain) -> None:
    """The plume is the integral of puffs of the width they have at the receptor: worked out by quadrature."""
    source = PlumeSource(1.5, 4.0, stability, terrain, 15.0)
    x, y, z = 800.0, 30.0, 10.0
    wide, high = (float(s) for s in source.sigmas(x))

    def arriving(t: float) -> float:
        return float(
            gaussian_puff(x - 4.0 * t, y, z, mass_kg=1.5, sigma_xy_m=wide, sigma_z_m=high, height_m=15.0)
        )

    total = quad(arriving, x / 4 - 10 * wide / 4, x / 4 + 10 * wide / 4, epsabs=0, epsrel=1e-10, limit=200)[0]
    assert total == pytest.approx(float(plume_concentration(source, x, y, z)), rel=1e-8)


@pytest.mark.parametrize("duration", [5.0, 40.0, 400.0])
def test_the_peak_of_a_short_release_is_the_largest_sum_of_puffs(duration: float) -> None:
    """A train of puffs, each as wide as it is by then, against the closed form with the width at the receptor; it comes a little early."""
    source = PlumeSource(1.0, 4.0, D)
    times = 600.0 / 4.0 + np.linspace(0.0, duration, 41)
    train = [float(puff_train_concentration(source, duration, 600.0, 0.0, 0.0, time_s=t)) for t in times]
    assert max(train) == pytest.approx(float(release_peak(source, duration, 600.0)), rel=0.03)


@pytest.mark.parametrize(("stability", "terrain"), ALL)
def test_a_long_release_is_the_plume_and_a_short_one_a_puff(
    stability: StabilityClass, terrain: Terrain
) -> None:
    source = PlumeSource(1.0, 4.0, stability, terrain)
    x = np.array([100.0, 1000.0, 9000.0])
    assert release_peak(source, 86_400.0, x) == pytest.approx(plume_concentration(source, x), rel=1e-12)
    wide, high = source.sigmas(x)
    puff = gaussian_puff(0, 0, 0, mass_kg=0.01, sigma_xy_m=wide, sigma_z_m=high)
    assert release_peak(source, 0.01, x) == pytest.approx(puff, rel=1e-5)


@pytest.mark.parametrize(("stability", "terrain"), ALL)
def test_there_is_no_step_where_a_short_release_becomes_a_plume(
    stability: StabilityClass, terrain: Terrain
) -> None:
    source = of_duration(PlumeSource(1.0, 4.0, stability, terrain), 300.0)
    x = 4.0 * 300.0  # the way the wind goes meanwhile
    share = float(release_peak(source, 300.0, x)) / float(plume_concentration(source, x))
    assert 0.97 < share <= 1.0


def test_a_longer_release_reaches_no_nearer() -> None:
    source = PlumeSource(1.0, 2.0, E)
    reaches = [release_reach(source, t, 1e-5).distance_m for t in (1, 10, 100, 1000, 10_000)]
    assert reaches == sorted(reaches)
    assert reaches[-1] == pytest.approx(plume_reach(source, 1e-5).distance_m)


def test_the_reach_of_a_puff_against_a_plain_root() -> None:
    puff = PuffSource(100.0, 3.0, D)
    plain = brentq(
        lambda x: 100.0 * 2 / ((2 * np.pi) ** 1.5 * (0.06 * x**0.92) ** 2 * 0.15 * x**0.70) - 1e-4, 10, 1e4
    )
    assert puff_reach(puff, 1e-4).distance_m == pytest.approx(plain)


def test_many_receptors_at_once_are_each_one_alone() -> None:
    source = PlumeSource(1.0, 3.0, C, URBAN, 25.0)
    x, y = np.meshgrid(np.linspace(-50, 3000, 40), np.linspace(-300, 300, 31))
    together = plume_concentration(source, x, y, 1.5)
    alone = [
        [float(plume_concentration(source, a, b, 1.5)) for a, b in zip(r, s, strict=True)]
        for r, s in zip(x, y, strict=True)
    ]
    assert together == pytest.approx(np.array(alone), rel=1e-12)


@pytest.mark.parametrize(
    "changed",
    [{"rate_kg_s": 0.0}, {"rate_kg_s": -1.0}, {"wind_speed_m_s": 0.0}, {"wind_speed_m_s": 60.0}, {"height_m": -1.0}, {"averaging_time_s": 5.0}],
)  # fmt: skip
def test_a_source_that_cannot_be_is_refused(changed: dict[str, float]) -> None:
    given_ = {"rate_kg_s": 1.0, "wind_speed_m_s": 3.0, "stability": D} | changed
    with pytest.raises(HazardError) as refused:
        PlumeSource(**given_)
    assert refused.value.field == next(iter(changed))
