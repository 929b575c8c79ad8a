"""Studies, their rehearsals and alternatives of decisions: cancelled half way or killed while they write, nothing half written stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data import decisions, job_queue, siting_studies
from data.clock import SystemClock
from data.database import Database
from data.drill_question import as_json as drill_json
from data.rescue_plan import RescuePlan
from data.rescue_plan import as_json as plan_json
from data.scope import SYSTEM, Connection
from data.siting_question import as_json as siting_json
from data.siting_question import checked
from data.store import Store
from tests.data.test_drills import ASKED as AMMONIA
from tests.data.test_drills import contents
from tests.data.test_siting_studies import ASKED as STUDY
from tests.web.probes.decisions import accident_of
from web.settings import ROOT

CITY = replace(SYSTEM, ranges=(("4403", "4404"),))
NOW = SystemClock().now()
_LONGEST_S = 120.0
_CHILD = (
    "import sys,uuid; from pathlib import Path; from data import job_queue; from data.clock import SystemClock; from data.database import Database\n"
    "job_queue.run(Database(*[a or None for a in sys.argv[1:4]]), uuid.UUID(sys.argv[4]), state_dir=Path(sys.argv[5]), clock=SystemClock())"
)


@dataclass(frozen=True)
class Work:
    """A job to be stopped: its arguments, the table its last statement writes to, all it writes to, and what of it is kept."""

    kind: str
    arguments: dict[str, Any]
    last_table: str
    tables: frozenset[str]
    kept: Callable[[Connection, uuid.UUID], int]


def _study(connection: Connection, job_id: uuid.UUID) -> int:
    return sum(one["id"] == job_id for one in siting_studies.list_studies(connection, limit=1000))


@pytest.fixture(params=["siting", "rehearsal", "decision"])
def work(request: pytest.FixtureRequest, city_store: Store) -> Iterator[Work]:
    if request.param == "siting":
        asked = siting_json(checked(replace(STUDY, name="停下", candidate_count=60, new_count=6, curve=12)))
        yield Work("siting", asked, "siting_study", frozenset({"siting_study"}), _study)
        with city_store.transaction(SYSTEM) as connection:
            connection.execute("DELETE FROM siting_study WHERE name = '停下'")
    elif request.param == "rehearsal":
        study_id = _kept_study(city_store)
        asked = {"runs": 3, "days": 1, "crews": 2, "rule": "closest", "rate": None, "rebind": False}

        def rehearsed(connection: Connection, _job: uuid.UUID) -> int:
            return int(siting_studies.read_study(connection, study_id)["rehearsal"] is not None)

        yield Work(
            "rehearsal", {"study": str(study_id), "asked": asked}, "siting_study", frozenset({"siting_study"}), rehearsed,
        )  # fmt: skip
        with city_store.transaction(SYSTEM) as connection:
            siting_studies.remove_study(connection, study_id, scope=SYSTEM)
    else:
        with city_store.transaction(CITY) as connection:
            decision_id = decisions.from_accident(
                connection, accident_of(connection, "4403"), scope=CITY, now=NOW
            )["id"]
        arguments = {
            "decision": str(decision_id),
            "question": drill_json(AMMONIA),
            "plan": plan_json(RescuePlan()),
        }

        def added(connection: Connection, _job: uuid.UUID) -> int:
            held = decisions.read(connection, decision_id)
            assert (
                len(held["content"]["alternatives"]) == held["version"] - 1
            )  # an alternative and its version, or neither
            return len(held["content"]["alternatives"])

        # The version is written last: by then the alternative itself stands in the transaction.
        tables = frozenset({"rescue_decision", "rescue_alternative", "rescue_decision_version"})
        yield Work("decision", arguments, "rescue_decision_version", tables, added)
        with city_store.transaction(SYSTEM) as connection:
            connection.execute("DELETE FROM rescue_decision WHERE id = %s", [decision_id])


def _kept_study(store: Store) -> uuid.UUID:
    """A study that adds one station beside an elevator."""
    study_id = uuid.uuid4()
    with store.transaction(CITY) as connection:
        row = connection.execute(
            "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM elevator WHERE geom IS NOT NULL ORDER BY id LIMIT 1"
        ).fetchone()
        assert row is not None
        answer = {"status": "optimal", "sites": [{"rank": 1, "units": 1} | dict(row)]}
        siting_studies.keep(connection, study_id, STUDY, answer, scope=CITY, now=NOW)
    return study_id


def _submit(store: Store, work: Work) -> uuid.UUID:
    with store.transaction(CITY) as connection:
        return job_queue.submit(
            connection,
            kind=work.kind,
            title="试",
            scope=CITY,
            arguments=work.arguments,
            now=SystemClock().now(),
        )


def _state(store: Store, job_id: uuid.UUID) -> dict[str, Any]:
    with store.transaction(CITY) as connection:
        return job_queue.read(connection, job_id, username=CITY.username)


def _kept(store: Store, work: Work, job_id: uuid.UUID) -> int:
    with store.transaction(CITY) as connection:
        return work.kept(connection, job_id)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in after if after[name] != before[name]}


def _await(holds: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _LONGEST_S
    while not holds():
        assert child.poll() is None, "the job ended before it was killed"
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_job_killed_while_it_writes_leaves_nothing_and_is_run_again_to_its_end(
    work: Work, city_database: Database, city_store: Store, tmp_path: Path
) -> None:
    job_id = _submit(city_store, work)
    before = contents(city_database)
    assert city_database.superuser is not None
    arguments = [city_database.app, city_database.owner, city_database.superuser, str(job_id), str(tmp_path)]
    with (
        psycopg.connect(city_database.superuser) as holder,
        psycopg.connect(city_database.superuser, autocommit=True) as onlooker,
    ):
        holder.execute(
            f"LOCK TABLE {work.last_table} IN SHARE MODE".encode()
        )  # whoever writes there waits; readers do not
        child = subprocess.Popen([sys.executable, "-c", _CHILD, *arguments], cwd=ROOT)
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        try:
            _await(lambda: onlooker.execute(waits, [work.last_table]).fetchone() is not None, child)
        finally:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        holder.rollback()
        # The session of the dead process ends once it finds nobody to answer.
        gone = time.monotonic() + _LONGEST_S
        while onlooker.execute(
            "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.relation = %s::regclass"
            " AND l.mode = 'RowExclusiveLock' AND a.pid <> pg_backend_pid()", [work.last_table],
        ).fetchone():  # fmt: skip
            assert time.monotonic() < gone
            time.sleep(0.02)
    assert _changed(before, contents(city_database)) == {"job"}
    assert _state(city_store, job_id)["state"] == "running"  # as a worker finds it that takes it up again
    assert _kept(city_store, work, job_id) == 0
    job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    assert _state(city_store, job_id)["state"] == "done"
    after = contents(city_database)
    assert _changed(before, after) == {"job"} | work.tables
    assert _kept(city_store, work, job_id) == 1
    job_queue.run(
        city_database, job_id, state_dir=tmp_path, clock=SystemClock()
    )  # handed in twice: nothing more
    assert _changed(after, contents(city_database)) == set()


def test_a_job_cancelled_half_way_leaves_nothing_and_says_so(
    work: Work, city_database: Database, city_store: Store, tmp_path: Path
) -> None:
    job_id = _submit(city_store, work)
    before = contents(city_database)
    running = threading.Thread(
        target=job_queue.run,
        args=(city_database, job_id),
        kwargs={"state_dir": tmp_path, "clock": SystemClock()},
    )
    running.start()
    is_asked = False
    while not is_asked:
        assert running.is_alive(), "the job ended before it was cancelled"
        with city_store.transaction(CITY) as connection:
            # Held until the wish stands: the job cannot get further in between.
            row = connection.execute("SELECT progress FROM job WHERE id = %s FOR UPDATE", [job_id]).fetchone()
            assert row is not None
            if 0 < row["progress"] < 0.9:
                job_queue.cancel(connection, job_id, username=CITY.username, now=SystemClock().now())
                is_asked = True
    running.join(timeout=_LONGEST_S)
    assert _state(city_store, job_id)["state"] == "cancelled"
    assert _changed(before, contents(city_database)) == {"job"}
    assert _kept(city_store, work, job_id) == 0
