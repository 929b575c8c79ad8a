"""Declare inspections by authorities (政府巡查台账): what was looked at, found, and is to be looked at again (L14, G6)."""

from layers.check_ticks import TICKS
from layers.colors import BROWN, GREEN, SLATE
from layers.day_rules import not_before
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, LeadsTo, Register, RowRules, Ticks
from layers.workflow import Move, Party, Workflow

_AUTHORITY = frozenset({Party.AUTHORITY})

LAYER = Layer(
    id="government_inspection",
    words=Words("政府巡查台账", "Inspection by an authority"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("巡查编号", "Inspection number"),
    code_example="GI0000001",
    name_words=Words("巡查内容", "What was inspected"),
    name_example="危化品仓库专项检查",
    icon="own:patrol",
    color=SLATE,
    symbol_field="state",
    order=26,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码", "被检查单位"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("巡查类别", "Kind"), required=True,
            choices=(
                Choice("daily", Words("日常检查", "Routine")),
                Choice("special", Words("专项检查", "Special campaign")),
                Choice("random", Words("双随机抽查", "Random")),
                Choice("recheck", Words("复查", "Second look")),
                Choice("report", Words("举报核查", "On a report")),
            ),
            aliases=("类别",), example="日常检查",
        ),
        Field("inspected_on", FieldType.DATE, Words("巡查日期", "Inspected on"), required=True, aliases=("检查日期",), example="2026-11-20"),
        Field("inspectors", FieldType.TEXT, Words("巡查人员", "Inspectors"), required=True, max_length=200, is_sensitive=True, aliases=("检查人员",), example="张三、李四"),
        Field("looked_at", FieldType.TEXT, Words("巡查部位和事项", "Looked at"), required=True, max_length=1000, in_list=False, example="仓库通风、静电接地、应急物资"),
        Field(
            "result", FieldType.CHOICE, Words("巡查结果", "Result"), required=True,
            choices=(
                Choice("none", Words("未发现问题", "Nothing found")),
                Choice("mended", Words("当场整改", "Mended on the spot")),
                Choice("ordered", Words("责令限期整改", "Ordered to mend in time")),
                Choice("stopped", Words("责令停产停业", "Ordered to stop")),
            ),
            aliases=("结果",), example="责令限期整改",
        ),
        Field("document", FieldType.TEXT, Words("执法文书号", "Document"), max_length=80, in_list=False, example="（深）应急责改〔2026〕12 号"),
        Field("recheck_on", FieldType.DATE, Words("复查日期", "To be looked at again on"), example="2026-12-05"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("noted", Words("已记录", "Noted"), SLATE),
                Choice("waiting", Words("待复查", "To be looked at again"), BROWN),
                Choice("closed", Words("已办结", "Closed"), GREEN),
            ),
            example="已记录",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("检查与巡查", "Inspections"),
    owner_field="enterprise_code",
    kept_by=_AUTHORITY,
    code_prefix="GI",
    note=Words(
        "监管部门对企业的每次巡查，未发现问题的也记；企业可查看，不能改。查出的隐患从这里登记；复查日期前 3 天提醒。",
        "Each inspection of an enterprise by its authorities, also when nothing was found; the enterprise reads it and changes nothing. "
        "What was found is registered from here; a warning comes 3 days before the second look.",
    ),
    rules=RowRules(faults=not_before("recheck_on", "inspected_on", Words("复查日期早于巡查日期。", "The second look is before the inspection."))),
    workflow=Workflow(
        field="state",
        initial="noted",
        locked=frozenset({"closed"}),
        closed=frozenset({"closed"}),
        due_field="recheck_on",
        moves=(
            Move("order", Words("安排复查", "Arrange a second look"), ("noted", "waiting"), "waiting", _AUTHORITY, asks=("recheck_on",)),
            Move("close", Words("办结", "Close"), ("noted", "waiting"), "closed", _AUTHORITY, needs_note=True),
        ),
    ),
    records=(TICKS,),
    ticks=Ticks("inspection_code", frozenset({"noted", "waiting"}), ("close",)),
    files=(
        FileKind("scene", Words("现场照片", "Photographs"), pictures_only=True),
        FileKind("document", Words("执法文书", "Documents")),
    ),
    alarms=(Alarm("recheck_on", Words("政府巡查复查到期", "A second look by the authority is due"), days_before=3),),
    leads_to=(
        LeadsTo(
            "hidden_danger", Words("隐患", "Hidden dangers"), Words("登记隐患", "Register a hidden danger"),
            takes=(("inspection_code", "code"), ("place", "name"), ("enterprise_code", "enterprise_code")), link="inspection_code",
        ),
    ),
    order=24,
)  # fmt: skip
