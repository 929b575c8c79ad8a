"""Read what dispatchers send: calls, steps of an order, corrections; every value checked, every error in words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from data.call_desk import CallForm
from data.errors import FilterError
from geo.coordinate_text import position_from_text
from geo.errors import CoordinateError
from web import travel_questions

PHONE = re.compile(r"[0-9+() -]{5,24}")
_TWO_FIGURES = re.compile(r"\d.*[.°度,，].*\d")
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def text(values: Mapping[str, Any], name: str, words: str, *, most: int = 200, required: bool = False) -> str:
    """Read a text of at most so many characters.

    Raises
    ------
    FilterError
        When it is missing though required, too long, no text, or has control characters.
    """
    value = values.get(name)
    if value in (None, ""):
        if required:
            raise FilterError(f"请填写{words}。 Please fill in {name}.")
        return ""
    if not isinstance(value, str) or any(ord(c) < 32 and c not in "\n\t" for c in value):
        raise FilterError(f"{words}应为文字。 A text was expected for {name}.")
    found = value.strip()
    if len(found) > most:
        raise FilterError(
            f"{words}最多 {most} 字，收到 {len(found)} 字。 {name} takes at most {most} characters, got {len(found)}."
        )
    if required and not found:
        raise FilterError(f"请填写{words}。 Please fill in {name}.")
    return found


def phone(values: Mapping[str, Any], name: str, words: str) -> str:
    """Read a telephone number; empty when there is none.

    Raises
    ------
    FilterError
        When it is none.
    """
    found = text(values, name, words, most=40)
    if found and not PHONE.fullmatch(found):
        raise FilterError(
            f"{words} {found!r} 不是电话号码，应为 5–24 位数字（可含 + - 空格和括号）。 "
            f"{found!r} is no telephone number: 5 to 24 digits were expected for {name}."
        )
    return found


def count(values: Mapping[str, Any], name: str, words: str) -> int | None:
    """Read a number of people; None when nobody said.

    Raises
    ------
    FilterError
    """
    value = values.get(name)
    if value in (None, ""):
        return None
    shown = str(value).strip()
    if isinstance(value, bool) or not shown.isascii() or not shown.isdigit() or int(shown) > 100:
        raise FilterError(
            f"{words}应为 0–100 的整数，收到 {shown[:20]!r}。 A whole number from 0 to 100 was expected for {name}."
        )
    return int(shown)


def key(values: Mapping[str, Any]) -> str | None:
    """Read the key by which a request that is sent again is known.

    Raises
    ------
    FilterError
    """
    found = text(values, "request_key", "请求标识", most=64)
    if found and not KEY.fullmatch(found):
        raise FilterError(
            "request_key 应为 8–64 位字母、数字、_ 或 -。 request_key takes 8 to 64 letters, digits, _ or -."
        )
    return found or None


def version(values: Mapping[str, Any]) -> int | None:
    """Read the version of the order that the writer has seen.

    Raises
    ------
    FilterError
    """
    value = values.get("version")
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FilterError("version 应为非负整数。 A whole number was expected for version.")
    return value


def call(values: Mapping[str, Any]) -> CallForm:
    """Read a call.

    Raises
    ------
    FilterError, CoordinateError, CrsError
        When a value cannot be read, or neither elevator, position nor address is there.
    """
    elevator_code = text(values, "elevator_code", "电梯注册代码", most=40) or None
    address = text(values, "address", "地址", most=300)
    lonlat = None
    if values.get("lon") not in (None, "") or values.get("lat") not in (None, ""):
        lonlat = travel_questions.position(values.get("lon"), values.get("lat"), values.get("crs"))
    if elevator_code is None and lonlat is None and not address:
        raise FilterError("请给出电梯、位置或地址之一。 An elevator, a position or an address is needed.")
    return CallForm(
        elevator_code=elevator_code,
        lonlat=lonlat,
        is_guess=travel_questions.flag(values.get("is_guess")),
        address=address,
        caller_phone=phone(values, "caller_phone", "来电号码"),
        caller_words=text(values, "caller_words", "来电内容", most=500),
        people_inside=count(values, "people_inside", "被困人数"),
        injured=count(values, "injured", "受伤人数") or 0,
        is_vulnerable=travel_questions.flag(values.get("is_vulnerable")),
        is_danger=travel_questions.flag(values.get("is_danger")),
    )


def pasted_position(value: str, crs: Any = None) -> tuple[float, float] | None:
    """Read a position somebody pasted; None when the text is none.

    Raises
    ------
    CoordinateError, CrsError
        When it is a position that cannot be, or in an unknown datum.
    """
    if not _TWO_FIGURES.search(value):
        return None
    try:
        found = position_from_text(value)
    except CoordinateError:
        return None
    return travel_questions.position(found.lon, found.lat, crs)


def place(values: Mapping[str, Any]) -> tuple[float, float]:
    """Read where an order is: ``lon`` and ``lat``, or a ``position`` as somebody pasted it, in ``crs``.

    Raises
    ------
    FilterError, CoordinateError, CrsError
        When there is none, or it cannot be.
    """
    pasted = text(values, "position", "坐标", most=80)
    if not pasted:
        return travel_questions.position(values.get("lon"), values.get("lat"), values.get("crs"))
    found = pasted_position(pasted, values.get("crs"))
    if found is None:
        raise FilterError(
            f"坐标 {pasted!r} 无法理解，应如 114.0579,22.5431。 The position {pasted!r} cannot be read: 114.0579,22.5431 was expected."
        )
    return found


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read what is known of the situation now; what is not named stays as it was.

    Raises
    ------
    FilterError
        When nothing is named, or a value cannot be read.
    """
    found: dict[str, Any] = {}
    for name, words in (("people_inside", "被困人数"), ("injured", "受伤人数")):
        if name in values:
            found[name] = count(values, name, words)
            if name == "injured" and found[name] is None:
                found[name] = 0
    for name in ("is_vulnerable", "is_danger"):
        if name in values:
            found[name] = travel_questions.flag(values[name])
    if not found:
        raise FilterError("没有要更新的内容。 Nothing to change was named.")
    return found


def instant(values: Mapping[str, Any], name: str, words: str) -> dt.datetime:
    """Read an instant that must be there; without an offset it is Beijing time.

    Raises
    ------
    FilterError
    """
    value = text(values, name, words, most=40, required=True)
    return travel_questions.instant(value, default=dt.datetime.min.replace(tzinfo=dt.UTC))
