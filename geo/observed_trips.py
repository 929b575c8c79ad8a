"""Hold observed trips, and find what roads each of them took and what speaks against using it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import TripError
from geo.network import Network
from geo.road_class import RoadClass
from geo.route import Drive, find_drive
from geo.scenario import Impedance, Scenario, weigh
from geo.snapping import SnappedPoints, SnapReason, snap
from geo.weights import HOURS_OF_WEEK, Profile, SpeedTable

SHORTEST_M = 300.0
"""Shorter routes say more of doors and lifts than of roads."""
SHORTEST_S = 20.0
LONGEST_S = 3 * 3600.0
"""Nobody drives longer than this to an incident in a city: the clock was stopped late."""
FASTEST_KMH = 150.0
SLOWEST_KMH = 2.0


class TripReason(StrEnum):
    """Whether a trip was used, or why not."""

    USED = "used"
    NOT_A_POSITION = "not_a_position"
    """Start or end is not a longitude and latitude."""
    OFF_ROAD = "off_road"
    """Start or end is farther from every road than points are snapped."""
    NO_ROUTE = "no_route"
    TOO_SHORT = "too_short"
    """Less than 300 m of road, or under 20 s."""
    TOO_LONG = "too_long"
    """More than three hours."""
    TOO_FAST = "too_fast"
    """More than 150 km/h along the quickest route."""
    TOO_SLOW = "too_slow"
    """Less than 2 km/h along the quickest route."""
    OUTLIER = "outlier"
    """Far from all other trips once speeds are fitted: left out of the fit. Trips held out are not judged so."""


@dataclass(frozen=True, eq=False)
class ObservedTrips:
    """
    Trips that were driven and timed.

    Parameters
    ----------
    origin_lonlat, destination_lonlat : ndarray of float64, shape (n, 2)
        Degrees, EPSG:4326.
    hour_of_week : ndarray of int, shape (n,)
        Hour of the departure, 0 to 167, local time, 0 being Monday 00:00 to 01:00.
    duration_s : ndarray of float64, shape (n,)
        From notified to arrived, in seconds; above 0.
    is_held_out : ndarray of bool, shape (n,)
        Trips kept from the fit, to measure its error on.

    Raises
    ------
    TripError
        When lengths differ, an hour lies outside the week, or a duration is not above 0.
    """

    origin_lonlat: NDArray[np.float64]
    destination_lonlat: NDArray[np.float64]
    hour_of_week: NDArray[np.int64]
    duration_s: NDArray[np.float64]
    is_held_out: NDArray[np.bool_]

    def __post_init__(self) -> None:
        count = len(self.duration_s)
        shapes = {
            "origin_lonlat": (self.origin_lonlat.shape, (count, 2)),
            "destination_lonlat": (self.destination_lonlat.shape, (count, 2)),
            "hour_of_week": (self.hour_of_week.shape, (count,)),
            "is_held_out": (self.is_held_out.shape, (count,)),
        }
        for name, (shape, wanted) in shapes.items():
            if shape != wanted:
                raise TripError(
                    f"{name} 的形状为 {shape}，应为 {wanted}。 {name} has shape {shape}, {wanted} was expected."
                )
        bad = np.flatnonzero((self.hour_of_week < 0) | (self.hour_of_week >= HOURS_OF_WEEK))
        if len(bad):
            raise TripError(
                f"第 {bad[0]} 个行程的小时为 {self.hour_of_week[bad[0]]}，应为 0–167。 "
                f"Trip {bad[0]} departs at hour {self.hour_of_week[bad[0]]} of the week: expected 0 to 167."
            )
        bad = np.flatnonzero(~(self.duration_s > 0) | np.isinf(self.duration_s))
        if len(bad):
            raise TripError(
                f"第 {bad[0]} 个行程用时 {self.duration_s[bad[0]]} 秒，应大于 0。 "
                f"Trip {bad[0]} took {self.duration_s[bad[0]]} s: expected a time above 0."
            )

    def __len__(self) -> int:
        """Count the trips."""
        return len(self.duration_s)

    def take(self, idx: NDArray[np.intp]) -> "ObservedTrips":
        """Pick trips by position."""
        return ObservedTrips(
            self.origin_lonlat[idx],
            self.destination_lonlat[idx],
            self.hour_of_week[idx],
            self.duration_s[idx],
            self.is_held_out[idx],
        )

    def order(self) -> NDArray[np.intp]:
        """Give the one order of these trips that does not depend on the order of rows."""
        return np.lexsort(
            (
                self.is_held_out,
                self.duration_s,
                *self.destination_lonlat.T,
                *self.origin_lonlat.T,
                self.hour_of_week,
            )
        )


@dataclass(frozen=True, eq=False)
class RoadUse:
    """
    What roads some trips took, by the quickest routes.

    Attributes
    ----------
    predicted_s : ndarray of float64, shape (n,)
        Travel time; ``inf`` where there is no way.
    length_m : ndarray of float64, shape (n, 16)
        Metres by `RoadClass` on which the speed table decides.
    fixed_s : ndarray of float64, shape (n,)
        Seconds on which it does not: under a posted limit that is lower, and on ferries.
    fixed_m : ndarray of float64, shape (n,)
        Metres driven in those seconds.
    """

    predicted_s: NDArray[np.float64]
    length_m: NDArray[np.float64]
    fixed_s: NDArray[np.float64]
    fixed_m: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlacedTrips:
    """Trips with their places on a network."""

    network: Network
    profile: Profile
    trips: ObservedTrips
    origins: SnappedPoints
    destinations: SnappedPoints


def place(network: Network, trips: ObservedTrips, profile: Profile) -> PlacedTrips:
    """
    Snap the ends of trips.

    Parameters
    ----------
    network : Network
        The roads.
    trips : ObservedTrips
        The trips.
    profile : Profile
        Who drove.

    Returns
    -------
    PlacedTrips
        Trips and their places.
    """
    ends = (
        snap(network, lonlat, profile=profile) for lonlat in (trips.origin_lonlat, trips.destination_lonlat)
    )
    return PlacedTrips(network, profile, trips, *ends)


def road_use(placed: PlacedTrips, speeds: SpeedTable, rows: ArrayLike) -> RoadUse:
    """
    Find the roads that trips took if they took the quickest under a table of speeds.

    Parameters
    ----------
    placed : PlacedTrips
        Trips and their places.
    speeds : SpeedTable
        Speeds by class and hour; a trip uses the hour of its departure.
    rows : array_like of int
        Positions of the trips asked for; the others get ``inf`` and no metres.

    Returns
    -------
    RoadUse
        One row per trip of ``placed``.
    """
    count = len(placed.trips)
    use = RoadUse(np.full(count, np.inf), np.zeros((count, len(RoadClass))), np.zeros(count), np.zeros(count))
    wanted = np.asarray(rows, dtype=np.int64)
    hours = placed.trips.hour_of_week[wanted]
    for hour in np.unique(hours).tolist():
        impedance = weigh(placed.network, Scenario(hour_of_week=hour, profile=placed.profile, speeds=speeds))
        tells = _table_decides(impedance, speeds)
        for row in wanted[hours == hour].tolist():
            drive = find_drive(impedance, placed.origins.take([row]), placed.destinations.take([row]))
            if drive is not None:
                _add_up(use, row, impedance, tells, drive)
    return use


def _table_decides(impedance: Impedance, speeds: SpeedTable) -> NDArray[np.bool_]:
    """Mark the arcs whose time follows from the table and not from a posted limit; ferries never."""
    network, profile = impedance.network, impedance.scenario.profile
    kmh = speeds.speed_kmh[:, impedance.scenario.hour_of_week] * profile.speed_factor
    posted = network.arc_max_speed_kmh
    is_capped = (posted > 0) & (posted < kmh[network.arc_class]) & profile.heeds_posted_limit
    tells: NDArray[np.bool_] = ~is_capped & (network.arc_class != RoadClass.FERRY)
    return tells


def _add_up(use: RoadUse, row: int, impedance: Impedance, tells: NDArray[np.bool_], drive: Drive) -> None:
    """Add the metres and seconds of a drive to its row."""
    network = impedance.network
    parts = np.array([_arc_of(impedance, edge) for edge in drive.part_edge_idx], dtype=np.int64)
    arcs = np.concatenate([drive.arc_idx.astype(np.int64), parts])
    share = np.concatenate([np.ones(len(drive.arc_idx)), np.array(drive.part_share, dtype=np.float64)])
    length = network.arc_length_m[arcs] * share
    time_ms = np.concatenate([impedance.arc_ms[drive.arc_idx], np.array(drive.part_ms, dtype=np.int64)])
    told = tells[arcs]
    use.length_m[row] = np.bincount(
        network.arc_class[arcs[told]], weights=length[told], minlength=len(RoadClass)
    )
    use.fixed_s[row] = time_ms[~told].sum() / 1000
    use.fixed_m[row] = length[~told].sum()
    use.predicted_s[row] = time_ms.sum() / 1000


def _arc_of(impedance: Impedance, edge: int) -> int:
    """Give an open arc along an edge, for its class and limit."""
    arcs = impedance.network.arcs_of_edges([edge])
    return int(arcs[impedance.arc_ms[arcs] >= 0][0])


def first_reasons(placed: PlacedTrips, use: RoadUse) -> list[TripReason]:
    """
    Say of each trip whether it can be used at all.

    Parameters
    ----------
    placed : PlacedTrips
        Trips and their places.
    use : RoadUse
        Their routes.

    Returns
    -------
    list of TripReason
        One per trip; the first that applies, `TripReason.USED` where none does.
    """
    total_m = use.length_m.sum(axis=1) + use.fixed_m
    duration_s = placed.trips.duration_s
    kmh = total_m / duration_s * 3.6
    snapped = np.column_stack([placed.origins.reason, placed.destinations.reason])
    checks = (
        (TripReason.NOT_A_POSITION, (snapped == SnapReason.NOT_A_POSITION).any(axis=1)),
        (TripReason.OFF_ROAD, (snapped == SnapReason.TOO_FAR).any(axis=1)),
        (TripReason.NO_ROUTE, np.isinf(use.predicted_s)),
        (TripReason.TOO_SHORT, (total_m < SHORTEST_M) | (duration_s < SHORTEST_S)),
        (TripReason.TOO_LONG, duration_s > LONGEST_S),
        (TripReason.TOO_FAST, kmh > FASTEST_KMH),
        (TripReason.TOO_SLOW, kmh < SLOWEST_KMH),
    )
    reasons = [TripReason.USED] * len(duration_s)
    for reason, applies in reversed(checks):
        for row in np.flatnonzero(applies).tolist():
            reasons[row] = reason
    return reasons
