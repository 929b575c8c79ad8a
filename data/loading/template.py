"""Write the Excel template of a layer: headers, a sample row, drop-downs, and a sheet that explains each field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

from data.loading.columns import SAMPLE_MARK
from layers.declaration import Field, FieldType, Geometry, Layer

#: Rows that carry drop-downs and text formats.
_ROWS = 5_000
_KINDS = {
    FieldType.TEXT: ("文本", "Text"),
    FieldType.INTEGER: ("整数", "Whole number"),
    FieldType.NUMBER: ("数字", "Number"),
    FieldType.BOOLEAN: ("是 / 否", "Yes / No"),
    FieldType.DATE: ("日期，如 2026-11-22", "Date such as 2026-11-22"),
    FieldType.INSTANT: ("日期时间，如 2026-11-22 08:30", "Date and time such as 2026-11-22 08:30"),
    FieldType.CHOICE: ("下拉选择", "Drop-down"),
    FieldType.CODE_LIST: ("多个代码，逗号分隔", "Several codes, separated by commas"),
    FieldType.PHONE: ("电话号码", "Phone number"),
}
_POSITION_EXAMPLE = {"lon": 114.0579, "lat": 22.5431}
_SHAPE_EXAMPLES = {
    Geometry.LINE: "LINESTRING (114.057 22.542, 114.059 22.542, 114.059 22.544)",
    Geometry.POLYGON: "POLYGON ((114.057 22.542, 114.059 22.542, 114.059 22.544, 114.057 22.544, 114.057 22.542))",
}


def write_template(layer: Layer, path: Path, *, language: str = "zh") -> None:
    """Write the template of a layer to `path` (.xlsx) in ``zh`` or ``en``."""
    is_en = language == "en"
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(layer.words.in_language(language)[:31])
        head = book.add_format({"bold": True, "bg_color": "#E6EEF2", "border": 1, "border_color": "#B8C6CF"})
        must = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "border_color": "#B8C6CF"})
        text = book.add_format({"num_format": "@"})
        grey = book.add_format({"font_color": "#808080", "italic": True})
        for c, f in enumerate(layer.all_fields):
            label = f.words.in_language(language)
            sheet.write_string(0, c, f"{label}*" if f.required else label, must if f.required else head)
            width = max(12, min(40, len(label) * 2 + 4))
            sheet.set_column(c, c, width, None if f.type in (FieldType.INTEGER, FieldType.NUMBER) else text)
            _write_example(sheet, c, f, text)
            _add_choices(sheet, c, f, language)
        at = _write_position(sheet, layer, len(layer.all_fields), is_en=is_en, head=head)
        sheet.write_string(0, at, "Note" if is_en else "说明", head)
        sheet.set_column(at, at, 44)
        sheet.write_string(1, at, f"{SAMPLE_MARK} sample: delete this row", grey)
        sheet.freeze_panes(1, 2)
        _write_explanations(book, layer, language=language, head=head)


def _write_example(sheet: Any, column: int, f: Field, text: Any) -> None:
    if not f.example:
        return
    if f.type in (FieldType.INTEGER, FieldType.NUMBER):
        sheet.write_number(1, column, float(f.example))
    else:
        sheet.write_string(1, column, f.example, text)


def _add_choices(sheet: Any, column: int, f: Field, language: str) -> None:
    if f.type is FieldType.BOOLEAN:
        words = ["Yes", "No"] if language == "en" else ["是", "否"]
    elif f.type is FieldType.CHOICE:
        words = [c.words.in_language(language) for c in f.choices]
    else:
        return
    # A drop-down holds 255 characters; longer lists stand on the second sheet only.
    if len(",".join(words)) <= 255 and not any("," in w for w in words):
        sheet.data_validation(
            1, column, _ROWS, column, {"validate": "list", "source": words, "error_type": "warning"}
        )


def _write_position(sheet: Any, layer: Layer, at: int, *, is_en: bool, head: Any) -> int:
    if layer.geometry is Geometry.POINT:
        for offset, (name, words) in enumerate(
            (("lon", ("经度", "Longitude")), ("lat", ("纬度", "Latitude")))
        ):
            sheet.write_string(0, at + offset, words[is_en], head)
            sheet.write_number(1, at + offset, _POSITION_EXAMPLE[name])
            sheet.set_column(at + offset, at + offset, 13)
        return at + 2
    sheet.write_string(0, at, "WKT", head)
    sheet.write_string(1, at, _SHAPE_EXAMPLES[layer.geometry])
    return at + 1


def _write_explanations(book: Any, layer: Layer, *, language: str, head: Any) -> None:
    is_en = language == "en"
    sheet = book.add_worksheet("Fields" if is_en else "填写说明")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    titles = (
        ("字段", "Field"), ("代码名", "Name"), ("必填", "Required"), ("形式", "Form"), ("可填内容", "Allowed"),
        ("其他列名", "Other headers"), ("示例", "Example"),
    )  # fmt: skip
    for c, (title, width) in enumerate(zip(titles, (20, 18, 8, 28, 60, 36, 24), strict=True)):
        sheet.write_string(0, c, title[is_en], head)
        sheet.set_column(c, c, width)
    for n, f in enumerate(layer.all_fields, start=1):
        required = (("必填", "Yes") if f.required else ("", ""))[is_en]
        cells = (
            f.words.in_language(language), f.name, required, _KINDS[f.type][is_en], allowed_words(f, language),
            "、".join(f.aliases), f.example,
        )  # fmt: skip
        for c, cell in enumerate(cells):
            sheet.write_string(n, c, cell, wrap)
    place = (
        "经度、纬度为度数；不是 WGS-84 时装载要加 --crs（如 gcj02、bd09）。没有坐标时留空，按名称和地址匹配。",
        "Longitude and latitude in degrees; if not WGS-84, load with --crs (gcj02, bd09). Left empty, name and address decide.",
    )
    sheet.write_string(len(layer.all_fields) + 2, 0, place[is_en])
    sheet.freeze_panes(1, 0)


def allowed_words(f: Field, language: str) -> str:
    """Say what a field may hold, in one line."""
    is_en = language == "en"
    parts: list[str] = []
    if f.choices:
        parts.append("、".join(c.words.in_language(language) for c in f.choices))
    if f.minimum is not None and f.maximum is not None:
        parts.append(f"{f.minimum:,.15g} – {f.maximum:,.15g}" + (f" {f.unit}" if f.unit else ""))
    if f.pattern_words is not None:
        parts.append(f.pattern_words.in_language(language))
    if f.unique:
        parts.append("unique" if is_en else "不能重复")
    if f.is_division:
        parts.append("division code or name" if is_en else "区划代码或名称")
    if f.code_list:
        parts.append("one of the administrator's list" if is_en else "管理员设定的清单之一")
    if f.references:
        parts.append(f"code of {f.references}" if is_en else f"{f.references} 中已有的编码")
    if f.type is FieldType.TEXT and not f.choices and not f.is_division:
        parts.append(f"≤ {f.max_length} characters" if is_en else f"最多 {f.max_length} 字")
    return "; ".join(parts)
