"""Britter and McQuaid: the LNG trial, the joins of the curves, the rule that chooses, sizes of clouds."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from geo.errors import HazardError
from geo.hazard import _dense_curves
from geo.hazard.dense_gas import (
    DenseCloud,
    dense_plume_half_width_m,
    dense_plume_upwind_m,
    dense_puff_radius_m,
    dense_reach,
    dense_volume_fraction,
    is_dense,
    is_steady_at,
)
from geo.hazard.reach import ReachStatus

LNG = DenseCloud(1.76, 111.15, 10.9, 1.224, 298.0, volume_rate_m3_s=0.23 * 425.6 / 1.76)
AIR = {"wind_speed_m_s": 3.0, "air_density_kg_m3": 1.2, "air_temperature_k": 293.0}


def test_the_lng_trial_to_the_digits_given() -> None:
    assert LNG.volume_rate_m3_s == pytest.approx(55.618, abs=5e-4)
    assert LNG.reduced_gravity_m_s2 == pytest.approx(4.296, abs=5e-4)
    assert LNG.length_m == pytest.approx(2.2589, abs=5e-5)
    assert LNG.alpha == pytest.approx(-0.4352, abs=5e-5)
    assert round(dense_reach(LNG, 0.05, is_linear=True).distance_m, 1) == 364.5
    assert round(dense_reach(LNG, 0.05).distance_m, 1) == 361.5


def test_a_public_package_has_the_same_trial_in_its_own_air() -> None:
    """GasDispersion.jl's published values, near, between and past the curves: air at 298 K as a perfect gas, 1.1847 kg/m³."""
    there = dense_volume_fraction(
        replace(LNG, air_density_kg_m3=1.1847), [2.26 * 20, 367.0, 1200.0], is_linear=True
    )
    assert there.tolist() == pytest.approx(
        [0.6720234544594696, 0.05071175952024219, 0.004920569368181627], rel=1e-4
    )
    assert f"{there[1]:.4f}" == "0.0507"


def test_the_correction_for_cold_at_the_lng_trial() -> None:
    # C* = C/(C + (1 - C) Ta/T0) of 5 % is 0.01925: what an isothermal cloud would have there
    warm = DenseCloud(1.76, 298.0, 10.9, 1.224, 298.0, volume_rate_m3_s=LNG.volume_rate_m3_s)
    there = dense_reach(LNG, 0.05).distance_m
    assert float(dense_volume_fraction(warm, there)) == pytest.approx(0.01925, abs=5e-6)


CURVES = {  # α: log10 of x/D at 0.1, 0.05, 0.02, 0.01, 0.005, 0.002; of x/V^⅓ at the same and 0.001, worked out by hand
    -0.75: ((1.75, 1.92, 2.08, 2.25, 2.40, 2.60), (0.70, 0.85, 0.95, 1.15, 1.48, 1.83, 2.075)),
    0.0: ((1.78, 1.96, 2.16, 2.35, 2.56, 2.71), (0.81, 1.0, 1.19, 1.39, 1.62, 1.83, 2.05)),
    0.75: ((1.405, 1.54, 1.755, 1.96, 2.1925, 2.335), (0.93, 1.03, 1.185, 1.375, 1.525, 1.68, 1.8475)),
}
RATIOS = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


@pytest.mark.parametrize("alpha", CURVES)
def test_the_curves_at_three_alphas(alpha: float) -> None:
    warm = {"density_kg_m3": 3.0, "temperature_k": 293.0} | AIR
    g0, u = 9.81 * (3.0 - 1.2) / 1.2, 3.0
    plume = DenseCloud(volume_rate_m3_s=10 ** (5 * alpha) * u**5 / g0**2, **warm)
    puff = DenseCloud(volume_m3=(10 ** (2 * alpha) * u**2 / g0) ** 3, **warm)
    for cloud, betas in zip((plume, puff), CURVES[alpha], strict=True):
        assert cloud.alpha == pytest.approx(alpha)
        for ratio, beta in zip(RATIOS, betas, strict=False):
            there = float(dense_volume_fraction(cloud, 10**beta * cloud.length_m))
            assert there == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("alpha", [-1.0, -0.75, -0.435, -0.2, 0.0, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("ratio", [_dense_curves.plume_ratio, _dense_curves.puff_ratio])
def test_concentration_falls_without_a_step(ratio, alpha: float) -> None:
    x = np.geomspace(0.01, 1e5, 40_000)
    for is_linear in (True, False):
        found = ratio(x, alpha, is_linear=is_linear)
        assert found[0] == pytest.approx(1.0, abs=1e-3)
        assert (np.diff(found) < 0).all()
        # a step would show as a drop far beyond what a slope of 12 allows between neighbours
        assert (found[1:] / found[:-1] > (x[0] / x[1]) ** 12).all()


def _limits(table) -> list[tuple[float, float]]:
    return [(c, limit) for c, pieces in table.items() for limit, _, _ in pieces if math.isfinite(limit)]


@pytest.mark.parametrize("table", [_dense_curves.PLUME, _dense_curves.PUFF])
def test_the_pieces_of_each_curve_meet(table) -> None:
    """Where the handbook's straight pieces join they differ by no more than its rounding (a twentieth of a decade)."""
    for ratio, limit in _limits(table):
        row = list(table).index(ratio)
        below, above = (_dense_curves.anchors(table, limit + d)[1][row] for d in (0.0, 1e-9))
        assert below == pytest.approx(above, abs=0.05), (ratio, limit)


@pytest.mark.parametrize("table", [_dense_curves.PLUME, _dense_curves.PUFF])
def test_weaker_concentrations_lie_farther(table) -> None:
    for alpha in np.linspace(-2, 1.5, 300):
        assert (np.diff(_dense_curves.anchors(table, alpha)[1]) > 0).all()


def test_past_the_last_curve_it_falls_with_the_square() -> None:
    near, far = dense_volume_fraction(LNG, [2000.0, 4000.0])
    assert far == pytest.approx(near / 4, rel=0.01)  # the correction for cold is almost 1 there


@given(
    flow=st.floats(1e-3, 1e3), wind=st.floats(1, 30), density=st.floats(1.3, 8.0), share=st.floats(1e-5, 0.5),
    more=st.floats(1, 3),
)  # fmt: skip
@settings(deadline=None)
def test_more_gas_and_a_lower_share_never_reach_less_far(
    flow: float, wind: float, density: float, share: float, more: float
) -> None:
    def reach(q: float, limit: float) -> float:
        cloud = DenseCloud(density, 240.0, wind, 1.2, 293.0, volume_rate_m3_s=q)
        found = dense_reach(cloud, limit)
        return 0.0 if found.status is ReachStatus.NEARER else found.distance_m

    base = reach(flow, share)
    # the pieces meet within their rounding, not exactly
    assert reach(flow * more, share) >= base * 0.95
    assert reach(flow, share / more) >= base * (1 - 1e-9)


def test_the_rule_at_its_limits() -> None:
    for factor, expected in ((1.0001, True), (0.9999, False)):
        g0, u = 9.81 * (3.6 - 1.2) / 1.2, 3.0
        # (g0 q/(u³ √(q/u)))^⅓ = 0.15  →  √q = 0.15³ u^2.5/g0
        flow = (0.15**3 * u**2.5 / g0) ** 2 * factor
        assert is_dense(DenseCloud(3.6, 240.0, volume_rate_m3_s=flow, **AIR)) is expected
        # √(g0 V)/(u V^⅓) = 0.2  →  V^⅙ = 0.2 u/√g0
        volume = (0.2 * u / math.sqrt(g0)) ** 6 * factor
        assert is_dense(DenseCloud(3.6, 240.0, volume_m3=volume, **AIR)) is expected


@pytest.mark.parametrize("density", [0.7, 1.2])
def test_a_gas_no_heavier_than_air_is_never_dense(density: float) -> None:
    assert not is_dense(DenseCloud(density, 240.0, volume_m3=1e6, **AIR))
    assert not is_dense(DenseCloud(density, 240.0, volume_rate_m3_s=1e3, **AIR))


@pytest.mark.parametrize(
    ("duration", "expected"), [(500.0, True), (499.9, None), (120.1, None), (120.0, False)]
)
def test_steady_or_at_once(duration: float, *, expected: bool | None) -> None:
    assert is_steady_at(5.0, duration, 1000.0) is expected


def test_widths_against_the_figures_formulas_by_hand() -> None:
    # l = 4.2957 * 55.618/10.9^3 = 0.18449
    assert dense_plume_upwind_m(LNG) == pytest.approx(2.2589 / 2 + 2 * 0.18449, abs=1e-3)
    assert float(dense_plume_half_width_m(LNG, 0.0)) == pytest.approx(2.2589 + 8 * 0.18449, abs=1e-3)
    assert float(dense_plume_half_width_m(LNG, 100.0)) == pytest.approx(
        3.7348 + 2.5 * (0.18449 * 1e4) ** (1 / 3), abs=1e-2
    )


def test_a_cloud_spreads_as_its_own_equation_has_it() -> None:
    """R dR/dt = 0.6 √(g0 V0), integrated step by step, against the closed form."""
    cloud = DenseCloud(3.6, 240.0, volume_m3=800.0, **AIR)
    push = 0.6 * math.sqrt(cloud.reduced_gravity_m_s2 * 800.0)
    first = (3 * 800.0 / (2 * math.pi)) ** (1 / 3)
    done = solve_ivp(lambda _, r: push / r, (0, 300), [first], rtol=1e-10, atol=1e-10)
    assert float(dense_puff_radius_m(cloud, 300.0)) == pytest.approx(done.y[0, -1], rel=1e-7)


def test_at_once_the_distances_scale_with_the_cloud() -> None:
    """α depends on g0 V^⅓/u² alone: eight times the volume in √2 of the wind is the same picture twice as large."""
    small = DenseCloud(3.0, 250.0, 2.0, 1.2, 293.0, volume_m3=100.0)
    large = DenseCloud(3.0, 250.0, 2.0 * math.sqrt(2), 1.2, 293.0, volume_m3=800.0)
    assert large.alpha == pytest.approx(small.alpha)
    for share in (0.05, 0.003, 1e-4):
        assert dense_reach(large, share).distance_m == pytest.approx(2 * dense_reach(small, share).distance_m)


def test_past_the_last_curve_the_answer_is_marked() -> None:
    isothermal = DenseCloud(3.6, 293.0, volume_rate_m3_s=1.0, **AIR)
    for share, is_past in ((0.0021, False), (0.0019, True)):
        assert dense_reach(isothermal, share).is_extrapolated is is_past


def test_beyond_ten_kilometres_is_an_answer() -> None:
    found = dense_reach(DenseCloud(3.6, 240.0, volume_m3=50_000.0, **AIR), 1e-6)
    assert (found.distance_m, found.status) == (10_000.0, ReachStatus.BEYOND)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"volume_rate_m3_s": 0.0}, "volume_rate_m3_s"), ({"volume_m3": 5.0}, "volume_rate_m3_s"),
        ({"wind_speed_m_s": 0.0}, "wind_speed_m_s"), ({"temperature_k": -3.0}, "temperature_k"), ({"density_kg_m3": 0.0}, "density_kg_m3"),
    ],
)  # fmt: skip
def test_a_cloud_that_cannot_be_is_refused(changed: dict[str, float], field: str) -> None:
    sound = {"density_kg_m3": 3.6, "temperature_k": 240.0, "volume_rate_m3_s": 1.0} | AIR | changed
    with pytest.raises(HazardError) as refused:
        DenseCloud(**sound)
    assert refused.value.field == field


@pytest.mark.parametrize("share", [0.0, -1.0, 1.1])
def test_a_share_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(HazardError, match="体积分数"):
        dense_reach(LNG, share)


def test_every_combination_of_size_and_wind_has_an_answer() -> None:
    for flow, wind in itertools.product((1e-6, 1.0, 1e5), (1.0, 30.0)):
        assert (
            dense_reach(DenseCloud(4.0, 240.0, wind, 1.2, 293.0, volume_rate_m3_s=flow), 0.001).status
            in ReachStatus
        )
