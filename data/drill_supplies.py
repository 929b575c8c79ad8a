"""Choose the supplies that an accident calls for by travel time around the zone, from what is in stock and still good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.scope import Connection
from dispatch.drill import Shortfall
from dispatch.drill_supplies import SupplyNeed, Taken, supply_shortfalls, take_soonest
from geo.measure import metres_per_degree
from geo.scenario import Impedance
from geo.snapping import snap
from geo.staging import StagingPoint
from geo.travel_time_matrix import travel_time_matrix
from layers.display import LOCAL_ZONE

_NEAREST_TRIED = 40


def brought(
    connection: Connection,
    around: Impedance,
    wanted: Sequence[SupplyNeed],
    staging: StagingPoint | None,
    area: BaseGeometry,
    *,
    at: dt.datetime,
    without: Sequence[int] = (),
) -> tuple[dict[str, Any], tuple[Shortfall, ...]]:
    """Choose the supplies and name what is lacking; without a place to gather nothing is brought."""
    rows: list[dict[str, Any]] = []
    taken: list[tuple[Taken, ...]] = [()] * len(wanted)
    if staging is not None:
        found = stocks(connection, wanted, at=at, without=without)
        rows, taken = who_brings(around, found, wanted, staging, area)
    told = [
        {"type": need.type_name, "quantity": need.quantity, "unit": need.unit, "within_s": need.within_s}
        for need in wanted
    ]
    return {"supplies_wanted": told, "supplies": rows}, supply_shortfalls(wanted, taken)


def stocks(
    connection: Connection, wanted: Sequence[SupplyNeed], *, at: dt.datetime, without: Sequence[int] = ()
) -> list[dict[str, Any]]:
    """List the stocks of the types that are wanted: public or shared, good on the day, kept by nobody who does not count."""
    rows = connection.execute(
        "SELECT s.id, s.code, s.name, s.type_name, s.quantity, s.unit_word, COALESCE(r.name, e.name) AS kept_at, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat"
        " FROM rescue_supply s LEFT JOIN rescue_resource r ON r.code = s.depot_code LEFT JOIN enterprise e ON e.code = s.enterprise_code"
        " WHERE s.geom IS NOT NULL AND s.quantity > 0 AND s.type_name = ANY(%s) AND (s.enterprise_code IS NULL OR s.is_shared)"
        " AND (s.expires_on IS NULL OR s.expires_on >= %s) AND (r.id IS NULL OR r.id <> ALL(%s)) ORDER BY s.id",
        [[need.type_name for need in wanted], at.astimezone(LOCAL_ZONE).date(), list(without)],
    )
    return [dict(row) for row in rows]


def who_brings(
    around: Impedance,
    found: Sequence[dict[str, Any]],
    wanted: Sequence[SupplyNeed],
    staging: StagingPoint,
    area: BaseGeometry,
) -> tuple[list[dict[str, Any]], list[tuple[Taken, ...]]]:
    """Take each supply from the stocks outside the area that are soonest at the staging point; as JSON, and by need."""
    place = snap(around.network, [staging.lonlat], profile=around.scenario.profile, shut=around.closed_edges)
    lonlat = np.array([(one["lon"], one["lat"]) for one in found], np.float64).reshape(-1, 2)
    shapely.prepare(area)
    outside = ~shapely.contains_xy(area, lonlat[:, 0], lonlat[:, 1])
    away = np.hypot(*((lonlat - staging.lonlat) * metres_per_degree(staging.lonlat[1])).T)
    rows: list[dict[str, Any]] = []
    taken: list[tuple[Taken, ...]] = []
    for need in wanted:
        own = np.array(
            [(one["type_name"], one["unit_word"]) == (need.type_name, need.unit) for one in found], np.bool_
        )
        near = np.flatnonzero(own & outside)
        near = near[np.argsort(away[near], kind="stable")][:_NEAREST_TRIED]
        times = np.zeros(0)
        if len(near):
            starts = snap(around.network, lonlat[near], profile=around.scenario.profile)
            times = travel_time_matrix(around, starts, place)[:, 0]
        parts = take_soonest(need, [float(found[i]["quantity"]) for i in near.tolist()], times.tolist())
        taken.append(parts)
        rows += [_row(found[int(near[one.stock_idx])], one, need) for one in parts]
    return rows, taken


def _row(stock: dict[str, Any], taken: Taken, need: SupplyNeed) -> dict[str, Any]:
    return {
        "type": need.type_name, "id": stock["id"], "code": stock["code"], "name": stock["name"], "kept_at": stock["kept_at"],
        "quantity": taken.quantity, "in_stock": stock["quantity"], "unit": need.unit, "travel_time_s": round(taken.travel_time_s, 1),
        "within_s": need.within_s, "is_late": bool(taken.travel_time_s > need.within_s),
        "lon": round(stock["lon"], 6), "lat": round(stock["lat"], 6),
    }  # fmt: skip
