"""Count a layer's rows by each of its choices, by yes and no, and by month: what its charts show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data import cql
from data.features import Query, narrowing, time_field, where
from data.scope import Connection, Scope
from layers.declaration import Field, FieldType, Layer
from layers.display import LOCAL_ZONE

_MONTHS = 24
#: A list of choices with more values than this is no chart.
_MOST_VALUES = 40

#: A choice, yes or no, or nothing filled in.
Value = str | bool | None


@dataclass(frozen=True)
class Composition:
    """
    Rows of a layer in a division, counted.

    Attributes
    ----------
    total : all of them; each split adds up to it, rows without a value are counted under None
    choices : by field, the rows of every value in the order of the declaration; of a yes-or-no field, yes first
    months : rows by month (``2026-11``) and by the value of the layer's symbol, the newest 24 months; None without a time field
    before : rows older than the months shown, or without a time
    """

    total: int
    choices: list[tuple[Field, list[tuple[Value, int]]]]
    time: Field | None
    months: list[tuple[str, dict[str | None, int]]]
    before: int


def compose(
    connection: Connection,
    layer: Layer,
    *,
    division_code: str,
    scope: Scope,
    now: dt.datetime,
    narrowed: Mapping[str, str] | None = None,
    by: str | None = None,
    until: dt.datetime | None = None,
) -> Composition:
    """Count the rows of a layer in a division in one reading: all of them, or those of a list's question; months are those of `by`.

    Months end with this one, or with the one in which `until` lies where that comes before.

    Raises
    ------
    FilterError
        When the code is none.
    """
    text = (narrowed or {}).get("filter")
    asked = Query(
        division_code=division_code, filter_tree=cql.parse(text) if text else None, **narrowing(layer, narrowed or {})
    )  # fmt: skip
    condition, values = where(layer, asked, scope=scope)
    fields = [
        f for f in layer.fields if f.type in (FieldType.CHOICE, FieldType.BOOLEAN) and not f.is_sensitive
    ]
    when = layer.field(by) if by else time_field(layer)
    month = _month(when)
    symbol = f"t.{layer.symbol_field}" if layer.symbol_field else "NULL::text"
    columns = ", ".join(
        [*(f"t.{f.name} AS f{n}" for n, f in enumerate(fields)), f"{month} AS month", f"{symbol} AS symbol"]
    )
    names = [f"f{n}" for n in range(len(fields))]
    sets = ", ".join([*(f"({name})" for name in names), "(month, symbol)", "()"])
    told = ", ".join([*names, "month", "symbol"])
    rows = connection.execute(
        f"SELECT {told}, GROUPING({told}) AS grouping, count(*) AS n FROM (SELECT {columns} FROM {layer.id} t WHERE {condition}) q"
        f" GROUP BY GROUPING SETS ({sets})".encode(),
        values,
    ).fetchall()
    width = len(names) + 2
    by_mask: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_mask.setdefault(int(row["grouping"]), []).append(row)
    everything = (1 << width) - 1
    total = sum(int(r["n"]) for r in by_mask.get(everything, []))
    choices = []
    for number, f in enumerate(fields):
        found = {
            r[f"f{number}"]: int(r["n"]) for r in by_mask.get(everything ^ (1 << (width - 1 - number)), [])
        }
        known = _in_order(f, found)
        if 0 < len(known) <= _MOST_VALUES:
            choices.append((f, [(v, found[v]) for v in known]))
    months = _months(by_mask.get(everything ^ 3, []), min(now, until) if until else now) if when else []
    return Composition(total, choices, when, months, total - sum(sum(n.values()) for _, n in months))


def _in_order(f: Field, found: Mapping[Value, int]) -> list[Value]:
    """Give the values that rows have as a chart names them; none of a yes-or-no field that nobody has filled in."""
    if f.type is FieldType.BOOLEAN:
        return [v for v in (True, False, None) if v in found] if set(found) - {None} else []
    order = [c.value for c in f.choices if c.value in found]
    rest = [str(v) for v in found if v is not None and v not in order]
    return [*order, *sorted(rest), *([None] if None in found else [])]


def _month(when: Field | None) -> str:
    if when is None:
        return "NULL::text"
    if when.type is FieldType.DATE:
        return f"to_char(t.{when.name}, 'YYYY-MM')"
    return f"to_char(t.{when.name} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"


def _months(rows: list[dict[str, Any]], now: dt.datetime) -> list[tuple[str, dict[str | None, int]]]:
    """Give every month from the first with a row, at most 24, up to this one or a later one with rows."""
    counts: dict[str, dict[str | None, int]] = {}
    for row in rows:
        if row["month"] is not None:
            counts.setdefault(row["month"], {})[row["symbol"]] = int(row["n"])
    if not counts:
        return []
    at = max(f"{now.astimezone(LOCAL_ZONE):%Y-%m}", *counts)
    year, month = map(int, at.split("-"))
    found: list[tuple[str, dict[str | None, int]]] = []
    first = min(counts)
    while len(found) < _MONTHS and f"{year:04d}-{month:02d}" >= first:
        name = f"{year:04d}-{month:02d}"
        found.append((name, counts.get(name, {})))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]
