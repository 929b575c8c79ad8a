"""Declare permits for dangerous work (作业票): asked for, approved, at work, closed, or lapsed by the clock (row L20)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Register
from layers.workflow import Deadline, Move, Party, Workflow

_OWNER = frozenset({Party.OWNER})

LAYER = Layer(
    id="work_permit",
    words=Words("作业票", "Work permit"),
    group=Words("企业设施", "Facilities"),
    code_words=Words("作业票编号", "Permit number"),
    code_example="WP0000001",
    name_words=Words("作业内容", "Work"),
    name_example="2 号罐区管线动火",
    icon="maki:roadblock",
    color=SLATE,
    symbol_field="state",
    order=42,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("作业类别", "Kind"), required=True,
            choices=(
                Choice("hot", Words("动火作业", "Hot work")),
                Choice("confined", Words("受限空间作业", "Confined space entry")),
                Choice("blind", Words("盲板抽堵作业", "Blind plate work")),
                Choice("height", Words("高处作业", "Work at height")),
                Choice("lifting", Words("吊装作业", "Lifting")),
                Choice("power", Words("临时用电作业", "Temporary electricity")),
                Choice("earth", Words("动土作业", "Earthwork")),
                Choice("road", Words("断路作业", "Road closure")),
            ),
            aliases=("类别",), example="动火作业",
        ),
        Field(
            "grade", FieldType.CHOICE, Words("作业级别", "Grade"),
            choices=(
                Choice("special", Words("特级", "Special")),
                Choice("first", Words("一级", "First")),
                Choice("second", Words("二级", "Second")),
                Choice("none", Words("不分级", "Not graded")),
            ),
            example="一级",
        ),
        Field("crew", FieldType.TEXT, Words("作业单位", "Done by"), max_length=100, example="示例安装公司"),
        Field("guardian", FieldType.TEXT, Words("监护人", "Guardian"), required=True, max_length=60, is_sensitive=True, example="李四"),
        Field("measures", FieldType.TEXT, Words("安全措施", "Safety measures"), max_length=500, in_list=False, example="清洗置换、气体分析合格、备灭火器"),
        Field("approver", FieldType.TEXT, Words("批准人", "Approved by"), max_length=60, is_sensitive=True, example="王五"),
        Field("begins_at", FieldType.INSTANT, Words("有效期起", "Valid from"), required=True, example="2026-11-20 08:00"),
        Field("ends_at", FieldType.INSTANT, Words("有效期止", "Valid until"), required=True, example="2026-11-20 16:00"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("asked", Words("待批准", "Asked for"), SLATE),
                Choice("approved", Words("已批准", "Approved"), TEAL),
                Choice("working", Words("作业中", "At work"), BROWN),
                Choice("closed", Words("已验收", "Closed"), GREEN),
                Choice("lapsed", Words("已失效", "Lapsed"), VIOLET),
            ),
            example="待批准",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("作业管理", "Work"),
    owner_field="enterprise_code",
    kept_by=_OWNER,
    code_prefix="WP",
    note=Words(
        "八类特殊作业的作业票；有效期止仍未验收的，由系统置为“已失效”并预警。",
        "Permits of the eight kinds of dangerous work; one that is not closed when it ends is set to lapsed by the system, with a warning.",
    ),
    workflow=Workflow(
        field="state",
        initial="asked",
        locked=frozenset({"approved", "working", "closed", "lapsed"}),
        closed=frozenset({"closed", "lapsed"}),
        due_field="ends_at",
        moves=(
            Move("approve", Words("批准", "Approve"), ("asked",), "approved", _OWNER, asks=("approver", "measures")),
            Move("begin", Words("开始作业", "Begin work"), ("approved",), "working", _OWNER),
            Move("close", Words("完工验收", "Close"), ("working",), "closed", _OWNER, needs_note=True),
            Move("withdraw", Words("撤回", "Withdraw"), ("approved",), "asked", _OWNER, needs_note=True),
        ),
        deadlines=(
            Deadline(
                ("asked", "approved"), "lapsed", level="4",
                words=Words("作业票过期未作业", "A permit ended without work"),
            ),
            Deadline(
                ("working",), "lapsed", level="2",
                words=Words("作业超过有效期未验收", "Work goes on past its permit"),
            ),
        ),
    ),
    order=30,
)  # fmt: skip
