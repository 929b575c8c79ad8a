"""Follow the changes of layers: one listening connection a process fans out to any number of subscribers."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import dict_row

from data import layer_versions
from data.database import Database

_log = logging.getLogger(__name__)
_CHECK_S = 10.0

Versions = dict[str, int]


class ChangeFeed:
    """Tell subscribers the versions of layers whenever one changes.

    The versions in the table are the truth: a notification only says "look now", and every few seconds
    the feed looks anyway, so that a lost connection or notification loses nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscribers: set[queue.Queue[Versions]] = set()
        self._lock = threading.Lock()
        self._versions: Versions = {}
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.looked_at = 0.0

    @contextmanager
    def subscribe(self) -> Iterator[queue.Queue[Versions]]:
        """Give a queue that holds the newest versions not yet taken; the first are those of now."""
        own: queue.Queue[Versions] = queue.Queue(maxsize=1)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stopping.clear()
                self._thread = threading.Thread(target=self._follow, name="change-feed", daemon=True)
                self._thread.start()
            self._subscribers.add(own)
            if self._versions:
                own.put_nowait(self._versions)
        try:
            yield own
        finally:
            with self._lock:
                self._subscribers.discard(own)

    @property
    def subscriber_count(self) -> int:
        """Give the number of subscribers."""
        with self._lock:
            return len(self._subscribers)

    def stop(self) -> None:
        """Stop following."""
        self._stopping.set()

    def _follow(self) -> None:
        pause_s = 0.2
        while not self._stopping.is_set():
            try:
                with psycopg.connect(
                    self._database.app, autocommit=True, row_factory=dict_row, connect_timeout=5
                ) as connection:
                    connection.execute("LISTEN onemap_change")
                    pause_s = 0.2
                    while not self._stopping.is_set():
                        self._look(connection)
                        for _ in connection.notifies(timeout=_CHECK_S, stop_after=1):
                            pass
                        # Many rows change together: one look for all of them.
                        time.sleep(0.05)
            except psycopg.Error as error:
                _log.warning("change feed lost its connection, trying again: %s", error)
                self._stopping.wait(pause_s)
                pause_s = min(pause_s * 2, 5.0)

    def _look(self, connection: psycopg.Connection[dict[str, object]]) -> None:
        found = layer_versions.versions(connection)
        self.looked_at = time.monotonic()
        with self._lock:
            if found == self._versions:
                return
            self._versions = found
            for own in self._subscribers:
                # A slow subscriber keeps only the newest.
                with contextlib.suppress(queue.Empty):
                    own.get_nowait()
                own.put_nowait(found)
