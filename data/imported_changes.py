"""Keep in the history of each enterprise what a file changed of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.types.json import Jsonb

from data.enterprise_changes import COLUMNS, FROM, Values, is_same_place, values_of
from data.loading.rows import WRITTEN, forget_written
from data.scope import Connection, Scope
from layers.enterprise_change import ChangeState

_NOTE_MOST = 200


@contextmanager
def kept(connection: Connection, *, file_name: str, scope: Scope, now: dt.datetime) -> Iterator[None]:
    """Compare the enterprises before and after what is done within, and keep what changed under the name of the file.

    New enterprises have no history yet. Rows that the file left as they were gain none.
    """
    connection.execute(
        f"CREATE TEMP TABLE enterprise_before ON COMMIT DROP AS SELECT {COLUMNS} {FROM}".encode()
    )
    forget_written(connection)
    yield
    changed = f"(SELECT b.id FROM enterprise_before b JOIN {WRITTEN} w USING (code) WHERE NOT w.is_new)"
    before = connection.execute(
        f"SELECT * FROM enterprise_before WHERE id IN {changed} ORDER BY id".encode()
    ).fetchall()
    after = connection.execute(
        f"SELECT {COLUMNS} {FROM} WHERE e.id IN {changed} ORDER BY e.id".encode()
    ).fetchall()
    note = f"导入文件 Imported from {file_name}"[:_NOTE_MOST]
    lines = []
    for old, new in zip(before, after, strict=True):
        was, is_now = _changed(old, new)
        if is_now:
            lines.append((new["id"], was, is_now))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO enterprise_change (enterprise_code, authority_code, owner_id, state, by_owner, asked_at, asked_by, note,"
            " before, after, decided_at, decided_by)"
            " SELECT code, authority_code, owner_id, %s, false, %s, %s, %s, %s, %s, %s, %s FROM enterprise WHERE id = %s",
            [
                (ChangeState.APPLIED.value, now, scope.username, note, Jsonb(was), Jsonb(is_now), now, scope.username, row_id)
                for row_id, was, is_now in lines
            ],
        )  # fmt: skip
    connection.execute("DROP TABLE enterprise_before")


def _changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[Values, Values]:
    """Give what differs, as it was and as it is."""
    was, is_now = values_of(old), values_of(new)
    names = {name for name in was if name != "position" and was[name] != is_now[name]}
    if not is_same_place(was["position"], is_now["position"]):
        names.add("position")
    if old["industry_value"] != new["industry_value"]:
        # The branch that the enterprise gave itself stays; the file speaks of the industry alone.
        was["industry"], is_now["industry"] = old["industry_value"], new["industry_value"]
        names.add("industry")
    return {n: was[n] for n in names}, {n: is_now[n] for n in names}
