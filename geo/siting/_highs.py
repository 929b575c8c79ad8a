"""Hand linear models with whole-number columns to HiGHS, and give back what it found and proved."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from geo.siting.solution import Floats, Ints, Watch

_PROVEN = 1e-9


@dataclass(frozen=True, eq=False)
class Model:
    """
    A linear model, to be minimised.

    Attributes
    ----------
    cost, lower, upper : ndarray of float64, shape (c,)
        Of the columns.
    is_whole : ndarray of bool, shape (c,)
    row_first, column, coefficient : ndarray
        Rows, one after the other.
    row_lower, row_upper : ndarray of float64, shape (r,)
    """

    cost: Floats
    lower: Floats
    upper: Floats
    is_whole: NDArray[np.bool_]
    row_first: Ints
    column: Ints
    coefficient: Floats
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """
    What HiGHS answered.

    Attributes
    ----------
    value : ndarray of float64, shape (c,), or None
        None without an answer.
    objective : float or None
    bound : float
        ``-inf`` while unknown.
    is_infeasible : bool
    is_proven : bool
        Whether the objective is proven least.
    """

    value: Floats | None
    objective: float | None
    bound: float
    is_infeasible: bool
    is_proven: bool


class Rows:
    """Collect the rows of a model."""

    def __init__(self) -> None:
        self._size: list[Ints] = []
        self._column: list[Ints] = []
        self._coefficient: list[Floats] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []

    def add(self, columns: Ints, coefficients: Floats, lower: float, upper: float) -> None:
        """Add one row."""
        self.add_many(np.array([len(columns)]), columns, coefficients, np.array([lower]), np.array([upper]))

    def add_many(
        self, sizes: Ints, columns: Ints, coefficients: Floats, lower: Floats, upper: Floats
    ) -> None:
        """Add rows of given sizes, their entries one after the other."""
        self._size.append(np.asarray(sizes, np.int64))
        self._column.append(np.asarray(columns, np.int64))
        self._coefficient.append(np.asarray(coefficients, np.float64))
        self._lower.append(np.asarray(lower, np.float64))
        self._upper.append(np.asarray(upper, np.float64))

    def model(self, cost: Floats, lower: Floats, upper: Floats, is_whole: NDArray[np.bool_]) -> Model:
        """Make the model of the rows and the columns given."""
        sizes = np.concatenate([np.zeros(1, np.int64), *self._size])
        return Model(
            cost, lower, upper, is_whole, np.cumsum(sizes), _joined(self._column, np.int64),
            _joined(self._coefficient, np.float64), _joined(self._lower, np.float64), _joined(self._upper, np.float64),
        )  # fmt: skip


def solve(
    model: Model, watch: Watch, *, start: Floats | None = None, gap: float = 0.0, cutoff: float | None = None
) -> Found:
    """
    Minimise a model.

    Parameters
    ----------
    model : Model
    watch : Watch
        Its limit and stop are kept.
    start : ndarray of float64, shape (c,), optional
        A known answer.
    gap : float
        Relative gap that suffices.
    cutoff : float, optional
        End as soon as the bound exceeds this or an answer reaches it.

    Returns
    -------
    Found
    """
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)  # noqa: FBT003 - the value of an option
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    if np.isfinite(watch.left_s):
        highs.setOptionValue("time_limit", max(watch.left_s, 0.01))
    if cutoff is not None:
        highs.setOptionValue("objective_target", cutoff)
    highs.passModel(_lp(model))
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        highs.setSolution(known)

    def look(event: highspy.highs.HighsCallbackEvent) -> None:
        if watch.must_end():
            event.interrupt()

    for callback in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        callback.subscribe(look)
    highs.run()
    return _read(highs, model, watch)


def _read(highs: highspy.Highs, model: Model, watch: Watch) -> Found:
    status = highs.getModelStatus()
    facts = highs.getInfo()
    known = highspy.HighsModelStatus
    if status == known.kInfeasible:
        return Found(None, None, float("inf"), is_infeasible=True, is_proven=True)
    has_answer = facts.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    value = np.array(highs.getSolution().col_value) if has_answer else None
    objective = float(facts.objective_function_value) if has_answer else None
    is_whole = bool(model.is_whole.any())
    bound = float(facts.mip_dual_bound) if is_whole else (objective if status == known.kOptimal else None)
    bound = -float("inf") if bound is None or abs(bound) >= highspy.kHighsInf else bound
    is_proven = status == known.kOptimal and (
        not is_whole or (objective is not None and objective - bound <= _PROVEN * max(1.0, abs(objective)))
    )
    if is_proven and objective is not None:
        bound = objective
    watch.must_end()
    return Found(value, objective, bound, is_infeasible=False, is_proven=is_proven)


def _lp(model: Model) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.row_first
    lp.a_matrix_.index_ = model.column
    lp.a_matrix_.value_ = model.coefficient
    if model.is_whole.any():
        kind = np.array([highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger], object)
        lp.integrality_ = kind[model.is_whole.astype(np.int64)].tolist()
    return lp


def _joined(parts: list[NDArray], kind: type) -> NDArray:
    return np.concatenate(parts) if parts else np.zeros(0, kind)
