"""Show the declared registers: their list, one register with its rows, figures and import, and one row."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web.api.registers import find
from web.register_access import MENU_ENTRY, require_keeper
from web.register_desks import all_desks

blueprint = Blueprint("register_pages", __name__)
blueprint.before_request(require_keeper)
MENU = MENU_ENTRY


@blueprint.get("/registers")
def index() -> Any:
    """Show every register with how many rows it holds."""
    return render_template("registers.html")


@blueprint.get("/registers/<register_id>")
def register(register_id: str) -> Any:
    """Show a register's rows, figures and import."""
    return render_template("register.html", register=find(register_id), desk=all_desks().get(register_id))


@blueprint.get("/registers/<register_id>/new")
def new_row(register_id: str) -> Any:
    """Show the form of a new row."""
    return render_template("register_row.html", register=find(register_id), row_id=None, desk=None)


@blueprint.get("/registers/<register_id>/<int:row_id>")
def row(register_id: str, row_id: int) -> Any:
    """Show one row: its form, workflow, records, attachments and what happened to it."""
    return render_template(
        "register_row.html", register=find(register_id), row_id=row_id, desk=all_desks().get(register_id)
    )
