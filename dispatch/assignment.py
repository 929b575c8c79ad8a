"""Assign all open calls together: fewest over the limit, then cover kept, then the least total and worst arrival."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dispatch.crew_flow import NO_WAY, Flow, cheapest_flow
from dispatch.errors import QuestionError

MOST_CALLS = 200
_LONGEST_S = 86_400.0

Times = NDArray[np.float64]
Idx = NDArray[np.int64]


class Status(StrEnum):
    """What is known of a plan."""

    OPTIMAL = "optimal"
    """Its bound equals it: there is no better one."""
    FEASIBLE = "feasible"
    """It keeps every rule, but a better one may exist."""


class Why(StrEnum):
    """Why a call gets another station than one by one."""

    SAME = "same"
    """It does not."""
    NEARER = "nearer"
    """The rule's station would take as long or longer."""
    CREW_NEEDED = "crew_needed"
    """The crews of the rule's station go to other calls, for which they matter more."""
    KEEPS_COVER = "keeps_cover"
    """Taking the rule's station would leave its district without a free crew."""
    CREW_LEFT = "crew_left"
    """One by one nobody was left for it; together there is."""
    NOBODY = "nobody"
    """There is nobody for it."""
    STANDS_BACK = "stands_back"
    """Others are served in its place, so that fewer are late in all."""
    DIVERTED = "diverted"
    """Its crew is diverted, or comes from another call."""


@dataclass(frozen=True, eq=False)
class OpenCalls:
    """
    What there is to assign.

    Parameters
    ----------
    travel_time_s : ndarray of float64, shape (n, m)
        From every station to every call, seconds; ``inf`` where it may not be sent.
    limit_s : ndarray of float64, shape (n,)
        Arrival limits; exactly the limit is in time.
    free_crews : ndarray of int64, shape (m,)
        Crews each station can send now.
    group_idx : ndarray of int64, shape (m,)
        Group (a district, say) in which a crew is to be kept; -1 for a station of none.
    reserve : int
        Free crews to be kept in each group where that is avoidable; a group that has fewer keeps what it has. 0 keeps none.
    bound_idx : ndarray of int64, shape (n,)
        Station each call would be given first, -1 for none.
    under_way_idx : ndarray of int64, shape (n,)
        Column of the crew that is under way to the call, as one of the m with one crew; -1 for a call that has nobody yet. By default no
        crew under way is touched: its call is not among the n.

    Raises
    ------
    QuestionError
        When shapes or numbers are impossible, or there are more than 200 calls.
    """

    travel_time_s: Times
    limit_s: Times
    free_crews: Idx
    group_idx: Idx
    reserve: int = 1
    bound_idx: Idx | None = None
    under_way_idx: Idx | None = None

    def __post_init__(self) -> None:
        n, m = self.travel_time_s.shape
        if n > MOST_CALLS:
            raise QuestionError(
                f"一次最多合并指派 {MOST_CALLS} 起，收到 {n} 起。 At most {MOST_CALLS} calls are assigned together, got {n}."
            )
        fits = self.limit_s.shape == (n,) and self.free_crews.shape == self.group_idx.shape == (m,)
        for given in (self.bound_idx, self.under_way_idx):
            fits = fits and (given is None or (given.shape == (n,) and bool((given < m).all())))
        if not fits or bool((self.group_idx >= max(m, 1)).any()):
            raise QuestionError("指派的数组形状不一致。 The arrays of an assignment do not fit each other.")
        known = self.travel_time_s[np.isfinite(self.travel_time_s)]
        if np.isnan(self.travel_time_s).any() or (known < 0).any() or (known > _LONGEST_S).any():
            raise QuestionError(
                "行车时间应在 0–24 小时之间，不可达为 inf。 Travel times lie between 0 and 24 h; unreachable is inf."
            )
        if (self.free_crews < 0).any() or self.reserve < 0:
            raise QuestionError("班组数和预备数不能为负。 Crews and reserve cannot be negative.")

    @property
    def bound(self) -> Idx:
        """Stations given first, -1 for none."""
        return np.full(len(self.limit_s), -1) if self.bound_idx is None else self.bound_idx

    @property
    def under_way(self) -> Idx:
        """Crews under way by call, -1 for none."""
        return np.full(len(self.limit_s), -1) if self.under_way_idx is None else self.under_way_idx


@dataclass(frozen=True, order=True)
class Objective:
    """
    What a plan costs, the most important first; plans compare in this order.

    Attributes
    ----------
    over_limit : int
        Calls reached after their limit, those with nobody among them.
    unserved : int
        Calls with nobody.
    diverted : int
        Calls whose crew under way is taken from them.
    short_of_cover : int
        Crews missing in groups from what was to be kept.
    total_ms, worst_ms : int
        Sum and greatest of the arrivals of those served, milliseconds.
    """

    over_limit: int
    unserved: int
    diverted: int
    short_of_cover: int
    total_ms: int
    worst_ms: int


@dataclass(frozen=True, eq=False)
class Plan:
    """
    Who goes where.

    Attributes
    ----------
    station_idx : ndarray of int64, shape (n,)
        -1: nobody.
    travel_time_s : ndarray of float64, shape (n,)
        ``inf`` for nobody.
    objective : Objective
    gap_ms : float
        How much better another plan could be at the most, in the weighed cost; 0 where the plan is proven best.
    status : Status
    """

    station_idx: Idx
    travel_time_s: Times
    objective: Objective
    gap_ms: float
    status: Status


@dataclass(frozen=True)
class Difference:
    """
    One call in the joint plan, beside the choice one by one.

    Attributes
    ----------
    station_idx, alone_idx : int
        Chosen together and one by one; -1: nobody.
    later_s : float or None
        Together minus one by one; None where either has nobody.
    why : Why
    instead_idx : tuple of int
        Calls that get the crews of the station chosen one by one.
    """

    station_idx: int
    alone_idx: int
    later_s: float | None
    why: Why
    instead_idx: tuple[int, ...] = ()


def assign_together(calls: OpenCalls) -> Plan:
    """
    Assign all open calls together.

    Parameters
    ----------
    calls : OpenCalls

    Returns
    -------
    Plan
        The least by `Objective`.

    Notes
    -----
    Calls, stations, groups and what is to be kept in them make a network in which a plan is a flow; its costs are whole numbers that
    weigh the parts of the objective by their order, so the cheapest flow is the least plan, exactly (successive shortest paths; Ahuja,
    Magnanti and Orlin, Network Flows, 1993, section 9.7). Dual prices bound every other plan from below and prove it. Among plans
    of one total, the worst arrival is lowered by taking away every way as long as it until no such plan is left. A crew under way
    is diverted only where that lowers the calls over the limit or without anybody.

    Examples
    --------
    >>> calls = OpenCalls(
    ...     np.array([[300.0, 400.0], [310.0, 2000.0]]), np.full(2, 1800.0), np.array([1, 1]), np.array([0, 0]), reserve=0
    ... )
    >>> plan = assign_together(calls)
    >>> plan.station_idx.tolist(), plan.objective.total_ms, plan.status.value
    ([1, 0], 710000, 'optimal')
    """
    best, gap = _solve(calls, calls.travel_time_s)
    objective = objective_of(calls, best)
    while objective.worst_ms > 0:
        shorter = np.where(
            _milliseconds(calls.travel_time_s) < objective.worst_ms, calls.travel_time_s, np.inf
        )
        other, _ = _solve(calls, shorter)
        found = objective_of(calls, other)
        if found >= objective:
            break
        best, objective = other, found
    status = Status.OPTIMAL if gap == 0 else Status.FEASIBLE
    return Plan(best, _times_of(calls, best), objective, float(gap), status)


def assign_one_by_one(calls: OpenCalls) -> Plan:
    """
    Assign calls one after the other, as dispatchers do: the bound station first, then the nearest with a crew left.

    Parameters
    ----------
    calls : OpenCalls
        In the order in which they came; a crew under way goes on.

    Returns
    -------
    Plan
        Nothing is kept back for cover; its gap is not known (``inf``).

    Examples
    --------
    >>> calls = OpenCalls(
    ...     np.array([[300.0, 400.0], [310.0, 2000.0]]), np.full(2, 1800.0), np.array([1, 1]), np.array([0, 0]), reserve=0
    ... )
    >>> assign_one_by_one(calls).station_idx.tolist()
    [0, 1]
    """
    left = calls.free_crews.copy()
    taken = calls.under_way[calls.under_way >= 0]
    left[taken] -= 1
    chosen = calls.under_way.copy()
    for call in np.flatnonzero(chosen < 0).tolist():
        times = np.where(left > 0, calls.travel_time_s[call], np.inf)
        bound = int(calls.bound[call])
        best = (
            bound if bound >= 0 and np.isfinite(times[bound]) else int(np.argmin(times)) if len(times) else -1
        )
        if best >= 0 and np.isfinite(times[best]):
            chosen[call] = best
            left[best] -= 1
    return Plan(chosen, _times_of(calls, chosen), objective_of(calls, chosen), float("inf"), Status.FEASIBLE)


def objective_of(calls: OpenCalls, station_idx: Idx) -> Objective:
    """
    Work out what a plan costs.

    Parameters
    ----------
    calls : OpenCalls
    station_idx : ndarray of int64, shape (n,)
        -1: nobody.

    Returns
    -------
    Objective
    """
    times = _times_of(calls, station_idx)
    is_served = station_idx >= 0
    ms = _milliseconds(times[is_served])
    moved = (calls.under_way >= 0) & (station_idx != calls.under_way)
    used = np.bincount(station_idx[is_served], minlength=len(calls.free_crews))
    free, kept = _groups(calls)
    inside = calls.group_idx >= 0
    left = free - np.bincount(calls.group_idx[inside], weights=used[inside], minlength=len(free)).astype(
        np.int64
    )
    return Objective(
        int((times > calls.limit_s).sum()), int((~is_served).sum()), int(moved.sum()), int(np.maximum(kept - left, 0).sum()),
        int(ms.sum()), int(ms.max(initial=0)),
    )  # fmt: skip


def differences(calls: OpenCalls, plan: Plan, alone: Plan) -> tuple[Difference, ...]:
    """
    Say of every call what is different from the choice one by one, and why.

    Parameters
    ----------
    calls : OpenCalls
    plan, alone : Plan
        Together, and one by one.

    Returns
    -------
    tuple of Difference
        One for each call, in their order.
    """
    used = np.bincount(plan.station_idx[plan.station_idx >= 0], minlength=len(calls.free_crews))
    found = []
    for call, (chosen, other) in enumerate(zip(plan.station_idx.tolist(), alone.station_idx.tolist(), strict=True)):  # fmt: skip
        later = None
        if chosen >= 0 and other >= 0:
            later = float(plan.travel_time_s[call] - alone.travel_time_s[call])
        instead: tuple[int, ...] = ()
        if chosen == other:
            why = Why.SAME if chosen >= 0 else Why.NOBODY
        elif calls.under_way[call] >= 0 or (chosen >= 0 and chosen in calls.under_way.tolist()):
            why = Why.DIVERTED
        elif other < 0:
            why = Why.CREW_LEFT
        elif chosen < 0:
            why = Why.STANDS_BACK
        elif later is not None and later <= 0:
            why = Why.NEARER
        elif used[other] >= calls.free_crews[other]:
            why = Why.CREW_NEEDED
        else:
            why = Why.KEEPS_COVER
        if why in (Why.CREW_NEEDED, Why.STANDS_BACK):
            instead = tuple(np.flatnonzero(plan.station_idx == other).tolist())
        found.append(Difference(chosen, other, later, why, instead))
    return tuple(found)


# -- the flow -----------------------------------------------------------------------------------------


def _milliseconds(times_s: Times) -> Idx:
    """Give whole milliseconds; those without a way are -1."""
    return np.where(np.isfinite(times_s), np.rint(np.where(np.isfinite(times_s), times_s, 0.0) * 1000), -1).astype(np.int64)  # fmt: skip


def _groups(calls: OpenCalls) -> tuple[Idx, Idx]:
    """Give per group its free crews, and how many are to be kept."""
    inside = calls.group_idx >= 0
    count = int(calls.group_idx.max(initial=-1)) + 1
    free = np.bincount(calls.group_idx[inside], weights=calls.free_crews[inside], minlength=count).astype(
        np.int64
    )
    return free, np.minimum(free, calls.reserve)


def _times_of(calls: OpenCalls, station_idx: Idx) -> Times:
    rows = np.arange(len(station_idx))
    if calls.travel_time_s.shape[1] == 0:
        return np.full(len(station_idx), np.inf)
    return np.where(station_idx >= 0, calls.travel_time_s[rows, np.maximum(station_idx, 0)], np.inf)


def _solve(calls: OpenCalls, travel_time_s: Times) -> tuple[Idx, int]:
    """Give the cheapest plan over the ways left, and its gap to the bound."""
    n = len(calls.limit_s)
    free, kept = _groups(calls)
    ms = _milliseconds(travel_time_s)
    # Each part weighs more than all that follow it can come to.
    short = int(ms.max(initial=0)) * n + 1
    diverted = short * (int(kept.sum()) + 1)
    unserved = diverted * (n + 1)
    late = unserved * (n + 1)
    if late * (n + 1) > 2**61:
        raise QuestionError(
            "要保留的班组过多，无法精确求解。 Too many crews are to be kept for an exact answer."
        )
    cost = np.where(ms >= 0, ms + late * (travel_time_s > calls.limit_s[:, None]), NO_WAY)
    alone = np.full(n, late + unserved, np.int64)
    for call in np.flatnonzero(calls.under_way >= 0).tolist():
        others = np.arange(cost.shape[1]) != calls.under_way[call]
        cost[call, others & (cost[call] < NO_WAY)] += diverted
        alone[call] += diverted
    found: Flow = cheapest_flow(
        cost, alone, calls.free_crews, calls.group_idx, cheap=free - kept, dear=kept, dear_cost=short
    )  # fmt: skip
    return found.unit_idx, found.cost - found.bound
