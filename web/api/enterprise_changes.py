"""Let an enterprise change what it told, or ask for it, and its authority change and review it (L1, L2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, g, request

from data import divisions, registration_places
from data import enterprise_changes as store
from data import enterprise_requests as requests
from data.enterprise_requests import REVIEWED_STATES
from data.errors import FilterError, NotFoundError, RefusedError
from data.register_forms import Actor
from data.registration_places import GivenPosition
from data.scope import SYSTEM, Connection, Scope
from layers.enterprise_change import CHANGEABLE, ChangeState
from layers.workflow import Party
from web import company_questions as ask
from web import enterprise_change_answers as answer
from web import enterprise_change_questions as read
from web import identity, registration_answers
from web.api.layers import parse_int
from web.api.reviews import review_scope
from web.dispatch_questions import text
from web.register_access import register_request
from web.respond import json_response

blueprint = Blueprint("enterprise_changes", __name__)
_PAGE = 50


@contextmanager
def change_request() -> Iterator[tuple[Connection, Actor]]:
    """Open the transaction of somebody who may change an enterprise: itself, or an authority that reviews.

    Raises
    ------
    RefusedError
    """
    with register_request() as (connection, actor):
        if actor.party is Party.AUTHORITY and not identity.require_user().may("review"):
            raise RefusedError(
                "企业信息由企业本身和监管部门修改。 An enterprise is changed by itself and by its authorities."
            )
        yield connection, actor


@blueprint.get("/api/enterprises/<int:enterprise_id>/form")
def form(enterprise_id: int) -> Any:
    """Give what may be changed of an enterprise as it stands, its `version`, what takes effect `at_once`, and the request that waits."""
    with change_request() as (connection, actor):
        return json_response(_form(connection, enterprise_id, actor))


@blueprint.patch("/api/enterprises/<int:enterprise_id>")
def change(enterprise_id: int) -> Any:
    """Change what is sent; of the enterprise's own changes those that its authority answers for wait for it."""
    values = ask.body()
    version, wanted = ask.seen_version(values), read.wanted(values)
    note = text(values, "note", "变更说明", most=300) or None
    with change_request() as (connection, actor):
        done = store.change(
            connection, enterprise_id, wanted, version=version, by_owner=actor.party is Party.OWNER, note=note,
            scope=actor.scope, now=actor.now,
        )  # fmt: skip
        try:
            shown = {**_form(connection, enterprise_id, actor), "is_mine": True}
        except NotFoundError:
            shown = {"id": enterprise_id, "is_mine": False}
        return json_response({"applied": done.applied, "asked": done.asked, **shown})


@blueprint.get("/api/enterprises/<int:enterprise_id>/changes")
def history(enterprise_id: int) -> Any:
    """List the changes of an enterprise, the newest first: who, when, from what to what; people masked for those who may not see them."""
    with register_request() as (connection, actor):
        row = store.read(connection, enterprise_id)
        return json_response(
            {"rows": _told(connection, requests.history(connection, row["code"]), row, actor.scope)}
        )


@blueprint.delete("/api/enterprises/<int:enterprise_id>/changes/<int:number>")
def withdraw(enterprise_id: int, number: int) -> Any:
    """Withdraw the enterprise's own request that waits still."""
    with change_request() as (connection, actor):
        if actor.party is not Party.OWNER:
            raise RefusedError("只有企业本身可以撤回申请。 Only the enterprise itself withdraws its request.")
        store.withdraw(connection, enterprise_id, number, scope=actor.scope, now=actor.now)
        return json_response(_form(connection, enterprise_id, actor))


@blueprint.get("/api/reviews/changes")
def queue() -> Any:
    """List the enterprises' requests in one `state` that are the user's to review, with the number in each state; `q` finds some."""
    named = request.args.get("state", "waiting")
    if named not in {s.value for s in REVIEWED_STATES}:
        raise FilterError(
            "state 应为 waiting、returned 或 applied。 State must be waiting, returned or applied."
        )
    page = parse_int("page", 1, low=1, high=100_000)
    words = request.args.get("q", "").strip()[:60] or None
    with _review() as (connection, _):
        counts = requests.counts(connection, words)
        rows = requests.queue(
            connection, ChangeState(named), words=words, limit=_PAGE, offset=(page - 1) * _PAGE
        )
    now = identity.settings().clock.now()
    listed = [
        {
            **{k: row[k] for k in ("id", "enterprise_id", "enterprise_name", "enterprise_code", "authority_name", "state")},
            **{k: row[k] for k in ("asked_at", "asked_by", "decided_at", "decided_by")},
            "fields": [one.words.in_language(g.language) for name, one in CHANGEABLE.items() if name in row["after"]],
            "waits_s": int((now - row["asked_at"]).total_seconds()),
        }
        for row in rows
    ]  # fmt: skip
    states = [{"id": one, "title": answer.state(one, g.language), "count": n} for one, n in counts.items()]
    return json_response({"states": states, "rows": listed, "page": page, "page_size": _PAGE})


@blueprint.get("/api/reviews/changes/<int:number>")
def one(number: int) -> Any:
    """Give one request: what stands beside what is asked, and what the map says of a new position."""
    with _review() as (connection, scope):
        return json_response(_request(connection, number, scope))


@blueprint.post("/api/reviews/changes/<int:number>/approve")
def approve(number: int) -> Any:
    """Put a request into effect; `version` is the enterprise's that was seen."""
    version = ask.seen_version(ask.body())
    with _review() as (connection, scope):
        store.approve(connection, number, version=version, scope=scope, now=identity.settings().clock.now())
        return json_response(_after(connection, number, scope))


@blueprint.post("/api/reviews/changes/<int:number>/return")
def send_back(number: int) -> Any:
    """Return a request to the enterprise with a `reason`."""
    reason = text(ask.body(), "reason", "退回原因", most=500, required=True)
    with _review() as (connection, scope):
        store.send_back(connection, number, reason, scope=scope, now=identity.settings().clock.now())
        return json_response(_after(connection, number, scope))


@contextmanager
def _review() -> Iterator[tuple[Connection, Scope]]:
    scope = review_scope()
    with identity.store().transaction(scope) as connection:
        yield connection, scope


def _form(connection: Connection, enterprise_id: int, actor: Actor) -> dict[str, Any]:
    row = store.read(connection, enterprise_id)
    by_owner = actor.party is Party.OWNER
    standing = requests.history(connection, row["code"], limit=20)
    waiting = [one for one in standing if one["state"] == ChangeState.WAITING.value]
    return {
        **answer.form(row, store.values_of(row)),
        "by_owner": by_owner,
        "at_once": [n for n, one in CHANGEABLE.items() if not (by_owner and one.is_answered_for)],
        "waiting": next(iter(_told(connection, waiting, row, actor.scope)), None),
    }


def _told(
    connection: Connection, rows: list[dict[str, Any]], enterprise: Mapping[str, Any], scope: Scope
) -> list[dict[str, Any]]:
    names = divisions.names(connection, answer.codes_in(*(r[k] for r in rows for k in ("before", "after"))))
    is_own = enterprise["owner_id"] is not None and enterprise["owner_id"] == scope.owner_id
    return answer.changes(rows, names, g.language, in_full=scope.sees_sensitive or is_own)


def _after(connection: Connection, number: int, scope: Scope) -> dict[str, Any]:
    """Give a request after an act; one whose enterprise was handed over is out of sight."""
    try:
        return {**_request(connection, number, scope), "is_mine": True}
    except NotFoundError:
        return {"id": number, "is_mine": False}


def _request(connection: Connection, number: int, scope: Scope) -> dict[str, Any]:
    row = requests.read(connection, number)
    enterprise = store.read(connection, row["enterprise_id"])
    is_open = row["state"] == ChangeState.WAITING.value
    # While it waits, what stands now is shown, even where it was changed after the request was made.
    before = store.values_of(enterprise) if is_open else row["before"]
    after = row["after"]
    names = divisions.names(connection, answer.codes_in(before, after))
    told = answer.lines(before, after, names, g.language, in_full=scope.sees_sensitive)
    for line in told:
        line["changed_since"] = is_open and before[line["field"]] != row["before"].get(line["field"])
    return {
        **{k: row[k] for k in ("id", "state", "asked_at", "asked_by", "note", "decided_at", "decided_by", "reason")},
        **{k: row[k] for k in ("enterprise_id", "enterprise_name", "enterprise_code", "authority_name")},
        "title": answer.state(row["state"], g.language),
        "version": enterprise["version"],
        "lines": told,
        "standing": before.get("position"),
        "map": _said(enterprise, after) if after.get("position") else None,
    }  # fmt: skip


def _said(enterprise: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Write what the map says of the position that is asked for."""
    given = GivenPosition(**after["position"])
    with identity.store().transaction(SYSTEM) as everything:
        report = registration_places.report_position(
            everything, given, region_code=after.get("region_code", enterprise["region_code"]),
            address=after.get("address") or enterprise["address"] or "", but_not_code=enterprise["code"],
            today=identity.settings().clock.now().date(),
        )  # fmt: skip
    return registration_answers.position(given, report, g.language)
