"""Declare summaries of hidden dangers (隐患排查总结): what a period's inspections found and what follows (row L9)."""

from layers import summary_rules as rules
from layers.colors import SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import FileKind, Register, RowRules

LAYER = Layer(
    id="danger_summary",
    words=Words("隐患排查总结", "Summaries of hidden dangers"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("总结编号", "Number"),
    code_example="DS0000001",
    name_words=Words("标题", "Title"),
    name_example="2026 年三季度隐患排查治理总结",
    icon="temaki:bulletin_board",
    color=TEAL,
    symbol_field="source",
    order=64,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "source", FieldType.CHOICE, Words("总结类型", "Written by"), required=True,
            choices=(Choice("self", Words("企业", "Enterprise"), TEAL), Choice("government", Words("政府", "Authority"), SLATE)),
            example="企业",
        ),
        Field("begins_on", FieldType.DATE, Words("时段开始", "From"), required=True, aliases=("开始日期",), example="2026-07-01"),
        Field("ends_on", FieldType.DATE, Words("时段截止", "To"), required=True, aliases=("截止日期",), example="2026-09-30"),
        Field("found_count", FieldType.INTEGER, Words("排查出隐患", "Found"), minimum=0, maximum=1e6, unit="条", example="12"),
        Field("rectified_count", FieldType.INTEGER, Words("已整改", "Rectified"), minimum=0, maximum=1e6, unit="条", example="11"),
        Field(
            "content", FieldType.TEXT, Words("总结内容", "Summary"), required=True, max_length=4000, in_list=False,
            example="共排查 36 次，隐患集中在配电和消防通道",
        ),
        Field("next_steps", FieldType.TEXT, Words("下一步措施", "Next steps"), max_length=2000, in_list=False, example="每班增加配电室巡查"),
        Field("writer_name", FieldType.TEXT, Words("总结人", "Written by whom"), max_length=60, is_sensitive=True, in_list=False, example="李四"),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("风险隐患", "Risks and hidden dangers"),
    owner_field="enterprise_code",
    code_prefix="DS",
    note=Words(
        "按时段总结隐患排查治理情况，材料作附件。企业写的由企业修改，政府写的企业只能查看；这段时间的隐患数可在隐患统计中查到。",
        "What a period's inspections found and what follows, with papers attached. Each side changes its own; the enterprise reads what its authority wrote. The "
        "statistics of hidden dangers have the counts of the period.",
    ),
    files=(FileKind("document", Words("总结材料", "Papers")),),
    rules=RowRules(rules.SYSTEM_FIELDS, rules.fills, rules.faults, rules.keeps, rules.COMPARES),
    order=23,
)  # fmt: skip
