"""Feed the wall: a whole state at once, and what changes, with resume after a cut."""

from __future__ import annotations

import queue
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request

from data import stations, wall_state
from data.kept_results import Kept
from data.scope import Scope
from data.store import Store
from data.users import session_of
from web import identity, wall_answers
from web.api.live import MAX_STREAMS, feed
from web.problems import TooManyError

blueprint = Blueprint("wall_feed", __name__)

_PING_S = 3.0
_FIRST_EVENTS = 40
_REMEMBERED = 2000
#: Layers whose change changes what the wall shows.
_FOLLOWED = ("incident", "rescue_station", "closure")


def _states() -> Kept[bytes]:
    found: Kept[bytes] = current_app.extensions.setdefault("wall_states", Kept(64))
    return found


def _state(store: Store, scope: Scope, language: str, clock: Any, kept: Kept[bytes], key: object) -> bytes:
    """Give the state of a scope as JSON, worked out once for all walls that see the same."""

    def make() -> bytes:
        now = clock.now()
        with store.transaction(scope) as connection:
            body = {
                "as_of": now,
                "orders": [
                    wall_answers.order(o, now=now, language=language)
                    for o in wall_state.orders(connection, now=now)
                ],
            }
        return orjson.dumps(body)

    return kept.get((scope.ranges, scope.owner_id, language, key), make)


@blueprint.get("/api/wall/state")
def read() -> Any:
    """Give everything the wall shows of orders, now."""
    identity.require_user()
    body = _state(
        identity.store(), identity.scope(), g.language, identity.settings().clock, Kept(1), time.monotonic()
    )
    return Response(body, content_type="application/json")


@blueprint.get("/api/wall/live")
def stream() -> Any:
    """Send the state at once and after each change, and every event once; `Last-Event-ID` resumes after a cut."""
    identity.require_user()
    own_feed, store, settings = feed(), identity.store(), identity.settings()
    scope, language, kept = identity.scope(), g.language, _states()
    cookie = request.cookies.get(identity.COOKIE)
    if own_feed.subscriber_count >= MAX_STREAMS:
        raise TooManyError("实时连接太多，请稍后再试。 Too many live connections: try again shortly.", 10)
    given = request.headers.get("Last-Event-ID") or request.args.get("last", "")
    last_id = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None

    def is_still_signed_in() -> bool:
        if cookie is None:
            return True
        with store.unscoped() as connection:
            return session_of(connection, cookie, now=settings.clock.now()) is not None

    def events() -> Iterator[bytes]:
        told: OrderedDict[int, None] = OrderedDict()
        newest, seen = last_id, None
        checked_at = time.monotonic()
        yield b"retry: 1500\n\n"
        with own_feed.subscribe() as own:
            while True:
                if time.monotonic() - checked_at > _PING_S:
                    checked_at = time.monotonic()
                    if not is_still_signed_in():
                        yield b"event: ended\ndata: {}\n\n"
                        return
                try:
                    versions = own.get(timeout=_PING_S)
                except queue.Empty:
                    age = round(time.monotonic() - own_feed.looked_at, 1)
                    yield b'event: ping\ndata: {"age_s": %.1f}\n\n' % age
                    continue
                key = tuple(versions.get(layer, 0) for layer in _FOLLOWED)
                if key == seen:
                    continue
                first, seen = seen is None, key
                found = _new_events(
                    store, scope, newest, limit=_FIRST_EVENTS if first and last_id is None else 500
                )
                fresh = [e for e in found if e["id"] not in told]
                for each in fresh:
                    told[each["id"]] = None
                while len(told) > _REMEMBERED:
                    told.popitem(last=False)
                newest = max([newest or 0, *(e["id"] for e in fresh)])
                state = _state(store, scope, language, settings.clock, kept, key)
                yield b'event: clock\ndata: {"now": "%s"}\n\n' % settings.clock.now().isoformat().encode()
                yield b"event: state\ndata: " + state + b"\n\n"
                if fresh:
                    yield b"id: %d\nevent: events\ndata: %s\n\n" % (newest, orjson.dumps(fresh))

    def _new_events(store: Store, scope: Scope, after: int | None, *, limit: int) -> list[dict[str, Any]]:
        with store.transaction(scope) as connection:
            found = wall_state.events_after(connection, after, limit=limit)
            codes = {str(c) for e in found if (c := e.stored.event.facts.get("station_code"))}
            shown = stations.shown(connection, codes)
        return [wall_answers.event(e, language, shown=shown) for e in found]

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events(), headers=headers, content_type="text/event-stream; charset=utf-8")
