"""Orders while web worker, job worker and PostgreSQL are killed and the gateway misbehaves: nothing lost, nothing doubled."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from data import audit, dispatch_rules, incidents
from data import cluster as clusters
from data import database as databases
from data.clock import SystemClock
from data.incidents import ASSIGNMENT_COLUMNS, assignment_row, projection
from data.scope import SYSTEM, Connection
from data.store import Store
from dispatch.clocks import DistrictRule
from dispatch.incident import EventKind
from tests.data.test_outbox import SmsService
from web.demo import prepare_demo
from web.sample_accounts import SAMPLE_PASSWORD
from web.serving import find_port
from web.settings import ROOT

VICTIMS = ("web", "job worker", "postgres")
STEPS = ("notify", "accept", "en-route", "arrive", "free")
#: A request is answered after so long at the latest, whatever was killed meanwhile; so is the server gone after its end was asked for.
PATIENCE_S = 90.0
OF_LEVELS = {EventKind.LEVEL_DUE, EventKind.LEVEL_RAISED}
EXPECTED = Counter(
    [
        EventKind.RECEIVED, EventKind.IDENTIFIED, EventKind.NOTIFIED, EventKind.ACCEPTED, EventKind.EN_ROUTE, EventKind.ARRIVED,
        EventKind.FREED, EventKind.CLOSED,
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def scratch() -> Iterator[clusters.Cluster]:
    """A PostgreSQL of its own, which may be killed."""
    cluster = clusters.cluster_of(Path(f"/nonexistent/onemap-faults-{os.getpid()}"))
    clusters.ensure_running(cluster)
    yield cluster
    clusters.drop_private_folder(cluster)


@pytest.fixture(scope="module")
def database(scratch: clusters.Cluster, tmp_path_factory: pytest.TempPathFactory) -> databases.Database:
    found = databases.private_database(scratch, "onemap_faults")
    store = Store(found, max_size=2)
    prepare_demo(
        store,
        city_code="440300",
        size="small",
        say=lambda _: None,
        state_dir=tmp_path_factory.mktemp("sample"),
    )
    with store.transaction(SYSTEM) as connection:
        # The small city has few roads and long ways: limits that its stations can keep.
        wide = DistrictRule(
            answer_limit_s=3000, arrival_limit_s=20_000, trapped_limit_s=40_000, blackout_calls=100_000
        )
        dispatch_rules.put(connection, "440300", wide)
        connection.execute("UPDATE rescue_station SET crew_count = 1000, on_duty = true")
    store.close()
    return found


@dataclass
class Storm:
    """Kills what runs, one after another, at random moments."""

    server: subprocess.Popen[bytes]
    scratch: clusters.Cluster
    gateway: SmsService
    random: random.Random
    pauses_s: tuple[float, float] = (1.0, 3.0)
    kills: Counter[str] = field(default_factory=Counter)
    is_over: threading.Event = field(default_factory=threading.Event)
    trouble: BaseException | None = None

    def blow(self) -> None:
        """Kill until it is over; what goes wrong with the killing itself is kept, so that the test fails by it."""
        try:
            self._blow()
        except BaseException as error:
            self.trouble = error
            raise

    def _blow(self) -> None:
        first = self.random.sample(VICTIMS, len(VICTIMS))
        while not self.is_over.wait(self.random.uniform(*self.pauses_s)):
            self.gateway.mood = self.random.choice(["yes", "yes", "yes", "busy", "garbage", "yes then dies"])
            missing = [v for v in first if v not in self.kills]
            victim = missing[0] if missing else self.random.choice(VICTIMS)
            with contextlib.suppress(ProcessLookupError, FileNotFoundError, ValueError):
                if victim == "postgres":
                    pid = int((self.scratch.data_dir / "postmaster.pid").read_text().split()[0])
                    os.kill(pid, signal.SIGKILL)
                    self.kills[victim] += 1
                    time.sleep(0.5)
                    self._restart_postgres()
                    continue
                pids = [
                    p for p, words in descendants(self.server.pid)
                    if ("gunicorn" in words if victim == "web" else words.endswith("web worker")) and age_s(p) > 5
                ]  # fmt: skip
                if pids:
                    os.kill(self.random.choice(pids), signal.SIGKILL)
                    self.kills[victim] += 1

    def _restart_postgres(self) -> None:
        for _ in range(60):
            try:
                clusters.ensure_running(self.scratch)
            except clusters.ClusterError:
                time.sleep(0.5)  # the children of the killed server are still going
            else:
                return
        raise AssertionError("the scratch PostgreSQL did not come back")


def descendants(pid: int) -> list[tuple[int, str]]:
    """Processes below a process with their command lines; of gunicorn its workers only."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = []
    for child, parent in parents.items():
        if parent == pid or parents.get(parent) == pid:
            with contextlib.suppress(OSError):
                words = (
                    (Path("/proc") / str(child) / "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode()
                    .strip()
                )
                is_arbiter = parent == pid and "gunicorn" in words
                if not is_arbiter:
                    found.append((child, words))
    return found


def age_s(pid: int) -> float:
    ticks = int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[19])
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    return up_s - ticks / os.sysconf("SC_CLK_TCK")


class Dispatcher:
    """Carries orders through over a kept connection, repeating a request under its key until it is answered."""

    def __init__(self, port: int, seed: int) -> None:
        self.port, self.seed = port, seed
        self.headers: dict[str, str] = {}
        self.repeats = 0
        self._link: http.client.HTTPConnection | None = None
        form = urllib.parse.urlencode({"username": "dispatcher", "password": SAMPLE_PASSWORD})
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, cookie, _ = self._until_answered("POST", "/sign-in", form)
        assert status == 302, status
        self.headers = {"Content-Type": "application/json", "Cookie": cookie.partition(";")[0]}
        self.headers["X-CSRF-Token"] = self.ask("GET", "/api/session")[1]["csrf"]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Ask until there is an answer that is one."""
        status, _, content = self._until_answered(method, path, None if body is None else json.dumps(body))
        return status, json.loads(content)

    def _until_answered(self, method: str, path: str, body: str | None) -> tuple[int, str, bytes]:
        ends = time.monotonic() + PATIENCE_S
        last: object = None
        while time.monotonic() < ends:
            try:
                status, cookie, content = self._once(method, path, body)
                if status < 500 and status != 429:
                    return status, cookie, content
                last = status, content[:200]
            except (OSError, http.client.HTTPException) as error:
                self.leave()
                last = error
            self.repeats += 1
            time.sleep(0.1)
        raise AssertionError(f"{method} {path}: no answer within {PATIENCE_S:g} s, lastly {last!r}")

    def _once(self, method: str, path: str, body: str | None) -> tuple[int, str, bytes]:
        if self._link is None:
            self._link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        self._link.request(method, path, body, self.headers)
        answer = self._link.getresponse()
        return answer.status, answer.getheader("Set-Cookie") or "", answer.read()

    def leave(self) -> None:
        """Let go of the connection."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def carry_through(self, elevator: dict[str, Any], number: int) -> dict[str, str]:
        """One order from call to end; give what was acknowledged: request key → order."""
        acknowledged = {}
        key = f"fault-{self.seed}-{number:06d}"
        status, order = self.ask(
            "POST", "/api/orders", {"elevator_code": elevator["code"], "request_key": f"{key}-call"}
        )
        assert status in (200, 201), order
        code = order["code"]
        acknowledged[f"{key}-call"] = code
        for step in STEPS:
            body: dict[str, Any] = {"station_code": elevator["station_code"], "request_key": f"{key}-{step}"}
            if step == "free":
                body["persons_freed"] = 1
            status, answer = self.ask("POST", f"/api/orders/{code}/{step}", body)
            assert status == 200, (step, answer)
            acknowledged[f"{key}-{step}"] = code
        status, answer = self.ask("POST", f"/api/orders/{code}/close", {"outcome": "freed"})
        # The answer of the first try may have been lost with the worker: then the order is closed already.
        assert status == 200 or self.ask("GET", f"/api/orders/{code}")[1]["state"] == "closed", answer
        return acknowledged


def run_storm(
    database: databases.Database,
    scratch: clusters.Cluster,
    state_dir: Path,
    *,
    orders: int,
    dispatchers: int,
    seed: int,
    pauses_s: tuple[float, float] = (1.0, 3.0),
) -> Counter[str]:
    """Carry orders through in the storm, then hold the store against what was acknowledged."""
    begun, started = SystemClock().now(), time.monotonic()
    with contextlib.ExitStack() as ends:
        gateway = SmsService()
        ends.callback(gateway.server.server_close)
        ends.callback(gateway.server.shutdown)
        server, port = start_server(database, gateway, state_dir)
        ends.callback(stop_server, server, state_dir)
        store = Store(database, max_size=2)
        ends.callback(store.close)
        storm = Storm(server, scratch, gateway, random.Random(seed), pauses_s)
        ends.callback(storm.is_over.set)
        people = [Dispatcher(port, seed) for _ in range(dispatchers)]
        thread = threading.Thread(target=storm.blow, daemon=True)
        thread.start()
        acknowledged = work_together(people, elevators(store), storm, orders)
        storm.is_over.set()
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive(), "the storm does not end"
        assert storm.trouble is None, storm.trouble
        carried_s = time.monotonic() - started
        clusters.ensure_running(scratch)
        gateway.mood = "yes"
        drain(store)
        with store.transaction(SYSTEM) as connection:
            check(connection, acknowledged, gateway, begun, f"fault-{seed}-%")
            assert len(set(acknowledged.values())) >= orders
        assert server.poll() is None, "the server's supervisor has given up"
    print(
        f"{len(set(acknowledged.values()))} orders in {carried_s:.0f} s, {time.monotonic() - started:.0f} s with all checks;"
        f" killed {dict(storm.kills)}; {sum(p.repeats for p in people)} requests repeated;"
        f" {len(gateway.messages)} messages in {len(gateway.calls)} sendings"
    )
    return storm.kills


def start_server(
    database: databases.Database, gateway: SmsService, state_dir: Path
) -> tuple[subprocess.Popen[bytes], int]:
    port = find_port("127.0.0.1", 19000 + os.getpid() % 900)
    environment = {
        **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
        "ONEMAP_STATE_DIR": str(state_dir), "ONEMAP_SMS_URL": gateway.url, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with (state_dir / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "web", "serve", "--port", str(port), "--threads", "8"],
            env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    return server, port


def stop_server(server: subprocess.Popen[bytes], state_dir: Path) -> None:
    """End the server; one that does not end is killed with all it started, and the test fails by what it was doing."""
    server.terminate()
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        left = descendants(server.pid)
        for pid in [*(pid for pid, _ in left), server.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.wait(timeout=10)
        tail = (state_dir / "serve.log").read_text(errors="replace")[-2000:]
        raise AssertionError(f"the server did not end within 30 s; still there: {left}\n{tail}") from None


def elevators(store: Store) -> list[dict[str, Any]]:
    with store.transaction(SYSTEM) as connection:
        return connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE e.geom IS NOT NULL AND s.geom IS NOT NULL ORDER BY e.code"
        ).fetchall()


def work_together(
    people: list[Dispatcher], known: list[dict[str, Any]], storm: Storm, orders: int
) -> dict[str, str]:
    """Carry so many orders through at least, and until everything was killed once; the first failure ends all."""
    acknowledged: dict[str, str] = {}
    numbers = itertools.count()
    lock, has_failed = threading.Lock(), threading.Event()

    def work(at: int) -> None:
        # Elevators come again when all have had an order; each dispatcher has elevators of its own.
        mine = known[at :: len(people)]
        try:
            while not has_failed.is_set() and storm.trouble is None:
                with lock:
                    number = next(numbers)
                if number >= orders and len(storm.kills) == len(VICTIMS):
                    return
                found = people[at].carry_through(mine[number // len(people) % len(mine)], number)
                with lock:
                    acknowledged.update(found)
        except BaseException:
            has_failed.set()
            raise
        finally:
            people[at].leave()

    with ThreadPoolExecutor(len(people)) as pool:
        for each in [pool.submit(work, at) for at in range(len(people))]:
            each.result()
    return acknowledged


def drain(store: Store) -> None:
    """Let the job worker send what is left, without waiting for its pauses: some of it in each half minute."""
    least, since = None, 0
    while since < 60:
        with store.transaction(SYSTEM) as connection:
            connection.execute(
                "UPDATE outbox SET next_attempt_at = %s WHERE state = 'waiting' AND next_attempt_at > %s",
                [SystemClock().now(), SystemClock().now()],
            )
            row = connection.execute("SELECT count(*) AS n FROM outbox WHERE state = 'waiting'").fetchone()
        left = row["n"] if row else 0
        if left == 0:
            return
        least, since = (left, 0) if least is None or left < least else (least, since + 1)
        time.sleep(0.5)
    raise AssertionError(f"messages are still waiting: {row}")


def check(
    connection: Connection, acknowledged: dict[str, str], gateway: SmsService, begun: Any, pattern: str
) -> None:
    """What was acknowledged is there once; every order is whole; every message was sent, under one key."""
    rows = connection.execute(
        "SELECT code FROM incident WHERE received_at >= %s ORDER BY code", [begun]
    ).fetchall()
    codes = {r["code"] for r in rows}
    assert codes == set(acknowledged.values())
    keys = Counter(
        r["request_key"]
        for r in connection.execute(
            "SELECT request_key FROM incident_event WHERE request_key LIKE %s", [pattern]
        )
    )
    assert keys == Counter(acknowledged.keys())  # each once
    for code in codes:
        order = incidents.read(connection, code)
        kinds = Counter(e.event.kind for e in order.events if e.event.kind not in OF_LEVELS)
        assert kinds == EXPECTED, (code, kinds)
        expected = projection(order.incident)
        row = connection.execute(
            f"SELECT {', '.join(expected)} FROM incident WHERE code = %s".encode(), [code]
        ).fetchone()
        assert row == expected
        kept = connection.execute(
            f"SELECT {', '.join(ASSIGNMENT_COLUMNS)} FROM incident_assignment WHERE incident_code = %s ORDER BY number".encode(),
            [code],
        ).fetchall()
        assert [list(r.values()) for r in kept] == [
            assignment_row(code, n, a) for n, a in enumerate(order.incident.assignments)
        ]
        station = order.incident.assignments[0].station_code
        people = connection.execute(
            "SELECT count(DISTINCT phone) AS n FROM (SELECT lead_phone AS phone FROM rescue_station WHERE code = %(s)s"
            " UNION SELECT phone FROM responder WHERE station_code = %(s)s) p WHERE phone IS NOT NULL",
            {"s": station},
        ).fetchone()
        told = connection.execute(
            "SELECT count(*) AS n FROM incident_message WHERE incident_code = %s AND template = 'sent'",
            [code],
        ).fetchone()
        assert told == people
    chain = audit.verify(connection)
    assert chain.broken_at is None, chain
    assert chain.checked > 0
    # All there are: the sample city's own messages wait for a gateway too.
    outbox = connection.execute("SELECT idempotency_key, state FROM outbox").fetchall()
    assert {r["state"] for r in outbox} == {"sent"}
    # The gateway keeps one message a key: what was sent again after a kill is the same message.
    assert {r["idempotency_key"] for r in outbox} == set(gateway.messages)


@pytest.mark.timeout(900)  # services that come up beside other work need longer than the pauses between kills
def test_nothing_is_lost_or_doubled_when_processes_are_killed(
    database: databases.Database, scratch: clusters.Cluster, tmp_path: Path
) -> None:
    kills = run_storm(database, scratch, tmp_path, orders=30, dispatchers=3, seed=11, pauses_s=(2.0, 6.0))
    assert set(kills) == set(VICTIMS)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_is_lost_or_doubled_in_a_thousand_orders(
    database: databases.Database, scratch: clusters.Cluster, tmp_path: Path
) -> None:
    kills = run_storm(database, scratch, tmp_path, orders=1000, dispatchers=8, seed=13, pauses_s=(2.0, 6.0))
    assert min(kills[v] for v in VICTIMS) >= 5, kills


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_nothing_is_lost_or_doubled_in_ten_thousand_orders(
    database: databases.Database, scratch: clusters.Cluster, tmp_path: Path
) -> None:
    kills = run_storm(
        database, scratch, tmp_path, orders=10_000, dispatchers=8, seed=12, pauses_s=(6.0, 16.0)
    )
    assert min(kills[v] for v in VICTIMS) >= 20, kills
