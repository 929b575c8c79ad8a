"""Estimate the share of people who die of poison, heat or overpressure."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from geo.hazard.validity import validate_range

FloatArray = NDArray[np.float64]

LONGEST_TOXIC_MIN = 30.0
LONGEST_HEAT_S = 20.0


def share_from_probit(probit: ArrayLike) -> FloatArray:
    """
    Turn a probit into the share of people affected.

    Parameters
    ----------
    probit : array_like of float
        5 is half of them; −inf is nobody.

    Returns
    -------
    ndarray of float
        0 to 1, in the shape of ``probit``.

    Notes
    -----
    ½ (1 + erf((Pr − 5)/√2)): D. J. Finney, *Probit Analysis*, 3rd ed. (1971); AQ/T 3046-2013, annex I.

    Examples
    --------
    >>> (100 * share_from_probit([2.67, 3.72, 5.0, 6.28, 7.33])).round(2).tolist()
    [0.99, 10.03, 50.0, 89.97, 99.01]
    """
    share: FloatArray = ndtr(np.asarray(probit, dtype=np.float64) - 5.0)
    return share


def toxic_probit(
    concentration_mg_m3: ArrayLike, exposure_min: float, *, a: float, b: float, n: float
) -> FloatArray:
    """
    Give the probit of death by breathing a constant concentration.

    Parameters
    ----------
    concentration_mg_m3 : array_like of float
        mg/m³, 0 or more.
    exposure_min : float
        Minutes, above 0 to 30; longer exposures are not covered by the constants.
    a, b, n : float
        The substance's constants, for mg/m³ and minutes.

    Returns
    -------
    ndarray of float
        The probit, −inf for clean air, in the shape of the concentration.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Pr = a + b ln(Cⁿ t): TNO *Green Book* (CPR 16E, 1992), chapter 5; AQ/T 3046-2013, annex I.2, which limits t to
    30 min.

    Examples
    --------
    >>> [round(float(toxic_probit(1000.0, t, a=-6.35, b=0.5, n=2.75)), 4) for t in (10, 30)]
    [4.2995, 4.8488]
    """
    c = validate_range("concentration_mg_m3", concentration_mg_m3, 0, 1e8)
    t_min = float(validate_range("exposure_min", exposure_min, 1e-3, LONGEST_TOXIC_MIN))
    with np.errstate(divide="ignore"):
        probit: FloatArray = a + b * (n * np.log(c) + np.log(t_min))
    return probit


def heat_probit(heat_flux_w_m2: ArrayLike, exposure_s: float) -> FloatArray:
    """
    Give the probit of death by heat radiation on bare skin.

    Parameters
    ----------
    heat_flux_w_m2 : array_like of float
        W/m², 0 or more.
    exposure_s : float
        Seconds, above 0 to 20; then people have found shelter.

    Returns
    -------
    ndarray of float
        The probit, −inf without heat, in the shape of the flux.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Pr = −36.38 + 2.56 ln(q^(4/3) t): TNO *Green Book* (CPR 16E, 1992), chapter 1; AQ/T 3046-2013, annex I, which
    limits t to 20 s.

    Examples
    --------
    >>> share_from_probit(heat_probit([12.5e3, 25e3, 37.5e3], 20.0)).round(4).tolist()
    [0.0654, 0.8036, 0.9874]
    """
    q = validate_range("heat_flux_w_m2", heat_flux_w_m2, 0, 1e8)
    t_s = float(validate_range("exposure_s", exposure_s, 1e-3, LONGEST_HEAT_S))
    with np.errstate(divide="ignore"):
        probit: FloatArray = -36.38 + 2.56 * (4 / 3 * np.log(q) + np.log(t_s))
    return probit


def lung_probit(overpressure_pa: ArrayLike) -> FloatArray:
    """
    Give the probit of death by bleeding of the lungs in a blast.

    Parameters
    ----------
    overpressure_pa : array_like of float
        Peak, Pa, 0 or more.

    Returns
    -------
    ndarray of float
        The probit, −inf without blast, in the shape of the pressure.

    Raises
    ------
    HazardError
        When a pressure is negative.

    Notes
    -----
    Pr = −77.1 + 6.91 ln p: N. A. Eisenberg, C. J. Lynch and R. J. Breeding, *Vulnerability Model*, US Coast
    Guard CG-D-136-75 (1975). People in the open; collapsing houses kill at far less: `blast_death_share`.

    Examples
    --------
    >>> share_from_probit(lung_probit([100e3, 141e3, 200e3])).round(2).tolist()
    [0.01, 0.43, 0.99]
    """
    p = validate_range("overpressure_pa", overpressure_pa, 0, 1e9)
    with np.errstate(divide="ignore"):
        probit: FloatArray = -77.1 + 6.91 * np.log(p)
    return probit


def blast_death_share(overpressure_pa: ArrayLike, *, is_indoors: bool) -> FloatArray:
    """
    Give the share of deaths by blast as Chinese quantitative risk analysis counts them.

    Parameters
    ----------
    overpressure_pa : array_like of float
        Peak, Pa, 0 or more.
    is_indoors : bool
        Indoors or in the open.

    Returns
    -------
    ndarray of float
        1 from 30 kPa on; 0.025 indoors from 10 kPa on; else 0.

    Raises
    ------
    HazardError
        When a pressure is negative.

    Notes
    -----
    AQ/T 3046-2013, 10.4.2 and table 10. 10 and 30 kPa themselves count as reached.

    Examples
    --------
    >>> blast_death_share([9.9e3, 10e3, 30e3], is_indoors=True).tolist()
    [0.0, 0.025, 1.0]
    """
    p = validate_range("overpressure_pa", overpressure_pa, 0, 1e9)
    share: FloatArray = np.where(p >= 30e3, 1.0, np.where((p >= 10e3) & is_indoors, 0.025, 0.0))
    return share
