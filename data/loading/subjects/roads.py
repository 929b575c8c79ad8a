"""Load roads (路网): build the network that travel times rest on, and the lines of the map; and a city's own speeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from data import networks
from data.clock import SystemClock
from data.errors import LoadError
from data.loading.problems import ProblemLog
from data.loading.rows import Written
from data.loading.subject import LoadRequest, LoadResult, SubjectOption
from data.roads.lines import LineMapping
from data.roads.speeds import speeds_from_csv
from data.roads.tables import TableMapping
from data.scope import Connection
from geo.road_class import Direction, RoadClass

NAMES = {
    "roads": "道路：OSM 文件（.osm.pbf）、线图层，或节点表加边表。 Roads: an OSM file, a line layer, or tables of nodes and edges.",
    "speeds": "分道路等级、分小时的车速（CSV），整体替换。 Speeds by road class and hour (CSV), replaced as a whole.",
}
OPTIONS = (
    SubjectOption(
        "--nodes",
        "节点表（CSV），FILE 为边表。 Table of nodes (CSV); FILE is the table of edges.",
        is_path=True,
    ),
    SubjectOption(
        "--directed", "边表每行只表示一个方向。 Every row of the edge table is one direction.", is_flag=True
    ),
    SubjectOption(
        "--default-class", "没有等级的道路按此等级。 Class of roads without one, such as residential."
    ),
)
TAKES = {
    "roads": frozenset({"crs", "sheet", "mapping", "constants", "dry_run"}),
    "speeds": frozenset({"dry_run"}),
}
_COMMON = ("road_class", "oneway", "max_speed", "length_m", "name")
_TABLE = ("node_id", "lon", "lat", "from_node", "to_node")


def run(connection: Connection, request: LoadRequest) -> LoadResult:
    """Load roads or speeds; the network in use serves until the new one is complete.

    Raises
    ------
    RoadFileError, NetworkError, CrsError, LoadError
        When the file, its mapping or its roads cannot be taken; nothing is changed then.
    """
    if request.name == "speeds":
        changed = networks.write_speeds(connection, speeds_from_csv(request.path))
        return LoadResult(Written(0, changed, 0), ProblemLog())
    source = source_of(request)
    before = connection.execute("SELECT version FROM network WHERE is_current").fetchone()
    built = networks.load_roads(
        connection, source, state_dir=request.state_dir, now=SystemClock().now(), say=request.say
    )
    edges = built.report.edges
    is_same = before is not None and before["version"] == built.version
    return LoadResult(Written(0, 0, edges) if is_same else Written(edges, 0, 0), ProblemLog())


def source_of(request: LoadRequest) -> networks.RoadSource:
    """Read from a request where the roads come from and which column means what.

    Raises
    ------
    LoadError
        When a column is mapped to an unknown field, or a class or direction is unknown.
    """
    nodes = request.options.get("nodes")
    if nodes is None and networks.RoadSource(request.path).is_osm:
        return networks.RoadSource(request.path)
    known = (*_COMMON, *_TABLE) if nodes is not None else _COMMON
    values: dict[str, Any] = {}
    for header, name in request.mapping.items():
        if name not in known:
            raise LoadError(
                f"道路没有字段 {name!r}，可用：{'、'.join(known)}。 Roads have no field {name!r}; known: {', '.join(known)}."
            )
        values[name] = header
    wished = request.options.get("default_class")
    if wished:
        values["default_class"] = _road_class(str(wished))
    values |= _codes(request.constants)
    if nodes is None:
        return networks.RoadSource(
            request.path, mapping=LineMapping(**values), crs=request.crs, layer=request.sheet
        )
    directed = bool(request.options.get("directed"))
    mapping = TableMapping(**values, edges_are_directed=directed)
    return networks.RoadSource(request.path, nodes_path=Path(nodes), mapping=mapping, crs=request.crs)


def _codes(constants: Mapping[str, str]) -> dict[str, Any]:
    """Read what values mean: class.主干路=primary, oneway.2=forward."""
    classes: dict[str, RoadClass] = {}
    ways: dict[str, Direction] = {}
    for key, text in constants.items():
        group, _, value = key.partition(".")
        if group == "class" and value:
            classes[value] = _road_class(text)
        elif group == "oneway" and value and text.upper() in Direction.__members__:
            ways[value] = Direction[text.upper()]
        else:
            raise LoadError(
                f"--set {key}={text} 无法理解：写成 class.值=primary 或 oneway.值=forward。 "
                f"Cannot read --set {key}={text}: write class.VALUE=primary or oneway.VALUE=forward (both, backward)."
            )
    names = {item.name for item in fields(LineMapping)}
    found = {"class_values": classes or None, "oneway_values": ways or None}
    return {name: value for name, value in found.items() if value is not None and name in names}


def _road_class(text: str) -> RoadClass:
    if text.upper() not in RoadClass.__members__:
        known = ", ".join(c.lower() for c in RoadClass.__members__)
        raise LoadError(f"没有道路等级 {text!r}。 There is no road class {text!r}; known: {known}.")
    return RoadClass[text.upper()]
