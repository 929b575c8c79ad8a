"""Find the steps of the rescue flow and the knowledge that an accident calls for, of what the scope may see (L16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.scope import Connection
from geo.errors import HazardError
from geo.hazard.substance import find_substance

_MOST = 200
_OF_THIS = (
    "(t.substance IS NULL OR lower(btrim(t.substance)) = ANY(%(names)s))"
    " AND (t.accident IS NULL OR t.accident = ANY(%(accidents)s))"
)


def steps(connection: Connection, substance: str, accidents: Sequence[str]) -> list[dict[str, Any]]:
    """List the steps for any of the kinds of accident that are of every substance or of this one, in the order in which they are done."""
    rows = connection.execute(
        "SELECT t.id, t.name, t.accident, t.level, t.step_number, t.who, t.what, t.within_min, e.name AS enterprise FROM rescue_flow t"
        f" LEFT JOIN enterprise e ON e.code = t.enterprise_code WHERE {_OF_THIS}"
        " ORDER BY array_position(%(accidents)s::text[], t.accident), t.level, e.name NULLS FIRST, t.step_number, t.code LIMIT %(most)s".encode(),
        _binds(substance, accidents),
    )
    return [dict(row) for row in rows]


def entries(connection: Connection, substance: str, accidents: Sequence[str]) -> list[dict[str, Any]]:
    """List the entries of the substance, then those of the kinds of accident; one that names both must fit in both."""
    rows = connection.execute(
        "SELECT t.id, t.name, t.kind, t.substance, t.accident, t.source, e.name AS enterprise FROM rescue_knowledge t"
        f" LEFT JOIN enterprise e ON e.code = t.enterprise_code WHERE {_OF_THIS}"
        " ORDER BY t.substance IS NULL, t.accident NULLS FIRST, t.kind, t.code LIMIT %(most)s".encode(),
        _binds(substance, accidents),
    )
    return [dict(row) for row in rows]


def _binds(substance: str, accidents: Sequence[str]) -> dict[str, Any]:
    return {"names": names_of(substance), "accidents": list(accidents), "most": _MOST}


def names_of(substance: str) -> list[str]:
    """Give every name of a substance in lower case, as rows may call it; one that the table does not know has its own only.

    >>> "液氨" in names_of("7664-41-7")
    True
    """
    try:
        known = find_substance(substance)
    except HazardError:
        return [substance.strip().lower()]
    return [word.lower() for word in (known.cas, known.name_zh, known.name_en, *known.aliases)]
