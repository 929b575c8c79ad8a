"""Files of observed trips: every header, every bad row named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter

from data.errors import LoadError
from data.loading.problems import ProblemCode
from data.loading.trips import FIELDS, TripFile, read_trips
from geo.crs import convert
from tests.data.loading.conftest import write_csv

ZH = ["通知时间", "到达时间", "出发经度", "出发纬度", "到达经度", "到达纬度"]
EN = ["notified_at", "arrived_at", "from_lon", "from_lat", "to_lon", "to_lat"]
GOOD = ["2026-10-05 08:30", "2026-10-05 08:52:30", 114.05, 22.54, 114.08, 22.56]


def file(tmp_path: Path, *rows: Sequence[Any], head: Sequence[str] = ZH) -> Path:
    return write_csv(tmp_path / "trips.csv", [head, *rows])


@pytest.mark.parametrize(
    "head", [ZH, EN, ["派单时间", "到场时间", "救援站经度", "救援站纬度", "电梯经度", "电梯纬度"]]
)
def test_headers_in_both_languages(tmp_path: Path, head: list[str]) -> None:
    pairs, log = read_trips(TripFile(file(tmp_path, GOOD, head=head)))
    assert (len(pairs), log.total) == (1, 0)
    assert pairs.notified_at[0] == dt.datetime(2026, 10, 5, 0, 30, tzinfo=dt.UTC)  # Beijing time
    assert (pairs.arrived_at[0] - pairs.notified_at[0]).total_seconds() == 1350
    assert pairs.origin_lonlat.tolist() == [[114.05, 22.54]]
    assert pairs.destination_lonlat.tolist() == [[114.08, 22.56]]


def test_every_alias_is_one_fields_own() -> None:
    names = [alias for f in FIELDS for alias in (f.name, f.words.zh, f.words.en, *f.aliases)]
    assert len(names) == len(set(names))


def test_columns_by_map_and_excel_with_its_own_dates(tmp_path: Path) -> None:
    path = tmp_path / "trips.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet("出动")
    sheet.write_row(0, 0, ["t1", "t2", *ZH[2:]])
    sheet.write_datetime(1, 0, dt.datetime(2026, 10, 5, 8, 30))  # noqa: DTZ001
    sheet.write_datetime(1, 1, dt.datetime(2026, 10, 5, 8, 52, 30))  # noqa: DTZ001
    sheet.write_row(1, 2, GOOD[2:])
    book.close()
    pairs, _ = read_trips(TripFile(path, mapping={"t1": "notified_at", "t2": "arrived_at"}))
    assert (pairs.arrived_at[0] - pairs.notified_at[0]).total_seconds() == 1350


def test_the_datum_of_the_positions(tmp_path: Path) -> None:
    pairs, _ = read_trips(TripFile(file(tmp_path, GOOD), crs="gcj02"))
    assert np.array_equal(pairs.origin_lonlat, convert([[114.05, 22.54]], "gcj02", "wgs84"))
    metres = convert([[114.05, 22.54], [114.08, 22.56]], "wgs84", "EPSG:4547")
    row = [*GOOD[:2], *metres[0], *metres[1]]
    pairs, _ = read_trips(TripFile(file(tmp_path, row), crs="EPSG:4547"))
    assert pairs.destination_lonlat == pytest.approx(np.array([[114.08, 22.56]]), abs=1e-7)


@pytest.mark.parametrize(
    ("changes", "column", "code", "words"),
    [
        ({0: ""}, "通知时间", ProblemCode.REQUIRED, "2026-11-22 08:30"),
        ({0: "昨天"}, "通知时间", ProblemCode.INSTANT, "2026-11-22 08:30"),
        ({1: "2026-10-05 08:30"}, "到达时间", ProblemCode.BOUNDS, "later than"),
        ({1: "2026-10-05 08:29"}, "到达时间", ProblemCode.BOUNDS, "later than"),
        ({1: "2026-13-05 08:30"}, "到达时间", ProblemCode.INSTANT, "2026-11-22"),
        ({2: "x"}, "出发经度", ProblemCode.NUMBER, "12.5"),
        ({3: ""}, "出发纬度", ProblemCode.REQUIRED, "22.5431"),
        ({2: 22.54, 3: 114.05}, "出发经度", ProblemCode.SWAPPED_AXES, "114.05, 22.54"),
        ({4: 2.35, 5: 48.85}, "到达经度", ProblemCode.OUTSIDE_CHINA, "--crs"),
        ({4: 0, 5: 0}, "到达经度", ProblemCode.OUTSIDE_CHINA, "--crs"),
        ({4: 1e300, 5: 22.5}, "到达经度", ProblemCode.OUTSIDE_CHINA, "--crs"),
    ],
)
def test_every_bad_row_is_named(
    tmp_path: Path, changes: dict[int, Any], column: str, code: str, words: str
) -> None:
    bad = [changes.get(i, value) for i, value in enumerate(GOOD)]
    path = file(tmp_path, GOOD, bad, GOOD)
    with pytest.raises(LoadError) as caught:
        read_trips(TripFile(path))
    assert f"第 3 行 row 3 · {column}" in str(caught.value)
    assert words in str(caught.value)
    pairs, log = read_trips(TripFile(path, keep_good=True, report=tmp_path / "bad.xlsx"))
    assert (len(pairs), log.bad_rows) == (2, 1)
    assert [(p.row, p.column, p.code) for p in log.first] == [(3, column, code)]
    assert (tmp_path / "bad.xlsx").stat().st_size > 0


def test_bad_files_and_mappings(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="到达时间 Arrived at：列名可以是"):
        read_trips(TripFile(file(tmp_path, GOOD[:1] + GOOD[2:], head=[ZH[0], *ZH[2:]])))
    with pytest.raises(LoadError, match="There is no column '没有'"):
        read_trips(TripFile(file(tmp_path, GOOD), mapping={"没有": "to_lon"}))
    with pytest.raises(LoadError, match="Trips have no field 'speed'"):
        read_trips(TripFile(file(tmp_path, GOOD), mapping={"通知时间": "speed"}))
    with pytest.raises(LoadError, match="There is no file"):
        read_trips(TripFile(tmp_path / "none.csv"))
    assert len(read_trips(TripFile(file(tmp_path)))[0]) == 0
