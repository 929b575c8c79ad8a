"""Build a road network from a line layer (Shapefile, GeoPackage, GeoJSON) with a column mapping."""

import itertools
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyogrio
import shapely
import shapely.ops
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from data.roads import _columns
from data.roads.errors import RoadFileError
from geo.crs import HOUSE_CRS, convert, crs_from_name
from geo.measure import metres_per_degree
from geo.network import Network
from geo.network_building import build_network, tally
from geo.road_class import Access, Direction, RoadClass
from geo.road_edges import RoadEdges, index_names

DEFAULT_JOIN_M = 0.5
"""Ends of lines this close are one junction."""


@dataclass(frozen=True)
class LineMapping:
    """Which column of a line layer means what; what is not mapped takes its default."""

    road_class: str | None = None
    oneway: str | None = None
    max_speed: str | None = None
    length_m: str | None = None
    name: str | None = None
    default_class: RoadClass = RoadClass.RESIDENTIAL
    class_values: Mapping[str, RoadClass] | None = None
    oneway_values: Mapping[str, Direction] | None = None


def network_from_lines(
    path: str | os.PathLike[str],
    mapping: LineMapping,
    *,
    layer: str | None = None,
    crs: str | None = None,
    join_m: float = DEFAULT_JOIN_M,
    split_at_touches: bool = True,
) -> Network:
    """
    Build a network from lines whose ends meet at junctions.

    A line whose end lies on the middle of another (within ``join_m``) cuts that other there, unless ``split_at_touches`` is
    False. Lines that cross without a common end stay apart, as bridges do; the report counts both.

    Parameters
    ----------
    path : str or path
        Any file that GDAL reads.
    mapping : LineMapping
        Columns.
    layer : str, optional
        Layer of the file; by default its first.
    crs : str, optional
        Name of the CRS; by default the file's own.
    join_m : float
        Tolerance in metres, above 0.
    split_at_touches : bool
        Whether an end on the middle of a line makes a junction.

    Raises
    ------
    RoadFileError
        When the file cannot be read, has no CRS or no lines, or a column or value cannot be taken.
    CrsError
        When the CRS is not one the house accepts.
    NetworkError
        When nothing is connected.
    """
    where = os.fspath(path)
    if not join_m > 0:
        raise RoadFileError(f"join_m 应大于 0 / join_m must be above 0: {join_m}")
    try:
        table = pyogrio.read_dataframe(where, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        raise RoadFileError(f"读不了线图层 / cannot read the line layer {where}: {error}") from error
    if "geometry" not in table.columns:
        raise RoadFileError(f"文件没有几何列 / the file has no geometry: {where}")
    remarks: Counter[str] = Counter()
    shapes, row = _parts(np.asarray(table.geometry.array, dtype=object), where, remarks)
    shapes = _to_house(shapes, crs or _file_crs(table, where))
    count = len(table)
    length = _columns.lengths(_columns.column(table, mapping.length_m, "length"), count)
    road_class = _columns.classes(
        _columns.column(table, mapping.road_class, "road class"),
        count,
        mapping.class_values,
        mapping.default_class,
        remarks,
    )
    direction = _columns.directions(
        _columns.column(table, mapping.oneway, "oneway"), count, mapping.oneway_values
    )
    posted = _columns.speeds(_columns.column(table, mapping.max_speed, "max speed"), count)
    street = _columns.column(table, mapping.name, "name")
    names, name_idx = index_names([""] * count if street is None else _columns.texts(street))
    whole_m = shapely.length(shapes)
    shapes, source = _joined(shapes, join_m, remarks, split=split_at_touches)
    published = None
    if length is not None:
        # a published length belongs to the whole row: parts take their share
        of_row = np.bincount(row, weights=whole_m, minlength=count)
        published = length[row[source]] * shapely.length(shapes) / np.maximum(of_row[row[source]], 1e-12)
    node_lonlat, ends = _junctions(shapes, join_m)
    rows = row[source]
    speed = posted[rows].astype(np.float32)
    points = shapely.get_num_coordinates(shapes)
    edges = RoadEdges(
        from_node_id=ends[:, 0],
        to_node_id=ends[:, 1],
        direction=direction[rows],
        road_class=road_class[rows],
        shape_first=np.concatenate(([0], np.cumsum(points))).astype(np.int64),
        shape_lonlat=shapely.get_coordinates(shapes),
        max_speed_kmh=np.column_stack([speed, speed]),
        access=np.full(len(shapes), Access.ALL, np.uint8),
        name_idx=name_idx[rows],
        names=names,
        source_id=rows.astype(np.int64) + 1,
        length_m=published,
    )
    return build_network(np.arange(len(node_lonlat)), node_lonlat, edges, notes=tally(remarks))


def _file_crs(table: object, where: str) -> str:
    """Name the CRS of a file; raises RoadFileError when it has none."""
    own = getattr(table, "crs", None)
    if own is None:
        raise RoadFileError(f"文件没有坐标系，请指明 crs / the file names no CRS, give one: {where}")
    code = own.to_authority(min_confidence=70)
    return crs_from_name(":".join(code) if code else str(own.name))


def _parts(
    geometry: NDArray[np.object_], where: str, remarks: Counter[str]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Take lines apart into single ones, with the row each came from."""
    kind = shapely.get_type_id(geometry)
    empty = (kind < 0) | shapely.is_empty(geometry)
    other = ~empty & ~np.isin(kind, [1, 5])
    if other.any():
        first = int(np.flatnonzero(other)[0])
        raise RoadFileError(
            f"第 {first + 1} 行不是线（{geometry[first].geom_type}）/ row {first + 1} is no line: {where}"
        )
    if empty.any():
        remarks["row without a line"] += int(empty.sum())
    rows = np.flatnonzero(~empty)
    if len(rows) == 0:
        raise RoadFileError(f"图层中没有线 / no lines in the layer: {where}")
    shapes, index = shapely.get_parts(shapely.force_2d(geometry[rows]), return_index=True)
    long = shapely.length(shapes) > 0
    if (~long).any():
        remarks["line without a length"] += int((~long).sum())
    return shapes[long], rows[index[long]]


def _to_house(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Convert lines to the house's CRS."""
    if crs == HOUSE_CRS:
        return shapes
    moved: NDArray[np.object_] = shapely.transform(shapes, lambda xy: convert(xy, crs, HOUSE_CRS))
    return moved


def _joined(
    shapes: NDArray[np.object_], join_m: float, remarks: Counter[str], *, split: bool
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Cut lines where the end of another lies on their middle; count what crosses without a common end."""
    scale = np.array(metres_per_degree(float(shapely.get_coordinates(shapes[0])[0, 1])))
    flat = shapely.transform(shapes, lambda xy: xy * scale)
    tree = shapely.STRtree(flat)
    corners = np.concatenate([shapely.get_coordinates(shapely.get_point(flat, i)) for i in (0, -1)])
    ends = np.asarray(shapely.points(corners), dtype=object)
    point, line = tree.query(ends, predicate="dwithin", distance=join_m)
    at: NDArray[np.float64] = np.asarray(shapely.line_locate_point(flat[line], ends[point]))
    inner = (at > join_m) & (at < shapely.length(flat[line]) - join_m)
    cuts: dict[int, set[float]] = {}
    for which, where in zip(line[inner].tolist(), at[inner].tolist(), strict=True):
        cuts.setdefault(which, set()).add(where)
    if cuts:
        done = "cut there" if split else "left as it is"
        remarks[f"end of a line on the middle of another, {done}"] += len(point[inner])
    first, second = tree.query(flat, predicate="crosses")
    crossing = int((first < second).sum())
    if crossing:
        remarks["lines cross without a junction, taken as a bridge"] += crossing
    if not split or not cuts:
        return shapes, np.arange(len(shapes))
    pieces: list[BaseGeometry] = []
    source: list[int] = []
    for i, shape in enumerate(flat):
        places = sorted(cuts.get(i, ()))
        kept = [p for j, p in enumerate(places) if j == 0 or p - places[j - 1] > join_m]
        bounds = [0.0, *kept, shape.length]
        for low, high in itertools.pairwise(bounds):
            piece = shapely.ops.substring(shape, low, high)
            pieces.append(piece)
            source.append(i)
    back = shapely.transform(np.array(pieces, dtype=object), lambda xy: xy / scale)
    return back, np.array(source, np.int64)


def _junctions(shapes: NDArray[np.object_], join_m: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Join ends of lines that lie together into junctions; give their positions and the two of each line."""
    start = shapely.get_coordinates(shapely.get_point(shapes, 0))
    stop = shapely.get_coordinates(shapely.get_point(shapes, -1))
    points = np.concatenate([start, stop])
    scale = np.array(metres_per_degree(float(points[:, 1].mean())))
    pairs = cKDTree(points * scale).query_pairs(join_m, output_type="ndarray")
    graph = csr_array(
        (np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))
    )
    count, label = connected_components(graph, directed=False)
    lonlat = (
        np.column_stack([np.bincount(label, weights=points[:, i], minlength=count) for i in (0, 1)])
        / np.bincount(label, minlength=count)[:, None]
    )
    return lonlat, label.astype(np.int64).reshape(2, -1).T.copy()
