"""A sample city of an earlier version gets what it lacks, once, and keeps what it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from data import networks, settings_table
from data.database import Database
from data.scope import SYSTEM
from data.store import Store
from web.demo import build_missing_network, prepare_demo


def counts(store: Store) -> dict[str, Any]:
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM maintenance_company) AS companies, (SELECT count(*) FROM safety_manager) AS managers,"
            " (SELECT count(*) FROM elevator_safety_manager) AS bound,"
            " (SELECT count(DISTINCT company_name) FROM rescue_station) AS with_stations"
        ).fetchone()
    assert row is not None
    return dict(row)


def test_companies_are_completed_once(
    make_database: Callable[..., Database], city_template: Database, tmp_path: Path
) -> None:
    store = Store(make_database("completion", city_template), max_size=2)
    whole = counts(store)
    with store.transaction(SYSTEM) as connection:
        for table in ("elevator_safety_manager", "safety_manager", "maintenance_company"):
            connection.execute(f"DELETE FROM {table}".encode())
    said: list[str] = []

    def again() -> dict[str, Any]:
        prepare_demo(store, city_code="440300", size="small", say=said.append, state_dir=tmp_path)
        return counts(store)

    found = again()
    assert found["companies"] == found["with_stations"] == whole["companies"]
    assert found["bound"] >= found["managers"] > 0
    assert [text for text in said if "rescue information" in text]
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE duty_phone IS NULL) AS gaps,"
            " count(*) FILTER (WHERE emergency_lead_phone IS NULL OR emergency_lead_name IS NULL OR address IS NULL) AS leads"
            " FROM maintenance_company"
        ).fetchone()
        assert row is not None
        assert row["gaps"] > 0, "one has not told all of itself, as in a city made anew"
        assert row["leads"] == 0
        connection.execute("UPDATE maintenance_company SET address = '自己填写'")
    said.clear()
    assert again() == found
    assert not [text for text in said if "rescue information" in text]
    with store.transaction(SYSTEM) as connection:
        kept = connection.execute("SELECT DISTINCT address FROM maintenance_company").fetchall()
    assert [r["address"] for r in kept] == ["自己填写"]
    store.close()


def test_a_network_whose_roads_are_gone_is_built_anew(
    make_database: Callable[..., Database], city_template: Database, tmp_path: Path
) -> None:
    store = Store(make_database("roadless", city_template), max_size=2)
    with store.transaction(SYSTEM) as connection:
        settings_table.put(connection, "roads_file", value=str(tmp_path / "gone.osm.pbf"))
        before = connection.execute(
            "UPDATE network SET path = %s WHERE is_current RETURNING version",
            [str(tmp_path / "gone.network")],
        ).fetchone()
    said: list[str] = []

    def build() -> None:
        build_missing_network(store, state_dir=tmp_path / "state", folder=tmp_path / "roads", say=said.append)

    build()
    assert any("made anew" in text for text in said)
    assert (tmp_path / "roads" / "roads-440300-small.osm.pbf").exists()
    with store.transaction(SYSTEM) as connection:
        after = connection.execute("SELECT version, path FROM network WHERE is_current").fetchone()
    assert after is not None
    assert before is not None
    assert after["version"] == before["version"], "the same roads give the same network"
    assert networks.file_of(after, tmp_path / "state").exists()
    said.clear()
    build()
    assert said == []
    store.close()
