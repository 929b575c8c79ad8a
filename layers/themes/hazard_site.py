"""Declare major hazard installations (重大危险源): identified, declared, accepted, listed, written off (row L8)."""

from layers import hazard_declaration as rules
from layers import listed_supervision
from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, Register, RowRules, Watch
from layers.workflow import Move, Party, Workflow

_OWNER, _AUTHORITY = frozenset({Party.OWNER}), frozenset({Party.AUTHORITY})

LAYER = Layer(
    id="hazard_site",
    words=Words("重大危险源", "Major hazard installation"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("危险源编码", "Installation code"),
    code_example="HS0001",
    name_words=Words("危险源名称", "Installation name"),
    name_aliases=("重大危险源名称",),
    name_example="液氨储存单元",
    icon="own:hazard-site",
    color=GRADE_4,
    symbol_field="grade",
    raw_min_zoom=11,
    order=11,
    fields=(
        Field(
            "grade", FieldType.CHOICE, Words("危险源等级", "Grade"),
            choices=(
                Choice("1", Words("一级", "Grade 1"), GRADE_1),
                Choice("2", Words("二级", "Grade 2"), GRADE_2),
                Choice("3", Words("三级", "Grade 3"), GRADE_3),
                Choice("4", Words("四级", "Grade 4"), GRADE_4),
            ),
            aliases=("等级", "级别"), example="三级",
        ),
        Field(
            "is_storage", FieldType.BOOLEAN, Words("储存单元", "Storage unit"), aliases=("是否储存单元",), example="是",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "state", FieldType.CHOICE, Words("申报状态", "Declaration"), required=True,
            choices=(
                Choice("draft", Words("未申报", "Not declared")),
                Choice("declared", Words("已申报待审", "Declared, in review")),
                Choice("accepted", Words("审核通过", "Accepted")),
                Choice("written_off", Words("已核销", "Written off")),
            ),
            aliases=("状态",), example="未申报",
        ),
        Field("commissioned_on", FieldType.DATE, Words("投用日期", "In use since"), in_list=False, example="2020-06-01"),
        Field("next_assessment_on", FieldType.DATE, Words("下次评估日期", "Next assessment"), in_list=False, example="2028-06-01"),
        Field("keeper_name", FieldType.TEXT, Words("主要负责人", "Responsible"), max_length=60, is_sensitive=True, in_list=False, example="李四"),
        Field("keeper_phone", FieldType.PHONE, Words("负责人电话", "Phone"), is_sensitive=True, in_list=False, example="13800000000"),
        Field(
            "standard", FieldType.CHOICE, Words("辨识标准", "Standard"), in_list=False,
            choices=(
                Choice("gb18218_2018", Words("GB 18218-2018", "GB 18218-2018")),
                Choice("gb18218_2009", Words("GB 18218-2009 与 40 号令", "GB 18218-2009 with order 40")),
            ),
            example="GB 18218-2018",
        ),
        Field("ratio_sum", FieldType.NUMBER, Words("Σq/Q", "Sum of q/Q"), minimum=0, in_list=False),
        Field("alpha", FieldType.NUMBER, Words("校正系数 α", "Alpha"), minimum=0, maximum=2, in_list=False),
        Field("r_value", FieldType.NUMBER, Words("R 值", "R"), minimum=0),
        Field("people_declared", FieldType.INTEGER, Words("申报的 500 米内人数", "People within 500 m, declared"), minimum=0, in_list=False),
        Field("people_counted", FieldType.INTEGER, Words("地图统计的 500 米内人数", "People within 500 m, counted"), minimum=0, in_list=False),
        Field(
            "counted_from", FieldType.CHOICE, Words("人数从何处起算", "Counted from"), in_list=False,
            choices=(
                Choice("boundary", Words("厂区边界", "Plant boundary")),
                Choice("point", Words("危险源点位", "The site's point")),
            ),
            example="厂区边界",
        ),
        Field(
            "boundary_code", FieldType.TEXT, Words("厂区边界编号", "Boundary"), max_length=40, references="plant_boundary", in_list=False,
            example="",
        ),
        Field("plant_radius_m", FieldType.NUMBER, Words("厂区边界距该点", "Plant boundary from the point"), minimum=0, maximum=5000, unit="m", in_list=False),
        Field("assessed_at", FieldType.INSTANT, Words("辨识时间", "Identified"), in_list=False),
        Field("declared_at", FieldType.INSTANT, Words("申报时间", "Declared"), in_list=False),
        Field("accepted_at", FieldType.INSTANT, Words("通过时间", "Accepted"), in_list=False),
        Field("is_listed", FieldType.BOOLEAN, Words("挂牌督办", "Listed supervision"), in_list=False),
        Field("listed_at", FieldType.INSTANT, Words("挂牌时间", "Listed"), in_list=False),
        Field("written_off_at", FieldType.INSTANT, Words("核销时间", "Written off"), in_list=False),
    ),
    counted_by=("assessed_at", "declared_at", "accepted_at", "listed_at", "written_off_at"),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("风险隐患", "Risks and hidden dangers"),
    owner_field="enterprise_code",
    code_prefix="HS",
    note=Words(
        "按 GB 18218 辨识分级（Σq/Q ≥ 1 构成重大危险源），申报后锁定；审核通过后可挂牌、核销，变更时重新辨识申报。",
        "Identified and graded by GB 18218 (a major hazard from Σq/Q = 1 on), locked once declared; accepted ones are listed or "
        "written off, and identified anew when they change.",
    ),
    files=(FileKind("assessment", Words("评估报告", "Assessment report"), frozenset({"draft"})),),
    rules=RowRules(rules.SYSTEM_FIELDS, rules.fills),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"declared", "accepted", "written_off"}),
        closed=frozenset({"written_off"}),
        moves=(
            Move("declare", Words("申报", "Declare"), ("draft",), "declared", _OWNER, guard=rules.may_declare, effect=rules.on_declare),
            Move("accept", Words("审核通过", "Accept"), ("declared",), "accepted", _AUTHORITY, effect=rules.on_accept),
            Move("return", Words("退回", "Return"), ("declared",), "draft", _AUTHORITY, needs_note=True),
            Move("list", Words("挂牌督办", "Put under listed supervision"), ("accepted",), None, _AUTHORITY, needs_note=True, guard=listed_supervision.may_list, effect=listed_supervision.on_list),
            Move("unlist", Words("摘牌", "Take off the list"), ("accepted",), None, _AUTHORITY, needs_note=True, guard=listed_supervision.may_unlist, effect=listed_supervision.on_unlist),
            Move("write_off", Words("核销", "Write off"), ("accepted",), "written_off", _AUTHORITY, needs_note=True, effect=rules.on_write_off),
            Move("revise", Words("变更后重新辨识", "Identify anew after a change"), ("accepted",), "draft", _OWNER, needs_note=True),
        ),
    ),
    alarms=(Alarm("next_assessment_on", Words("重大危险源应评估", "Assessment of a major hazard is due"), days_before=90),),
    watches=(
        Watch("undeclared", Words("重大危险源未申报", "A major hazard is not declared"), (("state", "=", "draft"), ("ratio_sum", ">=", 1.0)), level="3"),
        Watch(
            "r_high", Words("重大危险源 R 值达到上限", "R of a major hazard is at its limit or above"),
            (("state", "<>", "written_off"), ("r_value", ">=", 50.0)), level="2", limit_of="r_value", limit_between=(1.0, 10_000.0),
        ),
    ),
    order=6,
)  # fmt: skip
