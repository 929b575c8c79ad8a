"""Find how far downwind or around a value is exceeded, and say so where a model ends before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

FloatArray = NDArray[np.float64]
GRID_SIZE = 600


class ReachStatus(StrEnum):
    """How a distance is to be read."""

    WITHIN = "within"
    """The value is exceeded up to exactly this distance."""
    BEYOND = "beyond"
    """Exceeded up to this distance and farther: here the model ends ("> 10 km")."""
    NEARER = "nearer"
    """Exceeded, if at all, only nearer than this distance, where the model begins."""
    NOT_REACHED = "not_reached"
    """Nowhere exceeded."""


@dataclass(frozen=True, slots=True)
class Reach:
    """
    The farthest distance at which a value is met or exceeded.

    Attributes
    ----------
    distance_m : float
        Metres from the release; 0 when it is not reached, the model's limit when beyond or nearer.
    status : ReachStatus
        How to read the distance.
    is_extrapolated : bool
        True where the distance lies outside the data the model was fitted to, though within what it states.
    """

    distance_m: float
    status: ReachStatus
    is_extrapolated: bool = False


def farthest_reach(
    values: Callable[[FloatArray], FloatArray],
    threshold: float,
    *,
    low_m: float,
    high_m: float,
    fitted_from_m: float = 0.0,
) -> Reach:
    """
    Find the farthest distance at which a curve is at or above a threshold.

    Parameters
    ----------
    values : callable
        Takes an ascending array of distances in metres, gives the values there.
    threshold : float
        In the unit of the values; a value equal to it counts as reached.
    low_m, high_m : float
        Where the model begins and ends, metres, both above 0.
    fitted_from_m : float
        Nearer than this the answer is marked as extrapolated, metres.

    Returns
    -------
    Reach
        The distance to 1e-9 of itself, or why there is none.

    Notes
    -----
    The curve is looked at on 600 points evenly spaced in the logarithm, so an excursion narrower than 2 % of
    its distance may be overlooked; the models here have one maximum. The last crossing is refined by Brent's
    method (R. P. Brent, *Algorithms for Minimization without Derivatives*, 1973, chapter 4).

    Examples
    --------
    >>> farthest_reach(lambda x: 100 / x, 2.0, low_m=1, high_m=1000).distance_m
    50.0
    >>> str(farthest_reach(lambda x: 100 / x, 0.02, low_m=1, high_m=1000).status)
    'beyond'
    """
    grid = np.geomspace(low_m, high_m, GRID_SIZE)
    grid[0], grid[-1] = low_m, high_m
    above = np.flatnonzero(values(grid) >= threshold)
    if not len(above):
        return Reach(low_m, ReachStatus.NEARER)
    last = int(above[-1])
    if last == GRID_SIZE - 1:
        return Reach(high_m, ReachStatus.BEYOND)

    def excess(x_m: float) -> float:
        return float(values(np.array([x_m]))[0]) / threshold - 1.0

    at_m = float(brentq(excess, grid[last], grid[last + 1], xtol=1e-9, rtol=1e-12))
    return Reach(round(at_m, 9), ReachStatus.WITHIN, is_extrapolated=at_m < fitted_from_m)
