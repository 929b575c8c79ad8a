"""Two-language messages: each reader gets one half, whatever the English one begins with."""

from __future__ import annotations

from typing import Any

import pytest
from flask import g

from data.errors import FormError
from web.problems import in_language

FORM = str(FormError((("a", "请填写名称。 Fill in the name."), ("b", "应为数字。 A number was expected."))))


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("必填：名称。 Required: name.", "必填：名称。", "Required: name."),
        (FORM, "有 2 处需要更正：请填写名称；应为数字。", "2 to correct: Fill in the name; A number was expected."),
        ("在区划外 1,002 米。 1,002 m outside every division.", "在区划外 1,002 米。", "1,002 m outside every division."),
        ("全市 The whole city", "全市", "The whole city"),
        ("共 3 项。", "共 3 项。", "共 3 项。"),
    ],
)  # fmt: skip
def test_each_reader_gets_one_half(application: Any, text: str, zh: str, en: str) -> None:
    for language, half in (("zh", zh), ("en", en)):
        with application.app_context():
            g.language = language
            assert in_language(text).rstrip("。.") == half.rstrip("。."), text
