"""Compare what an answer shows a user with what the rule says the user may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Probe:
    """One route and a function that asks it and reports what it saw."""

    endpoint: str
    ask: Callable[[Any, Seen], None]


def _prefix(code: str) -> str:
    """Drop empty levels from the end, level by level."""
    for end in ("000", "000", "00", "00"):
        if len(code) in (12, 9) and end == "000" and code.endswith(end):
            code = code[:-3]
        elif len(code) in (6, 4) and end == "00" and code.endswith(end):
            code = code[:-2]
    return code


class Seen:
    """What one user may see, worked out row by row without the database's policies; answers are held against it."""

    def __init__(self, everything: dict[str, list[dict[str, Any]]], user: dict[str, Any]) -> None:
        self.user = user
        self.codes_by_id = {layer: {r["id"]: r["code"] for r in rows} for layer, rows in everything.items()}
        self.allowed = {
            layer: {r["code"]: r for r in rows if self._may_see(r)} for layer, rows in everything.items()
        }

    def _may_see(self, row: dict[str, Any]) -> bool:
        """The rule in plain words: below the user's jurisdiction, of the user's unit, or public."""
        if row["is_public"]:
            return True
        if self.user["owner_id"] is not None and row["owner_id"] == self.user["owner_id"]:
            return True
        return any(row["authority_code"].startswith(_prefix(code)) for code in self.user["codes"])

    def rows(self, layer: str, codes: set[str]) -> None:
        """An answer that must hold exactly the allowed rows."""
        assert codes == set(self.allowed[layer]), f"{self.user['username']} {layer}"

    def some_rows(self, layer: str, codes: set[str]) -> None:
        """An answer that may hold allowed rows only."""
        assert codes <= set(self.allowed[layer]), f"{self.user['username']} sees {codes} of {layer}"

    def hidden_rows(self, layer: str, codes: set[str]) -> None:
        """Rows that were refused must not be allowed ones."""
        assert not codes & set(self.allowed[layer]), f"{self.user['username']} is refused {codes} of {layer}"

    def count(self, layer: str, n: int) -> None:
        """A count of all rows."""
        assert n == len(self.allowed[layer]), f"{self.user['username']} {layer}: {n}"

    def located_count(self, layer: str, n: int) -> None:
        """A count of all rows with a position."""
        expected = sum(r["has_position"] for r in self.allowed[layer].values())
        assert n == expected, f"{self.user['username']} {layer}: {n} instead of {expected}"

    def county_count(self, layer: str, n: int) -> None:
        """A count over all districts: a row whose place nobody knows lies in the city, and in no district."""
        expected = sum(r["division_code"][4:6] != "00" for r in self.allowed[layer].values())
        assert n == expected, f"{self.user['username']} {layer}: {n} instead of {expected}"

    def city_count(self, layer: str, n: int) -> None:
        """A count of the city's rows."""
        assert n == len(self.allowed[layer]), f"{self.user['username']} {layer}: {n}"
