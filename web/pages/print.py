"""Give an overview of a division to print, as a page and as PDF."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from flask import Blueprint, g, render_template, request, send_file, url_for

from data import audit, divisions, indicator_registry, users
from layers.display import LOCAL_ZONE
from layers.registry import all_layers
from web import identity
from web.printing import print_pdf

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
        figure_text=_figure_text,
    )


def _figure_text(value: float | None, unit: str | None) -> str:
    """Write a figure as people read it: minutes for seconds, two decimals at most."""
    if value is None:
        return "—"
    if unit == "s":
        return f"{value / 60:,.1f} {'分' if g.language == 'zh' else 'min'}"
    shown = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{shown} {unit}" if unit else shown


@blueprint.get("/print/division/<code>.pdf")
def division_pdf(code: str) -> Any:
    """Print the overview of a division."""
    user, now = identity.require_user(), identity.settings().clock.now()
    with identity.transaction() as connection:
        found = divisions.read(connection, code)
        secret = users.open_session(connection, user.id, now=now, life=dt.timedelta(minutes=2))
        audit.append(connection, at=now, username=user.username, action="print", subject=f"division/{code}")
    # The page is fetched from this very server, whatever name the reader calls it by.
    url = f"{request.host_url.rstrip('/')}{url_for('print.division', code=code)}"
    try:
        content = print_pdf(url, cookies={identity.COOKIE: secret})
    finally:
        with identity.store().unscoped() as connection:
            users.sign_out(connection, secret)
    name = f"{found.name}-{now:%Y%m%d}.pdf"
    return send_file(io.BytesIO(content), "application/pdf", as_attachment=True, download_name=name)
