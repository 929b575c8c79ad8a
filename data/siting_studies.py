"""Run siting studies, keep their answers under the scope of whoever asked, and read them."""

from __future__ import annotations

import datetime as dt
import math
import time
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from data.divisions import own_division
from data.kept_rows import KeptRows
from data.located_points import division_names, kind_by_name, read_words
from data.scope import Connection, Scope, require_write
from data.siting_costs import spent
from data.siting_curves import CurveEffort, axis_of
from data.siting_inputs import SitingInputs, read_inputs
from data.siting_question import COVERING, SitingQuestion, as_json
from data.siting_solving import Solved, solve, stopper, summary
from data.store import Store
from data.travel_store import TravelStore
from geo.siting.solution import Effort, Progress, Status

MOST_SHOWN = 200
MOST_ON_MAP = 5_000
_REACH_SHARE = 0.3
_KEPT = KeptRows(
    "siting_study", "id, name, model, status, username, created_at, question, answer, rehearsal",
    "没有这个选址方案。 There is no such siting study.",
)  # fmt: skip

Report = Callable[[float, str], None]


def run_study(
    store: Store,
    travel: TravelStore,
    scope: Scope,
    asked: SitingQuestion,
    *,
    report: Report,
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """Answer a study; the answer is plain JSON.

    Parameters
    ----------
    report : callable
        Called with a share from 0 to 1 and words.
    should_stop : callable
        True ends the search with the best known, said so.

    Raises
    ------
    FilterError, SitingError
        When the study makes no sense with the data there are.
    NoNetworkError, NetworkFileError, NetworkError
        When there is no network, its file cannot be used, or the hour lies outside the week.
    """
    begun = time.perf_counter()
    stop = stopper(should_stop, time.perf_counter)
    report(0.01, "")
    inputs = read_inputs(
        store, travel, scope, asked,
        tell=lambda share: report(0.02 + _REACH_SHARE * share, "行车时间 travel times"), should_stop=stop,
    )  # fmt: skip
    reach_s = time.perf_counter() - begun

    def tell(progress: Progress) -> None:
        taken = (time.perf_counter() - begun - reach_s) / asked.time_limit_s
        report(min(0.33 + 0.5 * taken, 0.83), _progress_words(progress))

    effort = Effort(asked.gap, asked.time_limit_s, time.perf_counter, tell, stop)

    def tell_curve(done: int, of: int) -> None:
        report(0.83 + 0.12 * done / of, f"曲线 curve {done}/{of}")

    each = Effort(asked.gap, max(asked.time_limit_s / 10, 1.0), time.perf_counter, None, stop)
    solved = solve(inputs, asked, effort, drawn=CurveEffort(each, asked.time_limit_s, tell_curve))
    report(0.95, "")
    with store.transaction(scope) as connection:
        answer = _answer(connection, scope, asked, inputs, solved)
    return answer | {"reach_s": round(reach_s, 2), "seconds": round(time.perf_counter() - begun, 2)}


def keep(
    connection: Connection,
    study_id: uuid.UUID,
    asked: SitingQuestion,
    answer: dict[str, Any],
    *,
    scope: Scope,
    now: dt.datetime,
) -> None:
    """Keep a study under the division of whoever asked; once only, however often its job is run.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When it has no division of its own.
    """
    require_write(scope)
    connection.execute(
        "INSERT INTO siting_study (id, name, model, status, username, authority_code, question, answer, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status, answer = excluded.answer",
        [
            study_id, asked.name.strip(), asked.model, answer["status"], scope.username, own_division(connection, scope),
            Jsonb(as_json(asked)), Jsonb(answer), now,
        ],
    )  # fmt: skip


def list_studies(connection: Connection, *, limit: int = 100) -> list[dict[str, Any]]:
    """List the studies of the scope, the newest first, without their answers."""
    return list(
        connection.execute(
            "SELECT id, name, model, status, username, created_at, answer->'objective' AS objective, answer->'gap' AS gap,"
            " answer->'before'->'covered' AS covered_before, answer->'after'->'covered' AS covered_after,"
            " jsonb_array_length(answer->'sites') AS sites FROM siting_study ORDER BY created_at DESC, id LIMIT %s",
            [limit],
        )
    )


def read_study(connection: Connection, study_id: uuid.UUID) -> dict[str, Any]:
    """Read a study with its question and answer.

    Raises
    ------
    NotFoundError
        When the scope has no such study.
    """
    return _KEPT.read(connection, study_id)


def remove_study(connection: Connection, study_id: uuid.UUID, *, scope: Scope) -> None:
    """Remove a study.

    Raises
    ------
    RefusedError, NotFoundError
        As for `KeptRows.remove`.
    """
    _KEPT.remove(connection, study_id, scope=scope)


def shapes(question: dict[str, Any]) -> dict[str, Any]:
    """Give as GeoJSON the areas that a kept question names: ``role`` is area, forbidden or closed."""
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shapely.from_wkt(wkt)), "properties": {"role": role}}
        for role in ("area", "forbidden", "closed")
        for wkt in question.get(role) or []
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def geojson(answer: dict[str, Any], question: dict[str, Any] | None = None) -> dict[str, Any]:
    """Give an answer as GeoJSON: sites that were chosen, those that stand, demand that is gained; and the areas of its question."""
    features = [
        _point(site["lon"], site["lat"], {"role": "chosen"} | {k: site[k] for k in ("rank", "id", "code", "name", "units")})
        for site in answer["sites"]
    ]  # fmt: skip
    features += [_point(lon, lat, {"role": "existing"}) for lon, lat in answer["existing"]]
    features += [_point(lon, lat, {"role": "gained"}) for lon, lat in answer["gained"]["lonlat"]]
    features += shapes(question or {})["features"]
    facts = {
        k: answer[k] for k in ("model", "status", "reason", "objective", "bound", "gap", "network_version")
    }
    return {"type": "FeatureCollection", "onemap": facts, "features": features}


def _point(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties,
    }


def _progress_words(progress: Progress) -> str:
    words = {"heuristic": "初解 first answer", "bound": "上下界 bound", "exact": "精确求解 exact"}[
        progress.stage
    ]
    if progress.objective is None or progress.bound is None or not progress.objective:
        return words
    gap = abs(progress.bound - progress.objective) / abs(progress.objective)
    return f"{words} · {100 * gap:.2f} %"


def _answer(
    connection: Connection, scope: Scope, asked: SitingQuestion, inputs: SitingInputs, solved: Solved
) -> dict[str, Any]:
    found = solved.solution
    return {
        "model": asked.model, "status": found.status.value, "reason": found.reason.value,
        "culprits": _culprits(connection, scope, asked, inputs, solved),
        "objective": found.objective, "bound": _finite(found.bound), "gap": _finite(found.gap),
        "solve_s": None if found.seconds is None else round(found.seconds, 2), "method": found.method,
        "reduction": None if found.reduction is None else {
            name: getattr(found.reduction, name) for name in ("demand_before", "demand_after", "sites_before", "sites_after")
        },
        "network_version": inputs.circumstances.network.version,
        "hour_of_week": inputs.circumstances.impedance.scenario.hour_of_week,
        "demand": {
            "points": len(inputs.demand), "total": float(inputs.weight.sum()), "off_road": inputs.off_road,
            "weightless": inputs.weightless, "out_of_reach": int(solved.out_of_reach.sum()),
        },
        "candidates": len(inputs.candidates), "candidates_there": inputs.candidates.there,
        "candidates_off_road": inputs.candidates.off_road, "existing_count": inputs.existing_count,
        "before": summary(inputs.weight, solved.before_s, asked.standard_s),
        "after": summary(inputs.weight, solved.after_s, asked.standard_s) if len(found.site_idx) else None,
        "budget": asked.budget, "spent": spent(inputs.costs, solved.chosen),
        "sites": _sites(connection, scope, asked, inputs, solved), "existing": _rounded(inputs.existing_lonlat),
        "curve_of": axis_of(asked),
        "curve": [
            {
                "x": step.x, "value": step.value, "bound": _finite(step.bound), "gap": _finite(step.gap), "status": step.status.value,
                "left_out": step.left_out,
            }
            for step in solved.curve
        ],
        "districts": _districts(connection, asked, inputs, solved),
        "gained": _gained(connection, scope, asked, inputs, solved),
    }  # fmt: skip


def _sites(
    connection: Connection, scope: Scope, asked: SitingQuestion, inputs: SitingInputs, solved: Solved
) -> list[dict[str, Any]]:
    """List the new sites, those that gain most by themselves first."""
    sites, units = np.unique(solved.chosen, return_counts=True)
    words: dict[int, dict[str, Any]] = {}
    if asked.candidates != "network":
        ids = inputs.candidates.ids[sites].tolist()
        words = read_words(connection, kind_by_name(asked.candidates).layer, ids, scope=scope)
    alone = [_alone(inputs, asked, int(j)) for j in sites]
    found = []
    for rank, at in enumerate(np.argsort([-a for a in alone], kind="stable").tolist(), start=1):
        j, own = int(sites[at]), words.get(int(inputs.candidates.ids[sites[at]]), {})
        lon, lat = inputs.candidates.lonlat[j].tolist()
        found.append(
            {
                "rank": rank, "id": int(inputs.candidates.ids[j]) or None, "code": own.get("code"), "name": own.get("name"),
                "lon": round(lon, 6), "lat": round(lat, 6), "units": int(units[at]), "gained_alone": alone[at],
                "cost": None if inputs.costs is None else float(inputs.costs[j]) * int(units[at]),
            }
        )  # fmt: skip
    return found


def _alone(inputs: SitingInputs, asked: SitingQuestion, candidate: int) -> float:
    """Weight that a site covers and nothing that stands does."""
    mine = inputs.sites.site_idx == candidate + inputs.existing
    near = inputs.sites.demand_idx[mine & (inputs.sites.time_ms <= asked.standard_s * 1000)]
    return float(inputs.weight[near][inputs.existing_s[near] > asked.standard_s].sum())


def _gained(
    connection: Connection, scope: Scope, asked: SitingQuestion, inputs: SitingInputs, solved: Solved
) -> dict[str, Any]:
    rows = np.flatnonzero((solved.before_s > asked.standard_s) & (solved.after_s <= asked.standard_s))
    order = rows[np.lexsort((inputs.demand.ids[rows], -inputs.weight[rows]))]
    shown = order[:MOST_SHOWN]
    words = read_words(
        connection, kind_by_name(asked.of).layer, inputs.demand.ids[shown].tolist(), scope=scope
    )
    return {
        "points": len(rows), "weight": float(inputs.weight[rows].sum()),
        "lonlat": _rounded(inputs.demand.lonlat[order[:MOST_ON_MAP]]),
        "first": [
            {
                "id": int(inputs.demand.ids[i]), "code": words.get(int(inputs.demand.ids[i]), {}).get("code"),
                "name": words.get(int(inputs.demand.ids[i]), {}).get("name"), "weight": float(inputs.weight[i]),
                "before_s": _finite(float(solved.before_s[i])), "after_s": _finite(float(solved.after_s[i])),
            }
            for i in shown.tolist()
        ],
    }  # fmt: skip


def _districts(
    connection: Connection, asked: SitingQuestion, inputs: SitingInputs, solved: Solved
) -> list[dict[str, Any]]:
    codes, group = np.unique(inputs.district, return_inverse=True)
    group = group.reshape(-1)

    def sums(mask: NDArray[np.bool_]) -> list[float]:
        return [float(v) for v in np.bincount(group[mask], weights=inputs.weight[mask], minlength=len(codes))]

    total, before = sums(np.ones(len(group), bool)), sums(solved.before_s <= asked.standard_s)
    after = sums(solved.after_s <= asked.standard_s)
    names = division_names(connection, codes.tolist())
    return [
        {"code": c, "name": names.get(c, c), "total": t, "before": b, "after": a}
        for c, t, b, a in zip(codes.tolist(), total, before, after, strict=True)
    ]


def _culprits(
    connection: Connection, scope: Scope, asked: SitingQuestion, inputs: SitingInputs, solved: Solved
) -> list[dict[str, Any]]:
    """Name who stands in the way: districts whose floor is out of reach, or demand that no site reaches."""
    found = solved.solution
    if found.status is Status.INFEASIBLE and solved.districts and found.culprit_idx:
        codes = [solved.districts[g] for g in found.culprit_idx]
        names = division_names(connection, codes)
        return [{"code": c, "name": names.get(c, c)} | _attainable(inputs, asked, c) for c in codes]
    if asked.model in COVERING and asked.model != "lscp":
        return []
    rows = np.flatnonzero(solved.out_of_reach)[:MOST_SHOWN]
    words = read_words(
        connection, kind_by_name(asked.of).layer, inputs.demand.ids[rows].tolist(), scope=scope
    )
    return [
        {"id": i, "code": words.get(i, {}).get("code"), "name": words.get(i, {}).get("name")}
        for i in inputs.demand.ids[rows].tolist()
    ]


def _attainable(inputs: SitingInputs, asked: SitingQuestion, code: str) -> dict[str, float]:
    """Say which share of a district all candidates together would cover, and the floor that asks for more."""
    is_reached = inputs.existing_s <= asked.standard_s
    is_reached[inputs.sites.demand_idx[inputs.sites.time_ms <= asked.standard_s * 1000]] = True
    inside = inputs.district == code
    total = float(inputs.weight[inside].sum())
    most = float(inputs.weight[inside & is_reached].sum()) / total if total else 0.0
    return {"most": most, "floor": asked.district_floors.get(code, asked.floor)}


def _rounded(lonlat: NDArray[np.float64]) -> list[list[float]]:
    return [[round(lon, 6), round(lat, 6)] for lon, lat in lonlat.tolist()]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
