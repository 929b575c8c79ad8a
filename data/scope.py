"""Say who sees what: the one place that sets the scope of a transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from data.errors import RefusedError

Connection = psycopg.Connection[Any]

_LEVELS = (2, 4, 6, 9, 12)


def significant_digits(code: str) -> str:
    """Drop the trailing zeros of a division code by level, not by text.

    >>> significant_digits("440300"), significant_digits("440304001000"), significant_digits("440310")
    ('4403', '440304001', '440310')
    """
    if re.fullmatch(r"\d{4}[A-Z]\d{1,2}", code):
        return code
    if not re.fullmatch(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}", code):
        raise ValueError(
            f"行政区划代码应为 6、9 或 12 位数字: {code!r} is no division code of 6, 9 or 12 digits"
        )
    parts = [code[:2], code[2:4], code[4:6], code[6:9], code[9:12]]
    while parts and (not parts[-1] or set(parts[-1]) == {"0"}):
        parts.pop()
    return "".join(parts)


def code_range(code: str) -> tuple[str, str]:
    """Give the half-open range of codes below a division: every code that starts with its significant digits.

    >>> code_range("440300")
    ('4403', '4404')
    """
    prefix = significant_digits(code)
    if not prefix:
        return "", "~"
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


@dataclass(frozen=True)
class Scope:
    """What one signed-in user may see and do.

    Attributes
    ----------
    username : str
        For the audit.
    role : str
    ranges : tuple of (str, str)
        Half-open ranges of authority codes.
    owner_id : int or None
        The user's unit.
    may_write : bool
    sees_sensitive : bool
        Phones and names of contacts are shown in full.
    language : str
    """

    username: str
    role: str
    ranges: tuple[tuple[str, str], ...]
    owner_id: int | None = None
    may_write: bool = False
    sees_sensitive: bool = False
    language: str = "zh"

    @property
    def cache_key(self) -> str | None:
        """Name what decides a cached answer; None when answers may not be shared (owner scopes)."""
        return None if self.owner_id is not None else repr((self.ranges, self.role))


def scope_for(
    codes: Iterable[str],
    *,
    username: str,
    role: str,
    owner_id: int | None = None,
    may_write: bool = False,
    sees_sensitive: bool = False,
    language: str = "zh",
) -> Scope:
    """Make the scope of a user who supervises the divisions `codes`."""
    return Scope(
        username,
        role,
        tuple(sorted({code_range(code) for code in codes})),
        owner_id,
        may_write,
        sees_sensitive,
        language,
    )


#: Commands and jobs of the operator: everything.
SYSTEM = Scope("system", "administrator", (("", "~"),), None, may_write=True, sees_sensitive=True)


def written_ranges(scope: Scope) -> str:
    """Write a scope's ranges as PostgreSQL reads a multirange of codes."""
    return "{" + ",".join(f'["{low}","{high}")' for low, high in scope.ranges) + "}"


def enter(connection: Connection, scope: Scope) -> None:
    """Set the scope for the current transaction."""
    ranges = written_ranges(scope)
    connection.execute(
        "SELECT set_config('onemap.ranges', %s, true), set_config('onemap.owner', %s, true),"
        " set_config('onemap.may_write', %s, true), set_config('onemap.applicant', '', true)",
        [ranges, "" if scope.owner_id is None else str(scope.owner_id), str(scope.may_write).lower()],
    )


@contextmanager
def everybody(connection: Connection) -> Iterator[None]:
    """Go on with everybody's scope for what the house must write itself, then come back to the transaction's own."""
    kept = connection.execute(
        "SELECT COALESCE(current_setting('onemap.ranges', true), '') AS ranges,"
        " COALESCE(current_setting('onemap.owner', true), '') AS owner,"
        " COALESCE(current_setting('onemap.may_write', true), '') AS may_write,"
        " COALESCE(current_setting('onemap.applicant', true), '') AS applicant"
    ).fetchone()
    enter(connection, SYSTEM)
    try:
        yield
    finally:
        # After an error of the database the transaction is lost, and its scope with it.
        if connection.info.transaction_status is not TransactionStatus.INERROR:
            connection.execute(
                "SELECT set_config('onemap.ranges', %(ranges)s, true), set_config('onemap.owner', %(owner)s, true),"
                " set_config('onemap.may_write', %(may_write)s, true), set_config('onemap.applicant', %(applicant)s, true)",
                kept,
            )


def enter_applicant(connection: Connection, secret_hash: bytes) -> None:
    """Set the scope of somebody without an account for the current transaction: the one registration of a secret."""
    connection.execute(
        "SELECT set_config('onemap.ranges', '{}', true), set_config('onemap.owner', '', true),"
        " set_config('onemap.may_write', 'false', true), set_config('onemap.applicant', %s, true)",
        [secret_hash.hex()],
    )


def require_write(scope: Scope) -> None:
    """Refuse a scope that may not write.

    Raises
    ------
    RefusedError
    """
    if not scope.may_write:
        raise RefusedError("您没有修改的权限。 You may not change anything here.")
