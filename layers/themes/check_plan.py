"""Declare plans of inspections for hidden dangers (隐患排查计划), once or again: planned, done, withdrawn, missed (row L9)."""

from layers.check_ticks import TICKS
from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, LeadsTo, Register, RowRules, Ticks
from layers.repetition import PERIODS, Repetition
from layers.workflow import Deadline, Move, Party, Workflow

_OWNER = frozenset({Party.OWNER})
_REPEATS = Repetition(
    period="period",
    begins="begins_on",
    ends="ends_on",
    until="repeats_until",
    series="series_code",
    made_until="made_until",
    active="repeating",
    ended="ended",
    results=frozenset({"result", "summary"}),
)

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
        Field("period", FieldType.CHOICE, Words("循环周期", "Comes again"), choices=PERIODS, aliases=("排查周期", "周期"), example="一次"),
        Field("repeats_until", FieldType.DATE, Words("循环截止", "Last day"), in_list=False, example=""),
        Field("scope", FieldType.TEXT, Words("排查范围", "Scope"), max_length=300, in_list=False, example="全厂"),
        Field("leader_name", FieldType.TEXT, Words("组织人", "Led by"), max_length=60, is_sensitive=True, example="李四"),
        Field(
            "result", FieldType.CHOICE, Words("排查结果", "Result"),
            choices=(Choice("none", Words("未发现隐患", "Nothing found")), Choice("found", Words("发现隐患", "Hidden dangers found"))),
            example="未发现隐患",
        ),
        Field("summary", FieldType.TEXT, Words("排查总结", "Summary"), max_length=500, in_list=False, example=""),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("planned", Words("已计划", "Planned"), TEAL),
                Choice("done", Words("已完成", "Done"), GREEN),
                Choice("withdrawn", Words("已撤销", "Withdrawn"), SLATE),
                Choice("missed", Words("逾期未完成", "Missed"), BROWN),
                Choice("repeating", Words("循环计划", "Comes again"), VIOLET),
                Choice("ended", Words("循环已停止", "Comes no more"), SLATE),
            ),
            example="已计划",
        ),
        Field(
            "series_code", FieldType.TEXT, Words("所属循环计划", "Of the plan"), max_length=40, references="check_plan", in_list=False, example="",
        ),
        Field("made_until", FieldType.DATE, Words("已排到", "Made up to"), in_list=False, example=""),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("巡查检查", "Patrols and inspections"),
    owner_field="enterprise_code",
    kept_by=_OWNER,
    code_prefix="CP",
    note=Words(
        "隐患排查计划与总结；有循环周期的由系统排出以后各次；到期未完成的由系统标记并预警一次。",
        "Plans of inspections with their summaries. From one that comes again the system makes the inspections of its days; missed ones are marked, with one warning.",
    ),
    workflow=Workflow(
        field="state",
        initial="planned",
        locked=frozenset({"done", "withdrawn", "ended"}),
        closed=frozenset({"done", "withdrawn", "repeating", "ended"}),
        due_field="ends_on",
        moves=(
            Move("finish", Words("完成并总结", "Finish"), ("planned", "missed"), "done", _OWNER, asks=("result", "summary")),
            Move("withdraw", Words("撤销", "Withdraw"), ("planned",), "withdrawn", _OWNER, needs_note=True),
            Move("stop", Words("停止循环", "Make no more"), ("repeating",), "ended", _OWNER, needs_note=True),
        ),
        deadlines=(Deadline(("planned",), "missed", level="4", words=Words("隐患排查计划逾期", "An inspection plan is missed")),),
    ),
    alarms=(Alarm("ends_on", Words("隐患排查计划将到期", "An inspection plan is due"), days_before=3, stages=("before",)),),
    records=(TICKS,),
    ticks=Ticks("plan_code", frozenset({"planned", "missed"}), ("finish",), nothing_found=("result", "none")),
    calendar=("begins_on", "ends_on"),
    rules=RowRules(
        system_fields=frozenset({"series_code", "made_until"}), fills=_REPEATS.fills, faults=_REPEATS.faults,
        compares=("begins_on", "ends_on", "period", "repeats_until"),
    ),
    repeats=_REPEATS,
    leads_to=(
        LeadsTo(
            "hidden_danger", Words("查出的隐患", "Hidden dangers found"), Words("登记隐患", "Register a hidden danger"),
            takes=(("plan_code", "code"), ("enterprise_code", "enterprise_code")), link="plan_code",
            states=frozenset({"planned", "missed", "done"}), needed_by=("result", "found"),
        ),
    ),
    order=22,
)  # fmt: skip
