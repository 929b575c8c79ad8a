"""Declare the corridors permitted for hazardous transport (危险货物运输许可通道): width, hours, days, classes (row G9)."""

from layers.colors import TEAL
from layers.declaration import Field, FieldType, Geometry, Layer, Words

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00"
_TIME_WORDS = Words("时刻，如 22:00", "a time of day such as 22:00")

LAYER = Layer(
    id="transport_corridor",
    words=Words("危运许可通道", "Hazardous-transport corridor"),
    group=Words("巡查检查", "Patrols and inspections"),
    code_words=Words("通道编号", "Corridor code"),
    code_example="TC0000001",
    name_words=Words("通道名称", "Corridor name"),
    name_example="示例大道危运通道",
    geometry=Geometry.LINE,
    icon="maki:car",
    color=TEAL,
    raw_min_zoom=0,
    is_public=True,
    order=60,
    fields=(
        Field(
            "half_width_m", FieldType.NUMBER, Words("距中心线", "From the middle"), required=True, minimum=5, maximum=2000,
            unit="m", example="50",
        ),
        Field(
            "opens", FieldType.TEXT, Words("开始通行", "Opens"), max_length=5, pattern=_TIME, pattern_words=_TIME_WORDS,
            example="22:00",
        ),
        Field(
            "closes", FieldType.TEXT, Words("停止通行", "Closes"), max_length=5, pattern=_TIME, pattern_words=_TIME_WORDS,
            example="06:00",
        ),
        Field(
            "weekdays", FieldType.TEXT, Words("通行日", "Days"), max_length=7, pattern="1?2?3?4?5?6?7?",
            pattern_words=Words("1（周一）至 7（周日），如 12345", "1 (Monday) to 7 (Sunday), such as 12345"), example="12345",
        ),
        Field(
            "substance_classes", FieldType.TEXT, Words("许可类别", "Classes"), max_length=9, pattern="1?2?3?4?5?6?7?8?9?",
            pattern_words=Words("GB 6944 的类别数字，如 238", "digits of the classes of GB 6944, such as 238"), example="23",
        ),
    ),
)  # fmt: skip
