"""Probits: the published points, the worked doses, their limits, and what must rise."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from geo.errors import HazardError
from geo.hazard.probit import blast_death_share, heat_probit, lung_probit, share_from_probit, toxic_probit
from geo.hazard.substance import find_substance, probit_constants, substances


def _toxic(name: str, mg_m3: float, minutes: float) -> float:
    k = probit_constants(find_substance(name))
    assert k is not None
    return float(toxic_probit(mg_m3, minutes, a=k.a, b=k.b, n=k.n))


@pytest.mark.parametrize(
    ("probit", "percent"), [(2.67, 0.99), (3.72, 10.03), (5.0, 50.0), (6.28, 89.97), (7.33, 99.01)]
)
def test_the_points_of_the_probit(probit: float, percent: float) -> None:
    assert round(100 * float(share_from_probit(probit)), 2) == percent


@pytest.mark.parametrize("probit", [-3.0, 3.3, 5.0, 8.1])
def test_the_share_is_the_area_below_the_bell(probit: float) -> None:
    area = quad(
        lambda u: math.exp(-u * u / 2) / math.sqrt(2 * math.pi),
        -40,
        probit - 5,
        points=[0.0] if probit > 5 else None,
    )[0]
    assert float(share_from_probit(probit)) == pytest.approx(area, rel=1e-7)


@pytest.mark.parametrize(
    ("name", "mg_m3", "minutes", "probit", "share"),
    [("氯", 1000, 10, 4.2995, 0.2418), ("氯", 1000, 30, 4.8488, 0.4399), ("氨", 10_000, 30, 6.2219, 0.8891)],
)
def test_the_worked_doses(name: str, mg_m3: float, minutes: float, probit: float, share: float) -> None:
    found = _toxic(name, mg_m3, minutes)
    assert round(found, 4) == probit
    assert round(float(share_from_probit(found)), 4) == share


def test_heat_for_twenty_seconds() -> None:
    found = share_from_probit(heat_probit([4e3, 12.5e3, 25e3, 37.5e3], 20.0))
    assert float(found[0]) == pytest.approx(3.3e-8, rel=0.02)
    assert found[1:].round(4).tolist() == [0.0654, 0.8036, 0.9874]


def test_nothing_kills_nobody_and_more_kills_more() -> None:
    assert float(share_from_probit(toxic_probit(0.0, 10, a=-6.35, b=0.5, n=2.75))) == 0
    assert float(share_from_probit(heat_probit(0.0, 10))) == float(share_from_probit(lung_probit(0.0))) == 0
    for curve in (
        toxic_probit(np.geomspace(1, 1e6, 200), 30, a=-15.6, b=1, n=2),
        heat_probit(np.geomspace(1e2, 1e6, 200), 20),
        lung_probit(np.geomspace(1e3, 1e7, 200)),
    ):
        assert (np.diff(curve) > 0).all()


def test_every_probit_of_the_table_kills_half_at_some_sane_concentration() -> None:
    """LC50 for 30 min lies between 10 mg/m³ (phosgene, arsine) and 200 g/m³ (carbon monoxide needs 8)."""
    for substance in substances():
        k = probit_constants(substance)
        if k is not None:
            half = (math.exp((5 - k.a) / k.b) / 30) ** (1 / k.n)
            assert 10 < half < 2e5, substance.name_en
            assert float(share_from_probit(toxic_probit(half, 30, a=k.a, b=k.b, n=k.n))) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: toxic_probit(100.0, 30.01, a=1, b=1, n=1), "exposure_min"), (lambda: toxic_probit(100.0, 0.0, a=1, b=1, n=1), "exposure_min"),
        (lambda: toxic_probit(-1.0, 10.0, a=1, b=1, n=1), "concentration_mg_m3"), (lambda: heat_probit(1e4, 20.1), "exposure_s"),
        (lambda: lung_probit(-5.0), "overpressure_pa"),
    ],
)  # fmt: skip
def test_doses_outside_the_constants_are_refused(call, field: str) -> None:
    with pytest.raises(HazardError) as refused:
        call()
    assert refused.value.field == field


def test_blast_as_risk_analysis_counts_it() -> None:
    pressures = [0.0, 9_999.0, 10_000.0, 29_999.0, 30_000.0]
    assert blast_death_share(pressures, is_indoors=True).tolist() == [0, 0, 0.025, 0.025, 1]
    assert blast_death_share(pressures, is_indoors=False).tolist() == [0, 0, 0, 0, 1]
