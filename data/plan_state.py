"""Tell what stands behind the points of a plant plan, and what is open at the enterprise beside it (L5)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from data.plant_plans import ROWS_OF
from data.scope import Connection
from layers.display import LOCAL_ZONE
from layers.registry import all_registers, layer_by_id, register_by_id

#: The field that tells how it stands with a row, where that is not the state of its workflow.
_TELLS = {"risk_point": "level"}
#: Beside the plan, by layer: field and values of the rows that count; all rows where there is none.
_COUNTED: dict[str, tuple[str, tuple[str, ...]] | None] = {
    "hidden_danger": ("state", ("pending", "in_review", "overdue", "extension")),
    "hazard_site": ("state", ("draft", "declared", "accepted")),
    "risk_point": None,
    "work_permit": ("state", ("approved", "working")),
    "fire_facility": None,
}


@dataclass(frozen=True)
class Standing:
    """How it stands with the row that a point stands for.

    Attributes
    ----------
    layer : str
    row_id : int
    name : str
    field : str
        The field that tells it.
    value : str or None
        Its value; the layer's declaration has the words and the colour.
    open_warnings : int
    """

    layer: str
    row_id: int
    name: str
    field: str
    value: str | None
    open_warnings: int


def telling_field(layer_id: str) -> str:
    """Name the field of a layer that tells how it stands with its rows.

    >>> telling_field("hidden_danger"), telling_field("risk_point")
    ('state', 'level')
    """
    if layer_id in _TELLS:
        return _TELLS[layer_id]
    workflow = register_by_id(layer_id).workflow
    if workflow is None:
        return layer_by_id(layer_id).symbol_field or "code"
    return workflow.field


def behind(connection: Connection, points: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Standing]:
    """Find the rows that points stand for, by layer and code; what was removed, or is not to be seen, is missing."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for point in points:
        if point["of_layer"] in ROWS_OF.values():
            wanted[point["of_layer"]].add(point["of_code"])
    found = {}
    for layer, codes in wanted.items():
        field = telling_field(layer)
        rows = connection.execute(
            f"SELECT t.id, t.code, t.name, t.{field} AS value, (SELECT count(*) FROM warning w WHERE w.layer = %(layer)s"
            f" AND w.row_id = t.id AND w.processed_at IS NULL) AS warnings FROM {layer} t WHERE t.code = ANY(%(codes)s)".encode(),
            {"layer": layer, "codes": sorted(codes)},
        ).fetchall()
        for row in rows:
            found[layer, row["code"]] = Standing(
                layer, row["id"], row["name"], field, row["value"], int(row["warnings"])
            )
    return found


def counted(connection: Connection, enterprise_code: str) -> list[dict[str, Any]]:
    """Count what is open at an enterprise by layer and by the value that tells it: `layer`, `field`, `n`, `of` (value → n)."""
    result = []
    for layer, condition in _COUNTED.items():
        field = telling_field(layer)
        kept = "" if condition is None else f" AND {condition[0]} = ANY(%(kept)s)"
        rows = connection.execute(
            f"SELECT {field} AS value, count(*) AS n FROM {layer} WHERE enterprise_code = %(code)s{kept} GROUP BY 1 ORDER BY 1".encode(),
            {"code": enterprise_code, "kept": list(condition[1]) if condition else []},
        ).fetchall()
        result.append(
            {
                "layer": layer,
                "field": field,
                "n": sum(int(row["n"]) for row in rows),
                "of": {row["value"]: int(row["n"]) for row in rows},
            }
        )
    return result


def open_warnings(connection: Connection, enterprise_code: str) -> int:
    """Count the open warnings of the rows that name an enterprise, in every register of enterprises."""
    named = [register.id for register in all_registers() if register.owner_field == "enterprise_code"]
    parts = " UNION ALL ".join(
        f"SELECT count(*) AS n FROM warning w JOIN {layer} t ON t.id = w.row_id WHERE w.layer = '{layer}'"
        " AND w.processed_at IS NULL AND t.enterprise_code = %(code)s"
        for layer in named
    )
    row = connection.execute(
        f"SELECT sum(n) AS n FROM ({parts}) x".encode(), {"code": enterprise_code}
    ).fetchone()
    return int(row["n"] or 0) if row else 0


def on_duty(connection: Connection, enterprise_code: str, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List who is on duty at an enterprise today, by shift."""
    return connection.execute(
        "SELECT id, shift, leader, leader_phone, watcher, duty_phone FROM duty_roster WHERE enterprise_code = %(code)s"
        " AND begins_on <= %(today)s AND ends_on >= %(today)s ORDER BY shift, id LIMIT 10",
        {"code": enterprise_code, "today": now.astimezone(LOCAL_ZONE).date()},
    ).fetchall()
