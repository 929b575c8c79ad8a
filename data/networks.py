"""Keep road networks: build one from a source of roads, register it, and switch the store to it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from psycopg.types.json import Jsonb

from data import layer_versions
from data.loading.roads import write_roads
from data.network_orders import ensure_order
from data.old_networks import held_folder
from data.roads.errors import NoNetworkError
from data.roads.lines import LineMapping, network_from_lines
from data.roads.network_file import load_network, save_network
from data.roads.osm import network_from_osm
from data.roads.tables import TableMapping, network_from_tables
from data.scope import Connection
from geo.network import Network, NetworkReport
from geo.road_class import Direction, RoadClass
from geo.weights import HOURS_OF_WEEK, SpeedTable, default_speed_table

Say = Callable[[str], None]
#: Name under which the change feed and the versions of layers speak of the network.
ROADS = "road"
SPEEDS = "road_speed"


@dataclass(frozen=True)
class RoadSource:
    """Where roads come from: an OSM file, a line layer with its mapping, or a node and an edge table with theirs.

    Attributes
    ----------
    path : Path
        The OSM file, the line layer, or the table of edges.
    nodes_path : Path or None
        The table of nodes.
    mapping : LineMapping, TableMapping or None
        None for an OSM file.
    crs : str or None
        CRS of a line layer or of the nodes, where the file does not say it.
    layer : str or None
        Layer of the file.
    """

    path: Path
    nodes_path: Path | None = None
    mapping: LineMapping | TableMapping | None = None
    crs: str | None = None
    layer: str | None = None

    @property
    def is_osm(self) -> bool:
        """Say whether the roads come from an OSM file."""
        return self.path.name.lower().endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2"))


@dataclass(frozen=True)
class BuiltNetwork:
    """A finished network file."""

    version: str
    path: Path
    report: NetworkReport


def networks_folder(state_dir: Path) -> Path:
    """Give the folder of network files."""
    return state_dir / "networks"


def build_network_file(source: RoadSource, state_dir: Path, *, with_order: bool = False) -> BuiltNetwork:
    """Build the network of a source and write its file, whole or not at all; the network in use is not touched.

    With `with_order` the order of a hierarchy is written beside it by a process of its own, which takes some 20 s for a
    large city and makes single answers quicker; without it everything works, too.

    Raises
    ------
    RoadFileError
        When the source cannot be read or holds no roads.
    NetworkError
        When the roads are not connected.
    CrsError
        When the CRS is not one the house accepts.
    OSError
        When the file cannot be written.
    """
    network = read_roads(source)
    path = networks_folder(state_dir) / f"{network.version}.network"
    with held_folder(path.parent):
        save_network(network, path)
    if with_order:
        ensure_order(path)
    return BuiltNetwork(network.version, path, network.report)


def read_roads(source: RoadSource) -> Network:
    """Read the network of a source.

    Raises
    ------
    RoadFileError, NetworkError, CrsError
        As for `build_network_file`.
    """
    if source.nodes_path is not None:
        tables = source.mapping if isinstance(source.mapping, TableMapping) else TableMapping()
        crs = {"crs": source.crs} if source.crs else {}
        return network_from_tables(source.nodes_path, source.path, tables, **crs)
    if source.is_osm:
        return network_from_osm(source.path)
    lines = source.mapping if isinstance(source.mapping, LineMapping) else LineMapping()
    return network_from_lines(source.path, lines, layer=source.layer, crs=source.crs)


def switch_to(connection: Connection, built: BuiltNetwork, *, source: str, now: dt.datetime) -> None:
    """Make a finished network the one in use, in the connection's transaction; everyone hears of it at its end."""
    connection.execute(
        "UPDATE network SET is_current = false WHERE is_current AND version <> %s", [built.version]
    )
    connection.execute(
        "INSERT INTO network (version, path, source, report, built_at, is_current) VALUES (%s, %s, %s, %s, %s, true)"
        " ON CONFLICT (version) DO UPDATE SET path = excluded.path, source = excluded.source, report = excluded.report,"
        " built_at = excluded.built_at, is_current = true",
        [built.version, str(built.path.resolve()), source, Jsonb(asdict(built.report)), now],
    )
    tell_change(connection, ROADS)


def tell_change(connection: Connection, name: str) -> None:
    """Raise the version of a table without triggers, and tell the feed."""
    layer_versions.raise_version(connection, (name,))
    row = connection.execute(
        "INSERT INTO change (layer, operation, row_count, row_ids, at) VALUES (%s, 'update', 0, '{}', clock_timestamp())"
        " RETURNING id",
        [name],
    ).fetchone()
    connection.execute("SELECT pg_notify('onemap_change', %s)", [str(row["id"]) if row else ""])


def load_roads(
    connection: Connection,
    source: RoadSource,
    *,
    state_dir: Path,
    now: dt.datetime,
    say: Say = lambda _: None,
) -> BuiltNetwork:
    """Build the network of a source, write its lines for the map, and switch to it: one transaction.

    Raises
    ------
    RoadFileError, NetworkError, CrsError, LoadError, OSError
        As for `build_network_file`; the network and the lines in use stay as they were.
    """
    built = build_network_file(source, state_dir, with_order=True)
    for line in describe_report(built.report):
        say(line)
    if source.is_osm:
        written = write_roads(connection, source.path)
    else:
        written = write_network_lines(connection, load_network(built.path))
    say(f"地图道路线 road lines {written:,}")
    switch_to(connection, built, source=source.path.name, now=now)
    say(f"路网版本 network version {built.version[:12]}")
    return built


def write_network_lines(connection: Connection, network: Network) -> int:
    """Replace the road lines of the map by the edges of a network; the number written."""
    connection.execute("DELETE FROM road")
    lines = shapely.to_wkb(
        shapely.set_srid(network.edge_lines(np.arange(network.edge_count)), 4326), hex=True, include_srid=True
    )
    first = network.edge_arc[np.minimum(network.edge_arc_first[:-1:2], len(network.edge_arc) - 1)]
    both = np.diff(network.edge_arc_first).reshape(-1, 2)
    towards = np.where((both > 0).all(axis=1), Direction.BOTH, Direction.FORWARD)
    statement = "COPY road (way_id, name, road_class, is_oneway, geom) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for edge in range(network.edge_count):
            name = RoadClass(int(network.arc_class[first[edge]])).name.lower()
            copy.write_row(
                [
                    int(network.edge_source_id[edge]), network.edge_name(edge)[:200], "unclassified" if name == "track" else name,
                    bool(towards[edge] != Direction.BOTH), lines[edge],
                ]
            )  # fmt: skip
    return network.edge_count


def describe_report(report: NetworkReport) -> list[str]:
    """Say in words what a network was built from, what was cut and why."""
    kept_km, read_km = report.length_m / 1000, report.length_read_m / 1000
    words = [
        f"路网 network: {report.nodes:,} 个路口 nodes, {report.edges:,} 条路段 edges, {kept_km:,.0f} km",
        f"   读入 read: {report.edges_read:,} edges, {read_km:,.0f} km",
    ]
    if report.edges_cut:
        words.append(
            f"舍去 cut: {report.edges_cut:,} 条路段 edges, {report.length_cut_m / 1000:,.1f} km, {report.parts_cut:,} 处 parts"
        )
        counted: dict[str, list[float]] = {}
        for part in report.cut:
            entry = counted.setdefault(part.reason.value, [0, 0.0])
            entry[0] += part.edge_count
            entry[1] += part.length_m / 1000
        words.append(f"   其中最大的 {len(report.cut)} 处 of which the {len(report.cut)} largest parts:")
        for reason, (edges, km) in counted.items():
            words.append(f"   {_CUT[reason]}: {edges:,.0f} edges, {km:,.1f} km")
        words += [
            f"   最大的一处 largest: {part.length_m / 1000:,.2f} km @ {part.lonlat[0]:.5f},{part.lonlat[1]:.5f}"
            for part in report.cut[:1]
        ]
    if report.restrictions_applied or report.restrictions_skipped:
        skipped = sum(n for _, n in report.restrictions_skipped)
        words.append(
            f"转向限制 turn restrictions: {report.restrictions_applied:,} 生效 applied"
            f"（其中限时 at certain hours {report.restrictions_timed:,}）, {skipped:,} 略过 skipped"
        )
    words += [f"   {remark}: {count:,}" for remark, count in (*report.restrictions_skipped, *report.notes)]
    return words


_CUT = {
    "separate": "与主路网不连通 no road leads to the main network",
    "one_way_trap": "只进不出或只出不进 roads lead only in, or only out",
    "no_access": "不对任何车辆开放 open to nobody",
}


# -- the network in use ---------------------------------------------------------------------------------


def current(connection: Connection) -> dict[str, Any]:
    """Read which network is in use: version, path, source, built_at.

    Raises
    ------
    NoNetworkError
        When no roads have been loaded.
    """
    row = connection.execute(
        "SELECT version, path, source, built_at FROM network WHERE is_current"
    ).fetchone()
    if row is None:
        raise NoNetworkError(
            "还没有导入道路，无法计算行车时间：运行 ./onemap load roads 文件.osm.pbf。 "
            "No roads have been loaded, so there are no travel times: run ./onemap load roads FILE.osm.pbf."
        )
    return dict(row)


def file_of(row: dict[str, Any], state_dir: Path) -> Path:
    """Give where a registered network's file lies: in this state folder, or where it was written."""
    own = networks_folder(state_dir) / f"{row['version']}.network"
    return own if own.exists() else Path(os.fspath(row["path"]))


# -- the city's own speeds --------------------------------------------------------------------------------


def write_speeds(connection: Connection, table: SpeedTable) -> int:
    """Replace the city's speeds; the number of figures that differ from the default table."""
    connection.execute("DELETE FROM road_speed")
    speeds, usual = np.asarray(table.speed_kmh), default_speed_table().speed_kmh
    own = np.argwhere(speeds != usual)
    with connection.cursor() as cursor, cursor.copy("COPY road_speed FROM STDIN") as copy:
        for road_class, hour in own.tolist():
            copy.write_row([road_class, hour, float(speeds[road_class, hour])])
    tell_change(connection, SPEEDS)
    return len(own)


def read_speeds(connection: Connection) -> SpeedTable | None:
    """Read the city's speeds over the default ones; None when it has none of its own."""
    rows = connection.execute("SELECT road_class, hour_of_week, speed_kmh FROM road_speed").fetchall()
    if not rows:
        return None
    speeds = default_speed_table().speed_kmh.copy()
    for row in rows:
        speeds[row["road_class"], row["hour_of_week"] % HOURS_OF_WEEK] = row["speed_kmh"]
    speeds.setflags(write=False)
    return SpeedTable(speeds, "road_speed")
