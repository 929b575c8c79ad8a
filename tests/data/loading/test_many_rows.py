"""More rows than anybody should send: 100,000 bad ones, ten times the promised size, and as many as may be."""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from data import database as databases
from data.errors import LoadError
from data.loading.subject import LoadResult
from data.loading.table import Limits
from data.scope import Connection
from tests.data.loading.conftest import DIVISIONS, stored
from web.settings import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_500)]

Load = Callable[..., LoadResult]
HEAD = ["小区编码", "小区名称", "所在区划", "人口", "经度", "纬度"]
BAD_ROWS = 100_000
#: Ten times the elevators of the largest city that is promised.
TEN_TIMES = 1_300_000
LIMIT = Limits().max_rows


@pytest.fixture
def bad_workbook(tmp_path: Path) -> Path:
    """An Excel file of 100,000 rows with two faults each, and one good row."""
    path = tmp_path / "bad.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["RC0", "好花园", "440304", 9, 114.02, 22.52])
        for n in range(BAD_ROWS):
            sheet.write_row(n + 2, 0, [f"RC{n + 1}", "", "440304", "很多", 114.02, 22.52])
    return path


def test_a_hundred_thousand_bad_rows(
    load: Load, town: Connection, bad_workbook: Path, tmp_path: Path
) -> None:
    with pytest.raises(LoadError, match="100,000 行有问题") as caught:
        load("residential_place", bad_workbook)
    assert len(caught.value.problems) == 50
    assert len(str(caught.value)) < 20_000, "a person can read it"
    report = tmp_path / "report.xlsx"
    done = load("residential_place", bad_workbook, keep_good=True, report=report)
    assert (done.written.inserted, done.log.bad_rows) == (1, BAD_ROWS)
    assert list(stored(town, "residential_place")) == [("RC0",)]
    rows = CalamineWorkbook.from_path(str(report)).get_sheet_by_index(0).to_python()
    assert len(rows) == BAD_ROWS + 1
    assert rows[-1][0] == f"RC{BAD_ROWS}"


@pytest.fixture
def database(make_database: Callable[[str], databases.Database]) -> Iterator[databases.Database]:
    """A town, for good."""
    found = make_database("many")
    with psycopg.connect(found.app) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO division (code, name, level, parent_code, year, geom) VALUES (%s, %s, %s, %s, %s,"
            " ST_Multi(ST_GeomFromText(%s, 4326)))",
            [(*d[:5], d[5] and d[5].wkt) for d in DIVISIONS],
        )
    return found


def _load(database: databases.Database, path: Path, rows: int) -> subprocess.CompletedProcess[str]:
    """Write a file of so many rows and load it by a process of its own."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEAD)
        for i in range(rows):
            at = (round(114.01 + i % 700 * 1e-4, 6), round(22.51 + i // 700 % 700 * 1e-4, 6))
            writer.writerow([f"RC{i}", f"花园{i}", "440304", i % 900, *at])
    return subprocess.run(
        [sys.executable, "-P", "-X", "utf8", "-m", "web", "load", "residential_place", str(path)],
        env={
            **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True, text=True, check=False, timeout=1_400,
    )  # fmt: skip


def _count(database: databases.Database) -> int:
    with psycopg.connect(database.superuser or "") as connection:
        row = connection.execute("SELECT count(*) FROM residential_place").fetchone()
    return int(row[0]) if row else -1


def test_ten_times_the_promised_size_is_refused_and_the_limit_itself_goes_in(
    database: databases.Database, tmp_path: Path
) -> None:
    refused = _load(database, tmp_path / "ten.csv", TEN_TIMES)
    assert refused.returncode == 2
    assert f"ten.csv 超过 {LIMIT:,} 行，请拆分后装载" in refused.stderr
    assert f"more than {LIMIT:,} rows: split it" in refused.stderr
    assert _count(database) == 0
    done = _load(database, tmp_path / "limit.csv", LIMIT)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert f"新增 new {LIMIT:,}" in done.stdout
    assert _count(database) == LIMIT
    print(done.stdout, f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6:.1f} GB at most")
