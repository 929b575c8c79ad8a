"""Read observed trips (通知到到达) from a file: when people were notified and arrived, from where and where to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import LoadError
from data.loading.columns import normalize_header
from data.loading.files import read_table
from data.loading.problems import CellError, ProblemCode, ProblemLog, RowProblem, shown_value
from data.loading.report import BadRowReport
from data.loading.table import Table
from data.loading.values import parser_of
from geo.crs import HOUSE_CRS, convert
from geo.errors import CoordinateError
from layers.declaration import Field, FieldType, Words

FIELDS = (
    Field(
        "notified_at", FieldType.INSTANT, Words("通知时间", "Notified at"),
        aliases=("派单时间", "接警时间", "通知时刻", "出动时间", "notified", "dispatched_at", "start_time"),
    ),
    Field(
        "arrived_at", FieldType.INSTANT, Words("到达时间", "Arrived at"),
        aliases=("到场时间", "到达现场时间", "到达时刻", "arrived", "on_scene_at", "arrival_time"),
    ),
    Field(
        "from_lon", FieldType.NUMBER, Words("出发经度", "From longitude"),
        aliases=("起点经度", "救援站经度", "出发点经度", "origin_lon", "from_lng", "station_lon", "start_lon"),
    ),
    Field(
        "from_lat", FieldType.NUMBER, Words("出发纬度", "From latitude"),
        aliases=("起点纬度", "救援站纬度", "出发点纬度", "origin_lat", "station_lat", "start_lat"),
    ),
    Field(
        "to_lon", FieldType.NUMBER, Words("到达经度", "To longitude"),
        aliases=("终点经度", "现场经度", "电梯经度", "目的地经度", "destination_lon", "to_lng", "incident_lon", "end_lon"),
    ),
    Field(
        "to_lat", FieldType.NUMBER, Words("到达纬度", "To latitude"),
        aliases=("终点纬度", "现场纬度", "电梯纬度", "目的地纬度", "destination_lat", "incident_lat", "end_lat"),
    ),
)  # fmt: skip
_CHINA = (72.0, 0.8, 138.1, 55.9)


@dataclass(frozen=True)
class TripFile:
    """What a person asked to be read: file, sheet, datum of the positions, headers by field, and where bad rows go."""

    path: Path
    sheet: str | None = None
    crs: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    keep_good: bool = False
    report: Path | None = None
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, eq=False)
class ObservedPairs:
    """
    Trips as instants and positions, one row each, as a file or the orders of a dispatch give them.

    Attributes
    ----------
    notified_at, arrived_at : sequence of datetime
        Aware; the second later than the first.
    origin_lonlat, destination_lonlat : ndarray of float64, shape (n, 2)
        Degrees, EPSG:4326.
    """

    notified_at: Sequence[dt.datetime]
    arrived_at: Sequence[dt.datetime]
    origin_lonlat: NDArray[np.float64]
    destination_lonlat: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the trips."""
        return len(self.notified_at)


def read_trips(request: TripFile) -> tuple[ObservedPairs, ProblemLog]:
    """Read the trips of a file; give the good ones and the log of the bad rows.

    Raises
    ------
    LoadError
        When the file cannot be read, a column is missing, or rows are bad (unless the good ones were asked for).
    """
    wanted = {normalize_header(header) for header in request.mapping}
    known = {
        normalize_header(text): f.name
        for f in FIELDS
        for text in (f.name, f.words.zh, f.words.en, *f.aliases)
    }

    def score(cells: Sequence[Any]) -> int:
        return sum(1 for c in cells if isinstance(c, str) and normalize_header(c) in known.keys() | wanted)

    table = read_table(request.path, score, sheet=request.sheet)
    columns = _columns(table, known, request.mapping)
    for note in table.notes:
        request.say(note)
    log = ProblemLog()
    with ExitStack() as stack:
        if request.report is not None:
            log.sink = stack.enter_context(BadRowReport(request.report, table))
        pairs = _pairs(table, columns, request.crs or HOUSE_CRS, log)
    if log.total and not request.keep_good:
        raise LoadError(
            f"{log.text()}\n没有使用任何行：更正后重试，或加 --keep-good 只用无误的行。 "
            "No row was used: mend them, or add --keep-good to use the good ones.",
            tuple(log.first),
        )
    return pairs, log


def _columns(table: Table, known: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Find the column of each field."""
    names = [f.name for f in FIELDS]
    given = {normalize_header(header): name for header, name in mapping.items()}
    for header, name in mapping.items():
        if name not in names:
            raise LoadError(
                f"行程没有字段 {name!r}，可用：{'、'.join(names)}。 Trips have no field {name!r}."
            )
        if normalize_header(header) not in {normalize_header(h) for h in table.headers}:
            there = "、".join(h for h in table.headers if h)
            raise LoadError(
                f"文件中没有列“{header}”，有：{there}。 There is no column {header!r}; there are: {there}."
            )
    found: dict[str, int] = {}
    for place in (given, known):
        for i, header in enumerate(table.headers):
            target = place.get(normalize_header(header))
            if target is not None and target not in found and i not in found.values():
                found[target] = i
    missing = [f for f in FIELDS if f.name not in found]
    if missing:
        lines = [f"缺少列。 Columns are missing. 现有 there are: {'、'.join(h for h in table.headers if h)}"]
        for f in missing:
            could = "、".join((f.words.zh, f.words.en, f.name, *f.aliases))
            lines.append(f"  {f.words.zh} {f.words.en}：列名可以是 headers that would do: {could}")
        lines.append("  或用 or: --map 列名COLUMN=字段FIELD")
        raise LoadError("\n".join(lines))
    return found


def _pairs(table: Table, columns: Mapping[str, int], crs: str, log: ProblemLog) -> ObservedPairs:
    """Read the cells row by row; bad rows go to the log."""
    count = len(table)
    problems: list[list[RowProblem]] = [[] for _ in range(count)]
    values: dict[str, list[Any]] = {}
    for f in FIELDS:
        parse, column = parser_of(f), table.columns[columns[f.name]]
        values[f.name] = [None] * count
        for i, cell in enumerate(column):
            try:
                values[f.name][i] = parse(cell)
                if values[f.name][i] is None:
                    _note(problems, table, i, columns[f.name], _required(f))
            except CellError as error:
                _note(problems, table, i, columns[f.name], error)
    for i in range(count):
        start, stop = values["notified_at"][i], values["arrived_at"][i]
        if start is not None and stop is not None and stop <= start:
            message = "到达时间应晚于通知时间。 The arrival should be later than the notification."
            _note(problems, table, i, columns["arrived_at"], CellError(ProblemCode.BOUNDS, message))
    ends = []
    for side in ("from", "to"):
        at = np.array([values[f"{side}_lon"], values[f"{side}_lat"]], dtype=np.float64).T.reshape(-1, 2)
        ends.append(_house(at, crs))
        for i in np.flatnonzero(np.isfinite(at).all(axis=1)).tolist():
            fault = _misplaced(at[i], ends[-1][i], crs)
            if fault is not None:
                _note(problems, table, i, columns[f"{side}_lon"], fault, shown=f"{at[i, 0]:g}, {at[i, 1]:g}")
    for i, found in enumerate(problems):
        log.add(i, found)
    good = np.array([not found for found in problems], bool)
    notified, arrived = (
        [at for at, is_good in zip(values[name], good, strict=True) if is_good]
        for name in ("notified_at", "arrived_at")
    )
    return ObservedPairs(notified, arrived, ends[0][good], ends[1][good])


def _note(
    problems: list[list[RowProblem]],
    table: Table,
    i: int,
    column: int,
    error: CellError,
    *,
    shown: str | None = None,
) -> None:
    value = shown_value(table.columns[column][i]) if shown is None else shown
    problems[i].append(
        RowProblem(table.row_numbers[i], table.headers[column], value, error.code, error.message)
    )


def _required(f: Field) -> CellError:
    example = (
        "2026-11-22 08:30" if f.type is FieldType.INSTANT else "114.0579" if "lon" in f.name else "22.5431"
    )
    return CellError(
        ProblemCode.REQUIRED, f"不能为空，如 {example}。 It must be filled in, such as {example}."
    )


def _house(at: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Convert positions; those that the system cannot hold become NaN."""
    found = np.full(at.shape, np.nan)
    good = np.flatnonzero(np.isfinite(at).all(axis=1))
    try:
        found[good] = convert(at[good], crs, HOUSE_CRS)
    except CoordinateError:
        for i in good.tolist():
            try:
                found[i] = convert(at[[i]], crs, HOUSE_CRS)[0]
            except CoordinateError:
                continue
    return found


def _misplaced(typed: NDArray[np.float64], lonlat: NDArray[np.float64], crs: str) -> CellError | None:
    """Say what is wrong with a position that lies outside China."""
    if _is_in_china(lonlat):
        return None
    if _is_in_china(_house(typed[None, ::-1], crs)[0]):
        return CellError(
            ProblemCode.SWAPPED_AXES,
            f"经纬度写反了，应为 {typed[1]:g}, {typed[0]:g}。 Longitude and latitude are swapped.",
        )
    return CellError(
        ProblemCode.OUTSIDE_CHINA,
        f"按 {crs} 不在中国范围内，请核对数值或 --crs。 In {crs} this lies outside China: check the figures, or --crs.",
    )


def _is_in_china(lonlat: NDArray[np.float64]) -> bool:
    west, south, east, north = _CHINA
    return bool(west <= lonlat[0] <= east and south <= lonlat[1] <= north)
