"""Take the planned times of a drill of the register from a simulated course (row L17)."""

from __future__ import annotations

import uuid
from typing import Any

from data import courses, drills, registers
from data.errors import FormError, NotFoundError
from data.register_forms import Actor
from data.register_history import note_event, plain_value
from data.scope import Connection, require_write
from layers.drill_rules import SHARES, planned_minutes
from layers.registry import register_by_id

_MOST = 100


def open_plans(connection: Connection, words: str | None) -> list[dict[str, Any]]:
    """List drills of the register that are still to be held and that the scope supervises or owns, the next first; `words` of drill, code or enterprise."""
    register = register_by_id("drill")
    locked = sorted(register.workflow.locked) if register.workflow else []
    rows = connection.execute(
        "SELECT t.id, t.code, t.name, t.planned_on, t.version, t.planned_first_team_min, t.planned_evacuated_min, e.name AS enterprise"
        " FROM drill t LEFT JOIN enterprise e ON e.code = t.enterprise_code"
        " WHERE t.state <> ALL(%(locked)s)"
        " AND (t.authority_code <@ (SELECT house.scope_ranges()) OR t.owner_id = (SELECT house.scope_owner()))"
        " AND (%(words)s::text IS NULL OR strpos(lower(concat_ws(' ', t.code, t.name, e.name)), lower(%(words)s)) > 0)"
        " ORDER BY t.planned_on, t.code LIMIT %(most)s",
        {"locked": locked, "words": words, "most": _MOST},
    )
    return [dict(row) for row in rows]


def offered(course: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what each share of a course's runs would plan; nothing for a course that was run once."""
    bands = course["answer"]["bands"]
    return [] if bands is None else [{"id": s} | planned_minutes(bands["figures"], s) for s in SHARES]


def take(
    connection: Connection, course: dict[str, Any], row_id: int, share: str, *, version: int, actor: Actor
) -> dict[str, Any]:
    """Write a course's times into a drill that is still to be held, with a link to the course; the row as it is then.

    The supervising side does so for its enterprises, an enterprise for itself; the row's history says who did.

    Raises
    ------
    RefusedError, NotFoundError, ConflictError
        When the scope may not write, the row is not there, was changed meanwhile or has been executed.
    FormError
        When the course was run once, the share is none, or a time never comes in that share of runs or takes too long.
    """
    require_write(actor.scope)
    register = register_by_id("drill")
    minutes = _minutes(course, share)
    row = registers.locked_row(connection, register, row_id, version)
    registers.require_open(register, row, actor)
    title = connection.execute(
        "SELECT name FROM drill_simulation WHERE id = %s", [course["drill_id"]]
    ).fetchone()
    values = minutes | {
        "simulation": f"{course['drill_id']}/{course['id']}", "simulation_title": title["name"] if title else None,
    }  # fmt: skip
    changed = {name: value for name, value in values.items() if value != row[name]}
    if not changed:
        return row
    registers.update_row(connection, register, row_id, changed, None, actor)
    after = registers.read(connection, register, row_id)
    shown = {name: [plain_value(row[name]), value] for name, value in changed.items()}
    note_event(connection, register, after, actor, "changed", note=share.upper(), changes=shown)
    return after


def may_open(connection: Connection, value: str) -> bool:
    """Say whether the scope may look at the simulation that planned times were taken from: it is there, and not another's."""
    drill, _, course = value.partition("/")
    try:
        drills.read(connection, uuid.UUID(drill))
        courses.read(connection, uuid.UUID(course))
    except (NotFoundError, ValueError):
        return False
    return True


def _minutes(course: dict[str, Any], share: str) -> dict[str, Any]:
    found = {one["id"]: one for one in offered(course)}
    if not found:
        raise FormError((("share", "这次推演只跑了一次，没有 P50、P90，请先多次推演。 This course was run once and has no P50 and P90: run it many times first."),))  # fmt: skip
    if share not in found:
        raise FormError((("share", f"share 应为 {'、'.join(SHARES)} 之一。 One of {', '.join(SHARES)} was expected for share."),))  # fmt: skip
    minutes = {name: value for name, value in found[share].items() if name != "id"}
    if course["answer"].get("people") == 0 and minutes["planned_evacuated_min"] is None:
        del minutes["planned_evacuated_min"]  # nobody has to leave: the plan of the row stays
    fields = register_by_id("drill").layer
    for name, value in minutes.items():
        words, most = fields.field(name).words, fields.field(name).maximum
        if value is None or (most is not None and value > most):
            raise FormError((("share", f"按 {share.upper()}，“{words.zh}”没有实现或超过一天，不能作为计划。 By {share.upper()} “{words.en}” never comes or takes more than a day: that is no plan."),))  # fmt: skip
    return minutes
