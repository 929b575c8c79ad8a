"""Answer coverage while facilities are tried out, and keep, compare and share what was tried."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from flask import Blueprint, Response, current_app, g, request
from numpy.typing import NDArray

from data import coverage_report, coverage_scenarios
from data.coverage_question import TrialQuestion, as_json, from_json
from data.coverage_trials import CoverageTrials, Trial, facility_rows
from data.errors import FilterError, NotFoundError
from data.located_points import kinds
from data.siting_question import COUNT, weight_fields
from web import coverage_questions, identity, travel_answers, travel_questions
from web.api.nearest import travel
from web.respond import json_response

blueprint = Blueprint("coverage_studio", __name__)

UNREACHED = 65_535
MOST_COMPARED = 4


def trials() -> CoverageTrials:
    """Give the application's trials of coverage."""
    known = current_app.extensions
    if "coverage_trials" not in known:
        known["coverage_trials"] = CoverageTrials(known["store"], travel())
    found: CoverageTrials = known["coverage_trials"]
    return found


@blueprint.get("/api/studio/coverage")
def choices() -> Any:
    """Say what may be asked: kinds of points, and the fields that weigh them."""
    each = "每个计一" if g.language == "zh" else "each counts as one"
    known = [
        {
            "id": kind.name, "title": kind.words.in_language(g.language), "layer": kind.layer.id,
            "weights": [{"id": COUNT, "title": each}]
            + [{"id": f.name, "title": f.words.in_language(g.language)} for f in weight_fields(kind)],
        }
        for kind in kinds().values()
    ]  # fmt: skip
    return json_response({"kinds": known})


@blueprint.post("/api/studio/coverage/answer")
def answer() -> Any:
    """Answer a scenario: a JSON header, and the seconds of the two nearest of every object that changes.

    The length of the header (uint32, little-endian), the header, then, unless the caller names the `base` it has: the ids
    (uint32) and the seconds of the first and the second nearest as things stand (uint16, rounded up, 65535 for unreached);
    then positions of objects that change (uint32) and their seconds under the scenario. Each column begins at a multiple of four.
    """
    begun = time.perf_counter()
    values = _body()
    asked = _question(values)
    found = trials().answer(identity.scope(), asked)
    swept = time.perf_counter()
    is_known = values.get("base") == found.standing.key
    with identity.transaction() as connection:
        head = _head(found) | coverage_report.report(connection, found, scope=identity.scope())
        if not is_known:
            head["facilities"] = facility_rows(connection, found.standing, scope=identity.scope())
    before, after = _seconds(found.before_s), _seconds(found.after_s)
    changed = np.flatnonzero((before != after).any(axis=1)).astype("<u4")
    columns = (
        []
        if is_known
        else [found.standing.objects.ids.astype("<u4"), before[:, 0].copy(), before[:, 1].copy()]
    )
    columns += [changed, after[changed, 0].copy(), after[changed, 1].copy()]
    head |= {
        "is_whole": not is_known, "count": len(before), "changed": len(changed), "unreached": UNREACHED,
        "swept_ms": round(1000 * (swept - begun), 1), "server_ms": round(1000 * (time.perf_counter() - begun), 1),
    }  # fmt: skip
    return Response(_packed(head, columns), content_type="application/octet-stream")


@blueprint.get("/api/studio/coverage/road")
def road() -> Any:
    """Find the road at a place, so that it can be closed: its name, and the line across it."""
    at = travel_questions.position(request.args.get("lon"), request.args.get("lat"))
    found = travel().barrier(travel_questions.question({}, now=_now()), at)
    geometry = {"type": "LineString", "coordinates": shapely.get_coordinates(found.line).round(7).tolist()}
    return json_response({"name": found.name, "distance_m": round(found.distance_m, 1), "geometry": geometry})


# -- scenarios -------------------------------------------------------------------------------------------


@blueprint.get("/api/studio/coverage/scenarios")
def scenarios() -> Any:
    """List the scenarios of the user's jurisdiction, those changed last first."""
    with identity.transaction() as connection:
        rows = coverage_scenarios.listed(connection)
    return json_response({"scenarios": [_shown(row) for row in rows]})


@blueprint.post("/api/studio/coverage/scenarios")
def save() -> Any:
    """Save a scenario under a name."""
    values = _body()
    asked = _question(values)
    with identity.transaction() as connection:
        row = coverage_scenarios.save(
            connection, str(values.get("name") or ""), as_json(asked), scope=identity.scope(), now=_now()
        )
    return json_response(_shown(row), 201)


@blueprint.get("/api/studio/coverage/scenarios/<scenario_id>")
def scenario(scenario_id: str) -> Any:
    """Give one scenario."""
    with identity.transaction() as connection:
        row = coverage_scenarios.read(connection, _id(scenario_id))
    return json_response(_shown(row))


@blueprint.put("/api/studio/coverage/scenarios/<scenario_id>")
def change(scenario_id: str) -> Any:
    """Save a scenario again; refused when somebody else has saved it since the given version."""
    values = _body()
    asked = _question(values)
    version = travel_questions.whole(values.get("version"), "version", 0, low=0, high=2**31 - 1)
    with identity.transaction() as connection:
        row = coverage_scenarios.change(
            connection, _id(scenario_id), str(values.get("name") or ""), as_json(asked),
            version=version, scope=identity.scope(), now=_now(),
        )  # fmt: skip
    return json_response(_shown(row))


@blueprint.delete("/api/studio/coverage/scenarios/<scenario_id>")
def remove(scenario_id: str) -> Any:
    """Remove a scenario and end its link."""
    with identity.transaction() as connection:
        coverage_scenarios.remove(connection, _id(scenario_id), scope=identity.scope())
    return json_response({"removed": scenario_id})


@blueprint.post("/api/studio/coverage/scenarios/<scenario_id>/share")
def share(scenario_id: str) -> Any:
    """Share a scenario by a link with a secret of 128 bits; an earlier link ends."""
    with identity.transaction() as connection:
        secret = coverage_scenarios.share(connection, _id(scenario_id), scope=identity.scope(), now=_now())
    return json_response({"link": f"/studio/coverage#shared={secret}"}, 201)


@blueprint.delete("/api/studio/coverage/scenarios/<scenario_id>/share")
def unshare(scenario_id: str) -> Any:
    """End the link of a scenario."""
    with identity.transaction() as connection:
        coverage_scenarios.unshare(connection, _id(scenario_id), scope=identity.scope())
    return json_response({"unshared": scenario_id})


@blueprint.get("/api/studio/coverage/shared/<secret>")
def shared(secret: str) -> Any:
    """Give what is shared under a link; whoever opens it sees their own jurisdiction under it."""
    with identity.transaction() as connection:
        row = coverage_scenarios.read_shared(connection, secret)
    asked = from_json(row["question"], now=_now())
    known = set(trials().standing(identity.scope(), asked).facilities.ids.tolist())
    question = row["question"] | {
        "out": [i for i in row["question"]["out"] if i in known],
        "moved": [one for one in row["question"]["moved"] if one[0] in known],
    }
    return json_response(row | {"question": question})


@blueprint.get("/api/studio/coverage/compare")
def compare() -> Any:
    """Set two to four scenarios side by side, each worked out now for the user's own jurisdiction."""
    names = [part for part in (request.args.get("ids") or "").split(",") if part]
    if not 2 <= len(names) <= MOST_COMPARED:
        raise FilterError(
            f"请选 2–{MOST_COMPARED} 个方案比较，收到 {len(names)} 个。 Choose 2 to {MOST_COMPARED} scenarios to compare, got {len(names)}."
        )
    with identity.transaction() as connection:
        rows = [coverage_scenarios.read(connection, _id(name)) for name in names]
    found = [
        trials().answer(identity.scope(), from_json(row["question"], now=_now()), is_strict=False)
        for row in rows
    ]
    with identity.transaction() as connection:
        columns = [
            _shown(row)
            | _head(one)
            | coverage_report.report(connection, one, scope=identity.scope(), with_lists=False)
            for row, one in zip(rows, found, strict=True)
        ]
    return json_response({"scenarios": columns})


# -- reading and writing ---------------------------------------------------------------------------------


def _now() -> Any:
    return identity.settings().clock.now()


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise FilterError("请求内容应为 JSON 对象。 The body must be a JSON object.")
    return body


def _question(values: Mapping[str, Any]) -> TrialQuestion:
    return coverage_questions.trial_question(values, now=_now())


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这个覆盖方案。 There is no such coverage scenario.") from error


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"id": str(row["id"])}


def _head(found: Trial) -> dict[str, Any]:
    """Write what a trial is about."""
    return {
        "base": found.standing.key, "of": travel_answers.kind(found.standing.of, g.language),
        "by": travel_answers.kind(found.standing.by, g.language), "standard_s": found.asked.standard_s,
        "limits_s": list(found.asked.limits_s), "facility_count": found.facility_count,
        "facility_count_before": len(found.standing.facilities), "off_road": list(found.off_road),
        "swept_whole": found.two.swept_whole,
        "network": travel_answers.circumstances(found.now.circumstances, g.language),
    }  # fmt: skip


def _seconds(times: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Round seconds up, so that who is late by a moment is late."""
    whole = np.where(np.isinf(times), UNREACHED, np.minimum(np.ceil(times), UNREACHED - 1))
    return whole.astype("<u2")


def _packed(head: dict[str, Any], columns: list[NDArray[Any]]) -> bytes:
    """Write a header and columns so that a browser reads them in place."""
    parts = [json.dumps(head, ensure_ascii=False).encode()]
    parts[0] += b" " * (-(len(parts[0]) + 4) % 4)
    for column in columns:
        content = column.tobytes()
        parts.append(content + b"\0" * (-len(content) % 4))
    return b"".join([len(parts[0]).to_bytes(4, "little"), *parts])
