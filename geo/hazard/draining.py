"""Follow a tank that drains through a hole while its level falls."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.release import liquid_rate_kg_s
from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draining:
    """
    A tank that drains through a hole while its level falls.

    Attributes
    ----------
    first_rate_kg_s : float
        Mass flow at the beginning, kg/s.
    last_rate_kg_s : float
        Mass flow when the level reaches the hole, kg/s; 0 without overpressure.
    time_to_hole_s : float
        Until the level reaches the hole, seconds.
    mass_kg : float
        That flows out until then, kg.
    """

    first_rate_kg_s: float
    last_rate_kg_s: float
    time_to_hole_s: float
    mass_kg: float

    def rate_at_kg_s(self, time_s: ArrayLike) -> FloatArray:
        """Give the mass flow at times since the beginning, kg/s; it falls evenly, and is 0 afterwards."""
        t = validate_range("time_s", time_s, 0, 1e12)
        falling = (
            self.first_rate_kg_s + (self.last_rate_kg_s - self.first_rate_kg_s) * t / self.time_to_hole_s
        )
        rate: FloatArray = np.where(t <= self.time_to_hole_s, falling, 0.0)
        return rate


def draining_tank(
    *,
    hole_diameter_m: float,
    density_kg_m3: float,
    pressure_pa: float,
    head_m: float,
    tank_area_m2: float,
    discharge_coefficient: float = 0.63,
) -> Draining:
    """
    Follow the flow of a liquid through a hole while the level in an upright tank falls.

    Parameters
    ----------
    hole_diameter_m, density_kg_m3, pressure_pa, discharge_coefficient
        As for `liquid_rate_kg_s`; the pressure above the liquid stays.
    head_m : float
        Of the liquid above the hole at first, metres, 0.001 to 100.
    tank_area_m2 : float
        Cross-section of the tank, m², 0.001 to 1e5.

    Returns
    -------
    Draining
        Flow at both ends, time and mass.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Torricelli's problem solved exactly: the root of the driving head falls evenly with time (CCPS 1999, 2.1;
    D. A. Crowl and J. F. Louvar, *Chemical Process Safety*, chapter 4).

    Examples
    --------
    >>> tank = draining_tank(
    ...     hole_diameter_m=0.1, density_kg_m3=1000, pressure_pa=101325, head_m=4, tank_area_m2=10
    ... )
    >>> round(tank.time_to_hole_s), round(tank.mass_kg)
    (1825, 40000)
    """
    head = float(validate_range("head_m", head_m, 1e-3, 100))
    area_m2 = float(validate_range("tank_area_m2", tank_area_m2, 1e-3, 1e5))
    rates = [
        liquid_rate_kg_s(
            hole_diameter_m=hole_diameter_m,
            density_kg_m3=density_kg_m3,
            pressure_pa=pressure_pa,
            head_m=level,
            discharge_coefficient=discharge_coefficient,
        )
        for level in (head, 0.0)
    ]
    mass_kg = density_kg_m3 * area_m2 * head
    return Draining(rates[0], rates[1], 2 * mass_kg / (rates[0] + rates[1]), mass_kg)
