"""Build a road network in the background and switch to it when it is finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data import networks
from data.errors import RefusedError
from data.job_queue import JobContext, JobResult

KIND = "road_network"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Build from an OSM file; the network in use serves until the new one is complete.

    Raises
    ------
    RefusedError
        When the user who handed it in may not write.
    """
    if not context.scope.may_write:
        raise RefusedError("您没有更换路网的权限。 You may not change the roads.")
    source = networks.RoadSource(Path(arguments["path"]))
    context.report(0.05)
    with context.connect() as connection:
        built = networks.load_roads(connection, source, state_dir=context.state_dir, now=context.clock.now())
    return JobResult("\n".join(networks.describe_report(built.report)))
