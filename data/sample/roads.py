"""Cut a sample city's roads out of its lattice.

Classes, names, one-ways, bridges, roundabouts, ferries and turn rules: what OpenStreetMap would hold, as
nodes, ways with tags and restrictions, ready for `roads_pbf`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from data.sample import junctions, lattice, motorways, roads_pbf
from data.sample.divisions import CityDivisions
from data.sample.lattice import BoolArray, IntArray, Lattice
from data.sample.plane import FloatArray, Plane
from data.sample.words import road_names

__all__ = ["CLASS_NAMES", "SampleRoads", "build_roads"]

CLASS_NAMES = np.array(["trunk", "primary", "secondary", "tertiary", "residential"], dtype=object)
_LIMITS_KMH = {"trunk": 80, "primary": 60, "secondary": 50, "tertiary": 40, "residential": 30}


@dataclass(frozen=True, slots=True)
class SampleRoads:
    """Roads as OpenStreetMap holds them.

    Attributes
    ----------
    nodes : pandas.DataFrame
        node_id, lon, lat.
    ways : pandas.DataFrame
        way_id, highway (None for a ferry), name, oneway, bridge, junction, route, maxspeed_kmh, duration,
        node_ids (a tuple per way).
    restrictions : pandas.DataFrame
        restriction, from_way_id, via_node_id, to_way_id.
    segments : FloatArray
        Shape (m, 4): both ends, on the sheet, of every segment that cars use.
    segment_way : IntArray
        Shape (m,): row of `ways` of each segment.
    has_frontage : BoolArray
        Shape (m,): whether things can stand beside it (no motorways, bridges, roundabouts).
    plane : Plane
        The sheet.
    """

    nodes: pd.DataFrame
    ways: pd.DataFrame
    restrictions: pd.DataFrame
    segments: FloatArray
    segment_way: IntArray
    has_frontage: BoolArray
    plane: Plane

    def write_pbf(self, path: Path) -> None:
        """Write a real ``.osm.pbf``."""
        roads_pbf.write_pbf(self.nodes, self.ways, self.restrictions, path)


def build_roads(
    divisions: CityDivisions,
    water: list[tuple[str, str, BaseGeometry]],
    *,
    target_junctions: int,
    urban_share: float,
    seed: int,
) -> SampleRoads:
    """Build the roads of a city with about `target_junctions` crossings that a router keeps.

    Raises
    ------
    ValueError
        If the land is too scattered for roads.
    """
    rng = np.random.default_rng([seed, 2])
    rivers = shapely.union_all([o for _, kind, o in water if kind == "river"])
    lakes = shapely.union_all([o for _, kind, o in water if kind == "lake"])
    net = lattice.fit_lattice(
        divisions, rivers, lakes, target_junctions=target_junctions, urban_share=urban_share, seed=seed
    )
    if not net.junction_count:
        raise ValueError(
            "该市陆地过于零散，无法生成示例路网，请换一个城市。 "
            "This city's land is too scattered for a sample road network: choose another city."
        )
    xy, row_mid, column_mid = _numbered(net, rng)
    ways = pd.concat(
        [_ways_along(net, row_mid, 1, rng), _ways_along(net, column_mid, 0, rng)], ignore_index=True
    )
    xy, ways = motorways.add_motorways(
        xy, ways, divisions, rivers=rivers, lakes=lakes, spacing_m=net.spacing_m, rng=rng
    )
    xy, ways = junctions.add_roundabouts(xy, ways, rng)
    ways = junctions.add_ferries(xy, ways, net, rivers, rng)
    ways = _with_one_ways(ways, rng)
    limits = ways["highway"].map(_LIMITS_KMH)
    is_signed = rng.random(len(ways)) < 0.35
    ways["maxspeed_kmh"] = ways["maxspeed_kmh"].where(ways["maxspeed_kmh"].notna() | ~is_signed, limits)
    restrictions = junctions.turn_restrictions(xy, ways, rng)
    return _finished(xy, ways, restrictions, divisions.plane)


def _numbered(net: Lattice, rng: np.random.Generator) -> tuple[FloatArray, IntArray, IntArray]:
    """Return positions by node number (crossings first), and each edge's shape node or -1."""
    mids, positions, count = [], [net.xy.reshape(-1, 2)], net.component.size
    for axis, edges, has_mid in ((1, net.row_edges, net.row_mid), (0, net.column_edges, net.column_mid)):
        wanted = edges & has_mid
        number = np.full(edges.shape, -1)
        number[wanted] = count + np.arange(int(wanted.sum()))
        count += int(wanted.sum())
        first, second = lattice.edge_ends(axis)
        a, b = net.xy[first][wanted], net.xy[second][wanted]
        aside = rng.normal(0, 0.04, (len(a), 1)) * np.column_stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]])
        positions.append((a + b) / 2 + aside)
        mids.append(number)
    return np.vstack(positions), mids[0], mids[1]


def _ways_along(net: Lattice, mid: IntArray, axis: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the ways along rows (axis 1) or columns (axis 0), cut at crossings of better classes."""
    index: IntArray = np.arange(net.component.size).reshape(net.component.shape)
    edges, bridge, classes, cross_class, cross = (
        (net.row_edges, net.row_bridge, net.row_class, net.column_class, net.column_edges)
        if axis
        else (net.column_edges.T, net.column_bridge.T, net.column_class, net.row_class, net.row_edges.T)
    )
    index = index if axis else index.T
    mid = mid if axis else mid.T
    crossed = np.zeros(index.shape, dtype=bool)  # a crossing edge of tertiary or better meets the line here
    crossed[:-1] |= cross
    crossed[1:] |= cross
    crossed &= (cross_class < lattice.RESIDENTIAL)[None, :]
    piece = np.arange(index.shape[1]) // (4 * net.primary_step)
    start = np.ones(edges.shape, dtype=bool)
    start[:, 1:] = ~edges[:, :-1] | crossed[:, 1:-1] | (bridge[:, 1:] != bridge[:, :-1])
    start[:, 1:] |= (piece[1:-1] != piece[:-2])[None, :]
    line, place = np.nonzero(edges)  # row-major: along each line
    is_start = start[line, place]
    way = np.cumsum(is_start) - 1
    count = int(way[-1]) + 1 if len(way) else 0
    node_lists = _node_lists(index, mid, line, place, way)
    first = np.flatnonzero(is_start)
    name_key = line[first] * (int(piece.max(initial=0)) + 1) + place[first] // (4 * net.primary_step)
    frame = pd.DataFrame(index=range(count))
    frame["highway"] = CLASS_NAMES[classes[line[first]]]
    frame["name"] = _names(name_key, classes[line[first]], axis, rng)
    frame["oneway"] = False
    frame["bridge"] = bridge[line[first], place[first]]
    for column in ("junction", "route", "duration"):
        frame[column] = None
    frame["maxspeed_kmh"] = np.nan
    frame["line_key"] = name_key * 2 + axis
    frame["node_ids"] = node_lists
    return frame


def _node_lists(
    index: IntArray, mid: IntArray, line: IntArray, place: IntArray, way: IntArray
) -> NDArray[np.object_]:
    """Return each way's node numbers: start, shape nodes and crossings between, end."""
    middle = mid[line, place]
    is_last = np.append(way[1:] != way[:-1], True) if len(way) else np.empty(0, dtype=bool)
    tokens = 1 + (middle >= 0) + is_last
    offset = np.concatenate([[0], np.cumsum(tokens)])
    flat = np.empty(int(offset[-1]), dtype=np.int64)
    flat[offset[:-1]] = index[line, place]
    has_mid = middle >= 0
    flat[offset[:-1][has_mid] + 1] = middle[has_mid]
    flat[offset[1:][is_last] - 1] = index[line[is_last], place[is_last] + 1]
    cuts = offset[1:][is_last][:-1]
    lists = np.empty(int(is_last.sum()), dtype=object)
    lists[:] = np.split(flat, cuts) if len(lists) else []
    return lists


def _names(key: IntArray, classes: IntArray, axis: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return a name per way: one per line and piece; one residential street in seven has none."""
    keys, inverse = np.unique(key, return_inverse=True)
    its_class = np.zeros(len(keys), dtype=np.int64)
    its_class[inverse] = classes
    grand = road_names(rng, len(keys), ["大道", "大道", "路"])
    middle = road_names(rng, len(keys), ["路", "路", "路"] if axis else ["路", "街"])
    small = road_names(rng, len(keys), ["街", "巷", "路", "里"] if axis else ["街", "巷"])
    names = np.where(
        its_class <= lattice.PRIMARY, grand, np.where(its_class < lattice.RESIDENTIAL, middle, small)
    )
    names[(its_class == lattice.RESIDENTIAL) & (rng.random(len(keys)) < 0.15)] = None
    return np.asarray(names[inverse], dtype=object)


def _with_one_ways(ways: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Make pieces of minor streets one-way, in alternating directions, where both ends lead on."""
    ends = np.array([(n[0], n[-1]) for n in ways["node_ids"]], dtype=np.int64).reshape(-1, 2)
    every = np.concatenate(list(ways["node_ids"]))
    degree = np.bincount(every, minlength=int(every.max()) + 1) * 2
    degree -= np.bincount(ends.ravel(), minlength=len(degree))
    leads_on = (degree[ends] >= 3).all(axis=1)
    keys, inverse = np.unique(ways["line_key"].to_numpy(), return_inverse=True)
    is_chosen = (rng.random(len(keys)) < 0.14)[inverse]
    minor = ways["highway"].isin(["residential", "tertiary"]).to_numpy() & ways["junction"].isna().to_numpy()
    chosen = is_chosen & minor & leads_on & ~ways["bridge"].to_numpy(dtype=bool)
    backwards = chosen & (keys[inverse] // 2 % 2 == 1)
    lists = ways["node_ids"].to_numpy(dtype=object).copy()
    for row in np.flatnonzero(backwards):
        lists[row] = lists[row][::-1]
    made = ways.assign(node_ids=lists, oneway=ways["oneway"].to_numpy(dtype=bool) | chosen)
    return made.assign(oneway=made["oneway"].to_numpy(dtype=bool) & ~(chosen & _strands(made)))


def _strands(ways: pd.DataFrame) -> BoolArray:
    """Tell which ways lead from one strongly connected part into another: no way back."""
    lengths = np.array([len(n) for n in ways["node_ids"]])
    flat = np.concatenate(list(ways["node_ids"]))
    way = np.repeat(np.arange(len(ways)), lengths)
    joins = np.flatnonzero(way[1:] == way[:-1])
    start, end = flat[joins], flat[joins + 1]
    both = ~ways["oneway"].to_numpy(dtype=bool)[way[joins]]
    tail, head = np.concatenate([start, end[both]]), np.concatenate([end, start[both]])
    size = int(flat.max()) + 1
    graph = coo_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(size, size))
    part = connected_components(graph, directed=True, connection="strong")[1]
    result = np.zeros(len(ways), dtype=bool)
    result[way[joins][part[start] != part[end]]] = True
    return result


def _finished(xy: FloatArray, ways: pd.DataFrame, restrictions: pd.DataFrame, plane: Plane) -> SampleRoads:
    """Drop unused nodes, number everything from 1, and collect the segments things can stand beside."""
    lengths = np.array([len(n) for n in ways["node_ids"]])
    flat = np.concatenate(list(ways["node_ids"]))
    used, renumbered = np.unique(flat, return_inverse=True)
    lonlat = plane.to_lonlat(xy[used]).round(7)
    nodes = pd.DataFrame({"node_id": np.arange(1, len(used) + 1), "lon": lonlat[:, 0], "lat": lonlat[:, 1]})
    cuts = np.cumsum(lengths)[:-1]
    table = ways.drop(columns=["line_key"]).assign(
        way_id=np.arange(1, len(ways) + 1),
        node_ids=pd.Series([tuple(part.tolist()) for part in np.split(renumbered + 1, cuts)], dtype=object),
    )
    via = np.searchsorted(used, restrictions["via"].to_numpy(dtype=np.int64)) + 1
    rules = pd.DataFrame(
        {
            "restriction": restrictions["restriction"],
            "from_way_id": restrictions["from_row"].to_numpy(dtype=np.int64) + 1,
            "via_node_id": via,
            "to_way_id": restrictions["to_row"].to_numpy(dtype=np.int64) + 1,
        }
    )
    way_of = np.repeat(np.arange(len(ways)), lengths)
    joins = way_of[1:] == way_of[:-1]
    is_street = (
        ways["highway"].isin(CLASS_NAMES) & ~ways["bridge"].astype(bool) & ways["junction"].isna()
    ).to_numpy()
    joins &= ways["highway"].notna().to_numpy()[way_of[:-1]]
    segments = np.hstack([xy[flat[:-1]][joins], xy[flat[1:]][joins]])
    columns = [
        "way_id",
        "highway",
        "name",
        "oneway",
        "bridge",
        "junction",
        "route",
        "maxspeed_kmh",
        "duration",
        "node_ids",
    ]
    way = way_of[:-1][joins]
    return SampleRoads(nodes, table[columns], rules, segments, way, is_street[way], plane)
