"""Name what is wrong with a row of a file, and keep count without keeping everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Problems shown on the screen; all of them are counted.
SHOWN = 50


class ProblemCode(StrEnum):
    """What kind of thing is wrong with a cell or a row."""

    REQUIRED = "required"
    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    BOUNDS = "bounds"
    PATTERN = "pattern"
    TOO_LONG = "too_long"
    PHONE = "phone"
    LONG_NUMBER = "long_number"
    SPREADSHEET_ERROR = "spreadsheet_error"
    MASKED = "masked"
    DUPLICATE = "duplicate"
    TAKEN = "taken"
    REFERENCE = "reference"
    DIVISION_UNKNOWN = "division_unknown"
    DIVISION_OUTDATED = "division_outdated"
    DIVISION_MISSING = "division_missing"
    AUTHORITY_UNKNOWN = "authority_unknown"
    OUT_OF_SCOPE = "out_of_scope"
    POSITION_UNREADABLE = "position_unreadable"
    POSITION_HALF = "position_half"
    SWAPPED_AXES = "swapped_axes"
    OUTSIDE_CHINA = "outside_china"
    OUTSIDE_CITY = "outside_city"
    OUTSIDE_DIVISION = "outside_division"
    IN_WATER = "in_water"
    GEOMETRY_TYPE = "geometry_type"
    GEOMETRY_INVALID = "geometry_invalid"
    PARENT_MISSING = "parent_missing"
    LEVEL_UNKNOWN = "level_unknown"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing that is wrong with one row.

    Attributes
    ----------
    row : int
        Row number as a spreadsheet shows it; for spatial files the feature's number, from 1.
    column : str
        The column's header as the file has it; empty when the whole row is meant.
    value : str
        What stands there, shortened.
    code : ProblemCode
    message : str
        What is wrong and what would be right, Chinese first.
    """

    row: int
    column: str
    value: str
    code: ProblemCode
    message: str

    def __str__(self) -> str:
        """Give one line for a person."""
        where = f"第 {self.row} 行 row {self.row}" + (f" · {self.column}" if self.column else "")
        shown = f" “{self.value}”" if self.value else ""
        return f"{where}{shown}：{self.message}"


class CellError(ValueError):
    """A cell that cannot be taken: the code, and what would be right."""

    def __init__(self, code: ProblemCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def shown_value(value: Any) -> str:
    """Shorten a cell's value for a message."""
    if value is None:
        return ""
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


@dataclass
class ProblemLog:
    """Counts every problem and keeps the first ones; hands all of them on to a report as they come.

    Attributes
    ----------
    sink : called with (position of the row in the table, its problems) for each bad row, or None
    """

    sink: Callable[[int, tuple[RowProblem, ...]], None] | None = None
    first: list[RowProblem] = field(default_factory=list)
    counts: Counter[ProblemCode] = field(default_factory=Counter)
    bad_rows: int = 0

    def add(self, idx: int, problems: Iterable[RowProblem]) -> None:
        """Take the problems of one row; a row without any is not counted."""
        found = tuple(problems)
        if not found:
            return
        self.bad_rows += 1
        for problem in found:
            self.counts[problem.code] += 1
            if len(self.first) < SHOWN:
                self.first.append(problem)
        if self.sink is not None:
            self.sink(idx, found)

    @property
    def total(self) -> int:
        """Give the number of problems."""
        return sum(self.counts.values())

    def text(self) -> str:
        """Say for a person how many rows are bad and list the first problems."""
        lines = [f"{self.bad_rows:,} 行有问题，共 {self.total:,} 处。 {self.bad_rows:,} rows have problems:"]
        lines += [f"  {problem}" for problem in self.first]
        if self.total > len(self.first):
            more = ", ".join(f"{code} {n:,}" for code, n in self.counts.most_common())
            lines.append(
                f"  …… 只列出前 {len(self.first)} 处；各类 only the first {len(self.first)}; by kind: {more}"
            )
        return "\n".join(lines)
