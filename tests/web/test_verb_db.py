"""The verb db: a migration killed in its middle, and a schema that is older than the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from data import cluster as clusters
from data import database as databases
from tests.data.loading.conftest import write_csv
from web.settings import ROOT


@pytest.fixture
def bare(cluster: clusters.Cluster, make_database: Callable[..., databases.Database]) -> databases.Database:
    """A database with roles and PostGIS, without any table of ours."""
    empty = databases.private_database(cluster, "template0")
    found = make_database("bare", empty)
    databases.prepare(found)
    return found


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-P", "-X", "utf8", "-m", "web", *map(str, words)]


def environment(database: databases.Database) -> dict[str, str]:
    return {
        **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner, "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def onemap(database: databases.Database, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), env=environment(database), capture_output=True, text=True, check=False, timeout=120
    )


def tables(database: databases.Database) -> int:
    with psycopg.connect(database.superuser or "") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = 'public' AND pg_get_userbyid(c.relowner) = 'onemap_owner'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_migration_killed_in_its_middle(bare: databases.Database) -> None:
    """kill -9 when a part of the tables is made: none of them stays, and the next start ends well."""
    process = subprocess.Popen(
        command("db", "init"), env=environment(bare), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    made = 0
    with psycopg.connect(bare.superuser or "", autocommit=True) as watcher:
        ends = time.monotonic() + 60
        while made < 40:
            assert process.poll() is None, "it was through before it could be killed"
            assert time.monotonic() < ends
            row = watcher.execute(
                "SELECT count(*), min(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = %s"
                " AND a.usename = 'onemap_owner' AND l.mode = 'AccessExclusiveLock' AND l.locktype = 'relation'",
                [bare.name],
            ).fetchone()
            assert row is not None
            made, backend = row
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
        assert process.stderr is not None
        process.stderr.close()
        while watcher.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [backend]).fetchone():
            assert time.monotonic() < ends, "the server has not noticed"
            time.sleep(0.02)
    assert databases.current_revision(bare) is None
    assert tables(bare) <= 1, "alembic's own table at most"
    done = onemap(bare, "db", "init")
    assert done.returncode == 0, done.stderr
    assert databases.current_revision(bare) == databases.head_revision(bare)
    assert "已是最新版本" in onemap(bare, "db", "init").stdout


def test_an_older_schema_is_named_and_brought_up_to_date(bare: databases.Database, tmp_path: Path) -> None:
    from alembic import command as alembic_command

    alembic_command.upgrade(databases._config(bare), "0003")
    path = write_csv(tmp_path / "a.csv", [["小区编码", "小区名称"], ["A", "甲"]])
    for words in (
        ("load", "residential_place", path),
        ("serve", "--port", "1"),
        ("search", "甲"),
        ("worker",),
    ):
        refused = onemap(bare, *words)
        assert refused.returncode == 2, words
        assert "数据库版本是 0003" in refused.stderr
        assert "./onemap db init" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert onemap(bare, "db", "init").returncode == 0
    assert onemap(bare, "search", "甲").returncode == 0
