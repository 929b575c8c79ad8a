"""Figures over a real store: rows are read as their events made them, under the scope, each group adding up."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import numpy as np
import pytest
import python_calamine

from data import dispatch_rules, incident_figures, incidents, indicator_registry
from data.errors import FilterError
from data.figure_export import write_excel
from data.incidents import Change
from data.scope import Connection, enter, scope_for
from dispatch.clocks import DistrictRule
from dispatch.incident import EventKind
from dispatch.indicators import Figure, Period

#: Long before the sample's own orders.
AT = dt.datetime(2025, 3, 1, 0, 0, tzinfo=dt.UTC)
MONTH = incident_figures.check_period(AT - dt.timedelta(days=1), AT + dt.timedelta(days=5))


def put(
    connection: Connection, elevator: dict[str, Any], station: str, *, start_s: float, **nodes: float
) -> str:
    """Write an order by its events; nodes are seconds after the call."""
    start = AT + dt.timedelta(seconds=start_s)

    def later(seconds: float) -> dt.datetime:
        return start + dt.timedelta(seconds=seconds)

    place = {
        "name": elevator["name"], "division_code": elevator["division_code"], "authority_code": elevator["authority_code"],
        "owner_id": elevator["owner_id"], "lon": elevator["lon"], "lat": elevator["lat"], "elevator_code": elevator["code"],
    }  # fmt: skip
    told = {"company_name": elevator["maintainer_name"], "place_type": elevator["place_type"]}
    order = incidents.receive(connection, facts={}, told=told, place=place, at=start, now=start, actor="li")
    identity = {"elevator_code": elevator["code"], "lon": elevator["lon"], "lat": elevator["lat"]}
    changes = [Change(EventKind.IDENTIFIED, identity, "li", later(1))]
    own = {
        "station_code": station,
        "level": int(nodes.pop("level", 1)),
        "persons_freed": 2,
        "outcome": "freed",
    }
    for name, seconds in nodes.items():
        facts = own | ({"eta_at": later(600)} if name == "notified" else {})
        changes.append(Change(EventKind(name), facts, "li", later(seconds)))
    incidents.append(connection, order.code, changes, now=later(20_000))
    return order.code


@pytest.fixture
def elevators(city_connection: Connection) -> list[dict[str, Any]]:
    return city_connection.execute(
        "SELECT DISTINCT ON (left(division_code, 6)) code, name, division_code, authority_code, owner_id, maintainer_name, place_type,"
        " ST_X(geom) AS lon, ST_Y(geom) AS lat FROM elevator WHERE geom IS NOT NULL ORDER BY left(division_code, 6), id LIMIT 3"
    ).fetchall()


@pytest.fixture
def station(city_connection: Connection) -> str:
    row = city_connection.execute("SELECT code FROM rescue_station WHERE geom IS NOT NULL LIMIT 1").fetchone()
    assert row is not None
    return str(row["code"])


@pytest.fixture
def codes(city_connection: Connection, elevators: list[dict[str, Any]], station: str) -> list[str]:
    a, b, c = elevators
    dispatch_rules.put(city_connection, c["division_code"][:6], DistrictRule(arrival_limit_s=3600))
    done = {"freed": 2400.0, "closed": 2500.0}
    return [
        put(city_connection, a, station, start_s=0, notified=20, accepted=60, arrived=620, **done),
        put(city_connection, b, station, start_s=3600, notified=20, en_route=210, arrived=1821, **done),
        put(city_connection, c, station, start_s=7200, notified=20, accepted=30, arrived=1821, **done),
        put(city_connection, a, station, start_s=86_400, notified=20, level=2),
    ]


def test_rows_are_counted_as_their_events_made_them(
    city_connection: Connection, codes: list[str], elevators: list[dict[str, Any]], station: str
) -> None:
    found = incident_figures.read(city_connection, MONTH)
    assert found.table.code.tolist() == codes
    # the third stands where an hour is allowed; the fourth has nobody there
    late = found.behind(Figure.OVERTIME, AT + dt.timedelta(days=3), by=None, group=None)
    assert found.table.code[late.order_idx].tolist() == [codes[1], codes[3]]
    answer = incident_figures.answer(city_connection, found, now=AT + dt.timedelta(days=3), by="district")
    assert answer.total[Figure.ENTRAPMENTS] == 4
    assert answer.total[Figure.PERSONS_FREED] == 6
    # who said nothing but was under way has answered, 190 s after the notification
    assert answer.total[Figure.ANSWER_RATE] == 50.0
    assert answer.total[Figure.LEVEL_2_SHARE] == 25.0
    assert answer.total[Figure.ETA_BIAS] == pytest.approx((20 + 1221 + 1221) / 3)
    mine = answer.by_group[elevators[0]["division_code"][:6]]
    assert (mine[Figure.ENTRAPMENTS], mine[Figure.OVERTIME]) == (2, 1)
    assert sum(v[Figure.ENTRAPMENTS] or 0 for v in answer.by_group.values()) == 4
    assert answer.elevators > 100
    assert answer.total[Figure.ENTRAPMENT_RATE] == pytest.approx(100 * 4 / answer.elevators)
    assert answer.most_often[0] == (elevators[0]["code"], 2)
    by_station = incident_figures.answer(city_connection, found, now=AT, by="station", language="en")
    assert set(by_station.by_group) == {station}
    assert by_station.group_names[station] != station


@pytest.mark.parametrize("by", list(incident_figures.GROUPS))
def test_every_group_adds_up(city_connection: Connection, codes: list[str], by: str) -> None:
    found = incident_figures.read(city_connection, MONTH)
    answer = incident_figures.answer(city_connection, found, now=AT + dt.timedelta(days=3), by=by)
    assert sum(v[Figure.ENTRAPMENTS] or 0 for v in answer.by_group.values()) == len(codes)
    assert set(answer.group_names) == set(answer.by_group)
    assert all(answer.group_names.values())
    for key in answer.by_group:
        rows = found.behind(Figure.ENTRAPMENTS, AT, by=by, group=key).order_idx
        assert len(rows) == answer.by_group[key][Figure.ENTRAPMENTS]


def test_a_jurisdiction_sees_its_own_orders(
    city_connection: Connection, codes: list[str], elevators: list[dict[str, Any]]
) -> None:
    district = elevators[1]["authority_code"]
    enter(city_connection, scope_for([district], username="d", role="regulator"))
    found = incident_figures.read(city_connection, MONTH)
    assert found.table.code.tolist() == [codes[1]]


def test_trips_as_driven_feed_the_fitting(
    city_connection: Connection, codes: list[str], elevators: list[dict[str, Any]]
) -> None:
    pairs = incident_figures.observed_pairs(city_connection, MONTH)
    taken = [(b - a).total_seconds() for a, b in zip(pairs.notified_at, pairs.arrived_at, strict=True)]
    assert taken == [600, 1801, 1801]
    assert np.allclose(pairs.destination_lonlat[0], [elevators[0]["lon"], elevators[0]["lat"]])
    assert len(codes) == 4


def test_the_book_holds_the_same_figures(city_connection: Connection, codes: list[str]) -> None:
    found, now = incident_figures.read(city_connection, MONTH), AT + dt.timedelta(days=3)
    answer = incident_figures.answer(city_connection, found, now=now, by="hour", language="en")
    book = io.BytesIO()
    write_excel(book, found, answer, by="hour", now=now, language="en")
    book.seek(0)
    sheets = python_calamine.CalamineWorkbook.from_filelike(book)
    totals = sheets.get_sheet_by_index(0).to_python()
    values = {row[0]: row[1] for row in totals[1:]}
    told = incident_figures.FIGURES
    for figure, value in answer.total.items():
        written = values[told[figure].words.en]
        assert written == ("" if value is None else pytest.approx(value))
    late = sheets.get_sheet_by_index(2).to_python()
    assert [row[0] for row in late[1:]] == [codes[1], codes[3]]


def test_the_registry_gives_the_same_figures(city_connection: Connection, codes: list[str]) -> None:
    now = AT + dt.timedelta(days=3)
    ids = ("orders_30d_overtime", "orders_30d_arrival_p90_s", "elevator_count", "orders_today_entrapments")
    found = indicator_registry.answer(city_connection, "440300", now=now, ids=ids)
    assert [f.value for f in found][:2] == [2, 1801]
    alone = [f.indicator.compute(city_connection, "440300", now) for f in found]
    assert alone == [f.value for f in found]
    assert len(codes) == 4


def test_bad_periods_and_groups_are_refused_in_words() -> None:
    with pytest.raises(FilterError, match="晚于起点"):
        incident_figures.check_period(AT, AT)
    with pytest.raises(FilterError, match="五年"):
        incident_figures.check_period(AT, AT + dt.timedelta(days=2000))
    with pytest.raises(FilterError, match="不能按"):
        incident_figures.check_group("planet")
    assert incident_figures.check_group(None) is None
    assert Period(AT, AT + dt.timedelta(days=31)).months == 1.0


def test_every_figure_is_told_in_both_languages() -> None:
    assert set(incident_figures.FIGURES) == set(Figure)
    for told in incident_figures.FIGURES.values():
        for words in (told.words, told.definition, told.clock):
            assert any("\u4e00" <= c <= "\u9fff" for c in words.zh)
            assert words.en.isascii() or "→" in words.en or "÷" in words.en or "×" in words.en
