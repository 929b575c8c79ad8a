"""The sample's hidden dangers have a past: events in the order of their states, photographs where they were rectified."""

from __future__ import annotations

from pathlib import Path

from data.clock import SystemClock
from data.sample import danger_history
from data.scope import Connection


def test_every_danger_came_to_its_state_step_by_step(city_connection: Connection) -> None:
    """What people did, in its order and in the past; only the clock may have come after it."""
    rows = city_connection.execute(
        "SELECT h.code, h.rectified_at IS NOT NULL AS is_rectified, h.completed_at IS NOT NULL AS is_done, h.state,"
        " array_agg(COALESCE(v.move, v.action) ORDER BY v.at, v.id) FILTER (WHERE v.party <> 'clock') AS steps,"
        " bool_and(v.at <= now()) FILTER (WHERE v.party <> 'clock') AS is_past,"
        " array_agg(v.to_state ORDER BY v.at DESC, v.id DESC) AS states FROM hidden_danger h"
        " JOIN register_event v ON v.register = 'hidden_danger' AND v.row_code = h.code GROUP BY h.id"
    ).fetchall()
    assert len(rows) > 100
    expected = [
        ["created", *(["rectify"] if row["is_rectified"] else []), *(["pass"] if row["is_done"] else [])]
        for row in rows
    ]
    told = [row for row, steps in zip(rows, expected, strict=True) if row["steps"] == steps]
    assert len(told) > 0.9 * len(rows), "the others were moved by tests"
    assert all(row["is_past"] for row in told)
    done = [row for row in told if row["is_done"]]
    assert done
    assert all(row["state"] == row["states"][0] == "done" for row in done)


def test_photographs_stand_where_the_steps_ask_for_them(city_connection: Connection, tmp_path: Path) -> None:
    rows = city_connection.execute(
        "SELECT h.rectified_at IS NOT NULL AS is_rectified, array_agg(a.kind ORDER BY a.kind DESC) AS kinds, count(DISTINCT a.sha256) AS pictures"
        " FROM hidden_danger h JOIN attachment a ON a.layer = 'hidden_danger' AND a.row_id = h.id WHERE h.code LIKE 'HDS%' GROUP BY h.id"
    ).fetchall()
    assert {row["is_rectified"] for row in rows} == {True, False}
    for row in rows:
        expected = ["before", "after"] if row["is_rectified"] else ["before"]
        assert (row["kinds"], row["pictures"]) == (expected, len(expected))
    assert danger_history.write_missing(city_connection, folder=tmp_path, now=SystemClock().now()) == 0, (
        "once"
    )
    city_connection.rollback()
