"""Shared fixtures: real PostGIS in the private cluster, a small city, a client per role."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import cluster as clusters
from data import database as databases
from data.scope import SYSTEM, Connection, enter
from data.store import Store
from web.settings import ROOT, Settings

PREFIX = "onemap_test"
#: The process that started the tests: itself, or the one whose workers run parts of them side by side.
RUN = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@pytest.fixture(scope="session")
def cluster() -> clusters.Cluster:
    """The running private cluster of this checkout."""
    found = clusters.cluster_of(ROOT)
    clusters.ensure_running(found)
    return found


def _drop(cluster: clusters.Cluster, name: str) -> None:
    with psycopg.connect(cluster.dsn("postgres", clusters.SUPERUSER), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _drop_those_of(cluster: clusters.Cluster, is_over: Callable[[int], bool]) -> None:
    """Drop the databases of test processes that are over."""
    with psycopg.connect(cluster.dsn("postgres", clusters.SUPERUSER), autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "\\_%"]
        ).fetchall()
        for (name,) in found:
            if is_over(int(name.split("_")[2])):
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what runs in one process: the browser's tests, which take turns on one screen, and every other file."""
    from xdist.scheduler import LoadScopeScheduling

    class Kept(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "browser" if path.startswith("tests/browser/") else path

    return Kept(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drop what the whole run shared, once, when all parts of it have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        found = clusters.cluster_of(ROOT)
        with contextlib.suppress(psycopg.OperationalError):
            _drop_those_of(found, lambda pid: pid == RUN)


@pytest.fixture(scope="session")
def made_once(
    cluster: clusters.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[databases.Database], None]], databases.Database]:
    """A database that the first who asks makes and all parts of this run copy."""
    is_part = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp().parent if is_part else tmp_path_factory.getbasetemp()

    def make(suffix: str, fill: Callable[[databases.Database], None]) -> databases.Database:
        database = databases.private_database(cluster, f"{PREFIX}_{RUN}_{suffix}")
        done = folder / f"{suffix}-{RUN}.done"
        with (folder / f"{suffix}-{RUN}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                _drop(cluster, database.name)
                fill(database)
                done.touch()
        return database

    return make


@pytest.fixture(scope="session")
def template(cluster: clusters.Cluster, made_once: Callable[..., databases.Database]) -> databases.Database:
    """An empty database at the head revision; others are copied from it."""

    def fill(database: databases.Database) -> None:
        _drop_those_of(cluster, lambda pid: not Path(f"/proc/{pid}").exists())
        databases.prepare(database)
        databases.migrate(database)

    return made_once("template", fill)


def _copy(connection: psycopg.Connection[Any], source: str, name: str) -> None:
    """Copy a database; another part of the run may be copying from the same one."""
    connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [source])
    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
    connection.execute(
        f'CREATE DATABASE "{name}" TEMPLATE "{source}" OWNER {clusters.OWNER} STRATEGY file_copy'.encode()
    )
    connection.execute(f'REVOKE CREATE ON DATABASE "{name}" FROM PUBLIC'.encode())
    connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [source])


@pytest.fixture(scope="session")
def make_database(
    cluster: clusters.Cluster, template: databases.Database
) -> Iterator[Callable[[str], databases.Database]]:
    """Copies of the template by name, dropped at the end."""
    made: list[str] = []

    def make(suffix: str, source: databases.Database = template) -> databases.Database:
        name = f"{PREFIX}_{os.getpid()}_{suffix}"
        with psycopg.connect(cluster.dsn("postgres", clusters.SUPERUSER), autocommit=True) as connection:
            _copy(connection, source.name, name)
        made.append(name)
        return databases.private_database(cluster, name)

    yield make
    for name in made:
        _drop(cluster, name)


@pytest.fixture(scope="session")
def empty_database(make_database: Callable[[str], databases.Database]) -> databases.Database:
    """A database without a city."""
    return make_database("empty")


@pytest.fixture
def connection(empty_database: databases.Database) -> Iterator[Connection]:
    """One transaction of the operator in an empty store, rolled back at the end."""
    with psycopg.connect(empty_database.app, row_factory=dict_row) as opened:
        enter(opened, SYSTEM)
        yield opened
        opened.rollback()


@pytest.fixture(scope="session")
def city_template(
    cluster: clusters.Cluster, template: databases.Database, made_once: Callable[..., databases.Database]
) -> databases.Database:
    """The small sample city and its users; nobody connects to it, so that it can be copied."""
    from web.demo import prepare_demo

    def fill(database: databases.Database) -> None:
        with psycopg.connect(cluster.dsn("postgres", clusters.SUPERUSER), autocommit=True) as connection:
            _copy(connection, template.name, database.name)
        store = Store(database, max_size=2)
        prepare_demo(store, city_code="440300", size="small", say=lambda _: None)
        store.close()

    return made_once("citytemplate", fill)


@pytest.fixture(scope="session")
def city_database(
    make_database: Callable[..., databases.Database], city_template: databases.Database
) -> databases.Database:
    """A database with the small sample city and its users."""
    return make_database("city", city_template)


@pytest.fixture(scope="session")
def city_store(city_database: databases.Database) -> Iterator[Store]:
    """The store of the small city."""
    store = Store(city_database, max_size=4)
    yield store
    store.close()


@pytest.fixture
def city_connection(city_database: databases.Database) -> Iterator[Connection]:
    """One transaction of the operator in the small city, rolled back at the end."""
    with psycopg.connect(city_database.app, row_factory=dict_row) as opened:
        enter(opened, SYSTEM)
        yield opened
        opened.rollback()


@pytest.fixture(scope="session")
def application(city_database: databases.Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The web application over the small city."""
    from web.application import create_app

    app = create_app(Settings(city_database, state_dir=tmp_path_factory.mktemp("state"), pool_size=6))
    yield app
    app.extensions["store"].close()


@pytest.fixture(scope="session")
def sign_in(application: Any) -> Callable[[str], Any]:
    """Test clients signed in as sample users; their secret goes along with changing requests."""
    from web.sample_accounts import SAMPLE_PASSWORD

    clients: dict[str, Any] = {}

    def make(username: str) -> Any:
        if username not in clients:
            client = application.test_client()
            response = client.post("/sign-in", data={"username": username, "password": SAMPLE_PASSWORD})
            assert response.status_code == 302, response.get_data(as_text=True)
            client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
            clients[username] = client
        return clients[username]

    return make


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real city data; tests that need it are skipped without it."""
    named = os.environ.get("ONEMAP_REAL_DATA")
    for folder in filter(None, (named, ROOT.parent / "shared" / "data")):
        with contextlib.suppress(OSError):
            if (Path(folder) / "boundaries").is_dir():
                return Path(folder)
    pytest.skip("no real city data here: set ONEMAP_REAL_DATA")


@dataclass(frozen=True)
class LiveServer:
    """A running server over the small city, and ways to reach it."""

    url: str
    store: Store

    @property
    def database(self) -> databases.Database:
        """Its database, which no other test uses."""
        return self.store.database

    def token(self, username: str, *scopes: str) -> str:
        """Make a personal access token for a sample user."""
        from data import users
        from data.clock import SystemClock

        with self.store.unscoped() as connection:
            user = users.find_user(connection, username)
            _, secret = users.add_token(
                connection,
                user.id,
                name="test",
                scopes=scopes or ("read",),
                life_days=1,
                now=SystemClock().now(),
            )
        return secret


def _warm_up(server: LiveServer) -> None:
    """Have the kernels of travel time compiled: on a new machine that takes longer than a page waits."""
    token = server.token("dispatcher")
    for path in (
        "/api/coverage/field?of=elevator",
        "/api/nearest?lon=114.0579&lat=22.5431",
        "/api/coverage?of=elevator",
    ):
        request = urllib.request.Request(server.url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=240) as answer:
            assert answer.status == 200


@pytest.fixture(scope="session")
def live_server(
    make_database: Callable[..., databases.Database],
    city_template: databases.Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """Gunicorn with two workers and a job worker beside it, as `serve` runs them, over a city of its own."""
    from web.serving import find_port

    city_database = make_database("live", city_template)

    port = find_port("127.0.0.1", 18000 + os.getpid() % 2000)
    environment = {
        **os.environ,
        "ONEMAP_DATABASE_URL": city_database.app,
        "ONEMAP_OWNER_DATABASE_URL": city_database.owner,
        "ONEMAP_STATE_DIR": str(tmp_path_factory.mktemp("live-state")),
        "ONEMAP_APP_SIGN_IN_NAME": "示例通",
        "ONEMAP_APP_SIGN_IN_URL": "https://app.example/scan?ticket={ticket}",
        "ONEMAP_APP_SIGN_IN_KEY": "key-of-the-app",
        "PYTHONPATH": str(ROOT),
    }
    log = tmp_path_factory.mktemp("live-log") / "serve.log"
    with log.open("w") as handle:
        process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "web", "serve", "--port", str(port), "--threads", "8"],
            env=environment, stdout=handle, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "/healthz", timeout=2):
            break
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    else:
        raise AssertionError(log.read_text())
    store = Store(city_database, max_size=4)
    server = LiveServer(url, store)
    _warm_up(server)
    yield server
    store.close()
    process.terminate()
    process.wait(timeout=20)
    trouble = [line for line in log.read_text().splitlines() if "Traceback" in line or "ERROR" in line]
    assert not trouble, log.read_text()[-3000:]
