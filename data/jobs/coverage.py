"""Write a coverage to a file in the background."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import shapely

from data.coverage_question import from_json
from data.coverage_scenario_tables import additions
from data.coverage_tables import write_coverage
from data.coverage_trials import CoverageTrials
from data.job_queue import JobContext, JobResult
from data.store import Store
from data.travel_store import Changes, Question, TravelStore
from geo.weights import PROFILES

KIND = "coverage"


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Compute the coverage under the scope of the user who asked, and write it."""
    folder = context.state_dir / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    ending = arguments["ending"]
    half, path = folder / f"{context.job_id}.half.{ending}", folder / f"{context.job_id}.{ending}"
    half.unlink(missing_ok=True)
    question = Question(
        at=dt.datetime.fromisoformat(arguments["at"]),
        hour=arguments.get("hour"),
        profile=PROFILES[arguments["profile"]],
        closed=tuple(shapely.from_wkt(text) for text in arguments.get("closed", ())),
    )
    store = Store(context.database, max_size=2)
    try:
        context.report(0.02)
        travel = TravelStore(store, context.state_dir)
        answer = travel.coverage(
            context.scope,
            question,
            of=arguments["of"],
            by=arguments["by"],
            limits_s=arguments["limits_s"],
            division_code=arguments.get("division"),
            only_on_duty=bool(arguments.get("on_duty")),
            changes=Changes(
                frozenset(arguments.get("out", ())),
                tuple((lon, lat) for lon, lat in arguments.get("added", ())),
                tuple((i, lon, lat) for i, lon, lat in arguments.get("moved", ())),
            ),
        )
        context.report(0.2)
        trial = None
        if "scenario" in arguments:
            asked = replace(from_json(arguments["scenario"], now=question.at), question=question)
            trial = CoverageTrials(store, travel).answer(context.scope, asked)
        with store.transaction(context.scope) as connection:
            more = None
            if trial is not None:
                more = additions(connection, trial, name=arguments["name"], scope=context.scope)
            n = write_coverage(
                connection,
                answer,
                half,
                scope=context.scope,
                division_code=arguments.get("division"),
                progress=lambda share: context.report(0.2 + 0.75 * min(share, 1.0)),
                more=more,
            )
    finally:
        store.close()
    half.replace(path)
    return JobResult(f"{n:,}", path, arguments["file_name"], arguments["media_type"])
