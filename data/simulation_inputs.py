"""Bring a city's elevators, stations and road network into the arrays that a simulation of dispatch takes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import dispatch_rules, networks, stations
from data.errors import NotFoundError
from data.network_service import hour_of_week
from data.roads.network_file import load_network
from data.scope import Connection
from dispatch.demand import DrawnCalls
from dispatch.simulation_inputs import Calls, Units
from geo.closest_facility import closest_facilities
from geo.core import CoreTopology
from geo.network import Network
from geo.scenario import Scenario, weigh
from geo.snapping import SnappedPoints, snap
from geo.travel_time_matrix import travel_time_matrix
from geo.weights import SpeedTable, default_speed_table

NEAREST = 8
NEAREST_NETWORKED = 6
#: Beyond this nobody is bound in earnest.
_BOUND_LIMIT_S = 3 * 3600.0

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class City:
    """
    What of a city a simulation needs.

    Attributes
    ----------
    elevator_code, place_type : ndarray of str, shape (e,)
        Of elevators in use that have a position.
    bound_idx : ndarray of int64, shape (e,)
        Bound station, -1 for none.
    elevator_company : ndarray of int64, shape (e,)
        Number of the maintenance company; the same as in `station_company`.
    answer_limit_s, arrival_limit_s : ndarray of float64, shape (e,)
        Of the elevator's district.
    stations : StationTable
    units : Units
    """

    elevator_code: NDArray[np.str_]
    place_type: NDArray[np.str_]
    bound_idx: NDArray[np.int64]
    elevator_company: NDArray[np.int64]
    elevator_lonlat: NDArray[np.float64]
    answer_limit_s: NDArray[np.float64]
    arrival_limit_s: NDArray[np.float64]
    stations: stations.StationTable
    station_company: NDArray[np.int64]
    units: Units
    network: Network
    speeds: SpeedTable | None

    @property
    def version(self) -> str:
        """Name what travel times rest on: roads, speeds and stations."""
        kmh = (default_speed_table() if self.speeds is None else self.speeds).speed_kmh
        seen = hashlib.blake2b(np.ascontiguousarray(kmh, np.float64).tobytes(), digest_size=12)
        for array in (
            self.stations.lonlat,
            self.units.crews,
            self.units.is_networked,
            self.elevator_lonlat,
            self.bound_idx,
        ):
            seen.update(np.ascontiguousarray(array).tobytes())
        return f"{self.network.version}-{seen.hexdigest()}"


def read_city(connection: Connection, state_dir: Path) -> City:
    """Read the city of the store; stations off duty or without anybody to send have no crew in a simulation.

    Raises
    ------
    NotFoundError
        When it has no elevator or no station.
    NoNetworkError, NetworkFileError
        When there is no network or its file cannot be used.
    """
    table = stations.read_stations(connection)
    index = {code: i for i, code in enumerate(table.code)}
    rows = connection.execute(
        "SELECT code, COALESCE(place_type, '') AS place_type, station_code, owner_id, maintainer_name, division_code,"
        " ST_X(geom) AS lon, ST_Y(geom) AS lat FROM elevator WHERE geom IS NOT NULL AND valid_to IS NULL ORDER BY id"
    ).fetchall()
    if not rows or len(table) == 0:
        raise NotFoundError(
            "库中没有电梯或救援站，无法模拟。 There are no elevators or no rescue stations to simulate."
        )
    network = load_network(networks.file_of(networks.current(connection), state_dir))
    companies: dict[str, int] = {}

    def company(name: str) -> int:
        return companies.setdefault(name, len(companies))

    station_company = np.array([company(name) for name in table.company], np.int64)
    elevator_company = np.array(
        [company(stations.company_key(r["owner_id"], r["maintainer_name"])) for r in rows], np.int64
    )
    rules = dispatch_rules.rules(connection)
    known = {c: dispatch_rules.rule_in(rules, c) for c in {r["division_code"] for r in rows}}
    districts = connection.execute(
        "SELECT code, left(division_code, 6) AS district FROM rescue_station"
    ).fetchall()
    district_of = {r["code"]: r["district"] for r in districts}
    names = sorted(set(district_of.values()))
    group = np.array([names.index(district_of[c]) for c in table.code], np.int64)
    able = table.is_on_duty & table.is_in_service & table.has_maintainer
    return City(
        np.array([r["code"] for r in rows], np.str_),
        np.array([r["place_type"] for r in rows], np.str_),
        np.array([index.get(r["station_code"], -1) for r in rows], np.int64),
        elevator_company,
        np.array([[r["lon"], r["lat"]] for r in rows], np.float64),
        np.array([known[r["division_code"]].answer_limit_s for r in rows], np.float64),
        np.array([known[r["division_code"]].arrival_limit_s for r in rows], np.float64),
        table,
        station_company,
        Units(np.where(able, table.crews, 0), group, table.is_networked),
        network,
        networks.read_speeds(connection),
    )


@dataclass(frozen=True, eq=False)
class TravelTable:
    """
    Stations that come into question for places, with travel times at the hour of each.

    Attributes
    ----------
    station_idx : ndarray of int16, shape (n, k)
        In the order of preference: by travel time at night; -1 for none.
    time_s : ndarray of float32, shape (n, k)
        At the place's own hour; ``inf`` for none.
    """

    station_idx: NDArray[np.int16]
    time_s: NDArray[np.float32]


def travel_table(
    city: City, place_idx: NDArray[np.int64], hours: NDArray[np.int64], *, say: Say = lambda _: None
) -> TravelTable:
    """Work out the nearest stations, the nearest networked ones and the bound one of places, each at its hour of the week.

    One labelled sweep an hour whose speeds differ; never a table of stations by elevators.
    """
    able = np.flatnonzero(city.units.crews > 0)
    network = city.network
    places = snap(network, city.elevator_lonlat[place_idx])
    lonlat = city.stations.lonlat
    speeds = default_speed_table() if city.speeds is None else city.speeds
    _, first, slice_of = np.unique(speeds.speed_kmh, axis=1, return_index=True, return_inverse=True)
    own_slice = np.asarray(slice_of).reshape(-1)[hours]
    wanted = NEAREST + NEAREST_NETWORKED + 1
    station = np.full((len(place_idx), wanted), -1, np.int16)
    time_s = np.full(station.shape, np.inf, np.float32)
    topology = CoreTopology(network)
    slices = np.unique(own_slice)
    for done, number in enumerate(slices.tolist(), start=1):
        rows = np.flatnonzero(own_slice == number)
        found = _at_hour(
            city,
            topology,
            places.take(rows),
            place_idx[rows],
            able,
            snap(network, lonlat),
            int(first[number]),
        )
        station[rows], time_s[rows] = found
        say(f"行车时间 travel times {done}/{len(slices)}")
    # The fixed order of preference is that of the quietest hour (Tuesday 3 h), whatever the hour of the call.
    night = _night_order(city, topology, places, station)
    order = np.argsort(night, axis=1, kind="stable")
    return TravelTable(np.take_along_axis(station, order, 1), np.take_along_axis(time_s, order, 1))


def _at_hour(
    city: City,
    topology: CoreTopology,
    places: SnappedPoints,
    place_idx: NDArray[np.int64],
    able: NDArray[np.int64],
    all_stations: SnappedPoints,
    hour: int,
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    impedance = weigh(city.network, Scenario(hour_of_week=hour, speeds=city.speeds))
    core = topology.customize(impedance)
    networked = able[city.units.is_networked[able]]
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    for chosen, k in ((able, NEAREST), (networked, NEAREST_NETWORKED)):
        if len(chosen) == 0:
            continue
        found = closest_facilities(impedance, all_stations.take(chosen), places, k=k, core=core)
        parts.append((np.where(found.facility_idx >= 0, chosen[found.facility_idx], -1), found.travel_time_s))
    bound = city.bound_idx[place_idx]
    bound = np.where((bound >= 0) & (city.units.crews[np.maximum(bound, 0)] > 0), bound, -1)
    station = np.concatenate([*(p[0] for p in parts), bound[:, None]], axis=1)
    time = np.concatenate([*(p[1] for p in parts), np.full((len(bound), 1), np.inf)], axis=1)
    # A station stands once: later columns that repeat an earlier one are emptied.
    for column in range(1, station.shape[1]):
        seen = (station[:, :column] == station[:, [column]]).any(axis=1)
        station[seen, column], time[seen, column] = -1, np.inf
    missing = station[:, -1]
    for each in np.unique(missing[missing >= 0]).tolist():
        rows = np.flatnonzero(missing == each)
        time[rows, -1] = travel_time_matrix(
            impedance, all_stations.take([each]), places.take(rows), limit_s=_BOUND_LIMIT_S
        )[0]
    station[np.isinf(time)] = -1
    wide = NEAREST + NEAREST_NETWORKED + 1
    padded = np.full((len(station), wide), -1, np.int16), np.full((len(station), wide), np.inf, np.float32)
    padded[0][:, : station.shape[1]], padded[1][:, : time.shape[1]] = station, time
    return padded


def _night_order(
    city: City, topology: CoreTopology, places: SnappedPoints, station: NDArray[np.int16]
) -> NDArray[np.float64]:
    """Give travel times at night for ordering; stations beyond the nearest then come last, in their order at the hour."""
    able = np.flatnonzero(city.units.crews > 0)
    impedance = weigh(city.network, Scenario(hour_of_week=27, speeds=city.speeds))
    all_stations = snap(city.network, city.stations.lonlat[able])
    found = closest_facilities(impedance, all_stations, places, k=NEAREST, core=topology.customize(impedance))
    order = np.full(station.shape, np.inf)
    order[station < 0] = 2e9
    order[(station >= 0)] = 1e9
    for column in range(found.facility_idx.shape[1]):
        near = found.facility_idx[:, column]
        code = np.where(near >= 0, able[np.maximum(near, 0)], -2)
        hit = station == code[:, None]
        order = np.where(hit, found.travel_time_s[:, [column]], order)
    return order


def kept_travel_table(
    city: City, drawn: DrawnCalls, *, start: dt.datetime, folder: Path | None, say: Say = lambda _: None
) -> TravelTable:
    """Work out the travel table of drawn calls, or read it where the same one was made before.

    Parameters
    ----------
    folder : Path or None
        Where tables are kept; None keeps none.
    """
    hours = np.array(
        [(hour_of_week(start) + int(h)) % 168 for h in _hours_after(start, drawn.at_s)], np.int64
    )
    if folder is None:
        return travel_table(city, drawn.place_idx, hours, say=say)
    seen = hashlib.blake2b(city.version.encode(), digest_size=16)
    for array in (drawn.place_idx, hours):
        seen.update(np.ascontiguousarray(array).tobytes())
    path = folder / f"sim-{seen.hexdigest()}.npz"
    if path.exists():
        with np.load(path) as kept:
            return TravelTable(kept["station_idx"], kept["time_s"])
    table = travel_table(city, drawn.place_idx, hours, say=say)
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("sim-*.npz"), key=lambda p: p.stat().st_mtime)[:-4]:
        old.unlink(missing_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, station_idx=table.station_idx, time_s=table.time_s)
    partial.replace(path)
    return table


def _hours_after(start: dt.datetime, at_s: NDArray[np.float64]) -> NDArray[np.int64]:
    into_s = start.minute * 60 + start.second
    return ((at_s + into_s) // 3600).astype(np.int64)


def simulated_calls(city: City, drawn: DrawnCalls, table: TravelTable) -> tuple[Calls, NDArray[np.int64]]:
    """Join drawn calls with their stations; false calls get no crew and are left out. Gives the rows that are in it too."""
    rows = np.flatnonzero(~drawn.is_false)
    place = drawn.place_idx[rows]
    station = table.station_idx[rows].astype(np.int64)
    own = (station >= 0) & (
        city.station_company[np.maximum(station, 0)] == city.elevator_company[place][:, None]
    )
    own |= (station == city.bound_idx[place][:, None]) & (station >= 0)
    return Calls(
        at_s=drawn.at_s[rows], handling_s=drawn.handling_s[rows], answer_s=drawn.answer_s[rows],
        backup_answer_s=drawn.backup_answer_s[rows], refuses=drawn.refuses[rows], turn_out_s=drawn.turn_out_s[rows],
        drive_factor=drawn.drive_factor[rows], access_s=drawn.access_s[rows], on_site_s=drawn.on_site_s[rows], leaves_s=drawn.leaves_s[rows],
        is_urgent=drawn.is_urgent[rows], answer_limit_s=city.answer_limit_s[place], arrival_limit_s=city.arrival_limit_s[place],
        bound_idx=city.bound_idx[place], candidate_idx=station, candidate_s=table.time_s[rows].astype(np.float64), is_own=own,
    ), rows  # fmt: skip
