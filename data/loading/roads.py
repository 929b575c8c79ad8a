"""Write the roads of an OSM file as lines for the basemap and for matching names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import osmium
import shapely

from data.errors import LoadError
from data.scope import Connection
from data.tiles import ROAD_MIN_ZOOM


def write_roads(connection: Connection, path: str | Path) -> int:
    """Replace the road lines by those of an ``.osm.pbf`` file; the number written.

    Raises
    ------
    LoadError
        When the file is no OSM file, is cut off, or holds no roads.
    """
    connection.execute("DELETE FROM road")
    total = 0
    statement = "COPY road (way_id, name, road_class, is_oneway, is_bridge, geom) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in _read(Path(path)):
            copy.write_row(row)
            total += 1
    if total == 0:
        raise LoadError(f"{path} 中没有道路。 There are no roads in {path}.")
    return total


def _read(path: Path) -> Iterator[tuple[int, str, str, bool, bool, str]]:
    try:
        for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
            if not way.is_way():
                continue
            kind = way.tags.get("highway") or ("ferry" if way.tags.get("route") == "ferry" else None)
            if kind not in ROAD_MIN_ZOOM:
                continue
            points = [(n.lon, n.lat) for n in way.nodes if n.location.valid()]
            if len(points) < 2:
                continue
            line = shapely.set_srid(shapely.LineString(points), 4326)
            oneway = (
                way.tags.get("oneway") in ("yes", "1", "true", "-1")
                or way.tags.get("junction") == "roundabout"
            )
            bridge = way.tags.get("bridge", "no") != "no"
            wkb = shapely.to_wkb(line, hex=True, include_srid=True)
            yield way.id, way.tags.get("name", "")[:200], kind, oneway or kind == "motorway", bridge, wkb
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise LoadError(f"读不了 {path}：不是完整的 OSM 文件。 Cannot read {path}: {error}") from error
