"""The verbs load, template and export in processes of their own, killed and cut off as well."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from data import database as databases
from tests.data.loading.conftest import DIVISIONS, write_csv
from web.settings import ROOT

HEAD = ["小区编码", "小区名称", "所在区划", "经度", "纬度"]


@pytest.fixture(scope="module")
def town_database(make_database: Callable[[str], databases.Database]) -> Iterator[databases.Database]:
    """The town of the loading tests, for good."""
    database = make_database("verb_load")
    with psycopg.connect(database.app) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO division (code, name, level, parent_code, year, geom) VALUES (%s, %s, %s, %s, %s,"
            " ST_Multi(ST_GeomFromText(%s, 4326)))",
            [(*d[:5], d[5] and d[5].wkt) for d in DIVISIONS],
        )
    return database


def environment(database: databases.Database) -> dict[str, str]:
    return {
        **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner, "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def onemap(database: databases.Database, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-X", "utf8", "-m", "web", *map(str, words)],
        env=environment(database), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def count(database: databases.Database) -> int:
    with psycopg.connect(database.superuser or database.owner) as connection:
        row = connection.execute("SELECT count(*) FROM residential_place").fetchone()
    assert row is not None
    return int(row[0])


def rows(n: int, start: int = 0) -> list[list[object]]:
    return [
        HEAD,
        *(
            [f"RC{i}", f"花园{i}", "440304", 114.01 + (i % 700) * 1e-4, 22.51]
            for i in range(start, start + n)
        ),
    ]


def test_load_dry_run_twice_export_and_back(town_database: databases.Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", rows(30))
    dry = onemap(town_database, "load", "residential_place", path, "--dry-run")
    assert (dry.returncode, count(town_database)) == (0, 0), dry.stderr
    assert "将会 would be：新增 new 30" in dry.stdout
    assert "新增 new 30" in onemap(town_database, "load", "residential-place", path).stdout
    assert "没有任何改动" in onemap(town_database, "load", "residential_place", path).stdout
    for name in ("b.xlsx", "b.csv", "b.gpkg", "b.zip"):
        done = onemap(
            town_database, "export", "residential_place", "-o", tmp_path / name, "--division", "440304"
        )
        assert done.returncode == 0, done.stderr
        back = onemap(town_database, "load", "residential_place", tmp_path / name)
        assert "新增 new 0 · 更新 changed 0 · 未变 unchanged 30" in back.stdout, back.stdout + back.stderr
    with psycopg.connect(town_database.app) as connection:
        row = connection.execute("SELECT count(*) FROM audit WHERE action = 'load'").fetchone()
    assert row == (1,)


def test_bad_rows_stop_the_load_and_the_exit_says_so(
    town_database: databases.Database, tmp_path: Path
) -> None:
    before = count(town_database)
    path = write_csv(tmp_path / "a.csv", [*rows(5, 100), ["RC999", "", "440304", 114.02, 22.52]])
    refused = onemap(town_database, "load", "residential_place", path)
    assert (refused.returncode, count(town_database)) == (2, before)
    assert "第 7 行" in refused.stderr
    kept = onemap(
        town_database, "load", "residential_place", path, "--keep-good", "--report", tmp_path / "bad.xlsx"
    )
    assert (kept.returncode, count(town_database)) == (1, before + 5)
    assert (tmp_path / "bad.xlsx").stat().st_size > 0


@pytest.mark.parametrize(
    ("subject", "option"),
    [
        ("water", ("--division", "440304")), ("water", ("--fill-merged",)), ("divisions", ("--accept-positions",)),
        ("roads", ("--report", "bad.xlsx")), ("roads", ("--keep-good",)), ("speeds", ("--map", "A=B")), ("speeds", ("--crs", "gcj02")),
    ],
)  # fmt: skip
def test_options_that_would_be_passed_over_are_refused(
    town_database: databases.Database, tmp_path: Path, subject: str, option: tuple[str, ...]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n", encoding="utf-8")
    refused = onemap(town_database, "load", subject, path, *option)
    assert refused.returncode == 2
    assert f"load {subject} 用不到 {option[0]}" in refused.stderr
    assert f"takes no {option[0]}" in refused.stderr


@pytest.mark.parametrize("words", [(), ("--keep-good",)])
def test_a_loader_killed_in_the_middle_leaves_nothing(
    town_database: databases.Database, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = count(town_database)
    path = write_csv(tmp_path / "big.csv", rows(40_000, 10_000))
    process = subprocess.Popen(
        [sys.executable, "-P", "-X", "utf8", "-m", "web", "load", "residential_place", str(path), *words],
        env=environment(town_database), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "写入" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    process.stderr.close()
    assert process.returncode == -signal.SIGKILL
    assert count(town_database) == before


def keep_good(database: databases.Database, path: Path, report: Path) -> list[str]:
    words = ["load", "residential_place", str(path), "--keep-good", "--report", str(report)]
    return [sys.executable, "-P", "-X", "utf8", "-m", "web", *words]


def bad_rows_in(report: Path) -> int:
    """Open a report as a person would; a file cut off does not open."""
    from python_calamine import CalamineWorkbook

    return len(CalamineWorkbook.from_path(str(report)).get_sheet_by_index(0).to_python()) - 1


@pytest.fixture
def half_bad(tmp_path: Path) -> Path:
    """6,000 rows of which each second lacks its name."""
    mixed = rows(6_000, 200_000)
    for row in mixed[2::2]:
        row[1] = ""
    return write_csv(tmp_path / "mixed.csv", mixed)


def _part_has_begun(report: Path) -> bool:
    part = report.with_name(f".{report.name}.part")
    return part.exists() and part.stat().st_size == 0


def _part_is_being_written(report: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return report.with_name(f".{report.name}.part").stat().st_size > 0
    return False


@pytest.mark.parametrize(
    "has_come", [_part_has_begun, _part_is_being_written, Path.exists], ids=["checking", "report", "storing"]
)
def test_keep_good_killed_on_the_way(
    town_database: databases.Database, half_bad: Path, tmp_path: Path, has_come: Callable[[Path], bool]
) -> None:
    """kill -9 while rows are checked, while the report is written, and before the rows are kept for good."""
    report, before = tmp_path / "bad.xlsx", count(town_database)
    words, known = keep_good(town_database, half_bad, report), environment(town_database)
    process = subprocess.Popen(words, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not has_come(report):
        assert process.poll() is None, "it was through before it could be killed"
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    assert count(town_database) == before
    assert not report.exists() or bad_rows_in(report) == 3_000
    done = subprocess.run(words, env=known, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, count(town_database)) == (1, before + 3_000), done.stderr
    assert bad_rows_in(report) == 3_000
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    _forget(town_database)


@pytest.mark.long
@pytest.mark.parametrize("share", [n / 20 for n in range(20)])
def test_keep_good_killed_at_any_time(
    town_database: databases.Database, half_bad: Path, tmp_path: Path, share: float
) -> None:
    """kill -9 after each twentieth of the time a load takes: all of it is there, or nothing."""
    report, before = tmp_path / "bad.xlsx", count(town_database)
    words, known = keep_good(town_database, half_bad, report), environment(town_database)
    began = time.monotonic()
    subprocess.run(words, env=known, capture_output=True, check=False, timeout=120)
    took_s = time.monotonic() - began
    _forget(town_database)
    report.unlink()
    process = subprocess.Popen(words, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(share * took_s)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    assert count(town_database) in (before, before + 3_000)
    assert not report.exists() or bad_rows_in(report) == 3_000
    done = subprocess.run(words, env=known, capture_output=True, check=False, timeout=120)
    assert (done.returncode, count(town_database)) == (1, before + 3_000)
    _forget(town_database)


def _forget(database: databases.Database) -> None:
    with psycopg.connect(database.superuser or "") as connection:
        connection.execute("DELETE FROM residential_place WHERE code >= 'RC200000'")


def test_a_report_that_cannot_be_written_stops_the_load(
    town_database: databases.Database, tmp_path: Path
) -> None:
    before = count(town_database)
    path = write_csv(tmp_path / "a.csv", [*rows(3, 300_000), ["RC999", "", "440304", 114.02, 22.52]])
    for report in (tmp_path / "no such folder" / "bad.xlsx", tmp_path / "a.csv" / "bad.xlsx"):
        done = onemap(town_database, "load", "residential_place", path, "--keep-good", "--report", report)
        assert (done.returncode, count(town_database)) == (2, before)
        assert "报告" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_database_that_is_down_is_one_clear_line(tmp_path: Path) -> None:
    nowhere = "host=127.0.0.1 port=1 dbname=x user=x connect_timeout=2"
    path = write_csv(tmp_path / "a.csv", rows(1))
    done = onemap(databases.Database(nowhere, nowhere, None), "load", "residential_place", path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "数据库" in done.stderr


def test_template_and_wrong_words(town_database: databases.Database, tmp_path: Path) -> None:
    path = tmp_path / "电梯.xlsx"
    assert onemap(town_database, "template", "elevator", "-o", path).returncode == 0
    assert "略过模板示例行" in onemap(town_database, "load", "elevator", path).stderr
    for words in (
        ("load", "residential_place", path, "--map", "x"),
        ("load", "residential_place", path, "--map", "没有=code"),
        ("load", "residential_place", path, "--crs", "北京54"),
        ("export", "elevator", "-o", tmp_path / "a.doc"),
        ("export", "elevator", "--filter", "x = (", "-o", tmp_path / "a.csv"),
    ):
        done = onemap(town_database, *words)
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.csv").exists()
