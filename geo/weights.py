"""Turn a network, an hour of the week and a profile into travel times per arc."""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from geo.errors import NetworkError
from geo.network import Network
from geo.road_class import Access, RoadClass

HOURS_OF_WEEK = 168
CLOSED_MS = -1
"""Weight of an arc that is not there: closed, or not open to the profile. Kernels skip it."""
LONGEST_ARC_MS = 2**30
"""Arcs that would take longer (12 days) are refused: sums must stay within 32 bits."""


@dataclass(frozen=True)
class Profile:
    """
    Say how a group of vehicles uses the roads (通行方式).

    Parameters
    ----------
    name : str
        Key, such as "car".
    access : Access
        The bit an arc must carry.
    speed_factor : float
        Multiplies the speed of the table, 0.1 to 3.
    heeds_posted_limit : bool
        Whether the posted limit caps the speed.
    """

    name: str
    access: Access
    speed_factor: float = 1.0
    heeds_posted_limit: bool = True

    def __post_init__(self) -> None:
        if not 0.1 <= self.speed_factor <= 3:
            raise NetworkError(
                f"speed factor {self.speed_factor} of profile {self.name!r}: expected 0.1 to 3"
            )


CAR = Profile("car", Access.CAR)
"""An ordinary car: keeps posted limits, turn restrictions and private roads."""
EMERGENCY = Profile("emergency", Access.EMERGENCY, speed_factor=1.15, heeds_posted_limit=False)
"""A rescue vehicle on call: 15 % faster than the table, no posted limit, may make restricted turns and
enter private and closed-to-traffic roads; one-way streets bind it too. A default, to be fitted to the city's own runs."""
PROFILES = {profile.name: profile for profile in (CAR, EMERGENCY)}


@dataclass(frozen=True, eq=False)
class SpeedTable:
    """
    Speeds by road class and hour of the week.

    Parameters
    ----------
    speed_kmh : ndarray of float, shape (16, 168)
        Row `RoadClass`, column hour of the week, 0 being Monday 00:00 to 01:00 local time; each 1 to 200.
    name : str
        Where the speeds come from.

    Raises
    ------
    NetworkError
        When the shape is wrong or a speed lies outside 1 to 200 km/h.
    """

    speed_kmh: NDArray[np.float64]
    name: str

    def __post_init__(self) -> None:
        table = np.asarray(self.speed_kmh, dtype=np.float64)
        if table.shape != (len(RoadClass), HOURS_OF_WEEK):
            raise NetworkError(
                f"speed table has shape {table.shape}: expected ({len(RoadClass)}, {HOURS_OF_WEEK})"
            )
        bad = ~((table >= 1) & (table <= 200))
        if bad.any():
            row, hour = (int(v) for v in np.argwhere(bad)[0])
            raise NetworkError(
                f"speed of {RoadClass(row).name.lower()} at hour {hour} is {table[row, hour]:g} km/h: expected 1 to 200"
            )


# Free-flow speeds in km/h: typical posted limits of Chinese cities (CJJ 37-2012, 3.2.1, design speeds by class) less delay at signals.
_FREE_KMH = {
    RoadClass.MOTORWAY: 90,
    RoadClass.TRUNK: 62,
    RoadClass.PRIMARY: 44,
    RoadClass.SECONDARY: 37,
    RoadClass.TERTIARY: 31,
    RoadClass.UNCLASSIFIED: 27,
    RoadClass.RESIDENTIAL: 22,
    RoadClass.LIVING_STREET: 12,
    RoadClass.SERVICE: 14,
    RoadClass.MOTORWAY_LINK: 50,
    RoadClass.TRUNK_LINK: 42,
    RoadClass.PRIMARY_LINK: 34,
    RoadClass.SECONDARY_LINK: 30,
    RoadClass.TERTIARY_LINK: 26,
    RoadClass.TRACK: 12,
    RoadClass.FERRY: 10,
}
# Share of the free-flow speed by hour of the day, main roads; side streets lose half as much.
_WEEKDAY = (
    *(1, 1, 1, 1, 1, 1, 0.92, 0.66, 0.56, 0.70, 0.78, 0.80),
    *(0.80, 0.80, 0.78, 0.76, 0.70, 0.58, 0.54, 0.66, 0.80, 0.88, 0.94, 0.98),
)
_WEEKEND = (
    *(1, 1, 1, 1, 1, 1, 1, 0.95, 0.90, 0.85, 0.80, 0.78),
    *(0.78, 0.78, 0.77, 0.75, 0.72, 0.70, 0.70, 0.74, 0.80, 0.86, 0.92, 0.96),
)
_SIDE_STREETS = (
    RoadClass.UNCLASSIFIED,
    RoadClass.RESIDENTIAL,
    RoadClass.LIVING_STREET,
    RoadClass.SERVICE,
    RoadClass.TRACK,
)


@lru_cache(maxsize=1)
def default_speed_table() -> SpeedTable:
    """
    Give speeds to start from where a city has none of its own.

    Returns
    -------
    SpeedTable
        Free-flow speed per class times the share left at each hour.

    Notes
    -----
    Free-flow speeds follow the design speeds of CJJ 37-2012 (城市道路工程设计规范) less the delay at
    signals; the daily course is that of a large Chinese city with two peaks. Both are plausible, neither is measured:
    replace them by fitted speeds as soon as there are arrivals to fit.

    Examples
    --------
    >>> table = default_speed_table()
    >>> float(table.speed_kmh[RoadClass.PRIMARY, 3]), float(table.speed_kmh[RoadClass.PRIMARY, 18].round(1))
    (44.0, 23.8)
    """
    share = np.array(_WEEKDAY * 5 + _WEEKEND * 2)
    table = np.array([_FREE_KMH[c] for c in RoadClass])[:, None] * np.broadcast_to(
        share, (len(RoadClass), HOURS_OF_WEEK)
    )
    for road_class in _SIDE_STREETS:
        table[road_class] = _FREE_KMH[road_class] * (1 + share) / 2
    table[RoadClass.FERRY] = _FREE_KMH[RoadClass.FERRY]
    table.setflags(write=False)
    return SpeedTable(table, "default")


def speed_table_from_days(weekday_kmh: ArrayLike, weekend_kmh: ArrayLike, *, name: str) -> SpeedTable:
    """
    Make a speed table from one working day and one day of the weekend.

    Parameters
    ----------
    weekday_kmh, weekend_kmh : array_like, shape (16, 24)
        Speeds in km/h by `RoadClass` and hour of the day, 1 to 200.
    name : str
        Where the speeds come from.

    Returns
    -------
    SpeedTable
        Monday to Friday as the first, Saturday and Sunday as the second.

    Raises
    ------
    NetworkError
        When a shape is wrong or a speed lies outside 1 to 200 km/h.

    Examples
    --------
    >>> speed_table_from_days(np.full((16, 24), 40), np.full((16, 24), 50), name="even").speed_kmh[0, [0, 120]].tolist()
    [40.0, 50.0]
    """
    days = [np.asarray(values, dtype=np.float64) for values in (weekday_kmh, weekend_kmh)]
    for day in days:
        if day.shape != (len(RoadClass), 24):
            raise NetworkError(f"speeds of a day have shape {day.shape}: expected ({len(RoadClass)}, 24)")
    return SpeedTable(np.hstack([days[0]] * 5 + [days[1]] * 2), name)


def arc_weights_ms(
    network: Network, *, hour_of_week: int = 0, profile: Profile = CAR, speeds: SpeedTable | None = None
) -> NDArray[np.int32]:
    """
    Compute the travel time of every arc at an hour of the week.

    Parameters
    ----------
    network : Network
        The roads.
    hour_of_week : int
        0 to 167; 0 is Monday 00:00 to 01:00 local time. A trip uses the hour of its departure throughout.
    profile : Profile
        Who drives.
    speeds : SpeedTable, optional
        By default `default_speed_table`.

    Returns
    -------
    ndarray of int32, shape (m,)
        Whole milliseconds, at least 1; ``CLOSED_MS`` (-1) where the profile may not drive.

    Raises
    ------
    NetworkError
        When the hour lies outside the week, or an arc would take longer than 12 days.

    Notes
    -----
    speed = table(class, hour) x profile factor, not above the posted limit if the profile heeds it. On ferries the posted figure,
    if any, is the crossing speed and holds for everyone. Turns restricted by the clock are absent at their hours, but for the
    emergency profile, which heeds no turn restrictions.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> lonlat = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], lonlat, straight_edges([1, 2], lonlat, [[1, 2]], length_m=[1000]))
    >>> arc_weights_ms(network, hour_of_week=3).tolist()  # 1 km at 22 km/h
    [163636, 163636]
    """
    if not (isinstance(hour_of_week, int | np.integer) and 0 <= hour_of_week < HOURS_OF_WEEK):
        raise NetworkError(f"hour of the week {hour_of_week!r}: expected a whole number from 0 to 167")
    table = default_speed_table() if speeds is None else speeds
    factor = np.full(len(RoadClass), profile.speed_factor)
    factor[RoadClass.FERRY] = 1.0
    ms_per_m = 3600.0 / (np.asarray(table.speed_kmh)[:, hour_of_week] * factor)
    weights = np.empty(network.arc_count, np.int32)
    longest = _weigh(
        network.arc_length_m,
        network.arc_class,
        network.arc_access,
        network.arc_max_speed_kmh,
        ms_per_m,
        int(profile.access),
        profile.heeds_posted_limit,
        weights,
    )
    if longest > LONGEST_ARC_MS:
        raise NetworkError(
            f"an arc would take {longest / 1000:.0f} s: longer than any road; check the lengths"
        )
    if profile.access & Access.CAR and len(network.timed_arc):
        weights[network.timed_arc[network.timed_barred[:, hour_of_week]]] = CLOSED_MS
    return weights


@njit(cache=True, nogil=True)
def _weigh(length, road_class, access, posted, ms_per_m, bit, heeds, weights):
    """Fill the weights; give the longest before rounding."""
    longest = 0.0
    ferry = len(ms_per_m) - 1
    for i in range(len(length)):
        if access[i] & bit == 0:
            weights[i] = -1
            continue
        pace = ms_per_m[road_class[i]]
        limit = posted[i]
        if limit > 0 and (road_class[i] == ferry or (heeds and 3600.0 / limit > pace)):
            pace = 3600.0 / limit
        time = length[i] * pace
        longest = max(longest, time)
        weights[i] = max(int(time + 0.5), 1) if time < 2e9 else 2_000_000_000
    return longest
