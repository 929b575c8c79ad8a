"""State how an accident is answered: who leaves, who stays indoors, where help gathers, which teams do not count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.course_roads import out_share
from data.drill_surroundings import Evacuees
from data.errors import FormError
from dispatch.drill import is_left, zone_level
from dispatch.rescue_decision import (
    DEFAULT_CLOUD_MIN,
    INDOOR_SHARE,
    PREPARE_MIN,
    Measured,
    Mode,
    exposure_person_min,
)
from geo.hazard.consequence import Consequences, Effect, Zone
from geo.measure import geodesic_area_m2

MOST_PLACES = 200
MOST_WITHOUT = 50


@dataclass(frozen=True)
class RescuePlan:
    """
    What an alternative decides.

    Attributes
    ----------
    mode : Mode
    staging : tuple of float or None
        Where help gathers, degrees; None: the best place that is found.
    without : tuple of int
        Ids of resources that are not counted on.
    """

    mode: Mode = Mode.EVACUATE
    staging: tuple[float, float] | None = None
    without: tuple[int, ...] = ()


def as_json(plan: RescuePlan) -> dict[str, Any]:
    """Write a plan down."""
    return {
        "mode": str(plan.mode),
        "staging": None if plan.staging is None else list(plan.staging),
        "without": list(plan.without),
    }


def from_json(kept: Mapping[str, Any]) -> RescuePlan:
    """Read a plan that `as_json` has written."""
    at = kept["staging"]
    return RescuePlan(Mode(kept["mode"]), None if at is None else (at[0], at[1]), tuple(kept["without"]))


def who_stays_where(
    found: Consequences, left: BaseGeometry, mode: Mode, *, is_isolation: bool
) -> tuple[BaseGeometry, BaseGeometry]:
    """Divide the area that an accident empties: where people leave, and where they stay indoors.

    Walls keep gas out, not fire or blast: where a threshold of these is reached, everybody leaves.

    Raises
    ------
    FormError
        When nobody can stay indoors: no gas spreads so far that people would leave.
    """
    nobody = shapely.Polygon()
    if mode is Mode.EVACUATE:
        return left, nobody
    gas = [z for z in _that_empty(found) if z.effect is Effect.TOXIC]
    if is_isolation or not gas:
        raise FormError((("mode", "没有需要撤离的有毒气体影响区，不能就地避险，请选“撤离”。 No toxic zone has to be left: nobody can stay indoors, choose “leave”."),))  # fmt: skip
    leave = shapely.union_all([z.area for z in _that_empty(found) if z.effect is not Effect.TOXIC])
    if mode is Mode.MIXED:
        severe = [z.area for z in gas if _level(z) == 1]
        leave = shapely.union_all([leave, *severe])
    return leave, shapely.difference(left, leave)


def cloud_min(found: Consequences) -> float:
    """Give the minutes for which people are taken to be in the cloud: the longest exposure that a zone was worked out for."""
    times = [z.exposure_min for z in _that_empty(found) if z.effect is Effect.TOXIC]
    return max((float(t) for t in times if t), default=DEFAULT_CLOUD_MIN)


def exposure(
    found: Consequences, left: BaseGeometry, sheltered: dict[str, Any], staying: int
) -> dict[str, Any]:
    """Add up the exposure of those who leave, in the zone as the crow flies, and of those who stay; of gas alone."""
    has_gas = any(z.effect is Effect.TOXIC for z in _that_empty(found))
    minutes = cloud_min(found)
    places = {one["id"]: (one["lon"], one["lat"]) for one in sheltered["shelters"]}
    leaving = [
        (
            flow["people"],
            flow["travel_time_s"]
            / 60
            * out_share((tuple(flow["from_lonlat"]), places[flow["shelter_id"]]), left),
        )
        for flow in sheltered["flows"]
    ]
    stuck = sheltered["left_over"] + sheltered["no_way"]  # they stay indoors, having nowhere to go
    total = exposure_person_min(leaving, staying + stuck, cloud_min=minutes) if has_gas else None
    return {
        "person_min": None if total is None else round(total), "cloud_min": minutes, "prepare_min": PREPARE_MIN, "indoor_share": INDOOR_SHARE,
    }  # fmt: skip


def staying_json(people: Evacuees, area: BaseGeometry) -> dict[str, Any]:
    """Write down who stays indoors, the largest places first, and how large the area is."""
    order = np.argsort(-people.people, kind="stable")
    rows = [i for i in order.tolist() if people.people[i] > 0]
    return {
        "people": int(people.people.sum()), "residents": people.residents, "employees": people.employees, "count": len(rows),
        "area_m2": 0 if area.is_empty else round(geodesic_area_m2(area)),
        "places": [
            {"name": people.names[i], "people": int(people.people[i]), "lon": round(float(people.lonlat[i, 0]), 6), "lat": round(float(people.lonlat[i, 1]), 6)}
            for i in rows[:MOST_PLACES]
        ],
    }  # fmt: skip


def measured(answer: Mapping[str, Any]) -> Measured:
    """Take from the answer of an alternative what decides between alternatives."""
    first = [t["travel_time_s"] for t in answer["teams"] if t["kind"] != "hospital"]
    lacking = sum(s["missing"] for s in answer["shortfalls"] if s["subject"] in ("resource", "late"))
    without = answer["people"]["leaving"] - answer["evacuation"]["placed"]
    return Measured(without, answer["exposure"]["person_min"], lacking, min(first, default=math.inf))


def _that_empty(found: Consequences) -> list[Zone]:
    return [z for z in found.zones if is_left(_level(z)) and not shapely.is_empty(z.area)]


def _level(zone: Zone) -> int:
    return zone_level(str(zone.effect), zone.measure, zone.value)
