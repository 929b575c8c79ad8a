"""Read delimited text: UTF-8 with or without mark, or GB 18030; commas, semicolons or tabs."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path
from typing import Any

from data.errors import LoadError
from data.loading.table import (
    HEADER_ROWS,
    HeaderScore,
    Limits,
    Table,
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
    raw = path.read_bytes()
    text, encoding = _decode(raw, path.name)
    csv.field_size_limit(1_000_000)
    lines: list[list[Any]] = []
    numbers: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    before = 0
    try:
        for cells in reader:
            if any(cells):
                lines.append([_cell(c) for c in cells])
                numbers.append(before + 1)
            before = reader.line_num
            if len(lines) > limits.max_rows + HEADER_ROWS:
                check_rows(len(lines), path.name, limits)
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
    notes = [] if encoding == "utf-8" else [f"按 {encoding} 编码读取。 Read as {encoding}."]
    if at > 0:
        notes.append(f"表头在第 {numbers[at]} 行。 The header stands in row {numbers[at]}.")
    return Table(headers, columns, numbers[at + 1 :], notes=tuple(notes))


def _decode(raw: bytes, name: str) -> tuple[str, str]:
    if raw.startswith(codecs.BOM_UTF8):
        return raw[3:].decode("utf-8", errors="replace"), "utf-8"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace"), "utf-16"
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise LoadError(
        f"{name} 不是 UTF-8 或 GB18030 文本，可能不是 CSV。 {name} is neither UTF-8 nor GB 18030 text."
    )


def _delimiter(text: str) -> str:
    head = "\n".join(text[:20_000].splitlines()[:HEADER_ROWS])
    return max(",\t;|", key=lambda c: (head.count(c), c == ","))


def _cell(text: str) -> str | None:
    stripped = text.strip()
    if not stripped:
        return None
    # A mark against being taken for a formula, as exports write it.
    return stripped[1:] if _GUARDED.match(stripped) else stripped
