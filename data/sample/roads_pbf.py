"""Write sample roads as a real OpenStreetMap file, so that they are loaded by the same door as real roads."""

from pathlib import Path

import osmium
import pandas as pd

__all__ = ["write_pbf"]


def write_pbf(nodes: pd.DataFrame, ways: pd.DataFrame, restrictions: pd.DataFrame, path: Path) -> None:
    """Write nodes, ways and turn restrictions to an ``.osm.pbf`` (an existing file is replaced).

    Raises
    ------
    RuntimeError
        If the file cannot be written.
    """
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    try:
        for node_id, lon, lat in nodes[["node_id", "lon", "lat"]].itertuples(index=False, name=None):
            writer.add_node(osmium.osm.mutable.Node(id=node_id, location=(lon, lat), version=1))
        columns = [
            "way_id",
            "highway",
            "name",
            "oneway",
            "bridge",
            "junction",
            "route",
            "maxspeed_kmh",
            "duration",
        ]
        for row in ways[[*columns, "node_ids"]].itertuples(index=False, name=None):
            writer.add_way(
                osmium.osm.mutable.Way(id=row[0], nodes=row[-1], tags=_tags(*row[1:-1]), version=1)
            )
        for number, (kind, from_way, via, to_way) in enumerate(
            restrictions[["restriction", "from_way_id", "via_node_id", "to_way_id"]].itertuples(
                index=False, name=None
            ),
            1,
        ):
            members = [("w", from_way, "from"), ("n", via, "via"), ("w", to_way, "to")]
            tags = {"type": "restriction", "restriction": kind}
            writer.add_relation(osmium.osm.mutable.Relation(id=number, members=members, tags=tags, version=1))
    finally:
        writer.close()


def _tags(
    highway: str | None,
    name: str | None,
    oneway: bool,  # noqa: FBT001
    bridge: bool,  # noqa: FBT001
    junction: str | None,
    route: str | None,
    maxspeed_kmh: float,
    duration: str | None,
) -> dict[str, str]:
    """Return the tags of a way."""
    tags = {"highway": highway, "name": name, "junction": junction, "route": route, "duration": duration}
    found = {key: value for key, value in tags.items() if isinstance(value, str)}
    if oneway:
        found["oneway"] = "yes"
    if bridge:
        found |= {"bridge": "yes", "layer": "1"}
    if maxspeed_kmh == maxspeed_kmh:  # not NaN  # noqa: PLR0124
        found["maxspeed"] = str(int(maxspeed_kmh))
    return found
