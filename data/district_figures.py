"""Split one figure over the parts of a division, beside the same figure of the period before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from data import divisions, incident_figures, kept_days
from data.divisions import Division
from data.errors import NotFoundError
from data.incident_figures import FIGURES
from data.indicator_registry import Counted, all_indicators
from data.scope import Connection
from data.tallies import REST, Tally, spread, worth
from dispatch.indicators import Figure, Period
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

_STANDS = Words("统计期终点的时刻", "As it stands at the end of the period")
#: What orders are put into a period by.
_RECEIVED_AT = "received_at"
#: Figures that say something about a single division.
_ORDER_FIGURES = tuple(f for f in Figure if f is not Figure.MONTHLY_RATE)


@dataclass(frozen=True)
class Measure:
    """
    What can be told for every part of a division.

    Attributes
    ----------
    layer : whose rows it counts; None for warnings
    subject : the rows it counts, or the figure of entrapment orders it is
    """

    id: str
    group: Words
    words: Words
    definition: Words
    clock: Words
    unit: str | None
    layer: str | None
    subject: Counted | Tally | Figure
    conditions: str = ""

    @property
    def counted_by(self) -> str | None:
        """Name the field of its layer whose time puts a row into the period; None for a measure that stands at an instant."""
        if isinstance(self.subject, Figure):
            return _RECEIVED_AT
        return None if isinstance(self.subject, Counted) else self.subject.by

    @property
    def is_flow(self) -> bool:
        """Say whether it counts what happened in the period, and not how things stand at its end."""
        if isinstance(self.subject, Counted):
            return False
        return isinstance(self.subject, Figure) or self.subject.is_flow

    @property
    def adds_up(self) -> bool:
        """Say whether the parts add up to the whole: shares and percentiles do not."""
        return self.unit is None and self.subject is not Figure.ELEVATORS_PER_ENTRAPMENT


@dataclass(frozen=True)
class Value:
    """
    A figure and what it was before; None where there is none.

    Attributes
    ----------
    counted : of a share of rows now: how many count, of how many
    """

    now: float | None
    before: float | None
    counted: tuple[int, int] | None = None


_NONE = Value(None, None)


@dataclass(frozen=True)
class Split:
    """
    One measure of a division and of its parts.

    Attributes
    ----------
    parts : divisions right below with their values; functional zones last, which count again what lies in their districts
    rest : what lies in the division itself and in no part of it; None when there are no parts
    before : the period compared with; its start is None for a measure that stands at an instant
    kept_since : first day whose totals are kept, for a measure that stands at an instant
    is_past : the value is that of a past day, whose rows cannot be listed
    when : what a tally was asked for: the period, an instant that has passed, or None for now
    """

    division: Division
    way: list[Division]
    measure: Measure
    period: Period
    before: tuple[dt.datetime | None, dt.datetime]
    total: Value
    parts: list[tuple[Division, Value]]
    rest: Value | None
    kept_since: dt.date | None
    is_past: bool
    when: Period | dt.datetime | None = None


def measures() -> list[Measure]:
    """List everything that can be told part by part, by subject."""
    found = []
    for indicator in all_indicators():
        subject = indicator.counted or indicator.tally
        if subject is None:
            continue
        clock = _STANDS if indicator.counted else indicator.clock
        found.append(
            Measure(
                indicator.id, indicator.group or layer_by_id(str(indicator.layer)).group, indicator.words, indicator.definition,
                clock, indicator.unit, subject.layer, subject, indicator.conditions,
            )
        )  # fmt: skip
    orders = layer_by_id("incident").group
    for figure in _ORDER_FIGURES:
        told = FIGURES[figure]
        found.append(
            Measure(figure.value, orders, told.words, told.definition, told.clock, told.unit, "incident", figure)
        )  # fmt: skip
    return found


def measure(name: str) -> Measure:
    """Find a measure.

    Raises
    ------
    NotFoundError
        When there is none of that id.
    """
    known = {m.id: m for m in measures()}
    if name not in known:
        raise NotFoundError(
            f"没有指标 {name[:60]!r}。 There is no measure {name[:60]!r}; there are {', '.join(known)}."
        )
    return known[name]


def split(connection: Connection, code: str, asked: Measure, period: Period, *, now: dt.datetime) -> Split:
    """Split a measure over the parts of a division.

    Raises
    ------
    NotFoundError
        When there is no such division.
    """
    division = divisions.read(connection, code)
    parts = divisions.children(connection, code)
    way = divisions.path(connection, code)
    codes = [p.code for p in parts]
    when: Period | dt.datetime | None = None
    if isinstance(asked.subject, Counted):
        today, last = now.astimezone(LOCAL_ZONE).date(), _last_day(period)
        kept_since = kept_days.first_day(connection)
        day_before = period.start.astimezone(LOCAL_ZONE).date() - dt.timedelta(days=1)
        is_past = last < today
        values = _values(
            _counts(connection, code, codes, asked.subject, day=last if is_past else None, since=kept_since),
            _counts(connection, code, codes, asked.subject, day=day_before, since=kept_since),
            is_share=asked.subject.is_share,
        )
        before: tuple[dt.datetime | None, dt.datetime] = (None, period.start)
    elif not isinstance(asked.subject, Figure):
        tally, kept_since = asked.subject, None
        ends = period.end if _last_day(period) < now.astimezone(LOCAL_ZONE).date() else None
        when = period if tally.is_flow else ends
        is_past = isinstance(when, dt.datetime) and not tally.knows_past
        earlier = _previous(period) if tally.is_flow else period.start
        values = _values(
            _tallied(connection, code, codes, tally, when), _tallied(connection, code, codes, tally, earlier),
            is_share=tally.is_share,
        )  # fmt: skip
        before = (_previous(period).start if tally.is_flow else None, period.start)
    else:
        kept_since, is_past = None, False
        previous = _previous(period)
        told = _figures(connection, code, codes, asked.subject, period, now)
        old = _figures(connection, code, codes, asked.subject, previous, now)
        values = {place: Value(told.get(place), old.get(place)) for place in {**told, **old}}
        before = (previous.start, previous.end)
    return Split(
        division, way, asked, period, before,
        total=values.get(code, _NONE),
        parts=[(p, values.get(p.code, _NONE)) for p in parts],
        rest=values.get(REST, _NONE) if parts else None,
        kept_since=kept_since,
        is_past=is_past,
        when=when,
    )  # fmt: skip


# -- inside -------------------------------------------------------------------------------------------


def _previous(period: Period) -> Period:
    return Period(period.start - (period.end - period.start), period.start)


def _last_day(period: Period) -> dt.date:
    return (period.end - dt.timedelta(microseconds=1)).astimezone(LOCAL_ZONE).date()


def _figures(
    connection: Connection, code: str, codes: Sequence[str], figure: Figure, period: Period, now: dt.datetime
) -> dict[str, float | None]:  # fmt: skip
    orders = incident_figures.read(connection, period, division_code=code)
    found = incident_figures.answer_places(connection, orders, codes, now=now)
    total = incident_figures.answer(connection, orders, now=now).total
    return {code: total[figure], **{place: values[figure] for place, values in found.items()}}


def _counts(
    connection: Connection, code: str, codes: Sequence[str], counted: Counted, *, day: dt.date | None, since: dt.date | None
) -> dict[str, tuple[int, int]]:  # fmt: skip
    """Count rows of a division and its parts, now or as they stood when a day was over; nothing before totals were kept."""
    if day is not None and (since is None or day < since):
        return {}
    totals = divisions.TOTALS if day is None else kept_days.TOTALS_ON
    is_met = "t.class = ANY(%(classes)s)" if counted.classes else "true"
    statement = (
        f"SELECT t.division_code, t.authority_code, sum(t.n) AS n, COALESCE(sum(t.n) FILTER (WHERE {is_met}), 0) AS met"
        f" FROM ({totals}) t WHERE t.layer = %(layer)s GROUP BY 1, 2"
    )
    values = {"layer": counted.layer, "classes": list(counted.classes), "day": day}
    return spread(connection, statement, values, code, codes)


def _tallied(
    connection: Connection, code: str, codes: Sequence[str], tally: Tally, when: Period | dt.datetime | None
) -> dict[str, tuple[int, int]]:  # fmt: skip
    """Count rows of a period, or at an instant; nothing of one that has passed where the rows do not tell."""
    if isinstance(when, dt.datetime) and not tally.knows_past:
        return {}
    statement, values = tally.counts(when)
    return spread(connection, statement, values, code, codes)


def _values(
    now: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]], *, is_share: bool
) -> dict[str, Value]:
    def told(found: dict[str, tuple[int, int]], place: str) -> float | None:
        return worth(*found[place], is_share=is_share) if place in found else None

    return {
        place: Value(
            told(now, place), told(before, place), (now[place][1], now[place][0]) if is_share and place in now else None
        )
        for place in {**now, **before}
    }  # fmt: skip


@dataclass(frozen=True)
class Outline:
    """
    The outline of one part of a division.

    Attributes
    ----------
    geojson : text of a geometry, WGS-84, 5 decimals
    label : (lon, lat) within its largest piece
    """

    code: str
    name: str
    geojson: str
    label: tuple[float, float]


def shapes(connection: Connection, code: str) -> list[Outline]:
    """Read the outlines of the parts of a division, common borders simplified alike on both sides."""
    rows = connection.execute(
        "SELECT code, name, ST_AsBinary(geom) AS wkb FROM division WHERE parent_code = %s AND geom IS NOT NULL AND level <> 'zone'"
        " ORDER BY code",
        [code],
    ).fetchall()
    if not rows:
        return []
    outlines = shapely.from_wkb([bytes(row["wkb"]) for row in rows])
    west, south, east, north = shapely.total_bounds(outlines)
    # Less than a pixel of a screen that shows the whole.
    simple = shapely.coverage_simplify(outlines, max(east - west, north - south) / 1500)
    drawn = shapely.to_geojson(shapely.set_precision(simple, 1e-5))
    return [
        Outline(row["code"], row["name"], text, _label(outline))
        for row, text, outline in zip(rows, drawn.tolist(), outlines, strict=True)
    ]


def _label(outline: shapely.Geometry) -> tuple[float, float]:
    largest = max(shapely.get_parts(outline), key=shapely.area)
    at = shapely.point_on_surface(largest)
    return float(shapely.get_x(at)), float(shapely.get_y(at))
