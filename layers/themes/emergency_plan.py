"""Declare emergency plans (应急预案): assessed, issued, filed, evaluated and revised every three years (row L16)."""

from layers import drill_rules as rules
from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, Register, RowRules
from layers.workflow import Deadline, Move, Party, Workflow

_OWNER, _AUTHORITY = frozenset({Party.OWNER}), frozenset({Party.AUTHORITY})

LAYER = Layer(
    id="emergency_plan",
    words=Words("应急预案", "Emergency plan"),
    group=Words("应急准备", "Preparedness"),
    code_words=Words("预案编号", "Plan number"),
    code_example="EP0000001",
    name_words=Words("预案名称", "Title"),
    name_example="生产安全事故综合应急预案",
    icon="maki:information",
    color=SLATE,
    symbol_field="state",
    order=60,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("预案类别", "Kind"), required=True,
            choices=(
                Choice("comprehensive", Words("综合应急预案", "Comprehensive")),
                Choice("special", Words("专项应急预案", "Special")),
                Choice("on_site", Words("现场处置方案", "On-site scheme")),
            ),
            aliases=("类别",), example="综合应急预案",
        ),
        Field(
            "level", FieldType.CHOICE, Words("响应级别", "Level of response"), required=True,
            choices=tuple(Choice(v, Words(f"{v} 级", f"Level {v}")) for v in ("I", "II", "III", "IV")), example="III 级",
        ),
        Field("risk_assessed_on", FieldType.DATE, Words("风险评估日期", "Risk assessed on"), in_list=False, example="2026-03-01"),
        Field("resources_surveyed_on", FieldType.DATE, Words("应急资源调查日期", "Resources surveyed on"), in_list=False, example="2026-03-05"),
        Field("reviewed_on", FieldType.DATE, Words("评审或论证日期", "Reviewed on"), in_list=False, example="2026-04-10"),
        Field("issued_on", FieldType.DATE, Words("签署公布日期", "Issued on"), example="2026-04-20"),
        Field("signer", FieldType.TEXT, Words("签署人", "Signed by"), max_length=60, is_sensitive=True, in_list=False, example="李四"),
        Field("file_by_on", FieldType.DATE, Words("应在此日前备案", "To be filed by"), example="2026-05-18"),
        Field("answer_by_on", FieldType.DATE, Words("备案机关答复期限", "Authority answers by"), in_list=False, example="2026-05-20"),
        Field("file_number", FieldType.TEXT, Words("备案编号", "File number"), max_length=60, example="440304-2026-0012"),
        Field("evaluated_on", FieldType.DATE, Words("评估日期", "Evaluated on"), in_list=False, example=""),
        Field("evaluate_by_on", FieldType.DATE, Words("应在此日前评估", "To be evaluated by"), in_list=False, example="2029-04-20"),
        Field("revise_by_on", FieldType.DATE, Words("应在此日前修订", "To be revised by"), example="2029-04-20"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("drafting", Words("编制中", "Drafting"), SLATE),
                Choice("reviewed", Words("已评审", "Reviewed"), TEAL),
                Choice("issued", Words("已公布", "Issued"), VIOLET),
                Choice("submitted", Words("备案待答复", "To be filed"), TEAL),
                Choice("filed", Words("已备案", "Filed"), GREEN),
                Choice("returned", Words("已退回", "Returned"), BROWN),
            ),
            example="编制中",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("应急准备", "Preparedness"),
    owner_field="enterprise_code",
    kept_by=_OWNER,
    code_prefix="EP",
    note=Words(
        "风险评估 → 资源调查 → 编制 → 评审 → 签署公布 → 备案。公布后 20 个工作日内备案（工作日按周一至周五计，未扣除法定节假日）；备案机关 5 个工作日未答复视为备案；每三年评估一次（矿山、金属冶炼、建筑施工、危险物品和中型以上的其他单位必须），至少每三年修订。",
        "Risk assessment, resource survey, drafting, review, issue, filing. Filed within 20 working days of issue (Monday to Friday; holidays are "
        "not known); five working days without an answer count as filed; evaluated every three years (mines, smelting, construction, dangerous goods, and "
        "others of medium size or larger must), revised at least every three years.",
    ),
    files=(
        FileKind("plan", Words("预案文本", "The plan")),
        FileKind("risk_assessment", Words("风险评估报告", "Risk assessment")),
        FileKind("resource_survey", Words("应急资源调查报告", "Survey of resources")),
        FileKind("review", Words("评审意见", "Opinion of the review")),
        FileKind("evaluation", Words("评估报告", "Evaluation")),
    ),
    rules=RowRules(system_fields=frozenset({"file_by_on", "answer_by_on", "evaluate_by_on", "revise_by_on"})),
    workflow=Workflow(
        field="state",
        initial="drafting",
        locked=frozenset({"issued", "submitted", "filed"}),
        due_field="answer_by_on",
        moves=(
            Move(
                "review", Words("评审通过", "Reviewed"), ("drafting",), "reviewed", _OWNER,
                asks=("risk_assessed_on", "resources_surveyed_on", "reviewed_on"), asked_guard=rules.may_review,
            ),
            Move("issue", Words("签署公布", "Issue"), ("reviewed",), "issued", _OWNER, asks=("issued_on", "signer"), asked_guard=rules.may_issue, effect=rules.on_issue),
            Move("submit", Words("报送备案", "Submit for filing"), ("issued", "returned"), "submitted", _OWNER, asks_files=(("plan", None),), effect=rules.on_submit),
            Move("file", Words("予以备案", "File"), ("submitted",), "filed", _AUTHORITY, asks=("file_number",)),
            Move("return", Words("退回", "Return"), ("submitted",), "returned", _AUTHORITY, needs_note=True),
            Move(
                "evaluate", Words("三年评估", "Evaluated"), ("issued", "submitted", "filed"), None, _OWNER,
                asks=("evaluated_on",), asks_files=(("evaluation", None),), asked_guard=rules.may_evaluate, effect=rules.on_evaluate,
            ),
            Move("revise", Words("修订", "Revise"), ("filed", "issued"), "drafting", _OWNER, needs_note=True),
        ),
        deadlines=(
            Deadline(("submitted",), "filed", words=Words("备案机关逾期未答复，视为备案", "No answer in time: counts as filed"), level="4"),
        ),
    ),
    alarms=(
        Alarm("file_by_on", Words("应急预案应报备案", "A plan is to be filed"), days_before=10),
        Alarm("evaluate_by_on", Words("应急预案应评估", "A plan is to be evaluated"), days_before=90),
        Alarm("revise_by_on", Words("应急预案应修订", "A plan is to be revised"), days_before=90),
    ),
    order=10,
)  # fmt: skip
