"""The verb speeds in processes of its own: fitted, shown, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data import networks
from data.database import Database
from data.roads.network_file import load_network
from data.scope import SYSTEM
from data.store import Store
from tests.data.loading.conftest import write_csv
from tests.data.test_observed_speeds import pairs_of, slower
from tests.web.test_verb_load import onemap

HEAD = ["通知时间", "到达时间", "出发经度", "出发纬度", "到达经度", "到达纬度"]


@pytest.fixture(scope="module")
def city(make_database: Callable[..., Database], city_template: Database) -> Database:
    """A small city of its own."""
    return make_database("verb_speeds", city_template)


@pytest.fixture(scope="module")
def store(city: Database) -> Iterator[Store]:
    opened = Store(city, max_size=2)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def trips(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight weeks of trips at 8 on roads half as slow again as the table says; one row lies in Paris."""
    with store.transaction(SYSTEM) as connection:
        network = load_network(networks.file_of(networks.current(connection), Path("none")))
    pairs = pairs_of(network, slower(1.5), 500)
    rows = [
        [f"{start:%Y-%m-%d %H:%M:%S}", stop.isoformat(), *origin, *destination]
        for start, stop, origin, destination in zip(
            pairs.notified_at, pairs.arrived_at, pairs.origin_lonlat.tolist(), pairs.destination_lonlat.tolist(), strict=True
        )
    ]  # fmt: skip
    rows[100][2:4] = [2.35, 48.85]
    return write_csv(tmp_path_factory.mktemp("trips") / "出动记录.csv", [HEAD, *rows])


def count(store: Store) -> int:
    with store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT count(*) AS n FROM road_speed").fetchone()
    return int(row["n"])


def test_bad_rows_stop_a_fit_and_a_dry_run_stores_nothing(city: Database, store: Store, trips: Path) -> None:
    refused = onemap(city, "speeds", "fit", trips)
    assert (refused.returncode, count(store)) == (2, 0)
    assert "第 102 行 row 102 · 出发经度 “2.35, 48.85”" in refused.stderr
    dry = onemap(city, "speeds", "fit", trips, "--keep-good", "--hold-out", "2026-11", "--dry-run", "--json")
    assert (dry.returncode, count(store)) == (1, 0), dry.stderr
    told = json.loads(dry.stdout)
    assert (told["stored"], told["is_improved"], told["trips"]["total"]) == (False, True, 499)
    assert told["held_out"]["after"]["mae_s"] < 0.5 * told["held_out"]["before"]["mae_s"]
    morning = next(p for p in told["periods"] if p["period"] == "morning_peak")
    assert morning["verdict"] == "kept"
    assert {c["source"] for c in told["cells"]} >= {"own", "prior"}
    assert len(told["cells"]) == 16 * 7


def test_a_fit_is_stored_shown_and_written_in_the_audit(city: Database, store: Store, trips: Path) -> None:
    assert "没有经过拟合" in onemap(city, "speeds", "show").stdout
    assert json.loads(onemap(city, "speeds", "show", "--json").stdout) is None
    done = onemap(city, "speeds", "fit", trips, "--keep-good", "--hold-out", "2026-11")
    assert done.returncode == 1  # one row was left out
    for words in (
        "早高峰 7–9 morning peak 7–9",
        "采用 kept",
        "数据太少，用原表",
        "已采用更准的时段",
        "residential",
    ):
        assert words in done.stdout, done.stdout
    assert count(store) > 0
    shown = onemap(city, "speeds", "show")
    assert "出动记录.csv" in shown.stdout
    assert json.loads(onemap(city, "speeds", "show", "--json").stdout)["spread"][-1]["period"] is None
    with store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT detail FROM audit WHERE action = 'fit'").fetchone()
    assert row is not None
    assert json.loads(row["detail"])["trips"] == 499
    # the month that nobody drove in: nothing to test on, nothing is changed
    before = count(store)
    again = onemap(city, "speeds", "fit", trips, "--keep-good", "--hold-out", "2020-01")
    assert "没有留出可用的行程" in again.stdout
    assert count(store) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--hold-out", "october"), "2026-10"),
        (("--turn-out", "soon"), "fit"),
        (("--turn-out", "-5"), "0–3600"),
        (("--least-km", "0"), "> 0"),
        (("--crs", "北京54"), "gcj02"),
        (("--map", "x"), "COLUMN=FIELD"),
        (("--map", "没有=to_lon"), "没有"),
    ],
)
def test_wrong_words_are_one_clear_line(
    city: Database, trips: Path, words: tuple[str, ...], message: str
) -> None:
    done = onemap(city, "speeds", "fit", trips, *words)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert message in done.stderr


def test_a_fit_takes_a_file_or_the_orders_and_not_both(city: Database, trips: Path) -> None:
    for arguments in ((), (trips, "--from-orders", "30")):
        done = onemap(city, "speeds", "fit", *arguments)
        assert done.returncode == 2
        assert "--from-orders" in done.stderr


def test_the_orders_of_the_store_can_be_fitted_to(city: Database, store: Store) -> None:
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM incident_assignment WHERE arrived_at > notified_at"
        ).fetchone()
    assert row is not None
    done = onemap(city, "speeds", "fit", "--from-orders", "60", "--turn-out", "fit", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["file"] == "orders:60d"
    assert told["trips"]["total"] == row["n"] > 5
