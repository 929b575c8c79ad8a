"""Hold the declared scopes of rescue stations against the road network in the background, and warn."""

from __future__ import annotations

from typing import Any

from data import station_scopes
from data.job_queue import JobContext, JobResult
from data.store import Store
from data.travel_store import TravelStore

KIND = station_scopes.JOB


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Look once; nothing is asked."""
    del arguments
    store = Store(context.database, max_size=2)
    try:
        context.report(0.05)
        changed = station_scopes.look(store, TravelStore(store, context.state_dir), now=context.clock.now())
    finally:
        store.close()
    return JobResult(f"{changed:,}")
