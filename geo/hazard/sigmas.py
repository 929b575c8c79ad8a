"""Give how wide plumes and puffs have grown at a distance: Briggs' curves and power laws for puffs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.hazard.atmosphere import StabilityClass, Terrain
from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]

FITTED_FROM_M = 100.0
"""The curves were drawn from observations at 100 m and farther; nearer they are extrapolated."""
LIMIT_M = 10_000.0
"""Where the curves, and every statement of the Gaussian models, end."""
LEAST_M = 0.1
"""The nearest distance that is computed at all."""

_Curve = tuple[float, float, float]
_SIDEWAYS = {
    Terrain.RURAL: dict(zip("ABCDEF", (0.22, 0.16, 0.11, 0.08, 0.06, 0.04), strict=True)),
    Terrain.URBAN: dict(zip("ABCDEF", (0.32, 0.32, 0.22, 0.16, 0.11, 0.11), strict=True)),
}
_SIDEWAYS_BEND = {Terrain.RURAL: 0.0001, Terrain.URBAN: 0.0004}
_UPWARDS: dict[Terrain, dict[str, _Curve]] = {  # σz = a x (1 + b x)^p
    Terrain.RURAL: {
        "A": (0.20, 0.0, 0.0),
        "B": (0.12, 0.0, 0.0),
        "C": (0.08, 0.0002, -0.5),
        "D": (0.06, 0.0015, -0.5),
        "E": (0.03, 0.0003, -1.0),
        "F": (0.016, 0.0003, -1.0),
    },
    Terrain.URBAN: {
        "A": (0.24, 0.001, 0.5),
        "B": (0.24, 0.001, 0.5),
        "C": (0.20, 0.0, 0.0),
        "D": (0.14, 0.0003, -0.5),
        "E": (0.08, 0.0015, -0.5),
        "F": (0.08, 0.0015, -0.5),
    },
}
_PUFF = {  # σx = σy = a x^b, σz = c x^d
    "A": (0.18, 0.92, 0.60, 0.75),
    "B": (0.14, 0.92, 0.53, 0.73),
    "C": (0.10, 0.92, 0.34, 0.71),
    "D": (0.06, 0.92, 0.15, 0.70),
    "E": (0.04, 0.92, 0.10, 0.65),
    "F": (0.02, 0.89, 0.05, 0.61),
}


def plume_sigmas(
    x_m: ArrayLike, stability: StabilityClass, terrain: Terrain, *, averaging_time_s: float = 600.0
) -> tuple[FloatArray, FloatArray]:
    """
    Give the standard deviations of a continuous plume, sideways and upwards.

    Parameters
    ----------
    x_m : array_like of float
        Distance downwind, metres, 0.1 to 10 000.
    stability : StabilityClass
        A to F.
    terrain : Terrain
        Open country or city.
    averaging_time_s : float
        Seconds, 20 to 3600; the curves stand for 10 minutes, σy grows with its power 0.2.

    Returns
    -------
    tuple of ndarray
        σy and σz in metres, in the shape of ``x_m``.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    G. A. Briggs, *Diffusion estimation for small emissions*, ATDL contribution 79 (1973),
    doi:10.2172/5118833, as corrected in R. F. Griffiths, "Errors in the use of the Briggs parameterization",
    Atmos. Environ. 28 (1994), 2861-2865, doi:10.1016/1352-2310(94)90086-8: rural σz of E and F has exponent −1. Averaging: Turner (1970), eq. 5.12. Fitted
    100 m to 10 km over flat ground; nearer is extrapolation, farther is refused.

    Examples
    --------
    >>> [round(float(s), 2) for s in plume_sigmas(500, StabilityClass.D, Terrain.RURAL)]
    [39.04, 22.68]
    """
    x = validate_range("x_m", x_m, LEAST_M, LIMIT_M)
    validate_range("averaging_time_s", averaging_time_s, 20, 3600)
    sideways = _SIDEWAYS[terrain][stability] * x * (1 + _SIDEWAYS_BEND[terrain] * x) ** -0.5
    a, b, p = _UPWARDS[terrain][stability]
    return sideways * (averaging_time_s / 600.0) ** 0.2, a * x * (1 + b * x) ** p


def puff_sigmas(x_m: ArrayLike, stability: StabilityClass) -> tuple[FloatArray, FloatArray]:
    """
    Give the standard deviations of a puff whose centre has travelled a distance.

    Parameters
    ----------
    x_m : array_like of float
        Distance of the centre downwind, metres, 0.1 to 10 000.
    stability : StabilityClass
        A to F.

    Returns
    -------
    tuple of ndarray
        σx = σy and σz in metres, in the shape of ``x_m``.

    Raises
    ------
    HazardError
        When the distance lies outside the range.

    Notes
    -----
    Power laws of CCPS, *Guidelines for Consequence Analysis of Chemical Releases* (1999), 2.3; open country.
    One textbook prints 6.1 m for class F at 500 m where its own formula gives 5.05 m.

    Examples
    --------
    >>> [round(float(s), 4) for s in puff_sigmas(500, StabilityClass.F)]
    [5.0479, 2.2148]
    """
    x = validate_range("x_m", x_m, LEAST_M, LIMIT_M)
    a, b, c, d = _PUFF[stability]
    return a * x**b, c * x**d
