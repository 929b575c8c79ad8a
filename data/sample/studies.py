"""Ask where three more stations belong in the sample city, and keep that and a loss of stations as scenarios."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from data import coverage_scenarios, siting_studies
from data.coverage_question import TrialQuestion, as_json
from data.scope import SYSTEM, Connection, code_range
from data.siting_question import SitingQuestion
from data.store import Store
from data.travel_store import Changes, Question, TravelStore

_STUDY = uuid.UUID("5d1f3b0a-7c44-4e0e-9a1b-2f6c8d3e7b15")
_STANDARDS_MIN = (10, 5, 3)
_EVENING = 42
"""Hour of the week: Tuesday 18:00, when roads are slowest."""
_CANDIDATES = 200
_SEARCH_S = 20.0
_LOST = 3


def write_missing(store: Store, travel: TravelStore, *, now: dt.datetime) -> bool:
    """Work out and keep a study and two scenarios where there are none; whether it did.

    The standard is the longest of 10, 5 and 3 minutes at which three more stations gain something.
    """
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT code FROM division WHERE level = 'city' AND NOT EXISTS (SELECT 1 FROM siting_study)"
            " AND NOT EXISTS (SELECT 1 FROM coverage_scenario) ORDER BY code LIMIT 1"
        ).fetchone()
    if row is None:
        return False
    who = replace(SYSTEM, username="city", ranges=(code_range(row["code"]),))
    question = Question(now, _EVENING)
    for minutes in _STANDARDS_MIN:
        asked = SitingQuestion(
            f"晚高峰 {minutes} 分钟内到场：再建三站", "mclp", "elevator", question, standard_s=60.0 * minutes,
            candidate_count=_CANDIDATES, time_limit_s=_SEARCH_S, curve=6,
        )  # fmt: skip
        answer = siting_studies.run_study(
            store, travel, who, asked, report=lambda *_: None, should_stop=lambda: False
        )
        if answer["gained"]["points"] > 0:
            break
    with store.transaction(who) as connection:
        siting_studies.keep(connection, _STUDY, asked, answer, scope=who, now=now)
        trial = TrialQuestion("elevator", "rescue_station", question, standard_s=asked.standard_s)
        added = tuple((site["lon"], site["lat"]) for site in answer["sites"])
        for name, changes in (
            ("再建三站（选址方案）", Changes(added=added)),
            ("停用三个最忙的站", Changes(out_ids=frozenset(_busiest(connection)))),
        ):
            coverage_scenarios.save(
                connection, name, as_json(replace(trial, changes=changes)), scope=who, now=now
            )
    return True


def _busiest(connection: Connection) -> list[int]:
    """Find the stations to which most elevators are bound."""
    rows = connection.execute(
        "SELECT s.id FROM rescue_station s JOIN elevator e ON e.station_code = s.code"
        " GROUP BY s.id ORDER BY count(*) DESC, s.id LIMIT %s",
        [_LOST],
    )
    return [int(row["id"]) for row in rows]
