"""Write a course down as plain JSON: names, events, stages along their lines, zones that grow, bands."""

from __future__ import annotations

import math
from typing import Any

import shapely

from data.course_plan import Prepared
from data.course_question import REOPEN, WIND, CourseQuestion
from data.course_zones import growing_zones, receding, shape_json, turned_zones
from data.drill_question import DrillQuestion
from dispatch.course_bands import SHARES, Bands, quantile
from dispatch.course_plan import ReleaseStops, Way
from dispatch.course_record import Course

_SIMPLER_DEG = 1e-5
_DIGITS = 5


def written(
    question: DrillQuestion, answer: dict[str, Any], prepared: Prepared, course: Course, asked: CourseQuestion
) -> dict[str, Any]:
    """Write down a course that was run."""
    lines = _Lines()
    stages = [
        {
            "key": s.key, "state": str(s.state), "from_s": second(s.from_s), "to_s": second(s.to_s), "people": s.people,
            **({"lon": s.at[0], "lat": s.at[1]} if s.way is None else {"line": lines.of(s.way), "a": round(s.share_from, 5), "b": round(s.share_to, 5)}),
        }
        for s in course.stages
    ]  # fmt: skip
    zones = growing_zones(answer, question)
    for one in asked.injects:
        if one.number in prepared.turns:
            zones += turned_zones(prepared.turns[one.number], one.number, one.at_s, question)
    stop = next((one for one in prepared.injects if isinstance(one, ReleaseStops)), None)
    if stop is not None:
        wind_m_s, at = answer["accident"]["wind_speed_m_s"], (question.lon, question.lat)
        zones = receding(zones, stop.at_s, stop.clears_s, wind_m_s, at)
    ends = _ends_of(asked, None if stop is None else stop.clears_s)
    injects = [
        {
            "number": one.number, "kind": one.kind, "at_s": one.at_s, "lon": one.lon, "lat": one.lat, "team": one.team,
            "wind_from_deg": one.wind_from_deg, "street": prepared.streets.get(one.number), "of": one.of, "to_s": ends.get(one.number),
            "area": shape_json(prepared.areas[one.number]) if one.number in prepared.areas else None,
        }
        for one in asked.injects
    ]  # fmt: skip
    return {
        "names": prepared.names, "injects": injects, "zones": zones, "lines": lines.drawn, "stages": stages,
        "events": [
            {"at_s": second(e.at_s), "what": str(e.what), "key": e.key, "people": e.people, "number": e.number}
            for e in course.events
        ],
        "ends_s": second(course.ends_s), "accident": {"lon": question.lon, "lat": question.lat},
        "order": [team.key for team in (*prepared.plan.teams, *prepared.plan.reserves)],
        "cleared_s": None if stop is None else second(stop.clears_s),
        "people": sum(flow.people for flow in prepared.plan.flows),
    }  # fmt: skip


def _ends_of(asked: CourseQuestion, clears_s: float | None) -> dict[int, float]:
    """Give when what an inject closed is open again, by number."""
    found = {one.of: one.at_s for one in reversed(asked.injects) if one.kind == REOPEN and one.of is not None}
    if clears_s is not None:
        found |= {one.number: round(clears_s, 1) for one in asked.injects if one.kind == WIND}
    return found


class _Lines:
    """Lines by what they are drawn along, each kept once."""

    def __init__(self) -> None:
        self.drawn: list[list[list[float]]] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def of(self, way: Way) -> int:
        """Give the number of a way's line."""
        key = way.line if len(way.line) > 1 else (way.start, way.end)
        if key not in self._known:
            self._known[key] = len(self.drawn)
            simple = shapely.simplify(shapely.LineString(key), _SIMPLER_DEG)
            self.drawn.append([[round(x, _DIGITS), round(y, _DIGITS)] for x, y in shapely.get_coordinates(simple).tolist()])  # fmt: skip
        return self._known[key]


def second(value: float) -> float | None:
    """Write seconds; what never comes is None."""
    return round(value, 1) if math.isfinite(value) else None


# -- bands -----------------------------------------------------------------------------------------------


def bands_json(bands: Bands) -> dict[str, Any]:
    """Write bands down: quantiles by figure with how many never come, and the curves."""
    return {
        "figures": {
            name: {f"p{100 * share:.0f}": second(quantile(values, share)) for share in SHARES}
            | {"never": int((values == math.inf).sum())}
            for name, values in bands.figures.items()
        },
        "at_s": [round(s, 1) for s in bands.at_s.tolist()],
        "people_out": bands.people_out.astype(int).tolist(), "teams_on_site": bands.teams_on_site.astype(int).tolist(),
    }  # fmt: skip
