"""Spread a neutral gas that escapes at once: the Gaussian puff, its reach and its radius."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.atmosphere import StabilityClass
from geo.hazard.reach import Reach, farthest_reach
from geo.hazard.sigmas import FITTED_FROM_M, LIMIT_M, puff_sigmas
from geo.hazard.validity import validate_range, validate_wind

FloatArray = NDArray[np.float64]
REACH_FROM_M = 1.0


@dataclass(frozen=True, slots=True)
class PuffSource:
    """
    A mass released at once and the air it goes into.

    Attributes
    ----------
    mass_kg : float
        The whole mass, kg, above 0 to 1e8.
    wind_speed_m_s : float
        m/s, 1 to 30.
    stability : StabilityClass
        A to F.
    height_m : float
        Of the release above ground, metres, 0 to 300.

    Raises
    ------
    HazardError
        When a figure lies outside its range.
    """

    mass_kg: float
    wind_speed_m_s: float
    stability: StabilityClass
    height_m: float = 0.0

    def __post_init__(self) -> None:
        validate_range("mass_kg", self.mass_kg, 1e-9, 1e8)
        validate_wind(self.wind_speed_m_s)
        validate_range("height_m", self.height_m, 0, 300)


def gaussian_puff(
    dx_m: ArrayLike,
    y_m: ArrayLike,
    z_m: ArrayLike,
    *,
    mass_kg: float,
    sigma_xy_m: ArrayLike,
    sigma_z_m: ArrayLike,
    height_m: float = 0.0,
) -> FloatArray:
    """
    Give the concentration of a three-dimensional normal cloud reflected at the ground.

    Parameters
    ----------
    dx_m, y_m, z_m : array_like of float
        Receptor along the wind from the cloud's centre, across, and above ground, metres; broadcast.
    mass_kg : float
        Whole mass, kg.
    sigma_xy_m, sigma_z_m : array_like of float
        Standard deviations, metres, above 0; broadcast with the receptors.
    height_m : float
        Of the centre above ground, metres.

    Returns
    -------
    ndarray of float
        kg/m³.

    Notes
    -----
    C = Q/((2π)^1.5 σx σy σz) · exp(−dx²/2σx² − y²/2σy²) · [exp(−(z−H)²/2σz²) + exp(−(z+H)²/2σz²)]: CCPS
    (1999), 2.3. Exact for any σ above 0.

    Examples
    --------
    >>> round(float(gaussian_puff(0, 0, 0, mass_kg=1, sigma_xy_m=5.0479, sigma_z_m=2.2148)), 6)
    0.00225
    """
    dx, y, z = (np.asarray(v, dtype=np.float64) for v in (dx_m, y_m, z_m))
    wide, high = np.asarray(sigma_xy_m, dtype=np.float64), np.asarray(sigma_z_m, dtype=np.float64)
    upwards = np.exp(-0.5 * ((z - height_m) / high) ** 2) + np.exp(-0.5 * ((z + height_m) / high) ** 2)
    cloud: FloatArray = (
        mass_kg / ((2 * np.pi) ** 1.5 * wide**2 * high) * np.exp(-0.5 * (dx**2 + y**2) / wide**2) * upwards
    )
    return cloud


def puff_concentration(
    source: PuffSource, x_m: ArrayLike, y_m: ArrayLike, z_m: ArrayLike, time_s: float
) -> FloatArray:
    """
    Give the concentration at receptors some time after a release at once.

    Parameters
    ----------
    source : PuffSource
        The release.
    x_m, y_m, z_m : array_like of float
        Downwind and across from the release, above ground, metres; broadcast.
    time_s : float
        Since the release, seconds, above 0. A puff that has not travelled 0.1 m counts as if it had.

    Returns
    -------
    ndarray of float
        kg/m³.

    Raises
    ------
    HazardError
        When a figure lies outside its range, or the puff has travelled more than 10 km.

    Notes
    -----
    `gaussian_puff` with `puff_sigmas` at its middle u t.

    Examples
    --------
    >>> chlorine = PuffSource(1.0, 2.0, StabilityClass.F)
    >>> f"{float(puff_concentration(chlorine, 500.0, 0.0, 0.0, 250.0)):.4e}"
    '2.2500e-03'
    """
    validate_range("time_s", time_s, 1e-9, 86_400)
    middle_m = max(source.wind_speed_m_s * time_s, 0.1)
    wide, high = puff_sigmas(middle_m, source.stability)
    return gaussian_puff(
        np.asarray(x_m, dtype=np.float64) - middle_m, y_m, z_m,
        mass_kg=source.mass_kg, sigma_xy_m=wide, sigma_z_m=high, height_m=source.height_m,
    )  # fmt: skip


def puff_peak(source: PuffSource, x_m: ArrayLike) -> FloatArray:
    """
    Give the highest concentration ever at the ground on the axis, when the middle of the cloud passes.

    Parameters
    ----------
    source : PuffSource
        The release.
    x_m : array_like of float
        Downwind, metres, 0.1 to 10 000.

    Returns
    -------
    ndarray of float
        kg/m³, in the shape of ``x_m``.

    Raises
    ------
    HazardError
        When a distance lies outside the range.

    Notes
    -----
    `gaussian_puff` at its middle.

    Examples
    --------
    >>> f"{float(puff_peak(PuffSource(1.0, 2.0, StabilityClass.F), 500.0)):.4e}"
    '2.2500e-03'
    """
    wide, high = puff_sigmas(x_m, source.stability)
    return gaussian_puff(
        0, 0, 0, mass_kg=source.mass_kg, sigma_xy_m=wide, sigma_z_m=high, height_m=source.height_m
    )


def puff_reach(source: PuffSource, threshold_kg_m3: float) -> Reach:
    """
    Find how far downwind a cloud's peak meets a concentration at the ground.

    Parameters
    ----------
    source : PuffSource
        The release.
    threshold_kg_m3 : float
        kg/m³, above 0; equal counts as met.

    Returns
    -------
    Reach
        1 m to 10 km; beyond 10 km it says so.

    Raises
    ------
    HazardError
        When the threshold is not above 0.

    Notes
    -----
    The farthest crossing of `puff_peak`; marked as extrapolated below 100 m. It is a momentary peak: thresholds
    for an exposure of minutes are met nearer.

    Examples
    --------
    >>> round(puff_reach(PuffSource(1.0, 2.0, StabilityClass.F), 2.25e-3).distance_m)
    500
    """
    validate_range("threshold_kg_m3", threshold_kg_m3, 1e-30, 1e6)
    return farthest_reach(
        lambda x: puff_peak(source, x),
        threshold_kg_m3,
        low_m=REACH_FROM_M,
        high_m=LIMIT_M,
        fitted_from_m=FITTED_FROM_M,
    )


def puff_radius_m(source: PuffSource, x_m: ArrayLike, threshold_kg_m3: float) -> FloatArray:
    """
    Give the radius within which a cloud meets a concentration at the ground when its middle is at x.

    Parameters
    ----------
    source : PuffSource
        The release.
    x_m : array_like of float
        Of the middle downwind, metres, 0.1 to 10 000.
    threshold_kg_m3 : float
        kg/m³, above 0.

    Returns
    -------
    ndarray of float
        Metres, in the shape of ``x_m``; 0 where the middle itself is below the threshold.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    A puff has σx = σy, so its lines of equal concentration at the ground are circles: σy √(2 ln(peak/threshold)).

    Examples
    --------
    >>> puff_radius_m(PuffSource(1.0, 2.0, StabilityClass.F), [400.0, 600.0], 2.25e-3).round(1).tolist()
    [4.3, 0.0]
    """
    validate_range("threshold_kg_m3", threshold_kg_m3, 1e-30, 1e6)
    ratio = puff_peak(source, x_m) / threshold_kg_m3
    radius: FloatArray = puff_sigmas(x_m, source.stability)[0] * np.sqrt(2 * np.log(np.maximum(ratio, 1.0)))
    return radius
