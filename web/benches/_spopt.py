"""Ask spopt (a peer in benches and tests only) for siting models, solved by HiGHS in a process of its own."""

from __future__ import annotations

import importlib.util
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OVERRUN = 3
"""How many times its limit a peer may take, model building and all, before it is ended."""


class Peer(NamedTuple):
    """What a peer answers: seconds for building and solving, the relative gap, the objective; ``inf`` and NaN without one."""

    seconds: float
    gap: float
    objective: float


def is_there() -> bool:
    """Say whether spopt is installed: it comes with what the tests need."""
    return importlib.util.find_spec("spopt") is not None


def ask(model: str, cost: Floats, weight: Floats, *, count: int, standard: float, limit_s: float) -> Peer:
    """Build and solve one of ``mclp``, ``lscp``, ``p_median``, ``p_center``, ended when it overruns its limit."""
    begun = time.perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        asked = pool.submit(_solve, model, cost, weight, count, standard, limit_s)
        try:
            return asked.result(timeout=OVERRUN * limit_s)
        except TimeoutError:
            for process in list(pool._processes.values()):  # noqa: SLF001 - the pool has no public way to end a worker
                process.kill()
            return Peer(time.perf_counter() - begun, float("inf"), float("nan"))


def _solve(model: str, cost: Floats, weight: Floats, count: int, standard: float, limit_s: float) -> Peer:
    import pulp  # noqa: PLC0415 - installed with the tests only
    from spopt import locate  # noqa: PLC0415

    begun = time.perf_counter()
    problem: Any
    if model == "mclp":
        problem = locate.MCLP.from_cost_matrix(cost, weight, standard, count).problem
    elif model == "lscp":
        problem = locate.LSCP.from_cost_matrix(cost, standard).problem
    elif model == "p_median":
        problem = locate.PMedian.from_cost_matrix(cost, weight, count).problem
    else:
        problem = locate.PCenter.from_cost_matrix(cost, count).problem
    problem.solve(pulp.HiGHS(msg=False, timeLimit=limit_s, gapRel=0.0))
    took_s = time.perf_counter() - begun
    facts = problem.solverModel.getInfo()
    value = problem.objective.value()
    if value is None or not np.isfinite(facts.mip_gap):
        return Peer(took_s, float("inf"), float("nan"))
    return Peer(took_s, float(facts.mip_gap), float(value))
