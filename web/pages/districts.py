"""Drill from the city down to its communities: one figure, part by part, with the rows behind it; on paper too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from layers.display import LOCAL_ZONE
from web import identity
from web.api.districts import DEFAULT_MEASURE, charts_of, describe, described_period, read_split
from web.menu import MenuEntry
from web.printed_pages import figure_text, send_pdf

blueprint = Blueprint("districts_page", __name__)
MENU = MenuEntry(
    "/districts",
    "分区统计",
    "Districts",
    order=22,
    roles=frozenset({"administrator", "regulator", "dispatcher"}),
)


@blueprint.get("/districts")
def page() -> Any:
    """Show the page; its figures come from /api/districts."""
    identity.require_user()
    return render_template("districts.html")


@blueprint.get("/print/districts/<code>")
def printed(code: str) -> Any:
    """Show one figure part by part, for paper."""
    identity.require_user()
    now = identity.settings().clock.now()
    found = read_split(code, now)
    first, last = described_period(found.period)
    return render_template(
        "print_districts.html",
        split=describe(found, now),
        charts=charts_of(code, found, now),
        first=first,
        last=last,
        printed_at=now.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M"),
        number=figure_text,
        change=_change,
    )


@blueprint.get("/print/districts/<code>.pdf")
def pdf(code: str) -> Any:
    """Print one figure part by part."""
    now = identity.settings().clock.now()
    found = read_split(code, now)
    asked = {name: request.args[name] for name in ("measure", "from", "to") if request.args.get(name)}
    path = url_for(
        "districts_page.printed", code=code, **{"measure": DEFAULT_MEASURE, **asked, "lang": g.language}
    )
    title = found.measure.words.in_language(g.language)
    name = f"{found.division.name}-{title}-{now:%Y%m%d}.pdf".replace("/", "-")
    return send_pdf(path, subject=f"districts/{code}", name=name)


def _change(value: float | None, before: float | None, unit: str | None) -> str:
    if value is None or before is None:
        return "—"
    sign = "+" if value > before else ""
    if unit == "%":  # shares differ by percentage points
        return f"{sign}{figure_text(value - before, None)} {'百分点' if g.language == 'zh' else 'points'}"
    return sign + figure_text(value - before, unit)
