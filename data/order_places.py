"""Find where an order is: as somebody gave it, by its elevator, else by the best guess, saying what it rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from data import address_guess, elevators
from data.scope import Connection, Scope, significant_digits
from dispatch.incident import PlaceFrom

#: Digits of a district; a wider division says too little of where an elevator is.
_DISTRICT_DIGITS = 6


@dataclass(frozen=True)
class OrderPlace:
    """
    Where an order is.

    Attributes
    ----------
    lon, lat : float
        Degrees, EPSG:4326.
    quality : str
        As a layer's ``position_quality``: ``given``, ``matched`` or ``guess``.
    rests_on : PlaceFrom
    words : str
        What a guess was found by; empty for others.
    """

    lon: float
    lat: float
    quality: str
    rests_on: PlaceFrom
    words: str = ""

    @property
    def is_guess(self) -> bool:
        """Say whether somebody should check it."""
        return self.quality != "given"

    def facts(self) -> dict[str, Any]:
        """Give what an event tells of it."""
        return {
            "lon": self.lon, "lat": self.lat, "is_guess": self.is_guess, "place_from": self.rests_on.value,
            **({"place_words": self.words} if self.words else {}),
        }  # fmt: skip

    def row(self) -> dict[str, Any]:
        """Give what the order's row shows of it."""
        return {"lon": self.lon, "lat": self.lat, "position_quality": self.quality}


def given(lonlat: tuple[float, float], *, is_guess: bool = False) -> OrderPlace:
    """Take the position that a caller or a dispatcher gave."""
    return OrderPlace(*lonlat, "guess" if is_guess else "given", PlaceFrom.GIVEN)


def of_elevator(connection: Connection, elevator: elevators.Elevator, *, scope: Scope) -> OrderPlace | None:
    """Find the place of an elevator: registered, else guessed by its address, its using unit, its street or district."""
    if elevator.lon is not None and elevator.lat is not None:
        return OrderPlace(elevator.lon, elevator.lat, elevator.position_quality, PlaceFrom.ELEVATOR)
    return (
        _by_address(connection, elevator.address or "", PlaceFrom.ADDRESS, scope)
        or _by_unit(connection, elevator.unit_name or "", scope)
        or _by_division(connection, _around(elevator.division_code))
    )


def apart_m(connection: Connection, code: str) -> float | None:
    """Measure how far an order's place lies from where its elevator is registered, metres; None where either is unknown."""
    row = connection.execute(
        "SELECT ST_Distance(i.geom::geography, e.geom::geography) AS apart_m FROM incident i"
        " JOIN elevator e ON e.code = i.elevator_code WHERE i.code = %s",
        [code],
    ).fetchone()
    return None if row is None or row["apart_m"] is None else float(row["apart_m"])


def of_address(connection: Connection, address: str, *, scope: Scope) -> OrderPlace | None:
    """Guess where an address is: what it names, else the street or district it names; None when it names nothing."""
    found = _by_address(connection, address, PlaceFrom.ADDRESS, scope)
    return found or _by_division(connection, _named(connection, address))


def _by_address(connection: Connection, address: str, rests_on: PlaceFrom, scope: Scope) -> OrderPlace | None:
    found = address_guess.guess(connection, address, scope=scope) if address else None
    return None if found is None else OrderPlace(found.lon, found.lat, "guess", rests_on, found.title)


def _by_unit(connection: Connection, name: str, scope: Scope) -> OrderPlace | None:
    if not name:
        return None
    row = connection.execute(
        "SELECT lon, lat, title FROM ("
        "(SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, name AS title, 1 AS n, id FROM enterprise"
        " WHERE name = %(name)s AND geom IS NOT NULL ORDER BY id LIMIT 1) UNION ALL"
        " (SELECT ST_X(geom), ST_Y(geom), name, 2, id FROM elevator WHERE unit_name = %(name)s AND geom IS NOT NULL ORDER BY id LIMIT 1)"
        ") AS found ORDER BY n LIMIT 1",
        {"name": name},
    ).fetchone()
    if row is not None:
        return OrderPlace(row["lon"], row["lat"], "guess", PlaceFrom.UNIT, row["title"])
    unit = connection.execute(
        "SELECT address FROM enterprise WHERE name = %s AND address IS NOT NULL ORDER BY id LIMIT 1", [name]
    ).fetchone()
    return _by_address(connection, unit["address"] if unit else name, PlaceFrom.UNIT, scope)


def _by_division(connection: Connection, codes: list[str]) -> OrderPlace | None:
    """Take the elevator next to the middle of the first division that has an outline: people live near its roads."""
    for code in codes:
        row = connection.execute(
            "WITH d AS (SELECT name, ST_Centroid(geom_m) AS middle, ST_PointOnSurface(geom) AS inside FROM division"
            " WHERE code = %(code)s AND geom IS NOT NULL)"
            " SELECT d.name, ST_X(COALESCE(e.geom, d.inside)) AS lon, ST_Y(COALESCE(e.geom, d.inside)) AS lat FROM d"
            " LEFT JOIN LATERAL (SELECT geom FROM elevator WHERE division_code >= %(first)s AND division_code < %(last)s"
            " AND geom IS NOT NULL ORDER BY geom_m <-> d.middle, id LIMIT 1) AS e ON true",
            {"code": code, "first": significant_digits(code), "last": significant_digits(code) + "~"},
        ).fetchone()
        if row is not None:
            return OrderPlace(row["lon"], row["lat"], "guess", PlaceFrom.DIVISION, row["name"])
    return None


def _around(division_code: str) -> list[str]:
    """List a division and those around it, down to the district.

    >>> _around("440304001002"), _around("440304"), _around("440300")
    (['440304001002', '440304001', '440304'], ['440304'], [])
    """
    digits = significant_digits(division_code)
    return [digits[:n] for n in (12, 9, _DISTRICT_DIGITS) if len(digits) >= n]


def _named(connection: Connection, address: str) -> list[str]:
    """List the districts and streets that an address names, the smallest first."""
    squeezed = re.sub(r"\s+", "", address)
    if not squeezed:
        return []
    rows = connection.execute(
        "SELECT code FROM division WHERE level IN ('county', 'street', 'community') AND length(name) > 1 AND position(name IN %s) > 0"
        " ORDER BY length(code) DESC, length(name) DESC, code LIMIT 20",
        [squeezed],
    ).fetchall()
    codes = [r["code"] for r in rows if len(significant_digits(r["code"])) >= _DISTRICT_DIGITS]
    districts = [c for c in codes if len(c) == _DISTRICT_DIGITS]
    # A street's name occurs in many districts: one in a district that is named too comes first.
    return sorted(codes, key=lambda c: (-len(c), not any(c.startswith(d) for d in districts), c))
