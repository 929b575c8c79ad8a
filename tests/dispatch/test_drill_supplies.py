"""Supplies of a drill: what is wanted, taken from the soonest stocks, and what is lacking adds up."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from dispatch.drill_supplies import SupplyNeed, supplies_needed, supply_shortfalls, take_soonest

TIMES = st.one_of(st.floats(0, 5000, allow_nan=False), st.just(math.inf))


@given(st.integers(1, 50), st.lists(st.tuples(st.integers(0, 30), TIMES), max_size=8))
def test_what_is_taken_and_what_is_lacking_is_what_is_needed(
    quantity: int, stocks: list[tuple[int, float]]
) -> None:
    need = SupplyNeed("堵漏器材", quantity, "套", 1800.0)
    taken = take_soonest(need, [float(n) for n, _ in stocks], [s for _, s in stocks])
    assert [t.travel_time_s for t in taken] == sorted(t.travel_time_s for t in taken)
    assert all(0 < t.quantity <= stocks[t.stock_idx][0] for t in taken)
    lacking = {s.subject: s.missing for s in supply_shortfalls([need], [taken])}
    assert sum(t.quantity for t in taken) + lacking.get("supply", 0) == quantity
    within = sum(n for n, s in stocks if not math.isinf(s))
    assert lacking.get("supply", 0) == max(quantity - within, 0)
    assert lacking.get("supply_late", 0) == sum(t.quantity for t in taken if t.travel_time_s > 1800)
    left = [s for i, (n, s) in enumerate(stocks) if n and i not in {t.stock_idx for t in taken}]
    if taken and left:
        assert min(left) >= taken[-1].travel_time_s  # nobody sooner was passed over


@given(
    st.frozensets(st.sampled_from(["toxic", "flash_fire", "explosion"])),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
)
def test_more_people_never_need_fewer_supplies(effects: frozenset[str], people: int, more: int) -> None:
    few, many = supplies_needed(effects, people), supplies_needed(effects, people + more)
    assert [n.type_name for n in few] == [n.type_name for n in many]
    assert all(a.quantity <= b.quantity for a, b in zip(few, many, strict=True))


def test_each_type_of_accident_has_its_own() -> None:
    toxic, fire = (
        {n.type_name for n in supplies_needed(frozenset({one}), 10)} for one in ("toxic", "pool_fire")
    )
    assert "个人防护" in toxic - fire
    assert "灭火药剂" in fire - toxic
    assert supplies_needed(frozenset({"toxic", "pool_fire"}), 10) == supplies_needed(
        frozenset({"toxic", "explosion"}), 10
    )
