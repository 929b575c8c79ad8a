"""Read what an enterprise registers with: all faults of a form at once, each beside its field, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import FilterError
from data.registration_places import GivenPosition
from data.registrations import FORM_FIELDS, Application
from data.users import UserError, check_password, check_username
from geo.errors import CoordinateError, CrsError
from layers.standards.credit_code import credit_code_fault, normal_credit_code
from layers.standards.supervised_industry import find_branch
from web import company_questions as ask

_MOST_TYPED = 500


@dataclass(frozen=True)
class ReadForm:
    """A form as it was read: the application, or the fault of each field."""

    application: Application | None
    faults: dict[str, str]


def draft(values: Mapping[str, Any]) -> dict[str, str]:
    """Read what is typed so far; nothing is judged but its length.

    Raises
    ------
    FilterError
    """
    found = {}
    for name in FORM_FIELDS:
        value = values.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, str) or len(value) > _MOST_TYPED or any(ord(c) < 32 for c in value):
            raise FilterError(
                f"{name} 应为不超过 {_MOST_TYPED} 字的一行文字。 One line of at most {_MOST_TYPED} characters was expected for {name}."
            )
        found[name] = value
    return found


def credit_code(values: Mapping[str, Any], name: str = "credit_code") -> str:
    """Read a credit code and check its check character.

    Raises
    ------
    FilterError
    """
    code = normal_credit_code(ask.line(values, name, "统一社会信用代码", most=40))
    fault = credit_code_fault(code)
    if fault is not None:
        raise FilterError(f"统一社会信用代码{fault[0]}。 The credit code: {fault[1]}.")
    return code


def industry(values: Mapping[str, Any]) -> tuple[str, str]:
    """Read an industry class with its branch, as ``industry_and_trade/machinery``.

    Raises
    ------
    FilterError
    """
    chosen = ask.line(values, "industry", "行业类别", most=60)
    of, _, branch = chosen.partition("/")
    if find_branch(of, branch) is None:
        raise FilterError(
            f"没有行业类别“{chosen}”，请从列表选择。 There is no industry {chosen!r}: choose from the list."
        )
    return of, branch


def position(values: Mapping[str, Any]) -> GivenPosition:
    """Read a position pasted or clicked, in any datum.

    Raises
    ------
    FilterError, CoordinateError, CrsError
    """
    found, _ = ask.pasted(values)
    return GivenPosition(found.lon, found.lat, found.source_crs, found.source_position)


def employees(values: Mapping[str, Any]) -> int | None:
    """Read the number of people; None where none is given.

    Raises
    ------
    FilterError
    """
    if values.get("employee_count") in (None, ""):
        return None
    return ask.whole(values, "employee_count", "从业人数", low=0, high=2_000_000)


def _username(values: Mapping[str, Any]) -> str:
    name = ask.line(values, "username", "用户名", most=40)
    check_username(name)
    return name


def _password(values: Mapping[str, Any]) -> str | None:
    given = values.get("password")
    if given in (None, ""):
        return None
    if not isinstance(given, str):
        raise FilterError("密码应为文字。 A text was expected for the password.")
    check_password(given)
    if given != values.get("password_again", given):
        raise FilterError("两次输入的密码不一致。 The two passwords differ.")
    return given


_READERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "region_code": lambda v: ask.line(v, "region_code", "所在地区", most=12),
    "authority_code": lambda v: ask.line(v, "authority_code", "归属机构", most=12, required=False) or None,
    "position": position,
    "company_name": lambda v: ask.line(v, "company_name", "企业名称", most=120),
    "credit_code": credit_code,
    "address": lambda v: ask.line(v, "address", "地址", most=300),
    "industry": industry,
    "employee_count": employees,
    "legal_name": lambda v: ask.line(v, "legal_name", "法定代表人"),
    "legal_mobile": lambda v: ask.mobile(v, "legal_mobile", "法定代表人手机", required=False) or None,
    "principal_name": lambda v: ask.line(v, "principal_name", "主要负责人"),
    "principal_mobile": lambda v: ask.mobile(v, "principal_mobile", "主要负责人手机"),
    "safety_name": lambda v: ask.line(v, "safety_name", "安全负责人"),
    "safety_mobile": lambda v: ask.mobile(v, "safety_mobile", "安全负责人手机"),
    "contact_name": lambda v: ask.line(v, "contact_name", "联系人"),
    "contact_mobile": lambda v: ask.mobile(v, "contact_mobile", "联系人手机"),
    "username": _username,
    "password": _password,
}


def application(values: Mapping[str, Any], *, needs_password: bool) -> ReadForm:
    """Read a whole form; every field is looked at, whatever is wrong with the others.

    Without `needs_password` an empty password keeps the one given before.
    """
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, read in _READERS.items():
        try:
            found[name] = read(values)
        except (FilterError, CoordinateError, CrsError, UserError) as error:
            faults["position_text" if name == "position" else name] = str(error)
    if needs_password and found.get("password", "") is None:
        faults["password"] = "请设置登录密码。 Choose a password to sign in with."  # noqa: S105 - words
    if faults:
        return ReadForm(None, faults)
    found["industry_class"], found["industry_branch"] = found.pop("industry")
    return ReadForm(Application(**found), {})
