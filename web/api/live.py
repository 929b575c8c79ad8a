"""Push the changes of layers to open pages by server-sent events."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Blueprint, Response, current_app

from data.live import ChangeFeed
from web import identity
from web.problems import TooManyError

blueprint = Blueprint("live", __name__)

#: So often the feed says that it lives, and looks whether it still may.
_PING_S = 4.0
#: Open streams hold a thread each; some threads must stay for tiles.
MAX_STREAMS = 60


def feed() -> ChangeFeed:
    """Give the process's change feed."""
    found: ChangeFeed = current_app.extensions.setdefault(
        "change_feed", ChangeFeed(identity.settings().database)
    )
    return found


def _event(name: str, body: dict[str, Any], number: int) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), orjson.dumps(body))


@blueprint.get("/api/live")
def stream() -> Any:
    """Send the versions of all layers at once and whenever one changes, and a ping every few seconds.

    The first event is a full snapshot, so a page that lost its connection has lost nothing.
    """
    identity.require_user()
    own_feed, holds = feed(), identity.lasting_check()
    if own_feed.subscriber_count >= MAX_STREAMS:
        raise TooManyError("实时连接太多，请稍后再试。 Too many live connections: try again shortly.", 10)

    def events() -> Iterator[bytes]:
        number = 0
        checked_at = time.monotonic()
        yield b"retry: 2000\n\n"
        with own_feed.subscribe() as own:
            while True:
                number += 1
                with contextlib.suppress(queue.Empty):
                    versions = own.get(timeout=max(checked_at + _PING_S - time.monotonic(), 0.0))
                    yield _event("versions", versions, number)
                if time.monotonic() - checked_at >= _PING_S:
                    checked_at = time.monotonic()
                    number += 1
                    if not holds():
                        yield _event("ended", {}, number)
                        return
                    yield _event("ping", {"age_s": round(time.monotonic() - own_feed.looked_at, 1)}, number)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events(), headers=headers, content_type="text/event-stream; charset=utf-8")
