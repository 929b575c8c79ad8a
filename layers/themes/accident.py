"""Declare accidents (事故登记): reported, rescued, investigated, closed, with a class that follows from the figures (row L18)."""

from layers import accident_rules as rules
from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, FileKind, Records, Register, RowRules, Watch
from layers.standards.accident_class import REPORT_WITHIN_MIN
from layers.workflow import Move, Party, Workflow

_AUTHORITY = frozenset({Party.AUTHORITY})
#: The twenty classes of GB 6441-1986.
_KINDS = (
    ("struck", "物体打击", "Struck by an object"), ("vehicle", "车辆伤害", "Vehicle"), ("machine", "机械伤害", "Machinery"),
    ("lifting", "起重伤害", "Lifting"), ("electric", "触电", "Electric shock"), ("drowning", "淹溺", "Drowning"),
    ("burns", "灼烫", "Burns"), ("fire", "火灾", "Fire"), ("fall", "高处坠落", "Fall from height"), ("collapse", "坍塌", "Collapse"),
    ("roof_fall", "冒顶片帮", "Roof fall"), ("inrush", "透水", "Water inrush"), ("blasting", "放炮", "Blasting"),
    ("explosives", "火药爆炸", "Explosives"), ("gas_explosion", "瓦斯爆炸", "Firedamp explosion"), ("boiler", "锅炉爆炸", "Boiler explosion"),
    ("vessel", "容器爆炸", "Vessel explosion"), ("explosion", "其他爆炸", "Other explosion"), ("poisoning", "中毒和窒息", "Poisoning, asphyxia"),
    ("other", "其他伤害", "Other injury"),
)  # fmt: skip


def _people(name: str, zh: str, en: str, example: str, *, in_list: bool = True) -> Field:
    return Field(
        name, FieldType.INTEGER, Words(zh, en), minimum=0, maximum=100_000, unit="人", example=example, in_list=in_list
    )  # fmt: skip


LAYER = Layer(
    id="accident",
    words=Words("事故", "Accident"),
    group=Words("事故与救援", "Accidents and rescue"),
    code_words=Words("事故编号", "Accident number"),
    code_example="AC0000001",
    name_words=Words("事故名称", "Accident"),
    name_example="示例化工厂液氨泄漏",
    icon="own:accident",
    color=GRADE_4,
    symbol_field="grade",
    order=19,
    fields=(
        Field(
            "grade", FieldType.CHOICE, Words("事故等级", "Class"),
            choices=(
                Choice("1", Words("特别重大事故", "Especially grave"), GRADE_1),
                Choice("2", Words("重大事故", "Grave"), GRADE_2),
                Choice("3", Words("较大事故", "Considerable"), GRADE_3),
                Choice("4", Words("一般事故", "General"), GRADE_4),
            ),
            aliases=("等级",), example="一般事故",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("事故类别", "Kind"), required=True,
            choices=tuple(Choice(name, Words(zh, en)) for name, zh, en in _KINDS),
            aliases=("类别", "事故类型"), example="中毒和窒息",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码", "事故单位"), example="",
        ),
        Field("occurred_at", FieldType.INSTANT, Words("发生时间", "Occurred"), required=True, example="2026-11-20 09:30"),
        Field("reported_at", FieldType.INSTANT, Words("报告时间", "Reported"), in_list=False, example="2026-11-20 09:50"),
        Field("substance", FieldType.TEXT, Words("涉及物质（名称或 CAS 号）", "Substance (name or CAS)"), max_length=60, is_searchable=True, in_list=False, example="氨"),
        Field("amount_t", FieldType.NUMBER, Words("涉及量", "Amount"), minimum=0, maximum=1_000_000, unit="t", in_list=False, example="3"),
        _people("dead", "死亡", "Dead", "0"),
        _people("missing", "失踪或被困", "Missing or trapped", "2", in_list=False),
        _people("seriously_injured", "重伤（含急性中毒）", "Seriously injured (with acute poisoning)", "1"),
        _people("slightly_injured", "轻伤", "Slightly injured", "4", in_list=False),
        Field("loss_10k_cny", FieldType.NUMBER, Words("直接经济损失", "Direct loss"), minimum=0, maximum=100_000_000, unit="万元", in_list=False, example="120"),
        Field("course", FieldType.TEXT, Words("事故经过", "What happened"), max_length=2000, in_list=False, example="卸车软管脱落，液氨泄漏，两人被困"),
        Field("measures", FieldType.TEXT, Words("已采取的措施", "Done so far"), max_length=2000, in_list=False, example="切断进料，疏散车间人员"),
        Field("cause", FieldType.TEXT, Words("事故原因", "Cause"), max_length=2000, in_list=False, example="软管老化，未按规定更换"),
        Field("report_min", FieldType.NUMBER, Words("报告用时", "Reported after"), minimum=0, unit="min", in_list=False, example="20"),
        Field("supplement_by_on", FieldType.DATE, Words("伤亡补报截止", "Supplements until"), in_list=False, example="2026-12-20"),
        Field("investigate_by_on", FieldType.DATE, Words("调查报告期限", "Investigation due"), in_list=False, example="2027-01-19"),
        Field(
            "state", FieldType.CHOICE, Words("处置状态", "State"), required=True,
            choices=(
                Choice("reported", Words("已接报", "Reported")),
                Choice("responding", Words("救援中", "Rescue under way")),
                Choice("ended", Words("救援结束", "Rescue ended")),
                Choice("investigating", Words("调查中", "Under investigation")),
                Choice("closed", Words("已结案", "Closed")),
                Choice("withdrawn", Words("已核销（非事故）", "Struck off (no accident)")),
            ),
            aliases=("状态",), example="已接报",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("事故与救援", "Accidents and rescue"),
    owner_field="enterprise_code",
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    code_prefix="AC",
    note=Words(
        "事故等级由死亡、重伤（含急性工业中毒）人数和直接经济损失按国务院令第 493 号第三条算出，不能手填。单位负责人 1 小时内报告；"
        "伤亡变化 30 日内补报（火灾、道路事故 7 日）；调查报告 60 日内提交。打开一起事故可做救援决策。",
        "The class follows from the dead, the seriously injured and the direct loss (State Council order 493, article 3); nobody fills it in. "
        "Reported within an hour, supplements within 30 days (7 for fires and road accidents), the investigation within 60. "
        "Open an accident to make a rescue decision.",
    ),
    rules=RowRules(
        rules.SYSTEM_FIELDS, faults=rules.faults, keeps=rules.keeps, compares=rules.COMPARES, derives=rules.derive, derived=rules.SYSTEM_FIELDS,
    ),
    files=(
        FileKind("scene", Words("现场照片", "Photographs of the scene"), pictures_only=True),
        FileKind("report", Words("调查报告和批复", "Investigation report and its approval")),
    ),
    records=(
        Records(
            "supplement",
            Words("续报和补报", "Further reports"),
            (
                Field("reported_at", FieldType.INSTANT, Words("报告时间", "Reported"), required=True, example="2026-11-20 12:00"),
                Field("content", FieldType.TEXT, Words("内容", "What"), required=True, max_length=1000, example="两名被困人员已救出，其中一人重伤"),
                Field("reporter", FieldType.TEXT, Words("报告人", "By"), max_length=60, is_sensitive=True, example="李四"),
            ),
            date_field="reported_at",
        ),
    ),
    alarms=(
        Alarm("investigate_by_on", Words("事故调查报告应提交", "The report of an investigation is due"), days_before=10, level_after="2"),
    ),
    watches=(
        Watch(
            "late_report", Words("事故迟报（超过 1 小时）", "An accident was reported after more than an hour"),
            (("state", "<>", "withdrawn"), ("report_min", ">=", REPORT_WITHIN_MIN + 0.01)), level="2",
        ),
    ),
    workflow=Workflow(
        field="state",
        initial="reported",
        locked=frozenset({"closed", "withdrawn"}),
        closed=frozenset({"closed", "withdrawn"}),
        moves=(
            Move("respond", Words("启动救援", "Begin the rescue"), ("reported",), "responding", _AUTHORITY),
            Move("end", Words("救援结束", "End the rescue"), ("reported", "responding"), "ended", _AUTHORITY, asks=("measures",)),
            Move("investigate", Words("开始调查", "Investigate"), ("ended",), "investigating", _AUTHORITY),
            Move("close", Words("结案", "Close"), ("investigating",), "closed", _AUTHORITY, asks=("cause",), asks_files=(("report", None),)),
            Move("withdraw", Words("核销（非事故）", "Strike off"), ("reported", "responding"), "withdrawn", _AUTHORITY, needs_note=True),
        ),
    ),
    order=4,
)  # fmt: skip
