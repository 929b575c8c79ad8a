"""Read a road network from an OpenStreetMap file (.osm.pbf, .osm, .osm.gz)."""

import os
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import osmium
from numpy.typing import NDArray

from data.roads import _osm_tags as meaning
from data.roads._osm_turns import Turn, restrictions_of, turns_of
from data.roads.errors import RoadFileError
from geo.measure import geodesic_lengths_m
from geo.network import Network
from geo.network_building import build_network, tally
from geo.road_class import Access, Direction, RoadClass
from geo.road_edges import HIGHEST_SPEED_KMH, LOWEST_SPEED_KMH, RoadEdges, index_names


@dataclass(eq=False)
class _Ways:
    """What was read of the ways: one row per run of nodes, which is a way or a part of one between nodes that lack a position."""

    way_id: list[int] = field(default_factory=list)
    road_class: list[int] = field(default_factory=list)
    access: list[int] = field(default_factory=list)
    direction: list[int] = field(default_factory=list)
    speed: list[tuple[float, float]] = field(default_factory=list)
    duration_s: list[float] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    ref: list[int] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)


def network_from_osm(path: str | os.PathLike[str]) -> Network:
    """
    Build the network of an OpenStreetMap file.

    One-way streets (also -1, roundabouts, motorways), access, posted speeds, links, ferries open to cars, barriers and turn
    restrictions over a node or over ways count, those by the clock at their hours. Ferries without a duration cross at 10 km/h.

    Raises
    ------
    RoadFileError
        When the file cannot be read to its end, or holds no roads.
    NetworkError
        When its roads are not connected.
    """
    where = os.fspath(path)
    if not os.path.isfile(where):  # noqa: PTH113
        raise RoadFileError(f"没有这个路网文件 / no such road file: {where}")
    ways, barriers, turns, remarks = _read(where)
    if not ways.way_id:
        raise RoadFileError(f"文件中没有可行车的道路 / no roads for vehicles in {where}")
    node_id, lonlat, edges = _edges(ways, barriers, turns, remarks)
    return build_network(node_id, lonlat, edges, notes=tally(remarks))


def _read(where: str) -> tuple[_Ways, dict[int, Access], list[Turn], Counter[str]]:
    """Read ways, barriers and turn restrictions in one pass."""
    ways, remarks = _Ways(), Counter[str]()
    barriers: dict[int, Access] = {}
    turns: list[Turn] = []
    keys = osmium.filter.KeyFilter(
        "highway", "route", "barrier", "restriction", "restriction:motorcar", "type"
    )
    try:
        for entity in osmium.FileProcessor(where).with_locations().with_filter(keys):
            tags = {tag.k: tag.v for tag in entity.tags}
            if entity.is_node():
                passing = meaning.barrier(tags)
                if passing != Access.ALL:
                    barriers[entity.id] = passing
            elif entity.is_way():
                _take_way(ways, entity, tags, remarks)
            elif entity.is_relation() and tags.get("type") == "restriction":
                members = [(member.role, member.type, member.ref) for member in entity.members]
                turns += turns_of(members, tags, remarks)
    except (RuntimeError, OSError) as error:
        raise RoadFileError(
            f"路网文件不完整或已损坏 / the road file is truncated or damaged: {where}: {error}"
        ) from error
    return ways, barriers, turns, remarks


def _take_way(ways: _Ways, way: osmium.osm.Way, tags: dict[str, str], remarks: Counter[str]) -> None:
    """Note a way when vehicles may use it."""
    kind = meaning.road_class(tags)
    if kind is None:
        return
    allowed = meaning.access(tags)
    if allowed == Access.NONE:
        remarks["road closed to all vehicles left out"] += 1
        return
    towards = meaning.direction(tags, remarks)
    if towards is None:
        return
    speed = meaning.max_speed_kmh(tags, remarks)
    duration = (meaning.duration_s(tags) if kind == RoadClass.FERRY else None) or 0.0
    name = tags.get("name") or tags.get("name:zh") or tags.get("ref") or ""
    run: list[tuple[int, float, float]] = []
    runs = [run]
    for node in way.nodes:
        location = node.location
        if location.valid():
            if not run or run[-1][0] != node.ref:
                run.append((node.ref, location.lon, location.lat))
        elif run:
            run = []
            runs.append(run)
    if len(runs) > 1:
        remarks["way with nodes outside the file"] += 1
    for run in runs:
        if len(run) < 2:
            continue
        ways.way_id.append(way.id)
        ways.road_class.append(kind)
        ways.access.append(allowed)
        ways.direction.append(towards)
        ways.speed.append(speed)
        ways.duration_s.append(duration)
        ways.name.append(name)
        ways.count.append(len(run))
        refs, lons, lats = zip(*run, strict=True)
        ways.ref.extend(refs)
        ways.lon.extend(lons)
        ways.lat.extend(lats)


def _edges(
    ways: _Ways, barriers: dict[int, Access], turns: list[Turn], remarks: Counter[str]
) -> tuple[NDArray[np.int64], NDArray[np.float64], RoadEdges]:
    """Cut ways at junctions, barriers and restricted nodes into edges."""
    ref = np.array(ways.ref, dtype=np.int64)
    lonlat = np.column_stack([ways.lon, ways.lat]).astype(np.float64)
    count = np.array(ways.count, dtype=np.int64)
    stop = np.cumsum(count)
    key, place, uses = np.unique(ref, return_inverse=True, return_counts=True)
    cut = uses[place] > 1
    special = np.array(
        sorted({*barriers, *(t.via_node for t in turns if t.via_node is not None)}), dtype=np.int64
    )
    cut |= np.isin(ref, special)
    cut[stop - 1] = True
    cut[stop - count] = True
    # an edge runs from each cut to the next one of the same way
    at = np.flatnonzero(cut)
    row = np.repeat(np.arange(len(count)), count)[at]
    same = row[1:] == row[:-1]
    begin, end, row = at[:-1][same], at[1:][same], row[:-1][same]
    points = end - begin + 1
    close = np.cumsum(points)
    flat = np.arange(int(close[-1])) + np.repeat(begin - (close - points), points)
    names, name_idx = index_names(ways.name)
    first = np.zeros(len(key), np.int64)
    first[place] = np.arange(len(ref))
    edges = RoadEdges(
        from_node_id=ref[begin],
        to_node_id=ref[end],
        direction=np.array(ways.direction, np.int8)[row],
        road_class=np.array(ways.road_class, np.uint8)[row],
        shape_first=np.concatenate(([0], close)).astype(np.int64),
        shape_lonlat=lonlat[flat],
        max_speed_kmh=_posted(ways, lonlat, stop, count)[row],
        access=np.array(ways.access, np.uint8)[row],
        name_idx=name_idx[row],
        names=names,
        source_id=np.array(ways.way_id, np.int64)[row],
    )
    edges = replace(edges, restrictions=restrictions_of(edges, turns, remarks))
    junction = np.unique(np.concatenate([edges.from_node_id, edges.to_node_id]))
    return _with_barriers(junction, lonlat[first[np.searchsorted(key, junction)]], edges, barriers, remarks)


def _posted(
    ways: _Ways, lonlat: NDArray[np.float64], stop: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Give posted limits per way; a ferry's is its length over its duration."""
    speed = np.array(ways.speed, np.float32).reshape(-1, 2)
    for i, duration_s in enumerate(ways.duration_s):
        if duration_s > 0:
            length_m = geodesic_lengths_m(lonlat[stop[i] - count[i] : stop[i]], [0, int(count[i])])[0]
            speed[i] = np.clip(length_m / duration_s * 3.6, LOWEST_SPEED_KMH, HIGHEST_SPEED_KMH)
    return speed


def _with_barriers(
    node_id: NDArray[np.int64],
    node_lonlat: NDArray[np.float64],
    edges: RoadEdges,
    barriers: dict[int, Access],
    remarks: Counter[str],
) -> tuple[NDArray[np.int64], NDArray[np.float64], RoadEdges]:
    """Part the roads at barriers: each end gets a node of its own, joined to the old one for those who may pass."""
    blocked = np.array(sorted(barriers), dtype=np.int64)
    ends = np.column_stack([edges.from_node_id, edges.to_node_id])
    at = np.argwhere(np.isin(ends, blocked))
    if len(at) == 0:
        return node_id, node_lonlat, edges
    old = ends[at[:, 0], at[:, 1]]
    remarks["barrier that stops cars"] += len(np.unique(old))
    new = -1 - np.arange(len(at), dtype=np.int64)
    ends[at[:, 0], at[:, 1]] = new
    position = np.searchsorted(node_id, old)
    where = node_lonlat[position]
    passing = np.array([barriers[int(node)] for node in old], np.uint8)
    joins = np.flatnonzero(passing > 0)
    extra = len(joins)
    joined = replace(
        edges,
        from_node_id=np.concatenate([ends[:, 0], new[joins]]),
        to_node_id=np.concatenate([ends[:, 1], old[joins]]),
        direction=np.append(edges.direction, np.full(extra, Direction.BOTH, np.int8)),
        road_class=np.append(edges.road_class, edges.road_class[at[joins, 0]]),
        shape_first=np.append(edges.shape_first, edges.shape_first[-1] + 2 * np.arange(1, extra + 1)),
        shape_lonlat=np.concatenate([edges.shape_lonlat, np.repeat(where[joins], 2, axis=0)]),
        max_speed_kmh=np.concatenate([edges.max_speed_kmh, np.zeros((extra, 2), np.float32)]),
        access=np.append(edges.access, passing[joins]),
        name_idx=np.append(edges.name_idx, edges.name_idx[at[joins, 0]]),
        source_id=np.append(edges.source_id, edges.source_id[at[joins, 0]]),
    )
    return np.append(node_id, new), np.concatenate([node_lonlat, where]), joined
