"""Show drill simulations: the guided form with the map, and the report to print; every page says that it is a drill."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, g, render_template, url_for

from data import courses, drill_sight, drills
from layers.display import LOCAL_ZONE
from web import course_drawing, drill_answers, identity, knowledge_answers
from web.api.drill import drill_key
from web.menu import MenuEntry
from web.printed_pages import send_pdf
from web.studio_access import ROLES, studio_transaction

blueprint = Blueprint("drill_page", __name__)
MENU = MenuEntry(
    "/studio/drill",
    "演练模拟",
    "Drills",
    order=46,
    roles=ROLES,
)


@blueprint.get("/studio/drill")
def page() -> Any:
    """Show the page; drills come from /api/studio/drill."""
    is_own = identity.require_user().may("declare")
    return render_template(
        "drill.html", watermark=drill_answers.WATERMARK, is_own=is_own, reach_m=drill_sight.OWN_REACH_M
    )


@blueprint.get("/print/drill/<drill_id>")
def report(drill_id: str) -> Any:
    """Show a drill's report: conclusions first, the plan, lists, a picture, what was assumed."""
    now = identity.settings().clock.now()
    with studio_transaction() as connection:
        row = drills.read(connection, drill_key(drill_id))
        told = courses.of_report(connection, row["id"])
        known = knowledge_answers.of_answer(connection, row["answer"], g.language)
    course = None if told is None else told | {"happens_at": row["question"]["at"]}
    at = dt.datetime.fromisoformat(row["question"]["at"]).astimezone(LOCAL_ZONE)
    return render_template(
        "print_drill.html",
        drill=row, answer=row["answer"], words=drill_answers.words_of(row["answer"], g.language),
        picture=drill_answers.drawing(row["answer"]), happens_at=f"{at:%Y-%m-%d %H:%M}",
        course=None if course is None else course_drawing.printed(course, g.language),
        known=known, printed_at=f"{now.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}",
    )  # fmt: skip


@blueprint.get("/print/drill/<drill_id>.pdf")
def report_pdf(drill_id: str) -> Any:
    """Print a drill's report."""
    now = identity.settings().clock.now()
    with studio_transaction() as connection:
        drills.read(connection, drill_key(drill_id))
    path = url_for("drill_page.report", drill_id=drill_id, lang=g.language)
    return send_pdf(path, subject=f"drill/{drill_id}", name=f"DRILL-{now:%Y%m%d-%H%M}.pdf")
