"""Move the rows of registers through their workflow: the clock first, then the step that somebody makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from data import check_ticks, register_alarms, register_repeats
from data.errors import NotFoundError
from data.register_forms import Actor, read_values
from data.register_history import note_event, plain_value
from data.registers import locked_row, read, state_words, update_row
from data.scope import Connection, require_write
from layers.errors import WorkflowError
from layers.register import Register
from layers.workflow import Move, check_move


def move(
    connection: Connection,
    register: Register,
    row_id: int,
    move_id: str,
    raw: Mapping[str, Any],
    *,
    note: str,
    version: int,
    actor: Actor,
) -> dict[str, Any]:
    """Make a move of the workflow on a row; the row as it is then.

    A deadline that has passed takes effect first, also when nobody has looked at the clock since.

    Raises
    ------
    WorkflowError
        When the state or the side does not allow it, or something is missing.
    NotFoundError, RefusedError, ConflictError, FormError
        As for `data.registers.change`.
    """
    require_write(actor.scope)
    workflow = register.workflow
    if workflow is None:
        raise NotFoundError(f"{register.words.zh}没有流程。 This register has no workflow.")
    row = locked_row(connection, register, row_id, version)
    if register_alarms.pass_deadlines(connection, register, row_id, now=actor.now):
        row = read(connection, register, row_id)
    known = workflow.move(move_id)
    values = read_values([register.layer.field(name) for name in known.asks], raw) if known else {}
    # What is asked for is filled in anew, whatever an earlier round left there.
    asked = dict.fromkeys(known.asks) if known else {}
    filled = {**row, **asked, **values}
    done = check_move(
        workflow, filled, move_id, party=actor.party, note=note, words=state_words(register), now=actor.now,
        files=newest_files(connection, register, row_id),
    )  # fmt: skip
    _require_what_it_leads_to(connection, register, row, values, done)
    check_ticks.require_settled(connection, register, row, values, done)
    target = done.target or str(row[workflow.field])
    set_by_it = dict(done.effect(filled, actor.now)) if done.effect else {}
    changed = {**values, **set_by_it, workflow.field: target}
    update_row(connection, register, row_id, changed, None, actor)
    after = read(connection, register, row_id)
    note_event(
        connection, register, after, actor, "moved", move=done.id, from_state=str(row[workflow.field]), to_state=target,
        note=note, changes={n: [plain_value(row[n]), plain_value(v)] for n, v in changed.items() if n != workflow.field},
    )  # fmt: skip
    if target != row[workflow.field]:
        register_alarms.warn_where_it_stands(connection, register, row_id, now=actor.now)
    _carry(connection, register, after, target, actor)
    register_repeats.renew(connection, register, after, now=actor.now)
    return after


def _require_what_it_leads_to(
    connection: Connection, register: Register, row: Mapping[str, Any], values: Mapping[str, Any], done: Move
) -> None:
    """Refuse a move that says something was found while nothing of it is registered."""
    for leads in register.leads_to:
        field, value = leads.needed_by or ("", "")
        if leads.link is None or not field or values.get(field) != value:
            continue
        found = connection.execute(
            f"SELECT 1 AS found FROM {leads.register} WHERE {leads.link} = %s LIMIT 1".encode(), [row["code"]]
        ).fetchone()
        if found is None:
            raise WorkflowError(
                f"请先“{leads.add_words.zh}”，再{done.words.zh}。 First: {leads.add_words.en.lower()}, then: {done.words.en.lower()}.",
                state=str(register.state_of(row)), move=done.id, field=field,
            )  # fmt: skip


def _carry(
    connection: Connection, register: Register, row: Mapping[str, Any], state: str, actor: Actor
) -> None:
    """Let a row that has come into its state set fields of its enterprise."""
    if state != register.carried_from or register.owner_field is None:
        return
    sets = {theirs: row[ours] for ours, theirs in register.enterprise_carries}
    connection.execute(
        f"UPDATE enterprise SET {', '.join(f'{n} = %({n})s' for n in sets)}, version = version + 1, updated_at = %(now)s"
        " WHERE code = %(code)s".encode(),
        {**sets, "now": actor.now, "code": row[register.owner_field]},
    )


def newest_files(connection: Connection, register: Register, row_id: int) -> dict[str, dt.datetime]:
    """Give when the newest file of each kind was attached to a row."""
    if not register.files:
        return {}
    rows = connection.execute(
        "SELECT kind, max(created_at) AS newest FROM attachment WHERE layer = %s AND row_id = %s AND kind IS NOT NULL GROUP BY kind",
        [register.id, row_id],
    )
    return {row["kind"]: row["newest"] for row in rows}
