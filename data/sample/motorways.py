"""Add a ring and radial motorways over a sample city's streets, with two carriageways, ramps and bridges."""

from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from data.sample.divisions import CityDivisions
from data.sample.lattice import BoolArray, IntArray
from data.sample.plane import FloatArray

__all__ = ["add_motorways"]

_HALF_GAP_M = 14.0
_RADIAL_NAMES = ["东环高速", "北联高速", "西岭高速", "南港高速", "东北快线高速", "西南快线高速"]


def add_motorways(
    xy: FloatArray,
    ways: pd.DataFrame,
    divisions: CityDivisions,
    *,
    rivers: BaseGeometry,
    lakes: BaseGeometry,
    spacing_m: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, pd.DataFrame]:
    """Return nodes and ways with motorways added; each stretch has two interchanges or more."""
    better = ways[ways["highway"].isin(["trunk", "primary", "secondary"])]
    access = np.unique(np.concatenate([n[[0, -1]] for n in better["node_ids"]]))
    tree = cKDTree(xy[access])
    span_m = float(np.sqrt(divisions.city.area))
    step_m = float(np.clip(span_m / 150, 150, 1000))
    rows: list[dict[str, object]] = []
    positions = [xy]
    count = len(xy)
    for name, course in _courses(divisions, span_m, step_m, rng):
        open_ = shapely.contains_xy(divisions.city.buffer(-300), course[:, 0], course[:, 1])
        open_ &= ~shapely.contains_xy(lakes.buffer(200), course[:, 0], course[:, 1])
        for stretch in _runs(open_):
            line = course[stretch]
            if len(line) * step_m < max(5_000, 3 * spacing_m):
                continue
            every = max(2, round(max(2_600, 2 * spacing_m) / step_m))
            stops = np.unique(np.append(np.arange(0, len(line) - every // 2, every), len(line) - 1))
            ramps_to = access[tree.query(line[stops])[1]]
            for side in (-1, 1):
                lane = _offset(line, side * _HALF_GAP_M)
                ids = count + np.arange(len(lane))
                positions.append(lane)
                count += len(lane)
                order = slice(None) if side < 0 else slice(None, None, -1)
                rows += _carriageway(
                    name, ids[order], lane[order], stops, ramps_to, rivers=rivers, is_back=side > 0
                )
    extra = pd.DataFrame(rows, columns=ways.columns) if rows else ways.iloc[:0]
    return np.vstack(positions), pd.concat([ways, extra.astype(ways.dtypes.to_dict())], ignore_index=True)


def _courses(
    divisions: CityDivisions, span_m: float, step_m: float, rng: np.random.Generator
) -> list[tuple[str, FloatArray]]:
    """Return centre lines: one ring round the main centre and six radials outwards from it."""
    middle = divisions.centres[-1]
    angle = np.linspace(0, 2 * np.pi, max(24, int(2 * np.pi * 0.24 * span_m / step_m)))
    radius = 0.24 * span_m * (1 + 0.08 * np.sin(2 * angle + 1) + 0.05 * np.sin(3 * angle))
    ring = middle + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    courses = [("绕城高速", ring)]
    start = rng.uniform(0, np.pi / 3)
    for k, name in enumerate(_RADIAL_NAMES):
        along = np.arange(0.12 * span_m, 1.6 * span_m, step_m)
        bend = 0.03 * span_m * np.sin(2 * np.pi * along / (0.9 * span_m) + rng.uniform(0, 2 * np.pi))
        heading = start + k * np.pi / 3
        out = np.array([np.cos(heading), np.sin(heading)])
        aside = np.array([-np.sin(heading), np.cos(heading)])
        courses.append((name, middle + along[:, None] * out + bend[:, None] * aside))
    return courses


def _runs(mask: BoolArray) -> list[slice]:
    """Return the stretches of true cells."""
    edge = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [slice(int(a), int(b)) for a, b in edge.reshape(-1, 2)]


def _offset(line: FloatArray, aside_m: float) -> FloatArray:
    """Return a line moved to its left (positive) or right."""
    heading = np.gradient(line, axis=0)
    normal = np.column_stack([-heading[:, 1], heading[:, 0]])
    return np.asarray(line + aside_m * normal / np.hypot(*normal.T)[:, None])


def _carriageway(
    name: str,
    ids: IntArray,
    lane: FloatArray,
    stops: IntArray,
    ramps_to: IntArray,
    *,
    rivers: BaseGeometry,
    is_back: bool,
) -> list[dict[str, object]]:
    """Return the ways of one carriageway in driving order, and its ramps off and on."""
    if is_back:
        stops, ramps_to = (len(ids) - 1 - stops)[::-1], ramps_to[::-1]
    rows = []
    wet: BoolArray = np.asarray(
        shapely.intersects(rivers, shapely.linestrings(np.stack([lane[:-1], lane[1:]], axis=1)))
    )
    for a, b in pairwise(stops):
        cuts = [a, *(a + 1 + np.flatnonzero(np.diff(wet[a:b].astype(np.int8)))), b]
        rows += [
            _row("motorway", name, ids[c : d + 1], is_bridge=bool(wet[c]), limit_kmh=100.0)
            for c, d in pairwise(cuts)
        ]
    for at, street in zip(stops, ramps_to, strict=True):
        if at != stops[0]:
            rows.append(
                _row("motorway_link", None, np.array([ids[at], street]), is_bridge=False, limit_kmh=40.0)
            )
        if at != stops[-1]:
            rows.append(
                _row("motorway_link", None, np.array([street, ids[at]]), is_bridge=False, limit_kmh=40.0)
            )
    return rows


def _row(
    highway: str, name: str | None, ids: IntArray, *, is_bridge: bool, limit_kmh: float
) -> dict[str, object]:
    return {
        "highway": highway,
        "name": name,
        "oneway": True,
        "bridge": is_bridge,
        "junction": None,
        "route": None,
        "duration": None,
        "maxspeed_kmh": limit_kmh,
        "line_key": -1,
        "node_ids": ids,
    }
