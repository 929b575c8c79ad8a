"""Declare suspensions of production (停产申报): declared, looked into, resumed with the authority's word (row L7)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.day_rules import not_before
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, Register, RowRules
from layers.workflow import Move, Party, Workflow

_OWNER, _AUTHORITY = frozenset({Party.OWNER}), frozenset({Party.AUTHORITY})

LAYER = Layer(
    id="production_stop",
    words=Words("停产申报", "Suspension of production"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("申报编号", "Declaration number"),
    code_example="PS0000001",
    name_words=Words("停产的装置或场所", "What stops"),
    name_example="二车间全部生产线",
    icon="maki:roadblock",
    color=SLATE,
    symbol_field="state",
    order=18,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "extent", FieldType.CHOICE, Words("停产范围", "Extent"), required=True,
            choices=(Choice("all", Words("全部停产", "All of it")), Choice("part", Words("部分停产", "A part"))), example="部分停产",
        ),
        Field(
            "reason", FieldType.CHOICE, Words("停产原因", "Reason"), required=True,
            choices=(
                Choice("repair", Words("检修", "Repair")),
                Choice("mending", Words("隐患整改", "Mending of hidden dangers")),
                Choice("ordered", Words("责令停产", "Ordered")),
                Choice("season", Words("季节或节假日", "Season or holidays")),
                Choice("market", Words("经营原因", "Business")),
                Choice("other", Words("其他", "Other")),
            ),
            aliases=("原因",), example="检修",
        ),
        Field("stops_on", FieldType.DATE, Words("停产日期", "Stops on"), required=True, example="2026-11-20"),
        Field("resumes_on", FieldType.DATE, Words("预计复产日期", "Expected to resume on"), example="2026-12-20"),
        Field("measures", FieldType.TEXT, Words("停产期间安全措施", "Measures meanwhile"), required=True, max_length=1000, in_list=False, example="物料清空、断电上锁、24 小时值守"),
        Field("keeper_name", FieldType.TEXT, Words("留守负责人", "In charge meanwhile"), required=True, max_length=60, is_sensitive=True, example="李四"),
        Field("keeper_phone", FieldType.PHONE, Words("留守负责人电话", "Their phone"), required=True, is_sensitive=True, in_list=False, example="13800000000"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("draft", Words("未提交", "Draft"), SLATE),
                Choice("declared", Words("已申报", "Declared"), BROWN),
                Choice("stopped", Words("停产中（已核实）", "Stopped, looked into"), VIOLET),
                Choice("asked", Words("申请复产", "Asks to resume"), TEAL),
                Choice("resumed", Words("已复产", "Resumed"), GREEN),
            ),
            example="未提交",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    owner_field="enterprise_code",
    kept_by=_OWNER,
    code_prefix="PS",
    note=Words(
        "停产前申报，写明停产期间的安全措施和留守负责人；监管部门核实。复产前申请，附安全条件确认，由监管部门同意。预计复产前 7 天提醒。",
        "Declared before production stops, with the measures meanwhile and who is in charge; the authority looks into it. Before it resumes the "
        "enterprise asks, with its safety check attached, and the authority agrees. A warning comes 7 days before the expected day.",
    ),
    rules=RowRules(faults=not_before("resumes_on", "stops_on", Words("预计复产日期早于停产日期。", "Production would resume before it stops."))),
    files=(
        FileKind("check", Words("复产安全条件确认", "Safety check before resuming")),
        FileKind("other", Words("其他材料", "Other papers")),
    ),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"declared", "stopped", "asked", "resumed"}),
        closed=frozenset({"resumed"}),
        due_field="resumes_on",
        moves=(
            Move("declare", Words("申报", "Declare"), ("draft",), "declared", _OWNER),
            Move("return", Words("退回", "Return"), ("declared",), "draft", _AUTHORITY, needs_note=True),
            Move("verify", Words("核实", "Look into it"), ("declared",), "stopped", _AUTHORITY, needs_note=True),
            Move("ask", Words("申请复产", "Ask to resume"), ("stopped",), "asked", _OWNER, asks_files=(("check", None),)),
            Move("refuse", Words("不同意复产", "Refuse"), ("asked",), "stopped", _AUTHORITY, needs_note=True),
            Move("resume", Words("同意复产", "Agree"), ("asked",), "resumed", _AUTHORITY, needs_note=True),
        ),
    ),
    alarms=(Alarm("resumes_on", Words("预计复产日期临近", "Production is expected to resume"), days_before=7),),
    order=14,
)  # fmt: skip
