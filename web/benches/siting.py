"""Measure siting on a made-up city's network: time and proven gap, beside a plain HiGHS model and spopt with HiGHS."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack, vstack

from geo.network import Network
from geo.scenario import Impedance, Scenario, weigh
from geo.siting.center import p_center
from geo.siting.coverage import Coverage, coverage_within
from geo.siting.covering import expected_covering, maximal_covering
from geo.siting.curve import gain_curve
from geo.siting.median import p_median
from geo.siting.network_reach import Reach, network_reach
from geo.siting.rules import Floors, SiteRules
from geo.siting.set_cover import set_covering
from geo.siting.solution import Effort, Solution
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from web.benches import _spopt
from web.benches.network import SIDES, lattice_city

NAMES = ("siting",)
OPTIONS = ("with_peers",)
_DEMAND = {"small": 5_000, "medium": 40_000, "large": 130_000}
_SITES = {"small": 100, "medium": 300, "large": 1_000}
_VERTICES = {"small": 200, "medium": 500, "large": 900}
_STANDARD_S = 600.0
_LIMIT_S = 60.0
_OVERRUN = 3
"""How many times its limit the plain model may take before it is ended."""
#: What spopt is asked for, demand × sites: it writes its models pair by pair, and larger ones take it minutes.
_TOWN, _TOWN_MEDIAN, _TOWN_CENTRE = (2_000, 60), (300, 40), (200, 40)
#: What HiGHS calls optimal leaves a gap of rounding.
_PROVEN = 1e-6
_GAP = 0.02
_CENTRES = 80


def run(name: str, size: str = "large", *, with_peers: bool = True) -> dict[str, Any]:
    """Measure each model once; times in seconds, gaps in per cent, each also the plain model's under the same limit.

    Raises
    ------
    KeyError
        When ``size`` is not one of `SIDES`.
    """
    network = lattice_city(SIDES[size])
    impedance = weigh(network, Scenario(hour_of_week=18))
    _warm_up()
    demand_at = _places(network, _DEMAND[size], seed=1)
    sites_at = _places(network, _SITES[size], seed=2)
    begun = time.perf_counter()
    reach = network_reach(impedance, snap(network, sites_at), snap(network, demand_at), limit_s=_STANDARD_S)
    reach_s = time.perf_counter() - begun
    weight = np.random.default_rng(3).integers(1, 6, len(demand_at)).astype(np.float64)
    figures = _covering(reach, weight, demand_at, with_peers=with_peers)
    vertices = snap(network, _places(network, _VERTICES[size], seed=4))
    table = travel_time_matrix(impedance, vertices, vertices).T
    figures |= _medians(np.where(np.isfinite(table), table, 86_400.0), with_peers=with_peers)
    if with_peers and _spopt.is_there():
        figures |= _beside_spopt(network, impedance)
    return {
        "bench": name, "size": size, "nodes": network.node_count, "demand": len(demand_at), "sites": len(sites_at),
        "standard_s": _STANDARD_S, "time_limit_s": _LIMIT_S, "pairs": len(reach.time_ms),
        "reach_s": round(reach_s, 2), "figures": figures,
    }  # fmt: skip


def _warm_up() -> None:
    table = np.random.default_rng(0).random((30, 10))
    near = Coverage(np.arange(31), np.zeros(30, np.int32), 10)
    maximal_covering(near, np.ones(30), SiteRules(count=2))
    p_median(table, np.ones(30), SiteRules(count=2))


def _places(network: Network, count: int, *, seed: int) -> NDArray[np.float64]:
    """Draw places around centres, some thick and some thin, as a city has them."""
    random = np.random.default_rng(seed)
    west, south, east, north = network.bounds
    low, span = np.array([west, south]), np.array([east - west, north - south])
    centres = np.random.default_rng(9).random((_CENTRES, 2))
    share = np.random.default_rng(10).pareto(1.2, _CENTRES) + 0.2
    of = random.choice(_CENTRES, count, p=share / share.sum())
    at = centres[of] + random.normal(0, 0.03, (count, 2))
    spread = random.random((count, 2))
    placed: NDArray[np.float64] = low + span * np.where(
        random.random((count, 1)) < 0.25, spread, np.clip(at, 0, 1)
    )
    return placed


def _effort(gap: float) -> Effort:
    return Effort(gap=gap, time_limit_s=_LIMIT_S, clock=time.perf_counter)


def _row(found: Solution, peer: tuple[float, float, float] | None) -> dict[str, Any]:
    row = {
        "s": round(found.seconds or 0.0, 2),
        "objective": found.objective,
        "gap_pct": round(100 * found.gap, 4),
        "classes": found.reduction.demand_after if found.reduction else None,
    }
    if peer is not None:
        row |= {"plain_s": round(peer[0], 1), "plain_gap_pct": round(100 * peer[1], 3) if np.isfinite(peer[1]) else None}  # fmt: skip
    return row


def _covering(
    reach: Reach, weight: NDArray[np.float64], demand_at: NDArray[np.float64], *, with_peers: bool
) -> dict[str, dict[str, Any]]:
    cover = reach.within(_STANDARD_S)
    fewest = set_covering(cover.rows(np.flatnonzero(np.diff(cover.first) > 0)), effort=_effort(0.0))
    figures = {"LSCP, everything in reach": _row(fewest, None)}
    middle = max(len(fewest.site_idx) // 2, 3)
    for count in sorted({max(middle // 4, 2), middle}):
        peer = _plain_mclp(cover, weight, count) if with_peers else None
        rules = SiteRules(count=count)
        figures[f"MCLP p={count}, 2 % asked"] = _row(maximal_covering(cover, weight, rules, effort=_effort(_GAP)), peer)  # fmt: skip
        figures[f"MCLP p={count}, a proof asked"] = _row(maximal_covering(cover, weight, rules, effort=_effort(0.0)), peer)  # fmt: skip
    quarter = (demand_at[:, 0] > np.median(demand_at[:, 0])) + 2 * (
        demand_at[:, 1] > np.median(demand_at[:, 1])
    )
    share = 0.5 * min(1.0, figures[f"MCLP p={middle}, 2 % asked"]["objective"] / weight.sum())
    floors = Floors(quarter.astype(np.int64), np.full(4, share))
    kept = maximal_covering(cover, weight, SiteRules(count=middle), floors=floors, effort=_effort(_GAP))
    figures[f"MCLP p={middle}, a floor in four districts"] = _row(kept, None)
    busy = expected_covering(cover, weight, SiteRules(count=middle), busy_share=0.3, effort=_effort(_GAP))
    figures[f"MEXCLP {middle} units, q 0.3"] = _row(busy, None)
    begun = time.perf_counter()
    points = gain_curve(cover, weight, SiteRules(), most=10, effort=_effort(_GAP))
    figures["curve, 1 to 10 sites"] = {
        "s": round(time.perf_counter() - begun, 2), "objective": points[-1].solution.objective,
        "gap_pct": round(100 * max(p.solution.gap for p in points), 4),
    }  # fmt: skip
    return figures


def _medians(table: NDArray[np.float64], *, with_peers: bool) -> dict[str, dict[str, Any]]:
    n = len(table)
    weight = np.random.default_rng(5).integers(1, 100, n).astype(np.float64)
    figures = {}
    for count in sorted({1, 2, 5, n // 90, n // 45, n // 18, n // 10, n // 6, n // 3, n // 2, n - 1}):
        peer = _plain_median(table, weight, count) if with_peers and n <= 200 else None
        found = p_median(table, weight, SiteRules(count=count), effort=_effort(0.0))
        figures[f"p-median of {n}, p={count}"] = _row(found, peer)
    return figures


def _beside_spopt(network: Network, impedance: Impedance) -> dict[str, dict[str, Any]]:
    """Put the same table to our models and to spopt's, all asked for a proof, one after another in this run."""
    cost, weight = _town(network, impedance, *_TOWN)
    middle, middle_weight = _town(network, impedance, *_TOWN_MEDIAN)
    small, people = _town(network, impedance, *_TOWN_CENTRE)
    near = cost[(cost <= _STANDARD_S).any(axis=1)]
    cover = coverage_within(cost, _STANDARD_S)
    problems: dict[
        str, tuple[Solution, str, tuple[NDArray[np.float64], NDArray[np.float64]], int, float]
    ] = {}
    for count in (3, 8):
        found = maximal_covering(cover, weight, SiteRules(count=count), effort=_effort(0.0))
        problems[f"MCLP {_TOWN[0]} × {_TOWN[1]}, p={count}"] = (
            found,
            "mclp",
            (cost, weight),
            count,
            _STANDARD_S,
        )
    found = set_covering(coverage_within(near, _STANDARD_S), effort=_effort(0.0))
    problems[f"LSCP {len(near)} × {_TOWN[1]}"] = (found, "lscp", (near, weight), 0, _STANDARD_S)
    for count in (3, 8):
        found = p_median(middle, middle_weight, SiteRules(count=count), effort=_effort(0.0))
        problems[f"p-median {_TOWN_MEDIAN[0]} × {_TOWN_MEDIAN[1]}, p={count}"] = (
            found, "p_median", (middle, middle_weight), count, 0.0
        )  # fmt: skip
    found = p_center(small, SiteRules(count=5), effort=_effort(0.0))
    problems[f"p-centre {_TOWN_CENTRE[0]} × {_TOWN_CENTRE[1]}, p=5"] = (
        found,
        "p_center",
        (small, people),
        5,
        0.0,
    )
    figures = {}
    for name, (own, model, table, count, limit) in problems.items():
        theirs = _spopt.ask(model, *table, count=count, standard=limit, limit_s=_LIMIT_S)
        is_same = own.objective is not None and bool(np.isclose(own.objective, theirs.objective, rtol=1e-6))
        figures[name] = _row(own, None) | {
            "spopt_s": round(theirs.seconds, 1), "spopt_gap_pct": round(100 * theirs.gap, 3) if np.isfinite(theirs.gap) else None,
            "same": is_same if theirs.gap <= _PROVEN else None,
        }  # fmt: skip
    return figures


def _town(
    network: Network, impedance: Impedance, demand: int, sites: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give seconds from sites to places of demand, a day where there is no way, and weights."""
    places = snap(network, _places(network, demand, seed=6))
    table = travel_time_matrix(impedance, snap(network, _places(network, sites, seed=7)), places).T
    weight = np.random.default_rng(8).integers(1, 6, demand).astype(np.float64)
    return np.where(np.isfinite(table), np.round(table), 86_400.0), weight


def _plain_mclp(cover: Coverage, weight: NDArray[np.float64], count: int) -> tuple[float, float, float]:
    """Hand the textbook model to HiGHS as it is: nothing merged, nothing left out, no start."""
    n, m = len(cover), cover.site_count
    covers = csr_array((-np.ones(len(cover.site)), cover.site, cover.first), shape=(n, m))
    tie = hstack([covers, eye_array(n)], format="csr")
    sites = csr_array(np.concatenate([np.ones(m), np.zeros(n)])[None, :])
    return _plain(np.concatenate([np.zeros(m), -weight]), vstack([tie, sites], format="csr"), np.zeros(n), count, whole=m)  # fmt: skip


def _plain_median(
    table: NDArray[np.float64], weight: NDArray[np.float64], count: int
) -> tuple[float, float, float]:
    n, m = table.shape
    pair = np.arange(n * m)
    one = csr_array((np.ones(n * m), (pair // m, m + pair)), shape=(n, m + n * m))
    tie = csr_array(
        (
            np.tile([1.0, -1.0], n * m),
            (np.repeat(pair, 2), np.column_stack([m + pair, pair % m]).reshape(-1)),
        ),
        shape=(n * m, m + n * m),
    )
    sites = csr_array(np.concatenate([np.ones(m), np.zeros(n * m)])[None, :])
    rows = vstack([-one, tie, sites], format="csr")
    right = np.concatenate([-np.ones(n), np.zeros(n * m)])
    return _plain(np.concatenate([np.zeros(m), (table * weight[:, None]).reshape(-1)]), rows, right, count, whole=m)  # fmt: skip


def _plain(
    cost: NDArray[np.float64], rows: Any, right: NDArray[np.float64], count: int, *, whole: int
) -> tuple[float, float, float]:
    """Minimise ``cost`` under ``rows <= right, count`` in a process of its own, ended when it overruns its limit; give seconds and gap."""
    begun = time.perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        asked = pool.submit(_solve_plain, cost, rows, right, count, whole)
        try:
            return asked.result(timeout=_OVERRUN * _LIMIT_S)
        except TimeoutError:
            for process in list(pool._processes.values()):  # noqa: SLF001 - the pool has no public way to end a worker
                process.kill()
            return time.perf_counter() - begun, float("inf"), float("nan")


def _solve_plain(
    cost: NDArray[np.float64], rows: Any, right: NDArray[np.float64], count: int, whole: int
) -> tuple[float, float, float]:
    highs = highspy.Highs()
    for option, value in (("output_flag", False), ("time_limit", _LIMIT_S), ("mip_rel_gap", 0.0)):
        highs.setOptionValue(option, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), rows.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), np.ones(len(cost))
    lp.row_lower_ = np.full(rows.shape[0], -np.inf)
    lp.row_upper_ = np.append(right, float(count))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    kind = highspy.HighsVarType
    lp.integrality_ = [kind.kInteger] * whole + [kind.kContinuous] * (len(cost) - whole)
    begun = time.perf_counter()
    highs.passModel(lp)
    highs.run()
    facts = highs.getInfo()
    took_s = time.perf_counter() - begun
    has_answer = facts.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    gap = float(facts.mip_gap) if has_answer else float("inf")
    return took_s, gap, float(facts.objective_function_value)
