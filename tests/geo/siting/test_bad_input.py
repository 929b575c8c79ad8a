"""What cannot be asked is refused with its field; what has no answer is answered so."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import SitingError
from geo.siting.capacity import capacitated_covering, capacitated_median
from geo.siting.center import p_center
from geo.siting.coverage import coverage_of_pairs, coverage_within
from geo.siting.covering import backup_covering, expected_covering, maximal_covering
from geo.siting.curve import gain_curve
from geo.siting.median import p_median
from geo.siting.rules import Floors, SiteRules
from geo.siting.set_cover import set_covering
from geo.siting.solution import Effort, Reason, Status

COST = np.array([[1.0, 4.0], [4.0, 1.0], [2.0, 9.0]])
COVER = coverage_within(COST, 2)
ONE = [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=3)), "count"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=0)), "count"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1.5)), "count"),
        (lambda: maximal_covering(COVER, ONE, SiteRules()), "count"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1, fixed=(0, 1))), "count"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=2, forbidden=(0,))), "count"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1, fixed=(5,))), "fixed"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1, forbidden=(-1,))), "forbidden"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1, fixed=(0,), forbidden=(0,))), "forbidden"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(budget=-1)), "budget"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(budget=float("nan"))), "budget"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(budget=1, cost=[1, -1])), "cost"),
        (lambda: maximal_covering(COVER, [1, -1, 1], SiteRules(count=1)), "weight"),
        (lambda: maximal_covering(COVER, [1, float("nan"), 1], SiteRules(count=1)), "weight"),
        (lambda: maximal_covering(COVER, [1, 1], SiteRules(count=1)), "weight"),
        (lambda: maximal_covering(COVER, ["a", 1, 1], SiteRules(count=1)), "weight"),
        (lambda: coverage_within(COST, 0), "standard"),
        (lambda: coverage_within(COST, float("nan")), "standard"),
        (lambda: coverage_within(COST, float("inf")), "standard"),
        (lambda: coverage_within([[1.0, float("nan")]], 1), "cost_matrix"),
        (lambda: coverage_within([[1.0, -2.0]], 1), "cost_matrix"),
        (lambda: coverage_within(np.zeros((0, 3)), 1), "cost_matrix"),
        (lambda: p_median(np.zeros((3, 0)), ONE, SiteRules(count=1)), "cost_matrix"),
        (lambda: p_median(COST, ONE, SiteRules(count=1), limit=0), "limit"),
        (lambda: p_center(COST, SiteRules(count=9)), "count"),
        (lambda: coverage_of_pairs([0], [9], demand_count=1, site_count=2), "pairs"),
        (lambda: coverage_of_pairs([0, 1], [0], demand_count=2, site_count=2), "pairs"),
        (lambda: expected_covering(COVER, ONE, SiteRules(count=2), busy_share=1), "busy_share"),
        (lambda: backup_covering(COVER, ONE, SiteRules(count=2), backup_worth=2), "backup_worth"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1), floors=Floors([0, 0], [1])), "floors"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1), floors=Floors([0, 0, 3], [1])), "floors"),
        (lambda: maximal_covering(COVER, ONE, SiteRules(count=1), floors=Floors([0, 0, 0], [1.5])), "floors"),
        (lambda: capacitated_covering(COVER, ONE, [1, -1], SiteRules(count=1)), "capacity"),
        (lambda: gain_curve(COVER, ONE, SiteRules(), most=0), "most"),
        (lambda: gain_curve(COVER, ONE, SiteRules(fixed=(0,)), most=2), "count"),
        (lambda: Effort(gap=1), "gap"),
        (lambda: Effort(time_limit_s=0, clock=lambda: 0.0), "time_limit_s"),
        (lambda: Effort(time_limit_s=9), "clock"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field(ask, field: str) -> None:
    with pytest.raises(SitingError) as caught:
        ask()
    assert caught.value.field == field
    assert isinstance(caught.value, ValueError)
    assert any("一" <= c <= "龥" for c in str(caught.value))


def test_five_thousand_candidates_for_one_site() -> None:
    random = np.random.default_rng(4)
    xy, sites = random.random((2000, 2)), random.random((5000, 2))
    cost = np.sqrt(((xy[:, None] - sites[None]) ** 2).sum(-1))
    found = maximal_covering(coverage_within(cost, 0.15), np.ones(2000), SiteRules(count=1))
    assert found.objective == (cost <= 0.15).sum(axis=0).max()
    assert found.status is Status.OPTIMAL
    near = p_median(cost[:400], np.ones(400), SiteRules(count=1))
    assert near.objective == pytest.approx(cost[:400].sum(axis=0).min())
    assert near.status is Status.OPTIMAL


def test_nothing_to_cover_is_an_answer() -> None:
    nobody = coverage_of_pairs([], [], demand_count=3, site_count=2)
    found = maximal_covering(nobody, ONE, SiteRules(count=1))
    assert (found.objective, found.bound, found.status) == (0, 0, Status.OPTIMAL)
    assert found.assignment.tolist() == [-1, -1, -1]
    weightless = maximal_covering(COVER, [0, 0, 0], SiteRules(count=1))
    assert (weightless.objective, weightless.status) == (0, Status.OPTIMAL)


def test_no_answer_says_why() -> None:
    alone = set_covering(coverage_within(COST, 1))
    assert (alone.status, alone.reason, alone.culprit_idx) == (Status.INFEASIBLE, Reason.OUT_OF_REACH, (2,))
    short = set_covering(COVER, SiteRules(count=1))
    assert (short.status, short.reason) == (Status.INFEASIBLE, Reason.RULES)
    floors = Floors([0, 0, 1], [0.0, 1.0])
    beyond = maximal_covering(coverage_within(COST, 1), ONE, SiteRules(count=2), floors=floors)
    assert (beyond.reason, beyond.culprit_idx) == (Reason.FLOOR_OUT_OF_REACH, (1,))
    cut = p_median(np.where(COST > 2, np.inf, COST), ONE, SiteRules(count=1))
    assert (cut.status, cut.reason) == (Status.INFEASIBLE, Reason.RULES)
    nowhere = p_median([[np.inf, np.inf], [1.0, 1.0]], [1, 1], SiteRules(count=1))
    assert (nowhere.reason, nowhere.culprit_idx) == (Reason.OUT_OF_REACH, (0,))
    full = capacitated_median(COST, ONE, [1, 1], SiteRules(count=2))
    assert (full.status, full.reason, full.objective) == (Status.INFEASIBLE, Reason.RULES, None)
