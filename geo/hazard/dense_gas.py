"""Spread a gas heavier than air along the ground after Britter and McQuaid, and tell when that is needed."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard import _dense_curves
from geo.hazard.atmosphere import GRAVITY_M_S2
from geo.hazard.reach import Reach, farthest_reach
from geo.hazard.sigmas import LIMIT_M
from geo.hazard.validity import validate_range, validate_wind

FloatArray = NDArray[np.float64]

DENSE_PLUME_FROM = 0.15
DENSE_PUFF_FROM = 0.20


@dataclass(frozen=True, slots=True)
class DenseCloud:
    """
    Pure vapour escaping at the ground, steadily or at once, and the air it goes into.

    Attributes
    ----------
    density_kg_m3 : float
        Of the vapour as released, kg/m³, 0.01 to 20.
    temperature_k : float
        Of the vapour as released, kelvin, 20 to 2000.
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30.
    air_density_kg_m3 : float
        kg/m³, 0.9 to 1.7.
    air_temperature_k : float
        Kelvin, 220 to 330.
    volume_rate_m3_s : float
        Steady flow of vapour, m³/s; 0 for a release at once.
    volume_m3 : float
        Vapour released at once, m³; 0 for a steady one.

    Raises
    ------
    HazardError
        When a figure lies outside its range, or neither or both of flow and volume are given.
    """

    density_kg_m3: float
    temperature_k: float
    wind_speed_m_s: float
    air_density_kg_m3: float
    air_temperature_k: float
    volume_rate_m3_s: float = 0.0
    volume_m3: float = 0.0

    def __post_init__(self) -> None:
        validate_range("density_kg_m3", self.density_kg_m3, 0.01, 20)
        validate_range("temperature_k", self.temperature_k, 20, 2000)
        validate_wind(self.wind_speed_m_s)
        validate_range("air_density_kg_m3", self.air_density_kg_m3, 0.9, 1.7)
        validate_range("air_temperature_k", self.air_temperature_k, 220, 330)
        if self.volume_m3 == 0:
            validate_range("volume_rate_m3_s", self.volume_rate_m3_s, 1e-12, 1e7)
        else:
            validate_range("volume_m3", self.volume_m3, 1e-9, 1e10)
            validate_range("volume_rate_m3_s", self.volume_rate_m3_s, 0, 0)

    @property
    def is_instant(self) -> bool:
        """Whether all of it is released at once."""
        return self.volume_m3 > 0

    @property
    def reduced_gravity_m_s2(self) -> float:
        """The buoyancy g₀ = g (ρ₀ − ρₐ)/ρₐ, m/s²; 0 or less for a light gas."""
        return GRAVITY_M_S2 * (self.density_kg_m3 - self.air_density_kg_m3) / self.air_density_kg_m3

    @property
    def length_m(self) -> float:
        """The length distances are scaled by: √(q₀/u) of a plume, V₀^⅓ of a puff, metres."""
        if self.is_instant:
            return float(self.volume_m3 ** (1 / 3))
        return math.sqrt(self.volume_rate_m3_s / self.wind_speed_m_s)

    @property
    def alpha(self) -> float:
        """The stability of the cloud: ⅕ log10(g₀² q₀/u⁵) or ½ log10(g₀ V₀^⅓/u²); −inf for a light gas."""
        buoyancy, wind = self.reduced_gravity_m_s2, self.wind_speed_m_s
        if buoyancy <= 0:
            return -math.inf
        if self.is_instant:
            return 0.5 * math.log10(buoyancy * self.length_m / wind**2)
        return 0.2 * math.log10(buoyancy**2 * self.volume_rate_m3_s / wind**5)

    @property
    def buoyancy_length_m(self) -> float:
        """The length g₀ q₀/u³ by which a steady plume is widened, metres."""
        return max(self.reduced_gravity_m_s2, 0.0) * self.volume_rate_m3_s / self.wind_speed_m_s**3


def is_dense(cloud: DenseCloud) -> bool:
    """
    Tell whether a cloud is so heavy that it spreads by its own weight.

    Parameters
    ----------
    cloud : DenseCloud
        Steady or at once.

    Returns
    -------
    bool
        True when (g₀ q₀/(u³ D))^⅓ ≥ 0.15, or √(g₀ V₀)/(u Dᵢ) ≥ 0.20 at once; never for a gas no heavier than
        air.

    Notes
    -----
    R. E. Britter and J. McQuaid, *Workbook on the Dispersion of Dense Gases*, HSE contract research report
    17/1988, chapter 2; CCPS (1999), 2.3.3.

    Examples
    --------
    >>> air = {"wind_speed_m_s": 5.0, "air_density_kg_m3": 1.2, "air_temperature_k": 293.0}
    >>> is_dense(DenseCloud(3.6, 239.0, volume_rate_m3_s=0.28, **air))
    True
    >>> is_dense(DenseCloud(3.6, 239.0, volume_rate_m3_s=0.00005, **air))
    False
    """
    buoyancy = cloud.reduced_gravity_m_s2
    if buoyancy <= 0:
        return False
    if cloud.is_instant:
        return (
            math.sqrt(buoyancy * cloud.volume_m3) / (cloud.wind_speed_m_s * cloud.length_m) >= DENSE_PUFF_FROM
        )
    return float((cloud.buoyancy_length_m / cloud.length_m) ** (1 / 3)) >= DENSE_PLUME_FROM


def dense_volume_fraction(cloud: DenseCloud, x_m: ArrayLike, *, is_linear: bool = False) -> FloatArray:
    """
    Give the highest share of the substance in the air at the ground, at distances downwind.

    Parameters
    ----------
    cloud : DenseCloud
        Steady or at once.
    x_m : array_like of float
        Downwind of the source, metres, 0 to 10 000.
    is_linear : bool
        Interpolate between the curves in the concentration instead of its logarithm.

    Returns
    -------
    ndarray of float
        Volume fraction, 0 to 1, in the shape of ``x_m``; averaged over 10 minutes for a plume.

    Raises
    ------
    HazardError
        When a distance lies outside the range.

    Notes
    -----
    Britter and McQuaid (1988), figures 8 and 9, as straight pieces (CCPS 1999, tables 2.12 and 2.13). A plume
    begins as 306/(306 + (x/D)²); past the last curve both fall with x⁻². A cold release is corrected: C* =
    C/(C + (1 − C) Tₐ/T₀). Flat, open ground. The curves end at α = 1: a heavier cloud is held there, on the
    safe side. Between near field and first curve the join is ours.

    Examples
    --------
    >>> lng = DenseCloud(1.76, 111.15, 10.9, 1.224, 298.0, volume_rate_m3_s=55.618)
    >>> float(dense_volume_fraction(lng, 367.0, is_linear=True).round(3))
    0.05
    """
    scaled = validate_range("x_m", x_m, 0, LIMIT_M) / cloud.length_m
    curve = _dense_curves.puff_ratio if cloud.is_instant else _dense_curves.plume_ratio
    star = curve(scaled, cloud.alpha, is_linear=is_linear)
    warming = cloud.air_temperature_k / cloud.temperature_k
    fraction: FloatArray = star * warming / (1 - star + star * warming)
    return fraction


def dense_reach(cloud: DenseCloud, volume_fraction: float, *, is_linear: bool = False) -> Reach:
    """
    Find how far downwind a share of the substance in the air is met at the ground.

    Parameters
    ----------
    cloud : DenseCloud
        Steady or at once.
    volume_fraction : float
        Above 0 to 1 (20 ppm are 2e-5); equal counts as met.
    is_linear : bool
        As for `dense_volume_fraction`.

    Returns
    -------
    Reach
        0.1 m to 10 km; beyond 10 km it says so. Marked as extrapolated past the last curve (0.002 of the source for
        a plume, 0.001 for a puff), where it falls with x⁻².

    Raises
    ------
    HazardError
        When the share lies outside the range.

    Notes
    -----
    Source as for `dense_volume_fraction`. The LNG trial of CCPS (1999), p. 122, for which the handbook reads
    367 m, and 200 m were measured.

    Examples
    --------
    >>> lng = DenseCloud(1.76, 111.15, 10.9, 1.224, 298.0, volume_rate_m3_s=55.618)
    >>> round(dense_reach(lng, 0.05, is_linear=True).distance_m, 1), round(dense_reach(lng, 0.05).distance_m, 1)
    (364.5, 361.5)
    """
    validate_range("volume_fraction", volume_fraction, 1e-15, 1)
    found = farthest_reach(
        lambda x: dense_volume_fraction(cloud, x, is_linear=is_linear),
        volume_fraction,
        low_m=0.1,
        high_m=LIMIT_M,
    )
    last_m = _dense_curves.last_scaled_distance(cloud.alpha, is_puff=cloud.is_instant) * cloud.length_m
    return replace(found, is_extrapolated=found.distance_m > last_m)


def dense_plume_half_width_m(cloud: DenseCloud, x_m: ArrayLike) -> FloatArray:
    """
    Give the half-width of a steady dense plume.

    Parameters
    ----------
    cloud : DenseCloud
        Steady.
    x_m : array_like of float
        Downwind, metres; upwind of the source, as far as `dense_plume_upwind_m`, it is as wide as at it.

    Returns
    -------
    ndarray of float
        Metres, in the shape of ``x_m``.

    Raises
    ------
    HazardError
        When the release is at once.

    Notes
    -----
    D + 8 l + 2.5 (l x²)^⅓ with l = g₀ q₀/u³: Britter and McQuaid (1988), figure 12; read as a half-width, as
    the TNO *Yellow Book* (CPR 14E, 2005), eq. 4.104, does.

    Examples
    --------
    >>> lng = DenseCloud(1.76, 111.15, 10.9, 1.224, 298.0, volume_rate_m3_s=55.618)
    >>> dense_plume_half_width_m(lng, [0.0, 364.5]).round(1).tolist()
    [3.7, 76.4]
    """
    validate_range("volume_m3", cloud.volume_m3, 0, 0)
    x = np.maximum(np.asarray(x_m, dtype=np.float64), 0.0)
    width: FloatArray = (
        cloud.length_m + 8 * cloud.buoyancy_length_m + 2.5 * np.cbrt(cloud.buoyancy_length_m * x**2)
    )
    return width


def dense_plume_upwind_m(cloud: DenseCloud) -> float:
    """
    Give how far a steady dense plume creeps upwind.

    Parameters
    ----------
    cloud : DenseCloud
        Steady.

    Returns
    -------
    float
        Metres from the middle of the source.

    Raises
    ------
    HazardError
        When the release is at once.

    Notes
    -----
    D/2 + 2 l: Britter and McQuaid (1988), figure 12.

    Examples
    --------
    >>> lng = DenseCloud(1.76, 111.15, 10.9, 1.224, 298.0, volume_rate_m3_s=55.618)
    >>> round(dense_plume_upwind_m(lng), 2)
    1.5
    """
    validate_range("volume_m3", cloud.volume_m3, 0, 0)
    return cloud.length_m / 2 + 2 * cloud.buoyancy_length_m


def dense_puff_radius_m(cloud: DenseCloud, time_s: ArrayLike) -> FloatArray:
    """
    Give the radius of a dense cloud some time after it was released at once.

    Parameters
    ----------
    cloud : DenseCloud
        Released at once.
    time_s : array_like of float
        Seconds, 0 or more; by then the middle has moved 0.4 u t downwind.

    Returns
    -------
    ndarray of float
        Metres, in the shape of ``time_s``.

    Raises
    ------
    HazardError
        When the release is steady or a time is negative.

    Notes
    -----
    √(R₀² + 1.2 t √(g₀ V₀)), R₀ that of a hemisphere: Britter and McQuaid (1988), chapter 4.

    Examples
    --------
    >>> cloud = DenseCloud(3.6, 239.0, 2.0, 1.2, 293.0, volume_m3=1000.0)
    >>> dense_puff_radius_m(cloud, [0.0, 60.0]).round(1).tolist()
    [7.8, 100.7]
    """
    validate_range("volume_rate_m3_s", cloud.volume_rate_m3_s, 0, 0)
    t = validate_range("time_s", time_s, 0, 1e6)
    first_m2 = (3 * cloud.volume_m3 / (2 * math.pi)) ** (2 / 3)
    radius: FloatArray = np.sqrt(
        first_m2 + 1.2 * t * math.sqrt(max(cloud.reduced_gravity_m_s2, 0.0) * cloud.volume_m3)
    )
    return radius


def is_steady_at(wind_speed_m_s: float, duration_s: float, x_m: float) -> bool | None:
    """
    Tell whether a dense release of some duration is steady or at once as seen from a distance.

    Parameters
    ----------
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30.
    duration_s : float
        Of the release, seconds, 0 or more.
    x_m : float
        Distance downwind, metres, above 0.

    Returns
    -------
    bool or None
        True (steady) when u t/x ≥ 2.5, False (at once) when ≤ 0.6, None between: then both are worked out and
        the smaller concentration holds.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Britter and McQuaid (1988), chapter 2.

    Examples
    --------
    >>> is_steady_at(5.0, 600.0, 1000.0), is_steady_at(5.0, 60.0, 1000.0), is_steady_at(5.0, 300.0, 1000.0)
    (True, False, None)
    """
    ratio = validate_wind(wind_speed_m_s) * float(validate_range("duration_s", duration_s, 0, 1e6))
    ratio /= float(validate_range("x_m", x_m, 1e-9, 1e9))
    return True if ratio >= 2.5 else False if ratio <= 0.6 else None
