"""Find the cheapest flow of calls through units and groups of limited size, in whole numbers, with its proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_WAY = np.int64(2**62)
"""Cost of a way that is not there; only ever compared with."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Flow:
    """
    Where each call goes.

    Attributes
    ----------
    unit_idx : ndarray of int64, shape (n,)
        -1: it stays alone.
    cost, bound : int
        Of this flow, and a lower bound on that of every other: equal where it is the cheapest.
    """

    unit_idx: Ints
    cost: int
    bound: int


@dataclass(eq=False)
class _Net:
    """The network and the flow in it as it grows."""

    cost: Ints
    alone: Ints
    size: Ints
    group: Ints
    cheap: Ints
    dear: Ints
    dear_cost: int
    unit_of: Ints
    used: Ints
    group_used: Ints

    def exit_cost(self) -> Ints:
        """Give the cost of one more in each group: nothing, the price of what was to be kept, or no way."""
        return np.where(
            self.group_used < self.cheap, 0, np.where(self.group_used < self.cheap + self.dear, self.dear_cost, NO_WAY)
        )  # fmt: skip


def cheapest_flow(
    cost: Ints, alone: Ints, size: Ints, group_idx: Ints, *, cheap: Ints, dear: Ints, dear_cost: int
) -> Flow:  # fmt: skip
    """
    Send every call to a unit, or leave it alone, at the least cost.

    Parameters
    ----------
    cost : ndarray of int64, shape (n, m)
        Of sending a call to a unit, 0 or more; `NO_WAY` where that may not be.
    alone : ndarray of int64, shape (n,)
        Of leaving a call alone, 0 or more.
    size : ndarray of int64, shape (m,)
        How many calls a unit takes.
    group_idx : ndarray of int64, shape (m,)
        Group of each unit, -1 for none.
    cheap, dear : ndarray of int64, shape (g,)
        How many calls a group takes for nothing, and how many more at `dear_cost` each.
    dear_cost : int
        0 or more.

    Returns
    -------
    Flow
        Of equally cheap flows one, always the same.

    Notes
    -----
    Calls enter one by one, each along the cheapest way through what is left (Bellman-Ford over whole arrays), which may move calls
    that came before; a flow built so is the cheapest at every step (Ahuja, Magnanti and Orlin 1993, section 9.7).

    Examples
    --------
    >>> ints = lambda v: np.array(v, np.int64)
    >>> found = cheapest_flow(
    ...     ints([[1, 2], [1, 9]]), ints([99, 99]), ints([1, 1]), ints([0, 0]), cheap=ints([1]), dear=ints([1]), dear_cost=5
    ... )
    >>> found.unit_idx.tolist(), found.cost, found.bound
    ([1, 0], 8, 8)
    """
    n, m = cost.shape
    net = _Net(
        cost, alone, size, group_idx, cheap, dear, dear_cost,
        np.full(n, -2, np.int64), np.zeros(m, np.int64), np.zeros(len(cheap), np.int64),
    )  # fmt: skip
    for call in range(n):
        _augment(net, call)
    total = sum(int(alone[i] if u < 0 else cost[i, u]) for i, u in enumerate(net.unit_of.tolist()))
    total += dear_cost * int(np.maximum(net.group_used - cheap, 0).sum())
    return Flow(net.unit_of, total, _bound(net))


@dataclass(eq=False)
class _Labels:
    """Cheapest ways so far to calls, units and groups, and to the end; with where each came from."""

    call: Ints
    unit: Ints
    group: Ints
    unit_from: Ints
    """Call a unit was reached from, or -1 - g from its group."""
    group_from: Ints
    end: int
    end_from: tuple[str, int]


def _augment(net: _Net, start: int) -> None:
    labels = _sweep(net, start)
    kind, at = labels.end_from
    # Walk back from the end, moving calls on the way.
    if kind == "alone":
        moved_to = -1
        call = at
    else:
        unit = at
        if kind == "group":
            net.group_used[at] += 1
            unit = int(labels.group_from[at])
        moved_to, call = _into_unit(net, labels, unit)
    while call != start:
        before = int(net.unit_of[call])
        net.unit_of[call] = moved_to
        moved_to, call = _into_unit(net, labels, before, leaves=True)
    net.unit_of[start] = moved_to


def _into_unit(net: _Net, labels: _Labels, unit: int, *, leaves: bool = False) -> tuple[int, int]:
    """Follow the way into a unit back to the call that takes it; through its group, another unit gives one up."""
    if not leaves:
        net.used[unit] += 1
    source = int(labels.unit_from[unit])
    while source < 0:
        # The unit was reached from its group: it gives one up there, and the group's place goes to the unit it was reached from.
        net.used[unit] -= 1
        unit = int(labels.group_from[-1 - source])
        net.used[unit] += 1
        source = int(labels.unit_from[unit])
    return unit, source


def _sweep(net: _Net, start: int) -> _Labels:
    n, m = net.cost.shape
    labels = _Labels(
        np.full(n, NO_WAY), np.full(m, NO_WAY), np.full(len(net.cheap), NO_WAY), np.full(m, -1, np.int64),
        np.full(len(net.cheap), -1, np.int64), int(NO_WAY), ("", -1),
    )  # fmt: skip
    labels.call[start] = 0
    fresh = np.array([start])
    sent = np.flatnonzero(net.unit_of >= 0)
    while len(fresh):
        _to_units(net, labels, fresh)
        _through_groups(net, labels)
        # Back along what is sent: a call that leaves its unit.
        before = labels.call[sent]
        unit = net.unit_of[sent]
        back = np.where(labels.unit[unit] < NO_WAY, labels.unit[unit] - net.cost[sent, unit], NO_WAY)
        better = back < before
        labels.call[sent[better]] = back[better]
        fresh = sent[better]
    _to_the_end(net, labels)
    return labels


def _to_units(net: _Net, labels: _Labels, calls: NDArray[np.int64]) -> None:
    """Reach units from calls by ways that are not taken."""
    ways = net.cost[calls]
    reach = np.where(ways < NO_WAY, ways + labels.call[calls][:, None], NO_WAY)
    own = net.unit_of[calls]
    is_sent = own >= 0
    reach[np.flatnonzero(is_sent), own[is_sent]] = NO_WAY
    best = reach.argmin(axis=0)
    value = reach[best, np.arange(reach.shape[1])]
    better = value < labels.unit
    labels.unit[better] = value[better]
    labels.unit_from[better] = calls[best[better]]


def _through_groups(net: _Net, labels: _Labels) -> None:
    """From units with room into their group, and from the group back into units that could give one up."""
    inside = np.flatnonzero((net.group >= 0) & (net.used < net.size) & (labels.unit < NO_WAY))
    for unit in inside[np.argsort(labels.unit[inside], kind="stable")].tolist():
        group = int(net.group[unit])
        if labels.unit[unit] < labels.group[group]:
            labels.group[group] = labels.unit[unit]
            labels.group_from[group] = unit
    giving = np.flatnonzero((net.group >= 0) & (net.used > 0))
    value = labels.group[net.group[giving]]
    better = value < labels.unit[giving]
    labels.unit[giving[better]] = value[better]
    labels.unit_from[giving[better]] = -1 - net.group[giving[better]]


def _to_the_end(net: _Net, labels: _Labels) -> None:
    reached = np.flatnonzero(labels.call < NO_WAY)
    stays = labels.call[reached] + net.alone[reached]
    at = int(stays.argmin())
    labels.end, labels.end_from = int(stays[at]), ("alone", int(reached[at]))
    exits = net.exit_cost()
    out = np.where((labels.group < NO_WAY) & (exits < NO_WAY), labels.group + exits, NO_WAY)
    if len(out) and int(out.min()) < labels.end:
        labels.end, labels.end_from = int(out.min()), ("group", int(out.argmin()))
    free = np.flatnonzero((net.group < 0) & (net.used < net.size) & (labels.unit < NO_WAY))
    if len(free) and int(labels.unit[free].min()) < labels.end:
        best = int(free[labels.unit[free].argmin()])
        labels.end, labels.end_from = int(labels.unit[best]), ("unit", best)


def _bound(net: _Net) -> int:
    """Bound every flow from below by prices of units and groups; the cheapest flow's own prices make it equal."""
    unit_price, group_price = _prices(net)
    n = len(net.alone)
    ways = np.where(net.cost < NO_WAY, net.cost + unit_price[None, :], NO_WAY)
    cheapest = np.minimum(ways.min(axis=1, initial=NO_WAY), net.alone) if n else net.alone
    bound = int(cheapest.sum())
    inside = net.group >= 0
    own = unit_price - np.where(inside, group_price[np.maximum(net.group, 0)] if len(group_price) else 0, 0)
    bound -= sum(int(s) * int(p) for s, p in zip(net.size.tolist(), np.maximum(own, 0).tolist(), strict=True))
    bound -= sum(
        int(c) * max(int(p), 0) + int(d) * max(int(p) - net.dear_cost, 0)
        for c, d, p in zip(net.cheap.tolist(), net.dear.tolist(), group_price.tolist(), strict=True)
    )
    return bound


def _prices(net: _Net) -> tuple[Ints, Ints]:
    """Give what one more call in each unit and group would cost: its cheapest way to the end through what is left."""
    n, m = net.cost.shape
    top = int(max(net.alone.max(initial=0), net.dear_cost)) + 1
    call = net.alone.copy()
    unit: Ints = np.full(m, top, np.int64)
    group = np.minimum(net.exit_cost(), top) if len(net.cheap) else np.empty(0, np.int64)
    inside = net.group >= 0
    sent = np.flatnonzero(net.unit_of >= 0)
    for _ in range(2 * (n + m + len(group)) + 2):
        before = (call.copy(), unit.copy(), group.copy())
        has_room = net.used < net.size
        onward = np.where(inside, group[np.maximum(net.group, 0)] if len(group) else 0, 0)
        unit = np.where(has_room, np.minimum(unit, onward), unit)
        back = call[sent] - net.cost[sent, net.unit_of[sent]]
        np.minimum.at(unit, net.unit_of[sent], back)
        giving = np.flatnonzero(inside & (net.used > 0))
        np.minimum.at(group, net.group[giving], unit[giving])
        ways = np.where(net.cost < NO_WAY, net.cost + unit[None, :], NO_WAY)
        ways[sent, net.unit_of[sent]] = NO_WAY
        call = np.minimum(call, ways.min(axis=1, initial=NO_WAY))
        if all(np.array_equal(a, b) for a, b in zip(before, (call, unit, group), strict=True)):
            break
    return np.maximum(unit, 0), np.maximum(group, 0)
