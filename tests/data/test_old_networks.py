"""Network files that were replaced go, once no process uses them; never one that may still be needed."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from data import network_orders, networks, old_networks
from data.database import Database
from data.network_service import NetworkService
from data.roads.network_file import save_network
from data.scope import SYSTEM, Connection, enter
from data.store import Store
from geo.network import Network
from tests.geo.road_cases import lattice
from web.settings import ROOT

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


def put(folder: Path, side: int) -> networks.BuiltNetwork:
    """Write the file of a small network; one side, one version."""
    network: Network = lattice(side)[0]
    path = folder / f"{network.version}.network"
    with old_networks.held_folder(folder):
        save_network(network, path)
    return networks.BuiltNetwork(network.version, path, network.report)


def make_old(path: Path, age_s: float = 30 * 86_400) -> None:
    os.utime(path, (time.time() - age_s,) * 2)


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-P", "-c", script, *arguments], env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


READER = """
import sys
from data.roads.network_file import load_network
network = load_network(sys.argv[1])
for line in sys.stdin:
    print(int(network.arc_head.sum()), flush=True)
"""
REMOVER = """
import sys, pathlib, psycopg
from psycopg.rows import dict_row
from data.old_networks import remove_unused
from data.scope import SYSTEM, enter
print("ready", flush=True)
while True:
    with psycopg.connect(sys.argv[1], row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        remove_unused(connection, pathlib.Path(sys.argv[2]))
"""


def ask(reader: subprocess.Popen[str]) -> int:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write("?\n")
    reader.stdin.flush()
    return int(reader.stdout.readline())


def test_a_file_goes_when_its_last_process_has_gone(connection: Connection, tmp_path: Path) -> None:
    old, new = put(tmp_path, 3), put(tmp_path, 4)
    network_orders.compute_and_keep(old.path)
    networks.switch_to(connection, old, source="a", now=NOW)
    total = int(lattice(3)[0].arc_head.sum())
    with process(READER, str(old.path)) as one, process(READER, str(old.path)) as other:
        assert ask(one) == ask(other) == total
        networks.switch_to(connection, new, source="b", now=NOW)
        assert old_networks.remove_unused(connection, tmp_path, young_s=0) == []
        one.kill()
        one.wait()
        assert old_networks.remove_unused(connection, tmp_path, young_s=0) == []
        assert ask(other) == total
        other.kill()
        other.wait()
    removed = old_networks.remove_unused(connection, tmp_path, young_s=0)
    assert old.path.name in removed
    assert [p.name for p in tmp_path.iterdir()] == [new.path.name], "the order went along"


def test_what_is_young_current_or_unknown_stays(connection: Connection, tmp_path: Path) -> None:
    old, new, unknown = (put(tmp_path, side) for side in (3, 4, 5))
    networks.switch_to(connection, old, source="a", now=NOW)
    networks.switch_to(connection, new, source="b", now=NOW)
    assert old_networks.remove_unused(connection, tmp_path) == [], "a load may be about to switch back to it"
    make_old(new.path)
    make_old(unknown.path, old_networks.FOREIGN_S - 60)
    assert old_networks.remove_unused(connection, tmp_path, young_s=0) == [old.path.name]
    make_old(unknown.path)
    assert old_networks.remove_unused(connection, tmp_path) == [unknown.path.name]
    assert new.path.exists()
    assert old_networks.remove_unused(connection, tmp_path / "no such folder") == []


def test_a_network_that_a_kept_ranking_rests_on_stays(city_connection: Connection, tmp_path: Path) -> None:
    old, new = put(tmp_path, 3), put(tmp_path, 4)
    networks.switch_to(city_connection, old, source="a", now=NOW)
    networks.switch_to(city_connection, new, source="b", now=NOW)
    city_connection.execute(
        "INSERT INTO dispatch_ranking (incident_code, at, network_version, hour_of_week, inputs, result)"
        " SELECT code, %s, %s, 0, '', '{}' FROM incident LIMIT 1",
        [NOW, old.version],
    )
    assert old_networks.remove_unused(city_connection, tmp_path, young_s=0) == []
    city_connection.execute("DELETE FROM dispatch_ranking WHERE network_version = %s", [old.version])
    city_connection.execute(
        "INSERT INTO dispatch_plan (authority_code, username, at, network_version, hour_of_week, inputs, result)"
        " SELECT code, 'x', %s, %s, 0, '', '{}' FROM division LIMIT 1",
        [NOW, old.version],
    )
    assert old_networks.remove_unused(city_connection, tmp_path, young_s=0) == [], "a joint plan rests on it"
    city_connection.execute("DELETE FROM dispatch_plan WHERE network_version = %s", [old.version])
    assert old_networks.remove_unused(city_connection, tmp_path, young_s=0) == [old.path.name]


def test_leavings_of_killed_writers_go(connection: Connection, tmp_path: Path) -> None:
    current = put(tmp_path, 3)
    networks.switch_to(connection, current, source="a", now=NOW)
    kept = network_orders.order_path(current.path)
    leavings = [tmp_path / n for n in ("x.network.ab12.tmp", "gone.order.npy", "gone.order.half")]
    for path in (*leavings, kept):
        path.write_bytes(b"x")
    assert old_networks.remove_unused(connection, tmp_path) == []
    for path in (*leavings, kept):
        make_old(path)
    assert set(old_networks.remove_unused(connection, tmp_path)) == {p.name for p in leavings}
    assert kept.exists()


def test_networks_change_while_removers_run_and_are_killed(
    make_database: Callable[[str], Database], tmp_path: Path
) -> None:
    """A service answers from the network of the moment throughout; in the end only the current file is left."""
    database = make_database("oldnetworks")
    store = Store(database, max_size=2)
    folder = networks.networks_folder(tmp_path)
    folder.mkdir()
    service = NetworkService(store, tmp_path)
    versions = []
    with (
        process(REMOVER, database.app, str(folder)) as first,
        process(REMOVER, database.app, str(folder)) as second,
    ):
        for remover in (first, second):
            assert remover.stdout is not None
            assert remover.stdout.readline() == "ready\n"
        for n in range(12):
            built = put(folder, 3 + n % 4)
            with store.transaction(SYSTEM) as connection:
                networks.switch_to(connection, built, source=str(n), now=NOW)
            service.look_now()
            found = service.circumstances(NOW)
            assert found.network.version == built.version
            assert int(found.impedance.arc_ms.max()) > 0
            for path in folder.glob("*.network"):
                with contextlib.suppress(FileNotFoundError):  # a remover was quicker
                    make_old(path)
            versions.append(built.version)
            if n == 5:
                first.kill()
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        old_networks.remove_unused(connection, folder)
    assert [p.stem for p in folder.glob("*.network")] == [versions[-1]]
    assert service.circumstances(NOW).network.version == versions[-1]
    store.close()


def test_a_network_replaced_while_it_was_opened_gives_way_to_the_new_one(
    make_database: Callable[[str], Database], tmp_path: Path
) -> None:
    """The row was read, then another network came and the file went: the new one is opened, no error is shown."""
    store = Store(make_database("replaced"), max_size=2)
    folder = networks.networks_folder(tmp_path)
    folder.mkdir()
    old, new = put(folder, 3), put(folder, 4)
    with store.transaction(SYSTEM) as connection:
        networks.switch_to(connection, old, source="a", now=NOW)
        row = networks.current(connection)
        networks.switch_to(connection, new, source="b", now=NOW)
        assert old_networks.remove_unused(connection, folder, young_s=0) == [old.path.name]
    assert NetworkService(store, tmp_path)._open_newest(row).version == new.version
    store.close()


@pytest.mark.parametrize("is_exclusive", [False, True])
def test_holding_the_folder_makes_it(tmp_path: Path, *, is_exclusive: bool) -> None:
    with old_networks.held_folder(tmp_path / "a" / "b", exclusive=is_exclusive):
        assert (tmp_path / "a" / "b").is_dir()
