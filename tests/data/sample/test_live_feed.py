"""The live feed under a simulated clock: orders run to their end through the desk, people may step in, a restart goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from data import incidents, settings_table
from data.call_desk import CallForm
from data.database import Database
from data.dispatch_desk import Desk
from data.errors import RefusedError
from data.sample.live_feed import FeedOptions, LiveFeed
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from dispatch.incident import EventKind, Node, State

NOW = dt.datetime(2026, 11, 26, 10, 0, tzinfo=dt.UTC)
URL = "http://127.0.0.1:8000"


def later(minutes: float) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def store(make_database: Callable[..., Database], city_template: Database) -> Iterator[Store]:
    opened = Store(make_database("live_feed", city_template), max_size=6)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def desk(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    return Desk(StationRanker(store, TravelStore(store, folder), folder))


def feed_of(store: Store, desk: Desk, **options: Any) -> LiveFeed:
    return LiveFeed(store, desk, seed=3, base_url=URL, options=FeedOptions(**options))


def all_orders(store: Store) -> list[incidents.Order]:
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT code FROM incident WHERE received_at >= %s ORDER BY code", [NOW]
        ).fetchall()
        return [incidents.read(connection, r["code"]) for r in rows]


def test_orders_run_to_their_end_through_the_desk(store: Store, desk: Desk) -> None:
    feed = feed_of(store, desk, open_orders=5)
    assert feed.play(NOW, later(60), step_s=10) > 40
    # a new process in the middle of it goes on with what is open
    feed = feed_of(store, desk, open_orders=5)
    feed.play(later(60), later(120), step_s=10)
    orders = all_orders(store)
    closed = [o for o in orders if o.incident.state is State.CLOSED]
    assert len(closed) >= 6
    freed = [o for o in closed if Node.FREED in o.incident.nodes]
    assert freed
    for order in freed:
        nodes = [n for n in Node if n in order.incident.nodes]
        assert [order.incident.nodes[n] for n in nodes] == sorted(order.incident.nodes[n] for n in nodes)
        kinds = [e.event.kind for e in order.events]
        assert kinds.count(EventKind.ARRIVED) == 1
        assert order.incident.persons_freed >= 1
    with store.transaction(SYSTEM) as connection:
        told = connection.execute("SELECT count(*) AS n FROM incident_message").fetchone()
        track = connection.execute(
            "SELECT count(*) AS n, count(DISTINCT ST_AsText(geom)) AS places FROM crew_position"
        ).fetchone()
        busy = connection.execute(
            "SELECT count(*) AS n FROM (SELECT station_code, count(*) AS n FROM incident_assignment WHERE state IN"
            " ('notified', 'accepted', 'en_route', 'on_scene') GROUP BY 1) b JOIN rescue_station s ON s.code = b.station_code"
            " WHERE b.n > s.crew_count"
        ).fetchone()
    assert told is not None
    assert told["n"] > len(freed)
    assert track is not None
    assert track["places"] > 10
    assert busy == {"n": 0}


def test_crews_answer_a_person_at_the_desk_who_decides_alone(store: Store, desk: Desk) -> None:
    start = later(300)
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty"
            " AND e.geom IS NOT NULL AND s.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
            " ORDER BY e.id LIMIT 1"
        ).fetchone()
        assert row is not None
        code = desk.take_call(
            connection, CallForm(row["code"], people_inside=3), actor="li", now=start
        ).order.code
    feed = feed_of(store, desk, open_orders=1)
    feed.play(start, start + dt.timedelta(minutes=20), step_s=15)
    with store.transaction(SYSTEM) as connection:
        waiting = incidents.read(connection, code)
        assert waiting.incident.assignments == ()  # it is a person's order: nobody is notified for them
        desk.notify(
            connection,
            code,
            row["station_code"],
            actor="li",
            now=start + dt.timedelta(minutes=20),
            base_url=URL,
        )
    feed.play(start + dt.timedelta(minutes=20), start + dt.timedelta(minutes=150), step_s=15)
    with store.transaction(SYSTEM) as connection:
        order = incidents.read(connection, code)
    assert order.incident.state is State.FREED  # and a person closes it
    assert order.incident.persons_freed == 3


def test_silent_stations_are_passed_by_when_the_level_falls_due(store: Store, desk: Desk) -> None:
    start = later(700)
    feed = feed_of(store, desk, open_orders=4)
    feed._model = feed._model.__class__(no_answer_share=1.0, leave_share=0.0, false_share=0.0)
    for minute in range(40):
        feed.play(start + dt.timedelta(minutes=minute), start + dt.timedelta(minutes=minute + 1), step_s=15)
        at = start + dt.timedelta(minutes=minute + 1)
        with store.transaction(SYSTEM) as connection:
            for code in incidents.open_codes(connection):
                desk.escalate(connection, code, now=at, base_url=URL)
    orders = [o for o in all_orders(store) if o.incident.received_at >= start and o.incident.level >= 2]
    assert orders
    raised = [e.event for o in orders for e in o.events if e.event.kind is EventKind.LEVEL_RAISED]
    assert raised


def test_faster_is_faster_all_through(store: Store, desk: Desk) -> None:
    start = later(2000)
    feed = feed_of(store, desk, open_orders=4, speed=60.0)
    feed.play(start, start + dt.timedelta(minutes=3), step_s=0.5)
    closed = [o for o in all_orders(store) if o.incident.received_at >= start and o.incident.closed_at]
    assert len(closed) >= 3
    assert all(
        (o.incident.closed_at or start) - o.incident.received_at < dt.timedelta(minutes=3) for o in closed
    )


def test_real_data_are_never_played_into(store: Store, desk: Desk) -> None:
    with store.transaction(SYSTEM) as connection:
        settings_table.put(connection, "is_sample", value=False)
    try:
        with pytest.raises(RefusedError, match="示例"):
            feed_of(store, desk).step(later(3000))
    finally:
        with store.transaction(SYSTEM) as connection:
            settings_table.put(connection, "is_sample", value=True)
