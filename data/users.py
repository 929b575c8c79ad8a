"""Keep users, their sessions and personal access tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from data.errors import NotFoundError, RefusedError, StoreError
from data.scope import Connection, Scope, scope_for
from layers.permission_modules import Level

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SESSION_LIFE = dt.timedelta(hours=12)
MAX_FAILURES = 5
LOCK_LIFE = dt.timedelta(minutes=15)
TOKEN_SCOPES = ("read", "export", "load")

#: What each role may do; what it may see is its jurisdiction.
PERMISSIONS: dict[str, frozenset[str]] = {
    "administrator": frozenset(
        {"see_sensitive", "export", "write", "administer", "audit", "dispatch", "review"}
    ),
    "regulator": frozenset({"see_sensitive", "export", "write", "review"}),
    "dispatcher": frozenset({"see_sensitive", "export", "write", "dispatch"}),
    # Writes through the registers' routes only (web/register_access.py): the rows of its own enterprise.
    "enterprise": frozenset({"export", "declare"}),
    # Writes through its own routes only (web/company_access.py): its elevators, stations, people and reports.
    "maintenance_company": frozenset({"export", "maintain"}),
    "wall": frozenset(),
}


class UserError(StoreError, ValueError):
    """An account that cannot be made as asked."""


@dataclass(frozen=True)
class User:
    """One account."""

    id: int
    username: str
    display_name: str
    role: str
    unit_id: int | None
    jurisdiction: tuple[str, ...]
    language: str
    theme: str
    must_change_password: bool = False
    manages_unit: bool = False
    #: By module, where an administrator took something away from the role.
    levels: tuple[tuple[str, Level], ...] = ()

    def level(self, module_id: str) -> Level:
        """Say how far the role may go in a module; what its own rules refuse they refuse beside that."""
        return dict(self.levels).get(module_id, Level.WRITE)

    def may(self, permission: str) -> bool:
        """Say whether the role carries a permission, and an administrator left it the module that it is."""
        if permission == "export" and self.level("exports") is Level.NONE:
            return False
        return permission in PERMISSIONS[self.role]

    def scope(self, *, read_only: bool = False) -> Scope:
        """Give what the user may see and do."""
        return scope_for(
            self.jurisdiction,
            username=self.username,
            role=self.role,
            owner_id=self.unit_id if self.role in ("enterprise", "maintenance_company") else None,
            may_write=self.may("write") and not read_only,
            sees_sensitive=self.may("see_sensitive"),
            language=self.language,
        )


@dataclass(frozen=True)
class Session:
    """A signed-in browser: the user and the secret its forms must carry."""

    user: User
    csrf: str


@dataclass(frozen=True)
class SignInResult:
    """What came of a sign-in: the secret of a new session, or why not."""

    secret: str | None
    reason: str | None = None
    retry_after_s: int = 0


_COLUMNS = "id, username, display_name, role, unit_id, jurisdiction, language, theme, must_change_password, manages_unit"


def _user(row: dict[str, Any], levels: tuple[tuple[str, Level], ...] = ()) -> User:
    return User(
        row["id"], row["username"], row["display_name"], row["role"], row["unit_id"], tuple(row["jurisdiction"]),
        row["language"], row["theme"], row["must_change_password"], row["manages_unit"],
        levels,
    )  # fmt: skip


def _levels(connection: Connection, role: str) -> tuple[tuple[str, Level], ...]:
    rows = connection.execute("SELECT module, level FROM role_permission WHERE role = %s", [role]).fetchall()
    return tuple((row["module"], Level(row["level"])) for row in rows)


def _hash(secret: str) -> bytes:
    # Secrets are random: a plain digest is enough, and quick for every request.
    return hashlib.sha256(secret.encode()).digest()


def check_password(password: str) -> None:
    """Refuse a password that is too short or too plain.

    Raises
    ------
    UserError
    """
    kinds = sum(bool(re.search(p, password)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]"))
    if len(password) < 10 or kinds < 2 or len(password) > 200:
        raise UserError(
            "密码至少 10 位，并含两类字符（小写、大写、数字、符号）。 "
            "A password needs 10 characters of at least two kinds (lower, upper, digit, sign)."
        )


def add_user(
    connection: Connection,
    *,
    username: str,
    display_name: str,
    password: str,
    role: str,
    jurisdiction: Sequence[str],
    unit_id: int | None = None,
    now: dt.datetime,
) -> int:
    """Add an account; its id.

    Raises
    ------
    UserError
        When the name is taken or ill-formed, the role unknown, or the password too weak.
    """
    hashed = hash_password(password)
    return add_hashed_user(
        connection, username=username, display_name=display_name, password_hash=hashed, role=role, jurisdiction=jurisdiction,
        unit_id=unit_id, manages_unit=unit_id is not None and not has_account(connection, unit_id), now=now,
    )  # fmt: skip


def hash_password(password: str) -> str:
    """Hash a password that is strong enough.

    Raises
    ------
    UserError
        When it is too weak.
    """
    check_password(password)
    return _HASHER.hash(password)


def hash_secret(secret: str) -> str:
    """Hash a short secret that could be guessed, slowly on purpose."""
    return _HASHER.hash(secret[:200])


def is_secret(hashed: str, secret: str) -> bool:
    """Say whether a secret is the one that was hashed."""
    return _fits(hashed, secret[:200])


def check_username(username: str) -> None:
    """Refuse an ill-formed user name.

    Raises
    ------
    UserError
    """
    if not re.fullmatch(r"[a-z0-9_.-]{2,40}", username):
        raise UserError("用户名用 2–40 位小写字母、数字、点、横线。 A user name is 2–40 of a-z 0-9 . _ -")


def is_taken(connection: Connection, username: str) -> bool:
    """Say whether an account has that name."""
    row = connection.execute("SELECT 1 FROM app_user WHERE username = %s", [username]).fetchone()
    return row is not None


def has_account(connection: Connection, unit_id: int) -> bool:
    """Say whether a unit has an account that can sign in."""
    row = connection.execute(
        "SELECT 1 FROM app_user WHERE unit_id = %s AND is_active LIMIT 1", [unit_id]
    ).fetchone()
    return row is not None


def add_hashed_user(
    connection: Connection,
    *,
    username: str,
    display_name: str,
    password_hash: str,
    role: str,
    jurisdiction: Sequence[str],
    unit_id: int | None = None,
    mobile: str | None = None,
    must_change: bool = False,
    manages_unit: bool = False,
    now: dt.datetime,
) -> int:
    """Add an account whose password was hashed before; its id. With `must_change` it holds for the first sign-in alone.

    Raises
    ------
    UserError
        When the name is taken or ill-formed, or the role unknown.
    """
    if role not in PERMISSIONS:
        raise UserError(f"角色应为 The role must be one of: {', '.join(PERMISSIONS)}")
    check_username(username)
    try:
        row = connection.execute(
            "INSERT INTO app_user (username, display_name, password_hash, role, unit_id, jurisdiction, theme, mobile,"
            " must_change_password, manages_unit, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            [
                username, display_name, password_hash, role, unit_id, list(jurisdiction),
                "dark" if role in ("dispatcher", "wall") else "light", mobile, must_change, manages_unit, now,
            ],
        ).fetchone()  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise UserError(f"用户名 {username} 已存在。 The user name {username} is taken.") from error
    return int(row["id"]) if row else 0


def sign_in(connection: Connection, username: str, password: str, *, now: dt.datetime) -> SignInResult:
    """Check a password and open a session; repeated failures lock the account for a while."""
    row = connection.execute(
        "SELECT id, password_hash, failed_sign_ins, locked_until FROM app_user"
        " WHERE username = %s AND is_active FOR UPDATE",
        [username.strip().lower()[:80]],
    ).fetchone()
    if row is None:
        _HASHER.hash(password[:200])  # the same work, so that the time tells nothing
        return SignInResult(None, "wrong")
    if row["locked_until"] is not None and row["locked_until"] > now:
        return SignInResult(None, "locked", int((row["locked_until"] - now).total_seconds()) + 1)
    if not _fits(row["password_hash"], password[:200]):
        failures = row["failed_sign_ins"] + 1
        locked = now + LOCK_LIFE if failures >= MAX_FAILURES else None
        connection.execute(
            "UPDATE app_user SET failed_sign_ins = %s, locked_until = %s WHERE id = %s",
            [0 if locked else failures, locked, row["id"]],
        )
        return SignInResult(
            None, "locked" if locked else "wrong", int(LOCK_LIFE.total_seconds()) if locked else 0
        )
    connection.execute(
        "UPDATE app_user SET failed_sign_ins = 0, locked_until = NULL WHERE id = %s", [row["id"]]
    )
    connection.execute("DELETE FROM web_session WHERE expires_at < %s", [now])
    return SignInResult(open_session(connection, row["id"], now=now))


def open_session(
    connection: Connection, user_id: int, *, now: dt.datetime, life: dt.timedelta = SESSION_LIFE
) -> str:
    """Open a session for a user and give its secret."""
    secret = secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO web_session (token_hash, user_id, csrf, created_at, expires_at) VALUES (%s, %s, %s, %s, %s)",
        [_hash(secret), user_id, secrets.token_urlsafe(24), now, now + life],
    )
    return secret


def open_wall(connection: Connection, token: str, *, now: dt.datetime) -> tuple[str, dt.datetime] | None:
    """Open a wall's session with a token of an account of that role: its secret and its end; None when the token is none.

    The session lasts as long as the token and ends when it is revoked.
    """
    row = connection.execute(
        "SELECT a.id, a.user_id, a.expires_at FROM access_token a JOIN app_user u ON u.id = a.user_id WHERE a.token_hash = %s"
        " AND a.expires_at > %s AND a.revoked_at IS NULL AND u.is_active AND u.role = 'wall'",
        [_hash(token.strip()), now],
    ).fetchone()
    if row is None:
        return None
    secret = secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO web_session (token_hash, user_id, csrf, created_at, expires_at, access_token_id)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [_hash(secret), row["user_id"], secrets.token_urlsafe(24), now, row["expires_at"], row["id"]],
    )
    return secret, row["expires_at"]


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def session_of(connection: Connection, secret: str, *, now: dt.datetime) -> Session | None:
    """Find the session of a cookie's secret; None when there is none or it has ended."""
    row = connection.execute(
        f"SELECT {', '.join('u.' + c.strip() for c in _COLUMNS.split(','))}, s.csrf"
        " FROM web_session s JOIN app_user u ON u.id = s.user_id LEFT JOIN access_token a ON a.id = s.access_token_id"
        " WHERE s.token_hash = %(hash)s AND s.expires_at > %(now)s AND u.is_active"
        " AND (a.id IS NULL OR (a.revoked_at IS NULL AND a.expires_at > %(now)s))".encode(),
        {"hash": _hash(secret), "now": now},
    ).fetchone()
    return Session(_user(row, _levels(connection, row["role"])), row["csrf"]) if row else None


def sign_out(connection: Connection, secret: str) -> None:
    """End a session."""
    connection.execute("DELETE FROM web_session WHERE token_hash = %s", [_hash(secret)])


def change_password(connection: Connection, user_id: int, old: str, new: str) -> None:
    """Change a password and end the user's other sessions.

    Raises
    ------
    UserError
        When the new one is too weak.
    RefusedError
        When the old one is wrong.
    """
    check_password(new)
    row = connection.execute(
        "SELECT password_hash FROM app_user WHERE id = %s FOR UPDATE", [user_id]
    ).fetchone()
    if row is None or not _fits(row["password_hash"], old):
        raise RefusedError("原密码不对。 The old password is wrong.")
    if new == old:
        raise UserError("新密码要与原密码不同。 The new password must differ from the old one.")
    connection.execute(
        "UPDATE app_user SET password_hash = %s, must_change_password = false WHERE id = %s",
        [_HASHER.hash(new), user_id],
    )
    connection.execute("DELETE FROM web_session WHERE user_id = %s", [user_id])


def set_preference(
    connection: Connection, user_id: int, *, language: str | None = None, theme: str | None = None
) -> None:
    """Keep a user's language or theme.

    Raises
    ------
    UserError
        When there is no such language or theme.
    """
    if language not in (None, "zh", "en") or theme not in (None, "light", "dark"):
        raise UserError("语言为 zh 或 en，主题为 light 或 dark。 Language is zh or en, theme light or dark.")
    connection.execute(
        "UPDATE app_user SET language = COALESCE(%s, language), theme = COALESCE(%s, theme) WHERE id = %s",
        [language, theme, user_id],
    )


# -- personal access tokens -------------------------------------------------------------------------


def add_token(
    connection: Connection,
    user_id: int,
    *,
    name: str,
    scopes: Sequence[str],
    life_days: int,
    now: dt.datetime,
) -> tuple[int, str]:
    """Make a token: its id and its secret, which is shown this once.

    Raises
    ------
    UserError
        When the name is empty, a scope unknown, or the life not 1–366 days.
    """
    if not 1 <= len(name.strip()) <= 80:
        raise UserError("请给令牌起名（最多 80 字）。 Give the token a name (80 characters at most).")
    if not scopes or not set(scopes) <= set(TOKEN_SCOPES):
        raise UserError(f"权限范围应为 Scopes are: {', '.join(TOKEN_SCOPES)}")
    if not 1 <= life_days <= 366:
        raise UserError("有效期应为 1–366 天。 A token lives 1–366 days.")
    secret = "omt_" + secrets.token_urlsafe(32)
    row = connection.execute(
        "INSERT INTO access_token (user_id, name, token_hash, scopes, created_at, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        [user_id, name.strip(), _hash(secret), sorted(set(scopes)), now, now + dt.timedelta(days=life_days)],
    ).fetchone()
    return (int(row["id"]) if row else 0), secret


def tokens_of(connection: Connection, user_id: int) -> list[dict[str, Any]]:
    """List a user's tokens, the newest first; secrets are not kept."""
    return list(
        connection.execute(
            "SELECT id, name, scopes, created_at, expires_at, revoked_at, last_used_at FROM access_token"
            " WHERE user_id = %s ORDER BY id DESC",
            [user_id],
        )
    )


def revoke_token(connection: Connection, user_id: int, token_id: int, *, now: dt.datetime) -> None:
    """Revoke a token of this user.

    Raises
    ------
    NotFoundError
        When the user has no such token.
    """
    row = connection.execute(
        "UPDATE access_token SET revoked_at = COALESCE(revoked_at, %s) WHERE id = %s AND user_id = %s RETURNING id",
        [now, token_id, user_id],
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这个令牌。 You have no such token.")


def user_of_token(
    connection: Connection, secret: str, *, now: dt.datetime
) -> tuple[User, tuple[str, ...]] | None:
    """Find the user and scopes of a token; None when it is unknown, expired or revoked."""
    row = connection.execute(
        f"SELECT {', '.join('u.' + c.strip() for c in _COLUMNS.split(','))}, a.scopes, a.id AS token_id, a.last_used_at"
        " FROM access_token a JOIN app_user u ON u.id = a.user_id"
        " WHERE a.token_hash = %s AND a.expires_at > %s AND a.revoked_at IS NULL AND u.is_active".encode(),
        [_hash(secret), now],
    ).fetchone()
    if row is None:
        return None
    if row["last_used_at"] is None or now - row["last_used_at"] > dt.timedelta(minutes=1):
        connection.execute("UPDATE access_token SET last_used_at = %s WHERE id = %s", [now, row["token_id"]])
    return _user(row, _levels(connection, row["role"])), tuple(row["scopes"])


def find_user(connection: Connection, username: str) -> User:
    """Find an account by its name.

    Raises
    ------
    NotFoundError
    """
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM app_user WHERE username = %s".encode(), [username]
    ).fetchone()
    if row is None:
        raise NotFoundError(f"没有用户 There is no user {username!r}")
    return _user(row, _levels(connection, row["role"]))


def set_active(connection: Connection, user_id: int, *, is_active: bool) -> None:
    """Switch an account on or off; off ends its sessions at once.

    Raises
    ------
    NotFoundError
    """
    row = connection.execute(
        "UPDATE app_user SET is_active = %s, failed_sign_ins = 0, locked_until = NULL WHERE id = %s RETURNING id",
        [is_active, user_id],
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这个账号。 There is no such account.")
    if not is_active:
        connection.execute("DELETE FROM web_session WHERE user_id = %s", [user_id])
