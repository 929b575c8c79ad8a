"""The joint proposal over a real store: crews of all jurisdictions count, a stale pair is told, a repeated one changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from data import dispatch_proposal, dispatch_rules, incidents, kept_plans, kept_rankings
from data.call_desk import CallForm
from data.database import Database
from data.dispatch_desk import Desk
from data.dispatch_proposal import Options, Pair
from data.errors import ConflictError, FilterError, NotFoundError
from data.incidents import Change
from data.scope import SYSTEM, Connection, enter
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from dispatch.assignment import Status, assign_one_by_one
from dispatch.clocks import DistrictRule
from dispatch.incident import AssignmentState, EventKind

NOW = dt.datetime(2026, 11, 26, 10, 0, tzinfo=dt.UTC)
URL = "http://127.0.0.1:8000"
WIDE = DistrictRule(arrival_limit_s=20_000, trapped_limit_s=40_000)


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def own_store(make_database: Callable[..., Database], city_template: Database) -> Iterator[Store]:
    """A small city of its own: some tests commit."""
    store = Store(make_database("proposal", city_template), max_size=4)
    yield store
    store.close()


@pytest.fixture
def connection(own_store: Store) -> Iterator[Connection]:
    with psycopg.connect(own_store.database.app, row_factory=dict_row) as opened:
        enter(opened, SYSTEM)
        yield opened
        opened.rollback()


@pytest.fixture(scope="module")
def desk(own_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    return Desk(StationRanker(own_store, TravelStore(own_store, folder), folder))


def keep(connection: Connection) -> None:
    """Commit: rankings read over a connection of their own."""
    connection.commit()
    enter(connection, SYSTEM)


@pytest.fixture
def orders(desk: Desk, connection: Connection) -> list[Any]:
    """Three open calls at elevators of one station, which can send somebody."""
    rows = connection.execute(
        "SELECT e.code, e.station_code, e.division_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
        " WHERE s.on_duty AND e.geom IS NOT NULL AND s.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i"
        " WHERE i.elevator_code = e.code AND i.state <> 'closed') ORDER BY count(*) OVER (PARTITION BY e.station_code) DESC,"
        " e.station_code, e.id LIMIT 3"
    ).fetchall()
    found = []
    for i, row in enumerate(rows):
        dispatch_rules.put(connection, row["division_code"][:6], WIDE)
        form = CallForm(elevator_code=row["code"])
        found.append(desk.take_call(connection, form, actor="li", now=later(i)).order)
    return found


def mine(found: dispatch_proposal.Proposal, orders: list[Any]) -> list[int]:
    codes = [o.code for o in found.orders]
    return [codes.index(o.code) for o in orders]


def test_every_open_order_has_a_row_and_both_choices(
    desk: Desk, connection: Connection, orders: list[Any]
) -> None:
    found = dispatch_proposal.propose(connection, desk, now=later(30))
    rows = mine(found, orders)
    assert found.plan.status is Status.OPTIMAL
    assert found.plan.objective <= found.alone.objective
    assert np.array_equal(assign_one_by_one(found.calls).station_idx, found.alone.station_idx)
    for row, order in zip(rows, orders, strict=True):
        _, answer = desk.rank_order(connection, order, at=later(30))
        assert answer is not None
        first = answer.ranking.candidates[0]
        times = found.calls.travel_time_s[row, : len(found.table)]
        assert times[first.station_idx] == first.travel_time_s
        assert np.isinf(times[list(answer.ranking.passed_over)]).all()


def test_an_accepted_pair_takes_the_crew_and_the_order_leaves_the_proposal(
    desk: Desk, connection: Connection, orders: list[Any]
) -> None:
    found = dispatch_proposal.propose(connection, desk, now=later(30))
    row = mine(found, orders)[0]
    station = found.units[int(found.plan.station_idx[row])].station_code
    pair = Pair(orders[0].code, station, orders[0].incident.version, request_key="joint-1234")
    (done,) = dispatch_proposal.accept(connection, desk, [pair], actor="li", now=later(40), base_url=URL)
    assert [a.station_code for a in done.incident.running] == [station]
    assert done.events[-1].event.facts["is_joint"] is True
    (again,) = dispatch_proposal.accept(connection, desk, [pair], actor="li", now=later(50), base_url=URL)
    assert again.incident.version == done.incident.version
    stale = Pair(orders[0].code, station, orders[0].incident.version, request_key="joint-5678")
    with pytest.raises(ConflictError):
        dispatch_proposal.accept(connection, desk, [stale], actor="wang", now=later(50), base_url=URL)
    after = dispatch_proposal.propose(connection, desk, now=later(60))
    assert orders[0].code not in [o.code for o in after.orders]


def test_orders_without_a_place_are_named_and_hold_nobody_up(
    desk: Desk, connection: Connection, orders: list[Any]
) -> None:
    lost = desk.take_call(connection, CallForm(address="某处"), actor="li", now=NOW).order
    at_sea = desk.take_call(
        connection, CallForm(lonlat=(114.6, 21.9), address="海上"), actor="li", now=NOW
    ).order
    found = dispatch_proposal.propose(connection, desk, now=later(30))
    assert found.left_out == {lost.code: "unplaced", at_sea.code: "off_road"}
    assert mine(found, orders)


def test_a_crew_under_way_is_diverted_only_when_asked_and_only_to_save_a_limit(
    desk: Desk, connection: Connection, orders: list[Any]
) -> None:
    # The only station left has one crew, on its way to an order with all the time of the day; another cannot wait.
    a, b = orders[:2]
    station = connection.execute(
        "SELECT station_code FROM elevator WHERE code = %s", [a.incident.elevator_code]
    ).fetchone()["station_code"]  # type: ignore[index]
    connection.execute(
        "UPDATE rescue_station SET on_duty = code = %s, crew_count = CASE WHEN code = %s THEN 1 ELSE crew_count END",
        [station, station],
    )
    keep(connection)
    pair = Pair(a.code, station)
    dispatch_proposal.accept(connection, desk, [pair], actor="li", now=later(60), base_url=URL)
    keep(connection)
    kept = dispatch_proposal.propose(connection, desk, now=later(90))
    assert a.code not in [o.code for o in kept.orders]
    row = [o.code for o in kept.orders].index(b.code)
    assert kept.plan.station_idx[row] == -1
    asked = dispatch_proposal.propose(connection, desk, now=later(90), options=Options(may_divert=True))
    codes = [o.code for o in asked.orders]
    assert int(asked.calls.under_way[codes.index(a.code)]) == len(asked.table)
    # one crew, two orders: giving it away saves nothing
    assert asked.plan.station_idx[codes.index(a.code)] == len(asked.table)
    assert asked.plan.objective.diverted == 0
    # now the first is late in any case, and the other can still be reached in time
    eta = {"station_code": station, "eta_at": later(30_000)}
    incidents.append(connection, a.code, [Change(EventKind.ETA, eta, "li")], now=later(91))
    asked = dispatch_proposal.propose(connection, desk, now=later(92), options=Options(may_divert=True))
    codes = [o.code for o in asked.orders]
    chosen = asked.plan.station_idx
    assert (int(chosen[codes.index(a.code)]), asked.plan.objective.diverted) == (-1, 1)
    assert len(asked.table) in chosen.tolist()
    winner = codes[chosen.tolist().index(len(asked.table))]
    # It is on its way, and has told where it is: at the door of the order that gets it.
    at = incidents.read(connection, winner).row
    incidents.append(connection, a.code, [Change(EventKind.EN_ROUTE, {"station_code": station}, "li")], now=later(93))  # fmt: skip
    connection.execute(
        "INSERT INTO crew_position (incident_code, station_code, at, geom) VALUES (%s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
        [a.code, station, later(94), at["lon"], at["lat"]],
    )
    asked = dispatch_proposal.propose(connection, desk, now=later(94), options=Options(may_divert=True))
    plan = kept_plans.keep(connection, asked, authority_code="440300", username="li", now=later(94))
    alone = Pair(winner, station, diverted_from=a.code)
    with pytest.raises(FilterError, match="一起确认"), connection.transaction():
        dispatch_proposal.accept(connection, desk, [alone], actor="li", now=later(95), base_url=URL)
    freed = Pair(a.code, None, instead_of=station)
    (group,) = dispatch_proposal.groups([alone, freed])
    stale = [replace(p, version=1) if p.order_code == winner else p for p in group]
    with pytest.raises(ConflictError), connection.transaction():
        dispatch_proposal.accept(connection, desk, stale, actor="li", now=later(95), base_url=URL)
    still = incidents.read(connection, a.code).incident
    assert [x.station_code for x in still.running] == [station], "stood down with the other or not at all"
    done = {
        o.code: o
        for o in dispatch_proposal.accept(
            connection, desk, [replace(p, request_key=f"divert-{p.order_code}") for p in group], actor="li",
            now=later(95), base_url=URL, plan=plan,
        )
    }  # fmt: skip
    assert [x.station_code for x in done[winner].incident.running] == [station]
    assert done[a.code].incident.assignments[-1].state is AssignmentState.STOOD_DOWN
    # From where it is, it is there at once; its station would need much longer.
    sent = done[winner].events[-1].event.facts
    assert (sent["travel_time_s"], sent["diverted_from"]) == (0, a.code)
    assert done[winner].incident.running[0].eta_at == later(95)
    body = connection.execute(
        "SELECT o.body FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
        " WHERE m.incident_code = %s AND m.template = 'sent' LIMIT 1",
        [winner],
    ).fetchone()
    assert body is not None
    assert "行车约 0 分钟" in body["body"]
    kept = kept_rankings.replay(desk.ranker, connection, winner)
    assert kept.is_same
    assert kept.kept["crew"] == [station, 0]
    # The joint proposal itself can be worked out again, though everything has moved on since.
    assert sent["plan"] == plan
    joint = kept_plans.replay(desk.ranker, connection, plan)
    assert joint.is_same
    assert [winner, f"{station} < {a.code}", 0] in joint.kept["together"]
    connection.execute(
        "UPDATE dispatch_plan SET result = jsonb_set(result, '{together,0,2}', '1') WHERE id = %s", [plan]
    )
    assert not kept_plans.replay(desk.ranker, connection, plan).is_same
    kept_plans.note_accepted(connection, plan, now=later(95))
    kept_plans.keep(connection, asked, authority_code="440300", username="li", now=later(9000))
    assert kept_plans.replay(desk.ranker, connection, plan), "an accepted one is kept for good"
    with pytest.raises(NotFoundError):
        kept_plans.note_accepted(connection, 10**9, now=later(95))
    again = dispatch_proposal.accept(
        connection, desk, [replace(p, request_key=f"divert-{p.order_code}") for p in group], actor="li",
        now=later(99), base_url=URL,
    )  # fmt: skip
    assert {o.code: o.incident.version for o in again} == {c: o.incident.version for c, o in done.items()}
