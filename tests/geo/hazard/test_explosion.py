"""Blast curves: tables of several authors, the worked cloud, scaling, and where the curve ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import HazardError
from geo.hazard.explosion import Burst, overpressure_pa, overpressure_reach, quick_death_radius_m, tnt_mass_kg
from geo.hazard.reach import ReachStatus

TABLE = {  # scaled distance: kPa of Kingery and Bulmash on the ground and in air, Kinney and Graham, Henrych, the blasting rule
    1: ("1356.7", "934.9", "1008.8", "800.0", "1940"),
    3: ("115.67", "81.59", "82.35", "79.24", "136.3"),
    5: ("43.18", "31.30", "29.24", "32.07", "50.4"),
    10: ("14.81", "11.09", "9.99", "11.00", "16.7"),
    20: ("6.069", "4.451", "4.393", None, "6.75"),
    40: ("2.363", "1.720", "2.121", None, "3.04"),
}


@pytest.mark.parametrize("scaled", TABLE)
def test_the_curves_and_three_other_authors_to_the_digits_given(scaled: int) -> None:
    found_pa = (
        float(overpressure_pa(scaled, 1.0)),
        float(overpressure_pa(scaled, 1.0, burst=Burst.AIR)),
        float(_kinney_graham_pa(scaled)),
        _henrych_pa(scaled) if scaled <= 10 else None,
        _blasting_rule_pa(scaled),
    )
    for found, expected in zip(found_pa, TABLE[scaled], strict=True):
        if expected is None:
            assert found is None
        else:
            last_digit = 10.0 ** -len(expected.partition(".")[2])
            assert found / 1000 == pytest.approx(float(expected), rel=0, abs=0.6 * last_digit)


def _blasting_rule_pa(z: float) -> float:
    """GB 6722: a charge on the ground, in 10⁵ Pa."""
    return 1e5 * (14 / z**3 + 4.3 / z**2 + 1.1 / z)


def _kinney_graham_pa(z: np.ndarray) -> np.ndarray:
    return (
        101_325
        * 808
        * (1 + (z / 4.5) ** 2)
        / np.sqrt((1 + (z / 0.048) ** 2) * (1 + (z / 0.32) ** 2) * (1 + (z / 1.35) ** 2))
    )


def _henrych_pa(z: float) -> float:
    if z <= 1:
        return 1e6 * (0.61938 / z - 0.03262 / z**2 + 0.21324 / z**3)
    return 1e6 * (0.0662 / z + 0.405 / z**2 + 0.3288 / z**3)


def test_two_other_authors_agree_within_their_scatter() -> None:
    """Kinney and Graham (1985) and Henrych (1979) measured the same air bursts and fitted other formulas."""
    z = np.geomspace(0.5, 40, 60)
    assert overpressure_pa(z, 1.0, burst=Burst.AIR) == pytest.approx(_kinney_graham_pa(z), rel=0.27)
    for at in np.geomspace(1.0001, 10, 30):
        assert float(overpressure_pa(at, 1.0, burst=Burst.AIR)) == pytest.approx(_henrych_pa(at), rel=0.19)


def test_the_ground_doubles_the_charge_or_a_little_less() -> None:
    """On perfectly rigid ground a charge acts as twice itself in free air; Chinese practice takes 1.8."""
    z = np.geomspace(1.0, 30, 30)
    surface = overpressure_pa(z, 1.0)
    for factor, is_more in ((1.4, True), (2.2, False)):
        air = overpressure_pa(z, factor, burst=Burst.AIR)
        assert ((surface > air) == is_more).all()


def test_the_worked_cloud_of_propane() -> None:
    tnt = tnt_mass_kg(1000.0, 46.35e6)
    assert round(tnt, 1) == 410.2
    assert [round(overpressure_reach(p, tnt).distance_m, 1) for p in (30e3, 10e3, 6.9e3)] == [
        46.2,
        99.9,
        134.1,
    ]


@pytest.mark.parametrize("burst", Burst)
def test_pressure_falls_throughout(burst: Burst) -> None:
    assert (np.diff(overpressure_pa(np.geomspace(0.0675, 39.9, 3000), 1.0, burst=burst)) < 0).all()


@given(charge=st.floats(1e-3, 1e6), pressure=st.floats(3e3, 5e6), burst=st.sampled_from(Burst))
@settings(deadline=None)
def test_a_reach_gives_its_pressure_back_and_scales_with_the_root(
    charge: float, pressure: float, burst: Burst
) -> None:
    found = overpressure_reach(pressure, charge, burst=burst)
    assert found.status is ReachStatus.WITHIN
    assert float(overpressure_pa(found.distance_m, charge, burst=burst)) == pytest.approx(pressure, rel=1e-4)
    assert overpressure_reach(pressure, 8 * charge, burst=burst).distance_m == pytest.approx(
        2 * found.distance_m, rel=1e-6, abs=1e-8
    )


def test_where_the_curve_ends_it_says_so() -> None:
    weak, strong = overpressure_reach(2e3, 1000.0), overpressure_reach(9e7, 1000.0)
    assert (round(weak.distance_m, 6), weak.status) == (400.0, ReachStatus.BEYOND)
    assert (round(strong.distance_m, 3), strong.status) == (0.674, ReachStatus.NEARER)
    for distance in (0.06, 40.1):
        with pytest.raises(HazardError, match="比例距离"):
            overpressure_pa(distance, 1.0)


def test_the_quick_rule_by_hand_and_well_inside_where_all_are_counted_dead() -> None:
    assert quick_death_radius_m(8000.0) == pytest.approx(13.6 * 2 ** (3 * 0.37))
    for charge in (1e2, 1e3, 1e5):
        assert quick_death_radius_m(charge) < overpressure_reach(30e3, charge).distance_m


@pytest.mark.parametrize("share", [0.009, 0.11, 0.0])
def test_an_unusual_yield_is_refused(share: float) -> None:
    with pytest.raises(HazardError, match="爆炸效率因子"):
        tnt_mass_kg(1000.0, 46e6, yield_share=share)
