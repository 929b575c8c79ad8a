"""Help people trust a self-signed server: its authority to download, and how to install it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, send_file

from web import identity

blueprint = Blueprint("trust", __name__)


@blueprint.get("/trust")
def page() -> Any:
    """Explain what to install."""
    exists = (identity.settings().state_dir / "tls" / "authority.crt").is_file()
    return render_template("trust.html", exists=exists)


@blueprint.get("/trust/authority.crt")
def authority() -> Any:
    """Send the authority's certificate; never a key."""
    path = identity.settings().state_dir / "tls" / "authority.crt"
    if not path.is_file():
        abort(404)
    return send_file(
        path, "application/x-x509-ca-cert", as_attachment=True, download_name="onemap-authority.crt"
    )
