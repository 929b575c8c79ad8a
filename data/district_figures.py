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
from data.scope import Connection, code_range
from dispatch.indicators import Figure, Period
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

#: A division of none of the parts listed: rows that lie in the division itself, and in nothing below it.
REST = ""

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
    subject : the rows it counts, or the figure of entrapment orders it is
    """

    id: str
    group: Words
    words: Words
    definition: Words
    clock: Words
    unit: str | None
    layer: str
    subject: Counted | Figure
    conditions: str = ""

    @property
    def counted_by(self) -> str | None:
        """Name the field of its layer whose time puts a row into the period; None for a measure that stands at an instant."""
        return _RECEIVED_AT if isinstance(self.subject, Figure) else None

    @property
    def adds_up(self) -> bool:
        """Say whether the parts add up to the whole: shares and percentiles do not."""
        return self.unit is None and self.subject is not Figure.ELEVATORS_PER_ENTRAPMENT


@dataclass(frozen=True)
class Value:
    """A figure and what it was before; None where there is none."""

    now: float | None
    before: float | None


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


def measures() -> list[Measure]:
    """List everything that can be told part by part, by subject."""
    found = []
    for indicator in all_indicators():
        if indicator.counted is None:
            continue
        group = layer_by_id(indicator.counted.layer).group
        found.append(
            Measure(
                indicator.id, group, indicator.words, indicator.definition, _STANDS, indicator.unit,
                indicator.counted.layer, indicator.counted, indicator.conditions,
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
    if isinstance(asked.subject, Counted):
        today, last = now.astimezone(LOCAL_ZONE).date(), _last_day(period)
        kept_since = kept_days.first_day(connection)
        day_before = period.start.astimezone(LOCAL_ZONE).date() - dt.timedelta(days=1)
        is_past = last < today
        values = _counts(
            connection, code, codes, asked.subject, day=last if is_past else None, since=kept_since
        )
        earlier = _counts(connection, code, codes, asked.subject, day=day_before, since=kept_since)
        before: tuple[dt.datetime | None, dt.datetime] = (None, period.start)
    else:
        kept_since, is_past = None, False
        previous = Period(period.start - (period.end - period.start), period.start)
        values = _figures(connection, code, codes, asked.subject, period, now)
        earlier = _figures(connection, code, codes, asked.subject, previous, now)
        before = (previous.start, previous.end)
    return Split(
        division, way, asked, period, before,
        total=Value(values.get(code), earlier.get(code)),
        parts=[(p, Value(values.get(p.code), earlier.get(p.code))) for p in parts],
        rest=Value(values.get(REST), earlier.get(REST)) if parts else None,
        kept_since=kept_since,
        is_past=is_past,
    )  # fmt: skip


# -- inside -------------------------------------------------------------------------------------------


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
) -> dict[str, float | None]:  # fmt: skip
    """Count rows of a division and its parts, now or as they stood when a day was over; nothing before totals were kept."""
    if day is not None and (since is None or day < since):
        return {}
    totals = divisions.TOTALS if day is None else kept_days.TOTALS_ON
    places = [code, *codes]
    ranges = [code_range(place) for place in places]
    is_met = "t.class = ANY(%(classes)s)" if counted.classes else "true"
    rows = connection.execute(
        f"""
        WITH t AS MATERIALIZED (
            SELECT t.division_code, t.authority_code, sum(t.n) AS n, sum(t.n) FILTER (WHERE {is_met}) AS met
            FROM ({totals}) t WHERE t.layer = %(layer)s GROUP BY 1, 2)
        SELECT w.code, COALESCE(sum(t.n), 0)::bigint AS n, COALESCE(sum(t.met), 0)::bigint AS met
        FROM unnest(%(codes)s::text[], %(low)s::text[], %(high)s::text[], %(zone)s::bool[]) AS w(code, low, high, is_zone)
        LEFT JOIN t ON CASE WHEN w.is_zone THEN t.authority_code >= w.low COLLATE "C" AND t.authority_code < w.high COLLATE "C"
            ELSE t.division_code >= w.low COLLATE "C" AND t.division_code < w.high COLLATE "C" END
        GROUP BY w.code""".encode(),
        {
            "layer": counted.layer, "classes": list(counted.classes), "day": day, "codes": places,
            "low": [low for low, _ in ranges], "high": [high for _, high in ranges],
            "zone": [divisions.is_zone(place) for place in places],
        },
    ).fetchall()  # fmt: skip
    found = {row["code"]: (int(row["n"]), int(row["met"])) for row in rows}
    inner = [found[c] for c in codes if not divisions.is_zone(c)]
    found[REST] = (found[code][0] - sum(n for n, _ in inner), found[code][1] - sum(met for _, met in inner))
    return {place: _worth(n, met, counted) for place, (n, met) in found.items()}


def _worth(n: int, met: int, counted: Counted) -> float | None:
    if not counted.is_share:
        return float(met)
    return round(100 * met / n, 2) if n else None


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
