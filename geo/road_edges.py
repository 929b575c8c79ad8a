"""Hold junctions, road edges and turn restrictions as read from a source, before a network is built."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import NetworkError
from geo.road_class import Access, Direction, RoadClass

LOWEST_SPEED_KMH = 1.0
"""Posted speeds below this are refused."""
HIGHEST_SPEED_KMH = 200.0
"""Posted speeds above this are refused."""


@dataclass(frozen=True)
class TurnRestriction:
    """
    Forbid or demand a turn (转向限制) from one edge over a junction, or over further edges, into another.

    Parameters
    ----------
    from_edge_idx, to_edge_idx : int
        Positions in `RoadEdges`; the same one twice is a U-turn.
    via_node_id : int
        The junction at which ``from_edge_idx`` ends.
    is_only : bool
        True: from ``from_edge_idx`` only this way on is allowed, at every junction along it. False: driving the whole of it is
        forbidden.
    via_edge_idx : tuple of int
        Edges driven between the two, in order; empty for a turn at one junction.
    hours_of_week : frozenset of int or None
        Hours, 0 to 167, at which it holds; None: always.
    """

    from_edge_idx: int
    via_node_id: int
    to_edge_idx: int
    is_only: bool = False
    via_edge_idx: tuple[int, ...] = ()
    hours_of_week: frozenset[int] | None = None


@dataclass(frozen=True, eq=False)
class RoadEdges:
    """
    Road edges between junctions, one row per stretch of road.

    Parameters
    ----------
    from_node_id, to_node_id : ndarray of int64, shape (e,)
        Ends, in the direction of drawing.
    direction : ndarray of int8, shape (e,)
        `Direction` codes.
    road_class : ndarray of uint8, shape (e,)
        `RoadClass` codes.
    shape_first : ndarray of int64, shape (e + 1,)
        Edge ``i`` runs along ``shape_lonlat[shape_first[i]:shape_first[i + 1]]``, both ends included.
    shape_lonlat : ndarray of float64, shape (p, 2)
        Vertices in degrees, EPSG:4326.
    max_speed_kmh : ndarray of float32, shape (e, 2)
        Posted limit along and against the drawing; 0 where none is known.
    access : ndarray of uint8, shape (e,)
        `Access` bits.
    name_idx : ndarray of int32, shape (e,)
        Position in ``names``.
    names : tuple of str
        Street names; ``names[0]`` is the empty name.
    source_id : ndarray of int64, shape (e,)
        The road's key in its source (an OSM way id, a row number), not necessarily unique.
    length_m : ndarray of float64, shape (e,), or None
        Lengths as published; None or a value of 0 means: measure the shape.
    """

    from_node_id: NDArray[np.int64]
    to_node_id: NDArray[np.int64]
    direction: NDArray[np.int8]
    road_class: NDArray[np.uint8]
    shape_first: NDArray[np.int64]
    shape_lonlat: NDArray[np.float64]
    max_speed_kmh: NDArray[np.float32]
    access: NDArray[np.uint8]
    name_idx: NDArray[np.int32]
    names: tuple[str, ...]
    source_id: NDArray[np.int64]
    length_m: NDArray[np.float64] | None = None
    restrictions: tuple[TurnRestriction, ...] = field(default=())

    def __len__(self) -> int:
        """Count the edges."""
        return len(self.from_node_id)


def straight_edges(
    node_id: ArrayLike,
    node_lonlat: ArrayLike,
    from_to: ArrayLike,
    *,
    direction: ArrayLike | None = None,
    road_class: ArrayLike | None = None,
    max_speed_kmh: ArrayLike | None = None,
    access: ArrayLike | None = None,
    street: Sequence[str] | None = None,
    source_id: ArrayLike | None = None,
    length_m: ArrayLike | None = None,
    restrictions: Sequence[TurnRestriction] = (),
) -> RoadEdges:
    """
    Make edges that run straight from node to node, as a node and an edge table give them.

    Parameters
    ----------
    node_id : array_like of int, shape (n,)
        Keys of the junctions.
    node_lonlat : array_like, shape (n, 2)
        Positions in degrees, EPSG:4326.
    from_to : array_like of int, shape (e, 2)
        Keys of the ends of each edge.
    direction, road_class, access, source_id : array_like of int, shape (e,), optional
        As in `RoadEdges`; by default open both ways, residential, open to all, numbered from 0.
    max_speed_kmh : array_like, shape (e,), optional
        Posted limit in both directions, 1 to 200; 0 where none is known.
    street : sequence of str, length e, optional
        Street names.
    length_m : array_like, shape (e,), optional
        Lengths in metres as published.
    restrictions : sequence of TurnRestriction
        Turn restrictions.

    Returns
    -------
    RoadEdges
        The edges.

    Raises
    ------
    NetworkError
        When an edge names a node that is not there, or arrays differ in length.

    Examples
    --------
    >>> edges = straight_edges([7, 8], [[114.0, 22.5], [114.01, 22.5]], [[7, 8]], street=["深南大道"])
    >>> len(edges), edges.names
    (1, ('', '深南大道'))
    """
    ids = np.asarray(node_id, dtype=np.int64)
    lonlat = np.asarray(node_lonlat, dtype=np.float64).reshape(-1, 2)
    ends = np.asarray(from_to, dtype=np.int64).reshape(-1, 2)
    count = len(ends)
    position = node_positions(ids, ends)
    names, name_idx = index_names(street if street is not None else [""] * count)

    def column(values: ArrayLike | None, default: int, dtype: type) -> NDArray:
        array: NDArray = (
            np.full(count, default, dtype) if values is None else np.asarray(values).astype(dtype)
        )
        if array.shape != (count,):
            raise NetworkError(f"a column has shape {array.shape}, the edges need ({count},)")
        return array

    speed = column(max_speed_kmh, 0, np.float32)
    return RoadEdges(
        from_node_id=ends[:, 0],
        to_node_id=ends[:, 1],
        direction=column(direction, Direction.BOTH, np.int8),
        road_class=column(road_class, RoadClass.RESIDENTIAL, np.uint8),
        shape_first=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        shape_lonlat=lonlat[position.ravel()],
        max_speed_kmh=np.column_stack([speed, speed]),
        access=column(access, Access.ALL, np.uint8),
        name_idx=name_idx,
        names=names,
        source_id=np.arange(count, dtype=np.int64) if source_id is None else column(source_id, 0, np.int64),
        length_m=None if length_m is None else column(length_m, 0, np.float64),
        restrictions=tuple(restrictions),
    )


def index_names(street: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """
    Give numbers to street names in order of first use; the empty name is always number 0.

    Parameters
    ----------
    street : sequence of str
        One name per edge, empty where there is none.

    Returns
    -------
    tuple
        The distinct names and, shape (e,), the number of each edge's name.

    Examples
    --------
    >>> index_names(["", "红荔路", "红荔路"])[0]
    ('', '红荔路')
    """
    number = {"": 0}
    idx = np.fromiter((number.setdefault(name, len(number)) for name in street), np.int32, len(street))
    return tuple(number), idx


def node_positions(node_id: NDArray[np.int64], wanted_id: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Find the positions of keys.

    Parameters
    ----------
    node_id : ndarray of int64, shape (n,)
        Distinct keys.
    wanted_id : ndarray of int64, any shape
        Keys to look up.

    Returns
    -------
    ndarray of int64
        Positions in ``node_id``, of the shape of ``wanted_id``.

    Raises
    ------
    NetworkError
        When a key is missing or occurs twice.

    Examples
    --------
    >>> node_positions(np.array([30, 10]), np.array([10, 30])).tolist()
    [1, 0]
    """
    order = np.argsort(node_id, kind="stable")
    ordered = node_id[order]
    if (ordered[1:] == ordered[:-1]).any():
        twice = int(ordered[1:][ordered[1:] == ordered[:-1]][0])
        raise NetworkError(f"node {twice} occurs twice in the node table")
    if wanted_id.size == 0:
        return np.zeros(wanted_id.shape, np.int64)
    place = np.searchsorted(ordered, wanted_id)
    place[place == len(ordered)] = 0
    missing = np.ones(wanted_id.shape, bool) if len(ordered) == 0 else ordered[place] != wanted_id
    if missing.any():
        raise NetworkError(
            f"{int(missing.sum())} edge ends name nodes that are not in the node table, first {wanted_id[missing].flat[0]}"
        )
    found: NDArray[np.int64] = order[place]
    return found
