"""Spread a neutral gas that escapes steadily but not for long: sums of puffs, and the peak they leave behind."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from geo.hazard.plume import REACH_FROM_M, PlumeSource, plume_concentration
from geo.hazard.puff import gaussian_puff
from geo.hazard.reach import Reach, farthest_reach
from geo.hazard.sigmas import FITTED_FROM_M, LIMIT_M
from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]


def of_duration(source: PlumeSource, duration_s: float) -> PlumeSource:
    """
    Give a steady source the averaging time of a release that lasts less than 10 minutes.

    Parameters
    ----------
    source : PlumeSource
        The release.
    duration_s : float
        Seconds, 0.01 to 86 400.

    Returns
    -------
    PlumeSource
        The same, averaged over the duration, but no less than 20 s and no more than 10 minutes.

    Raises
    ------
    HazardError
        When the duration lies outside the range.

    Notes
    -----
    A cloud that passes in a minute has no time to meander for ten; Turner (1970), eq. 5.12.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> of_duration(PlumeSource(1.0, 2.0, StabilityClass.D), 60.0).averaging_time_s
    60.0
    """
    lasting = float(validate_range("duration_s", duration_s, 0.01, 86_400))
    return replace(source, averaging_time_s=min(600.0, max(20.0, lasting)))


def puff_train_concentration(
    source: PlumeSource,
    duration_s: float,
    x_m: ArrayLike,
    y_m: ArrayLike,
    z_m: ArrayLike,
    *,
    time_s: float,
    puff_count: int = 400,
) -> FloatArray:
    """
    Give the concentration at receptors during and after a release, as the sum of many puffs.

    Parameters
    ----------
    source : PlumeSource
        The release while it lasts.
    duration_s : float
        How long it lasts, seconds, 0.01 to 86 400.
    x_m, y_m, z_m : array_like of float
        Downwind and across from the release, above ground, metres; broadcast.
    time_s : float
        Since the release began, seconds, above 0.
    puff_count : int
        How many puffs; neighbours should lie no more than one σx apart where it matters.

    Returns
    -------
    ndarray of float
        kg/m³; puffs that have travelled more than 10 km are left out.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Each puff carries its share of the mass, moves with the wind and has the plume's σ at its own middle, σx = σy:
    CCPS (1999), 2.3.2.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> source = PlumeSource(1.0, 2.0, StabilityClass.D)
    >>> f"{puff_train_concentration(source, 300.0, 500.0, 0.0, 0.0, time_s=400).item():.1e}"
    '1.8e-04'
    """
    lasting = float(validate_range("duration_s", duration_s, 0.01, 86_400))
    now_s = float(validate_range("time_s", time_s, 1e-9, 86_400))
    born_s = (np.arange(puff_count) + 0.5) / puff_count * lasting
    middles = source.wind_speed_m_s * (now_s - born_s)
    middles = np.maximum(middles[(middles > 0) & (middles <= LIMIT_M)], 0.1)
    x, y, z = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x_m, y_m, z_m)))
    total = np.zeros(x.shape)
    wide, high = source.sigmas(middles)
    for middle, sigma_xy, sigma_z in zip(middles, wide, high, strict=True):
        total += gaussian_puff(
            x - middle, y, z, mass_kg=source.rate_kg_s * lasting / puff_count,
            sigma_xy_m=sigma_xy, sigma_z_m=sigma_z, height_m=source.height_m,
        )  # fmt: skip
    return total


def release_peak(source: PlumeSource, duration_s: float, x_m: ArrayLike) -> FloatArray:
    """
    Give the highest concentration a release of some duration ever brings to the axis at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release while it lasts.
    duration_s : float
        Seconds, 0.01 to 86 400.
    x_m : array_like of float
        Downwind, metres, 0.1 to 10 000.

    Returns
    -------
    ndarray of float
        kg/m³, in the shape of ``x_m``; never more than the steady plume's.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Puffs of the width they have at x add up to the plume times erf(u T/(2√2 σx)), σx = σy: E. Palazzi,
    M. De Faveri, G. Fumarola and G. Ferraiolo, "Diffusion from a steady source of short duration", Atmos.
    Environ. 16 (1982), 2785-2790. Short releases give the puff, long ones the plume.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> source = PlumeSource(1.0, 2.0, StabilityClass.D)
    >>> [f"{release_peak(source, t, 500.0).item():.3e}" for t in (10, 60, 600)]
    ['3.635e-05', '1.574e-04', '1.798e-04']
    """
    lasting = float(validate_range("duration_s", duration_s, 0.01, 86_400))
    x = validate_range("x_m", x_m, 0.1, LIMIT_M)
    along = source.sigmas(x)[0]
    passed = erf(source.wind_speed_m_s * lasting / (2 * np.sqrt(2) * along))
    peak: FloatArray = plume_concentration(source, x) * passed
    return peak


def release_reach(source: PlumeSource, duration_s: float, threshold_kg_m3: float) -> Reach:
    """
    Find how far downwind a release of some duration brings a concentration at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release while it lasts.
    duration_s : float
        Seconds, 0.01 to 86 400.
    threshold_kg_m3 : float
        kg/m³, above 0; equal counts as met.

    Returns
    -------
    Reach
        1 m to 10 km; beyond 10 km it says so.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    The farthest crossing of `release_peak`; marked as extrapolated below 100 m.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> source = PlumeSource(1.0, 2.0, StabilityClass.D)
    >>> [round(release_reach(source, t, 1e-4).distance_m) for t in (10, 60, 600)]
    [345, 612, 701]
    """
    validate_range("threshold_kg_m3", threshold_kg_m3, 1e-30, 1e6)
    return farthest_reach(
        lambda x: release_peak(source, duration_s, x),
        threshold_kg_m3, low_m=REACH_FROM_M, high_m=LIMIT_M, fitted_from_m=FITTED_FROM_M,
    )  # fmt: skip


def release_half_width_m(
    source: PlumeSource, duration_s: float, x_m: ArrayLike, threshold_kg_m3: float
) -> FloatArray:
    """
    Give how far to each side of the axis a release of some duration brings a concentration at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release while it lasts.
    duration_s : float
        Seconds, 0.01 to 86 400.
    x_m : array_like of float
        Downwind, metres, 0.1 to 10 000.
    threshold_kg_m3 : float
        kg/m³, above 0.

    Returns
    -------
    ndarray of float
        Metres, in the shape of ``x_m``; 0 where the axis itself stays below.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    σy √(2 ln(peak/threshold)).

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> source = PlumeSource(1.0, 2.0, StabilityClass.D)
    >>> release_half_width_m(source, 60.0, [300.0, 700.0], 1e-4).round(1).tolist()
    [40.9, 0.0]
    """
    validate_range("threshold_kg_m3", threshold_kg_m3, 1e-30, 1e6)
    ratio = release_peak(source, duration_s, x_m) / threshold_kg_m3
    width: FloatArray = source.sigmas(x_m)[0] * np.sqrt(2 * np.log(np.maximum(ratio, 1.0)))
    return width
