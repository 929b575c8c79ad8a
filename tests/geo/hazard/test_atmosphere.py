"""Stability by the whole table, the sun against an almanac's rule, profiles, humidity, units."""

import itertools

import numpy as np
import pytest

from geo.errors import HazardError
from geo.hazard.atmosphere import (
    Sky,
    StabilityClass,
    Terrain,
    air_density_kg_m3,
    mg_m3_from_ppm,
    stability_class,
    stability_classes,
    vapour_pressure_of_water_pa,
    wind_at_height,
)
from geo.hazard.sun import sky_from_sun, solar_elevation_deg

TABLE = """
1.0 1.9 | A AB B F F
2.0 2.9 | AB B C E F
3.0 4.9 | B BC C D E
5.0 6.0 | C CD D D D
6.1 30  | C D D D D
"""
SKIES = [Sky.STRONG_SUN, Sky.MODERATE_SUN, Sky.SLIGHT_SUN, Sky.CLOUDY_NIGHT, Sky.CLEAR_NIGHT]


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_the_table_of_stability_at_both_ends_of_each_row(line: str) -> None:
    winds, cells = line.split("|")
    for wind, (sky, cell) in itertools.product(winds.split(), zip(SKIES, cells.split(), strict=True)):
        assert "".join(stability_classes(float(wind), sky)) == cell
        assert stability_class(float(wind), sky) == cell[-1]


def test_an_overcast_sky_is_neutral_at_any_wind() -> None:
    assert {stability_class(wind, Sky.OVERCAST) for wind in (1.0, 3.0, 30.0)} == {StabilityClass.D}


@pytest.mark.parametrize("wind", [0.0, 0.99, 30.1, 60.0, -3.0, float("nan"), float("inf")])
def test_an_impossible_wind_is_refused_by_name(wind: float) -> None:
    with pytest.raises(HazardError, match=r"风速 .*1–30 m/s.*wind speed") as refused:
        stability_class(wind, Sky.OVERCAST)
    assert refused.value.field == "wind_speed_m_s"


def test_at_noon_of_the_equinox_the_sun_stands_at_the_colatitude() -> None:
    # 20 March 2025, 09:01 UTC is the equinox; local noon at 45 E is near 09:07 UTC
    for lat in (0.0, 22.5, 40.0, 53.0):
        highest = max(
            solar_elevation_deg(45.0, lat, day_of_year=79, utc_hour=h) for h in np.arange(8.5, 9.8, 0.01)
        )
        assert highest == pytest.approx(90 - lat, abs=0.6)


def test_the_sun_is_below_the_horizon_at_midnight_and_never_sets_in_polar_summer() -> None:
    assert solar_elevation_deg(114.0, 22.5, day_of_year=172, utc_hour=16.4) < -40
    assert min(solar_elevation_deg(0.0, 80.0, day_of_year=172, utc_hour=h) for h in range(24)) > 0


@pytest.mark.parametrize(
    ("elevation", "cloud", "sky"),
    [
        (60.1, 0, Sky.STRONG_SUN), (60.0, 4, Sky.MODERATE_SUN), (35.0, 4, Sky.MODERATE_SUN), (34.9, 0, Sky.SLIGHT_SUN),
        (15.0, 0, Sky.SLIGHT_SUN), (14.9, 3, Sky.CLEAR_NIGHT), (14.9, 4, Sky.CLOUDY_NIGHT), (-50, 7, Sky.CLOUDY_NIGHT),
        (70, 5, Sky.MODERATE_SUN), (40, 7, Sky.SLIGHT_SUN), (20, 7, Sky.SLIGHT_SUN), (70, 8, Sky.OVERCAST), (-9, 8, Sky.OVERCAST),
    ],
)  # fmt: skip
def test_the_sky_from_sun_and_cloud_at_the_limits(elevation: float, cloud: int, sky: Sky) -> None:
    assert sky_from_sun(elevation, cloud) is sky


def test_the_wind_is_that_of_ten_metres_there_and_grows_with_height() -> None:
    for stability, terrain in itertools.product(StabilityClass, (None, *Terrain)):
        profile = wind_at_height(4.0, [10.0, 20.0, 40.0], stability, terrain)
        assert profile[0] == 4.0
        assert profile[0] < profile[1] < profile[2]
    assert float(wind_at_height(1.0, 100.0, StabilityClass.F, Terrain.URBAN)) == pytest.approx(10**0.6)


def test_concentrations_of_five_gases_at_25_degrees() -> None:
    cases = [
        (17.031, 30, 20.88),
        (34.081, 100, 139.3),
        (28.010, 1200, 1373.9),
        (70.906, 20, 57.96),
        (70.906, 2, 5.796),
    ]
    for grams, ppm, expected in cases:
        assert float(mg_m3_from_ppm(ppm, grams / 1000)) == pytest.approx(expected, rel=5e-4)
    # litres a mole fills at 25 °C: pure gas of 1 kg/mol
    assert 1e9 / float(mg_m3_from_ppm(1e6, 1.0)) == pytest.approx(24.465, rel=2e-5)


def test_water_in_the_air_at_the_two_worked_examples() -> None:
    assert vapour_pressure_of_water_pa(293.15, 0.5) == pytest.approx(1175.4, abs=0.05)
    assert vapour_pressure_of_water_pa(298.15, 0.5) == pytest.approx(1594.2, abs=0.05)


def test_cold_air_is_denser() -> None:
    assert air_density_kg_m3(273.15) == pytest.approx(1.2922, abs=2e-4)
    assert air_density_kg_m3(260.0) > air_density_kg_m3(300.0)
