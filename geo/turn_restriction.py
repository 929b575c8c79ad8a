"""Keep turn restrictions by splitting the junctions they apply to, so that no query needs to know of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.road_class import Access
from geo.road_edges import TurnRestriction


@dataclass(frozen=True, eq=False)
class Arcs:
    """Arcs as parallel arrays: nodes they join, the edge they run along, against its drawing or not, and who may use them."""

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    edge: NDArray[np.int64]
    is_reversed: NDArray[np.bool_]
    access: NDArray[np.uint8]

    def take(self, mask: NDArray[np.bool_]) -> "Arcs":
        """Keep the arcs marked."""
        return Arcs(
            self.tail[mask], self.head[mask], self.edge[mask], self.is_reversed[mask], self.access[mask]
        )


def split_restricted(
    arcs: Arcs, node_id: NDArray[np.int64], restrictions: Sequence[TurnRestriction], node_count: int
) -> tuple[Arcs, NDArray[np.int64], int, tuple[tuple[str, int], ...]]:
    """
    Give every arc that may not turn freely its own copy of the junction it enters.

    Parameters
    ----------
    arcs : Arcs
        One arc per edge and direction.
    node_id : ndarray of int64, shape (n,)
        Keys of the junctions.
    restrictions : sequence of TurnRestriction
        What is forbidden (no_*) or demanded (only_*).
    node_count : int
        Number of junctions before splitting.

    Returns
    -------
    tuple
        The arcs; for each node the junction it is a copy of, shape (n + copies,); how many restrictions were
        applied; and what was wrong with the others, counted.

    Notes
    -----
    The copy ``v'`` of a junction ``v`` for the arc ``a`` takes over ``a`` and repeats the arcs that leave ``v``. Those that ``a``
    may not turn into lose `Access.CAR`: the emergency profile may use them, under the driver's care. Splitting of vertices is
    one of the classical ways to code turns (T. Caldwell, "On finding minimum routes in a network with turn penalties",
    Commun. ACM 4 (1961), doi:10.1145/366105.366184, in its vertex form).

    Examples
    --------
    >>> from geo.road_edges import TurnRestriction
    >>> arcs = Arcs(*(np.array(v) for v in ([0, 1], [1, 2], [0, 1], [False, False], [3, 3])))
    >>> split, origin, applied, _ = split_restricted(arcs, np.array([10, 11, 12]), [TurnRestriction(0, 11, 1)], 3)
    >>> split.tail.tolist(), split.head.tolist(), split.access.tolist(), origin.tolist(), applied
    ([0, 1, 3], [3, 2, 2], [3, 3, 2], [0, 1, 2, 1], 1)
    """
    remarks: Counter[str] = Counter()
    forbidden = _forbidden_turns(arcs, node_id, restrictions, remarks)
    applied = len(restrictions) - sum(remarks.values())
    head = arcs.head.copy()
    entering = sorted(forbidden)
    for copy, arc in enumerate(entering):
        head[arc] = node_count + copy
    leaving = _leaving(arcs.tail, {int(arcs.head[arc]) for arc in entering})
    repeated, copy_of, is_barred = [], [], []
    for copy, arc in enumerate(entering):
        for out in leaving.get(int(arcs.head[arc]), []):
            repeated.append(out)
            copy_of.append(node_count + copy)
            is_barred.append(out in forbidden[arc])
    again = np.array(repeated, dtype=np.int64)
    access = arcs.access[again]
    access = np.where(np.array(is_barred, bool), access & ~np.uint8(Access.CAR), access).astype(np.uint8)
    split = Arcs(
        np.concatenate([arcs.tail, np.array(copy_of, dtype=np.int64)]),
        np.concatenate([head, head[again]]),
        np.concatenate([arcs.edge, arcs.edge[again]]),
        np.concatenate([arcs.is_reversed, arcs.is_reversed[again]]),
        np.concatenate([arcs.access, access]),
    )
    usable = split.access > 0
    origin = np.concatenate([np.arange(node_count), arcs.head[entering].astype(np.int64)])
    return split.take(usable), origin, applied, tuple(sorted(remarks.items()))


def _leaving(tail: NDArray[np.int64], nodes: set[int]) -> dict[int, list[int]]:
    """List the arcs that leave each of some nodes."""
    found: dict[int, list[int]] = {node: [] for node in nodes}
    wanted = np.isin(tail, np.array(sorted(nodes), dtype=np.int64))
    for arc in np.flatnonzero(wanted):
        found[int(tail[arc])].append(int(arc))
    return found


def _forbidden_turns(
    arcs: Arcs, node_id: NDArray[np.int64], restrictions: Sequence[TurnRestriction], remarks: Counter[str]
) -> dict[int, set[int]]:
    """Map each arc to the arcs it may not turn into; only_* forbids all that no only_* of the same arc demands."""
    position = {int(key): i for i, key in enumerate(node_id)} if restrictions else {}
    concerned = np.array(
        sorted({edge for r in restrictions for edge in (r.from_edge_idx, r.to_edge_idx)}), dtype=np.int64
    )
    arcs_of_edge: dict[int, list[int]] = {}
    for concerned_arc in np.flatnonzero(np.isin(arcs.edge, concerned)).tolist():
        arcs_of_edge.setdefault(int(arcs.edge[concerned_arc]), []).append(concerned_arc)
    vias = {position[r.via_node_id] for r in restrictions if r.via_node_id in position}
    leaving = _leaving(arcs.tail, vias) if vias else {}
    forbidden: dict[int, set[int]] = {}
    demanded: dict[int, set[int]] = {}
    for restriction in restrictions:
        via = position.get(restriction.via_node_id, -1)
        entering = [a for a in arcs_of_edge.get(restriction.from_edge_idx, []) if arcs.head[a] == via]
        turning = [a for a in arcs_of_edge.get(restriction.to_edge_idx, []) if arcs.tail[a] == via]
        if not entering or not turning:
            remarks["no such turn on the roads kept"] += 1
            continue
        if len(entering) > 1 or len(turning) > 1:
            remarks["ambiguous: the road passes the junction twice"] += 1
            continue
        (demanded if restriction.is_only else forbidden).setdefault(entering[0], set()).add(turning[0])
    for arc, allowed in demanded.items():
        forbidden.setdefault(arc, set()).update(set(leaving[int(arcs.head[arc])]) - allowed)
    return {arc: barred for arc, barred in forbidden.items() if barred}
