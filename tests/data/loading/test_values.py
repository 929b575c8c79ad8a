"""Single cells: many spellings in, one value or one clear complaint out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from data.loading.problems import CellError, ProblemCode
from data.loading.values import parser_of
from layers.declaration import Choice, Field, FieldType, Words
from layers.registry import layer_by_id

WORDS = Words("某", "some")


def read(kind: FieldType, value: Any, **options: Any) -> Any:
    return parser_of(Field("some", kind, WORDS, **options))(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-02", "2026/11/2", "2026.11.2", "2026年11月2日", "20261102", "２０２６－１１－０２", dt.date(2026, 11, 2),
        dt.datetime.fromisoformat("2026-11-02T00:00"), 46328, 46328.0, "46328", "2026-11-02 00:00:00",
    ],
)  # fmt: skip
def test_dates_in_many_spellings(value: Any) -> None:
    assert read(FieldType.DATE, value) == dt.date(2026, 11, 2)


@pytest.mark.parametrize("value", ["2026-13-01", "2026-02-30", "昨天", "2026-11", "0202-01-01", "11/02/2026"])
def test_what_is_no_date(value: str) -> None:
    with pytest.raises(CellError) as caught:
        read(FieldType.DATE, value)
    assert caught.value.code is ProblemCode.DATE


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-02 08:30", "2026/11/2 8:30:00", "2026年11月2日8时30分", "2026-11-02T08:30:00+08:00", "2026-11-02T00:30:00Z",
        "2026年11月2日 上午8:30", dt.datetime.fromisoformat("2026-11-02T08:30"), "20261102083000",
    ],
)  # fmt: skip
def test_instants_are_beijing_time_unless_they_say(value: Any) -> None:
    assert read(FieldType.INSTANT, value) == dt.datetime(2026, 11, 2, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1,234", 1234), ("120人", 120), ("１２", 12), (12.0, 12), (" 7 ", 7), ("无", None), ("-", None)],
)
def test_whole_numbers(value: Any, expected: int | None) -> None:
    assert read(FieldType.INTEGER, value, unit="人", minimum=0, maximum=2000) == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12.5", ProblemCode.INTEGER), ("很多", ProblemCode.INTEGER), (-1, ProblemCode.BOUNDS), (2001, ProblemCode.BOUNDS),
        (True, ProblemCode.INTEGER), ("nan", None), ("1e99", ProblemCode.BOUNDS),
    ],
)  # fmt: skip
def test_bounds_are_inclusive(value: Any, code: ProblemCode | None) -> None:
    assert read(FieldType.INTEGER, 2000, minimum=0, maximum=2000) == 2000
    if code is None:
        assert read(FieldType.INTEGER, value, minimum=0, maximum=2000) is None
        return
    with pytest.raises(CellError) as caught:
        read(FieldType.INTEGER, value, minimum=0, maximum=2000)
    assert caught.value.code is code


@pytest.mark.parametrize("value", ["housing", "住宅", "Housing", " 住 宅 ", "HOUSING"])
def test_choices_by_value_and_word(value: str) -> None:
    parse = parser_of(layer_by_id("elevator").field("place_type"))
    assert parse(value) == "housing"
    with pytest.raises(CellError, match="住宅（housing）"):
        parse("别墅")


@pytest.mark.parametrize("value", ["1", 1.0, "一级", "I级", "1 级 重大风险", "红色", "重大风险"])
def test_grades_in_their_spellings(value: Any) -> None:
    assert parser_of(layer_by_id("risk_point").field("level"))(value) == "1"


def test_a_word_that_two_choices_share_is_refused() -> None:
    f = Field(
        "some", FieldType.CHOICE, WORDS,
        choices=(Choice("a", Words("甲 共用", "A")), Choice("b", Words("乙 共用", "B"))),
    )  # fmt: skip
    assert parser_of(f)("甲") == "a"
    with pytest.raises(CellError):
        parser_of(f)("共用")


@pytest.mark.parametrize("value", ["1.23E+17", "3.1004403002012E+19", 3.1004403002012346e19])
def test_codes_that_lost_their_digits_are_named(value: Any) -> None:
    with pytest.raises(CellError) as caught:
        parser_of(layer_by_id("elevator").field("code"))(value)
    assert caught.value.code is ProblemCode.LONG_NUMBER
    assert "文本" in caught.value.message


def test_codes_typed_as_numbers_and_lost_zeros() -> None:
    rescue_code = parser_of(layer_by_id("elevator").field("rescue_code"))
    assert rescue_code(123456.0) == "123456"
    assert rescue_code("００１２３４") == "001234"
    with pytest.raises(CellError, match="6 位数字"):
        rescue_code(1234.0)


@pytest.mark.parametrize("value", ["#N/A", "#REF!", "#DIV/0!"])
def test_spreadsheet_errors(value: str) -> None:
    with pytest.raises(CellError) as caught:
        read(FieldType.TEXT, value)
    assert caught.value.code is ProblemCode.SPREADSHEET_ERROR


@pytest.mark.parametrize(
    ("value", "expected"),
    [("13800000000", "13800000000"), (13800000000.0, "13800000000"), ("0755－8888 6666", "0755-8888 6666")],
)
def test_phones(value: Any, expected: str) -> None:
    assert read(FieldType.PHONE, value) == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("138****0000", ProblemCode.MASKED),
        ("1234", ProblemCode.PHONE),
        ("13800000000、13900000000", ProblemCode.PHONE),
    ],
)
def test_phones_that_cannot_be(value: str, code: ProblemCode) -> None:
    with pytest.raises(CellError) as caught:
        read(FieldType.PHONE, value)
    assert caught.value.code is code


def test_booleans_and_code_lists() -> None:
    assert [read(FieldType.BOOLEAN, v) for v in ("是", "√", 1.0, "No", "否", None)] == [
        True,
        True,
        True,
        False,
        False,
        None,
    ]
    with pytest.raises(CellError):
        read(FieldType.BOOLEAN, "也许")
    assert read(FieldType.CODE_LIST, "440304、440303；440305, 440306") == [
        "440304",
        "440303",
        "440305",
        "440306",
    ]


def test_too_long() -> None:
    assert read(FieldType.TEXT, "x" * 5, max_length=5) == "xxxxx"
    with pytest.raises(CellError) as caught:
        read(FieldType.TEXT, "x" * 6, max_length=5)
    assert caught.value.code is ProblemCode.TOO_LONG
