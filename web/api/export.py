"""Export layers: at once where it is little, as a job where it is much; and watch jobs."""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path
from typing import Any

from flask import Blueprint, g, request, send_file

from data import audit, cql, features, job_queue
from data.errors import FilterError, NotFoundError, RefusedError
from data.export import write_file
from layers.registry import layer_by_id
from web import identity
from web.api.layers import parse_bbox
from web.export_formats import FORMATS
from web.respond import json_response

blueprint = Blueprint("export", __name__)

#: More rows than this become a job.
DIRECT_ROWS = 20_000


@blueprint.get("/api/export/<layer_id>")
def export(layer_id: str) -> Any:
    """Export a layer, or start a job that does."""
    user, scope, layer = identity.require_user(), identity.scope(), layer_by_id(layer_id)
    if not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes):
        raise RefusedError("您没有导出的权限。 You may not export.")
    wished = request.args.get("format", "xlsx")
    if wished not in FORMATS:
        raise FilterError(
            f"格式应为 {', '.join(FORMATS)} 之一。 One of {', '.join(FORMATS)} was expected for format."
        )
    ending, media_type = FORMATS[wished]
    bbox, text = parse_bbox(request.args.get("bbox")), request.args.get("filter")
    query = features.Query(
        bbox=bbox,
        division_code=request.args.get("division") or None,
        words=request.args.get("q") or None,
        **(narrowed := features.narrowing(layer, request.args)),
        filter_tree=cql.parse(text) if text else None,
    )
    now = identity.settings().clock.now()
    name = f"{layer.words.in_language(g.language)}-{now:%Y%m%d}.{ending}"
    with identity.transaction() as connection:
        total, is_exact = features.count(connection, layer, query, scope=scope)
        audit.append(
            connection, at=now, username=user.username, action="export", subject=layer.id,
            detail={"format": wished, "rows": total if is_exact else f">{total}", "query": request.query_string.decode()[:300]},
        )  # fmt: skip
        if total > DIRECT_ROWS or not is_exact:
            arguments = {
                "layer": layer.id, "format": wished, "ending": ending, "media_type": media_type, "file_name": name,
                "bbox": bbox, "division": query.division_code, "words": query.words, "filter": text, "narrowed": narrowed,
            }  # fmt: skip
            title = f"{'导出' if g.language == 'zh' else 'Export'} {name}"
            job_id = job_queue.submit(
                connection, kind="export", title=title, scope=scope, arguments=arguments, now=now
            )
    if total > DIRECT_ROWS or not is_exact:
        job_queue.hand_in(identity.settings().database, job_id)
        return json_response({"job": str(job_id), "status_url": f"/api/jobs/{job_id}", "title": title}, 202)
    folder = identity.settings().state_dir / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"direct-{os.getpid()}-{secrets.token_hex(8)}.{ending}"
    try:
        with identity.transaction() as connection:
            write_file(connection, layer, query, path, file_format=wished, scope=scope)
        handle = path.open("rb")
    finally:
        # The open handle keeps the content until it is sent.
        path.unlink(missing_ok=True)
    return send_file(handle, media_type, as_attachment=True, download_name=name)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    has_file = row["state"] == "done" and row["result_name"] is not None
    return {
        "id": str(row["id"]),
        "title": row["title"],
        "state": row["state"],
        "progress": row["progress"],
        "message": row["message"],
        "created_at": row["created_at"],
        "result_url": f"/api/jobs/{row['id']}/result" if has_file else None,
    }


def _job_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这个任务。 There is no such job.") from error


@blueprint.get("/api/jobs")
def jobs() -> Any:
    """List the user's jobs."""
    with identity.transaction() as connection:
        rows = job_queue.list_jobs(connection, username=identity.require_user().username)
    return json_response({"jobs": [_shown(row) for row in rows]})


@blueprint.get("/api/jobs/<job_id>")
def job(job_id: str) -> Any:
    """Tell how a job stands."""
    with identity.transaction() as connection:
        row = job_queue.read(connection, _job_id(job_id), username=identity.require_user().username)
    return json_response(_shown(row))


@blueprint.post("/api/jobs/<job_id>/cancel")
def cancel(job_id: str) -> Any:
    """Cancel a job."""
    user, now = identity.require_user(), identity.settings().clock.now()
    with identity.transaction() as connection:
        job_queue.cancel(connection, _job_id(job_id), username=user.username, now=now)
        row = job_queue.read(connection, _job_id(job_id), username=user.username)
    return json_response(_shown(row))


@blueprint.get("/api/jobs/<job_id>/result")
def result(job_id: str) -> Any:
    """Fetch the file of a finished job."""
    with identity.transaction() as connection:
        row = job_queue.read(connection, _job_id(job_id), username=identity.require_user().username)
    if row["state"] != "done" or not row["result_path"] or not Path(row["result_path"]).is_file():
        raise NotFoundError("任务还没有结果，或结果已清理。 The job has no file, or it was cleaned away.")
    return send_file(
        row["result_path"], row["result_type"], as_attachment=True, download_name=row["result_name"]
    )
