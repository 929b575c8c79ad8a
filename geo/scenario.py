"""Describe the circumstances of a question (hour, profile, closures, facilities) and weigh the network under them."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import NetworkError
from geo.network import Network
from geo.weights import CAR, CLOSED_MS, HOURS_OF_WEEK, Profile, SpeedTable, arc_weights_ms

_BUCKET_SHIFT = 13
"""Buckets of 2**13 ms, about 8 s; any width gives the same answers."""
_BUCKETS_AT_MOST = 1 << 16


@dataclass(frozen=True)
class Scenario:
    """
    The circumstances a travel-time question is asked under (情景). A value: equal scenarios give equal answers.

    Parameters
    ----------
    hour_of_week : int
        0 to 167, local time, 0 being Monday 00:00 to 01:00.
    profile : Profile
        Who drives.
    closed_areas : tuple of shapely geometries
        Areas in EPSG:4326; every edge that touches one is closed in both directions.
    closed_edges : frozenset of int
        Positions of edges that are closed in both directions.
    closed_arcs : frozenset of int
        Positions of arcs that are closed, for one direction alone.
    facilities_out : frozenset of int
        Positions of facilities that are out of service.
    facilities_added : tuple of (float, float)
        Longitude and latitude of facilities that are tried out; they are numbered after the given ones.
    speeds : SpeedTable, optional
        By default the default table.

    Raises
    ------
    NetworkError
        When the hour lies outside the week or an area is invalid.

    Examples
    --------
    >>> Scenario(hour_of_week=18).hour_of_week
    18
    """

    hour_of_week: int = 3
    profile: Profile = CAR
    closed_areas: tuple[BaseGeometry, ...] = ()
    closed_edges: frozenset[int] = frozenset()
    closed_arcs: frozenset[int] = frozenset()
    facilities_out: frozenset[int] = frozenset()
    facilities_added: tuple[tuple[float, float], ...] = ()
    speeds: SpeedTable | None = field(default=None)

    def __post_init__(self) -> None:
        if not 0 <= self.hour_of_week < HOURS_OF_WEEK:
            raise NetworkError(
                f"hour of the week {self.hour_of_week!r}: expected a whole number from 0 to 167"
            )
        for area in self.closed_areas:
            if not area.is_valid:
                raise NetworkError(f"a closed area is invalid: {shapely.is_valid_reason(area)}")


@dataclass(frozen=True, eq=False)
class Impedance:
    """
    A network weighed under a scenario: what every engine reads, so that all of them agree.

    Attributes
    ----------
    network : Network
        The roads.
    scenario : Scenario
        The circumstances.
    arc_ms : ndarray of int32, shape (m,)
        Travel time per arc in whole milliseconds; -1 where an arc is absent.
    closed_edges : ndarray of int32
        Edges closed by the scenario, ascending.
    """

    network: Network
    scenario: Scenario
    arc_ms: NDArray[np.int32]
    closed_edges: NDArray[np.int32]

    @cached_property
    def out_arcs(self) -> NDArray[np.int32]:
        """Head and weight of each arc side by side, shape (m, 2), in forward order."""
        pairs = np.empty((len(self.arc_ms), 2), np.int32)
        pairs[:, 0] = self.network.arc_head
        pairs[:, 1] = self.arc_ms
        return pairs

    @cached_property
    def in_arcs(self) -> NDArray[np.int32]:
        """Tail and weight of each arc side by side, shape (m, 2), in reverse order."""
        pairs = np.empty((len(self.arc_ms), 2), np.int32)
        np.take(self.network.arc_tail, self.network.in_arc, out=pairs[:, 0])
        np.take(self.arc_ms, self.network.in_arc, out=pairs[:, 1])
        return pairs

    @cached_property
    def longest_arc_ms(self) -> int:
        """Longest arc that is open, at least 1."""
        return max(int(self.arc_ms.max(initial=1)), 1)

    @property
    def bucket_shift(self) -> int:
        """Width of a bucket of the queue, as a power of two of milliseconds."""
        shift = _BUCKET_SHIFT
        while (self.longest_arc_ms >> shift) + 2 > _BUCKETS_AT_MOST:
            shift += 1
        return shift

    @property
    def bucket_count(self) -> int:
        """Number of buckets: a power of two beyond the longest open arc."""
        return 1 << int((self.longest_arc_ms >> self.bucket_shift) + 1).bit_length()


def weigh(network: Network, scenario: Scenario | None = None) -> Impedance:
    """
    Weigh a network under a scenario.

    Parameters
    ----------
    network : Network
        The roads.
    scenario : Scenario, optional
        By default a car in the free-flowing night.

    Returns
    -------
    Impedance
        Weights and what is closed.

    Raises
    ------
    NetworkError
        When the scenario names an edge or arc that the network does not have.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> lonlat = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], lonlat, straight_edges([1, 2, 3], lonlat, [[1, 2], [2, 3]]))
    >>> block = shapely.box(114.012, 22.49, 114.013, 22.51)
    >>> (weigh(network, Scenario(closed_areas=(block,))).arc_ms == CLOSED_MS).sum()
    np.int64(2)
    """
    case = Scenario() if scenario is None else scenario
    weights = arc_weights_ms(
        network, hour_of_week=case.hour_of_week, profile=case.profile, speeds=case.speeds
    )
    edges = closed_edges_of(network, case)
    weights[network.arcs_of_edges(edges)] = CLOSED_MS
    if case.closed_arcs:
        weights[_within(case.closed_arcs, network.arc_count, "arc")] = CLOSED_MS
    weights.setflags(write=False)
    return Impedance(network, case, weights, edges)


def closed_edges_of(network: Network, scenario: Scenario) -> NDArray[np.int32]:
    """
    List the edges a scenario closes in both directions.

    Parameters
    ----------
    network : Network
        The roads.
    scenario : Scenario
        The circumstances.

    Returns
    -------
    ndarray of int32
        Edges in ascending order.

    Raises
    ------
    NetworkError
        When the scenario names an edge that is not there.
    """
    parts = [network.edges_in_area(area) for area in scenario.closed_areas]
    if scenario.closed_edges:
        parts.append(_within(scenario.closed_edges, network.edge_count, "edge"))
    return np.unique(np.concatenate(parts)).astype(np.int32) if parts else np.zeros(0, np.int32)


def _within(positions: frozenset[int], count: int, noun: str) -> NDArray[np.int32]:
    """Check positions against a count."""
    wanted = np.array(sorted(positions), dtype=np.int64)
    if wanted[0] < 0 or wanted[-1] >= count:
        bad = wanted[0] if wanted[0] < 0 else wanted[-1]
        raise NetworkError(
            f"{noun} {bad} is closed by the scenario, but the network has {noun}s 0 to {count - 1}"
        )
    return wanted.astype(np.int32)
