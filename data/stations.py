"""Read every rescue station as the ranking needs it: company, duty, crews, maintainers, scope and place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.scope import Connection, Scope, significant_digits
from layers.display import mask


@dataclass(frozen=True, eq=False)
class StationTable:
    """
    Rescue stations, one row each, ordered by id.

    Attributes
    ----------
    lonlat : ndarray of float64, shape (s, 2)
        Degrees, EPSG:4326; NaN without a position.
    """

    code: tuple[str, ...]
    name: tuple[str, ...]
    company: tuple[str, ...]
    is_networked: NDArray[np.bool_]
    is_on_duty: NDArray[np.bool_]
    is_in_service: NDArray[np.bool_]
    has_maintainer: NDArray[np.bool_]
    crews: NDArray[np.int64]
    scopes: tuple[tuple[str, ...], ...]
    lonlat: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the stations."""
        return len(self.code)

    def to_record(self) -> list[list[Any]]:
        """Give the rows as plain values, for keeping with a ranking."""
        return [
            [
                self.code[i], self.name[i], self.company[i], int(self.is_networked[i]), int(self.is_on_duty[i]),
                int(self.is_in_service[i]), int(self.has_maintainer[i]), int(self.crews[i]), list(self.scopes[i]),
                None if np.isnan(self.lonlat[i, 0]) else self.lonlat[i].tolist(),
            ]
            for i in range(len(self))
        ]  # fmt: skip


def station_table(rows: list[list[Any]]) -> StationTable:
    """Make the table of kept rows."""
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * 10
    code, name, company, networked, duty, service, maintainer, crews, scopes, lonlat = columns
    return StationTable(
        tuple(map(str, code)), tuple(map(str, name)), tuple(map(str, company)), np.array(networked, np.bool_),
        np.array(duty, np.bool_), np.array(service, np.bool_), np.array(maintainer, np.bool_), np.array(crews, np.int64),
        tuple(tuple(s) for s in scopes),
        np.array([[np.nan, np.nan] if p is None else p for p in lonlat], np.float64).reshape(-1, 2),
    )  # fmt: skip


def company_key(owner_id: int | None, company_name: str | None) -> str:
    """Name a maintenance company the same way for stations and elevators: by its unit, else by its name.

    >>> company_key(7, "x"), company_key(None, "x"), company_key(None, None)
    ('u7', 'x', '')
    """
    return f"u{owner_id}" if owner_id is not None else (company_name or "")


def read_stations(connection: Connection) -> StationTable:
    """Read every station the connection's scope may see; an unknown duty counts as on duty, unknown crews as one."""
    rows = connection.execute(
        "SELECT s.code, s.name, s.owner_id, s.company_name, s.is_networked, s.on_duty, s.crew_count, s.scope_codes,"
        " (s.valid_from IS NULL OR s.valid_from <= current_date) AND (s.valid_to IS NULL OR s.valid_to >= current_date) AS in_service,"
        " EXISTS (SELECT 1 FROM responder r WHERE r.station_code = s.code) AS has_maintainer,"
        " ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat FROM rescue_station s ORDER BY s.id"
    ).fetchall()
    return station_table(
        [
            [
                r["code"], r["name"], company_key(r["owner_id"], r["company_name"]), bool(r["is_networked"]),
                r["on_duty"] is not False, r["in_service"], r["has_maintainer"],
                1 if r["crew_count"] is None else r["crew_count"],
                [significant_digits(c) for c in r["scope_codes"] or []],
                None if r["lon"] is None else [r["lon"], r["lat"]],
            ]
            for r in rows
        ]
    )  # fmt: skip


@dataclass(frozen=True)
class ShownStation:
    """What pages show of a station that has an order."""

    name: str
    lon: float | None
    lat: float | None


def shown(connection: Connection, codes: Iterable[str]) -> dict[str, ShownStation]:
    """Read names and positions of stations by code."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    rows = connection.execute(
        "SELECT code, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_station WHERE code = ANY(%s)",
        [wanted],
    )
    return {r["code"]: ShownStation(r["name"], r["lon"], r["lat"]) for r in rows}


def words(connection: Connection, codes: Iterable[str], *, scope: Scope) -> dict[str, dict[str, Any]]:
    """Read company, duty, scope, lead and phone of stations by code; lead and phone masked without the right to see them."""
    rows = connection.execute(
        "SELECT s.code, s.name, s.company_name, s.lead_name, s.lead_phone AS phone, s.on_duty, s.scope_note,"
        " ARRAY(SELECT d.name FROM unnest(s.scope_codes) WITH ORDINALITY AS c (code, n) JOIN division d ON d.code = c.code"
        " ORDER BY c.n) AS scope FROM rescue_station s WHERE s.code = ANY(%s)",
        [sorted(set(codes))],
    ).fetchall()
    found = {}
    for row in rows:
        if not scope.sees_sensitive:
            row["phone"] = mask(row["phone"]) if row["phone"] else None
            row["lead_name"] = mask(row["lead_name"]) if row["lead_name"] else None
        found[row["code"]] = dict(row)
    return found
