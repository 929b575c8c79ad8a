"""Rehearse a siting study in the background and keep what came of it with the study; nothing live is written."""

from __future__ import annotations

import uuid
from typing import Any

from data import siting_rehearsal, siting_studies
from data.job_queue import JobContext, JobResult
from data.siting_rehearsal import RehearsalQuestion
from data.store import Store

KIND = "rehearsal"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Rehearse under the scope of the user who asked; cancelled, nothing is kept."""
    study_id = uuid.UUID(arguments["study"])
    store = Store(context.database, max_size=2)
    try:
        with store.transaction(context.scope) as connection:
            study = siting_studies.read_study(connection, study_id)
        found = siting_rehearsal.rehearse(
            store, context.scope, study, RehearsalQuestion(**arguments["asked"]), now=context.clock.now(),
            state_dir=context.state_dir, report=context.report,
        )  # fmt: skip
        context.report(0.99)
        with store.transaction(context.scope) as connection:
            siting_rehearsal.keep(connection, study_id, found, scope=context.scope)
    finally:
        store.close()
    return JobResult(f"{found['seconds']} s")
