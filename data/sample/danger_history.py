"""Give the sample's hidden dangers what happened to them, and those of its enterprises their photographs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import attachments
from data.sample.plans import png
from data.scope import SYSTEM, Connection, Scope
from layers.registry import layer_by_id

_MOST = 20_000
_WIDTH, _HEIGHT = 640, 480
_WALL, _FLOOR, _CABINET, _DOOR = (214, 218, 214), (150, 150, 146), (92, 110, 122), (120, 140, 152)
_BOX, _LINE, _SIGN = (172, 122, 66), (236, 190, 40), (40, 140, 80)
#: What happened, in the order of time: state before and after, the move, who made it, at which instant, under which condition.
_STEPS = (
    ("created", None, None, "'pending'", "h.registered_at", "true", "finder"),
    ("moved", "rectify", "'pending'", "'in_review'", "h.rectified_at", "h.state IN ('in_review', 'done') AND h.rectified_at IS NOT NULL", "owner"),
    ("moved", "pass", "'in_review'", "'done'", "h.completed_at", "h.state = 'done' AND h.completed_at IS NOT NULL", "reviewer"),
    ("moved", None, "'pending'", "'overdue'", "h.due_at", "h.state = 'overdue'", "clock"),
)  # fmt: skip
_REVIEWED_BY_GOVERNMENT = "(h.source = 'government' OR h.grade = 'major')"
_PARTIES = {
    "finder": "CASE WHEN h.source = 'self' THEN 'owner' ELSE 'authority' END",
    "owner": "'owner'",
    "reviewer": f"CASE WHEN {_REVIEWED_BY_GOVERNMENT} THEN 'authority' ELSE 'owner' END",
    "clock": "'clock'",
}


def write_missing(connection: Connection, *, folder: Path, now: dt.datetime) -> int:
    """Write events of the newest hidden dangers that have none, and photographs where the enterprise has an account; events written."""
    steps = " UNION ALL ".join(
        f"SELECT h.code, {at} AS at, {_PARTIES[party]} AS party, '{action}' AS action, {'NULL' if move is None else repr(move)} AS move,"
        f" {before or 'NULL'} AS from_state, {after} AS to_state, {'NULL' if move != 'pass' else repr('现场复核，整改到位')} AS note,"
        f" h.authority_code, h.owner_id, h.is_public FROM h WHERE {condition} AND {at} <= %(now)s"
        for action, move, before, after, at, condition, party in _STEPS
    )
    written = connection.execute(
        "WITH h AS MATERIALIZED (SELECT d.* FROM hidden_danger d WHERE d.registered_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM register_event v"
        " WHERE v.register = 'hidden_danger' AND v.row_code = d.code) ORDER BY d.registered_at DESC, d.code LIMIT %(most)s)"
        " INSERT INTO register_event (register, row_code, at, username, party, action, move, from_state, to_state, note, changes, authority_code,"
        " owner_id, is_public) SELECT 'hidden_danger', s.code, s.at, CASE s.party WHEN 'authority' THEN 'city' WHEN 'clock' THEN 'system'"
        " ELSE COALESCE((SELECT min(u.username) FROM app_user u WHERE u.unit_id = s.owner_id), '安全员') END, s.party, s.action, s.move, s.from_state,"
        f" s.to_state, s.note, '{{}}', s.authority_code, s.owner_id, s.is_public FROM ({steps}) s ORDER BY s.at, s.code".encode(),
        {"now": now, "most": _MOST},
    ).rowcount
    _photograph(connection, folder)
    return written


def _photograph(connection: Connection, folder: Path) -> None:
    """Attach a picture before, and after where it was rectified, to the dangers of enterprises that have accounts."""
    rows = connection.execute(
        "SELECT DISTINCT ON (h.id) h.id, h.code, h.state, h.source, h.registered_at, h.rectified_at, u.username, u.unit_id FROM hidden_danger h"
        " JOIN app_user u ON u.unit_id = h.owner_id AND u.role = 'enterprise' WHERE h.code LIKE 'HDS%' AND NOT EXISTS"
        " (SELECT 1 FROM attachment a WHERE a.layer = 'hidden_danger' AND a.row_id = h.id) ORDER BY h.id, u.username"
    ).fetchall()
    layer = layer_by_id("hidden_danger")
    for number, row in enumerate(rows):
        owner = Scope(row["username"], "enterprise", (), row["unit_id"], may_write=True, sees_sensitive=True)
        finder = owner if row["source"] == "self" else replace(SYSTEM, username="city")
        # Files come while a danger waits to be rectified.
        connection.execute("UPDATE hidden_danger SET state = 'pending' WHERE id = %s", [row["id"]])
        given: list[tuple[str, str, Scope, Any]] = [("before", "整改前", finder, row["registered_at"])]
        if row["rectified_at"] is not None:
            given.append(("after", "整改后", owner, row["rectified_at"]))
        for kind, words, who, at in given:
            attachments.add(
                connection, layer, row["id"], file_name=f"{words}.png", content=png(_draw(number, is_mended=kind == "after")), folder=folder,
                scope=who, now=at, kind=kind,
            )  # fmt: skip
        connection.execute("UPDATE hidden_danger SET state = %s WHERE id = %s", [row["state"], row["id"]])


def _draw(number: int, *, is_mended: bool) -> NDArray[np.uint8]:
    """Draw a cabinet on a wall, cartons before it or the floor marked and clear; array of shape (height, width, 3)."""
    picture = np.full((_HEIGHT, _WIDTH, 3), _WALL, np.uint8)
    picture[340:] = _FLOOR
    left = 130 + 60 * (number % 4)
    picture[90:360, left : left + 190] = _CABINET
    picture[104:346, left + 12 : left + 178] = _DOOR
    picture[200:240, left + 156 : left + 166] = _CABINET
    if is_mended:
        picture[60:84, left + 60 : left + 130] = _SIGN
        picture[404:412, left - 40 : left + 230] = picture[364:412, left - 40 : left - 32] = _LINE
        picture[364:412, left + 222 : left + 230] = _LINE
    else:
        for at, height in ((20, 120), (95, 80), (150, 150)):
            picture[430 - height : 430, left + at - 30 : left + at + 50] = _BOX
            picture[430 - height : 434 - height, left + at - 30 : left + at + 50] = _CABINET
    return picture
