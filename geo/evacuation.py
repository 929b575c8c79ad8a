"""Fill shelters by capacity so that people reach them in the least total time, and keep traffic out of an area."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from geo.errors import NetworkError
from geo.network import Network

_FEW = 12
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class ShelterFill:
    """
    Who goes where.

    Attributes
    ----------
    group_idx, shelter_idx : ndarray of int64, shape (f,)
        Positions of groups and shelters, one row per flow.
    people : ndarray of int64, shape (f,)
        How many go, above 0.
    unreached : ndarray of int64, shape (a,)
        People of each group who reach no shelter at all.
    left_over : ndarray of int64, shape (a,)
        People of each group for whom no place is left within reach.
    person_s : float
        Sum of travel times of all who go, person-seconds: no other way of placing as many takes less.
    """

    group_idx: NDArray[np.int64]
    shelter_idx: NDArray[np.int64]
    people: NDArray[np.int64]
    unreached: NDArray[np.int64]
    left_over: NDArray[np.int64]
    person_s: float


def fill_shelters(people: ArrayLike, capacity: ArrayLike, travel_time_s: ArrayLike) -> ShelterFill:
    """
    Place as many people as can be, and among those ways the one of least total travel time.

    Parameters
    ----------
    people : array_like of int, shape (a,)
        People of each group, 0 or more.
    capacity : array_like of int, shape (b,)
        Places of each shelter, 0 or more.
    travel_time_s : array_like of float, shape (a, b)
        Seconds from group to shelter; ``inf`` where there is no way.

    Returns
    -------
    ShelterFill
        Flows, and who is left.

    Raises
    ------
    NetworkError
        When the shapes do not fit or a count is negative.

    Notes
    -----
    The transportation problem (F. L. Hitchcock, J. Math. Phys. 20 (1941), doi:10.1002/sapm1941201224), solved by HiGHS over the
    nearest shelters of each group; others join where their reduced cost says that they help, until none does, so that the answer is
    that of the whole table. Its corners are whole numbers. Who is left over costs more than any detour of all the others.

    Examples
    --------
    >>> found = fill_shelters([30, 20], [25, 100], [[60.0, 300.0], [120.0, 90.0]])
    >>> sorted(zip(found.group_idx.tolist(), found.shelter_idx.tolist(), found.people.tolist()))
    [(0, 0, 25), (0, 1, 5), (1, 1, 20)]
    """
    many, room, times = _checked(people, capacity, travel_time_s)
    reaches = np.isfinite(times).any(axis=1) if times.shape[1] else np.zeros(len(many), np.bool_)
    unreached = np.where(reaches, 0, many)
    groups, shelters = np.flatnonzero(reaches & (many > 0)), np.flatnonzero(room > 0)
    left = np.where(reaches, many, 0)
    if len(groups) == 0 or len(shelters) == 0:
        none = np.zeros(0, np.int64)
        return ShelterFill(none, none, none, unreached, left, 0.0)
    table = times[np.ix_(groups, shelters)]
    flow = _least_time(many[groups], room[shelters], table)
    rows, columns = np.nonzero(flow)
    left[groups] -= flow.sum(axis=1)
    placed = flow[rows, columns]
    return ShelterFill(
        groups[rows], shelters[columns], placed, unreached, left, float((placed * table[rows, columns]).sum())
    )


def arcs_into(network: Network, is_inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """
    List the arcs that lead into an area: closed, nobody drives in, and whoever is inside still gets out.

    Parameters
    ----------
    network : Network
        The roads.
    is_inside : ndarray of bool, shape (n,)
        Which nodes lie in the area.

    Returns
    -------
    ndarray of int64
        Positions of arcs from outside to inside, rising.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    >>> into = arcs_into(network, network.node_lonlat[:, 0] > 114.005)
    >>> network.node_lonlat[network.arc_head[into]].tolist()
    [[114.01, 22.5]]
    """
    return np.flatnonzero(~is_inside[network.arc_tail] & is_inside[network.arc_head])


def _checked(
    people: ArrayLike, capacity: ArrayLike, travel_time_s: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    many, room = np.asarray(people, np.int64), np.asarray(capacity, np.int64)
    times = np.asarray(travel_time_s, np.float64).reshape(len(many), len(room))
    if (many < 0).any() or (room < 0).any() or np.isnan(times).any() or (times < 0).any():
        raise NetworkError("people, places and travel times must be 0 or more")
    return many, room, times


def _least_time(
    people: NDArray[np.int64], capacity: NDArray[np.int64], times: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Solve over few pairs, and take in those that would help until none does."""
    count, width = times.shape
    finite = np.isfinite(times)
    # a detour of everybody else along a chain of groups costs less than one who is left over
    left_cost = (min(count, width) + 1) * (float(times[finite].max()) + 1.0)
    nearest = np.argsort(times, axis=1)[:, :_FEW]
    taken = np.zeros(times.shape, np.bool_)
    np.put_along_axis(taken, nearest, True, axis=1)  # noqa: FBT003 - the value put in
    taken &= finite
    while True:
        rows, columns = np.nonzero(taken)
        cost = np.concatenate([times[rows, columns], np.full(count, left_cost)])
        pairs = np.arange(len(rows))
        goes: Any = coo_array(
            (np.ones(len(cost)), (np.concatenate([rows, np.arange(count)]), np.arange(len(cost)))), shape=(count, len(cost))
        ).tocsr()  # fmt: skip
        fits: Any = coo_array((np.ones(len(rows)), (columns, pairs)), shape=(width, len(cost))).tocsr()
        solved: Any = linprog(cost, A_ub=fits, b_ub=capacity, A_eq=goes, b_eq=people, method="highs-ds")
        group_price, place_price = solved.eqlin.marginals, solved.ineqlin.marginals
        helps = finite & ~taken & (times - group_price[:, None] - place_price[None, :] < -_ROUNDING)
        if not helps.any():
            break
        taken |= helps
    flow = np.zeros(times.shape, np.int64)
    flow[rows, columns] = np.rint(solved.x[: len(rows)]).astype(np.int64)
    return flow
