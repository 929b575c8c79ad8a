"""Count rows where they stand, for figures that no kept total tells: by a condition, in a period or at an instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl

from data import cql, divisions, features, warnings
from data.scope import Connection, code_range
from dispatch.indicators import Period
from layers.registry import layer_by_id

#: A division of none of the parts listed: rows that lie in the division itself, and in nothing below it.
REST = ""


class Tally(Protocol):
    """
    Rows that a figure counts, told by a query of a list.

    Attributes
    ----------
    layer : layer of the rows, or None where they are warnings
    is_share : the figure is the percentage of its rows among all that it looks at
    is_flow : rows count by a time of theirs that lies in the period; otherwise they are counted at an instant
    by : that field, of a layer
    knows_past : an instant that has passed can be told from the rows, and they can be listed
    """

    @property
    def layer(self) -> str | None: ...  # noqa: D102 - as above
    @property
    def is_share(self) -> bool: ...  # noqa: D102
    @property
    def is_flow(self) -> bool: ...  # noqa: D102
    @property
    def by(self) -> str | None: ...  # noqa: D102
    @property
    def knows_past(self) -> bool: ...  # noqa: D102

    def listed(self, when: Period | dt.datetime | None) -> dict[str, str]:
        """Give the question of a list that holds the rows counted in a period, or at an instant (None: now)."""

    def looked_at(self, when: Period | dt.datetime | None) -> dict[str, str]:
        """Give the question of a list that holds all rows the figure looks at."""

    def counts(self, when: Period | dt.datetime | None) -> tuple[str, dict[str, Any]]:
        """Write the statement that counts them: division_code, authority_code, n (looked at), met (counted); and its values."""


@dataclass(frozen=True)
class RowTally:
    """
    Rows of a layer; see `Tally`.

    Attributes
    ----------
    met : what the rows counted are narrowed by, as a list is ("grade=major&subset=unfinished")
    of : what all rows looked at are narrowed by
    by : time field that puts a row into the period; None for a figure of an instant
    lives : of a figure of an instant, the subset that is still open, and the fields that say since when and until when; with them a past
        instant can be told
    """

    layer: str
    met: str = ""
    of: str = ""
    by: str | None = None
    lives: tuple[str, str, str] | None = None
    is_share: bool = False

    @property
    def is_flow(self) -> bool:
        """Say whether rows are put into a period."""
        return self.by is not None

    @property
    def knows_past(self) -> bool:
        """Say whether a past instant can be told from the rows."""
        return self.lives is not None

    def looked_at(self, when: Period | dt.datetime | None) -> dict[str, str]:
        """Give the question behind all rows looked at."""
        asked = dict(parse_qsl(self.of))
        if self.by is not None and isinstance(when, Period):
            asked[self.by] = f"{when.start.isoformat()}/{when.end.isoformat()}"
        if self.lives is None or isinstance(when, Period):
            return asked
        open_subset, since, until = self.lives
        if when is None:
            return {**asked, "subset": open_subset}
        cql_text = next(s.cql for s in layer_by_id(self.layer).subsets if s.id == open_subset)
        at = f"TIMESTAMP('{when.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}')"
        return {**asked, "filter": f"{since} < {at} AND (({cql_text}) OR {until} >= {at})"}

    def listed(self, when: Period | dt.datetime | None) -> dict[str, str]:
        """Give the question behind the rows counted."""
        return {**self.looked_at(when), **dict(parse_qsl(self.met))}

    def counts(self, when: Period | dt.datetime | None) -> tuple[str, dict[str, Any]]:
        """Write the statement that counts them."""
        layer = layer_by_id(self.layer)
        condition, values = features.where(layer, _query(self.layer, self.looked_at(when)), scope=None)
        met, more = features.where(
            layer, _query(self.layer, dict(parse_qsl(self.met))), scope=None, prefix="met"
        )
        statement = (
            f"SELECT t.division_code, t.authority_code, count(*) AS n, count(*) FILTER (WHERE {met}) AS met"
            f" FROM {layer.id} t WHERE {condition} GROUP BY 1, 2"
        )
        return statement, {**values, **more}


def _query(layer: str, asked: Mapping[str, str]) -> features.Query:
    text = asked.get("filter")
    return features.Query(
        **features.narrowing(layer_by_id(layer), asked), filter_tree=cql.parse(text) if text else None
    )


@dataclass(frozen=True)
class WarningTally:
    """
    Warnings; see `Tally`.

    Attributes
    ----------
    level : those of a level alone
    is_flow : those raised in the period; otherwise those open at the instant
    is_processed : of those raised in the period, count the processed ones
    """

    level: str | None = None
    is_flow: bool = False
    is_processed: bool = False
    is_share: bool = False
    layer: str | None = None
    by: str | None = None
    knows_past: bool = True

    def looked_at(self, when: Period | dt.datetime | None) -> dict[str, str]:
        """Give the question behind all warnings looked at."""
        asked = {"level": self.level} if self.level else {}
        if isinstance(when, Period):
            return {**asked, "state": "all", "raised": f"{when.start.isoformat()}/{when.end.isoformat()}"}
        return (
            {**asked, "state": "open"} if when is None else {**asked, "state": "all", "at": when.isoformat()}
        )

    def listed(self, when: Period | dt.datetime | None) -> dict[str, str]:
        """Give the question behind the warnings counted."""
        return {**self.looked_at(when), **({"state": "processed"} if self.is_processed else {})}

    def counts(self, when: Period | dt.datetime | None) -> tuple[str, dict[str, Any]]:
        """Write the statement that counts them."""
        asked = warnings.Asked(is_open=None, level=self.level)
        if isinstance(when, Period):
            asked = replace(asked, raised=(when.start, when.end))
        else:
            asked = replace(asked, is_open=True) if when is None else replace(asked, at=when)
        condition, values = warnings.where(asked)
        met = "w.processed_at IS NOT NULL" if self.is_processed else "true"
        statement = (
            f"SELECT w.division_code, w.authority_code, count(*) AS n, count(*) FILTER (WHERE {met}) AS met"
            f" FROM warning w WHERE {condition} GROUP BY 1, 2"
        )
        return statement, values


def spread(
    connection: Connection, statement: str, values: Mapping[str, Any], code: str, parts: Sequence[str] = ()
) -> dict[str, tuple[int, int]]:
    """Sum counts (division_code, authority_code, n, met) over a division, its parts, and what lies in none of them (`REST`).

    A functional zone sums what it supervises, wherever that lies.
    """
    places = [code, *parts]
    ranges = [code_range(place) for place in places]
    rows = connection.execute(
        f"""
        WITH t AS MATERIALIZED ({statement})
        SELECT w.code, COALESCE(sum(t.n), 0)::bigint AS n, COALESCE(sum(t.met), 0)::bigint AS met
        FROM unnest(%(codes)s::text[], %(lows)s::text[], %(highs)s::text[], %(zones)s::bool[]) AS w(code, low, high, is_zone)
        LEFT JOIN t ON CASE WHEN w.is_zone THEN t.authority_code >= w.low COLLATE "C" AND t.authority_code < w.high COLLATE "C"
            ELSE t.division_code >= w.low COLLATE "C" AND t.division_code < w.high COLLATE "C" END
        GROUP BY w.code""".encode(),
        {
            **values, "codes": places, "lows": [low for low, _ in ranges], "highs": [high for _, high in ranges],
            "zones": [divisions.is_zone(place) for place in places],
        },
    ).fetchall()  # fmt: skip
    found = {row["code"]: (int(row["n"]), int(row["met"])) for row in rows}
    inner = [found[place] for place in parts if not divisions.is_zone(place)]
    found[REST] = (found[code][0] - sum(n for n, _ in inner), found[code][1] - sum(met for _, met in inner))
    return found


def worth(n: int, met: int, *, is_share: bool) -> float | None:
    """Give the figure of a count: the rows that met it, or their percentage; None of nothing."""
    if not is_share:
        return float(met)
    return round(100 * met / n, 2) if n else None


def value(connection: Connection, tally: Tally, code: str, *, period: Period) -> float | None:
    """Give the figure of one division: of a period, or as it stands now."""
    statement, values = tally.counts(period if tally.is_flow else None)
    n, met = spread(connection, statement, values, code)[code]
    return worth(n, met, is_share=tally.is_share)
