"""Hold a directed road network as frozen arrays that every travel-time question reads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import NetworkError

_OPTIONAL = frozenset({"timed_arc", "timed_barred"})
"""Arrays that older files lack; empty ones leave the version as it was."""


class CutReason(StrEnum):
    """Why roads were left out of a network."""

    SEPARATE = "separate"
    """No road leads from there to the main network or back."""
    ONE_WAY_TRAP = "one_way_trap"
    """Roads lead only in, or only out."""
    NO_ACCESS = "no_access"
    """Open to no group of vehicles."""


@dataclass(frozen=True)
class CutPart:
    """One connected group of edges that was left out: why, how large, and where its first junction lies."""

    reason: CutReason
    edge_count: int
    length_m: float
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class NetworkReport:
    """
    Say what became of the edges a network was built from (路网质检报告).

    Lengths are in metres, each edge counted once whatever its directions. ``cut`` lists the largest parts, longest first;
    the totals count all of them. ``restrictions_skipped`` counts turn restrictions by what is wrong with them.
    """

    nodes_read: int = 0
    edges_read: int = 0
    length_read_m: float = 0.0
    nodes: int = 0
    arcs: int = 0
    edges: int = 0
    length_m: float = 0.0
    edges_closed_to_cars: int = 0
    loops_split: int = 0
    loops_dropped: int = 0
    duplicates_dropped: int = 0
    restrictions_applied: int = 0
    restrictions_timed: int = 0
    """Of those applied, the ones that hold at certain hours only."""
    restrictions_skipped: tuple[tuple[str, int], ...] = ()
    parts_cut: int = 0
    edges_cut: int = 0
    length_cut_m: float = 0.0
    cut: tuple[CutPart, ...] = ()
    notes: tuple[tuple[str, int], ...] = ()
    """What the reader of the source met, as (remark, count)."""


@dataclass(frozen=True, eq=False)
class Network:
    """
    A directed road network: nodes, arcs in forward order, the edges they run along, and an index of edges by place.

    A *node* is a junction; nodes lie along a Hilbert curve. An *edge* is a stretch of road as drawn; an *arc* is an edge in one
    direction. A junction with turn restrictions stands as several nodes at one place, so that an edge may have
    several arcs in one direction. Those lead to the same node, unless a restriction over further edges tells them apart.

    Attributes
    ----------
    node_id : ndarray of int64, shape (n,)
        Keys of the source; copies of a junction share one.
    node_lonlat : ndarray of float64, shape (n, 2)
        Degrees, EPSG:4326.
    node_access : ndarray of uint8, shape (n,)
        `Access` bits of the groups of vehicles that reach every other such node from here.
    first_out : ndarray of int32, shape (n + 1,)
        Arcs ``first_out[i]`` to ``first_out[i + 1]`` leave node ``i``.
    arc_tail, arc_head : ndarray of int32, shape (m,)
        Nodes.
    arc_edge : ndarray of int32, shape (m,)
        Edges.
    arc_is_reversed : ndarray of bool, shape (m,)
        True when the arc runs against its edge's drawing.
    arc_length_m, arc_max_speed_kmh : ndarray of float32, shape (m,)
        Length; posted limit, 0 where none is known.
    arc_class, arc_access : ndarray of uint8, shape (m,)
        `RoadClass` and `Access` codes.
    first_in, in_arc : ndarray of int32, shape (n + 1,) and (m,)
        Arcs ``in_arc[first_in[i]:first_in[i + 1]]`` enter node ``i``.
    edge_arc_first, edge_arc : ndarray of int32, shape (2 e + 1,) and (m,)
        ``edge_arc[edge_arc_first[2 i]:edge_arc_first[2 i + 1]]`` run along edge ``i``, the next range against it.
    edge_source_id : ndarray of int64, shape (e,)
        Keys of the source, such as OSM way ids.
    edge_name_idx : ndarray of int32, shape (e,)
        Positions in ``names``.
    edge_length_m : ndarray of float64, shape (e,)
        Lengths.
    shape_first, shape_lonlat : ndarray of int64, shape (e + 1,), and float64, shape (p, 2)
        Polylines of the edges, degrees, EPSG:4326.
    grid_first, grid_edge : ndarray of int32
        Edges by cell of a grid, row by row from the south-west.
    grid_frame : ndarray of float64, shape (6,)
        West, south, cell width and height in degrees, columns, rows.
    names : tuple of str
        Street names; the first is empty.
    report : NetworkReport
        What was read, kept and cut.
    version : str
        Hash of the content; two networks with one version give the same answers.
    timed_arc : ndarray of int32, shape (t,)
        Arcs that cars may not use at certain hours, ascending: turns restricted by the clock.
    timed_barred : ndarray of bool, shape (t, 168)
        The hours of the week at which they may not.
    """

    node_id: NDArray[np.int64]
    node_lonlat: NDArray[np.float64]
    node_access: NDArray[np.uint8]
    first_out: NDArray[np.int32]
    arc_tail: NDArray[np.int32]
    arc_head: NDArray[np.int32]
    arc_edge: NDArray[np.int32]
    arc_is_reversed: NDArray[np.bool_]
    arc_length_m: NDArray[np.float32]
    arc_max_speed_kmh: NDArray[np.float32]
    arc_class: NDArray[np.uint8]
    arc_access: NDArray[np.uint8]
    first_in: NDArray[np.int32]
    in_arc: NDArray[np.int32]
    edge_arc_first: NDArray[np.int32]
    edge_arc: NDArray[np.int32]
    edge_source_id: NDArray[np.int64]
    edge_name_idx: NDArray[np.int32]
    edge_length_m: NDArray[np.float64]
    shape_first: NDArray[np.int64]
    shape_lonlat: NDArray[np.float64]
    grid_first: NDArray[np.int32]
    grid_edge: NDArray[np.int32]
    grid_frame: NDArray[np.float64]
    names: tuple[str, ...]
    report: NetworkReport
    version: str
    timed_arc: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    timed_barred: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 168), bool))

    @property
    def node_count(self) -> int:
        """Number of nodes, copies of restricted junctions included."""
        return len(self.node_id)

    @property
    def arc_count(self) -> int:
        """Number of arcs."""
        return len(self.arc_head)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edge_source_id)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all edges, in degrees, EPSG:4326."""
        low, high = self.shape_lonlat.min(axis=0), self.shape_lonlat.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def edge_access(self) -> NDArray[np.uint8]:
        """`Access` bits per edge, shape (e,): who may use it and get there from everywhere, and away."""
        ends = self.node_access[self.arc_tail] & self.node_access[self.arc_head]
        bits = self.arc_access & ends
        found = np.zeros(self.edge_count, np.uint8)
        for bit in (1, 2):
            found[self.arc_edge[(bits & bit) > 0]] |= np.uint8(bit)
        found.setflags(write=False)
        return found

    def edge_name(self, edge_idx: int) -> str:
        """Name the street an edge belongs to; empty where it has none."""
        return self.names[int(self.edge_name_idx[edge_idx])]

    def edge_lines(self, edge_idx: ArrayLike) -> NDArray[np.object_]:
        """Draw edges as shapely lines in EPSG:4326, in the order asked for."""
        wanted = np.asarray(edge_idx, dtype=np.int64).ravel()
        start = self.shape_first[wanted]
        count = self.shape_first[wanted + 1] - start
        ends = np.cumsum(count)
        flat = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - (ends - count), count)
        lines: NDArray[np.object_] = shapely.linestrings(
            self.shape_lonlat[flat], indices=np.repeat(np.arange(len(wanted)), count)
        )
        return np.atleast_1d(np.asarray(lines, dtype=object))

    def edges_in_box(self, west: float, south: float, east: float, north: float) -> NDArray[np.int32]:
        """List edges that may touch a box in degrees: all that do, and some that only pass near it."""
        x0, y0, width, height, columns, rows = self.grid_frame
        first_column = max(int(np.floor((west - x0) / width)), 0)
        last_column = min(int(np.floor((east - x0) / width)), int(columns) - 1)
        first_row = max(int(np.floor((south - y0) / height)), 0)
        last_row = min(int(np.floor((north - y0) / height)), int(rows) - 1)
        if first_column > last_column or first_row > last_row:
            return np.zeros(0, np.int32)
        parts = []
        for row in range(first_row, last_row + 1):
            base = row * int(columns)
            parts.append(
                self.grid_edge[self.grid_first[base + first_column] : self.grid_first[base + last_column + 1]]
            )
        found: NDArray[np.int32] = np.unique(np.concatenate(parts))
        return found

    def edges_in_area(self, area: BaseGeometry) -> NDArray[np.int32]:
        """
        List the edges that touch an area.

        Parameters
        ----------
        area : shapely.geometry.base.BaseGeometry
            Polygon or any other geometry in EPSG:4326. Touching its boundary counts.

        Returns
        -------
        ndarray of int32
            Edges in ascending order.

        Raises
        ------
        NetworkError
            When the geometry is invalid.
        """
        if area.is_empty:
            return np.zeros(0, np.int32)
        if not area.is_valid:
            raise NetworkError(f"the area is invalid: {shapely.is_valid_reason(area)}")
        near = self.edges_in_box(*area.bounds)
        shapely.prepare(area)
        # Most edges of a large area begin inside it: only the others have to be drawn.
        begins = self.shape_lonlat[self.shape_first[near]]
        touches = shapely.contains_xy(area, begins[:, 0], begins[:, 1])
        others = np.flatnonzero(~touches)
        touches[others] = shapely.intersects(area, self.edge_lines(near[others]))
        touched: NDArray[np.int32] = near[touches]
        return touched

    def arcs_of_edges(self, edge_idx: ArrayLike) -> NDArray[np.int32]:
        """List all arcs that run along the given edges, in either direction."""
        wanted = np.asarray(edge_idx, dtype=np.int64).ravel()
        start = self.edge_arc_first[2 * wanted].astype(np.int64)
        count = self.edge_arc_first[2 * wanted + 2] - start
        ends = np.cumsum(count)
        flat = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - (ends - count), count)
        arcs: NDArray[np.int32] = self.edge_arc[flat]
        return arcs


def network_arrays(network: Network) -> dict[str, NDArray]:
    """
    List the arrays of a network by name, as they are stored and hashed.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    dict of str to ndarray
        Every attribute that is an array.
    """
    values = {item.name: getattr(network, item.name) for item in fields(network)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def content_version(arrays: Mapping[str, NDArray], names: tuple[str, ...]) -> str:
    """
    Hash what a network consists of.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        As from `network_arrays`.
    names : tuple of str
        Street names.

    Returns
    -------
    str
        32 hexadecimal digits of BLAKE2b.

    Examples
    --------
    >>> content_version({}, ("",)) == content_version({}, ("",))
    True
    """
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        if name in _OPTIONAL and not array.size:
            continue
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data.cast("B") if array.size else b"")
    digest.update("\n".join(names).encode())
    return digest.hexdigest()
