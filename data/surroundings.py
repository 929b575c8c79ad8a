"""Tell what stands around an enterprise: rescue resources by road and by distance, neighbours, sensitive places.

Resources are read under the user's own scope. Neighbouring enterprises are shown to an enterprise by name, industry,
address and distance only: who may see more of them sees it on their own pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from data.errors import FilterError, NotFoundError
from data.features import tsquery
from data.roads.errors import NetworkFileError, NoNetworkError
from data.scope import Connection, Scope, code_range
from data.travel_store import Arrivals, Question, TravelStore
from dispatch.errors import OffRoadError
from layers.declaration import Layer
from layers.display import mask
from layers.registry import layer_by_id

RESOURCES, SUPPLIES = "rescue_resource", "rescue_supply"
#: Layers of help, in the order they are shown.
HELP = (RESOURCES, SUPPLIES)
#: Neighbours and sensitive places are named up to here, metres.
NEIGHBOURHOOD_M = 500.0
MOST_ROWS = 500
MOST_NEIGHBOURS = 200
_SENSITIVE_INDUSTRIES = ("education", "healthcare")
_POINT = "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)"
_POINT_M = f"ST_Transform({_POINT}, 3857)"


@dataclass(frozen=True)
class Wanted:
    """Which resources are asked for.

    Attributes
    ----------
    words : text that their names hold
    kinds : values of the kind field; none for all
    type_name : one of the administrator's list
    at : (lon, lat) to measure from
    radius_m : straight-line limit, inclusive
    limit_s : travel-time limit, inclusive
    division_code : where they lie
    """

    words: str | None = None
    kinds: tuple[str, ...] = ()
    type_name: str | None = None
    at: tuple[float, float] | None = None
    radius_m: float | None = None
    limit_s: float | None = None
    division_code: str | None = None


@dataclass(frozen=True, eq=False)
class Help:
    """The resources found, nearest first.

    Attributes
    ----------
    total : how many fit, also beyond those listed
    rows : at most 500
    nearest : kind → the first to arrive of each kind of resource, whatever was asked
    counts : kind → how many fit
    arrivals : travel times by layer, or None where there are no roads to the place
    off_road : why there are no travel times, or None
    """

    total: int
    rows: list[dict[str, Any]]
    nearest: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    arrivals: Mapping[str, Arrivals] | None = None
    off_road: str | None = None


def find_help(
    connection: Connection, travel: TravelStore, wanted: Wanted, question: Question, *, scope: Scope
) -> Help:
    """Find resources under the scope: by name, kind and type, within a radius and a travel time.

    Raises
    ------
    FilterError
        When a kind is unknown, or a limit is given without a place.
    NetworkError
        When the hour lies outside the week.
    """
    _check(wanted)
    arrivals, off_road = None, None
    if wanted.at is not None:
        try:
            arrivals = {name: travel.arrivals(scope, question, wanted.at, kind_name=name) for name in HELP}
        except (OffRoadError, NoNetworkError, NetworkFileError) as error:
            arrivals, off_road = None, str(error)  # distances need no roads
    rows = [row for name in HELP for row in _rows(connection, layer_by_id(name), wanted, scope)]
    for row in rows:
        _time(row, arrivals)
    nearest = (
        _nearest(connection, arrivals, scope) if wanted.at is not None and not wanted.division_code else {}
    )
    if wanted.limit_s is not None:
        limit_s = wanted.limit_s
        rows = [r for r in rows if r["travel_time_s"] is not None and r["travel_time_s"] <= limit_s]
    rows.sort(key=_order)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
    return Help(len(rows), rows[:MOST_ROWS], nearest, counts, arrivals, off_road)


def _order(row: Mapping[str, Any]) -> tuple[float, float, int, str]:
    """Put the first to arrive first, then the nearest; without a place, kind by kind."""
    time_s, straight_m = row["travel_time_s"], row["straight_m"]
    return (
        np.inf if time_s is None else time_s, np.inf if straight_m is None else straight_m,
        list(kinds()).index(row["kind"]), row["code"],
    )  # fmt: skip


def _check(wanted: Wanted) -> None:
    known = kinds()
    strangers = [k for k in wanted.kinds if k not in known]
    if strangers:
        zh = "、".join(f"{value}（{words.zh}）" for value, words in known.items())
        raise FilterError(
            f"没有 {strangers[0][:40]!r} 这类资源，现有：{zh}。 There is no kind {strangers[0][:40]!r}; known: {', '.join(known)}."
        )
    if wanted.at is None and (wanted.radius_m is not None or wanted.limit_s is not None):
        raise FilterError(
            "给出范围时请同时给出中心点 lon、lat。 A radius or minutes need the place they are measured from."
        )


def kinds() -> dict[str, Any]:
    """Give the kinds of resources and supplies with their words."""
    return {c.value: c.words for name in HELP for c in layer_by_id(name).field("kind").choices}


def _time(row: dict[str, Any], arrivals: Mapping[str, Arrivals] | None) -> None:
    found = arrivals[row["layer"]].time_of(row["id"]) if arrivals else np.inf
    row["travel_time_s"] = float(found) if np.isfinite(found) else None


_COLUMNS = {
    RESOURCES: "t.capacity, t.ability, t.is_always_open, t.mobile, NULL::float8 AS quantity, NULL::text AS unit_word, NULL::date AS expires_on",
    SUPPLIES: "NULL::int AS capacity, NULL::text AS ability, NULL::boolean AS is_always_open, NULL::text AS mobile,"
    " t.quantity, t.unit_word, t.expires_on",
}


def _select(layer: Layer, wanted: Wanted, values: dict[str, Any]) -> str:
    distance = "NULL::float8"
    if wanted.at is not None:
        values |= {"lon": wanted.at[0], "lat": wanted.at[1]}
        distance = f"ST_Distance(t.geom::geography, {_POINT}::geography)"
    return (
        f"SELECT t.id, '{layer.id}' AS layer, t.code, t.name, t.kind, t.type_name, t.address, t.contact_name, t.contact_phone,"
        f" {_COLUMNS[layer.id]}, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat, {distance} AS straight_m,"
        " COALESCE(t.owner_id = (SELECT house.scope_owner()), false) AS is_own, d.name AS division,"
        " t.enterprise_code IS NOT NULL AS is_of_enterprise"
        f" FROM {layer.id} t JOIN division d ON d.code = t.division_code"
    )


def _rows(connection: Connection, layer: Layer, wanted: Wanted, scope: Scope) -> list[dict[str, Any]]:
    own = {c.value for c in layer.field("kind").choices}
    asked = own & set(wanted.kinds) if wanted.kinds else own
    values: dict[str, Any] = {"kinds": sorted(asked)}
    conditions = ["t.kind = ANY(%(kinds)s)"]
    if wanted.words and wanted.words.strip():
        values["words"], values["like"] = tsquery(wanted.words), f"%{_escaped(wanted.words.strip())}%"
        conditions.append(
            f"(t.id IN (SELECT s.row_id FROM search_entry s WHERE s.layer = '{layer.id}' AND s.terms @@ %(words)s::tsquery)"
            " OR t.type_name LIKE %(like)s)"
        )
    if wanted.type_name:
        values["type_name"] = wanted.type_name
        conditions.append("t.type_name = %(type_name)s")
    if wanted.division_code:
        try:
            values["low"], values["high"] = code_range(wanted.division_code)
        except ValueError as error:
            raise FilterError(str(error)) from error
        conditions.append("t.division_code >= %(low)s AND t.division_code < %(high)s")
    if wanted.radius_m is not None:
        conditions.append(_within(values, wanted.radius_m))
    select = _select(layer, wanted, values)
    rows = connection.execute(
        f"{select} WHERE {' AND '.join(conditions)} ORDER BY t.code".encode(), values
    ).fetchall()
    return [_masked(dict(row), scope) for row in rows]


def _within(values: dict[str, Any], radius_m: float) -> str:
    """Write that a row lies within a distance; the widened box lets the index serve under row-level security."""
    values |= {"radius_m": radius_m, "reach": radius_m * 1.1}
    return (
        f"t.geom_m && ST_Expand({_POINT_M}, %(reach)s / cos(radians(%(lat)s)))"
        f" AND ST_DWithin(t.geom::geography, {_POINT}::geography, %(radius_m)s)"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")[:60]


def _masked(row: dict[str, Any], scope: Scope) -> dict[str, Any]:
    if not scope.sees_sensitive and not row["is_own"]:
        for name in ("contact_name", "contact_phone", "mobile"):
            row[name] = mask(row[name]) if row[name] else None
    return row


def _nearest(
    connection: Connection, arrivals: Mapping[str, Arrivals] | None, scope: Scope
) -> dict[str, dict[str, Any]]:
    """Read the first to arrive of each kind of resource."""
    if arrivals is None:
        return {}
    found = arrivals[RESOURCES]
    first = {kind: position for kind in _kinds_of(found) if (position := found.first_of(kind)) is not None}
    ids = [int(found.points.ids[position]) for position in first.values()]
    wanted = Wanted(at=found.at)
    values: dict[str, Any] = {"ids": ids}
    rows = connection.execute(
        f"{_select(layer_by_id(RESOURCES), wanted, values)} WHERE t.id = ANY(%(ids)s)".encode(), values
    ).fetchall()
    for row in rows:
        _time(row, arrivals)
    return {row["kind"]: _masked(dict(row), scope) for row in sorted(rows, key=_order)}


def _kinds_of(found: Arrivals) -> list[str]:
    return sorted(set(found.points.kinds.tolist()))


def neighbours(connection: Connection, enterprise: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Name the enterprises within 500 m, nearest first: name, industry, address, distance and direction, no more.

    The connection's scope must see everything: what is shown of it is decided here.
    """
    return _around(
        connection,
        "SELECT t.id, t.name, t.industry, t.address, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat",
        "FROM enterprise t WHERE t.code <> %(code)s AND NOT t.industry = ANY(%(sensitive)s)",
        enterprise,
    )


def sensitive_places(connection: Connection, enterprise: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Name schools, care and residential places within 500 m, nearest first, with their people.

    The connection's scope must see everything: what is shown of it is decided here.
    """
    schools = _around(
        connection,
        "SELECT t.id, t.name, t.industry AS kind, t.address, t.employee_count AS people, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat",
        "FROM enterprise t WHERE t.code <> %(code)s AND t.industry = ANY(%(sensitive)s)",
        enterprise,
    )
    homes = _around(
        connection,
        "SELECT t.id, t.name, 'residential' AS kind, t.address, t.population AS people, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat",
        "FROM residential_place t WHERE true",
        enterprise,
    )
    hospitals = _around(
        connection,
        "SELECT t.id, t.name, t.kind, t.address, t.capacity AS people, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat",
        "FROM rescue_resource t WHERE t.kind = 'hospital' AND t.is_public",
        enterprise,
    )
    return sorted([*schools, *hospitals, *homes], key=lambda row: (row["distance_m"], row["name"]))


def _around(
    connection: Connection, select: str, source: str, enterprise: Mapping[str, Any]
) -> list[dict[str, Any]]:
    values: dict[str, Any] = {
        "code": enterprise["code"], "lon": enterprise["lon"], "lat": enterprise["lat"], "sensitive": list(_SENSITIVE_INDUSTRIES),
    }  # fmt: skip
    within = _within(values, NEIGHBOURHOOD_M)
    rows = connection.execute(
        f"{select}, ST_Distance(t.geom::geography, {_POINT}::geography) AS distance_m,"
        f" degrees(ST_Azimuth({_POINT}::geography, t.geom::geography)) AS bearing_deg {source} AND {within}"
        f" ORDER BY distance_m, t.code LIMIT {MOST_NEIGHBOURS}".encode(),
        values,
    ).fetchall()
    return [dict(row) for row in rows]


def position_of(connection: Connection, enterprise_id: int) -> dict[str, Any]:
    """Read an enterprise's code, name and position under the scope.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        "SELECT id, code, name, address, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE id = %s",
        [enterprise_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {enterprise_id} 的企业，或您无权查看。 There is no enterprise {enterprise_id} that you may see."
        )
    return dict(row)


def types_offered(connection: Connection, families: Iterable[str]) -> Sequence[dict[str, Any]]:
    """List the types that the search may be narrowed to."""
    return connection.execute(
        "SELECT code, family FROM resource_type WHERE is_offered AND family = ANY(%s) ORDER BY family, position, code",
        [list(families)],
    ).fetchall()
