"""Read what is said of an account, and who may say it: people at a page, never a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g

from data.accounts import AccountForm
from data.errors import FilterError, FormError, RefusedError
from data.users import User
from web import company_questions as ask
from web import identity

_MOST_CODES = 50


def person() -> User:
    """Give the signed-in user; a token makes no accounts.

    Raises
    ------
    NotSignedInError, RefusedError
    """
    user = identity.require_user()
    if g.token_scopes is not None:
        raise RefusedError(
            "令牌不能管理账号，请在网页登录后操作。 A token cannot administer accounts: sign in on the page."
        )
    return user


def administrator() -> User:
    """Give the user, who must be an administrator at a page.

    Raises
    ------
    NotSignedInError, RefusedError
    """
    identity.require_administrator()
    return person()


def form(values: Mapping[str, Any]) -> AccountForm:
    """Read an account as an administrator describes it.

    Raises
    ------
    FormError
        With every field at fault.
    """
    found: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    readers: dict[str, Callable[[], Any]] = {
        "display_name": lambda: ask.line(values, "display_name", "姓名或单位", most=80),
        "role": lambda: ask.line(values, "role", "角色", most=40),
        "jurisdiction": lambda: _codes(values),
        "unit_code": lambda: ask.line(values, "unit_code", "单位", most=40, required=False) or None,
        "mobile": lambda: mobile(values),
        "manages_unit": lambda: values.get("manages_unit") is True,
    }
    for name, read in readers.items():
        try:
            found[name] = read()
        except FilterError as error:
            faults.append((name, str(error)))
    if faults:
        raise FormError(tuple(faults))
    return AccountForm(**found)


def mobile(values: Mapping[str, Any]) -> str | None:
    """Read the mobile that gets the codes for a forgotten password; None where none is given.

    Raises
    ------
    FilterError
    """
    return ask.mobile(values, "mobile", "手机", required=False) or None


def password(values: Mapping[str, Any]) -> str:
    """Read a password as it is, neither trimmed nor judged.

    Raises
    ------
    FormError
        When it is no text.
    """
    given = values.get("password")
    if not isinstance(given, str):
        raise FormError((("password", "请填写初始密码。 Please give a first password."),))
    return given


def username(values: Mapping[str, Any]) -> str:
    """Read a user name; its form is the store's to judge.

    Raises
    ------
    FormError
    """
    given = values.get("username")
    if not isinstance(given, str):
        raise FormError((("username", "请填写用户名。 Please give a user name."),))
    return given.strip().lower()[:80]


def active(values: Mapping[str, Any]) -> bool:
    """Read whether an account is switched on.

    Raises
    ------
    FilterError
    """
    given = values.get("is_active")
    if not isinstance(given, bool):
        raise FilterError("is_active 应为 true 或 false。 Either true or false was expected for is_active.")
    return given


def _codes(values: Mapping[str, Any]) -> tuple[str, ...]:
    given = values.get("jurisdiction") or []
    if not isinstance(given, list) or not all(isinstance(c, str) and len(c) <= 12 for c in given):
        raise FilterError("辖区应为区划代码的列表。 A list of division codes was expected for jurisdiction.")
    if len(given) > _MOST_CODES:
        raise FilterError(f"辖区最多 {_MOST_CODES} 个。 At most {_MOST_CODES} divisions.")
    return tuple(given)
