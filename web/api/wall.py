"""Feed the wall: a whole state at once, and what changes, with resume after a cut."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request

from data import stations, wall_drills, wall_state
from data.event_cursor import EventCursor
from data.kept_results import Kept
from data.scope import Connection, Scope
from data.store import Store
from web import identity, wall_answers
from web.api.live import MAX_STREAMS, feed
from web.problems import TooManyError

blueprint = Blueprint("wall_feed", __name__)

#: So often the feed says that it lives, and looks whether it still may: a revoked token ends it within five seconds.
_PING_S = 3.0
_FIRST_EVENTS = 40
_PAGE = 500
#: So often crews are drawn where they are, while nothing else changes.
_CREWS_S = 3.0
#: Layers whose change changes what the wall shows; the first alone only moves crews.
_FOLLOWED = ("crew_position", "incident", "rescue_station", "closure", "wall_drill")


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
                "drill": wall_drills.shown(connection, scope),
            }
        return orjson.dumps(body)

    return kept.get((scope.ranges, scope.owner_id, language, key), make)


def newest_events(store: Store, scope: Scope, language: str) -> list[dict[str, Any]]:
    """Give the newest events in words, for a wall that knows none."""
    with store.transaction(scope) as connection:
        return _in_words(connection, wall_state.newest_events(connection, limit=_FIRST_EVENTS), language)


def new_events(
    store: Store, scope: Scope, language: str, cursor: EventCursor
) -> Iterator[list[dict[str, Any]]]:
    """Give what a listener has not been told, in parts that are each told once; the cursor goes along."""
    after = cursor.begins_after
    while True:
        with store.transaction(scope) as connection:
            found = wall_state.events_after(connection, after, limit=_PAGE)
            fresh = _in_words(connection, [e for e in found if cursor.is_fresh(e.id)], language)
        if fresh:
            cursor.tell(e["id"] for e in fresh)
            yield fresh
        if len(found) < _PAGE:
            return
        after = found[-1].id


def _in_words(
    connection: Connection, found: list[wall_state.WallEvent], language: str
) -> list[dict[str, Any]]:
    codes = {str(c) for e in found if (c := e.stored.event.facts.get("station_code"))}
    shown = stations.shown(connection, codes) if codes else {}
    return [wall_answers.event(e, language, shown=shown) for e in found]


def _events_message(cursor: EventCursor, events: list[dict[str, Any]]) -> bytes:
    return b"id: %s\nevent: events\ndata: %s\n\n" % (str(cursor).encode(), orjson.dumps(events))


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
    scope, language, kept, holds = identity.scope(), g.language, _states(), identity.lasting_check()
    if own_feed.subscriber_count >= MAX_STREAMS:
        raise TooManyError("实时连接太多，请稍后再试。 Too many live connections: try again shortly.", 10)
    given = EventCursor.parse(request.headers.get("Last-Event-ID") or request.args.get("last", ""))

    def events() -> Iterator[bytes]:
        cursor, seen, latest = given, None, None
        checked_at = sent_at = time.monotonic()
        is_held = False
        yield b"retry: 1500\n\n"
        with own_feed.subscribe() as own:
            while True:
                wait_s = checked_at + _PING_S - time.monotonic()
                if is_held:
                    wait_s = min(wait_s, sent_at + _CREWS_S - time.monotonic())
                with contextlib.suppress(queue.Empty):
                    latest = own.get(timeout=max(wait_s, 0.0))
                if time.monotonic() - checked_at >= _PING_S:
                    checked_at = time.monotonic()
                    if not holds():
                        yield b"event: ended\ndata: {}\n\n"
                        return
                    age = round(time.monotonic() - own_feed.looked_at, 1)
                    yield b'event: ping\ndata: {"age_s": %.1f}\n\n' % age
                if latest is None:
                    continue
                key = tuple(latest.get(layer, 0) for layer in _FOLLOWED)
                if key == seen:
                    continue
                # Crews that only drive on are drawn every few seconds; whatever else changes is told at once.
                is_held = seen is not None and key[1:] == seen[1:] and time.monotonic() - sent_at < _CREWS_S
                if is_held:
                    continue
                seen, sent_at = key, time.monotonic()
                state = _state(store, scope, language, settings.clock, kept, key)
                yield b'event: clock\ndata: {"now": "%s"}\n\n' % settings.clock.now().isoformat().encode()
                yield b"event: state\ndata: " + state + b"\n\n"
                if cursor is None:
                    first = newest_events(store, scope, language)
                    cursor = EventCursor.beginning(e["id"] for e in first)
                    yield _events_message(cursor, first)
                for fresh in new_events(store, scope, language, cursor):
                    yield _events_message(cursor, fresh)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events(), headers=headers, content_type="text/event-stream; charset=utf-8")
