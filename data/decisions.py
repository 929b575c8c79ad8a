"""Keep rescue decisions: begin one from an accident or a drill, change it, and open its versions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg.types.json import Jsonb

from data import drill_sight, drills, registers
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.kept_rows import KeptRows
from data.scope import Connection, Scope, require_write
from dispatch.decision_versions import changes_between
from layers.registry import register_by_id

MOST_ALTERNATIVES, MOST_TASKS = 8, 50
MOST_NAME, MOST_TEXT = 80, 2000
_KEPT = KeptRows(
    "rescue_decision", "id, name, accident_code, facts, version, content, username, created_at, changed_by, changed_at",
    "没有这个救援决策。 There is no such rescue decision.",
)  # fmt: skip
#: What an accident tells a decision.
_FACTS = (
    "id", "code", "name", "kind", "grade", "state", "enterprise_code", "occurred_at", "substance", "amount_t", "dead", "missing",
    "seriously_injured", "slightly_injured", "course", "measures",
)  # fmt: skip


def from_accident(
    connection: Connection, accident_id: int, *, scope: Scope, now: dt.datetime, name: str = ""
) -> dict[str, Any]:
    """Begin a decision on a recorded accident, under the accident's authority; an enterprise's own belongs to it besides.

    Raises
    ------
    RefusedError
        When the scope may not write, or may only look at the accident.
    NotFoundError
        When the scope has no such accident.
    FormError
        When the accident has no position, lies off an enterprise's own site, or the name is too long.
    """
    require_write(scope)
    row = registers.read(connection, register_by_id("accident"), accident_id)
    if row["lon"] is None:
        raise FormError((("position", "这起事故没有位置，请先在事故登记里补位置。 The accident has no position: give it one in the register first."),))  # fmt: skip
    drill_sight.check_own_place(connection, scope, (row["lon"], row["lat"]), field="accident")
    facts = {key: _plain(row[key]) for key in _FACTS} | {"lon": row["lon"], "lat": row["lat"]}
    return _begin(
        connection, name or f"{row['name']}"[:MOST_NAME], facts, accident_code=row["code"],
        belongs=(row["authority_code"], scope.owner_id), scope=scope, now=now,
    )  # fmt: skip


def from_drill(
    connection: Connection, drill_id: uuid.UUID, *, scope: Scope, now: dt.datetime, name: str = ""
) -> dict[str, Any]:
    """Begin a decision on a simulated accident, with what the drill assumed.

    Raises
    ------
    RefusedError, NotFoundError, FormError
        As for `from_accident`, of the drill.
    """
    require_write(scope)
    drill = drills.read(connection, drill_id)
    question = drill["question"]
    facts = {"drill_id": str(drill["id"]), "name": drill["name"], "question": question}
    belongs = drill_sight.belongs_to(connection, scope, (question["lon"], question["lat"]))
    return _begin(
        connection, name or drill["name"], facts, accident_code=None, belongs=belongs, scope=scope, now=now
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _begin(
    connection: Connection,
    name: str,
    facts: dict[str, Any],
    *,
    accident_code: str | None,
    belongs: tuple[str, int | None],
    scope: Scope,
    now: dt.datetime,
) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": checked_name(name), "alternatives": [], "chosen": None, "reason": "", "remarks": "", "tasks": [],
    }  # fmt: skip
    decision_id = uuid.uuid4()
    connection.execute(
        "INSERT INTO rescue_decision (id, name, accident_code, facts, version, content, username, authority_code, owner_id, created_at,"
        " changed_by, changed_at) VALUES (%(id)s, %(name)s, %(accident)s, %(facts)s, 1, %(content)s, %(who)s, %(authority)s, %(owner)s, %(now)s,"
        " %(who)s, %(now)s)",
        {
            "id": decision_id, "name": content["name"], "accident": accident_code, "facts": Jsonb(facts),
            "content": Jsonb(content), "who": scope.username, "authority": belongs[0], "owner": belongs[1], "now": now,
        },
    )  # fmt: skip
    created = [{"what": "created", "before": None, "after": None}]
    _note(connection, decision_id, 1, content, created, scope=scope, now=now)
    return read(connection, decision_id)


def listed(
    connection: Connection, *, accident_code: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """List the decisions of the scope, those changed last first; of one accident where it is named.

    `drill_id` tells those on a simulated accident; it is None for a recorded one.
    """
    rows = connection.execute(
        "SELECT d.id, d.name, d.accident_code, d.facts->>'name' AS of_what, d.facts->>'drill_id' AS drill_id, d.version, d.changed_by,"
        " d.changed_at, jsonb_array_length(d.content->'alternatives') AS alternatives, d.content->>'chosen' IS NOT NULL AS is_chosen,"
        " u.name AS owner_name FROM rescue_decision d LEFT JOIN unit u ON u.id = d.owner_id"
        " WHERE %(code)s::text IS NULL OR d.accident_code = %(code)s ORDER BY d.changed_at DESC, d.id LIMIT %(limit)s",
        {"code": accident_code, "limit": limit},
    )
    return [dict(row) for row in rows]


def read(connection: Connection, decision_id: uuid.UUID, *, version: int | None = None) -> dict[str, Any]:
    """Read a decision as it stands, or as it stood in a version; `version` tells which, `newest` the newest.

    Raises
    ------
    NotFoundError
        When the scope has no such decision, or it never had that version.
    """
    row = _KEPT.read(connection, decision_id)
    found = row | {"newest": row["version"]}
    if version is None or version == row["version"]:
        return found
    old = connection.execute(
        "SELECT number, content, username, at FROM rescue_decision_version WHERE decision_id = %s AND number = %s",
        [decision_id, version],
    ).fetchone()
    if old is None:
        raise NotFoundError(f"没有第 {version} 版。 There is no version {version}.")
    return found | {
        "version": old["number"], "content": old["content"], "name": old["content"]["name"],
        "changed_by": old["username"], "changed_at": old["at"],
    }  # fmt: skip


def owner_of(connection: Connection, decision_id: uuid.UUID) -> int | None:
    """Say which unit a decision belongs to; None for one of an authority.

    Raises
    ------
    NotFoundError
        When the scope has no such decision.
    """
    found: int | None = replace(_KEPT, columns="owner_id").read(connection, decision_id)["owner_id"]
    return found


def versions(connection: Connection, decision_id: uuid.UUID) -> list[dict[str, Any]]:
    """List the versions of a decision, the newest first: number, who, when, what changed."""
    rows = connection.execute(
        "SELECT number, username, at, changes FROM rescue_decision_version WHERE decision_id = %s ORDER BY number DESC",
        [decision_id],
    )
    return [dict(row) for row in rows]


def alternatives(connection: Connection, decision_id: uuid.UUID, ids: list[str]) -> list[dict[str, Any]]:
    """Read alternatives of a decision with their answers, in the order of the ids."""
    rows = connection.execute(
        "SELECT id, number, name, question, plan, answer, username, created_at FROM rescue_alternative"
        " WHERE decision_id = %s AND id = ANY(%s::uuid[])",
        [decision_id, ids],
    ).fetchall()
    known = {str(row["id"]): dict(row) for row in rows}
    return [known[one] for one in ids if one in known]


def names_of(connection: Connection, decision_id: uuid.UUID) -> dict[str, str]:
    """Give the name of every alternative that a decision ever had, by id."""
    rows = connection.execute(
        "SELECT id, number, name FROM rescue_alternative WHERE decision_id = %s", [decision_id]
    )
    return {str(row["id"]): f"{row['number']} {row['name']}" for row in rows}


def change(
    connection: Connection,
    decision_id: uuid.UUID,
    changed: Mapping[str, Any],
    *,
    version: int,
    scope: Scope,
    now: dt.datetime,
) -> dict[str, Any]:
    """Change a decision, provided that nobody has since it was read; fields that do not come stay. A change makes a version.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the scope has no such decision.
    ConflictError
        When it has another version by now; it says who changed it.
    FormError
        When what is chosen is no alternative of it, or is chosen without a reason.
    """
    require_write(scope)
    held = _held(connection, decision_id)
    if held["version"] != version:
        raise ConflictError(
            f"{held['changed_by']} 已在您之后修改了这个决策（第 {held['version']} 版），您的修改没有保存。请重新打开再改。 "
            f"{held['changed_by']} has changed this decision meanwhile (version {held['version']}); nothing of yours was saved: open it again."
        )
    before = held["content"]
    after = before | dict(changed)
    after["alternatives"] = [one for one in before["alternatives"] if one in after["alternatives"]]
    if "chosen" not in changed and after["chosen"] not in after["alternatives"]:
        after |= {"chosen": None, "reason": ""}  # what was chosen was taken off
    _check(after)
    return _write(connection, held, after, changes_between(before, after), scope=scope, now=now)


def restore(
    connection: Connection,
    decision_id: uuid.UUID,
    number: int,
    *,
    version: int,
    scope: Scope,
    now: dt.datetime,
) -> dict[str, Any]:
    """Make an older version current again, as a new version.

    Raises
    ------
    RefusedError, NotFoundError, ConflictError
        As for `change`.
    """
    require_write(scope)
    held = _held(connection, decision_id)
    if held["version"] != version:
        raise ConflictError(
            f"{held['changed_by']} 已修改了这个决策（第 {held['version']} 版），请重新打开。 "
            f"{held['changed_by']} has changed this decision meanwhile (version {held['version']}): open it again."
        )
    old = read(connection, decision_id, version=number)["content"]
    told = [{"what": "restored", "before": version, "after": number}, *changes_between(held["content"], old)]
    return _write(connection, held, old, told, scope=scope, now=now)


def add_alternative(
    connection: Connection,
    alternative_id: uuid.UUID,
    decision_id: uuid.UUID,
    name: str,
    *,
    question: dict[str, Any],
    plan: dict[str, Any],
    answer: dict[str, Any],
    scope: Scope,
    now: dt.datetime,
) -> None:
    """Keep an alternative and add it to the decision as it stands, whoever changed that meanwhile; once only.

    A job that runs again after its worker died adds nothing: what was taken off since stays off.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the decision is not there any more.
    """
    require_write(scope)
    held = _held(connection, decision_id)
    if str(alternative_id) in held["content"]["alternatives"]:
        return  # the job ran twice
    kept = connection.execute(
        "INSERT INTO rescue_alternative (id, decision_id, number, name, question, plan, answer, username, authority_code, owner_id, created_at)"
        " SELECT %(id)s, d.id, 1 + COALESCE((SELECT max(number) FROM rescue_alternative WHERE decision_id = d.id), 0), %(name)s,"
        " %(question)s, %(plan)s, %(answer)s, %(who)s, d.authority_code, d.owner_id, %(now)s FROM rescue_decision d WHERE d.id = %(decision)s"
        " ON CONFLICT (id) DO NOTHING",
        {
            "id": alternative_id, "decision": decision_id, "name": checked_name(name), "question": Jsonb(question),
            "plan": Jsonb(plan), "answer": Jsonb(answer), "who": scope.username, "now": now,
        },
    )  # fmt: skip
    if kept.rowcount == 0:
        return
    before = held["content"]
    after = before | {"alternatives": [*before["alternatives"], str(alternative_id)]}
    _write(connection, held, after, changes_between(before, after), scope=scope, now=now)


def check_room(decision: Mapping[str, Any]) -> None:
    """Refuse one more alternative than a decision holds.

    Raises
    ------
    ConflictError
    """
    if len(decision["content"]["alternatives"]) >= MOST_ALTERNATIVES:
        raise ConflictError(
            f"一个决策最多 {MOST_ALTERNATIVES} 个方案，请先去掉一个。 A decision holds at most {MOST_ALTERNATIVES} alternatives: take one off first."
        )


def remove(connection: Connection, decision_id: uuid.UUID, *, scope: Scope) -> None:
    """Remove a decision with its alternatives and versions.

    Raises
    ------
    RefusedError, NotFoundError
        As for `KeptRows.remove`.
    """
    _KEPT.remove(connection, decision_id, scope=scope)


def checked_name(name: str) -> str:
    """Take a name.

    Raises
    ------
    FormError
        When there is none, or it is too long.
    """
    text = name.strip()
    if not 1 <= len(text) <= MOST_NAME:
        raise FormError((("name", f"名称应为 1–{MOST_NAME} 个字。 The name must have 1 to {MOST_NAME} characters."),))  # fmt: skip
    return text


def _check(content: Mapping[str, Any]) -> None:
    if content["chosen"] is None:
        return
    if content["chosen"] not in content["alternatives"]:
        raise FormError((("chosen", "选定的不是本决策的方案。 What is chosen is no alternative of this decision."),))  # fmt: skip
    if not content["reason"].strip():
        raise FormError((("reason", "请写明选定的理由。 Say why it is chosen."),))


def _held(connection: Connection, decision_id: uuid.UUID) -> dict[str, Any]:
    """Lock a decision until the transaction ends."""
    read(connection, decision_id)
    row = connection.execute(
        f"SELECT {_KEPT.columns} FROM rescue_decision WHERE id = %s FOR UPDATE".encode(), [decision_id]
    ).fetchone()
    if row is None:
        raise RefusedError("您只能查看这个决策。 You may only look at this decision.")
    return dict(row)


def _write(
    connection: Connection,
    held: Mapping[str, Any],
    content: dict[str, Any],
    changes: list[dict[str, Any]],
    *,
    scope: Scope,
    now: dt.datetime,
) -> dict[str, Any]:
    if changes:
        number = held["version"] + 1
        connection.execute(
            "UPDATE rescue_decision SET name = %s, content = %s, version = %s, changed_by = %s, changed_at = %s WHERE id = %s",
            [content["name"], Jsonb(content), number, scope.username, now, held["id"]],
        )
        _note(connection, held["id"], number, content, changes, scope=scope, now=now)
    return read(connection, held["id"])


def _note(
    connection: Connection,
    decision_id: uuid.UUID,
    number: int,
    content: dict[str, Any],
    changes: list[dict[str, Any]],
    *,
    scope: Scope,
    now: dt.datetime,
) -> None:
    connection.execute(
        "INSERT INTO rescue_decision_version (decision_id, number, content, changes, username, authority_code, owner_id, at)"
        " SELECT id, %s, %s, %s, %s, authority_code, owner_id, %s FROM rescue_decision WHERE id = %s",
        [number, Jsonb(content), Jsonb(changes), scope.username, now, decision_id],
    )
