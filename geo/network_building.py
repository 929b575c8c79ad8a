"""Build a network from road edges: split restricted junctions, keep what is connected, order it and report the rest."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo._draft import Draft, checked_draft, mended_draft
from geo._grid import grid_over_edges
from geo.errors import NetworkError
from geo.hilbert import hilbert_index
from geo.network import CutPart, CutReason, Network, NetworkReport, content_version
from geo.road_class import Access, Direction
from geo.road_edges import RoadEdges
from geo.turn_restriction import Arcs, split_restricted

_PARTS_LISTED = 20


def build_network(
    node_id: ArrayLike,
    node_lonlat: ArrayLike,
    edges: RoadEdges,
    *,
    notes: tuple[tuple[str, int], ...] = (),
) -> Network:
    """
    Build the network every travel-time question reads.

    Parameters
    ----------
    node_id : array_like of int, shape (n,)
        Distinct keys of the junctions.
    node_lonlat : array_like, shape (n, 2)
        Positions, degrees, EPSG:4326.
    edges : RoadEdges
        The roads. Every end is one of ``node_id``.
    notes : tuple of (str, int)
        Remarks of the reader, handed on in the report.

    Returns
    -------
    Network
        Frozen arrays and, in ``report``, what was cut and why.

    Raises
    ------
    NetworkError
        When there are no edges, an end is unknown, a position is impossible, a posted speed lies outside 1 to 200 km/h, a
        direction or class code is unknown, or nothing open to cars is connected.

    Notes
    -----
    - Kept is the largest strongly connected component over all arcs (R. Tarjan, doi:10.1137/0201010, as scipy implements it);
      ``node_access`` marks the largest one of each group of vehicles within it.
    - An edge that starts and ends at one junction is split in its middle when it has a shape, else dropped. Of edges with
      equal ends, direction and length (to the centimetre) the quickest stays. Other parallel edges
      all stay, because a closure may take the quicker one.
    - Turn restrictions are kept by splitting junctions: see `geo.turn_restriction`. Turns barred at certain hours count as open
      here: what hangs on them alone is cut off at those hours, and a query says so.

    Examples
    --------
    >>> from geo.road_edges import straight_edges
    >>> lonlat = [[114.0, 22.5], [114.01, 22.5], [114.01, 22.51]]
    >>> network = build_network([1, 2, 3], lonlat, straight_edges([1, 2, 3], lonlat, [[1, 2], [2, 3]]))
    >>> network.node_count, network.arc_count
    (3, 4)
    """
    draft = checked_draft(node_id, node_lonlat, edges)
    nodes_read, length_read_m = len(draft.node_id), float(draft.length_m.sum())
    draft, keep, counts = mended_draft(draft)
    arcs = _arcs_from_edges(draft, keep)
    split = split_restricted(arcs, draft.node_id, draft.edges.restrictions, len(draft.node_id))
    arcs, origin = split.arcs, split.origin
    component = _components(arcs, len(origin), np.ones(len(arcs.tail), bool))
    if component is None or not (arcs.access & Access.CAR).any():
        raise NetworkError("no two connected junctions are open to cars: there is no network")
    kept_arc = component[arcs.tail] & component[arcs.head]
    report = _cut_report(draft, keep, arcs, origin, kept_arc)
    node_access = np.zeros(len(origin), np.uint8)
    for group in (Access.CAR, Access.EMERGENCY):
        inside = _components(arcs, len(origin), kept_arc & ((arcs.access & group) > 0))
        if inside is not None:
            node_access[inside & component] |= np.uint8(group)
    if not (node_access & Access.CAR).any():
        raise NetworkError("no two connected junctions are open to cars: there is no network")
    report = replace(
        report,
        nodes_read=nodes_read,
        edges_read=len(edges),
        length_read_m=length_read_m,
        loops_split=counts[0],
        loops_dropped=counts[1],
        duplicates_dropped=counts[2],
        restrictions_applied=split.applied,
        restrictions_timed=split.timed,
        restrictions_skipped=split.skipped,
        notes=notes,
    )
    return _frozen(
        draft, _Kept(arcs.take(kept_arc), origin, component, node_access, split.barred_hours), report
    )


def _arcs_from_edges(draft: Draft, keep: NDArray[np.bool_]) -> Arcs:
    """Make an arc per edge and open direction, those along the drawing first."""
    direction, access = draft.edges.direction, draft.edges.access
    usable = keep & (access > 0)
    forward = np.flatnonzero(usable & (direction != Direction.BACKWARD))
    backward = np.flatnonzero(usable & (direction != Direction.FORWARD))
    edge = np.concatenate([forward, backward])
    is_reversed = np.arange(len(edge)) >= len(forward)
    start = np.where(is_reversed, draft.end[edge, 1], draft.end[edge, 0])
    stop = np.where(is_reversed, draft.end[edge, 0], draft.end[edge, 1])
    return Arcs(start, stop, edge, is_reversed, access[edge], np.zeros(len(edge), np.int32))


def _components(arcs: Arcs, node_count: int, use: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Mark the nodes of the largest strongly connected component, None when it has fewer than two."""
    _, label = connected_components(_graph(arcs, node_count, use), connection="strong")
    size = np.bincount(label)
    if size.max() < 2:
        return None
    marked: NDArray[np.bool_] = label == size.argmax()
    return marked


def _graph(arcs: Arcs, node_count: int, use: NDArray[np.bool_]) -> csr_array:
    ones = np.ones(int(use.sum()), np.int8)
    return csr_array((ones, (arcs.tail[use], arcs.head[use])), shape=(node_count, node_count))


def _cut_report(
    draft: Draft,
    keep: NDArray[np.bool_],
    arcs: Arcs,
    origin: NDArray[np.int64],
    kept_arc: NDArray[np.bool_],
) -> NetworkReport:
    """List what is left out, grouped into connected parts."""
    alive = np.zeros(len(keep), bool)
    alive[arcs.edge[kept_arc]] = True
    cut = np.flatnonzero(keep & ~alive)
    main_node = np.zeros(len(draft.node_id), bool)
    main_node[origin[arcs.tail[kept_arc]]] = True
    parts: list[CutPart] = []
    if len(cut):
        # parts of the cut roads that touch each other away from the main network
        inner = ~main_node[draft.end[cut]].any(axis=1)
        ends = draft.end[cut]
        joined = np.where(main_node[ends], ends[:, ::-1], ends)
        graph = csr_array(
            (np.ones(len(cut), np.int8), (joined[:, 0], joined[:, 1])), shape=(len(main_node),) * 2
        )
        _, label = connected_components(graph, directed=False)
        _, part = np.unique(label[joined[:, 0]], return_inverse=True)
        touches = np.zeros(part.max() + 1, bool)
        np.logical_or.at(touches, part, ~inner)
        first = np.full(part.max() + 1, -1)
        first[part[::-1]] = np.arange(len(cut))[::-1]
        lengths = np.bincount(part, weights=draft.length_m[cut])
        counts = np.bincount(part)
        closed = np.bincount(part, weights=draft.edges.access[cut] == 0) == counts
        for i in np.argsort(-lengths)[:_PARTS_LISTED]:
            reason = CutReason.ONE_WAY_TRAP if touches[i] else CutReason.SEPARATE
            reason = CutReason.NO_ACCESS if closed[i] else reason
            lon, lat = draft.node_lonlat[draft.end[cut[first[i]], 0]]
            parts.append(CutPart(reason, int(counts[i]), float(lengths[i]), (float(lon), float(lat))))
    return NetworkReport(
        parts_cut=len(lengths) if len(cut) else 0,
        edges_cut=len(cut),
        length_cut_m=float(draft.length_m[cut].sum()),
        cut=tuple(parts),
    )


@dataclass(eq=False)
class _Kept:
    """Arcs that stay, with the nodes they join."""

    arcs: Arcs
    origin: NDArray[np.int64]
    inside: NDArray[np.bool_]
    access: NDArray[np.uint8]
    barred_hours: NDArray[np.bool_]


def _frozen(draft: Draft, kept: _Kept, report: NetworkReport) -> Network:
    """Order nodes along the Hilbert curve and lay everything out as arrays."""
    arcs, old_edges = kept.arcs, draft.edges
    old_node = np.flatnonzero(kept.inside)
    lonlat = draft.node_lonlat[kept.origin[old_node]]
    old_node = old_node[np.argsort(hilbert_index(lonlat), kind="stable")]
    new_node = np.full(len(kept.origin), -1, np.int64)
    new_node[old_node] = np.arange(len(old_node))
    tail, head = new_node[arcs.tail], new_node[arcs.head]
    # edges follow the nodes they start from, so that they too lie together
    old_edge, position = np.unique(arcs.edge, return_inverse=True)
    first_tail = np.full(len(old_edge), len(old_node))
    np.minimum.at(first_tail, position, tail)
    edge_order = np.argsort(first_tail, kind="stable")
    rank = np.empty_like(edge_order)
    rank[edge_order] = np.arange(len(edge_order))
    edge, old_edge = rank[position], old_edge[edge_order]
    order = np.lexsort((arcs.is_reversed, edge, head, tail))
    tail, head, edge = tail[order], head[order], edge[order]
    is_reversed = arcs.is_reversed[order]
    points = np.diff(old_edges.shape_first)[old_edge]
    stop = np.cumsum(points)
    flat = np.arange(int(stop[-1])) + np.repeat(old_edges.shape_first[old_edge] - (stop - points), points)
    shape_first = np.concatenate(([0], stop)).astype(np.int64)
    shape_lonlat = np.ascontiguousarray(old_edges.shape_lonlat[flat])
    grid_first, grid_edge, grid_frame = grid_over_edges(shape_first, shape_lonlat)
    length = draft.length_m[old_edge]
    along = 2 * edge + is_reversed
    timing = arcs.timing[order]
    timed = np.flatnonzero(timing > 0)
    arrays: dict[str, NDArray] = {
        "node_id": draft.node_id[kept.origin[old_node]],
        "node_lonlat": draft.node_lonlat[kept.origin[old_node]],
        "node_access": kept.access[old_node],
        "first_out": _first(tail, len(old_node)),
        "arc_tail": tail.astype(np.int32),
        "arc_head": head.astype(np.int32),
        "arc_edge": edge.astype(np.int32),
        "arc_is_reversed": is_reversed,
        "arc_length_m": length[edge].astype(np.float32),
        "arc_max_speed_kmh": old_edges.max_speed_kmh[old_edge[edge], is_reversed.astype(int)],
        "arc_class": old_edges.road_class[old_edge[edge]],
        "arc_access": arcs.access[order],
        "first_in": _first(head, len(old_node)),
        "in_arc": np.argsort(head, kind="stable").astype(np.int32),
        "edge_arc_first": _first(along, 2 * len(old_edge)),
        "edge_arc": np.argsort(along, kind="stable").astype(np.int32),
        "edge_source_id": old_edges.source_id[old_edge],
        "edge_name_idx": old_edges.name_idx[old_edge],
        "edge_length_m": length,
        "shape_first": shape_first,
        "shape_lonlat": shape_lonlat,
        "grid_first": grid_first,
        "grid_edge": grid_edge,
        "grid_frame": grid_frame,
        "timed_arc": timed.astype(np.int32),
        "timed_barred": kept.barred_hours[timing[timed] - 1],
    }
    for array in arrays.values():
        array.setflags(write=False)
    open_to_cars = np.zeros(len(old_edge), bool)
    open_to_cars[edge[(arrays["arc_access"] & Access.CAR) > 0]] = True
    report = replace(
        report,
        nodes=len(old_node),
        arcs=len(tail),
        edges=len(old_edge),
        length_m=float(length.sum()),
        edges_closed_to_cars=int((~open_to_cars).sum()),
    )
    names = old_edges.names
    return Network(**arrays, names=names, report=report, version=content_version(arrays, names))


def _first(key: NDArray, count: int) -> NDArray[np.int32]:
    """Count keys into a CSR index."""
    first = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(key, minlength=count), out=first[1:])
    return first


def tally(remarks: Counter[str]) -> tuple[tuple[str, int], ...]:
    """
    Turn counted remarks into a report's form, most frequent first.

    Parameters
    ----------
    remarks : Counter of str
        Remarks and how often they apply.

    Returns
    -------
    tuple of (str, int)
        Sorted by count, then text.

    Examples
    --------
    >>> tally(Counter({"a": 1, "b": 2}))
    (('b', 2), ('a', 1))
    """
    return tuple(sorted(remarks.items(), key=lambda pair: (-pair[1], pair[0])))
