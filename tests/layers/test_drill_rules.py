"""What units owe: hand-made calendars, the dates that follow from a plan, and refusals by name."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import drill_rules as rules
from layers.workflow import Party

NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)
D = dt.date


def states(
    drills: list[tuple[str, dt.date]], today: dt.date, *, hazard: bool = False, since: dt.date | None = None
) -> dict[tuple[str, int], str]:
    found = rules.duties(drills, today, is_high_hazard=hazard, since=since)
    return {(d.id, d.start.year * 10 + d.start.month): d.state for d in found}


@pytest.mark.parametrize(
    ("today", "expected"),
    [(D(2026, 11, 30), "open"), (D(2026, 12, 1), "soon"), (D(2026, 12, 31), "soon")],
)
def test_a_duty_is_soon_from_thirty_days_before_its_end(today: dt.date, expected: str) -> None:
    found = states([], today, since=D(2026, 8, 1))
    assert found == {("annual", 20261): expected, ("half_year", 20267): expected}


def test_what_was_missed_is_behind_from_the_day_after() -> None:
    assert states([], D(2027, 1, 1), since=D(2020, 1, 1)) == {
        ("annual", 20271): "open", ("annual", 20261): "behind", ("half_year", 20271): "open", ("half_year", 20267): "behind",
    }  # fmt: skip


def test_kinds_count_for_their_own_duty_and_in_high_hazard_trades_any_for_the_half_year() -> None:
    on_site, special = [("on_site", D(2026, 9, 1))], [("special", D(2026, 9, 1))]
    today, since = D(2026, 10, 1), D(2026, 7, 1)
    assert states(on_site, today, since=since) == {("annual", 20261): "open", ("half_year", 20267): "met"}
    assert states(special, today, since=since) == {("annual", 20261): "met", ("half_year", 20267): "open"}
    assert states(special, today, since=since, hazard=True) == {
        ("annual", 20261): "met",
        ("half_year", 20267): "met",
    }
    # The first half-year's drill does not count for the second.
    assert states([("on_site", D(2026, 6, 30))], today, since=since)[("half_year", 20267)] == "open"


@settings(max_examples=60, deadline=None)
@given(
    drills=st.lists(
        st.tuples(
            st.sampled_from(["comprehensive", "special", "on_site"]), st.dates(D(2024, 1, 1), D(2027, 12, 31))
        ),
        max_size=6,
    ),
    today=st.dates(D(2025, 1, 1), D(2027, 12, 31)),
    hazard=st.booleans(),
)
def test_another_drill_never_makes_a_state_worse(
    drills: list[tuple[str, dt.date]],
    today: dt.date,
    hazard: bool,  # noqa: FBT001
) -> None:
    before = states(drills, today, hazard=hazard)
    after = states([*drills, ("special", today), ("on_site", today)], today, hazard=hazard)
    assert before.keys() == after.keys()
    assert all(after[k] == "met" or after[k] == before[k] for k in before)
    assert len(before) == 4


def reports(drills: list[tuple[dt.date, bool]], today: dt.date) -> list[tuple[dt.date, str, dt.date | None]]:
    return [(d.start, d.state, d.due) for d in rules.report_duties(drills, today, since=D(2020, 1, 1))]


def test_a_drill_is_reported_twenty_working_days_after_the_first_of_its_half_year() -> None:
    # Tuesday 1 September 2026: four weeks of five days end on Tuesday the 29th.
    held, due = [(D(2026, 9, 1), False), (D(2026, 11, 2), False)], D(2026, 9, 29)
    for today, state in (
        (D(2026, 9, 21), "open"),
        (D(2026, 9, 22), "soon"),
        (D(2026, 9, 29), "soon"),
        (D(2026, 9, 30), "behind"),
    ):
        assert reports(held, today) == [(D(2026, 7, 1), state, due)], today
    assert reports([(D(2026, 9, 1), False), (D(2026, 11, 2), True)], D(2026, 12, 1)) == [
        (D(2026, 7, 1), "met", due)
    ]
    # The half-year before is owed still, the one before that no more; where nothing was drilled no report is owed.
    assert reports(held, D(2027, 3, 1)) == [(D(2026, 7, 1), "behind", due)]
    assert reports(held, D(2027, 7, 1)) == reports([], D(2026, 9, 1)) == []


def test_a_report_is_dated_by_the_step_and_made_once() -> None:
    assert rules.on_report({}, dt.datetime(2026, 9, 1, 17, tzinfo=dt.UTC)) == {
        "reported_on": D(2026, 9, 2)
    }  # in Beijing
    assert rules.may_report({"reported_on": None}, Party.OWNER, NOW) is None
    assert rules.may_report({"reported_on": D(2026, 9, 2)}, Party.OWNER, NOW) is not None


def test_an_evaluation_is_due_three_years_after_the_last() -> None:
    assert rules.on_evaluate({"evaluated_on": D(2028, 2, 29)}, NOW) == {"evaluate_by_on": D(2031, 2, 28)}
    issued = {"issued_on": D(2026, 4, 20), "evaluate_by_on": D(2029, 4, 20)}
    for day, is_refused in ((D(2026, 11, 27), False), (D(2026, 11, 28), True), (D(2026, 4, 20), True), (D(2026, 4, 21), False), (D(2026, 4, 1), True)):  # fmt: skip
        refusal = rules.may_evaluate(issued | {"evaluated_on": day}, Party.OWNER, NOW)
        assert (refusal is not None) == is_refused, day
        assert refusal is None or refusal.field == "evaluated_on"
    again = issued | {"evaluate_by_on": D(2029, 11, 1), "evaluated_on": D(2026, 11, 1)}
    assert rules.may_evaluate(again, Party.OWNER, NOW) is not None  # kept already


def test_filing_is_due_twenty_working_days_after_issue_and_revision_after_three_years() -> None:
    # Monday 20 April 2026: four weeks of five days.
    assert rules.on_issue({"issued_on": D(2026, 4, 20)}, NOW) == {
        "file_by_on": D(2026, 5, 18),
        "evaluate_by_on": D(2029, 4, 20),
        "revise_by_on": D(2029, 4, 20),
    }
    # Friday 27 November 2026 in Beijing.
    assert rules.on_submit({}, NOW)["answer_by_on"] == D(2026, 12, 4)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (
            {
                "reviewed_on": D(2026, 11, 28),
                "risk_assessed_on": D(2026, 1, 1),
                "resources_surveyed_on": D(2026, 1, 2),
            },
            "reviewed_on",
        ),
        (
            {
                "reviewed_on": D(2026, 1, 1),
                "risk_assessed_on": D(2026, 2, 1),
                "resources_surveyed_on": D(2025, 1, 2),
            },
            "reviewed_on",
        ),
        (
            {"reviewed_on": D(2026, 1, 1), "risk_assessed_on": D(2025, 2, 1), "resources_surveyed_on": None},
            "resources_surveyed_on",
        ),
    ],
)
def test_a_review_follows_assessment_and_survey(row: dict[str, dt.date | None], field: str) -> None:
    refusal = rules.may_review(row, Party.OWNER, NOW)
    assert refusal is not None
    assert refusal.field == field


def test_today_in_beijing_is_not_the_future() -> None:
    assert (
        rules.may_execute(
            {"executed_on": D(2026, 11, 27)}, Party.OWNER, dt.datetime(2026, 11, 26, 16, tzinfo=dt.UTC)
        )
        is None
    )
    assert (
        rules.may_execute(
            {"executed_on": D(2026, 11, 27)}, Party.OWNER, dt.datetime(2026, 11, 26, 15, 59, tzinfo=dt.UTC)
        )
        is not None
    )
