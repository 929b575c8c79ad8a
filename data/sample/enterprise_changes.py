"""Have some enterprises of the sample city ask to be changed: one waits to move, one to be renamed, one was returned."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from data import enterprise_changes, enterprise_requests
from data.registration_places import GivenPosition
from data.scope import SYSTEM, Connection

#: Degrees that the one that moves goes north and east.
_STEP_DEG = 4e-4


def write_missing(connection: Connection, *, now: dt.datetime) -> int:
    """Write the requests where no enterprise has changed yet, under the scope of the operator; how many."""
    if connection.execute("SELECT 1 FROM enterprise_change LIMIT 1").fetchone() is not None:
        return 0
    rows = connection.execute(
        "SELECT e.id, e.code, e.name, e.version, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, u.username,"
        " COALESCE(ST_Covers(d.geom, ST_Translate(e.geom, %(step)s, %(step)s)), false) AS stays_in FROM enterprise e"
        " JOIN app_user u ON u.unit_id = e.owner_id JOIN division d ON d.code = e.division_code"
        " WHERE u.role = 'enterprise' AND e.geom IS NOT NULL ORDER BY u.id, e.id LIMIT 3",
        {"step": _STEP_DEG},
    ).fetchall()
    for number, row in enumerate(rows):
        wanted, note = _WANTED[number](row), _NOTES[number]
        at = now - dt.timedelta(hours=30 - 9 * number)
        scope = replace(SYSTEM, username=row["username"])
        enterprise_changes.change(
            connection, row["id"], wanted, version=row["version"], by_owner=True, note=note, scope=scope, now=at
        )  # fmt: skip
        if number == 2:
            (asked, *_) = enterprise_requests.history(connection, row["code"])
            enterprise_changes.send_back(
                connection, asked["id"], "地址请填写到门牌号。", scope=replace(SYSTEM, username="city"), now=at + dt.timedelta(hours=3)
            )  # fmt: skip
    return len(rows)


def _moved(row: dict[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {"address": "示例产业园 3 栋"}
    if row["stays_in"]:
        lon, lat = row["lon"] + _STEP_DEG, row["lat"] + _STEP_DEG
        asked["position"] = GivenPosition(lon, lat, "EPSG:4326", f"{lon:.6f}, {lat:.6f}")
    return asked


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {"name": f"{row['name']}（集团）"}


def _vague(_: dict[str, Any]) -> dict[str, Any]:
    return {"address": "示例路"}


_WANTED = (_moved, _renamed, _vague)
_NOTES = ("厂房搬到同一园区 3 栋", "工商登记已更名", None)
