"""Show administrators the audit, the outbox and the jobs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from data import audit, outbox
from data.errors import NotFoundError
from layers.display import LOCAL_ZONE, mask
from web import identity
from web.api.layers import parse_int

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_PAGE = 100


def _local(value: Any) -> str:
    return value.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S") if value else ""


@blueprint.get("/users")
def user_list() -> Any:
    """Lead to the accounts, which have a page of their own."""
    identity.require_administrator()
    return redirect(url_for("users_page.page"))


@blueprint.get("/audit")
def audit_list() -> Any:
    """List the audit and say whether its chain is whole."""
    identity.require_administrator("audit")
    before = parse_int("before", 0, low=0, high=2**62)
    with identity.transaction() as connection:
        rows = audit.listed(connection, before=before or None, limit=_PAGE)
        chain = audit.verify(connection)
    shown = [{**r, "at": _local(r["at"])} for r in rows]
    return render_template("admin_audit.html", rows=shown, chain=chain, tab="audit", more=len(rows) == _PAGE)


@blueprint.get("/outbox")
def outbox_list() -> Any:
    """List the messages with their delivery state; recipients are masked."""
    identity.require_administrator()
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
    admin, now = identity.require_administrator(), identity.settings().clock.now()
    with identity.transaction() as connection:
        if not outbox.try_again(connection, message_id, now=now):
            raise NotFoundError(
                "没有这条发送失败的短信，或其链接已失效：请在工单上重新通知。 There is no such failed message, or its link has ended: notify again on the order."
            )
        audit.append(
            connection, at=now, username=admin.username, action="outbox_again", subject=f"outbox/{message_id}"
        )
    return redirect(url_for("admin.outbox_list"))
