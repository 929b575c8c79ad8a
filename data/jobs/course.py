"""Run the course of a drill in the background and keep it with the drill; nothing live is written."""

from __future__ import annotations

from typing import Any

from data import courses, drill_sight, drills
from data.course_question import from_json
from data.job_queue import JobContext, JobResult
from data.store import Store
from data.travel_store import TravelStore

KIND = "course"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Run for the user who asked, in the sight of whom the drill belongs to; cancelled or killed, nothing is kept."""
    asked = from_json(arguments)
    store = Store(context.database, max_size=2)
    try:
        with store.transaction(context.scope) as connection:
            drill = drills.read(connection, asked.drill_id)
            owner_id = drills.owner_of(connection, asked.drill_id)
        answer = courses.run_course(
            store,
            TravelStore(store, context.state_dir),
            drill_sight.within_owner(context.scope, owner_id),
            drill,
            asked,
            report=context.report,
        )
        context.report(0.98)
        with store.transaction(context.scope) as connection:
            courses.keep(
                connection, context.job_id, asked, answer, scope=context.scope, now=context.clock.now()
            )
    finally:
        store.close()
    return JobResult(f"{answer['seconds']} s")
