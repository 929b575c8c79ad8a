"""Rehearse a siting study: calls replayed with the stations there are and with the new ones, the same calls for both."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from data.errors import FormError, NotFoundError
from data.rehearsal_inputs import ENOUGH, MOST_RATE, call_rate, rebound, recorded_calls, with_sites
from data.scope import Connection, Scope, require_write
from data.simulation_inputs import City, TravelTable, kept_travel_table, read_city, simulated_calls
from data.simulations import policy_by_name
from data.store import Store
from dispatch.demand import DemandModel, DrawnCalls, draw_calls, draw_circumstances
from dispatch.rule_comparison import CONFIDENCE, RunFigures, compare, run_figures
from dispatch.simulation import simulate
from layers.display import LOCAL_ZONE

#: Rules that a rehearsal knows: in both the new stations are networked and bound to nobody.
RULES = ("closest", "bound_first")
FIGURES = ("arrival_p50_s", "arrival_p90_s", "within_30_pct", "in_time_pct", "waited_pct", "busiest_pct")
#: Calls that a run of simulated ones has on the average, at least; a small city takes more days for them.
LEAST_CALLS = 60
LONGEST_DAYS = 3660
MOST_RUNS, MOST_DAYS, MOST_CREWS, MOST_CALLS = 100, 28, 20, 300_000

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class RehearsalQuestion:
    """
    How a study is rehearsed.

    Attributes
    ----------
    runs : int
        Times that chance is drawn anew.
    days : int
        Days of each run of simulated calls, more where they would be too few; recorded ones are replayed whole.
    crews : int
        Crews of each new station, times its units.
    rule : str
        One of `RULES`.
    rate : float or None
        Calls per 10,000 elevators in 30 days, simulated whatever is on record; None takes what is known.
    rebind : bool
        Whether elevators are bound to a new site that is sooner there than their own station.
    """

    runs: int = 20
    days: int = 7
    crews: int = 2
    rule: str = "closest"
    rate: float | None = None
    rebind: bool = False


def checked(asked: RehearsalQuestion) -> RehearsalQuestion:
    """Check what is asked.

    Raises
    ------
    FormError
        With every field at fault.
    """
    faults = [
        (name, f"{name} 应在 {least}–{most} 之间，收到 {value}。 {name} must be {least} to {most}, got {value}.")
        for name, value, least, most in (
            ("runs", asked.runs, 2, MOST_RUNS), ("days", asked.days, 1, MOST_DAYS), ("crews", asked.crews, 1, MOST_CREWS),
        )
        if not least <= value <= most
    ]  # fmt: skip
    if asked.rate is not None and not 0 < asked.rate <= MOST_RATE:
        faults.append(("rate", f"rate 应大于 0、不超过 {MOST_RATE:g}（每万台每月），收到 {asked.rate:g}。 rate must be above 0 and at most {MOST_RATE:g} per 10,000 elevators a month, got {asked.rate:g}."))  # fmt: skip
    if asked.rule not in RULES:
        faults.append(
            ("rule", f"rule 应为 {', '.join(RULES)} 之一。 One of {', '.join(RULES)} was expected for rule.")
        )
    if faults:
        raise FormError(tuple(faults))
    return asked


def check_study(study: Mapping[str, Any]) -> None:
    """Refuse a study that is not about rescue stations for elevators, or adds none.

    Raises
    ------
    FormError
    """
    question = study["question"]
    if question["of"] != "elevator" or question["existing"] != "rescue_station":
        raise FormError((("study", "只能预演以电梯为需求、以电梯救援站为现有设施的方案。 Only studies of rescue stations for elevators can be rehearsed."),))  # fmt: skip
    if not study["answer"]["sites"]:
        raise FormError((("study", "这个方案没有新增站点。 The study adds no station."),))


def rehearse(
    store: Store,
    scope: Scope,
    study: Mapping[str, Any],
    asked: RehearsalQuestion,
    *,
    now: dt.datetime,
    state_dir: Path,
    report: Report,
    enough: int = ENOUGH,
) -> dict[str, Any]:
    """Replay the same calls before and after; the answer is plain JSON.

    Raises
    ------
    FilterError, NotFoundError
        When there is no elevator or station to simulate, or there would be no calls.
    FormError
        When there would be too many calls.
    NoNetworkError, NetworkFileError
        When there is no network or its file cannot be used.
    """
    begun = time.perf_counter()
    report(0.02, "city")
    with store.transaction(scope) as connection:
        before = read_city(connection, state_dir)
        recorded = recorded_calls(connection, before, now=now)
    after, moved = with_sites(before, study["answer"]["sites"], asked.crews), 0
    if asked.rebind:
        after, moved = rebound(after, len(before.stations))
    folder, is_recorded = (
        state_dir / "cache",
        asked.rate is None and recorded is not None and len(recorded) >= enough,
    )
    rate = None if is_recorded else call_rate(asked.rate, recorded, len(before.place_type))
    model = DemandModel() if rate is None else DemandModel(per_10k_month=rate.per_10k_month)
    if is_recorded and recorded is not None:
        start, span_s = recorded.start, float(recorded.at_s[-1]) + 3600.0
        drawn = [_replayed(model, recorded.at_s, recorded.place_idx, seed) for seed in range(asked.runs)]
        tables = _tables((before, after), drawn[:1], start, folder, report)
        parts = [tables] * asked.runs
    else:
        start, span_s, drawn = _drawn(before, model, asked, now)
        parts = _split(_tables((before, after), drawn, start, folder, report), drawn)
    policy = policy_by_name(asked.rule)
    found: dict[str, list[RunFigures]] = {"before": [], "after": []}
    for number, (calls_drawn, tables) in enumerate(zip(drawn, parts, strict=True), start=1):
        for name, city, table in zip(found, (before, after), tables, strict=True):
            calls, _ = simulated_calls(city, calls_drawn, table)
            run = simulate(calls, city.units, policy)
            found[name].append(run_figures(calls, city.units, run, span_s=span_s))
        report(0.5 + 0.48 * number / asked.runs, "runs")
    return {
        "asked": asdict(asked), "source": "recorded" if is_recorded else "simulated", "confidence": CONFIDENCE,
        "calls": int(sum(int((~one.is_false).sum()) for one in drawn)), "calls_of_run": int((~drawn[0].is_false).sum()),
        "days": round(span_s / 86_400), "stations_before": int((before.units.crews > 0).sum()), "stations_after": int((after.units.crews > 0).sum()),
        "rate": None if rate is None else rate.as_json(), "rebound": moved, "figures": _compared(found), "network_version": before.network.version, "seconds": round(time.perf_counter() - begun, 1),
        "rehearsed_at": now.isoformat(),
    }  # fmt: skip


def _drawn(
    city: City, model: DemandModel, asked: RehearsalQuestion, now: dt.datetime
) -> tuple[dt.datetime, float, list[DrawnCalls]]:
    """Draw the calls of each run: from when, over how many seconds, and what."""
    days, start = _days(asked.days, model, len(city.place_type)), _monday(now)
    drawn = [
        draw_calls(model, city.place_type, start=start, days=days, seed=seed) for seed in range(asked.runs)
    ]
    total = sum(map(len, drawn))
    if total > MOST_CALLS:
        raise FormError((("runs", f"来电过多（{total:,} 起），请减少次数或天数。 {total:,} calls are too many: fewer runs or days."),))  # fmt: skip
    return start, days * 86_400.0, drawn


def _replayed(
    model: DemandModel, times: NDArray[np.float64], places: NDArray[np.int64], seed: int
) -> DrawnCalls:
    """Draw what a record does not tell of its calls: answering, driving, access; when and where stay as recorded."""
    drawn = draw_circumstances(model, len(times), np.random.default_rng([seed, 1]))
    return DrawnCalls(times, places, **drawn | {"is_false": np.zeros(len(times), bool)})


def _tables(
    cities: tuple[City, City], drawn: list[DrawnCalls], start: dt.datetime, folder: Path, report: Report
) -> tuple[TravelTable, TravelTable]:
    """Work out the travel times of all calls with the stations before and after."""
    whole = DrawnCalls(
        **{
            name: np.concatenate([getattr(one, name) for one in drawn])
            for name in DrawnCalls.__dataclass_fields__
        }
    )

    def measured(share: float, city: City) -> TravelTable:
        def say(_: str) -> None:
            report(share, "ways")

        say("")
        return kept_travel_table(city, whole, start=start, folder=folder, say=say)

    return measured(0.1, cities[0]), measured(0.3, cities[1])


def _split(
    tables: tuple[TravelTable, TravelTable], drawn: list[DrawnCalls]
) -> list[tuple[TravelTable, TravelTable]]:
    ends = np.cumsum([len(one) for one in drawn]).tolist()
    starts = [0, *ends[:-1]]

    def part(table: TravelTable, first: int, last: int) -> TravelTable:
        return TravelTable(table.station_idx[first:last], table.time_s[first:last])

    return [
        (part(tables[0], first, last), part(tables[1], first, last))
        for first, last in zip(starts, ends, strict=True)
    ]


def _compared(found: dict[str, list[RunFigures]]) -> dict[str, Any]:
    result = compare(found)

    def pair(interval: Any) -> dict[str, float | None]:
        return {
            name: round(value, 4) if np.isfinite(value := getattr(interval, name)) else None
            for name in ("mean", "half_width")
        }

    told = {}
    for name in FIGURES:
        gap = result["after"].difference[name]
        told[name] = {
            "before": pair(result["before"].figures[name]), "after": pair(result["after"].figures[name]), "difference": pair(gap),
            "is_sure": bool(np.isfinite(gap.half_width) and abs(gap.mean) > gap.half_width),
        }  # fmt: skip
    return told


def _days(asked: int, model: DemandModel, elevators: int) -> float:
    """Give the days of a run: more than were asked for where so few elevators would make too few calls."""
    each_day = model.per_10k_month / 30 * elevators / 10_000
    return float(min(max(asked, int(np.ceil(LEAST_CALLS / each_day))), LONGEST_DAYS))


def _monday(at: dt.datetime) -> dt.datetime:
    local = at.astimezone(LOCAL_ZONE)
    day = local - dt.timedelta(days=local.weekday())
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def keep(connection: Connection, study_id: uuid.UUID, found: dict[str, Any], *, scope: Scope) -> None:
    """Keep a rehearsal with its study, instead of an earlier one.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the study is not there any more.
    """
    require_write(scope)
    done = connection.execute(
        "UPDATE siting_study SET rehearsal = %s WHERE id = %s", [Jsonb(found), study_id]
    )
    if done.rowcount == 0:
        raise NotFoundError(
            "没有这个选址方案，预演没有保留。 There is no such siting study: its rehearsal is not kept."
        )
