"""Tick check items on an inspection; what does not conform has to become a hidden danger before it is finished (row L9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data import registers
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.register_forms import Actor
from data.register_history import note_event
from data.scope import Connection, require_write
from data.tables.registers import records_table_name
from layers.check_ticks import FAILS, TICKS
from layers.errors import WorkflowError
from layers.register import Register, Ticks
from layers.workflow import Move

_MOST = 1000


@dataclass(frozen=True)
class Tick:
    """What was found of one item: a result of `TICKS`, or None where it was not looked at, and a note."""

    item_code: str
    result: str | None
    note: str | None


def _ticks(register: Register) -> Ticks:
    if register.ticks is None:
        raise NotFoundError(
            f"{register.words.zh}没有检查项。 No check items are ticked on {register.words.en.lower()}."
        )
    return register.ticks


def may_tick(register: Register, row: Mapping[str, Any], actor: Actor) -> bool:
    """Say whether the actor's side ticks items on a row as it stands."""
    ticks = _ticks(register)
    return (
        actor.scope.may_write and actor.party in register.kept_by and register.state_of(row) in ticks.states
    )


def items(connection: Connection, register: Register, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the check items of a row's enterprise that the scope sees, each with its tick and with the hidden danger that came of it.

    Raises
    ------
    NotFoundError
        When no items are ticked in this register.
    """
    ticks = _ticks(register)
    return connection.execute(
        "SELECT i.code, i.name, i.place, i.basis, i.frequency, t.result, t.note, t.ticked_at, t.created_by, h.id AS danger_id,"
        f" h.code AS danger_code, h.state AS danger_state FROM check_item i LEFT JOIN {records_table_name(register, TICKS)} t"
        " ON t.row_code = %(row)s AND t.item_code = i.code LEFT JOIN LATERAL (SELECT h.id, h.code, h.state FROM hidden_danger h"
        f" WHERE h.{ticks.link} = %(row)s AND h.item_code = i.code ORDER BY h.id DESC LIMIT 1) h ON true"
        " WHERE i.enterprise_code = %(enterprise)s ORDER BY i.place NULLS LAST, i.code LIMIT %(most)s".encode(),
        {"row": row["code"], "enterprise": row[str(register.owner_field)], "most": _MOST},
    ).fetchall()


def put(
    connection: Connection,
    register: Register,
    row_id: int,
    ticks: Sequence[Tick],
    *,
    version: int,
    actor: Actor,
) -> dict[str, Any]:
    """Set the ticks of a row to what is given, those of items that are left out taken away; the row then.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        When the row is not there, is not the actor's to keep, was changed meanwhile, or is over.
    FormError
        With every item that is none of the enterprise's, or said twice, and every result or note that cannot be.
    """
    declared = _ticks(register)
    require_write(actor.scope)
    if actor.party not in register.kept_by:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    row = registers.locked_row(connection, register, row_id, version)
    if register.state_of(row) not in declared.states:
        raise ConflictError(
            "这次检查已经结束，检查项不能再改。 This inspection is over: its items can no longer be ticked."
        )
    known = {item["code"]: item for item in items(connection, register, row)}
    _check(ticks, set(known))
    table = records_table_name(register, TICKS)
    connection.execute(f"DELETE FROM {table} WHERE row_code = %s".encode(), [row["code"]])
    said = [t for t in ticks if t.result is not None]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (row_code, item_code, result, note, ticked_at, created_by, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)".encode(),
            [
                (row["code"], t.item_code, t.result, t.note, *_when(known[t.item_code], t, actor), actor.now)
                for t in said
            ],
        )
    registers.update_row(connection, register, row_id, {}, None, actor)
    counts = {
        result.value: sum(t.result == result.value for t in said) for result in TICKS.field("result").choices
    }
    note = "，".join(f"{c.words.zh} {counts[c.value]}" for c in TICKS.field("result").choices)
    note_event(connection, register, row, actor, "recorded", note=f"{TICKS.words.zh}：{note}")
    return registers.read(connection, register, row_id)


def _when(item: Mapping[str, Any], tick: Tick, actor: Actor) -> tuple[Any, str]:
    """Give when and by whom an item was ticked: a tick that says the same as before keeps both."""
    if (item["result"], item["note"]) == (tick.result, tick.note):
        return item["ticked_at"], str(item["created_by"])
    return actor.now, actor.username


def _check(ticks: Sequence[Tick], known: set[str]) -> None:
    results = {c.value for c in TICKS.field("result").choices}
    most = TICKS.field("note").max_length
    faults = []
    seen: set[str] = set()
    for tick in ticks:
        if tick.item_code not in known:
            faults.append(
                (
                    tick.item_code[:60],
                    f"这家企业没有检查项 {tick.item_code[:60]}。 The enterprise has no check item {tick.item_code[:60]}.",
                )
            )
        elif tick.item_code in seen:
            faults.append(
                (
                    tick.item_code,
                    f"检查项 {tick.item_code} 出现了两次。 The item {tick.item_code} is said twice.",
                )
            )
        seen.add(tick.item_code)
        if tick.result is not None and tick.result not in results:
            faults.append(
                (
                    tick.item_code,
                    f"结果应为 {'、'.join(sorted(results))} 之一，不是 {tick.result[:20]!r}。 The result is one of {', '.join(sorted(results))}.",
                )
            )
        if tick.note is not None and len(tick.note) > most:
            faults.append((tick.item_code, f"说明最多 {most} 字。 A note has at most {most} characters."))
    if faults:
        raise FormError(tuple(faults[:50]))


def require_settled(
    connection: Connection, register: Register, row: Mapping[str, Any], values: Mapping[str, Any], done: Move
) -> None:
    """Refuse to finish an inspection that says nothing was found, or lacks the hidden danger, of an item that does not conform.

    Raises
    ------
    WorkflowError
    """
    ticks = register.ticks
    if ticks is None or done.id not in ticks.settled_by:
        return
    failing = [item for item in items(connection, register, row) if item["result"] == FAILS]
    without = [item["name"] for item in failing if item["danger_id"] is None]
    field, nothing = ticks.nothing_found or ("", "")
    state = str(register.state_of(row))
    if without:
        shown = "、".join(without[:5]) + ("…" if len(without) > 5 else "")
        raise WorkflowError(
            f"{len(without)} 个不符合的检查项还没有登记隐患：{shown}。 {len(without)} items that do not conform have no hidden danger yet: {shown}.",
            state=state, move=done.id, field=field or None,
        )  # fmt: skip
    if failing and field and values.get(field) == nothing:
        raise WorkflowError(
            "有检查项不符合，结果不能是“未发现隐患”。 Items do not conform: the result cannot be that nothing was found.",
            state=state, move=done.id, field=field,
        )  # fmt: skip
