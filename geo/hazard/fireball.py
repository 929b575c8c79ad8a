"""Give the size, the duration and the heat of the fireball when a vessel of boiling liquid bursts (BLEVE)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.pool_fire import transmissivity
from geo.hazard.reach import Reach, ReachStatus, farthest_reach
from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]

REACH_LIMIT_DIAMETERS = 50.0
_LONG_MASS_KG = 30_000.0


@dataclass(frozen=True, slots=True)
class Fireball:
    """
    A fireball (沸腾液体扩展蒸气爆炸).

    Attributes
    ----------
    mass_kg : float
        Fuel in the ball, kg, 1 to 1e7.
    heat_of_combustion_j_kg : float
        J/kg, 1e6 to 1.5e8.
    emitted_share : float
        Share of the heat that is radiated, 0.2 to 0.4; more at higher bursting pressure.
    air_temperature_k : float
        Kelvin, 220 to 330.
    relative_humidity : float
        0 to 1; below 1 % counts as 1 %.

    Raises
    ------
    HazardError
        When a figure lies outside its range.
    """

    mass_kg: float
    heat_of_combustion_j_kg: float
    emitted_share: float = 0.3
    air_temperature_k: float = 298.15
    relative_humidity: float = 0.5

    def __post_init__(self) -> None:
        validate_range("mass_kg", self.mass_kg, 1, 1e7)
        validate_range("heat_of_combustion_j_kg", self.heat_of_combustion_j_kg, 1e6, 1.5e8)
        validate_range("emitted_share", self.emitted_share, 0.2, 0.4)
        validate_range("air_temperature_k", self.air_temperature_k, 220, 330)
        validate_range("relative_humidity", self.relative_humidity, 0, 1)

    @property
    def diameter_m(self) -> float:
        """Largest diameter, 5.8 M^⅓, metres."""
        return float(5.8 * self.mass_kg ** (1 / 3))

    @property
    def duration_s(self) -> float:
        """How long it burns: 0.45 M^⅓ below 30 t, 2.6 M^⅙ from there on, seconds (they meet within 4 %)."""
        if self.mass_kg < _LONG_MASS_KG:
            return float(0.45 * self.mass_kg ** (1 / 3))
        return float(2.6 * self.mass_kg ** (1 / 6))

    @property
    def centre_height_m(self) -> float:
        """Height of the middle above ground, 0.75 D, metres."""
        return 0.75 * self.diameter_m

    @property
    def emissive_power_w_m2(self) -> float:
        """Heat leaving the surface, W/m²."""
        heat = self.emitted_share * self.mass_kg * self.heat_of_combustion_j_kg
        return heat / (math.pi * self.diameter_m**2 * self.duration_s)


def fireball_flux_w_m2(ball: Fireball, distance_m: ArrayLike, *, is_upright: bool = False) -> FloatArray:
    """
    Give the heat flux at the ground around a fireball.

    Parameters
    ----------
    ball : Fireball
        The fireball.
    distance_m : array_like of float
        Along the ground from below its middle, metres, 0 or more.
    is_upright : bool
        For an upright target (times x/L) instead of one that faces the ball.

    Returns
    -------
    ndarray of float
        W/m², in the shape of ``distance_m``.

    Raises
    ------
    HazardError
        When a distance is negative.

    Notes
    -----
    E D²/(4 L²) τ, L from the middle to the target, the air's path L − D/2: CCPS (2010), chapter 8; A. F. Roberts, "Thermal
    radiation hazards from releases of LPG from pressurised storage", Fire Saf. J. 4 (1981), 197-212,
    doi:10.1016/0379-7112(81)90018-7. The ball stands at its largest size all the time.

    Examples
    --------
    >>> ball = Fireball(100e3, 46.35e6, emitted_share=0.25)
    >>> [round(float(fireball_flux_w_m2(ball, 200.0, is_upright=u)) / 1000, 2) for u in (False, True)]
    [42.72, 30.06]
    """
    x = validate_range("distance_m", distance_m, 0, 1e6)
    line_m = np.hypot(x, ball.centre_height_m)
    clear = transmissivity(line_m - ball.diameter_m / 2, ball.air_temperature_k, ball.relative_humidity)
    flux: FloatArray = ball.emissive_power_w_m2 * ball.diameter_m**2 / (4 * line_m**2) * clear
    if is_upright:
        flux = flux * x / line_m
    return flux


def fireball_reach(ball: Fireball, threshold_w_m2: float) -> Reach:
    """
    Find how far along the ground a heat flux is met by a target that faces the fireball.

    Parameters
    ----------
    ball : Fireball
        The fireball.
    threshold_w_m2 : float
        W/m², 100 to 1e6.

    Returns
    -------
    Reach
        Up to 50 diameters; not reached when even below the ball it is less.

    Raises
    ------
    HazardError
        When the threshold lies outside the range.

    Notes
    -----
    `fireball_flux_w_m2` falls with distance and is solved for it.

    Examples
    --------
    >>> round(fireball_reach(Fireball(20e3, 46.35e6), 11_060.0).distance_m)
    300
    """
    threshold = float(validate_range("heat_flux_w_m2", threshold_w_m2, 100, 1e6))
    if float(fireball_flux_w_m2(ball, 0.0)) < threshold:
        return Reach(0.0, ReachStatus.NOT_REACHED)
    found = farthest_reach(
        lambda x: fireball_flux_w_m2(ball, x),
        threshold,
        low_m=1e-3,
        high_m=REACH_LIMIT_DIAMETERS * ball.diameter_m,
    )
    return Reach(0.0, ReachStatus.WITHIN) if found.status is ReachStatus.NEARER else found
