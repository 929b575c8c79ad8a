"""Published and hand-countable values: the toy instance, and San Francisco's 205 tracts and 16 stores."""

from __future__ import annotations

import numpy as np
import pytest

from geo.siting.center import p_center
from geo.siting.coverage import coverage_within
from geo.siting.covering import expected_covering, maximal_covering
from geo.siting.median import p_median
from geo.siting.rules import SiteRules
from geo.siting.set_cover import backup_set_covering, set_covering
from geo.siting.solution import Reason, Status
from tests.geo.siting.cases import TOY_COST, TOY_WEIGHT, choices, people_unsorted, san_francisco, worth

SF_COST, SF_PEOPLE = san_francisco()


@pytest.mark.parametrize(("count", "expected", "sites"), [(1, 94, [2]), (2, 52, [3, 5]), (3, 33, [3, 5, 7])])
def test_toy_p_median(count: int, expected: float, sites: list[int]) -> None:
    found = p_median(TOY_COST, TOY_WEIGHT, SiteRules(count=count))
    assert (found.objective, found.site_idx.tolist(), found.status) == (expected, sites, Status.OPTIMAL)


@pytest.mark.parametrize(("count", "expected"), [(1, 7), (2, 5), (3, 4)])
def test_toy_p_center(count: int, expected: float) -> None:
    found = p_center(TOY_COST, SiteRules(count=count))
    assert (found.objective, found.bound, found.status) == (expected, expected, Status.OPTIMAL)


@pytest.mark.parametrize(("count", "expected"), [(1, 6), (2, 12), (3, 17)])
def test_toy_maximal_covering(count: int, expected: float) -> None:
    found = maximal_covering(coverage_within(TOY_COST, 3), TOY_WEIGHT, SiteRules(count=count))
    assert (found.objective, found.bound, found.gap, found.status) == (expected, expected, 0, Status.OPTIMAL)


@pytest.mark.parametrize(("standard", "expected"), [(2, 7), (3, 4), (4, 3), (5, 2)])
def test_toy_set_covering(standard: float, expected: float) -> None:
    found = set_covering(coverage_within(TOY_COST, standard))
    assert (found.objective, found.status) == (expected, Status.OPTIMAL)


@pytest.mark.parametrize(("units", "expected"), [(2, 8.4), (3, 11.9), (4, 14.7)])
def test_toy_expected_covering(units: int, expected: float) -> None:
    found = expected_covering(
        coverage_within(TOY_COST, 3), TOY_WEIGHT, SiteRules(count=units), busy_share=0.3
    )
    assert found.objective == pytest.approx(expected, abs=1e-9)
    assert (found.status, len(found.site_idx)) == (Status.OPTIMAL, units)


@pytest.mark.parametrize("standard", [3, 4, 5])
def test_toy_backup_with_the_fewest_sites(standard: float) -> None:
    fewest = int(set_covering(coverage_within(TOY_COST, standard)).objective or 0)
    found = backup_set_covering(coverage_within(TOY_COST, standard), TOY_WEIGHT)
    full = [c for c in choices(8, fewest) if (TOY_COST[:, c] <= standard).any(axis=1).all()]
    best = max(worth(TOY_COST, TOY_WEIGHT, standard, c, [0.0, 1.0]) for c in full)
    assert (found.objective, len(found.site_idx), found.status) == (best, fewest, Status.OPTIMAL)


@pytest.mark.parametrize(("standard", "expected"), [(5000, 8), (6000, 5), (8000, 3)])
def test_san_francisco_set_covering(standard: float, expected: float) -> None:
    assert set_covering(coverage_within(SF_COST, standard)).objective == expected


@pytest.mark.parametrize(("standard", "without"), [(3000, 36), (4000, 5)])
def test_san_francisco_cannot_be_covered_more_closely(standard: float, without: int) -> None:
    found = set_covering(coverage_within(SF_COST, standard))
    assert (found.status, found.reason, len(found.culprit_idx)) == (
        Status.INFEASIBLE,
        Reason.OUT_OF_REACH,
        without,
    )
    assert (SF_COST[list(found.culprit_idx)].min(axis=1) > standard).all()


def test_san_francisco_maximal_covering() -> None:
    found = maximal_covering(coverage_within(SF_COST, 5000), SF_PEOPLE, SiteRules(count=4))
    assert (found.objective, found.status) == (875_247, Status.OPTIMAL)
    assert 100 * (found.assignment >= 0).mean() == pytest.approx(89.756, abs=5e-4)  # of tracts, not of people


def test_san_francisco_p_median() -> None:
    found = p_median(SF_COST, SF_PEOPLE, SiteRules(count=4))
    assert found.objective == pytest.approx(2_848_268_129.7145, abs=1e-3)
    assert found.details["mean"] == pytest.approx(2982.1268579890657, abs=1e-9)
    assert found.status is Status.OPTIMAL


@pytest.mark.parametrize(
    ("count", "expected"), [(1, 11_577.279), (2, 9130.759), (3, 7529.986), (4, 7403.064), (5, 5985.500)]
)
def test_san_francisco_p_center(count: int, expected: float) -> None:
    found = p_center(SF_COST, SiteRules(count=count))
    assert found.objective == pytest.approx(expected, abs=6e-4)
    assert found.status is Status.OPTIMAL


def test_people_in_the_wrong_order_give_the_answers_known_to_be_wrong() -> None:
    """Trap T12: the demand file sorts by another column than the distances, and the wrong answers look like answers."""
    tracts, people = people_unsorted()
    in_order = people[np.argsort(tracts)]
    assert np.array_equal(in_order, SF_PEOPLE)  # joined by name both files say the same
    cover, rules = coverage_within(SF_COST, 5000), SiteRules(count=4)
    assert maximal_covering(cover, people, rules).objective == 870_187
    assert p_median(SF_COST, people, rules).objective == pytest.approx(2_938_326_503.9416, abs=1e-3)
    assert maximal_covering(cover, in_order, rules).objective == 875_247
