"""Measure loading elevators from files into an empty store, beside ogr2ogr, which checks nothing."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg
from psycopg.rows import dict_row

from data import database as databases
from data.scope import SYSTEM, enter
from web.benches._scratch import drop, load, make_store
from web.wiring import database_in_use

NAMES = ("load",)
_ROWS = {"small": 10_000, "medium": 50_000, "large": 150_000}


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Load one file of each format by `onemap load`, each into a store of its own; seconds and rows per second."""
    source = database_in_use()
    figures: dict[str, dict[str, Any]] = {}
    facts: dict[str, Any] = {
        "bench": name, "unit": "s",
        "how": "onemap load elevator FILE as a process of its own: read, check, match the datum, write, index for search, keep totals",
    }  # fmt: skip
    if source.superuser is None:
        return facts | {
            "figures": figures,
            "note": "needs the private cluster: scratch databases are made and dropped",
        }
    with tempfile.TemporaryDirectory() as folder:
        files, n = _write_files(source, Path(folder), _ROWS[size])
        for kind, path in files.items():
            scratch = source.named(f"onemap_bench_{os.getpid()}_{kind}")
            try:
                make_store(source, scratch)
                server_s, client_s = _server_cpu_s(source), _client_cpu_s()
                took_s = load(scratch, "elevator", path, "--accept-positions")
                figures[f"load {n:,} elevators from {kind}"] = {
                    "s": round(took_s, 1),
                    "rows_per_s": round(n / took_s),
                    "client_cpu_s": round(_client_cpu_s() - client_s, 1),
                    "server_cpu_s": round(_server_cpu_s(source) - server_s, 1),
                    "load": round(os.getloadavg()[0], 1),
                }
                if kind == "gpkg" and shutil.which("ogr2ogr"):
                    peer_s = _ogr2ogr(scratch, path)
                    figures["peer ogr2ogr: copy alone, no checks, search or totals"] = {
                        "s": round(peer_s, 1), "rows_per_s": round(n / peer_s), "ratio": round(took_s / peer_s, 1),
                    }  # fmt: skip
            finally:
                drop(scratch)
    return facts | {"rows": n, "figures": figures}


def _write_files(source: databases.Database, folder: Path, wanted: int) -> tuple[dict[str, Path], int]:
    with psycopg.connect(source.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        rows = connection.execute(
            "SELECT code, name, division_code, address, unit_name, unit_code, place_type, elevator_kind, maintainer_name,"
            " in_service_on::text AS in_service_on, ST_X(geom) AS lon, ST_Y(geom) AS lat"
            " FROM elevator WHERE geom IS NOT NULL ORDER BY code LIMIT %s",
            [wanted],
        ).fetchall()
    frame = pd.DataFrame(rows)
    if len(frame) < wanted:
        # A city with fewer: the same elevators again under other codes.
        again = frame.copy()
        again["code"] = "B" + again["code"].str[1:]
        frame = pd.concat([frame, again], ignore_index=True).head(wanted)
    files = {kind: folder / f"elevators.{kind}" for kind in ("csv", "xlsx", "gpkg")}
    frame.to_csv(files["csv"], index=False)
    frame.to_excel(files["xlsx"], index=False, engine="xlsxwriter")
    points = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=points).to_file(
        files["gpkg"], engine="pyogrio"
    )
    return files, len(frame)


def _client_cpu_s() -> float:
    """Give the processor time of child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _server_cpu_s(source: databases.Database) -> float:
    """Give the processor time of the cluster's own processes that have ended, sessions among them."""
    with databases.connect(source.superuser or "", autocommit=True) as connection:
        row = connection.execute(
            "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid"
        ).fetchone()
    pid = next(iter(row.values())) if isinstance(row, dict) else (row or ("",))[0]
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ended_ticks = int(fields[13]) + int(fields[14])  # cutime, cstime
    return ended_ticks / os.sysconf("SC_CLK_TCK")


def _ogr2ogr(scratch: databases.Database, path: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        ["ogr2ogr", "-f", "PostgreSQL", f"PG:{scratch.superuser}", str(path), "-nln", "peer", "--config", "PG_USE_COPY", "YES"],
        capture_output=True, check=True,
    )  # fmt: skip
    return time.perf_counter() - started
