"""Define figures about entrapment orders of the last thirty days and of today; each from its one definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from data import incident_figures
from data.indicator_registry import Indicator
from data.scope import Connection
from dispatch.indicators import Figure, Period
from layers.declaration import Words
from layers.display import LOCAL_ZONE

_DAYS = 30


def _read_month(connection: Connection, division_code: str, now: dt.datetime) -> dict[str, float | None]:
    period = Period((now - dt.timedelta(days=_DAYS)).astimezone(LOCAL_ZONE), now.astimezone(LOCAL_ZONE))
    return _read(connection, division_code, now, period, f"orders_{_DAYS}d_")


def _read_today(connection: Connection, division_code: str, now: dt.datetime) -> dict[str, float | None]:
    local = now.astimezone(LOCAL_ZONE)
    first = local.replace(hour=0, minute=0, second=0, microsecond=0)
    period = Period(first, local + dt.timedelta(microseconds=1))
    return _read(connection, division_code, now, period, "orders_today_")


def _read(
    connection: Connection, division_code: str, now: dt.datetime, period: Period, prefix: str
) -> dict[str, float | None]:
    orders = incident_figures.read(connection, period, division_code=division_code)
    total = incident_figures.answer(connection, orders, now=now).total
    return {prefix + figure.value: value for figure, value in total.items()}


Source = Callable[[Connection, str, dt.datetime], dict[str, float | None]]


def _indicator(figure: Figure, prefix: str, span: Words, source: Source) -> Indicator:
    told = incident_figures.FIGURES[figure]
    name = prefix + figure.value
    return Indicator(
        name,
        Words(f"{told.words.zh}（{span.zh}）", f"{told.words.en} ({span.en})"),
        told.definition,
        Words(f"{told.clock.zh}；接警于{span.zh}", f"{told.clock.en}; received {span.en}"),
        lambda connection, code, now: source(connection, code, now)[name],
        unit=told.unit,
        layer="incident",
        source=source,
    )


INDICATORS = [
    *(
        _indicator(figure, f"orders_{_DAYS}d_", Words("近 30 天", "in the last 30 days"), _read_month)
        for figure in Figure
        if figure is not Figure.MONTHLY_RATE
    ),
    *(
        _indicator(figure, "orders_today_", Words("今天", "today"), _read_today)
        for figure in (
            Figure.ENTRAPMENTS, Figure.PERSONS_FREED, Figure.ARRIVAL_RATE, Figure.ANSWER_RATE, Figure.ARRIVAL_P50, Figure.OVERTIME,
            Figure.TRAPPED_P50,
        )
    ),
]  # fmt: skip
