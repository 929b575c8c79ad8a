"""Keep the times of an exercise while it goes on: each step once, and the row of the drill follows (row L17)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from data import registers
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.register_forms import Actor
from data.register_history import note_event, plain_value
from data.scope import Connection, require_write
from layers.display import LOCAL_ZONE
from layers.drill_rules import BEGAN, LIVE_STEPS, ORDER_NODES, live_values
from layers.register import Register
from layers.registry import register_by_id

LONGEST = dt.timedelta(hours=24)
"""All times of an exercise lie within so long after its beginning."""
#: A press that took longer to arrive is marked.
_LATE_S = 10.0
_WORDS = {step.id: step.words for step in LIVE_STEPS}


def read(connection: Connection, row_id: int) -> dict[str, Any]:
    """Read a drill of the register with its times: the row, whether it is locked, and by step when and by whom it was pressed.

    Raises
    ------
    NotFoundError
        When the scope has no such drill.
    """
    register = register_by_id("drill")
    row = registers.read(connection, register, row_id)
    return {
        "row": row, "is_locked": register.is_locked(register.state_of(row)), "times": standing(connection, row["code"]),
    }  # fmt: skip


def press(
    connection: Connection, row_id: int, step: str, key: uuid.UUID, *, late_s: float = 0.0, actor: Actor
) -> dict[str, Any]:
    """Keep that a step was reached `late_s` seconds ago; pressed twice or sent again, the first time stands. The drill as `read` gives it.

    What was sent late, after a lost network, is marked like a corrected time, and never lies before the beginning.

    Raises
    ------
    RefusedError, NotFoundError
        When the scope may not write, or there is no such drill or step.
    ConflictError
        When the drill is locked, its beginning was not pressed yet, or was pressed more than a day ago.
    """
    register, row = open_drill(connection, row_id, step, actor)
    times = standing(connection, row["code"])
    is_known = connection.execute("SELECT 1 FROM exercise_time WHERE id = %s", [key]).fetchone() is not None
    if step in times or is_known:
        return read(connection, row_id)
    if step != BEGAN and BEGAN not in times:
        raise ConflictError(
            f"请先按“{_WORDS[BEGAN].zh}”：其他时间从它算起。 Press “{_WORDS[BEGAN].en}” first: the other times count from it."
        )
    at = actor.now - dt.timedelta(seconds=late_s)
    if step != BEGAN:
        at = max(at, times[BEGAN]["at"])
        if at - times[BEGAN]["at"] > LONGEST:
            raise ConflictError(
                "演练开始已超过 24 小时：请撤销“开始”重新计时，或在表单里填写时间。 "
                "The exercise began more than a day ago: take its beginning back, or enter the times in the form."
            )
    put(connection, row, step, at, key, actor, is_corrected=late_s > _LATE_S)
    return _followed(connection, register, row, times, step, actor)


def correct(connection: Connection, row_id: int, step: str, at: dt.time, *, actor: Actor) -> dict[str, Any]:
    """Put a step to another time of the day, in Beijing; the time that stood is kept, taken back. The drill as `read` gives it.

    Raises
    ------
    RefusedError, NotFoundError, ConflictError
        As for `press`.
    FormError
        When the time lies before the beginning, after now, or the beginning after another step.
    """
    register, row = open_drill(connection, row_id, step, actor)
    times = standing(connection, row["code"])
    instant = _instant(step, at, times, actor.now)
    put(connection, row, step, instant, uuid.uuid4(), actor, is_corrected=True)
    return _followed(connection, register, row, times, step, actor)


def undo(connection: Connection, row_id: int, step: str, *, actor: Actor) -> dict[str, Any]:
    """Take a step back; the drill as `read` gives it. One that does not stand stays so.

    Raises
    ------
    RefusedError, NotFoundError, ConflictError
        As for `press`, and when the beginning is taken back while others stand.
    """
    register, row = open_drill(connection, row_id, step, actor)
    times = standing(connection, row["code"])
    if step not in times:
        return read(connection, row_id)
    if step == BEGAN and len(times) > 1:
        raise ConflictError(
            "其他时间从演练开始算起，请先撤销它们，或改正开始时间。 The other times count from the beginning: take them back first, or correct it."
        )
    _take_back(connection, row["code"], step, actor)
    return _followed(connection, register, row, times, step, actor)


def open_drill(
    connection: Connection, row_id: int, step: str, actor: Actor
) -> tuple[Register, dict[str, Any]]:
    """Hold a drill whose times may still be changed: whoever presses at the same time waits.

    Raises
    ------
    RefusedError, NotFoundError, ConflictError
        When the scope may not write, there is no such drill or step, or the drill is locked.
    """
    require_write(actor.scope)
    if step not in _WORDS:
        known = "、".join(_WORDS)
        raise NotFoundError(f"没有步骤 {step[:30]}，现有：{known}。 There is no step {step[:30]}; known: {', '.join(_WORDS)}.")  # fmt: skip
    register = register_by_id("drill")
    registers.read(connection, register, row_id)
    held = connection.execute("SELECT 1 FROM drill WHERE id = %s FOR UPDATE", [row_id]).fetchone()
    if held is None:
        raise RefusedError("您只能查看这次演练。 You may only look at this drill.")
    row = registers.read(connection, register, row_id)
    registers.require_open(register, row, actor)
    return register, row


def standing(connection: Connection, code: str) -> dict[str, dict[str, Any]]:
    """Give the times that stand by step, each with who wrote it and the order it came from."""
    rows = connection.execute(
        "SELECT step, at, is_corrected, username, order_code, order_node FROM exercise_time WHERE register = 'drill' AND row_code = %s AND undone_at IS NULL",
        [code],
    )
    return {row["step"]: dict(row) for row in rows}


def _instant(step: str, at: dt.time, times: dict[str, dict[str, Any]], now: dt.datetime) -> dt.datetime:
    """Find the instant that a time of the day means: within a day after the beginning, and not after now."""
    if step == BEGAN:
        found = dt.datetime.combine(now.astimezone(LOCAL_ZONE).date(), at, LOCAL_ZONE)
        if found > now:
            found -= dt.timedelta(days=1)
        latest = min((t["at"] for name, t in times.items() if name != BEGAN), default=now)
        if found > latest:
            raise FormError((("at", f"演练开始不能晚于其他步骤（最早 {clock(latest)}）。 The beginning cannot be later than another step (the first: {clock(latest)})."),))  # fmt: skip
        return found
    if BEGAN not in times:
        raise ConflictError(
            f"请先按“{_WORDS[BEGAN].zh}”：其他时间从它算起。 Press “{_WORDS[BEGAN].en}” first: the other times count from it."
        )
    began: dt.datetime = times[BEGAN]["at"]
    found = dt.datetime.combine(began.astimezone(LOCAL_ZONE).date(), at, LOCAL_ZONE)
    if found < began.replace(microsecond=0):
        found += dt.timedelta(days=1)
    if found > now or found - began > LONGEST:
        raise FormError((("at", f"时间应在开始（{clock(began)}）和现在（{clock(now)}）之间。 The time must lie between the beginning ({clock(began)}) and now ({clock(now)})."),))  # fmt: skip
    return max(found, began)


def clock(at: dt.datetime) -> str:
    """Give the time of the day in Beijing."""
    return f"{at.astimezone(LOCAL_ZONE):%H:%M:%S}"


def put(
    connection: Connection,
    row: dict[str, Any],
    step: str,
    at: dt.datetime,
    key: uuid.UUID,
    actor: Actor,
    *,
    is_corrected: bool = False,
    source: tuple[str, str] | None = None,
) -> None:
    """Keep a step's time, with the order and its node that it came from; the time that stood is kept, taken back."""
    _take_back(connection, row["code"], step, actor)
    connection.execute(
        "INSERT INTO exercise_time (id, register, row_code, step, at, is_corrected, username, written_at, order_code, order_node,"
        " authority_code, owner_id, is_public)"
        " SELECT %s, 'drill', t.code, %s, %s, %s, %s, %s, %s, %s, t.authority_code, t.owner_id, t.is_public FROM drill t WHERE t.id = %s",
        [key, step, at, is_corrected, actor.username, actor.now, *(source or (None, None)), row["id"]],
    )


def _take_back(connection: Connection, code: str, step: str, actor: Actor) -> None:
    connection.execute(
        "UPDATE exercise_time SET undone_at = %s, undone_by = %s WHERE register = 'drill' AND row_code = %s AND step = %s AND undone_at IS NULL",
        [actor.now, actor.username, code, step],
    )


def _followed(
    connection: Connection,
    register: Register,
    row: dict[str, Any],
    before: dict[str, dict[str, Any]],
    step: str,
    actor: Actor,
) -> dict[str, Any]:
    time = standing(connection, row["code"]).get(step)
    told = f"{_WORDS[step].zh} {_WORDS[step].en}: {'撤销 taken back' if time is None else clock(time['at'])}"
    return follow(connection, register, row, before, told, actor)


def follow(
    connection: Connection,
    register: Register,
    row: dict[str, Any],
    before: dict[str, dict[str, Any]],
    told: str,
    actor: Actor,
) -> dict[str, Any]:
    """Let the row follow its times, but for what somebody has written there by hand; a line of its history has what is `told`."""
    after = standing(connection, row["code"])
    was = live_values({name: one["at"] for name, one in before.items()})
    now = live_values({name: one["at"] for name, one in after.items()})
    changed = {
        name: value for name, value in now.items() if value != row[name] and row[name] in (None, was[name])
    }
    source = _source(after)
    if source != row["times_source"]:
        changed["times_source"] = source
    if changed:
        registers.update_row(connection, register, row["id"], changed, None, actor)
    kept = registers.read(connection, register, row["id"])
    shown = {name: [plain_value(row[name]), plain_value(value)] for name, value in changed.items()}
    note_event(connection, register, kept, actor, "changed", note=told, changes=shown)
    return read(connection, row["id"])


def _source(times: dict[str, dict[str, Any]]) -> str | None:
    """Say in words which times came from which node of which order; None where all were pressed or written."""
    orders: dict[str, list[str]] = {}
    for step in LIVE_STEPS:
        one = times.get(step.id)
        if one is not None and one["order_code"] is not None:
            node = ORDER_NODES[one["order_node"]]
            orders.setdefault(one["order_code"], []).append(
                f"{step.words.zh} {step.words.en} = {node.zh} {node.en} {clock(one['at'])}"
            )
    return "; ".join(f"{code} ({', '.join(found)})" for code, found in orders.items()) or None
