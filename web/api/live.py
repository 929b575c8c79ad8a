"""Push the changes of layers to open pages by server-sent events."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from data.live import ChangeFeed
from data.users import session_of
from web import identity
from web.problems import TooManyError

blueprint = Blueprint("live", __name__)

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
    own_feed, store, clock = feed(), identity.store(), identity.settings().clock
    cookie = request.cookies.get(identity.COOKIE)
    if own_feed.subscriber_count >= MAX_STREAMS:
        raise TooManyError("实时连接太多，请稍后再试。 Too many live connections: try again shortly.", 10)

    def is_still_signed_in() -> bool:
        if cookie is None:
            return True
        with store.unscoped() as connection:
            return session_of(connection, cookie, now=clock.now()) is not None

    def events() -> Iterator[bytes]:
        number = 0
        yield b"retry: 2000\n\n"
        with own_feed.subscribe() as own:
            while True:
                number += 1
                try:
                    versions = own.get(timeout=_PING_S)
                except queue.Empty:
                    if not is_still_signed_in():
                        yield _event("ended", {}, number)
                        return
                    yield _event("ping", {"age_s": round(time.monotonic() - own_feed.looked_at, 1)}, number)
                else:
                    yield _event("versions", versions, number)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events(), headers=headers, content_type="text/event-stream; charset=utf-8")
