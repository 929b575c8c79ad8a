"""Read the features of a layer: lists with filters and pages, single cards, counts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from data import cql
from data.cql import Compiler
from data.errors import FilterError, NotFoundError
from data.scope import Connection, Scope, code_range
from data.search_terms import grams
from layers.declaration import Field, FieldType, Geometry, Layer
from layers.display import LOCAL_ZONE
from layers.registry import all_layers

MAX_PAGE_SIZE = 10_000
#: Lists count exactly up to here; beyond, "more than".
COUNT_LIMIT = 20_000


@dataclass(frozen=True)
class Query:
    """What to read of a layer.

    Attributes
    ----------
    bbox : (west, south, east, north), degrees WGS-84, or None
    division_code : rows that lie in this division
    authority_code : rows that are supervised from within this division
    words : text to search for
    properties : field name → text to be equal to; of a date or an instant also a month, a day, or two of them with ``/`` between
    empty : names of fields that hold nothing
    subsets : ids of the layer's subsets, of all of which a row is
    within : ``layer:code`` of an area that rows touch, of which the scope sees the row
    filter_tree : parsed CQL2, or None
    interval : (from, to) instants, either None for open; matches the layer's time field
    sort : field name, with a leading ``-`` for descending
    after_id : keyset paging: only rows with a greater id
    """

    bbox: tuple[float, float, float, float] | None = None
    division_code: str | None = None
    words: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    subsets: tuple[str, ...] = ()
    within: str | None = None
    filter_tree: Any = None
    interval: tuple[dt.datetime | None, dt.datetime | None] | None = None
    sort: str | None = None
    limit: int = 50
    offset: int = 0
    after_id: int | None = None


def time_field(layer: Layer) -> Field | None:
    """Give the field that datetime filters look at: the first instant or date."""
    return next((f for f in layer.fields if f.type in (FieldType.INSTANT, FieldType.DATE)), None)


def check_bbox(values: list[float]) -> tuple[float, float, float, float]:
    """Check a bounding box of 4 (or 6, heights ignored) numbers.

    Raises
    ------
    FilterError
        When it is no box on the earth.
    """
    if len(values) == 6:
        values = [values[0], values[1], values[3], values[4]]
    if len(values) != 4 or any(v != v for v in values):  # noqa: PLR0124 - NaN is the one value unlike itself
        raise FilterError("bbox 应为 4 个数：西,南,东,北。 bbox takes four numbers: west,south,east,north.")
    west, south, east, north = values
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise FilterError(
            f"bbox 超出经纬度范围或南北颠倒：{values}。 bbox is outside the earth, or south is above north."
        )
    return west, south, east, north


def narrowing(layer: Layer, given: Mapping[str, str]) -> dict[str, Any]:
    """Read what a list is narrowed by from its address: any field's name, `empty` and `subset` (names, by commas), `within`."""
    names = {f.name for f in layer.all_fields}
    return {
        "properties": {name: text for name, text in given.items() if name in names and text},
        "empty": tuple(filter(None, given.get("empty", "").split(","))),
        "subsets": tuple(filter(None, given.get("subset", "").split(","))),
        "within": given.get("within") or None,
    }


def where(
    layer: Layer, query: Query, *, scope: Scope | None, prefix: str = "cql"
) -> tuple[str, dict[str, Any]]:
    """Compile the conditions of a query on table alias ``t``; without a scope nothing sensitive can be asked for.

    Conditions of two queries can stand in one statement where their `prefix` differs and one of them alone asks for a division, words,
    a box or an interval.

    Raises
    ------
    FilterError
        When a field, value, division or filter cannot be read.
    """
    conditions = ["true"]
    values: dict[str, Any] = {}
    if query.bbox is not None:
        conditions.append(_bbox_condition(query.bbox, values))
    if query.division_code:
        conditions.append(_division_condition(query.division_code, values))
    if query.words:
        conditions.append(
            f"t.id IN (SELECT s.row_id FROM search_entry s WHERE s.layer = '{layer.id}' AND s.terms @@ %(words)s::tsquery)"
        )
        values["words"] = tsquery(query.words)
    compiler = Compiler(layer, see_sensitive=scope is not None and scope.sees_sensitive, prefix=prefix)
    for name, text in query.properties.items():
        span = _span(layer, name, text)
        tree = _equals(layer, name, text) if span is None else _within(layer.field(name), *span)
        conditions.append(compiler.condition(tree))
    conditions += [compiler.condition({"op": "isNull", "args": [{"property": name}]}) for name in query.empty]
    conditions += [compiler.condition(_subset(layer, name)) for name in query.subsets]
    if query.filter_tree is not None:
        conditions.append(compiler.condition(query.filter_tree))
    if query.within is not None:
        conditions.append(_within_area(query.within, values))
    values.update(compiler.binds)
    if query.interval is not None:
        conditions.append(_interval_condition(layer, query.interval, values))
    if query.after_id is not None:
        conditions.append("t.id > %(after_id)s")
        values["after_id"] = query.after_id
    return " AND ".join(conditions), values


def tsquery(words: str) -> str:
    """Turn words into a tsquery text in which every term must be present."""
    terms = sorted(grams(words)) or [words.strip().lower()]
    return " & ".join("'" + t.replace("'", "''").replace("\\", "\\\\") + "'" for t in terms)


def read_page(connection: Connection, layer: Layer, query: Query, *, scope: Scope) -> list[dict[str, Any]]:
    """Read one page of features: dictionaries with id, lon, lat (of a point on the feature) and every field.

    Raises
    ------
    FilterError
        When the query cannot be read, or asks for more than 10,000 rows at once.
    """
    if not 1 <= query.limit <= MAX_PAGE_SIZE or query.offset < 0:
        raise FilterError(
            f"limit 应在 1–{MAX_PAGE_SIZE} 之间，offset 不小于 0。 limit must be 1–{MAX_PAGE_SIZE}."
        )
    condition, values = where(layer, query, scope=scope)
    order = order_by(layer, query.sort)
    columns = ", ".join(f"t.{f.name}" for f in layer.all_fields)
    statement = f"""
        SELECT t.id, {columns}, t.position_quality, t.source_crs, ST_AsGeoJSON(t.geom, 7)::text AS geojson,
               ST_X(ST_PointOnSurface(t.geom)) AS lon, ST_Y(ST_PointOnSurface(t.geom)) AS lat
        FROM {layer.id} t WHERE {condition} ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
    """
    try:
        return list(
            connection.execute(statement.encode(), {**values, "limit": query.limit, "offset": query.offset})
        )
    except (psycopg.errors.DataError, psycopg.errors.InternalError_) as error:
        raise FilterError(
            f"过滤条件中的值无法理解。 A value in the filter cannot be read: {error}"
        ) from error


def read_items(connection: Connection, layer: Layer, query: Query, *, scope: Scope) -> list[dict[str, Any]]:
    """Read features for machines: id, every field and ``geojson`` (text, WGS-84, 7 decimals), by id.

    Reads one row more than the limit, so that the caller knows whether there are more.

    Raises
    ------
    FilterError
        When the query cannot be read, or asks for more than 10,000 rows at once.
    """
    if not 1 <= query.limit <= MAX_PAGE_SIZE or query.offset < 0:
        raise FilterError(
            f"limit 应在 1–{MAX_PAGE_SIZE} 之间，offset 不小于 0。 Limit must be 1–{MAX_PAGE_SIZE}."
        )
    condition, values = where(layer, query, scope=scope)
    columns = ", ".join(f"t.{f.name}" for f in layer.all_fields)
    statement = (
        f"SELECT t.id, {columns}, ST_AsGeoJSON(t.geom, 7)::text AS geojson FROM {layer.id} t"
        f" WHERE {condition} ORDER BY {order_by(layer, query.sort)} LIMIT %(limit)s OFFSET %(offset)s"
    )
    try:
        return list(
            connection.execute(
                statement.encode(), {**values, "limit": query.limit + 1, "offset": query.offset}
            )
        )
    except (psycopg.errors.DataError, psycopg.errors.InternalError_) as error:
        raise FilterError(
            f"过滤条件中的值无法理解。 A value in the filter cannot be read: {error}"
        ) from error


def count(
    connection: Connection, layer: Layer, query: Query, *, scope: Scope, most: int | None = COUNT_LIMIT
) -> tuple[int, bool]:
    """Count the rows of a query: (number, is it exact?). Kept totals answer where they can; else it counts up to `most`, None for all.

    Raises
    ------
    FilterError
        When the query cannot be read.
    """
    only_division = query == Query(
        division_code=query.division_code, sort=query.sort, limit=query.limit, offset=query.offset
    )
    is_zone = bool(query.division_code) and query.division_code[4:5].isalpha()  # type: ignore[index]
    if only_division and scope.owner_id is None and not is_zone:
        low, high = _range_of(query.division_code or "000000")
        row = connection.execute(
            "SELECT COALESCE(sum(n), 0)::bigint AS n FROM layer_total"
            " WHERE layer = %s AND division_code >= %s AND division_code < %s",
            [layer.id, low, high],
        ).fetchone()
        return (int(row["n"]), True) if row else (0, True)
    condition, values = where(layer, query, scope=scope)
    limit = "" if most is None else f" LIMIT {most + 1}"
    try:
        row = connection.execute(
            f"SELECT count(*) AS n FROM (SELECT 1 FROM {layer.id} t WHERE {condition}{limit}) q".encode(),
            values,
        ).fetchone()
    except (psycopg.errors.DataError, psycopg.errors.InternalError_) as error:
        raise FilterError(
            f"过滤条件中的值无法理解。 A value in the filter cannot be read: {error}"
        ) from error
    n = int(row["n"]) if row else 0
    return (n, True) if most is None else (min(n, most), n <= most)


def read_one(connection: Connection, layer: Layer, feature_id: int) -> dict[str, Any]:
    """Read one feature with its division and authority by name.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    columns = ", ".join(f"t.{f.name}" for f in layer.all_fields)
    row = connection.execute(
        f"""
        SELECT t.id, {columns}, t.position_quality, t.position_confidence, t.source_crs, t.source_position, t.version,
               t.updated_at, ST_AsGeoJSON(t.geom, 7)::text AS geojson,
               ST_X(ST_PointOnSurface(t.geom)) AS lon, ST_Y(ST_PointOnSurface(t.geom)) AS lat,
               d.name AS division_name, a.name AS authority_name
        FROM {layer.id} t JOIN division d ON d.code = t.division_code JOIN division a ON a.code = t.authority_code
        WHERE t.id = %s""".encode(),
        [feature_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {feature_id} 的{layer.words.zh}，或您无权查看。 "
            f"There is no {layer.words.en.lower()} {feature_id} that you may see."
        )
    return dict(row)


def stream(connection: Connection, layer: Layer, query: Query, *, scope: Scope) -> Iterator[dict[str, Any]]:
    """Read every row of a query through a server-side cursor, ordered by code; limits are ignored.

    Raises
    ------
    FilterError
        When the query cannot be read.
    """
    condition, values = where(layer, query, scope=scope)
    columns = ", ".join(f"t.{f.name}" for f in layer.all_fields)
    with connection.cursor(name="export") as cursor:
        cursor.itersize = 5000
        cursor.execute(
            f"SELECT t.id, t.owner_id, {columns}, ST_AsBinary(t.geom) AS wkb FROM {layer.id} t WHERE {condition} ORDER BY t.code".encode(),
            values,
        )
        yield from cursor


def _bbox_condition(bbox: tuple[float, float, float, float], values: dict[str, Any]) -> str:
    west, south, east, north = bbox
    # Mercator ends at 85.06 degrees.
    low, high = max(south, -85.0), min(north, 85.0)
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    parts = []
    for number, (left, right) in enumerate(boxes):
        name = f"box{number}_"
        values |= {name + "w": left, name + "s": low, name + "e": right, name + "n": high}
        shape = f"ST_MakeEnvelope(%({name}w)s, %({name}s)s, %({name}e)s, %({name}n)s, 4326)"
        parts.append(f"(t.geom_m && ST_Transform({shape}, 3857) AND ST_Intersects(t.geom, {shape}))")
    return "(" + " OR ".join(parts) + ")"


def _range_of(code: str) -> tuple[str, str]:
    try:
        return code_range(code)
    except ValueError as error:
        raise FilterError(str(error)) from error


def _division_condition(code: str, values: dict[str, Any]) -> str:
    values["low"], values["high"] = _range_of(code)
    column = "authority_code" if code[4:5].isalpha() else "division_code"
    return f"(t.{column} >= %(low)s AND t.{column} < %(high)s)"


def _interval_condition(
    layer: Layer, interval: tuple[dt.datetime | None, dt.datetime | None], values: dict[str, Any]
) -> str:
    f = time_field(layer)
    if f is None:
        return "true"
    parts = []
    for name, operator, instant in (("time_from", ">=", interval[0]), ("time_to", "<=", interval[1])):
        if instant is not None:
            parts.append(f"t.{f.name} {operator} %({name})s")
            values[name] = instant
    return " AND ".join(parts) or "true"


def order_by(layer: Layer, sort: str | None) -> str:
    """Compile an order: a field's name, ``-`` before it for descending, or ``id``.

    Raises
    ------
    FilterError
        When there is no such field, or it is sensitive.
    """
    if not sort or sort in ("id", "-id"):
        return "t.id DESC" if sort == "-id" else "t.id"
    name, direction = (sort[1:], "DESC") if sort.startswith("-") else (sort, "ASC")
    if name not in {f.name for f in layer.all_fields if not f.is_sensitive}:
        raise FilterError(f"不能按 {name} 排序。 Cannot sort by {name}.")
    return f"t.{name} {direction} NULLS LAST, t.id"


def _equals(layer: Layer, name: str, text: str) -> Any:
    """Make the condition of ``field=value``; a choice takes several values with commas between."""
    f = next((f for f in layer.all_fields if f.name == name), None)
    if f is not None and f.choices and "," in text:
        return {"op": "in", "args": [{"property": name}, text.split(",")]}
    return {"op": "=", "args": [{"property": name}, _from_text(layer, name, text)]}


_YEARS = (1900, 2200)
_MONTH, _DAY = re.compile(r"\d{4}-\d\d"), re.compile(r"\d{4}-\d\d-\d\d")


def _span(layer: Layer, name: str, text: str) -> tuple[dt.datetime | None, dt.datetime | None] | None:
    """Read a month, a day or two of them as half-open instants, either None for open; None where the text is none of them."""
    f = next((f for f in layer.all_fields if f.name == name), None)
    is_day = _DAY.fullmatch(text) is not None
    if (
        f is None
        or f.type not in (FieldType.DATE, FieldType.INSTANT)
        or (is_day and f.type is FieldType.DATE)
    ):
        return None
    if "/" not in text and not is_day and _MONTH.fullmatch(text) is None:
        return None
    try:
        return span_of(text)
    except ValueError as error:
        raise FilterError(
            f"{f.words.zh}（{name}）应如 2026-11、2026-11-05 或 2026-11-01/2026-11-30，不是 {text[:60]!r}。 "
            f"A month, a day or two of them such as 2026-11-01/2026-11-30 was expected for {name}, not {text[:60]!r}."
        ) from error


def span_of(text: str) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Read a month, a day or an instant, or two with ``/`` between and ``..`` for open, as half-open instants.

    The last month or day is included, the last instant is not.

    Raises
    ------
    ValueError
        When it is none of them, or lies outside the years 1900 to 2200.
    """
    first, _, last = text.partition("/")
    start = None if first == ".." else _moment(first)
    end = None if last == ".." else _moment(last or first, is_end=True)
    return start, end


def _moment(text: str, *, is_end: bool = False) -> dt.datetime:
    """Give the instant at which a month or a day begins, or the next one; an instant stays itself."""
    is_month, is_day = _MONTH.fullmatch(text) is not None, _DAY.fullmatch(text) is not None
    found = dt.datetime.fromisoformat(f"{text}-01" if is_month else text)
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise ValueError(text)
    if is_end and is_month:
        found = (found + dt.timedelta(days=32)).replace(day=1)
    elif is_end and is_day:
        found += dt.timedelta(days=1)
    return found.replace(tzinfo=LOCAL_ZONE) if found.tzinfo is None else found


def _within(f: Field, start: dt.datetime | None, end: dt.datetime | None) -> Any:
    """Make the condition that a field lies in a half-open span; a date lies in it where its day begins there."""

    def bound(instant: dt.datetime) -> str:
        if f.type is FieldType.INSTANT:
            return instant.isoformat()
        local = instant.astimezone(LOCAL_ZONE)
        later = local.time() != dt.time()
        return (local.date() + dt.timedelta(days=int(later))).isoformat()

    sides = [
        {"op": operator, "args": [{"property": f.name}, bound(instant)]}
        for operator, instant in ((">=", start), ("<", end))
        if instant is not None
    ]
    return (
        {"op": "and", "args": sides}
        if sides
        else {"op": "not", "args": [{"op": "isNull", "args": [{"property": f.name}]}]}
    )


def _within_area(text: str, values: dict[str, Any]) -> str:
    layer_id, _, code = text.partition(":")
    areas = [layer.id for layer in all_layers() if layer.geometry is Geometry.POLYGON]
    if layer_id not in areas or not code:
        raise FilterError(
            f"within 应为 图层:编号，图层为 {'、'.join(areas)} 之一，不是 {text[:60]!r}。 "
            f"within is layer:code with one of {', '.join(areas)}, not {text[:60]!r}."
        )
    values["within_code"] = code
    return (
        f"EXISTS (SELECT 1 FROM {layer_id} area WHERE area.code = %(within_code)s AND t.geom && area.geom"
        " AND ST_Intersects(t.geom, area.geom))"
    )


def _subset(layer: Layer, name: str) -> Any:
    found = next((s for s in layer.subsets if s.id == name), None)
    if found is None:
        known = ", ".join(s.id for s in layer.subsets) or "—"
        raise FilterError(
            f"{layer.words.zh}没有子集 {name[:40]!r}，有 {known}。 {layer.words.en} has no subset {name[:40]!r}; there are {known}."
        )
    return cql.parse(found.cql)


def _from_text(layer: Layer, name: str, text: str) -> Any:
    f = next((f for f in layer.all_fields if f.name == name), None)
    if f is None:
        return text
    try:
        if f.type in (FieldType.INTEGER, FieldType.NUMBER):
            return float(text)
        if f.type is FieldType.BOOLEAN:
            return {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}[
                text.lower()
            ]
    except (ValueError, KeyError) as error:
        raise FilterError(f"字段 {name} 的值 {text!r} 不对。 {text!r} is no value for {name}.") from error
    return text
