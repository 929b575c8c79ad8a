"""Rank the stations of the store for an order, keep what the ranking rested on, and work it out again."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data import elevators, incidents, networks, stations
from data.errors import NotFoundError
from data.kept_results import Kept
from data.network_service import Circumstances
from data.roads.network_file import load_network
from data.scope import SYSTEM, Connection
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.clocks import DistrictRule
from dispatch.incident import AssignmentState, Incident
from dispatch.nearest import Sweeps, TravelTimes, place_on_road
from dispatch.ranking import Call, Ranking, Stations, rank_stations
from geo.network import Network
from geo.scenario import Scenario, weigh
from geo.snapping import SnappedPoints, snap
from geo.weights import SpeedTable, default_speed_table

_KEPT_TABLES = 4


@dataclass(frozen=True)
class Place:
    """Where an order is and who answers for its elevator."""

    lon: float
    lat: float
    division_code: str
    bound_code: str | None = None
    company: str | None = None
    is_guess: bool = False


@dataclass(frozen=True)
class Wanted:
    """A place to rank for, its arrival limit in seconds, and the order: who has it already, and who refused."""

    place: Place
    arrival_limit_s: float
    incident: Incident | None = None


@dataclass(frozen=True, eq=False)
class RankingAnswer:
    """A ranking with the table it is of."""

    circumstances: Circumstances
    table: stations.StationTable
    busy: dict[str, int]
    place: Place
    incident_place: SnappedPoints
    arrival_limit_s: float
    asked: frozenset[str]
    refused: frozenset[str]
    ranking: Ranking


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


@dataclass(frozen=True, eq=False)
class StationsThen:
    """Roads, stations and crews of one instant."""

    circumstances: Circumstances
    table: stations.StationTable
    busy: dict[str, int]
    rows: Stations
    times: TravelTimes
    without_closures: TravelTimes | None

    def place(self, lon: float, lat: float) -> SnappedPoints:
        """Find a place on the roads.

        Raises
        ------
        OffRoadError
            When it is too far from every road.
        """
        return place_on_road(self.circumstances.network, lon, lat)

    def rank(self, wanted: Wanted, *, routes: int = 0) -> RankingAnswer:
        """Rank all stations for a place.

        Raises
        ------
        OffRoadError
            When the place is too far from every road.
        """
        place = wanted.place
        on_road = place_on_road(self.circumstances.network, place.lon, place.lat)
        asked, refused = _asked(wanted.incident)
        call = Call(
            on_road, place.bound_code, place.company, place.division_code, wanted.arrival_limit_s, asked, refused, place.is_guess
        )  # fmt: skip
        found = rank_stations(
            self.times, self.rows, call, without_closures=self.without_closures, routes=routes
        )
        return RankingAnswer(
            self.circumstances,
            self.table,
            self.busy,
            place,
            on_road,
            wanted.arrival_limit_s,
            asked,
            refused,
            found,
        )


class StationRanker:
    """Ranks stations for one process; safe to use from many threads."""

    def __init__(self, store: Store, travel: TravelStore, state_dir: Path) -> None:
        self._store, self._travel, self._state_dir = store, travel, state_dir
        self._tables: Kept[stations.StationTable] = Kept(_KEPT_TABLES)

    def rank(
        self,
        place: Place,
        *,
        at: dt.datetime,
        arrival_limit_s: float,
        incident: Incident | None = None,
        routes: int = 10,
    ) -> RankingAnswer:
        """Rank all stations for a place at an instant.

        Parameters
        ----------
        place : Place
        at : datetime
            Departure; its hour's speeds and the closures in force hold.
        arrival_limit_s : float
            Seconds.
        incident : Incident, optional
            The order: who has it already, and who refused.
        routes : int
            Candidates whose route is drawn.

        Raises
        ------
        OffRoadError
            When the place is too far from every road.
        NoNetworkError, NetworkFileError
            When there is no network or its file cannot be used.
        """
        return self.at(at).rank(Wanted(place, arrival_limit_s, incident), routes=routes)

    def at(self, at: dt.datetime, *, busy: dict[str, int] | None = None) -> StationsThen:
        """Read roads, stations and crews of an instant, so that several places can be ranked for by them.

        Parameters
        ----------
        busy : dict of str to int, optional
            Crews out by station, for an instant of the past; as they are now by default.

        Raises
        ------
        NoNetworkError, NetworkFileError
            When there is no network or its file cannot be used.
        """
        circumstances = self._travel.circumstances(Question(at))
        table, places, out_now = self._stations(circumstances)
        busy = out_now if busy is None else busy
        open_roads = None
        if len(circumstances.impedance.closed_edges):
            open_roads = Sweeps(self._travel.circumstances(Question(at), with_closures=False).impedance)
        times = self._travel.networks.times(circumstances)
        return StationsThen(circumstances, table, busy, as_stations(table, busy, places), times, open_roads)

    def travel_time_s(
        self, start: tuple[float, float], stop: tuple[float, float], *, at: dt.datetime
    ) -> float:
        """Give the travel time between two places at an instant, seconds; ``inf`` when there is no way.

        Raises
        ------
        OffRoadError, NoNetworkError, NetworkFileError
            As for `rank`.
        """
        circumstances = self._travel.circumstances(Question(at))
        network = circumstances.network
        times = self._travel.networks.times(circumstances)
        reached = times.facilities_to_incident(place_on_road(network, *start), place_on_road(network, *stop))
        return float(reached.travel_time_s[0])

    def _stations(
        self, circumstances: Circumstances
    ) -> tuple[stations.StationTable, SnappedPoints, dict[str, int]]:
        with self._store.transaction(SYSTEM) as connection:
            busy = incidents.busy_crews(connection)
            version = connection.execute(
                "SELECT COALESCE((SELECT version FROM layer_state WHERE layer = 'rescue_station'), 0) AS a,"
                " (SELECT count(*) || '/' || COALESCE(max(id), 0) FROM responder) AS b"
            ).fetchone()
            key = ("stations", *(dict(version or {}).values()))
            table = self._tables.get(key, lambda: stations.read_stations(connection))
        places = self._travel.networks.snapped(
            key, circumstances.network, table.lonlat, circumstances.profile, alive=table
        )
        return table, places, busy

    def replay(self, connection: Connection, code: str, number: int | None = None) -> Replay:
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
        inputs = json.loads(zlib.decompress(bytes(row["inputs"])))
        network = self._network(connection, row["network_version"])
        return Replay(
            row["at"],
            row["network_version"],
            row["result"],
            _rank_again(network, row["hour_of_week"], inputs),
        )

    def _network(self, connection: Connection, version: str) -> Network:
        current = self._travel.networks.roads().network
        if current.version == version:
            return current
        row = connection.execute("SELECT version, path FROM network WHERE version = %s", [version]).fetchone()
        path = networks.file_of(dict(row), self._state_dir) if row else Path("/nonexistent")
        if not path.exists():
            raise NotFoundError(
                f"路网版本 {version} 的文件已不在，无法重演。 The file of network {version} is gone: the ranking cannot be worked out again."
            )
        return load_network(path)


def wanted_for(connection: Connection, order: incidents.Order, rule: DistrictRule) -> Wanted | None:
    """Say what is to be ranked for an order under the rule of its district; None while nobody knows where it is."""
    row, bound = order.row, None
    if row["lon"] is None:
        return None
    company = stations.company_key(row["owner_id"], row["company_name"])
    if order.incident.elevator_code is not None:
        elevator = elevators.read(connection, order.incident.elevator_code)
        if elevator is not None:
            bound, company = elevator.bound_code, elevator.company
    place = Place(
        row["lon"], row["lat"], row["division_code"], bound, company, row["position_quality"] != "given"
    )
    return Wanted(place, rule.arrival_limit_s, order.incident)


def as_stations(table: stations.StationTable, busy: Mapping[str, int], places: SnappedPoints) -> Stations:
    """Join a table with crews on orders and places on the network."""
    return Stations(
        np.array(table.code, np.str_), np.array(table.company, np.str_), table.is_networked, table.is_on_duty,
        table.is_in_service, table.has_maintainer, table.crews,
        np.array([busy.get(code, 0) for code in table.code], np.int64), table.scopes, places,
    )  # fmt: skip


def keep(connection: Connection, code: str, answer: RankingAnswer) -> None:
    """Keep a ranking with all it rested on: network, hour, speeds, closures, stations and crews."""
    scenario = answer.circumstances.impedance.scenario
    speeds = scenario.speeds
    inputs = {
        "stations": answer.table.to_record(),
        "busy": answer.busy,
        "closed": [area.wkt for area in scenario.closed_areas],
        "speed_kmh": None if speeds is None else np.asarray(speeds.speed_kmh)[:, scenario.hour_of_week].tolist(),
        "place": [
            answer.place.lon, answer.place.lat, answer.place.division_code, answer.place.bound_code,
            answer.place.company, answer.place.is_guess,
        ],
        "arrival_limit_s": answer.arrival_limit_s,
        "asked": sorted(answer.asked),
        "refused": sorted(answer.refused),
    }  # fmt: skip
    connection.execute(
        "INSERT INTO dispatch_ranking (incident_code, at, network_version, hour_of_week, inputs, result)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            code, answer.circumstances.at, answer.circumstances.network.version, scenario.hour_of_week,
            zlib.compress(json.dumps(inputs, ensure_ascii=False).encode()), json.dumps(_result(answer.table.code, answer.ranking)),
        ],
    )  # fmt: skip


def _result(codes: tuple[str, ...], ranking: Ranking) -> dict[str, Any]:
    """Give what is compared: candidates with level and milliseconds, the others with their reason, and the advice."""
    return {
        "candidates": [
            [codes[c.station_idx], c.level, round(c.travel_time_s * 1000)] for c in ranking.candidates
        ],
        "passed_over": {codes[i]: reason.value for i, reason in sorted(ranking.passed_over.items())},
        "advice": [a.value for a in ranking.advice],
    }


def _rank_again(network: Network, hour_of_week: int, inputs: dict[str, Any]) -> dict[str, Any]:
    table = stations.station_table(inputs["stations"])
    lon, lat, division_code, bound_code, company, is_guess = inputs["place"]
    speeds = None
    if inputs["speed_kmh"] is not None:
        speed_kmh = default_speed_table().speed_kmh.copy()
        speed_kmh[:, hour_of_week] = inputs["speed_kmh"]
        speeds = SpeedTable(speed_kmh, "kept")
    closed = tuple(shapely.from_wkt(text) for text in inputs["closed"])
    impedance = weigh(network, Scenario(hour_of_week=hour_of_week, speeds=speeds, closed_areas=closed))
    open_roads = weigh(network, Scenario(hour_of_week=hour_of_week, speeds=speeds)) if closed else None
    call = Call(
        place_on_road(network, lon, lat), bound_code, company, division_code, inputs["arrival_limit_s"],
        frozenset(inputs["asked"]), frozenset(inputs["refused"]), is_guess,
    )  # fmt: skip
    ranking = rank_stations(
        Sweeps(impedance), as_stations(table, inputs["busy"], snap(network, table.lonlat)), call,
        without_closures=None if open_roads is None else Sweeps(open_roads), routes=0,
    )  # fmt: skip
    return _result(table.code, ranking)


def _asked(incident: Incident | None) -> tuple[frozenset[str], frozenset[str]]:
    if incident is None:
        return frozenset(), frozenset()
    ended = (AssignmentState.REFUSED, AssignmentState.NOT_REACHED)
    return (
        frozenset(a.station_code for a in incident.running),
        frozenset(a.station_code for a in incident.assignments if a.state in ended)
        - {a.station_code for a in incident.running},
    )
