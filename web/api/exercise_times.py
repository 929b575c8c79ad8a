"""Keep the times of an exercise while it goes on: read them, press a step, correct it, take it back (row L17)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, g

from data import exercise_orders, exercise_times
from data.errors import FormError
from data.register_rows import may_change
from data.scope import Connection
from layers.drill_rules import BEGAN, LIVE_STEPS
from layers.registry import register_by_id
from web import company_questions as ask
from web import identity
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("exercise_times", __name__)
blueprint.before_request(require_keeper)
_MOST_LATE_S = 86_400


@blueprint.get("/api/exercise-times/<int:row_id>")
def read(row_id: int) -> Any:
    """Give the steps of a drill of the register with what was planned, when each was reached and who pressed it."""
    with register_request() as (connection, actor):
        found = exercise_times.read(connection, row_id)
        return json_response(_shown(connection, found, may_write=actor.scope.may_write))


@blueprint.post("/api/exercise-times/<int:row_id>/<step>")
def press(row_id: int, step: str) -> Any:
    """Keep that a step is reached, by the server's clock; `key` is the caller's own, so that it may be sent again.

    `late_s` says how long ago it was pressed, where the network was away.
    """
    values = ask.body()
    key, late_s = _key(values.get("key")), _late(values.get("late_s"))
    with register_request() as (connection, actor):
        found = exercise_times.press(connection, row_id, step, key, late_s=late_s, actor=actor)
        return json_response(_shown(connection, found, may_write=True))


@blueprint.put("/api/exercise-times/<int:row_id>/<step>")
def correct(row_id: int, step: str) -> Any:
    """Put a step to another time of the day (`at`, HH:MM or HH:MM:SS in Beijing)."""
    at = _time(ask.body().get("at"))
    with register_request() as (connection, actor):
        found = exercise_times.correct(connection, row_id, step, at, actor=actor)
        return json_response(_shown(connection, found, may_write=True))


@blueprint.delete("/api/exercise-times/<int:row_id>/<step>")
def undo(row_id: int, step: str) -> Any:
    """Take a step back."""
    with register_request() as (connection, actor):
        found = exercise_times.undo(connection, row_id, step, actor=actor)
        return json_response(_shown(connection, found, may_write=True))


@blueprint.get("/api/exercise-times/<int:row_id>/orders")
def orders(row_id: int) -> Any:
    """List the dispatch orders that may have been driven as this exercise: of its district, within hours, and seen by the caller."""
    with register_request() as (connection, _):
        found = exercise_orders.candidates(connection, row_id)
    return json_response({"orders": found})


@blueprint.get("/api/exercise-times/<int:row_id>/orders/<code>")
def order(row_id: int, code: str) -> Any:
    """Show which steps an order would fill with which times; nothing is written."""
    with register_request() as (connection, _):
        found = exercise_orders.preview(connection, row_id, code)
    for one in found["steps"]:
        one["node_title"] = exercise_orders.node_words(one["node"], g.language) if one["node"] else None
    return json_response(found)


@blueprint.post("/api/exercise-times/<int:row_id>/orders/<code>")
def take(row_id: int, code: str) -> Any:
    """Write the times of an order into the `steps` chosen; `seen` is the number of its events that the preview told of."""
    values = ask.body()
    steps, seen = values.get("steps"), values.get("seen")
    if not isinstance(steps, list) or not all(isinstance(one, str) for one in steps):
        raise FormError((("steps", "steps 应为步骤名的列表。 A list of steps was expected for steps."),))
    if isinstance(seen, bool) or not isinstance(seen, int):
        raise FormError(
            (("seen", "seen 应为预览给出的记录条数。 seen is the number that the preview gave."),)
        )
    with register_request() as (connection, actor):
        found = exercise_orders.take(connection, row_id, code, steps, seen=seen, actor=actor)
        return json_response(_shown(connection, found, may_write=True))


def _shown(connection: Connection, found: dict[str, Any], *, may_write: bool) -> dict[str, Any]:
    row, times = found["row"], found["times"]
    began = times[BEGAN]["at"] if BEGAN in times else None
    is_open = not found["is_locked"]
    sources = exercise_orders.sources(connection, times)
    for one in sources.values():
        one["node_title"] = exercise_orders.node_words(one["node"], g.language)
    return {
        "id": row["id"], "code": row["code"], "name": row["name"], "version": row["version"], "is_locked": found["is_locked"],
        "may_press": may_write and is_open and may_change(connection, register_by_id("drill"), row["id"]),
        "server_at": identity.settings().clock.now(), "began_at": began,
        "steps": [
            {
                "id": step.id, "title": step.words.in_language(g.language), "planned_min": row[step.planned] if step.planned else None,
                "at": times[step.id]["at"] if step.id in times else None,
                "after_s": (times[step.id]["at"] - began).total_seconds() if began is not None and step.id in times else None,
                "by": times[step.id]["username"] if step.id in times else None,
                "is_corrected": step.id in times and times[step.id]["is_corrected"],
                "kept_min": row[step.field] if step.field else None, "source": sources.get(step.id),
            }
            for step in LIVE_STEPS
        ],
    }  # fmt: skip


def _key(given: Any) -> uuid.UUID:
    try:
        return uuid.UUID(str(given))
    except ValueError as error:
        raise FormError((("key", "key 应为 UUID，重发时不变。 A UUID was expected for key, the same when it is sent again."),)) from error  # fmt: skip


def _late(given: Any) -> float:
    if given is None:
        return 0.0
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= _MOST_LATE_S:
        raise FormError((("late_s", f"late_s 应为 0–{_MOST_LATE_S} 秒。 late_s is 0 to {_MOST_LATE_S} seconds."),))  # fmt: skip
    return float(given)


def _time(given: Any) -> dt.time:
    for form in ("%H:%M:%S", "%H:%M"):
        try:
            return dt.datetime.strptime(str(given).strip(), form).time()  # noqa: DTZ007 - a time of the day alone
        except ValueError:
            continue
    raise FormError((("at", f"时间应为 时:分 或 时:分:秒，收到 {str(given)[:20]!r}。 A time HH:MM or HH:MM:SS was expected, got {str(given)[:20]!r}."),))  # fmt: skip
