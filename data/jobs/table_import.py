"""Check a file of rows, or write it, in the background: all of it or nothing, and its bad rows as Excel."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from data import enterprise_import, register_import, table_imports
from data.enterprise_import import ImportAsked
from data.errors import LoadError
from data.job_queue import JobContext, JobResult
from data.loading.problems import RowProblem
from data.loading.subject import LoadRequest, LoadResult
from data.register_forms import Actor
from data.scope import Connection
from layers.registry import register_by_id
from layers.workflow import Party

KIND = table_imports.JOB
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Of the whole, how much checking the rows takes.
_CHECKED = 0.85


class _Import:
    """One import under the scope of who asked."""

    def __init__(self, context: JobContext, arguments: dict[str, Any]) -> None:
        self.context, self.asked = context, arguments
        self.path = Path(arguments["path"])
        self.report = table_imports.folder_of(context.state_dir) / f"{context.job_id}.xlsx"
        self.share = 0.02
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        self.notes.append(text)
        self.context.report(self.share, text[:200])

    def progress(self, done: int, total: int) -> None:
        self.share = 0.1 + (_CHECKED - 0.1) * done / max(total, 1)
        self.context.report(self.share, f"{done:,} / {total:,}")

    def run(self) -> dict[str, Any]:
        self.context.report(self.share)
        with self.context.connect() as connection:
            try:
                result = self._load(connection)
            except LoadError as error:
                connection.rollback()
                if not error.problems:
                    raise
                return self._keep(self._refused(error))
            outcome = self._keep(self._done(result))
            if self.asked["is_check"]:
                connection.rollback()
            else:
                # Whoever cancelled until here finds nothing written.
                self.context.report(0.98)
        return outcome

    def _keep(self, outcome: dict[str, Any]) -> dict[str, Any]:
        table_imports.keep_outcome(self.context.state_dir, self.context.job_id, outcome)
        return outcome

    def _load(self, connection: Connection) -> LoadResult:
        asked, now = self.asked, self.context.clock.now()
        if asked["target"] == enterprise_import.LAYER:
            wanted = ImportAsked(
                self.path, asked["file_name"], asked["authority_code"], crs=asked["crs"], keep_good=asked["keep_good"],
                report=self.report, say=self.say, progress=self.progress,
            )  # fmt: skip
            if asked["is_check"]:
                return enterprise_import.check(connection, wanted, scope=self.context.scope)
            return enterprise_import.write(connection, wanted, scope=self.context.scope, now=now)
        register = register_by_id(asked["target"])
        party = Party.OWNER if self.context.scope.owner_id is not None else Party.AUTHORITY
        request = LoadRequest(
            register.id, self.path, crs=asked["crs"], report=self.report, say=self.say, progress=self.progress
        )
        actor = Actor(self.context.scope, party, now)
        return register_import.load(connection, register, request, file_name=asked["file_name"], actor=actor)

    def _refused(self, error: LoadError) -> dict[str, Any]:
        problems = [table_imports.plain_problem(p) for p in error.problems if isinstance(p, RowProblem)]
        return {
            "added": 0, "changed": 0, "unchanged": 0, "is_written": False, "is_refused": True, "bad_rows": error.bad_rows,
            "problems": problems, "problem_count": error.problem_count, "without_position": 0, "guessed_positions": 0, "to_mend": 0, "notes": self.notes,
        }  # fmt: skip

    def _done(self, result: LoadResult) -> dict[str, Any]:
        written, log = result.written, result.log
        return {
            "added": written.inserted, "changed": written.updated, "unchanged": written.unchanged,
            "is_written": not self.asked["is_check"], "is_refused": False, "bad_rows": log.bad_rows,
            "problems": [table_imports.plain_problem(p) for p in log.first], "problem_count": log.total,
            "without_position": result.unplaced, "guessed_positions": result.guessed, "to_mend": result.to_mend, "notes": self.notes,
        }  # fmt: skip


def run(context: JobContext, arguments: dict[str, Any]) -> JobResult:
    """Import under the scope of the user who asked; what came of it is kept, and the bad rows are the job's file."""
    work = _Import(context, arguments)
    try:
        outcome = work.run()
    finally:
        with suppress(OSError):
            work.path.unlink(missing_ok=True)
    words = f"+{outcome['added']:,} ~{outcome['changed']:,}"
    if outcome["problems"] and work.report.is_file():
        return JobResult(words, work.report, "to-mend.xlsx", _XLSX)
    return JobResult(words)
