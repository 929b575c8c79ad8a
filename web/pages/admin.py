"""Show administrators the audit, the outbox and the jobs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for

from data import audit, operation_log, outbox
from data.errors import NotFoundError
from layers.declaration import Words
from layers.display import LOCAL_ZONE, mask
from web import identity
from web.log_questions import log_question
from web.operation_words import action_words, all_actions, subject_words

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_PAGE = 100


def _local(value: Any) -> str:
    return value.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def in_words(words: Words) -> str:
    """Give words in the language of the page."""
    return words.in_language(g.language)


@blueprint.get("/users")
def user_list() -> Any:
    """Lead to the accounts, which have a page of their own."""
    identity.require_administrator()
    return redirect(url_for("users_page.page"))


@blueprint.get("/audit")
def audit_list() -> Any:
    """List the audit by words, action and days; of the whole city, with whether its chain is whole, to the city's administrators."""
    admin = identity.require_administrator("audit")
    question, is_whole = log_question(), identity.covers_city(admin)
    with identity.transaction() as connection:
        rows = operation_log.of_all(connection, question, limit=_PAGE, is_whole=is_whole)
        chain = audit.verify(connection) if is_whole else None
    shown = [
        {
            **r, "at": _local(r["at"]), "action": in_words(action_words(r["action"])), "subject": in_words(subject_words(r["subject"])),
        }
        for r in rows
    ]  # fmt: skip
    asked = {name: request.args.get(name, "") for name in ("q", "action", "from", "to")}
    return render_template(
        "admin_audit.html", rows=shown, chain=chain, tab="audit", more=len(rows) == _PAGE, asked=asked,
        is_asked=any(asked.values()), actions={action: in_words(words) for action, words in all_actions().items()},
    )  # fmt: skip


@blueprint.get("/outbox")
def outbox_list() -> Any:
    """List the messages of the city with their delivery state; recipients are masked, and so are codes that open accounts."""
    identity.require_city_administrator()
    state = request.args.get("state") or None
    with identity.transaction() as connection:
        rows = outbox.listed(connection, state=state)
    shown = [
        {
            **r,
            "recipient": mask(r["recipient"]),
            "created_at": _local(r["created_at"]),
            "sent_at": _local(r["sent_at"]),
        }
        for r in rows
    ]
    return render_template("admin_outbox.html", rows=shown, state=state, tab="outbox")


@blueprint.post("/outbox/<int:message_id>/again")
def outbox_again(message_id: int) -> Any:
    """Send a failed message again."""
    admin, now = identity.require_city_administrator(), identity.settings().clock.now()
    with identity.transaction() as connection:
        if not outbox.try_again(connection, message_id, now=now):
            raise NotFoundError(
                "没有这条发送失败的短信，或其链接已失效：请在工单上重新通知。 There is no such failed message, or its link has ended: notify again on the order."
            )
        audit.append(
            connection, at=now, username=admin.username, action="outbox_again", subject=f"outbox/{message_id}"
        )
    return redirect(url_for("admin.outbox_list"))
