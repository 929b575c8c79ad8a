"""The register of accidents: what follows from the figures, what contradicts itself, and until when an enterprise may change it."""

from __future__ import annotations

import datetime as dt

from layers import accident_rules as rules
from layers.workflow import Party

NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
AT = dt.datetime(2026, 11, 19, 16, 30, tzinfo=dt.UTC)  # 20 November, 0:30 in Beijing
ROW = {"kind": "poisoning", "occurred_at": AT, "state": "reported"}


def test_what_follows_from_the_figures() -> None:
    found = rules.derive(
        ROW | {"dead": None, "seriously_injured": 10, "reported_at": AT + dt.timedelta(seconds=3601)}
    )
    assert found == {
        "grade": "3", "report_min": 60.02, "supplement_by_on": dt.date(2026, 12, 20), "investigate_by_on": dt.date(2027, 1, 19),
    }  # fmt: skip
    assert rules.derive(ROW | {"kind": "fire"})["supplement_by_on"] == dt.date(2026, 11, 27)
    assert rules.derive({"kind": "fire"}) == {
        "grade": "4", "report_min": None, "supplement_by_on": None, "investigate_by_on": None,
    }  # fmt: skip
    assert set(rules.derive(ROW)) == rules.SYSTEM_FIELDS


def test_contradictions_are_named() -> None:
    def named(**changed: object) -> list[str]:
        return [field for field, _ in rules.faults(ROW | changed, None, Party.OWNER, NOW)]

    assert named() == []
    assert named(occurred_at=NOW) == []
    assert named(occurred_at=NOW + dt.timedelta(seconds=1)) == ["occurred_at"]
    assert named(reported_at=AT - dt.timedelta(seconds=1)) == ["reported_at"]
    assert named(reported_at=NOW + dt.timedelta(seconds=1)) == ["reported_at"]
    assert named(amount_t=3.0) == ["substance"]
    assert named(amount_t=3.0, substance="氨") == []


def test_an_enterprise_changes_only_what_nobody_has_taken_up() -> None:
    for state, party, is_refused in (
        ("reported", Party.OWNER, False), ("responding", Party.OWNER, True), ("responding", Party.AUTHORITY, False),
    ):  # fmt: skip
        assert (rules.keeps(ROW | {"state": state}, party, NOW) is not None) is is_refused
