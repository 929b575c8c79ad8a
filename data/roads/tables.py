"""Build a road network from a table of nodes and a table of edges."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.roads import _columns
from data.roads.errors import RoadFileError
from geo.crs import HOUSE_CRS, convert
from geo.network import Network
from geo.network_building import build_network, tally
from geo.road_class import Direction, RoadClass
from geo.road_edges import straight_edges


@dataclass(frozen=True)
class TableMapping:
    """
    Which column means what, in a node table and an edge table.

    With ``edges_are_directed`` every row is one direction, as in many routing tables; a row and its opposite of the same class,
    speed and length (within 1 %) become one road open both ways, so that places beside it are on both. Values of
    ``class_values`` and ``oneway_values`` replace the known ones.
    """

    node_id: str = "id"
    lon: str = "lon"
    lat: str = "lat"
    from_node: str = "from"
    to_node: str = "to"
    road_class: str | None = None
    oneway: str | None = None
    max_speed: str | None = None
    length_m: str | None = None
    name: str | None = None
    edges_are_directed: bool = False
    default_class: RoadClass = RoadClass.RESIDENTIAL
    class_values: Mapping[str, RoadClass] | None = None
    oneway_values: Mapping[str, Direction] | None = None


def network_from_tables(
    nodes_path: str | os.PathLike[str],
    edges_path: str | os.PathLike[str],
    mapping: TableMapping,
    *,
    crs: str = HOUSE_CRS,
) -> Network:
    """
    Build a network from two CSV files. Edges run straight from node to node; a length column gives their true length.

    Raises
    ------
    RoadFileError
        When a file cannot be read, a mapped column is missing, or a value cannot be taken.
    NetworkError
        When edges name unknown nodes or nothing is connected.
    CrsError
        When ``crs`` is not one the house accepts.
    """
    nodes, edges = _table(nodes_path), _table(edges_path)
    remarks: Counter[str] = Counter()
    node_id = _keys(nodes, mapping.node_id, "node id")
    xy = np.column_stack([_figures(nodes, mapping.lon, "lon"), _figures(nodes, mapping.lat, "lat")])
    ends = np.column_stack([_keys(edges, mapping.from_node, "from"), _keys(edges, mapping.to_node, "to")])
    count = len(edges)
    oneway = _columns.column(edges, mapping.oneway, "oneway")
    direction = _columns.directions(oneway, count, mapping.oneway_values)
    if mapping.edges_are_directed and oneway is None:
        direction[:] = Direction.FORWARD
    street = _columns.column(edges, mapping.name, "name")
    names = [""] * count if street is None else _columns.texts(street)
    road_class = _columns.classes(
        _columns.column(edges, mapping.road_class, "road class"),
        count,
        mapping.class_values,
        mapping.default_class,
        remarks,
    )
    speed = _columns.speeds(_columns.column(edges, mapping.max_speed, "max speed"), count)
    length = _columns.lengths(_columns.column(edges, mapping.length_m, "length"), count)
    keep = np.ones(count, bool)
    if mapping.edges_are_directed:
        alike = np.column_stack([road_class, speed])
        keep = _paired(ends, direction, alike, np.zeros(count) if length is None else length)
        remarks["opposite rows joined to a road open both ways"] += int((~keep).sum())
    lonlat = convert(xy, crs, HOUSE_CRS)
    roads = straight_edges(
        node_id,
        lonlat,
        ends[keep],
        direction=direction[keep],
        road_class=road_class[keep],
        max_speed_kmh=speed[keep],
        length_m=None if length is None else length[keep],
        street=[name for name, kept in zip(names, keep, strict=True) if kept],
        source_id=np.flatnonzero(keep) + 1,
    )
    return build_network(node_id, lonlat, roads, notes=tally(remarks))


def _paired(
    ends: NDArray[np.int64],
    direction: NDArray[np.int8],
    alike: NDArray[np.float64],
    length_m: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Open rows both ways whose opposite is there too, in ``direction``; give which rows stay."""
    keep = np.ones(len(ends), bool)
    waiting: dict[tuple[float, ...], list[int]] = {}
    for row, (start, stop) in enumerate(ends.tolist()):
        if direction[row] != Direction.FORWARD or start == stop:
            continue
        opposite = waiting.get((stop, start, *alike[row]), [])
        match = next((i for i in opposite if abs(length_m[i] - length_m[row]) <= 0.01 * length_m[row]), None)
        if match is None:
            waiting.setdefault((start, stop, *alike[row]), []).append(row)
        else:
            opposite.remove(match)
            direction[match] = Direction.BOTH
            keep[row] = False
    return keep


def _table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a CSV file."""
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise RoadFileError(f"读不了表格 / cannot read the table {os.fspath(path)}: {error}") from error


def _figures(table: pd.DataFrame, name: str, meaning: str) -> NDArray[np.float64]:
    """Read a column that must hold a number in every row."""
    values: Any = _columns.column(table, name, meaning)
    numbers: NDArray[np.float64] = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    if np.isnan(numbers).any():
        row = int(np.flatnonzero(np.isnan(numbers))[0])
        raise RoadFileError(
            f"第 {row + 1} 行 {name} 不是数字 / row {row + 1}: {name} ({meaning}) is not a number"
        )
    return numbers


def _keys(table: pd.DataFrame, name: str, meaning: str) -> NDArray[np.int64]:
    """Read a column of whole-number keys."""
    numbers = _figures(table, name, meaning)
    if (numbers != np.rint(numbers)).any():
        row = int(np.flatnonzero(numbers != np.rint(numbers))[0])
        raise RoadFileError(
            f"第 {row + 1} 行 {name} 应为整数编号 / row {row + 1}: {name} ({meaning}) must be a whole number"
        )
    return numbers.astype(np.int64)
