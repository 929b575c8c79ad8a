"""Both languages are complete: every text of the pages has its English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from web.settings import ROOT


def test_every_text_of_the_templates_has_its_english() -> None:
    with (ROOT / "web/translations/en/LC_MESSAGES/messages.po").open("rb") as handle:
        catalog = read_po(handle)
    missing = []
    for path in sorted((ROOT / "web/templates").rglob("*.html")):
        for single, double in re.findall(r"_\((?:'([^']*)'|\"([^\"]*)\")", path.read_text(encoding="utf-8")):
            text = single or double
            message = catalog.get(text)
            if message is None or not message.string:
                missing.append(f"{path.name}: {text}")
    assert not missing, "\n".join(missing)


DICTIONARIES = [ROOT / "web/static/js/i18n.js", *sorted((ROOT / "web/static/js/words").glob("*.js"))]


#: A text between quotes, and the colon after it where it is a key.
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"(\s*:)?')


@pytest.mark.parametrize("path", DICTIONARIES, ids=lambda p: p.name)
def test_both_dictionaries_of_the_scripts_have_the_same_keys(path: Path) -> None:
    """Every key of every line; and each text names the same values to fill in."""
    blocks = re.split(r"\b(zh|en)\s*[:=]\s*\{", path.read_text(encoding="utf-8"))
    found = {blocks[i]: _texts(blocks[i + 1]) for i in range(1, len(blocks) - 1, 2)}
    assert found["zh"], "the dictionaries were not found"
    assert set(found["zh"]) == set(found["en"])
    for key, text in found["zh"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", found["en"][key])), key


def _texts(block: str) -> dict[str, str]:
    parts = [(m.group(1), bool(m.group(2))) for m in _TEXT.finditer(re.split(r"\n\s*\}", block)[0])]
    return {
        text: "" if at + 1 >= len(parts) or parts[at + 1][1] else parts[at + 1][0]
        for at, (text, is_key) in enumerate(parts)
        if is_key and re.fullmatch(r"[\w.]+", text)
    }


def test_texts_kept_beside_each_other_are_chinese_and_english() -> None:
    """both('中文', 'English') in templates: the first has Chinese characters, the second none."""
    pairs = [
        (path.name, zh, en)
        for path in sorted((ROOT / "web/templates").rglob("*.html"))
        for zh, en in re.findall(r"both\('([^']*)',\s*'([^']*)'\)", path.read_text(encoding="utf-8"))
    ]
    assert pairs
    wrong = [
        p for p in pairs if not re.search(r"[\u4e00-\u9fff]", p[1]) or re.search(r"[\u4e00-\u9fff]", p[2])
    ]
    assert not wrong
