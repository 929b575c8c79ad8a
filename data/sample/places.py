"""Find places beside a sample city's roads, and say where each lies.

Divisions, supervising authority and address follow from the position.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.sample.division_names import CityNames
from data.sample.divisions import CityDivisions
from data.sample.lattice import BoolArray, IntArray
from data.sample.plane import FloatArray
from data.sample.roads import SampleRoads

__all__ = ["LEAST_M", "MOST_M", "Ground", "Places"]

LEAST_M = 8.0
MOST_M = 60.0


@dataclass(frozen=True, slots=True)
class Places:
    """Positions on the sheet and, by `where`, everything that follows from them."""

    xy: FloatArray
    segment: IntArray
    where: pd.DataFrame

    def take(self, rows: IntArray) -> "Places":
        """Return the places of some rows, repeated where rows repeat."""
        return Places(self.xy[rows], self.segment[rows], self.where.iloc[rows].reset_index(drop=True))


class Ground:
    """The ground things stand on: roads to stand beside, water to keep out of, divisions to lie in."""

    def __init__(
        self,
        names: CityNames,
        divisions: CityDivisions,
        roads: SampleRoads,
        water: list[tuple[str, str, BaseGeometry]],
    ) -> None:
        self.names = names
        self.divisions = divisions
        self.roads = roads
        self._water = shapely.union_all([o for _, _, o in water]).buffer(4.0) if water else shapely.Polygon()
        self._land = divisions.city.buffer(-4.0)
        for outline in (self._water, self._land):
            shapely.prepare(outline)
        ends = roads.segments.reshape(-1, 2, 2)
        self._tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.linestrings(ends), dtype=object)))
        self._frontage = np.flatnonzero(roads.has_frontage)
        middle = ends[self._frontage].mean(axis=1)
        self._length_m = np.hypot(*(ends[self._frontage, 1] - ends[self._frontage, 0]).T)
        self._density = divisions.density(middle)
        self._road_names = roads.ways["name"].to_numpy(dtype=object)

    def beside_roads(self, size: int, *, gather: float, rng: np.random.Generator) -> Places:
        """Return places 8–60 m beside a street; `gather` 0 spreads them, 1 draws them to the centres."""
        weight = self._length_m * np.maximum(self._density, 0.01) ** gather
        weight /= weight.sum()
        found_xy, found_segment, missing = [np.empty((0, 2))], [np.empty(0, dtype=np.int64)], size
        for _ in range(60):
            if missing <= 0:
                break
            segment = self._frontage[rng.choice(len(weight), int(missing * 1.5) + 16, p=weight)]
            xy = self._aside(segment, rng)
            good = np.flatnonzero(self._is_good(xy))[:missing]
            found_xy.append(xy[good])
            found_segment.append(segment[good])
            missing -= len(good)
        xy, segment = np.vstack(found_xy), np.concatenate(found_segment)
        if missing > 0:  # hardly any room: places share a position
            again = rng.integers(0, len(xy), missing)
            xy, segment = np.vstack([xy, xy[again]]), np.concatenate([segment, segment[again]])
        return self._placed(xy, segment, rng)

    def near(self, places: Places, rng: np.random.Generator) -> Places:
        """Return for each place another on the same street segment (buildings of one estate)."""
        xy = self._aside(places.segment, rng)
        is_good = self._is_good(xy)
        return self._placed(np.where(is_good[:, None], xy, places.xy), places.segment, rng)

    def _aside(self, segment: IntArray, rng: np.random.Generator) -> FloatArray:
        """Return random positions beside segments."""
        ends = self.roads.segments[segment].reshape(-1, 2, 2)
        along = ends[:, 1] - ends[:, 0]
        length = np.maximum(np.hypot(*along.T), 1e-6)
        share = rng.uniform(0.06, 0.94, len(segment))
        aside_m = rng.uniform(LEAST_M + 0.5, MOST_M - 0.5, len(segment)) * rng.choice([-1, 1], len(segment))
        normal = np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None]
        return np.asarray(ends[:, 0] + share[:, None] * along + aside_m[:, None] * normal)

    def _is_good(self, xy: FloatArray) -> BoolArray:
        """Tell which positions lie on land in the city and not on any road."""
        good = shapely.contains_xy(self._land, xy[:, 0], xy[:, 1])
        good &= ~shapely.contains_xy(self._water, xy[:, 0], xy[:, 1])
        on_road = self._tree.query(shapely.points(xy), predicate="dwithin", distance=LEAST_M)[0]
        good[on_road] = False
        street, _ = self.divisions.locate(xy[good])
        good[np.flatnonzero(good)[street == ""]] = False
        return np.asarray(good)

    def _placed(self, xy: FloatArray, segment: IntArray, rng: np.random.Generator) -> Places:
        """Say where places lie."""
        street, community = self.divisions.locate(xy)
        lonlat = self.divisions.plane.to_lonlat(xy).round(7)
        county = np.array([s[:6] for s in street], dtype=object)
        where = pd.DataFrame({"lon": lonlat[:, 0], "lat": lonlat[:, 1]})
        where["division_code"] = np.where(community != "", community, street)
        where["street_code"], where["county_code"] = street, county
        where["authority_code"] = self._authorities(street, county, rng)
        where["address"] = self._addresses(street, community, county, segment, rng)
        return Places(xy, segment, where)

    def _authorities(
        self, street: NDArray[np.object_], county: NDArray[np.object_], rng: np.random.Generator
    ) -> NDArray[np.object_]:
        """Return who supervises (归属机构): mostly the district; the zone, the city or a street at times."""
        chance = rng.random(len(street))
        result = county.copy()
        own_street = set(self.divisions.street_codes[::19].tolist())
        by_street = np.array([s in own_street for s in street], dtype=bool) & (chance > 0.5)
        result[by_street] = street[by_street]
        in_zone = np.array([s in self.divisions.zone_streets for s in street], dtype=bool) & (chance > 0.1)
        result[in_zone] = self.divisions.zone_code
        result[chance < 0.03] = self.names.city_code
        return result

    def _addresses(
        self,
        street: NDArray[np.object_],
        community: NDArray[np.object_],
        county: NDArray[np.object_],
        segment: IntArray,
        rng: np.random.Generator,
    ) -> NDArray[np.object_]:
        """Return addresses: city, district, street, road and number."""
        city = self.names.city
        head = {c: f"{city}{self.names.counties.get(c[:6], '')}{n}" for c, n in self.names.streets.items()}
        if len(self.names.counties) == 1:
            head = {c: f"{city}{n}" for c, n in self.names.streets.items()}
        number = rng.integers(1, 400, len(street))
        road = self._road_names[self.roads.segment_way[segment]]
        return np.array(
            [
                f"{head.get(s, city + self.names.counties.get(k, ''))}"
                f"{r if isinstance(r, str) else self.names.communities.get(c, '')}{n}号"
                for s, c, k, r, n in zip(street, community, county, road, number.tolist(), strict=True)
            ],
            dtype=object,
        )
