"""Declare drills (应急演练): planned, executed and locked, summed up, plan against what was measured (row L17)."""

from layers import drill_rules as rules
from layers.colors import BROWN, GREEN, SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Compared, FileKind, Register, RowRules
from layers.workflow import Deadline, Move, Party, Workflow

_OWNER = frozenset({Party.OWNER})

LAYER = Layer(
    id="drill",
    words=Words("应急演练", "Drill"),
    group=Words("应急准备", "Preparedness"),
    code_words=Words("演练编号", "Drill number"),
    code_example="DR0000001",
    name_words=Words("演练名称", "Title"),
    name_example="液氨泄漏应急演练",
    icon="own:drill",
    color=SLATE,
    symbol_field="state",
    order=61,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("演练类别", "Kind"), required=True,
            choices=(
                Choice("comprehensive", Words("综合预案演练", "Comprehensive plan")),
                Choice("special", Words("专项预案演练", "Special plan")),
                Choice("on_site", Words("现场处置方案演练", "On-site scheme")),
            ),
            aliases=("类别",), example="专项预案演练",
        ),
        Field("plan_code", FieldType.TEXT, Words("依据的预案", "Plan drilled"), max_length=40, references="emergency_plan", in_list=False, example=""),
        Field("planned_on", FieldType.DATE, Words("计划日期", "Planned for"), required=True, example="2026-06-10"),
        Field("scenario", FieldType.TEXT, Words("情景", "Scenario"), max_length=500, in_list=False, example="2 号罐液氨法兰泄漏，东北风 2 m/s"),
        Field("planned_people", FieldType.INTEGER, Words("计划人数", "People planned"), minimum=1, maximum=100000, unit="人", in_list=False, example="60"),
        Field("planned_alarm_min", FieldType.NUMBER, Words("计划报警", "Alarm given, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="1"),
        Field("planned_notified_min", FieldType.NUMBER, Words("计划通知队伍", "Teams alerted, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="3"),
        Field("planned_turned_out_min", FieldType.NUMBER, Words("计划队伍出动", "Teams turned out, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="5"),
        Field("planned_first_team_min", FieldType.NUMBER, Words("计划首支队伍到场", "First team on site, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="12"),
        Field("planned_ordered_min", FieldType.NUMBER, Words("计划下令疏散", "Evacuation ordered, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="6"),
        Field("planned_evacuated_min", FieldType.NUMBER, Words("计划疏散完成", "Evacuated, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="25"),
        Field("planned_ended_min", FieldType.NUMBER, Words("计划演练结束", "Exercise ends, planned"), minimum=0, maximum=1440, unit="min", in_list=False, example="60"),
        Field(
            "simulation", FieldType.TEXT, Words("计划时间的来源：模拟推演", "Planned times taken from a simulation"), max_length=80,
            pattern="[0-9a-f-]{36}/[0-9a-f-]{36}", pattern_words=Words("演练编号/推演编号", "the drill and its course"), in_list=False,
            opens="/studio/drill#{value}",
        ),
        Field("simulation_title", FieldType.TEXT, Words("模拟推演的名称", "Title of the simulation"), max_length=80, in_list=False, example=""),
        Field("executed_on", FieldType.DATE, Words("执行日期", "Executed on"), example="2026-06-10"),
        Field("people", FieldType.INTEGER, Words("参加人数", "People"), minimum=1, maximum=100000, unit="人", example="57"),
        Field("alarm_min", FieldType.NUMBER, Words("实际报警", "Alarm given"), minimum=0, maximum=1440, unit="min", in_list=False, example="1"),
        Field("notified_min", FieldType.NUMBER, Words("实际通知队伍", "Teams alerted"), minimum=0, maximum=1440, unit="min", in_list=False, example="3"),
        Field("turned_out_min", FieldType.NUMBER, Words("实际队伍出动", "Teams turned out"), minimum=0, maximum=1440, unit="min", in_list=False, example="6"),
        Field("first_team_min", FieldType.NUMBER, Words("实际首支队伍到场", "First team on site"), minimum=0, maximum=1440, unit="min", example="14"),
        Field("ordered_min", FieldType.NUMBER, Words("实际下令疏散", "Evacuation ordered"), minimum=0, maximum=1440, unit="min", in_list=False, example="7"),
        Field("evacuated_min", FieldType.NUMBER, Words("实际疏散完成", "Evacuated"), minimum=0, maximum=1440, unit="min", example="31"),
        Field("ended_min", FieldType.NUMBER, Words("实际演练结束", "Exercise ends"), minimum=0, maximum=1440, unit="min", in_list=False, example="58"),
        Field("reported_on", FieldType.DATE, Words("报送监管部门日期", "Reported to the authority on"), in_list=False, example=""),
        Field("times_source", FieldType.TEXT, Words("时间取自调度工单", "Times taken from a dispatch order"), max_length=1000, in_list=False, example=""),
        Field("summary", FieldType.TEXT, Words("演练总结", "Summary"), max_length=2000, in_list=False, example="总体达到目的"),
        Field("problems", FieldType.TEXT, Words("发现的问题和整改措施", "Problems found and what is done"), max_length=2000, in_list=False, example="集合点标识不清，已更换"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("planned", Words("已计划", "Planned"), SLATE),
                Choice("executed", Words("已执行", "Executed"), TEAL),
                Choice("summed_up", Words("已总结", "Summed up"), GREEN),
                Choice("cancelled", Words("已取消", "Cancelled"), BROWN),
            ),
            example="已计划",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("应急准备", "Preparedness"),
    owner_field="enterprise_code",
    kept_by=_OWNER,
    code_prefix="DR",
    note=Words(
        "每年至少一次综合或专项预案演练，每半年至少一次现场处置方案演练；危险化学品、矿山、金属冶炼、建筑施工、运输等每半年至少一次，执行后 20 个工作日内报送监管部门。执行后不能再改。",
        "Every year one drill of a comprehensive or special plan, every half-year one of an on-site scheme; in high-hazard trades one every "
        "half-year, reported to the authority within 20 working days. An executed drill is not changed any more.",
    ),
    files=(
        FileKind("record", Words("演练记录和照片", "Record and photographs")),
        FileKind("video", Words("演练视频", "Video")),
    ),
    workflow=Workflow(
        field="state",
        initial="planned",
        locked=frozenset({"executed", "summed_up", "cancelled"}),
        closed=frozenset({"summed_up", "cancelled"}),
        due_field="planned_on",
        moves=(
            Move(
                "execute", Words("已执行", "Executed"), ("planned",), "executed", _OWNER,
                asks=("executed_on", "people", "first_team_min", "evacuated_min"), asked_guard=rules.may_execute, begins_with_row=True,
            ),
            Move("sum_up", Words("总结", "Sum up"), ("executed",), "summed_up", _OWNER, asks=("summary", "problems")),
            Move(
                "report", Words("报送监管部门", "Report to the authority"), ("executed", "summed_up"), None, _OWNER,
                guard=rules.may_report, effect=rules.on_report,
            ),
            Move("cancel", Words("取消", "Cancel"), ("planned",), "cancelled", _OWNER, needs_note=True),
        ),
        deadlines=(
            Deadline(("planned",), None, words=Words("计划的演练没有执行", "A planned drill was not executed"), level="4"),
        ),
    ),
    rules=RowRules(system_fields=frozenset({"simulation", "simulation_title", "times_source", "reported_on"})),
    compared=(
        *(
            Compared(step.words, step.planned, step.field)
            for step in rules.LIVE_STEPS
            if step.planned is not None and step.field is not None
        ),
        Compared(Words("参加人数", "People"), "planned_people", "people", Words("多 {n}", "{n} more"), Words("少 {n}", "{n} fewer")),
    ),
    calendar=("planned_on", "planned_on"),
    order=20,
)  # fmt: skip
