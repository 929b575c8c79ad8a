"""Give an overview of a division to print, as a page and as PDF."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, url_for

from data import divisions, indicator_registry
from layers.display import LOCAL_ZONE
from layers.registry import all_layers
from web import identity
from web.printed_pages import figure_text, send_pdf

blueprint = Blueprint("print", __name__)


@blueprint.get("/print/division/<code>")
def division(code: str) -> Any:
    """Show the overview of a division: figures, and what each part of it holds."""
    now = identity.settings().clock.now()
    with identity.transaction() as connection:
        found = divisions.read(connection, code)
        below = divisions.children(connection, code)
        figures = indicator_registry.answer(connection, code, now=now)
    return render_template(
        "print_division.html",
        division=found,
        children=below,
        figures=[f for f in figures if not f.indicator.id.endswith("_count") or f.indicator.conditions],
        layers=[(layer.id, layer.words.in_language(g.language)) for layer in all_layers()],
        printed_at=now.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M"),
        in_language=lambda words: words.in_language(g.language),
        figure_text=figure_text,
    )


@blueprint.get("/print/division/<code>.pdf")
def division_pdf(code: str) -> Any:
    """Print the overview of a division."""
    now = identity.settings().clock.now()
    with identity.transaction() as connection:
        found = divisions.read(connection, code)
    path = url_for("print.division", code=code, lang=g.language)
    return send_pdf(path, subject=f"division/{code}", name=f"{found.name}-{now:%Y%m%d}.pdf")
