"""Hold what a file holds: rows under headers, the limits of files, and how a header is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import LoadError

#: Says how well a row would serve as the header: the number of its cells that are known columns.
HeaderScore = Callable[[Sequence[Any]], int]
#: Header rows are looked for among the first rows only.
HEADER_ROWS = 10


@dataclass(frozen=True)
class Limits:
    """How large a file may be.

    Attributes
    ----------
    max_bytes : int
        Of the file as it lies there.
    max_uncompressed_bytes : int
        Of everything packed inside it together.
    max_ratio : float
        Uncompressed to compressed, of packed files beyond 50 MB.
    max_rows : int
    """

    max_bytes: int = 2_000_000_000
    max_uncompressed_bytes: int = 3_000_000_000
    max_ratio: float = 150.0
    max_rows: int = 1_000_000


@dataclass(frozen=True)
class Table:
    """What a file holds.

    Attributes
    ----------
    headers : tuple of str
    columns : one list of cells per header, None where empty
    row_numbers : the number a person finds each row by
    shapes : shapely geometries of a spatial file (None where a row has none), or None
    crs : canonical code of the file's own coordinate system, or None when the file does not say
    source_format : ``excel``, ``csv`` or ``spatial``
    notes : what the person should know about how the file was read
    """

    headers: tuple[str, ...]
    columns: tuple[list[Any], ...]
    row_numbers: Sequence[int]
    shapes: NDArray[np.object_] | None = None
    crs: str | None = None
    source_format: str = "csv"
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.row_numbers)


class Words:
    """Keeps each word of a file once: most columns repeat theirs, and a file's cells are held until it is written."""

    _MOST = 200_000

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def once(self, word: str) -> str:
        """Give the word as it was first met; beyond so many different ones, as it comes."""
        if len(self._known) < self._MOST:
            return self._known.setdefault(word, word)
        return self._known.get(word, word)


def check_rows(count: int, name: str, limits: Limits) -> None:
    """Refuse more rows than the limit.

    Raises
    ------
    LoadError
        When there are more.
    """
    if count > limits.max_rows:
        raise LoadError(
            f"{name} 超过 {limits.max_rows:,} 行，请拆分后装载。 {name} has more than {limits.max_rows:,} rows: split it."
        )


def find_header(rows: Sequence[Sequence[Any]], score: HeaderScore) -> int | None:
    """Find the header among the first rows: the one with the most known columns; None when none has any."""
    scores = [score(row) for row in rows[:HEADER_ROWS]]
    best = max(scores, default=0)
    return scores.index(best) if best > 0 else None


def header_texts(cells: Sequence[Any]) -> tuple[str, ...]:
    """Give the header's texts without the empty cells at its end; repeated ones are numbered."""
    texts = [" ".join(str(c).split()) if c is not None else "" for c in cells]
    while texts and not texts[-1]:
        texts.pop()
    seen: dict[str, int] = {}
    unique = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        unique.append(text if seen[text] == 1 or not text else f"{text} ({seen[text]})")
    return tuple(unique)


def no_header(name: str, rows: Sequence[Sequence[Any]], wanted: str) -> LoadError:
    """Make the error for a file in whose first rows no known column stands."""
    first = next((header_texts(r) for r in rows if any(c not in (None, "") for c in r)), ())
    there = "、".join(t for t in first if t)[:300] or "—"
    return LoadError(
        f"{name} 的前 {HEADER_ROWS} 行中没有认得的列名。现有：{there}。{wanted}可用 --map 列名=字段 指定，"
        "或用 ./onemap template 生成模板。 "
        f"No known column header in the first {HEADER_ROWS} rows of {name}; there is: {there}. "
        "Name columns with --map COLUMN=FIELD, or begin with ./onemap template."
    )
