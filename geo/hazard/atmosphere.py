"""Describe the air: stability class, wind profile, humidity, density, and the units of concentration."""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.validity import validate_range, validate_wind

FloatArray = NDArray[np.float64]

GRAVITY_M_S2 = 9.81
GAS_CONSTANT_J_MOL_K = 8.314462618
STANDARD_PRESSURE_PA = 101_325.0
_DRY_AIR_MOLAR_MASS_KG_MOL = 0.0289652


class StabilityClass(StrEnum):
    """Pasquill's class of atmospheric stability (大气稳定度), A very unstable to F stable."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Terrain(StrEnum):
    """How rough the ground is: open country or city."""

    RURAL = "rural"
    URBAN = "urban"


class Sky(StrEnum):
    """The columns of Pasquill's table."""

    STRONG_SUN = "strong_sun"
    MODERATE_SUN = "moderate_sun"
    SLIGHT_SUN = "slight_sun"
    CLOUDY_NIGHT = "cloudy_night"
    CLEAR_NIGHT = "clear_night"
    OVERCAST = "overcast"


_ROWS = (  # upper limit of the wind in m/s, then strong, moderate, slight sun, cloudy night, clear night
    (2.0, "A AB B F F"),
    (3.0, "AB B C E F"),
    (5.0, "B BC C D E"),
    (6.0, "C CD D D D"),
    (math.inf, "C D D D D"),
)
_COLUMNS = (Sky.STRONG_SUN, Sky.MODERATE_SUN, Sky.SLIGHT_SUN, Sky.CLOUDY_NIGHT, Sky.CLEAR_NIGHT)
_EXPONENTS = {
    None: (0.108, 0.112, 0.120, 0.142, 0.203, 0.253),
    Terrain.RURAL: (0.07, 0.07, 0.10, 0.15, 0.35, 0.55),
    Terrain.URBAN: (0.15, 0.15, 0.20, 0.25, 0.40, 0.60),
}


def stability_classes(wind_speed_m_s: float, sky: Sky) -> tuple[StabilityClass, ...]:
    """
    Read Pasquill's table: one class, or the two between which the weather lies.

    Parameters
    ----------
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30. A wind exactly at 2, 3 or 5 m/s belongs to the row above it, 6 to 5–6.
    sky : Sky
        Sun or cloud.

    Returns
    -------
    tuple of StabilityClass
        One or two, the less stable first.

    Raises
    ------
    HazardError
        When the wind lies outside the range.

    Notes
    -----
    F. Pasquill, "The estimation of the dispersion of windborne material", Meteorol. Mag. 90 (1961), 33-49;
    D. B. Turner, *Workbook of Atmospheric Dispersion Estimates* (1970), table 3-1. At night below 2 m/s the
    table is blank; F is taken.

    Examples
    --------
    >>> [str(c) for c in stability_classes(2.5, Sky.STRONG_SUN)]
    ['A', 'B']
    """
    wind = validate_wind(wind_speed_m_s)
    if sky is Sky.OVERCAST:
        return (StabilityClass.D,)
    row = next(cells for limit, cells in _ROWS if wind < limit or (wind == limit == 6.0))
    return tuple(StabilityClass(letter) for letter in row.split()[_COLUMNS.index(sky)])


def stability_class(wind_speed_m_s: float, sky: Sky) -> StabilityClass:
    """
    Give one stability class for wind and sky; between two, the more stable one.

    Parameters
    ----------
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30.
    sky : Sky
        Sun or cloud.

    Returns
    -------
    StabilityClass
        The more stable of `stability_classes`, because its zones are longer.

    Raises
    ------
    HazardError
        When the wind lies outside the range.

    Notes
    -----
    Source as for `stability_classes`; taking the more stable of two is our choice.

    Examples
    --------
    >>> str(stability_class(5.0, Sky.MODERATE_SUN)), str(stability_class(1.5, Sky.CLEAR_NIGHT))
    ('D', 'F')
    """
    return stability_classes(wind_speed_m_s, sky)[-1]


def wind_at_height(
    wind_speed_m_s: float, height_m: ArrayLike, stability: StabilityClass, terrain: Terrain | None = None
) -> FloatArray:
    """
    Give the wind at a height from the wind at 10 m.

    Parameters
    ----------
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30.
    height_m : array_like of float
        Metres above ground, 1 to 300.
    stability : StabilityClass
        Its exponent grows with stability.
    terrain : Terrain, optional
        Exponents of Irwin for open country or city; without it those usual in consequence analysis.

    Returns
    -------
    ndarray of float
        m/s, in the shape of ``height_m``.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    u(z) = u₁₀ (z/10)^p. J. S. Irwin, "A theoretical variation of the wind profile power-law exponent as a function of surface
    roughness and stability", Atmos. Environ. 13 (1979), 191-194, doi:10.1016/0004-6981(79)90260-9; the others
    after CCPS (1999), 2.3.

    Examples
    --------
    >>> float(wind_at_height(5.0, 20.0, StabilityClass.D).round(4))
    5.5172
    """
    heights = validate_range("height_m", height_m, 1, 300)
    exponent = _EXPONENTS[terrain][list(StabilityClass).index(stability)]
    profile: FloatArray = validate_wind(wind_speed_m_s) * (heights / 10.0) ** exponent
    return profile


def air_density_kg_m3(air_temperature_k: float) -> float:
    """
    Give the density of dry air at standard pressure.

    Parameters
    ----------
    air_temperature_k : float
        Kelvin, 220 to 330.

    Returns
    -------
    float
        kg/m³.

    Raises
    ------
    HazardError
        When the temperature lies outside the range.

    Notes
    -----
    Ideal gas, molar mass of dry air 28.9652 g/mol (CIPM-2007, doi:10.1088/0026-1394/45/2/004), 101 325 Pa.

    Examples
    --------
    >>> round(air_density_kg_m3(293.15), 4)
    1.2041
    """
    t_k = float(validate_range("air_temperature_k", air_temperature_k, 220, 330))
    return gas_density_kg_m3(_DRY_AIR_MOLAR_MASS_KG_MOL, t_k)


def gas_density_kg_m3(
    molar_mass_kg_mol: float, temperature_k: float, pressure_pa: float = STANDARD_PRESSURE_PA
) -> float:
    """
    Give the density of an ideal gas.

    Parameters
    ----------
    molar_mass_kg_mol : float
        kg/mol, 0.001 to 1.
    temperature_k : float
        Kelvin, 20 to 2000.
    pressure_pa : float
        Absolute, Pa, 1 to 1e8.

    Returns
    -------
    float
        kg/m³.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    ρ = P M / (R T). Near saturation real vapours are a few percent denser.

    Examples
    --------
    >>> round(gas_density_kg_m3(0.070906, 298.15), 3)
    2.898
    """
    validate_range("molar_mass_kg_mol", molar_mass_kg_mol, 0.001, 1)
    validate_range("temperature_k", temperature_k, 20, 2000)
    validate_range("pressure_pa", pressure_pa, 1, 1e8)
    return pressure_pa * molar_mass_kg_mol / (GAS_CONSTANT_J_MOL_K * temperature_k)


def mg_m3_from_ppm(ppm: ArrayLike, molar_mass_kg_mol: float, temperature_k: float = 298.15) -> FloatArray:
    """
    Convert parts per million by volume to milligrams per cubic metre.

    Parameters
    ----------
    ppm : array_like of float
        0 to 1e6.
    molar_mass_kg_mol : float
        kg/mol, 0.001 to 1.
    temperature_k : float
        Of the air, kelvin; 25 °C by default.

    Returns
    -------
    ndarray of float
        mg/m³, in the shape of ``ppm``.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    mg/m³ = ppm · M · P / (R T), at 101 325 Pa; the molar volume at 25 °C is 24.465 L.

    Examples
    --------
    >>> float(mg_m3_from_ppm(20, 0.070906).round(2))
    57.96
    """
    share = validate_range("volume_fraction", np.asarray(ppm, dtype=np.float64) / 1e6, 0, 1)
    converted: FloatArray = share * gas_density_kg_m3(molar_mass_kg_mol, temperature_k) * 1e6
    return converted


def vapour_pressure_of_water_pa(air_temperature_k: float, relative_humidity: float) -> float:
    """
    Give the partial pressure of water in the air.

    Parameters
    ----------
    air_temperature_k : float
        Kelvin, 220 to 330.
    relative_humidity : float
        0 to 1.

    Returns
    -------
    float
        Pa.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Pw = 101 325 · RH · exp(14.4114 − 5328/T): K. S. Mudan and P. A. Croce in the *SFPE Handbook of Fire
    Protection Engineering*; CCPS (1999), 4.1.

    Examples
    --------
    >>> round(vapour_pressure_of_water_pa(293.15, 0.5), 1)
    1175.4
    """
    t_k = float(validate_range("air_temperature_k", air_temperature_k, 220, 330))
    humidity = float(validate_range("relative_humidity", relative_humidity, 0, 1))
    return STANDARD_PRESSURE_PA * humidity * math.exp(14.4114 - 5328.0 / t_k)
