"""Declare risk points (风险点) with their four-colour level (rows L13, G6)."""

from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4
from layers.declaration import Choice, Field, FieldType, Layer, Words

LAYER = Layer(
    id="risk_point",
    words=Words("风险点", "Risk point"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("风险点编码", "Risk point code"),
    code_example="RP000001",
    name_words=Words("风险点名称", "Risk point name"),
    name_example="液氨储罐区",
    icon="maki:caution",
    color=GRADE_4,
    symbol_field="level",
    order=12,
    fields=(
        Field(
            "level", FieldType.CHOICE, Words("风险等级", "Risk level"), required=True,
            choices=(
                Choice("1", Words("1 级 重大风险", "1 Major"), GRADE_1),
                Choice("2", Words("2 级 较大风险", "2 Considerable"), GRADE_2),
                Choice("3", Words("3 级 一般风险", "3 Moderate"), GRADE_3),
                Choice("4", Words("4 级 低风险", "4 Low"), GRADE_4),
            ),
            aliases=("等级", "级别"), example="2",
        ),
        Field(
            "risk_class", FieldType.CHOICE, Words("风险点类别", "Class"),
            choices=(
                Choice("unit", Words("单位类", "Unit")),
                Choice("equipment", Words("设施设备类", "Equipment")),
                Choice("place", Words("场所类", "Place")),
            ),
            aliases=("类别",), example="设施设备类",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
    ),
)  # fmt: skip
