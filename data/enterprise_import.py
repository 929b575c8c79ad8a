"""Load enterprises from a file for one authority: checked as a whole before anything is written, within its own ranges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data import audit, imported_changes
from data.loading.elsewhere import codes_elsewhere
from data.loading.register import load_register
from data.loading.subject import LoadRequest, LoadResult
from data.scope import Connection, Scope, require_write

LAYER = "enterprise"


@dataclass(frozen=True)
class ImportAsked:
    """What an authority asks of a file.

    Attributes
    ----------
    file_name : what the person calls it, for the audit alone
    authority_code : of rows that name none
    crs : of the positions, or None
    keep_good : write the good rows although others are bad
    report : where to write the bad rows, or None
    say, progress : as of a `LoadRequest`
    """

    path: Path
    file_name: str
    authority_code: str | None
    crs: str | None = None
    keep_good: bool = False
    report: Path | None = None
    say: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda _done, _all: None


def check(connection: Connection, asked: ImportAsked, *, scope: Scope) -> LoadResult:
    """Say what a file would do; the caller's transaction must be rolled back.

    Raises
    ------
    LoadError
        When the file as a whole cannot be taken.
    RefusedError
        When the scope may not write.
    """
    return load_register(connection, _request(connection, asked, scope, keep_good=True))


def write(connection: Connection, asked: ImportAsked, *, scope: Scope, now: dt.datetime) -> LoadResult:
    """Load a file, all of it or (with `keep_good`) its good rows; what changed of an enterprise is kept in its history.

    Raises
    ------
    LoadError
        When the file cannot be taken, or has bad rows that were not to be left out.
    RefusedError
        When the scope may not write.
    """
    with imported_changes.kept(connection, file_name=asked.file_name, scope=scope, now=now):
        result = load_register(connection, _request(connection, asked, scope, keep_good=asked.keep_good))
    written = result.written
    audit.append(
        connection, at=now, username=scope.username, action="enterprise.import", subject=LAYER,
        detail={
            "file": asked.file_name[:200], "added": written.inserted, "changed": written.updated, "bad": result.log.bad_rows,
        },
    )  # fmt: skip
    return result


def _request(connection: Connection, asked: ImportAsked, scope: Scope, *, keep_good: bool) -> LoadRequest:
    require_write(scope)
    return LoadRequest(
        LAYER, asked.path, crs=asked.crs, authority_code=asked.authority_code, keep_good=keep_good, report=asked.report,
        keeps=frozenset({"risk_grade"}), ranges=scope.ranges, codes_elsewhere=codes_elsewhere(connection, LAYER, scope), say=asked.say, progress=asked.progress,
    )  # fmt: skip
