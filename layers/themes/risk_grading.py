"""Declare the risk grades (风险等级 A–D) of enterprises with their evidence: asked for, confirmed, or returned (row L13)."""

from layers import risk_rules as rules
from layers.colors import BROWN, GREEN, SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, Register
from layers.workflow import Move, Party, Workflow

_AUTHORITY = frozenset({Party.AUTHORITY})

LAYER = Layer(
    id="risk_grading",
    words=Words("企业风险评级", "Risk grading of an enterprise"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("评级编号", "Grading number"),
    code_example="RG0000001",
    name_words=Words("评级名称", "Title"),
    name_example="2026 年度安全风险评估",
    icon="maki:caution",
    color=SLATE,
    symbol_field="state",
    order=14,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "grade", FieldType.CHOICE, Words("风险等级", "Grade"), required=True,
            choices=(
                Choice("A", Words("A 级（低）", "A (low)")),
                Choice("B", Words("B 级", "B")),
                Choice("C", Words("C 级", "C")),
                Choice("D", Words("D 级（高）", "D (high)")),
            ),
            example="B",
        ),
        Field(
            "basis", FieldType.CHOICE, Words("依据", "Basis"), required=True,
            choices=(
                Choice("report", Words("第三方评估报告", "Report of a third party")),
                Choice("ruling", Words("主管部门直接判定", "Direct ruling of the authority")),
            ),
            example="第三方评估报告",
        ),
        Field("agency", FieldType.TEXT, Words("评估机构", "Agency"), max_length=100, in_list=False, example="示例安全评价公司"),
        Field("reason", FieldType.TEXT, Words("判定理由", "Reason"), max_length=300, in_list=False, example="近一年发生生产安全事故"),
        Field("graded_on", FieldType.DATE, Words("评级日期", "Graded on"), required=True, example="2026-06-01"),
        Field("valid_until_on", FieldType.DATE, Words("有效期至", "Valid until"), example="2029-06-01"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("draft", Words("待提交", "Draft"), SLATE),
                Choice("submitted", Words("待确认", "To confirm"), TEAL),
                Choice("confirmed", Words("已确认", "Confirmed"), GREEN),
                Choice("returned", Words("已退回", "Returned"), BROWN),
            ),
            example="待提交",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("风险隐患", "Risks and hidden dangers"),
    owner_field="enterprise_code",
    code_prefix="RG",
    note=Words(
        "企业风险等级 A 低、D 高（与风险点 1 高、4 低方向相反）。须附评估报告或判定文件；确认后写入企业档案和地图。",
        "Enterprises rise from A (low) to D, while risk points fall from 1 to 4. The report or ruling is attached; once confirmed it stands "
        "in the enterprise's file and on the map.",
    ),
    files=(FileKind("evidence", Words("评估报告或判定文件", "Report or ruling"), frozenset({"draft", "returned"})),),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"submitted", "confirmed"}),
        moves=(
            Move("submit", Words("提交", "Submit"), ("draft", "returned"), "submitted", asks_files=(("evidence", None),), asked_guard=rules.may_submit),
            Move("confirm", Words("确认", "Confirm"), ("submitted",), "confirmed", _AUTHORITY),
            Move("return", Words("退回", "Return"), ("submitted",), "returned", _AUTHORITY, needs_note=True),
        ),
    ),
    alarms=(Alarm("valid_until_on", Words("企业风险评级到期", "A risk grading ends"), days_before=60),),
    enterprise_carries=(("grade", "risk_grade"),),
    carried_from="confirmed",
    order=8,
)  # fmt: skip
