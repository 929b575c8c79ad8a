"""Alternatives of a rescue: exposure counted by hand, the order of the criteria, and what changed between versions."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.decision_versions import changes_between
from dispatch.errors import QuestionError
from dispatch.rescue_decision import Measured, exposure_person_min, recommend

NEVER = math.inf


def test_exposure_by_hand() -> None:
    # 15 min indoors at a tenth, then 5 min outside: 6.5 min each
    assert exposure_person_min([(10, 5.0)], 0, cloud_min=60.0) == pytest.approx(65.0)
    # the cloud is gone after 10 min: nobody who still prepares is exposed outside
    assert exposure_person_min([(10, 5.0)], 0, cloud_min=10.0) == pytest.approx(10.0)
    # it is gone after 18 min: three of the five minutes
    assert exposure_person_min([(10, 5.0)], 0, cloud_min=18.0) == pytest.approx(10 * (1.5 + 3.0))
    assert exposure_person_min([], 10, cloud_min=60.0) == pytest.approx(60.0)
    assert exposure_person_min([(10, 5.0)], 10, cloud_min=60.0, prepare_min=0.0, indoor_share=1.0) == pytest.approx(
        10 * 5 + 10 * 60
    )  # fmt: skip
    assert exposure_person_min([], 0, cloud_min=1.0) == 0.0


@pytest.mark.parametrize(
    "wrong", [{"cloud_min": 0.0}, {"cloud_min": math.nan}, {"cloud_min": 9.0, "prepare_min": -1.0}, {"cloud_min": 9.0, "indoor_share": 1.1}]
)  # fmt: skip
def test_figures_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(QuestionError):
        exposure_person_min([(1, 1.0)], 0, **wrong)
    with pytest.raises(QuestionError):
        exposure_person_min([(1, -1.0)], 0, cloud_min=60.0)


@given(
    st.lists(st.tuples(st.integers(0, 500), st.floats(0, 200)), max_size=5),
    st.integers(0, 500),
    st.floats(1, 240),
)
def test_nobody_is_exposed_for_longer_than_the_cloud(
    leaving: list[tuple[int, float]], staying: int, cloud_min: float
) -> None:
    everybody = staying + sum(people for people, _ in leaving)
    found = exposure_person_min(leaving, staying, cloud_min=cloud_min)
    assert -1e-6 <= found <= everybody * cloud_min + 1e-6


@pytest.mark.parametrize(
    ("alternatives", "best", "decided"),
    [
        ([Measured(5, 1.0, 0, 1.0), Measured(0, 9e9, 9, NEVER)], 1, ["without"]),
        ([Measured(0, 100.0, 9, NEVER), Measured(0, 106.0, 0, 1.0)], 0, ["exposure"]),
        ([Measured(0, 100.0, 1, 1.0), Measured(0, 105.0, 0, NEVER)], 1, ["lacking"]),  # within 5 %: alike
        ([Measured(0, None, 0, 700.0), Measured(0, None, 0, 639.0)], 1, ["first"]),
        ([Measured(0, None, 0, 700.0), Measured(0, 1.0, 0, 640.0)], 0, []),  # of one it is unknown; within a minute
        ([Measured(0, 0.0, 0, NEVER)], 0, []),
        ([Measured(0, 0.0, 0, NEVER), Measured(0, 0.0, 0, NEVER)], 0, []),
    ],
)  # fmt: skip
def test_the_order_of_the_criteria(alternatives: list[Measured], best: int, decided: list[str]) -> None:
    found = recommend(alternatives)
    assert found.best_idx == best
    assert [name for name, _ in found.decided_by] == decided
    assert found.is_tie == (len(alternatives) > 1 and not decided)


def test_none_to_weigh_is_refused() -> None:
    with pytest.raises(QuestionError):
        recommend([])


@given(
    st.lists(
        st.builds(Measured, st.integers(0, 3), st.floats(0, 1e4), st.integers(0, 3), st.floats(0, 4e3)), min_size=2, max_size=4
    )
)  # fmt: skip
def test_the_order_of_the_alternatives_changes_nothing_but_ties(alternatives: list[Measured]) -> None:
    found = recommend(alternatives)
    for order in itertools.permutations(range(len(alternatives))):
        other = recommend([alternatives[i] for i in order])
        assert other.is_tie == found.is_tie
        if not found.is_tie:
            assert order[other.best_idx] == found.best_idx


def test_what_changed_between_versions() -> None:
    task = {"who": "交警", "what": "封路", "where": "路口", "at_min": 5}
    old = {
        "name": "A",
        "chosen": "x",
        "reason": "",
        "remarks": "r",
        "alternatives": ["x", "y"],
        "tasks": [task, task],
    }
    assert changes_between(old, old) == []
    new = old | {
        "name": "B",
        "chosen": None,
        "alternatives": ["y", "z"],
        "tasks": [task, task | {"at_min": 9}],
    }
    assert [c["what"] for c in changes_between(old, new)] == [
        "name", "chosen", "alternative_removed", "alternative_added", "task_removed", "task_added",
    ]  # fmt: skip
    assert [c["what"] for c in changes_between(new, old)][:2] == ["name", "chosen"]
