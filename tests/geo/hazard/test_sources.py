"""Holes, flashing liquids and pools: published values, continuity, and differential equations step by step."""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from geo.errors import HazardError
from geo.hazard.atmosphere import StabilityClass
from geo.hazard.draining import draining_tank
from geo.hazard.pool import Ground, boiling_rate_kg_s, evaporation_rate_kg_s, pool_radius_m
from geo.hazard.release import (
    critical_pressure_ratio,
    flash_share,
    gas_rate_kg_s,
    liquid_rate_kg_s,
    release_duration_s,
    two_phase_rate_kg_s,
)

GAS = {"hole_diameter_m": 0.01, "density_kg_m3": 8.90, "gamma": 1.15}
TANK = {
    "hole_diameter_m": 0.05,
    "density_kg_m3": 800.0,
    "pressure_pa": 150_000.0,
    "head_m": 5.0,
    "tank_area_m2": 12.0,
}


def test_the_published_holes_to_six_digits() -> None:
    liquid = liquid_rate_kg_s(hole_diameter_m=0.01, density_kg_m3=490.0, pressure_pa=120_935.04)
    assert round(liquid, 6) == 0.216912
    assert round(gas_rate_kg_s(pressure_pa=501e3, **GAS), 7) == 0.0900280


def test_choked_and_unchoked_meet() -> None:
    limit = 101_325.0 / critical_pressure_ratio(1.15)
    below, above = (gas_rate_kg_s(pressure_pa=limit * f, **GAS) for f in (1 - 1e-9, 1 + 1e-9))
    assert below == pytest.approx(above, rel=1e-8)
    # the choked formula as the handbook has it
    k = 1.15
    direct = 0.85 * math.pi / 4 * 0.01**2 * math.sqrt(k * 8.9 * limit * (2 / (k + 1)) ** ((k + 1) / (k - 1)))
    assert above == pytest.approx(direct, rel=1e-8)


def test_no_pressure_no_flow_and_more_pressure_more_flow() -> None:
    assert gas_rate_kg_s(pressure_pa=101_325.0, **GAS) == 0
    rates = [gas_rate_kg_s(pressure_pa=p, **GAS) for p in np.linspace(101_325, 1e6, 60)]
    assert (np.diff(rates) > 0).all()


def test_a_small_overpressure_is_bernoulli() -> None:
    gas = gas_rate_kg_s(pressure_pa=101_425.0, **GAS)
    assert gas == pytest.approx(0.85 * math.pi / 4 * 0.01**2 * math.sqrt(2 * 8.9 * 100), rel=2e-3)


def test_a_tank_drains_as_its_equation_has_it() -> None:
    """A dh/dt = −Cd a √(2(gh + Δp/ρ)), integrated step by step until the hole, against the closed form."""
    tank = draining_tank(**TANK)
    out = 0.63 * math.pi / 4 * 0.05**2 / 12.0

    def falling(_: float, h: np.ndarray) -> np.ndarray:
        return -out * np.sqrt(2 * (9.81 * np.maximum(h, 0) + (150_000 - 101_325) / 800.0))

    def at_hole(_: float, h: np.ndarray) -> float:
        return h[0]

    at_hole.terminal = True  # type: ignore[attr-defined]
    done = solve_ivp(falling, (0, 1e6), [5.0], events=at_hole, rtol=1e-10, atol=1e-12)
    assert done.t[-1] == pytest.approx(tank.time_to_hole_s, rel=1e-6)
    assert quad(lambda t: float(tank.rate_at_kg_s(t)), 0, tank.time_to_hole_s)[0] == pytest.approx(
        tank.mass_kg
    )
    assert tank.mass_kg == 800.0 * 12.0 * 5.0
    assert tank.rate_at_kg_s([0.0, tank.time_to_hole_s * 1.01]).tolist() == [tank.first_rate_kg_s, 0.0]


def test_without_overpressure_an_open_tank_is_torricellis() -> None:
    tank = draining_tank(**(TANK | {"pressure_pa": 101_325.0}))
    assert tank.last_rate_kg_s == 0
    torricelli = 12.0 / (0.63 * math.pi / 4 * 0.05**2) * math.sqrt(2 * 5.0 / 9.81)
    assert tank.time_to_hole_s == pytest.approx(torricelli)


@pytest.mark.parametrize(
    ("kelvin", "share"), [(239.2, 0.0), (200.0, 0.0), (298.15, 0.941 * 58.95 / 287), (600.0, 1.0)]
)
def test_the_share_that_flashes_at_its_limits(kelvin: float, share: float) -> None:
    found = flash_share(
        storage_temperature_k=kelvin,
        boiling_temperature_k=239.2,
        heat_capacity_j_kg_k=941,
        latent_heat_j_kg=287e3,
    )
    assert found == pytest.approx(share)


def test_boiling_flow_lies_between_gas_and_liquid() -> None:
    def rate(flashed: float) -> float:
        return two_phase_rate_kg_s(
            hole_diameter_m=0.02,
            pressure_pa=776e3,
            flashed=flashed,
            gas_density_kg_m3=13.3,
            liquid_density_kg_m3=1400,
        )

    rates = [rate(share) for share in (0.0, 0.1, 0.3, 1.0)]
    assert (np.diff(rates) < 0).all()
    assert rates[0] == pytest.approx(0.8 * math.pi / 4 * 4e-4 * math.sqrt(2 * 1400 * 0.45 * 776e3))
    assert rates[0] < liquid_rate_kg_s(
        hole_diameter_m=0.02, density_kg_m3=1400, pressure_pa=776e3, discharge_coefficient=0.8
    )


@pytest.mark.parametrize(
    ("mass", "rate", "shut_off", "expected"),
    [(100, 1, 3600, 100), (3600, 1, 3600, 3600), (7200, 1, 86_400, 3600), (7200, 1, 300, 300)],
)  # fmt: skip
def test_a_release_ends_with_the_first_of_three(
    mass: float, rate: float, shut_off: float, expected: float
) -> None:
    assert release_duration_s(mass, rate, shut_off) == expected


@pytest.mark.parametrize("flow", [0.0, 0.02])
def test_a_pool_spreads_as_its_equation_has_it(flow: float) -> None:
    """dr/dt = √(2 g V/(π r²)), integrated step by step, against the closed form."""
    volume = 2.0 if flow == 0 else 0.0
    start = 0.5
    first = float(pool_radius_m(start, volume_m3=volume, volume_rate_m3_s=flow, depth_m=0.001))
    done = solve_ivp(
        lambda t, r: np.sqrt(2 * 9.81 * (volume + flow * t) / (math.pi * r**2)),
        (start, 8.0),
        [first],
        rtol=1e-11,
        atol=1e-12,
    )
    closed = float(pool_radius_m(8.0, volume_m3=volume, volume_rate_m3_s=flow, depth_m=0.001))
    assert closed == pytest.approx(done.y[0, -1], rel=1e-8)


def test_a_pool_stops_when_thin_or_at_the_bund() -> None:
    assert float(pool_radius_m(1e6, volume_m3=1.0, depth_m=0.01)) == pytest.approx(math.sqrt(100 / math.pi))
    assert float(pool_radius_m(1e6, volume_m3=1.0, depth_m=0.01, area_m2=50.0)) == pytest.approx(
        math.sqrt(50 / math.pi)
    )
    grown = pool_radius_m(np.linspace(0, 100, 300), volume_rate_m3_s=0.01)
    assert (np.diff(grown) > 0).all()


def test_boiling_takes_the_heat_the_ground_conducts() -> None:
    """The flux into a half-space whose surface is suddenly cold, by finite differences, against λΔT/√(πat)."""
    conductivity, diffusivity, drop = 1.1, 1.29e-7, 54.0
    dx, steps = 2e-4, 4000
    dt = 0.4 * dx**2 / diffusivity
    warmth = np.full(900, drop)
    warmth[0] = 0.0
    for _ in range(steps):
        warmth[1:-1] += diffusivity * dt / dx**2 * (warmth[2:] - 2 * warmth[1:-1] + warmth[:-2])
    flux = conductivity * (-3 * warmth[0] + 4 * warmth[1] - warmth[2]) / (2 * dx)
    rate = float(
        boiling_rate_kg_s(
            steps * dt, area_m2=10.0, ground_temperature_k=293.2, boiling_temperature_k=239.2, latent_heat_j_kg=287e3,
            ground=Ground.CONCRETE,
        )
    )  # fmt: skip
    assert rate == pytest.approx(flux * 10.0 / 287e3, rel=2e-3)


def test_a_pool_warmer_than_the_ground_does_not_boil() -> None:
    cold = {"area_m2": 10.0, "ground_temperature_k": 280.0, "latent_heat_j_kg": 3e5}
    assert float(boiling_rate_kg_s(60.0, boiling_temperature_k=280.0, **cold)) == 0
    assert float(boiling_rate_kg_s(60.0, boiling_temperature_k=350.0, **cold)) == 0


def test_evaporation_grows_with_wind_pressure_and_size() -> None:
    base = {
        "radius_m": 3.0, "wind_speed_m_s": 3.0, "stability": StabilityClass.D, "vapour_pressure_pa": 5e3, "molar_mass_kg_mol": 0.08,
        "air_temperature_k": 293.0,
    }  # fmt: skip
    first = evaporation_rate_kg_s(**base)
    assert evaporation_rate_kg_s(**(base | {"vapour_pressure_pa": 10e3})) == pytest.approx(2 * first)
    assert evaporation_rate_kg_s(**(base | {"wind_speed_m_s": 6.0})) == pytest.approx(
        first * 2 ** (1.75 / 2.25)
    )
    assert evaporation_rate_kg_s(**(base | {"radius_m": 6.0})) == pytest.approx(first * 2 ** (4.25 / 2.25))
    # about a kilogram per square metre and hour of benzene in a breeze: the order of magnitude of experience
    assert 0.2 < evaporation_rate_kg_s(**(base | {"vapour_pressure_pa": 12.7e3})) / (math.pi * 9) * 3600 < 20


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (
            lambda: liquid_rate_kg_s(hole_diameter_m=0.0, density_kg_m3=800, pressure_pa=2e5),
            "hole_diameter_m",
        ),
        (lambda: liquid_rate_kg_s(hole_diameter_m=0.1, density_kg_m3=800, pressure_pa=9e4), "pressure_pa"),
        (lambda: gas_rate_kg_s(pressure_pa=5e5, **(GAS | {"gamma": 1.0})), "gamma"),
        (lambda: pool_radius_m(1.0), "volume_rate_m3_s"),
        (lambda: pool_radius_m(1.0, volume_m3=1.0, volume_rate_m3_s=1.0), "volume_rate_m3_s"),
        (lambda: release_duration_s(0.0, 1.0), "mass_kg"),
        (lambda: draining_tank(**(TANK | {"head_m": 0.0})), "head_m"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, field: str) -> None:
    with pytest.raises(HazardError) as refused:
        call()
    assert refused.value.field == field
