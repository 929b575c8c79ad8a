"""Every JSON route, setting and role guide is documented, and every link in the documents leads to a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from web.settings import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_json_route_is_documented(application: Any) -> None:
    pages = [ROOT / "docs/api.md", *sorted((ROOT / "docs/api").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    plain = re.sub(r"\{[^}]*\}|…", "*", text)
    missing = []
    for rule in application.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = re.sub(r"<[^>]*>", "*", rule.rule)
            short = "*/" + path.rsplit("/", 1)[-1]
            if path not in plain and short not in plain and not path.startswith("/api/style"):
                missing.append(rule.rule)
    assert not missing, missing


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/operations/README.md").read_text(encoding="utf-8")
    used = set()
    for room in ("web", "data"):
        for path in (ROOT / room).rglob("*.py"):
            used |= set(re.findall(r"\"(ONEMAP_[A-Z_]+)\"", path.read_text(encoding="utf-8")))
    assert not {name for name in used if name not in text}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target
