"""The order of a hierarchy: computed by a process of its own, once, while questions are answered."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from data import network_orders, networks
from data.roads.network_file import load_network, save_network
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.nearest import Sweeps
from geo.contraction import IS_AVAILABLE, CustomizedHierarchy
from tests.geo.road_cases import lattice

pytestmark = pytest.mark.skipif(not IS_AVAILABLE, reason="routingkit-cch is not installed")


@pytest.fixture
def network_path(tmp_path: Path) -> Path:
    """A network file of 400 junctions, without an order."""
    network = lattice(20)[0]
    path = tmp_path / f"{network.version}.network"
    save_network(network, path)
    return path


@contextmanager
def held_up(path: Path) -> Iterator[None]:
    """Keep whoever computes the order of a network from getting on with it."""
    with network_orders.lock_path(path).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_questions_are_answered_while_the_order_is_computed(city_store: Store, tmp_path: Path) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = networks.current(connection)
    folder = networks.networks_folder(tmp_path)
    folder.mkdir()
    path = folder / f"{row['version']}.network"
    shutil.copy(networks.file_of(row, tmp_path), path)
    travel = TravelStore(city_store, tmp_path)
    question = Question(dt.datetime.now(dt.UTC))
    lon, lat = travel.networks.roads().network.node_lonlat[0].tolist()

    def ask() -> list[tuple[int, float, float]]:
        found = travel.nearest(SYSTEM, question, (lon, lat), kind_name="rescue_station", k=5).nearest
        return [(c.facility_idx, c.travel_time_s, c.route.travel_time_s) for c in found.candidates]

    with held_up(path):
        warming = travel.networks.warm_up()
        answers = [ask() for _ in range(20)]
        assert warming.is_alive(), "it waits for the order"
        assert not network_orders.order_path(path).exists()
        assert isinstance(travel.networks.times(travel.circumstances(question)), Sweeps)
    warming.join()
    assert network_orders.order_path(path).exists()
    travel.networks.times(
        travel.circumstances(question)
    )  # another hour may have begun: its hierarchy is asked for
    assert ask() == answers[0]
    assert all(answer == answers[0] for answer in answers)
    hierarchies = [kept[1] for kept in travel.networks._hierarchies.values()]
    assert hierarchies
    assert isinstance(hierarchies[0], CustomizedHierarchy)


def test_the_order_is_computed_once_for_all(network_path: Path) -> None:
    with held_up(network_path):
        children = [network_orders.start(network_path) for _ in range(3)]
        assert len({child.pid for child in children} | {os.getpid()}) == 4
        assert all(child.poll() is None for child in children)
    first = children[0]
    inodes = set()
    while any(child.poll() is None for child in children) or not inodes:
        if network_orders.order_path(network_path).exists():
            inodes.add(network_orders.order_path(network_path).stat().st_ino)
    for child in children:
        _, said = child.communicate()
        assert child.returncode == 0, said
    inodes.add(network_orders.order_path(network_path).stat().st_ino)
    assert len(inodes) == 1, "nobody wrote it again"
    assert first.returncode == 0
    order = network_orders.read_order(network_path, 400)
    assert order is not None
    assert not network_orders.half_path(network_path).exists()
    assert network_orders.ensure_order(network_path)


def test_a_killed_one_leaves_no_trouble(network_path: Path) -> None:
    with held_up(network_path):
        child = network_orders.start(network_path)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    network_orders.half_path(network_path).write_bytes(b"half an order")
    assert network_orders.read_order(network_path, 400) is None
    assert network_orders.ensure_order(network_path)
    order = network_orders.read_order(network_path, 400)
    assert order is not None
    assert sorted(order.tolist()) == list(range(load_network(network_path).node_count))
    assert not network_orders.half_path(network_path).exists()


def test_an_order_that_cannot_be_had_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert not network_orders.ensure_order(tmp_path / "nothing.network")
    assert "nothing.network" in caplog.text
    assert "sweeps" in caplog.text


def test_an_order_that_does_not_fit_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.network"
    assert network_orders.read_order(path, 3) is None
    np.save(network_orders.order_path(path), np.array([0, 0, 1]))
    assert network_orders.read_order(path, 3) is None
    network_orders.order_path(path).write_bytes(b"half")
    assert network_orders.read_order(path, 3) is None
