"""Give exact answers of queueing theory, which simulations of dispatch must meet: Erlang B and C, and the hypercube."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import QuestionError

MOST_UNITS = 12


@dataclass(frozen=True, eq=False)
class Hypercube:
    """
    Units and the calls they serve, in the long run.

    Attributes
    ----------
    busy_share : ndarray of float64, shape (units,)
    lost_share : float
        Share of the calls that find every unit busy.
    served_share : ndarray of float64, shape (districts, units)
        Share of all calls that come from a district and are served by a unit; with the lost share they add up to 1.
    """

    busy_share: NDArray[np.float64]
    lost_share: float
    served_share: NDArray[np.float64]


def erlang_b(servers: int, load: float) -> float:
    """
    Give the share of calls lost where nobody waits.

    Parameters
    ----------
    servers : int
        1 or more.
    load : float
        Arrival rate ÷ service rate, erlang, 0 or more.

    Returns
    -------
    float

    Raises
    ------
    QuestionError
        When a number is impossible.

    Notes
    -----
    Erlang (1917), by the recursion B(0) = 1, B(s) = a B(s−1) ÷ (s + a B(s−1)).

    Examples
    --------
    >>> round(erlang_b(3, 1.5), 6), round(erlang_b(10, 10), 6)
    (0.134328, 0.214582)
    """
    _check(servers, load)
    lost = 1.0
    for number in range(1, servers + 1):
        lost = load * lost / (number + load * lost)
    return lost


def erlang_c(servers: int, load: float) -> float:
    """
    Give the share of calls that wait, where all wait for their turn.

    Parameters
    ----------
    servers : int
        1 or more.
    load : float
        Arrival rate ÷ service rate, erlang, 0 or more and below the number of servers.

    Returns
    -------
    float

    Raises
    ------
    QuestionError
        When a number is impossible, or the queue would grow without end.

    Examples
    --------
    >>> round(erlang_c(5, 3), 6), round(erlang_c(1, 0.5), 6)
    (0.236152, 0.5)
    """
    _check(servers, load)
    if load >= servers:
        raise QuestionError(
            f"负荷 {load:g} 不小于班组数 {servers}，队列会无限增长。 A load of {load:g} on {servers} servers grows without end."
        )
    lost = erlang_b(servers, load)
    return servers * lost / (servers - load * (1 - lost))


def mean_wait(servers: int, load: float) -> float:
    """
    Give the mean wait of all calls, in mean service times.

    Parameters
    ----------
    servers, load
        As for `erlang_c`.

    Returns
    -------
    float

    Raises
    ------
    QuestionError
        As for `erlang_c`.

    Examples
    --------
    >>> round(mean_wait(5, 3), 6)
    0.118076
    """
    return erlang_c(servers, load) / (servers - load)


def hypercube(arrival_rate: Sequence[float], preference: Sequence[Sequence[int]], *, service_rate: float = 1.0) -> Hypercube:  # fmt: skip
    """
    Solve Larson's hypercube model exactly: every call takes the first free unit of its district's list, or is lost.

    Parameters
    ----------
    arrival_rate : sequence of float
        Calls per unit of time by district, above 0 in all.
    preference : sequence of sequences of int
        Units by district, the first choice first; a unit that is not in a list is never sent there.
    service_rate : float
        Of every unit, above 0.

    Returns
    -------
    Hypercube

    Raises
    ------
    QuestionError
        When there are more than 12 units, or a number is impossible.

    Notes
    -----
    Larson, R. C. (1974), A hypercube queuing model for facility location and redistricting in urban emergency services, Computers &
    Operations Research 1, 67–95, doi:10.1016/0305-0548(74)90076-8: the balance equations of 2^N states of busy and free units.
    Memory grows with 4^N: 12 units take 128 MB.

    Examples
    --------
    >>> found = hypercube([0.75, 0.45, 0.30], [[0, 1, 2], [1, 0, 2], [2, 1, 0]])
    >>> found.busy_share.round(6).tolist(), round(found.lost_share, 6)
    ([0.488719, 0.456502, 0.353287], 0.134328)
    """
    units = 1 + max((unit for row in preference for unit in row), default=-1)
    rates = np.array(arrival_rate, np.float64)
    if not 1 <= units <= MOST_UNITS:
        raise QuestionError(
            f"超立方模型支持 1–{MOST_UNITS} 个单元，收到 {units} 个。 Expected 1 to {MOST_UNITS} units, got {units}."
        )
    if len(rates) != len(preference) or (rates < 0).any() or rates.sum() <= 0 or service_rate <= 0:
        raise QuestionError("到达率与服务率应大于 0，且各区各有一个次序。 Rates above 0 and one list a district were expected.")  # fmt: skip
    states = 1 << units
    # Balance: what flows into a state flows out of it. Columns are the states flowed out of.
    flow = np.zeros((states, states))
    first = _first_free(units, preference)
    for state in range(states):
        for unit in range(units):
            if state >> unit & 1:
                flow[state & ~(1 << unit), state] += service_rate
        for district, rate in enumerate(rates.tolist()):
            unit = int(first[district, state])
            if unit >= 0:
                flow[state | 1 << unit, state] += rate
    flow -= np.diag(flow.sum(axis=0))
    flow[-1] = 1.0
    right = np.zeros(states)
    right[-1] = 1.0
    share = np.linalg.solve(flow, right)
    busy = np.array([share[[s for s in range(states) if s >> unit & 1]].sum() for unit in range(units)])
    served = np.zeros((len(rates), units))
    for district in range(len(rates)):
        for unit in range(units):
            served[district, unit] = rates[district] * share[first[district] == unit].sum() / rates.sum()
    return Hypercube(busy, float(1.0 - served.sum()), served)


def _first_free(units: int, preference: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Give per district and state the unit that is sent, -1 for none."""
    state = np.arange(1 << units)
    first = np.full((len(preference), len(state)), -1, np.int64)
    for district, row in enumerate(preference):
        for unit in reversed(row):
            first[district, (state >> unit & 1) == 0] = unit
    return first


def _check(servers: int, load: float) -> None:
    if servers < 1 or not 0 <= load < np.inf:
        raise QuestionError(
            f"班组数至少 1，负荷不小于 0，收到 {servers} 和 {load:g}。 Expected 1 or more servers and a load of 0 or more."
        )
