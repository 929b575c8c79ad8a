"""Let an enterprise register: regions, places, positions, its draft and its submission; no account is needed (L1, F1)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, request

from data import registration_places as places
from data import registration_recovery as recovery
from data import registrations
from data.errors import RefusedError
from data.registrations import REGION_WORDS
from layers.style import style
from web import company_questions, identity
from web import registration_answers as answer
from web import registration_questions as ask
from web.api.layers import fonts
from web.api.tiles import versions
from web.problems import in_language
from web.registration_access import (
    BEGIN,
    GUESS,
    LOOK,
    RECOVER,
    RECOVER_BY_MOBILE,
    RESULT,
    SAVE,
    SEARCH,
    SUBMIT,
    everything,
    keep_secret,
    secret_hash,
    take,
)
from web.respond import json_response

blueprint = Blueprint("registration", __name__)
_SENT = (
    "如果有未通过审核的注册填了这个联系人手机，验证码已发出，10 分钟内有效。 "
    "If a registration that is not approved yet has this contact's mobile, a code is on its way; it is good for 10 minutes."
)
_WRONG = "验证码不对、已过期，或输错已满 5 次：请重新获取。 The code is wrong, too old, or was guessed at five times: ask for a new one."


@blueprint.get("/api/registration/style/<theme>.json")
def style_document(theme: str) -> Any:
    """Write the style of the map without any layer: roads, water, divisions."""
    if theme not in ("dark", "light"):
        abort(404)
    origin = request.host_url.rstrip("/")
    return json_response(style([], theme=theme, versions=versions(), fonts=fonts(origin), origin=origin))


@blueprint.get("/api/registration/regions")
def regions() -> Any:
    """Find divisions by `q` (name, pinyin, initials or code), or list those right below `parent`."""
    take(SEARCH)
    text, parent = request.args.get("q", "")[:40], request.args.get("parent", "")[:12]
    with everything() as connection:
        found = places.child_regions(connection, parent) if parent else places.find_regions(connection, text)
    return json_response({"regions": [answer.region(one) for one in found]})


@blueprint.get("/api/registration/authorities")
def authorities() -> Any:
    """List who may supervise an enterprise of `region`, and the divisions above it."""
    take(SEARCH)
    with everything() as connection:
        chosen = places.require_region(connection, request.args.get("region", "")[:40], REGION_WORDS)
        found = places.authorities(connection, chosen.code)
        region = places.region_of(connection, chosen.code)
    return json_response(
        {"region": answer.region(region), "authorities": [answer.region(one) for one in found]}
    )


@blueprint.get("/api/registration/places")
def find_places() -> Any:
    """Find places, roads, addresses and enterprises by name; nothing but name, kind and position is told."""
    take(SEARCH)
    text = request.args.get("q", "").strip()[:60]
    with everything() as connection:
        found = places.find_places(connection, text) if text else []
    return json_response({"places": found})


@blueprint.get("/api/registration/position")
def position() -> Any:
    """Say where `position_text` in the datum `crs` lies and what looks wrong, for `region`, `address`, `credit_code`."""
    take(LOOK)
    args = request.args
    given = ask.position(args)
    own = company_questions.line(args, "credit_code", "统一社会信用代码", most=40, required=False)
    with everything() as connection:
        region = args.get("region", "")[:12]
        chosen = places.require_region(connection, region, REGION_WORDS).code if region else None
        report = places.report_position(
            connection, given, region_code=chosen, address=args.get("address", "")[:300], but_not_code=own,
            today=identity.settings().clock.now().date(),
        )  # fmt: skip
    return json_response(answer.position(given, report, g.language))


@blueprint.get("/api/registration/credit-code")
def credit_code() -> Any:
    """Check a credit code: its check character, and whether an enterprise with it stands on the map."""
    take(LOOK)
    code = ask.credit_code(request.args, "code")
    with everything() as connection:
        standing = registrations.standing_enterprise(connection, code)
    warnings = [] if standing is None else [answer.same_code(standing["name"], g.language)]
    return json_response(
        {"code": code, "has_account": bool(standing and standing["has_account"]), "warnings": warnings}
    )


@blueprint.get("/api/registration/draft")
def read_draft() -> Any:
    """Give the registration of this browser: its draft, or where it stands."""
    key = secret_hash()
    if key is None:
        return json_response(_shown(None))
    with everything() as connection:
        return json_response(_shown(registrations.read_own(connection, key)))


@blueprint.put("/api/registration/draft")
def save_draft() -> Any:
    """Keep what is typed so far, and have this browser remember it."""
    form = ask.draft(company_questions.body())
    take(SAVE)
    key, secret = _own_secret()
    with everything() as connection:
        row = registrations.save_draft(connection, key, form, now=identity.settings().clock.now())
    return _remembered(json_response(_shown(row)), secret)


@blueprint.delete("/api/registration/draft")
def discard_draft() -> Any:
    """Throw the draft of this browser away."""
    company_questions.body()
    key = secret_hash()
    if key is not None:
        with everything() as connection:
            registrations.discard(connection, key)
    return json_response(_shown(None))


@blueprint.post("/api/registration/recover")
def recover() -> Any:
    """Send a code to `mobile`, the contact's of a draft or of a registration that waits or was returned; one answer to all."""
    mobile = company_questions.mobile(company_questions.body(), "mobile", "联系人手机")
    take(RECOVER)
    take(RECOVER_BY_MOBILE, mobile)
    with everything() as connection:
        recovery.ask(connection, mobile, now=identity.settings().clock.now())
    return json_response({"message": in_language(_SENT)})


@blueprint.post("/api/registration/recover/confirm")
def confirm_recovery() -> Any:
    """Give the registration to this browser where the `code` sent to `mobile` fits; the one that had it has it no more."""
    values = company_questions.body()
    mobile = company_questions.mobile(values, "mobile", "联系人手机")
    code = "".join(company_questions.line(values, "code", "验证码", most=12).split())
    take(GUESS)
    with everything() as connection:
        found = recovery.confirm(connection, mobile, code, now=identity.settings().clock.now())
    if found is None:
        raise RefusedError(_WRONG)
    secret, row = found
    return _remembered(json_response(_shown(row)), secret)


@blueprint.post("/api/registration/submit")
def submit() -> Any:
    """Submit the registration of this browser; 422 names the fault of every field."""
    values = company_questions.body()
    form = ask.draft(values)
    read = ask.application(values, needs_password=not _was_submitted())
    if read.application is None:
        faults = {name: in_language(text) for name, text in read.faults.items()}
        body = {
            "type": "/problems/form", "title": in_language("内容无法接受 Cannot be accepted"), "status": 422,
            "detail": in_language(f"有 {len(faults)} 处需要修改。 Fields to be mended: {len(faults)}."), "fields": faults,
        }  # fmt: skip
        return json_response(body, 422, content_type="application/problem+json")
    take(SUBMIT)
    key, secret = _own_secret()
    with everything() as connection:
        row = registrations.submit(
            connection, key, read.application, form, now=identity.settings().clock.now()
        )
    return _remembered(json_response(_shown(row), 201), secret)


@blueprint.get("/api/registration/result")
def result() -> Any:
    """Tell the state of the registration under exactly this `name`; nothing else."""
    take(RESULT)
    name = company_questions.line(request.args, "name", "企业名称", most=120)
    with everything() as connection:
        found = registrations.state_by_name(connection, name)
    words = answer.state(found, g.language) if found else None
    return json_response({"name": name, "state": found, "title": words})


def _was_submitted() -> bool:
    key = secret_hash()
    if key is None:
        return False
    with everything() as connection:
        found = registrations.read_own(connection, key)
    return found is not None and found["submitted_at"] is not None


def _own_secret() -> tuple[bytes, str | None]:
    """Give the digest of the caller's secret, and the secret itself when it is a new one."""
    key = secret_hash()
    if key is not None:
        return key, None
    take(BEGIN)
    secret, key = registrations.new_secret()
    return key, secret


def _remembered(response: Response, secret: str | None) -> Any:
    return response if secret is None else keep_secret(response, secret)


def _shown(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"state": None, "form": {}}
    return {
        "id": row["id"],
        "state": row["state"],
        "title": answer.state(row["state"], g.language),
        "form": row["form"],
        "company_name": row["company_name"],
        "username": row["username"],
        "reason": row["reason"],
        "submitted_at": row["submitted_at"],
        "decided_at": row["decided_at"],
        "saved_at": row["updated_at"],
    }
