"""The fonts we serve hold every Chinese character that a place or a person may be called by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from fontTools.ttLib import TTFont

from web.assets import VENDOR, vendor_folder
from web.rare_glyphs import code_points_of
from web.vendor import NOTO_WEIGHTS

FOLDER = VENDOR / vendor_folder("noto-sans-sc")


def characters_of(encoding: str) -> Iterator[str]:
    """All Han characters of a two-byte encoding."""
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            try:
                text = bytes([high, low]).decode(encoding)
            except UnicodeDecodeError:
                continue
            if len(text) == 1 and 0x3400 <= ord(text) <= 0x9FFF:
                yield text


def faces_of(weight: int) -> list[dict[str, object]]:
    styles = json.loads((FOLDER / "font-faces.json").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = styles[NOTO_WEIGHTS[weight]]
    return found


@pytest.mark.parametrize("weight", NOTO_WEIGHTS)
@pytest.mark.parametrize(("encoding", "count"), [("gb2312", 6_763), ("gbk", 20_902)])
def test_every_character_is_in_a_face(weight: int, encoding: str, count: int) -> None:
    covered = {point for face in faces_of(weight) for point in code_points_of(face["unicode-range"])}  # type: ignore[arg-type]
    wanted = set(characters_of(encoding))
    assert len(wanted) >= count
    assert {c for c in wanted if ord(c) not in covered} == set()


def test_slices_hold_what_they_say() -> None:
    slices = [face for face in faces_of(400) if "rare" in str(face["url"])]
    assert len(slices) > 20
    for face in slices:
        path = FOLDER / str(face["url"])
        said = set(code_points_of(face["unicode-range"]))  # type: ignore[arg-type]
        assert 0 < path.stat().st_size < 200_000
        with TTFont(path) as font:
            assert set(font.getBestCmap()) >= said
            outlines = font.getGlyphSet()
            assert all(outlines[font.getBestCmap()[p]].width > 0 for p in said if p >= 0x3400)


def test_pages_declare_what_maps_declare() -> None:
    css = (FOLDER / "fonts.css").read_text(encoding="utf-8")
    for weight in NOTO_WEIGHTS:
        rules = re.findall(rf"font-weight:{weight};[^}}]*url\(([^)]+)\)", css)
        assert rules == [face["url"] for face in faces_of(weight)]


def test_both_licences_stand_beside_the_fonts() -> None:
    for name in ("LICENSE", "LICENSE-pylopdf-fonts-zh-cn"):
        assert "SIL OPEN FONT LICENSE" in (FOLDER / name).read_text(encoding="utf-8").upper()
