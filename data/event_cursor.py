"""Remember which events one listener has been told, in a text that it gives back after a cut."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Numbers are given before a transaction commits: an event with a lower number than the newest may come so far behind it.
OVERLAP = 100
_TEXT = re.compile(r"([0-9]{1,18})(?:-([0-9a-f]{1,25}))?")


class EventCursor:
    """
    The newest event told, and which of the numbers just below it were told too.

    Its text is ``newest-bits``: bit n of the hexadecimal number says that event ``newest - n`` was told. With it a feed
    goes on after a cut without telling an event twice and without missing one whose transaction was late.

    Parameters
    ----------
    newest : int
        Number of the newest event told.
    told : iterable of int
        Numbers told; those more than `OVERLAP` below the newest count as told.

    Examples
    --------
    >>> cursor = EventCursor(7, [5, 7])
    >>> cursor.tell([6, 8])
    >>> str(cursor), EventCursor.parse("7-5").is_fresh(6), EventCursor.parse("7-5").is_fresh(5)
    ('8-f', True, False)
    """

    def __init__(self, newest: int, told: Iterable[int]) -> None:
        self.newest = newest
        self._told = {one for one in told if one > newest - OVERLAP}

    @classmethod
    def parse(cls, text: str) -> EventCursor | None:
        """Read the text of a cursor; a number alone is the newest of which nothing else is known; None for anything else."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            return None
        newest, bits = int(found[1]), int(found[2] or "1", 16)
        return cls(newest, [newest - n for n in range(OVERLAP) if bits >> n & 1])

    @classmethod
    def beginning(cls, first: Iterable[int]) -> EventCursor:
        """Begin with the newest events of a listener that knows none: what is older than they are is not told."""
        told = sorted(first)
        newest = told[-1] if told else 0
        return cls(newest, [*range(max(0, newest - OVERLAP), told[0] if told else 1), *told])

    @property
    def begins_after(self) -> int:
        """The number after which events have to be read again."""
        return self.newest - OVERLAP

    def is_fresh(self, number: int) -> bool:
        """Say whether an event is still to be told."""
        return number > self.begins_after and number not in self._told

    def tell(self, numbers: Iterable[int]) -> None:
        """Note events as told."""
        self._told.update(numbers)
        self.newest = max([self.newest, *self._told])
        self._told = {one for one in self._told if one > self.begins_after}

    def __str__(self) -> str:
        bits = sum(1 << (self.newest - one) for one in self._told)
        return f"{self.newest}-{bits:x}"
