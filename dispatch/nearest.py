"""Rank facilities around an incident by travel time, and say of everyone left out why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from dispatch.errors import OffRoadError, QuestionError
from geo.closest_facility import FacilityTimes, facilities_to_incident
from geo.network import Network
from geo.route import Route, find_route
from geo.scenario import Impedance
from geo.snapping import DEFAULT_REACH_M, SnappedPoints, SnapReason, snap
from geo.weights import CAR, Profile

_GEOD = Geod(ellps="GRS80")
_SEARCHED_M = 20_000.0
MOST_CANDIDATES = 100


class LeftOut(StrEnum):
    """Why a facility is not among the candidates (未入选原因); the first that applies counts."""

    WRONG_KIND = "wrong_kind"
    """Another kind of facility."""
    WRONG_DIVISION = "wrong_division"
    """Lies outside the division asked for."""
    OFF_DUTY = "off_duty"
    """Not on duty."""
    NO_POSITION = "no_position"
    """Has no known position."""
    TOO_FAR_FROM_ROAD = "too_far_from_road"
    """No road within reach of its position."""
    CLOSED_OFF = "closed_off"
    """Cut off by a closure: without it there is a way."""
    UNREACHABLE = "unreachable"
    """No road leads from there to the incident."""
    BEYOND_LIMIT = "beyond_limit"
    """Gets there, but not within the time asked for."""
    FURTHER_AWAY = "further_away"
    """Gets there, but others get there sooner."""


@dataclass(frozen=True, eq=False)
class Facilities:
    """
    Facilities among which to choose, one row each.

    Attributes
    ----------
    kind : ndarray of str, shape (f,)
        Kinds.
    division_code : ndarray of str, shape (f,)
        Where they lie.
    is_off_duty : ndarray of bool, shape (f,)
        True where a facility is known to be off duty.
    places : SnappedPoints
        Places on the network, f of them; a facility without a position has NaN for its coordinates.
    """

    kind: NDArray[np.str_]
    division_code: NDArray[np.str_]
    is_off_duty: NDArray[np.bool_]
    places: SnappedPoints

    def __len__(self) -> int:
        """Count the facilities."""
        return len(self.places)


@dataclass(frozen=True)
class Wish:
    """
    What is asked for.

    Parameters
    ----------
    k : int
        How many candidates, 1 to 100.
    kind : str, optional
        Kind of facility; any by default.
    divisions : (str, str), optional
        Half-open range of division codes a candidate must lie in.
    only_on_duty : bool
        Leave out those off duty.
    limit_s : float, optional
        Largest travel time in seconds, inclusive; above 0.

    Raises
    ------
    QuestionError
        When ``k`` or the limit is impossible.

    Examples
    --------
    >>> Wish(k=3).kind is None
    True
    """

    k: int = 5
    kind: str | None = None
    divisions: tuple[str, str] | None = None
    only_on_duty: bool = False
    limit_s: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MOST_CANDIDATES:
            raise QuestionError(
                f"k 应为 1–{MOST_CANDIDATES} 的整数，收到 {self.k}。 Expected k from 1 to {MOST_CANDIDATES}, got {self.k}."
            )
        if self.limit_s is not None and not 0 < self.limit_s < np.inf:
            raise QuestionError(
                f"时限应大于 0，收到 {self.limit_s / 60:g} 分钟。 A time limit above 0 was expected, got {self.limit_s / 60:g} minutes."
            )


class TravelTimes(Protocol):
    """Whatever answers rankings and routes under one scenario, to the millisecond alike."""

    def facilities_to_incident(
        self, facilities: SnappedPoints, incident: SnappedPoints, *, limit_s: float | None = None
    ) -> FacilityTimes:
        """Give the travel time of every facility to the incident."""
        ...

    def find_route(self, origin: SnappedPoints, destination: SnappedPoints) -> Route:
        """Give the quickest route."""
        ...


@dataclass(frozen=True, eq=False)
class Sweeps:
    """
    Travel times by plain sweeps: needs no preparation.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    """

    impedance: Impedance

    def facilities_to_incident(
        self, facilities: SnappedPoints, incident: SnappedPoints, *, limit_s: float | None = None
    ) -> FacilityTimes:
        """Give the travel time of every facility to the incident, as `geo.closest_facility` does."""
        return facilities_to_incident(self.impedance, facilities, incident, limit_s=limit_s)

    def find_route(self, origin: SnappedPoints, destination: SnappedPoints) -> Route:
        """Give the quickest route, as `geo.route` does."""
        return find_route(self.impedance, origin, destination)


@dataclass(frozen=True, eq=False)
class Candidate:
    """
    One facility that may be sent.

    Attributes
    ----------
    facility_idx : int
        Position among the facilities.
    rank : int
        1 is the quickest; of equally quick ones the lower position comes first.
    travel_time_s : float
        Seconds from the facility to the incident.
    route : Route
        The way it takes.
    straight_distance_m : float
        Geodesic distance in metres.
    straight_rank : int
        Its rank by that distance among all that are asked for and have a position.
    """

    facility_idx: int
    rank: int
    travel_time_s: float
    route: Route
    straight_distance_m: float
    straight_rank: int


@dataclass(frozen=True, eq=False)
class Nearest:
    """
    The candidates, and everyone else by reason.

    Attributes
    ----------
    incident : SnappedPoints
        The incident's place on the network.
    candidates : tuple of Candidate
        Quickest first; none is an answer.
    left_out : dict of LeftOut to ndarray of int
        Positions of the facilities left out, by reason; with the candidates they are all facilities, each once.
    """

    incident: SnappedPoints
    candidates: tuple[Candidate, ...]
    left_out: dict[LeftOut, NDArray[np.int64]] = field(default_factory=dict)


def place_on_road(
    network: Network, lon: float, lat: float, *, profile: Profile = CAR, reach_m: float = DEFAULT_REACH_M
) -> SnappedPoints:
    """
    Snap one position to the roads.

    Parameters
    ----------
    network : Network
        The roads.
    lon, lat : float
        Degrees, EPSG:4326.
    profile : Profile
        Who drives.
    reach_m : float
        Largest distance from a road in metres, inclusive; above 0.

    Returns
    -------
    SnappedPoints
        One point, on an edge.

    Raises
    ------
    OffRoadError
        When no road is near enough: it says how far the nearest one is.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    >>> place_on_road(network, 114.005, 22.501).distance_m.round().tolist()
    [111.0]
    >>> place_on_road(network, 114.005, 22.55)
    Traceback (most recent call last):
    dispatch.errors.OffRoadError: 位置 114.005000,22.550000 离最近的道路约 5,537 米，超过 500 米...
    """
    point = snap(network, [[lon, lat]], reach_m=reach_m, profile=profile)
    if point.reason[0] != SnapReason.SNAPPED:
        wider = snap(network, [[lon, lat]], reach_m=_SEARCHED_M, profile=profile)
        found = float(wider.distance_m[0])
        raise OffRoadError(lon, lat, reach_m=reach_m, distance_m=found if np.isfinite(found) else None)
    return point


def find_nearest(
    times: TravelTimes,
    facilities: Facilities,
    incident: SnappedPoints,
    wish: Wish,
    *,
    without_closures: TravelTimes | None = None,
) -> Nearest:
    """
    Find who gets to an incident soonest, and why the others are not named.

    Parameters
    ----------
    times : TravelTimes
        Travel times under the scenario.
    facilities : Facilities
        Among whom to choose, f of them.
    incident : SnappedPoints
        Where help is needed: one point on the network.
    wish : Wish
        What is asked for.
    without_closures : TravelTimes, optional
        The same scenario without its closures: tells those whom a closure cuts off from those who never get there.

    Returns
    -------
    Nearest
        Candidates in the order of travel time, ties by position; the others by reason.

    Raises
    ------
    NetworkError
        When ``incident`` is not one point.

    Notes
    -----
    A facility exactly at the limit is within it. Nobody eligible and nobody who gets there are answers, not errors.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> at = np.array([[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]])
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))
    >>> stations = Facilities(
    ...     np.array(["station", "station"]), np.array(["440304", "440304"]), np.array([True, False]), snap(network, at[:2])
    ... )
    >>> found = find_nearest(Sweeps(weigh(network)), stations, snap(network, at[2:]), Wish(only_on_duty=True))
    >>> [c.facility_idx for c in found.candidates], {k.value: v.tolist() for k, v in found.left_out.items()}
    ([1], {'off_duty': [0]})
    """
    code = _set_aside(facilities, wish)
    asked = np.flatnonzero((code == _NONE) | (code == _CODE[LeftOut.TOO_FAR_FROM_ROAD]))
    eligible = np.flatnonzero(code == _NONE)
    found = times.facilities_to_incident(facilities.places, incident)
    travel_time_s = found.travel_time_s
    _explain_unreached(code, eligible, travel_time_s, facilities, incident, without_closures)
    straight_m = straight_distances_m(facilities.places, incident)
    straight_rank = _ranks(straight_m, asked)
    ranking = found.ranking[code[found.ranking] == _NONE]
    in_time = len(ranking)
    if wish.limit_s is not None:
        in_time = int(np.searchsorted(travel_time_s[ranking], wish.limit_s, side="right"))
    named = min(wish.k, in_time)
    code[ranking[named:in_time]] = _CODE[LeftOut.FURTHER_AWAY]
    code[ranking[in_time:]] = _CODE[LeftOut.BEYOND_LIMIT]
    candidates = tuple(
        Candidate(
            position, rank, float(travel_time_s[position]),
            times.find_route(facilities.places.take([position]), incident),
            float(straight_m[position]), int(straight_rank[position]),
        )
        for rank, position in enumerate(ranking[:named].tolist(), start=1)
    )  # fmt: skip
    groups = {reason: np.flatnonzero(code == number) for reason, number in _CODE.items()}
    return Nearest(incident, candidates, {r: rows for r, rows in groups.items() if len(rows)})


def straight_distances_m(places: SnappedPoints, incident: SnappedPoints) -> NDArray[np.float64]:
    """
    Measure geodesic distances from places as given to an incident as given.

    Parameters
    ----------
    places : SnappedPoints
        p of them.
    incident : SnappedPoints
        One point.

    Returns
    -------
    ndarray of float64, shape (p,)
        Metres on GRS80; ``inf`` for a place without a position.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = np.array([[114.0, 22.5], [114.01, 22.5]])
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    >>> straight_distances_m(snap(network, at), snap(network, at[1:])).round().tolist()
    [1029.0, 0.0]
    """
    distance_m = np.full(len(places), np.inf)
    rows = np.flatnonzero(places.reason != SnapReason.NOT_A_POSITION)
    lon, lat = incident.lonlat[0]
    if len(rows):
        at = places.lonlat[rows]
        _, _, distance_m[rows] = _GEOD.inv(
            at[:, 0], at[:, 1], np.full(len(rows), lon), np.full(len(rows), lat)
        )
    return distance_m


_NONE = -1
_CODE = {reason: number for number, reason in enumerate(LeftOut)}
"""Reasons as small numbers, so that a thousand facilities are told apart at once."""


def _set_aside(facilities: Facilities, wish: Wish) -> NDArray[np.int8]:
    """Give per facility the number of the reason why it does not come into question, -1 where it does."""
    code: NDArray[np.int8] = np.full(len(facilities), _NONE, np.int8)
    snapped = facilities.places.reason
    # from the last reason to the first, so that the first one stays
    code[snapped == SnapReason.TOO_FAR] = _CODE[LeftOut.TOO_FAR_FROM_ROAD]
    code[snapped == SnapReason.NOT_A_POSITION] = _CODE[LeftOut.NO_POSITION]
    if wish.only_on_duty:
        code[facilities.is_off_duty] = _CODE[LeftOut.OFF_DUTY]
    if wish.divisions is not None:
        low, high = wish.divisions
        outside = (facilities.division_code < low) | (facilities.division_code >= high)
        code[outside] = _CODE[LeftOut.WRONG_DIVISION]
    if wish.kind is not None:
        code[facilities.kind != wish.kind] = _CODE[LeftOut.WRONG_KIND]
    return code


def _explain_unreached(
    code: NDArray[np.int8],
    eligible: NDArray[np.int64],
    travel_time_s: NDArray[np.float64],
    facilities: Facilities,
    incident: SnappedPoints,
    without_closures: TravelTimes | None,
) -> None:
    """Write the reason of those who do not get there."""
    unreached = eligible[np.isinf(travel_time_s[eligible])]
    if len(unreached) == 0:
        return
    code[unreached] = _CODE[LeftOut.UNREACHABLE]
    if without_closures is not None:
        otherwise = without_closures.facilities_to_incident(facilities.places.take(unreached), incident)
        code[unreached[np.isfinite(otherwise.travel_time_s)]] = _CODE[LeftOut.CLOSED_OFF]


def _ranks(distance_m: NDArray[np.float64], rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank the given rows by distance, 1 first, ties by position; 0 elsewhere."""
    ranks = np.zeros(len(distance_m), np.int64)
    wanted = np.asarray(rows, dtype=np.int64)
    order = wanted[np.argsort(distance_m[wanted], kind="stable")]
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
