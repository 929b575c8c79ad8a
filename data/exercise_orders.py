"""Take the times of an exercise from a dispatch order that was driven as it: shown beforehand, then accepted (row L17)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from data import exercise_times, incidents
from data.errors import ConflictError, FormError, NotFoundError
from data.incidents import Order
from data.register_forms import Actor
from data.scope import Connection, significant_digits
from dispatch.incident import Node
from layers.display import LOCAL_ZONE
from layers.drill_rules import BEGAN, LIVE_STEPS, ORDER_NODES, LiveStep

#: An order is looked for so long before and after the exercise.
AROUND = dt.timedelta(hours=12)
_MOST = 50
_STEPS = {step.id: step for step in LIVE_STEPS}


def candidates(connection: Connection, row_id: int) -> list[dict[str, Any]]:
    """List the orders that may have been driven as a drill, those nearest to its beginning first: of its district, within hours.

    Only orders that the scope sees; without a beginning those of the planned day (Beijing) and half a day around.

    Raises
    ------
    NotFoundError
        When the scope has no such drill.
    """
    found = exercise_times.read(connection, row_id)
    row, times = found["row"], found["times"]
    if BEGAN in times:
        near = times[BEGAN]["at"]
        since, until = near - AROUND, near + AROUND
    else:
        day = row["executed_on"] or row["planned_on"]
        midnight = dt.datetime.combine(day, dt.time(), LOCAL_ZONE)
        near, since, until = midnight + AROUND, midnight - AROUND, midnight + 3 * AROUND
    place = significant_digits(row["division_code"])[:6]
    rows = connection.execute(
        "SELECT code, name, received_at, arrived_at, closed_at, state, outcome, event_count FROM incident"
        " WHERE received_at >= %(since)s AND received_at < %(until)s AND event_count > 0 AND starts_with(division_code, %(place)s)"
        " ORDER BY abs(extract(epoch FROM received_at - %(near)s)), code LIMIT %(most)s",
        {"since": since, "until": until, "near": near, "place": place, "most": _MOST},
    )
    return [dict(one) for one in rows]


def preview(connection: Connection, row_id: int, code: str) -> dict[str, Any]:
    """Say which steps an order would fill with which times, and what stands there; nothing is written.

    Raises
    ------
    NotFoundError
        When the scope has no such drill or no such order.
    """
    found = exercise_times.read(connection, row_id)
    order = incidents.read(connection, code)
    times = found["times"]
    return {
        "code": order.code, "name": order.row["name"], "seen": order.incident.version, "is_locked": found["is_locked"],
        "steps": [_offered(step, order, times) for step in LIVE_STEPS],
    }  # fmt: skip


def _offered(step: LiveStep, order: Order, times: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Say of a step what the order has for it; a beginning that was pressed is kept unless it is asked for."""
    at, standing = node_time(order, step.from_order), times.get(step.id)
    is_same = standing is not None and standing["at"] == at and standing["order_code"] == order.code
    return {
        "id": step.id, "node": step.from_order, "at": at, "standing_at": None if standing is None else standing["at"],
        "standing_order": None if standing is None else standing["order_code"],
        "is_filled": at is not None and not is_same, "is_suggested": at is not None and standing is None,
    }  # fmt: skip


def node_time(order: Order, node: str | None) -> dt.datetime | None:
    """Give an order's time of a node; None where it has not come, or the step has no node."""
    return None if node is None else order.incident.nodes.get(Node(node))


def take(
    connection: Connection, row_id: int, code: str, steps: Sequence[str], *, seen: int, actor: Actor
) -> dict[str, Any]:
    """Write an order's times into the steps that were chosen, each with its source; the drill as `exercise_times.read` gives it.

    Raises
    ------
    RefusedError, NotFoundError, ConflictError
        As for `exercise_times.press`; also when the scope has no such order, or it has changed since it was shown.
    FormError
        When no step is chosen, the order has no time for one, or the steps would not follow the beginning within a day.
    """
    if not steps:
        raise FormError((("steps", "请至少选择一个步骤。 Choose at least one step."),))
    register, row = exercise_times.open_drill(connection, row_id, steps[0], actor)
    order = incidents.read(connection, code)
    if order.incident.version != seen:
        raise ConflictError(
            "工单刚有新的记录，请重新预览。 The order has changed meanwhile: look at its times again."
        )
    before = exercise_times.standing(connection, row["code"])
    chosen = {name: _asked(order, name) for name in dict.fromkeys(steps)}
    _check(before, chosen)
    for name, at in chosen.items():
        exercise_times.put(
            connection, row, name, at, uuid.uuid4(), actor, source=(order.code, str(_STEPS[name].from_order))
        )
    told = "、".join(_STEPS[name].words.zh for name in chosen)
    told_en = ", ".join(_STEPS[name].words.en for name in chosen)
    note = f"取自工单 from order {order.code}: {told} {told_en}"
    return exercise_times.follow(connection, register, row, before, note, actor)


def _asked(order: Order, name: str) -> dt.datetime:
    step = _STEPS.get(name)
    if step is None:
        raise NotFoundError(f"没有步骤 {name[:30]}。 There is no step {name[:30]}.")
    at = node_time(order, step.from_order)
    if at is None:
        raise FormError((("steps", f"工单 {order.code} 没有“{step.words.zh}”的时间。 Order {order.code} has no time for “{step.words.en}”."),))  # fmt: skip
    return at


def _check(before: Mapping[str, Mapping[str, Any]], chosen: Mapping[str, dt.datetime]) -> None:
    """Refuse times that would stand without a beginning, before it, or more than a day after."""
    after = {name: one["at"] for name, one in before.items()} | dict(chosen)
    began = after.get(BEGAN)
    if began is None:
        raise FormError(
            (("steps", "还没有“演练开始”，请一并选择。 There is no beginning yet: choose it as well."),)
        )
    for name, at in after.items():
        if not began <= at <= began + exercise_times.LONGEST:
            words = _STEPS[name].words
            raise FormError((("steps", (
                f"“{words.zh}”（{exercise_times.clock(at)}）不在演练开始（{exercise_times.clock(began)}）之后的 24 小时内：请一并选择“演练开始”，或不选这一步。 "
                f"“{words.en}” ({exercise_times.clock(at)}) does not lie within a day after the beginning ({exercise_times.clock(began)}): choose the beginning as well, or leave this step out."
            )),))  # fmt: skip


def sources(connection: Connection, times: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Say of each step whose time came from an order: which node of which, and what the order says now.

    Where the order has been corrected since, `now_at` differs from the time that stands; it is said, never written over. An
    order that the scope does not see is named alone: `is_seen` is False.
    """
    codes = {one["order_code"] for one in times.values() if one["order_code"] is not None}
    orders: dict[str, Order | None] = {code: _seen(connection, code) for code in sorted(codes)}
    found = {}
    for name, one in times.items():
        if one["order_code"] is None:
            continue
        order = orders[one["order_code"]]
        now_at = None if order is None else node_time(order, one["order_node"])
        found[name] = {
            "code": one["order_code"], "node": one["order_node"], "is_seen": order is not None, "now_at": now_at,
            "is_corrected": order is not None and now_at != one["at"],
        }  # fmt: skip
    return found


def _seen(connection: Connection, code: str) -> Order | None:
    try:
        return incidents.read(connection, code)
    except NotFoundError:
        return None


def node_words(node: str, language: str) -> str:
    """Give the words of an order's node."""
    return ORDER_NODES[node].in_language(language)
