"""Measure drills on the city in use: each step, and courses of a thousand runs, for accidents small and large."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import uuid
from typing import Any

import numpy as np

from data import courses, drills
from data.course_question import CourseQuestion, InjectAsked
from data.drill_question import DrillQuestion, as_json
from data.errors import StoreError
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import TravelStore
from layers.display import LOCAL_ZONE
from web.settings import settings_from
from web.wiring import database_in_use

NAMES = ("drill",)
_ACCIDENTS = {
    "gasoline 100 t, pool": ("汽油", 100_000.0, "pool"),
    "LPG 50 t, vessel bursts": ("液化石油气", 50_000.0, "instant"),
    "ammonia 20 t, hole": ("7664-41-7", 20_000.0, "liquid_hole"),
    "chlorine 20 t, vessel bursts": ("7782-50-5", 20_000.0, "instant"),
}
_ROUNDS = {"small": 1, "medium": 3, "large": 5}
_RUNS = {"small": 100, "medium": 1000, "large": 1000}
_TURNS = InjectAsked(1, "wind", 900.0, wind_from_deg=225.0)


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Simulate each accident several times in the middle of the city in use, then its course many times; give seconds by step.

    Raises
    ------
    StoreError
        When the store holds no enterprise to put it beside.
    """
    database = database_in_use()
    store = Store(database, max_size=2)
    try:
        travel = TravelStore(store, settings_from(os.environ, database).state_dir)
        lon, lat = _place(travel)
        figures = {}
        for label, (substance, mass_kg, kind) in _ACCIDENTS.items():
            asked = DrillQuestion(
                label, dt.datetime(2026, 11, 24, 10, tzinfo=LOCAL_ZONE), lon, lat, substance, mass_kg, kind,
                wind_speed_m_s=3.0, wind_from_deg=45.0, wind_uncertainty_deg=15.0,
            )  # fmt: skip
            found = [_simulated(store, travel, asked) for _ in range(_ROUNDS[size] + 1)][1:]
            steps = {
                step: round(statistics.median(f["took_s"][step] for f in found), 3)
                for step in found[0]["took_s"]
            }
            figures[label] = (
                {"s": statistics.median(f["seconds"] for f in found)}
                | steps
                | {"people": found[0]["people"]["leaving"]}
                | {"course": _course(store, travel, asked, found[0], _RUNS[size])}
            )
    finally:
        store.close()
    return {
        "bench": name,
        "size": size,
        "unit": "s, median of warm runs",
        "place": [lon, lat],
        "figures": figures,
    }


def _simulated(store: Store, travel: TravelStore, asked: DrillQuestion) -> dict[str, Any]:
    return drills.run_drill(store, travel, SYSTEM, asked, report=lambda *_: None)


def _course(
    store: Store, travel: TravelStore, asked: DrillQuestion, answer: dict[str, Any], runs: int
) -> dict[str, Any]:
    """Time a course of many runs, and one in which the wind turns, as it is thrown in while playing."""
    drill = {"question": as_json(asked), "answer": answer}

    def told(question: CourseQuestion) -> dict[str, Any]:
        return courses.run_course(store, travel, SYSTEM, drill, question, report=lambda *_: None)

    many = told(CourseQuestion(uuid.UUID(int=0), runs=runs))
    turned = told(CourseQuestion(uuid.UUID(int=0), injects=(_TURNS,)))
    figures = many["bands"]["figures"]
    return {
        "runs": runs, "ways_s": many["took_s"]["ways"], "one_run_s": many["took_s"]["course"], "runs_s": many["took_s"]["runs"],
        "whole_s": many["seconds"], "wind_turns_s": turned["seconds"], "events": len(many["events"]), "people": many["people"],
        "zone_evacuated_min": {q: figures["zone_evacuated_s"][q] and round(figures["zone_evacuated_s"][q] / 60, 1) for q in ("p50", "p90")},
        "first_on_site_min": {q: figures["first_on_site_s"][q] and round(figures["first_on_site_s"][q] / 60, 1) for q in ("p50", "p90")},
    }  # fmt: skip


def _place(travel: TravelStore) -> tuple[float, float]:
    """Give the middle of the enterprises: where most is to be found."""
    at = travel.positions(SYSTEM, "enterprise").read().lonlat
    at = at[np.isfinite(at[:, 0])]
    if len(at) == 0:
        raise StoreError(
            "库中没有企业：先运行 ./onemap demo。 The store holds no enterprise: run ./onemap demo first."
        )
    lon, lat = np.median(at, axis=0).tolist()
    return lon, lat
