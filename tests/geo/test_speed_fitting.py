import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from geo import _speed_solver
from geo.errors import TripError
from geo.network_building import build_network
from geo.observed_trips import ObservedTrips, TripReason, place, road_use
from geo.road_class import RoadClass
from geo.road_edges import straight_edges
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.speed_fit import RatioSpread, SpeedSource, Verdict, spread_for, summarise
from geo.speed_fitting import FitOptions, fit_speeds
from geo.speed_periods import GROUP_OF_CLASS, PERIOD_OF_HOUR, ClassGroup, Period
from geo.travel_time_matrix import travel_time_matrix
from geo.weights import CAR, EMERGENCY, SpeedTable, default_speed_table

SIDE = 13
HOURS = (3, 8, 12, 18)
NOISE = 0.15
CLASSES = (RoadClass.TRUNK, RoadClass.PRIMARY, RoadClass.RESIDENTIAL)
# how much slower (above 1) or quicker roads truly are than the table says
TRUE_FACTORS = {
    (RoadClass.TRUNK, 3): 0.8, (RoadClass.PRIMARY, 3): 1.1, (RoadClass.RESIDENTIAL, 3): 1.3,
    (RoadClass.TRUNK, 8): 1.4, (RoadClass.PRIMARY, 8): 0.75, (RoadClass.RESIDENTIAL, 8): 1.0,
    (RoadClass.TRUNK, 12): 1.0, (RoadClass.PRIMARY, 12): 1.25, (RoadClass.RESIDENTIAL, 12): 0.8,
    (RoadClass.TRUNK, 18): 1.2, (RoadClass.PRIMARY, 18): 1.2, (RoadClass.RESIDENTIAL, 18): 1.2,
}  # fmt: skip


@pytest.fixture(scope="module")
def city():
    """A lattice of 500 m blocks: every fourth line is a primary road, every sixth a trunk road, the rest are streets."""
    ids = np.arange(SIDE * SIDE)
    at = np.column_stack([114 + 0.0049 * (ids % SIDE), 22.5 + 0.0045 * (ids // SIDE)])
    pairs = [(i, i + 1) for i in ids if (i + 1) % SIDE] + [
        (i, i + SIDE) for i in ids if i + SIDE < SIDE * SIDE
    ]
    line = [i // SIDE if j == i + 1 else i % SIDE for i, j in pairs]
    kinds = [CLASSES[0] if n % 6 == 3 else CLASSES[1] if n % 4 == 0 else CLASSES[2] for n in line]
    return build_network(ids, at, straight_edges(ids, at, pairs, road_class=kinds))


def true_table(factors):
    kmh = default_speed_table().speed_kmh.copy()
    for (road_class, hour), factor in factors.items():
        kmh[road_class, PERIOD_OF_HOUR[hour] == PERIOD_OF_HOUR] /= factor
    return SpeedTable(kmh, "truth")


def simulated(city, table, count, *, seed=0, noise=NOISE, hours=HOURS, turn_out_s=0.0, profile=CAR):
    """Trips between random places, each as long as the quickest route takes, with log-normal noise; a fifth is held out."""
    random = np.random.default_rng(seed)
    west, south, east, north = city.bounds
    ends = [[west, south] + random.random((count, 2)) * [east - west, north - south] for _ in range(2)]
    hour = random.choice(hours, count)
    held = random.random(count) < 0.2
    blank = ObservedTrips(*ends, hour, np.ones(count), held)
    exact = road_use(place(city, blank, profile), table, np.arange(count)).predicted_s
    return ObservedTrips(
        *ends, hour, (exact + turn_out_s) * np.exp(noise * random.standard_normal(count)), held
    )


@pytest.fixture(scope="module")
def truth():
    return true_table(TRUE_FACTORS)


@pytest.fixture(scope="module")
def trips(city, truth):
    return simulated(city, truth, 1600)


@pytest.fixture(scope="module")
def fit(city, trips):
    return fit_speeds(city, trips)


def test_road_use_adds_up_to_the_travel_time_of_the_other_engines(city, truth, trips):
    few = trips.take(np.arange(40))
    use = road_use(place(city, few, CAR), truth, np.arange(40))
    for i in range(40):
        hour = int(few.hour_of_week[i])
        impedance = weigh(city, Scenario(hour_of_week=hour, speeds=truth))
        ends = [snap(city, lonlat[[i]]) for lonlat in (few.origin_lonlat, few.destination_lonlat)]
        assert use.predicted_s[i] == travel_time_matrix(impedance, *ends)[0, 0]
        # a rounding of half a millisecond an arc is all that lies between
        assert (use.length_m[i] * 3.6 / truth.speed_kmh[:, hour]).sum() == pytest.approx(
            use.predicted_s[i], abs=0.05
        )


def test_known_speeds_are_recovered_from_noisy_arrivals(fit, truth):
    """1,600 trips with a noise of 15 % give every driven class and period within 7 %; the table lay up to 40 % off."""
    own = [cell for cell in fit.cells if cell.source is SpeedSource.OWN]
    assert {(c.road_class, c.period) for c in own} == {
        (c, Period(int(PERIOD_OF_HOUR[h]))) for c in CLASSES for h in HOURS
    }
    for cell in own:
        true_kmh = truth.speed_kmh[cell.road_class, cell.period == PERIOD_OF_HOUR].mean()
        assert cell.fitted_kmh == pytest.approx(true_kmh, rel=0.07), cell
    assert fit.is_improved
    assert fit.is_stable
    assert fit.after.mae_s < 0.75 * fit.before.mae_s
    assert fit.after.median_ratio == pytest.approx(1, abs=0.03)


def test_kept_are_the_fitted_hours_that_proved_better_and_nothing_else(fit):
    assert {o.period for o in fit.periods if o.verdict is Verdict.KEPT} >= {Period.NIGHT, Period.MORNING_PEAK}
    for outcome in fit.periods:
        hours = outcome.period == PERIOD_OF_HOUR
        table = fit.fitted if outcome.verdict is Verdict.KEPT else fit.prior
        assert (fit.speeds.speed_kmh[:, hours] == table.speed_kmh[:, hours]).all()
        if outcome.verdict is Verdict.KEPT:
            assert outcome.after.mae_s < outcome.before.mae_s
    weekend = next(o for o in fit.periods if o.period is Period.WEEKEND_DAY)
    assert (weekend.verdict, weekend.before.trip_count) == (Verdict.NOTHING_FITTED, 0)


def test_the_spread_of_arrivals_is_that_of_the_noise(fit):
    everything = spread_for(fit.ratios, 130)
    assert (everything.period, everything.group) == (None, None)
    assert everything.p50 == pytest.approx(1, abs=0.03)
    assert everything.p90 == pytest.approx(np.exp(1.2816 * NOISE), abs=0.05)
    night = spread_for(fit.ratios, 3)
    assert (night.period, night.group) == (Period.NIGHT, None)
    assert all(r.trip_count >= 30 for r in fit.ratios)


def test_thin_data_fall_back_step_by_step(city, truth):
    """Few trips at night: no class has enough alone. Classes never driven, and weekends, keep the table."""
    few = simulated(city, truth, 60, seed=4, hours=(3,))
    many = simulated(city, truth, 700, seed=5, hours=(8,))
    both = ObservedTrips(
        *(np.concatenate([getattr(t, n) for t in (few, many)]) for n in ObservedTrips.__dataclass_fields__)
    )
    options = FitOptions(least_length_m=200_000.0, least_trips=40)
    found = fit_speeds(city, both, options=options)
    cells = {(c.road_class, c.period): c for c in found.cells}
    assert cells[RoadClass.PRIMARY, Period.MORNING_PEAK].source is SpeedSource.OWN
    assert cells[RoadClass.PRIMARY, Period.NIGHT].source is SpeedSource.PRIOR
    assert cells[RoadClass.PRIMARY, Period.NIGHT].length_km < 200
    assert cells[RoadClass.FERRY, Period.MORNING_PEAK].source is SpeedSource.PRIOR
    assert cells[RoadClass.SERVICE, Period.WEEKEND_DAY].trip_count == 0
    for cell in found.cells:
        if cell.source is SpeedSource.PRIOR:
            assert cell.fitted_kmh == cell.prior_kmh == cell.kept_kmh


def test_cells_are_pooled_by_what_was_driven():
    """By hand: two trips by night on primary and tertiary roads, ten in the morning on primary ones."""
    length = np.zeros((12, len(RoadClass)))
    length[:2, RoadClass.PRIMARY], length[:2, RoadClass.TERTIARY] = 3000, 2000
    length[2:, RoadClass.PRIMARY] = 4000
    length[2:, RoadClass.SERVICE] = 50  # too little of each trip to count
    period = np.array([Period.NIGHT] * 2 + [Period.MORNING_PEAK] * 10, np.int8)

    def levels(least_m, least_trips):
        found = _speed_solver.choose_unknowns(length, period, least_length_m=least_m, least_trips=least_trips)
        cells = (
            (RoadClass.PRIMARY, 1),
            (RoadClass.PRIMARY, 0),
            (RoadClass.TERTIARY, 0),
            (RoadClass.SERVICE, 1),
        )
        return [int(found.level[c]) for c in cells], found

    alone, found = levels(4_000, 2)
    assert alone == [0, 0, 0, 3]
    assert found.count == 3
    together, found = levels(10_000, 2)
    assert together == [0, 1, 1, 3]  # exactly at the limit: 6 + 4 km is enough
    assert (
        found.of_cell[RoadClass.PRIMARY, 0]
        == found.of_cell[RoadClass.TERTIARY, 0]
        == found.of_cell[RoadClass.SECONDARY, 0]
    )
    assert found.length_m[RoadClass.PRIMARY, 0] == 10_000
    assert found.trip_count[RoadClass.PRIMARY, 0] == 2
    all_hours, found = levels(10_000.5, 2)
    assert all_hours == [0, 3, 3, 3]
    whole, found = levels(45_000, 12)
    assert whole == [2, 2, 2, 3]
    assert (found.count, found.trip_count[RoadClass.PRIMARY, 1], found.length_m[RoadClass.PRIMARY, 1]) == (
        1,
        12,
        50_000,
    )


def test_the_solver_finds_the_least_of_what_it_minimises():
    random = np.random.default_rng(3)
    time_s = random.random((80, 3)) * 300
    fixed = random.random(80) * 60
    observed = (fixed + time_s @ [1.3, 0.7, 1.0]) * np.exp(0.3 * random.standard_normal(80))
    for fits in (False, True):
        found = _speed_solver.solve(
            time_s, fixed, observed, prior_spread=0.4, turn_out_s=20.0, fits_turn_out=fits
        )

        def residual(x, fits=fits):
            extra = x[3] if fits else 20.0
            return np.log(observed / (fixed + extra + time_s @ np.exp(x[:3])))

        at = np.append(found.log_factor, found.turn_out_s)
        r = residual(at)
        spread = 1.4826 * np.median(np.abs(r - np.median(r)))

        def cost(x, spread=spread, residual=residual):
            u = np.abs(residual(x)) / spread
            huber = np.where(u <= 1.345, u * u, 2 * 1.345 * u - 1.345**2).sum()
            return huber + ((x[:3] / 0.4) ** 2).sum() + ((x[3] - 20) / 60) ** 2

        best = minimize(
            cost,
            np.array([0.0, 0, 0, 20]),
            method="Nelder-Mead",
            options={"maxiter": 8000, "xatol": 1e-6, "fatol": 1e-9},
        )
        assert at == pytest.approx(best.x, abs=2e-3 if not fits else 0.05)


def test_gross_errors_are_left_out_and_counted(city, trips, fit):
    random = np.random.default_rng(9)
    duration = trips.duration_s.copy()
    gross = random.choice(np.flatnonzero(~trips.is_held_out), 60, replace=False)
    duration[gross] *= np.where(random.random(60) < 0.5, 4.0, 0.3)
    found = fit_speeds(
        city,
        ObservedTrips(
            trips.origin_lonlat, trips.destination_lonlat, trips.hour_of_week, duration, trips.is_held_out
        ),
    )
    left_out = np.array([reason is not TripReason.USED for reason in found.reasons])
    assert left_out[gross].mean() > 0.95
    assert left_out[np.setdiff1d(np.arange(len(trips)), gross)].mean() < 0.02
    assert found.reason_counts[TripReason.OUTLIER] > 40
    assert sum(found.reason_counts.values()) == len(trips)
    for cell, clean in zip(found.cells, fit.cells, strict=True):
        assert cell.fitted_kmh == pytest.approx(clean.fitted_kmh, rel=0.02)


def test_the_order_of_rows_does_not_matter(city, trips):
    few, told = trips.take(np.arange(300)), []
    shuffled = np.random.default_rng(1).permutation(300)
    first, second = fit_speeds(city, few, on_round=told.append), fit_speeds(city, few.take(shuffled))
    assert told == list(range(1, first.rounds + 1))
    assert (first.fitted.speed_kmh == second.fitted.speed_kmh).all()
    assert (first.before, first.after, first.ratios, first.cells) == (
        second.before,
        second.after,
        second.ratios,
        second.cells,
    )
    assert [first.reasons[i] for i in shuffled] == list(second.reasons)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 250), st.sampled_from([0.05, 0.4, 1.0]))
def test_whatever_the_trips_the_error_held_out_is_never_larger_than_before(city, seed, count, noise):
    options = FitOptions(least_length_m=5_000.0, least_trips=5, least_held_out=1)
    found = fit_speeds(
        city, simulated(city, default_speed_table(), count, seed=seed, noise=noise), options=options
    )
    assert found.before.trip_count == found.after.trip_count
    if found.before.trip_count:
        assert found.after.mae_s <= found.before.mae_s
        assert found.is_improved == (found.after.mae_s < found.before.mae_s)
    assert (found.speeds.speed_kmh == found.prior.speed_kmh).all() == (not found.is_improved)


def test_a_fit_that_does_not_hold_is_refused(city, truth):
    """Roadworks in the months fitted to, none in the month held out."""
    slow = simulated(city, true_table({(c, h): 2.0 for c in CLASSES for h in HOURS}), 400, seed=2)
    usual = simulated(city, default_speed_table(), 400, seed=3)
    held = np.arange(800) >= 400
    both = [
        np.concatenate([getattr(t, n) for t in (slow, usual)]) for n in ObservedTrips.__dataclass_fields__
    ][:4]
    found = fit_speeds(city, ObservedTrips(*both, held))
    assert not found.is_improved
    assert {o.verdict for o in found.periods} == {Verdict.NO_BETTER, Verdict.NOTHING_FITTED}
    assert (found.speeds.speed_kmh == default_speed_table().speed_kmh).all()
    assert found.after == found.before


def test_without_trips_held_out_nothing_is_kept(city, trips):
    few = trips.take(np.flatnonzero(~trips.is_held_out)[:300])
    found = fit_speeds(city, few)
    assert not found.is_improved
    assert found.before == summarise(np.zeros(0), np.zeros(0))
    assert Verdict.NOT_TESTED in {o.verdict for o in found.periods}
    assert found.ratios == ()
    assert spread_for(found.ratios, 8) is None


def test_a_turn_out_time_is_told_from_slow_driving(city, truth):
    late = simulated(city, truth, 1200, seed=6, turn_out_s=90.0, noise=0.1)
    found = fit_speeds(city, late, options=FitOptions(fits_turn_out=True))
    assert found.turn_out_s == pytest.approx(90, abs=15)
    given_time = fit_speeds(city, late, options=FitOptions(turn_out_s=90.0))
    ignored = fit_speeds(city, late)
    assert given_time.after.mae_s < ignored.after.mae_s
    for cell in given_time.cells:
        if cell.source is SpeedSource.OWN:
            assert cell.fitted_kmh == pytest.approx(
                truth.speed_kmh[cell.road_class, cell.period == PERIOD_OF_HOUR].mean(), rel=0.08
            )


def test_the_profile_that_drove_counts(city):
    rescue = simulated(city, default_speed_table(), 500, seed=8, noise=0.05, profile=EMERGENCY)
    assert fit_speeds(city, rescue, profile=EMERGENCY).after.median_ratio == pytest.approx(1, abs=0.01)
    as_cars = fit_speeds(city, rescue)
    quicker = [c.fitted_kmh / c.prior_kmh for c in as_cars.cells if c.source is SpeedSource.OWN]
    assert quicker == pytest.approx([1.15] * len(quicker), rel=0.06)


def test_roads_under_a_posted_limit_say_nothing_of_the_table():
    at = np.array([[114.0, 22.5], [114.05, 22.5]])
    roads = straight_edges(
        [1, 2], at, [[1, 2]], road_class=[RoadClass.PRIMARY], max_speed_kmh=[10], length_m=[5000]
    )
    ends = [np.repeat(at[[i]], 100, axis=0) for i in (0, 1)]
    trips = ObservedTrips(*ends, np.full(100, 10), np.full(100, 1000.0), np.arange(100) % 2 == 0)
    found = fit_speeds(build_network([1, 2], at, roads), trips)
    assert {c.source for c in found.cells} == {SpeedSource.PRIOR}
    assert found.before.median_ratio == pytest.approx(1000 / 1800, rel=1e-3)


def test_reasons_for_trips_that_cannot_be_used():
    at = np.array([[114.0, 22.5], [114.05, 22.5], [114.05, 22.6]])
    network = build_network(
        [1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[5000, 9000])
    )
    cases = {
        TripReason.USED: (at[0], at[1], 600),
        TripReason.NOT_A_POSITION: ([np.nan, 22.5], at[1], 600),
        TripReason.OFF_ROAD: (at[0], [114.3, 22.5], 600),
        TripReason.TOO_SHORT: (at[0], [114.001, 22.5], 600),
        TripReason.TOO_LONG: (at[0], at[1], 20_000),
        TripReason.TOO_FAST: (at[0], at[1], 60),
        TripReason.TOO_SLOW: (at[0], at[1], 10_000),
    }
    starts, stops, durations = zip(*cases.values(), strict=True)
    trips = ObservedTrips(
        np.array([np.asarray(s, float) for s in starts]), np.array([np.asarray(s, float) for s in stops]),
        np.full(len(cases), 10), np.array(durations, float), np.zeros(len(cases), bool),
    )  # fmt: skip
    assert fit_speeds(network, trips).reasons == tuple(cases)
    with pytest.raises(TripError, match="None of the trips can be used: too_long 1"):
        fit_speeds(network, trips.take(np.array([4])))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hour_of_week": np.array([168])}, "expected 0 to 167"),
        ({"hour_of_week": np.array([-1])}, "expected 0 to 167"),
        ({"duration_s": np.array([0.0])}, "expected a time above 0"),
        ({"duration_s": np.array([np.nan])}, "expected a time above 0"),
        ({"duration_s": np.array([np.inf])}, "expected a time above 0"),
        ({"origin_lonlat": np.zeros((2, 2))}, r"origin_lonlat has shape \(2, 2\)"),
        ({"is_held_out": np.zeros(0, bool)}, "is_held_out has shape"),
    ],
)
def test_impossible_trips_are_refused(changes, message):
    good = {
        "origin_lonlat": np.zeros((1, 2)), "destination_lonlat": np.zeros((1, 2)), "hour_of_week": np.array([5]),
        "duration_s": np.array([60.0]), "is_held_out": np.array([False]),
    }  # fmt: skip
    with pytest.raises(TripError, match=message):
        ObservedTrips(**{**good, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"least_length_m": 0}, {"least_trips": 0}, {"least_held_out": 0}, {"prior_spread": 0}, {"turn_out_s": -1},
        {"turn_out_s": 1e9}, {"outlier_spreads": 1}, {"most_rounds": 0}, {"prior_spread": float("nan")},
    ],
)  # fmt: skip
def test_impossible_options_are_refused(changes):
    with pytest.raises(TripError, match=next(iter(changes))):
        FitOptions(**changes)


def test_no_trips_are_refused(city):
    none = ObservedTrips(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, int), np.zeros(0), np.zeros(0, bool))
    with pytest.raises(TripError, match="no trips"):
        fit_speeds(city, none)


def test_periods_and_groups_cover_everything():
    hours = {period: int((period == PERIOD_OF_HOUR).sum()) for period in Period}
    assert list(hours.values()) == [56, 10, 40, 10, 20, 22, 10]
    assert sum(hours.values()) == 168
    assert [PERIOD_OF_HOUR[h] for h in (0, 5, 6, 7, 8, 9, 16, 17, 18, 19, 21, 22)] == [
        0,
        0,
        4,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
        0,
    ]
    assert GROUP_OF_CLASS[RoadClass.TRUNK_LINK] == ClassGroup.FAST
    assert set(GROUP_OF_CLASS.tolist()) == set(ClassGroup)


def test_the_most_special_spread_is_found():
    ratios = tuple(
        RatioSpread(p, g, 30, 1.0, 1.0 + i / 10)
        for i, (p, g) in enumerate(
            ((Period.NIGHT, ClassGroup.MAIN), (Period.NIGHT, None), (None, ClassGroup.MAIN), (None, None))
        )
    )
    asked = ((3, ClassGroup.MAIN), (3, ClassGroup.SIDE), (8, ClassGroup.MAIN), (8, None))
    assert [spread_for(ratios, hour, group).p90 for hour, group in asked] == [1.0, 1.1, 1.2, 1.3]
