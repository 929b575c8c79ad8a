"""Exports in every format, read back by other libraries; large ones as jobs that can be cancelled or killed."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyogrio
import pytest
from psycopg.rows import dict_row

from data import job_queue
from data.clock import SystemClock
from data.database import Database
from data.export import safe_cell
from data.scope import SYSTEM, enter
from web.export_formats import FORMATS
from web.settings import ROOT


def expected(database: Database, layer: str = "hazard_site") -> set[str]:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        return {r["code"] for r in connection.execute(f"SELECT code FROM {layer}".encode())}


def fetch(client: Any, path: str) -> bytes:
    response = client.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    assert response.headers["Content-Disposition"].startswith("attachment")
    content: bytes = response.get_data()
    response.close()
    return content


@pytest.mark.parametrize("file_format", ["gpkg", "geojson", "fgb", "shp"])
def test_gis_formats_read_back(
    sign_in: Callable[[str], Any], city_database: Database, tmp_path: Path, file_format: str
) -> None:
    content = fetch(sign_in("city"), f"/api/export/hazard_site?format={file_format}")
    path = tmp_path / f"x.{FORMATS[file_format][0]}"
    path.write_bytes(content)
    source = f"/vsizip/{path}/hazard_site.shp" if file_format == "shp" else path
    frame = pyogrio.read_dataframe(source)
    assert set(frame["code"]) == expected(city_database)
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.x.between(113.7, 114.7).all()
    if file_format == "shp":
        with zipfile.ZipFile(path) as archive:
            assert "hazard_site.cpg" in archive.namelist()
            assert "enterprise_code" in archive.read("README.txt").decode()
    else:
        assert set(frame["grade"]) <= {"1", "2", "3", "4"}


def test_excel_and_csv_carry_words(sign_in: Callable[[str], Any], city_database: Database) -> None:
    sheet = openpyxl.load_workbook(
        io.BytesIO(fetch(sign_in("city"), "/api/export/hazard_site?format=xlsx"))
    ).active
    rows = list(sheet.values)
    assert rows[0][:2] == ("危险源编码", "危险源名称")
    assert {r[0] for r in rows[1:]} == expected(city_database)
    table = list(
        csv.reader(
            io.StringIO(fetch(sign_in("city"), "/api/export/hazard_site?format=csv").decode("utf-8-sig"))
        )
    )
    assert table[0] == [str(c) for c in rows[0]]
    assert {r[0] for r in table[1:]} == expected(city_database)
    assert {r[table[0].index("危险源等级")] for r in table[1:]} <= {"一级", "二级", "三级", "四级"}


def test_a_text_is_no_formula() -> None:
    for text in ("=HYPERLINK(1)", "+1", "-1+1", "@x", "\tx"):
        assert safe_cell(text) == "'" + text
    assert [safe_cell(v) for v in ("a=b", 5, None, -5)] == ["a=b", 5, None, -5]


def test_bbox_and_division_narrow_the_export(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("city")
    everything = fetch(client, "/api/export/elevator?format=csv").count(b"\r\n")
    part = fetch(client, "/api/export/elevator?format=csv&division=440304").count(b"\r\n")
    boxed = fetch(client, "/api/export/elevator?format=csv&bbox=114.0,22.5,114.1,22.6").count(b"\r\n")
    assert 1 < part < everything
    assert 1 < boxed < everything
    assert fetch(client, "/api/export/elevator?format=gpkg&bbox=100,30,101,31")[:6] == b"SQLite"


@pytest.mark.parametrize("file_format", list(FORMATS))
def test_an_empty_export_is_a_file_too(sign_in: Callable[[str], Any], file_format: str) -> None:
    assert fetch(sign_in("city"), f"/api/export/closure?format={file_format}")


def test_bad_requests(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("city")
    assert client.get("/api/export/elevator?format=dwg").status_code == 400
    assert client.get("/api/export/lift?format=csv").status_code == 404
    assert client.get("/api/export/elevator?bbox=x").status_code == 400
    assert client.get("/api/export/elevator?division=12345").status_code == 400
    assert sign_in("wall").get("/api/export/elevator").status_code == 403


def test_phones_are_masked_without_the_right(sign_in: Callable[[str], Any]) -> None:
    def phones(username: str) -> set[str]:
        table = list(
            csv.reader(
                io.StringIO(
                    fetch(sign_in(username), "/api/export/rescue_station?format=csv").decode("utf-8-sig")
                )
            )
        )
        return {r[table[0].index("负责人手机（24 小时）")] for r in table[1:]}

    assert all("*" in p for p in phones("enterprise"))
    assert not any("*" in p for p in phones("city"))


def test_the_owner_of_a_register_has_its_rows_in_full_and_others_rows_masked(
    sign_in: Callable[[str], Any],
) -> None:
    own = sign_in("enterprise")

    def column(layer: str, words: str) -> dict[str, str]:
        rows = list(
            csv.reader(io.StringIO(fetch(own, f"/api/export/{layer}?format=csv").decode("utf-8-sig")))
        )
        return {r[0]: r[rows[0].index(words)] for r in rows[1:]}

    leaders = column("check_plan", "组织人")
    assert leaders
    assert not any("*" in name for name in leaders.values())
    mine = {
        row["code"]
        for row in own.get("/api/registers/rescue_resource/rows?own=1&page_size=500").get_json()["rows"]
    }
    contacts = column("rescue_resource", "联系人")
    assert mine
    assert mine < set(contacts)
    assert all(("*" in name) != (code in mine) for code, name in contacts.items() if name)


# -- jobs ---------------------------------------------------------------------------------------------


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the small city's export large enough to become a job."""
    import web.api.export

    monkeypatch.setattr(web.api.export, "DIRECT_ROWS", 100)


def work(database: Database, state_dir: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
        "ONEMAP_STATE_DIR": str(state_dir),
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-P", "-m", "web", "worker", "--until-empty"], env=environment)


def test_a_large_export_is_a_job(
    sign_in: Callable[[str], Any], application: Any, city_database: Database, many: None
) -> None:
    client = sign_in("city")
    response = client.get("/api/export/elevator?format=csv")
    assert response.status_code == 202
    url = response.get_json()["status_url"]
    assert client.get(url).get_json()["state"] == "waiting"
    assert sign_in("district").get(url).status_code == 404, "a job is its user's"
    assert work(city_database, application.extensions["settings"].state_dir).wait(60) == 0
    job = client.get(url).get_json()
    assert (job["state"], job["progress"]) == ("done", 1.0)
    assert len(fetch(client, job["result_url"]).splitlines()) == len(expected(city_database, "elevator")) + 1
    assert sign_in("district").get(job["result_url"]).status_code == 404
    assert job["id"] in {j["id"] for j in client.get("/api/jobs").get_json()["jobs"]}


def test_a_waiting_job_can_be_cancelled(
    sign_in: Callable[[str], Any], application: Any, city_database: Database, many: None
) -> None:
    client = sign_in("city")
    number = client.get("/api/export/elevator?format=gpkg").get_json()["job"]
    assert client.post(f"/api/jobs/{number}/cancel").get_json()["state"] == "cancelled"
    assert work(city_database, application.extensions["settings"].state_dir).wait(60) == 0
    assert client.get(f"/api/jobs/{number}").get_json()["state"] == "cancelled"
    assert client.get(f"/api/jobs/{number}/result").status_code == 404
    assert client.post(f"/api/jobs/{uuid.uuid4()}/cancel").status_code == 404
    assert client.get("/api/jobs/none").status_code == 404


def test_a_running_job_stops_at_its_next_report(city_database: Database, tmp_path: Path) -> None:
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        number = job_queue.submit(
            connection, kind="export", title="t", scope=SYSTEM, arguments={}, now=SystemClock().now()
        )
        connection.execute("UPDATE job SET state = 'running' WHERE id = %s", [number])
        job_queue.cancel(connection, number, username="system", now=SystemClock().now())
    context = job_queue.JobContext(city_database, number, SYSTEM, tmp_path, SystemClock())
    with pytest.raises(job_queue.JobCancelledError):
        context.report(0.5)


def test_a_job_that_fails_says_why(city_database: Database, tmp_path: Path) -> None:
    arguments = {
        "layer": "lift",
        "format": "csv",
        "ending": "csv",
        "file_name": "x.csv",
        "media_type": "text/csv",
    }
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        number = job_queue.submit(
            connection, kind="export", title="t", scope=SYSTEM, arguments=arguments, now=SystemClock().now()
        )
    job_queue.run(city_database, number, state_dir=tmp_path, clock=SystemClock())
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        row = job_queue.read(connection, number, username="system")
    assert row["state"] == "failed"
    assert "lift" in row["message"]


def test_a_killed_worker_loses_nothing(
    sign_in: Callable[[str], Any], application: Any, city_database: Database, many: None
) -> None:
    """kill -9 while the job runs: another worker takes it up and there is one whole file."""
    client = sign_in("city")
    number = client.get("/api/export/elevator?format=gpkg").get_json()["job"]
    folder = application.extensions["settings"].state_dir
    victim = work(city_database, folder)
    for _ in range(200):
        if client.get(f"/api/jobs/{number}").get_json()["state"] != "waiting":
            break
        time.sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with psycopg.connect(city_database.app) as connection:
        # What a heartbeat that has stopped for a minute looks like.
        connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")
    assert work(city_database, folder).wait(60) == 0
    job = client.get(f"/api/jobs/{number}").get_json()
    assert job["state"] == "done"
    assert [p.name for p in (folder / "exports").glob(f"{number}*")] == [f"{number}.gpkg"]


def test_a_job_nobody_handed_in_is_found(city_database: Database) -> None:
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        number = job_queue.submit(
            connection, kind="export", title="t", scope=SYSTEM, arguments={}, now=SystemClock().now()
        )
        assert number in job_queue.forgotten(connection)
    job_queue.hand_in(city_database, number)
    job_queue.hand_in(city_database, number)
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        assert number not in job_queue.forgotten(connection)
        row = connection.execute(
            "SELECT count(*) AS n FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'",
            [str(number)],
        ).fetchone()
        assert row == {"n": 1}
        connection.execute("DELETE FROM procrastinate_jobs WHERE queueing_lock = %s", [str(number)])
        connection.execute("DELETE FROM job WHERE id = %s", [number])
