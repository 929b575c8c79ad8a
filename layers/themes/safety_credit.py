"""Declare what authorities hold of an enterprise's credit in safety (安全生产信用): penalties, lists, commendations (row L4)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.day_rules import not_before
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, Register, RowRules
from layers.workflow import Move, Party, Workflow

_AUTHORITY, _OWNER = frozenset({Party.AUTHORITY}), frozenset({Party.OWNER})

LAYER = Layer(
    id="safety_credit",
    words=Words("安全生产信用", "Credit in safety"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("信用编号", "Number"),
    code_example="CR0000001",
    name_words=Words("事由", "What for"),
    name_example="未按规定进行安全培训",
    icon="maki:town-hall",
    color=SLATE,
    symbol_field="kind",
    order=31,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("信用类别", "Kind"), required=True,
            choices=(
                Choice("commended", Words("守信激励", "Commended"), GREEN),
                Choice("promised", Words("信用承诺", "Pledge"), TEAL),
                Choice("penalty", Words("行政处罚", "Penalty"), BROWN),
                Choice("listed", Words("严重失信主体名单", "List of serious breaches"), VIOLET),
            ),
            aliases=("类别",), example="行政处罚",
        ),
        Field("decided_on", FieldType.DATE, Words("决定日期", "Decided on"), required=True, aliases=("认定日期",), example="2026-03-12"),
        Field("decided_by", FieldType.TEXT, Words("决定机关", "Decided by"), required=True, max_length=100, example="示例区应急管理局"),
        Field("document", FieldType.TEXT, Words("文书号", "Document"), max_length=60, example="（示）应急罚〔2026〕12 号"),
        Field("basis", FieldType.TEXT, Words("依据", "Basis"), max_length=300, in_list=False, example="《安全生产法》第九十七条"),
        Field("fine_10k_cny", FieldType.NUMBER, Words("罚款", "Fine"), minimum=0, maximum=100_000, unit="万元", example="3"),
        Field("shown_until", FieldType.DATE, Words("公示至", "Shown until"), example="2027-03-12"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("in_force", Words("有效", "In force"), BROWN),
                Choice("asked", Words("申请修复", "Asks for repair"), TEAL),
                Choice("repaired", Words("已修复", "Repaired"), GREEN),
                Choice("ended", Words("已到期或撤销", "Ended"), SLATE),
            ),
            example="有效",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    kept_by=_AUTHORITY,
    owner_field="enterprise_code",
    code_prefix="CR",
    note=Words(
        "监管部门登记守信激励、信用承诺、行政处罚和严重失信主体名单，企业只能查看；整改后企业附材料申请修复，由监管部门决定。公示期满前 7 天提醒。",
        "Kept by authorities, read by the enterprise; once it has mended it asks for repair with its papers attached, and the authority decides. A warning comes "
        "7 days before the showing ends.",
    ),
    rules=RowRules(faults=not_before("shown_until", "decided_on", Words("公示截止早于决定日期。", "It would be shown until before it was decided."))),
    files=(
        FileKind("document", Words("文书", "Document")),
        FileKind("repair", Words("信用修复材料", "Papers for the repair")),
    ),
    workflow=Workflow(
        field="state",
        initial="in_force",
        locked=frozenset({"asked", "repaired", "ended"}),
        closed=frozenset({"repaired", "ended"}),
        moves=(
            Move("ask", Words("申请修复", "Ask for repair"), ("in_force",), "asked", _OWNER, needs_note=True, asks_files=(("repair", None),)),
            Move("repair", Words("同意修复", "Repair"), ("asked", "in_force"), "repaired", _AUTHORITY, needs_note=True),
            Move("refuse", Words("不同意修复", "Refuse"), ("asked",), "in_force", _AUTHORITY, needs_note=True),
            Move("end", Words("到期或撤销", "End"), ("in_force", "asked"), "ended", _AUTHORITY, needs_note=True),
        ),
    ),
    alarms=(Alarm("shown_until", Words("信用公示期满", "The showing of a credit record ends"), days_before=7, stages=("before",)),),
    order=16,
)  # fmt: skip
