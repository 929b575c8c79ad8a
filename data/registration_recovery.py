"""Let an applicant go on in another browser: a code to the mobile of the registration, as for forgotten passwords (L1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import audit, outbox
from data.message_codes import CODE_LIFE, MOST_GUESSES, fits, new_code, use_up
from data.registrations import DRAFT_LIFE, digest, new_secret, read_own
from data.scope import Connection


def ask(connection: Connection, mobile: str, *, now: dt.datetime) -> None:
    """Send a code to a mobile that is the contact's of a registration that is not approved: the one worked on last.

    A mobile without one takes the same time and says the same. A new code ends the one before. The connection's scope must
    see everything.
    """
    code, hashed = new_code()
    row = connection.execute(
        "SELECT id FROM registration WHERE (state = 'draft' AND updated_at > %(since)s"
        " AND regexp_replace(form->>'contact_mobile', '[\\s-]', '', 'g') = %(mobile)s)"
        " OR (state IN ('pending', 'returned') AND contact_mobile = %(mobile)s) ORDER BY updated_at DESC, id DESC LIMIT 1 FOR UPDATE",
        {"since": now - DRAFT_LIFE, "mobile": mobile},
    ).fetchone()
    if row is None:
        return
    connection.execute("DELETE FROM registration_recovery WHERE mobile = %s AND used_at IS NULL", [mobile])
    made = connection.execute(
        "INSERT INTO registration_recovery (registration_id, mobile, code_hash, created_at, expires_at) VALUES (%s, %s, %s, %s, %s)"
        " RETURNING id",
        [row["id"], mobile, hashed, now, now + CODE_LIFE],
    ).fetchone()
    outbox.put(
        connection, key=f"registration-recovery/{made['id'] if made else 0}", recipient=mobile, now=now, secret=code,
        body="【一张图】继续填写企业注册的验证码 {link}，10 分钟内有效。不是您本人操作请忽略，勿告诉他人。",
    )  # fmt: skip
    audit.append(
        connection,
        at=now,
        username="",
        action="registration.recover_ask",
        subject=f"registration/{row['id']}",
    )


def confirm(
    connection: Connection, mobile: str, code: str, *, now: dt.datetime
) -> tuple[str, dict[str, Any]] | None:
    """Hand a registration to a new secret where the code fits: the secret and the row; the browser that had it has it no more.

    None when the code does not fit, is too old, used, or was guessed at too often. A wrong code counts as a guess: the
    caller commits either way.
    """
    row = connection.execute(
        "SELECT c.id, c.registration_id, c.code_hash FROM registration_recovery c JOIN registration r ON r.id = c.registration_id"
        " WHERE c.mobile = %s AND r.state <> 'approved' AND c.used_at IS NULL AND c.expires_at > %s AND c.created_at <= %s"
        " AND c.guesses < %s ORDER BY c.id DESC LIMIT 1 FOR UPDATE OF c",
        [mobile, now, now, MOST_GUESSES],
    ).fetchone()
    if not fits(connection, "registration_recovery", row, code) or row is None:
        return None
    use_up(connection, "registration_recovery", row["id"], now=now)
    secret, key = new_secret()
    connection.execute(
        "UPDATE registration SET secret_hash = %s WHERE id = %s", [key, row["registration_id"]]
    )
    audit.append(
        connection, at=now, username="", action="registration.recover_done", subject=f"registration/{row['registration_id']}"
    )  # fmt: skip
    return secret, read_own(connection, digest(secret)) or {}
