"""A database whose disk is full: clear words, nothing half written, and all goes on once there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import audit, users
from data import database as databases
from data.clock import SystemClock
from data.errors import DatabaseFullError
from tests.data.loading.conftest import DIVISIONS, write_csv
from tests.scratch import SmallDisk, scratch_cluster, scratch_folder, small_disk
from web.application import create_app
from web.settings import ROOT, Settings

PASSWORD = "right-password-1"
PDF = b"%PDF-1.4 plan"


@pytest.fixture(scope="module")
def disk() -> Iterator[SmallDisk]:
    with scratch_folder() as folder, small_disk(folder, "320m") as found:
        yield found


@pytest.fixture(scope="module")
def database(disk: SmallDisk) -> Iterator[databases.Database]:
    """A town on a small disk, with room in the log of changes for what a full disk makes fail."""
    with scratch_cluster(disk.path.parent, disk.path) as cluster:
        found = databases.private_database(cluster)
        databases.prepare(found)
        databases.migrate(found)
        databases.prepare(found.named("later"))
        with psycopg.connect(found.app, row_factory=dict_row) as connection:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO division (code, name, level, parent_code, year, geom) VALUES (%s, %s, %s, %s, %s,"
                    " ST_Multi(ST_GeomFromText(%s, 4326)))",
                    [(*d[:5], d[5] and d[5].wkt) for d in DIVISIONS],
                )
            users.add_user(
                connection, username="li", display_name="李", password=PASSWORD, role="regulator",
                jurisdiction=["440300"], now=SystemClock().now(),
            )  # fmt: skip
        with psycopg.connect(found.superuser or "", autocommit=True) as connection:
            for _ in range(4):
                connection.execute("SELECT pg_switch_wal(), pg_create_restore_point('x')")
            connection.execute("CHECKPOINT")
        yield found


@pytest.fixture(autouse=True)
def room(disk: SmallDisk) -> Iterator[None]:
    yield
    disk.make_room()


def onemap(database: databases.Database, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-P", "-X", "utf8", "-m", "web", *map(str, words)],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def count(database: databases.Database, table: str) -> int:
    with psycopg.connect(database.superuser or "") as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_a_load_that_finds_no_room(database: databases.Database, disk: SmallDisk, tmp_path: Path) -> None:
    head = ["小区编码", "小区名称", "所在区划", "经度", "纬度"]
    rows = [[f"RC{i}", f"花园{i}", "440304", 114.01 + (i % 700) * 1e-4, 22.51] for i in range(5_000)]
    path = write_csv(tmp_path / "a.csv", [head, *rows])
    disk.fill()
    refused = onemap(database, "load", "residential_place", path)
    assert refused.returncode == 2, refused.stderr
    assert "数据库所在磁盘已满，没有写入任何内容" in refused.stderr
    assert "disk of the database is full" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (count(database, "residential_place"), count(database, "audit")) == (0, 0)
    disk.make_room()
    done = onemap(database, "load", "residential_place", path)
    assert (done.returncode, count(database, "residential_place")) == (0, 5_000), done.stderr


def test_people_who_find_no_room(database: databases.Database, disk: SmallDisk, tmp_path: Path) -> None:
    app = create_app(Settings(database, state_dir=tmp_path, pool_size=3))
    client = app.test_client()
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        user = users.find_user(connection, "li")
        _, token = users.add_token(
            connection, user.id, name="t", scopes=("read", "load"), life_days=1, now=SystemClock().now()
        )
    bearer = {"Authorization": f"Bearer {token}"}
    disk.fill()

    def sign_in(language: str) -> Any:
        return client.post(
            "/sign-in", data={"username": "li", "password": PASSWORD},
            headers={"Accept-Language": language, "Accept": "text/html"},
        )  # fmt: skip

    for language, words, other in (
        ("zh-CN", "数据库所在磁盘已满，没有写入任何内容", "disk of the database"),
        ("en", "The disk of the database is full and nothing was written", "磁盘"),
    ):
        refused = sign_in(language)
        page = refused.get_data(as_text=True)
        assert refused.status_code == 503
        assert words in page
        assert other not in page
    for path in ("/api/session", "/api/layers", "/api/layers/residential_place/features", "/ogc/collections"):
        assert client.get(path, headers=bearer).status_code == 200, "what is there is still shown"
    assert count(database, "web_session") == 0
    disk.make_room()
    assert sign_in("zh-CN").status_code == 302
    assert count(database, "web_session") == 1
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        assert audit.verify(connection).broken_at is None
    app.extensions["store"].close()


def test_a_program_is_told_what_it_could_not_write(
    database: databases.Database, disk: SmallDisk, tmp_path: Path
) -> None:
    """A file added to a feature: nobody sees it afterwards, and the same file goes in once there is room."""
    import io

    app = create_app(Settings(database, state_dir=tmp_path, pool_size=3))
    client = app.test_client()
    with psycopg.connect(database.superuser or "", row_factory=dict_row) as connection:
        row = connection.execute(
            "INSERT INTO residential_place (code, name, division_code, authority_code, geom, source_crs)"
            " VALUES ('X1', '甲', '440304', '440304', ST_SetSRID(ST_Point(114.02, 22.52), 4326), 'EPSG:4326')"
            " ON CONFLICT (code) DO UPDATE SET name = '甲' RETURNING id"
        ).fetchone()
        assert row is not None
        user = users.find_user(connection, "li")
        _, token = users.add_token(
            connection, user.id, name="u", scopes=("read", "load"), life_days=1, now=SystemClock().now()
        )
    url = f"/api/layers/residential_place/features/{row['id']}/attachments"

    def add() -> Any:
        answer = client.post(
            url, data={"file": (io.BytesIO(PDF), "平面图.pdf")}, content_type="multipart/form-data",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        answer.request.input_stream.close()
        return answer

    disk.fill()
    refused = add()
    assert refused.status_code == 503, refused.get_data(as_text=True)
    assert refused.get_json()["type"] == "/problems/database-full"
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get(url, headers=bearer).get_json()["attachments"] == []
    assert count(database, "attachment") == 0
    disk.make_room()
    assert add().status_code == 201
    app.extensions["store"].close()


def test_a_migration_that_finds_no_room(database: databases.Database, disk: SmallDisk) -> None:
    later = database.named("later")
    disk.fill()
    with pytest.raises(DatabaseFullError, match="磁盘已满"):
        databases.migrate(later)
    assert databases.current_revision(later) != databases.head_revision(later)
    said = onemap(later, "db", "init")
    assert said.returncode == 2
    assert "磁盘已满" in said.stderr
    disk.make_room()
    assert onemap(later, "db", "init").returncode == 0
    assert databases.current_revision(later) == databases.head_revision(later)
