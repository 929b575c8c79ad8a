"""Spread a spilled liquid into a pool and let it boil or evaporate."""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.atmosphere import GAS_CONSTANT_J_MOL_K, GRAVITY_M_S2, StabilityClass
from geo.hazard.validity import validate_range, validate_wind

FloatArray = NDArray[np.float64]


class Ground(StrEnum):
    """What a pool lies on."""

    CONCRETE = "concrete"
    SOIL = "soil"
    DRY_SOIL = "dry_soil"
    WET_SOIL = "wet_soil"
    GRAVEL = "gravel"


_THERMAL = {  # conductivity W/(m K), diffusivity m²/s
    Ground.CONCRETE: (1.1, 1.29e-7),
    Ground.SOIL: (0.9, 4.3e-7),
    Ground.DRY_SOIL: (0.3, 2.3e-7),
    Ground.WET_SOIL: (0.6, 3.3e-7),
    Ground.GRAVEL: (2.5, 1.1e-6),
}
_SUTTON = {  # n, and the coefficient of evaporation, by stability
    "A": (0.2, 3.846e-3),
    "B": (0.2, 3.846e-3),
    "C": (0.25, 4.685e-3),
    "D": (0.25, 4.685e-3),
    "E": (0.3, 5.285e-3),
    "F": (0.3, 5.285e-3),
}
LEAST_DEPTH_M = {
    Ground.CONCRETE: 0.005,
    Ground.SOIL: 0.020,
    Ground.DRY_SOIL: 0.020,
    Ground.WET_SOIL: 0.020,
    Ground.GRAVEL: 0.025,
}
"""How thin a pool becomes before it stops spreading, metres."""


def pool_radius_m(
    time_s: ArrayLike,
    *,
    volume_m3: float = 0.0,
    volume_rate_m3_s: float = 0.0,
    depth_m: float = 0.005,
    area_m2: float = 0.0,
) -> FloatArray:
    """
    Give the radius of a pool that spreads by its weight until it is thin or meets a bund.

    Parameters
    ----------
    time_s : array_like of float
        Since the spill began, seconds, 0 or more.
    volume_m3 : float
        Spilled at once, m³; or
    volume_rate_m3_s : float
        flowing in steadily, m³/s. Exactly one is above 0.
    depth_m : float
        Thinnest depth, metres, 0.001 to 1.
    area_m2 : float
        Inside the bund, m²; 0 for none.

    Returns
    -------
    ndarray of float
        Metres, in the shape of ``time_s``.

    Raises
    ------
    HazardError
        When a figure lies outside its range, or both or neither of volume and flow are given.

    Notes
    -----
    dr/dt = √(2 g h) with a flat pool: at once r² = √(8gV/π) t; steadily r² = (4/3) √(2gq/π) t^1.5. P. Shaw and
    F. Briscoe, *Evaporation from spills of hazardous liquids on land and water*, UKAEA SRD R100 (1978); CCPS
    (1999), 2.2. What evaporates meanwhile is not taken off.

    Examples
    --------
    >>> pool_radius_m([10.0, 1000.0], volume_m3=1.0).round(2).tolist()
    [7.07, 7.98]
    """
    t = validate_range("time_s", time_s, 0, 1e7)
    depth = float(validate_range("pool_depth_m", depth_m, 1e-3, 1))
    if volume_m3 > 0:
        validate_range("volume_rate_m3_s", volume_rate_m3_s, 0, 0)
        volume = np.full(t.shape, float(validate_range("volume_m3", volume_m3, 1e-6, 1e7)))
        spread_m2 = np.sqrt(8 * GRAVITY_M_S2 * volume / math.pi) * t
    else:
        flow = float(validate_range("volume_rate_m3_s", volume_rate_m3_s, 1e-9, 1e4))
        volume = flow * t
        spread_m2 = 4 / 3 * math.sqrt(2 * GRAVITY_M_S2 * flow / math.pi) * t**1.5
    limit_m2 = volume / (math.pi * depth)
    if area_m2 > 0:
        limit_m2 = np.minimum(limit_m2, float(validate_range("area_m2", area_m2, 1e-3, 1e8)) / math.pi)
    radius: FloatArray = np.sqrt(np.minimum(spread_m2, limit_m2))
    return radius


def boiling_rate_kg_s(
    time_s: ArrayLike,
    *,
    area_m2: float,
    ground_temperature_k: float,
    boiling_temperature_k: float,
    latent_heat_j_kg: float,
    ground: Ground = Ground.CONCRETE,
) -> FloatArray:
    """
    Give how fast a pool colder than the ground boils on the ground's heat.

    Parameters
    ----------
    time_s : array_like of float
        Since the ground was covered, seconds, above 0.
    area_m2 : float
        m², 0.001 to 1e8.
    ground_temperature_k, boiling_temperature_k : float
        Kelvin; 0 flows when the ground is not warmer.
    latent_heat_j_kg : float
        J/kg, 1e4 to 3e6.
    ground : Ground
        Its conductivity and diffusivity.

    Returns
    -------
    ndarray of float
        kg/s, in the shape of ``time_s``.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    λ S (T − Tb)/(h √(π a t)): heat conduction into a half-space (H. S. Carslaw and J. C. Jaeger, *Conduction of
    Heat in Solids*, 2.4); CCPS (1999), eq. 2.41; HJ 169-2018, annex F.1.4. Its integral from 0 is finite, its
    value at 0 is not.

    Examples
    --------
    >>> boiling_rate_kg_s(
    ...     [60.0, 240.0],
    ...     area_m2=100,
    ...     ground_temperature_k=293.0,
    ...     boiling_temperature_k=239.2,
    ...     latent_heat_j_kg=287e3,
    ... ).round(2).tolist()
    [4.18, 2.09]
    """
    t = validate_range("time_s", time_s, 1e-6, 1e7)
    area = float(validate_range("area_m2", area_m2, 1e-3, 1e8))
    latent = float(validate_range("latent_heat_j_kg", latent_heat_j_kg, 1e4, 3e6))
    warmer_k = max(0.0, ground_temperature_k - boiling_temperature_k)
    conductivity, diffusivity = _THERMAL[ground]
    rate: FloatArray = conductivity * area * warmer_k / (latent * np.sqrt(math.pi * diffusivity * t))
    return rate


def evaporation_rate_kg_s(
    *,
    radius_m: float,
    wind_speed_m_s: float,
    stability: StabilityClass,
    vapour_pressure_pa: float,
    molar_mass_kg_mol: float,
    air_temperature_k: float,
) -> float:
    """
    Give how fast the wind carries the vapour of a pool away.

    Parameters
    ----------
    radius_m : float
        Of the pool, metres, 0.1 to 1000.
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30.
    stability : StabilityClass
        A to F.
    vapour_pressure_pa : float
        Of the liquid at its temperature, Pa, 1 to 101 325.
    molar_mass_kg_mol : float
        kg/mol, 0.001 to 1.
    air_temperature_k : float
        Kelvin, 220 to 330.

    Returns
    -------
    float
        kg/s.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    a p M/(R T) u^((2−n)/(2+n)) r^((4+n)/(2+n)), n and a by stability: O. G. Sutton, "Wind structure and
    evaporation in a turbulent atmosphere", Proc. R. Soc. A 146 (1934), 701-722, doi:10.1098/rspa.1934.0183; HJ
    169-2018, annex F.1.4.3. For p well below the atmosphere; near it the pool boils.

    Examples
    --------
    >>> round(
    ...     evaporation_rate_kg_s(
    ...         radius_m=5,
    ...         wind_speed_m_s=3,
    ...         stability=StabilityClass.D,
    ...         vapour_pressure_pa=12.7e3,
    ...         molar_mass_kg_mol=0.07811,
    ...         air_temperature_k=298.15,
    ...     ),
    ...     4,
    ... )
    0.0921
    """
    radius = float(validate_range("diameter_m", 2 * radius_m, 0.2, 2000)) / 2
    wind = validate_wind(wind_speed_m_s)
    pressure_pa = float(validate_range("vapour_pressure_pa", vapour_pressure_pa, 1, 101_325))
    molar_mass = float(validate_range("molar_mass_kg_mol", molar_mass_kg_mol, 1e-3, 1))
    t_k = float(validate_range("air_temperature_k", air_temperature_k, 220, 330))
    n, factor = _SUTTON[stability]
    grown = wind ** ((2 - n) / (2 + n)) * radius ** ((4 + n) / (2 + n))
    return float(factor * pressure_pa * molar_mass / (GAS_CONSTANT_J_MOL_K * t_k) * grown)
