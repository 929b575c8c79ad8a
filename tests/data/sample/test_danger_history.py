"""The sample's hidden dangers have a past: events in the order of their states, photographs where they were rectified."""

from __future__ import annotations

from pathlib import Path

from data.clock import SystemClock
from data.sample import danger_history
from data.scope import Connection

LAST = {"pending": ["created"], "in_review": ["created", "rectify"], "done": ["created", "rectify", "pass"], "overdue": ["created", None]}  # fmt: skip


def test_every_danger_came_to_its_state_step_by_step(city_connection: Connection) -> None:
    rows = city_connection.execute(
        "SELECT h.code, h.state, h.is_listed, array_agg(COALESCE(v.move, CASE v.action WHEN 'created' THEN 'created' END) ORDER BY v.at, v.id) AS steps,"
        " bool_and(v.at <= now()) AS is_past, max(v.to_state) FILTER (WHERE v.id = (SELECT max(id) FROM register_event w"
        " WHERE w.register = 'hidden_danger' AND w.row_code = h.code)) AS last FROM hidden_danger h"
        " JOIN register_event v ON v.register = 'hidden_danger' AND v.row_code = h.code WHERE h.state = ANY(%s) GROUP BY h.id",
        [list(LAST)],
    ).fetchall()
    assert len(rows) > 100
    told = [row for row in rows if row["steps"] == LAST[row["state"]]]
    assert len(told) > 0.9 * len(rows), "the others were moved by tests"
    assert all(row["is_past"] and row["last"] == row["state"] for row in told)


def test_photographs_stand_where_the_steps_ask_for_them(city_connection: Connection, tmp_path: Path) -> None:
    rows = city_connection.execute(
        "SELECT h.state, array_agg(a.kind ORDER BY a.kind DESC) AS kinds, count(DISTINCT a.sha256) AS pictures FROM hidden_danger h"
        " JOIN attachment a ON a.layer = 'hidden_danger' AND a.row_id = h.id WHERE h.code LIKE 'HDS%%' GROUP BY h.id"
    ).fetchall()
    assert {row["state"] for row in rows} >= {"pending", "in_review", "overdue", "done"}
    for row in rows:
        expected = ["before", "after"] if row["state"] in ("in_review", "done") else ["before"]
        assert row["kinds"] == expected
        assert row["pictures"] == len(expected)
    assert danger_history.write_missing(city_connection, folder=tmp_path, now=SystemClock().now()) == 0, (
        "once"
    )
    city_connection.rollback()
