"""Shared services over HTTP: live feed, attachments, printing, administration, indicators."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import attachments
from data.database import Database
from data.scope import SYSTEM, enter
from tests.conftest import LiveServer
from web.settings import Settings
from web.worker import go_round, sweep_attachments

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f0005050202"
    "5fc8f1d20000000049454e44ae426082"
)


# -- live feed ------------------------------------------------------------------------------------------


class Listener:
    """A client of the feed in a thread."""

    def __init__(self, server: LiveServer, username: str) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.news = threading.Event()
        request = urllib.request.Request(
            server.url + "/api/live", headers={"Authorization": f"Bearer {server.token(username)}"}
        )
        self._response = urllib.request.urlopen(request, timeout=20)
        self.content_type = self._response.headers["Content-Type"]
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        name = ""
        try:
            for raw in self._response:
                line = raw.decode().strip()
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    self.events.append((name, json.loads(line[5:])))
                    self.news.set()
        except (OSError, ValueError, AttributeError):
            return

    def wait_for(self, rule: Callable[[str, dict[str, Any]], bool], timeout_s: float = 15) -> None:
        import time

        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if any(rule(*event) for event in list(self.events)):
                return
            self.news.wait(0.2)
            self.news.clear()
        raise AssertionError(self.events)


def touch(database: Database, layer: str) -> int:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        connection.execute(
            f"UPDATE {layer} SET version = version + 1 WHERE id = (SELECT min(id) FROM {layer})".encode()
        )
        row = connection.execute("SELECT version FROM layer_state WHERE layer = %s", [layer]).fetchone()
    return int(row["version"]) if row else 0


def test_a_change_reaches_every_open_page(live_server: LiveServer) -> None:
    listeners = [Listener(live_server, name) for name in ("city", "district", "wall")]
    for listener in listeners:
        assert listener.content_type.startswith("text/event-stream")
        listener.wait_for(lambda name, body: name == "versions" and "elevator" in body)
    version = touch(live_server.database, "elevator")
    for listener in listeners:
        listener.wait_for(lambda name, body: name == "versions" and body.get("elevator") == version)
        listener.wait_for(lambda name, body: name == "ping" and body["age_s"] >= 0)


def test_a_page_that_comes_back_misses_nothing(live_server: LiveServer) -> None:
    version = touch(live_server.database, "hazard_site")
    late = Listener(live_server, "city")
    late.wait_for(lambda name, body: name == "versions" and body.get("hazard_site") == version)


def test_the_feed_survives_a_lost_database_connection(live_server: LiveServer) -> None:
    listener = Listener(live_server, "city")
    listener.wait_for(lambda name, _: name == "versions")
    with psycopg.connect(live_server.database.superuser or "", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query LIKE 'LISTEN%%'",
            [live_server.database.name],
        )
    version = touch(live_server.database, "risk_point")
    listener.wait_for(lambda name, body: name == "versions" and body.get("risk_point") == version)


# -- attachments ------------------------------------------------------------------------------------------


def row_id(database: Database, layer: str = "enterprise", where: str = "true") -> int:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        row = connection.execute(
            f"SELECT id FROM {layer} WHERE {where} ORDER BY id LIMIT 1".encode()
        ).fetchone()
    return int(row["id"]) if row else 0


def upload(client: Any, number: int, name: str, content: bytes) -> Any:
    response = client.post(
        f"/api/layers/enterprise/features/{number}/attachments",
        data={"file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )
    response.request.input_stream.close()
    response.close()
    return response


def test_an_attachment_goes_up_and_comes_back(sign_in: Callable[[str], Any], city_database: Database) -> None:
    client, number = sign_in("city"), row_id(city_database)
    made = upload(client, number, "现场 照片.png", PNG)
    assert made.status_code == 201, made.get_json()
    url = made.get_json()["url"]
    rows = client.get(f"/api/layers/enterprise/features/{number}/attachments").get_json()["attachments"]
    assert [r["file_name"] for r in rows] == ["现场 照片.png"]
    response = client.get(url)
    assert response.get_data() == PNG
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    response.close()
    assert sign_in("maintainer").get(url).status_code == 404
    assert sign_in("wall").delete(url).status_code == 403
    assert client.delete(url).status_code == 200
    assert client.get(url).status_code == 404


def test_files_that_nothing_is_attached_to_are_swept_once_they_are_old(
    sign_in: Callable[[str], Any], city_database: Database, application: Any
) -> None:
    client, number = sign_in("city"), row_id(city_database)
    settings = application.extensions["settings"]
    folder = settings.state_dir / "attachments"
    kept, gone = PNG + b"kept", PNG + b"gone"
    urls = [upload(client, number, "a.png", content).get_json()["url"] for content in (kept, gone, gone)]
    paths = {
        content: attachments.path_of(folder, hashlib.sha256(content).digest()) for content in (kept, gone)
    }
    half = paths[kept].with_name(f"{paths[kept].name}.1.ab")
    half.write_bytes(b"half")

    def sweep(*, after_s: float) -> None:
        for path in (*paths.values(), half):
            if path.exists():
                os.utime(path, (time.time() - after_s,) * 2)
        sweep_attachments(settings)

    client.delete(urls[1])
    sweep(after_s=2 * attachments.YOUNG_S)
    assert (paths[kept].exists(), paths[gone].exists(), half.exists()) == (True, True, False), (
        "one still refers to it"
    )
    client.delete(urls[2])
    sweep(after_s=attachments.YOUNG_S / 2)
    assert paths[gone].exists(), "it may belong to an upload under way"
    sweep(after_s=2 * attachments.YOUNG_S)
    assert (paths[kept].exists(), paths[gone].exists()) == (True, False)
    again = upload(client, number, "b.png", gone)
    assert paths[gone].read_bytes() == gone
    for url in (urls[0], again.get_json()["url"]):
        client.delete(url)


def test_content_sent_again_is_young_again(
    sign_in: Callable[[str], Any], city_database: Database, application: Any
) -> None:
    client, number = sign_in("city"), row_id(city_database)
    settings = application.extensions["settings"]
    content = PNG + b"again"
    path = attachments.path_of(settings.state_dir / "attachments", hashlib.sha256(content).digest())
    client.delete(upload(client, number, "a.png", content).get_json()["url"])
    os.utime(path, (time.time() - 2 * attachments.YOUNG_S,) * 2)
    url = upload(client, number, "a.png", content).get_json()["url"]
    assert time.time() - path.stat().st_mtime < attachments.YOUNG_S / 2
    client.delete(url)


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("page.html", b"<script>alert(1)</script>", 422),
        ("picture.png", b"<script>alert(1)</script>", 422),
        ("picture.svg", b"<svg onload='x'/>", 422),
        ("program.exe", b"MZ\x90", 422),
        ("empty.png", b"", 422),
        ("large.png", PNG + b"\0" * (20 * 1024 * 1024), 422),
        ("../../etc/passwd.png", PNG, 201),
    ],
)
def test_what_is_taken(
    sign_in: Callable[[str], Any], city_database: Database, name: str, content: bytes, status: int
) -> None:
    client = sign_in("city")
    response = upload(client, row_id(city_database), name, content)
    assert response.status_code == status, response.get_json()
    if status == 201:
        rows = client.get(f"/api/layers/enterprise/features/{row_id(city_database)}/attachments").get_json()
        assert rows["attachments"][-1]["file_name"] == "passwd.png"
        client.delete(response.get_json()["url"])
    else:
        assert response.get_json()["detail"]


def test_nobody_attaches_to_what_they_do_not_see(
    sign_in: Callable[[str], Any], city_database: Database
) -> None:
    other = row_id(city_database, where="authority_code NOT LIKE '440307%'")
    assert upload(sign_in("street"), other, "a.png", PNG).status_code in (403, 404)
    assert upload(sign_in("enterprise"), other, "a.png", PNG).status_code in (403, 404)


# -- the rest ---------------------------------------------------------------------------------------------


def test_tokens_are_made_listed_and_revoked(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("street")
    made = client.post("/api/tokens", json={"name": "QGIS", "scopes": ["read"], "expires_in_days": 30})
    assert made.status_code == 201
    secret = made.get_json()["token"]
    listing = client.get("/api/tokens").get_json()
    assert {s["id"] for s in listing["scopes"]} == {"read", "export", "load"}
    row = next(t for t in listing["tokens"] if t["id"] == made.get_json()["id"])
    assert secret not in json.dumps(listing)
    assert client.delete(f"/api/tokens/{row['id']}").status_code == 200
    assert sign_in("city").delete(f"/api/tokens/{row['id']}").status_code == 404, "someone else's token"
    for body in (
        {"name": "", "scopes": ["read"]},
        {"name": "x", "scopes": ["all"]},
        {"name": "x", "scopes": "read"},
        {"name": "x", "scopes": ["read"], "expires_in_days": 4000},
        {"name": "x", "scopes": ["read"], "expires_in_days": True},
        {},
    ):
        assert client.post("/api/tokens", json=body).status_code == 422, body
    assert client.post("/api/tokens", json=[]).status_code == 400


def test_administration_is_for_administrators(sign_in: Callable[[str], Any]) -> None:
    admin = sign_in("admin")
    for page in ("audit", "outbox"):
        assert admin.get(f"/admin/{page}").status_code == 200
        assert sign_in("city").get(f"/admin/{page}", headers={"Accept": "text/html"}).status_code == 403
    assert "审计链完整" in admin.get("/admin/audit").get_data(as_text=True)
    assert admin.get("/admin/users").headers["Location"] == "/users"
    assert sign_in("city").get("/admin/users").status_code == 403


def test_indicators_have_one_definition(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("city")
    figures = {f["id"]: f for f in client.get("/api/indicators/440300").get_json()["figures"]}
    overdue = client.get("/api/layers/hidden_danger/features?state=overdue").get_json()["total"]
    assert figures["hidden_danger_overdue_count"]["value"] == overdue
    assert figures["hidden_danger_overdue_share"]["value"] == pytest.approx(
        100 * overdue / figures["hidden_danger_count"]["value"], abs=0.006
    )
    assert all(f["definition"] and f["clock"] for f in figures.values())
    assert client.get("/api/indicators/440300?ids=nosuch").status_code == 404
    assert client.get("/api/indicators/999999").status_code == 404


@pytest.mark.skipif(
    shutil.which("pdftotext") is None and shutil.which("chromium") is None, reason="needs Chromium"
)
def test_the_overview_prints(live_server: LiveServer, tmp_path: Path) -> None:
    request = urllib.request.Request(
        f"{live_server.url}/print/division/440300.pdf",
        headers={"Authorization": f"Bearer {live_server.token('city')}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        content = response.read()
        assert response.headers["Content-Type"] == "application/pdf"
    assert content.startswith(b"%PDF-")
    assert len(content) > 10_000
    if shutil.which("pdftotext"):
        path = tmp_path / "x.pdf"
        path.write_bytes(content)
        text = subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "示例数据" in text
        assert "龙岗区" in text


def test_the_printed_overview_has_figures_as_people_read_them(sign_in: Any) -> None:
    text = sign_in("city").get("/print/division/440300").get_data(as_text=True)
    figures = re.findall(r"<strong>([^<]*)</strong>", text)
    assert any(f.endswith(" 分") for f in figures)
    assert all(re.fullmatch(r"—|[\d,]+(\.\d{1,2})?( \S+)?", f) for f in figures), figures


def test_the_icon_is_there_for_pages_that_name_none(sign_in: Any) -> None:
    answer = sign_in("city").get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_a_step_of_the_worker_that_fails_keeps_no_other_from_being_done(
    city_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(city_database, state_dir=tmp_path)
    done: list[str] = []

    def fails(_: Settings) -> None:
        raise OSError("no room on the disk")

    def is_done(_: Settings) -> None:
        done.append("after")

    with ThreadPoolExecutor(1) as thread:  # whatever else runs a loop here
        thread.submit(lambda: asyncio.run(go_round([fails, is_done], settings))).result()
    assert done == ["after"]
    assert "fails failed; the round goes on" in caplog.text
