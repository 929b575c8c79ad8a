"""Make and drop scratch stores for benches, and load into them as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from data import database as databases
from web.settings import ROOT

_DIVISION = "code, name, pinyin, initials, level, parent_code, year, geom, label_point, source_crs"


def make_store(source: databases.Database, scratch: databases.Database) -> None:
    """Make an empty store with the divisions of another."""
    databases.prepare(scratch)
    databases.migrate(scratch)
    with psycopg.connect(source.app) as giver, psycopg.connect(scratch.app) as taker:
        statement = f"COPY division ({_DIVISION}) TO STDOUT"
        with (
            giver.cursor().copy(statement.encode()) as out,
            taker.cursor().copy(f"COPY division ({_DIVISION}) FROM STDIN".encode()) as into,
        ):
            for block in out:
                into.write(block)


def load(
    scratch: databases.Database, what: str, path: Path, *options: str, accepts: tuple[int, ...] = (0,)
) -> float:
    """Run `onemap load` into a store as a process of its own; the seconds it took.

    Raises
    ------
    RuntimeError
        When it ends with another code than those accepted.
    """
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "ONEMAP_DATABASE_URL": scratch.app, "ONEMAP_OWNER_DATABASE_URL": scratch.owner,
    }  # fmt: skip
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-X", "utf8", "-m", "web", "load", what, str(path), "--crs", "wgs84", *options],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in accepts:
        raise RuntimeError(f"{done.returncode}: {done.stderr[-800:] or done.stdout[-800:]}")
    return time.perf_counter() - started


def drop(scratch: databases.Database) -> None:
    """Drop a scratch store."""
    maintenance = scratch.named("postgres").superuser or ""
    with databases.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{scratch.name}" WITH (FORCE)'.encode())
