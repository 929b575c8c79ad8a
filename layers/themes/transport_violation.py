"""Declare where vehicles with hazardous goods left their corridors or their hours (危运违规路段), from their tracks (row G9)."""

from layers.colors import BROWN, SLATE
from layers.declaration import Choice, Field, FieldType, Geometry, Layer, Words

LAYER = Layer(
    id="transport_violation",
    words=Words("危运违规路段", "Hazardous-transport violation"),
    group=Words("巡查检查", "Patrols and inspections"),
    code_words=Words("编号", "Code"),
    code_example="TV0000001",
    name_words=Words("车辆", "Vehicle"),
    name_example="粤B12345",
    geometry=Geometry.LINE,
    icon="maki:car",
    color=BROWN,
    symbol_field="kind",
    raw_min_zoom=0,
    order=61,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("违规", "Violation"), required=True,
            choices=(
                Choice("outside", Words("驶出通道", "Outside the corridors"), BROWN),
                Choice("closed", Words("非许可时间", "Outside permitted hours"), SLATE),
            ),
            example="驶出通道",
        ),
        Field("started_at", FieldType.INSTANT, Words("开始", "From"), required=True, example="2026-11-22 08:00"),
        Field("ended_at", FieldType.INSTANT, Words("结束", "To"), required=True, example="2026-11-22 08:12"),
        Field("length_m", FieldType.NUMBER, Words("长度", "Length"), required=True, minimum=0, unit="m", example="1200"),
        Field("duration_s", FieldType.NUMBER, Words("时长", "Duration"), required=True, minimum=0, unit="s", example="720"),
        Field("farthest_m", FieldType.NUMBER, Words("最远偏离", "Farthest off"), minimum=0, unit="m", example="350"),
        Field(
            "substance_class", FieldType.TEXT, Words("货物类别", "Class"), required=True, max_length=1, pattern="[1-9]",
            pattern_words=Words("GB 6944 的类别 1–9", "a class of GB 6944, 1 to 9"), example="3",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("运输企业", "Carrier"), max_length=40, references="enterprise", example="",
        ),
        Field("trip_code", FieldType.TEXT, Words("轨迹编号", "Track"), required=True, max_length=40, example="TT0000001"),
    ),
)  # fmt: skip
