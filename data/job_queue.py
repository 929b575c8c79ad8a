"""Queue work that takes longer than a page may wait: submit, watch, cancel, run."""

from __future__ import annotations

import datetime as dt
import importlib
import logging
import pkgutil
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

import data.jobs
from data.clock import Clock
from data.database import Database
from data.errors import NotFoundError, StoreError
from data.scope import Connection, Scope, enter
from geo.errors import OneMapError

_log = logging.getLogger(__name__)
#: A job that has not moved for so long belongs to a worker that died.
STALLED = dt.timedelta(minutes=5)


class JobCancelledError(StoreError):
    """The job's user has cancelled it."""


@dataclass(frozen=True)
class JobResult:
    """What a job leaves: a file to fetch, or only words."""

    message: str
    path: Path | None = None
    file_name: str | None = None
    media_type: str | None = None


class JobContext:
    """What a running job has at hand: the store's addresses, its scope, and a way to tell how far it is."""

    def __init__(
        self, database: Database, job_id: uuid.UUID, scope: Scope, state_dir: Path, clock: Clock
    ) -> None:
        self.database = database
        self.job_id = job_id
        self.scope = scope
        self.state_dir = state_dir
        self.clock = clock

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection under the job's scope; the caller closes it."""
        connection = psycopg.connect(self.database.app, row_factory=dict_row)
        enter(connection, self.scope)
        return connection

    def report(self, progress: float, message: str = "") -> None:
        """Tell how far the job is, 0–1.

        Raises
        ------
        JobCancelledError
            When its user has cancelled it.
        """
        with psycopg.connect(self.database.app, row_factory=dict_row) as connection:
            row = connection.execute(
                "UPDATE job SET progress = %s, message = %s WHERE id = %s AND state = 'running' RETURNING is_cancel_requested",
                [min(max(progress, 0.0), 1.0), message, self.job_id],
            ).fetchone()
        if row is None or row["is_cancel_requested"]:
            raise JobCancelledError("任务已取消。 The job was cancelled.")


Runner = Callable[[JobContext, dict[str, Any]], JobResult]


def runners() -> dict[str, Runner]:
    """Discover the kinds of jobs: each module in data/jobs gives KIND and run."""
    found: dict[str, Runner] = {}
    for module in pkgutil.iter_modules(data.jobs.__path__):
        loaded = importlib.import_module(f"data.jobs.{module.name}")
        found[loaded.KIND] = loaded.run
    return found


def queue_app(database: Database) -> procrastinate.App:
    """Make the queue of a database; for workers, and for handing in from plain code."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=database.app, min_size=1, max_size=4)
    )
    app.task(name="onemap.run_job", queue="jobs", pass_context=False)(_no_runner)
    return app


def _no_runner(job_id: str) -> None:
    raise StoreError(f"job {job_id} reached a process that only hands in")


def submit(
    connection: Connection,
    *,
    kind: str,
    title: str,
    scope: Scope,
    arguments: dict[str, Any],
    now: dt.datetime,
) -> uuid.UUID:
    """Write down a job in the connection's transaction; `hand_in` it after the transaction."""
    job_id = uuid.uuid4()
    connection.execute(
        "INSERT INTO job (id, kind, title, username, arguments, created_at) VALUES (%s, %s, %s, %s, %s, %s)",
        [job_id, kind, title, scope.username, Jsonb({"scope": asdict(scope), "arguments": arguments}), now],
    )
    return job_id


def hand_in(database: Database, job_id: uuid.UUID) -> None:
    """Put a written-down job into the queue; once only, however often it is called."""
    connector = procrastinate.SyncPsycopgConnector(conninfo=database.app, min_size=1, max_size=1)
    app = procrastinate.App(connector=connector)
    task = app.task(name="onemap.run_job", queue="jobs")(_no_runner)
    with app.open():
        try:
            task.configure(queueing_lock=str(job_id)).defer(job_id=str(job_id))
        except procrastinate.exceptions.AlreadyEnqueued:
            return


def read(connection: Connection, job_id: uuid.UUID, *, username: str) -> dict[str, Any]:
    """Read a job of this user.

    Raises
    ------
    NotFoundError
        When the user has no such job.
    """
    row = connection.execute(
        "SELECT id, kind, title, state, progress, message, result_path, result_name, result_type, created_at, started_at,"
        " finished_at FROM job WHERE id = %s AND username = %s",
        [job_id, username],
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这个任务。 There is no such job of yours.")
    return dict(row)


def list_jobs(connection: Connection, *, username: str, limit: int = 50) -> list[dict[str, Any]]:
    """List a user's jobs, the newest first."""
    return list(
        connection.execute(
            "SELECT id, kind, title, state, progress, message, result_name, created_at, finished_at FROM job"
            " WHERE username = %s ORDER BY created_at DESC LIMIT %s",
            [username, limit],
        )
    )


def cancel(connection: Connection, job_id: uuid.UUID, *, username: str, now: dt.datetime) -> None:
    """Cancel a job: a waiting one at once, a running one at its next report.

    Raises
    ------
    NotFoundError
        When the user has no such job.
    """
    read(connection, job_id, username=username)
    connection.execute(
        "UPDATE job SET is_cancel_requested = true,"
        " state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END,"
        " finished_at = CASE WHEN state = 'waiting' THEN %s ELSE finished_at END"
        " WHERE id = %s AND state IN ('waiting', 'running')",
        [now, job_id],
    )


def run(database: Database, job_id: uuid.UUID, *, state_dir: Path, clock: Clock) -> None:
    """Run one job to its end; what it raises is written down, not passed on."""
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        row = connection.execute(
            "UPDATE job SET state = 'running', started_at = %s, progress = 0, message = ''"
            " WHERE id = %s AND state IN ('waiting', 'running') RETURNING kind, arguments",
            [clock.now(), job_id],
        ).fetchone()
    if row is None:
        return
    kept = row["arguments"]
    scope_facts = kept["scope"]
    scope_facts["ranges"] = tuple((low, high) for low, high in scope_facts["ranges"])
    context = JobContext(database, job_id, Scope(**scope_facts), state_dir, clock)
    state, result = "failed", JobResult("")
    try:
        result = runners()[row["kind"]](context, kept["arguments"])
        state = "done"
    except JobCancelledError:
        state, result = "cancelled", JobResult("")
    except OneMapError as error:
        result = JobResult(str(error))
    except Exception:  # noqa: BLE001 - the outermost door of a worker: the job fails, the worker goes on
        _log.exception("job %s failed", job_id)
        result = JobResult("系统内部错误，已记录。 An internal error was recorded.")
    _finish(database, job_id, state, result, clock)


def _finish(database: Database, job_id: uuid.UUID, state: str, result: JobResult, clock: Clock) -> None:
    with psycopg.connect(database.app) as connection:
        connection.execute(
            "UPDATE job SET state = %s, progress = CASE WHEN %s = 'done' THEN 1 ELSE progress END, message = %s,"
            " result_path = %s, result_name = %s, result_type = %s, finished_at = %s WHERE id = %s",
            [
                state, state, result.message, str(result.path) if result.path else None, result.file_name,
                result.media_type, clock.now(), job_id,
            ],
        )  # fmt: skip


def forgotten(connection: Connection) -> list[uuid.UUID]:
    """List waiting jobs that nobody has put into the queue: their process died in between."""
    rows = connection.execute(
        "SELECT j.id FROM job j WHERE j.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs p"
        " WHERE p.queueing_lock = j.id::text AND p.status IN ('todo', 'doing'))"
    ).fetchall()
    return [row["id"] for row in rows]
