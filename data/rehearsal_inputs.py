"""Bring together what a rehearsal rests on: calls on record or their rate, and the city with the sites of a study."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.scope import Connection
from data.simulation_inputs import City
from data.stations import station_table
from dispatch.demand import DemandModel
from geo.closest_facility import closest_facilities
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from layers.display import LOCAL_ZONE

#: From so many recorded calls on they are replayed; fewer tell too little, and calls are simulated.
ENOUGH = 200
#: From so many recorded calls on, over so many days, they give the rate of simulated ones: its standard error is 18 % then.
ENOUGH_FOR_A_RATE, LEAST_DAYS = 30, 7.0
RECORDED_DAYS = 365
MOST_RATE = 2000.0
#: The quiet hour at which bindings are compared: Tuesday 3 h, as in the fixed lists of preference.
_QUIET_HOUR = 27
_BOUND_LIMIT_S = 3600.0


@dataclass(frozen=True, eq=False)
class Recorded:
    """
    Entrapments on record.

    Attributes
    ----------
    start : datetime
        Hour of the first.
    at_s : ndarray of float64, shape (n,)
        Seconds from then, rising.
    place_idx : ndarray of int64, shape (n,)
        Elevators of the city.
    days : float
        From the first until now.
    """

    start: dt.datetime
    at_s: NDArray[np.float64]
    place_idx: NDArray[np.int64]
    days: float

    def __len__(self) -> int:
        return len(self.at_s)


@dataclass(frozen=True)
class CallRate:
    """
    How many calls are simulated, and why so many.

    Attributes
    ----------
    per_10k_month : float
        Entrapments per 10,000 elevators in 30 days.
    source : str
        ``asked``, ``orders`` (the city's own, `orders` of them over `days`) or ``published``.
    """

    per_10k_month: float
    source: str
    orders: int = 0
    days: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Write it down."""
        return asdict(self) | {"per_10k_month": round(self.per_10k_month, 1), "days": round(self.days, 1)}


def recorded_calls(connection: Connection, city: City, *, now: dt.datetime) -> Recorded | None:
    """Read the entrapments of the last year at elevators of the city; None where there is none."""
    rows = connection.execute(
        "SELECT received_at, elevator_code FROM incident WHERE received_at > %s AND received_at <= %s AND elevator_code IS NOT NULL"
        " AND outcome IS DISTINCT FROM 'not_entrapment' ORDER BY received_at, id",
        [now - dt.timedelta(days=RECORDED_DAYS), now],
    ).fetchall()
    index = {code: i for i, code in enumerate(city.elevator_code.tolist())}
    known = [
        (row["received_at"], index[row["elevator_code"]]) for row in rows if row["elevator_code"] in index
    ]
    if not known:
        return None
    start = known[0][0].astimezone(LOCAL_ZONE).replace(minute=0, second=0, microsecond=0)
    times = np.array([(at - start).total_seconds() for at, _ in known], np.float64)
    days = (now - known[0][0]).total_seconds() / 86_400
    return Recorded(start, times, np.array([place for _, place in known], np.int64), days)


def call_rate(asked: float | None, recorded: Recorded | None, elevators: int) -> CallRate:
    """Choose the rate of simulated calls: as asked, else from the city's own orders where they tell enough, else as published."""
    if asked is not None:
        return CallRate(asked, "asked")
    if recorded is None or len(recorded) < ENOUGH_FOR_A_RATE or recorded.days < LEAST_DAYS:
        return CallRate(DemandModel().per_10k_month, "published")
    # the first call opens the span and is not one of those that fell into it
    per_day = (len(recorded) - 1) / recorded.days
    return CallRate(per_day * 30 * 10_000 / elevators, "orders", len(recorded), recorded.days)


def with_sites(city: City, sites: list[dict[str, Any]], crews: int) -> City:
    """Add the sites of a study as stations: networked, on duty, bound to nobody, of a company of their own."""
    rows = [
        [f"NEW-{site['rank']}", f"NEW-{site['rank']}", "", 1, 1, 1, 1, crews * site["units"], [], [site["lon"], site["lat"]]]
        for site in sites
    ]  # fmt: skip
    n, units = len(rows), city.units
    groups = int(units.group_idx.max(initial=0)) + 1 + np.arange(n)
    own = int(max(city.station_company.max(initial=0), city.elevator_company.max(initial=0))) + 1
    return replace(
        city,
        stations=station_table([*city.stations.to_record(), *rows]),
        station_company=np.append(city.station_company, np.full(n, own)),
        units=replace(
            units,
            crews=np.append(units.crews, [int(row[7]) for row in rows]),
            group_idx=np.append(units.group_idx, groups),
            is_networked=np.append(units.is_networked, np.ones(n, bool)),
        ),
    )


def rebound(city: City, stations_before: int) -> tuple[City, int]:
    """Bind elevators to the new site that is sooner there than their own station, at a quiet hour; how many.

    Parameters
    ----------
    stations_before : int
        Stations from this position on are the new ones.
    """
    network = city.network
    impedance = weigh(network, Scenario(hour_of_week=_QUIET_HOUR, speeds=city.speeds))
    places, stations = snap(network, city.elevator_lonlat), snap(network, city.stations.lonlat)
    new = np.arange(stations_before, len(city.stations))
    found = closest_facilities(impedance, stations.take(new), places, k=1)
    site, site_s = found.facility_idx[:, 0], found.travel_time_s[:, 0]
    near = np.flatnonzero(site_s <= _BOUND_LIMIT_S)
    bound_s = np.full(len(places), np.inf)
    for each in np.unique(city.bound_idx[near]).tolist():
        if each < 0 or city.units.crews[each] == 0:
            continue  # nobody there to be sent
        rows = near[city.bound_idx[near] == each]
        bound_s[rows] = travel_time_matrix(
            impedance, stations.take([each]), places.take(rows), limit_s=_BOUND_LIMIT_S
        )[0]
    moved = near[site_s[near] < bound_s[near]]
    bound = city.bound_idx.copy()
    bound[moved] = new[site[moved]]
    return replace(city, bound_idx=bound), len(moved)
