"""Simulate a drill in the background and keep what it found; nothing live is written."""

from __future__ import annotations

from typing import Any

from data import drills
from data.drill_question import from_json
from data.job_queue import JobContext, JobResult
from data.store import Store
from data.travel_store import TravelStore

KIND = "drill"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Simulate under the scope of the user who asked; cancelled, nothing is kept."""
    asked = from_json(arguments)
    store = Store(context.database, max_size=2)
    try:
        context.report(0.02)
        answer = drills.run_drill(
            store, TravelStore(store, context.state_dir), context.scope, asked, report=context.report
        )
        context.report(0.98)
        with store.transaction(context.scope) as connection:
            drills.keep(
                connection, context.job_id, asked, answer, scope=context.scope, now=context.clock.now()
            )
    finally:
        store.close()
    return JobResult(f"{answer['seconds']} s")
