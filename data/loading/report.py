"""Write the bad rows of a file to an Excel file, with the reasons, so that they can be mended and loaded again."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter

from data.errors import LoadError
from data.loading.problems import RowProblem
from data.loading.table import Table

REASON_HEADER = "问题 Problem"
ROW_HEADER = "原行号 Row"
_MAX_ROWS = 1_048_000


class BadRowReport:
    """An Excel file of bad rows: the columns of the file as they were, then the row number and the reasons.

    The file has its name only when it is whole: whoever is killed before leaves what was there.

    Raises
    ------
    LoadError
        When nothing can be written there.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self.path, self._table = path, table
        self._partial = path.with_name(f".{path.name}.part")
        try:
            self._partial.touch()
        except OSError as error:
            raise _unwritable(path, error) from error
        self._book = xlsxwriter.Workbook(
            str(self._partial),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "nan_inf_to_errors": True,
            },
        )
        self._sheet = self._book.add_worksheet("待更正 To mend")
        self._text = self._book.add_format({"num_format": "@"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._mark = self._book.add_format({"bg_color": "#FCE4D6"})
        bold = self._book.add_format({"bold": True, "bottom": 1})
        self._headers = list(table.headers)
        self._shape_column = table.shapes is not None
        extra = ["wkt"] if self._shape_column else []
        for c, header in enumerate([*self._headers, *extra, ROW_HEADER, REASON_HEADER]):
            self._sheet.write_string(0, c, header, bold)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self._headers), 16)
        self._sheet.set_column(len(self._headers) + len(extra) + 1, len(self._headers) + len(extra) + 1, 80)
        self.rows = 0

    def __call__(self, idx: int, problems: tuple[RowProblem, ...]) -> None:
        """Write one bad row."""
        if self.rows >= _MAX_ROWS:
            return
        self.rows += 1
        n = self.rows
        bad = {p.column for p in problems}
        for c, (header, column) in enumerate(zip(self._headers, self._table.columns, strict=True)):
            self._write(n, c, column[idx], is_bad=header in bad)
        c = len(self._headers)
        if self._shape_column and self._table.shapes is not None:
            shape = self._table.shapes[idx]
            text = "" if shape is None else shape.wkt
            self._sheet.write_string(n, c, text if len(text) < 32_000 else "")
            c += 1
        self._sheet.write_number(n, c, self._table.row_numbers[idx])
        reasons = "；".join(f"{p.column}：{p.message}" if p.column else p.message for p in problems)
        self._sheet.write_string(n, c + 1, reasons[:32_000])

    def _write(self, row: int, column: int, value: Any, *, is_bad: bool) -> None:
        style = self._mark if is_bad else None
        if value is None:
            if is_bad:
                self._sheet.write_blank(row, column, None, style)
        elif isinstance(value, bool):
            self._sheet.write_string(row, column, "是" if value else "否", style)
        elif isinstance(value, int | float):
            self._sheet.write_number(row, column, value, style)
        elif isinstance(value, dt.datetime | dt.date):
            moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
            self._sheet.write_datetime(row, column, moment.replace(tzinfo=None), self._day)
        else:
            self._sheet.write_string(row, column, str(value)[:32_000], style or self._text)

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises
        ------
        LoadError
            When it cannot be written, as on a full disk.
        """
        try:
            self._book.close()
            self._partial.replace(self.path)
        except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
            raise _unwritable(self.path, error) from error
        finally:
            self._partial.unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave nothing behind: what is half a list is no list."""
        with contextlib.suppress(OSError, xlsxwriter.exceptions.FileCreateError):
            self._book.close()
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file; after an error there is none."""
        if kind is None:
            self.close()
        else:
            self.discard()


def _unwritable(path: Path, error: Exception) -> LoadError:
    return LoadError(
        f"没有装载任何内容：报告 {path} 写不了（{error}）。请换一个可写的文件夹。 Nothing was loaded: the report {path} "
        f"cannot be written ({error}). Name a folder that can be written."
    )
