"""The sample city's siting study and coverage scenarios: made by the functions the pages use, seen by the city's regulator, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data import coverage_scenarios, siting_studies
from data.clock import SystemClock
from data.coverage_question import from_json
from data.coverage_trials import CoverageTrials
from data.sample import studies
from data.scope import SYSTEM, code_range
from data.store import Store
from data.travel_store import TravelStore


def test_a_study_gains_something_and_its_sites_are_tried_out(city_store: Store, tmp_path: Path) -> None:
    travel, now = TravelStore(city_store, tmp_path), SystemClock().now()
    city = replace(SYSTEM, username="city", ranges=(code_range("440300"),))
    assert not studies.write_missing(city_store, travel, now=now), "once"
    with city_store.transaction(city) as connection:
        study = next(
            row for row in siting_studies.list_studies(connection) if row["name"].startswith("晚高峰")
        )
        answer = siting_studies.read_study(connection, study["id"])["answer"]
        kept = {row["name"]: row["question"] for row in coverage_scenarios.listed(connection)}
    assert answer["gained"]["points"] > 0
    assert len(answer["sites"]) == 3
    more, fewer = kept["再建三站（选址方案）"], kept["停用三个最忙的站"]
    assert more["added"] == [[site["lon"], site["lat"]] for site in answer["sites"]]
    assert len(fewer["out"]) == 3
    trials = CoverageTrials(city_store, travel)
    found = [trials.answer(city, from_json(one, now=now)) for one in (more, fewer)]
    covered = [int((one.after_s[:, 0] <= one.asked.standard_s).sum()) for one in found]
    assert covered[0] > covered[1]
