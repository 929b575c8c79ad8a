"""Every model that spopt has, beside spopt solved by HiGHS: the same optimum on random towns, with sites that stand and capacities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pulp
import pytest
from spopt.locate import LSCP, LSCPB, MCLP, PCenter, PMedian

from geo.siting.capacity import capacitated_covering, capacitated_median
from geo.siting.center import p_center
from geo.siting.coverage import coverage_within
from geo.siting.covering import maximal_covering
from geo.siting.median import p_median
from geo.siting.rules import SiteRules
from geo.siting.set_cover import backup_set_covering, set_covering
from geo.siting.solution import Reason, Solution, Status
from tests.geo.siting.cases import TOY_COST, TOY_WEIGHT, san_francisco

#: Of how spopt speaks to PuLP, which is spopt's business.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SEEDS = range(8)


def town(seed: int, n: int = 40, m: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """Whole metres along streets, from places to sites in a square, and people with none among them."""
    random = np.random.default_rng(seed)
    demand, sites = random.integers(0, 1000, (n, 2)), random.integers(0, 1000, (m, 2))
    cost = np.abs(demand[:, None] - sites[None]).sum(axis=-1).astype(float)
    return cost, random.integers(0, 60, n).astype(float)


def solved(model: Any) -> float:
    """The optimum that spopt finds through HiGHS."""
    done = model.solve(pulp.HiGHS(msg=False))
    assert pulp.LpStatus[done.problem.status] == "Optimal"
    return float(done.problem.objective.value())


def same(found: Solution, theirs: float) -> None:
    assert found.status is Status.OPTIMAL
    assert found.gap == 0
    assert found.objective == pytest.approx(theirs, rel=1e-9)
    assert found.bound == pytest.approx(theirs, rel=1e-9)


def standing(seed: int, m: int = 14) -> tuple[tuple[int, ...], np.ndarray]:
    """Two sites that stand already, for both to be told."""
    chosen = np.sort(np.random.default_rng(1000 + seed).choice(m, 2, replace=False))
    return tuple(chosen.tolist()), np.isin(np.arange(m), chosen).astype(int)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("standard", [450, 700])
def test_set_covering(seed: int, standard: float) -> None:
    cost, _ = town(seed)
    cost = cost[(cost <= standard).any(axis=1)]  # spopt cannot say that somebody is out of reach
    fixed, as_binary = standing(seed)
    cover = coverage_within(cost, standard)
    same(set_covering(cover), solved(LSCP.from_cost_matrix(cost, standard)))
    with_two = LSCP.from_cost_matrix(cost, standard, predefined_facilities_arr=as_binary)
    same(set_covering(cover, SiteRules(fixed=fixed)), solved(with_two))


@pytest.mark.parametrize("seed", SEEDS)
def test_out_of_reach_is_an_answer_where_spopt_finds_none(seed: int) -> None:
    cost, _ = town(seed)
    least = cost.min(axis=1)
    standard = float(np.sort(least)[-2])
    found = set_covering(coverage_within(cost, standard))
    assert (found.status, found.reason) == (Status.INFEASIBLE, Reason.OUT_OF_REACH)
    assert list(found.culprit_idx) == np.flatnonzero(least > standard).tolist()
    theirs = LSCP.from_cost_matrix(cost, standard)
    theirs.problem.solve(pulp.HiGHS(msg=False))
    assert pulp.LpStatus[theirs.problem.status] != "Optimal"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [2, 4, 7])
def test_maximal_covering(seed: int, count: int) -> None:
    cost, weight = town(seed)
    fixed, as_binary = standing(seed)
    cover = coverage_within(cost, 300)
    same(maximal_covering(cover, weight, SiteRules(count=count)), solved(MCLP.from_cost_matrix(cost, weight, 300, count)))  # fmt: skip
    with_two = MCLP.from_cost_matrix(cost, weight, 300, count, predefined_facilities_arr=as_binary)
    same(maximal_covering(cover, weight, SiteRules(count=count, fixed=fixed)), solved(with_two))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [1, 3, 6])
def test_p_median(seed: int, count: int) -> None:
    cost, weight = town(seed)
    same(p_median(cost, weight, SiteRules(count=count)), solved(PMedian.from_cost_matrix(cost, weight, count)))  # fmt: skip
    if count > 1:
        fixed, as_binary = standing(seed)
        with_two = PMedian.from_cost_matrix(cost, weight, count, predefined_facilities_arr=as_binary)
        same(p_median(cost, weight, SiteRules(count=count, fixed=fixed)), solved(with_two))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [1, 3, 6])
def test_p_center(seed: int, count: int) -> None:
    cost, _ = town(seed, n=25, m=10)
    same(p_center(cost, SiteRules(count=count)), solved(PCenter.from_cost_matrix(cost, count)))
    if count > 1:
        fixed, as_binary = standing(seed, m=10)
        with_two = PCenter.from_cost_matrix(cost, count, predefined_facilities_arr=as_binary)
        same(p_center(cost, SiteRules(count=count, fixed=fixed)), solved(with_two))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("standard", [450, 700])
def test_backup_with_the_fewest_sites(seed: int, standard: float) -> None:
    """LSCP-B: the fewest sites that cover everybody, and of these those that cover most places a second time.

    Spopt's objective also counts the places that one site alone can reach, which nothing covers twice.
    """
    cost, _ = town(seed)
    cost = cost[(cost <= standard).any(axis=1)]
    near = cost <= standard
    found = backup_set_covering(coverage_within(cost, standard), np.ones(len(cost)))
    theirs = LSCPB.from_cost_matrix(cost, standard, pulp.HiGHS(msg=False))
    same(found, solved(theirs) - int((near.sum(axis=1) < 2).sum()))
    chosen = [j for j, variable in enumerate(theirs.fac_vars) if variable.value() > 0.5]
    assert len(chosen) == len(found.site_idx)
    assert found.objective == int((near[:, chosen].sum(axis=1) >= 2).sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_p_median_with_capacities(seed: int) -> None:
    """Everybody goes to one site alone, as spopt has it."""
    cost, weight = town(seed, n=18, m=8)
    weight += 1
    room = np.random.default_rng(seed).integers(int(weight.sum() / 4), int(weight.sum() / 2), 8).astype(float)
    theirs = solved(PMedian.from_cost_matrix(cost, weight, 5, facility_capacities=room))
    same(capacitated_median(cost, weight, room, SiteRules(count=5), may_split=False), theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_as_many_sites_as_a_set_covering_with_capacities_needs_serve_everybody(seed: int) -> None:
    """Spopt's LSCP with capacities, ours as the fewest sites with which the covering with capacities serves all."""
    cost, weight = town(seed, n=30, m=10)
    weight += 1
    standard = float(np.sort(cost, axis=1)[:, 2].max())
    room = np.full(10, np.ceil(weight.sum() / 4))
    fewest = solved(
        LSCP.from_cost_matrix(cost, standard, demand_quantity_arr=weight, facility_capacity_arr=room)
    )
    cover = coverage_within(cost, standard)
    served = [
        capacitated_covering(cover, weight, room, SiteRules(count=count)).objective
        for count in (round(fewest) - 1, round(fewest))
    ]
    assert served[1] == pytest.approx(weight.sum())
    assert served[0] < weight.sum() - 1e-6


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_toy_instance(count: int) -> None:
    same(p_median(TOY_COST, TOY_WEIGHT, SiteRules(count=count)), solved(PMedian.from_cost_matrix(TOY_COST, TOY_WEIGHT, count)))  # fmt: skip
    same(p_center(TOY_COST, SiteRules(count=count)), solved(PCenter.from_cost_matrix(TOY_COST, count)))
    same(maximal_covering(coverage_within(TOY_COST, 3), TOY_WEIGHT, SiteRules(count=count)), solved(MCLP.from_cost_matrix(TOY_COST, TOY_WEIGHT, 3, count)))  # fmt: skip


def test_san_francisco() -> None:
    cost, people = san_francisco()
    same(maximal_covering(coverage_within(cost, 5000), people, SiteRules(count=4)), solved(MCLP.from_cost_matrix(cost, people, 5000, 4)))  # fmt: skip
    same(p_median(cost, people, SiteRules(count=4)), solved(PMedian.from_cost_matrix(cost, people, 4)))
    same(p_center(cost, SiteRules(count=4)), solved(PCenter.from_cost_matrix(cost, 4)))
    same(set_covering(coverage_within(cost, 5000)), solved(LSCP.from_cost_matrix(cost, 5000)))
