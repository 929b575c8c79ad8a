"""Answer a siting study: put its inputs to the model it names, and say before and after in figures that can be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.siting_curves import CurveEffort, CurveStep, draw, nothing_added
from data.siting_inputs import SitingInputs
from data.siting_question import COVERING, EACH_COUNTS, SitingQuestion
from geo.errors import SitingError
from geo.siting.capacity import capacitated_covering, capacitated_median
from geo.siting.center import p_center
from geo.siting.coverage import Coverage
from geo.siting.covering import backup_covering, expected_covering, maximal_covering
from geo.siting.median import p_median
from geo.siting.rules import Floors, SiteRules
from geo.siting.set_cover import set_covering
from geo.siting.solution import Effort, Solution, Status

Floats = NDArray[np.float64]
#: A floor of less than this share of what is open is none.
_NO_SHARE = 1e-9


@dataclass(frozen=True, eq=False)
class Solved:
    """
    A study's answer over its inputs.

    Attributes
    ----------
    solution : Solution
        In the numbers of the model; see `chosen`.
    chosen : ndarray of int64
        Candidates that were chosen, each as often as it has units.
    before_s, after_s : ndarray of float64, shape (n,)
        Seconds from the nearest site, ``inf`` beyond what was measured.
    out_of_reach : ndarray of bool, shape (n,)
        Demand left out because no site reaches it.
    curve : tuple of CurveStep
    districts : tuple of str
        By group number, where there are floors.
    """

    solution: Solution
    chosen: NDArray[np.int64]
    before_s: Floats
    after_s: Floats
    out_of_reach: NDArray[np.bool_]
    curve: tuple[CurveStep, ...]
    districts: tuple[str, ...]


def solve(inputs: SitingInputs, asked: SitingQuestion, effort: Effort, *, drawn: CurveEffort) -> Solved:
    """Put a study to its model.

    Raises
    ------
    SitingError
        When there are fewer candidates than sites to add.
    """
    if asked.model not in ("lscp", "mexclp") and asked.new_count > len(inputs.candidates):
        raise SitingError(
            f"要新增 {asked.new_count} 个点，但候选点只有 {len(inputs.candidates)} 个。 "
            f"{asked.new_count} sites are to be added, but there are only {len(inputs.candidates)} candidates.",
            field="new_count",
        )
    if asked.model in COVERING:
        return _cover(inputs, asked, effort, drawn)
    return _travel(inputs, asked, effort, drawn)


def _cover(inputs: SitingInputs, asked: SitingQuestion, effort: Effort, drawn: CurveEffort) -> Solved:
    cover, standing = _coverage(inputs, asked.standard_s)
    weight = _open_weight(inputs, asked)
    is_out = np.asarray((np.diff(cover.first) == 0) & (inputs.existing_s > asked.standard_s))
    floors, districts = _floors(inputs, asked, weight)

    def put(changed: SitingQuestion, own: Effort) -> Solution:
        if changed.model == "lscp":
            return _fewest(inputs, changed.standard_s, own, of_s=asked.standard_s)
        return _covered(cover, weight, _rules(inputs, changed, standing), floors, changed, own)

    found = put(asked, effort)
    curve: tuple[CurveStep, ...] = ()
    if asked.curve:
        is_kept = floors is None or not np.any(np.asarray(floors.least_share) > _NO_SHARE)
        known = None if standing else nothing_added(keeps_floors=is_kept)
        curve = draw(put, asked, found, drawn, most=len(inputs.candidates), at_nothing=known)
    chosen = _new(found.site_idx, standing)
    after = np.minimum(inputs.existing_s, _nearest_of(inputs, chosen))
    return Solved(found, chosen, inputs.existing_s, after, is_out, curve, districts)


def _fewest(inputs: SitingInputs, standard_s: float, effort: Effort, *, of_s: float) -> Solution:
    """Find the fewest new sites that reach, within a standard, whom any site reaches within `of_s`; the rest is told as `left_out`."""
    cover, _ = _coverage(inputs, standard_s)
    asked, _ = _coverage(inputs, of_s)
    is_open = (inputs.existing_s > standard_s) & ((np.diff(asked.first) > 0) | (inputs.existing_s <= of_s))
    is_out = (np.diff(cover.first) == 0) & is_open
    rows = np.flatnonzero(~is_out & is_open)
    if len(rows) == 0:
        found = Solution(np.zeros(0, np.int64), np.zeros(0, np.int64), 0.0, 0.0, 0.0, Status.OPTIMAL, seconds=0.0, method="trivial")  # fmt: skip
    else:
        found = set_covering(cover.rows(rows), effort=effort)
    return replace(found, details={**found.details, "left_out": float(is_out.sum())})


def _covered(
    cover: Coverage,
    weight: Floats,
    rules: SiteRules,
    floors: Floors | None,
    asked: SitingQuestion,
    effort: Effort,
) -> Solution:
    """Put a covering problem with a number of sites to its model."""
    if asked.model == "backup":
        return backup_covering(
            cover, weight, rules, backup_worth=asked.backup_worth, floors=floors, effort=effort
        )
    if asked.model == "mexclp":
        return expected_covering(
            cover, weight, rules, busy_share=asked.busy_share, floors=floors, effort=effort
        )
    if asked.model == "mclp_capacity":
        room = np.full(cover.site_count, asked.capacity)
        return capacitated_covering(cover, weight, room, rules, floors=floors, effort=effort)
    return maximal_covering(cover, weight, rules, floors=floors, effort=effort)


def _rules(inputs: SitingInputs, asked: SitingQuestion, standing: tuple[int, ...]) -> SiteRules:
    """Say how many sites may be added, and for how much; what stands costs nothing."""
    count = len(standing) + asked.new_count
    if inputs.costs is None:
        return SiteRules(count=count, fixed=standing)
    cost = np.concatenate([np.zeros(len(standing)), inputs.costs])
    return SiteRules(count=count, fixed=standing, cost=cost, budget=asked.budget)


def _open_weight(inputs: SitingInputs, asked: SitingQuestion) -> Floats:
    """Weigh what is open only, where the first cover is all that counts: the gap is then one of what is gained."""
    if asked.model in EACH_COUNTS:
        return inputs.weight
    return np.where(inputs.existing_s <= asked.standard_s, 0.0, inputs.weight)


def _travel(inputs: SitingInputs, asked: SitingQuestion, effort: Effort, drawn: CurveEffort) -> Solved:
    table = inputs.sites.matrix()
    if not inputs.existing and inputs.existing_count:
        table = np.column_stack([inputs.existing_s, table])
    standing = tuple(range(inputs.existing or (1 if inputs.existing_count else 0)))
    is_out = np.asarray(~np.isfinite(table).any(axis=1))
    kept = np.flatnonzero(~is_out)
    seconds, weight = table[kept], inputs.weight[kept]
    if asked.model == "p_center":
        seconds = np.ceil(seconds)  # whole seconds

    def put(changed: SitingQuestion, own: Effort) -> Solution:
        rules = _rules(inputs, changed, standing)
        if changed.model == "p_center":
            return p_center(seconds, rules, effort=own)
        if changed.model == "p_median_capacity":
            room = np.full(table.shape[1], asked.capacity)
            return capacitated_median(seconds, weight, room, rules, effort=own)
        return p_median(seconds, weight, rules, effort=own)

    found = put(asked, effort)
    curve: tuple[CurveStep, ...] = ()
    if asked.curve:
        # Travel in all becomes the mean that people speak of.
        per = 1.0 if asked.model == "p_center" else max(float(weight.sum()), 1e-9)
        curve = draw(
            put, asked, found, drawn, most=len(inputs.candidates), per=per, from_nothing=bool(standing)
        )
    chosen = _new(found.site_idx, standing)
    after = np.minimum(inputs.existing_s, _nearest_of(inputs, chosen))
    return Solved(found, chosen, inputs.existing_s, after, is_out, curve, ())


def _coverage(inputs: SitingInputs, standard_s: float) -> tuple[Coverage, tuple[int, ...]]:
    """Give the coverage of the sites measured, and those that stand among them."""
    return inputs.sites.within(standard_s), tuple(range(inputs.existing))


def _floors(
    inputs: SitingInputs, asked: SitingQuestion, weight: Floats
) -> tuple[Floors | None, tuple[str, ...]]:
    """Ask of what is open in each district the part of its floor that does not stand already."""
    if asked.floor <= 0 and not any(asked.district_floors.values()):
        return None, ()
    names, group = np.unique(inputs.district, return_inverse=True)
    group = group.reshape(-1)
    total = np.bincount(group, weights=inputs.weight, minlength=len(names))
    still = np.bincount(group, weights=weight, minlength=len(names))
    floor = np.array([asked.district_floors.get(code, asked.floor) for code in names.tolist()])
    least = np.maximum(floor * total - (total - still), 0.0)
    share = np.divide(least, still, out=np.zeros(len(names)), where=still > 0)
    return Floors(group, np.minimum(share, 1.0)), tuple(names.tolist())


def _new(site_idx: NDArray[np.int64], standing: tuple[int, ...]) -> NDArray[np.int64]:
    """Give the candidates among the sites chosen; what stands comes first in the numbers, and once each."""
    units = np.bincount(site_idx, minlength=len(standing))
    units[: len(standing)] -= 1
    return np.repeat(np.arange(len(units)), np.maximum(units, 0)) - len(standing)


def _nearest_of(inputs: SitingInputs, chosen: NDArray[np.int64]) -> Floats:
    """Give the seconds from the nearest chosen candidate, ``inf`` beyond what was measured."""
    number = np.asarray(inputs.sites.site_idx, np.int64) - inputs.existing
    used = np.isin(number, chosen[chosen >= 0])
    nearest = np.full(len(inputs.weight), np.inf)
    np.minimum.at(nearest, inputs.sites.demand_idx[used], inputs.sites.time_ms[used] / 1000)
    return nearest


def summary(weight: Floats, seconds: Floats, standard_s: float) -> dict[str, Any]:
    """Say in figures how soon demand is reached: covered within the standard, mean, and the time that 90 % meet."""
    is_covered, is_reached = seconds <= standard_s, np.isfinite(seconds)
    reached = float(weight[is_reached].sum())
    order = np.argsort(seconds, kind="stable")
    share = np.cumsum(weight[order])
    at = int(np.searchsorted(share, 0.9 * weight.sum()))
    p90 = float(seconds[order[min(at, len(order) - 1)]])
    return {
        "covered": float(weight[is_covered].sum()), "covered_points": int(is_covered.sum()),
        "mean_s": float(weight[is_reached] @ seconds[is_reached]) / reached if reached else None,
        "p90_s": p90 if np.isfinite(p90) else None,
        "longest_s": float(seconds[is_reached].max()) if is_reached.any() else None,
        "beyond": float(weight[~is_reached].sum()),
    }  # fmt: skip


def stopper(
    asked_to_stop: Callable[[], bool], clock: Callable[[], float], *, every_s: float = 0.5
) -> Callable[[], bool]:
    """Ask a costly question only every so many seconds; once it is answered yes, that stays."""
    last, answer = -every_s, False

    def ask() -> bool:
        nonlocal last, answer
        now = clock()
        if not answer and now - last >= every_s:
            last, answer = now, asked_to_stop()
        return answer

    return ask
