"""Show enterprises without an account the form of registration, and where a registration stands (L1, F1, F2)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request

from data import registrations
from layers.standards.supervised_industry import INDUSTRY_CLASSES
from web import company_questions as ask
from web import registration_answers as answer
from web.registration_access import RESULT, everything, take

blueprint = Blueprint("registration_page", __name__)


@blueprint.get("/register")
def page() -> Any:
    """Show the form; the draft of this browser is fetched by its script."""
    return render_template("registration.html", industries=INDUSTRY_CLASSES)


@blueprint.get("/register/result")
def result() -> Any:
    """Show the state of the registration under a name, and nothing else of it."""
    name, state = "", None
    if request.args.get("name", "").strip():
        take(RESULT)
        name = ask.line(request.args, "name", "企业名称", most=120)
        with everything() as connection:
            state = registrations.state_by_name(connection, name)
    return render_template(
        "registration_result.html",
        name=name,
        state=state,
        title=answer.state(state, g.language) if state else None,
    )
