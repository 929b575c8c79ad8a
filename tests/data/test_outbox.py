"""The outbox against a real gateway on the loopback: yes, no, garbage, silence, and a process that dies."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import outbox
from data.clock import SetClock
from data.database import Database

START = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


class SmsService:
    """A gateway that behaves as it is told; it keeps one message per idempotency key, as real ones do."""

    def __init__(self) -> None:
        self.mood = "yes"
        self.lets_go = threading.Event()
        self.calls: list[str] = []
        self.messages: dict[str, dict[str, Any]] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                key = self.headers["Idempotency-Key"]
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.calls.append(key)
                if service.mood == "holds":
                    service.lets_go.wait()
                if service.mood == "silent":
                    time.sleep(1.5)
                    return
                if service.mood == "noise":  # no HTTP at all
                    self.wfile.write(b"\x00\x01\x02 what?\r\n\r\n")
                    return
                if service.mood in ("yes", "yes then dies", "yes twice", "yes in control characters"):
                    service.messages[key] = body
                status = {"busy": 503, "refuses": 422}.get(service.mood, 200)
                answer = (
                    b"<html>surprise"
                    if service.mood == "garbage"
                    else json.dumps({"id": "g-" + key}).encode()
                )
                if service.mood == "yes in control characters":
                    answer = json.dumps({"id": "g\x00\x1b-" + key}).encode()
                if service.mood == "deep":
                    answer = b"[" * 60_000
                for _ in range(2 if service.mood == "yes twice" else 1):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/sms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service() -> Iterator[SmsService]:
    found = SmsService()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def database(make_database: Callable[[str], Database]) -> Database:
    return make_database("outbox")


def put(database: Database, key: str) -> bool:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        return outbox.put(connection, key=key, recipient="15400000001", body="您好", now=START)


def states(database: Database) -> dict[str, tuple[str, int]]:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT idempotency_key, state, attempts FROM outbox").fetchall()
    return {r["idempotency_key"]: (r["state"], r["attempts"]) for r in rows}


def gateway(service: SmsService) -> outbox.HttpGateway:
    return outbox.HttpGateway(service.url, token="t", timeout_s=0.7)


def test_a_message_is_sent_once(database: Database, service: SmsService) -> None:
    clock = SetClock(START)
    assert put(database, "a")
    assert not put(database, "a"), "the same key twice is one message"
    assert outbox.send_due(database, gateway(service), clock=clock) == 1
    assert outbox.send_due(database, gateway(service), clock=clock) == 0
    assert service.messages == {"a": {"to": "15400000001", "text": "您好"}}
    assert states(database) == {"a": ("sent", 1)}


@pytest.mark.parametrize("mood", ["busy", "garbage", "silent", "noise", "deep"])
def test_trouble_is_tried_again_later(database: Database, service: SmsService, mood: str) -> None:
    clock = SetClock(START)
    put(database, "a")
    service.mood = mood
    assert outbox.send_due(database, gateway(service), clock=clock) == 0
    assert states(database) == {"a": ("waiting", 1)}
    service.mood = "yes"
    assert outbox.send_due(database, gateway(service), clock=clock) == 0, "not before its time"
    clock.advance(10)
    assert outbox.send_due(database, gateway(service), clock=clock) == 1
    assert states(database) == {"a": ("sent", 2)}


def test_an_id_of_control_characters_is_a_yes(database: Database, service: SmsService) -> None:
    put(database, "a")
    service.mood = "yes in control characters"
    assert outbox.send_due(database, gateway(service), clock=SetClock(START)) == 1
    assert states(database) == {"a": ("sent", 1)}


def test_an_answer_given_twice_is_one_answer(database: Database, service: SmsService) -> None:
    put(database, "a")
    put(database, "b")
    service.mood = "yes twice"
    assert outbox.send_due(database, gateway(service), clock=SetClock(START)) == 2
    assert states(database) == {"a": ("sent", 1), "b": ("sent", 1)}
    assert sorted(service.calls) == ["a", "b"]


@pytest.mark.parametrize("attempts", [0, 1, 3])
def test_a_clock_set_back_keeps_no_message_waiting(
    database: Database, service: SmsService, attempts: int
) -> None:
    clock = SetClock(START)
    put(database, "a")
    service.mood = "busy"
    for number in range(attempts):
        outbox.send_due(database, gateway(service), clock=clock)
        clock.advance(10 * 2**number - 1)
        assert outbox.send_due(database, gateway(service), clock=clock) == 0
        clock.advance(1)
    assert states(database) == {"a": ("waiting", attempts)}
    service.mood = "yes"
    clock.advance(-300)
    assert outbox.send_due(database, gateway(service), clock=clock) == 1
    clock.advance(600)
    assert outbox.send_due(database, gateway(service), clock=clock) == 0
    assert states(database) == {"a": ("sent", attempts + 1)}


def test_a_refusal_is_final_and_can_be_sent_again_by_hand(database: Database, service: SmsService) -> None:
    clock = SetClock(START)
    put(database, "a")
    service.mood = "refuses"
    outbox.send_due(database, gateway(service), clock=clock)
    assert states(database) == {"a": ("failed", 1)}
    service.mood = "yes"
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        number = outbox.listed(connection, state="failed")[0]["id"]
        assert outbox.try_again(connection, number, now=clock.now())
        assert not outbox.try_again(connection, number, now=clock.now())
    assert outbox.send_due(database, gateway(service), clock=clock) == 1


def test_links_that_open_nothing_any_more_are_forgotten(database: Database, service: SmsService) -> None:
    clock = SetClock(START)
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        for key, body in (("with", "Open {link}"), ("without", "Come")):
            secret = "https://x/crew#abc" if key == "with" else None
            outbox.put(connection, key=key, recipient="138", body=body, now=clock.now(), secret=secret)
        outbox.put(connection, key="later", recipient="138", body="{link}", now=clock.now(), secret="y")
    service.mood = "refuses"
    outbox.send_due(database, gateway(service), clock=clock, limit=2)
    clock.advance(outbox.LINK_LIFE.total_seconds() - 1)
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        assert outbox.forget_links(connection, now=clock.now()) == 0
        clock.advance(1)
        assert outbox.forget_links(connection, now=clock.now()) == 1, "what still waits keeps its link"
        failed = {r["body"]: r["id"] for r in outbox.listed(connection, state="failed")}
        assert set(failed) == {"Open …", "Come"}
        assert not outbox.try_again(connection, failed["Open …"], now=clock.now())
        assert outbox.try_again(connection, failed["Come"], now=clock.now())


def test_trouble_ends_after_eight_attempts(database: Database, service: SmsService) -> None:
    clock = SetClock(START)
    put(database, "a")
    service.mood = "busy"
    for _ in range(12):
        outbox.send_due(database, gateway(service), clock=clock)
        clock.advance(3600)
    assert states(database) == {"a": ("failed", outbox.MAX_ATTEMPTS)}


def test_a_sender_that_dies_after_the_yes_repeats_with_the_same_key(
    database: Database, service: SmsService
) -> None:
    class DiedError(Exception):
        pass

    def die(_: int) -> None:
        raise DiedError

    clock = SetClock(START)
    put(database, "a")
    with pytest.raises(DiedError):
        outbox.send_due(database, gateway(service), clock=clock, on_sent=die)
    assert states(database) == {"a": ("waiting", 0)}
    assert outbox.send_due(database, gateway(service), clock=clock) == 1
    assert service.calls == ["a", "a"]
    assert len(service.messages) == 1


def test_a_message_rolled_back_was_never_there(database: Database, service: SmsService) -> None:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        outbox.put(connection, key="b", recipient="1", body="x", now=START)
        connection.rollback()
    assert outbox.send_due(database, gateway(service), clock=SetClock(START)) == 0
    assert service.calls == []


def test_two_senders_share_the_work(database: Database, service: SmsService) -> None:
    for i in range(30):
        put(database, f"m{i}")
    clock = SetClock(START)
    done: list[int] = []
    threads = [
        threading.Thread(target=lambda: done.append(outbox.send_due(database, gateway(service), clock=clock)))
        for _ in range(3)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sum(done) == 30
    assert sorted(service.calls) == sorted(f"m{i}" for i in range(30))


def test_without_a_gateway_messages_stay_on_the_page(database: Database) -> None:
    put(database, "a")
    assert outbox.send_due(database, outbox.PageGateway(), clock=SetClock(START)) == 1
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        assert outbox.listed(connection)[0]["body"] == "您好"


def test_a_gateway_needs_an_http_address() -> None:
    with pytest.raises(ValueError, match="http"):
        outbox.HttpGateway("file:///etc/passwd")
