"""Every declaration is complete: words, examples, and icons that are really there."""

from __future__ import annotations

import re

import pytest

from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.errors import DeclarationError, UnknownLayerError
from layers.registry import all_layers, layer_by_id
from layers.style import DARK, LIGHT, style, symbol_cases
from web.assets import STATIC, VENDOR, vendor_folder

LAYERS = pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.id)


@LAYERS
def test_icons_exist(layer: Layer) -> None:
    for icon in {layer.icon, *(case["icon"] for case in symbol_cases(layer))}:
        family, name = icon.split(":")
        folder = STATIC / "icons" if family == "own" else VENDOR / vendor_folder(family) / "icons"
        assert (folder / f"{name}.svg").is_file(), icon


@LAYERS
def test_words_stand_in_both_languages(layer: Layer) -> None:
    texts = [layer.words, layer.group, layer.code_words, layer.name_words]
    for f in layer.all_fields:
        texts += [f.words, *(c.words for c in f.choices)]
    for words in texts:
        assert words.zh.strip()
        assert words.en.strip()
        assert not re.search(r"[\u3400-\u9fff]", words.en), words


@LAYERS
def test_headers_are_not_ambiguous(layer: Layer) -> None:
    owner: dict[str, str] = {}
    for f in layer.all_fields:
        for header in {f.name, f.words.zh, f.words.en.lower(), *f.aliases}:
            assert owner.setdefault(header, f.name) == f.name, f"{header} names {owner[header]} and {f.name}"


@LAYERS
def test_examples_fit_their_field(layer: Layer) -> None:
    for f in layer.all_fields:
        if f.pattern and f.example:
            assert re.fullmatch(f.pattern, f.example), (f.name, f.example)
        if f.choices:
            assert f.example in {c.value for c in f.choices} | {c.words.zh for c in f.choices}, f.name


def test_grade_colours_belong_to_grades() -> None:
    from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4

    reserved = {GRADE_1, GRADE_2, GRADE_3, GRADE_4}
    for layer in all_layers():
        for case in symbol_cases(layer):
            if case["color"] in reserved:
                assert layer.symbol_field in {"grade", "level", "risk_grade"}, layer.id


def test_a_field_needs_choices_when_it_is_a_choice() -> None:
    with pytest.raises(DeclarationError):
        Field("x", FieldType.CHOICE, Words("甲", "A"))
    with pytest.raises(DeclarationError):
        Field("Bad Name", FieldType.TEXT, Words("甲", "A"))


def test_a_layer_refuses_contradictions() -> None:
    def layer(**more: object) -> Layer:
        return Layer(
            id="x", words=Words("甲", "A"), group=Words("乙", "B"), code_words=Words("丙", "C"), **more
        )  # type: ignore[arg-type]

    text = Field("note", FieldType.TEXT, Words("注", "Note"))
    with pytest.raises(DeclarationError, match="repeats"):
        layer(fields=(text, text))
    with pytest.raises(DeclarationError, match="symbol_field"):
        layer(fields=(text,), symbol_field="note")
    choice = Field("kind", FieldType.CHOICE, Words("类", "Kind"), choices=(Choice("a", Words("甲", "A")),))
    assert layer(fields=(choice,), symbol_field="kind").field("kind").choice("b") is None


def test_an_unknown_layer_names_the_known_ones() -> None:
    with pytest.raises(UnknownLayerError, match="elevator"):
        layer_by_id("lift")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_style_draws_every_layer(theme: str) -> None:
    found = style(all_layers(), theme=theme, versions={"elevator": 7}, fonts={})
    ids = [layer["id"] for layer in found["layers"]]
    assert len(set(ids)) == len(ids)
    assert "glyphs" not in found
    for layer in all_layers():
        assert f"{layer.id}__points" in ids
        assert layer.id in found["sources"]
    assert found["sources"]["elevator"]["tiles"][0].endswith("?v=7")
    assert all(layer.get("source") in (None, *found["sources"]) for layer in found["layers"])


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_labels_can_be_read(palette: object) -> None:
    label, land = (_luminance(getattr(palette, name)) for name in ("label_quiet", "land"))
    light, dark = max(label, land), min(label, land)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "WCAG 2.2, 1.4.3"
