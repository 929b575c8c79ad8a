"""Credit codes against the published example, codes of known companies, and the standard's property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.standards.credit_code import (
    ALPHABET,
    check_character,
    credit_code_fault,
    is_credit_code,
    normal_credit_code,
)

#: The weights as the standard prints them (GB 32100-2015, table 3).
PRINTED_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
bodies = st.text(alphabet=ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "9144030071526726XG", "914403001922038216", "91330100799655058B"]
)
def test_published_codes_fit(code: str) -> None:
    assert is_credit_code(code)
    assert credit_code_fault(code) is None


@given(bodies)
def test_the_weighted_sum_with_the_last_character_is_a_multiple_of_31(body: str) -> None:
    values = [ALPHABET.index(c) for c in body]
    total = sum(w * v for w, v in zip(PRINTED_WEIGHTS, values, strict=True))
    assert (total + ALPHABET.index(check_character(body))) % 31 == 0


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, other: str) -> None:
    code = body + check_character(body)
    changed = code[:place] + other + code[place + 1 :]
    assert is_credit_code(changed) == (changed == code)


@given(bodies, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_found(body: str, place: int) -> None:
    code = body + check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_credit_code(swapped) == (swapped == code)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "有 0 位"),
        ("91350100M000100Y4", "有 17 位"),
        ("91350100M000100Y433", "有 19 位"),
        ("91350100M000100I43", "I"),
        ("91350100M000100Y44", "末位应为 3"),
        ("91350100m000100y43", "m y"),
    ],
)
def test_each_fault_is_named(code: str, says: str) -> None:
    fault = credit_code_fault(code)
    assert fault is not None
    assert says in fault[0]
    assert not is_credit_code(code)


@pytest.mark.parametrize(
    "typed", ["91350100m000100y43", "９１３５０１００Ｍ０００１００Ｙ４３", "9135-0100 M000100Y43 "]
)
def test_what_people_type_becomes_the_normal_form(typed: str) -> None:
    assert normal_credit_code(typed) == "91350100M000100Y43"
