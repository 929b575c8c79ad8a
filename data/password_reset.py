"""Reset forgotten passwords by a code sent to the account's mobile: kept hashed, ten minutes, five guesses."""

from __future__ import annotations

import datetime as dt

from data import audit, outbox, users
from data.message_codes import CODE_LIFE, MOST_GUESSES, fits, new_code, use_up
from data.scope import Connection


def ask(connection: Connection, username: str, *, now: dt.datetime) -> None:
    """Send a code to the mobile of an account; a name without account or mobile takes the same time and says the same.

    A new code ends the one before.
    """
    code, hashed = new_code()
    row = connection.execute(
        "SELECT id, mobile FROM app_user WHERE username = %s AND is_active AND mobile IS NOT NULL FOR UPDATE",
        [username],
    ).fetchone()
    if row is None:
        return
    connection.execute("DELETE FROM password_reset WHERE user_id = %s AND used_at IS NULL", [row["id"]])
    made = connection.execute(
        "INSERT INTO password_reset (user_id, code_hash, created_at, expires_at) VALUES (%s, %s, %s, %s) RETURNING id",
        [row["id"], hashed, now, now + CODE_LIFE],
    ).fetchone()
    number = made["id"] if made else 0
    outbox.put(
        connection, key=f"password-reset/{number}", recipient=row["mobile"], now=now, secret=code,
        body="【一张图】重置密码的验证码 {link}，10 分钟内有效。不是您本人操作请忽略，勿告诉他人。",
    )  # fmt: skip
    audit.append(connection, at=now, username=username, action="password_reset.ask", subject="session")


def confirm(connection: Connection, username: str, code: str, password: str, *, now: dt.datetime) -> bool:
    """Set a new password where the code fits; False when it does not, is too old, used, or was guessed at too often.

    A wrong code counts as a guess: the caller commits either way. Sessions of the account end, and a lock after wrong
    passwords with them.

    Raises
    ------
    UserError
        When the new password is too weak.
    """
    hashed = users.hash_password(password)
    row = connection.execute(
        "SELECT r.id, r.user_id, r.code_hash FROM password_reset r JOIN app_user u ON u.id = r.user_id WHERE u.username = %s"
        " AND u.is_active AND r.used_at IS NULL AND r.expires_at > %s AND r.created_at <= %s AND r.guesses < %s"
        " ORDER BY r.id DESC LIMIT 1 FOR UPDATE OF r",
        [username, now, now, MOST_GUESSES],
    ).fetchone()
    if not fits(connection, "password_reset", row, code) or row is None:
        return False
    use_up(connection, "password_reset", row["id"], now=now)
    connection.execute(
        "UPDATE app_user SET password_hash = %s, must_change_password = false, failed_sign_ins = 0, locked_until = NULL WHERE id = %s",
        [hashed, row["user_id"]],
    )
    connection.execute("DELETE FROM web_session WHERE user_id = %s", [row["user_id"]])
    audit.append(connection, at=now, username=username, action="password_reset.done", subject="session")
    return True
