"""Declare hidden dangers (隐患) under rectification (row L9)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words

LAYER = Layer(
    id="hidden_danger",
    words=Words("隐患", "Hidden danger"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("隐患编号", "Hidden danger code"),
    code_example="HD000001",
    name_words=Words("隐患内容", "Description"),
    name_aliases=("隐患名称", "隐患描述"),
    name_example="配电柜前堆放可燃物",
    icon="own:hidden-danger",
    color=VIOLET,
    symbol_field="state",
    order=13,
    fields=(
        Field(
            "grade", FieldType.CHOICE, Words("隐患级别", "Grade"), required=True,
            choices=(Choice("general", Words("一般隐患", "General")), Choice("major", Words("重大隐患", "Major"))),
            aliases=("级别", "等级"), example="一般隐患",
        ),
        Field(
            "source", FieldType.CHOICE, Words("来源", "Source"), required=True,
            choices=(
                Choice("self", Words("企业自查自报", "Self-reported")),
                Choice("government", Words("政府检查", "Government inspection")),
            ),
            aliases=("隐患来源",), example="企业自查自报",
        ),
        Field(
            "state", FieldType.CHOICE, Words("整改状态", "State"), required=True,
            choices=(
                Choice("pending", Words("待整改", "To rectify"), BROWN),
                Choice("in_review", Words("待审核", "In review"), TEAL),
                Choice("done", Words("整改完成", "Rectified"), GREEN),
                Choice("overdue", Words("逾期未整改", "Overdue"), VIOLET),
                Choice("extension", Words("延期待审", "Extension requested"), SLATE),
            ),
            aliases=("状态",), example="待整改",
        ),
        Field("registered_at", FieldType.INSTANT, Words("登记时间", "Registered"), required=True, example="2026-11-01 09:00"),
        Field("due_at", FieldType.INSTANT, Words("整改期限", "Deadline"), required=True, example="2026-12-01 09:00"),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
    ),
)  # fmt: skip
