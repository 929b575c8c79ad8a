"""Cut vector tiles of a drill: zones, roads, ways, teams and shelters, every feature with the mark of a drill."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from data.scope import Connection
from data.tiles import check_tile

#: The one layer in these tiles; `role` tells what a feature is.
LAYER = "drill"


def drawn_features(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """List what is drawn of a drill: geometry, `role`, and where they apply `level`, `label`, `name`, `people`."""
    shelters = {one["id"]: (n, one) for n, one in enumerate(answer["evacuation"]["shelters"], start=1)}
    found = [
        {"role": "zone", "level": int(level), "geometry": answer["levels"][level]}
        for level in sorted(answer["levels"], reverse=True)
    ]
    found.append({"role": "left", "geometry": answer["left"]["geometry"]})
    found += [{"role": "closed", "geometry": _line(line)} for line in answer["roads"]["lines"]]
    found += [
        {"role": "flow", "people": flow["people"], "geometry": _line([flow["from_lonlat"], _lonlat(shelters[flow["shelter_id"]][1])])}
        for flow in answer["evacuation"]["flows"]
    ]  # fmt: skip
    found += [{"role": "route", "geometry": _line(one["route"])} for one in answer["teams"] if one["route"]]
    found += [
        {"role": "shelter", "label": str(n), "name": one.get("name"), "geometry": _point(one)}
        for n, one in shelters.values()
    ]
    brought = (*answer["teams"], *answer.get("supplies", ()))
    found += [{"role": "help", "name": one.get("name"), "geometry": _point(one)} for one in brought]
    found += [{"role": "staging", "label": "集", "geometry": _point(one)} for one in answer["staging"]]
    found.append({"role": "source", "label": "!", "geometry": _point(answer["accident"])})
    return found


def drill_tile(connection: Connection, answer: dict[str, Any], z: int, x: int, y: int, *, mark: str) -> bytes:
    """Cut one tile of a drill; every feature has `mark` under `drill` (MVT bytes; empty when nothing is there).

    Raises
    ------
    FilterError
        When there is no such tile.
    """
    check_tile(z, x, y)
    row = connection.execute(
        """
        SELECT ST_AsMVT(q, %(layer)s, 4096, 'geom') AS tile FROM (
            SELECT %(mark)s AS drill, f->>'role' AS role, (f->>'level')::int AS level, COALESCE(f->>'label', '') AS label,
                   COALESCE(f->>'name', '') AS name, (f->>'people')::int AS people,
                   ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(f->'geometry'), 4326), 3857),
                                ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
            FROM jsonb_array_elements(%(features)s) WITH ORDINALITY AS t (f, n) ORDER BY n
        ) AS q WHERE q.geom IS NOT NULL
        """,
        {
            "layer": LAYER, "mark": mark, "features": Jsonb(drawn_features(answer)), "z": z, "x": x, "y": y,
        },
    ).fetchone()  # fmt: skip
    return bytes(row["tile"]) if row else b""


def _lonlat(one: dict[str, Any]) -> list[float]:
    return [one["lon"], one["lat"]]


def _point(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": _lonlat(one)}


def _line(coordinates: list[Any]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": coordinates}
