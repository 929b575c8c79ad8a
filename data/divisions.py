"""Read divisions and their counts, level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from data.errors import NotFoundError
from data.scope import Connection, Scope, code_range
from layers.declaration import Layer
from layers.registry import all_layers


@dataclass(frozen=True)
class Division:
    """One division with its place in the hierarchy.

    Attributes
    ----------
    bbox : (west, south, east, north) in degrees, or None without a polygon
    counts : rows per layer that the scope may see
    """

    code: str
    name: str
    level: str
    parent_code: str | None
    has_polygon: bool
    bbox: tuple[float, float, float, float] | None
    counts: dict[str, int] = field(default_factory=dict)


def _own_rows(layer: Layer) -> str:
    """Count a unit's own rows, which kept totals do not know; none for a scope without a unit."""
    symbol = f"COALESCE(o.{layer.symbol_field}::text, '')" if layer.symbol_field else "''"
    return (
        f"SELECT '{layer.id}', o.division_code, o.authority_code, {symbol}, count(*)::int FROM {layer.id} o"
        " WHERE o.owner_id = (SELECT house.scope_owner()) AND NOT o.is_public"
        " AND NOT COALESCE(o.authority_code <@ (SELECT house.scope_ranges()), false) GROUP BY 2, 3, 4"
    )


#: Totals of the scope: the kept ones, and a unit's own rows beside them; layer, division_code, authority_code, class, n.
TOTALS = " UNION ALL ".join(
    ["SELECT layer, division_code, authority_code, class, n FROM layer_total", *map(_own_rows, all_layers())]
)

_COLUMNS = """
    d.code, d.name, d.level, d.parent_code, d.geom IS NOT NULL AS has_polygon,
    ST_XMin(b) AS west, ST_YMin(b) AS south, ST_XMax(b) AS east, ST_YMax(b) AS north
"""


def city(connection: Connection) -> Division | None:
    """Give the city this store holds; None before one is loaded."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM division d, LATERAL (SELECT COALESCE(d.geom::box2d, (SELECT ST_Extent(c.geom)"
        " FROM division c WHERE c.parent_code = d.code)) AS b) x WHERE d.level = 'city'"
        " ORDER BY (SELECT count(*) FROM division c WHERE c.parent_code = d.code) DESC, d.code LIMIT 1".encode()
    ).fetchone()
    return _division(row) if row else None


def read(connection: Connection, code: str) -> Division:
    """Read one division with its counts.

    Raises
    ------
    NotFoundError
        When no division has that code.
    """
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM division d, LATERAL (SELECT COALESCE(d.geom::box2d, (SELECT ST_Extent(c.geom)"
        " FROM division c WHERE c.parent_code = d.code)) AS b) x WHERE d.code = %s".encode(),
        [code],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"没有代码为 {code} 的行政区划。 There is no division with code {code}.")
    return _with_counts(connection, [_division(row)])[0]


def children(connection: Connection, code: str) -> list[Division]:
    """List the divisions right below one, with their counts, by code; functional zones last."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM division d, LATERAL (SELECT d.geom::box2d AS b) x"
        " WHERE d.parent_code = %s ORDER BY d.level = 'zone', d.code".encode(),
        [code],
    ).fetchall()
    return _with_counts(connection, [_division(row) for row in rows])


def names(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Give the names of divisions by code; unknown codes are left out."""
    rows = connection.execute("SELECT code, name FROM division WHERE code = ANY(%s)", [sorted(set(codes))])
    return {row["code"]: row["name"] for row in rows}


def path(connection: Connection, code: str) -> list[Division]:
    """List a division and those above it, the widest first; provinces are left out."""
    rows = connection.execute(
        f"""
        WITH RECURSIVE up AS (
            SELECT code, parent_code, 0 AS step FROM division WHERE code = %s
            UNION ALL SELECT p.code, p.parent_code, up.step + 1 FROM division p JOIN up ON p.code = up.parent_code
            WHERE up.step < 8)
        SELECT {_COLUMNS} FROM up JOIN division d ON d.code = up.code, LATERAL (SELECT d.geom::box2d AS b) x
        WHERE d.level <> 'province' ORDER BY up.step DESC""".encode(),
        [code],
    ).fetchall()
    return [_division(row) for row in rows]


def totals_by_class(connection: Connection, code: str) -> dict[str, dict[str, int]]:
    """Count the rows of every layer below a division by the value that decides their symbol."""
    low, high = code_range(code)
    column = "authority_code" if is_zone(code) else "division_code"
    found: dict[str, dict[str, int]] = {layer.id: {} for layer in all_layers()}
    for row in connection.execute(
        f"SELECT layer, class, sum(n)::bigint AS n FROM ({TOTALS}) t WHERE {column} >= %s AND {column} < %s"
        " GROUP BY layer, class HAVING sum(n) <> 0 ORDER BY layer, class".encode(),
        [low, high],
    ):
        found.setdefault(row["layer"], {})[row["class"]] = int(row["n"])
    return found


def is_zone(code: str) -> bool:
    """Say whether a code is that of a functional zone, which lies across districts and owns rows by authority."""
    return len(code) > 4 and code[4].isalpha()


def _with_counts(connection: Connection, divisions: list[Division]) -> list[Division]:
    if not divisions:
        return []
    ranges = [code_range(d.code) for d in divisions]
    rows = connection.execute(
        f"""
        SELECT w.code, t.layer, sum(t.n)::bigint AS n
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::bool[]) AS w(code, low, high, is_zone)
        JOIN ({TOTALS}) t ON CASE WHEN w.is_zone THEN t.authority_code >= w.low COLLATE "C" AND t.authority_code < w.high
            COLLATE "C" ELSE t.division_code >= w.low COLLATE "C" AND t.division_code < w.high COLLATE "C" END
        GROUP BY w.code, t.layer
        """.encode(),
        [
            [d.code for d in divisions],
            [r[0] for r in ranges],
            [r[1] for r in ranges],
            [is_zone(d.code) for d in divisions],
        ],
    ).fetchall()
    counts: dict[str, dict[str, int]] = {d.code: {layer.id: 0 for layer in all_layers()} for d in divisions}
    for row in rows:
        counts[row["code"]][row["layer"]] = int(row["n"])
    return [
        Division(d.code, d.name, d.level, d.parent_code, d.has_polygon, d.bbox, counts[d.code])
        for d in divisions
    ]


def _division(row: dict[str, object]) -> Division:
    bbox = None
    if row["west"] is not None:
        bbox = tuple(round(float(str(row[k])), 6) for k in ("west", "south", "east", "north"))
    return Division(
        str(row["code"]),
        str(row["name"]),
        str(row["level"]),
        None if row["parent_code"] is None else str(row["parent_code"]),
        bool(row["has_polygon"]),
        bbox,  # type: ignore[arg-type]
    )


def own_division(connection: Connection, scope: Scope) -> str:
    """Give the upper division of a scope: what its plans and studies belong to.

    Raises
    ------
    NotFoundError
        When the scope has no jurisdiction.
    """
    for low, high in scope.ranges:
        row = connection.execute(
            'SELECT code FROM division WHERE code COLLATE "C" >= %s AND code COLLATE "C" < %s'
            " ORDER BY length(rtrim(code, '0')), code LIMIT 1",
            [low, high],
        ).fetchone()
        if row is not None:
            return str(row["code"])
    raise NotFoundError("您没有辖区，方案无处归属。 You have no jurisdiction that the study could belong to.")
