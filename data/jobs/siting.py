"""Answer a siting study in the background and keep it."""

from __future__ import annotations

from typing import Any

from data import siting_studies
from data.job_queue import JobCancelledError, JobContext, JobResult
from data.siting_question import from_json
from data.store import Store
from data.travel_store import TravelStore

KIND = "siting"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Answer under the scope of the user who asked; cancelled, nothing is kept."""
    asked = from_json(arguments)
    share_told, words_told = 0.0, ""
    cancelled: list[JobCancelledError] = []

    def report(share: float, words: str) -> None:
        nonlocal share_told, words_told
        share_told, words_told = max(share, share_told), words

    def should_stop() -> bool:
        # Solvers may be in the middle of something: the error is raised once they have let go.
        try:
            context.report(share_told, words_told)
        except JobCancelledError as error:
            cancelled.append(error)
        return bool(cancelled)

    store = Store(context.database, max_size=2)
    try:
        context.report(0.01)
        answer = siting_studies.run_study(
            store,
            TravelStore(store, context.state_dir),
            context.scope,
            asked,
            report=report,
            should_stop=should_stop,
        )
        if cancelled:
            raise cancelled[0]
        context.report(0.98)
        with store.transaction(context.scope) as connection:
            siting_studies.keep(
                connection, context.job_id, asked, answer, scope=context.scope, now=context.clock.now()
            )
    finally:
        store.close()
    return JobResult(answer["status"])
