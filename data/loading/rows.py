"""Write checked rows of a layer: COPY into a temporary table, then one INSERT … SELECT."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from data.scope import Connection
from data.search_terms import entry_terms
from layers.declaration import Field, FieldType, Geometry, Layer

_TYPES = {
    FieldType.TEXT: "text",
    FieldType.PHONE: "text",
    FieldType.CHOICE: "text",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "double precision",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.INSTANT: "timestamptz",
    FieldType.CODE_LIST: "text[]",
}
#: Columns a row may carry beside the layer's fields.
_PROVENANCE = {
    "owner_id": "bigint",
    "source_crs": "text",
    "source_position": "text",
    "position_quality": "text",
    "position_confidence": "real",
}

Row = Mapping[str, Any]
Progress = Callable[[int], None]


#: Temporary table of the rows that the last load of a transaction wrote, until it ends.
WRITTEN = "incoming_written"


@dataclass(frozen=True)
class Written:
    """How many rows of a load were new, changed and as they were before."""

    inserted: int
    updated: int
    unchanged: int

    @property
    def total(self) -> int:
        """Give the number of rows in the load."""
        return self.inserted + self.updated + self.unchanged


def write_rows(
    connection: Connection,
    layer: Layer,
    rows: Iterable[Row],
    *,
    fields: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write rows of one layer in the connection's transaction; the same rows again change nothing.

    Each row has the layer's field names, and either ``lon`` and ``lat`` (WGS-84) or ``wkb`` (geometry as WKB
    bytes, EPSG:4326), or neither when the position is not known. ``code`` is the natural key. With `fields`
    only these are changed in rows that are there already. A row without a position keeps the one it had; a
    matched or guessed one never replaces a given one; one within 2 cm of the old one is the old one.

    Raises
    ------
    psycopg.errors.IntegrityError
        When a constraint of the database refuses a row: rows are checked before they come here.
    """
    # Several loads may share one transaction (the sample city's do), so an earlier load's table may stand.
    connection.execute("DROP TABLE IF EXISTS incoming")
    columns = [(f.name, _TYPES[f.type]) for f in layer.all_fields] + list(_PROVENANCE.items())
    definition = ", ".join(f"{name} {kind}" for name, kind in columns)
    connection.execute(
        f"CREATE TEMP TABLE incoming ({definition}, lon double precision, lat double precision,"
        " wkb bytea, terms text[]) ON COMMIT DROP".encode()
    )
    total = _copy(
        connection,
        layer,
        [name for name, _ in columns],
        _with_kept(connection, layer, rows, fields),
        progress,
    )
    connection.execute("CREATE INDEX ON incoming (code)")
    connection.execute("ANALYZE incoming")
    forget_written(connection)
    inserted, updated = _merge(connection, layer, [name for name, _ in columns], fields)
    _index_for_search(connection, layer)
    return Written(inserted, updated, total - inserted - updated)


def forget_written(connection: Connection) -> None:
    """Empty the list of what the transaction's last `write_rows` wrote: the table `WRITTEN` of code, version and is_new."""
    connection.execute(f"DROP TABLE IF EXISTS {WRITTEN}".encode())
    connection.execute(
        f"CREATE TEMP TABLE {WRITTEN} (code text PRIMARY KEY, version integer, is_new boolean) ON COMMIT DROP".encode()
    )


def _copy(
    connection: Connection,
    layer: Layer,
    names: Sequence[str],
    rows: Iterable[tuple[Row, Row]],
    progress: Progress | None,
) -> int:
    searchable = [f for f in layer.all_fields if f.is_searchable]
    total = 0
    target = sql.SQL("COPY incoming ({}) FROM STDIN").format(
        sql.SQL(", ").join(map(sql.Identifier, [*names, "lon", "lat", "wkb", "terms"]))
    )
    with connection.cursor() as cursor, cursor.copy(target) as copy:
        for row, seen in rows:
            values = [row.get(name) for name in names]
            copy.write_row(
                [
                    *values,
                    row.get("lon"),
                    row.get("lat"),
                    row.get("wkb"),
                    _array(search_terms(seen, searchable)),
                ]
            )
            total += 1
            if progress is not None and total % 5000 == 0:
                progress(total)
    return total


def _with_kept(
    connection: Connection, layer: Layer, rows: Iterable[Row], fields: Collection[str] | None
) -> Iterator[tuple[Row, Row]]:
    """Pair each row with what search will find it by: searchable fields that stay as they were come along."""
    kept = [
        f.name for f in layer.all_fields if f.is_searchable and fields is not None and f.name not in fields
    ]
    stored: dict[str, Row] = {}
    if kept:
        columns = ", ".join(kept)
        # Read before the rows are asked for: they are while the connection is busy copying.
        for row in connection.execute(f"SELECT code, {columns} FROM {layer.id}".encode()):
            stored[row["code"]] = {name: row[name] for name in kept}
    return ((row, {**stored[row["code"]], **row} if row["code"] in stored else row) for row in rows)


def _array(terms: Iterable[str]) -> str:
    """Write an array as PostgreSQL reads it, without asking the driver for every term."""
    joined = "\x00".join(terms)
    if '"' in joined or "\\" in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace("\x00", '","') + '"}' if joined else "{}"


def search_terms(row: Row, searchable: Iterable[Field]) -> list[str]:
    """Give the search terms of a row; sensitive fields are never searchable."""
    names: list[str] = []
    codes: list[str] = []
    for f in searchable:
        value = row.get(f.name)
        if value:
            is_code = f.unique or f.name.endswith("code")
            (codes if is_code else names).append(str(value))
    return sorted(entry_terms(tuple(names), tuple(codes)))


def _geometry(layer: Layer) -> str:
    shape = "ST_SetSRID(ST_GeomFromWKB(i.wkb), 4326)"
    if layer.geometry is Geometry.POINT:
        return (
            f"CASE WHEN i.wkb IS NOT NULL THEN {shape}"
            " WHEN i.lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326) END"
        )
    return f"CASE WHEN i.wkb IS NOT NULL THEN ST_Multi({shape}) END"


def public_condition(layer: Layer, alias: str) -> str:
    """Write which rows of a layer everybody sees, of the columns of an alias such as ``t.``."""
    if layer.shared_by is None:
        return str(layer.is_public).lower()
    return f"({alias}enterprise_code IS NULL OR COALESCE({alias}{layer.shared_by}, false))"


def _public_then(layer: Layer, written: Collection[str]) -> str:
    """Write whether a row is public once the written columns are changed."""
    enterprise, shared = (
        f"{'excluded' if name in written else 't'}.{name}"
        for name in ("enterprise_code", str(layer.shared_by))
    )
    return f"{enterprise} IS NULL OR COALESCE({shared}, false)"


#: Positions closer than this are one: files carry seven decimals, degrees.
_SAME_PLACE_DEG = 1.5e-7


def _merge(
    connection: Connection, layer: Layer, names: Sequence[str], fields: Collection[str] | None
) -> tuple[int, int]:
    geometry = _geometry(layer)
    source = {name: f"i.{name}" for name in names}
    source["source_crs"] = "COALESCE(i.source_crs, 'EPSG:4326')"
    source["position_quality"] = (
        f"COALESCE(i.position_quality, CASE WHEN {geometry} IS NULL THEN 'none' ELSE 'given' END)"
    )
    source["is_public"] = public_condition(layer, "i.")
    is_moved = (
        "(excluded.geom IS NOT NULL AND (t.geom IS NULL OR ((t.position_quality <> 'given'"
        " OR excluded.position_quality = 'given') AND NOT ("
        + (
            f"ST_DWithin(t.geom, excluded.geom, {_SAME_PLACE_DEG})"
            if layer.geometry is Geometry.POINT
            else f"ST_HausdorffDistance(t.geom, excluded.geom) < {_SAME_PLACE_DEG}"
        )
        + "))))"
    )
    place = ("geom", *(n for n in _PROVENANCE if n != "owner_id"))
    own = [f.name for f in layer.all_fields if f.name != "code" and (fields is None or f.name in fields)]
    changed = " OR ".join([is_moved, *(f"t.{n} IS DISTINCT FROM excluded.{n}" for n in own)])
    sets = ", ".join(
        [f"{n} = excluded.{n}" for n in own]
        + [f"{n} = CASE WHEN {is_moved} THEN excluded.{n} ELSE t.{n} END" for n in place]
        + ([f"is_public = {_public_then(layer, own)}"] if layer.shared_by else [])
    )
    statement = f"""
        INSERT INTO {layer.id} AS t ({", ".join(names)}, geom, is_public)
        SELECT {", ".join(source[n] for n in names)}, {geometry}, {source["is_public"]}
        FROM incoming i ORDER BY i.code
        ON CONFLICT (code) DO UPDATE SET {sets}, version = t.version + 1, updated_at = now()
        WHERE {changed}
        RETURNING code, version, (xmax = 0) AS is_new
    """
    row = connection.execute(
        f"WITH done AS ({statement}), kept AS (INSERT INTO {WRITTEN} SELECT code, version, is_new FROM done)"
        " SELECT count(*) FILTER (WHERE is_new) AS added,"
        " count(*) FILTER (WHERE NOT is_new) AS changed FROM done".encode()
    ).fetchone()
    assert_row: Any = row
    added, changed_count = assert_row.values() if isinstance(assert_row, dict) else assert_row
    return int(added), int(changed_count)


def _index_for_search(connection: Connection, layer: Layer) -> None:
    connection.execute(
        f"""
        INSERT INTO search_entry AS s (layer, row_id, terms, authority_code, owner_id, is_public)
        SELECT %s, t.id, array_to_tsvector(i.terms), t.authority_code, t.owner_id, t.is_public
        FROM incoming i JOIN {layer.id} t ON t.code = i.code
        ON CONFLICT (layer, row_id) DO UPDATE SET terms = excluded.terms,
            authority_code = excluded.authority_code, owner_id = excluded.owner_id, is_public = excluded.is_public
        WHERE (s.terms, s.authority_code, s.owner_id, s.is_public)
            IS DISTINCT FROM (excluded.terms, excluded.authority_code, excluded.owner_id, excluded.is_public)
        """.encode(),
        [layer.id],
    )


def index_row(connection: Connection, layer: Layer, code: str) -> None:
    """Have search find one row by what stands in it now."""
    searchable = [f for f in layer.all_fields if f.is_searchable and not f.is_sensitive]
    columns = ", ".join(f.name for f in searchable)
    row = connection.execute(f"SELECT {columns} FROM {layer.id} WHERE code = %s".encode(), [code]).fetchone()
    connection.execute(
        f"INSERT INTO search_entry (layer, row_id, terms, authority_code, owner_id, is_public)"
        f" SELECT %s, t.id, array_to_tsvector(%s), t.authority_code, t.owner_id, t.is_public FROM {layer.id} t WHERE t.code = %s"
        " ON CONFLICT (layer, row_id) DO UPDATE SET terms = excluded.terms".encode(),
        [layer.id, search_terms(dict(row or {}), searchable), code],
    )
