"""Imports as jobs: counts equal those of a direct import, bad rows to download, cancel and faults leave nothing, whose they are."""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data import job_queue, table_imports
from data.clock import SystemClock
from data.database import Database
from data.scope import SYSTEM
from data.store import Store
from tests.web.test_enterprise_import import HEADERS, book, code_of, own, post, row

__all__ = ["own"]


def submit(
    client: Any, act: str, content: bytes, *, name: str = "企业.xlsx", status: int = 202, **form: str
) -> Any:
    answer = client.post(
        f"/api{act}",
        data={"file": (io.BytesIO(content), name), "crs": "wgs84", **form},
        content_type="multipart/form-data",
    )
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


@pytest.fixture
def finish(application: Any, city_database: Database) -> Any:
    """Run a job to its end here, as a worker does, and give how it stands."""

    def run(client: Any, job: dict[str, Any]) -> Any:
        job_queue.run(
            city_database,
            uuid.UUID(job["job"]),
            state_dir=application.extensions["settings"].state_dir,
            clock=SystemClock(),
        )
        return client.get(job["status_url"]).get_json()

    return run


def enterprises(store: Store) -> set[str]:
    with store.transaction(SYSTEM) as connection:
        return {r["code"] for r in connection.execute("SELECT code FROM enterprise")}


def test_a_job_says_what_a_direct_check_says_and_writes_as_it_does(
    sign_in: Any, own: dict[str, Any], city_store: Store, finish: Any
) -> None:
    client, before = sign_in("district"), enterprises(city_store)
    rows = [row(own, 700), row(own, 701), row(own, 702, industry="没有"), row(own, 703, lon=10, lat=10)]
    content = book(rows)
    direct = post(client, "/check", content).get_json()
    job = submit(client, "/enterprises/import/jobs?check=1", content)
    assert client.get(job["outcome_url"]).status_code == 404, "not yet"
    done = finish(client, job)
    assert (done["state"], done["progress"]) == ("done", 1)
    outcome = client.get(job["outcome_url"]).get_json()
    for name in (
        "added",
        "changed",
        "unchanged",
        "bad_rows",
        "problems",
        "problem_count",
        "without_position",
    ):
        assert outcome[name] == direct[name], name
    assert enterprises(city_store) == before, "checked, nothing written"
    with client.get(outcome["report_url"]) as report:
        sheet = openpyxl.load_workbook(io.BytesIO(report.data)).active
    assert sheet is not None
    assert sheet.max_row == 1 + outcome["bad_rows"] == 3
    refused = submit(client, "/enterprises/import/jobs", content)
    assert finish(client, refused)["state"] == "done"
    answer = client.get(refused["outcome_url"]).get_json()
    assert (answer["is_refused"], answer["bad_rows"], answer["added"]) == (True, 2, 0)
    assert enterprises(city_store) == before, "all or nothing"
    written = submit(client, "/enterprises/import/jobs", content, keep_good="1")
    finish(client, written)
    assert client.get(written["outcome_url"]).get_json()["added"] == 2
    assert enterprises(city_store) - before == {code_of(700), code_of(701)}


@pytest.mark.long
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the test client leaves its large form open
def test_a_hundred_thousand_rows_of_which_half_are_wrong(
    sign_in: Any, own: dict[str, Any], city_store: Store, finish: Any
) -> None:
    """Every bad row is named in the report, every good one is written, or nothing where that was asked."""
    made = openpyxl.Workbook(write_only=True)
    sheet = made.create_sheet()
    sheet.append(HEADERS)
    for number in range(100_000):
        sheet.append(row(own, number, **({"industry": "没有"} if number % 2 else {})))
    content = io.BytesIO()
    made.save(content)
    codes = [code_of(number) for number in range(100_000)]
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM enterprise WHERE code = ANY(%s)", [codes])  # of other tests
    client, before = sign_in("district"), enterprises(city_store)
    job = submit(client, "/enterprises/import/jobs", content.getvalue())
    assert finish(client, job)["state"] == "done"
    refused = client.get(job["outcome_url"]).get_json()
    assert (refused["is_refused"], refused["bad_rows"], refused["problem_count"]) == (True, 50_000, 50_000)
    assert len(refused["problems"]) < 1000
    assert enterprises(city_store) == before, "all or nothing"
    job = submit(client, "/enterprises/import/jobs", content.getvalue(), keep_good="1")
    assert finish(client, job)["state"] == "done"
    outcome = client.get(job["outcome_url"]).get_json()
    assert (outcome["added"], outcome["bad_rows"]) == (50_000, 50_000)
    with client.get(outcome["report_url"]) as report:
        sheet = openpyxl.load_workbook(io.BytesIO(report.data), read_only=True).worksheets[0]
    assert sum(1 for _ in sheet.iter_rows()) == 50_001
    assert enterprises(city_store) - before == set(codes[::2])
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM enterprise WHERE code = ANY(%s)", [codes])


def test_registers_too(sign_in: Any, finish: Any) -> None:
    client = sign_in("enterprise")
    own_code = client.get("/api/registers/licence").get_json()["enterprises"][0]["code"]
    before = client.get("/api/registers/licence/rows").get_json()["total"]
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(["证照编号", "证照名称", "所属企业", "证照类别", "有效期至"])
    for n in range(30):
        made.active.append(
            [f"任务-{n}", "营业执照", own_code, "营业执照", "2031-12-01" if n else "2031-13-01"]
        )
    content = io.BytesIO()
    made.save(content)
    job = submit(client, "/registers/licence/import/jobs?check=1", content.getvalue(), name="证照.xlsx")
    finish(client, job)
    found = client.get(job["outcome_url"]).get_json()
    assert (found["is_refused"], found["bad_rows"], found["problem_count"]) == (True, 1, 1)
    assert found["problems"][0]["column"] == "有效期至"
    made.active["E2"] = "2031-12-01"
    content = io.BytesIO()
    made.save(content)
    job = submit(client, "/registers/licence/import/jobs", content.getvalue(), name="证照.xlsx")
    finish(client, job)
    assert client.get(job["outcome_url"]).get_json()["added"] == 30
    assert client.get("/api/registers/licence/rows").get_json()["total"] == before + 30
    assert sign_in("district").get(job["outcome_url"]).status_code == 404, "another's"


def test_a_cancelled_or_broken_import_leaves_nothing(
    sign_in: Any,
    own: dict[str, Any],
    city_store: Store,
    finish: Any,
    application: Any,
    city_database: Database,
) -> None:
    client, before = sign_in("district"), enterprises(city_store)
    folder = table_imports.folder_of(application.extensions["settings"].state_dir)
    content = book([row(own, 710 + n) for n in range(5)])
    waiting = submit(client, "/enterprises/import/jobs", content)
    assert client.post(waiting["cancel_url"]).get_json()["state"] == "cancelled"
    assert finish(client, waiting)["state"] == "cancelled"
    running = submit(client, "/enterprises/import/jobs", content)
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("UPDATE job SET is_cancel_requested = true WHERE id = %s", [running["job"]])
    assert finish(client, running)["state"] == "cancelled"
    assert enterprises(city_store) == before
    broken = submit(client, "/enterprises/import/jobs", b"PK\x03\x04 no book")
    now = finish(client, broken)
    assert now["state"] == "failed"
    assert now["message"]
    assert client.get(broken["outcome_url"]).status_code == 404
    uploads = [
        p for p in folder.iterdir() if p.suffix in (".xlsx", ".csv") and p.name != f"{running['job']}.xlsx"
    ]
    held = {p.name for p in uploads if p.stat().st_size == len(content)}
    assert len(held) <= 1, (
        "uploads are removed when their job has run; only the one cancelled while it waited is left to the sweep"
    )
    later = SystemClock().now() + table_imports.KEPT * 2
    assert table_imports.sweep(application.extensions["settings"].state_dir, now=later) > 0
    assert list(folder.iterdir()) == []


def test_large_files_are_not_read_while_one_waits(sign_in: Any, own: dict[str, Any], tmp_path: Path) -> None:
    client = sign_in("district")
    content = b"x" * (table_imports.MOST_DIRECT_BYTES + 1)
    for act in ("/check", "/report", ""):
        answer = post(client, act, content, name="大.csv")
        assert answer.status_code == 422
        assert "import/jobs" in answer.get_json()["detail"]
    answer = sign_in("enterprise").post(
        "/api/registers/licence/import?check=1",
        data={"file": (io.BytesIO(content), "大.csv")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    submit(sign_in("enterprise"), "/enterprises/import/jobs", content, status=403)
    submit(sign_in("maintainer"), "/registers/licence/import/jobs", content, status=403)
    submit(client, "/enterprises/import/jobs", content, name="x.exe", status=422)
