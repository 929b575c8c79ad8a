"""Ask pgRouting (GPL, a peer in benches only) the questions of a bench, in a scratch database of the private cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from data import cluster as clusters
from data.errors import ClusterError
from web.benches._peer_graph import Answers, PeerAbsentError, PeerGraph, Questions, timed, timed_each
from web.settings import ROOT

_EDGES = "SELECT id, source, target, cost FROM edge"
_TURNED = "SELECT id, target AS source, source AS target, cost FROM edge"
_STARTS_AT_ONCE = 100
_FAR_MS = 1e12


def ask(graph: PeerGraph, questions: Questions, jobs: frozenset[str], *, runs: int = 2) -> Answers:
    """Install pgRouting where it is missing, load the graph, ask, and drop the database again.

    Raises
    ------
    PeerAbsentError
        When it cannot be installed or there is no private cluster to put it into.
    """
    try:
        cluster = clusters.cluster_of(ROOT)
        clusters.ensure_running(cluster)
    except ClusterError as error:
        raise PeerAbsentError(str(error)) from error
    _install(cluster)
    name = f"onemap_bench_{os.getpid()}_pgrouting"
    maintenance = cluster.dsn("postgres", clusters.SUPERUSER)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        with psycopg.connect(cluster.dsn(name, clusters.SUPERUSER), autocommit=True) as connection:
            return _ask(connection, graph, questions, jobs, runs)
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _install(cluster: clusters.Cluster) -> None:
    version = cluster.bin_dir.parent.name
    control = (
        cluster.bin_dir.parents[3] / "share" / "postgresql" / version / "extension" / "pgrouting.control"
    )
    package = f"postgresql-{version}-pgrouting"
    if control.exists():
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise PeerAbsentError(
                f"没有安装 {package}，且没有 sudo：请管理员运行 apt-get install --no-install-recommends {package}。 "
                f"{package} is not installed and there is no sudo: ask an administrator to install it."
            )
        prefix = ["sudo", "-n"]
    if shutil.which("apt-get") is None:
        raise PeerAbsentError(f"没有 apt-get，请自行安装 pgRouting。 No apt-get: install {package} by hand.")
    command = [
        *prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq", "-y", "--no-install-recommends", package,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not control.exists():
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["—"]
        raise PeerAbsentError(
            f"装不上 {package}：{said[0]} {package} cannot be installed: run apt-get update as root and try again."
        )


def _ask(
    connection: psycopg.Connection[Any],
    graph: PeerGraph,
    questions: Questions,
    jobs: frozenset[str],
    runs: int,
) -> Answers:
    connection.execute("CREATE EXTENSION pgrouting CASCADE")
    version = connection.execute("SELECT pgr_version()").fetchone()
    prepared_ms, _ = timed(lambda: _load(connection, graph), 1)
    sources, first = questions.sources.tolist(), int(questions.sources[0])
    took: dict[str, float] = {"prepare": prepared_ms}
    ms: dict[str, NDArray[np.float64]] = {}
    count = len(graph.lonlat)

    def nearest() -> NDArray[np.float64]:
        return _by_node(
            connection, count, "SELECT node, agg_cost FROM pgr_drivingDistance(%s, %s::bigint[], %s, true, true)",
            [_EDGES, sources, _FAR_MS],
        )  # fmt: skip

    if "nearest" in jobs:
        took["nearest"], ms["nearest"] = timed(nearest, runs)
    if "to_one" in jobs:

        def rank(incident: int) -> NDArray[np.float64]:
            found = _by_node(
                connection, count, "SELECT end_vid, agg_cost FROM pgr_dijkstraCost(%s, %s::bigint, %s::bigint[], true)",
                [_TURNED, incident, sources],
            )  # fmt: skip
            return found[questions.sources]

        took["to_one"], rows = timed_each(rank, questions.incidents[:3].tolist(), 1)
        ms["to_one"] = np.array(rows)
    if "route" in jobs:

        def go(incident: int) -> float:
            found = connection.execute(
                "SELECT node, edge, agg_cost FROM pgr_dijkstra(%s, %s::bigint, %s::bigint, true)",
                [_EDGES, first, incident],
            ).fetchall()
            return float(found[-1][2]) if found else np.inf

        took["route"], rows = timed_each(go, questions.incidents[:3].tolist(), 1)
        ms["route"] = np.array(rows)
    if "within" in jobs:
        took["within"], ms["within"] = timed(
            lambda: _by_node(
                connection, count, "SELECT node, agg_cost FROM pgr_drivingDistance(%s, %s::bigint[], %s, true)",
                [_EDGES, [first], questions.limit_ms],
            ), runs,
        )  # fmt: skip
    if "each_within" in jobs:

        def sums() -> NDArray[np.float64]:
            by_source: dict[int, float] = {}
            for at in range(0, len(sources), _STARTS_AT_ONCE):
                found = connection.execute(
                    "SELECT from_v, sum(agg_cost) FROM pgr_drivingDistance(%s, %s::bigint[], %s, true, false) GROUP BY from_v",
                    [_EDGES, sources[at : at + _STARTS_AT_ONCE], questions.limit_ms],
                ).fetchall()
                by_source |= dict(found)
            return np.array([by_source.get(one, 0.0) for one in sources])

        took["each_within"], ms["each_within"] = timed(sums, 1)
    if "closure" in jobs:
        closed = (np.flatnonzero(questions.closed) + 1).tolist()

        def close_and_reopen() -> NDArray[np.float64]:
            connection.execute("UPDATE edge SET cost = -cost - 1 WHERE id = ANY(%s) AND cost >= 0", [closed])
            found = nearest()
            connection.execute("UPDATE edge SET cost = -cost - 1 WHERE cost < 0")
            return found

        took["closure"], ms["closure"] = timed(close_and_reopen, 1)
    return Answers(
        took,
        ms,
        {
            "version": version[0] if version else "?",
            "how": "reads the graph from its table for every query; many to one is asked as one to many on the graph turned"
            " round, since as it stands it searches once for every start; areas of many are asked 100 starts at a time, since its rows of a thousand"
            " are more than PostgreSQL gives memory for",
        },
    )


def _load(connection: psycopg.Connection[Any], graph: PeerGraph) -> None:
    connection.execute("DROP TABLE IF EXISTS edge")
    connection.execute("CREATE TABLE edge (id bigint, source bigint, target bigint, cost double precision)")
    table = np.column_stack([np.arange(1, len(graph.tail) + 1), graph.tail, graph.head, graph.ms])
    with connection.cursor() as cursor, cursor.copy("COPY edge FROM STDIN") as copy:
        for part in np.array_split(table, max(1, len(table) // 50_000)):
            copy.write("".join("\t".join(map(str, row)) + "\n" for row in part.tolist()))
    connection.execute("CREATE UNIQUE INDEX ON edge (id)")
    connection.execute("VACUUM ANALYZE edge")


def _by_node(
    connection: psycopg.Connection[Any], count: int, statement: str, values: list[Any]
) -> NDArray[np.float64]:
    """Ask, and put the costs into an array by node."""
    found = np.full(count, np.inf)
    rows = connection.execute(statement.encode(), values, binary=True).fetchall()
    if rows:
        table = np.array(rows, float)
        np.minimum.at(found, table[:, 0].astype(int), table[:, 1])
    return found
