"""Let a maintenance company's user through its own routes: the gate, and the right to write its own rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from data import audit, maintenance
from data.errors import RefusedError
from data.scope import Connection, Scope
from layers.display import LOCAL_ZONE
from web import identity


@dataclass(frozen=True)
class CompanyRequest:
    """One request of a company's user, within its transaction."""

    connection: Connection
    unit_id: int
    scope: Scope
    username: str
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """Give the day in Beijing."""
        return self.now.astimezone(LOCAL_ZONE).date()

    def note(self, action: str, subject: str, **detail: Any) -> None:
        """Append an audit line."""
        audit.append(
            self.connection, at=self.now, username=self.username, action=action, subject=subject, detail=detail
        )  # fmt: skip


def company_scope() -> Scope:
    """Give the scope of a company's user: its own rows, to write too unless a token only reads.

    Raises
    ------
    RefusedError
        When the user is of no maintenance company.
    """
    user = identity.require_user()
    if not user.may("maintain"):
        raise RefusedError("只有维保单位可以使用这些功能。 Only maintenance companies may use these screens.")
    return replace(user.scope(), may_write=not identity.only_reads(), sees_sensitive=True)


def require_company() -> None:
    """Before each request: refuse everybody who is of no maintenance company, whatever was sent.

    Raises
    ------
    RefusedError
    """
    company_scope()


@contextmanager
def company_request(*, is_gated: bool = True) -> Iterator[CompanyRequest]:
    """Open the request's transaction for a company's user; nothing opens before the rescue information is complete.

    Raises
    ------
    RefusedError
        When the user is of no maintenance company, or its rescue information is incomplete.
    """
    scope = company_scope()
    unit_id = maintenance.unit_of(scope)
    with identity.store().transaction(scope) as connection:
        if is_gated:
            maintenance.require_complete(connection, unit_id)
        yield CompanyRequest(connection, unit_id, scope, scope.username, identity.settings().clock.now())
