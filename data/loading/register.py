"""Load one register: read, match columns, judge the datum, check rows, match addresses, write; all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from data import enterprise_rows
from data.errors import LoadError
from data.loading import to_mend
from data.loading.addresses import parse_address
from data.loading.batch_datum import datum_words, judge_datum
from data.loading.check import (
    Cells,
    Defaults,
    Row,
    RowChecker,
    Within,
    cells_of,
    declared_divisions,
    read_references,
)
from data.loading.columns import ColumnMap, header_score, match_columns, names_of, normalize_header
from data.loading.division_index import Divisions, read_divisions
from data.loading.files import read_table
from data.loading.places import PlaceIndex, read_places
from data.loading.placing import Placing, place
from data.loading.point_datum import MAX_SINGLE_ROWS, judge_points, likely_datum, point_words
from data.loading.positions import Positions, read_positions
from data.loading.problems import CellError, ProblemCode, ProblemLog
from data.loading.report import BadRowReport
from data.loading.rows import Written, write_rows
from data.loading.subject import LoadRequest, LoadResult
from data.loading.table import Table
from data.loading.to_mend import Mend, MendReason
from data.scope import Connection
from geo.crs import ACCEPTED
from geo.datum import DatumVerdict
from layers.declaration import Geometry, Layer
from layers.registry import layer_by_id

_MEND_REASONS = {
    ProblemCode.OUTSIDE_DIVISION: MendReason.OUTSIDE_DIVISION,
    ProblemCode.OUTSIDE_CITY: MendReason.OUTSIDE_CITY,
    ProblemCode.IN_WATER: MendReason.IN_WATER,
}


@dataclass
class _Tally:
    """What became of the rows on their way into the store."""

    codes: list[str] = field(default_factory=list)
    mends: list[Mend] = field(default_factory=list)
    matched: int = 0
    guessed: int = 0
    unplaced: int = 0


def load_register(connection: Connection, request: LoadRequest) -> LoadResult:
    """Load a file into the layer that the request names, in the connection's transaction.

    Raises
    ------
    UnknownLayerError
        When there is no such layer.
    LoadError
        When the file cannot be read, columns are missing, the datum does not fit, or rows are bad (unless the
        good ones were asked for); then the transaction must be rolled back.
    """
    layer = layer_by_id(request.name)
    table = read_table(
        request.path, header_score(layer, request.mapping), sheet=request.sheet, fill_merged=request.fill_merged,
        limits=request.limits,
    )  # fmt: skip
    divisions = read_divisions(connection)
    if not len(divisions):
        raise LoadError(
            "还没有区划：请先运行 ./onemap load divisions 文件。 There are no divisions yet: run ./onemap load divisions FILE first."
        )
    columns = match_columns(
        layer, table, mapping=request.mapping, constants=_constants(layer, table, request), crs=request.crs
    )
    _say_reading(layer, table, columns, request)
    defaults = Defaults(
        _default_code(divisions, request.division_code), _default_code(divisions, request.authority_code)
    )
    cells = cells_of(layer, table, columns)
    positions = read_positions(layer, table, columns, crs=request.crs)
    declared = declared_divisions(cells, divisions, len(table))
    implied = _implied_divisions(cells, divisions, declared, positions)
    _refuse_datum(connection, table, cells, positions, divisions, implied, request)
    header = "、".join(
        table.headers[i] for i in (columns.lon, columns.lat, columns.position) if i is not None
    )
    placing = place(connection, positions, divisions, declared, header=header)
    if request.accept_positions:
        placing.doubts |= placing.faults
        placing.faults = {}
    checker = RowChecker(
        layer, table, cells, positions, divisions=divisions, references=read_references(connection, layer, cells, takes_own=not request.keep_good),
        defaults=defaults, place_faults=placing.faults, place_codes=placing.codes, declared=declared,
        implied=_implied_by_address(divisions),
        within=Within(request.ranges, request.codes_elsewhere), completes=request.completes, numbers=request.numbers,
    )  # fmt: skip
    return _write(connection, layer, table, columns, checker, placing, positions, request)


def _constants(layer: Layer, table: Table, request: LoadRequest) -> dict[str, str]:
    """Give the texts of every row: those asked for, and those that stand in for columns the file does not have."""
    known = names_of(layer)
    there = {known[n][0] for h in table.headers if h and (n := normalize_header(h)) in known}
    missing = {name: text for name, text in request.fallback.items() if name not in there}
    return {**missing, **request.constants}


def _write(
    connection: Connection,
    layer: Layer,
    table: Table,
    columns: ColumnMap,
    checker: RowChecker,
    placing: Placing,
    positions: Positions,
    request: LoadRequest,
) -> LoadResult:
    log, tally = ProblemLog(), _Tally()
    needs_match = layer.geometry is Geometry.POINT and not bool(positions.has.all())
    places = read_places(connection, checker.divisions) if needs_match else None
    if places is not None:
        missing = int((~positions.has).sum())
        request.say(
            f"{missing:,} 行没有坐标，用 {len(places):,} 个已有地点匹配。 {missing:,} rows have no position."
        )
    fields = (set(columns.fields) | set(columns.constants)) - request.keeps
    if columns.has_position or table.shapes is not None:
        fields |= {"division_code"}
    fields |= request.also_writes
    if request.authority_code:
        fields |= {"authority_code"}
    with ExitStack() as stack:
        if request.report is not None:
            log.sink = stack.enter_context(BadRowReport(request.report, table))
        rows = _rows(connection, checker, log, tally, placing, places, request, len(table))
        # The rows are all checked before the first is written: a bad one in the end stops everything.
        good = list(rows)
    if checker.sample_count:
        request.say(f"略过模板示例行 sample rows of the template passed over: {checker.sample_count}")
    if log.total and not request.keep_good:
        report = (
            f"\n完整清单 full list: {request.report}"
            if request.report
            else (
                "\n加 --report 文件.xlsx 得到完整清单，加 --keep-good 只装载无误的行。 Add --report FILE.xlsx for the full list, "
                "--keep-good to load the other rows."
            )
        )
        raise LoadError(
            f"没有装载任何内容。 Nothing was loaded. {log.text()}{report}", tuple(log.first),
            bad_rows=log.bad_rows, problem_count=log.total,
        )  # fmt: skip
    request.say(f"写入 writing {len(good):,} …")
    written = write_rows(connection, layer, good, fields=fields) if good else Written(0, 0, 0)
    if layer.id == enterprise_rows.KEEPER:
        enterprise_rows.follow(connection, tally.codes)
    listed = to_mend.replace(connection, layer, tally.codes, tally.mends)
    return LoadResult(
        written, log, tally.matched, tally.guessed, tally.unplaced, listed,
        request.report if request.report is not None and log.total else None,
    )  # fmt: skip


def _rows(
    connection: Connection,
    checker: RowChecker,
    log: ProblemLog,
    tally: _Tally,
    placing: Placing,
    places: PlaceIndex | None,
    request: LoadRequest,
    total: int,
) -> Iterator[Row]:
    for i, row in checker.good_rows(log, progress=lambda done: request.progress(done, total)):
        if places is not None and "lon" not in row:
            _match(connection, places, row, tally, checker)
        doubt = placing.doubts.get(i)
        if doubt is not None:
            tally.mends.append(Mend(row["code"], _MEND_REASONS[doubt.code], doubt.message))
        tally.codes.append(row["code"])
        yield row


def _match(connection: Connection, places: PlaceIndex, row: Row, tally: _Tally, checker: RowChecker) -> None:
    names = [row.get("name"), *(row.get(f.name) for f in checker.layer.fields if f.name == "unit_name")]
    match = places.match(connection, names, row.get("address"), row["division_code"])
    row["position_confidence"] = round(match.confidence, 3)
    row["position_quality"] = match.quality
    if match.lon is None:
        row["position_confidence"] = None
        tally.unplaced += 1
        tally.mends.append(Mend(row["code"], MendReason.NO_POSITION, match.detail))
        return
    row["lon"], row["lat"] = match.lon, match.lat
    if match.quality == "matched":
        tally.matched += 1
    else:
        tally.guessed += 1
        tally.mends.append(
            Mend(row["code"], MendReason.GUESSED_POSITION, match.detail, row["position_confidence"])
        )


def _say_reading(layer: Layer, table: Table, columns: ColumnMap, request: LoadRequest) -> None:
    request.say(f"{request.path.name}：{len(table):,} 行 rows → {layer.words.zh} {layer.words.en}")
    for note in table.notes:
        request.say(note)
    taken = "、".join(f"{table.headers[idx]}={name}" for name, idx in columns.fields.items())
    request.say(f"列 columns: {taken}")
    if columns.unmapped:
        request.say(f"未用的列 columns not used: {'、'.join(columns.unmapped)}")


def _default_code(divisions: Divisions, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return divisions.resolve(text)
    except CellError as error:
        raise LoadError(f"“{text}”：{error.message}") from error


def _implied_divisions(
    cells: Cells, divisions: Divisions, declared: list[str | None], positions: Positions
) -> list[str | None]:
    """Give what rows say of their division, by code, by name or by their address, for the rows with figures."""
    column = cells.columns.get("address")
    if column is None:
        return declared
    found = list(declared)
    known: dict[str, str | None] = {}
    has = positions.has.tolist()
    for i, value in enumerate(column):
        if found[i] is None and isinstance(value, str) and has[i]:
            head = value[:14]
            if head not in known:
                known[head] = _county_named(divisions, head)
            found[i] = known[head]
    return found


def _county_named(divisions: Divisions, text: str) -> str | None:
    code = parse_address(text, divisions).division_code
    return None if code is None else divisions.county_of(code)


def _implied_by_address(divisions: Divisions) -> Any:
    def implied(row: Row) -> str | None:
        address = row.get("address")
        return parse_address(address, divisions).division_code if address else None

    return implied


def _refuse_datum(
    connection: Connection,
    table: Table,
    cells: Cells,
    positions: Positions,
    divisions: Divisions,
    implied: list[str | None],
    request: LoadRequest,
) -> None:
    evidence = judge_datum(positions, divisions, implied)
    used = ACCEPTED[positions.crs]
    if bool(positions.has.any()):
        request.say(f"坐标系 coordinates: {used.title_zh} {used.title_en}")
    if evidence is None:
        return
    words = datum_words(evidence)
    is_trusted = request.trust_crs and request.crs is not None
    if evidence.verdict is DatumVerdict.OTHER_DATUM and not is_trusted:
        raise LoadError(f"没有装载任何内容。 Nothing was loaded.\n{words}")
    request.say(words)
    if evidence.verdict is not DatumVerdict.UNDECIDED or is_trusted:
        return
    if int(positions.has.sum()) <= MAX_SINGLE_ROWS:
        points = list(judge_points(connection, positions, cells, implied, read_places(connection, divisions)))
        likely = likely_datum(points)
        if likely is not None:
            words = point_words(points, table.row_numbers, likely)
            raise LoadError(f"没有装载任何内容。 Nothing was loaded.\n{words}")
        if any(p.evidence.verdict is DatumVerdict.AS_DECLARED for p in points):
            return
    if request.crs is None:
        request.say(
            "仅凭这些点无法判断坐标系，请核对是否应加 --crs。 The points do not tell their datum: check whether --crs is needed."
        )
