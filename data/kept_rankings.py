"""Keep a ranking with all it rested on, and work it out again."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import shapely

from data import stations
from data.errors import NotFoundError
from data.network_service import Circumstances
from data.scope import Connection
from data.station_ranking import Place, RankingAnswer, StationRanker, World, as_stations, call_of
from data.stations import StationTable
from dispatch.nearest import Sweeps, TravelTimes, place_on_road
from dispatch.ranking import Ranking, rank_stations
from geo.network import Network
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.weights import SpeedTable, default_speed_table


@dataclass(frozen=True)
class CrewStart:
    """A station's crew that does not set out from the station, and where it is: degrees, EPSG:4326."""

    station_code: str
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class Replay:
    """A kept ranking and the same worked out again: equal when nothing was lost."""

    at: dt.datetime
    network_version: str
    kept: dict[str, Any]
    again: dict[str, Any]

    @property
    def is_same(self) -> bool:
        """Say whether both agree to the millisecond."""
        return self.kept == self.again


def replay(ranker: StationRanker, connection: Connection, code: str, number: int | None = None) -> Replay:
    """Work a kept ranking out again from what was kept with it.

    Parameters
    ----------
    number : int, optional
        Which ranking of the order, 1 being the first; the last by default.

    Raises
    ------
    NotFoundError
        When the order has no such ranking that the scope may see, or its network's file is gone.
    """
    rows = connection.execute(
        "SELECT at, network_version, hour_of_week, inputs, result FROM dispatch_ranking WHERE incident_code = %s ORDER BY id",
        [code],
    ).fetchall()
    at_idx = (len(rows) if number is None else number) - 1
    if not 0 <= at_idx < len(rows):
        raise NotFoundError(
            f"工单 {code[:40]} 没有第 {at_idx + 1} 次排序（共 {len(rows)} 次）。 "
            f"Order {code[:40]} has no ranking {at_idx + 1}; it has {len(rows)}."
        )
    row = rows[at_idx]
    inputs = unpacked(row["inputs"])
    network = ranker.network_of(connection, row["network_version"])
    again = _rank_again(network, row["hour_of_week"], inputs)
    return Replay(row["at"], row["network_version"], row["result"], again)


def packed(inputs: dict[str, Any]) -> bytes:
    """Write what a ranking rested on as it is stored."""
    return zlib.compress(json.dumps(inputs, ensure_ascii=False).encode())


def unpacked(stored: Any) -> dict[str, Any]:
    """Read what a ranking rested on."""
    found: dict[str, Any] = json.loads(zlib.decompress(bytes(stored)))
    return found


def world_record(circumstances: Circumstances, table: StationTable, busy: dict[str, int]) -> dict[str, Any]:
    """Give stations, crews out, closures and speeds as plain values; the network's version and the hour go beside them."""
    scenario = circumstances.impedance.scenario
    speeds = scenario.speeds
    return {
        "stations": table.to_record(),
        "busy": busy,
        "closed": [area.wkt for area in scenario.closed_areas],
        "speed_kmh": None
        if speeds is None
        else np.asarray(speeds.speed_kmh)[:, scenario.hour_of_week].tolist(),
    }


def world_of_record(
    network: Network, hour_of_week: int, inputs: dict[str, Any]
) -> tuple[World, StationTable]:
    """Make the world of what was kept, and the table of its stations."""
    table = stations.station_table(inputs["stations"])
    speeds = None
    if inputs["speed_kmh"] is not None:
        speed_kmh = default_speed_table().speed_kmh.copy()
        speed_kmh[:, hour_of_week] = inputs["speed_kmh"]
        speeds = SpeedTable(speed_kmh, "kept")
    closed = tuple(shapely.from_wkt(text) for text in inputs["closed"])
    impedance = weigh(network, Scenario(hour_of_week=hour_of_week, speeds=speeds, closed_areas=closed))
    open_roads = weigh(network, Scenario(hour_of_week=hour_of_week, speeds=speeds)) if closed else None
    rows = as_stations(table, inputs["busy"], snap(network, table.lonlat))
    return World(network, Sweeps(impedance), None if open_roads is None else Sweeps(open_roads), rows), table


def keep(connection: Connection, code: str, answer: RankingAnswer, *, crew: CrewStart | None = None) -> None:
    """Keep a ranking with all it rested on: network, hour, speeds, closures, stations, crews, and where a diverted one was."""
    circumstances = answer.circumstances
    inputs: dict[str, Any] = {
        **world_record(circumstances, answer.table, answer.busy),
        "place": answer.place.to_record(),
        "arrival_limit_s": answer.arrival_limit_s,
        "asked": sorted(answer.asked),
        "refused": sorted(answer.refused),
        "crew": None if crew is None else [crew.station_code, *crew.lonlat],
    }
    result = _result(answer.table.code, answer.ranking)
    if crew is not None:
        times = Sweeps(circumstances.impedance)
        result["crew"] = _of_crew(circumstances.network, times, answer.place, inputs["crew"])
    connection.execute(
        "INSERT INTO dispatch_ranking (incident_code, at, network_version, hour_of_week, inputs, result)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            code, circumstances.at, circumstances.network.version, circumstances.impedance.scenario.hour_of_week,
            packed(inputs), json.dumps(result),
        ],
    )  # fmt: skip


def _result(codes: tuple[str, ...], ranking: Ranking) -> dict[str, Any]:
    """Give what is compared: candidates with level and milliseconds, the others with their reason, and the advice."""
    return {
        "candidates": [
            [
                codes[c.station_idx],
                c.level,
                round(c.travel_time_s * 1000) if isfinite(c.travel_time_s) else None,
            ]
            for c in ranking.candidates
        ],
        "passed_over": {codes[i]: reason.value for i, reason in sorted(ranking.passed_over.items())},
        "advice": [a.value for a in ranking.advice],
    }


def _rank_again(network: Network, hour_of_week: int, inputs: dict[str, Any]) -> dict[str, Any]:
    world, table = world_of_record(network, hour_of_week, inputs)
    place = Place(*inputs["place"])
    call = call_of(
        network, place, inputs["arrival_limit_s"], frozenset(inputs["asked"]), frozenset(inputs["refused"])
    )
    ranking = rank_stations(
        world.times, world.stations, call, without_closures=world.without_closures, routes=0
    )
    result = _result(table.code, ranking)
    if inputs.get("crew") is not None:
        result["crew"] = _of_crew(network, world.times, place, inputs["crew"])
    return result


def _of_crew(network: Network, times: TravelTimes, place: Place, crew: list[Any]) -> list[Any]:
    """Give a crew's station and its travel time from where it is, milliseconds."""
    code, lon, lat = crew
    if place.lon is None or place.lat is None:
        return [code, None]
    reached = times.facilities_to_incident(
        place_on_road(network, lon, lat), place_on_road(network, place.lon, place.lat)
    )
    travel_time_s = float(reached.travel_time_s[0])
    return [code, round(travel_time_s * 1000) if isfinite(travel_time_s) else None]
