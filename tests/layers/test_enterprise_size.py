"""Size classes and safety managers: the worked cases of the manual's rule, and what must hold for any figures."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.standards import enterprise_size
from layers.standards.enterprise_size import SizeClass, SizeIndustry, size_class, size_industries
from layers.standards.safety_managers import check_managers, needed_managers

TABLE = Path(enterprise_size.__file__).with_suffix(".csv")


def _industry(zh: str) -> SizeIndustry:
    return next(i for i in size_industries() if i.words.zh == zh)


@pytest.mark.parametrize(
    ("industry", "values", "size"),
    [
        ("工业", {"employees": 1200, "revenue": 50_000}, "large"),
        ("工业", {"employees": 1200, "revenue": 30_000}, "medium"),
        ("工业", {"employees": 1200, "revenue": 250}, "micro"),
        ("工业", {"employees": 250, "revenue": 5000}, "small"),
        ("工业", {"employees": 20, "revenue": 300}, "small"),
        ("工业", {"employees": 19, "revenue": 100_000}, "micro"),
        ("农、林、牧、渔业", {"revenue": 500}, "medium"),
        ("建筑业", {"revenue": 80_000, "assets": 79_999}, "medium"),
        ("软件和信息技术服务业", {"employees": 100, "revenue": 1000}, "medium"),
    ],
)
def test_the_cases_worked_by_hand(industry: str, values: dict[str, float | None], size: str) -> None:
    found = size_class(_industry(industry), values)
    assert found is not None
    assert found.size.value == size


def test_an_indicator_that_is_not_known_gives_no_size() -> None:
    assert size_class(_industry("工业"), {"employees": 1200, "revenue": None}) is None


@given(st.data())
def test_a_size_is_the_largest_whose_limits_all_hold(data: st.DataObject) -> None:
    """Beside a reading of the table's rows themselves."""
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
    name = data.draw(st.sampled_from(sorted({r["industry_zh"] for r in rows})))
    own = [r for r in rows if r["industry_zh"] == name]
    limits = [float(r[f"{s}_min"]) for r in own for s in ("large", "medium", "small")]
    near = st.sampled_from([v + d for v in limits for d in (-1, 0, 1)]).map(lambda v: max(v, 0.0))
    values = {r["indicator"]: data.draw(near) for r in own}
    expected = "micro"
    for size in ("small", "medium", "large"):
        if all(values[r["indicator"]] >= float(r[f"{size}_min"]) for r in own):
            expected = size
    found = size_class(_industry(name), values)
    assert found is not None
    assert found.size.value == expected
    more = size_class(_industry(name), {k: v * 2 + 1 for k, v in values.items()})
    assert more is not None
    order = list(SizeClass)
    assert order.index(more.size) <= order.index(found.size)


#: Staff → (managers, full-time only, a department) of high hazard and of other units.
NEEDS = {
    0: ((1, True, False), (1, False, False)),
    49: ((1, True, False), (1, False, False)),
    50: ((2, True, True), (1, False, False)),
    99: ((2, True, True), (1, False, False)),
    100: ((3, True, True), (2, True, True)),
    299: ((3, True, True), (2, True, True)),
    300: ((3, True, True), (2, True, True)),
    301: ((4, True, True), (2, True, True)),
    499: ((5, True, True), (2, True, True)),
    500: ((5, True, True), (2, True, True)),
    501: ((6, True, True), (3, True, True)),
    1000: ((10, True, True), (4, True, True)),
}


@pytest.mark.parametrize("staff", NEEDS)
def test_how_many_managers_are_needed(staff: int) -> None:
    found = [needed_managers(staff, is_high_hazard=is_high) for is_high in (True, False)]
    assert tuple((n.count, n.is_full_time, n.needs_department) for n in found) == NEEDS[staff]


def test_part_time_managers_count_only_where_they_may() -> None:
    small = needed_managers(30, is_high_hazard=False)
    assert check_managers(small, full_time_count=0, part_time_count=1, has_department=False).is_met
    chemical = needed_managers(30, is_high_hazard=True)
    assert (
        check_managers(chemical, full_time_count=0, part_time_count=1, has_department=False).missing_count
        == 1
    )
    large = needed_managers(120, is_high_hazard=False)
    found = check_managers(large, full_time_count=2, part_time_count=0, has_department=False)
    assert (found.missing_count, found.lacks_department, found.is_met) == (0, True, False)
