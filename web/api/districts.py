"""Answer one figure split over the parts of a division, beside the period before: JSON, Excel, outlines, charts."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request, send_file

from data import audit, district_figures, divisions, layer_composition, warnings
from data.district_figures import Measure, Split, Value
from data.errors import FilterError, RefusedError
from data.indicator_registry import Counted
from data.split_export import write_excel
from dispatch.indicators import Figure, Period
from layers.declaration import Field, Words
from layers.display import LOCAL_ZONE, display
from layers.registry import layer_by_id
from web import identity
from web.api.dispatch_figures import period_asked
from web.api.warnings import LEVEL_WORDS, kind_label
from web.export_formats import FORMATS
from web.respond import json_response

blueprint = Blueprint("districts", __name__)

DEFAULT_MEASURE = "enterprise_count"


@blueprint.get("/api/districts/<code>")
def split(code: str) -> Any:
    """Split a measure over the parts of a division: `measure`, `from`, `to` (days, the last included), `format` json or xlsx."""
    user, now = identity.require_user(), identity.settings().clock.now()
    wished = request.args.get("format", "json")
    if wished not in ("json", "xlsx"):
        raise FilterError("format 应为 json 或 xlsx。 format is json or xlsx.")
    is_file = wished == "xlsx"
    if is_file and (
        not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes)
    ):
        raise RefusedError("您没有导出的权限。 You may not export.")
    found = read_split(code, now)
    if not is_file:
        return json_response(describe(found, now))
    with identity.transaction() as connection:
        audit.append(
            connection, at=now, username=user.username, action="export", subject=f"districts/{code}",
            detail={"rows": len(found.parts), "query": request.query_string.decode()[:300]},
        )  # fmt: skip
    charts = charts_of(code, found, now)
    book = io.BytesIO()
    write_excel(book, found, charts, language=g.language)
    book.seek(0)
    title = found.measure.words.in_language(g.language)
    name = f"{found.division.name}-{title}-{now.astimezone(LOCAL_ZONE):%Y%m%d}.xlsx".replace("/", "-")
    return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)


@blueprint.get("/api/districts/measures")
def measures() -> Any:
    """List what can be told part by part."""
    identity.require_user()
    return json_response({"measures": [_measure(m) for m in district_figures.measures()]})


@blueprint.get("/api/districts/<code>/outlines")
def outlines(code: str) -> Any:
    """Give the outlines of the parts of a division as GeoJSON; those without one are left out."""
    identity.require_user()
    with identity.transaction() as connection:
        found = district_figures.shapes(connection, code)
    features = [
        {
            "type": "Feature",
            "properties": {"code": o.code, "name": o.name, "label": [round(v, 5) for v in o.label]},
            "geometry": json.loads(o.geojson),
        }
        for o in found
    ]  # fmt: skip
    return json_response({"type": "FeatureCollection", "features": features})


@blueprint.get("/api/districts/<code>/composition")
def composition(code: str) -> Any:
    """Count rows in a division by each choice, by yes and no, and by month: all of `layer`, or those a `measure` looks at in a period."""
    identity.require_user()
    asked = district_figures.measure(request.args["measure"]) if request.args.get("measure") else None
    return json_response(read_composition(code, asked, identity.settings().clock.now()))


def read_composition(code: str, asked: Measure | None, now: dt.datetime) -> dict[str, Any]:
    """Describe the charts of a measure in the period of the request; without a measure those of its `layer`.

    Raises
    ------
    FilterError, NotFoundError
    """
    scope = identity.scope()
    is_flow = asked is not None and asked.is_flow
    period = period_asked(request.args.get("from"), request.args.get("to"), now=now) if is_flow else None
    if asked is not None and asked.layer is None:
        return _warnings_composition(code, asked, period, now)
    layer = layer_by_id(asked.layer if asked and asked.layer else request.args.get("layer", ""))
    looked_at = _looked_at(asked, period)
    with identity.transaction() as connection:
        place = divisions.read(connection, code)
        found = layer_composition.compose(
            connection, layer, division_code=code, scope=scope, now=now, narrowed=looked_at,
            by=asked.counted_by if asked else None, until=period.end if period else None,
        )  # fmt: skip
    symbol = layer.field(layer.symbol_field) if layer.symbol_field else None
    rows = _RowsOf(f"/api/layers/{layer.id}/features", code, looked_at, period)
    when = found.time
    return {
        "division": {"code": place.code, "name": place.name},
        "layer": {"id": layer.id, "title": layer.words.in_language(g.language)},
        "at": now,
        "period": {
            "from": period.start, "to": period.end, "field": asked.counted_by,
            "label": layer.field(str(asked.counted_by)).words.in_language(g.language),
        } if period and asked else None,
        "total": found.total,
        "choices": [
            {
                "field": f.name, "label": f.words.in_language(g.language), "has_grades": _has_colors(f),
                "counts": [{**_choice(f, value), "n": n, "list_url": rows.where(f.name, value)} for value, n in counts],
            }
            for f, counts in found.choices
        ],
        "time": {"field": when.name, "label": when.words.in_language(g.language)} if when else None,
        "classes": [_choice(symbol, c.value) for c in symbol.choices] if symbol else [],
        "months": [
            {
                "month": month, "list_url": rows.during(when.name, month) if when and counts else None,
                "counts": [
                    {
                        "value": v, "n": n,
                        "list_url": rows.during(when.name, month, symbol.name, v) if when and symbol else None,
                    }
                    for v, n in counts.items()
                ],
            }
            for month, counts in found.months
        ],
        "before": found.before,
    }  # fmt: skip


def _looked_at(asked: Measure | None, period: Period | None) -> dict[str, str]:
    """Give what the rows of a chart are narrowed by: those that a measure looks at; nothing for one that is kept as totals."""
    if asked is None or isinstance(asked.subject, Counted):
        return {}
    if isinstance(asked.subject, Figure):
        return (
            {str(asked.counted_by): f"{period.start.isoformat()}/{period.end.isoformat()}"} if period else {}
        )
    return asked.subject.looked_at(period)


@dataclass(frozen=True)
class _RowsOf:
    """The way to the rows behind each bar of a chart."""

    path: str
    code: str
    narrowed: Mapping[str, str]
    period: Period | None

    def where(self, field: str, value: layer_composition.Value) -> str:
        """Give the rows of one value; of none where it is None."""
        return self._url(_equal(field, value))

    def during(self, time: str, month: str, field: str | None = None, value: str | None = None) -> str:
        """Give the rows of a month, within the period, and of one value of a field."""
        first = dt.datetime.fromisoformat(f"{month}-01").replace(tzinfo=LOCAL_ZONE)
        last = (first + dt.timedelta(days=32)).replace(day=1)
        if self.period is None or (self.period.start <= first and last <= self.period.end):
            span = month
        else:
            span = f"{max(first, self.period.start).isoformat()}/{min(last, self.period.end).isoformat()}"
        return self._url({time: span, **(_equal(field, value) if field else {})})

    def _url(self, more: Mapping[str, str]) -> str:
        return f"{self.path}?" + urlencode({"division": self.code, **self.narrowed, **more})


def _equal(field: str, value: layer_composition.Value) -> dict[str, str]:
    if value is None:
        return {"empty": field}
    return {field: str(value).lower() if isinstance(value, bool) else value}


def _warnings_composition(
    code: str, asked: Measure, period: Period | None, now: dt.datetime
) -> dict[str, Any]:
    """Describe the charts of warnings: by level, by kind, by month of raising."""
    looked_at = {} if isinstance(asked.subject, Counted | Figure) else asked.subject.looked_at(period)
    question = warnings.Asked(
        is_open=None if period else True, level=looked_at.get("level"), division_code=code,
        raised=(period.start, period.end) if period else None,
    )  # fmt: skip
    with identity.transaction() as connection:
        place = divisions.read(connection, code)
        levels, kinds = (warnings.split(connection, question, column) for column in ("level", "kind"))
        months = warnings.months(connection, question)
    rows = _RowsOf("/api/warnings", code, looked_at, period)
    levels = {level: n for level, n in sorted(levels.items()) if question.level in (None, level)}
    heads = {
        "level": Words("级别", "Level"),
        "kind": Words("类型", "Kind"),
        "raised": Words("发出时间", "Raised"),
    }

    def bar(field: str, value: str, n: int) -> dict[str, Any]:
        label = kind_label(value) if field == "kind" else LEVEL_WORDS[value].in_language(g.language)
        return {"value": value, "label": label, "color": None, "n": n, "list_url": rows.where(field, value)}

    raised = heads["raised"].in_language(g.language)
    return {
        "division": {"code": place.code, "name": place.name},
        "layer": {"id": None, "title": asked.group.in_language(g.language)},
        "at": now,
        "period": {"from": period.start, "to": period.end, "field": "raised", "label": raised} if period else None,
        "total": sum(levels.values()),
        "choices": [
            {
                "field": field, "label": heads[field].in_language(g.language), "has_grades": False,
                "counts": [bar(field, value, n) for value, n in counts.items()],
            }
            for field, counts in (("level", levels), ("kind", kinds)) if counts
        ],
        "time": {"field": "raised", "label": raised},
        "classes": [],
        "months": [
            {
                "month": month, "list_url": url,
                "counts": [{"value": None, "n": n, "list_url": url}] if n else [],
            }
            for month, n in months for url in (rows.during("raised", month) if n else None,)
        ],
        "before": sum(levels.values()) - sum(n for _, n in months),
    }  # fmt: skip


def _choice(f: Field, value: layer_composition.Value) -> dict[str, Any]:
    found = f.choice(value) if isinstance(value, str) else None
    label = display(f, value, language=g.language) if isinstance(value, bool) else value
    if found:
        label = found.words.in_language(g.language)
    return {
        "value": value,
        "label": label or ("未填" if g.language == "zh" else "Not filled in"),
        "color": found.color if found else None,
    }


def _has_colors(f: Field) -> bool:
    return any(c.color for c in f.choices)


def read_split(code: str, now: dt.datetime) -> Split:
    """Read the split that the request asks for.

    Raises
    ------
    FilterError, NotFoundError
    """
    asked = district_figures.measure(request.args.get("measure") or DEFAULT_MEASURE)
    period = period_asked(request.args.get("from"), request.args.get("to"), now=now)
    with identity.transaction() as connection:
        return district_figures.split(connection, code, asked, period, now=now)


def charts_of(code: str, found: Split, now: dt.datetime) -> dict[str, Any] | None:
    """Describe the charts that belong to a split, for its files; None for figures that have none, and for a past day, whose rows are not kept."""
    if found.is_past or isinstance(found.measure.subject, Figure):
        return None
    return read_composition(code, found.measure, now)


def describe(found: Split, now: dt.datetime) -> dict[str, Any]:
    """Describe a split for pages."""
    earlier, until = found.before
    ranked = sorted(
        found.parts,
        key=lambda p: (p[0].level == "zone", p[1].now is None, -(p[1].now or 0.0), p[0].code),
    )
    return {
        "division": {"code": found.division.code, "name": found.division.name, "level": found.division.level,
                     "bbox": found.division.bbox, "has_polygon": found.division.has_polygon},
        "path": [{"code": d.code, "name": d.name} for d in found.way],
        "measure": _measure(found.measure),
        "from": found.period.start,
        "to": found.period.end,
        "at": now,
        "before": {"from": earlier, "to": until},
        "kept_since": found.kept_since.isoformat() if found.kept_since else None,
        "total": _value(found.total),
        "list_url": list_url(found, found.division.code),
        "parts": [
            {
                "code": d.code, "name": d.name, "level": d.level, "has_polygon": d.has_polygon,
                "adds_up": d.level != "zone", **_value(value), "list_url": list_url(found, d.code),
            }
            for d, value in ranked
        ],
        "rest": {**_value(found.rest), "list_url": list_url(found, found.division.code, own=True)} if found.rest else None,
    }  # fmt: skip


def list_url(found: Split, code: str, *, own: bool = False) -> str | None:
    """Give the way to the rows behind a figure; None for a past day, whose rows are not kept."""
    if found.is_past:
        return None
    measure = found.measure
    if isinstance(measure.subject, Figure):
        if own:
            return None
        asked = {"from": found.period.start.isoformat(), "to": found.period.end.isoformat(), "division": code}
        return "/api/dispatch/figures/orders?" + urlencode({**asked, "figure": measure.subject.value})
    place = {"division_code": code} if own else {"division": code}
    if not isinstance(measure.subject, Counted):
        path = f"/api/layers/{measure.layer}/features" if measure.layer else "/api/warnings"
        return f"{path}?" + urlencode({**place, **measure.subject.listed(found.when)})
    conditions = f"&{measure.conditions}" if measure.conditions else ""
    return f"/api/layers/{measure.layer}/features?{urlencode(place)}{conditions}"


def _value(value: Value) -> dict[str, float | None]:
    met, of = value.counted or (None, None)
    return {"value": value.now, "before": value.before, "met": met, "of": of}


def _measure(m: Measure) -> dict[str, Any]:
    return {
        "id": m.id,
        "group": m.group.in_language(g.language),
        "title": m.words.in_language(g.language),
        "definition": m.definition.in_language(g.language),
        "clock": m.clock.in_language(g.language),
        "unit": m.unit,
        "adds_up": m.adds_up,
        "is_flow": m.is_flow,
        "is_kept": isinstance(m.subject, Counted),
        "knows_past": not isinstance(m.subject, Counted | Figure) and m.subject.knows_past,
        "layer": m.layer,
        "conditions": m.conditions,
    }


def described_period(period: Period) -> tuple[str, str]:
    """Give the first and the last day of a period as people write them."""
    last = period.end - dt.timedelta(microseconds=1)
    return f"{period.start.astimezone(LOCAL_ZONE):%Y-%m-%d}", f"{last.astimezone(LOCAL_ZONE):%Y-%m-%d}"
