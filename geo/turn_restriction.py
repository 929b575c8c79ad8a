"""Keep turn restrictions by splitting the junctions they apply to, so that no query needs to know of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.road_class import Access
from geo.road_edges import TurnRestriction

_HOURS = 168
_Path = tuple[int, ...]
_Hours = NDArray[np.bool_]
_ALWAYS = np.ones(_HOURS, bool)


@dataclass(frozen=True, eq=False)
class Arcs:
    """Arcs as parallel arrays: nodes they join, edge, against its drawing or not, who may use them, and the timing that bars them."""

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    edge: NDArray[np.int64]
    is_reversed: NDArray[np.bool_]
    access: NDArray[np.uint8]
    timing: NDArray[np.int32]

    def take(self, mask: NDArray[np.bool_]) -> "Arcs":
        """Keep the arcs marked."""
        return Arcs(
            self.tail[mask],
            self.head[mask],
            self.edge[mask],
            self.is_reversed[mask],
            self.access[mask],
            self.timing[mask],
        )


@dataclass(frozen=True, eq=False)
class SplitJunctions:
    """
    Arcs after the splitting.

    Attributes
    ----------
    arcs : Arcs
        One arc per edge, direction and copy of its start.
    origin : ndarray of int64, shape (n + copies,)
        For each node the junction it is a copy of.
    barred_hours : ndarray of bool, shape (t, 168)
        Row ``arcs.timing - 1`` says at which hours of the week cars may not use an arc; timing 0 bars never.
    applied, timed : int
        Restrictions kept, and how many of them hold at certain hours only.
    skipped : tuple of (str, int)
        What was wrong with the others, counted.
    """

    arcs: Arcs
    origin: NDArray[np.int64]
    barred_hours: NDArray[np.bool_]
    applied: int
    timed: int
    skipped: tuple[tuple[str, int], ...]


def split_restricted(
    arcs: Arcs, node_id: NDArray[np.int64], restrictions: Sequence[TurnRestriction], node_count: int
) -> SplitJunctions:
    """
    Give every way of coming to a junction that may not go on freely its own copy of that junction.

    Parameters
    ----------
    arcs : Arcs
        One arc per edge and direction, none timed.
    node_id : ndarray of int64, shape (n,)
        Keys of the junctions.
    restrictions : sequence of TurnRestriction
        What is forbidden (no_*) or demanded (only_*).
    node_count : int
        Number of junctions before splitting.

    Returns
    -------
    SplitJunctions
        The arcs, where the copies stand, and what was kept.

    Notes
    -----
    A restriction forbids a sequence of arcs (a_1, ..., a_k); an only_* forbids (a_1, ..., a_i, x) for each i and each x but the
    one demanded. A copy stands for a proper beginning of such sequences: whoever is at it has just driven them. From a copy each
    arc that leaves the junction goes on to the copy of the longest beginning that then has been driven, or to the junction
    itself. This is the automaton of A. Aho and M. Corasick (doi:10.1145/360825.360855) put on the graph, as D. Villeneuve and
    G. Desaulniers do for forbidden paths (doi:10.1016/j.ejor.2004.01.032); for turns over one junction it is the splitting of
    vertices after T. Caldwell (doi:10.1145/366105.366184).

    Arcs that would complete a forbidden sequence lose `Access.CAR`: the emergency profile may use them, under the driver's care.
    Those barred at certain hours keep it and get a timing. What was driven before a trip begins is not known: of the ways of coming
    there the least binding one counts.

    Examples
    --------
    >>> from geo.road_edges import TurnRestriction
    >>> columns = ([0, 1], [1, 2], [0, 1], [False, False], [3, 3], [0, 0])
    >>> split = split_restricted(
    ...     Arcs(*(np.array(v) for v in columns)), np.array([10, 11, 12]), [TurnRestriction(0, 11, 1)], 3
    ... )
    >>> split.arcs.tail.tolist(), split.arcs.head.tolist(), split.arcs.access.tolist(), split.origin.tolist()
    ([0, 1, 3], [3, 2, 2], [3, 3, 2], [0, 1, 2, 1])
    """
    remarks: Counter[str] = Counter()
    paths = _paths(arcs, node_id, restrictions, remarks)
    barred = _barred(arcs, paths)
    copies = sorted({path[:i] for path in barred for i in range(1, len(path) + 1)}, key=lambda p: (len(p), p))
    number = {path: node_count + i for i, path in enumerate(copies)}
    head = arcs.head.copy()
    for path in copies:
        if len(path) == 1:
            head[path[0]] = number[path]
    leaving = _leaving(arcs.tail, {int(arcs.head[path[-1]]) for path in copies})
    repeated, tails, heads, timings, is_barred = [], [], [], [], []
    timing_of: dict[bytes, int] = {}
    for path in copies:
        for out in leaving[int(arcs.head[path[-1]])]:
            hours = _hours_barred(barred, path, out)
            repeated.append(out)
            tails.append(number[path])
            heads.append(_goes_on(number, path, out, int(arcs.head[out])))
            is_barred.append(bool(hours.all()))
            is_timed = bool(hours.any()) and not hours.all()
            timings.append(timing_of.setdefault(hours.tobytes(), len(timing_of) + 1) if is_timed else 0)
    again = np.array(repeated, dtype=np.int64)
    access = np.where(
        np.array(is_barred, bool), arcs.access[again] & ~np.uint8(Access.CAR), arcs.access[again]
    )
    split = Arcs(
        np.concatenate([arcs.tail, np.array(tails, dtype=np.int64)]),
        np.concatenate([head, np.array(heads, dtype=np.int64)]),
        np.concatenate([arcs.edge, arcs.edge[again]]),
        np.concatenate([arcs.is_reversed, arcs.is_reversed[again]]),
        np.concatenate([arcs.access, access.astype(np.uint8)]),
        np.concatenate([arcs.timing, np.array(timings, dtype=np.int32)]),
    )
    last = np.array([path[-1] for path in copies], dtype=np.int64)
    return SplitJunctions(
        split.take(split.access > 0),
        np.concatenate([np.arange(node_count), arcs.head[last].astype(np.int64)]),
        np.array([np.frombuffer(row, bool) for row in timing_of], bool).reshape(-1, _HOURS),
        len(paths),
        sum(r.hours_of_week is not None for r, _ in paths),
        tuple(sorted(remarks.items())),
    )


def _leaving(tail: NDArray[np.int64], nodes: set[int]) -> dict[int, list[int]]:
    """List the arcs that leave each of some nodes."""
    found: dict[int, list[int]] = {node: [] for node in nodes}
    wanted = np.isin(tail, np.array(sorted(nodes), dtype=np.int64))
    for arc in np.flatnonzero(wanted):
        found[int(tail[arc])].append(int(arc))
    return found


def _paths(
    arcs: Arcs, node_id: NDArray[np.int64], restrictions: Sequence[TurnRestriction], remarks: Counter[str]
) -> list[tuple[TurnRestriction, _Path]]:
    """Find the arcs each restriction runs along; count those for which there are none, or several."""
    position = {int(key): i for i, key in enumerate(node_id)} if restrictions else {}
    edges = {e for r in restrictions for e in (r.from_edge_idx, *r.via_edge_idx, r.to_edge_idx)}
    of_edge: dict[int, list[int]] = {}
    for arc in np.flatnonzero(np.isin(arcs.edge, np.array(sorted(edges), dtype=np.int64))).tolist():
        of_edge.setdefault(int(arcs.edge[arc]), []).append(arc)
    found = []
    for restriction in restrictions:
        node = position.get(restriction.via_node_id, -1)
        steps = [[a for a in of_edge.get(restriction.from_edge_idx, []) if arcs.head[a] == node]]
        for edge in (*restriction.via_edge_idx, restriction.to_edge_idx):
            steps.append([a for a in of_edge.get(edge, []) if arcs.tail[a] == node])
            node = int(arcs.head[steps[-1][0]]) if steps[-1] else -1
        if not all(steps):
            remarks["no such turn on the roads kept"] += 1
        elif any(len(step) > 1 for step in steps):
            remarks["ambiguous: the road passes the junction twice"] += 1
        else:
            found.append((restriction, tuple(step[0] for step in steps)))
    return found


def _barred(arcs: Arcs, paths: list[tuple[TurnRestriction, _Path]]) -> dict[_Path, dict[int, _Hours]]:
    """Map sequences driven to the arcs that must not follow, with the hours; no only_* bars what another demands."""
    barred: dict[_Path, dict[int, _Hours]] = {}
    demanded: dict[_Path, dict[int, _Hours]] = {}
    for restriction, path in paths:
        hours = _hours(restriction)
        for i in range(1, len(path)) if restriction.is_only else [len(path) - 1]:
            group = (demanded if restriction.is_only else barred).setdefault(path[:i], {})
            group[path[i]] = group.get(path[i], ~_ALWAYS) | hours
    leaving = _leaving(arcs.tail, {int(arcs.head[path[-1]]) for path in demanded})
    for path, wanted in demanded.items():
        in_force = np.logical_or.reduce(list(wanted.values()))
        for out in leaving[int(arcs.head[path[-1]])]:
            hours = in_force & ~wanted.get(out, ~_ALWAYS)
            if hours.any():
                group = barred.setdefault(path, {})
                group[out] = group.get(out, ~_ALWAYS) | hours
    return barred


def _hours(restriction: TurnRestriction) -> _Hours:
    if restriction.hours_of_week is None:
        return _ALWAYS
    hours = ~_ALWAYS
    hours[sorted(restriction.hours_of_week)] = True
    return hours


def _hours_barred(barred: dict[_Path, dict[int, _Hours]], path: _Path, out: int) -> _Hours:
    """Hours at which an arc must not follow what was driven: any end of it may forbid it."""
    hours = ~_ALWAYS
    for i in range(len(path)):
        hours |= barred.get(path[i:], {}).get(out, ~_ALWAYS)
    return hours


def _goes_on(number: dict[_Path, int], path: _Path, out: int, junction: int) -> int:
    """Node reached over an arc: the copy of the longest end of what was then driven, else the junction itself."""
    driven = (*path, out)
    return next((number[driven[i:]] for i in range(len(driven)) if driven[i:] in number), junction)
