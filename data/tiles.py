"""Cut vector tiles: aggregates at low zoom, single features from the layer's raw zoom on, and the basemap."""

from __future__ import annotations

from data.errors import FilterError
from data.scope import Connection, Scope
from layers.declaration import Layer

MAX_ZOOM = 18
#: Cells are kept for these zooms; a tile of a lower zoom reads the first, one of a higher zoom the last.
CELL_ZOOMS = (5, 12)
#: Kept cells of level z are 1/32 of a tile of zoom z; a tile reads the level above, 16 cells across: one in 32 pixels.
_CELLS_PER_TILE = 32

#: From which zoom a class of road is drawn.
ROAD_MIN_ZOOM = {
    "motorway": 6,
    "trunk": 7,
    "primary": 9,
    "motorway_link": 11,
    "trunk_link": 11,
    "secondary": 10,
    "ferry": 10,
    "primary_link": 12,
    "tertiary": 12,
    "secondary_link": 13,
    "tertiary_link": 13,
    "unclassified": 13,
    "residential": 13,
    "living_street": 14,
    "service": 14,
}


def check_tile(z: int, x: int, y: int) -> None:
    """Refuse a tile address that does not exist.

    Raises
    ------
    FilterError
        When z is outside 0–18, or x or y outside 0 … 2^z − 1.
    """
    if not 0 <= z <= MAX_ZOOM:
        raise FilterError(
            f"瓦片级别 z 应在 0–{MAX_ZOOM} 之间，收到 {z}。 Zoom must be 0–{MAX_ZOOM}, got {z}."
        )
    if not (0 <= x < 1 << z and 0 <= y < 1 << z):
        raise FilterError(
            f"瓦片 {z}/{x}/{y} 不存在，x、y 应在 0–{(1 << z) - 1} 之间。 There is no such tile: x and y run to {(1 << z) - 1}."
        )


def layer_tile(connection: Connection, layer: Layer, z: int, x: int, y: int, *, scope: Scope) -> bytes:
    """Cut one tile of a layer under the connection's scope (MVT bytes; empty when nothing is there).

    Raises
    ------
    FilterError
        When there is no such tile.
    """
    check_tile(z, x, y)
    if z >= layer.raw_min_zoom:
        return _feature_tile(connection, layer, z, x, y)
    return _cell_tile(connection, layer, z, x, y, scope=scope)


def _feature_tile(connection: Connection, layer: Layer, z: int, x: int, y: int) -> bytes:
    symbol = f", t.{layer.symbol_field}" if layer.symbol_field else ""
    inner = f"""
        SELECT t.id, t.name{symbol}, ST_AsMVTGeom(t.geom_m, env.box, 4096, 64, true) AS geom
        FROM (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
                     ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.02) AS wide) AS env
        JOIN {layer.id} t ON t.geom_m && env.wide
        ORDER BY t.id LIMIT 60000
    """
    return _as_mvt(connection, layer.id, inner, {"z": z, "x": x, "y": y})


def _cell_tile(connection: Connection, layer: Layer, z: int, x: int, y: int, *, scope: Scope) -> bytes:
    first, last = CELL_ZOOMS
    level = min(max(z - 1, first), last)
    per_tile = _CELLS_PER_TILE << (level - z) if level >= z else _CELLS_PER_TILE >> (z - level)
    own = ""
    if scope.owner_id is not None:
        # Kept cells do not know owners: a unit's own rows come singly.
        own = f"""
            UNION ALL
            SELECT 1, ST_X(ST_Centroid(t.geom_m)), ST_Y(ST_Centroid(t.geom_m)) FROM {layer.id} t
            WHERE t.owner_id = %(owner)s AND NOT t.is_public
                AND NOT t.authority_code <@ (SELECT house.scope_ranges())
                AND t.geom_m && ST_TileEnvelope(%(z)s, %(x)s, %(y)s)
        """
    inner = f"""
        SELECT cells.n, ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(cells.px, cells.py), 3857),
                                     ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
        FROM (SELECT sum(c.n)::int AS n, sum(c.sum_x_m)::float8 / sum(c.n) AS px, sum(c.sum_y_m)::float8 / sum(c.n) AS py
              FROM layer_cell c
              WHERE c.layer = %(layer)s AND c.z = %(level)s
                AND c.x BETWEEN %(x0)s AND %(x1)s AND c.y BETWEEN %(y0)s AND %(y1)s
              GROUP BY c.x, c.y HAVING sum(c.n) > 0 {own}) AS cells
        ORDER BY cells.n DESC, cells.px, cells.py
    """
    values = {
        "z": z, "x": x, "y": y, "layer": layer.id, "level": level, "owner": scope.owner_id,
        "x0": x * per_tile, "x1": (x + 1) * per_tile - 1, "y0": y * per_tile, "y1": (y + 1) * per_tile - 1,
    }  # fmt: skip
    return _as_mvt(connection, layer.id, inner, values)


def basemap_tile(connection: Connection, z: int, x: int, y: int) -> bytes:
    """Cut one tile of the basemap: roads, water and divisions from the house's own tables.

    Raises
    ------
    FilterError
        When there is no such tile.
    """
    check_tile(z, x, y)
    values = {
        "z": z, "x": x, "y": y,
        "classes": [name for name, zoom in ROAD_MIN_ZOOM.items() if z >= zoom],
        "levels": _division_levels(z),
        "tolerance": 40_075_016.69 / (1 << z) / 4096,
    }  # fmt: skip
    envelope = (
        "(SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,"
        " ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.02) AS wide) AS env"
    )
    roads = f"""
        SELECT r.road_class AS class, r.name, r.is_oneway AS oneway, r.is_bridge AS bridge,
               ST_AsMVTGeom(ST_Simplify(r.geom_m, %(tolerance)s), env.box, 4096, 64, true) AS geom
        FROM {envelope} JOIN road r ON r.geom_m && env.wide
        WHERE r.road_class = ANY(%(classes)s) ORDER BY r.id
    """
    waters = f"""
        SELECT w.name, ST_AsMVTGeom(ST_SimplifyPreserveTopology(w.geom_m, %(tolerance)s), env.box, 4096, 64, true) AS geom
        FROM {envelope} JOIN water w ON w.geom_m && env.wide ORDER BY w.id
    """
    divisions = f"""
        SELECT d.code, d.name, d.level,
               ST_AsMVTGeom(ST_SimplifyPreserveTopology(d.geom_m, %(tolerance)s), env.box, 4096, 64, true) AS geom
        FROM {envelope} JOIN division d ON d.geom_m && env.wide
        WHERE d.level = ANY(%(levels)s) ORDER BY d.code
    """
    labels = f"""
        SELECT d.code, d.name, d.level,
               ST_AsMVTGeom(ST_Transform(d.label_point, 3857), env.box, 4096, 0, true) AS geom
        FROM {envelope} JOIN division d ON d.geom_m && env.wide
        WHERE d.level = ANY(%(levels)s) AND d.label_point IS NOT NULL ORDER BY d.code
    """
    return b"".join(
        _as_mvt(connection, name, inner, values)
        for name, inner in (
            ("water", waters),
            ("divisions", divisions),
            ("roads", roads),
            ("division_labels", labels),
        )
    )


def _division_levels(z: int) -> list[str]:
    levels = ["county", "zone"]
    if z <= 8:
        levels.append("city")
    if z >= 11:
        levels.append("street")
    return levels


def _as_mvt(connection: Connection, name: str, inner: str, values: dict[str, object]) -> bytes:
    id_column = ", 'id'" if "t.id" in inner else ""
    statement = f"SELECT ST_AsMVT(q, %(mvt)s, 4096, 'geom'{id_column}) AS tile FROM ({inner}) AS q WHERE q.geom IS NOT NULL"
    row = connection.execute(statement.encode(), {**values, "mvt": name}).fetchone()
    return bytes(row["tile"]) if row else b""
