"""Declare what enterprises check for hidden dangers (隐患检查项): what, by which rule, how often (row L9)."""

from layers.colors import TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Register
from layers.workflow import Party

LAYER = Layer(
    id="check_item",
    words=Words("隐患检查项", "Check item"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("检查项编号", "Item number"),
    code_example="CI0000001",
    name_words=Words("检查内容", "What is checked"),
    name_example="可燃气体报警器完好、在检定期内",
    icon="maki:caution",
    color=TEAL,
    order=15,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field("place", FieldType.TEXT, Words("检查部位", "Where"), max_length=100, example="储罐区"),
        Field("basis", FieldType.TEXT, Words("检查依据", "Rule"), max_length=200, example="GB/T 50493"),
        Field(
            "frequency", FieldType.CHOICE, Words("检查频次", "How often"), required=True,
            choices=(
                Choice("shift", Words("每班", "Every shift")),
                Choice("day", Words("每日", "Daily")),
                Choice("week", Words("每周", "Weekly")),
                Choice("month", Words("每月", "Monthly")),
                Choice("quarter", Words("每季度", "Quarterly")),
                Choice("year", Words("每年", "Yearly")),
            ),
            example="每日",
        ),
        Field("responsible_name", FieldType.TEXT, Words("责任人", "Responsible"), max_length=60, is_sensitive=True, example="李四"),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("巡查检查", "Patrols and inspections"),
    owner_field="enterprise_code",
    kept_by=frozenset({Party.OWNER}),
    code_prefix="CI",
    note=Words("企业自查时检查什么、依据什么、多久一次。", "What is checked, by which rule, and how often."),
    order=21,
)  # fmt: skip
