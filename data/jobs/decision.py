"""Work out an alternative of a rescue decision in the background and add it to the decision; nothing live is written."""

from __future__ import annotations

import uuid
from typing import Any

from data import decisions, drill_sight, drills, rescue_plan
from data.drill_question import from_json
from data.job_queue import JobContext, JobResult
from data.store import Store
from data.travel_store import TravelStore

KIND = "decision"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Work out for the user who asked, in the sight of whom the decision belongs to; cancelled or killed, nothing is kept."""
    asked, plan = from_json(arguments["question"]), rescue_plan.from_json(arguments["plan"])
    decision_id = uuid.UUID(arguments["decision"])
    store = Store(context.database, max_size=2)
    try:
        context.report(0.02)
        with store.transaction(context.scope) as connection:
            scope = drill_sight.within_owner(context.scope, decisions.owner_of(connection, decision_id))
        answer = drills.run_drill(
            store, TravelStore(store, context.state_dir), scope, asked, plan=plan, report=context.report
        )  # fmt: skip
        context.report(0.98)
        with store.transaction(context.scope) as connection:
            decisions.add_alternative(
                connection, context.job_id, decision_id, asked.name, question=arguments["question"],
                plan=arguments["plan"], answer=answer, scope=context.scope, now=context.clock.now(),
            )  # fmt: skip
    finally:
        store.close()
    return JobResult(f"{answer['seconds']} s")
