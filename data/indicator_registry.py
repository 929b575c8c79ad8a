"""Answer every figure from its one definition: wall, panel, API and Excel ask here."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import data.indicators
from data.errors import NotFoundError
from data.scope import Connection
from data.tallies import Tally, value
from dispatch.indicators import Period
from layers.declaration import Words


@dataclass(frozen=True)
class Counted:
    """Rows of a layer that a figure counts, so that it can be told for every part of a division and for a past day.

    Attributes
    ----------
    layer : id of the layer
    classes : values of the layer's symbol field that count; all when empty
    is_share : the figure is their percentage of all rows of the layer
    """

    layer: str
    classes: tuple[str, ...] = ()
    is_share: bool = False


@dataclass(frozen=True)
class Indicator:
    """One figure.

    Attributes
    ----------
    id : stable name
    words : what it is called
    definition : how it is counted, in both languages
    clock : which instant or period it speaks of
    unit : unit, or None for a plain number
    compute : takes a connection under a scope, a division code and the business time; None when it has no answer. None with a tally
    layer, conditions : where the rows behind it stand, as a list query
    source : reads many figures at once, by id; indicators that share one are answered from one reading
    counted : the rows it counts, where it is a count or a share of rows
    tally : the rows it counts, where no kept total tells them
    group : heading of what belongs to no layer
    """

    id: str
    words: Words
    definition: Words
    clock: Words
    compute: Callable[[Connection, str, dt.datetime], float | None] | None
    unit: str | None = None
    layer: str | None = None
    conditions: str = ""
    source: Callable[[Connection, str, dt.datetime], Mapping[str, float | None]] | None = None
    counted: Counted | None = None
    tally: Tally | None = None
    group: Words | None = None


@dataclass(frozen=True)
class Figure:
    """
    One answered indicator.

    Attributes
    ----------
    rows : what a list of its layer, or of warnings, is narrowed by to hold the rows behind it; None where the conditions tell
    """

    indicator: Indicator
    value: float | None
    rows: Mapping[str, str] | None = None


#: Figures of a period speak of so many days where none is asked for.
DEFAULT_DAYS = 30


@cache
def all_indicators() -> tuple[Indicator, ...]:
    """Discover every indicator."""
    found: list[Indicator] = []
    for module in pkgutil.iter_modules(data.indicators.__path__):
        found += importlib.import_module(f"data.indicators.{module.name}").INDICATORS
    return tuple(found)


def answer(
    connection: Connection,
    division_code: str,
    *,
    now: dt.datetime,
    ids: tuple[str, ...] | None = None,
    period: Period | None = None,
) -> list[Figure]:
    """Compute indicators for a division under the connection's scope; those of a period for the last thirty days where none is given.

    Raises
    ------
    NotFoundError
        When an id is unknown.
    """
    known = {indicator.id: indicator for indicator in all_indicators()}
    for wanted in ids or ():
        if wanted not in known:
            raise NotFoundError(
                f"没有指标 {wanted}。 There is no indicator {wanted}; there are {', '.join(known)}."
            )
    chosen = [known[i] for i in ids] if ids else list(known.values())
    read: dict[object, Mapping[str, float | None]] = {}
    found = []
    span = period or Period(now - dt.timedelta(days=DEFAULT_DAYS), now)
    for indicator in chosen:
        if indicator.tally is not None:
            rows = indicator.tally.listed(span if indicator.tally.is_flow else None)
            told = value(connection, indicator.tally, division_code, period=span)
            found.append(Figure(indicator, told, rows))
            continue
        if indicator.compute is not None and indicator.source is None:
            found.append(Figure(indicator, indicator.compute(connection, division_code, now)))
            continue
        if indicator.source is None:
            raise TypeError(f"the indicator {indicator.id} says in no way what it is")
        if indicator.source not in read:
            read[indicator.source] = indicator.source(connection, division_code, now)
        found.append(Figure(indicator, read[indicator.source][indicator.id]))
    return found
