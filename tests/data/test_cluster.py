"""The private cluster: killed at once it comes back with what it held; files of another version are named."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from data import cluster as clusters
from data import database as databases
from data.errors import ClusterError, DatabaseUnavailableError
from data.scope import SYSTEM
from data.store import Store
from tests.scratch import scratch_cluster, scratch_folder


@pytest.fixture(scope="module")
def scratch() -> Iterator[clusters.Cluster]:
    with scratch_folder() as folder, scratch_cluster(folder, folder) as found:
        yield found


def test_a_database_killed_at_once_comes_back(scratch: clusters.Cluster) -> None:
    database = databases.private_database(scratch)
    databases.prepare(database)
    with psycopg.connect(database.superuser or "") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        connection.execute("GRANT SELECT ON kept TO onemap_app")
    store = Store(database, max_size=2)
    with store.transaction(SYSTEM) as connection:
        connection.execute("SELECT n FROM kept")
    pid = int((scratch.data_dir / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(DatabaseUnavailableError, match="数据库"):
        _ask_until_it_fails(store)
    clusters.ensure_running(scratch)
    clusters.ensure_running(scratch)
    assert _ask_until_it_answers(store) == [{"n": 1}]
    store.close()


def _ask_until_it_fails(store: Store) -> None:
    for _ in range(100):
        with store.transaction(SYSTEM) as connection:
            connection.execute("SELECT n FROM kept")
        time.sleep(0.05)


def _ask_until_it_answers(store: Store) -> list[dict[str, int]]:
    """The store waits longer after each refusal, half a minute in all."""
    ends = time.monotonic() + 60
    while True:
        try:
            with store.transaction(SYSTEM) as connection:
                return list(connection.execute("SELECT n FROM kept"))
        except DatabaseUnavailableError:
            assert time.monotonic() < ends, "the store does not find its database again"
            time.sleep(0.2)


def test_files_of_another_postgresql_are_named(scratch: clusters.Cluster) -> None:
    made_by = (scratch.data_dir / "PG_VERSION").read_text()
    clusters.stop(scratch)
    (scratch.data_dir / "PG_VERSION").write_text("9.6\n")
    try:
        with pytest.raises(ClusterError, match=r"PostgreSQL 9\.6.*pg_upgrade"):
            clusters.ensure_running(scratch)
    finally:
        (scratch.data_dir / "PG_VERSION").write_text(made_by)
    clusters.ensure_running(scratch)
    assert clusters.is_running(scratch)


def test_a_cluster_made_half_way_is_made_anew(scratch: clusters.Cluster) -> None:
    """Whoever was killed during initdb leaves a folder that nobody takes for a database."""
    other = replace(
        scratch, data_dir=scratch.data_dir.with_name("other"), socket_dir=scratch.socket_dir.parent / "o"
    )
    (other.data_dir.with_name("other.new") / "base").mkdir(parents=True)
    other.data_dir.mkdir()
    (other.data_dir / "half").write_text("x")
    try:
        clusters.ensure_running(other)
        assert clusters.is_running(other)
    finally:
        clusters.drop_private_folder(other)
