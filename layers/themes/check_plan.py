"""Declare plans of inspections for hidden dangers (隐患排查计划): planned, done, withdrawn, missed (row L9)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, Register
from layers.workflow import Deadline, Move, Party, Workflow

_OWNER = frozenset({Party.OWNER})

LAYER = Layer(
    id="check_plan",
    words=Words("隐患排查计划", "Inspection plan"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("计划编号", "Plan number"),
    code_example="CP0000001",
    name_words=Words("计划名称", "Title"),
    name_example="12 月综合性排查",
    icon="maki:caution",
    color=SLATE,
    symbol_field="state",
    order=16,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("排查类型", "Kind"), required=True,
            choices=(
                Choice("general", Words("综合性", "General")),
                Choice("special", Words("专业性", "Special")),
                Choice("season", Words("季节性", "Seasonal")),
                Choice("holiday", Words("节假日", "Before holidays")),
                Choice("daily", Words("日常", "Daily")),
            ),
            example="综合性",
        ),
        Field("begins_on", FieldType.DATE, Words("计划开始", "Begins"), required=True, example="2026-12-01"),
        Field("ends_on", FieldType.DATE, Words("计划完成", "To be done by"), required=True, example="2026-12-05"),
        Field("scope", FieldType.TEXT, Words("排查范围", "Scope"), max_length=300, in_list=False, example="全厂"),
        Field("leader_name", FieldType.TEXT, Words("组织人", "Led by"), max_length=60, is_sensitive=True, example="李四"),
        Field("summary", FieldType.TEXT, Words("排查总结", "Summary"), max_length=500, in_list=False, example=""),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("planned", Words("已计划", "Planned"), TEAL),
                Choice("done", Words("已完成", "Done"), GREEN),
                Choice("withdrawn", Words("已撤销", "Withdrawn"), SLATE),
                Choice("missed", Words("逾期未完成", "Missed"), BROWN),
            ),
            example="已计划",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("巡查检查", "Patrols and inspections"),
    owner_field="enterprise_code",
    kept_by=_OWNER,
    code_prefix="CP",
    note=Words(
        "隐患排查计划与总结；到期未完成的由系统标记并预警。", "Plans of inspections with their summaries; missed ones are marked, with a warning."
    ),
    workflow=Workflow(
        field="state",
        initial="planned",
        locked=frozenset({"done", "withdrawn"}),
        closed=frozenset({"done", "withdrawn"}),
        due_field="ends_on",
        moves=(
            Move("finish", Words("完成并总结", "Finish"), ("planned", "missed"), "done", _OWNER, asks=("summary",)),
            Move("withdraw", Words("撤销", "Withdraw"), ("planned",), "withdrawn", _OWNER, needs_note=True),
        ),
        deadlines=(Deadline(("planned",), "missed", level="4", words=Words("隐患排查计划逾期", "An inspection plan is missed")),),
    ),
    alarms=(Alarm("ends_on", Words("隐患排查计划将到期", "An inspection plan is due"), days_before=3, stages=("before",)),),
    calendar=("begins_on", "ends_on"),
    order=22,
)  # fmt: skip
