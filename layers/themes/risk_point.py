"""Declare risk points (风险点) with their four-colour level, graded by LEC, LS or directly, and their items (L13, G6)."""

from layers import risk_rules as rules
from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, Records, Register, RowRules
from layers.standards.risk_level import LEC, LS, Step
from layers.workflow import Party


def _factor(name: str, words: Words, steps: tuple[Step, ...]) -> Field:
    return Field(
        name, FieldType.CHOICE, words, in_list=False, example=f"{steps[0].value:g} {steps[0].words.zh}",
        choices=tuple(
            Choice(f"{s.value:g}", Words(f"{s.value:g} {s.words.zh}", f"{s.value:g} {s.words.en}")) for s in steps
        ),
    )  # fmt: skip


_METHOD_WORDS = {"lec": Words("LEC", "LEC"), "ls": Words("LS", "LS")}
_FACTORS = tuple(
    _factor(
        name, Words(f"{_METHOD_WORDS[method].zh} {words.zh}", f"{_METHOD_WORDS[method].en} {words.en}"), steps
    )
    for method, found in (("lec", LEC), ("ls", LS))
    for name, words, steps in found.factors
)

LAYER = Layer(
    id="risk_point",
    words=Words("风险点", "Risk point"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("风险点编码", "Risk point code"),
    code_example="RP000001",
    name_words=Words("风险点名称", "Risk point name"),
    name_example="液氨储罐区",
    icon="maki:caution",
    color=GRADE_4,
    symbol_field="level",
    order=12,
    fields=(
        Field(
            "level", FieldType.CHOICE, Words("风险等级", "Risk level"), required=True,
            choices=(
                Choice("1", Words("1 级 重大风险", "1 Major"), GRADE_1),
                Choice("2", Words("2 级 较大风险", "2 Considerable"), GRADE_2),
                Choice("3", Words("3 级 一般风险", "3 Moderate"), GRADE_3),
                Choice("4", Words("4 级 低风险", "4 Low"), GRADE_4),
            ),
            aliases=("等级", "级别"), example="2",
        ),
        Field(
            "risk_class", FieldType.CHOICE, Words("风险点类别", "Class"),
            choices=(
                Choice("unit", Words("单位类", "Unit")),
                Choice("equipment", Words("设施设备类", "Equipment")),
                Choice("place", Words("场所类", "Place")),
            ),
            aliases=("类别",), example="设施设备类",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "method", FieldType.CHOICE, Words("评估方法", "Method"), in_list=False,
            choices=(
                Choice("lec", Words("LEC 法（D = L×E×C）", "LEC (D = L×E×C)")),
                Choice("ls", Words("LS 矩阵（R = L×S）", "LS matrix (R = L×S)")),
                Choice("direct", Words("直接判定", "Direct ruling")),
            ),
            example="直接判定",
        ),
        *_FACTORS,
        Field("product", FieldType.NUMBER, Words("D 或 R 值", "D or R"), minimum=0, in_list=False),
        Field("control_level", FieldType.CHOICE, Words("管控层级", "Controlled by"),
            choices=(
                Choice("company", Words("公司", "Company")),
                Choice("workshop", Words("车间", "Workshop")),
                Choice("team", Words("班组", "Team")),
                Choice("post", Words("岗位", "Post")),
            ),
            example="车间",
        ),
        Field("responsible_name", FieldType.TEXT, Words("管控责任人", "Responsible"), max_length=60, is_sensitive=True, in_list=False, example="李四"),
        Field("responsible_phone", FieldType.PHONE, Words("责任人电话", "Phone"), is_sensitive=True, in_list=False, example="13800000000"),
        Field("next_review_on", FieldType.DATE, Words("下次评估日期", "Next review"), in_list=False, example="2027-06-01"),
    ),
)  # fmt: skip

_LEC_NAMES = tuple(name for name, _, _ in (*LEC.factors, *LS.factors))

REGISTER = Register(
    LAYER,
    group=Words("风险隐患", "Risks and hidden dangers"),
    owner_field="enterprise_code",
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    code_prefix="RP",
    note=Words(
        "风险点 1 级最高、4 级最低（与企业风险等级 A 低 D 高方向相反）。按 LEC 或 LS 填写因素，等级由系统算出；风险项目组成辨识清单和管控清单。",
        "Risk points fall from 1 (highest) to 4, while enterprises rise from A to D. Fill in the factors of LEC or LS and the level follows; "
        "items make the identification list and the control list.",
    ),
    rules=RowRules(
        frozenset({"product"}), faults=rules.level_faults, derives=rules.derive_level, derived=frozenset({"product", "level"}),
        compares=("method", "level", *_LEC_NAMES),
    ),
    records=(
        Records(
            "item",
            Words("风险因素与项目", "Factors and items"),
            (
                Field("identified_on", FieldType.DATE, Words("辨识日期", "Identified on"), required=True, example="2026-11-20"),
                Field("factor", FieldType.TEXT, Words("风险因素", "Factor"), required=True, max_length=100, example="液氨泄漏"),
                Field("item", FieldType.TEXT, Words("风险项目", "Item"), required=True, max_length=200, example="法兰垫片老化"),
                Field("accident", FieldType.TEXT, Words("可能的事故", "What it may lead to"), max_length=200, example="中毒、爆炸"),
                Field("measures", FieldType.TEXT, Words("管控措施", "Control measures"), required=True, max_length=500, example="每班巡检，气体报警，定期更换"),
                Field("responsible", FieldType.TEXT, Words("责任岗位", "Responsible post"), max_length=100, example="氨站操作工"),
                Field("every_days", FieldType.INTEGER, Words("检查间隔（天）", "Checked every (days)"), minimum=1, maximum=366, example="1"),
            ),
            date_field="identified_on",
        ),
    ),
    alarms=(Alarm("next_review_on", Words("风险点应重新评估", "A risk point is to be reviewed"), days_before=30, level_after="4"),),
    order=7,
)  # fmt: skip
