"""Make the rows of plans that come again: each once, however long nobody looked, and anew when a plan changes (row L9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from data.loading.rows import index_row
from data.register_forms import Actor
from data.register_history import note_event
from data.scope import SYSTEM, Connection
from layers.display import LOCAL_ZONE
from layers.register import Register
from layers.repetition import AHEAD_DAYS, ONCE, Repetition, beginnings
from layers.workflow import Party

_MOST_PLANS = 200
_MOST_ROWS = 400
_PLACED = (
    "name", "division_code", "authority_code", "owner_id", "is_public", "address", "geom", "source_crs", "source_position",
    "position_quality",
)  # fmt: skip


def make(connection: Connection, register: Register, *, now: dt.datetime, row_id: int | None = None) -> int:
    """Make the rows that are due of every plan, or of one, in the connection's transaction; how many plans were brought on.

    Rows are made for the days up to a month ahead and for one beyond. Up to which day they were made is kept with the plan:
    a row that somebody removed does not come back, and after a pause no day is left out.
    """
    repeats, workflow = register.repeats, register.workflow
    if repeats is None or workflow is None:
        return 0
    today = now.astimezone(LOCAL_ZONE).date()
    through = today + dt.timedelta(days=AHEAD_DAYS)
    one = "" if row_id is None else " AND t.id = %(row_id)s"
    plans = connection.execute(
        f"SELECT t.id, t.code, t.{repeats.begins} AS first, t.{repeats.ends} AS last, t.{repeats.period} AS period,"
        f" t.{repeats.until} AS until, t.{repeats.made_until} AS made_until FROM {register.id} t"
        f" WHERE t.{workflow.field} = %(active)s{one} AND (t.{repeats.made_until} IS NULL OR t.{repeats.made_until} < %(through)s"
        f" OR t.{repeats.until} < %(today)s) ORDER BY t.id LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED".encode(),
        {"active": repeats.active, "through": through, "today": today, "most": _MOST_PLANS, "row_id": row_id},
    ).fetchall()
    for plan in plans:
        _bring_on(connection, register, repeats, plan, through=through, today=today, now=now)
    return len(plans)


def _bring_on(
    connection: Connection, register: Register, repeats: Repetition, plan: Mapping[str, Any], *, through: dt.date,
    today: dt.date, now: dt.datetime,
) -> None:  # fmt: skip
    after, until = plan["made_until"], plan["until"]
    days = beginnings(
        plan["first"], plan["period"], after=after, through=through, until=until, most=_MOST_ROWS
    )
    for day in days:
        _add(connection, register, repeats, plan, day, now)
    is_cut = len(days) == _MOST_ROWS
    reached = days[-1] if is_cut else max(filter(None, (through, after, days[-1] if days else None)))
    connection.execute(
        f"UPDATE {register.id} SET {repeats.made_until} = %s WHERE id = %s".encode(), [reached, plan["id"]]
    )
    if until is not None and until < today and not is_cut:
        _end(connection, register, repeats, plan, now)


def _add(
    connection: Connection, register: Register, repeats: Repetition, plan: Mapping[str, Any], day: dt.date, now: dt.datetime
) -> None:  # fmt: skip
    workflow = register.workflow
    if workflow is None:
        return
    own = repeats.own_fields | {workflow.field}
    copied = ", ".join((*_PLACED, *(f.name for f in register.layer.fields if f.name not in own)))
    row = connection.execute(
        f"INSERT INTO {register.id} (code, {repeats.begins}, {repeats.ends}, {repeats.period}, {repeats.series}, {workflow.field},"
        f" created_at, updated_at, {copied}) SELECT %(code)s, %(day)s, %(last)s, %(once)s, code, %(state)s, %(now)s, %(now)s, {copied}"
        f" FROM {register.id} WHERE id = %(plan)s ON CONFLICT (code) DO NOTHING RETURNING id, code".encode(),
        {
            "code": f"{plan['code']}-{day:%Y%m%d}", "day": day, "last": day + (plan["last"] - plan["first"]), "once": ONCE,
            "state": workflow.initial, "now": now, "plan": plan["id"],
        },
    ).fetchone()  # fmt: skip
    if row is not None:
        index_row(connection, register.layer, row["code"])
        note_event(connection, register, row, _clock(now), "created", to_state=workflow.initial)


def _end(
    connection: Connection, register: Register, repeats: Repetition, plan: Mapping[str, Any], now: dt.datetime
) -> None:
    """Let a plan whose last day has passed come no more."""
    workflow = register.workflow
    if workflow is not None:
        connection.execute(
            f"UPDATE {register.id} SET {workflow.field} = %s, version = version + 1, updated_at = %s WHERE id = %s".encode(),
            [repeats.ended, now, plan["id"]],
        )
        note_event(
            connection,
            register,
            plan,
            _clock(now),
            "moved",
            from_state=repeats.active,
            to_state=repeats.ended,
        )


def renew(connection: Connection, register: Register, row: Mapping[str, Any], *, now: dt.datetime) -> None:
    """Make the rows of a plan that was changed anew: those ahead that nobody touched go, the days since follow the plan as it is."""
    repeats, state = register.repeats, register.state_of(row)
    if repeats is None or state not in (repeats.active, repeats.ended):
        return
    take_back(connection, register, row, now=now)
    if state == repeats.active:
        connection.execute(
            f"UPDATE {register.id} SET {repeats.made_until} = (SELECT max(m.{repeats.begins}) FROM {register.id} m"
            f" WHERE m.{repeats.series} = %s) WHERE id = %s".encode(),
            [row["code"], row["id"]],
        )
        make(connection, register, now=now, row_id=row["id"])


def take_back(
    connection: Connection, register: Register, row: Mapping[str, Any], *, now: dt.datetime
) -> None:
    """Remove the rows of a plan that lie ahead and that nobody touched."""
    repeats, workflow = register.repeats, register.workflow
    if repeats is None or workflow is None:
        return
    kept = "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {leads.register} o WHERE o.{leads.link} = t.code)"
        for leads in register.leads_to
        if leads.link
    )
    gone = connection.execute(
        f"DELETE FROM {register.id} t WHERE t.{repeats.series} = %s AND t.{workflow.field} = %s AND t.version = 1 AND t.{repeats.begins} > %s"
        f" AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.layer = %s AND a.row_id = t.id){kept} RETURNING id".encode(),
        [row["code"], workflow.initial, now.astimezone(LOCAL_ZONE).date(), register.id],
    ).fetchall()
    connection.execute(
        "DELETE FROM search_entry WHERE layer = %s AND row_id = ANY(%s)",
        [register.id, [one["id"] for one in gone]],
    )


def _clock(now: dt.datetime) -> Actor:
    return Actor(SYSTEM, Party.CLOCK, now)
