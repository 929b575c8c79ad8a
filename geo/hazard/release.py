"""Say how fast a substance escapes: liquid and gas through a hole, boiling liquid, and how long it lasts."""

import math

from geo.hazard.atmosphere import GRAVITY_M_S2, STANDARD_PRESSURE_PA
from geo.hazard.validity import validate_range

LONGEST_RELEASE_S = 3600.0
"""A release is counted for an hour at most; who is warned has left by then."""


def hole_area_m2(hole_diameter_m: float) -> float:
    """
    Give the area of a round hole.

    Parameters
    ----------
    hole_diameter_m : float
        Metres, 0.0001 to 5.

    Returns
    -------
    float
        m².

    Raises
    ------
    HazardError
        When the diameter lies outside the range.

    Notes
    -----
    Plane geometry.

    Examples
    --------
    >>> round(hole_area_m2(0.010), 9)
    7.854e-05
    """
    return math.pi / 4 * float(validate_range("hole_diameter_m", hole_diameter_m, 1e-4, 5)) ** 2


def liquid_rate_kg_s(
    *,
    hole_diameter_m: float,
    density_kg_m3: float,
    pressure_pa: float,
    head_m: float = 0.0,
    discharge_coefficient: float = 0.63,
) -> float:
    """
    Give the mass flow of a liquid through a hole.

    Parameters
    ----------
    hole_diameter_m : float
        Metres, 0.0001 to 5.
    density_kg_m3 : float
        Of the liquid, kg/m³, 50 to 5000.
    pressure_pa : float
        Absolute, above the liquid, Pa, from atmospheric to 1e8.
    head_m : float
        Of the liquid above the hole, metres, 0 to 100.
    discharge_coefficient : float
        0.1 to 1.

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
    ṁ = Cd A √(2ρ(P − Pₐ) + 2ρ²g h): Bernoulli; CCPS (1999), eq. 2.1 ff. For a liquid that does not boil in the
    hole.

    Examples
    --------
    >>> round(liquid_rate_kg_s(hole_diameter_m=0.01, density_kg_m3=490, pressure_pa=120935.04), 6)
    0.216912
    """
    area_m2 = hole_area_m2(hole_diameter_m)
    rho = float(validate_range("density_kg_m3", density_kg_m3, 50, 5000))
    over_pa = (
        float(validate_range("pressure_pa", pressure_pa, STANDARD_PRESSURE_PA, 1e8)) - STANDARD_PRESSURE_PA
    )
    head = float(validate_range("head_m", head_m, 0, 100))
    coefficient = float(validate_range("discharge_coefficient", discharge_coefficient, 0.1, 1))
    return coefficient * area_m2 * math.sqrt(2 * rho * (over_pa + rho * GRAVITY_M_S2 * head))


def critical_pressure_ratio(gamma: float) -> float:
    """
    Give the ratio of outer to inner pressure at and below which a gas escapes at the speed of sound.

    Parameters
    ----------
    gamma : float
        Ratio of specific heats, 1.01 to 1.67.

    Returns
    -------
    float
        0.48 to 0.61.

    Raises
    ------
    HazardError
        When gamma lies outside the range.

    Notes
    -----
    (2/(γ+1))^(γ/(γ−1)): CCPS (1999), eq. 2.17.

    Examples
    --------
    >>> round(critical_pressure_ratio(1.4), 4)
    0.5283
    """
    k = float(validate_range("gamma", gamma, 1.01, 1.67))
    return float((2 / (k + 1)) ** (k / (k - 1)))


def gas_rate_kg_s(
    *,
    hole_diameter_m: float,
    density_kg_m3: float,
    pressure_pa: float,
    gamma: float,
    discharge_coefficient: float = 0.85,
) -> float:
    """
    Give the mass flow of a gas through a hole, choked or not.

    Parameters
    ----------
    hole_diameter_m : float
        Metres, 0.0001 to 5.
    density_kg_m3 : float
        Of the gas inside, kg/m³, 0.001 to 1000.
    pressure_pa : float
        Absolute, inside, Pa, from atmospheric to 1e8.
    gamma : float
        Ratio of specific heats, 1.01 to 1.67.
    discharge_coefficient : float
        0.1 to 1.

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
    Choked when Pₐ/P ≤ `critical_pressure_ratio`: Cd A √(γρP (2/(γ+1))^((γ+1)/(γ−1))); else
    Cd A √(2Pρ γ/(γ−1) [(Pₐ/P)^(2/γ) − (Pₐ/P)^((γ+1)/γ)]): CCPS (1999), eqs 2.14-2.18. Ideal gas, adiabatic.

    Examples
    --------
    >>> round(gas_rate_kg_s(hole_diameter_m=0.01, density_kg_m3=8.9, pressure_pa=501e3, gamma=1.15), 6)
    0.090028
    """
    area_m2 = hole_area_m2(hole_diameter_m)
    rho = float(validate_range("density_kg_m3", density_kg_m3, 1e-3, 1000))
    inside_pa = float(validate_range("pressure_pa", pressure_pa, STANDARD_PRESSURE_PA, 1e8))
    coefficient = float(validate_range("discharge_coefficient", discharge_coefficient, 0.1, 1))
    critical, k = critical_pressure_ratio(gamma), gamma
    # at the critical ratio the second formula is the first
    ratio = max(STANDARD_PRESSURE_PA / inside_pa, critical)
    drive = 2 * inside_pa * rho * k / (k - 1) * (ratio ** (2 / k) - ratio ** ((k + 1) / k))
    return coefficient * area_m2 * math.sqrt(max(drive, 0.0))


def flash_share(
    *,
    storage_temperature_k: float,
    boiling_temperature_k: float,
    heat_capacity_j_kg_k: float,
    latent_heat_j_kg: float,
) -> float:
    """
    Give the share of a superheated liquid that turns to vapour when its pressure is let go.

    Parameters
    ----------
    storage_temperature_k : float
        Of the liquid, kelvin, 20 to 2000.
    boiling_temperature_k : float
        At atmospheric pressure, kelvin, 4 to 1000.
    heat_capacity_j_kg_k : float
        Of the liquid, J/(kg K), above 0.
    latent_heat_j_kg : float
        J/kg, 1e4 to 3e6.

    Returns
    -------
    float
        0 (not above its boiling point) to 1.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    cp (T − Tb)/h, cut at 0 and 1: CCPS (1999), eq. 2.24. The rest is partly carried along as spray: for
    screening the whole flow of a gas liquefied by pressure is taken as vapour.

    Examples
    --------
    >>> round(
    ...     flash_share(
    ...         storage_temperature_k=298.15,
    ...         boiling_temperature_k=239.2,
    ...         heat_capacity_j_kg_k=941,
    ...         latent_heat_j_kg=287e3,
    ...     ),
    ...     3,
    ... )
    0.193
    """
    validate_range("storage_temperature_k", storage_temperature_k, 20, 2000)
    validate_range("temperature_k", boiling_temperature_k, 4, 1000)
    latent = float(validate_range("latent_heat_j_kg", latent_heat_j_kg, 1e4, 3e6))
    share = heat_capacity_j_kg_k * (storage_temperature_k - boiling_temperature_k) / latent
    return min(1.0, max(0.0, share))


def two_phase_rate_kg_s(
    *,
    hole_diameter_m: float,
    pressure_pa: float,
    flashed: float,
    gas_density_kg_m3: float,
    liquid_density_kg_m3: float,
    discharge_coefficient: float = 0.8,
) -> float:
    """
    Give the mass flow of a liquid that boils on its way out through a pipe or a deep hole.

    Parameters
    ----------
    hole_diameter_m : float
        Metres, 0.0001 to 5.
    pressure_pa : float
        Absolute, inside, Pa, from atmospheric to 1e8.
    flashed : float
        Share that is vapour at the hole, 0 to 1.
    gas_density_kg_m3, liquid_density_kg_m3 : float
        Of vapour and liquid at the hole, kg/m³, above 0.
    discharge_coefficient : float
        0.1 to 1.

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
    Homogeneous flow, Cd A √(2ρₘ(P − Pc)) with Pc = 0.55 P and 1/ρₘ = x/ρg + (1 − x)/ρl: H. K. Fauske and
    M. Epstein, "Source term considerations in connection with chemical accidents and vapour cloud modelling",
    J. Loss Prev. Process Ind. 1 (1988), 75-83; HJ 169-2018 annex F. Where Pc would be below the atmosphere, the
    atmosphere is taken.

    Examples
    --------
    >>> round(
    ...     two_phase_rate_kg_s(
    ...         hole_diameter_m=0.01, pressure_pa=775.8e3, flashed=0.19, gas_density_kg_m3=13.3, liquid_density_kg_m3=1400
    ...     ),
    ...     3,
    ... )
    0.431
    """
    area_m2 = hole_area_m2(hole_diameter_m)
    inside_pa = float(validate_range("pressure_pa", pressure_pa, STANDARD_PRESSURE_PA, 1e8))
    share = float(validate_range("flash_share", flashed, 0, 1))
    validate_range("density_kg_m3", [gas_density_kg_m3, liquid_density_kg_m3], 1e-3, 5000)
    coefficient = float(validate_range("discharge_coefficient", discharge_coefficient, 0.1, 1))
    mixture = 1 / (share / gas_density_kg_m3 + (1 - share) / liquid_density_kg_m3)
    at_hole_pa = max(0.55 * inside_pa, STANDARD_PRESSURE_PA)
    return coefficient * area_m2 * math.sqrt(2 * mixture * (inside_pa - at_hole_pa))


def release_duration_s(mass_kg: float, rate_kg_s: float, shut_off_s: float = LONGEST_RELEASE_S) -> float:
    """
    Give how long a release lasts: until it is empty, shut off, or an hour has passed.

    Parameters
    ----------
    mass_kg : float
        Inventory, kg, above 0.
    rate_kg_s : float
        kg/s, above 0.
    shut_off_s : float
        To detect and shut off, seconds, 1 to 86 400.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    min(60 min, inventory ÷ rate, time to detect and shut off): AQ/T 3046-2013, 9.2.

    Examples
    --------
    >>> release_duration_s(1000.0, 2.0), release_duration_s(1e6, 2.0), release_duration_s(1e6, 2.0, 600.0)
    (500.0, 3600.0, 600.0)
    """
    mass = float(validate_range("mass_kg", mass_kg, 1e-9, 1e9))
    rate = float(validate_range("rate_kg_s", rate_kg_s, 1e-12, 1e9))
    shut_off = float(validate_range("shut_off_s", shut_off_s, 1, 86_400))
    return min(LONGEST_RELEASE_S, mass / rate, shut_off)
