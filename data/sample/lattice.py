"""Lay a warped lattice of streets over a city: the raw net from which the sample roads are cut.

Every line of the lattice has a class; the denser the place, the lower the classes that are kept there. All in
arrays.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from data.sample.divisions import CityDivisions
from data.sample.plane import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

__all__ = ["RESIDENTIAL", "BoolArray", "IntArray", "Lattice", "edge_ends", "fit_lattice"]

_MID_FROM_M = 80.0  # shorter edges are straight
TRUNK, PRIMARY, SECONDARY, TERTIARY, RESIDENTIAL = range(5)


@dataclass(frozen=True, slots=True)
class Lattice:
    """Crossings (rows, columns) and the edges kept along rows and along columns.

    ``row_edges[i, j]`` joins (i, j) and (i, j + 1); ``column_edges[i, j]`` joins (i, j) and (i + 1, j).
    ``has_mid`` arrays tell which edges have a shape node in the middle; ``is_bridge`` which cross water.
    """

    spacing_m: float
    primary_step: int
    xy: FloatArray
    row_class: IntArray
    column_class: IntArray
    row_edges: BoolArray
    column_edges: BoolArray
    row_bridge: BoolArray
    column_bridge: BoolArray
    row_mid: BoolArray
    column_mid: BoolArray
    component: IntArray

    @property
    def junction_count(self) -> int:
        """Count the crossings a router keeps: all but those where one street runs straight on."""
        along = []
        for axis, edges in ((1, self.row_edges), (0, self.column_edges)):
            degree = np.zeros(self.component.shape, dtype=np.int8)
            for end in edge_ends(axis):
                degree[end] += edges
            along.append(degree)
        rows, columns = along
        runs_on = ((rows == 2) & (columns == 0)) | ((rows == 0) & (columns == 2))
        return int(((rows + columns > 0) & ~runs_on).sum())


def fit_lattice(
    divisions: CityDivisions,
    rivers: BaseGeometry,
    lakes: BaseGeometry,
    *,
    target_junctions: int,
    urban_share: float,
    seed: int,
) -> Lattice:
    """Return the lattice whose count of junctions comes near the target (within about 5 %)."""
    area = divisions.city.area
    spacing_m = float(np.sqrt(0.9 * area * min(1.0, urban_share * 1.3) / target_junctions))
    west, south, east, north = divisions.city.bounds
    least_m = float(np.sqrt((east - west) * (north - south) / 3_000_000))
    lattice = _lattice(divisions, rivers, lakes, max(spacing_m, least_m), urban_share, seed)
    for _ in range(4):
        ratio = lattice.junction_count / target_junctions
        if abs(ratio - 1) < 0.04:
            break
        wanted_m = max(lattice.spacing_m * float(np.clip(ratio, 0.25, 4.0)) ** 0.5, least_m)
        if wanted_m == lattice.spacing_m:
            break
        lattice = _lattice(divisions, rivers, lakes, wanted_m, urban_share, seed)
    return lattice


def _lattice(
    divisions: CityDivisions,
    rivers: BaseGeometry,
    lakes: BaseGeometry,
    h: float,
    urban_share: float,
    seed: int,
) -> Lattice:
    rng = np.random.default_rng(seed)
    xy = _warped_grid(divisions.city, h, rng)
    rows, columns = int(xy.shape[0]), int(xy.shape[1])
    step = int(np.clip(2 ** np.round(np.log2(1700 / h)), 4, 32))
    row_class, column_class = _classes(rows, step, is_row=True), _classes(columns, step, is_row=False)
    flat = xy.reshape(-1, 2)
    inside: BoolArray = shapely.contains_xy(divisions.city.buffer(-40), flat[:, 0], flat[:, 1])
    level: IntArray = np.zeros(len(flat), dtype=np.int64)
    density = divisions.density(flat[inside]) + rng.normal(0, 0.03, int(inside.sum()))
    for share in (min(2.2 * urban_share, 0.92), urban_share, 0.3 * urban_share):
        level[inside] += density > np.quantile(density, 1 - share) if density.size else 0
    inside, level = inside.reshape(rows, columns), level.reshape(rows, columns)
    edges, bridges, mids = [], [], []
    for axis, classes in ((1, row_class[:, None]), (0, column_class[None, :])):
        first, second = edge_ends(axis)
        kept = inside[first] & inside[second]
        its_level = np.minimum(level[first], level[second])
        its_class = np.broadcast_to(classes, kept.shape)
        kept &= _is_kept(its_class, its_level, axis, step, rng)
        wet = _crossing(xy[first], xy[second], kept, rivers, lakes, divisions.city, its_class, h, axis)
        edges.append(kept & ~wet[1])
        bridges.append(wet[0])
        mids.append((its_level >= 2) & (its_class >= SECONDARY) & ~wet[0] & (h >= _MID_FROM_M))
    component = _components(edges[0], edges[1])
    keep = component >= 0
    (f1, s1), (f0, s0) = edge_ends(1), edge_ends(0)
    return Lattice(
        h,
        step,
        xy,
        row_class,
        column_class,
        edges[0] & keep[f1] & keep[s1],
        edges[1] & keep[f0] & keep[s0],
        bridges[0],
        bridges[1],
        mids[0],
        mids[1],
        component,
    )


def edge_ends(axis: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the slices of an edge's two ends along an axis."""
    all_, head, tail = slice(None), slice(None, -1), slice(1, None)
    return ((all_, head), (all_, tail)) if axis else ((head, all_), (tail, all_))


def _warped_grid(city: BaseGeometry, h: float, rng: np.random.Generator) -> FloatArray:
    """Return crossings, shape (rows, columns, 2), bent by slow waves and shaken a little."""
    west, south, east, north = city.bounds
    x, y = np.meshgrid(np.arange(west, east + h, h), np.arange(south, north + h, h))
    base = np.stack([x, y], axis=-1)
    moved = base.copy()
    for wave_m in (9_000.0, 5_200.0, 3_100.0):
        for k in (0, 1):
            angle, phase = rng.uniform(0, 2 * np.pi, 2)
            along = base[..., 0] * np.cos(angle) + base[..., 1] * np.sin(angle)
            moved[..., k] += 0.026 * wave_m * np.sin(2 * np.pi * along / wave_m + phase)
    return np.asarray(moved + rng.normal(0, 0.05 * h, base.shape))


def _classes(count: int, step: int, *, is_row: bool) -> IntArray:
    """Return the class of each line."""
    index = np.arange(count)
    result = np.full(count, RESIDENTIAL)
    third = step // 4
    if third > 1 or is_row:
        result[index % max(third, 1) == 0] = TERTIARY
    result[index % (step // 2) == 0] = SECONDARY
    result[index % step == 0] = PRIMARY
    result[index % (4 * step) == step] = TRUNK
    return result


def _is_kept(classes: IntArray, level: IntArray, axis: int, step: int, rng: np.random.Generator) -> BoolArray:
    """Tell which edges the density of their place keeps."""
    line, place = np.indices(classes.shape) if axis else np.indices(classes.shape)[::-1]
    chance = rng.random(classes.shape)
    block = max(1, step // 2)  # from one secondary street to the next
    by_block = rng.random((int(line.max(initial=0)) + 1, int(place.max(initial=0)) // block + 1))
    is_whole = by_block[line, place // block] > 0.5
    core = (level == 3) & ((classes < RESIDENTIAL) | (chance > 0.17))
    town = (level == 2) & ((classes < RESIDENTIAL) | (chance > 0.34))
    suburb = (level == 1) & ((classes <= SECONDARY) | ((classes == TERTIARY) & is_whole))
    country = (level == 0) & (line % (2 * step) == 0)
    return np.asarray(core | town | suburb | country)


def _crossing(
    a: FloatArray,
    b: FloatArray,
    kept: BoolArray,
    rivers: BaseGeometry,
    lakes: BaseGeometry,
    city: BaseGeometry,
    classes: IntArray,
    h: float,
    axis: int,
) -> tuple[BoolArray, BoolArray]:
    """Return which edges are bridges over a river, and which must go (lakes, sea, minor streets)."""
    at = np.flatnonzero(kept.ravel())
    lines = shapely.linestrings(np.stack([a.reshape(-1, 2)[at], b.reshape(-1, 2)[at]], axis=1))
    for geometry in (rivers, lakes, city):
        shapely.prepare(geometry)
    wet: BoolArray = np.zeros(kept.size, dtype=bool)
    gone: BoolArray = wet.copy()
    wet[at] = shapely.intersects(rivers, lines)
    gone[at] = shapely.intersects(lakes, lines) | ~shapely.contains(city, lines)
    wet, gone = wet.reshape(kept.shape), gone.reshape(kept.shape)
    gone |= wet & (classes >= (TERTIARY if h < 700 else RESIDENTIAL))
    gone |= _in_long_runs(wet, int(np.ceil(600 / h)) + 1, axis)
    return wet & ~gone, gone


def _in_long_runs(mask: BoolArray, limit: int, axis: int) -> BoolArray:
    """Tell which true cells belong to a run of more than `limit` along the axis."""
    m = mask if axis else mask.T
    run = np.cumsum(~m, axis=1) + (np.arange(len(m)) * (m.shape[1] + 1))[:, None]
    size = np.bincount(run[m], minlength=int(run.max(initial=0)) + 1)
    result = m & (size[run] > limit)
    return np.asarray(result if axis else result.T)


def _components(row_edges: BoolArray, column_edges: BoolArray) -> IntArray:
    """Return 0 for the largest connected part, 1, 2, … for others worth keeping, -1 for crumbs."""
    rows, columns = row_edges.shape[0], column_edges.shape[1]
    index = np.arange(rows * columns).reshape(rows, columns)
    start = np.concatenate([index[:, :-1][row_edges], index[:-1][column_edges]])
    end = np.concatenate([index[:, 1:][row_edges], index[1:][column_edges]])
    graph = coo_matrix((np.ones(len(start), dtype=np.int8), (start, end)), shape=(index.size, index.size))
    label = connected_components(graph, directed=False)[1]
    size = np.bincount(label)
    order = np.argsort(-size, kind="stable")
    kept = order[size[order] >= max(12, 0.01 * size[order[0]])]
    rank = np.full(len(size), -1)
    rank[kept] = np.arange(len(kept))
    return np.asarray(rank[label].reshape(rows, columns))
