"""A town of two square districts and a lake, in which the tests of loading load."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from shapely.geometry import box

from data.loading.register import load_register
from data.loading.subject import LoadRequest, LoadResult
from data.scope import Connection

WEST, EAST, LAKE = (
    box(114.0, 22.5, 114.1, 22.6),
    box(114.1, 22.5, 114.2, 22.6),
    box(114.04, 22.54, 114.06, 22.56),
)
DIVISIONS = [
    ("440300", "深圳市", "city", None, 2023, None),
    ("440303", "罗湖区", "county", "440300", 2023, EAST),
    ("440304", "福田区", "county", "440300", 2023, WEST),
    ("440304001", "园岭街道", "street", "440304", 2023, None),
    ("440399", "旧名区", "county", "440300", 2015, None),
    ("440398", "旧名区", "county", "440300", 2023, None),
]


@pytest.fixture
def town(connection: Connection) -> Connection:
    """The store with the town's divisions and lake, in one rolled-back transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO division (code, name, level, parent_code, year, geom, label_point) VALUES (%s, %s, %s, %s, %s,"
            " ST_Multi(ST_GeomFromText(%s, 4326)), ST_PointOnSurface(ST_GeomFromText(%s, 4326)))",
            [(*d[:5], d[5] and d[5].wkt, d[5] and d[5].wkt) for d in DIVISIONS],
        )
    connection.execute(
        "INSERT INTO water (name, geom) VALUES ('镜湖', ST_Multi(ST_GeomFromText(%s, 4326)))", [LAKE.wkt]
    )
    return connection


@pytest.fixture
def load(town: Connection, tmp_path: Path) -> Callable[..., LoadResult]:
    """Load rows, given as lists under headers, or a file, into a layer of the town."""

    def run(layer: str, source: Sequence[Sequence[Any]] | Path, **options: Any) -> LoadResult:
        path = source if isinstance(source, Path) else write_csv(tmp_path / "rows.csv", source)
        return load_register(town, LoadRequest(layer, path, **options))

    return run


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_excel(path: Path, rows: Sequence[Sequence[Any]], *more: Callable[[Any, Any], None]) -> Path:
    """Write rows to the first sheet; `more` gets workbook and sheet for the traps."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("数据")
        for n, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(n, c, value)
        for change in more:
            change(book, sheet)
    return path


def stored(connection: Connection, layer: str, columns: str = "code") -> Iterator[tuple[Any, ...]]:
    for row in connection.execute(f"SELECT {columns} FROM {layer} ORDER BY code".encode()):
        yield tuple(row.values())
