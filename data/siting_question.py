"""Say what a siting study asks, checked once, and keep it as JSON."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.located_points import Kind, kind_by_name
from data.scope import Connection, code_range
from data.travel_store import Question
from geo.weights import PROFILES
from layers.declaration import Field, FieldType

#: The models by the name they have in questions.
MODELS = (
    "mclp", "lscp", "p_median", "p_center", "backup", "mexclp", "mclp_capacity", "p_median_capacity",
)  # fmt: skip
COVERING = frozenset({"mclp", "lscp", "backup", "mexclp", "mclp_capacity"})
#: Models in which every existing site counts by itself; in the others only the nearest matters.
EACH_COUNTS = frozenset({"backup", "mexclp", "mclp_capacity", "p_median_capacity"})
#: Models whose sites may be held to a budget; in LSCP their number follows.
WITH_BUDGET = frozenset(MODELS) - {"lscp"}
WITH_FLOORS = frozenset({"mclp", "backup", "mexclp", "mclp_capacity"})
COUNT = "count"
NETWORK = "network"
MOST_NEW = 200
MOST_CANDIDATES = 2000
MOST_CURVE = 30
MOST_TIME_S = 900.0
MOST_COST = 1e7


@dataclass(frozen=True)
class SitingQuestion:
    """
    What a study asks.

    Attributes
    ----------
    name : str
    model : str
        One of `MODELS`.
    of : str
        Kind of point that is demand.
    weight : str
        ``count``, or a number field of that layer.
    existing : str or None
        Kind of point that stands already; None for none.
    candidates : str
        ``network``, or a kind of point.
    candidate_count : int
        Most candidates.
    new_count : int
        Sites to add (units in MEXCLP); passed over in LSCP.
    standard_s : float
        Covered within so many seconds, inclusive.
    gap : float
        Relative gap that suffices.
    time_limit_s : float
    floor : float
        Least covered share of every district, 0 for none.
    district_floors : dict of str to float
        Least covered share of some districts instead, by code.
    busy_share, backup_worth, capacity : float
        Of MEXCLP, backup and the capacitated models.
    curve : int
        Numbers of new sites (units in MEXCLP) up to which the curve is drawn; over a budget or, in LSCP, over standards so many steps of it; 0 for none.
    division : str or None
        Only demand in it.
    budget : float or None
        Most that the new sites may cost together, in 10,000 CNY; None for none.
    site_cost : float
        What a new site (a unit in MEXCLP) costs, 10,000 CNY.
    district_costs : dict of str to float
        What it costs in some districts, by code.
    area, forbidden : tuple of geometries
        Candidates lie in the area, if there is one, and never in what is forbidden.
    question : Question
        Departure, hour, profile and closures.
    """

    name: str
    model: str
    of: str
    question: Question
    weight: str = COUNT
    existing: str | None = "rescue_station"
    candidates: str = NETWORK
    candidate_count: int = 300
    new_count: int = 3
    standard_s: float = 600.0
    gap: float = 0.01
    time_limit_s: float = 60.0
    floor: float = 0.0
    district_floors: dict[str, float] = field(default_factory=dict)
    busy_share: float = 0.3
    backup_worth: float = 0.5
    capacity: float = 0.0
    curve: int = 10
    division: str | None = None
    budget: float | None = None
    site_cost: float = 0.0
    district_costs: dict[str, float] = field(default_factory=dict)
    area: tuple[BaseGeometry, ...] = ()
    forbidden: tuple[BaseGeometry, ...] = ()


def checked(asked: SitingQuestion) -> SitingQuestion:
    """Check what a study asks; give it with what its model does not use at rest.

    Raises
    ------
    FilterError
        Naming the first field that makes no sense, and what would.
    """
    if asked.model not in MODELS:
        raise _refused(
            "model", asked.model, f"应为 {'、'.join(MODELS)}", f"it must be one of {', '.join(MODELS)}"
        )
    if not 1 <= len(asked.name.strip()) <= 80:
        raise _refused("name", asked.name[:20], "应为 1–80 个字", "it must have 1 to 80 characters")
    kind = kind_by_name(asked.of)
    weight_field(kind, asked.weight)
    if asked.existing is not None:
        kind_by_name(asked.existing)
    if asked.candidates != NETWORK:
        kind_by_name(asked.candidates)
    for name, value, low, high in (
        ("candidate_count", asked.candidate_count, 1, MOST_CANDIDATES), ("new_count", asked.new_count, 1, MOST_NEW),
        ("standard_s", asked.standard_s, 1, 3 * 3600), ("gap", asked.gap, 0, 0.5),
        ("time_limit_s", asked.time_limit_s, 1, MOST_TIME_S), ("floor", asked.floor, 0, 1),
        ("busy_share", asked.busy_share, 0, 0.95), ("backup_worth", asked.backup_worth, 0, 1),
        ("curve", asked.curve, 0, MOST_CURVE),
    ):  # fmt: skip
        if not (math.isfinite(value) and low <= value <= high):
            raise _refused(
                name, f"{value:g}", f"应在 {low:g}–{high:g} 之间", f"it must be {low:g} to {high:g}"
            )
    if asked.model.endswith("_capacity") and not 0 < asked.capacity < math.inf:
        raise _refused("capacity", f"{asked.capacity:g}", "应大于 0", "it must be above 0")
    if asked.division:
        try:
            code_range(asked.division)
        except ValueError as error:
            raise FilterError(str(error)) from error
    _check_floors(asked)
    if asked.budget is not None:
        _check_budget(asked, asked.budget)
        return asked
    return replace(asked, site_cost=0.0, district_costs={})


def check_districts(connection: Connection, asked: SitingQuestion) -> None:
    """Refuse a cost or a floor of a district that there is not.

    Raises
    ------
    FilterError
        Naming the first code that is none.
    """
    named = [(name, code) for name in ("district_costs", "district_floors") for code in getattr(asked, name)]
    rows = connection.execute(
        "SELECT code FROM division WHERE level = 'county' AND code = ANY(%s)", [[code for _, code in named]]
    )
    known = {row["code"] for row in rows}
    for name, code in named:
        if code not in known:
            raise _refused(
                name, code[:20], "不是区县的代码", "it must be the code of a district or county there is"
            )


def _check_floors(asked: SitingQuestion) -> None:
    for code, share in asked.district_floors.items():
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise _refused(
                f"district_floors.{code}", f"{100 * share:g} %", "应在 0–100 % 之间", "it must be 0 to 100 %"
            )
    named = {"floor": asked.floor} | {f"district_floors.{c}": v for c, v in asked.district_floors.items()}
    name, value = max(named.items(), key=lambda pair: pair[1])
    if value > 0 and asked.model not in WITH_FLOORS:
        raise _refused(name, f"{value:g}", "这种模型没有分区下限", "this model has no floors")


def _check_budget(asked: SitingQuestion, budget: float) -> None:
    if asked.model not in WITH_BUDGET:
        raise _refused("budget", f"{budget:g}", "这种模型没有预算", "this model has no budget")
    named = {f"district_costs.{code}": cost for code, cost in asked.district_costs.items()}
    for name, value in ({"budget": budget, "site_cost": asked.site_cost} | named).items():
        if not (math.isfinite(value) and 0 <= value <= MOST_COST):
            raise _refused(name, f"{value:g}", f"应在 0–{MOST_COST:g} 之间", f"it must be 0 to {MOST_COST:g}")
    if asked.site_cost <= 0:
        raise _refused(
            "site_cost", f"{asked.site_cost:g}", "有预算时应大于 0", "with a budget it must be above 0"
        )


def weight_field(kind: Kind, name: str) -> Field | None:
    """Find the field that weighs demand; None for counting each as one.

    Raises
    ------
    FilterError
        When the layer has no such number field; it lists those there are.
    """
    if name == COUNT:
        return None
    able = weight_fields(kind)
    found = next((f for f in able if f.name == name), None)
    if found is None:
        known = ", ".join([COUNT, *(f.name for f in able)])
        raise _refused("weight", name[:30], f"{kind.words.zh}可用：{known}", f"{kind.words.en} has {known}")
    return found


def weight_fields(kind: Kind) -> list[Field]:
    """List the fields that may weigh a kind of demand: numbers that everybody may see."""
    return [
        f for f in kind.layer.fields
        if f.type in (FieldType.INTEGER, FieldType.NUMBER) and not f.is_sensitive
    ]  # fmt: skip


def as_json(asked: SitingQuestion) -> dict[str, Any]:
    """Write a question down."""
    plain = {
        name: getattr(asked, name) for name in SitingQuestion.__dataclass_fields__
        if name not in ("question", "area", "forbidden")
    }  # fmt: skip
    return plain | {
        "at": asked.question.at.isoformat(), "hour": asked.question.hour, "profile": asked.question.profile.name,
        "closed": [shape.wkt for shape in asked.question.closed], "area": [shape.wkt for shape in asked.area],
        "forbidden": [shape.wkt for shape in asked.forbidden],
    }  # fmt: skip


def from_json(kept: Mapping[str, Any]) -> SitingQuestion:
    """Read a question that was written down by `as_json`."""
    values = dict(kept)
    question = Question(
        at=dt.datetime.fromisoformat(values.pop("at")), hour=values.pop("hour"), profile=PROFILES[values.pop("profile")],
        closed=_shapes(values.pop("closed")),
    )  # fmt: skip
    area, forbidden = _shapes(values.pop("area")), _shapes(values.pop("forbidden"))
    return SitingQuestion(**values, question=question, area=area, forbidden=forbidden)


def _shapes(texts: list[str]) -> tuple[BaseGeometry, ...]:
    return tuple(shapely.from_wkt(text) for text in texts)


def _refused(field: str, value: str, zh: str, en: str) -> FilterError:
    return FilterError(f"{field} 为 {value!r}，{zh}。 {field} is {value!r}; {en}.")
