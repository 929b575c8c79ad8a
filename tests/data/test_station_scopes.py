"""Uncovered scopes of stations: times equal a table of all pairs, warned of once, settled when mended, asked for when due."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from data import dispatch_rules, job_queue, settings_table, station_scopes, warning_limits
from data.database import Database
from data.scope import SYSTEM, Connection
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.clocks import DistrictRule
from dispatch.station_scope import undeclared
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from layers.station_scope import HOUR_OF_WEEK, LATE, UNDECLARED

NOW = dt.datetime(2026, 12, 1, 4, tzinfo=dt.UTC)
later = (NOW + dt.timedelta(seconds=n) for n in itertools.count())


@pytest.fixture(scope="module")
def own(make_database: Any, city_template: Database) -> Iterator[Store]:
    """A city of its own: its stations are taken off duty here."""
    store = Store(make_database("scopes", city_template), max_size=4)
    yield store
    store.close()


@pytest.fixture(scope="module")
def travel(own: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(own, tmp_path_factory.mktemp("scopes"))


def _open(store: Store, kind: str) -> dict[int, str]:
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT row_id, title FROM warning WHERE kind = %s AND processed_at IS NULL ORDER BY row_id",
            [kind],
        ).fetchall()
    return {r["row_id"]: r["title"] for r in rows}


def _limit_all(connection: Connection, limit_s: int) -> None:
    dispatch_rules.put(
        connection, "440300", DistrictRule(arrival_limit_s=limit_s, trapped_limit_s=4 * limit_s)
    )


def test_stations_that_miss_their_scope_are_those_of_a_table_of_all_pairs(
    own: Store, travel: TravelStore
) -> None:
    with own.transaction(SYSTEM) as connection:
        _limit_all(connection, 480)
        stations = connection.execute(
            "SELECT id, company_name, owner_id, scope_codes, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_station"
            " WHERE on_duty IS NOT FALSE AND geom IS NOT NULL AND cardinality(scope_codes) > 0"
        ).fetchall()
        elevators = connection.execute(
            "SELECT owner_id, maintainer_name, division_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM elevator"
            " WHERE geom IS NOT NULL AND (valid_to IS NULL OR valid_to >= '2026-12-01')"
        ).fetchall()
    roads = travel.circumstances(Question(at=NOW, hour=HOUR_OF_WEEK))
    expected: dict[int, int] = {}
    for station in stations:
        mine = [
            e
            for e in elevators
            if any(e["division_code"].startswith(code) for code in station["scope_codes"])
            and (
                e["maintainer_name"] == station["company_name"]
                or (station["owner_id"] and e["owner_id"] == station["owner_id"])
            )
        ]
        if not mine:
            continue
        at = snap(roads.network, [[station["lon"], station["lat"]]])
        times = travel_time_matrix(
            roads.impedance, at, snap(roads.network, [[e["lon"], e["lat"]] for e in mine])
        )
        late = int((times[0] > 480).sum())
        if late:
            expected[station["id"]] = late
    station_scopes.look(own, travel, now=next(later))
    found = _open(own, LATE)
    assert set(found) == set(expected)
    assert expected, "the limit is short enough that some station misses it"
    for station_id, title in found.items():
        assert f"{expected[station_id]:,}/" in title
        assert "8 分钟" in title


def test_it_is_warned_of_once_and_settled_when_mended(own: Store, travel: TravelStore) -> None:
    with own.transaction(SYSTEM) as connection:
        _limit_all(connection, 480)
    station_scopes.look(own, travel, now=next(later))
    before = _open(own, LATE)
    assert station_scopes.look(own, travel, now=next(later)) == 0, "nothing changed"
    one = min(before)
    with own.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE warning SET processed_at = now(), processed_by = 'x' WHERE kind = %s AND row_id = %s",
            [LATE, one],
        )
    station_scopes.look(own, travel, now=next(later))
    assert one not in _open(own, LATE), "what somebody processed does not come again while it lasts"
    with own.transaction(SYSTEM) as connection:
        warning_limits.put(connection, "rescue_station.scope_late", "100")
    station_scopes.look(own, travel, now=next(later))
    assert all(
        title.split("内 ")[1].split("/")[0] == title.split("/")[1].split(" ")[0]
        for title in _open(own, LATE).values()
    )
    with own.transaction(SYSTEM) as connection:
        warning_limits.put(connection, "rescue_station.scope_late", "0")
        _limit_all(connection, 10_800)
    station_scopes.look(own, travel, now=next(later))
    assert _open(own, LATE) == {}, "within three hours everything is reached"
    with own.transaction(SYSTEM) as connection:
        notes = connection.execute(
            "SELECT DISTINCT note FROM warning WHERE kind = %s AND processed_by = 'system'", [LATE]
        ).fetchall()
        _limit_all(connection, 480)
    assert "covered again" in notes[0]["note"]
    station_scopes.look(own, travel, now=next(later))
    assert one in _open(own, LATE), "a new gap is warned of anew"


def test_areas_that_nobody_declares_are_warned_of(own: Store, travel: TravelStore) -> None:
    with own.transaction(SYSTEM) as connection:
        held = connection.execute("SELECT id, on_duty FROM rescue_station").fetchall()
        connection.execute(
            "UPDATE rescue_station SET on_duty = false WHERE EXISTS (SELECT 1 FROM unnest(scope_codes) c WHERE starts_with(c, '440304'))"
        )
        n = connection.execute(
            "SELECT count(*) AS n FROM elevator WHERE starts_with(division_code, '440304') AND (valid_to IS NULL OR valid_to >= '2026-12-01')"
        ).fetchone()
    assert n is not None
    station_scopes.look(own, travel, now=next(later))
    titles = [t for t in _open(own, UNDECLARED).values() if t.startswith("福田区：")]
    assert len(titles) == 1
    assert f"{n['n']:,} 台" in titles[0]
    with own.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT authority_code, owner_id, division_code FROM warning WHERE title = %s", [titles[0]]
        ).fetchone()
        assert row is not None
        assert (row["authority_code"], row["owner_id"]) == ("440304", None)
        for station in held:
            connection.execute(
                "UPDATE rescue_station SET on_duty = %s WHERE id = %s", [station["on_duty"], station["id"]]
            )
    station_scopes.look(own, travel, now=next(later))
    assert not [t for t in _open(own, UNDECLARED).values() if t.startswith("福田区：")]


def test_it_is_asked_for_once_a_day_and_after_a_change(own: Store) -> None:
    def ask(at: dt.datetime) -> bool:
        with own.transaction(SYSTEM) as connection:
            job_id = station_scopes.ask_when_due(connection, now=at)
            if job_id is not None:
                assert job_queue.read(connection, job_id, username="system")["state"] == "waiting"
                connection.execute("DELETE FROM job WHERE id = %s", [job_id])
        return job_id is not None

    with own.transaction(SYSTEM) as connection:
        settings_table.put(connection, "station_scopes.asked", None)
    assert ask(NOW), "never looked: at once"
    assert not ask(NOW + dt.timedelta(hours=3)), "nothing changed"
    with own.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE rescue_station SET updated_at = now() WHERE id = (SELECT min(id) FROM rescue_station)"
        )
    assert not ask(NOW + dt.timedelta(minutes=59)), "not twice within an hour"
    assert ask(NOW + dt.timedelta(hours=1))
    next_day = dt.datetime(2026, 12, 1, 16, 30, tzinfo=dt.UTC)  # half past midnight in Beijing
    assert not ask(next_day)
    assert ask(next_day + dt.timedelta(hours=2))
    assert not ask(next_day + dt.timedelta(hours=3))


def test_undeclared_areas_equal_a_count_by_hand() -> None:
    rng = np.random.default_rng(7)
    streets = {f"4403{d:02d}": [f"4403{d:02d}{s:03d}" for s in range(1, 5)] for d in range(4, 8)}
    known = [s for some in streets.values() for s in some]
    for _ in range(200):
        codes = rng.choice(known, rng.integers(0, 60)).tolist()
        declared = rng.choice([*streets, *known], rng.integers(0, 8), replace=False).tolist()
        found = undeclared(codes, declared, streets_of=streets)
        left = [c for c in codes if not any(c.startswith(d) for d in declared)]
        assert sum(found.values()) == len(left)
        for code, n in found.items():
            assert n == sum(c.startswith(code) for c in left) == sum(c.startswith(code) for c in codes)
