"""Registers: columns by name, every bad row named, all or nothing, twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import LoadError
from data.loading.problems import ProblemCode
from data.loading.subject import LoadResult
from data.scope import Connection
from geo.crs import convert
from tests.data.loading.conftest import LAKE, WEST, stored, write_csv, write_excel

Load = Callable[..., LoadResult]
HEAD = ["小区编码", "小区名称", "所在区划", "常住人口（人）", "经度", "纬度"]
GOOD = ["RC1", "一号花园", "440304", "1,200人", 114.02, 22.52]


def problems(load: Load, layer: str, rows: Any, **options: Any) -> list[Any]:
    with pytest.raises(LoadError) as caught:
        load(layer, rows, **options)
    return list(caught.value.problems)


def test_a_good_row_and_loading_twice(load: Load, town: Connection) -> None:
    done = load("residential_place", [HEAD, GOOD])
    assert (done.written.inserted, done.written.updated, done.written.unchanged) == (1, 0, 0)
    row = next(
        stored(
            town,
            "residential_place",
            "code, name, division_code, authority_code, population, ST_X(geom), source_crs, source_position",
        )
    )
    assert row == ("RC1", "一号花园", "440304", "440300", 1200, 114.02, "EPSG:4326", "114.02, 22.52")
    again = load("residential_place", [HEAD, GOOD])
    assert (again.written.inserted, again.written.updated, again.written.unchanged) == (0, 0, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(load: Load, tmp_path: Path, encoding: str) -> None:
    assert (
        load("residential_place", write_csv(tmp_path / "a.csv", [HEAD, GOOD], encoding)).written.inserted == 1
    )


def test_headers_in_english_with_signs_and_below_a_title(load: Load, tmp_path: Path) -> None:
    rows = [
        ["小区一览表 2026"],
        [],
        ["Place_Code*", "PLACE NAME", "ＬＮＧ", "lat(WGS84)", "备注", "多余"],
        ["RC1", "甲", 114.02, 22.52, "x", 1],
    ]
    assert load("residential_place", write_excel(tmp_path / "a.xlsx", rows)).written.inserted == 1


def test_a_column_left_out_keeps_what_was_there(load: Load, town: Connection) -> None:
    load("residential_place", [HEAD, GOOD])
    done = load("residential_place", [["小区编码", "小区名称"], ["RC1", "改了名"]])
    assert done.written.updated == 1
    assert next(stored(town, "residential_place", "name, population, ST_X(geom), position_quality")) == (
        "改了名",
        1200,
        114.02,
        "given",
    )


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({1: ""}, ProblemCode.REQUIRED, "必填"),
        ({0: "C" * 41}, ProblemCode.TOO_LONG, "最多 40"),
        ({3: "很多"}, ProblemCode.INTEGER, "整数"),
        ({3: "-1"}, ProblemCode.BOUNDS, "1,000,000"),
        ({2: "440305"}, ProblemCode.DIVISION_UNKNOWN, "440304 福田区"),
        ({2: "440399"}, ProblemCode.DIVISION_OUTDATED, "440398"),
        ({2: "某某区"}, ProblemCode.DIVISION_UNKNOWN, "某某区"),
        ({4: "", 5: 22.52}, ProblemCode.POSITION_HALF, "经度和纬度"),
        ({4: "东经", 5: "北纬"}, ProblemCode.POSITION_UNREADABLE, "无法读取坐标"),
        ({4: 2.35, 5: 48.85}, ProblemCode.OUTSIDE_CHINA, "中国"),
        ({4: 22.52, 5: 114.02}, ProblemCode.SWAPPED_AXES, "114.02, 22.52"),
        ({4: 114.02, 5: 22.4}, ProblemCode.OUTSIDE_CITY, "之外"),
        ({4: 114.15, 5: 22.52}, ProblemCode.OUTSIDE_DIVISION, "440303 罗湖区"),
        ({4: 114.05, 5: 22.55}, ProblemCode.IN_WATER, "镜湖"),
    ],
)
def test_one_bad_cell_stops_everything_and_is_named(
    load: Load, town: Connection, change: dict[int, Any], code: ProblemCode, word: str
) -> None:
    bad = ["RC2", *GOOD[1:]]
    for at, value in change.items():
        bad[at] = value
    others = [[f"RC{n}", *GOOD[1:]] for n in range(3, 6)]
    found = problems(load, "residential_place", [HEAD, GOOD, bad, *others])
    assert [(p.row, p.code) for p in found] == [(3, code)]
    assert word in found[0].message
    assert found[0].column
    assert list(stored(town, "residential_place")) == []


def test_a_row_with_several_faults_names_them_all(load: Load) -> None:
    found = problems(load, "residential_place", [HEAD, ["", "", "999999", "x", 114.02, 22.52]])
    assert {p.code for p in found} == {
        ProblemCode.REQUIRED,
        ProblemCode.DIVISION_UNKNOWN,
        ProblemCode.INTEGER,
    }


def test_duplicates_name_both_rows(load: Load) -> None:
    found = problems(load, "residential_place", [HEAD, GOOD, ["RC2", *GOOD[1:]], GOOD])
    assert [(p.row, p.code) for p in found] == [(4, ProblemCode.DUPLICATE)]
    assert "第 2 行" in found[0].message


def test_a_unique_field_taken_by_a_stored_row(load: Load) -> None:
    head = ["设备注册代码", "电梯名称", "救援代码", "所在区划"]
    load("elevator", [head, ["31000001", "一号梯", "001234", "福田"]])
    assert load("elevator", [head, ["31000001", "一号梯", "001234", "福田"]]).written.unchanged == 1
    found = problems(load, "elevator", [head, ["31000002", "二号梯", "001234", "福田"]])
    assert found[0].code is ProblemCode.TAKEN
    assert "31000001" in found[0].message


def test_references_must_exist(load: Load) -> None:
    found = problems(
        load,
        "elevator",
        [["设备注册代码", "电梯名称", "所在区划", "绑定救援站"], ["31000001", "梯", "福田", "RS404"]],
    )
    assert [p.code for p in found] == [ProblemCode.REFERENCE]


def test_the_division_follows_from_the_position_or_the_default(load: Load, town: Connection) -> None:
    head = ["小区编码", "小区名称", "经度", "纬度", "地址"]
    rows = [
        ["A", "甲", 114.15, 22.52, ""],
        ["B", "乙", "", "", ""],
        ["C", "丙", "", "", "深圳市罗湖区人民路1号"],
    ]
    load("residential_place", [head, *rows], division_code="440304001")
    assert list(stored(town, "residential_place", "code, division_code, authority_code")) == [
        ("A", "440303", "440300"), ("B", "440304001", "440300"), ("C", "440303", "440300"),
    ]  # fmt: skip
    assert [p.code for p in problems(load, "residential_place", [head, ["D", "丁", "", "", ""]])] == [
        ProblemCode.DIVISION_MISSING
    ]
    again = load("residential_place", [head, rows[1]])
    assert again.written.unchanged == 1, "a row that is there keeps its division"


def test_keep_good_loads_the_rest_and_the_report_loads_once_mended(
    load: Load, town: Connection, tmp_path: Path
) -> None:
    report = tmp_path / "bad.xlsx"
    rows = [HEAD, GOOD, ["RC2", "二号", "440304", "x", 114.02, 22.52]]
    done = load("residential_place", rows, keep_good=True, report=report)
    assert (done.written.inserted, done.log.bad_rows) == (1, 1)
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(str(report)).get_sheet_by_index(0).to_python()
    assert sheet[1][:4] == ["RC2", "二号", "440304", "x"]
    assert sheet[1][6] == 3
    assert "整数" in sheet[1][7]
    sheet[1][3] = 9
    assert load("residential_place", write_excel(tmp_path / "mended.xlsx", sheet)).written.inserted == 1


def test_many_bad_rows_are_counted_and_the_first_fifty_shown(load: Load) -> None:
    rows = [[f"RC{n}", "甲", "440304", "x", 114.02, 22.52] for n in range(3_000)]
    with pytest.raises(LoadError) as caught:
        load("residential_place", [HEAD, *rows])
    assert len(caught.value.problems) == 50
    assert "3,000 行有问题" in str(caught.value)


def test_a_missing_required_column_says_what_there_is_and_what_it_could_be(load: Load) -> None:
    with pytest.raises(LoadError, match=r"--map 小区=code|小区编码") as caught:
        load("residential_place", [["小区编", "小区名称"], ["1", "x"]])
    assert "--map 小区编=code" in str(caught.value)
    assert (
        load(
            "residential_place",
            [["小区编", "小区名称"], ["1", "x"]],
            mapping={"小区编": "code"},
            division_code="440304",
        ).written.inserted
        == 1
    )


def test_no_known_header_at_all(load: Load) -> None:
    with pytest.raises(LoadError, match="没有认得的列名"):
        load("residential_place", [["一", "二"], ["1", "2"]])


def test_constants_take_cells_of_the_row(load: Load, town: Connection) -> None:
    rows = [["id", "人数"], ["7", "100"]]
    load(
        "rescue_resource",
        rows,
        constants={"code": "SH{id:04}", "name": "避难场所{id}", "kind": "避难场所"},
        division_code="福田区",
    )
    assert list(stored(town, "rescue_resource", "code, name, kind, capacity")) == [
        ("SH0007", "避难场所7", "shelter", 100)
    ]


def test_pasted_positions_in_one_column(load: Load, town: Connection) -> None:
    rows = [
        ["小区编码", "小区名称", "坐标"],
        ["A", "甲", "114.02,22.52"],
        ["B", "乙", "北纬22°31′12″ 东经114°1′12″"],
    ]
    load("residential_place", rows)
    assert [
        (round(x, 6), round(y, 6)) for x, y in stored(town, "residential_place", "ST_X(geom), ST_Y(geom)")
    ] == [(114.02, 22.52)] * 2


def test_all_axes_swapped_is_one_message(load: Load) -> None:
    rows = [[f"R{n}", "甲", "440304", "", 22.52, 114.02] for n in range(3)]
    with pytest.raises(LoadError, match=r"--map 经度=lat --map 纬度=lon"):
        load("residential_place", [HEAD, *rows])


def test_gauss_kruger_and_the_datum_it_came_in_are_kept(load: Load, town: Connection) -> None:
    east, north = convert([[114.02, 22.52]], "EPSG:4490", "EPSG:4547")[0].tolist()
    load("residential_place", [HEAD, [*GOOD[:4], east, north]], crs="EPSG:4547")
    x, crs = next(stored(town, "residential_place", "ST_X(geom), source_crs"))
    assert (round(x, 7), crs) == (114.02, "EPSG:4547")


@pytest.mark.parametrize("true", ["EPSG:4326", "gcj02", "bd09"])
@pytest.mark.parametrize("said", [None, "EPSG:4326", "gcj02", "bd09"])
def test_a_batch_in_another_datum_is_refused_with_evidence(load: Load, true: str, said: str | None) -> None:
    rng = np.random.default_rng(5)
    west, south, east, north = WEST.bounds
    at = np.column_stack([rng.uniform(west, east, 600), rng.uniform(south, north, 600)])
    at = at[
        ~(
            (at[:, 0] > LAKE.bounds[0])
            & (at[:, 0] < LAKE.bounds[2])
            & (at[:, 1] > LAKE.bounds[1])
            & (at[:, 1] < LAKE.bounds[3])
        )
    ]
    typed = convert(at, "EPSG:4326", true)
    rows = [[f"R{n}", "甲", "440304", "", x, y] for n, (x, y) in enumerate(typed.tolist())]
    if (said or "EPSG:4326") == true:
        assert load("residential_place", [HEAD, *rows], crs=said).written.inserted == len(rows)
        return
    with pytest.raises(LoadError, match=f"--crs {true}"):
        load("residential_place", [HEAD, *rows], crs=said)
    if said is not None:
        done = load("residential_place", [HEAD, *rows], crs=said, trust_crs=True, accept_positions=True)
        assert done.written.inserted == len(rows)
        assert done.to_mend > 0


def test_positions_in_doubt_go_on_the_list_and_off_it_again(load: Load, town: Connection) -> None:
    near = ["RC1", "甲", "440304", "", 114.101, 22.52]
    done = load("residential_place", [HEAD, near])
    assert (done.written.inserted, done.to_mend) == (1, 1)
    reason = town.execute("SELECT reason, detail FROM to_mend").fetchone()
    assert reason is not None
    assert reason["reason"] == "outside_division"
    assert load("residential_place", [HEAD, ["RC1", *GOOD[1:]]]).to_mend == 0
    assert town.execute("SELECT 1 FROM to_mend").fetchone() is None


def test_two_pairs_of_positions_need_a_choice(load: Load, town: Connection) -> None:
    rows = [
        ["小区编码", "小区名称", "lng_bd09", "lat_bd09", "lng_wgs84", "lat_wgs84"],
        ["A", "甲", 114.0315, 22.5232, 114.02, 22.52],
    ]
    with pytest.raises(LoadError, match="几组坐标列"):
        load("residential_place", rows)
    load("residential_place", rows, crs="EPSG:4326")
    assert next(stored(town, "residential_place", "ST_X(geom)")) == (114.02,)


def test_nothing_can_be_loaded_before_the_divisions(connection: Connection, tmp_path: Path) -> None:
    from data.loading.register import load_register
    from data.loading.subject import LoadRequest

    with pytest.raises(LoadError, match="load divisions"):
        load_register(
            connection, LoadRequest("residential_place", write_csv(tmp_path / "a.csv", [HEAD, GOOD]))
        )
