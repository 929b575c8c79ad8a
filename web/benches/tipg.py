"""Measure tiles and items beside tipg, which the bench installs into its own environment, on the same rows."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from data import users
from data.clock import SystemClock
from data.database import Database
from data.errors import StoreError
from data.scope import SYSTEM, enter
from data.store import Store
from web.serving import Address, find_port, gunicorn_command
from web.settings import ROOT
from web.wiring import database_in_use

NAMES = ("tiles", "items")
_VENV = ROOT / "var" / "bench" / "tipg"
_SCHEMA = "bench_peer"
_LAYERS = ("elevator", "enterprise")
_ROUNDS = {"small": 1, "medium": 2, "large": 4}


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Ask both servers for the same tiles or items, one call at a time over loopback; milliseconds a call.

    Raises
    ------
    StoreError
        When tipg cannot be installed or a server does not start.
    """
    database = database_in_use()
    _install()
    with _peer_tables(database), serving(database) as (our_port, token, cache), _peer(database) as peer_port:
        paths = _tiles() if name == "tiles" else _items()
        figures: dict[str, dict[str, Any]] = {}
        for title, (our_paths, peer_paths) in paths.items():
            mine, my_bytes = _ask(our_port, our_paths, _ROUNDS[size], token, cache)
            theirs, their_bytes = _ask(peer_port, peer_paths, _ROUNDS[size], None)
            again = {}
            if name == "tiles":
                again = {"ours_cached_ms": _ask(our_port, our_paths, _ROUNDS[size], token)[0]}
            figures[title] = {
                "ours_ms": mine, "tipg_ms": theirs, "ratio": round(theirs / mine, 2),
                "ours_kib": my_bytes, "tipg_kib": their_bytes, **again,
            }  # fmt: skip
    return {
        "bench": name,
        "unit": "ms a call, median; one worker process each; every tile asked for once per round",
        "figures": figures,
        "ours": "row-level security on as the sample city user, sign-in by token; the tile cache is emptied before each round",
        "peer": f"tipg {_version()} by uvicorn: a copy of the same rows with the same indexes, no users, no rights, no cache",
    }


def _tiles() -> dict[str, tuple[list[str], list[str]]]:
    found = {}
    for title, z, xs, ys in (
        ("z14 dense, single features", 14, range(13376, 13382), range(7134, 7138)),
        ("z13, single features", 13, range(6686, 6692), range(3566, 3570)),
        ("z12, ours aggregated", 12, range(3343, 3347), range(1782, 1785)),
    ):
        for layer in _LAYERS:
            tiles = [(z, x, y) for x in xs for y in ys]
            found[f"{layer} {title}"] = (
                [f"/tiles/{layer}/{a}/{x}/{y}.mvt" for a, x, y in tiles],
                [f"/collections/{_SCHEMA}.{layer}/tiles/WebMercatorQuad/{a}/{x}/{y}" for a, x, y in tiles],
            )
    return found


def _items() -> dict[str, tuple[list[str], list[str]]]:
    found = {}
    boxes = [f"{114.0 + 0.01 * i:.2f},22.52,{114.03 + 0.01 * i:.2f},22.55" for i in range(12)]
    for layer in _LAYERS:
        for limit in (10, 100, 1000):
            query = [f"/items?limit={limit}&bbox={box}&f=" for box in boxes]
            found[f"{layer} {limit} items in a box"] = (
                [f"/ogc/collections/{layer}{q}json" for q in query],
                [f"/collections/{_SCHEMA}.{layer}{q}geojson" for q in query],
            )
    return found


def _ask(
    port: int, paths: list[str], rounds: int, token: str | None, cache: Path | None = None
) -> tuple[float, int]:
    """Ask over one kept connection; the median in milliseconds, and the mean size in KiB as sent.

    The first round only warms up; `cache` is a folder that is emptied before each round.
    """
    headers = {"Accept-Encoding": "gzip"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    taken, size = [], 0
    for number in range(rounds + 1):
        if cache is not None:
            shutil.rmtree(cache, ignore_errors=True)
        for path in paths:
            begin = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status not in (200, 204):
                raise StoreError(f"{path} answers {answer.status}: {content[:200]!r}")
            if number:
                taken.append((time.perf_counter() - begin) * 1000)
                size += len(content)
    connection.close()
    return round(statistics.median(taken), 2), round(size / len(taken) / 1024)


@contextmanager
def _peer_tables(database: Database) -> Iterator[None]:
    """Copy the rows, with their indexes, where the peer may read them."""
    columns = "id, code, name, division_code, authority_code, address, geom"
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE".encode())
        connection.execute(f"CREATE SCHEMA {_SCHEMA}".encode())
        try:
            for layer in _LAYERS:
                with connection.transaction():
                    enter(connection, SYSTEM)
                    connection.execute(
                        f"CREATE TABLE {_SCHEMA}.{layer} AS SELECT {columns} FROM {layer} ORDER BY id".encode()
                    )
                    connection.execute(f"ALTER TABLE {_SCHEMA}.{layer} ADD PRIMARY KEY (id)".encode())
                    connection.execute(f"CREATE INDEX ON {_SCHEMA}.{layer} USING gist (geom)".encode())
                connection.execute(f"ANALYZE {_SCHEMA}.{layer}".encode())
            yield
        finally:
            connection.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE".encode())


@contextmanager
def serving(database: Database) -> Iterator[tuple[int, str, Path]]:
    """Run our server with one worker and a state folder of its own; its port, a token and its tile cache."""
    port = find_port("127.0.0.1", 18600)
    store = Store(database, max_size=1)
    with store.unscoped() as connection:
        user = users.find_user(connection, "city")
        token_id, secret = users.add_token(
            connection, user.id, name="bench", scopes=("read",), life_days=1, now=SystemClock().now()
        )
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
            "ONEMAP_STATE_DIR": folder, "ONEMAP_POOL_SIZE": "4", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        command = gunicorn_command(Address("127.0.0.1", port), workers=1, threads=4)
        process = subprocess.Popen(command, env=environment, cwd=ROOT)
        try:
            _wait_for(process, f"http://127.0.0.1:{port}/healthz")
            yield port, secret, Path(folder) / "cache" / "tiles"
        finally:
            process.terminate()
            process.wait(timeout=30)
            with store.unscoped() as connection:
                users.revoke_token(connection, user.id, token_id, now=SystemClock().now())
            store.close()


@contextmanager
def _peer(database: Database) -> Iterator[int]:
    port = find_port("127.0.0.1", 18700)
    facts = psycopg.conninfo.conninfo_to_dict(database.owner)
    host, name, user = facts.get("host") or "localhost", facts.get("dbname"), facts.get("user")
    environment = {
        "PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/tmp"),  # noqa: S108 - only a fallback
        "POSTGRES_USER": str(user), "POSTGRES_PASS": str(facts.get("password") or "none"),
        "POSTGRES_DBNAME": str(name), "POSTGRES_HOST": str(host), "POSTGRES_PORT": str(facts.get("port") or 5432),
        "DATABASE_URL": f"postgresql://{user}@{quote(str(host), safe='')}/{name}",
        "TIPG_DB_SCHEMAS": json.dumps([_SCHEMA]), "TIPG_DEBUG": "FALSE",
        "TIPG_MAX_FEATURES_PER_TILE": "100000", "TIPG_MAX_FEATURES_PER_QUERY": "100000",
    }  # fmt: skip
    process = subprocess.Popen(
        [
            str(_VENV / "bin" / "python"), "-m", "uvicorn", "tipg.main:app", "--host", "127.0.0.1",
            "--port", str(port), "--log-level", "warning",
        ],
        env=environment,
    )  # fmt: skip
    try:
        _wait_for(process, f"http://127.0.0.1:{port}/healthz")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback
            return
        time.sleep(0.2)
    raise StoreError(f"{url} 没有启动。 The server at {url} did not start.")


def _install() -> None:
    """Install the peer into its own environment, once.

    Raises
    ------
    StoreError
        When it cannot be had.
    """
    if (_VENV / "bin" / "uvicorn").exists():
        return
    for command in (
        [sys.executable, "-m", "venv", str(_VENV)],
        [str(_VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "tipg>=1,<2", "uvicorn"],
    ):
        if subprocess.run(command, check=False).returncode != 0:
            raise StoreError("装不上 tipg，请检查网络。 tipg cannot be installed: check the network.")


def _version() -> str:
    found = next(Path(_VENV).glob("lib/python*/site-packages/tipg-*.dist-info"), None)
    return found.name.split("-")[1].removesuffix(".dist") if found else "?"
