"""Show values as people read them: words for choices, local time, masked phones."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from layers.declaration import Field, FieldType

#: Clocks in China show Beijing time.
LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


def mask(value: str) -> str:
    """Hide the middle of a sensitive text.

    Parameters
    ----------
    value : str

    Returns
    -------
    str
        The first three and last two characters of a number, the first character of a name.

    Examples
    --------
    >>> mask("13812345678"), mask("张三丰")
    ('138******78', '张**')
    """
    if len(value) >= 7:
        return value[:3] + "*" * (len(value) - 5) + value[-2:]
    return value[:1] + "*" * max(1, len(value) - 1)


def display(f: Field, value: Any, *, language: str = "zh", sees_sensitive: bool = False) -> str:
    """Give a value as text for a person.

    Parameters
    ----------
    f : Field
    value : object
        As the store gives it; None is an empty text.
    language : str
        ``zh`` or ``en``.
    sees_sensitive : bool
        Sensitive values in full.

    Returns
    -------
    str

    Examples
    --------
    >>> from layers.registry import layer_by_id
    >>> display(layer_by_id("elevator").field("place_type"), "housing", language="en")
    'Housing'
    """
    if value is None:
        return ""
    if f.is_sensitive and not sees_sensitive:
        return mask(str(value))
    if f.type is FieldType.CHOICE:
        choice = f.choice(str(value))
        return choice.words.in_language(language) if choice else str(value)
    if f.type is FieldType.BOOLEAN:
        return {("zh", True): "是", ("zh", False): "否", ("en", True): "Yes", ("en", False): "No"}[
            ("en" if language == "en" else "zh", bool(value))
        ]
    if f.type is FieldType.INSTANT and isinstance(value, dt.datetime):
        return value.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")
    if f.type is FieldType.DATE and isinstance(value, dt.date):
        return value.isoformat()
    if f.type is FieldType.CODE_LIST:
        return "、".join(str(v) for v in value) if language == "zh" else ", ".join(str(v) for v in value)
    if f.type is FieldType.INTEGER:
        return f"{int(value):,}" if f.unit else str(int(value))
    if f.type is FieldType.NUMBER:
        return f"{float(value):,.6g}"
    return str(value)


def plain(f: Field, value: Any, *, sees_sensitive: bool = False) -> Any:
    """Give a value for machines: JSON types, ISO times in UTC, sensitive texts masked.

    Parameters
    ----------
    f : Field
    value : object
    sees_sensitive : bool

    Returns
    -------
    object
        None, bool, int, float, str or list of str.

    Examples
    --------
    >>> import datetime as dt
    >>> from layers.declaration import Words
    >>> plain(Field("due_at", FieldType.INSTANT, Words("期限", "Due")), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    '2026-01-01T00:00:00Z'
    """
    if value is None:
        return None
    if f.is_sensitive and not sees_sensitive:
        return mask(str(value))
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
