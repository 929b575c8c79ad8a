"""A screen whose machine has no Chinese font of its own shows every name all the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from data import layer_versions
from data.scope import SYSTEM
from tests.browser.conftest import FLAGS, Visitor
from tests.conftest import LiveServer

#: Two characters of place names that the web font's package lacks.
RARE, OTHER = "崬", "嶅"
NO_CHINESE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><cachedir>{cache}</cachedir>
<selectfont><rejectfont><pattern><patelt name="lang"><string>zh-cn</string></patelt></pattern></rejectfont>
<rejectfont><pattern><patelt name="lang"><string>zh-tw</string></patelt></pattern></rejectfont>
<rejectfont><pattern><patelt name="lang"><string>ja</string></patelt></pattern></rejectfont></selectfont></fontconfig>"""
PIXELS = """async ([weight, family, text]) => {
  const font = `${weight} 40px ${family}`;
  await document.fonts.load(font, text);
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 60 });
  const pen = canvas.getContext("2d");
  pen.font = font;
  pen.fillText(text, 5, 45);
  return [...pen.getImageData(0, 0, 60, 60).data].join();
}"""


@pytest.fixture
def bare(
    browser: Browser, live_server: LiveServer, signed_in: dict[str, Any], tmp_path: Path
) -> Iterator[Visitor]:
    """Chromium on a machine without Chinese fonts."""
    config = tmp_path / "fonts.conf"
    config.write_text(NO_CHINESE.format(cache=tmp_path / "cache"))
    opened = browser.browser_type.launch(
        executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
        args=FLAGS,
        env={"FONTCONFIG_FILE": str(config), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    visitor = Visitor(opened, live_server, signed_in, {})
    yield visitor
    visitor.finish()
    opened.close()


@pytest.fixture
def renamed(live_server: LiveServer) -> Iterator[str]:
    """A district with a rare character in its name."""
    name = f"{RARE}{OTHER}区"

    def call_it(wanted: str) -> str:
        with live_server.store.transaction(SYSTEM) as connection:
            row = connection.execute("SELECT name FROM division WHERE code = '440304'").fetchone()
            assert row is not None
            connection.execute("UPDATE division SET name = %s WHERE code = '440304'", [wanted])
            layer_versions.raise_version(connection, ("division",))
        return str(row["name"])

    before = call_it(name)
    yield name
    call_it(before)


def _draw(page: Page, family: str, text: str, weight: str = "400") -> str:
    drawn: str = page.evaluate(PIXELS, [weight, family, text])
    return drawn


def _fonts_of(page: Page, selector: str) -> list[dict[str, Any]]:
    """Name the fonts that the texts of an element and of all inside it are drawn with; asked anew where a live page redrew one meanwhile."""
    for _ in range(20):
        try:
            return _fonts_now(page, selector)
        except Error as error:
            if "Could not find node" not in str(error):
                raise
    raise AssertionError("the page never stood still")


def _fonts_now(page: Page, selector: str) -> list[dict[str, Any]]:
    page.evaluate(
        """selector => {
          for (const element of document.querySelectorAll(`${selector}, ${selector} *`)) {
            const isText = (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "";
            element.toggleAttribute("data-has-text", [...element.childNodes].some(isText));
          }
        }""",
        selector,
    )
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    nodes = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-has-text]"})["nodeIds"]
    asked = [session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in nodes]
    return [font for fonts in asked for font in fonts]


def test_a_page_shows_rare_characters_in_its_own_font(bare: Visitor) -> None:
    page = bare(None).open("/sign-in")
    page.evaluate(
        "text => { const p = document.createElement('p'); p.id = 'rare'; p.textContent = text; document.body.append(p); }",
        RARE + OTHER,
    )
    page.evaluate("text => document.fonts.load(\"16px 'Noto Sans SC'\", text)", RARE + OTHER)
    fonts = _fonts_of(page, "#rare")
    assert all(f["isCustomFont"] for f in fonts)
    assert sum(f["glyphCount"] for f in fonts) == len(RARE + OTHER)
    for weight in ("400", "500", "700"):
        drawn = [_draw(page, "'Noto Sans SC'", text, weight) for text in (RARE, OTHER)]
        assert drawn[0] != drawn[1]
    assert _draw(page, "sans-serif", RARE) == _draw(page, "sans-serif", OTHER), (
        "boxes: the machine has no font"
    )


def test_the_map_labels_rare_characters(bare: Visitor, renamed: str, tmp_path: Path) -> None:
    opened = bare("city")
    page = opened.open_map("#v=11.00/22.5500/114.0500&l=")
    expect(page.get_by_text(renamed).first).to_be_attached()
    opened.until(
        lambda: None, lambda: any("/files/rare-" in url for status, url in opened.statuses if status == 200)
    )
    page.get_by_role("tab", name="辖区").click()
    expect(page.locator(".division-row").first).to_be_visible()
    expect(page.locator(".live-state")).to_have_attribute("data-state", "live")
    page.screenshot(path=tmp_path / "map.png")
    own = [font["familyName"] for font in _fonts_of(page, "body") if not font["isCustomFont"]]
    assert own == [], "every text of the page is drawn with what we serve"
