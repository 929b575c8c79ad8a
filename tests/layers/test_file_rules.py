"""What follows for the papers of an enterprise's file: days, check digits, critical quantities."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import file_rules
from layers.standards.gb18218 import Edition, all_entries
from layers.workflow import Party

NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize("cas", ["7664-41-7", "108-88-3", "7732-18-5", "50-00-0", "1310-73-2"])
def test_cas_numbers_of_known_substances_are_ones(cas: str) -> None:
    assert file_rules.is_cas(cas)


@given(st.integers(10, 9_999_999), st.integers(0, 99), st.integers(0, 9), st.integers(0, 9))
def test_one_check_digit_fits_and_no_other(first: int, second: int, one: int, other: int) -> None:
    fits = [file_rules.is_cas(f"{first}-{second:02}-{digit}") for digit in range(10)]
    assert sum(fits) == 1
    assert (one == other) or not (fits[one] and fits[other])


def test_every_cas_number_of_the_standard_has_its_check_digit() -> None:
    numbers = [cas for edition in Edition for entry in all_entries(edition) for cas in entry.cas]
    assert numbers
    assert [cas for cas in numbers if not file_rules.is_cas(cas)] == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"name": "氨", "cas": None, "most_t": 9.99}, (10.0, 0.999, "below")),
        ({"name": "氨", "cas": None, "most_t": 10.0}, (10.0, 1.0, "due")),
        ({"name": "任何叫法", "cas": "7664-41-7", "most_t": 20.0}, (10.0, 2.0, "due")),
        ({"name": "氨", "cas": None, "most_t": 20.0, "hazard_code": "HS1"}, (10.0, 2.0, "identified")),
        ({"name": "食盐", "cas": "7647-14-5", "most_t": 20.0}, (None, None, "unnamed")),
    ],
)
def test_a_chemical_stands_beside_its_critical_quantity(
    row: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    found = file_rules.derive_critical(row)
    assert (found["critical_t"], found["critical_ratio"], found["hazard_state"]) == expected


@pytest.mark.parametrize(
    ("kind", "next_on"),
    [
        ("status", dt.date(2027, 6, 20)), ("hygiene_status", dt.date(2027, 6, 20)), ("hygiene_detection", dt.date(2025, 6, 20)),
        ("pre", None), ("acceptance", None),
    ],
)  # fmt: skip
def test_the_next_assessment_follows_from_the_kind(kind: str, next_on: dt.date | None) -> None:
    found = file_rules.next_assessment({"kind": kind, "reported_on": dt.date(2024, 6, 20)}, Party.OWNER, NOW)
    assert found.get("next_on") == next_on


def test_a_day_that_was_filled_in_stays() -> None:
    row = {"kind": "status", "reported_on": dt.date(2024, 6, 20), "next_on": dt.date(2026, 1, 1)}
    assert file_rules.next_assessment(row, Party.OWNER, NOW) == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reported_on": dt.date(2026, 11, 28)}, "reported_on"),
        ({"next_on": dt.date(2026, 1, 1)}, "next_on"),
        ({"mended_count": 4}, "mended_count"),
        ({}, None),
    ],
)
def test_an_assessment_that_does_not_fit_is_said(change: dict[str, Any], field: str | None) -> None:
    row = {
        "reported_on": dt.date(2026, 1, 1),
        "next_on": dt.date(2029, 1, 1),
        "problem_count": 3,
        "mended_count": 3,
    }
    found = [name for name, _ in file_rules.assessment_faults(row | change, None, Party.OWNER, NOW)]
    assert (found[0] if found else None) == field


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"expires_on": dt.date(2024, 1, 1)}, ["expires_on", "review_on"]),
        ({"review_on": dt.date(2031, 1, 1)}, ["review_on"]),
        ({"work": None}, ["work"]),
        ({"kind": "manager", "work": None}, []),
        ({}, []),
    ],
)
def test_a_certificate_whose_days_do_not_follow_is_said(change: dict[str, Any], fields: list[str]) -> None:
    row = {
        "kind": "special_work", "work": "低压电工作业", "issued_on": dt.date(2024, 1, 1), "review_on": dt.date(2027, 1, 1),
        "expires_on": dt.date(2030, 1, 1),
    }  # fmt: skip
    assert [name for name, _ in file_rules.certificate_faults(row | change, None, Party.OWNER, NOW)] == fields
