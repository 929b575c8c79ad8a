"""Declare assessments of safety and of occupational health (安全评价、职业卫生评价) that come again after years (row L4)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.file_rules import assessment_faults, next_assessment
from layers.register import Alarm, FileKind, Register, RowRules
from layers.verification import state_field, verifying_moves
from layers.workflow import Move, Party, Workflow

LAYER = Layer(
    id="safety_assessment",
    words=Words("安全与职业卫生评价", "Assessment"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("评价编号", "Assessment number"),
    code_example="SA0000001",
    name_words=Words("报告名称", "Report"),
    name_example="安全现状评价报告",
    icon="maki:information",
    color=SLATE,
    symbol_field="state",
    order=27,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("评价类别", "Kind"), required=True,
            choices=(
                Choice("pre", Words("安全预评价", "Safety, before building")),
                Choice("acceptance", Words("安全验收评价", "Safety, at acceptance")),
                Choice("status", Words("安全现状评价", "Safety, as it stands")),
                Choice("special", Words("专项安全评价", "Safety, special")),
                Choice("hygiene_pre", Words("职业病危害预评价", "Occupational hazards, before building")),
                Choice("hygiene_control", Words("职业病危害控制效果评价", "Occupational hazards, effect of controls")),
                Choice("hygiene_status", Words("职业病危害现状评价", "Occupational hazards, as they stand")),
                Choice("hygiene_detection", Words("职业病危害因素检测", "Measurement of occupational hazards")),
            ),
            aliases=("类别",), example="安全现状评价",
        ),
        Field("agency", FieldType.TEXT, Words("评价机构", "Agency"), required=True, max_length=100, aliases=("机构",), example="示例市安全技术服务中心"),
        Field("agency_certificate", FieldType.TEXT, Words("机构资质证书编号", "Agency's certificate"), max_length=60, in_list=False, example="APJ-(粤)-001"),
        Field("reported_on", FieldType.DATE, Words("报告日期", "Reported on"), required=True, example="2024-06-20"),
        Field(
            "conclusion", FieldType.CHOICE, Words("评价结论", "Conclusion"), required=True,
            choices=(
                Choice("met", Words("符合要求", "Met"), GREEN), Choice("mend", Words("整改后符合", "Met when mended"), TEAL),
                Choice("unmet", Words("不符合要求", "Not met"), BROWN),
            ),
            aliases=("结论",), example="符合要求",
        ),
        Field("problem_count", FieldType.INTEGER, Words("提出问题数", "Problems found"), minimum=0, maximum=10_000, unit="项", example="6"),
        Field("mended_count", FieldType.INTEGER, Words("已整改数", "Mended"), minimum=0, maximum=10_000, unit="项", example="6"),
        Field("next_on", FieldType.DATE, Words("下次评价日期", "Next one on"), example="2027-06-20"),
        state_field(Choice("replaced", Words("已有新报告", "Replaced by a newer one"), SLATE)),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    code_prefix="SA",
    note=Words(
        "安全现状评价每三年一次，职业病危害现状评价每三年、检测每年一次：不填下次日期时按此算出，到期前 90 天提醒，过期再次预警。有新报告后把旧的标为“已有新报告”。",
        "Safety as it stands is assessed every three years, occupational hazards every three, measured every year: the next day follows where it is left "
        "empty; a warning comes 90 days before and another when it has passed. Mark the old report as replaced when there is a newer one.",
    ),
    rules=RowRules(fills=next_assessment, faults=assessment_faults),
    files=(
        FileKind("report", Words("评价报告", "Report")),
        FileKind("mending", Words("整改确认", "Proof of mending")),
    ),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"submitted", "verified", "replaced"}),
        closed=frozenset({"replaced"}),
        moves=(
            *verifying_moves(asks_files=(("report", None),)),
            Move("replace", Words("已有新报告", "Replaced"), ("verified", "returned", "draft"), "replaced", needs_note=True),
        ),
    ),
    alarms=(Alarm("next_on", Words("评价到期", "Assessment is owed again"), days_before=90),),
    order=12,
)  # fmt: skip
