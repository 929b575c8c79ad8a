"""Pool fires and fireballs: worked tables, view factors against integration, energy, limits."""

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

from geo.errors import HazardError
from geo.hazard.fireball import Fireball, fireball_flux_w_m2, fireball_reach
from geo.hazard.pool_fire import (
    FireModel,
    PoolFire,
    burning_rate_kg_m2_s,
    cylinder_view_factors,
    pool_fire_flux_w_m2,
    pool_fire_reach,
    transmissivity,
)
from geo.hazard.reach import ReachStatus

PETROL = PoolFire(10.0, 0.055, 43.7e6, air_density_kg_m3=1.2)
POOL_ROWS = {  # x: F_V, F_H, τ, solid, point with τ, point in clear air
    20.0: (0.102176, 0.040146, 0.8379, 5.16, 11.01, 13.14),
    30.0: (0.052660, 0.014476, 0.8002, 2.45, 4.67, 5.84),
    50.0: (0.020340, 0.003376, 0.7590, 0.88, 1.60, 2.10),
}


def test_the_flame_of_the_worked_pool() -> None:
    assert PETROL.flame_length_m == pytest.approx(15.817, abs=5e-4)
    assert PETROL.emissive_power_w_m2 / 1000 == pytest.approx(56.14, abs=5e-3)


@pytest.mark.parametrize("x", POOL_ROWS)
def test_the_worked_pool_row_by_row(x: float) -> None:
    f_v, f_h, tau, solid, point, clear = POOL_ROWS[x]
    found = cylinder_view_factors(x, diameter_m=10.0, length_m=PETROL.flame_length_m)
    assert [float(f) for f in found] == pytest.approx([f_v, f_h], abs=1e-6)
    assert float(transmissivity(x - 5.0, 293.15, 0.5)) == pytest.approx(tau, abs=5e-5)
    kw = [
        float(pool_fire_flux_w_m2(PETROL, x)),
        float(pool_fire_flux_w_m2(PETROL, x, model=FireModel.POINT_SOURCE)),
        float(pool_fire_flux_w_m2(PETROL, x, model=FireModel.POINT_SOURCE, is_clear_air=True)),
    ]
    assert [round(q / 1000, 2) for q in kw] == [solid, point, clear]


def _integrated_view(x: float, radius: float, length: float, *, is_vertical: bool) -> float:
    """∫ cos β₁ cos β₂/(π s²) dA over the part of the side that the target sees."""
    limit = math.acos(radius / x)

    def part(z: float, phi: float) -> float:
        to_flame = np.array([radius * math.cos(phi) - x, radius * math.sin(phi), z])
        s2 = float(to_flame @ to_flame)
        at_flame = -(to_flame[0] * math.cos(phi) + to_flame[1] * math.sin(phi))
        at_target = -to_flame[0] if is_vertical else to_flame[2]
        return max(at_flame, 0.0) * max(at_target, 0.0) / (math.pi * s2**2) * radius

    return dblquad(part, -limit, limit, 0, length, epsabs=1e-10, epsrel=1e-9)[0]


@pytest.mark.parametrize(
    ("x", "diameter", "length"), [(20.0, 10.0, 15.8), (7.0, 10.0, 3.0), (300.0, 40.0, 60.0)]
)
def test_view_factors_against_integration_over_the_flame(x: float, diameter: float, length: float) -> None:
    vertical, horizontal = cylinder_view_factors(x, diameter_m=diameter, length_m=length)
    assert float(vertical) == pytest.approx(
        _integrated_view(x, diameter / 2, length, is_vertical=True), rel=1e-6
    )
    assert float(horizontal) == pytest.approx(
        _integrated_view(x, diameter / 2, length, is_vertical=False), rel=1e-6
    )


def test_far_away_a_flame_is_its_shadow_over_pi_times_the_square() -> None:
    vertical, _ = cylinder_view_factors(5000.0, diameter_m=10.0, length_m=15.0)
    assert float(vertical) == pytest.approx(10.0 * 15.0 / (math.pi * 5000.0**2), rel=1e-3)


def test_a_point_radiates_its_share_through_every_sphere() -> None:
    heat = 0.35 * 0.055 * math.pi / 4 * 100 * 43.7e6
    for x in (25.0, 400.0):
        flux = float(pool_fire_flux_w_m2(PETROL, x, model=FireModel.POINT_SOURCE, is_clear_air=True))
        assert flux * 4 * math.pi * x**2 == pytest.approx(heat)


@pytest.mark.parametrize("model", FireModel)
def test_heat_falls_with_distance_and_the_reach_gives_it_back(model: FireModel) -> None:
    x = np.linspace(5.01, 900, 3000)
    flux = pool_fire_flux_w_m2(PETROL, x, model=model)
    assert (np.diff(flux) < 0).all()
    for threshold in (12.5e3, 4e3, 1.6e3):
        found = pool_fire_reach(PETROL, threshold, model=model)
        assert found.status is ReachStatus.WITHIN
        assert float(pool_fire_flux_w_m2(PETROL, found.distance_m, model=model)) == pytest.approx(threshold)


def test_the_limits_of_both_models_are_said() -> None:
    smoky = PoolFire(50.0, 0.055, 43.7e6)
    assert pool_fire_reach(smoky, 37.5e3).status is ReachStatus.NEARER  # its surface gives 20 kW/m²
    assert pool_fire_reach(PETROL, 12.5e3, model=FireModel.POINT_SOURCE).is_extrapolated  # within 2.5 D
    assert not pool_fire_reach(PETROL, 4e3, model=FireModel.POINT_SOURCE).is_extrapolated
    with pytest.raises(HazardError, match="距离"):
        pool_fire_flux_w_m2(PETROL, 5.0)


@pytest.mark.parametrize(
    ("measured", "heat", "latent", "capacity", "boiling"),
    [(0.085, 40.58e6, 393.7e3, 1905.0, 353.22), (0.078, 50.03e6, 510.8e3, 3481.0, 111.67), (0.099, 46.34e6, 425.6e3, 2246.0, 231.04)],
)  # fmt: skip
def test_estimated_burning_rates_lie_near_measured_ones(
    measured: float, heat: float, latent: float, capacity: float, boiling: float
) -> None:
    found = burning_rate_kg_m2_s(
        heat_of_combustion_j_kg=heat, latent_heat_j_kg=latent, heat_capacity_j_kg_k=capacity, boiling_temperature_k=boiling,
        air_temperature_k=293.15,
    )  # fmt: skip
    assert found == pytest.approx(measured, rel=1 / 3)


def test_the_worked_fireball_of_a_hundred_tonnes() -> None:
    ball = Fireball(100e3, 46.35e6, emitted_share=0.25)
    assert [round(v, 2) for v in (ball.diameter_m, ball.duration_s, ball.centre_height_m)] == [
        269.21,
        17.71,
        201.91,
    ]
    assert round(ball.emissive_power_w_m2 / 1000, 1) == 287.3
    line = math.hypot(200.0, ball.centre_height_m)
    assert float(transmissivity(line - ball.diameter_m / 2, 298.15, 0.5)) == pytest.approx(0.6628, abs=5e-5)
    assert ball.diameter_m**2 / (4 * line**2) == pytest.approx(0.22433, abs=5e-6)
    found = [float(fireball_flux_w_m2(ball, 200.0, is_upright=u)) / 1000 for u in (False, True)]
    assert found == pytest.approx([42.72, 30.06], abs=6e-3)


def test_the_worked_fireball_of_twenty_tonnes() -> None:
    ball = Fireball(20e3, 46.35e6)
    assert [round(v, 2) for v in (ball.diameter_m, ball.duration_s, ball.centre_height_m)] == [
        157.44,
        12.21,
        118.08,
    ]
    assert round(ball.emissive_power_w_m2 / 1000, 1) == 292.4
    found = [float(fireball_flux_w_m2(ball, 300.0, is_upright=u)) / 1000 for u in (False, True)]
    assert found == pytest.approx([11.06, 10.29], abs=6e-3)


def test_all_the_radiated_heat_leaves_the_ball() -> None:
    ball = Fireball(5e3, 46e6, emitted_share=0.4)
    released = ball.emissive_power_w_m2 * math.pi * ball.diameter_m**2 * ball.duration_s
    assert released == pytest.approx(0.4 * 5e3 * 46e6)


def test_the_two_durations_meet_at_thirty_tonnes() -> None:
    below, above = Fireball(29_999.0, 46e6).duration_s, Fireball(30_000.0, 46e6).duration_s
    assert below == pytest.approx(above, rel=0.04)


def test_a_fireballs_reach_and_where_it_is_nowhere_hot_enough() -> None:
    ball = Fireball(20e3, 46.35e6)
    for threshold in (25e3, 4e3):
        found = fireball_reach(ball, threshold)
        assert float(fireball_flux_w_m2(ball, found.distance_m)) == pytest.approx(threshold)
    nowhere = fireball_reach(Fireball(2.0, 2e6), 37.5e3)
    assert (nowhere.distance_m, nowhere.status) == (0.0, ReachStatus.NOT_REACHED)
    masses = [fireball_reach(Fireball(m, 46e6), 4e3).distance_m for m in (10, 1e3, 29_999, 30_000, 1e6)]
    assert masses[:3] == sorted(masses[:3])
    assert masses[3:] == sorted(masses[3:])


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: PoolFire(0.0, 0.05, 4e7), "diameter_m"), (lambda: PoolFire(5.0, 0.05, 0.0), "heat_of_combustion_j_kg"),
        (lambda: PoolFire(5.0, 0.05, 4e7, relative_humidity=1.2), "relative_humidity"), (lambda: Fireball(0.0, 4e7), "mass_kg"),
        (lambda: Fireball(10.0, 4e7, emitted_share=0.9), "emitted_share"), (lambda: fireball_reach(Fireball(10.0, 4e7), 0.0), "heat_flux_w_m2"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(call, field: str) -> None:
    with pytest.raises(HazardError) as refused:
        call()
    assert refused.value.field == field


def test_dry_air_hides_no_more_than_one_percent_of_humidity_would() -> None:
    assert float(transmissivity(100.0, 293.15, 0.0)) == float(transmissivity(100.0, 293.15, 0.01))
    assert float(transmissivity(0.0, 293.15, 0.5)) == 1.0
