"""Check the rows of a table one by one: what is good goes on, what is not is named with all its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

from data.loading.columns import SAMPLE_MARK, ColumnMap, constant_column
from data.loading.division_index import Divisions
from data.loading.positions import Positions
from data.loading.problems import CellError, ProblemCode, ProblemLog, RowProblem, shown_value
from data.loading.table import Table
from data.loading.values import parser_of
from data.scope import Connection
from geo.crs import HOUSE_CRS
from layers.declaration import Field, FieldType, Layer
from layers.registry import find_register

Row = dict[str, Any]
_CHUNK = 5_000


@dataclass(frozen=True)
class Defaults:
    """What stands for an empty division or authority."""

    division_code: str | None = None
    authority_code: str | None = None


@dataclass(frozen=True)
class Within:
    """Where rows may lie: ranges of authority codes (None: everywhere), and the codes that stand elsewhere."""

    ranges: tuple[tuple[str, str], ...] | None = None
    codes_elsewhere: frozenset[str] = frozenset()

    def check_authority(self, code: str) -> None:
        """Refuse an authority outside.

        Raises
        ------
        CellError
        """
        if self.ranges is not None and not any(low <= code < high for low, high in self.ranges):
            raise CellError(
                ProblemCode.OUT_OF_SCOPE,
                f"归属机构 {code} 不在您的辖区内。 The authority {code} lies outside your jurisdiction.",
            )

    def check_code(self, code: Any) -> None:
        """Refuse a row that stands under another authority.

        Raises
        ------
        CellError
        """
        if code in self.codes_elsewhere:
            raise CellError(
                ProblemCode.OUT_OF_SCOPE,
                "该编码的记录已归其他机构管理，不能由您覆盖。 The row of that code belongs to another authority: it cannot be overwritten.",
            )


@dataclass
class Cells:
    """The columns of a table under the layer's field names, with the headers a person knows them by."""

    columns: dict[str, list[Any]]
    headers: dict[str, str]


@dataclass
class References:
    """What a row may refer to: codes, taken values, units, an enterprise's division and authority, divisions rows have."""

    codes: dict[str, frozenset[str]] = field(default_factory=dict)
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)
    keepers: dict[str, tuple[str, str]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)


def cells_of(layer: Layer, table: Table, columns: ColumnMap) -> Cells:
    """Bring the columns of a table under the field names of a layer."""
    by_name = {name: table.columns[idx] for name, idx in columns.fields.items()}
    headers = {name: table.headers[idx] for name, idx in columns.fields.items()}
    for name, template in columns.constants.items():
        by_name[name] = constant_column(table, template)
        headers[name] = layer.field(name).words.zh
    return Cells(by_name, headers)


def sample_rows(table: Table) -> set[int]:
    """Find the rows that a template marked as its sample."""
    found: set[int] = set()
    for header, column in zip(table.headers, table.columns, strict=True):
        if header:
            found |= {i for i, v in enumerate(column) if isinstance(v, str) and v.startswith(SAMPLE_MARK)}
    return found


def declared_divisions(cells: Cells, divisions: Divisions, count: int) -> list[str | None]:
    """Give the division each row declares, where it can be resolved."""
    column = cells.columns.get("division_code")
    if column is None:
        return [None] * count
    known: dict[Any, str | None] = {None: None}
    for value in set(column):
        if value is not None:
            try:
                known[value] = divisions.resolve(_division_text(value))
            except CellError:
                known[value] = None
    return [known[value] for value in column]


def _division_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_references(
    connection: Connection, layer: Layer, cells: Cells, *, takes_own: bool = False
) -> References:
    """Read the codes that the table's columns may refer to, and who has its unique values already.

    With `takes_own` rows may refer to rows of the same file.
    """
    found = References()
    for f in layer.all_fields:
        if f.name not in cells.columns:
            continue
        listed = f.references or f.code_list
        if listed and listed not in found.codes:
            rows = connection.execute(f"SELECT code FROM {listed}".encode())
            own = cells.columns.get("code", []) if takes_own and listed == layer.id else []
            found.codes[listed] = frozenset(row["code"] for row in rows) | {str(c).strip() for c in own}
        if f.unique and f.name != "code":
            rows = connection.execute(
                f"SELECT code, {f.name} AS value FROM {layer.id} WHERE {f.name} IS NOT NULL".encode()
            )
            found.taken[f.name] = {row["value"]: row["code"] for row in rows}
    if "division_code" not in cells.columns:
        rows = connection.execute(f"SELECT code, division_code FROM {layer.id}".encode())
        found.homes = {row["code"]: row["division_code"] for row in rows}
    register = find_register(layer.id)
    if register is not None and register.owner_field in cells.columns:
        rows = connection.execute("SELECT code, division_code, authority_code, owner_id FROM enterprise")
        for row in rows:
            found.keepers[row["code"]] = (row["division_code"], row["authority_code"])
            if row["owner_id"] is not None:
                found.owners[row["code"]] = row["owner_id"]
    for row in connection.execute("SELECT id, code, name FROM unit"):
        found.owners[row["code"]] = row["id"]
        found.owners[row["name"]] = row["id"]
    return found


class RowChecker:
    """Checks the rows of one table against a layer's declaration and the store."""

    def __init__(
        self,
        layer: Layer,
        table: Table,
        cells: Cells,
        positions: Positions,
        *,
        divisions: Divisions,
        references: References,
        defaults: Defaults,
        place_faults: Mapping[int, Any],
        place_codes: Sequence[str | None],
        declared: Sequence[str | None],
        implied: Callable[[Row], str | None],
        within: Within | None = None,
        completes: Callable[[Row], tuple[tuple[str, str], ...]] | None = None,
        numbers: Callable[[], str] | None = None,
    ) -> None:
        self.layer, self.table, self.cells, self.positions = layer, table, cells, positions
        self.divisions, self.references, self.defaults = divisions, references, defaults
        self.place_faults, self.place_codes, self.declared = place_faults, place_codes, declared
        self._implied, self._within, self._completes = implied, within or Within(), completes
        self._numbers = numbers
        self._seen: dict[str, dict[Any, int]] = {f.name: {} for f in layer.all_fields if f.unique}
        self._plain = [
            f for f in layer.all_fields if not (f.is_division and f.type is not FieldType.CODE_LIST)
        ]
        self._parsers = {f.name: parser_of(f) for f in layer.all_fields}
        self._samples = sample_rows(table)
        self._has_position = positions.has.tolist()

    @property
    def sample_count(self) -> int:
        """Give the number of a template's sample rows that are passed over."""
        return len(self._samples)

    def good_rows(
        self, log: ProblemLog, *, progress: Callable[[int], None] = lambda _done: None
    ) -> Iterator[tuple[int, Row]]:
        """Yield (position in the table, row for the store) of every good row; the bad go to the log, and how many are done to `progress`."""
        for start in range(0, len(self.table), _CHUNK):
            progress(start)
            chunk = range(start, min(start + _CHUNK, len(self.table)))
            rows: list[Row] = [{} for _ in chunk]
            problems: list[list[RowProblem]] = [[] for _ in chunk]
            for f in self._plain:
                self._read_field(f, chunk, rows, problems)
            for offset, i in enumerate(chunk):
                if i in self._samples:
                    continue
                found = problems[offset]
                self._place_row(i, rows[offset], found)
                if not found and self._completes is not None:
                    found += [
                        self._problem(i, name, self._told(i, name), CellError(ProblemCode.RULE, words))
                        for name, words in self._completes(rows[offset])
                    ]
                if found:
                    log.add(i, found)
                else:
                    yield i, rows[offset]

    def _told(self, i: int, name: str) -> Any:
        column = self.cells.columns.get(name)
        return None if column is None else column[i]

    def _problem(self, i: int, name: str, value: Any, error: CellError) -> RowProblem:
        header = self.cells.headers.get(name, name)
        return RowProblem(self.table.row_numbers[i], header, shown_value(value), error.code, error.message)

    def _read_field(self, f: Field, chunk: range, rows: list[Row], problems: list[list[RowProblem]]) -> None:
        column = self.cells.columns.get(f.name)
        if column is None:
            return
        parse = self._parsers[f.name]
        for offset, i in enumerate(chunk):
            value = column[i]
            if i in self._samples:
                continue
            try:
                parsed = parse(value)
                if parsed is None and f.name == "code" and self._numbers is not None:
                    parsed = self._numbers()
                if parsed is None and f.required:
                    raise CellError(  # noqa: TRY301 - one place makes problems of errors
                        ProblemCode.REQUIRED, f"必填：{f.words.zh}。 Required: {f.words.en}."
                    )
                if parsed is not None:
                    if f.unique:
                        self._check_unique(f, parsed, i)
                    listed = f.references or f.code_list
                    if listed and parsed not in self.references.codes[listed]:
                        raise _dangling(f)
                    if f.type is FieldType.CODE_LIST and f.is_division:
                        parsed = [self.divisions.resolve(code) for code in parsed]
            except CellError as error:
                problems[offset].append(self._problem(i, f.name, value, error))
                continue
            rows[offset][f.name] = parsed

    def _check_unique(self, f: Field, value: Any, i: int) -> None:
        first = self._seen[f.name].setdefault(value, i)
        if first != i:
            number = self.table.row_numbers[first]
            raise CellError(
                ProblemCode.DUPLICATE,
                f"与第 {number} 行重复，{f.words.zh}不能重复。 The same as row {number}: {f.words.en} must be unique.",
            )
        taken = self.references.taken.get(f.name)
        if taken is None:
            return
        holder = taken.get(value)
        codes = self.cells.columns["code"]
        if holder is not None and holder != self._code_text(codes[i]):
            raise CellError(
                ProblemCode.TAKEN,
                f"已属于编码为 {holder} 的记录。 It already belongs to the row with code {holder}.",
            )

    def _code_text(self, value: Any) -> str | None:
        try:
            code: str | None = self._parsers["code"](value)
        except CellError:
            return None
        return code

    def _place_row(self, i: int, row: Row, problems: list[RowProblem]) -> None:
        """Set position, division and authority of a row."""
        fault = self.positions.faults.get(i) or self.place_faults.get(i)
        if fault is not None:
            problems.append(
                RowProblem(self.table.row_numbers[i], fault.column, fault.value, fault.code, fault.message)
            )
        if self._has_position[i]:
            row["source_crs"] = self.positions.crs
            row["source_position"] = self.positions.texts[i]
            if self.positions.shapes is not None:
                row["wkb"] = shapely.to_wkb(self.positions.shapes[i])
                row["source_crs"] = self.positions.crs
            else:
                row["lon"], row["lat"] = self.positions.lonlat[i].tolist()
        else:
            row["source_crs"] = HOUSE_CRS
        column = self.cells.columns.get("division_code")
        if fault is not None and (column is None or column[i] is None):
            return  # its division would follow from the position
        if problems and self.references.keepers and not row.get("enterprise_code") and column is None:
            return  # its division would follow from its enterprise, which is at fault already
        try:
            self._set_division(i, row)
        except CellError as error:
            problems.append(self._problem(i, "division_code", column[i] if column else None, error))
            return
        column = self.cells.columns.get("authority_code")
        try:
            self._set_authority(row, None if column is None else column[i])
            self._within.check_authority(row["authority_code"])
        except CellError as error:
            problems.append(self._problem(i, "authority_code", column[i] if column else None, error))
        try:
            self._within.check_code(row.get("code"))
        except CellError as error:
            problems.append(self._problem(i, "code", row.get("code"), error))
        row["owner_id"] = self._owner(row)

    def _set_division(self, i: int, row: Row) -> None:
        column = self.cells.columns.get("division_code")
        if column is not None and column[i] is not None:
            code = self.declared[i]
            # Asked again for its complaint.
            row["division_code"] = code or self.divisions.resolve(_division_text(column[i]))
            return
        code = (
            self.place_codes[i]
            or self.references.homes.get(row.get("code", ""))
            or self._keeper(row)[0]
            or self._implied(row)
            or self.defaults.division_code
        )
        if code is None:
            raise CellError(
                ProblemCode.DIVISION_MISSING,
                "没有区划代码，也不能由位置或地址得出。请填写区划，或用 --division 给出默认值。 No division, and none follows "
                "from position or address: fill it in, or give --division.",
            )
        row["division_code"] = code

    def _set_authority(self, row: Row, value: Any) -> None:
        keeper = self._keeper(row)[1]
        if keeper is not None:
            row["authority_code"] = keeper  # whoever supervises the enterprise, whatever the file says
            return
        if value is None:
            row["authority_code"] = self.defaults.authority_code or self.divisions.city_of(
                row["division_code"]
            )
            return
        try:
            row["authority_code"] = self.divisions.resolve(_division_text(value))
        except CellError as error:
            raise CellError(ProblemCode.AUTHORITY_UNKNOWN, error.message) from error

    def _keeper(self, row: Row) -> tuple[str | None, str | None]:
        """Give division and authority of the enterprise a register's row belongs to."""
        return self.references.keepers.get(row.get("enterprise_code", ""), (None, None))

    def _owner(self, row: Row) -> int | None:
        owners = self.references.owners
        for name in ("enterprise_code", "maintainer_name", "company_name", "code"):
            if row.get(name) in owners:
                return owners[row[name]]
        return None


def _dangling(f: Field) -> CellError:
    if f.code_list:
        return CellError(
            ProblemCode.REFERENCE,
            f"{f.words.zh}不在管理员设定的清单里，请按清单填写，或请管理员添加。 "
            f"{f.words.en} is not on the administrator's list: take one of the list, or have it added.",
        )
    return CellError(
        ProblemCode.REFERENCE,
        f"没有这个编码的{f.words.zh}，请先装载，或更正编码。 There is no {f.words.en.lower()} of that code: load it first.",
    )
