"""GB 18218: the worked examples of the fact base, thresholds, traps, and what must hold of any inventory."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import StandardError
from layers.standards.gb18218 import Edition, all_entries, entry_of, find_entries, identify
from layers.standards.major_hazard import Holding, assess, exact, grade_of

OLD, NEW = Edition.GB2009, Edition.GB2018
BOTH = (OLD, NEW)


def held(edition: Edition, **tonnes: float) -> list[Holding]:
    return [Holding(identify(name, edition), exact(q)) for name, q in tonnes.items()]


#: Worked examples A to K: editions, inventory, people, Σq/Q, R, grade.
EXAMPLES = [
    ("A", BOTH, {"氨": 40}, 60, "4", "12", "3"),
    ("B", BOTH, {"氯": 20}, 120, "4", "32", "3"),
    ("C", BOTH, {"甲醇": 300, "汽油": 100}, 10, "1.1", "1.1", "4"),
    ("D", BOTH, {"甲醇": 200, "汽油": 100}, 500, "0.9", None, None),
    ("E", BOTH, {"液化石油气": 180}, 40, "3.6", "6.48", "4"),
    ("F", BOTH, {"光气": 0.75}, 5, "2.5", "50", "2"),
    ("G", BOTH, {"光气": 0.75}, 100, "2.5", "100", "1"),
    ("H", BOTH, {"氯": 5, "氨": 10}, 0, "2", "3", "4"),
    ("I", (OLD,), {"硝酸铵(含可燃物≤0.2%)": 60}, 0, "0.2", None, None),
    ("I", (NEW,), {"硝酸铵(含可燃物≤0.2%)": 60}, 0, "1.2", "0.6", "4"),
    ("J", (NEW,), {"氧气": 200}, 29, "1", "1", "4"),
    ("K", (OLD,), {"砷化三氢": 5}, 0, "5", "10", "3"),
]


@pytest.mark.parametrize(("name", "editions", "inventory", "people", "total", "r", "grade"), EXAMPLES)
def test_worked_examples(
    name: str,
    editions: tuple[Edition, ...],
    inventory: dict[str, float],
    people: int,
    total: str,
    r: str | None,
    grade: str | None,
) -> None:
    for edition in editions:
        found = assess(held(edition, **inventory), people)
        assert found.ratio_sum == Fraction(total), name
        assert found.r == (None if r is None else Fraction(r)), name
        assert (found.grade, found.is_major) == (grade, grade is not None), name


def test_tables_are_whole() -> None:
    counts = {(e, t): sum(1 for x in all_entries(e) if x.table == t) for e in BOTH for t in (1, 2)}
    assert counts == {(OLD, 1): 78, (OLD, 2): 18, (NEW, 1): 85, (NEW, 2): 24}
    named = {e.words.zh for e in all_entries(NEW) if e.table == 1 and e.beta_symbol is None}
    assert len(named) == 13, "carbon monoxide is named in Table 3 and stands in no Table 1"
    for entry in all_entries(NEW):
        if entry.beta_symbol:
            assert entry.beta == entry_of(NEW, 2, entry.beta_symbol).beta


def test_traps_are_told() -> None:
    arsine = identify("砷化三氢(胂)", OLD)
    assert (arsine.critical_t, arsine.printed_t) == (1, 12)
    assert "12" in arsine.notes[0].zh
    assert "12" in arsine.notes[0].en
    last = entry_of(OLD, 1, "78")
    assert (last.words.zh, last.critical_t, last.in_manual) == ("异氰酸甲酯", Fraction("0.75"), False)
    assert last.notes
    assert [e.key for e in all_entries(OLD) if e.table == 1 and e.notes] == ["31", "78"]


@pytest.mark.parametrize("text", ["7664-41-7", "液氨", "氨气", "ＡＭＭＯＮＩＡ", " 氨 "])
def test_a_substance_is_found_by_name_alias_or_cas(text: str) -> None:
    for edition in BOTH:
        assert identify(text, edition).words.en == "ammonia"


def test_what_is_unknown_or_ambiguous_is_named() -> None:
    with pytest.raises(StandardError, match="没有的物质") as caught:
        identify("没有的物质", NEW)
    assert caught.value.field == "name"
    with pytest.raises(StandardError, match="多条"):
        identify("9004-70-0", NEW)
    with pytest.raises(StandardError, match="第 2 行") as negative:
        assess([*held(NEW, 氨=1), *held(NEW, 氯=-1)], 0)
    assert (negative.value.field, negative.value.row) == ("quantity_t", 2)
    with pytest.raises(StandardError):
        assess([*held(NEW, 氨=1), *held(OLD, 氯=1)], 0)
    with pytest.raises(StandardError):
        assess(held(NEW, 氨=1), -1)
    assert find_entries("", NEW) == ()


def test_another_class_can_be_chosen_where_none_is_named() -> None:
    ether = identify("乙醚", NEW)
    assert (ether.beta_symbol, ether.beta) == ("W5.1", Fraction("1.5"))
    plain = assess([Holding(ether, Fraction(10), "W5.3")], 1)
    assert plain.r == 1
    named = assess([Holding(identify("氯", NEW), Fraction(5), "W5.3")], 1)
    assert named.r == 4, "β of Table 3 wins"
    with pytest.raises(StandardError):
        assess([Holding(ether, Fraction(10), "X9")], 1)


def test_thresholds_belong_to_the_higher_grade_exactly() -> None:
    tenths = [Holding(identify("氨", NEW), exact(0.1)) for _ in range(100)]
    assert assess(tenths, 0).is_major, "a hundred times 0.1 t are 10 t"
    assert [grade_of(Fraction(v)) for v in ("100", "99.999", "50", "49.999", "10", "9.999")] == list("122334")


HOLDINGS = st.lists(
    st.tuples(st.sampled_from(list(all_entries(NEW))), st.decimals(0, 5000, places=3)),
    min_size=1,
    max_size=6,
)


@given(HOLDINGS, st.integers(0, 300), st.randoms(use_true_random=False))
def test_order_and_splitting_change_nothing_and_more_never_lowers(
    rows: list[tuple[object, object]], people: int, rng: object
) -> None:
    held_ = [Holding(e, Fraction(str(q))) for e, q in rows]  # type: ignore[arg-type]
    whole = assess(held_, people)
    shuffled = list(held_)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (assess(shuffled, people).ratio_sum, assess(shuffled, people).r) == (whole.ratio_sum, whole.r)
    split = [Holding(h.entry, h.quantity_t / 3) for h in held_ for _ in range(3)]
    assert (assess(split, people).ratio_sum, assess(split, people).r) == (whole.ratio_sum, whole.r)
    more = assess([*held_, held_[0]], people)
    assert more.ratio_sum >= whole.ratio_sum
    assert (more.r or 0) >= (whole.r or 0)
    double = assess([Holding(h.entry, 2 * h.quantity_t) for h in held_], people)
    if whole.r is not None:
        assert double.r == 2 * whole.r
