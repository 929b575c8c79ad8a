"""Every model beside a search through all choices on small random cases, and what must hold of any answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.siting.capacity import capacitated_covering, capacitated_median
from geo.siting.center import p_center
from geo.siting.coverage import coverage_of_pairs, coverage_within
from geo.siting.covering import backup_covering, covered_times, expected_covering, maximal_covering
from geo.siting.curve import gain_curve, gained_rows
from geo.siting.median import p_median
from geo.siting.rules import Floors, SiteRules
from geo.siting.set_cover import backup_set_covering, set_covering
from geo.siting.solution import Effort, Reason, Solution, Status
from tests.geo.siting.cases import choices, plain_mclp, plain_p_median, random_case, unit_choices, worth

SEEDS = st.integers(0, 10_000)
few = settings(max_examples=40, deadline=None)


def check_proof(found: Solution, *, most: bool) -> None:
    assert found.objective is not None
    assert found.bound is not None
    assert (found.bound >= found.objective) if most else (found.bound <= found.objective)
    assert found.gap == 0
    assert found.status is Status.OPTIMAL


@few
@given(SEEDS, st.integers(1, 5), st.integers(1, 8))
def test_maximal_covering_is_the_best_of_all(seed: int, count: int, standard: int) -> None:
    cost, weight = random_case(seed)
    found = maximal_covering(coverage_within(cost, standard), weight, SiteRules(count=count))
    assert found.objective == max(worth(cost, weight, standard, c, [1.0]) for c in choices(6, count))
    assert found.objective == pytest.approx(plain_mclp(cost, weight, standard, count))
    check_proof(found, most=True)
    assert worth(cost, weight, standard, found.site_idx.tolist(), [1.0]) == found.objective
    for i, j in enumerate(found.assignment.tolist()):
        near = cost[i, found.site_idx]
        assert (j in found.site_idx and cost[i, j] <= standard) if (near <= standard).any() else j == -1


@few
@given(SEEDS, st.integers(2, 4), st.integers(0, 20).map(lambda twentieths: twentieths / 20))
def test_backup_is_the_best_of_all(seed: int, count: int, second: float) -> None:
    cost, weight = random_case(seed)
    found = backup_covering(coverage_within(cost, 5), weight, SiteRules(count=count), backup_worth=second)
    best = max(worth(cost, weight, 5, c, [1.0, second]) for c in choices(6, count))
    assert found.objective == pytest.approx(best)
    check_proof(found, most=True)


@few
@given(SEEDS, st.integers(1, 4), st.floats(0, 0.9))
def test_expected_covering_is_the_best_of_all(seed: int, units: int, busy: float) -> None:
    cost, weight = random_case(seed, n=7, m=5)
    found = expected_covering(coverage_within(cost, 4), weight, SiteRules(count=units), busy_share=busy)
    values = [(1 - busy) * busy**k for k in range(units)]
    best = max(worth(cost, weight, 4, c, values) for c in unit_choices(5, units))
    assert found.objective == pytest.approx(best)
    check_proof(found, most=True)


@few
@given(SEEDS, st.integers(2, 9))
def test_set_covering_is_the_least_of_all(seed: int, standard: int) -> None:
    cost, _ = random_case(seed)
    found = set_covering(coverage_within(cost, standard))
    full = [c for c in choices(6, 6) if (cost[:, c] <= standard).any(axis=1).all()]
    if not full:
        assert found.reason is Reason.OUT_OF_REACH
        assert all((cost[i] > standard).all() for i in found.culprit_idx)
        return
    assert found.objective == min(len(c) for c in full) == len(found.site_idx)
    assert (covered_times(coverage_within(cost, standard), found.site_idx) > 0).all()
    check_proof(found, most=False)


@few
@given(SEEDS, st.integers(3, 5), st.sampled_from([(), (2,), (0, 4)]))
def test_backup_set_covering_is_the_best_of_all(seed: int, count: int, fixed: tuple[int, ...]) -> None:
    cost, weight = random_case(seed)
    found = backup_set_covering(coverage_within(cost, 6), weight, SiteRules(count=count, fixed=fixed))
    full = [c for c in choices(6, count, fixed) if (cost[:, c] <= 6).any(axis=1).all()]
    if not full:
        assert found.status is Status.INFEASIBLE
        return
    assert found.objective == max(worth(cost, weight, 6, c, [0.0, 1.0]) for c in full)
    check_proof(found, most=True)


@few
@given(SEEDS, st.integers(1, 5))
def test_p_median_is_the_least_of_all(seed: int, count: int) -> None:
    cost, weight = random_case(seed)
    found = p_median(cost, weight, SiteRules(count=count))
    rows = weight > 0
    best = min(float(weight[rows] @ cost[rows][:, c].min(axis=1)) for c in choices(6, count))
    if not np.isfinite(best):
        assert found.status is Status.INFEASIBLE
        return
    assert found.objective == pytest.approx(best)
    check_proof(found, most=False)


@few
@given(SEEDS, st.integers(1, 5))
def test_p_center_is_the_least_of_all(seed: int, count: int) -> None:
    cost, _ = random_case(seed)
    found = p_center(cost, SiteRules(count=count))
    best = min(float(cost[:, c].min(axis=1).max()) for c in choices(6, count))
    if not np.isfinite(best):
        assert found.status is Status.INFEASIBLE
        return
    assert found.objective == best
    check_proof(found, most=False)


@few
@given(SEEDS, st.integers(2, 4), st.integers(0, 36).map(lambda quarters: quarters / 4))
def test_fixed_forbidden_and_budget_are_kept_and_still_best(seed: int, count: int, budget: float) -> None:
    cost, weight = random_case(seed)
    price = np.random.default_rng(seed).integers(0, 5, 6).astype(float)
    rules = SiteRules(count=count, fixed=(1,), forbidden=(3,), cost=price, budget=budget)
    paid = np.where(np.arange(6) == 1, 0, price)
    able = [c for c in choices(6, count, (1,), (3,)) if paid[c].sum() <= budget]
    cover = maximal_covering(coverage_within(cost, 5), weight, rules)
    assert cover.objective == max(worth(cost, weight, 5, c, [1.0]) for c in able)
    median = p_median(np.minimum(cost, 20), weight, rules)
    least = min(float(weight @ np.minimum(cost, 20)[:, c].min(axis=1)) for c in able)
    assert median.objective == pytest.approx(least)
    center = p_center(np.minimum(cost, 20), rules)
    assert center.objective == min(float(np.minimum(cost, 20)[:, c].min(axis=1).max()) for c in able)
    for found in (cover, median, center):
        assert 1 in found.site_idx
        assert 3 not in found.site_idx
        assert len(found.site_idx) <= count
        assert paid[found.site_idx].sum() <= budget + 1e-9


@few
@given(SEEDS, st.integers(2, 4), st.integers(0, 20).map(lambda twentieths: twentieths / 20))
def test_floors_are_kept_or_said_to_be_impossible(seed: int, count: int, share: float) -> None:
    cost, weight = random_case(seed)
    group = np.array([0, 0, 0, 0, 1, 1, 1, -1, -1])
    floors = Floors(group, [share, share])
    found = maximal_covering(coverage_within(cost, 5), weight, SiteRules(count=count), floors=floors)

    def keeps(chosen: list[int]) -> bool:
        is_covered = (cost[:, chosen] <= 5).any(axis=1)
        return all(
            weight[(group == g) & is_covered].sum() >= share * weight[group == g].sum() - 1e-9 for g in (0, 1)
        )

    able = [c for c in choices(6, count) if keeps(c)]
    if not able:
        assert found.status is Status.INFEASIBLE
        assert found.reason in {Reason.FLOOR_OUT_OF_REACH, Reason.RULES}
        return
    assert found.objective == max(worth(cost, weight, 5, c, [1.0]) for c in able)
    assert keeps(found.site_idx.tolist())
    check_proof(found, most=True)


def served_split(cost, weight, room, chosen, *, must: bool) -> float:
    """Serve by a plain linear program: least cost of everybody, or most weight."""
    pairs = [(i, j) for i, j in product(range(len(weight)), chosen) if np.isfinite(cost[i, j])]
    if not pairs:
        return np.inf if must and weight.any() else 0.0
    price = [cost[i, j] * weight[i] if must else -weight[i] for i, j in pairs]
    one = [[float(a == i) for a, _ in pairs] for i in range(len(weight))]
    load = [[float(b == j) * weight[a] for a, b in pairs] for j in chosen]
    within = (
        {"A_ub": load, "b_ub": room[chosen]}
        if must
        else {"A_ub": load + one, "b_ub": [*room[chosen], *np.ones(len(weight))]}
    )
    same = (
        {
            "A_eq": [r for r, w in zip(one, weight, strict=True) if w > 0],
            "b_eq": np.ones(int((weight > 0).sum())),
        }
        if must
        else {}
    )
    done = linprog(price, bounds=(0, 1), **within, **same)
    return abs(float(done.fun)) if done.status == 0 else np.inf


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(1, 3))
def test_capacities_split_are_the_best_of_all(seed: int, count: int) -> None:
    cost, weight = random_case(seed, n=6, m=4)
    room = np.random.default_rng(seed).integers(1, 12, 4).astype(float)
    within = np.where(cost <= 6, cost, np.inf)
    cover = capacitated_covering(coverage_within(cost, 6), weight, room, SiteRules(count=count))
    assert cover.objective == pytest.approx(
        max(served_split(within, weight, room, c, must=False) for c in choices(4, count))
    )
    check_proof(cover, most=True)
    median = capacitated_median(cost, weight, room, SiteRules(count=count))
    best = min(served_split(cost, weight, room, c, must=True) for c in choices(4, count))
    assert (
        median.objective == pytest.approx(best) if np.isfinite(best) else median.status is Status.INFEASIBLE
    )


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_capacities_whole_are_the_best_of_all_and_kept(seed: int) -> None:
    cost, weight = random_case(seed, n=5, m=3)
    room = np.random.default_rng(seed).integers(2, 9, 3).astype(float)
    found = capacitated_covering(coverage_within(cost, 6), weight, room, SiteRules(count=2), may_split=False)
    best = 0.0
    for chosen in choices(3, 2):
        for way in product([-1, *chosen], repeat=5):
            load = np.zeros(3)
            if any(j >= 0 and cost[i, j] > 6 for i, j in enumerate(way)):
                continue
            for i, j in enumerate(way):
                if j >= 0:
                    load[j] += weight[i]
            if (load <= room).all():
                best = max(best, load.sum())
    assert found.objective == pytest.approx(best)
    assert found.shares is not None
    load = np.bincount(found.shares.site_idx, weights=weight[found.shares.demand_idx], minlength=3)
    assert (load <= room + 1e-6).all()


@few
@given(SEEDS)
def test_more_sites_never_cover_less_and_fixing_never_improves(seed: int) -> None:
    cost, weight = random_case(seed, n=30, m=10)
    cover = coverage_within(cost, 2)
    free = [maximal_covering(cover, weight, SiteRules(count=p)).objective for p in range(1, 7)]
    assert free == sorted(free)
    tied = maximal_covering(cover, weight, SiteRules(count=4, fixed=(0, 1))).objective
    assert tied <= free[3]
    wider = maximal_covering(coverage_within(cost, 3), weight, SiteRules(count=3)).objective
    assert wider >= free[2]
    full = np.minimum(cost, 30)
    medians = [p_median(full, weight, SiteRules(count=p)).objective for p in range(1, 7)]
    assert medians == sorted(medians, reverse=True)
    assert p_median(full, weight, SiteRules(count=4, fixed=(0, 1))).objective >= medians[3] - 1e-9


@few
@given(SEEDS)
def test_the_order_of_input_does_not_matter(seed: int) -> None:
    cost, weight = random_case(seed, n=20, m=8)
    random = np.random.default_rng(seed + 1)
    rows, columns = random.permutation(20), random.permutation(8)
    a = maximal_covering(coverage_within(cost, 3), weight, SiteRules(count=3))
    b = maximal_covering(coverage_within(cost[rows][:, columns], 3), weight[rows], SiteRules(count=3))
    assert a.objective == b.objective
    assert covered_times(coverage_within(cost, 3), a.site_idx) @ weight >= a.objective


@pytest.mark.parametrize("count", [3, 12, 40])
def test_p_median_of_eighty_points_beside_a_plain_model(count: int) -> None:
    xy = np.random.default_rng(count).random((80, 2))
    cost = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(-1))
    weight = np.random.default_rng(7).integers(1, 9, 80).astype(float)
    found = p_median(cost, weight, SiteRules(count=count))
    assert found.objective == pytest.approx(plain_p_median(cost, weight, count), rel=1e-6)
    check_proof(found, most=False)


def test_the_curve_rises_and_names_who_is_gained() -> None:
    cost, weight = random_case(3, n=40, m=12)
    cover = coverage_within(cost, 2)
    points = gain_curve(cover, weight, SiteRules(fixed=(0,)), most=6)
    assert [p.count for p in points] == list(range(7))
    gains = [p.gained for p in points]
    assert gains == sorted(gains)
    assert gains[0] == 0
    last = points[-1].solution
    rows = gained_rows(cover, [0], last.site_idx)
    assert weight[rows].sum() == pytest.approx(gains[-1])
    assert (cost[rows, 0] > 2).all()
    for point in points[1:]:
        assert (
            point.solution.objective
            == maximal_covering(cover, weight, SiteRules(count=point.count + 1, fixed=(0,))).objective
        )


def test_pairs_and_matrix_say_the_same() -> None:
    cost, _ = random_case(5, n=12, m=7)
    rows, columns = np.nonzero(cost <= 4)
    order = np.random.default_rng(1).permutation(len(rows))
    pairs = coverage_of_pairs(rows[order], columns[order], demand_count=12, site_count=7)
    matrix = coverage_within(cost, 4)
    assert pairs.first.tolist() == matrix.first.tolist()
    assert pairs.site.tolist() == matrix.site.tolist()


def test_a_run_that_is_stopped_says_so_and_keeps_a_true_bound() -> None:
    random = np.random.default_rng(2)
    xy = random.random((3000, 2))
    cost = np.sqrt(((xy[:, None] - xy[None, :150]) ** 2).sum(-1))
    weight = random.integers(1, 9, 3000).astype(float)
    cover = coverage_within(cost, 0.1)
    best = maximal_covering(cover, weight, SiteRules(count=12))
    asked = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    told = []
    cut = maximal_covering(
        cover, weight, SiteRules(count=12), effort=Effort(should_stop=should_stop, progress=told.append)
    )
    assert cut.status is Status.STOPPED
    assert cut.objective <= best.objective <= cut.bound
    assert cut.gap == pytest.approx((cut.bound - cut.objective) / cut.objective)
    assert told
    near = p_median(cost, weight, SiteRules(count=12), effort=Effort(should_stop=lambda: True))
    assert near.status is Status.STOPPED
    assert near.bound <= near.objective


def test_a_gap_that_suffices_is_named() -> None:
    cost, weight = random_case(11, n=400, m=60)
    found = maximal_covering(coverage_within(cost, 0.5), weight, SiteRules(count=5), effort=Effort(gap=0.5))
    assert found.status in {Status.WITHIN_GAP, Status.OPTIMAL}
    assert found.gap <= 0.5


@pytest.mark.parametrize("seed", range(3))
def test_prices_alone_prove_a_small_gap_where_one_site_could_take_every_unit(seed: int) -> None:
    random = np.random.default_rng(seed)
    demand, sites = random.random((3000, 2)), random.random((120, 2))
    near = coverage_within(np.abs(demand[:, None] - sites[None]).sum(axis=2), 0.12)
    weight = random.integers(1, 6, 3000).astype(float)
    found = expected_covering(near, weight, SiteRules(count=20), busy_share=0.3, effort=Effort(gap=0.02))
    assert (found.status, found.method) == (Status.WITHIN_GAP, "greedy+interchange+lagrangian")
    proven = expected_covering(near, weight, SiteRules(count=20), busy_share=0.3, effort=Effort(gap=0.002))
    assert found.objective is not None
    assert found.bound is not None
    assert proven.objective is not None
    assert proven.objective <= found.bound
    assert found.objective <= proven.bound


def test_one_site_is_proven_best_by_what_each_is_worth_alone() -> None:
    cost, weight = random_case(13, n=400, m=60)
    found = maximal_covering(coverage_within(cost, 0.5), weight, SiteRules(count=1))
    assert (found.status, found.method) == (Status.OPTIMAL, "greedy+interchange")
    assert found.objective == max(weight[cost[:, j] <= 0.5].sum() for j in range(60))


def test_the_clock_that_is_given_limits_the_run() -> None:
    ticks = iter(range(10_000_000))
    cost, weight = random_case(12, n=400, m=60)
    effort = Effort(clock=lambda: float(next(ticks)), time_limit_s=5)
    found = maximal_covering(coverage_within(cost, 0.5), weight, SiteRules(count=5), effort=effort)
    assert found.status is Status.STOPPED
    assert found.seconds is not None
    assert found.seconds >= 5
