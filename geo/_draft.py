"""Check road edges and mend what can be mended, before arcs are made of them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import NetworkError
from geo.measure import geodesic_lengths_m
from geo.road_class import Direction, RoadClass
from geo.road_edges import HIGHEST_SPEED_KMH, LOWEST_SPEED_KMH, RoadEdges, node_positions


@dataclass(eq=False)
class Draft:
    """Edges and nodes while they are being mended, before arcs exist."""

    node_id: NDArray[np.int64]
    node_lonlat: NDArray[np.float64]
    end: NDArray[np.int64]  # (e, 2) positions of nodes
    edges: RoadEdges
    length_m: NDArray[np.float64]


def checked_draft(node_id: ArrayLike, node_lonlat: ArrayLike, edges: RoadEdges) -> Draft:
    """Refuse what cannot be a road network."""
    ids = np.asarray(node_id, dtype=np.int64)
    lonlat = np.asarray(node_lonlat, dtype=np.float64).reshape(-1, 2)
    if len(edges) == 0:
        raise NetworkError("there are no road edges: nothing to build a network from")
    if len(ids) != len(lonlat):
        raise NetworkError(f"{len(ids)} node keys but {len(lonlat)} positions")
    for points in (lonlat, edges.shape_lonlat):
        good = (np.abs(points[:, 0]) <= 180) & (np.abs(points[:, 1]) <= 89)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise NetworkError(
                f"position {row} is {points[row].tolist()}: expected longitude, latitude in degrees"
            )
    speed = edges.max_speed_kmh
    bad = (speed != 0) & ~((speed >= LOWEST_SPEED_KMH) & (speed <= HIGHEST_SPEED_KMH))
    if bad.any():
        row = int(np.flatnonzero(bad.any(axis=1))[0])
        raise NetworkError(
            f"edge {row} (source {edges.source_id[row]}) has a posted speed of {speed[row].max():g} km/h: expected 1 to 200"
        )
    if not np.isin(edges.direction, list(Direction)).all():
        raise NetworkError(
            f"unknown direction codes {sorted(set(edges.direction.tolist()) - set(Direction))}"
        )
    if not np.isin(edges.road_class, list(RoadClass)).all():
        raise NetworkError(f"unknown road classes {sorted(set(edges.road_class.tolist()) - set(RoadClass))}")
    ends = np.column_stack([edges.from_node_id, edges.to_node_id])
    measured = geodesic_lengths_m(edges.shape_lonlat, edges.shape_first)
    length = measured
    if edges.length_m is not None:
        if not (np.isfinite(edges.length_m) & (edges.length_m >= 0)).all():
            raise NetworkError("a published length is negative or not a number")
        length = np.where(edges.length_m > 0, edges.length_m, measured)
    return Draft(ids, lonlat, node_positions(ids, ends), edges, length)


def mended_draft(draft: Draft) -> tuple[Draft, NDArray[np.bool_], tuple[int, int, int]]:
    """Split or drop loops and drop edges that repeat another."""
    edges, end = draft.edges, draft.end
    loop = end[:, 0] == end[:, 1]
    points = np.diff(edges.shape_first)
    splittable = np.flatnonzero(loop & (points >= 4))
    dropped = loop & (points < 4)
    if len(splittable):
        draft = _loops_split(draft, splittable)
        edges, end = draft.edges, draft.end
        dropped = np.append(dropped, np.zeros(len(splittable), bool))
    low, high = end.min(axis=1), end.max(axis=1)
    along = np.where(end[:, 0] == low, edges.direction, -edges.direction)
    centimetres = np.rint(draft.length_m * 100).astype(np.int64)
    speed = edges.max_speed_kmh.max(axis=1)
    order = np.lexsort((edges.road_class, -speed, centimetres, along, high, low))
    same = np.ones(len(order) - 1, bool)
    for values in (low, high, along, centimetres):
        same &= values[order[1:]] == values[order[:-1]]
    repeated = np.zeros(len(order), bool)
    repeated[order[1:][same]] = True
    repeated &= ~dropped
    counts = (len(splittable), int(dropped.sum()), int(repeated.sum()))
    return draft, ~(dropped | repeated), counts


def _loops_split(draft: Draft, loops: NDArray[np.int64]) -> Draft:
    """Cut each loop at its middle vertex: the first half keeps the place, the second is appended."""
    edges = draft.edges
    middle = (edges.shape_first[loops] + edges.shape_first[loops + 1]) // 2
    added_id = min(int(draft.node_id.min()), 0) - 1 - np.arange(len(loops))
    added_idx = len(draft.node_id) + np.arange(len(loops))
    shapes = np.split(edges.shape_lonlat, edges.shape_first[1:-1])
    halves = []
    share = np.zeros(len(loops))
    for i, (edge, cut) in enumerate(zip(loops, middle, strict=True)):
        whole = shapes[edge]
        at = int(cut - edges.shape_first[edge])
        halves.append(whole[at:])
        shapes[edge] = whole[: at + 1]
        parts = geodesic_lengths_m(np.concatenate([shapes[edge], halves[-1]]), [0, at + 1, len(whole) + 1])
        share[i] = parts[0] / max(parts.sum(), 1e-9)
    shapes += halves
    again = np.append(np.arange(len(edges)), loops)
    end = draft.end[again]
    end[loops, 1] = added_idx
    end[len(edges) :, 0] = added_idx
    length = draft.length_m[again]
    length[loops] *= share
    length[len(edges) :] *= 1 - share
    split = replace(
        edges,
        from_node_id=edges.from_node_id[again],
        to_node_id=edges.to_node_id[again],
        direction=edges.direction[again],
        road_class=edges.road_class[again],
        shape_first=np.concatenate(([0], np.cumsum([len(s) for s in shapes]))).astype(np.int64),
        shape_lonlat=np.concatenate(shapes),
        max_speed_kmh=edges.max_speed_kmh[again],
        access=edges.access[again],
        name_idx=edges.name_idx[again],
        source_id=edges.source_id[again],
        length_m=length,
    )
    return Draft(
        np.append(draft.node_id, added_id),
        np.concatenate([draft.node_lonlat, edges.shape_lonlat[middle]]),
        end,
        split,
        length,
    )
