"""Orders made for tests: an elevator of a company, its bound station, and when that arrived."""

from __future__ import annotations

import datetime as dt

from data import incidents
from data.incidents import Change
from data.scope import SYSTEM
from data.store import Store
from dispatch.incident import EventKind


def make_order(store: Store, unit: int, *, minutes: float, starts: dt.datetime, frees: bool = True) -> str:
    """An order whose station arrived so many minutes after it was told."""
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT * FROM elevator WHERE owner_id = %s AND station_code IS NOT NULL ORDER BY code LIMIT 1",
            [unit],
        ).fetchone()
        assert row is not None
        place = {n: row[n] for n in ("name", "address", "division_code", "authority_code", "owner_id")}
        told = {"unit_name": row["unit_name"], "company_name": row["maintainer_name"]}
        code = incidents.receive(
            connection, facts={}, told=told, place={**place, "elevator_code": row["code"]}, at=starts, now=starts, actor="d"
        ).code  # fmt: skip
        station = {"station_code": row["station_code"]}
        arrives = starts + dt.timedelta(minutes=minutes)
        changes = [
            Change(EventKind.IDENTIFIED, {"elevator_code": row["code"]}, "d", starts),
            Change(EventKind.NOTIFIED, {**station, "level": 1}, "d", starts),
            Change(EventKind.ACCEPTED, station, "d", starts),
            Change(EventKind.ARRIVED, station, "d", arrives),
        ]
        if frees:
            changes.append(Change(EventKind.FREED, {**station, "persons_freed": 1}, "d", arrives))
        incidents.append(connection, code, changes, now=arrives)
    return code
