"""The wall's feed as a client without our script reads it: resumed without loss or doubles, ended with its token, crews moving."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from data import layer_versions, users
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store

Message = tuple[str, str, Any]
PATIENCE_S = 30.0


class Listener:
    """Reads the feed on a thread: (event, id, data) of each message with the instant it came."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._is_over = threading.Event()
        self.messages: queue.Queue[tuple[float, Message]] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        text = ""
        for part in self._response.response:
            if self._is_over.is_set():
                break
            text += part.decode()
            while "\n\n" in text:
                block, _, text = text.partition("\n\n")
                lines = dict(line.split(": ", 1) for line in block.splitlines())
                if "event" in lines:
                    message = (lines["event"], lines.get("id", ""), json.loads(lines["data"]))
                    self.messages.put((time.monotonic(), message))

    def leave(self) -> None:
        """Stop listening: the feed says something every few seconds, and the thread ends with it."""
        self._is_over.set()
        self._thread.join(timeout=PATIENCE_S)
        assert not self._thread.is_alive()
        self._response.close()

    def until(self, name: str) -> tuple[float, Message]:
        """Wait for the next message of a name."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            at, message = self.messages.get(timeout=max(0.1, ends - time.monotonic()))
            if message[0] == name:
                return at, message


@contextmanager
def listening(application: Any, secret: str, last: str | None = None) -> Iterator[Listener]:
    """Open the feed with a token of one's own, and leave it at the end."""
    headers = {"Authorization": f"Bearer {secret}"} | ({"Last-Event-ID": last} if last else {})
    response = application.test_client().get("/api/wall/live", headers=headers, buffered=False)
    assert response.status_code == 200
    listener = Listener(response)
    yield listener
    listener.leave()


@pytest.fixture
def token(application: Any) -> Iterator[tuple[str, Any]]:
    """A token of the wall's account, and a function that revokes it."""
    store: Store = application.extensions["store"]
    now = SystemClock().now
    with store.unscoped() as connection:
        user = users.find_user(connection, "wall")
        number, secret = users.add_token(
            connection, user.id, name="feed", scopes=("read",), life_days=1, now=now()
        )

    def revoke() -> None:
        with store.unscoped() as connection:
            users.revoke_token(connection, user.id, number, now=now())

    yield secret, revoke
    revoke()


def call(sign_in: Any, words: str) -> str:
    """Take a call; its order's number."""
    answer = sign_in("dispatcher").post("/api/orders", json={"address": words, "caller_words": words})
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["code"])


def test_a_cut_loses_and_doubles_nothing_for_a_plain_client(
    application: Any, sign_in: Any, token: tuple[str, Any]
) -> None:
    secret, _ = token
    first = call(sign_in, "断线之前")
    with listening(application, secret) as listener:
        assert listener.until("state")[1][2]["orders"]
        _, (_, last, events) = listener.until("events")
    assert first in {e["code"] for e in events}
    heard = {e["id"] for e in events}
    missed = [call(sign_in, f"断线之中 {n}") for n in range(3)]
    with listening(application, secret, last) as listener:
        _, (_, later, fresh) = listener.until("events")
    assert {e["code"] for e in fresh} >= set(missed)
    assert heard.isdisjoint(e["id"] for e in fresh), "told before the cut"
    with listening(application, secret, later) as listener:
        listener.until("ping")
        assert listener.messages.empty(), "nothing is new"


def test_a_revoked_token_ends_the_feed_within_five_seconds_however_busy_it_is(
    application: Any, sign_in: Any, token: tuple[str, Any]
) -> None:
    secret, revoke = token
    with listening(application, secret) as listener:
        listener.until("state")
        stop = threading.Event()
        store: Store = application.extensions["store"]

        def keep_busy() -> None:
            while not stop.wait(0.4):
                with store.transaction(SYSTEM) as connection:
                    layer_versions.tell(connection, "rescue_station")

        busy = threading.Thread(target=keep_busy)
        busy.start()
        try:
            listener.until("state")
            revoke()
            revoked_at = time.monotonic()
            ended_at, _ = listener.until("ended")
        finally:
            stop.set()
            busy.join()
    assert ended_at - revoked_at < 5


def test_a_crew_that_drives_on_is_seen_where_it_is(
    application: Any, sign_in: Any, token: tuple[str, Any]
) -> None:
    store: Store = application.extensions["store"]
    now = SystemClock().now()
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty"
            " AND s.crew_count > 0 AND s.geom IS NOT NULL AND e.geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code AND i.state <> 'closed') LIMIT 1"
        ).fetchone()
    assert row is not None
    dispatcher = sign_in("dispatcher")
    code = dispatcher.post("/api/orders", json={"elevator_code": row["code"]}).get_json()["code"]
    sent = dispatcher.post(f"/api/orders/{code}/notify", json={"station_code": row["station_code"]})
    assert sent.status_code == 200, sent.get_json()
    with listening(application, token[0]) as listener:
        listener.until("state")
        with store.transaction(SYSTEM) as connection:
            connection.execute(
                "INSERT INTO crew_position (incident_code, station_code, at, geom) VALUES (%s, %s, %s, ST_SetSRID(ST_MakePoint(114.1234, 22.5678), 4326))",
                [code, row["station_code"], now],
            )
            layer_versions.tell(connection, "crew_position")
        _, (_, _, state) = listener.until("state")
    order = next(o for o in state["orders"] if o["code"] == code)
    assert "114.1234" in json.dumps(order["crews"])
