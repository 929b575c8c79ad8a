"""Turn a coverage into tables by division and by object, and write them as Excel or GeoPackage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.export import EXCEL_MAX_ROWS, safe_cell
from data.located_points import division_names, read_words
from data.scope import Connection, Scope, significant_digits
from data.travel_store import CoverageAnswer
from dispatch.coverage import UNREACHED, CoverageTotal, total, totals_by
from geo.measure import geodesic_area_m2
from geo.service_area import ServiceArea, service_areas
from layers.declaration import Words

Progress = Callable[[float], None]
FILE_FORMATS = ("xlsx", "gpkg")
_LEVELS = (4, 6, 9, 12)
_BATCH = 20_000
STATE_WORDS = {
    "beyond": Words("超出时限", "Beyond the limits"),
    "unreachable": Words("不可达", "Unreachable"),
    "off_road": Words("离道路太远", "Too far from any road"),
    "no_position": Words("没有位置", "No position"),
}


@dataclass(frozen=True)
class MoreTable:
    """One more table of a file: its layer in a GeoPackage, its sheet, and rows; those with ``lon`` and ``lat`` are points."""

    layer: str
    words: Words
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Additions:
    """What a file carries beside a coverage: whose it is, more tables and facts, and roads that are closed for it."""

    name: str
    tables: tuple[MoreTable, ...]
    facts: tuple[tuple[str, Any], ...]
    closed: tuple[BaseGeometry, ...]


@dataclass(frozen=True, eq=False)
class DivisionTotals:
    """Totals by division, and of all objects: the lines add up to it."""

    lines: tuple[CoverageTotal, ...]
    whole: CoverageTotal
    names: dict[str, str]


def totals_by_division(
    connection: Connection, answer: CoverageAnswer, *, division_code: str | None = None
) -> DivisionTotals:
    """Add up by the divisions right below one (below the city by default).

    An object that is only known to lie in the upper division stands on a line of its own, under that division's code.
    """
    codes = answer.objects.division_codes
    groups = codes_below(codes, division_code)
    lines = totals_by(answer.coverage, groups)
    return DivisionTotals(
        lines, total(answer.coverage, group="total"), division_names(connection, [t.group for t in lines])
    )


def codes_below(codes: NDArray[np.str_], division_code: str | None) -> NDArray[np.str_]:
    """Give each code's division right below one (below the city by default)."""
    length = len(significant_digits(division_code)) if division_code else 4
    return _codes_at(codes, next((n for n in _LEVELS if n > length), 12))


def _codes_at(codes: NDArray[np.str_], digits: int) -> NDArray[np.str_]:
    """Give each code's division at a level; a code that ends above it stays as it is."""
    if len(codes) == 0:
        return codes
    distinct, place = np.unique(codes, return_inverse=True)
    upper = []
    for code in distinct.tolist():
        head = significant_digits(code)[:digits]
        upper.append(head.ljust(6, "0"))
    return np.array(upper, np.str_)[place]


def state_names(answer: CoverageAnswer, language: str) -> list[str]:
    """Name the states of objects in words, by their number."""
    minutes = [f"{limit / 60:g}" for limit in answer.coverage.limits_s]
    within = [f"{m} 分钟内" if language == "zh" else f"within {m} min" for m in minutes]
    return within + [STATE_WORDS[name].in_language(language) for name in UNREACHED]


def covered_areas(answer: CoverageAnswer) -> tuple[ServiceArea, ...]:
    """Draw what the facilities together reach within each limit."""
    return service_areas(answer.circumstances.impedance, answer.facility_places, answer.coverage.limits_s)


def object_rows(
    connection: Connection,
    answer: CoverageAnswer,
    rows: NDArray[np.int64],
    *,
    scope: Scope,
) -> Iterator[dict[str, Any]]:
    """Give objects with their nearest facilities and times, in words; `rows` are positions."""
    facility_ids = [int(i) for i in answer.facility_ids if i > 0]
    stations = read_words(connection, answer.by.layer, facility_ids, scope=scope)
    states = state_names(answer, scope.language)
    closest, coverage = answer.coverage.closest, answer.coverage
    for begin in range(0, len(rows), _BATCH):
        batch = rows[begin : begin + _BATCH]
        words = read_words(connection, answer.of.layer, answer.objects.ids[batch].tolist(), scope=scope)
        for i in batch.tolist():
            own = words.get(int(answer.objects.ids[i]), {})
            lon, lat = answer.objects.lonlat[i].tolist()
            row: dict[str, Any] = {
                "code": own.get("code"),
                "name": own.get("name"),
                "division_code": str(answer.objects.division_codes[i]),
                "state": states[int(coverage.state[i])],
                "lon": None if np.isnan(lon) else lon,
                "lat": None if np.isnan(lat) else lat,
            }
            for n in range(closest.facility_idx.shape[1]):
                position = int(closest.facility_idx[i, n])
                number = int(answer.facility_ids[position]) if position >= 0 else 0
                station = stations.get(number, {})
                row[f"facility_{n + 1}_code"] = station.get("code")
                row[f"facility_{n + 1}_name"] = station.get("name") or (
                    f"added {-number}" if number < 0 else None
                )
                time_s = float(closest.travel_time_s[i, n])
                row[f"travel_time_{n + 1}_s"] = None if np.isinf(time_s) else round(time_s, 3)
            for limit, times in zip(coverage.limits_s, coverage.times_covered[i].tolist(), strict=True):
                row[f"times_covered_{limit / 60:g}min"] = times
            yield row


def uncovered_rows(answer: CoverageAnswer) -> NDArray[np.int64]:
    """Give the positions of the objects that no limit covers, the latest first."""
    rows = np.flatnonzero(answer.coverage.state >= len(answer.coverage.limits_s))
    soonest = answer.coverage.closest.travel_time_s[rows, 0]
    return rows[np.lexsort((answer.objects.ids[rows], -np.where(np.isinf(soonest), 1e12, soonest)))]


def write_coverage(
    connection: Connection,
    answer: CoverageAnswer,
    path: Path,
    *,
    scope: Scope,
    division_code: str | None = None,
    progress: Progress = lambda _: None,
    more: Additions | None = None,
) -> int:
    """Write a coverage to an Excel or GeoPackage file, with more tables where there are; the number of objects.

    Raises
    ------
    FilterError
        When the file is neither, or Excel cannot hold so many rows.
    """
    count = len(answer.objects)
    if path.suffix == ".xlsx":
        if count >= EXCEL_MAX_ROWS:
            raise FilterError(
                f"Excel 最多 {EXCEL_MAX_ROWS:,} 行，请改用 GeoPackage。 Excel holds {EXCEL_MAX_ROWS:,} rows: take GeoPackage."
            )
        _write_excel(connection, answer, path, scope, division_code, progress, more)
    elif path.suffix == ".gpkg":
        _write_geopackage(connection, answer, path, scope, division_code, progress)
        if more is not None:
            _add_to_geopackage(path, more)
    else:
        raise FilterError("覆盖结果可写为 .xlsx 或 .gpkg。 A coverage is written as .xlsx or .gpkg.")
    return count


_HEADS = Words(
    "区划代码 区划 总数 超出时限 不可达 离道路太远 没有位置 未覆盖合计",
    "Code Division Count Beyond Unreachable Off-road Unlocated Uncovered",
)


def _totals_table(answer: CoverageAnswer, totals: DivisionTotals, language: str) -> pd.DataFrame:
    code, name, count, *rest = _HEADS.in_language(language).split(" ")
    minutes = [f"{limit / 60:g}" for limit in answer.coverage.limits_s]
    lines = []
    for line in (*totals.lines, totals.whole):
        is_whole = line is totals.whole
        whole_name = "合计" if language == "zh" else "Total"
        row: dict[str, Any] = {
            code: "" if is_whole else line.group,
            name: whole_name if is_whole else totals.names.get(line.group, line.group),
            count: line.count,
        }
        for m, n in zip(minutes, line.within, strict=True):
            row[f"≤ {m} min"] = n
            row[f"≤ {m} min %"] = round(100 * n / line.count, 2) if line.count else None
        figures = (line.beyond, line.unreachable, line.off_road, line.no_position, line.uncovered)
        row |= dict(zip(rest, figures, strict=True))
        lines.append(row)
    return pd.DataFrame(lines)


def _facts(answer: CoverageAnswer, areas: tuple[ServiceArea, ...]) -> list[tuple[str, Any]]:
    found = answer.circumstances
    facts: list[tuple[str, Any]] = [
        ("对象 objects", f"{answer.of.words.zh} {answer.of.words.en}: {len(answer.objects):,}"),
        ("设施 facilities", f"{answer.by.words.zh} {answer.by.words.en}: {len(answer.facility_ids):,}"),
        ("路网版本 network version", found.network.version),
        ("出发时间 departure", found.at.isoformat(timespec="minutes")),
        ("周内小时 hour of week", found.impedance.scenario.hour_of_week),
        ("通行方式 profile", found.profile.name),
        ("生效封闭 closures in force", found.in_force + found.drawn),
        (
            "口径 definition",
            "行车时间不超过时限即为覆盖；覆盖次数最多计到最近的 k 个设施。 Covered: travel time <= limit; times covered counts the k nearest.",
        ),
    ]
    facts += [
        (f"覆盖面积 area ≤ {a.limit_s / 60:g} min, km²", round(geodesic_area_m2(a.polygon) / 1e6, 3))
        for a in areas
    ]
    return facts


def _write_excel(
    connection: Connection,
    answer: CoverageAnswer,
    path: Path,
    scope: Scope,
    division_code: str | None,
    progress: Progress,
    more: Additions | None,
) -> None:
    totals = totals_by_division(connection, answer, division_code=division_code)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    is_zh = scope.language == "zh"
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        for one in more.tables if more else ():
            _sheet(book, bold, one.words.in_language(scope.language), iter(one.rows), len(one.rows), progress)
        table = _totals_table(answer, totals, scope.language)
        rows = [dict(zip(table.columns, values, strict=True)) for values in table.to_numpy(dtype=object)]
        _sheet(book, bold, "分区合计" if is_zh else "Totals", iter(rows), len(rows), progress)
        late = uncovered_rows(answer)
        _sheet(
            book, bold, "未覆盖" if is_zh else "Uncovered",
            object_rows(connection, answer, late, scope=scope), len(late), progress,
        )  # fmt: skip
        every = np.arange(len(answer.objects))
        _sheet(
            book, bold, "全部对象" if is_zh else "Objects",
            object_rows(connection, answer, every, scope=scope), len(every), progress,
        )  # fmt: skip
        told = [*(more.facts if more else ()), *_facts(answer, covered_areas(answer))]
        facts = [{"": name, " ": value} for name, value in told]
        _sheet(book, bold, "说明" if is_zh else "About", iter(facts), len(facts), progress)


def _sheet(
    book: Any, bold: Any, name: str, rows: Iterator[dict[str, Any]], count: int, progress: Progress
) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 30, 14)
    sheet.freeze_panes(1, 1)
    for n, row in enumerate(rows, start=1):
        if n == 1:
            for column, head in enumerate(row):
                sheet.write_string(0, column, head, bold)
        for column, value in enumerate(row.values()):
            if value is None or value != value:  # noqa: PLR0124 - NaN is the one value unlike itself
                continue
            if isinstance(value, int | float | np.number):
                sheet.write_number(n, column, value)
            else:
                sheet.write_string(n, column, str(safe_cell(value)))
        if n % 5000 == 0:
            progress(n / max(count, 1))


def _write_geopackage(
    connection: Connection,
    answer: CoverageAnswer,
    path: Path,
    scope: Scope,
    division_code: str | None,
    progress: Progress,
) -> None:
    path.unlink(missing_ok=True)
    every = np.arange(len(answer.objects))
    frame = pd.DataFrame(list(object_rows(connection, answer, every, scope=scope)))
    progress(0.5)
    if len(frame):
        has_place = frame["lon"].notna().to_numpy()
        points = np.full(len(frame), None, dtype=object)
        points[has_place] = shapely.points(frame.loc[has_place, ["lon", "lat"]].to_numpy(dtype=float))
        spatial = gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
        late = uncovered_rows(answer)
        pyogrio.write_dataframe(spatial, path, layer="objects", driver="GPKG", geometry_type="Point")
        pyogrio.write_dataframe(
            spatial.iloc[late], path, layer="uncovered", driver="GPKG", geometry_type="Point", append=True
        )
    areas = covered_areas(answer)
    reached = gpd.GeoDataFrame(
        {
            "minutes": [a.limit_s / 60 for a in areas],
            "area_m2": [geodesic_area_m2(a.polygon) for a in areas],
            "road_length_m": [a.length_m for a in areas],
        },
        geometry=[a.polygon for a in areas],
        crs="EPSG:4326",
    )
    pyogrio.write_dataframe(
        reached, path, layer="areas", driver="GPKG", geometry_type="MultiPolygon", append=bool(len(frame))
    )
    totals = totals_by_division(connection, answer, division_code=division_code)
    pyogrio.write_dataframe(
        _totals_table(answer, totals, scope.language), path, layer="totals", driver="GPKG", append=True
    )
    facts = pd.DataFrame(
        [(name, str(value)) for name, value in _facts(answer, areas)], columns=["fact", "value"]
    )
    pyogrio.write_dataframe(facts, path, layer="about", driver="GPKG", append=True)


def _add_to_geopackage(path: Path, more: Additions) -> None:
    """Add more tables, those of points as layers, the roads closed, and the facts of what they are about."""
    for one in more.tables:
        frame = pd.DataFrame(list(one.rows))
        if {"lon", "lat"} <= set(frame.columns):
            known = frame["lon"].notna().to_numpy()
            points = np.full(len(frame), None, dtype=object)
            points[known] = shapely.points(frame.loc[known, ["lon", "lat"]].to_numpy(dtype=float))
            spatial = gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
            pyogrio.write_dataframe(
                spatial, path, layer=one.layer, driver="GPKG", geometry_type="Point", append=True
            )
        elif len(frame):
            pyogrio.write_dataframe(frame, path, layer=one.layer, driver="GPKG", append=True)
    if more.closed:
        shapes = gpd.GeoDataFrame(
            {"number": range(1, len(more.closed) + 1)}, geometry=list(more.closed), crs="EPSG:4326"
        )
        pyogrio.write_dataframe(
            shapes, path, layer="closures", driver="GPKG", geometry_type="Unknown", append=True
        )
    facts = pd.DataFrame([(name, str(value)) for name, value in more.facts], columns=["fact", "value"])
    pyogrio.write_dataframe(facts, path, layer="scenario", driver="GPKG", append=True)
