"""Find the division each position lies in, and say which stand where they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from data.loading.division_index import Divisions, distance_outside_m
from data.loading.positions import Fault, Positions
from data.loading.problems import ProblemCode
from data.scope import Connection

#: A position this far outside every division is elsewhere or in the sea, metres.
CITY_MARGIN_M = 2_000.0
#: Outlines are generalised: up to here a position may lie outside the division its row declares, metres.
DIVISION_MARGIN_M = 500.0
#: Shores are drawn coarsely: up to here a position may lie in water, metres.
WATER_MARGIN_M = 50.0


@dataclass
class Placing:
    """Where each position lies.

    Attributes
    ----------
    codes : finest division each position lies in; the nearest one just outside; None without position
    faults : position in the table → what is wrong, beyond the margins
    doubts : position in the table → what is odd, within the margins
    """

    codes: list[str | None]
    faults: dict[int, Fault] = field(default_factory=dict)
    doubts: dict[int, Fault] = field(default_factory=dict)


def place(
    connection: Connection,
    found: Positions,
    divisions: Divisions,
    declared: Sequence[str | None],
    *,
    header: str,
) -> Placing:
    """Find the division of every position, and those outside their division, outside the city or in water."""
    rows = np.flatnonzero(found.has)
    codes: list[str | None] = [None] * len(found.typed)
    placing = Placing(codes)
    inside = divisions.locate(found.lonlat[rows])
    lost = [i for i, code in zip(rows.tolist(), inside, strict=True) if code is None]
    for i, code in zip(rows.tolist(), inside, strict=True):
        codes[i] = code
    if divisions.whole is not None and lost:
        distance_m = divisions.outside_m(found.lonlat[lost])
        close = [i for i, metres in zip(lost, distance_m.tolist(), strict=True) if metres <= CITY_MARGIN_M]
        for i, code in zip(close, divisions.nearest(found.lonlat[close]), strict=True):
            codes[i] = code
        for i, metres in zip(lost, distance_m.tolist(), strict=True):
            message = (
                f"在所有已装载区划之外 {metres:,.0f} 米（海上、市外，或坐标系不对）。 {metres:,.0f} m outside every "
                "loaded division (in the sea, elsewhere, or in another datum)."
            )
            fault = Fault(ProblemCode.OUTSIDE_CITY, message, found.texts[i] or "", header)
            (placing.faults if metres > CITY_MARGIN_M else placing.doubts)[i] = fault
    _check_declared(found, divisions, declared, placing, header)
    _check_water(connection, found, rows, placing, header)
    return placing


def _check_declared(
    found: Positions, divisions: Divisions, declared: Sequence[str | None], placing: Placing, header: str
) -> None:
    by_code: dict[str, list[int]] = {}
    for i in np.flatnonzero(found.has).tolist():
        code = declared[i]
        if code is not None and i not in placing.faults:
            by_code.setdefault(code, []).append(i)
    for code, rows in by_code.items():
        outline = divisions.outline_of(code)
        if outline is None:
            continue
        shapely.prepare(outline)
        inside = shapely.intersects_xy(outline, found.lonlat[rows, 0], found.lonlat[rows, 1])
        outside = np.asarray(rows)[~inside].tolist()
        if not outside:
            continue
        distance_m = distance_outside_m(found.lonlat[outside], outline)
        for i, metres in zip(outside, distance_m.tolist(), strict=True):
            if i in placing.doubts and code in divisions.above(placing.codes[i] or ""):
                continue  # just off the coast or the city's edge, nearest to what it declares
            name = divisions.by_code[code].name
            where = divisions.by_code[placing.codes[i] or code]
            message = (
                f"在“{name}”之外 {metres:,.0f} 米，落在 {where.code} {where.name}。 {metres:,.0f} m outside of "
                f"{name}; it lies in {where.code} {where.name}."
            )
            fault = Fault(ProblemCode.OUTSIDE_DIVISION, message, found.texts[i] or "", header)
            (placing.faults if metres > DIVISION_MARGIN_M else placing.doubts)[i] = fault


def _check_water(
    connection: Connection, found: Positions, rows: NDArray[np.intp], placing: Placing, header: str
) -> None:
    waters = [
        (row["name"], shapely.from_wkb(bytes(row["wkb"])))
        for row in connection.execute("SELECT name, ST_AsBinary(geom) AS wkb FROM water ORDER BY id")
    ]
    if not waters or not len(rows) or found.shapes is not None:
        return
    tree = shapely.STRtree([shape for _, shape in waters])
    points = shapely.points(found.lonlat[rows])
    hits, which = tree.query(points, predicate="within")
    for hit, w in zip(hits.tolist(), which.tolist(), strict=True):
        i = int(rows[hit])
        name, shape = waters[w]
        metres = float(distance_outside_m(found.lonlat[[i]], shape.boundary)[0])
        message = f"在水中{'“' + name + '”' if name else ''}，离岸 {metres:,.0f} 米。 In water, {metres:,.0f} m from the shore."
        fault = Fault(ProblemCode.IN_WATER, message, found.texts[i] or "", header)
        if metres > WATER_MARGIN_M:
            placing.faults.setdefault(i, fault)
        else:
            placing.doubts.setdefault(i, fault)
