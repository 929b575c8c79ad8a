"""Rank the stations of the store for an order: by the roads, closures, duty and crews of an instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

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
from geo.snapping import SnappedPoints

_KEPT_TABLES = 4


@dataclass(frozen=True)
class Place:
    """Where an order is, as far as that is known, and who answers for its elevator.

    `is_off_road`: there is a position, but no road near it; it is then ranked for as one without.
    """

    lon: float | None
    lat: float | None
    division_code: str
    bound_code: str | None = None
    company: str | None = None
    is_guess: bool = False
    has_elevator: bool = True
    is_off_road: bool = False

    def to_record(self) -> list[Any]:
        """Give it as plain values, for keeping."""
        return list(astuple(self))


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
    arrival_limit_s: float
    asked: frozenset[str]
    refused: frozenset[str]
    ranking: Ranking


@dataclass(frozen=True, eq=False)
class World:
    """What rankings rest on, whether of now or kept: a network, its travel times under an hour and closures, and the stations."""

    network: Network
    times: TravelTimes
    without_closures: TravelTimes | None
    stations: Stations


@dataclass(frozen=True, eq=False)
class StationsThen:
    """Roads, stations and crews of one instant."""

    circumstances: Circumstances
    table: stations.StationTable
    busy: dict[str, int]
    rows: Stations
    times: TravelTimes
    without_closures: TravelTimes | None

    @property
    def world(self) -> World:
        """Give what rankings of this instant rest on."""
        return World(self.circumstances.network, self.times, self.without_closures, self.rows)

    def place(self, lon: float, lat: float) -> SnappedPoints:
        """Find a place on the roads.

        Raises
        ------
        OffRoadError
            When it is too far from every road.
        """
        return place_on_road(self.circumstances.network, lon, lat)

    def rank(self, wanted: Wanted, *, routes: int = 0) -> RankingAnswer:
        """Rank all stations for a place; where it is not known the bound one alone can be told.

        Raises
        ------
        OffRoadError
            When the place is too far from every road.
        """
        place = wanted.place
        asked, refused = asked_of(wanted.incident)
        call = call_of(self.circumstances.network, place, wanted.arrival_limit_s, asked, refused)
        found = rank_stations(
            self.times, self.rows, call, without_closures=self.without_closures, routes=routes
        )
        return RankingAnswer(
            self.circumstances,
            self.table,
            self.busy,
            place,
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

    def at(
        self, at: dt.datetime, *, busy: dict[str, int] | None = None, freed: Mapping[str, int] | None = None
    ) -> StationsThen:
        """Read roads, stations and crews of an instant, so that several places can be ranked for by them.

        Parameters
        ----------
        busy : dict of str to int, optional
            Crews out by station, for an instant of the past; as they are now by default.
        freed : mapping of str to int, optional
            Crews that the caller's own transaction has taken off their orders, by station; negative: sent out by it.

        Raises
        ------
        NoNetworkError, NetworkFileError
            When there is no network or its file cannot be used.
        """
        circumstances = self._travel.circumstances(Question(at))
        table, places, out_now = self._stations(circumstances)
        busy = out_now if busy is None else busy
        if freed:
            busy = busy | {code: max(busy.get(code, 0) - n, 0) for code, n in freed.items()}
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

    def network_of(self, connection: Connection, version: str) -> Network:
        """Give the network of a version: the current one, or a former one from its file.

        Raises
        ------
        NotFoundError
            When its file is gone.
        """
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


def wanted_for(connection: Connection, order: incidents.Order, rule: DistrictRule) -> Wanted:
    """Say what is to be ranked for an order under the rule of its district; its place may not be known."""
    row, bound = order.row, None
    company = stations.company_key(row["owner_id"], row["company_name"])
    if order.incident.elevator_code is not None:
        elevator = elevators.read(connection, order.incident.elevator_code)
        if elevator is not None:
            bound, company = elevator.bound_code, elevator.company
    is_guess = row["lon"] is not None and row["position_quality"] != "given"
    place = Place(
        row["lon"], row["lat"], row["division_code"], bound, company, is_guess,
        has_elevator=order.incident.elevator_code is not None,
    )  # fmt: skip
    return Wanted(place, rule.arrival_limit_s, order.incident)


def as_stations(table: stations.StationTable, busy: Mapping[str, int], places: SnappedPoints) -> Stations:
    """Join a table with crews on orders and places on the network."""
    return Stations(
        np.array(table.code, np.str_), np.array(table.company, np.str_), table.is_networked, table.is_on_duty,
        table.is_in_service, table.has_maintainer, table.crews,
        np.array([busy.get(code, 0) for code in table.code], np.int64), table.scopes, places,
    )  # fmt: skip


def call_of(
    network: Network, place: Place, arrival_limit_s: float, asked: frozenset[str], refused: frozenset[str]
) -> Call:
    """Put a place on the roads, for ranking.

    Raises
    ------
    OffRoadError
        When it is too far from every road.
    """
    on_road = None
    if place.lon is not None and place.lat is not None and not place.is_off_road:
        on_road = place_on_road(network, place.lon, place.lat)
    return Call(
        on_road, place.bound_code, place.company, place.division_code, arrival_limit_s, asked, refused, place.is_guess,
        place.has_elevator, place.is_off_road,
    )  # fmt: skip


def asked_of(incident: Incident | None) -> tuple[frozenset[str], frozenset[str]]:
    """Name the stations that have an order, and those that refused it or were not reached."""
    if incident is None:
        return frozenset(), frozenset()
    ended = (AssignmentState.REFUSED, AssignmentState.NOT_REACHED)
    return (
        frozenset(a.station_code for a in incident.running),
        frozenset(a.station_code for a in incident.assignments if a.state in ended)
        - {a.station_code for a in incident.running},
    )
