"""Raise warnings and keep who processed them: the one list behind every alarm (row L10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from data import divisions
from data.errors import FilterError, NotFoundError
from data.scope import Connection, Scope, code_range, require_write
from data.users import User
from layers.permission_modules import MODULES, Level, module_of_layer
from layers.registry import all_layers


def raise_warning(
    connection: Connection,
    *,
    kind: str,
    level: str,
    title: str,
    layer: str,
    row: dict[str, Any],
    now: dt.datetime,
    is_new: bool = False,
) -> int | None:
    """Raise a warning about a row (with id, division_code, authority_code, owner_id); None when it stands already.

    With `is_new` it is another one beside those that stand, of another month say: the caller knows that it was not raised before.
    """
    found = connection.execute(
        "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, owner_id, raised_at)"
        " SELECT %(kind)s, %(level)s, %(title)s, %(layer)s, %(id)s, %(division)s, %(authority)s, %(owner)s, %(now)s"
        " WHERE %(is_new)s OR NOT EXISTS (SELECT 1 FROM warning w WHERE w.kind = %(kind)s AND w.layer = %(layer)s"
        " AND w.row_id = %(id)s AND w.processed_at IS NULL) RETURNING id",
        {
            "kind": kind, "level": level, "title": title, "layer": layer, "id": row["id"],
            "division": row["division_code"], "authority": row["authority_code"], "owner": row["owner_id"], "now": now,
            "is_new": is_new,
        },
    ).fetchone()  # fmt: skip
    return int(found["id"]) if found else None


def was_raised(connection: Connection, *, kind: str, layer: str, row_id: int) -> bool:
    """Say whether a warning of that kind was ever raised about a row, open or processed."""
    row = connection.execute(
        "SELECT 1 AS found FROM warning WHERE kind = %s AND layer = %s AND row_id = %s LIMIT 1",
        [kind, layer, row_id],
    ).fetchone()
    return row is not None


@dataclass(frozen=True)
class Closed:
    """Warnings that a role does not get to see: of layers, and of kinds by what they begin with."""

    layers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


NOTHING = Closed()
#: Of the table as ``w``.
_IS_SHOWN = "(w.layer IS NULL OR w.layer <> ALL(%(closed_layers)s)) AND w.kind NOT LIKE ALL(%(closed_kinds)s)"


def closed_to(user: User) -> Closed:
    """Give the warnings of the modules that were taken away from a user's role."""
    gone = {module.id for module in MODULES if user.level(module.id) is Level.NONE}
    return Closed(
        tuple(layer.id for layer in all_layers() if module_of_layer(layer.id) in gone),
        tuple(kind for module in MODULES if module.id in gone for kind in sorted(module.warnings)),
    )


def _bound(closed: Closed) -> dict[str, Any]:
    return {
        "closed_layers": list(closed.layers),
        "closed_kinds": [kind.replace("_", r"\_") + "%" for kind in closed.kinds],
    }


@dataclass(frozen=True)
class Asked:
    """
    Which warnings are asked for.

    Attributes
    ----------
    is_open : open ones, processed ones, or (None) all
    level : one of `WARNING_LEVELS`, or None
    kind, layer : as stored, or None
    division_code : those in this division, or None
    words : text that the title holds, or None
    own_division : those in just this division and in no part of it, or None
    raised : half-open span of instants in which they were raised, or None
    at : those that were open at that instant, whatever became of them; or None
    closed : those that are not shown whatever is asked
    """

    is_open: bool | None = True
    level: str | None = None
    kind: str | None = None
    layer: str | None = None
    division_code: str | None = None
    words: str | None = None
    own_division: str | None = None
    raised: tuple[dt.datetime, dt.datetime] | None = None
    at: dt.datetime | None = None
    closed: Closed = NOTHING


def where(asked: Asked) -> tuple[str, dict[str, Any]]:
    """Write the condition of a question on table alias ``w``.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    low, high = "", "~"
    column = "division_code"
    if asked.division_code:
        try:
            low, high = code_range(asked.division_code)
        except ValueError as error:
            raise FilterError(str(error)) from error
        column = "authority_code" if divisions.is_zone(asked.division_code) else column
    words = (asked.words or "").replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    condition = (
        "(%(open)s::boolean IS NULL OR (w.processed_at IS NULL) = %(open)s) AND (%(level)s::text IS NULL OR w.level = %(level)s)"
        " AND (%(kind)s::text IS NULL OR w.kind = %(kind)s) AND (%(layer)s::text IS NULL OR w.layer = %(layer)s)"
        f" AND w.{column} >= %(low)s AND w.{column} < %(high)s"
        " AND (%(words)s = '' OR w.title ILIKE '%%' || %(words)s || '%%')"
        " AND (%(own)s::text IS NULL OR w.division_code = %(own)s)"
        " AND (%(begin)s::timestamptz IS NULL OR (w.raised_at >= %(begin)s AND w.raised_at < %(end)s))"
        " AND (%(at)s::timestamptz IS NULL OR (w.raised_at < %(at)s AND (w.processed_at IS NULL OR w.processed_at >= %(at)s)))"
        f" AND {_IS_SHOWN}"
    )
    begin, end = asked.raised or (None, None)
    return condition, {
        "open": asked.is_open, "level": asked.level, "kind": asked.kind, "layer": asked.layer, "low": low, "high": high,
        "words": words, "own": asked.own_division, "begin": begin, "end": end, "at": asked.at, **_bound(asked.closed),
    }  # fmt: skip


def listed(
    connection: Connection, asked: Asked = Asked(), *, limit: int = 100, offset: int = 0
) -> list[dict[str, Any]]:
    """List warnings the scope may see: open ones the gravest first, then (and all others) the newest.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    condition, values = where(asked)
    gravest = "w.level, " if asked.is_open else ""
    return list(
        connection.execute(
            "SELECT w.id, w.kind, w.level, w.title, w.layer, w.row_id, w.division_code, d.name AS division_name,"
            " w.raised_at, w.processed_at, w.processed_by, w.note FROM warning w JOIN division d ON d.code = w.division_code"
            f" WHERE {condition} ORDER BY {gravest}w.raised_at DESC, w.id DESC LIMIT %(limit)s OFFSET %(offset)s".encode(),
            {**values, "limit": limit, "offset": offset},
        )
    )


def counts(connection: Connection, asked: Asked = Asked()) -> dict[str, int]:
    """Count open and processed warnings, whichever of them is asked for.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    condition, values = where(replace(asked, is_open=None))
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE processed_at IS NULL) AS open, count(processed_at) AS processed"
        f" FROM warning w WHERE {condition}".encode(),
        values,
    ).fetchone()
    return (
        {"open": int(row["open"]), "processed": int(row["processed"])} if row else {"open": 0, "processed": 0}
    )


def split(connection: Connection, asked: Asked, column: str) -> dict[str, int]:
    """Count warnings by ``kind`` or ``level``, whatever is asked for of it, the most first.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    if column not in ("kind", "level"):
        raise ValueError(f"warnings are split by kind or level, not by {column}")
    condition, values = where(replace(asked, kind=None) if column == "kind" else replace(asked, level=None))
    rows = connection.execute(
        f"SELECT {column} AS value, count(*) AS n FROM warning w WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1".encode(),
        values,
    )
    return {row["value"]: int(row["n"]) for row in rows}


def months(connection: Connection, asked: Asked, *, most: int = 24) -> list[tuple[str, int]]:
    """Count warnings by the month in which they were raised (``2026-11``, Beijing), every month from the first to the last, at most so many.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    condition, values = where(asked)
    rows = connection.execute(
        "SELECT to_char(m.month, 'YYYY-MM') AS month, count(q.month) AS n FROM (SELECT min(month) AS first, max(month) AS last FROM"
        f" (SELECT date_trunc('month', w.raised_at AT TIME ZONE 'Asia/Shanghai') AS month FROM warning w WHERE {condition}) a) b,"
        " generate_series(b.first, b.last, interval '1 month') AS m(month) LEFT JOIN"
        f" (SELECT date_trunc('month', w.raised_at AT TIME ZONE 'Asia/Shanghai') AS month FROM warning w WHERE {condition}) q"
        " ON q.month = m.month GROUP BY m.month ORDER BY m.month DESC LIMIT %(most)s".encode(),
        {**values, "most": most},
    ).fetchall()
    return [(row["month"], int(row["n"])) for row in reversed(rows)]


def places(connection: Connection, asked: Asked, *, limit: int = 5000) -> list[dict[str, Any]]:
    """Give where the rows that are warned of lie: id, level, title, layer, row_id, lon, lat; rows without a position are left out.

    Raises
    ------
    FilterError
        When the division's code is none.
    """
    condition, values = where(asked)
    located = " UNION ALL ".join(
        f"SELECT w.id, w.level, w.title, w.layer, w.row_id, ST_PointOnSurface(t.geom) AS at FROM newest w JOIN {layer.id} t"
        f" ON t.id = w.row_id WHERE w.layer = '{layer.id}' AND t.geom IS NOT NULL"
        for layer in all_layers()
    )
    return connection.execute(
        f"WITH newest AS MATERIALIZED (SELECT w.* FROM warning w WHERE {condition} ORDER BY w.raised_at DESC, w.id DESC LIMIT %(limit)s)"
        f" SELECT id, level, title, layer, row_id, ST_X(at) AS lon, ST_Y(at) AS lat FROM ({located}) q ORDER BY level DESC, id".encode(),
        {**values, "limit": limit},
    ).fetchall()


def process(
    connection: Connection, warning_id: int, *, note: str, scope: Scope, now: dt.datetime, closed: Closed = NOTHING
) -> None:  # fmt: skip
    """Mark a warning as processed, with who, when and what was done.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When there is no open warning of that id the scope may change.
    """
    if not process_several(connection, [warning_id], note=note, scope=scope, now=now, closed=closed):
        raise NotFoundError("没有这条未处理的预警。 There is no such open warning.")


def process_several(
    connection: Connection, warning_ids: Sequence[int], *, note: str, scope: Scope, now: dt.datetime, closed: Closed = NOTHING
) -> list[int]:  # fmt: skip
    """Mark several warnings as processed with one note; those that were open are given, others had been processed or are not the scope's.

    Raises
    ------
    RefusedError
        When the scope may not write.
    """
    require_write(scope)
    rows = connection.execute(
        "UPDATE warning w SET processed_at = %(now)s, processed_by = %(by)s, note = %(note)s WHERE w.id = ANY(%(ids)s)"
        f" AND w.processed_at IS NULL AND {_IS_SHOWN} RETURNING w.id".encode(),
        {"now": now, "by": scope.username, "note": note[:500], "ids": list(warning_ids), **_bound(closed)},
    )
    return sorted(int(row["id"]) for row in rows)
