"""Measure an Excel file of enterprises with bad rows among them: every bad row found and reported, the others loaded."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import psycopg
from psycopg.rows import dict_row

from data import database as databases
from data.scope import SYSTEM, enter
from web.benches._scratch import drop, load, make_store
from web.wiring import database_in_use

NAMES = ("import",)
_ROWS = {"small": 2_000, "medium": 10_000, "large": 10_000}
_BAD_SHARE = 50
#: What is wrong with a bad row, in turn: column and the value that stands there.
_FAULTS = (
    ("code", ""),
    ("name", ""),
    ("division_code", "999999"),
    ("employee_count", "-3"),
    ("lon", "0"),
    ("contact_phone", "无此号码"),
)


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Load one Excel file with one bad row in fifty by `onemap load`, its report included, beside reading it with pandas."""
    source = database_in_use()
    facts: dict[str, Any] = {
        "bench": name, "unit": "s",
        "how": "onemap load enterprise FILE.xlsx --keep-good --report BAD.xlsx as a process of its own, into an empty store",
    }  # fmt: skip
    if source.superuser is None:
        return facts | {
            "figures": {},
            "note": "needs the private cluster: a scratch database is made and dropped",
        }
    scratch = source.named(f"onemap_bench_{os.getpid()}_import")
    with tempfile.TemporaryDirectory() as folder:
        path, report = Path(folder) / "enterprises.xlsx", Path(folder) / "bad.xlsx"
        n, bad = _write(source, path, _ROWS[size])
        try:
            make_store(source, scratch)
            took_s = load(
                scratch, "enterprise", path, "--accept-positions", "--keep-good", "--report", str(report),
                accepts=(0, 1),  # 1: rows were left out
            )  # fmt: skip
            loaded = _count(scratch)
        finally:
            drop(scratch)
        reported = openpyxl.load_workbook(report, read_only=True).worksheets[0].max_row
        started = time.perf_counter()
        pd.read_excel(path, engine="openpyxl", dtype=str)
        peer_s = time.perf_counter() - started
    if loaded != n - bad:
        raise RuntimeError(f"{loaded} rows were loaded, {n - bad} are good")
    return facts | {
        "rows": n,
        "figures": {
            f"load {n:,} enterprises with {bad:,} bad rows": {
                "s": round(took_s, 1), "rows_per_s": round(n / took_s), "loaded": loaded, "rows_of_the_report": reported,
                "load": round(os.getloadavg()[0], 1),
            },
            "peer pandas: reading the file alone": {"s": round(peer_s, 1), "ratio": round(took_s / peer_s, 1)},
        },
    }  # fmt: skip


def _write(source: databases.Database, path: Path, wanted: int) -> tuple[int, int]:
    with psycopg.connect(source.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        rows = connection.execute(
            "SELECT code, name, division_code, address, industry, employee_count, contact_name, contact_phone,"
            " ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE geom IS NOT NULL ORDER BY code LIMIT %s",
            [wanted],
        ).fetchall()
    frame = pd.DataFrame(rows).astype(str)
    bad = range(7, len(frame), _BAD_SHARE)
    for number, i in enumerate(bad):
        column, value = _FAULTS[number % len(_FAULTS)]
        frame.loc[i, column] = value
    frame.to_excel(path, index=False, engine="xlsxwriter")
    return len(frame), len(bad)


def _count(scratch: databases.Database) -> int:
    with psycopg.connect(scratch.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        row = connection.execute("SELECT count(*) AS n FROM enterprise").fetchone()
    return int(row["n"]) if row else 0
