"""Work out the answer to a drill's accident: roads closed, where help gathers, who comes, and who finds shelter where."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.drill_surroundings import Evacuees
from data.located_points import LocatedPoints
from data.network_service import Circumstances
from dispatch.drill import Need
from geo.evacuation import fill_shelters
from geo.kept_out import keep_out
from geo.measure import metres_per_degree
from geo.network import Network
from geo.route import find_route
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, SnapReason, snap
from geo.staging import StagingPoint, staging_points
from geo.sweep import sweep_nearest
from geo.travel_time_matrix import travel_time_matrix

MOST_GROUPS = 80
LEAST_SHELTERS, MOST_SHELTERS = 20, 80
ROOM = 3
"""Shelters are looked at, the nearest first, until they have so many places for each who leaves."""
_LONGEST_S = 2 * 3600.0
_DRAWN_EDGES = 3_000
_STREETS = 30
_NEAREST_TRIED = 25


def closed_roads(network: Network, area: BaseGeometry) -> dict[str, Any]:
    """Say which roads an area closes: how many stretches, how long, which streets, and their lines."""
    edges = network.edges_in_area(area) if not area.is_empty else np.zeros(0, np.int32)
    length: dict[str, float] = {}
    for edge in edges.tolist():
        name = network.edge_name(edge)
        if name:
            length[name] = length.get(name, 0.0) + float(network.edge_length_m[edge])
    longest = edges[np.argsort(-network.edge_length_m[edges], kind="stable")][:_DRAWN_EDGES]
    return {
        "edges": len(edges), "length_m": round(float(network.edge_length_m[edges].sum())),
        "streets": [
            {"name": name, "length_m": round(m)} for name, m in sorted(length.items(), key=lambda one: -one[1])[:_STREETS]
        ],
        "lines": [_line(shape) for shape in network.edge_lines(np.sort(longest))],
    }  # fmt: skip


def gather(
    around: Impedance,
    area: BaseGeometry,
    origin: tuple[float, float],
    wind_from_deg: float,
    helpers: SnappedPoints,
) -> tuple[StagingPoint, ...]:
    """Choose staging points that help reaches around the area."""
    reached = np.isfinite(sweep_nearest(around, helpers).travel_time_s)
    return staging_points(around.network, area, origin, wind_from_deg, is_usable=reached)


def who_comes(
    around: Impedance,
    points: LocatedPoints,
    wanted: tuple[Need, ...],
    staging: StagingPoint,
    area: BaseGeometry,
) -> list[dict[str, Any]]:
    """Choose, of each kind that is needed, those soonest at the staging point around the area, with their routes."""
    place = snap(around.network, [staging.lonlat], profile=around.scenario.profile, shut=around.closed_edges)
    usable = np.flatnonzero(_placed(points) & ~_within(points.lonlat, area))
    found: list[dict[str, Any]] = []
    for need in wanted:
        rows = usable[points.kinds[usable] == need.kind]
        rows = rows[np.argsort(_distance_m(points.lonlat[rows], staging.lonlat), kind="stable")][
            :_NEAREST_TRIED
        ]
        if len(rows) == 0:
            continue
        places = snap(around.network, points.lonlat[rows], profile=around.scenario.profile)
        leaves = need.kind == "hospital"  # the injured are driven there
        table = (
            travel_time_matrix(around, place, places)
            if leaves
            else travel_time_matrix(around, places, place).T
        )
        order = np.argsort(table[0], kind="stable")[: need.count]
        for at in order[np.isfinite(table[0][order])].tolist():
            ends = (place, places.take([at])) if leaves else (places.take([at]), place)
            route = find_route(around, *ends)
            found.append({
                "kind": need.kind, "id": int(points.ids[rows[at]]), "travel_time_s": round(float(table[0, at]), 1),
                "length_m": round(route.length_m), "within_s": need.within_s, "is_late": bool(table[0, at] > need.within_s),
                "lon": round(float(points.lonlat[rows[at], 0]), 6), "lat": round(float(points.lonlat[rows[at], 1]), 6),
                "route": None if route.line.is_empty else _line(route.line),
            })  # fmt: skip
    return found


def who_shelters_where(
    circumstances: Circumstances,
    evacuees: Evacuees,
    shelters: LocatedPoints,
    capacity: NDArray[np.int64],
    area: BaseGeometry,
) -> dict[str, Any]:
    """Fill shelters outside the area, along open roads, nobody into it, in the least total time."""
    groups = _grouped(evacuees)
    usable = np.flatnonzero(_placed(shelters) & (capacity > 0) & ~_within(shelters.lonlat, area))
    rows = _nearest_room(
        shelters.lonlat[usable], capacity[usable], groups["lonlat"], int(groups["people"].sum())
    )
    rows = usable[rows]
    network = circumstances.network
    origins = snap(network, groups["lonlat"], profile=circumstances.profile)
    out = keep_out(circumstances.impedance, area).leaving_from(origins.edge_idx)
    places = snap(network, shelters.lonlat[rows], profile=circumstances.profile)
    times = np.full((len(origins), len(rows)), np.inf)
    if times.size:
        times = travel_time_matrix(out, origins, places, limit_s=_LONGEST_S)
    filled = fill_shelters(groups["people"], capacity[rows], times)
    flows = [
        {
            "from": groups["names"][g], "from_lonlat": [round(float(v), 6) for v in groups["lonlat"][g]],
            "shelter_id": int(shelters.ids[rows[s]]), "people": int(n), "travel_time_s": round(float(times[g, s]), 1),
        }
        for g, s, n in zip(filled.group_idx.tolist(), filled.shelter_idx.tolist(), filled.people.tolist(), strict=True)
    ]  # fmt: skip
    used = sorted({int(s) for s in filled.shelter_idx.tolist()})
    return {
        "people": int(groups["people"].sum()), "placed": int(filled.people.sum()), "groups": len(groups["people"]),
        "left_over": int(filled.left_over.sum()), "no_way": int(filled.unreached.sum()),
        "mean_s": round(filled.person_s / int(filled.people.sum()), 1) if flows else None,
        "last_s": max((f["travel_time_s"] for f in flows), default=None), "considered": len(rows),
        "shelters": [
            {
                "id": int(shelters.ids[rows[s]]), "capacity": int(capacity[rows[s]]),
                "people": int(filled.people[filled.shelter_idx == s].sum()),
                "lon": round(float(shelters.lonlat[rows[s], 0]), 6), "lat": round(float(shelters.lonlat[rows[s], 1]), 6),
            }
            for s in used
        ],
        "flows": sorted(flows, key=lambda f: -f["people"]),
    }  # fmt: skip


def _grouped(evacuees: Evacuees) -> dict[str, Any]:
    """Join people who are near each other, as finely as the number of groups allows; nobody is left out."""
    rows = np.flatnonzero(evacuees.people > 0)
    at, people = evacuees.lonlat[rows], evacuees.people[rows]
    cell_deg = 0.0
    group = np.arange(len(rows))
    while len(np.unique(group)) > MOST_GROUPS:
        cell_deg = max(0.002, 1.5 * cell_deg)
        _, group = np.unique(np.floor(at / cell_deg).astype(np.int64), axis=0, return_inverse=True)
        group = group.reshape(-1)
    lonlat, sums, names = [], [], []
    for one in np.unique(group).tolist():
        members = np.flatnonzero(group == one)
        main = int(members[np.argmax(people[members])])  # the group starts where most of its people are
        lonlat.append(at[main])
        sums.append(int(people[members].sum()))
        more = len(members) - 1
        names.append(evacuees.names[rows[main]] + (f" +{more}" if more else ""))
    return {
        "lonlat": np.array(lonlat, np.float64).reshape(-1, 2), "people": np.array(sums, np.int64), "names": names,
    }  # fmt: skip


def _nearest_room(
    lonlat: NDArray[np.float64], capacity: NDArray[np.int64], groups: NDArray[np.float64], people: int
) -> NDArray[np.int64]:
    """Take the nearest shelters until there is room enough and to spare."""
    if len(groups) == 0 or len(lonlat) == 0:
        return np.zeros(0, np.int64)
    middle = groups.mean(axis=0)
    order = np.argsort(_distance_m(lonlat, (float(middle[0]), float(middle[1]))), kind="stable")
    enough = int(np.searchsorted(np.cumsum(capacity[order]), ROOM * people)) + 1
    return order[: min(max(enough, LEAST_SHELTERS), MOST_SHELTERS)]


def _placed(points: LocatedPoints) -> NDArray[np.bool_]:
    return np.isfinite(points.lonlat[:, 0])


def _within(lonlat: NDArray[np.float64], area: BaseGeometry) -> NDArray[np.bool_]:
    shapely.prepare(area)
    found: NDArray[np.bool_] = shapely.contains_xy(area, lonlat[:, 0], lonlat[:, 1])
    return found


def _distance_m(lonlat: NDArray[np.float64], at: tuple[float, float]) -> NDArray[np.float64]:
    offset = (lonlat - np.array(at)) * np.array(metres_per_degree(at[1]))
    found: NDArray[np.float64] = np.hypot(offset[:, 0], offset[:, 1])
    return found


def _line(shape: Any) -> list[list[float]]:
    return [[round(lon, 5), round(lat, 5)] for lon, lat in shapely.get_coordinates(shape).tolist()]


def helper_places(around: Impedance, points: LocatedPoints, kinds: frozenset[str]) -> SnappedPoints:
    """Give the places on the road of those who may come."""
    rows = _placed(points) & np.isin(points.kinds, sorted(kinds))
    found = snap(around.network, points.lonlat[rows], profile=around.scenario.profile)
    return found.take(np.flatnonzero(found.reason == SnapReason.SNAPPED))
