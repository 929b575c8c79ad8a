"""Describe what fitting speeds to observed trips gave: speeds, where each comes from, and the errors before and after."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.observed_trips import TripReason
from geo.road_class import RoadClass
from geo.speed_periods import PERIOD_OF_HOUR, ClassGroup, Period
from geo.weights import SpeedTable


class SpeedSource(StrEnum):
    """What the speed of a class in a period comes from."""

    OWN = "own"
    """Fitted to what was driven on this class in this period."""
    GROUP = "group"
    """Fitted together with like classes in this period, each of which was driven too little."""
    GROUP_ALL_HOURS = "group_all_hours"
    """Fitted together with like classes over all periods."""
    PRIOR = "prior"
    """Too little was driven: the table fitted from."""


class Verdict(StrEnum):
    """Whether the fitted speeds of a period are kept."""

    KEPT = "kept"
    """The mean absolute error on the trips held out is smaller."""
    NO_BETTER = "no_better"
    """It is not: the table fitted from stands."""
    NOT_TESTED = "not_tested"
    """Too few trips were held out: the table fitted from stands."""
    NOTHING_FITTED = "nothing_fitted"
    """Too little was driven in this period."""


@dataclass(frozen=True)
class ErrorSummary:
    """
    How far predictions lay from what was observed.

    Attributes
    ----------
    trip_count : int
        Trips compared.
    mae_s : float or None
        Mean absolute error in seconds; None without trips.
    median_ratio, p90_ratio : float or None
        Median and 90th percentile of observed over predicted.
    """

    trip_count: int
    mae_s: float | None
    median_ratio: float | None
    p90_ratio: float | None


@dataclass(frozen=True)
class SpeedCell:
    """
    The speed of a class of road in a period, and where it comes from.

    Attributes
    ----------
    road_class, period : RoadClass, Period
        Which cell.
    prior_kmh, fitted_kmh, kept_kmh : float
        Mean over the hours of the period: before, as fitted, and what stands after the test on held-out trips.
    source : SpeedSource
        What ``fitted_kmh`` comes from.
    length_km, trip_count : float, int
        What was driven behind it: by all cells that share its factor; of the cell alone where the prior stands.
    """

    road_class: RoadClass
    period: Period
    prior_kmh: float
    fitted_kmh: float
    kept_kmh: float
    source: SpeedSource
    length_km: float
    trip_count: int


@dataclass(frozen=True)
class PeriodOutcome:
    """How a period fared on the trips held out: its verdict and the errors under the table before and the fitted one."""

    period: Period
    verdict: Verdict
    before: ErrorSummary
    after: ErrorSummary


@dataclass(frozen=True)
class RatioSpread:
    """
    Spread of observed over predicted under the speeds that stand, so that an arrival can be promised with its 90 %.

    Attributes
    ----------
    period : Period or None
        None: all periods together.
    group : ClassGroup or None
        Roads on which most of the trip's time is spent; None: all.
    trip_count : int
        Trips behind it, held out where there are enough.
    p50, p90 : float
        Median and 90th percentile.
    """

    period: Period | None
    group: ClassGroup | None
    trip_count: int
    p50: float
    p90: float


@dataclass(frozen=True, eq=False)
class SpeedFit:
    """
    What a fit gave.

    Attributes
    ----------
    speeds : SpeedTable
        The table that stands: fitted hours where they proved better, the prior elsewhere.
    is_improved : bool
        Whether it differs from the prior at all.
    prior, fitted : SpeedTable
        The table fitted from, and the fitted one before the test.
    cells : tuple of SpeedCell
        Class by class and period by period.
    periods : tuple of PeriodOutcome
        Period by period.
    before, after : ErrorSummary
        Error on all held-out trips under the prior and under ``speeds``.
    ratios : tuple of RatioSpread
        For periods and groups with enough trips, for each period, and for all; the most special first.
    turn_out_s : float
        Seconds before wheels turn, as given or fitted; part of every prediction of a period whose speeds are kept.
    reasons : tuple of TripReason
        One per trip, in the order given.
    rounds : int
        Rounds of routing and fitting.
    is_stable : bool
        Whether the last round changed speeds by less than 1 % on average over what was driven.
    """

    speeds: SpeedTable
    is_improved: bool
    prior: SpeedTable
    fitted: SpeedTable
    cells: tuple[SpeedCell, ...]
    periods: tuple[PeriodOutcome, ...]
    before: ErrorSummary
    after: ErrorSummary
    ratios: tuple[RatioSpread, ...]
    turn_out_s: float
    reasons: tuple[TripReason, ...]
    rounds: int
    is_stable: bool

    @property
    def reason_counts(self) -> dict[TripReason, int]:
        """How many trips each reason applies to, in the order of `TripReason`."""
        counted = Counter(self.reasons)
        return {reason: counted[reason] for reason in TripReason if counted[reason]}


def summarise(observed_s: NDArray[np.float64], predicted_s: NDArray[np.float64]) -> ErrorSummary:
    """
    Compare predictions with observations.

    Parameters
    ----------
    observed_s, predicted_s : ndarray of float64, shape (n,)
        Seconds, above 0.

    Returns
    -------
    ErrorSummary
        Error and ratios; None in it where there are no trips.

    Examples
    --------
    >>> summarise(np.array([100.0, 220.0]), np.array([100.0, 200.0]))
    ErrorSummary(trip_count=2, mae_s=10.0, median_ratio=1.05, p90_ratio=1.09)
    """
    if len(observed_s) == 0:
        return ErrorSummary(0, None, None, None)
    ratio = observed_s / predicted_s
    return ErrorSummary(
        len(ratio),
        float(np.abs(observed_s - predicted_s).mean()),
        float(np.median(ratio)),
        float(np.quantile(ratio, 0.9)),
    )


def spread_for(
    ratios: tuple[RatioSpread, ...], hour_of_week: int, group: ClassGroup | None = None
) -> RatioSpread | None:
    """
    Find the spread that suits a trip best.

    Parameters
    ----------
    ratios : tuple of RatioSpread
        As from `fit_speeds`.
    hour_of_week : int
        Hour of the departure, 0 to 167.
    group : ClassGroup, optional
        Roads on which most of its time is spent.

    Returns
    -------
    RatioSpread or None
        Of the period and group, else of the period, else of the group, else of all; None when there is none.

    Examples
    --------
    >>> everything = RatioSpread(None, None, 50, 1.0, 1.4)
    >>> spread_for((everything,), 8).p90
    1.4
    """
    at = Period(int(PERIOD_OF_HOUR[hour_of_week]))
    known = {(spread.period, spread.group): spread for spread in ratios}
    choices = ((at, group), (at, None), (None, group), (None, None))
    return next((known[key] for key in choices if key in known), None)
