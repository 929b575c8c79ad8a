"""Both languages are complete: every text of the pages has its English."""

from __future__ import annotations

import re

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


def test_both_dictionaries_of_the_scripts_have_the_same_keys() -> None:
    text = (ROOT / "web/static/js/i18n.js").read_text(encoding="utf-8")
    blocks = re.split(r"\b(zh|en)\s*[:=]\s*\{", text)
    found = {
        blocks[i]: set(re.findall(r'^\s*"([\w.]+)":', blocks[i + 1], re.MULTILINE))
        for i in range(1, len(blocks) - 1, 2)
    }
    assert found["zh"], "the dictionaries were not found"
    assert found["zh"] == found["en"]
