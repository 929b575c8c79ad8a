"""Match rows without a position to places that are loaded: by name, by address, by road, by division."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.loading.addresses import Address, parse_address, place_key
from data.loading.division_index import M_PER_DEGREE, Divisions
from data.scope import Connection
from data.search_terms import grams
from layers.declaration import Geometry
from layers.registry import all_layers

#: A match at least this sure stands; one at least as sure as GUESS is a guess to look at.
MATCHED = 0.8
GUESS = 0.5
#: Places of one name within this distance are one place, metres.
ONE_PLACE_M = 300.0
#: House numbers on one road this far apart are neighbours.
NEAR_NUMBERS = 20
_MAX_ROAD_M = 3_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """One loaded place with a given position."""

    key: str
    county: str | None
    lon: float
    lat: float
    road: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Where a row without a position probably is.

    Attributes
    ----------
    lon, lat : degrees in the house's CRS, or None when nothing was found
    confidence : 0 to 1
    detail : how it was found, or why not; Chinese first
    """

    lon: float | None
    lat: float | None
    confidence: float
    detail: str

    @property
    def quality(self) -> str:
        """Give the position's quality as rows carry it."""
        if self.lon is None:
            return "none"
        return "matched" if self.confidence >= MATCHED else "guess"


class PlaceIndex:
    """Loaded places by name, by pairs of characters and by road and number."""

    def __init__(
        self, places: Iterable[Place], divisions: Divisions, label_points: Mapping[str, tuple[float, float]]
    ) -> None:
        self.divisions = divisions
        self.label_points = label_points
        self._places = list(places)
        self._by_key: dict[str, list[Place]] = defaultdict(list)
        self._by_gram: dict[str, list[int]] = defaultdict(list)
        self._by_road: dict[str, list[Place]] = defaultdict(list)
        self._grams: list[frozenset[str]] = []
        for n, place in enumerate(self._places):
            self._by_key[place.key].append(place)
            pairs = frozenset(grams(place.key))
            self._grams.append(pairs)
            for pair in pairs:
                self._by_gram[pair].append(n)
            if place.road is not None:
                self._by_road[place.road].append(place)

    def __len__(self) -> int:
        """Give the number of places."""
        return len(self._places)

    def match(
        self,
        connection: Connection | None,
        names: Iterable[str | None],
        address: str | None,
        division_code: str | None,
    ) -> Match:
        """Find where a row is, from its names, its address and its division; the surest way wins.

        Parameters
        ----------
        connection : to ask for roads by name, or None
        names : of the thing itself, its unit, its compound
        """
        parts = parse_address(address, self.divisions) if address else None
        code = division_code or (parts.division_code if parts else None)
        county = self.divisions.county_of(code) if code else None
        texts = [n for n in names if n] + ([parts.rest] if parts and len(parts.rest) >= 3 else [])
        keys = list(dict.fromkeys(place_key(t) for t in texts if len(t) >= 2))
        found = [self._by_name(key, county) for key in keys]
        if parts is not None:
            found.append(self._by_number(parts, county))
        best = max(found, key=lambda m: m.confidence, default=_NOTHING)
        if best.confidence < MATCHED:
            found += [self._by_likeness(key, county) for key in keys if len(key) >= 3]
            if parts is not None and connection is not None:
                found.append(self._on_road(connection, parts, county))
            found.append(self._in_division(parts.division_code if parts and parts.division_code else code))
            best = max(found, key=lambda m: m.confidence)
        if best.confidence < GUESS:
            return Match(None, None, best.confidence, best.detail)
        return best

    def _by_name(self, key: str, county: str | None) -> Match:
        candidates = self._by_key.get(key, [])
        if not candidates:
            return _NOTHING
        near = [p for p in candidates if county is None or p.county == county]
        if not near:
            return Match(
                None, None, 0.4,
                f"“{key}”只在别的区县有 only in another county: {self._county_names(candidates)}",
            )  # fmt: skip
        spread_m = _spread_m(near)
        lon, lat = _middle(near)
        if spread_m <= ONE_PLACE_M:
            sure = 0.95 if county is not None else 0.85
            return Match(lon, lat, sure, f"与“{key}”同名 the same name as a loaded place")
        if spread_m <= 1_000:
            return Match(
                lon, lat, 0.55, f"有 {len(near)} 处“{key}”，相距 {spread_m:,.0f} 米 several of that name"
            )
        return Match(
            None,
            None,
            0.45,
            f"有 {len(near)} 处“{key}”，相距 {spread_m:,.0f} 米 several of that name, far apart",
        )

    def _by_likeness(self, key: str, county: str | None) -> Match:
        pairs = grams(key)
        votes = Counter(n for pair in pairs for n in self._by_gram.get(pair, ()))
        best = _NOTHING
        for n, shared in votes.most_common(40):
            place = self._places[n]
            if county is not None and place.county != county:
                continue
            dice = 2 * shared / (len(pairs) + len(self._grams[n]))
            within = len(min(key, place.key, key=len)) >= 3 and (key in place.key or place.key in key)
            sure = max(0.78 * dice, 0.7 if within else 0.0)
            if _figures(key) != _figures(place.key):
                sure -= 0.2
            if dice < 0.6 and not within:
                continue
            if sure > best.confidence:
                best = Match(
                    place.lon, place.lat, round(sure, 2), f"“{key}”与“{place.key}”相近 a similar name"
                )
        return best

    def _by_number(self, parts: Address, county: str | None) -> Match:
        if parts.road is None or parts.number is None:
            return _NOTHING
        places = [
            p
            for p in self._by_road.get(parts.road, [])
            if p.number is not None and county in (None, p.county)
        ]
        same = [p for p in places if p.number == parts.number]
        if same and _spread_m(same) <= ONE_PLACE_M:
            lon, lat = _middle(same)
            return Match(
                lon,
                lat,
                0.9 if county else 0.82,
                f"{parts.road}{parts.number}号有已知地点 a known place there",
            )
        near = sorted(
            (abs((p.number or 0) - parts.number), n, p)
            for n, p in enumerate(places)
            if abs((p.number or 0) - parts.number) <= NEAR_NUMBERS
        )
        if near and not same:
            gap, _, place = near[0]
            sure = 0.7 - 0.1 * gap / NEAR_NUMBERS
            return Match(
                place.lon,
                place.lat,
                round(sure, 2),
                f"与{parts.road}{place.number}号相邻 beside a known number",
            )
        return _NOTHING

    def _on_road(self, connection: Connection, parts: Address, county: str | None) -> Match:
        if parts.road is None:
            return _NOTHING
        row = connection.execute(
            "SELECT ST_AsBinary(ST_Collect(geom)) AS wkb FROM road WHERE name = %s", [parts.road]
        ).fetchone()
        if row is None or row["wkb"] is None:
            return _NOTHING
        lines = shapely.from_wkb(bytes(row["wkb"]))
        outline = self.divisions.outline_of(county) if county else None
        if outline is not None:
            lines = shapely.intersection(lines, outline)
        if lines.is_empty:
            return _NOTHING
        west, south, east, north = lines.bounds
        length_m = float(np.hypot((east - west) * np.cos(np.radians(south)), north - south)) * M_PER_DEGREE
        if length_m > _MAX_ROAD_M:
            return Match(
                None,
                None,
                0.4,
                f"只知道在{parts.road}上，长 {length_m:,.0f} 米 only the road is known, and it is long",
            )
        at = shapely.line_interpolate_point(shapely.shortest_line(lines, lines.centroid), 0.0)
        return Match(at.x, at.y, 0.52, f"在{parts.road}上 somewhere on that road")

    def _in_division(self, code: str | None) -> Match:
        if code is None:
            return Match(None, None, 0.0, "没有可用的名称或地址 no name or address to go by")
        entry = self.divisions.by_code.get(code)
        if entry is None or entry.level not in ("street", "community") or code not in self.label_points:
            name = entry.name if entry else code
            return Match(None, None, 0.3, f"只知道在“{name}” only known to lie in {name}")
        lon, lat = self.label_points[code]
        sure = 0.55 if entry.level == "community" else 0.5
        return Match(lon, lat, sure, f"放在“{entry.name}”的标注点 put at the label point of {entry.name}")

    def _county_names(self, places: list[Place]) -> str:
        counties = sorted({p.county for p in places if p.county})
        return "、".join(self.divisions.by_code[c].name for c in counties[:4])


_NOTHING = Match(None, None, 0.0, "没有同名或相近的地点 no place of that or a similar name")


def _figures(key: str) -> frozenset[str]:
    """Give what tells stages and blocks of one name apart."""
    return frozenset(c for c in key if c.isdigit() or c in "一二三四五六七八九十东西南北abcdef")


def _middle(places: list[Place]) -> tuple[float, float]:
    return float(np.mean([p.lon for p in places])), float(np.mean([p.lat for p in places]))


def _spread_m(places: list[Place]) -> float:
    lon = np.array([p.lon for p in places])
    lat = np.array([p.lat for p in places])
    squeeze = np.cos(np.radians(lat.mean()))
    return float(np.hypot(np.ptp(lon) * squeeze, np.ptp(lat))) * M_PER_DEGREE


def read_places(connection: Connection, divisions: Divisions) -> PlaceIndex:
    """Read every place with a given position."""
    places: list[Place] = []
    for layer in all_layers():
        # What refers to another row (an elevator, a risk point) stands at a place, it is none.
        if layer.geometry is not Geometry.POINT or any(f.references for f in layer.fields):
            continue
        rows = connection.execute(
            f"SELECT name, address, division_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM {layer.id}"
            " WHERE position_quality = 'given' AND geom IS NOT NULL ORDER BY code".encode()
        )
        places.extend(place_from(row, divisions) for row in rows)
    labels = {
        row["code"]: (row["lon"], row["lat"])
        for row in connection.execute(
            "SELECT code, ST_X(label_point) AS lon, ST_Y(label_point) AS lat FROM division WHERE label_point IS NOT NULL"
        )
    }
    return PlaceIndex(places, divisions, labels)


def place_from(row: Mapping[str, Any], divisions: Divisions) -> Place:
    """Make a place of a stored row: name, address, division_code, lon, lat."""
    parts = parse_address(row["address"], divisions) if row["address"] else None
    return Place(
        place_key(row["name"]), divisions.county_of(row["division_code"]), row["lon"], row["lat"],
        parts.road if parts else None, parts.number if parts else None,
    )  # fmt: skip
