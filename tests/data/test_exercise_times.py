"""The times of an exercise: each step once whoever presses, corrected and taken back, and the drill's row follows until it is locked."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import enterprise_rows, exercise_times, register_moves, registers
from data.database import Database
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.register_forms import Actor
from data.scope import SYSTEM, Connection, Scope, enter
from layers.registry import register_by_id
from layers.workflow import Party

BEGAN_AT = dt.datetime(2026, 6, 10, 2, 0, 0, 250_000, tzinfo=dt.UTC)  # ten in the morning in Beijing
DRILL = register_by_id("drill")


def at(minutes: float) -> dt.datetime:
    return BEGAN_AT + dt.timedelta(minutes=minutes)


def actor(row: dict[str, Any], minutes: float, username: str = "enterprise") -> Actor:
    return Actor(Scope(username, "enterprise", (), row["owner_id"], may_write=True), Party.OWNER, at(minutes))


@pytest.fixture
def row(city_connection: Connection) -> dict[str, Any]:
    """A drill that is planned, in a transaction of its owner that is rolled back."""
    found = city_connection.execute(
        "SELECT id, code, owner_id, version FROM drill WHERE state = 'planned' AND owner_id IS NOT NULL ORDER BY id LIMIT 1"
    ).fetchone()
    assert found is not None
    enter(city_connection, Scope("enterprise", "enterprise", (), found["owner_id"], may_write=True))
    return dict(found)


def press(
    connection: Connection, row: dict[str, Any], step: str, minutes: float, **given: Any
) -> dict[str, Any]:
    key = given.pop("key", None) or uuid.uuid4()
    return exercise_times.press(connection, row["id"], step, key, actor=actor(row, minutes, **given))


def kept(found: dict[str, Any]) -> tuple[Any, Any, Any]:
    return tuple(found["row"][name] for name in ("executed_on", "first_team_min", "evacuated_min"))


def test_the_row_follows_what_is_pressed(city_connection: Connection, row: dict[str, Any]) -> None:
    begun = press(city_connection, row, "began", 0)
    assert kept(begun) == (dt.date(2026, 6, 10), None, None)
    press(city_connection, row, "alarm", 1)
    press(city_connection, row, "first_team", 13.58)
    found = press(city_connection, row, "evacuated", 31)
    assert kept(found) == (dt.date(2026, 6, 10), 13.6, 31.0)
    assert {step: one["username"] for step, one in found["times"].items()} == dict.fromkeys(
        ("began", "alarm", "first_team", "evacuated"), "enterprise"
    )
    notes = [
        one["note"] for one in city_connection.execute("SELECT note FROM register_event WHERE register = 'drill' AND row_code = %s ORDER BY id", [row["code"]])
    ]  # fmt: skip
    assert notes[-1] == "疏散完成 Evacuated: 10:31:00"


def test_pressed_twice_or_sent_again_the_first_time_stands(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    press(city_connection, row, "began", 0)
    key = uuid.uuid4()
    first = press(city_connection, row, "first_team", 10, key=key)
    for other in (key, None):
        again = press(city_connection, row, "first_team", 12, key=other, username="second")
        assert again["times"] == first["times"]
        assert again["row"]["version"] == first["row"]["version"]
    exercise_times.undo(city_connection, row["id"], "first_team", actor=actor(row, 13))
    late = press(city_connection, row, "first_team", 14, key=key)
    assert (
        "first_team" not in late["times"]
    )  # a press that arrives again after it was taken back stays taken back
    assert kept(late)[1] is None


def test_what_was_pressed_without_a_network_keeps_its_time_and_is_marked(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    began = press(city_connection, row, "began", 0)["times"]["began"]
    late = exercise_times.press(
        city_connection, row["id"], "first_team", uuid.uuid4(), late_s=300.0, actor=actor(row, 15)
    )
    assert (kept(late)[1], late["times"]["first_team"]["is_corrected"]) == (10.0, True)
    # Never before the beginning, and a moment on the way is none.
    found = exercise_times.press(
        city_connection, row["id"], "alarm", uuid.uuid4(), late_s=9e4, actor=actor(row, 16)
    )
    assert found["times"]["alarm"]["at"] == began["at"]
    found = exercise_times.press(
        city_connection, row["id"], "evacuated", uuid.uuid4(), late_s=2.0, actor=actor(row, 17)
    )
    assert not found["times"]["evacuated"]["is_corrected"]


def test_a_day_after_the_beginning_nothing_is_pressed(
    city_connection: Connection, row: dict[str, Any]
) -> None:
    press(city_connection, row, "began", 0)
    with pytest.raises(ConflictError, match="24 小时"):
        press(city_connection, row, "first_team", 24 * 60 + 1)
    assert kept(press(city_connection, row, "first_team", 24 * 60))[1] == 1440.0


def test_a_step_is_corrected_and_taken_back(city_connection: Connection, row: dict[str, Any]) -> None:
    press(city_connection, row, "began", 0)
    press(city_connection, row, "first_team", 12)
    found = exercise_times.correct(
        city_connection, row["id"], "first_team", dt.time(10, 9, 30), actor=actor(row, 20)
    )
    assert kept(found)[1] == 9.5
    assert found["times"]["first_team"]["is_corrected"]
    found = exercise_times.correct(city_connection, row["id"], "began", dt.time(9, 58), actor=actor(row, 20))
    assert kept(found)[1] == 11.5
    found = exercise_times.undo(city_connection, row["id"], "first_team", actor=actor(row, 21))
    assert kept(found) == (dt.date(2026, 6, 10), None, None)
    whole = city_connection.execute("SELECT count(*) AS n FROM exercise_time WHERE row_code = %s", [row["code"]]).fetchone()  # fmt: skip
    assert whole == {"n": 4}  # nothing is lost


@pytest.mark.parametrize(
    ("step", "time"),
    [("first_team", dt.time(10, 21)), ("first_team", dt.time(9, 59)), ("began", dt.time(10, 13))],
)
def test_a_time_that_cannot_be_is_refused(
    city_connection: Connection, row: dict[str, Any], step: str, time: dt.time
) -> None:
    press(city_connection, row, "began", 0)
    press(city_connection, row, "first_team", 12)
    with pytest.raises(FormError) as refused:
        exercise_times.correct(city_connection, row["id"], step, time, actor=actor(row, 20))
    assert refused.value.faults[0][0] == "at"
    assert kept(exercise_times.read(city_connection, row["id"]))[1] == 12.0


def test_over_midnight(city_connection: Connection, row: dict[str, Any]) -> None:
    begins = 13 * 60 + 50  # ten to midnight
    press(city_connection, row, "began", begins)
    press(city_connection, row, "evacuated", begins + 40)
    found = exercise_times.correct(city_connection, row["id"], "evacuated", dt.time(0, 15), actor=actor(row, begins + 60))  # fmt: skip
    assert kept(found)[2] == pytest.approx(25, abs=0.1)


def test_the_beginning_comes_first_and_goes_last(city_connection: Connection, row: dict[str, Any]) -> None:
    with pytest.raises(ConflictError, match="请先按"):
        press(city_connection, row, "first_team", 1)
    press(city_connection, row, "began", 2)
    press(city_connection, row, "first_team", 5)
    with pytest.raises(ConflictError, match="请先撤销"):
        exercise_times.undo(city_connection, row["id"], "began", actor=actor(row, 6))
    with pytest.raises(NotFoundError, match="没有步骤"):
        press(city_connection, row, "lunch", 7)


def test_what_somebody_wrote_by_hand_stays(city_connection: Connection, row: dict[str, Any]) -> None:
    press(city_connection, row, "began", 0)
    press(city_connection, row, "first_team", 12)
    registers.update_row(city_connection, DRILL, row["id"], {"first_team_min": 11.0}, None, actor(row, 13))
    found = exercise_times.correct(city_connection, row["id"], "first_team", dt.time(10, 10), actor=actor(row, 20))  # fmt: skip
    assert kept(found)[1] == 11.0
    assert kept(press(city_connection, row, "evacuated", 30))[2] == 30.0


def test_an_executed_drill_keeps_its_times(city_connection: Connection, row: dict[str, Any]) -> None:
    press(city_connection, row, "began", 0)
    found = press(city_connection, row, "first_team", 12)
    raw = {"executed_on": "2026-06-10", "people": 30, "first_team_min": 12.0, "evacuated_min": 25.0}
    register_moves.move(
        city_connection, DRILL, row["id"], "execute", raw, note="", version=found["row"]["version"], actor=actor(row, 40)
    )  # fmt: skip
    for change in (
        lambda: press(city_connection, row, "evacuated", 41),
        lambda: exercise_times.undo(city_connection, row["id"], "first_team", actor=actor(row, 41)),
        lambda: exercise_times.correct(
            city_connection, row["id"], "first_team", dt.time(10, 11), actor=actor(row, 41)
        ),
    ):
        with pytest.raises(ConflictError, match="不能修改"):
            change()
    assert exercise_times.read(city_connection, row["id"])["is_locked"]


def test_others_neither_see_nor_press(city_connection: Connection, row: dict[str, Any]) -> None:
    press(city_connection, row, "began", 0)
    other = Scope("other", "enterprise", (), row["owner_id"] + 1, may_write=True)
    enter(city_connection, other)
    with pytest.raises(NotFoundError):
        exercise_times.press(
            city_connection, row["id"], "alarm", uuid.uuid4(), actor=Actor(other, Party.OWNER, at(1))
        )
    assert city_connection.execute("SELECT 1 FROM exercise_time").fetchone() is None
    enter(city_connection, SYSTEM)
    looking = Scope("x", "wall", (("", "~"),), None, may_write=False)
    with pytest.raises(RefusedError):
        exercise_times.press(
            city_connection, row["id"], "alarm", uuid.uuid4(), actor=Actor(looking, Party.AUTHORITY, at(1))
        )


def test_times_follow_their_drill_to_another_owner() -> None:
    assert enterprise_rows.companions()["exercise_time"] == ("register", "row_code", "code")


@pytest.fixture
def two(city_database: Database) -> Iterator[list[Connection]]:
    connections: list[Connection] = [
        psycopg.connect(city_database.app, row_factory=dict_row) for _ in range(2)
    ]
    yield connections
    for connection in connections:
        connection.close()


def test_two_who_press_at_once_keep_one_time(two: list[Connection], city_database: Database) -> None:
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        found = connection.execute(
            "SELECT id, code, owner_id FROM drill WHERE state = 'planned' AND owner_id IS NOT NULL ORDER BY id LIMIT 1"
        ).fetchone()
    assert found is not None
    row, seen = dict(found), []
    barrier = threading.Barrier(2)

    def go(connection: Connection, username: str) -> None:
        enter(connection, Scope(username, "enterprise", (), row["owner_id"], may_write=True))
        barrier.wait(timeout=20)
        seen.append(
            press(connection, row, "began", 0 if username == "a" else 0.5, username=username)["times"]
        )
        connection.commit()

    threads = [
        threading.Thread(target=go, args=(connection, name))
        for connection, name in zip(two, "ab", strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(seen) == 2
    assert seen[0] == seen[1]  # the second was told the first one's time
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        assert connection.execute("SELECT count(*) AS n FROM exercise_time WHERE row_code = %s", [row["code"]]).fetchone() == {"n": 1}  # fmt: skip
        connection.execute("DELETE FROM exercise_time WHERE row_code = %s", [row["code"]])
        connection.execute("UPDATE drill SET executed_on = NULL WHERE id = %s", [row["id"]])
