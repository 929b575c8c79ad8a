"""Keep what enterprises apply with: a draft reached by a secret, its submission, and the state told by name."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from data import audit, users
from data.divisions import city
from data.errors import ConflictError, FilterError
from data.registration_places import GivenPosition, authorities, division_of, require_region
from data.scope import SYSTEM, Connection, enter, enter_applicant
from data.search_terms import full_pinyin, initials
from layers.declaration import Words
from layers.registration import Move, RegistrationState, state_after

#: How long a secret and its draft are kept.
DRAFT_LIFE = dt.timedelta(days=90)
#: What a draft holds; never a password.
FORM_FIELDS = (
    "region_code", "authority_code", "company_name", "credit_code", "address", "industry", "employee_count", "contact_name",
    "contact_mobile", "legal_name", "legal_mobile", "principal_name", "principal_mobile", "safety_name", "safety_mobile",
    "username", "position_text", "crs",
)  # fmt: skip
REGION_WORDS = Words("所在地区", "Region")
_DECIDED = "这份注册已提交，等待审核期间不能修改。 This registration is submitted: it cannot be changed while it waits."
_SHOWN = "id, state, version, form, company_name, region_code, submitted_at, decided_at, reason, username, updated_at"


@dataclass(frozen=True)
class Application:
    """What an applicant submits, the form of every value checked.

    Attributes
    ----------
    authority_code : None leaves it to the city bureau
    password : None keeps the one given before
    """

    company_name: str
    credit_code: str
    region_code: str
    authority_code: str | None
    address: str
    industry_class: str
    industry_branch: str
    employee_count: int | None
    contact_name: str
    contact_mobile: str
    legal_name: str
    legal_mobile: str | None
    principal_name: str
    principal_mobile: str
    safety_name: str
    safety_mobile: str
    username: str
    password: str | None
    position: GivenPosition


def new_secret() -> tuple[str, bytes]:
    """Make the secret of a new applicant, and the digest that is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> bytes:
    """Give what is kept of a secret; secrets are random, so that a plain digest is enough."""
    return hashlib.sha256(secret.encode()).digest()


def read_own(connection: Connection, secret_hash: bytes) -> dict[str, Any] | None:
    """Read the registration of a secret; None when there is none."""
    enter_applicant(connection, secret_hash)
    row = connection.execute(
        f"SELECT {_SHOWN} FROM registration WHERE secret_hash = %s".encode(), [secret_hash]
    ).fetchone()
    return dict(row) if row else None


def save_draft(
    connection: Connection, secret_hash: bytes, form: Mapping[str, str], *, now: dt.datetime
) -> dict[str, Any]:
    """Keep what is typed so far, a new draft where the secret has none.

    Raises
    ------
    ConflictError
        When the registration waits for its review or is approved.
    """
    found = read_own(connection, secret_hash)
    kept = Jsonb({name: value for name, value in form.items() if name in FORM_FIELDS and value})
    if found is None:
        enter(connection, SYSTEM)
        connection.execute(
            "DELETE FROM registration WHERE state = 'draft' AND updated_at < %s", [now - DRAFT_LIFE]
        )
        home = city(connection)
        if home is None:
            raise FilterError(
                "本系统还没有区划数据，暂不能注册。 No divisions are loaded yet: nobody can register."
            )
        enter_applicant(connection, secret_hash)
        connection.execute(
            "INSERT INTO registration (secret_hash, form, authority_code, created_at, updated_at) VALUES (%s, %s, %s, %s, %s)",
            [secret_hash, kept, home.code, now, now],
        )
    else:
        _require(found["state"], Move.SAVE)
        connection.execute(
            "UPDATE registration SET form = %s, updated_at = %s, version = version + 1 WHERE id = %s",
            [kept, now, found["id"]],
        )
    return read_own(connection, secret_hash) or {}


def discard(connection: Connection, secret_hash: bytes) -> None:
    """Throw a draft away.

    Raises
    ------
    ConflictError
        When it was submitted already.
    """
    found = read_own(connection, secret_hash)
    if found is not None:
        _require(found["state"], Move.SAVE)
        connection.execute("DELETE FROM registration WHERE id = %s", [found["id"]])


def submit(
    connection: Connection,
    secret_hash: bytes,
    application: Application,
    form: Mapping[str, str],
    *,
    now: dt.datetime,
) -> dict[str, Any]:
    """Submit a registration to its authority.

    Raises
    ------
    ConflictError
        When it waits already, the credit code waits elsewhere or has an account, or the user name is taken.
    FilterError
        When the region, the authority or the position does not fit.
    UserError
        When the user name or the password cannot be taken.
    """
    users.check_username(application.username)
    hashed = None if application.password is None else users.hash_password(application.password)
    enter(connection, SYSTEM)
    values = _checked(connection, application)
    found = save_draft(connection, secret_hash, form, now=now)
    _require(found["state"], Move.SUBMIT)
    enter_applicant(connection, secret_hash)
    if hashed is None and not _has_password(connection, found["id"]):
        raise users.UserError("请设置登录密码。 Choose a password to sign in with.")
    values |= {"id": found["id"], "hash": hashed, "now": now}
    try:
        with connection.transaction():
            connection.execute(_SUBMIT.encode(), values)
    except psycopg.errors.UniqueViolation as error:
        raise ConflictError(_same_waits(error, application)) from error
    _note_state(connection, found, now)
    return read_own(connection, secret_hash) or {}


def _note_state(connection: Connection, found: Mapping[str, Any], now: dt.datetime) -> None:
    connection.execute(
        "INSERT INTO registration_change (registration_id, at, actor, field, before, after) VALUES (%s, %s, '', 'state', %s, %s)",
        [found["id"], now, found["state"], RegistrationState.PENDING.value],
    )
    audit.append(
        connection, at=now, username="", action="registration.submit", subject=f"registration/{found['id']}"
    )


_COLUMNS = (
    "company_name", "credit_code", "region_code", "division_code", "authority_code", "declared_authority_code", "address",
    "industry_class", "industry_branch", "employee_count", "contact_name", "contact_mobile", "legal_name", "legal_mobile",
    "principal_name", "principal_mobile", "safety_name", "safety_mobile", "username", "source_crs", "source_position",
)  # fmt: skip
_SUBMIT = (
    "UPDATE registration SET state = 'pending', version = version + 1, submitted_at = %(now)s, updated_at = %(now)s,"
    " company_pinyin = %(company_pinyin)s, decided_at = NULL, decided_by = NULL, reason = NULL, password_hash = COALESCE(%(hash)s, password_hash),"
    " geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), "
    + ", ".join(f"{name} = %({name})s" for name in _COLUMNS)
    + " WHERE id = %(id)s"
)


def _checked(connection: Connection, given: Application) -> dict[str, Any]:
    """Hold an application against the store; the values of its columns."""
    region = require_region(connection, given.region_code, REGION_WORDS)
    require_fine(region.level, region.name)
    division = division_of(connection, given.position.lon, given.position.lat, region.code)
    home = city(connection)
    authority = given.authority_code or (home.code if home else region.code[:4] + "00")
    require_authority(connection, authority, region.code)
    if users.is_taken(connection, given.username):
        raise ConflictError(
            f"用户名 {given.username} 已被使用，请换一个。 The user name {given.username} is taken: choose another."
        )
    standing = standing_enterprise(connection, given.credit_code)
    if standing is not None and standing["has_account"]:
        raise ConflictError(
            f"统一社会信用代码 {given.credit_code} 已有账号，请直接登录，忘记密码可用短信重置。 "
            f"The credit code {given.credit_code} has an account already: sign in, or reset the password."
        )
    values = {name: getattr(given, name) for name in _COLUMNS if hasattr(given, name)}
    return values | {
        "company_pinyin": f"{initials(given.company_name)} {full_pinyin(given.company_name)}",
        "region_code": region.code, "division_code": division, "authority_code": authority,
        "declared_authority_code": given.authority_code, "lon": given.position.lon, "lat": given.position.lat,
        "source_crs": given.position.source_crs, "source_position": given.position.source_position,
    }  # fmt: skip


def require_fine(level: str, name: str) -> None:
    """Refuse a region that is wider than a township.

    Raises
    ------
    FilterError
    """
    if level not in ("street", "community"):
        raise FilterError(
            f"所在地区“{name}”太大，请选到街道（乡镇）或社区（村）。 The region {name} is too wide: choose a street, town, community or village."
        )


def require_authority(connection: Connection, code: str, region_code: str) -> None:
    """Refuse an authority that does not supervise enterprises of a region.

    Raises
    ------
    FilterError
    """
    allowed = {one.code: one.name for one in authorities(connection, region_code)}
    if code not in allowed:
        listed = "、".join(allowed.values())
        raise FilterError(
            f"归属机构 {code[:20]} 不监管该地区，可选：{listed}。 The authority {code[:20]} does not supervise that region; choose one of {listed}."
        )


def standing_enterprise(connection: Connection, credit_code: str) -> dict[str, Any] | None:
    """Find the enterprise on the map with a credit code, and whether it has an account; the scope must see everything."""
    row = connection.execute(
        "SELECT e.name, EXISTS (SELECT 1 FROM unit u JOIN app_user a ON a.unit_id = u.id AND a.is_active WHERE u.code = e.code)"
        " AS has_account FROM enterprise e WHERE e.code = %s",
        [credit_code],
    ).fetchone()
    return dict(row) if row else None


def state_by_name(connection: Connection, company_name: str) -> str | None:
    """Tell the state of the newest registration under exactly this name; None when there is none that was submitted.

    The connection's scope must see everything: nothing but the state is told.
    """
    row = connection.execute(
        "SELECT state FROM registration WHERE company_name = %s AND state <> 'draft' ORDER BY submitted_at DESC, id DESC LIMIT 1",
        [company_name],
    ).fetchone()
    return row["state"] if row else None


def _has_password(connection: Connection, number: int) -> bool:
    row = connection.execute(
        "SELECT password_hash IS NOT NULL AS has FROM registration WHERE id = %s", [number]
    ).fetchone()
    return bool(row and row["has"])


def _require(state: str, move: Move) -> None:
    if state_after(RegistrationState(state), move) is None:
        raise ConflictError(_DECIDED)


def _same_waits(error: psycopg.errors.UniqueViolation, given: Application) -> str:
    if error.diag.constraint_name == "registration_standing_username_idx":
        return f"用户名 {given.username} 已被使用，请换一个。 The user name {given.username} is taken: choose another."
    return (
        f"统一社会信用代码 {given.credit_code} 已有一份注册在等待审核。 "
        f"A registration with the credit code {given.credit_code} waits for its review already."
    )
