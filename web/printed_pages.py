"""Send a page of our own as PDF, fetched as its reader, and write figures as people read them on paper."""

from __future__ import annotations

import datetime as dt
import io

from flask import Response, g, request, send_file

from data import audit, users
from web import identity
from web.printing import print_pdf

#: The session that the printing browser reads with ends when the page is printed, and after this at the latest.
_LIFE = dt.timedelta(minutes=2)


def send_pdf(path: str, *, subject: str, name: str) -> Response:
    """Print the page at a path of this server with the reader's own rights, and note it in the audit.

    Raises
    ------
    PrintError
        When there is no Chromium, or the page fails.
    """
    user, now = identity.require_user(), identity.settings().clock.now()
    with identity.transaction() as connection:
        secret = users.open_session(connection, user.id, now=now, life=_LIFE)
        audit.append(connection, at=now, username=user.username, action="print", subject=subject)
    try:
        # The page is fetched from this very server, whatever name the reader calls it by.
        content = print_pdf(f"{request.host_url.rstrip('/')}{path}", cookies={identity.COOKIE: secret})
    finally:
        with identity.store().unscoped() as connection:
            users.sign_out(connection, secret)
    return send_file(io.BytesIO(content), "application/pdf", as_attachment=True, download_name=name)


def figure_text(value: float | None, unit: str | None) -> str:
    """Write a figure as people read it: minutes for seconds, two decimals at most."""
    if value is None:
        return "—"
    if unit == "s":
        return f"{value / 60:,.1f} {'分' if g.language == 'zh' else 'min'}"
    shown = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{shown} {unit}" if unit else shown
