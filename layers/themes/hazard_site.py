"""Declare major hazard installations (重大危险源) with their grade (row L8)."""

from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4
from layers.declaration import Choice, Field, FieldType, Layer, Words

LAYER = Layer(
    id="hazard_site",
    words=Words("重大危险源", "Major hazard installation"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("危险源编码", "Installation code"),
    code_example="HS0001",
    name_words=Words("危险源名称", "Installation name"),
    name_aliases=("重大危险源名称",),
    name_example="液氨储存单元",
    icon="own:hazard-site",
    color=GRADE_4,
    symbol_field="grade",
    raw_min_zoom=11,
    order=11,
    fields=(
        Field(
            "grade", FieldType.CHOICE, Words("危险源等级", "Grade"), required=True,
            choices=(
                Choice("1", Words("一级", "Grade 1"), GRADE_1),
                Choice("2", Words("二级", "Grade 2"), GRADE_2),
                Choice("3", Words("三级", "Grade 3"), GRADE_3),
                Choice("4", Words("四级", "Grade 4"), GRADE_4),
            ),
            aliases=("等级", "级别"), example="三级",
        ),
        Field(
            "is_storage", FieldType.BOOLEAN, Words("储存单元", "Storage unit"), aliases=("是否储存单元",), example="是",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
    ),
)  # fmt: skip
