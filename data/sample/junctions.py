"""Give a sample city's crossings what makes routing hard: roundabouts, forbidden turns, ferries."""

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from data.sample.lattice import IntArray, Lattice
from data.sample.plane import FloatArray

__all__ = ["add_ferries", "add_roundabouts", "turn_restrictions"]

_RING_RADIUS_M = 22.0
_TURNS = ["no_left_turn", "no_right_turn", "no_u_turn", "only_straight_on"]


def _arms(ways: pd.DataFrame, classes: list[str]) -> dict[int, list[tuple[int, int]]]:
    """Return node -> (row of way, neighbour node) for ways of the classes that begin or end there."""
    arms: dict[int, list[tuple[int, int]]] = {}
    chosen = ways[ways["highway"].isin(classes) & ways["junction"].isna() & ~ways["oneway"].astype(bool)]
    for row, ids in zip(chosen.index, chosen["node_ids"], strict=True):
        arms.setdefault(int(ids[0]), []).append((int(row), int(ids[1])))
        arms.setdefault(int(ids[-1]), []).append((int(row), int(ids[-2])))
    return arms


def add_roundabouts(
    xy: FloatArray, ways: pd.DataFrame, rng: np.random.Generator
) -> tuple[FloatArray, pd.DataFrame]:
    """Turn one in sixty crossings of secondary and tertiary streets into a roundabout."""
    arms = _arms(ways, ["secondary", "tertiary"])
    ends = np.concatenate([n[[0, -1]] for n in ways["node_ids"]])
    every = np.concatenate(list(ways["node_ids"]))
    touches = np.bincount(every, minlength=len(xy))
    at_end = np.bincount(ends, minlength=len(xy))
    able = np.array(
        sorted(n for n, a in arms.items() if len(a) == 4 and touches[n] == 4 and at_end[n] == 4),
        dtype=np.int64,
    )
    size = min(len(able), max(2, len(able) // 60))
    lists = ways["node_ids"].to_numpy(dtype=object).copy()
    rows: list[dict[str, object]] = []
    positions, count = [xy], len(xy)
    for node in rng.choice(able, size, replace=False) if size else []:
        towards = np.array([xy[n] for _, n in arms[int(node)]]) - xy[node]
        bearing = np.arctan2(towards[:, 1], towards[:, 0])
        ring = xy[node] + _RING_RADIUS_M * np.column_stack([np.cos(bearing), np.sin(bearing)])
        ids = count + np.arange(4)
        positions.append(ring)
        count += 4
        for (row, _), new in zip(arms[int(node)], ids, strict=True):
            changed = lists[row].copy()
            changed[0 if changed[0] == node else -1] = new
            lists[row] = changed
        order = np.argsort(bearing)
        template = ways.loc[arms[int(node)][0][0]].to_dict()
        loop = np.append(ids[order], ids[order[0]])
        rows.append(
            template
            | {"name": None, "oneway": True, "junction": "roundabout", "line_key": -1, "node_ids": loop}
        )
    ways = ways.assign(node_ids=lists)
    if rows:
        ways = pd.concat([ways, pd.DataFrame(rows).astype(ways.dtypes.to_dict())], ignore_index=True)
    return np.vstack(positions), ways


def add_ferries(
    xy: FloatArray, ways: pd.DataFrame, net: Lattice, rivers: BaseGeometry, rng: np.random.Generator
) -> pd.DataFrame:
    """Join islands to the mainland by ferry, and add one ferry over the widest river."""
    used = np.unique(np.concatenate([n[[0, -1]] for n in ways["node_ids"]]))
    label = np.full(len(xy), -1)
    label[: net.component.size] = net.component.ravel()
    main = used[label[used] == 0]
    pairs: list[tuple[int, int]] = []
    if len(main):
        tree = cKDTree(xy[main])
        for part in range(1, int(label.max()) + 1):
            others = used[label[used] == part]
            if len(others):
                gap, nearest = tree.query(xy[others])
                closest = int(np.argmin(gap))
                pairs.append((int(main[np.atleast_1d(nearest)[closest]]), int(others[closest])))
        pairs += _over_the_river(xy, main, net.spacing_m, rivers, rng)
    if not pairs:
        return ways
    rows = []
    for k, (a, b) in enumerate(pairs):
        minutes = int(np.ceil(np.hypot(*(xy[a] - xy[b])) / 200)) + 5
        rows.append(
            {
                "highway": None,
                "name": f"{'一二三四五六七八九十'[k % 10]}号轮渡",
                "oneway": False,
                "bridge": False,
                "junction": None,
                "route": "ferry",
                "duration": f"{minutes // 60:02d}:{minutes % 60:02d}",
                "maxspeed_kmh": np.nan,
                "line_key": -1,
                "node_ids": np.array([a, b]),
            }
        )
    return pd.concat([ways, pd.DataFrame(rows).astype(ways.dtypes.to_dict())], ignore_index=True)


def _over_the_river(
    xy: FloatArray, nodes: IntArray, spacing_m: float, rivers: BaseGeometry, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Return one pair of crossings on opposite banks."""
    if rivers.is_empty:
        return []
    shapely.prepare(rivers)
    points = shapely.points(xy[nodes])
    bank = nodes[shapely.dwithin(points, rivers, 1.5 * spacing_m) & ~shapely.intersects(rivers, points)]
    if len(bank) < 2:
        return []
    pairs = cKDTree(xy[bank]).query_pairs(3.2 * spacing_m + 250, output_type="ndarray")
    lines = shapely.linestrings(np.stack([xy[bank[pairs[:, 0]]], xy[bank[pairs[:, 1]]]], axis=1))
    wet_m = shapely.length(shapely.intersection(lines, rivers))
    good = pairs[wet_m > 0.2 * shapely.length(lines)]
    if not len(good):
        return []
    a, b = good[int(rng.integers(len(good)))]
    return [(int(bank[a]), int(bank[b]))]


def turn_restrictions(xy: FloatArray, ways: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return turn restrictions at one in eight crossings of the larger streets: kind, from, via, to."""
    arms = _arms(ways, ["trunk", "primary", "secondary", "tertiary"])
    able = sorted(n for n, a in arms.items() if len(a) >= 3)
    size = min(len(able), max(8, len(able) // 8))
    rows = []
    for node in rng.choice(np.array(able, dtype=np.int64), size, replace=False) if size else []:
        at = arms[int(node)]
        kind = str(rng.choice(_TURNS, p=[0.6, 0.1, 0.15, 0.15]))
        towards = np.array([xy[n] for _, n in at]) - xy[node]
        bearing = np.arctan2(towards[:, 1], towards[:, 0])
        start = int(rng.integers(len(at)))
        turn = (bearing - (bearing[start] + np.pi) + np.pi) % (
            2 * np.pi
        ) - np.pi  # 0 is straight on, + is left
        wanted = {
            "no_left_turn": np.pi / 2,
            "no_right_turn": -np.pi / 2,
            "no_u_turn": np.pi,
            "only_straight_on": 0.0,
        }[kind]
        if kind == "no_u_turn":
            end = start
        else:
            miss = np.abs(turn - wanted)
            miss[start] = np.inf
            end = int(np.argmin(miss))
            if miss[end] > np.pi / 4:
                continue
        rows.append((kind, at[start][0], int(node), at[end][0]))
    return pd.DataFrame(rows, columns=["restriction", "from_row", "via", "to_row"])
