"""State how check items are ticked on an inspection: conforms, does not, or does not apply (row L9)."""

from __future__ import annotations

from layers.declaration import Choice, Field, FieldType, Words
from layers.register import Records

FAILS = "fails"

#: The ticks below an inspection: one for each item that was looked at.
TICKS = Records(
    id="ticks",
    words=Words("检查项", "Check items"),
    date_field="ticked_at",
    fields=(
        Field("item_code", FieldType.TEXT, Words("检查项", "Item"), required=True, max_length=40, references="check_item"),
        Field(
            "result", FieldType.CHOICE, Words("结果", "Result"), required=True,
            choices=(
                Choice("conforms", Words("符合", "Conforms")),
                Choice(FAILS, Words("不符合", "Does not")),
                Choice("not_applicable", Words("不适用", "Does not apply")),
            ),
        ),
        Field("note", FieldType.TEXT, Words("说明", "Note"), max_length=200),
        Field("ticked_at", FieldType.INSTANT, Words("检查时间", "When"), required=True),
    ),
)  # fmt: skip
