"""Levels of risk points: the worked products, every product that the lists allow, and the cuts themselves."""

from __future__ import annotations

import itertools

import pytest

from layers.errors import StandardError
from layers.registry import layer_by_id
from layers.standards.risk_level import LEC, LS, grade

CASES = [
    (3, 6, 15, 270, "2"),
    (6, 6, 15, 540, "1"),
    (1, 6, 15, 90, "3"),
    (1, 3, 7, 21, "4"),
    (1, 10, 7, 70, "3"),
]


@pytest.mark.parametrize(("likely", "exposed", "worst", "d", "level"), CASES)
def test_worked_products(likely: float, exposed: float, worst: float, d: float, level: str) -> None:
    assert grade("lec", {"lec_l": likely, "lec_e": exposed, "lec_c": worst}) == (d, level)


@pytest.mark.parametrize(
    ("d", "level"),
    [(320, "1"), (319.999, "2"), (160, "2"), (159.999, "3"), (70, "3"), (69.999, "4"), (0.005, "4")],
)
def test_a_product_on_a_cut_belongs_to_the_higher_level(d: float, level: str) -> None:
    assert LEC.level_of(d) == level


def test_the_matrix_has_its_fourteen_products_and_their_levels() -> None:
    found = {
        product: level
        for a, b in itertools.product(range(1, 6), repeat=2)
        for product, level in [grade("ls", {"ls_l": a, "ls_s": b})]
    }
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25]
    assert {p for p, level in found.items() if level == "1"} == {20, 25}
    assert {p for p, level in found.items() if level == "2"} == {15, 16}
    assert {p for p, level in found.items() if level == "3"} == {9, 10, 12}


def test_worse_never_lowers_the_level() -> None:
    for method in (LEC, LS):
        names = [name for name, _, _ in method.factors]
        for values in itertools.product(*([s.value for s in steps] for _, _, steps in method.factors)):
            here = method.product(dict(zip(names, values, strict=True)))
            for i, (_, _, steps) in enumerate(method.factors):
                for step in steps:
                    if step.value > values[i]:
                        worse = list(values)
                        worse[i] = step.value
                        there = method.product(dict(zip(names, worse, strict=True)))
                        assert method.level_of(there) <= method.level_of(here)


def test_a_value_of_no_list_is_named() -> None:
    with pytest.raises(StandardError) as caught:
        grade("lec", {"lec_l": 4, "lec_e": 1, "lec_c": 1})
    assert caught.value.field == "lec_l"


def test_the_two_scales_run_against_each_other() -> None:
    """Enterprises rise from A to D, risk points fall from 1 to 4: the worst of both is red, and neither is derived."""
    points = {c.value: c.color for c in layer_by_id("risk_point").field("level").choices}
    firms = {c.value: c.color for c in layer_by_id("enterprise").field("risk_grade").choices}
    assert points["1"] == firms["D"]
    assert points["4"] == firms["A"]
    assert points["1"] != firms["A"]
