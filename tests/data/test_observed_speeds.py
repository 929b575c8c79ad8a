"""The city's speeds fitted to trips: what is held out, what is stored, and that running workers use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from data import networks, observed_speeds
from data.database import Database
from data.errors import FilterError, RefusedError
from data.loading.trips import ObservedPairs
from data.network_service import NetworkService
from data.observed_speeds import HoldOut
from data.roads.network_file import load_network
from data.scope import SYSTEM, Connection
from data.store import Store
from geo.errors import TripError
from geo.network import Network
from geo.observed_trips import ObservedTrips, place, road_use
from geo.speed_fit import spread_for
from geo.speed_fitting import FitOptions
from geo.weights import CAR, SpeedTable, default_speed_table, speed_table_from_days
from layers.display import LOCAL_ZONE

MONDAY_8 = dt.datetime(2026, 10, 5, 8, 10, tzinfo=LOCAL_ZONE)


@pytest.fixture(scope="module")
def store(make_database: Callable[..., Database], city_template: Database) -> Iterator[Store]:
    """A small city of its own."""
    opened = Store(make_database("speeds", city_template), max_size=4)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def network(store: Store) -> Network:
    with store.transaction(SYSTEM) as connection:
        return load_network(networks.file_of(networks.current(connection), Path("none")))


@pytest.fixture(autouse=True)
def clean(store: Store) -> Iterator[None]:
    yield
    with store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM road_speed")
        connection.execute("DELETE FROM setting WHERE key = 'speed_fit'")
        networks.tell_change(connection, networks.SPEEDS)


def slower(factor: float) -> SpeedTable:
    return SpeedTable(np.clip(default_speed_table().speed_kmh / factor, 1, 200), "truth")


def pairs_of(
    network: Network, table: SpeedTable, count: int, *, noise: float = 0.1, seed: int = 1
) -> ObservedPairs:
    """Trips at 8 on days of October and November, as long as the network takes under a table, with noise."""
    random = np.random.default_rng(seed)
    nodes = network.node_lonlat[random.integers(0, network.node_count, (2, count))]
    # short enough to lie within one city
    ends = [nodes[0], nodes[0] + 0.02 * (random.random((count, 2)) - 0.5)]
    starts = [MONDAY_8 + dt.timedelta(days=7 * int(week)) for week in random.integers(0, 8, count)]
    blank = ObservedTrips(*ends, np.full(count, 8), np.ones(count), np.zeros(count, bool))
    exact = road_use(place(network, blank, CAR), table, np.arange(count)).predicted_s
    took = np.where(np.isfinite(exact) & (exact > 0), exact, 60) * np.exp(
        noise * random.standard_normal(count)
    )
    stops = [start + dt.timedelta(seconds=float(s)) for start, s in zip(starts, took, strict=True)]
    return ObservedPairs(starts, stops, *ends)


def test_what_is_held_out() -> None:
    at = [dt.datetime(2026, 9, 30, 15, 59, tzinfo=dt.UTC) + dt.timedelta(minutes=i) for i in range(3)]
    at += [dt.datetime(2026, 11, 1, tzinfo=LOCAL_ZONE)]
    pairs = ObservedPairs(
        at, [t + dt.timedelta(minutes=9) for t in at], np.full((4, 2), 114.0), np.full((4, 2), 114.0)
    )

    def held(hold_out: HoldOut) -> list[bool]:
        return observed_speeds.trips_from_pairs(pairs, hold_out).is_held_out.tolist()

    # the month is that of the city's clocks: 16:00 UTC is midnight
    assert held(observed_speeds.hold_out_from("2026-10")) == [False, True, True, False]
    assert held(HoldOut(None, 0.5)) == [False, False, True, True]
    assert held(HoldOut(None, 0.0)) == [False] * 4
    trips = observed_speeds.trips_from_pairs(pairs, HoldOut())
    assert trips.hour_of_week.tolist() == [71, 72, 72, 144]
    assert trips.duration_s.tolist() == [540.0] * 4
    for text in ("october", "2026-13", "120%", "", "-5%"):
        with pytest.raises(FilterError, match="20%"):
            observed_speeds.hold_out_from(text)
    late = ObservedPairs(at, at, pairs.origin_lonlat, pairs.destination_lonlat)
    with pytest.raises(TripError, match="above 0"):
        observed_speeds.trips_from_pairs(late, HoldOut())
    assert (
        len(
            observed_speeds.trips_from_pairs(
                ObservedPairs([], [], np.zeros((0, 2)), np.zeros((0, 2))), HoldOut()
            )
        )
        == 0
    )


def test_fitted_speeds_reach_a_running_worker_with_their_spread(
    store: Store, network: Network, tmp_path: Path
) -> None:
    service = NetworkService(store, tmp_path)
    before = service.circumstances(MONDAY_8).impedance.arc_ms.astype(float)
    found = observed_speeds.fit_to_pairs(
        network,
        pairs_of(network, slower(1.5), 600),
        prior=None,
        hold_out=observed_speeds.hold_out_from("2026-11"),
    )
    assert found.is_improved
    assert found.after.mae_s < 0.5 * found.before.mae_s
    with store.transaction(SYSTEM) as connection:
        changed = observed_speeds.write_fit(connection, found, source="trips.csv", profile=CAR, now=MONDAY_8)
    assert changed == int((found.speeds.speed_kmh != default_speed_table().speed_kmh).sum()) > 0
    service.look_now()
    after = service.circumstances(MONDAY_8).impedance.arc_ms
    is_open = after >= 0
    assert np.median(after[is_open] / before[is_open]) == pytest.approx(1.5, rel=0.08)
    night = MONDAY_8.replace(hour=3)
    assert (
        service.circumstances(night).impedance.scenario.speeds.speed_kmh[:, 3].tolist()
        == default_speed_table().speed_kmh[:, 3].tolist()
    )
    with store.transaction(SYSTEM) as connection:
        known = observed_speeds.read_spread(connection)
    assert known is not None
    assert (known.ratios, known.after, known.source, known.turn_out_s) == (
        found.ratios,
        found.after,
        "trips.csv",
        0.0,
    )
    assert spread_for(known.ratios, 8).p90 == pytest.approx(np.exp(1.2816 * 0.1), abs=0.05)
    # speeds that somebody loads take the spread of the fitted ones with them
    with store.transaction(SYSTEM) as connection:
        networks.write_speeds(
            connection, speed_table_from_days(np.full((16, 24), 40), np.full((16, 24), 40), name="even")
        )
        assert observed_speeds.read_spread(connection) is None


def test_what_proves_no_better_changes_no_speed_but_tells_the_spread(store: Store, network: Network) -> None:
    pairs = pairs_of(network, default_speed_table(), 120, noise=0.3)
    strict = FitOptions(least_length_m=1e9)
    found = observed_speeds.fit_to_pairs(
        network, pairs, prior=None, hold_out=HoldOut(None, 0.5), options=strict
    )
    assert not found.is_improved
    with store.transaction(SYSTEM) as connection:
        assert observed_speeds.write_fit(connection, found, source="x", profile=CAR, now=MONDAY_8) == 0
        assert networks.read_speeds(connection) is None
        assert observed_speeds.read_spread(connection).ratios == found.ratios


def test_a_second_fit_begins_with_the_first_and_stale_ones_are_refused(
    store: Store, network: Network
) -> None:
    pairs = pairs_of(network, slower(1.5), 600)
    first = observed_speeds.fit_to_pairs(network, pairs, prior=None, hold_out=HoldOut())

    def write(connection: Connection, fit: object) -> int:
        return observed_speeds.write_fit(connection, fit, source="x", profile=CAR, now=MONDAY_8)

    with store.transaction(SYSTEM) as connection:
        assert write(connection, first) > 0
        prior = networks.read_speeds(connection)
    assert (prior.speed_kmh == first.speeds.speed_kmh).all()
    second = observed_speeds.fit_to_pairs(network, pairs, prior=prior, hold_out=HoldOut())
    assert second.before == first.after
    with store.transaction(SYSTEM) as connection:
        write(connection, second)
    with pytest.raises(RefusedError, match="fit again"), store.transaction(SYSTEM) as connection:
        write(connection, first)
