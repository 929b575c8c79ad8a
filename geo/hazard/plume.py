"""Spread a neutral gas that escapes steadily: the Gaussian plume, its reach and its width."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.atmosphere import StabilityClass, Terrain
from geo.hazard.reach import Reach, farthest_reach
from geo.hazard.sigmas import FITTED_FROM_M, LIMIT_M, plume_sigmas
from geo.hazard.validity import validate_range, validate_wind

FloatArray = NDArray[np.float64]
REACH_FROM_M = 1.0


@dataclass(frozen=True, slots=True)
class PlumeSource:
    """
    A steady release and the air it goes into.

    Attributes
    ----------
    rate_kg_s : float
        Mass flow, kg/s, above 0 to 1e6.
    wind_speed_m_s : float
        At the height of release, m/s, 1 to 30.
    stability : StabilityClass
        A to F.
    terrain : Terrain
        Open country or city.
    height_m : float
        Of the release above ground, metres, 0 to 300.
    averaging_time_s : float
        Seconds, 20 to 3600; 10 minutes as the curves have it.

    Raises
    ------
    HazardError
        When a figure lies outside its range.
    """

    rate_kg_s: float
    wind_speed_m_s: float
    stability: StabilityClass
    terrain: Terrain = Terrain.RURAL
    height_m: float = 0.0
    averaging_time_s: float = 600.0

    def __post_init__(self) -> None:
        validate_range("rate_kg_s", self.rate_kg_s, 1e-12, 1e6)
        validate_wind(self.wind_speed_m_s)
        validate_range("height_m", self.height_m, 0, 300)
        validate_range("averaging_time_s", self.averaging_time_s, 20, 3600)

    def sigmas(self, x_m: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Give σy and σz in metres at distances downwind."""
        return plume_sigmas(x_m, self.stability, self.terrain, averaging_time_s=self.averaging_time_s)


def plume_concentration(
    source: PlumeSource, x_m: ArrayLike, y_m: ArrayLike = 0.0, z_m: ArrayLike = 0.0
) -> FloatArray:
    """
    Give the concentration in a plume at receptors.

    Parameters
    ----------
    source : PlumeSource
        The release.
    x_m : array_like of float
        Downwind of the release, metres, up to 10 000; at or before it the concentration is 0.
    y_m, z_m : array_like of float
        Across the wind and above ground, metres; broadcast with ``x_m``.

    Returns
    -------
    ndarray of float
        kg/m³.

    Raises
    ------
    HazardError
        When a receptor lies beyond 10 km or below the ground.

    Notes
    -----
    C = Q/(2π u σy σz) · exp(−y²/2σy²) · [exp(−(z−H)²/2σz²) + exp(−(z+H)²/2σz²)], reflected at the ground:
    Turner (1970), eq. 3.1; CCPS (1999), 2.3. Flat ground, steady wind, a gas as heavy as air; no deposition
    and no lid.

    Examples
    --------
    >>> smoke = PlumeSource(0.080, 6.0, StabilityClass.D, height_m=60.0)
    >>> f"{float(plume_concentration(smoke, 500.0)):.4e}"
    '1.4477e-07'
    """
    x = validate_range("x_m", x_m, -np.inf, LIMIT_M)
    z = validate_range("height_m", z_m, 0, 1e5)
    is_downwind = x >= 0.1
    sigma_y, sigma_z = source.sigmas(np.where(is_downwind, x, 1.0))
    sideways = np.exp(-0.5 * (np.asarray(y_m, dtype=np.float64) / sigma_y) ** 2)
    upwards = np.exp(-0.5 * ((z - source.height_m) / sigma_z) ** 2) + np.exp(
        -0.5 * ((z + source.height_m) / sigma_z) ** 2
    )
    axis = source.rate_kg_s / (2 * np.pi * source.wind_speed_m_s * sigma_y * sigma_z)
    concentration: FloatArray = np.where(is_downwind, axis * sideways * upwards, 0.0)
    return concentration


def plume_reach(source: PlumeSource, threshold_kg_m3: float) -> Reach:
    """
    Find how far downwind a concentration is met at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release.
    threshold_kg_m3 : float
        kg/m³, above 0; equal counts as met.

    Returns
    -------
    Reach
        1 m to 10 km; beyond 10 km it says so; "nearer" when it is met nowhere from 1 m on.

    Raises
    ------
    HazardError
        When the threshold is not above 0.

    Notes
    -----
    The farthest crossing on the axis of `plume_concentration`; marked as extrapolated below 100 m.

    Examples
    --------
    >>> chlorine = PlumeSource(1.0, 5.0, StabilityClass.D)
    >>> round(plume_reach(chlorine, 57.965e-6).distance_m, 1)
    565.5
    """
    validate_range("threshold_kg_m3", threshold_kg_m3, 1e-30, 1e6)
    return farthest_reach(
        lambda x: plume_concentration(source, x),
        threshold_kg_m3,
        low_m=REACH_FROM_M,
        high_m=LIMIT_M,
        fitted_from_m=FITTED_FROM_M,
    )


def plume_half_width_m(source: PlumeSource, x_m: ArrayLike, threshold_kg_m3: float) -> FloatArray:
    """
    Give how far to each side of the axis a concentration is met at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release.
    x_m : array_like of float
        Downwind, metres, up to 10 000.
    threshold_kg_m3 : float
        kg/m³, above 0.

    Returns
    -------
    ndarray of float
        Metres, in the shape of ``x_m``; 0 where the axis itself is below the threshold.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    `plume_concentration` solved for y: σy √(2 ln(C(x, 0, 0)/threshold)).

    Examples
    --------
    >>> chlorine = PlumeSource(1.0, 5.0, StabilityClass.D)
    >>> plume_half_width_m(chlorine, [300.0, 600.0], 57.965e-6).round(1).tolist()
    [35.6, 0.0]
    """
    validate_range("threshold_kg_m3", threshold_kg_m3, 1e-30, 1e6)
    x = validate_range("x_m", x_m, 0.1, LIMIT_M)
    ratio = plume_concentration(source, x) / threshold_kg_m3
    width: FloatArray = source.sigmas(x)[0] * np.sqrt(2 * np.log(np.maximum(ratio, 1.0)))
    return width
