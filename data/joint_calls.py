"""Make of open orders, stations and crews under way what is assigned together; the same from what was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.station_ranking import Place, World, call_of
from dispatch.assignment import OpenCalls
from dispatch.errors import OffRoadError
from dispatch.nearest import place_on_road
from dispatch.ranking import Call, PassedOver, Ranking, rank_stations


@dataclass(frozen=True)
class JointRow:
    """
    An open order.

    Attributes
    ----------
    left_s : float
        Left of its arrival limit.
    eta_left_s : float or None
        Until its own crew under way is there, as last predicted; None without a forecast.
    """

    order_code: str
    place: Place
    arrival_limit_s: float
    asked: tuple[str, ...]
    refused: tuple[str, ...]
    left_s: float
    eta_left_s: float | None = None


@dataclass(frozen=True)
class JointCrew:
    """A crew under way that may be diverted: its order, its station, its level, and where it is in degrees EPSG:4326."""

    order_code: str
    station_code: str
    level: int
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class JointInputs:
    """What is assigned together; `group_idx` has the district of each station, -1 for none."""

    rows: tuple[JointRow, ...]
    crews: tuple[JointCrew, ...]
    group_idx: tuple[int, ...]
    reserve: int

    def to_record(self) -> dict[str, Any]:
        """Give it as plain values, for keeping."""
        rows = [
            [r.order_code, r.place.to_record(), r.arrival_limit_s, list(r.asked), list(r.refused), r.left_s, r.eta_left_s]
            for r in self.rows
        ]  # fmt: skip
        crews = [[c.order_code, c.station_code, c.level, *c.lonlat] for c in self.crews]
        return {"rows": rows, "crews": crews, "group_idx": list(self.group_idx), "reserve": self.reserve}


def inputs_of_record(record: dict[str, Any]) -> JointInputs:
    """Make it of what was kept."""
    rows = tuple(
        JointRow(order, Place(*place), limit, tuple(asked), tuple(refused), left_s, eta_left_s)
        for order, place, limit, asked, refused, left_s, eta_left_s in record["rows"]
    )
    crews = tuple(
        JointCrew(order, station, level, (lon, lat)) for order, station, level, lon, lat in record["crews"]
    )
    return JointInputs(rows, crews, tuple(record["group_idx"]), record["reserve"])


def open_calls(world: World, inputs: JointInputs) -> tuple[OpenCalls, NDArray[np.int8]]:
    """Work out every travel time that may be chosen, and the level each unit would be sent at, shape (n, m).

    Raises
    ------
    OffRoadError
        When an order is too far from every road.
    QuestionError
        When there are more than 200 orders, or the reserve is negative.
    """
    stations, crews = len(world.stations), inputs.crews
    shape = (len(inputs.rows), stations + len(crews))
    times = np.full(shape, np.inf)
    levels = np.ones(shape, np.int8)
    bound: NDArray[np.int64] = np.full(shape[0], -1, np.int64)
    under_way: NDArray[np.int64] = np.full(shape[0], -1, np.int64)
    index = {str(code): i for i, code in enumerate(world.stations.code)}
    for i, row in enumerate(inputs.rows):
        call = call_of(
            world.network, row.place, row.arrival_limit_s, frozenset(row.asked), frozenset(row.refused)
        )
        ranking = rank_stations(
            world.times, world.stations, call, without_closures=world.without_closures, routes=0
        )
        for candidate in ranking.candidates:
            times[i, candidate.station_idx] = candidate.travel_time_s
        levels[i, :stations] = ranking.levels
        if ranking.bound_idx is not None:
            bound[i] = ranking.bound_idx
        for column, crew in enumerate(crews, start=stations):
            own = crew.order_code == row.order_code
            if own:
                under_way[i] = column
            elif not _may_take(ranking, index, crew):
                continue
            levels[i, column] = crew.level if own else ranking.levels[index[crew.station_code]]
            times[i, column] = _way_of(world, crew, row, call, is_own=own)
    limit = np.array([r.left_s for r in inputs.rows], np.float64)
    groups = np.concatenate([np.array(inputs.group_idx, np.int64), np.full(len(crews), -1, np.int64)])
    units = np.concatenate([_free(world), np.ones(len(crews), np.int64)])
    calls = OpenCalls(
        times, limit, units, groups, reserve=inputs.reserve, bound_idx=bound, under_way_idx=under_way
    )
    return calls, levels


def _may_take(ranking: Ranking, index: dict[str, int], crew: JointCrew) -> bool:
    reason = ranking.passed_over.get(index.get(crew.station_code, -1))
    return crew.station_code in index and reason in (None, PassedOver.ALL_CREWS_BUSY)


def _free(world: World) -> NDArray[np.int64]:
    rows = world.stations
    able = rows.is_in_service & rows.is_on_duty & rows.has_maintainer
    return np.where(able, np.maximum(rows.crews - rows.busy, 0), 0).astype(np.int64)


def _way_of(world: World, crew: JointCrew, row: JointRow, call: Call, *, is_own: bool) -> float:
    """Give the travel time of a crew under way from where it is; its own order's by its forecast where there is one."""
    if is_own and row.eta_left_s is not None:
        return row.eta_left_s
    if call.place is None:
        return float("inf")
    try:
        start = place_on_road(world.network, *crew.lonlat)
    except OffRoadError:
        return float("inf")
    return float(world.times.facilities_to_incident(start, call.place).travel_time_s[0])


def unit_codes(codes: Sequence[str], crews: Sequence[JointCrew]) -> list[str]:
    """Name the columns: stations, then crews under way with the order they are on.

    >>> unit_codes(["A"], [JointCrew("KR1", "A", 1, (114.0, 22.5))])
    ['A', 'A < KR1']
    """
    return [*map(str, codes), *(f"{c.station_code} < {c.order_code}" for c in crews)]
