"""Give the heat of a burning pool by two models: a point that radiates, and an upright cylinder of flame."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.atmosphere import GRAVITY_M_S2, air_density_kg_m3, vapour_pressure_of_water_pa
from geo.hazard.reach import Reach, farthest_reach
from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]

REACH_LIMIT_DIAMETERS = 100.0
POINT_VALID_FROM_DIAMETERS = 2.5


class FireModel(StrEnum):
    """The two models of a pool fire; they differ by a factor of two."""

    SOLID_FLAME = "solid_flame"
    POINT_SOURCE = "point_source"


@dataclass(frozen=True, slots=True)
class PoolFire:
    """
    A burning pool in still air.

    Attributes
    ----------
    diameter_m : float
        Metres, 0.5 to 200.
    burning_rate_kg_m2_s : float
        Mass burned from each square metre, kg/(m² s), 0.001 to 0.5.
    heat_of_combustion_j_kg : float
        J/kg, 1e6 to 1.5e8.
    air_temperature_k : float
        Kelvin, 220 to 330.
    relative_humidity : float
        0 to 1; 0 counts as 1 %.
    emitted_share : float
        Share of the heat that is radiated, 0.15 to 0.6; for the point source.
    air_density_kg_m3 : float, optional
        kg/m³; from the temperature when not given.

    Raises
    ------
    HazardError
        When a figure lies outside its range.
    """

    diameter_m: float
    burning_rate_kg_m2_s: float
    heat_of_combustion_j_kg: float
    air_temperature_k: float = 293.15
    relative_humidity: float = 0.5
    emitted_share: float = 0.35
    air_density_kg_m3: float | None = None

    def __post_init__(self) -> None:
        validate_range("diameter_m", self.diameter_m, 0.5, 200)
        validate_range("rate_kg_s", self.burning_rate_kg_m2_s, 1e-3, 0.5)
        validate_range("heat_of_combustion_j_kg", self.heat_of_combustion_j_kg, 1e6, 1.5e8)
        validate_range("air_temperature_k", self.air_temperature_k, 220, 330)
        validate_range("relative_humidity", self.relative_humidity, 0, 1)
        validate_range("emitted_share", self.emitted_share, 0.15, 0.6)

    @property
    def flame_length_m(self) -> float:
        """Thomas' length of the flame in still air, 42 D (ṁ″/(ρₐ √(gD)))^0.61, metres."""
        density = self.air_density_kg_m3 or air_density_kg_m3(self.air_temperature_k)
        froude = self.burning_rate_kg_m2_s / (density * math.sqrt(GRAVITY_M_S2 * self.diameter_m))
        return 42.0 * self.diameter_m * float(froude**0.61)

    @property
    def emissive_power_w_m2(self) -> float:
        """Mudan's mean heat leaving the flame's surface, smoke included, W/m²."""
        bright = math.exp(-0.12 * self.diameter_m)
        return 1000.0 * (140.0 * bright + 20.0 * (1 - bright))


def transmissivity(path_m: ArrayLike, air_temperature_k: float, relative_humidity: float) -> FloatArray:
    """
    Give the share of heat radiation that the water in the air lets through.

    Parameters
    ----------
    path_m : array_like of float
        From the flame's surface to the target, metres, above 0.
    air_temperature_k : float
        Kelvin, 220 to 330.
    relative_humidity : float
        0 to 1; below 1 % counts as 1 %.

    Returns
    -------
    ndarray of float
        0 to 1, in the shape of ``path_m``.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    2.02 (Pw X)^−0.09, at most 1, Pw in Pa: CCPS (1999), eq. 4.1. Fitted for Pw X from 1e4 to 1e5 N/m.

    Examples
    --------
    >>> float(transmissivity(15.0, 293.15, 0.5).round(4))
    0.8379
    """
    path = np.maximum(validate_range("distance_m", path_m, 0, 1e6), 1e-3)
    water_pa = vapour_pressure_of_water_pa(air_temperature_k, max(relative_humidity, 0.01))
    share: FloatArray = np.minimum(1.0, 2.02 * (water_pa * path) ** -0.09)
    return share


def cylinder_view_factors(
    distance_m: ArrayLike, *, diameter_m: float, length_m: float
) -> tuple[FloatArray, FloatArray]:
    """
    Give how much of the view of a small target at the ground an upright cylinder of flame fills.

    Parameters
    ----------
    distance_m : array_like of float
        From the cylinder's axis, metres, more than its radius.
    diameter_m, length_m : float
        Of the cylinder, metres, above 0.

    Returns
    -------
    tuple of ndarray
        View factors of a vertical target facing the axis and of a horizontal one, in the shape of
        ``distance_m``; the largest of any target is √(F_V² + F_H²).

    Raises
    ------
    HazardError
        When a distance is not more than the radius.

    Notes
    -----
    K. S. Mudan, "Thermal radiation hazards from hydrocarbon pool fires", Prog. Energy Combust. Sci. 10 (1984),
    59-80, doi:10.1016/0360-1285(84)90119-9, appendix. Exact geometry for a target level with the cylinder's foot.

    Examples
    --------
    >>> [float(f.round(6)) for f in cylinder_view_factors(20.0, diameter_m=10.0, length_m=15.817)]
    [0.102177, 0.040147]
    """
    x = validate_range("distance_m", distance_m, diameter_m / 2 * (1 + 1e-9), 1e9)
    s, h = 2 * x / diameter_m, 2 * length_m / diameter_m
    a, b = (h**2 + s**2 + 1) / (2 * s), (1 + s**2) / (2 * s)
    side = np.arctan(np.sqrt((a + 1) * (s - 1) / ((a - 1) * (s + 1)))) / np.sqrt(a**2 - 1)
    vertical: FloatArray = (
        np.arctan(h / np.sqrt(s**2 - 1)) / s
        - h / s * np.arctan(np.sqrt((s - 1) / (s + 1)))
        + a * h / s * side
    ) / np.pi
    top = np.arctan(np.sqrt((b + 1) * (s - 1) / ((b - 1) * (s + 1)))) / np.sqrt(b**2 - 1)
    horizontal: FloatArray = ((b - 1 / s) * top - (a - 1 / s) * side) / np.pi
    return vertical, horizontal


def pool_fire_flux_w_m2(
    fire: PoolFire,
    distance_m: ArrayLike,
    *,
    model: FireModel = FireModel.SOLID_FLAME,
    is_clear_air: bool = False,
) -> FloatArray:
    """
    Give the heat flux around a pool fire.

    Parameters
    ----------
    fire : PoolFire
        The pool.
    distance_m : array_like of float
        From its centre, metres, more than its radius.
    model : FireModel
        Solid flame or point source; the latter is meant for 2.5 diameters and farther.
    is_clear_air : bool
        Leave out what the air absorbs.

    Returns
    -------
    ndarray of float
        W/m² on a target turned towards the most heat, in the shape of ``distance_m``.

    Raises
    ------
    HazardError
        When a distance is not more than the radius.

    Notes
    -----
    Solid flame: E F τ, Mudan (1984) with the flame of P. H. Thomas, "The size of flames from natural fires", Symp. (Int.) Combust. 9 (1963), 844-859,
    doi:10.1016/S0082-0784(63)80091-0. Point source: χ ṁ ΔHc τ/(4πx²). The air's path runs from the flame's
    surface. Still air: a wind tilts the flame and reaches farther to leeward.

    Examples
    --------
    >>> petrol = PoolFire(10.0, 0.055, 43.7e6, air_density_kg_m3=1.2)
    >>> (pool_fire_flux_w_m2(petrol, [20.0, 30.0, 50.0]) / 1000).round(2).tolist()
    [5.16, 2.45, 0.88]
    """
    x = validate_range("distance_m", distance_m, fire.diameter_m / 2 * (1 + 1e-9), 1e6)
    clear = (
        1.0
        if is_clear_air
        else transmissivity(x - fire.diameter_m / 2, fire.air_temperature_k, fire.relative_humidity)
    )
    if model is FireModel.POINT_SOURCE:
        burned = fire.burning_rate_kg_m2_s * math.pi / 4 * fire.diameter_m**2
        point: FloatArray = (
            fire.emitted_share * burned * fire.heat_of_combustion_j_kg * clear / (4 * math.pi * x**2)
        )
        return point
    vertical, horizontal = cylinder_view_factors(x, diameter_m=fire.diameter_m, length_m=fire.flame_length_m)
    solid: FloatArray = fire.emissive_power_w_m2 * np.hypot(vertical, horizontal) * clear
    return solid


def pool_fire_reach(
    fire: PoolFire, threshold_w_m2: float, *, model: FireModel = FireModel.SOLID_FLAME
) -> Reach:
    """
    Find how far from the centre of a pool fire a heat flux is met.

    Parameters
    ----------
    fire : PoolFire
        The pool.
    threshold_w_m2 : float
        W/m², 100 to 1e6.
    model : FireModel
        Solid flame or point source; the latter marks distances below 2.5 diameters as extrapolated.

    Returns
    -------
    Reach
        From the flame's surface to 100 diameters; "nearer" when it is met nowhere outside the flame.

    Raises
    ------
    HazardError
        When the threshold lies outside the range.

    Notes
    -----
    `pool_fire_flux_w_m2` solved for the distance.

    Examples
    --------
    >>> petrol = PoolFire(10.0, 0.055, 43.7e6, air_density_kg_m3=1.2)
    >>> round(pool_fire_reach(petrol, 4000.0).distance_m, 1)
    23.1
    """
    threshold = float(validate_range("heat_flux_w_m2", threshold_w_m2, 100, 1e6))
    is_point = model is FireModel.POINT_SOURCE
    return farthest_reach(
        lambda x: pool_fire_flux_w_m2(fire, x, model=model),
        threshold,
        low_m=fire.diameter_m / 2 * (1 + 1e-6),
        high_m=fire.diameter_m * REACH_LIMIT_DIAMETERS,
        fitted_from_m=POINT_VALID_FROM_DIAMETERS * fire.diameter_m if is_point else 0.0,
    )


def burning_rate_kg_m2_s(
    *,
    heat_of_combustion_j_kg: float,
    latent_heat_j_kg: float,
    heat_capacity_j_kg_k: float,
    boiling_temperature_k: float,
    air_temperature_k: float,
) -> float:
    """
    Estimate how fast a wide pool burns when nobody has measured it.

    Parameters
    ----------
    heat_of_combustion_j_kg, latent_heat_j_kg : float
        J/kg, above 0.
    heat_capacity_j_kg_k : float
        Of the liquid, J/(kg K).
    boiling_temperature_k, air_temperature_k : float
        Kelvin; a liquid that boils below the air's temperature needs no warming.

    Returns
    -------
    float
        kg/(m² s).

    Raises
    ------
    HazardError
        When a heat lies outside its range.

    Notes
    -----
    0.001 ΔHc/(ΔHv + cp (Tb − Ta)): D. S. Burgess and M. G. Zabetakis, *Fire and explosion hazards associated
    with liquefied natural gas*, USBM RI 6099 (1962); CCPS (1999), eq. 4.5. Within about a third of measurements;
    too high for alcohols.

    Examples
    --------
    >>> round(
    ...     burning_rate_kg_m2_s(
    ...         heat_of_combustion_j_kg=40.6e6,
    ...         latent_heat_j_kg=393.7e3,
    ...         heat_capacity_j_kg_k=1905,
    ...         boiling_temperature_k=353.2,
    ...         air_temperature_k=293.15,
    ...     ),
    ...     3,
    ... )
    0.08
    """
    burned = float(validate_range("heat_of_combustion_j_kg", heat_of_combustion_j_kg, 1e6, 1.5e8))
    latent = float(validate_range("latent_heat_j_kg", latent_heat_j_kg, 1e4, 3e6))
    return (
        1e-3 * burned / (latent + heat_capacity_j_kg_k * max(0.0, boiling_temperature_k - air_temperature_k))
    )
