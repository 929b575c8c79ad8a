"""Read single cells: many spellings in, one value or one clear complaint out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from data.loading.problems import CellError, ProblemCode
from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4
from layers.declaration import Choice, Field, FieldType
from layers.display import LOCAL_ZONE

Parser = Callable[[Any], Any]

_EMPTY = frozenset({"", "-", "--", "—", "——", "/", "\\", "null", "none", "n/a", "nan", "<null>"})
_EMPTY_FIGURE = _EMPTY | {"无", "没有", "未知", "不详", "暂无"}
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|####*)", re.IGNORECASE)
_EXPONENT = re.compile(r"\d(?:\.\d+)?e\+\d{2,}", re.IGNORECASE)
#: Figures of 16 digits and more lose their end in a spreadsheet's numbers.
_EXACT_LIMIT = 1e15
_YES = frozenset(["是", "有", "真", "对", "y", "yes", "true", "t", "1", "√", "✓", "已", "在岗", "on"])
_NO = frozenset(
    ["否", "无", "假", "错", "n", "no", "false", "f", "0", "×", "✗", "x", "未", "不在岗", "离岗", "off"]
)
_PHONE = re.compile(r"[0-9+() -]{5,24}")
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[\sT]*(上午|下午|am|pm)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})?"
    r"\s*(?:[:分]\s*(\d{1,2}(?:\.\d+)?)?)?\s*秒?\s*(am|pm)?\s*(z|[+-]\d{2}:?\d{0,2})?)?",
    re.IGNORECASE,
)
_PACKED_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates have no zone
_GRADE_WORDS = {
    GRADE_1: ("红", "红色"),
    GRADE_2: ("橙", "橙色"),
    GRADE_3: ("黄", "黄色"),
    GRADE_4: ("蓝", "蓝色"),
}
_NUMERALS = {"1": ("一", "i"), "2": ("二", "ii"), "3": ("三", "iii"), "4": ("四", "iv")}


def parser_of(f: Field) -> Parser:
    """Give the function that reads cells of a field: None for empty, CellError for what cannot be."""
    kinds: dict[FieldType, Callable[[Field], Parser]] = {
        FieldType.TEXT: _text_parser,
        FieldType.PHONE: _phone_parser,
        FieldType.CHOICE: _choice_parser,
        FieldType.INTEGER: _figure_parser,
        FieldType.NUMBER: _figure_parser,
        FieldType.BOOLEAN: lambda _: _boolean,
        FieldType.DATE: lambda _: _date,
        FieldType.INSTANT: lambda _: _instant,
        FieldType.CODE_LIST: lambda _: _code_list,
    }
    return kinds[f.type](f)


def fold(text: str) -> str:
    """Fold full-width forms, case and spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def _clean(value: Any) -> Any:
    """Strip a text; an Excel error is a complaint."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("#") and _ERRORS.fullmatch(text):
            raise CellError(
                ProblemCode.SPREADSHEET_ERROR,
                "表格公式的错误值，请改为实际内容。 An error value of a formula: put in what it should be.",
            )
        return text
    return value


def _text_parser(f: Field) -> Parser:
    pattern = re.compile(f.pattern) if f.pattern else None
    is_code = f.unique or (f.references or f.code_list) is not None or f.pattern is not None or f.is_division
    right = f.pattern_words

    def parse(value: Any) -> str | None:
        if value is None:
            return None
        value = _clean(value)
        if isinstance(value, float | int) and not isinstance(value, bool):
            text = _figure_text(value)
        elif isinstance(value, dt.datetime | dt.date):
            text = str(value)
        else:
            text = str(value)
        if text.lower() in _EMPTY:
            return None
        if is_code:
            text = unicodedata.normalize("NFKC", text).strip()
            if _EXPONENT.fullmatch(text):
                raise _long_number()
        if len(text) > f.max_length:
            raise CellError(
                ProblemCode.TOO_LONG,
                f"{len(text)} 个字符，最多 {f.max_length}。 {len(text)} characters, at most {f.max_length}.",
            )
        if pattern is not None and not pattern.fullmatch(text):
            if pattern.fullmatch(text.upper()):
                return text.upper()
            zh, en = (right.zh, right.en) if right else (f.pattern, f.pattern)
            raise CellError(ProblemCode.PATTERN, f"应为{zh}。 It should be {en}.")
        if f.is_sensitive and "*" in text:
            raise _masked()
        return text

    return parse


def _figure_text(value: float) -> str:
    if abs(value) >= _EXACT_LIMIT and isinstance(value, float):
        raise _long_number()
    return str(int(value)) if float(value).is_integer() else repr(value)


def _long_number() -> CellError:
    return CellError(
        ProblemCode.LONG_NUMBER,
        "长编码被表格存成了数字，末尾的位数已丢失。请把该列设为“文本”格式后重新填写。 A long code was stored as a number and "
        "has lost its last digits: format the column as text and enter it again.",
    )


def _masked() -> CellError:
    return CellError(
        ProblemCode.MASKED,
        "这是打了星号的脱敏内容，不能装载。请用有权限导出的完整文件。 This is masked: load a file exported in full.",
    )


def _phone_parser(f: Field) -> Parser:  # noqa: ARG001 - the same for every phone
    def parse(value: Any) -> str | None:
        if value is None:
            return None
        value = _clean(value)
        text = _figure_text(value) if isinstance(value, float | int) else str(value)
        text = re.sub(r"[–—－]", "-", unicodedata.normalize("NFKC", text)).strip()
        if text.lower() in _EMPTY_FIGURE:
            return None
        if "*" in text:
            raise _masked()
        if not _PHONE.fullmatch(text) or sum(c.isdigit() for c in text) < 5:
            raise CellError(
                ProblemCode.PHONE,
                "应为一个电话号码，如 13800000000 或 0755-12345678。 It should be one phone number.",
            )
        return text

    return parse


def _choice_words(choice: Choice) -> set[str]:
    words = {choice.value, choice.words.zh, choice.words.en}
    bare = unicodedata.normalize("NFKC", choice.words.zh)
    words.add(re.sub(r"\(.*?\)", "", bare))
    words.update(bare.split())
    words.update(_GRADE_WORDS.get(choice.color or "", ()))
    for numeral in (*_NUMERALS.get(choice.value, ()), choice.value):
        if choice.value in _NUMERALS or re.fullmatch("[A-D]", choice.value):
            words |= {f"{numeral}级", numeral}
    return {fold(w) for w in words}


def _choice_parser(f: Field) -> Parser:
    table: dict[str, str] = {}
    doubtful: set[str] = set()
    for choice in f.choices:
        for word in _choice_words(choice):
            if table.setdefault(word, choice.value) != choice.value:
                doubtful.add(word)
    exact = {fold(w): c.value for c in f.choices for w in (c.value, c.words.zh, c.words.en)}
    table = {k: v for k, v in table.items() if k not in doubtful} | exact
    allowed = "、".join(f"{c.words.zh}（{c.value}）" for c in f.choices)

    def parse(value: Any) -> str | None:
        if value is None:
            return None
        value = _clean(value)
        text = fold(_figure_text(value) if isinstance(value, float | int) else str(value))
        found = table.get(text)
        if found is None:
            if text in _EMPTY:
                return None
            raise CellError(ProblemCode.CHOICE, f"应为下列之一 should be one of：{allowed}")
        return found

    return parse


def _figure_parser(f: Field) -> Parser:
    is_whole = f.type is FieldType.INTEGER
    low = f.minimum if f.minimum is not None else (-(2.0**31) if is_whole else float("-inf"))
    high = f.maximum if f.maximum is not None else (2.0**31 - 1 if is_whole else float("inf"))
    code = ProblemCode.INTEGER if is_whole else ProblemCode.NUMBER
    unit = fold(f.unit or "")

    def parse(value: Any) -> int | float | None:
        if value is None:
            return None
        if isinstance(value, str):
            text = fold(_clean(value)).replace(",", "")
            if unit and text.endswith(unit):
                text = text.removesuffix(unit)
            if text in _EMPTY_FIGURE:
                return None
            try:
                number = float(text)
            except ValueError:
                raise _no_figure(code, is_whole=is_whole) from None
        elif isinstance(value, float | int) and not isinstance(value, bool):
            number = float(value)
        else:
            raise _no_figure(code, is_whole=is_whole)
        if number != number or (is_whole and not number.is_integer()):  # noqa: PLR0124 - NaN
            raise _no_figure(code, is_whole=is_whole)
        if not low <= number <= high:
            raise CellError(
                ProblemCode.BOUNDS,
                f"应在 {low:,.15g} 与 {high:,.15g} 之间。 It should lie between {low:,.15g} and {high:,.15g}.",
            )
        return int(number) if is_whole else number

    return parse


def _no_figure(code: ProblemCode, *, is_whole: bool) -> CellError:
    if is_whole:
        return CellError(code, "应为整数，如 120。 It should be a whole number such as 120.")
    return CellError(code, "应为数字，如 12.5。 It should be a number such as 12.5.")


def _boolean(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = fold(str(int(value)) if isinstance(value, float) and value.is_integer() else str(_clean(value)))
    if text in _YES:
        return True
    if text in _NO:
        return False
    if text in _EMPTY:
        return None
    raise CellError(ProblemCode.BOOLEAN, "应为 是 或 否。 It should be yes or no.")


def _code_list(value: Any) -> list[str] | None:
    if value is None:
        return None
    value = _clean(value)
    text = (
        _figure_text(value) if isinstance(value, float | int) else unicodedata.normalize("NFKC", str(value))
    )
    codes = [part for part in re.split(r"[,、;\s]+", text.strip("[]{}")) if part]
    return [c.strip("\"'") for c in codes] or None


def _moment(value: Any, code: ProblemCode, example: str) -> dt.datetime | None:
    """Read a date and time as it stands on a clock; one with an offset stays aware."""
    if value is None or isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - zone is added by the caller
    if isinstance(value, float | int) and not isinstance(value, bool):
        if 1 <= value < 110_000:
            return _EPOCH + dt.timedelta(seconds=round(value * 86_400))
        value = _figure_text(value)
    text = unicodedata.normalize("NFKC", str(_clean(value))).strip()
    if text.lower() in _EMPTY_FIGURE:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _EPOCH + dt.timedelta(seconds=round(float(text) * 86_400))
    found = _read_moment(text)
    if found is None:
        raise CellError(code, f"应为日期，如 {example}。 It should be a date such as {example}.")
    return found


def _read_moment(text: str) -> dt.datetime | None:
    match = _DAY.fullmatch(text)
    if match is None:
        packed = _PACKED_DAY.fullmatch(text)
        if packed is None:
            return None
        parts = [int(p) if p else 0 for p in packed.groups()]
        try:
            return dt.datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])  # noqa: DTZ001
        except ValueError:
            return None
    year, month, day, before, hour, minute, second, after, zone = match.groups()
    half = (before or after or "").lower()
    hours = int(hour or 0)
    if half in ("下午", "pm") and hours < 12:
        hours += 12
    elif half in ("上午", "am") and hours == 12:
        hours = 0
    try:
        found = dt.datetime(int(year), int(month), int(day), hours, int(minute or 0))  # noqa: DTZ001
        found += dt.timedelta(seconds=float(second or 0))
        if not 0 <= float(second or 0) < 60:
            return None
    except ValueError:
        return None
    if zone:
        digits = zone.replace(":", "")
        hours_off = 0 if zone.lower() == "z" else int(digits[:3])
        minutes_off = int(digits[3:5] or 0) if zone.lower() != "z" else 0
        offset = dt.timedelta(hours=hours_off, minutes=minutes_off if hours_off >= 0 else -minutes_off)
        return found.replace(tzinfo=dt.timezone(offset))
    return found


def _date(value: Any) -> dt.date | None:
    found = _moment(value, ProblemCode.DATE, "2026-11-22")
    if found is None:
        return None
    return _sensible(found, ProblemCode.DATE).date()


def _instant(value: Any) -> dt.datetime | None:
    found = _moment(value, ProblemCode.INSTANT, "2026-11-22 08:30")
    if found is None:
        return None
    _sensible(found, ProblemCode.INSTANT)
    return (found if found.tzinfo else found.replace(tzinfo=LOCAL_ZONE)).astimezone(dt.UTC)


def _sensible(found: dt.datetime, code: ProblemCode) -> dt.datetime:
    if not 1900 <= found.year <= 2200:
        raise CellError(code, "年份应在 1900 与 2200 之间。 The year should lie between 1900 and 2200.")
    return found
