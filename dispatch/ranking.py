"""Rank rescue stations for one order: the bound one first, then the nearest able ones, and why the others are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dispatch.nearest import TravelTimes, straight_distances_m
from geo.route import Route
from geo.snapping import SnappedPoints, SnapReason

ROUTES_AT_MOST = 10


class PassedOver(StrEnum):
    """Why a station is not among the candidates (未入选原因); the first that applies counts."""

    OUT_OF_SERVICE = "out_of_service"
    """Its registration has ended or not begun."""
    HAS_THIS_ORDER = "has_this_order"
    """It has been notified of this order and has not refused."""
    REFUSED_THIS_ORDER = "refused_this_order"
    """It refused this order, or could not be reached."""
    NOT_NETWORKED = "not_networked"
    """Of another company, and no networked (网格/公共) station."""
    NO_MAINTAINER = "no_maintainer"
    """No maintainer is registered: nobody to send."""
    OFF_DUTY = "off_duty"
    """Not on duty."""
    ALL_CREWS_BUSY = "all_crews_busy"
    """Every crew is on an order."""
    NO_POSITION = "no_position"
    """Has no known position; the bound station may be sent all the same."""
    TOO_FAR_FROM_ROAD = "too_far_from_road"
    """No road within reach of its position; the bound station may be sent all the same."""
    CLOSED_OFF = "closed_off"
    """Cut off by a closure: without it there is a way."""
    UNREACHABLE = "unreachable"
    """No road leads from there to the elevator."""
    PLACE_UNKNOWN = "place_unknown"
    """Nobody knows where the order is, or no road is near: only the bound station can be told."""


_OWN_PLACE = (PassedOver.NO_POSITION, PassedOver.TOO_FAR_FROM_ROAD)


class Caution(StrEnum):
    """What the dispatcher should know of a candidate; it bars nobody."""

    OUT_OF_SCOPE = "out_of_scope"
    """The elevator lies outside the station's declared scope (负责范围)."""
    LATE = "late"
    """Its travel time is more than the arrival limit."""
    LAST_CREW = "last_crew"
    """After this it has no crew left."""
    NO_ARRIVAL_TIME = "no_arrival_time"
    """When it will arrive cannot be told: the order's place or the bound station's is not known, or no road is near."""


class Advice(StrEnum):
    """What the dispatcher should know of the whole ranking."""

    BOUND_TOO_LATE = "bound_too_late"
    """The bound station cannot make the limit and another can."""
    BOUND_WITHOUT_TIME = "bound_without_time"
    """The bound station has no position, or none near a road: when it will arrive cannot be told, and another makes the limit."""
    BOUND_PASSED_OVER = "bound_passed_over"
    """The bound station cannot be sent."""
    NO_BOUND_STATION = "no_bound_station"
    """The elevator is bound to none: level 1 is the company's emergency lead (应急救援负责人)."""
    NO_ELEVATOR = "no_elevator"
    """The elevator is not identified: whose it is and who is bound to it is not known."""
    POSITION_IS_A_GUESS = "position_is_a_guess"
    """Ranked from the best guess by address."""
    NO_PLACE = "no_place"
    """Nobody knows where the order is: the stations cannot be ranked."""
    FAR_FROM_ROAD = "far_from_road"
    """The order is too far from every road: the stations cannot be ranked."""
    NOBODY_IN_TIME = "nobody_in_time"
    """No candidate makes the limit."""
    NOBODY = "nobody"
    """There is no candidate at all."""


@dataclass(frozen=True, eq=False)
class Stations:
    """
    Stations among which to choose, one row each.

    Attributes
    ----------
    code : ndarray of str, shape (s,)
    company : ndarray of str, shape (s,)
        Maintenance company each belongs to.
    is_networked : ndarray of bool, shape (s,)
        Flagged as networked (网格/公共): may be sent for other companies.
    is_on_duty : ndarray of bool, shape (s,)
    is_in_service : ndarray of bool, shape (s,)
    has_maintainer : ndarray of bool, shape (s,)
    crews : ndarray of int, shape (s,)
        Crews it has, 0 or more.
    busy : ndarray of int, shape (s,)
        Crews on orders now.
    scopes : tuple of tuple of str
        Division codes of each station's declared scope, significant digits only; empty: not declared.
    places : SnappedPoints
        Places on the network; NaN for a station without a position.
    """

    code: NDArray[np.str_]
    company: NDArray[np.str_]
    is_networked: NDArray[np.bool_]
    is_on_duty: NDArray[np.bool_]
    is_in_service: NDArray[np.bool_]
    has_maintainer: NDArray[np.bool_]
    crews: NDArray[np.int64]
    busy: NDArray[np.int64]
    scopes: tuple[tuple[str, ...], ...]
    places: SnappedPoints

    def __len__(self) -> int:
        """Count the stations."""
        return len(self.code)


@dataclass(frozen=True, eq=False)
class Call:
    """
    Where help is needed and who answers for the elevator.

    Parameters
    ----------
    place : SnappedPoints or None
        One point on the network; None where the order's place is not known or no road is near.
    bound_code : str or None
        Station the elevator is bound to.
    company : str or None
        Its maintenance company.
    division_code : str
        Where it stands, significant digits or more.
    arrival_limit_s : float
        Notified → arrived, seconds; exactly the limit is in time.
    asked : frozenset of str
        Stations that have this order.
    refused : frozenset of str
        Stations that refused it or were not reached.
    is_guess : bool
        The position is a guess by address.
    has_elevator : bool
        The elevator is identified.
    is_off_road : bool
        Without a `place`: there is a position, but no road near it.
    """

    place: SnappedPoints | None
    bound_code: str | None
    company: str | None
    division_code: str
    arrival_limit_s: float = 1800.0
    asked: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    is_guess: bool = False
    has_elevator: bool = True
    is_off_road: bool = False


@dataclass(frozen=True, eq=False)
class Candidate:
    """
    One station that may be sent.

    Attributes
    ----------
    station_idx : int
    rank : int
        1 first.
    level : int
        1: bound, or of the elevator's own company; 2: networked, of another company.
    is_bound : bool
    travel_time_s : float
        Seconds; ``inf`` where the order's place is not known.
    route : Route or None
        Of the first ten.
    straight_distance_m : float
        Geodesic metres; ``inf`` where the order's place is not known.
    free_crews : int
    cautions : tuple of Caution
    """

    station_idx: int
    rank: int
    level: int
    is_bound: bool
    travel_time_s: float
    route: Route | None
    straight_distance_m: float
    free_crews: int
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, eq=False)
class Ranking:
    """
    The candidates in order, and everyone else with the reason.

    Attributes
    ----------
    candidates : tuple of Candidate
        All that may be sent, best first.
    passed_over : dict of int to PassedOver
        Every other station by position.
    travel_time_s : ndarray of float64, shape (s,)
        Of all stations, also of those passed over; ``inf`` where unreachable or unknown.
    advice : tuple of Advice
    bound_idx : int or None
        Position of the bound station.
    levels : ndarray of int8, shape (s,)
        Level each station would be sent at.
    """

    candidates: tuple[Candidate, ...]
    passed_over: dict[int, PassedOver]
    travel_time_s: NDArray[np.float64]
    advice: tuple[Advice, ...]
    bound_idx: int | None = None
    levels: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))


def rank_stations(
    times: TravelTimes,
    stations: Stations,
    call: Call,
    *,
    without_closures: TravelTimes | None = None,
    routes: int = ROUTES_AT_MOST,
) -> Ranking:
    """
    Rank every station for a call.

    Parameters
    ----------
    times : TravelTimes
        Travel times under the hour and the closures in force.
    stations : Stations
        All of them, s rows.
    call : Call
    without_closures : TravelTimes, optional
        The same hour without closures: tells those whom a closure cuts off.
    routes : int
        How many candidates get their route, 0 or more.

    Returns
    -------
    Ranking
        The bound station first where it may be sent, also when its own position is not known; then everyone able by
        travel time, ties by position. Each station stands in it once, as a candidate or passed over. Without a place the
        bound station alone can be told.

    Notes
    -----
    The manual's rule (S10): the bound station first, then the nearest able one by real travel time, then the next level.
    Out of scope is a warning, not a bar. A station exactly at the limit is in time.

    Examples
    --------
    >>> from dispatch.nearest import Sweeps
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = np.array([[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]])
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))
    >>> two = np.ones(2, bool)
    >>> stations = Stations(
    ...     np.array(["A", "B"]), np.array(["x", "y"]), two, two, two, two, np.array([2, 2]), np.array([0, 2]),
    ...     (("4403",), ()), snap(network, at[:2]),
    ... )
    >>> found = rank_stations(Sweeps(weigh(network)), stations, Call(snap(network, at[2:]), "A", "x", "440304"))
    >>> [(c.station_idx, c.level, c.is_bound) for c in found.candidates], found.passed_over
    ([(0, 1, True)], {1: <PassedOver.ALL_CREWS_BUSY: 'all_crews_busy'>})
    """
    is_own = stations.company == (call.company or "")
    is_bound = stations.code == (call.bound_code or "")
    if call.place is None:
        return _without_a_place(stations, call, is_own, is_bound)
    reached = times.facilities_to_incident(stations.places, call.place)
    travel_time_s = reached.travel_time_s
    found = _reasons(stations, call, is_own | is_bound, travel_time_s, without_closures)
    is_timeless = [bool(is_bound[i]) and reason in _OWN_PLACE for i, reason in enumerate(found)]
    reasons = [None if timeless else reason for timeless, reason in zip(is_timeless, found, strict=True)]
    straight_m = straight_distances_m(stations.places, call.place)
    level = np.where(is_own | is_bound, 1, 2).astype(np.int8)
    order = [*np.flatnonzero(is_timeless).tolist(), *(int(i) for i in reached.ranking if reasons[i] is None)]
    order.sort(key=lambda i: not is_bound[i])
    candidates = tuple(
        Candidate(
            i, rank, int(level[i]), bool(is_bound[i]), float(travel_time_s[i]),
            times.find_route(stations.places.take([i]), call.place) if rank <= routes and not is_timeless[i] else None,
            float(straight_m[i]) if np.isfinite(straight_m[i]) else float("inf"), int(stations.crews[i] - stations.busy[i]),
            (Caution.NO_ARRIVAL_TIME, *_cautions(stations, call, i, 0.0)) if is_timeless[i] else _cautions(stations, call, i, travel_time_s[i]),
        )
        for rank, i in enumerate(order, start=1)
    )  # fmt: skip
    bound = np.flatnonzero(is_bound)
    bound_idx = int(bound[0]) if len(bound) else None
    passed = {i: reason for i, reason in enumerate(reasons) if reason is not None}
    return Ranking(
        candidates, passed, travel_time_s, _advice(candidates, bound_idx, passed, call), bound_idx, level
    )


def can_be_sent(stations: Stations) -> NDArray[np.bool_]:
    """
    Say which stations can be sent at all, whoever needs them and wherever that is.

    Parameters
    ----------
    stations : Stations

    Returns
    -------
    ndarray of bool, shape (s,)
        In service, on duty, with a maintainer and a crew that is free.
    """
    able = stations.is_in_service & stations.is_on_duty & stations.has_maintainer
    return able & (stations.busy < stations.crews)


def _without_a_place(
    stations: Stations, call: Call, is_own: NDArray[np.bool_], is_bound: NDArray[np.bool_]
) -> Ranking:
    """Let the bound station be told though nobody can say how long it needs; everyone else waits for the place."""
    unknown: NDArray[np.float64] = np.full(len(stations), np.inf)
    found = _reasons(stations, call, is_own | is_bound, unknown, None)
    of_travel = (PassedOver.UNREACHABLE, PassedOver.TOO_FAR_FROM_ROAD, PassedOver.NO_POSITION)
    reasons = [
        (None if is_bound[i] else PassedOver.PLACE_UNKNOWN) if reason in of_travel else reason
        for i, reason in enumerate(found)
    ]
    candidates = tuple(
        Candidate(
            i, rank, 1, is_bound=True, travel_time_s=float("inf"), route=None, straight_distance_m=float("inf"),
            free_crews=int(stations.crews[i] - stations.busy[i]),
            cautions=(Caution.NO_ARRIVAL_TIME, *_cautions(stations, call, i, 0.0)),
        )
        for rank, i in enumerate((i for i, reason in enumerate(reasons) if reason is None), start=1)
    )  # fmt: skip
    bound = np.flatnonzero(is_bound)
    bound_idx = int(bound[0]) if len(bound) else None
    passed = {i: reason for i, reason in enumerate(reasons) if reason is not None}
    advice = [a for a in _advice(candidates, bound_idx, passed, call) if a is not Advice.NOBODY_IN_TIME]
    level = np.where(is_own | is_bound, 1, 2).astype(np.int8)
    missing = Advice.FAR_FROM_ROAD if call.is_off_road else Advice.NO_PLACE
    return Ranking(candidates, passed, unknown, (*advice, missing), bound_idx, level)


def _reasons(
    stations: Stations,
    call: Call,
    is_own: NDArray[np.bool_],
    travel_time_s: NDArray[np.float64],
    without_closures: TravelTimes | None,
) -> list[PassedOver | None]:
    """Give per station why it is passed over, None for candidates."""
    order = list(PassedOver)
    code: NDArray[np.int8] = np.full(len(stations), -1, np.int8)
    unreached = np.isinf(travel_time_s)
    snapped = stations.places.reason
    # from the last reason to the first, so that the first one stays
    for reason, applies in (
        (PassedOver.UNREACHABLE, unreached),
        (PassedOver.TOO_FAR_FROM_ROAD, snapped == SnapReason.TOO_FAR),
        (PassedOver.NO_POSITION, snapped == SnapReason.NOT_A_POSITION),
        (PassedOver.ALL_CREWS_BUSY, stations.busy >= stations.crews),
        (PassedOver.OFF_DUTY, ~stations.is_on_duty),
        (PassedOver.NO_MAINTAINER, ~stations.has_maintainer),
        (PassedOver.NOT_NETWORKED, ~(is_own | stations.is_networked)),
        (PassedOver.REFUSED_THIS_ORDER, np.isin(stations.code, sorted(call.refused))),
        (PassedOver.HAS_THIS_ORDER, np.isin(stations.code, sorted(call.asked))),
        (PassedOver.OUT_OF_SERVICE, ~stations.is_in_service),
    ):
        code[applies] = order.index(reason)
    unreachable = np.flatnonzero(code == order.index(PassedOver.UNREACHABLE))
    if len(unreachable) and without_closures is not None and call.place is not None:
        otherwise = without_closures.facilities_to_incident(stations.places.take(unreachable), call.place)
        code[unreachable[np.isfinite(otherwise.travel_time_s)]] = order.index(PassedOver.CLOSED_OFF)
    return [None if c < 0 else order[c] for c in code.tolist()]


def _cautions(stations: Stations, call: Call, i: int, travel_time_s: float) -> tuple[Caution, ...]:
    found = []
    scope = stations.scopes[i]
    if scope and not any(call.division_code.startswith(part) for part in scope):
        found.append(Caution.OUT_OF_SCOPE)
    if travel_time_s > call.arrival_limit_s:
        found.append(Caution.LATE)
    if stations.crews[i] - stations.busy[i] == 1:
        found.append(Caution.LAST_CREW)
    return tuple(found)


def _advice(
    candidates: Sequence[Candidate], bound_idx: int | None, passed: dict[int, PassedOver], call: Call
) -> tuple[Advice, ...]:
    found = []
    in_time = [c for c in candidates if c.travel_time_s <= call.arrival_limit_s]
    bound = next((c for c in candidates if c.is_bound), None)
    if bound_idx is None:
        found.append(Advice.NO_BOUND_STATION if call.has_elevator else Advice.NO_ELEVATOR)
    elif bound is None and passed[bound_idx] is not PassedOver.HAS_THIS_ORDER:
        found.append(Advice.BOUND_PASSED_OVER)
    elif bound is not None and bound.travel_time_s > call.arrival_limit_s and in_time:
        is_timeless = Caution.NO_ARRIVAL_TIME in bound.cautions
        found.append(Advice.BOUND_WITHOUT_TIME if is_timeless else Advice.BOUND_TOO_LATE)
    if call.is_guess:
        found.append(Advice.POSITION_IS_A_GUESS)
    if not candidates:
        found.append(Advice.NOBODY)
    elif not in_time:
        found.append(Advice.NOBODY_IN_TIME)
    return tuple(found)
