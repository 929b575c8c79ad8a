"""Watch the dates of registers: warn before and after, once each, take warnings back, set states by the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import outbox, register_repeats, register_watches, warnings
from data.register_forms import Actor
from data.register_history import note_event
from data.scope import SYSTEM, Connection
from layers.declaration import FieldType, Words
from layers.display import LOCAL_ZONE
from layers.register import Alarm, Register
from layers.registry import all_registers, find_register
from layers.workflow import Deadline, Party

_MOST = 500
_ROW = "t.id, t.name, t.division_code, t.authority_code, t.owner_id"


def kind_of(register: Register, field: str, stage: str) -> str:
    """Name the kind of a register's warning."""
    return f"{register.id}.{field}.{stage}"


def kind_words(kind: str) -> Words | None:
    """Give the words of a kind of warning; None when it is no register's."""
    register_id, _, rest = kind.partition(".")
    field, _, stage = rest.partition(".")
    register = find_register(register_id)
    if register is None:
        return None
    for alarm in register.alarms:
        if alarm.field == field:
            late = stage == "after"
            return Words(
                alarm.words.zh + ("（已过期）" if late else "（即将到期）"),
                alarm.words.en + (": past" if late else ": soon"),
            )
    for watch in register.watches:
        if watch.id == field and stage == "on":
            return watch.words
    workflow = register.workflow
    if workflow is not None and stage.isdigit() and int(stage) < len(workflow.deadlines):
        return workflow.deadlines[int(stage)].words
    return None


def watch(connection: Connection, *, now: dt.datetime) -> int:
    """Look through every register once, in the connection's transaction; how many warnings and states were set.

    A process that is killed on the way leaves nothing half done; one that was down at a deadline sets it when it is back,
    once: what was warned of is kept beside the warning, so that marking it as processed does not bring it again.
    """
    return sum(watch_one(connection, register, now=now) for register in all_registers())


def watch_one(connection: Connection, register: Register, *, now: dt.datetime) -> int:
    """Look through one register, as `watch` does through all."""
    done = register_repeats.make(connection, register, now=now)
    for alarm in register.alarms:
        done += _take_back(connection, register, alarm, now)
        for stage in ("after", "before"):
            if stage in alarm.stages:
                done += _warn(connection, register, alarm, stage, now)
    done += pass_deadlines(connection, register, None, now=now)
    done += _settle_deadlines(connection, register, now)
    return done + register_watches.look(connection, register, now=now)


def pass_deadlines(
    connection: Connection, register: Register, row_id: int | None, *, now: dt.datetime
) -> int:
    """Let the deadlines of a register, or of one of its rows, that have passed take effect; how many did."""
    if register.workflow is None:
        return 0
    return sum(
        _pass_deadline(connection, register, number, deadline, now, row_id)
        for number, deadline in enumerate(register.workflow.deadlines)
    )


def _settle_deadlines(connection: Connection, register: Register, now: dt.datetime) -> int:
    """Process by itself each open warning of a deadline whose row has left the state that the clock set."""
    workflow, done = register.workflow, 0
    if workflow is None or workflow.due_field is None:
        return 0
    for number, deadline in enumerate(workflow.deadlines):
        if deadline.target is not None:
            done += connection.execute(
                "UPDATE warning w SET processed_at = %s, processed_by = 'system', note = '已处理 settled'"
                " WHERE w.kind = %s AND w.layer = %s AND w.processed_at IS NULL"
                f" AND NOT EXISTS (SELECT 1 FROM {register.id} t WHERE t.id = w.row_id AND t.{workflow.field} = %s)".encode(),
                [now, kind_of(register, workflow.due_field, str(number)), register.id, deadline.target],
            ).rowcount
    return done


def _instant(register: Register, field: str) -> str:
    """Write the instant at which a row's date has passed: a day ends with its last second in Beijing."""
    if register.layer.field(field).type is FieldType.DATE:
        return f"((t.{field} + 1)::timestamp AT TIME ZONE '{LOCAL_ZONE.key}')"
    return f"t.{field}"


def open_condition(register: Register, values: dict[str, Any]) -> str:
    """Write the condition that a row's life has not ended; binds go to `values`."""
    workflow = register.workflow
    if workflow is None or not workflow.closed:
        return "true"
    values["closed"] = sorted(workflow.closed)
    return f"t.{workflow.field} <> ALL(%(closed)s)"


def due_condition(register: Register, alarm: Alarm, stage: str, values: dict[str, Any]) -> str:
    """Write the condition that a row is in an alarm's stage, ``before`` or ``after``; it binds ``now``."""
    at = _instant(register, alarm.field)
    values["days"] = alarm.days_before
    if stage == "after":
        return f"{at} <= %(now)s"
    return f"{at} > %(now)s AND {at} - make_interval(days => %(days)s) <= %(now)s"


def _warn(connection: Connection, register: Register, alarm: Alarm, stage: str, now: dt.datetime) -> int:
    values: dict[str, Any] = {
        "register": register.id,
        "field": alarm.field,
        "stage": stage,
        "now": now,
        "most": _MOST,
    }
    condition = f"{due_condition(register, alarm, stage, values)} AND {open_condition(register, values)}"
    at = _instant(register, alarm.field)
    rows = connection.execute(
        f"SELECT {_ROW}, {at} AS due_at FROM {register.id} t WHERE {condition} AND NOT EXISTS (SELECT 1 FROM register_alarm a"
        f" WHERE a.register = %(register)s AND a.row_id = t.id AND a.field = %(field)s AND a.stage = %(stage)s AND a.due_at = {at})"
        " ORDER BY t.id LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED".encode(),
        values,
    ).fetchall()
    for row in rows:
        if stage == "after":
            _close(connection, kind_of(register, alarm.field, "before"), register, row["id"], now)
        number = warnings.raise_warning(
            connection, kind=kind_of(register, alarm.field, stage), title=row["name"], layer=register.id, row=row, now=now,
            level=alarm.level_after if stage == "after" else alarm.level_before,
        )  # fmt: skip
        connection.execute(
            "INSERT INTO register_alarm (register, row_id, field, stage, due_at, warning_id) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [register.id, row["id"], alarm.field, stage, row["due_at"], number or 0],
        )
    return len(rows)


def _close(
    connection: Connection, kind: str, register: Register, row_id: int, now: dt.datetime, note: str = "已过期 past"
) -> None:  # fmt: skip
    connection.execute(
        "UPDATE warning SET processed_at = %s, processed_by = 'system', note = %s"
        " WHERE kind = %s AND layer = %s AND row_id = %s AND processed_at IS NULL",
        [now, note, kind, register.id, row_id],
    )


def _take_back(connection: Connection, register: Register, alarm: Alarm, now: dt.datetime) -> int:
    """Process by itself each open warning whose row is no longer due, has ended, or is gone."""
    done = 0
    for stage in ("before", "after"):
        values: dict[str, Any] = {
            "kind": kind_of(register, alarm.field, stage),
            "layer": register.id,
            "now": now,
        }
        still = f"{due_condition(register, alarm, stage, values)} AND {open_condition(register, values)}"
        done += connection.execute(
            "UPDATE warning w SET processed_at = %(now)s, processed_by = 'system', note = '日期已更新或已办结 settled'"
            " WHERE w.kind = %(kind)s AND w.layer = %(layer)s AND w.processed_at IS NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {register.id} t WHERE t.id = w.row_id AND {still})".encode(),
            values,
        ).rowcount
    return done


def _passed(register: Register, field: str) -> str:
    """Write the condition that a deadline has passed: an instant is itself in time, a day until its end."""
    is_day = register.layer.field(field).type is FieldType.DATE
    return f"{_instant(register, field)} {'<=' if is_day else '<'} %(now)s"


def _pass_deadline(
    connection: Connection, register: Register, number: int, deadline: Deadline, now: dt.datetime, row_id: int | None
) -> int:  # fmt: skip
    workflow = register.workflow
    if workflow is None or workflow.due_field is None:
        return 0
    at = _instant(register, workflow.due_field)
    kind = kind_of(register, workflow.due_field, str(number))
    more = [name for name, _, _ in deadline.level_by]
    if deadline.tells_enterprise and register.owner_field:
        more.append(register.owner_field)
    columns = "".join(f", t.{name}" for name in more)
    one = "" if row_id is None else " AND t.id = %(row_id)s"
    # A state is set as often as a row comes back to the states before; a mere warning comes once for each date.
    once = "" if deadline.target is not None else (
        " AND NOT EXISTS (SELECT 1 FROM register_alarm a WHERE a.register = %(register)s AND a.row_id = t.id"
        f" AND a.field = %(field)s AND a.stage = 'after' AND a.due_at = {at})"
    )  # fmt: skip
    rows = connection.execute(
        f"SELECT {_ROW}, t.code, t.{workflow.field}{columns}, {at} AS passed_at FROM {register.id} t"
        f" WHERE t.{workflow.field} = ANY(%(states)s){one} AND {_passed(register, workflow.due_field)}{once}"
        " ORDER BY t.id LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED".encode(),
        {
            "states": list(deadline.states),
            "now": now,
            "register": register.id,
            "field": workflow.due_field,
            "most": _MOST,
            "row_id": row_id,
        },
    ).fetchall()
    actor = Actor(SYSTEM, Party.CLOCK, now)
    for row in rows:
        before = register.state_of(row)
        if deadline.target is not None and deadline.target != before:
            connection.execute(
                f"UPDATE {register.id} SET {workflow.field} = %s, version = version + 1, updated_at = %s WHERE id = %s".encode(),
                [deadline.target, now, row["id"]],
            )
            note_event(connection, register, row, actor, "moved", from_state=before, to_state=deadline.target)
        raised = warnings.raise_warning(
            connection,
            kind=kind,
            level=deadline.level_of(row),
            title=row["name"],
            layer=register.id,
            row=row,
            now=now,
        )
        connection.execute(
            "INSERT INTO register_alarm (register, row_id, field, stage, due_at, warning_id) VALUES (%s, %s, %s, 'after', %s, %s)"
            " ON CONFLICT DO NOTHING",
            [register.id, row["id"], workflow.due_field, row["passed_at"], raised or 0],
        )
        if raised is not None and deadline.tells_enterprise:
            _tell_enterprise(connection, register, deadline, row, now)
    return len(rows)


def warn_where_it_stands(
    connection: Connection, register: Register, row_id: int, *, now: dt.datetime
) -> None:
    """Raise the warning of a deadline for a row that somebody moved into the state that the clock sets; none where it stands."""
    workflow = register.workflow
    if workflow is None or workflow.due_field is None:
        return
    row = connection.execute(f"SELECT * FROM {register.id} WHERE id = %s".encode(), [row_id]).fetchone()
    if row is None:
        return
    for number, deadline in enumerate(workflow.deadlines):
        if deadline.target is not None and row[workflow.field] == deadline.target:
            warnings.raise_warning(
                connection, kind=kind_of(register, workflow.due_field, str(number)), level=deadline.level_of(row), title=row["name"],
                layer=register.id, row=row, now=now,
            )  # fmt: skip


def _tell_enterprise(
    connection: Connection, register: Register, deadline: Deadline, row: dict[str, Any], now: dt.datetime
) -> None:
    """Message the contact of a row's enterprise, once for each deadline."""
    contact = connection.execute(
        "SELECT name, contact_phone FROM enterprise WHERE code = %s AND contact_phone IS NOT NULL",
        [row.get(register.owner_field or "")],
    ).fetchone()
    if contact is not None:
        outbox.put(
            connection,
            key=f"{register.id}_overdue/{row['code']}/{row['passed_at']:%Y%m%d%H%M}",
            recipient=contact["contact_phone"],
            body=f"【一张图】{contact['name']}：{deadline.words.zh}（{row['code']}），请尽快处理。",
            now=now,
        )
