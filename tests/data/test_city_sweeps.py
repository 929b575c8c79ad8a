"""Several cities side by side: two workers give for two cities what each gives alone; lists and schedulers that are wrong are named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from data.city_sweeps import City, SweepAsked, read_cities, sweep_cities, sweep_city
from data.coverage_tables import totals_by_division
from data.database import Database
from data.errors import FilterError
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import Question, TravelStore
from web.travel_answers import city_sweep, coverage_total

ASKED = SweepAsked(
    Question(dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)), "rescue_resource", "rescue_station", (600.0, 900.0)
)


def test_two_workers_give_for_two_cities_what_each_gives_alone(
    make_database: Any, city_template: Any, tmp_path: Path
) -> None:
    first, second = (make_database(name, city_template) for name in ("sweepa", "sweepb"))
    fewer = Store(second, max_size=1)
    with fewer.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM rescue_resource WHERE kind = 'shelter'")
    fewer.close()
    listed = tmp_path / "cities.toml"
    listed.write_text(
        "".join(
            f'[[city]]\nname = "{n}"\ndatabase_url = "{d.app}"\n' for n, d in (("甲", first), ("乙", second))
        )
        + '[[city]]\nname = "丙"\ndatabase_url = "host=/nowhere dbname=none"\n',
        encoding="utf-8",
    )
    cities = read_cities(listed, state_dir=tmp_path)
    done: list[str] = []
    found = sweep_cities(cities, ASKED, workers=2, report=lambda one: done.append(one.name))
    assert [one.name for one in found] == ["甲", "乙", "丙"]
    assert sorted(done) == sorted(one.name for one in found)
    for one, database in zip(found[:2], (first, second), strict=True):
        store = Store(database, max_size=2)
        travel = TravelStore(store, tmp_path)
        alone = travel.coverage(SYSTEM, ASKED.question, of=ASKED.of, by=ASKED.by, limits_s=ASKED.limits_s)
        with store.transaction(SYSTEM) as connection:
            totals = totals_by_division(connection, alone)
        store.close()
        written = city_sweep(one)
        assert written["total"] == coverage_total(totals.whole, {})
        assert written["divisions"] == [coverage_total(line, totals.names) for line in totals.lines]
        assert one.peak_mib > 50
    assert found[0].totals is not None
    assert found[1].totals is not None
    assert 0 < found[1].totals.whole.count < found[0].totals.whole.count
    assert found[2].totals is None
    assert "连不上" in str(found[2].error)
    assert city_sweep(found[2])["error"]


def test_a_city_without_a_network_or_tables_says_so(empty_database: Database, tmp_path: Path) -> None:
    found = sweep_city(City("空", empty_database.app, tmp_path), ASKED)
    assert found.totals is None
    assert "load roads" in str(found.error)
    other = empty_database.app.replace(empty_database.name, "template1")
    assert sweep_city(City("别的", other, tmp_path), ASKED).error


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "没有 \\[\\[city\\]\\]"), ("[[city]]\nname = 'a'", "缺少 database_url"), ("[[city]]\ndatabase_url = 'x'", "缺少 name"),
        ("[[city]]\nname = 'a'\ndatabase_url = 'x'\nport = 1", "不认识 port"), ("[[city]\n", "读不了"), ("city = 3", "没有"),
        ("[[city]]\nname='a'\ndatabase_url='x'\n[[city]]\nname='a'\ndatabase_url='y'", "第 2 个城市：a 重复"),
    ],
)  # fmt: skip
def test_wrong_lists_are_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "cities.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FilterError, match=named):
        read_cities(path, state_dir=tmp_path)
