"""Read delimited text: UTF-8 with or without mark, or GB 18030; commas, semicolons or tabs."""

from __future__ import annotations

import codecs
import contextlib
import csv
import re
from pathlib import Path
from typing import IO, Any

from data.errors import LoadError
from data.loading.table import (
    HEADER_ROWS,
    HeaderScore,
    Limits,
    Table,
    Words,
    check_rows,
    find_header,
    header_texts,
    no_header,
)

_GUARDED = re.compile(r"'[=+\-@\t\r]")


def read_delimited(path: Path, score: HeaderScore, *, limits: Limits) -> Table:
    """Read a CSV file; cells stay text.

    Raises
    ------
    LoadError
        When the text is in no known encoding, holds no header, or has too many rows.
    """
    encoding, line_count = _survey(path)
    csv.field_size_limit(1_000_000)
    if line_count > limits.max_rows:
        _refuse_too_many(path, encoding, limits)
    lines: list[list[Any]] = []
    numbers: list[int] = []
    words = Words()
    before = 0
    with _opened(path, encoding) as text:
        reader = csv.reader(text, delimiter=_delimiter(path, encoding))
        try:
            for cells in reader:
                if any(cells):
                    lines.append([_cell(c, words) for c in cells])
                    numbers.append(before + 1)
                before = reader.line_num
        except csv.Error as error:
            raise LoadError(
                f"{path.name} 第 {before + 1} 行不是有效的 CSV。 Line {before + 1} of {path.name} is no CSV: {error}"
            ) from error
    at = find_header(lines, score)
    if at is None:
        raise no_header(path.name, lines[:HEADER_ROWS], "")
    headers = header_texts(lines[at])
    body = lines[at + 1 :]
    check_rows(len(body), path.name, limits)
    width = len(headers)
    columns = tuple([row[i] if i < len(row) else None for row in body] for i in range(width))
    notes = [] if encoding.startswith("utf-8") else [f"按 {encoding} 编码读取。 Read as {encoding}."]
    if at > 0:
        notes.append(f"表头在第 {numbers[at]} 行。 The header stands in row {numbers[at]}.")
    return Table(headers, columns, numbers[at + 1 :], notes=tuple(notes))


def _refuse_too_many(path: Path, encoding: str, limits: Limits) -> None:
    """Count the rows of a file with many lines, as far as the limit, keeping none: cells may hold line ends."""
    count = 0
    with _opened(path, encoding) as text, contextlib.suppress(csv.Error):
        for cells in csv.reader(text, delimiter=_delimiter(path, encoding)):
            count += any(cells)
            check_rows(count - HEADER_ROWS, path.name, limits)


def _opened(path: Path, encoding: str) -> IO[str]:
    # With a mark the encoding is known, and a broken character is no reason against it.
    is_marked = encoding in {"utf-8-sig", "utf-16"}
    return path.open(encoding=encoding, errors="replace" if is_marked else "strict", newline="")


def _survey(path: Path) -> tuple[str, int]:
    """Find the encoding of a text and count its lines, a piece at a time."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif head.startswith(codecs.BOM_UTF8):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        found = 0
        try:
            with _opened(path, encoding) as text:
                while piece := text.read(1 << 17):
                    if "\x00" in piece and encoding in {"utf-8", "gb18030"}:
                        break
                    found += piece.count("\n") + piece.count("\r")
                else:
                    return encoding, found
        except UnicodeDecodeError:
            continue
    raise LoadError(
        f"{path.name} 不是 UTF-8 或 GB18030 文本，可能不是 CSV。 {path.name} is neither UTF-8 nor GB 18030 text."
    )


def _delimiter(path: Path, encoding: str) -> str:
    with _opened(path, encoding) as text:
        head = "\n".join(text.read(20_000).splitlines()[:HEADER_ROWS])
    return max(",\t;|", key=lambda c: (head.count(c), c == ","))


def _cell(text: str, words: Words) -> str | None:
    stripped = text.strip()
    if not stripped:
        return None
    # A mark against being taken for a formula, as exports write it.
    return stripped[1:] if _GUARDED.match(stripped) else words.once(stripped)
