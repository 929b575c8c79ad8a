"""The clock of a running server and worker is set back five minutes under an open order: nothing early, twice or lost."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from data import dispatch_rules, incidents
from data.database import Database
from data.scope import SYSTEM
from data.store import Store
from dispatch.clocks import DistrictRule
from dispatch.incident import EventKind
from tests.data.test_outbox import SmsService
from tests.set_clock import FILE_VARIABLE, MovedClock
from tests.web.test_dispatch_faults import Dispatcher
from web.serving import find_port
from web.settings import ROOT

ANSWER_S = 180
BACK_S = -300.0


@dataclass
class House:
    """A gunicorn worker and a job worker under one clock that can be set, over a city of their own."""

    store: Store
    file: Path
    gateway: SmsService
    person: Dispatcher

    @property
    def clock(self) -> MovedClock:
        return MovedClock(self.file)

    def set_to(self, at: dt.datetime) -> None:
        """Set the clock of both processes, at once and whole."""
        moved = (at - dt.datetime.now(dt.UTC)).total_seconds()
        whole = self.file.with_suffix(".new")
        whole.write_text(repr(moved))
        whole.replace(self.file)

    def set_back(self) -> None:
        self.set_to(self.clock.now() + dt.timedelta(seconds=BACK_S))

    def events(self, code: str) -> tuple[incidents.StoredEvent, ...]:
        with self.store.transaction(SYSTEM) as connection:
            return incidents.read(connection, code).events

    def due(self, code: str) -> list[dt.datetime]:
        """When each level that was asked for was due."""
        return [e.event.at for e in self.events(code) if e.event.kind is EventKind.LEVEL_DUE]

    def wait_for_rounds(self) -> None:
        """Wait until the worker has looked at every order twice since: it has then sent a message written now, and one after."""
        for _ in range(2):
            with self.store.transaction(SYSTEM) as connection:
                key = f"round/{time.monotonic_ns()}"
                connection.execute(
                    "INSERT INTO outbox (idempotency_key, channel, recipient, body, created_at, next_attempt_at)"
                    " VALUES (%s, 'sms', '15400000000', 'round', %s, %s)",
                    [key, self.clock.now(), self.clock.now()],
                )
            wait_until(lambda key=key: key in self.gateway.messages, f"the worker sends {key}")


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(f"waited in vain: {what}")


@pytest.fixture
def house(make_database: Callable[..., Database], city_template: Database, tmp_path: Path) -> Iterator[House]:
    database = make_database("setback", city_template)
    store = Store(database, max_size=2)
    with store.transaction(SYSTEM) as connection:
        rule = DistrictRule(
            answer_limit_s=ANSWER_S, arrival_limit_s=20_000, trapped_limit_s=40_000, is_automatic=True
        )
        dispatch_rules.put(connection, "440300", rule)
    gateway = SmsService()
    file = tmp_path / "seconds"
    file.write_text("0")
    port = find_port("127.0.0.1", 17000 + os.getpid() % 900)
    environment = {
        **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
        "ONEMAP_STATE_DIR": str(tmp_path), "ONEMAP_SMS_URL": gateway.url, "PYTHONPATH": str(ROOT), FILE_VARIABLE: str(file),
    }  # fmt: skip
    commands = (
        ["-m", "gunicorn", "tests.set_clock:application()", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket"],
        ["-m", "tests.set_clock"],
    )  # fmt: skip
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((tmp_path / "log").open("w"))
        running = [
            subprocess.Popen(
                [sys.executable, "-P", "-X", "utf8", *c], env=environment, stdout=log, stderr=log
            )
            for c in commands
        ]
        dispatcher = Dispatcher(port, 1)
        try:
            yield House(store, file, gateway, dispatcher)
            assert [p.poll() for p in running] == [None, None], (tmp_path / "log").read_text()
            assert "Traceback" not in (tmp_path / "log").read_text()
        finally:
            dispatcher.leave()
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=20)
            store.close()
            gateway.server.shutdown()
            gateway.server.server_close()


@pytest.fixture
def notified(house: House) -> tuple[str, str, dt.datetime]:
    """An order whose bound station was told: its number, the station, and when."""
    with house.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 2 AND e.geom IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id LIMIT 1"
        ).fetchone()
    assert row is not None
    ask = house.person.ask
    _, order = ask("POST", "/api/orders", {"elevator_code": row["code"], "request_key": "set-back-call"})
    code, station = order["code"], row["station_code"]
    status, answer = ask(
        "POST", f"/api/orders/{code}/notify", {"station_code": station, "request_key": "set-back-notify"}
    )
    assert status == 200, answer
    at = next(e.event.at for e in house.events(code) if e.event.kind is EventKind.NOTIFIED)
    return code, station, at


def after(at: dt.datetime, seconds: float) -> dt.datetime:
    return at + dt.timedelta(seconds=seconds)


def test_a_deadline_comes_once_and_at_its_second(
    house: House, notified: tuple[str, str, dt.datetime]
) -> None:
    code, _, at = notified
    house.set_to(after(at, ANSWER_S - 30))
    house.wait_for_rounds()
    assert house.due(code) == []
    house.set_back()
    house.wait_for_rounds()
    assert house.due(code) == []  # two minutes before the notification, by the clock
    house.set_to(after(at, ANSWER_S))
    wait_until(lambda: bool(house.due(code)), "no answer is noticed")
    house.set_back()
    house.wait_for_rounds()
    house.set_to(after(at, ANSWER_S + 1))
    house.wait_for_rounds()
    assert house.due(code) == [after(at, ANSWER_S)]
    raised = [e for e in house.events(code) if e.event.kind is EventKind.LEVEL_RAISED]
    assert len(raised) == 1


def test_steps_taken_under_the_earlier_clock_stay_behind_the_ones_before(
    house: House, notified: tuple[str, str, dt.datetime]
) -> None:
    code, station, at = notified
    house.set_back()
    for step, facts in (("accept", {}), ("en-route", {}), ("arrive", {}), ("free", {"persons_freed": 1})):
        body = {"station_code": station, "request_key": f"set-back-{step}", **facts}
        for _ in range(2):  # sent twice, as by a telephone that lost the answer
            status, answer = house.person.ask("POST", f"/api/orders/{code}/{step}", body)
            assert status == 200, answer
    status, answer = house.person.ask("POST", f"/api/orders/{code}/close", {"outcome": "freed"})
    assert status == 200, answer
    found = house.events(code)
    times = [e.event.at for e in found]
    assert times == sorted(times)
    assert [e.event.kind for e in found][-5:] == [
        EventKind.ACCEPTED, EventKind.EN_ROUTE, EventKind.ARRIVED, EventKind.FREED, EventKind.CLOSED,
    ]  # fmt: skip
    assert all(e.event.at >= at for e in found[-5:])
    house.wait_for_rounds()
    assert house.due(code) == []


def test_messages_that_wait_are_sent_at_once_and_only_once(
    house: House, notified: tuple[str, str, dt.datetime]
) -> None:
    code, station, _ = notified
    house.wait_for_rounds()
    house.set_to(after(house.clock.now(), -BACK_S))  # a clock that runs ahead …
    house.gateway.mood = "busy"
    status, answer = house.person.ask(
        "POST", f"/api/orders/{code}/stand-down", {"station_code": station, "why": "test"}
    )
    assert status == 200, answer
    wait_until(lambda: bool(waiting(house)) and min(waiting(house)) > 0, "the messages were tried in vain")
    house.set_back()  # … is put right while messages wait for their next attempt
    house.gateway.mood = "yes"
    wait_until(lambda: not waiting(house), "the messages are sent")
    sent = dict(house.gateway.messages)
    house.set_to(after(house.clock.now(), 600))
    house.wait_for_rounds()
    with house.store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT idempotency_key, state FROM outbox").fetchall()
    assert {r["state"] for r in rows} == {"sent"}
    assert {r["idempotency_key"] for r in rows} == set(house.gateway.messages)
    assert all(house.gateway.calls.count(key) == 1 for key in set(house.gateway.messages) - set(sent))


def test_a_gateway_that_does_not_answer_keeps_no_deadline_waiting(
    house: House, notified: tuple[str, str, dt.datetime]
) -> None:
    code, _, at = notified
    house.wait_for_rounds()
    house.gateway.mood = "holds"
    with house.store.transaction(SYSTEM) as connection:
        connection.execute(
            "INSERT INTO outbox (idempotency_key, channel, recipient, body, created_at, next_attempt_at)"
            " SELECT 'held/' || n, 'sms', '15400000000', 'held', %(now)s, %(now)s FROM generate_series(1, 20) n",
            {"now": house.clock.now()},
        )
    wait_until(lambda: any(k.startswith("held/") for k in house.gateway.calls), "the gateway is asked")
    house.set_to(after(at, ANSWER_S))
    wait_until(lambda: bool(house.due(code)), "the level is asked for while the gateway holds")
    assert not any(k.startswith("held/") for k in house.gateway.messages)
    house.gateway.mood = "yes"
    house.gateway.lets_go.set()
    wait_until(lambda: not waiting(house), "the messages are sent")
    assert {f"held/{n}" for n in range(1, 21)} <= set(house.gateway.messages)


def waiting(house: House) -> list[int]:
    """How often each message that waits was tried."""
    with house.store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT attempts FROM outbox WHERE state = 'waiting'").fetchall()
    return [r["attempts"] for r in rows]
