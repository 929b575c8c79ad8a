"""Turn an explosive cloud into TNT and give the overpressure around it, and how far a pressure reaches."""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.reach import Reach, farthest_reach
from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]

TNT_ENERGY_J_KG = 4.52e6
"""Heat of detonation of TNT; sources give 4.12 to 4.69 MJ/kg."""
USUAL_YIELD = 0.04


class Burst(StrEnum):
    """Where the charge is: on the ground (hemispherical wave) or in free air (spherical)."""

    SURFACE = "surface"
    AIR = "air"


SCALED_RANGE = {Burst.SURFACE: (0.0674, 40.0), Burst.AIR: (0.0674, 40.0)}
"""Scaled distances, m/kg^⅓, for which the curves are given."""
_CURVES = {
    Burst.SURFACE: (
        2.78076916577, -1.6958988741, -0.154159376846, 0.514060730593, 0.0988534365274, -0.293912623038,
        -0.0268112345019, 0.109097496421, 0.00162846756311, -0.0214631030242, 0.0001456723382, 0.00167847752266,
    ),
    Burst.AIR: (
        2.611368669, -1.69012801396, 0.00804973591951, 0.336743114941, -0.00516226351334, -0.0809228619888,
        -0.00478507266747, 0.00793030472242, 0.0007684469735,
    ),
}  # fmt: skip


def tnt_mass_kg(mass_kg: float, heat_of_combustion_j_kg: float, *, yield_share: float = USUAL_YIELD) -> float:
    """
    Give the mass of TNT with the blast of a cloud of fuel.

    Parameters
    ----------
    mass_kg : float
        Fuel in the cloud, kg, above 0 to 1e8.
    heat_of_combustion_j_kg : float
        J/kg, 1e6 to 1.5e8.
    yield_share : float
        Share of the heat that goes into the blast, 0.01 to 0.10; 0.04 is usual.

    Returns
    -------
    float
        kg of TNT.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    W = α Wf Qf/4520 kJ/kg: CCPS, *Guidelines for Vapor Cloud Explosion, Pressure Vessel Burst, BLEVE, and Flash
    Fire Hazards*, 2nd ed. (2010), chapter 6. Chinese practice multiplies by 1.8 for the ground and then reads a free-air curve:
    never do both, a surface curve counts the ground already. Near the cloud the method exaggerates.

    Examples
    --------
    >>> round(tnt_mass_kg(1000.0, 46.35e6), 1)
    410.2
    """
    mass = float(validate_range("mass_kg", mass_kg, 1e-9, 1e8))
    heat = float(validate_range("heat_of_combustion_j_kg", heat_of_combustion_j_kg, 1e6, 1.5e8))
    share = float(validate_range("yield_share", yield_share, 0.01, 0.10))
    return share * mass * heat / TNT_ENERGY_J_KG


def overpressure_pa(distance_m: ArrayLike, tnt_kg: float, *, burst: Burst = Burst.SURFACE) -> FloatArray:
    """
    Give the peak overpressure of the incident wave around a charge.

    Parameters
    ----------
    distance_m : array_like of float
        From the charge, metres; scaled by tnt_kg^⅓ it lies within 0.0674 to 40.
    tnt_kg : float
        kg of TNT, above 0.
    burst : Burst
        On the ground or in free air.

    Returns
    -------
    ndarray of float
        Pa, in the shape of ``distance_m``.

    Raises
    ------
    HazardError
        When a scaled distance lies outside the range.

    Notes
    -----
    C. N. Kingery and G. Bulmash, *Airblast parameters from TNT spherical air burst and hemispherical surface
    burst*, ARBRL-TR-02555 (1984): log10 of the pressure in kPa as a polynomial in U = −0.214362789151 +
    1.35034249993 log10 Z. Not reflected; no walls.

    Examples
    --------
    >>> (overpressure_pa([1.0, 10.0, 40.0], 1.0) / 1000).round(3).tolist()
    [1356.739, 14.807, 2.363]
    """
    charge = float(validate_range("mass_kg", tnt_kg, 1e-9, 1e8))
    scaled = validate_range(
        "scaled_distance", np.asarray(distance_m, dtype=np.float64) / charge ** (1 / 3), *SCALED_RANGE[burst]
    )
    u = -0.214362789151 + 1.35034249993 * np.log10(scaled)
    pressure: FloatArray = 1000.0 * 10 ** np.polynomial.polynomial.polyval(u, np.array(_CURVES[burst]))
    return pressure


def overpressure_reach(threshold_pa: float, tnt_kg: float, *, burst: Burst = Burst.SURFACE) -> Reach:
    """
    Find how far from a charge an overpressure is met.

    Parameters
    ----------
    threshold_pa : float
        Pa, 100 to 1e8.
    tnt_kg : float
        kg of TNT, above 0.
    burst : Burst
        On the ground or in free air.

    Returns
    -------
    Reach
        Between 0.0674 and 40 m/kg^⅓; outside it says so.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    `overpressure_pa` falls with distance throughout and is solved for it.

    Examples
    --------
    >>> [round(overpressure_reach(p, 410.2).distance_m, 1) for p in (30e3, 10e3, 6.9e3)]
    [46.2, 99.9, 134.1]
    """
    threshold = float(validate_range("overpressure_pa", threshold_pa, 100, 1e8))
    root = float(validate_range("mass_kg", tnt_kg, 1e-9, 1e8)) ** (1 / 3)
    low, high = SCALED_RANGE[burst]
    # the ends are drawn in by a rounding error's width so that division gives them back inside
    return farthest_reach(
        lambda r: overpressure_pa(r, tnt_kg, burst=burst),
        threshold,
        low_m=low * root * (1 + 1e-12),
        high_m=high * root * (1 - 1e-12),
    )


def quick_death_radius_m(tnt_kg: float) -> float:
    """
    Give the radius of deaths by the quick rule of Chinese practice.

    Parameters
    ----------
    tnt_kg : float
        kg of TNT, above 0.

    Returns
    -------
    float
        Metres.

    Raises
    ------
    HazardError
        When the mass lies outside the range.

    Notes
    -----
    R = 13.6 (W/1000)^0.37 (死亡半径). A rule of thumb shown beside the curve, not instead of it; not checked
    against a print.

    Examples
    --------
    >>> round(quick_death_radius_m(1000.0), 1)
    13.6
    """
    return float(13.6 * (float(validate_range("mass_kg", tnt_kg, 1e-9, 1e8)) / 1000.0) ** 0.37)
