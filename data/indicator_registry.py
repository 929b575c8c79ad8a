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
    compute : takes a connection under a scope, a division code and the business time; None when it has no answer
    layer, conditions : where the rows behind it stand, as a list query
    source : reads many figures at once, by id; indicators that share one are answered from one reading
    counted : the rows it counts, where it is a count or a share of rows
    """

    id: str
    words: Words
    definition: Words
    clock: Words
    compute: Callable[[Connection, str, dt.datetime], float | None]
    unit: str | None = None
    layer: str | None = None
    conditions: str = ""
    source: Callable[[Connection, str, dt.datetime], Mapping[str, float | None]] | None = None
    counted: Counted | None = None


@dataclass(frozen=True)
class Figure:
    """One answered indicator."""

    indicator: Indicator
    value: float | None


@cache
def all_indicators() -> tuple[Indicator, ...]:
    """Discover every indicator."""
    found: list[Indicator] = []
    for module in pkgutil.iter_modules(data.indicators.__path__):
        found += importlib.import_module(f"data.indicators.{module.name}").INDICATORS
    return tuple(found)


def answer(
    connection: Connection, division_code: str, *, now: dt.datetime, ids: tuple[str, ...] | None = None
) -> list[Figure]:
    """Compute indicators for a division under the connection's scope.

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
    for indicator in chosen:
        if indicator.source is None:
            found.append(Figure(indicator, indicator.compute(connection, division_code, now)))
            continue
        if indicator.source not in read:
            read[indicator.source] = indicator.source(connection, division_code, now)
        found.append(Figure(indicator, read[indicator.source][indicator.id]))
    return found
