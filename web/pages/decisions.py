"""Show rescue decisions: their list, one with its alternatives on the map, and the report to print (row L18)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, url_for

from data import decisions
from web import decision_answers, drill_answers, identity, knowledge_answers
from web.api.decisions import decision_key, require_shown
from web.menu import MenuEntry
from web.printed_pages import send_pdf
from web.register_desks import RegisterDesk
from web.studio_access import ROLES, studio_transaction

blueprint = Blueprint("decision_page", __name__)
MENU = MenuEntry(
    "/studio/decisions",
    "救援决策",
    "Rescue decisions",
    order=47,
    roles=ROLES,
)
DESKS = (
    RegisterDesk(
        "accident",
        "/studio/decisions?accident={id}",
        "做救援决策",
        "Rescue decision",
        "/studio/decisions",
        "救援决策",
        "Rescue decisions",
    ),
)


@blueprint.get("/studio/decisions")
def index() -> Any:
    """Show the decisions, of one accident where the address names it."""
    identity.require_user()
    return render_template("decisions.html")


@blueprint.get("/studio/decisions/<decision_id>")
def page(decision_id: str) -> Any:
    """Show one decision; what it holds comes from /api/decisions."""
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
    return render_template("decision.html", decision=row, mark=decision_answers.mark_of(row))


@blueprint.get("/print/decision/<decision_id>")
def report(decision_id: str) -> Any:
    """Show a decision's report: conclusions first, the tasks by the clock, pictures, alternatives, lists, what was assumed."""
    now = identity.settings().clock.now()
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
        rows = decisions.alternatives(connection, row["id"], row["content"]["alternatives"])
        require_shown(row, rows)
        shown, language = decision_answers.shown_of(row, rows) or rows[0], g.language
        answer = shown["answer"]
        known = knowledge_answers.of_answer(connection, answer, language)
    return render_template(
        "print_decision.html",
        decision=row, shown=shown, answer=answer, mark=decision_answers.mark_of(row),
        words=drill_answers.words_of(answer, language), assumptions=decision_answers.assumptions(answer, language),
        conclusions=decision_answers.conclusions(row, rows, language), compared=decision_answers.side_by_side(rows, language),
        tasks=decision_answers.tasks(row, shown, language), picture=drill_answers.drawing(answer),
        known=known, close_up=drill_answers.drawing(answer, is_close=True), happens_at=decision_answers.local(shown["question"]["at"]),
        changed_at=decision_answers.local(row["changed_at"]), printed_at=decision_answers.local(now),
    )  # fmt: skip


@blueprint.get("/print/decision/<decision_id>.pdf")
def report_pdf(decision_id: str) -> Any:
    """Print a decision's report."""
    now = identity.settings().clock.now()
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
        rows = decisions.alternatives(connection, row["id"], row["content"]["alternatives"])
    require_shown(row, rows)
    path = url_for("decision_page.report", decision_id=decision_id, lang=g.language)
    name = decision_answers.file_name(row, f"DECISION-{now:%Y%m%d-%H%M}.pdf")
    return send_pdf(path, subject=f"decision/{decision_id}", name=name)
