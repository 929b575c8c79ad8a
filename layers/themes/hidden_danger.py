"""Declare hidden dangers (隐患): registered, rectified, reviewed, closed, or overdue by the clock (row L9)."""

from layers import listed_supervision
from layers import rectification as rules
from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Subset, Words
from layers.register import Alarm, FileKind, Register, RowRules
from layers.workflow import Deadline, Move, Party, Workflow

_AUTHORITY = frozenset({Party.AUTHORITY})

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
        Field(
            "due_at", FieldType.INSTANT, Words("整改期限", "Deadline"), required=True, aliases=("期限",), example="2026-12-01 09:00",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "category", FieldType.CHOICE, Words("隐患类别", "Category"), in_list=False,
            choices=(
                Choice("management", Words("基础管理", "Management")),
                Choice("equipment", Words("设备设施", "Equipment")),
                Choice("fire", Words("消防安全", "Fire safety")),
                Choice("electric", Words("用电安全", "Electricity")),
                Choice("chemical", Words("危险化学品", "Chemicals")),
                Choice("work", Words("作业行为", "Conduct of work")),
                Choice("environment", Words("场所环境", "Premises")),
                Choice("other", Words("其他", "Other")),
            ),
            aliases=("类别",), example="用电安全",
        ),
        Field("place", FieldType.TEXT, Words("隐患部位", "Where it is"), max_length=100, in_list=False, example="二车间配电室"),
        Field(
            "plan_code", FieldType.TEXT, Words("查出它的排查", "Found by the inspection"), max_length=40, references="check_plan", in_list=False,
            aliases=("排查计划编号",), example="",
        ),
        Field(
            "inspection_code", FieldType.TEXT, Words("查出它的政府巡查", "Found by the authority's inspection"), max_length=40,
            references="government_inspection", in_list=False, aliases=("政府巡查编号",), example="",
        ),
        Field(
            "item_code", FieldType.TEXT, Words("不符合的检查项", "Item that does not conform"), max_length=40, references="check_item", in_list=False,
            aliases=("检查项编号",), example="",
        ),
        Field(
            "route_code", FieldType.TEXT, Words("查出它的巡查路线", "Found on the patrol route"), max_length=40, references="patrol_route", in_list=False,
            aliases=("巡查路线编号",), example="",
        ),
        Field(
            "area_code", FieldType.TEXT, Words("查出它的重点部位", "Found in the key area"), max_length=40, references="key_area", in_list=False,
            aliases=("重点部位编号",), example="",
        ),
        Field("finder_name", FieldType.TEXT, Words("检查人", "Found by"), max_length=60, is_sensitive=True, in_list=False, example="李四"),
        Field("basis", FieldType.TEXT, Words("排查依据", "Rule it breaks"), max_length=300, in_list=False, example="GB 50016"),
        Field("responsible_name", FieldType.TEXT, Words("整改责任人", "Responsible"), max_length=60, is_sensitive=True, in_list=False, example="王五"),
        Field("measures", FieldType.TEXT, Words("治理措施", "Measures"), max_length=500, in_list=False, example="清理可燃物，划线定置"),
        Field("cost_yuan", FieldType.NUMBER, Words("治理资金", "Cost"), minimum=0, maximum=1e10, unit="元", in_list=False, example="2000"),
        Field("rectification", FieldType.TEXT, Words("整改情况", "What was done"), max_length=500, in_list=False),
        Field("rectified_at", FieldType.INSTANT, Words("整改填报时间", "Rectified"), in_list=False),
        Field("completed_at", FieldType.INSTANT, Words("整改完成时间", "Completed"), in_list=False),
        Field("rounds", FieldType.INTEGER, Words("整改轮次", "Rounds"), minimum=1, in_list=False),
        Field("first_due_at", FieldType.INSTANT, Words("登记时的期限", "First deadline"), in_list=False),
        Field(
            "extension", FieldType.CHOICE, Words("延期", "Extension"), in_list=False,
            choices=(
                Choice("none", Words("未申请", "Not asked for")),
                Choice("asked", Words("已申请", "Asked for")),
                Choice("granted", Words("已准延期", "Granted")),
                Choice("refused", Words("不予延期", "Refused")),
            ),
            example="未申请",
        ),
        Field("extension_reason", FieldType.TEXT, Words("延期原因", "Reason of the extension"), max_length=500, in_list=False),
        Field("extended_to", FieldType.INSTANT, Words("新整改期限", "New deadline"), in_list=False),
        Field("is_listed", FieldType.BOOLEAN, Words("挂牌督办", "Listed supervision"), in_list=False),
        Field("listed_at", FieldType.INSTANT, Words("挂牌时间", "Listed"), in_list=False),
    ),
    counted_by=("registered_at", "first_due_at", "grade"),
    subsets=(
        Subset("in_time", Words("按期整改完成", "Rectified in time"), "state = 'done' AND completed_at <= first_due_at"),
        Subset("unfinished", Words("未完成整改", "Not rectified"), "state <> 'done'"),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("风险隐患", "Risks and hidden dangers"),
    owner_field="enterprise_code",
    owner_through="route_code",
    code_prefix="HD",
    note=Words(
        "企业自查自报和政府检查发现的隐患。整改并审核通过都应在期限（精确到分钟）之内，否则由系统置为逾期未整改；只能申请一次延期。",
        "Hidden dangers that enterprises report and government finds. Rectifying and passing the review both happen by the deadline, "
        "to the minute, else the system sets overdue; one extension at most.",
    ),
    files=(
        FileKind("before", Words("整改前照片", "Photographs before"), frozenset({"pending"}), pictures_only=True),
        FileKind(
            "after", Words("整改后照片", "Photographs after"), frozenset({"pending"}), pictures_only=True, given_by=rules.by_rectifier,
        ),
    ),
    rules=RowRules(rules.SYSTEM_FIELDS, rules.fills, rules.faults, rules.keeps, rules.COMPARES),
    workflow=Workflow(
        field="state",
        initial="pending",
        locked=frozenset({"in_review", "done", "overdue", "extension"}),
        closed=frozenset({"done"}),
        due_field="due_at",
        moves=(
            Move(
                "rectify", Words("整改填报", "Rectify"), ("pending",), "in_review", asks=("rectification",),
                asks_files=(("after", "rectified_at"),), guard=rules.rectifies_in_time, effect=rules.on_rectify,
            ),
            Move("pass", Words("审核通过", "Pass"), ("in_review",), "done", needs_note=True, guard=rules.review_in_time, effect=rules.on_pass),
            Move("fail", Words("审核不通过", "Fail"), ("in_review",), "pending", needs_note=True, guard=rules.review_in_time, effect=rules.on_fail),
            Move(
                "ask_extension", Words("延期申请", "Ask for an extension"), ("pending", "overdue"), "extension",
                asks=("extension_reason",), guard=rules.may_ask_extension, effect=rules.on_ask,
            ),
            Move(
                "grant_extension", Words("准予延期", "Grant the extension"), ("extension",), "pending", asks=("extended_to",),
                needs_note=True, guard=rules.by_reviewer, asked_guard=rules.new_deadline_ahead, effect=rules.on_grant,
            ),
            Move("deny_extension", Words("不予延期", "Refuse the extension"), ("extension",), "overdue", needs_note=True, guard=rules.by_reviewer, effect=rules.on_deny),
            Move(
                "list", Words("挂牌督办", "Put under listed supervision"), ("pending", "in_review", "overdue", "extension"), None, _AUTHORITY,
                needs_note=True, guard=rules.may_list, effect=listed_supervision.on_list,
            ),
            Move(
                "unlist", Words("摘牌", "Take off the list"), ("pending", "in_review", "overdue", "extension", "done"), None, _AUTHORITY,
                needs_note=True, guard=listed_supervision.may_unlist, effect=listed_supervision.on_unlist,
            ),
        ),
        deadlines=(
            Deadline(
                ("pending", "in_review"), "overdue", level="3", level_by=(("grade", "major", "2"),), tells_enterprise=True,
                words=Words("隐患逾期未整改", "Hidden danger overdue"),
            ),
        ),
    ),
    alarms=(Alarm("due_at", Words("隐患整改期限", "Deadline of a hidden danger"), days_before=3, stages=("before",)),),
    order=5,
)  # fmt: skip
