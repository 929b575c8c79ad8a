"""Load divisions (行政区划): code lists, and outlines that join them by code or by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from data import layer_versions
from data.errors import LoadError
from data.loading.city import write_divisions
from data.loading.columns import constant_column, normalize_header, plain_text
from data.loading.division_index import Divisions, normal_code, read_divisions
from data.loading.files import read_table
from data.loading.problems import CellError, ProblemCode, ProblemLog, RowProblem, shown_value
from data.loading.report import BadRowReport
from data.loading.rows import Written
from data.loading.shapes import convert_shape, invalid_words
from data.loading.subject import LoadRequest, LoadResult, SubjectOption
from data.loading.table import Table
from data.scope import Connection
from data.tables.house import DIVISION_LEVELS
from geo.crs import ACCEPTED, HOUSE_CRS
from geo.errors import CoordinateError

NAMES = {
    "divisions": "行政区划与功能区：代码表或边界。 Divisions and functional zones: code lists or outlines."
}
OPTIONS = (
    SubjectOption("--year", "区划代码的年份。 Year of the division list."),
    SubjectOption("--make-valid", "修复自相交的边界。 Mend outlines that cross themselves.", is_flag=True),
)
TAKES = {
    "divisions": frozenset(
        {"crs", "sheet", "mapping", "constants", "fill_merged", "dry_run", "keep_good", "report"}
    )
}
#: A list without a year of its own, and none said.
_UNKNOWN_YEAR = 2023

_HEADERS = {
    "code": [
        "code",
        "代码",
        "编码",
        "区划代码",
        "行政区划代码",
        "adcode",
        "gb",
        "统计用区划代码",
        "areacode",
        "divisioncode",
        "pac",
        "xzqdm",
    ],
    "name": [
        "name",
        "名称",
        "区划名称",
        "行政区划名称",
        "行政区",
        "区县",
        "街道",
        "社区",
        "qh",
        "xzqmc",
        "district",
        "名字",
    ],
    "level": ["level", "级别", "层级", "等级"],
    "parent_code": ["parentcode", "上级代码", "上级区划代码", "父级代码", "parent", "上级"],
}
_LEVEL_WORDS = {
    "province": ["省", "自治区", "省级", "直辖市", "province"],
    "city": ["市", "地级", "地级市", "市级", "city", "prefecture"],
    "county": ["区县", "县", "区", "县级", "区县级", "county", "district"],
    "street": ["街道", "乡镇", "镇", "乡", "乡级", "街道级", "乡镇级", "street", "town", "township"],
    "community": ["社区", "村", "居委会", "村级", "社区级", "community", "village"],
    "zone": ["功能区", "园区", "新区", "zone"],
}
_LEVEL_OF_LENGTH = {9: "street", 12: "community"}
_CHINA = (72.0, 0.8, 138.1, 55.9)


@dataclass
class _Division:
    """One division of a file, on its way."""

    idx: int
    code: str
    name: str
    level: str
    parent_code: str | None
    outline: Any


def run(connection: Connection, request: LoadRequest) -> LoadResult:
    """Load a list of divisions, their outlines, or both.

    Raises
    ------
    LoadError
        When the file cannot be read or a row is bad (unless the good ones were asked for).
    """
    named = {normalize_header(k) for k in request.mapping}
    known = {normalize_header(h) for names in _HEADERS.values() for h in names} | named
    table = read_table(
        request.path, lambda cells: sum(isinstance(c, str) and normalize_header(c) in known for c in cells),
        sheet=request.sheet, fill_merged=request.fill_merged, limits=request.limits,
    )  # fmt: skip
    columns = _columns(table, request)
    stored = read_divisions(connection)
    said = f"{request.path.name}：{len(table):,} 行 rows → 区划 divisions（{'、'.join(columns)}）"
    request.say(said)
    for note in table.notes:
        request.say(note)
    log = ProblemLog()
    if request.report is not None:
        with BadRowReport(request.report, table) as report:
            log.sink = report
            rows = _check(table, columns, stored, request, log)
    else:
        rows = _check(table, columns, stored, request, log)
    if log.total and not request.keep_good:
        raise LoadError(f"没有装载任何内容。 Nothing was loaded. {log.text()}", tuple(log.first))
    written = _write(connection, rows, stored, _year(request))
    return LoadResult(written, log, report=request.report if log.total else None)


def _year(request: LoadRequest) -> int | None:
    text = request.options.get("year")
    if text is None:
        return None
    if not re.fullmatch(r"(19[89]|20\d)\d|2100", str(text)):
        raise LoadError(f"--year 应为 1980–2100 的年份，不是“{text}”。 --year takes a year, not {text!r}.")
    return int(text)


def _columns(table: Table, request: LoadRequest) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for header, target in request.mapping.items():
        if target not in _HEADERS:
            raise LoadError(
                f"区划没有字段“{target}”，有 {'、'.join(_HEADERS)}。 Divisions have no field {target!r}; they have {', '.join(_HEADERS)}."
            )
        found[target] = constant_column(table, "{" + header + "}")
    for target, template in request.constants.items():
        found[target] = constant_column(table, template)
    for target, names in _HEADERS.items():
        for wanted in names:
            hits = [i for i, h in enumerate(table.headers) if normalize_header(h) == wanted]
            if hits and target not in found:
                found[target] = table.columns[hits[0]]
    if "code" not in found and "name" not in found:
        raise LoadError(
            f"没有代码列，也没有名称列；现有：{'、'.join(table.headers)}。可用 --map 列=code 或 --set code=… 指定。 "
            "There is neither a code nor a name column: say --map COLUMN=code or --set code=…"
        )
    if "code" in found and "name" not in found and table.shapes is None:
        raise LoadError("缺少名称列。 The name column is missing: say --map COLUMN=name.")
    return found


def _check(
    table: Table, columns: dict[str, list[Any]], stored: Divisions, request: LoadRequest, log: ProblemLog
) -> list[_Division]:
    rows: list[_Division] = []
    seen: dict[str, int] = {}
    found: dict[int, list[RowProblem]] = {}

    def complain(i: int, column: str, value: Any, error: CellError) -> None:
        problem = RowProblem(table.row_numbers[i], column, shown_value(value), error.code, error.message)
        found.setdefault(i, []).append(problem)

    for i in range(len(table)):
        cell = {name: plain_text(column[i]).strip() for name, column in columns.items()}
        try:
            row = _row(i, cell, stored)
            if row.code in seen:
                first = table.row_numbers[seen[row.code]]
                raise CellError(  # noqa: TRY301 - one place makes problems of errors
                    ProblemCode.DUPLICATE, f"与第 {first} 行的代码重复。 The same code as row {first}."
                )
            seen[row.code] = i
            if table.shapes is not None:
                row.outline = _outline(table.shapes[i], table, request)
            rows.append(row)
        except CellError as error:
            is_code = error.code not in (
                ProblemCode.GEOMETRY_INVALID,
                ProblemCode.GEOMETRY_TYPE,
                ProblemCode.OUTSIDE_CHINA,
            )
            complain(
                i, "代码 code" if is_code else "边界 outline", cell.get("code") or cell.get("name"), error
            )
    if "code" not in columns:
        levels = Counter(r.level for r in rows)
        for row in rows:
            common = levels.most_common(1)[0][0]
            if row.level != common:
                odd = CellError(
                    ProblemCode.DIVISION_UNKNOWN,
                    f"按名称只找到 {row.code} {row.name}（{row.level}），而其他行是 {common}：请加代码列。 By name only {row.code} "
                    f"{row.name}, a {row.level}, was found, while the other rows are a {common}: add a code column.",
                )
                complain(row.idx, "名称 name", columns["name"][row.idx], odd)
    known = {r.code for r in rows} | set(stored.by_code)
    for row in rows:
        if row.parent_code is None or row.parent_code in known:
            continue
        if row.level in ("city", "county") and row.parent_code.endswith("0000"):
            row.parent_code = None  # a province need not be loaded
            continue
        complain(
            row.idx, "上级代码 parent_code", row.parent_code,
            CellError(
                ProblemCode.PARENT_MISSING,
                f"上级 {row.parent_code} 既不在文件中也不在库中：请先装载含它的代码表。 Its parent {row.parent_code} is neither in "
                "the file nor in the store: load a code list that holds it first.",
            ),
        )  # fmt: skip
    for i in sorted(found):
        log.add(i, found[i])
    return [r for r in rows if r.idx not in found]


def _row(i: int, cell: dict[str, str], stored: Divisions) -> _Division:
    name = cell.get("name", "")
    if cell.get("code"):
        code = normal_code(cell["code"])
    else:
        codes = stored.find_by_name(name)
        if len(codes) != 1:
            raise CellError(
                ProblemCode.DIVISION_UNKNOWN,
                f"没有代码，按名称“{name}”找到 {len(codes)} 个已装载的区划：请先装载代码表，或加代码列。 No code, and "
                f"{len(codes)} loaded divisions of that name: load the code list first, or add a code column.",
            )
        code = codes[0]
    old = stored.by_code.get(code)
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}|\d{4}[A-Z]\d{1,2}", code):
        raise CellError(
            ProblemCode.PATTERN,
            "应为 6、9 或 12 位数字，或功能区代码（4 位数字、1 个大写字母、1–2 位数字）。 It should have 6, 9 or 12 digits, "
            "or be the code of a zone such as 4403A1.",
        )
    level = _level(code, cell.get("level", ""))
    parent = normal_code(cell["parent_code"]) if cell.get("parent_code") else _parent(code, level)
    if not name and old is None:
        raise CellError(ProblemCode.REQUIRED, "名称不能为空。 The name must not be empty.")
    # An outline's short name (福田) does not rename 福田区.
    if old is not None and (not name or name in old.name):
        name = old.name
    return _Division(i, code, name, old.level if old and not cell.get("level") else level, parent, None)


def _level(code: str, word: str) -> str:
    if re.fullmatch(r"\d{4}[A-Z]\d{1,2}", code):
        return "zone"
    if word:
        lowered = word.strip().lower()
        for level, words in _LEVEL_WORDS.items():
            if lowered == level or lowered in words:
                return level
        raise CellError(
            ProblemCode.LEVEL_UNKNOWN,
            f"级别“{word}”应为 {'、'.join(DIVISION_LEVELS)} 之一。 The level should be one of {', '.join(DIVISION_LEVELS)}.",
        )
    if len(code) in _LEVEL_OF_LENGTH:
        return _LEVEL_OF_LENGTH[len(code)]
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def _parent(code: str, level: str) -> str | None:
    if level == "province":
        return None
    if level == "zone":
        return code[:4] + "00"
    if len(code) == 12:
        return normal_code(code[:9])
    if len(code) == 9:
        return code[:6]
    return code[:2] + "0000" if level == "city" else code[:4] + "00"


def _outline(shape: Any, table: Table, request: LoadRequest) -> Any:
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise CellError(
            ProblemCode.GEOMETRY_TYPE,
            f"边界应为面，这里是 {shape.geom_type}。 An outline is a polygon; this is a {shape.geom_type}.",
        )
    crs = request.crs or table.crs or HOUSE_CRS
    reason = shapely.is_valid_reason(shape)
    if reason != "Valid Geometry":
        if not request.options.get("make_valid"):
            raise CellError(
                ProblemCode.GEOMETRY_INVALID,
                f"{invalid_words(reason, crs)} 可加 --make-valid 自动修复。 Add --make-valid to have it mended.",
            )
        shape = _polygons_of(shapely.make_valid(shape))
    try:
        moved = convert_shape(shape, crs)
    except CoordinateError as error:
        raise CellError(ProblemCode.OUTSIDE_CHINA, str(error)) from error
    west, south, east, north = moved.bounds
    if west < _CHINA[0] or south < _CHINA[1] or east > _CHINA[2] or north > _CHINA[3]:
        raise CellError(
            ProblemCode.OUTSIDE_CHINA,
            f"边界不在中国范围内（{ACCEPTED[crs].title_zh}，{west:.4f}, {south:.4f}）：坐标系可能不对。 The outline is not in China: "
            "another coordinate system?",
        )
    return moved if moved.is_valid else _polygons_of(shapely.make_valid(moved))


def _polygons_of(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()


def _write(connection: Connection, rows: Sequence[_Division], stored: Divisions, year: int | None) -> Written:
    order = {level: n for n, level in enumerate(DIVISION_LEVELS)}
    new, changed = [], []
    for row in sorted(rows, key=lambda r: (order[r.level], r.code)):
        old = stored.by_code.get(row.code)
        if old is None:
            new.append((row, year or _UNKNOWN_YEAR))
            continue
        is_same = (old.name, old.level, old.parent_code or None, old.year) == (
            row.name,
            row.level,
            row.parent_code,
            year or old.year,
        )
        outline = stored.outlines.get(row.code)
        is_drawn = row.outline is None or (outline is not None and shapely.equals_exact(
            shapely.normalize(_multi(row.outline)), shapely.normalize(_multi(outline)), tolerance=1e-9
        ))  # fmt: skip
        if not (is_same and is_drawn):
            changed.append((row, year or old.year))
    write = [*new, *changed]
    if write:
        frame = pd.DataFrame(
            {
                "code": [r.code for r, _ in write],
                "name": [r.name for r, _ in write],
                "level": [r.level for r, _ in write],
                "parent_code": pd.Series([r.parent_code for r, _ in write], dtype=object),
                "year": [y for _, y in write],
                "geometry": pd.Series([r.outline for r, _ in write], dtype=object),
                "lon": np.nan,
                "lat": np.nan,
            }
        )
        write_divisions(connection, frame)
        layer_versions.raise_version(connection, ("division",))
    return Written(len(new), len(changed), len(rows) - len(write))


def _multi(shape: Any) -> Any:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
