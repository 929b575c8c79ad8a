"""Sign in by a code sent to the account's mobile, found by user name or by the mobile itself (F2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from data import audit, outbox, users
from data.message_codes import CODE_LIFE, MOST_GUESSES, fits, new_code, use_up
from data.scope import Connection

#: Accounts that have a mobile and sign in at all; a wall is let in by its token.
_ACCOUNTS = (
    "SELECT id, username, display_name, mobile FROM app_user WHERE is_active AND role <> 'wall' AND mobile IS NOT NULL"
    " AND (username = %(name)s OR mobile = %(name)s)"
)
_KEPT = dt.timedelta(days=1)


@dataclass(frozen=True)
class CodeAnswer:
    """What came of a code: the secret of a new session, or the accounts of that mobile of which one must be named."""

    secret: str | None = None
    choices: tuple[tuple[str, str], ...] = ()


def ask(connection: Connection, name: str, *, now: dt.datetime) -> None:
    """Send a code to the mobile of the account of that user name, or to that mobile where accounts have it.

    A name without account or mobile takes the same time and says the same. A new code ends the one before.
    """
    code, hashed = new_code()
    found = connection.execute(
        f"{_ACCOUNTS} ORDER BY (mobile = %(name)s) DESC, id LIMIT 1".encode(), {"name": name}
    ).fetchone()
    if found is None:
        return
    connection.execute(
        "DELETE FROM sign_in_code WHERE (name = %s AND used_at IS NULL) OR expires_at < %s",
        [name, now - _KEPT],
    )
    made = connection.execute(
        "INSERT INTO sign_in_code (name, mobile, code_hash, created_at, expires_at) VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [name, found["mobile"], hashed, now, now + CODE_LIFE],
    ).fetchone()
    outbox.put(
        connection, key=f"sign-in-code/{made['id'] if made else 0}", recipient=found["mobile"], now=now, secret=code,
        body="【一张图】登录验证码 {link}，10 分钟内有效。不是您本人操作请忽略，勿告诉他人。",
    )  # fmt: skip
    audit.append(connection, at=now, username=found["username"], action="sign_in_code.ask", subject="session")


def confirm(
    connection: Connection, name: str, code: str, *, username: str | None = None, now: dt.datetime
) -> CodeAnswer:
    """Open a session where the code fits; where several accounts have the mobile, `username` says which.

    Neither a secret nor choices: the code does not fit, is too old, used, or was guessed at too often, or `username` is
    none of the choices. A wrong code counts as a guess: the caller commits either way. The code is still good while the
    account is being chosen. An account that is locked after wrong passwords stays so for passwords.
    """
    row = connection.execute(
        "SELECT id, mobile, code_hash FROM sign_in_code WHERE name = %s AND used_at IS NULL AND expires_at > %s"
        " AND created_at <= %s AND guesses < %s ORDER BY id DESC LIMIT 1 FOR UPDATE",
        [name, now, now, MOST_GUESSES],
    ).fetchone()
    if not fits(connection, "sign_in_code", row, code) or row is None:
        return CodeAnswer()
    answer = enter(connection, name, row["mobile"], username=username, action="sign_in_code", now=now)
    if answer.secret is not None:
        use_up(connection, "sign_in_code", row["id"], now=now)
    return answer


def enter(
    connection: Connection, name: str, mobile: str, *, username: str | None, action: str, now: dt.datetime
) -> CodeAnswer:
    """Open a session of the account of a proven mobile that `name` (its user name or the mobile) means; choices where several do."""
    accounts = [
        account
        for account in connection.execute(f"{_ACCOUNTS} ORDER BY username".encode(), {"name": name})
        if account["mobile"] == mobile
    ]
    if username is None and len(accounts) > 1:
        return CodeAnswer(choices=tuple((a["username"], a["display_name"]) for a in accounts))
    chosen = next((a for a in accounts if username in (None, a["username"])), None)
    if chosen is None:
        return CodeAnswer()
    secret = users.open_session(connection, chosen["id"], now=now)
    audit.append(connection, at=now, username=chosen["username"], action=action, subject="session")
    return CodeAnswer(secret)
