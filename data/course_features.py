"""Give a kept course as features that last from an instant to another, by layer, box and interval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import shapely
from shapely.ops import substring

Interval = tuple[dt.datetime | None, dt.datetime | None]

TEAM_STEP_S, PEOPLE_STEP_S = 30.0, 60.0
"""Positions of who moves are given for spans of so many seconds."""


def features(
    course: dict[str, Any],
    layer_id: str,
    *,
    interval: Interval | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> list[dict[str, Any]]:
    """List a layer's features of a course as `courses.read` gives it, those that touch an interval and a box.

    Each has `id`, `geometry`, `start`, `end` (None: to the end of the course and beyond) and its own properties.
    """
    begins = dt.datetime.fromisoformat(course["happens_at"])
    found = []
    for number, (from_s, to_s, geometry, facts) in enumerate(_SOURCES[layer_id](course["answer"]), 1):
        start = begins + dt.timedelta(seconds=from_s)
        end = None if to_s is None else begins + dt.timedelta(seconds=to_s)
        if not _lasts(start, end, interval) or (bbox is not None and not _touches(geometry, bbox)):
            continue
        found.append({"id": number, "geometry": geometry, "start": start, "end": end, **facts})
    return found


def span(course: dict[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """Give the instants at which a course begins and ends."""
    begins = dt.datetime.fromisoformat(course["happens_at"])
    return begins, begins + dt.timedelta(seconds=course["answer"]["ends_s"] or 0.0)


def extent(course: dict[str, Any]) -> tuple[float, float, float, float]:
    """Give the box around a course: its zones, lines and places."""
    answer = course["answer"]
    shapes = [shapely.geometry.shape(zone["geometry"]) for zone in answer["zones"]]
    shapes += [shapely.LineString(line) for line in answer["lines"]]
    shapes += [shapely.Point(answer["accident"]["lon"], answer["accident"]["lat"])]
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def _lasts(start: dt.datetime, end: dt.datetime | None, interval: Interval | None) -> bool:
    """Say whether a feature's span and an interval have an instant in common; both include their ends."""
    if interval is None:
        return True
    first, last = interval
    return (last is None or start <= last) and (first is None or end is None or end >= first)


def _touches(geometry: dict[str, Any] | None, bbox: tuple[float, float, float, float]) -> bool:
    if geometry is None:
        return False
    west, south, east, north = bbox
    shape = shapely.geometry.shape(geometry)
    boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(
        bool(shapely.intersects(shape, shapely.box(left, south, right, north))) for left, right in boxes
    )


_Row = tuple[float, float | None, dict[str, Any] | None, dict[str, Any]]


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _base(key: str) -> str:
    """Give who moves by the key of a wave or an ambulance: the place, or the hospital."""
    return key.partition("/")[0]


def _name(answer: dict[str, Any], key: str) -> str | None:
    found = answer["names"].get(_base(key))
    return found["name"] if found else None


def _zones(answer: dict[str, Any]) -> Iterator[_Row]:
    for zone in answer["zones"]:
        yield (
            zone["from_s"],
            zone["to_s"],
            zone["geometry"],
            {"level": zone["level"], "number": zone["number"]},
        )


def _moving(answer: dict[str, Any], step_s: float, *, is_team: bool) -> Iterator[tuple[dict[str, Any], _Row]]:
    """Give positions of who stands, and of who moves a span at a time."""
    for stage in answer["stages"]:
        if (stage["key"][0] == "t") != is_team:
            continue
        from_s, to_s = stage["from_s"], stage["to_s"]
        if "line" not in stage:
            yield stage, (from_s, to_s, _point(stage["lon"], stage["lat"]), {})
            continue
        line = shapely.LineString(answer["lines"][stage["line"]])
        at_s = from_s
        while at_s < to_s:
            done = (at_s - from_s) / (to_s - from_s)
            at = shapely.line_interpolate_point(
                line, stage["a"] + done * (stage["b"] - stage["a"]), normalized=True
            )
            until = min(at_s + step_s, to_s)
            yield stage, (at_s, until, _point(round(at.x, 6), round(at.y, 6)), {})
            at_s = until


def _teams(answer: dict[str, Any]) -> Iterator[_Row]:
    for stage, (from_s, to_s, at, _) in _moving(answer, TEAM_STEP_S, is_team=True):
        facts = answer["names"][_base(stage["key"])]
        yield from_s, to_s, at, {"key": stage["key"], "name": facts["name"], "kind": facts["kind"], "state": stage["state"]}  # fmt: skip


def _people(answer: dict[str, Any]) -> Iterator[_Row]:
    for stage, (from_s, to_s, at, _) in _moving(answer, PEOPLE_STEP_S, is_team=False):
        own = {"key": stage["key"], "name": _name(answer, stage["key"]), "people": stage["people"], "state": stage["state"]}  # fmt: skip
        yield from_s, to_s, at, own


def _routes(answer: dict[str, Any]) -> Iterator[_Row]:
    for stage in answer["stages"]:
        if "line" not in stage or stage["a"] == stage["b"]:
            continue
        line = shapely.LineString(answer["lines"][stage["line"]])
        part = substring(line, stage["a"], stage["b"], normalized=True)
        at = [[round(x, 6), round(y, 6)] for x, y in shapely.get_coordinates(part).tolist()]
        geometry = {"type": "LineString", "coordinates": at} if len(at) > 1 else None
        yield stage["from_s"], stage["to_s"], geometry, {"key": stage["key"], "name": _name(answer, stage["key"]), "people": stage["people"]}  # fmt: skip


def _shelters(answer: dict[str, Any]) -> Iterator[_Row]:
    """Give how full each shelter is, from each change to the next."""
    changes: dict[str, list[tuple[float, int]]] = {}
    for event in answer["events"]:
        sign = {"sheltered": 1, "sent_on": -1}.get(event["what"])
        if sign:
            changes.setdefault(event["key"], []).append((event["at_s"], sign * event["people"]))
    for key, one in answer["names"].items():
        if not key.startswith("s"):
            continue
        people, from_s = 0, 0.0
        place, own = (
            _point(one["lon"], one["lat"]),
            {"key": key, "name": one["name"], "capacity": one["capacity"]},
        )
        for at_s, change in changes.get(key, []):
            yield from_s, at_s, place, own | {"people": people}
            people, from_s = people + change, at_s
        yield from_s, None, place, own | {"people": people}


def _closures(answer: dict[str, Any]) -> Iterator[_Row]:
    for one in answer["injects"]:
        if one["area"] is not None:
            own = {"number": one["number"], "kind": one["kind"], "name": one["street"]}
            yield one["at_s"], one.get("to_s"), one["area"], own


def _events(answer: dict[str, Any]) -> Iterator[_Row]:
    for event in answer["events"]:
        one = answer["names"].get(_base(event["key"]), {})
        at = (
            _point(one["lon"], one["lat"])
            if "lon" in one
            else _point(answer["accident"]["lon"], answer["accident"]["lat"])
        )
        own = {"key": event["key"], "name": one.get("name"), "what": event["what"], "people": event["people"], "number": event["number"]}  # fmt: skip
        yield event["at_s"], event["at_s"], at, own


_SOURCES: dict[str, Callable[[dict[str, Any]], Iterator[_Row]]] = {
    "zones": _zones, "teams": _teams, "people": _people, "routes": _routes, "shelters": _shelters, "closures": _closures, "events": _events,
}  # fmt: skip
