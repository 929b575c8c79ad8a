"""Fit a city's speeds by road class and hour to observed trips, and keep them where they prove better on trips held out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo._speed_solver import Solution, Unknowns, choose_unknowns, solve, spread_of
from geo.errors import TripError
from geo.network import Network
from geo.observed_trips import ObservedTrips, PlacedTrips, RoadUse, TripReason, first_reasons, place, road_use
from geo.road_class import RoadClass
from geo.speed_fit import (
    PeriodOutcome,
    RatioSpread,
    SpeedCell,
    SpeedFit,
    SpeedSource,
    Verdict,
    summarise,
)
from geo.speed_periods import GROUP_OF_CLASS, PERIOD_OF_HOUR, ClassGroup, Period
from geo.weights import CAR, Profile, SpeedTable, default_speed_table

_SOURCES = (SpeedSource.OWN, SpeedSource.GROUP, SpeedSource.GROUP_ALL_HOURS, SpeedSource.PRIOR)
_LEAST_FOR_SPREAD = 30
_STABLE = 0.01


@dataclass(frozen=True)
class FitOptions:
    """
    How speeds are fitted.

    Parameters
    ----------
    least_length_m : float
        Metres driven in a cell before it gets a factor of its own; above 0.
    least_trips : int
        Trips in a cell before it does; 1 or more.
    least_held_out : int
        Held-out trips in a period before its speeds can be kept; 1 or more.
    prior_spread : float
        How far speeds are expected to lie from the table fitted from: standard deviation of the logarithm; above 0.
    turn_out_s : float
        Seconds between notified and wheels turning that are no travel time; 0 or more.
    fits_turn_out : bool
        Whether that time is fitted too, starting from ``turn_out_s``.
    outlier_spreads : float
        Trips farther than this many spreads from the rest are left out of the fit; above 1.
    most_rounds : int
        Rounds of routing and fitting; 1 or more.

    Raises
    ------
    TripError
        When one of them lies outside its range.
    """

    least_length_m: float = 20_000.0
    least_trips: int = 30
    least_held_out: int = 10
    prior_spread: float = 0.3
    turn_out_s: float = 0.0
    fits_turn_out: bool = False
    outlier_spreads: float = 3.5
    most_rounds: int = 6

    def __post_init__(self) -> None:
        limits = (
            ("least_length_m", self.least_length_m > 0, "> 0"),
            ("least_trips", self.least_trips >= 1, ">= 1"),
            ("least_held_out", self.least_held_out >= 1, ">= 1"),
            ("prior_spread", 0 < self.prior_spread <= 5, "> 0, <= 5"),
            ("turn_out_s", 0 <= self.turn_out_s <= 3600, "0–3600"),
            ("outlier_spreads", self.outlier_spreads > 1, "> 1"),
            ("most_rounds", self.most_rounds >= 1, ">= 1"),
        )
        for name, is_good, wanted in limits:
            if not is_good:
                value = getattr(self, name)
                raise TripError(f"{name} 为 {value}，应 {wanted}。 {name} is {value}: expected {wanted}.")


def fit_speeds(
    network: Network,
    trips: ObservedTrips,
    *,
    prior: SpeedTable | None = None,
    profile: Profile = CAR,
    options: FitOptions | None = None,
    on_round: Callable[[int], None] = lambda _: None,
) -> SpeedFit:
    """
    Fit speeds by class and hour to observed trips.

    Parameters
    ----------
    network : Network
        The roads.
    trips : ObservedTrips
        Trips, some of them held out; their order does not matter.
    prior : SpeedTable, optional
        The table fitted from, which thin data keep; by default `default_speed_table`.
    profile : Profile
        Who drove.
    options : FitOptions, optional
        How.
    on_round : callable, optional
        Told the number of each round as it begins, since many trips take minutes.

    Returns
    -------
    SpeedFit
        Speeds, where each comes from, and the error before and after on the trips held out.

    Raises
    ------
    TripError
        When there are no trips, or none that can be used.

    Notes
    -----
    Routes are not observed: each trip is taken to have used the quickest route under the current speeds; routes and speeds are
    found in turn until speeds change by less than 1 % on the roads driven, as D. Bertsimas et al. do ("Travel time estimation in the age of big
    data", Oper. Res. 67 (2019), doi:10.1287/opre.2018.1784). Times of rescue trips scatter by factors, nearly log-normally (B.
    Westgate et al., Ann. Appl. Stat. 7 (2013), doi:10.1214/13-AOAS626; S. Budge et al., Manag. Sci. 56 (2010),
    doi:10.1287/mnsc.1090.1142), so the fit is by least squares on logarithms, drawn to the prior, with Huber's weights
    (doi:10.1214/aoms/1177703732) and without trips that lie more than ``outlier_spreads`` from the rest.

    A cell is a class in a `Period`. One that was driven too little shares a factor with like classes, in its period or at all
    hours, or keeps the prior; its ``source`` says so. A period's fitted speeds stand only where the mean absolute error on its
    held-out trips is smaller than before. Since a trip uses the speeds of its departure throughout, periods are tested one by one,
    and the error over all held-out trips is never larger than before. It is chosen on those trips, though, so
    what it promises for later months is a little too good.

    Limits: speeds under a posted limit, which caps them, are not seen; a class that is driven only together with another cannot be told from
    it; without a turn-out time, whatever passes before wheels turn counts as slow driving.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.05, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]], length_m=[5000]))
    >>> ends = [np.repeat([end], 200, axis=0) for end in np.array(at)]
    >>> trips = ObservedTrips(*ends, np.full(200, 10), np.full(200, 1200.0), np.arange(200) % 5 == 0)
    >>> fit = fit_speeds(network, trips)  # 5 km in 20 minutes
    >>> float(fit.speeds.speed_kmh[RoadClass.RESIDENTIAL, 10].round()), fit.before.mae_s > fit.after.mae_s
    (15.0, True)
    """
    base = default_speed_table() if prior is None else prior
    how = FitOptions() if options is None else options
    if len(trips) == 0:
        raise TripError("没有行程，无法拟合速度。 There are no trips to fit speeds to.")
    order = trips.order()
    placed = place(network, trips.take(order), profile)
    before = road_use(placed, base, np.arange(len(trips)))
    reasons = first_reasons(placed, before)
    is_good = np.array([reason is TripReason.USED for reason in reasons])
    if not is_good.any():
        counted = "、".join(f"{reason} {n}" for reason, n in Counter(reasons).most_common())
        raise TripError(f"没有可用的行程：{counted}。 None of the trips can be used: {counted}.")
    state = _iterate(placed, base, before, is_good, how, on_round)
    for row in np.flatnonzero(state.is_outlier).tolist():
        reasons[row] = TripReason.OUTLIER
    tested = np.flatnonzero(is_good & placed.trips.is_held_out)
    after = road_use(placed, state.table, tested) if len(tested) else before
    back = np.empty(len(order), np.intp)
    back[order] = np.arange(len(order))
    return _tested(placed, base, state, (before, after), [reasons[i] for i in back], is_good, how)


@dataclass(frozen=True, eq=False)
class _State:
    """Where the rounds ended."""

    table: SpeedTable
    unknowns: Unknowns
    solution: Solution
    is_outlier: NDArray[np.bool_]
    rounds: int
    is_stable: bool


def _iterate(
    placed: PlacedTrips,
    base: SpeedTable,
    use: RoadUse,
    is_good: NDArray[np.bool_],
    how: FitOptions,
    on_round: Callable[[int], None],
) -> _State:
    """Fit and route in turn."""
    trips = placed.trips
    rows = np.flatnonzero(is_good & ~trips.is_held_out)
    period = PERIOD_OF_HOUR[trips.hour_of_week]
    is_outlier = np.zeros(len(trips), bool)
    table, unknowns, solution = base, _no_unknowns(), Solution(np.zeros(0), how.turn_out_s)
    logs = np.zeros((len(RoadClass), len(Period)))
    rounds, is_stable = 0, False
    while rounds < how.most_rounds and not is_stable and len(rows):
        rounds += 1
        on_round(rounds)
        if rounds > 1:
            use = road_use(placed, table, rows)
            ratio = np.log(trips.duration_s[rows] / (use.predicted_s[rows] + solution.turn_out_s))
            centre, spread = spread_of(ratio)
            is_outlier[:] = False
            is_outlier[rows] = np.abs(ratio - centre) > how.outlier_spreads * spread
        used = rows[~is_outlier[rows]]
        if rounds <= 2:  # held from then on, so that a cell at the limit does not come and go
            unknowns = choose_unknowns(
                use.length_m[used],
                period[used],
                least_length_m=how.least_length_m,
                least_trips=how.least_trips,
            )
        solution = _solved(placed, base, use, unknowns, used, how)
        new = np.append(solution.log_factor, 0.0)[unknowns.of_cell]
        # smaller and smaller steps (the method of successive averages): trips that flip between two roads settle
        step = 1.0 if rounds <= 2 else 1.0 / (rounds - 1)
        new = np.where(unknowns.of_cell < 0, 0.0, logs + step * (new - logs))
        moved = np.abs(new - logs)[:, period[used]].T
        driven = use.length_m[used]
        is_stable = rounds > 1 and float((moved * driven).sum()) < _STABLE * float(driven.sum())
        logs = new
        table = _table(base, logs)
    return _State(table, unknowns, solution, is_outlier, rounds, is_stable or not len(rows))


def _no_unknowns() -> Unknowns:
    return choose_unknowns(
        np.zeros((0, len(RoadClass))), np.zeros(0, np.int8), least_length_m=1.0, least_trips=1
    )


def _solved(
    placed: PlacedTrips,
    base: SpeedTable,
    use: RoadUse,
    unknowns: Unknowns,
    rows: NDArray[np.intp],
    how: FitOptions,
) -> Solution:
    """Sum up the time on each unknown's roads under the base table, and fit."""
    if len(rows) == 0:
        return Solution(np.zeros(unknowns.count), how.turn_out_s)
    hours = placed.trips.hour_of_week[rows]
    pace = 3.6 / (base.speed_kmh[:, hours].T * placed.profile.speed_factor)
    seconds = use.length_m[rows] * pace
    of_trip = unknowns.of_cell.T[PERIOD_OF_HOUR[hours]]  # (n, 16)
    time_s = np.zeros((len(rows), unknowns.count + 1))
    np.add.at(time_s, (np.arange(len(rows))[:, None], of_trip), seconds)  # -1 adds to the last column
    return solve(
        time_s[:, :-1],
        use.fixed_s[rows] + time_s[:, -1],
        placed.trips.duration_s[rows],
        prior_spread=how.prior_spread,
        turn_out_s=how.turn_out_s,
        fits_turn_out=how.fits_turn_out,
    )


def _table(base: SpeedTable, logs: NDArray[np.float64]) -> SpeedTable:
    """Put factors on a table; whatever has none stays exactly as it was."""
    factor = np.exp(-logs)[:, PERIOD_OF_HOUR]
    kmh = np.where(factor == 1.0, base.speed_kmh, np.clip(base.speed_kmh * factor, 1.0, 200.0))
    kmh.setflags(write=False)
    return SpeedTable(kmh, f"fitted from {base.name}")


def _tested(
    placed: PlacedTrips,
    base: SpeedTable,
    state: _State,
    uses: tuple[RoadUse, RoadUse],
    reasons: list[TripReason],
    is_good: NDArray[np.bool_],
    how: FitOptions,
) -> SpeedFit:
    """Keep the fitted speeds of each period that has proved better on the trips held out."""
    trips = placed.trips
    period = PERIOD_OF_HOUR[trips.hour_of_week]
    tested = is_good & trips.is_held_out
    observed_s = trips.duration_s
    before, after = uses
    old_s = before.predicted_s + how.turn_out_s
    new_s = after.predicted_s + state.solution.turn_out_s
    outcomes, kept = [], np.zeros(len(Period), bool)
    for at in Period:
        rows = tested & (period == at)
        old, new = (summarise(observed_s[rows], s[rows]) for s in (old_s, new_s))
        verdict = Verdict.NO_BETTER
        if (state.unknowns.of_cell[:, at] < 0).all() and state.solution.turn_out_s == how.turn_out_s:
            verdict = Verdict.NOTHING_FITTED
        elif old.mae_s is None or new.mae_s is None or old.trip_count < how.least_held_out:
            verdict = Verdict.NOT_TESTED
        elif new.mae_s < old.mae_s:
            verdict = Verdict.KEPT
        kept[at] = verdict is Verdict.KEPT
        outcomes.append(PeriodOutcome(at, verdict, old, new))
    is_kept = kept[PERIOD_OF_HOUR]
    kmh = np.where(is_kept, state.table.speed_kmh, base.speed_kmh)
    kmh.setflags(write=False)
    final_s = np.where(kept[period], new_s, old_s)
    group = _main_group(base, trips.hour_of_week, before)
    return SpeedFit(
        speeds=SpeedTable(kmh, state.table.name if kept.any() else base.name),
        is_improved=bool(kept.any()),
        prior=base,
        fitted=state.table,
        cells=_cells(base, state, kmh),
        periods=tuple(outcomes),
        before=summarise(observed_s[tested], old_s[tested]),
        after=summarise(observed_s[tested], final_s[tested]),
        ratios=_ratios(observed_s[tested] / final_s[tested], period[tested], group[tested]),
        turn_out_s=state.solution.turn_out_s,
        reasons=tuple(reasons),
        rounds=state.rounds,
        is_stable=state.is_stable,
    )


def _cells(base: SpeedTable, state: _State, kept_kmh: NDArray[np.float64]) -> tuple[SpeedCell, ...]:
    """List the cells with where their speeds come from."""
    cells = []
    for road_class in RoadClass:
        for at in Period:
            hours = at == PERIOD_OF_HOUR
            level, length_m = state.unknowns.level[road_class, at], state.unknowns.length_m[road_class, at]
            cells.append(
                SpeedCell(
                    road_class,
                    at,
                    prior_kmh=float(base.speed_kmh[road_class, hours].mean()),
                    fitted_kmh=float(state.table.speed_kmh[road_class, hours].mean()),
                    kept_kmh=float(kept_kmh[road_class, hours].mean()),
                    source=_SOURCES[level],
                    length_km=float(length_m) / 1000,
                    trip_count=int(state.unknowns.trip_count[road_class, at]),
                )
            )
    return tuple(cells)


def _main_group(base: SpeedTable, hours: NDArray[np.int64], use: RoadUse) -> NDArray[np.int64]:
    """Group of classes on which most of each trip's time is spent."""
    seconds = use.length_m / base.speed_kmh[:, hours].T
    by_group = np.column_stack([seconds[:, group == GROUP_OF_CLASS].sum(axis=1) for group in ClassGroup])
    found: NDArray[np.int64] = by_group.argmax(axis=1)
    return found


def _ratios(
    ratio: NDArray[np.float64], period: NDArray[np.int8], group: NDArray[np.int64]
) -> tuple[RatioSpread, ...]:
    """Quantiles of held-out ratios wherever there are 30 of them; over all trips in any case."""
    wanted: list[tuple[Period | None, ClassGroup | None]] = [(at, of) for at in Period for of in ClassGroup]
    wanted += [(at, None) for at in Period] + [(None, of) for of in ClassGroup] + [(None, None)]
    found = []
    for at, of in wanted:
        rows = np.ones(len(ratio), bool)
        rows &= period == at if at is not None else True
        rows &= group == of if of is not None else True
        count = int(rows.sum())
        if count >= _LEAST_FOR_SPREAD or (count and at is None and of is None):
            p50, p90 = (float(v) for v in np.quantile(ratio[rows], (0.5, 0.9)))
            found.append(RatioSpread(at, of, count, p50, p90))
    return tuple(found)
