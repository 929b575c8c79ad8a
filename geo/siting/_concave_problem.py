"""Keep a reduced covering problem whose covers are worth less and less, and the best of it so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.siting import _cover_kernels as kernels
from geo.siting.coverage import Coverage
from geo.siting.solution import Floats, Ints, relative_gap

_ROUNDING = 1e-5
_MOST_WHOLE = 1e9
"""Whole numbers up to this are told apart by sums of floats far below `_ROUNDING`."""
SLACK = 1e-9
"""What sums of floats may miss a limit by, relative to it."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A reduced problem: classes of demand points, sites in question."""

    coverage: Coverage
    weight: Floats
    value: Floats
    group: Ints
    floor: Floats
    least: Ints
    most: Ints
    cost: Floats
    budget: float
    count: int

    @property
    def rows(self) -> tuple[Ints, NDArray[np.int32], Ints, NDArray[np.int32]]:
        """The sets from both sides, as the kernels take them."""
        return (self.coverage.first, self.coverage.site, *self.coverage.by_site)

    def covered_by_group(self, units: Ints) -> Floats:
        """Weight that units cover at least once, by group."""
        covered, *_ = kernels.begin(self.rows, self.weight, self.value, np.zeros(len(self.weight)), units)
        inside = (self.group >= 0) & (covered > 0)
        return sums(self.group[inside], self.weight[inside], len(self.floor))

    def keeps_floors(self, units: Ints) -> bool:
        """Say whether units meet every group's floor."""
        return bool((self.covered_by_group(units) >= self.floor - SLACK * (1 + self.floor)).all())

    def floor_worth(self, price: Floats) -> Floats:
        """Price of the floors, added to the first cover of each class."""
        if not len(self.floor):
            return np.zeros(len(self.weight))
        padded = np.append(price, 0.0)
        priced: Floats = self.weight * padded[self.group]
        return priced

    def rounded(self, bound: float) -> float:
        """Lower a bound to the next whole number where only whole numbers can be reached."""
        is_whole = len(self.value) == 1 and self.value[0] == 1 and bool((self.weight % 1 == 0).all())
        return float(np.floor(bound + _ROUNDING)) if is_whole and bound < _MOST_WHOLE else bound

    def objective(self, units: Ints) -> float:
        """Work out what units are worth, floors apart."""
        return float(kernels.begin(self.rows, self.weight, self.value, np.zeros(len(self.weight)), units)[3])


@dataclass(eq=False)
class Best:
    """The best units and the least bound so far."""

    units: Ints | None = None
    objective: float = -float("inf")
    bound: float = float("inf")
    price: Floats | None = None
    site_price: Floats | None = None
    floor_price: Floats | None = None

    def offer(self, problem: Problem, units: Ints) -> None:
        """Take units when they are better and keep the floors."""
        worth = problem.objective(units)
        if worth > self.objective and problem.keeps_floors(units):
            self.units, self.objective = units.copy(), worth

    @property
    def gap(self) -> float:
        """Relative gap between the two."""
        return relative_gap(None if self.units is None else self.objective, self.bound)


def sums(number: Ints, weight: Floats, count: int) -> Floats:
    """Add up weights by number."""
    return np.bincount(number, weights=weight, minlength=count).astype(np.float64)
