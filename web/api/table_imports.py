"""Tell what came of a file that was imported as a job (rows L2, N11)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint

from data import job_queue, table_imports
from data.errors import NotFoundError
from web import identity
from web.problems import in_language
from web.respond import json_response

blueprint = Blueprint("table_imports", __name__)


@blueprint.get("/api/imports/<uuid:job_id>")
def outcome(job_id: uuid.UUID) -> Any:
    """Give the counts of a finished import of the user, its first problems, and where its bad rows are."""
    user = identity.require_user()
    with identity.transaction() as connection:
        row = job_queue.read(connection, job_id, username=user.username)
    found = table_imports.read_outcome(identity.settings().state_dir, job_id)
    if row["state"] != "done" or found is None:
        raise NotFoundError(
            "导入还没有结果，或结果已清理。 The import has no outcome, or it was cleaned away."
        )
    return json_response(
        {
            **found,
            "notes": [in_language(note) for note in found["notes"]],
            "problems": [{**one, "message": in_language(one["message"])} for one in found["problems"]],
            "report_url": f"/api/jobs/{job_id}/result" if row["result_name"] else None,
        }
    )
