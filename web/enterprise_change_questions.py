"""Read what is changed of an enterprise: only what is sent, all faults of a form at once, each beside its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from data.errors import FilterError, FormError
from geo.errors import CoordinateError, CrsError
from layers.enterprise_change import CHANGEABLE
from layers.registration import PEOPLE
from web import company_questions as ask
from web import registration_questions as registration

_Reader = Callable[[Mapping[str, Any]], Any]


def _line(name: str, *, most: int = 60) -> _Reader:
    return lambda v: ask.line(v, name, CHANGEABLE[name].words.zh, most=most)


def _mobile(name: str, *, required: bool) -> _Reader:
    return lambda v: ask.mobile(v, name, CHANGEABLE[name].words.zh, required=required) or None


_READERS: dict[str, _Reader] = {
    "name": _line("name", most=120),
    "code": lambda v: registration.credit_code(v, "code"),
    "region_code": _line("region_code", most=12),
    "address": _line("address", most=300),
    "position_text": registration.position,
    "industry": lambda v: "/".join(registration.industry(v)),
    "authority_code": _line("authority_code", most=12),
    "employee_count": registration.employees,
    "contact_name": _line("contact_name"),
    "contact_phone": lambda v: ask.phone(v, "contact_phone", CHANGEABLE["contact_phone"].words.zh),
    **{f"{role}_name": _line(f"{role}_name") for role in PEOPLE},
    **{f"{role}_mobile": _mobile(f"{role}_mobile", required=role != "legal") for role in PEOPLE},
}
#: Sent along with the values.
_BESIDE = frozenset({"version", "note", "crs"})


def wanted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read the values that are sent, by the names of `layers.enterprise_change.CHANGEABLE`.

    Raises
    ------
    FormError
        With every field at fault; also for a name that cannot be changed.
    """
    found: dict[str, Any] = {}
    faults: list[tuple[str, str]] = [
        (str(name)[:40], f"{str(name)[:40]} 不能在此修改。 {str(name)[:40]} cannot be changed here.")
        for name in sorted(set(values) - _BESIDE - set(_READERS))
    ]
    for name in (n for n in _READERS if n in values):
        try:
            found["position" if name == "position_text" else name] = _READERS[name](values)
        except (FilterError, CoordinateError, CrsError) as error:
            faults.append((name, str(error)))
    if faults:
        raise FormError(tuple(faults))
    return found
