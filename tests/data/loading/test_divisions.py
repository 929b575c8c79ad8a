"""Divisions: code lists and outlines, by code or by name, in order, refused when they cross themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from python_calamine import CalamineWorkbook
from shapely.geometry import Polygon, box

from data.errors import LoadError
from data.loading.subject import LoadRequest, LoadResult, all_subjects
from data.scope import Connection
from geo.crs import convert
from tests.data.loading.conftest import EAST, WEST, stored, write_csv

LIST = [
    ["code", "name", "level", "parent_code"],
    ["440303001001", "某社区居委会", "", ""],  # children may stand before their parents
    ["440300000000", "深圳市", "city", ""],
    ["440303", "罗湖区", "", "440300"],
    ["156440304", "福田区", "区县", ""],
    ["440303001000", "黄贝街道", "", ""],
    ["4403A1", "某园区", "", ""],
]
BOW = Polygon([(114, 22.5), (114.1, 22.6), (114.1, 22.5), (114, 22.6), (114, 22.5)])


def run(connection: Connection, path: Path, **given: Any) -> LoadResult:
    return all_subjects()["divisions"].run(connection, LoadRequest("divisions", path, **given))


def outlines(
    tmp_path: Path, name: str = "a.geojson", *, crs: str = "EPSG:4326", **columns: list[Any]
) -> Path:
    shapes = columns.pop("geometry")
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(tmp_path / name)
    return tmp_path / name


def test_a_code_list_then_outlines_by_code_and_by_short_name(connection: Connection, tmp_path: Path) -> None:
    done = run(connection, write_csv(tmp_path / "a.csv", LIST), options={"year": "2023"})
    assert done.written.inserted == 6
    assert list(stored(connection, "division", "code, level, parent_code, year")) == [
        ("440300", "city", None, 2023), ("440303", "county", "440300", 2023), ("440303001", "street", "440303", 2023),
        ("440303001001", "community", "440303001", 2023), ("440304", "county", "440300", 2023), ("4403A1", "zone", "440300", 2023),
    ]  # fmt: skip
    assert run(connection, tmp_path / "a.csv", options={"year": "2023"}).written.unchanged == 6
    by_code = outlines(tmp_path, adcode=[440303], geometry=[EAST])
    assert run(connection, by_code).written.updated == 1
    by_name = outlines(tmp_path, qh=["罗湖", "福田"], geometry=[EAST, WEST])
    done = run(connection, by_name)
    assert (done.written.updated, done.written.unchanged) == (1, 1)
    assert ("福田区", True, 2023) in stored(connection, "division", "name, geom IS NOT NULL, year")


def test_outlines_in_another_datum_are_moved(connection: Connection, tmp_path: Path) -> None:
    run(connection, write_csv(tmp_path / "a.csv", LIST))
    run(connection, outlines(tmp_path, code=["440303"], geometry=[EAST]), crs="gcj02")
    row = connection.execute("SELECT ST_XMin(geom) AS west FROM division WHERE code = '440303'").fetchone()
    assert row is not None
    assert row["west"] == pytest.approx(convert([[114.1, 22.5]], "gcj02", "EPSG:4326")[0, 0], abs=2e-4)


def test_an_outline_that_crosses_itself_is_refused_with_the_place_or_mended(
    connection: Connection, tmp_path: Path
) -> None:
    run(connection, write_csv(tmp_path / "a.csv", LIST))
    path = outlines(tmp_path, code=["440303", "440304"], geometry=[EAST, BOW])
    with pytest.raises(LoadError, match=r"第 2 行.*自相交，位置 114.05 22.55"):
        run(connection, path)
    assert list(stored(connection, "division", "geom IS NOT NULL"))[1] == (False,)
    assert run(connection, path, keep_good=True).written.updated == 1
    assert run(connection, path, options={"make_valid": True}).written.updated == 1


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([["440303", "罗湖区", "", ""]], "上级 440300"),
        ([["440300", "深圳市", "", ""], ["440300", "深圳市", "", ""]], "第 2 行的代码重复"),
        ([["4403", "深圳市", "", ""], ["44030", "某", "", ""]], "6、9 或 12 位"),
        ([["440300", "", "", ""]], "名称"),
        ([["440300", "深圳市", "王国", ""]], "级别"),
        ([["", "南山区", "", ""]], "先装载代码表"),
    ],
)
def test_bad_lists(connection: Connection, tmp_path: Path, rows: list[list[str]], word: str) -> None:
    with pytest.raises(LoadError, match=word):
        run(connection, write_csv(tmp_path / "a.csv", [LIST[0], *rows]))
    assert list(stored(connection, "division")) == []


def test_outlines_elsewhere_and_of_another_kind(connection: Connection, tmp_path: Path) -> None:
    run(connection, write_csv(tmp_path / "a.csv", LIST))
    with pytest.raises(LoadError, match="不在中国"):
        run(connection, outlines(tmp_path, code=["440303"], geometry=[box(2, 48, 3, 49)]))
    with pytest.raises(LoadError, match="应为面"):
        run(connection, outlines(tmp_path, code=["440303"], geometry=[EAST.exterior]))


def test_water_is_replaced_as_a_whole(connection: Connection, tmp_path: Path) -> None:
    subject = all_subjects()["water"]
    path = outlines(tmp_path, name="w.gpkg", 名称=["湖"], geometry=[EAST])
    assert subject.run(connection, LoadRequest("water", path)).written.inserted == 1
    assert subject.run(connection, LoadRequest("water", path)).written.unchanged == 1
    with pytest.raises(LoadError, match="自相交"):
        subject.run(
            connection, LoadRequest("water", outlines(tmp_path, geometry=[BOW], name="x.geojson", n=["x"]))
        )


def test_bad_water_is_reported_and_the_good_is_kept(connection: Connection, tmp_path: Path) -> None:
    subject, report = all_subjects()["water"], tmp_path / "bad.xlsx"
    path = outlines(tmp_path, name="w.geojson", 名称=["好湖", "坏湖"], geometry=[EAST, BOW])
    with pytest.raises(LoadError, match="自相交"):
        subject.run(connection, LoadRequest("water", path, report=report))
    sheet = CalamineWorkbook.from_path(str(report)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet] == ["名称", "坏湖"]
    assert "自相交" in sheet[1][-1]
    done = subject.run(connection, LoadRequest("water", path, report=report, keep_good=True))
    assert (done.written.inserted, done.log.bad_rows, done.report) == (1, 1, report)
