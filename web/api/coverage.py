"""Answer how objects are covered: totals by division, a field for the map, and files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from flask import Blueprint, Response, g, request
from numpy.typing import NDArray

from data import audit, coverage_tables, job_queue
from data.coverage_question import TrialQuestion, as_json
from data.coverage_scenario_tables import additions
from data.errors import FilterError, RefusedError
from data.scope import Scope
from data.travel_store import Changes, CoverageAnswer
from geo.measure import geodesic_area_m2
from web import coverage_questions, identity, travel_answers, travel_questions
from web.api.coverage_studio import trials
from web.api.nearest import asked, question, travel
from web.api.tiles import store_id
from web.coverage_report import coverage_report
from web.export_formats import FORMATS
from web.respond import html_file, json_response, revalidated_response

blueprint = Blueprint("coverage", __name__)

_UNREACHED = 65_535
MOST_NAME = 80


def _answer(values: Mapping[str, Any], *, k: int) -> CoverageAnswer:
    return travel().coverage(
        identity.scope(),
        question(values),
        of=str(values.get("of") or "elevator"),
        by=str(values.get("by") or "rescue_station"),
        limits_s=travel_questions.minutes(values.get("within"), default="10,15,30"),
        k=k,
        division_code=values.get("division") or None,
        only_on_duty=travel_questions.flag(values.get("on_duty")),
        changes=travel_questions.changes(values) if request.method == "POST" else None,
    )


@blueprint.get("/api/coverage")
@blueprint.post("/api/coverage")
def coverage() -> Any:
    """Add up how objects are covered, by division; with format= xlsx or gpkg start a job, with html draw a report.

    A body with `scenario`, a name, makes the file of a scenario: it says what is changed, and stands before beside after.
    """
    values = asked()
    wished = values.get("format") or "json"
    if wished not in ("json", "html", *coverage_tables.FILE_FORMATS):
        raise FilterError(
            "格式应为 json、html、xlsx、gpkg 之一。 One of json, html, xlsx and gpkg was expected for format."
        )
    if wished in coverage_tables.FILE_FORMATS:
        return _start_job(values, str(wished))
    if wished == "html":
        _check_export()
    found, scope = _answer(values, k=3), identity.scope()
    division_code = values.get("division") or None
    scenario = _scenario(values) if wished == "html" else None
    trial = None if scenario is None else trials().answer(scope, scenario)
    with identity.transaction() as connection:
        if wished == "html":
            _note_export(connection, scope, "html", len(found.objects))
            more = (
                None
                if trial is None
                else additions(connection, trial, name=_scenario_name(values), scope=scope)
            )
            text = coverage_report(
                connection,
                found,
                scope=scope,
                division_code=division_code,
                is_sample=identity.is_sample(),
                more=more,
            )
            return _report(text, "coverage.html" if more is None else f"{_file_stem(more.name)}.html")
        totals = coverage_tables.totals_by_division(connection, found, division_code=division_code)
        late = coverage_tables.uncovered_rows(found)
        first = list(coverage_tables.object_rows(connection, found, late[:100], scope=scope))
    body = travel_answers.coverage_head(found, g.language) | {
        "total": travel_answers.coverage_total(totals.whole, {}),
        "divisions": [travel_answers.coverage_total(line, totals.names) for line in totals.lines],
        "times_covered": _times_covered(found),
        "uncovered": {"count": len(late), "first": first},
    }
    if travel_questions.flag(values.get("with_area")):
        body["areas"] = [
            {"limit_s": area.limit_s, "area_m2": round(geodesic_area_m2(area.polygon))}
            for area in coverage_tables.covered_areas(found)
        ]
    return json_response(body)


@blueprint.get("/api/coverage/field")
@blueprint.post("/api/coverage/field")
def field() -> Any:
    """Give the seconds to the nearest facility of every object, for colouring a layer without new tiles.

    As JSON ``{limits_s, seconds: {id: s or null}}``; with format=binary the length of a JSON header (uint32,
    little-endian), the header, the ids (uint32) and the seconds (uint16, rounded up, 65535 for unreached).
    """
    values = asked()
    found = _answer(values, k=1)
    times = found.coverage.closest.travel_time_s[:, 0]
    whole = np.where(np.isinf(times), _UNREACHED, np.minimum(np.ceil(times), _UNREACHED - 1)).astype("<u2")
    head = travel_answers.coverage_head(found, g.language) | {"limit_s": found.coverage.limits_s[-1]}
    ids = found.objects.ids
    if values.get("format") == "binary":
        head |= {"count": len(ids), "ids": "uint32", "seconds": "uint16", "unreached": _UNREACHED}
        return Response(_packed(head, ids.astype("<u4"), whole), content_type="application/octet-stream")
    pairs = zip(ids.tolist(), whole.tolist(), strict=True)
    return json_response(head | {"seconds": {i: None if s == _UNREACHED else s for i, s in pairs}})


@blueprint.get("/api/coverage/positions")
def positions() -> Any:
    """Give where the objects of a kind are, once for all answers about them: the browser asks anew only when they changed.

    The length of a JSON header (uint32, little-endian), the header, the ids (uint32, rising) and longitude and
    latitude of each (float32, WGS-84; NaN without a position).
    """
    found = travel().positions(identity.scope(), str(request.args.get("of") or "elevator"))

    def content() -> bytes:
        points = found.read()
        head = {
            "of": travel_answers.kind(found.kind, g.language),
            "count": len(points), "ids": "uint32", "lonlat": "float32",
        }  # fmt: skip
        return _packed(head, points.ids.astype("<u4"), points.lonlat.astype("<f4"))

    return revalidated_response(content, (g.language, store_id(), *found.key))


def _packed(head: dict[str, Any], *columns: NDArray[Any]) -> bytes:
    """Write a header and columns so that a browser reads them in place: each begins at a multiple of four."""
    text = json.dumps(head, ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 4) % 4)
    return b"".join([len(text).to_bytes(4, "little"), text, *(column.tobytes() for column in columns)])


def _times_covered(found: CoverageAnswer) -> list[dict[str, Any]]:
    """Count the objects covered 0, 1, 2 … times within each limit; the last is "or more"."""
    k = found.coverage.closest.travel_time_s.shape[1]
    return [
        {
            "limit_s": limit,
            "objects": np.bincount(found.coverage.times_covered[:, n], minlength=k + 1).tolist(),
        }
        for n, limit in enumerate(found.coverage.limits_s)
    ]


def _scenario(values: Mapping[str, Any]) -> TrialQuestion | None:
    """Read the scenario that a file is asked for; None where a plain coverage is."""
    if request.method != "POST" or values.get("scenario") is None:
        return None
    return coverage_questions.trial_question(values, now=identity.settings().clock.now())


def _scenario_name(values: Mapping[str, Any]) -> str:
    unnamed = "未命名方案" if g.language == "zh" else "Unnamed scenario"
    return " ".join(str(values["scenario"]).split())[:MOST_NAME] or unnamed


def _file_stem(name: str) -> str:
    """Take out of a name what no file system has in one."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", name).strip(". ") or "_"


def _report(text: str, name: str) -> Response:
    response = html_file(text, name)
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def _check_export() -> None:
    if not identity.require_user().may("export") or (
        g.token_scopes is not None and "export" not in g.token_scopes
    ):
        raise RefusedError("您没有导出的权限。 You may not export.")


def _note_export(connection: Any, scope: Scope, file_format: str, rows: int | None) -> None:
    audit.append(
        connection, at=identity.settings().clock.now(), username=scope.username, action="export", subject="coverage",
        detail={"format": file_format, "rows": rows, "query": request.query_string.decode()[:300]},
    )  # fmt: skip


def _start_job(values: Mapping[str, Any], file_format: str) -> Any:
    """Start the job that writes a coverage to a file."""
    _check_export()
    asking, scope, now = question(values), identity.scope(), identity.settings().clock.now()
    of, by = (
        travel_questions.kind(values.get(n) or d) for n, d in (("of", "elevator"), ("by", "rescue_station"))
    )
    limits_s = travel_questions.minutes(values.get("within"), default="10,15,30")
    changes = travel_questions.changes(values) if request.method == "POST" else Changes()
    ending, media_type = FORMATS[file_format]
    is_zh = g.language == "zh"
    name = f"{of.words.in_language(g.language)}-{'覆盖' if is_zh else 'coverage'}-{now:%Y%m%d}.{ending}"
    scenario, told = _scenario(values), {}
    if scenario is not None:
        called = _scenario_name(values)
        name, told = f"{_file_stem(called)}-{name}", {"scenario": as_json(scenario), "name": called}
    title = f"{'覆盖分析' if is_zh else 'Coverage'} {name}"
    arguments = {
        "at": asking.at.isoformat(), "hour": asking.hour, "profile": asking.profile.name,
        "closed": [area.wkt for area in asking.closed], "of": of.name, "by": by.name, "limits_s": limits_s,
        "division": values.get("division") or None, "on_duty": travel_questions.flag(values.get("on_duty")),
        "out": sorted(changes.out_ids), "added": changes.added, "moved": changes.moved,
        "ending": ending, "media_type": media_type, "file_name": name, **told,
    }  # fmt: skip
    with identity.transaction() as connection:
        _note_export(connection, scope, file_format, None)
        job_id = job_queue.submit(
            connection, kind="coverage", title=title, scope=scope, arguments=arguments, now=now
        )
    job_queue.hand_in(identity.settings().database, job_id)
    return json_response({"job": str(job_id), "status_url": f"/api/jobs/{job_id}", "title": title}, 202)
