"""Import files of rows as jobs: the file kept until a worker takes it, the outcome for who asked (rows L2, N11)."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import job_queue
from data.loading.problems import RowProblem
from data.scope import Connection, Scope

JOB = "table_import"
#: Files above this are imported as jobs: a web worker is not held for longer than some seconds, bytes.
MOST_DIRECT_BYTES = 500_000
KEPT = dt.timedelta(days=2)


@dataclass(frozen=True)
class Asked:
    """
    What is to be imported.

    Attributes
    ----------
    target : the layer's or register's id
    path : the file that was sent
    file_name : what the person calls it
    crs : of the positions, or None
    is_check : say what would be done and write nothing
    keep_good : write the good rows although others are bad (enterprises)
    authority_code : of rows that name none (enterprises)
    """

    target: str
    path: Path
    file_name: str
    crs: str | None
    is_check: bool
    keep_good: bool = False
    authority_code: str | None = None


def folder_of(state_dir: Path) -> Path:
    """Give the folder of the files of imports, made when it is not there."""
    folder = state_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def submit(
    connection: Connection, asked: Asked, *, title: str, state_dir: Path, scope: Scope, now: dt.datetime
) -> uuid.UUID:
    """Keep the file and write the job down; `job_queue.hand_in` it after the transaction."""
    kept = folder_of(state_dir) / f"{uuid.uuid4()}{asked.path.suffix}"
    shutil.copyfile(asked.path, kept)
    arguments = {
        "target": asked.target, "path": str(kept), "file_name": asked.file_name[:200], "crs": asked.crs, "is_check": asked.is_check,
        "keep_good": asked.keep_good, "authority_code": asked.authority_code,
    }  # fmt: skip
    return job_queue.submit(connection, kind=JOB, title=title, scope=scope, arguments=arguments, now=now)


def _outcome_path(state_dir: Path, job_id: uuid.UUID) -> Path:
    return folder_of(state_dir) / f"{job_id}.json"


def keep_outcome(state_dir: Path, job_id: uuid.UUID, outcome: dict[str, Any]) -> None:
    """Keep what came of an import: it is there as a whole or not at all."""
    path = _outcome_path(state_dir, job_id)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(outcome, ensure_ascii=False), encoding="utf-8")
    half.replace(path)


def read_outcome(state_dir: Path, job_id: uuid.UUID) -> dict[str, Any] | None:
    """Read what came of an import; None while it runs, or when it was cleaned away."""
    path = _outcome_path(state_dir, job_id)
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def plain_problem(problem: RowProblem) -> dict[str, Any]:
    """Give a bad cell as it is kept."""
    return {
        "row": problem.row, "column": problem.column, "value": problem.value, "code": problem.code.value, "message": problem.message,
    }  # fmt: skip


def sweep(state_dir: Path, *, now: dt.datetime) -> int:
    """Remove files of imports that are two days old; how many."""
    removed = 0
    for path in folder_of(state_dir).iterdir():
        if dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < now - KEPT:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
