"""Find the elevator a caller means: by its codes, its words or a position, and read what an order needs of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from data.scope import Connection
from data.search_terms import grams, normalize
from data.stations import company_key

_NEAR_FIRST = 40


@dataclass(frozen=True)
class Elevator:
    """What an order needs of an elevator."""

    id: int
    code: str
    name: str
    rescue_code: str | None
    unit_name: str | None
    address: str | None
    company_name: str | None
    company: str
    owner_id: int | None
    place_type: str | None
    bound_code: str | None
    division_code: str
    authority_code: str
    lon: float | None
    lat: float | None
    position_quality: str
    valid_to: dt.date | None
    distance_m: float | None = None

    def is_written_off(self, on: dt.date) -> bool:
        """Say whether it was out of use on a day."""
        return self.valid_to is not None and self.valid_to < on

    def place(self) -> dict[str, Any]:
        """Give what the order's row takes over."""
        return {
            "name": self.name,
            "address": self.address,
            "division_code": self.division_code,
            "authority_code": self.authority_code,
            "owner_id": self.owner_id,
            "lon": self.lon,
            "lat": self.lat,
            "position_quality": self.position_quality,
            "elevator_code": self.code,
        }

    def told(self) -> dict[str, Any]:
        """Give the names the order's row takes over."""
        return {
            "unit_name": self.unit_name,
            "company_name": self.company_name,
            "place_type": self.place_type,
        }


_COLUMNS = (
    "e.id, e.code, e.name, e.rescue_code, e.unit_name, e.address, e.maintainer_name, e.owner_id, e.place_type, e.station_code,"
    " e.division_code, e.authority_code, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.position_quality, e.valid_to"
)


def read(connection: Connection, code: str) -> Elevator | None:
    """Read an elevator by its registration code; None when the scope sees none of that code."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM elevator e WHERE e.code = %s".encode(), [code]
    ).fetchone()
    return _elevator(row) if row else None


def find(connection: Connection, text: str, *, limit: int = 8) -> list[Elevator]:
    """Find elevators by what is typed: six digits first, then the registration code, then names and address.

    A rescue code or a registration code is found by its beginning, so that it can be narrowed down while typing.
    """
    words = normalize(text).strip()[:80]
    if not words:
        return []
    squeezed = words.replace(" ", "").replace("-", "") if words.replace(" ", "").isdigit() else words
    found: dict[str, Elevator] = {}
    if squeezed.isdigit() and len(squeezed) <= 6:
        condition = "e.rescue_code >= %s AND e.rescue_code < %s ORDER BY e.rescue_code"
        _take(found, connection, condition, [squeezed, squeezed + "\uffff"], limit)
    if squeezed.replace("-", "").isalnum() and squeezed.isascii() and len(squeezed) >= 4:
        upper = squeezed.upper()
        _take(
            found, connection, "e.code >= %s AND e.code < %s ORDER BY e.code", [upper, upper + "\uffff"], limit
        )  # fmt: skip
    terms = sorted(grams(words))
    if terms and len(found) < limit and not (squeezed.isdigit() and len(squeezed) >= 4):
        quoted = " & ".join("'" + t.replace("'", "''").replace("\\", "\\\\") + "'" for t in terms)
        rows = connection.execute(
            "SELECT row_id FROM search_entry WHERE layer = 'elevator' AND terms @@ %s::tsquery LIMIT 60",
            [quoted],
        ).fetchall()
        _take(
            found, connection, "e.id = ANY(%s) ORDER BY e.name, e.code", [[r["row_id"] for r in rows]], limit
        )
    return list(found.values())[:limit]


def near(
    connection: Connection, lon: float, lat: float, *, limit: int = 8, within_m: float = 500.0
) -> list[Elevator]:
    """List the elevators around a position, the nearest first, with their geodesic distances."""
    rows = connection.execute(
        f"""
        WITH here AS (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS g)
        SELECT {_COLUMNS}, ST_Distance(e.geom::geography, here.g::geography) AS distance_m
        FROM here, elevator e WHERE e.geom_m && ST_Expand(ST_Transform(here.g, 3857), %(reach)s)
        ORDER BY e.geom_m <-> ST_Transform(here.g, 3857) LIMIT %(first)s""".encode(),
        {"lon": lon, "lat": lat, "reach": within_m * 1.6, "first": max(_NEAR_FIRST, 4 * limit)},
    ).fetchall()
    close = sorted((r for r in rows if r["distance_m"] <= within_m), key=lambda r: (r["distance_m"], r["id"]))
    return [_elevator(r) for r in close[:limit]]


def _take(
    found: dict[str, Elevator], connection: Connection, condition: str, values: list[Any], limit: int
) -> None:
    for row in connection.execute(
        f"SELECT {_COLUMNS} FROM elevator e WHERE {condition} LIMIT {int(limit)}".encode(), values
    ):
        found.setdefault(row["code"], _elevator(row))


def _elevator(row: dict[str, Any]) -> Elevator:
    return Elevator(
        id=row["id"], code=row["code"], name=row["name"], rescue_code=row["rescue_code"], unit_name=row["unit_name"],
        address=row["address"], company_name=row["maintainer_name"],
        company=company_key(row["owner_id"], row["maintainer_name"]), owner_id=row["owner_id"], place_type=row["place_type"],
        bound_code=row["station_code"], division_code=row["division_code"], authority_code=row["authority_code"],
        lon=row["lon"], lat=row["lat"], position_quality=row["position_quality"], valid_to=row["valid_to"],
        distance_m=row.get("distance_m"),
    )  # fmt: skip
