"""Declare key areas (重点部位) with their patrol records (row L11)."""

from layers.colors import BROWN, GREEN, SLATE
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, LeadsTo, Records, Register
from layers.workflow import Party

LAYER = Layer(
    id="key_area",
    words=Words("重点部位", "Key area"),
    group=Words("企业设施", "Facilities"),
    code_words=Words("部位编号", "Area number"),
    code_example="KA0000001",
    name_words=Words("部位名称", "Area name"),
    name_example="液氨储罐区",
    icon="maki:danger",
    color=SLATE,
    symbol_field="finding_state",
    order=41,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("部位类别", "Kind"), required=True,
            choices=(
                Choice("storage", Words("储存场所", "Storage")),
                Choice("workshop", Words("生产车间", "Workshop")),
                Choice("loading", Words("装卸区", "Loading area")),
                Choice("power", Words("变配电室", "Power room")),
                Choice("confined", Words("有限空间", "Confined space")),
                Choice("crowd", Words("人员密集场所", "Crowded place")),
                Choice("other", Words("其他", "Other")),
            ),
            aliases=("类别",), example="储存场所",
        ),
        Field("danger", FieldType.TEXT, Words("主要危险有害因素", "Main dangers"), max_length=500, example="泄漏、中毒、爆炸"),
        Field("responsible_name", FieldType.TEXT, Words("责任人", "Responsible"), max_length=60, is_sensitive=True, example="李四"),
        Field("responsible_phone", FieldType.PHONE, Words("责任人电话", "Phone"), is_sensitive=True, example="13800000000"),
        Field(
            "patrol_days", FieldType.INTEGER, Words("巡查间隔", "Patrol every"), minimum=1, maximum=366, unit="天", example="7",
        ),
        Field("next_patrol_on", FieldType.DATE, Words("下次巡查日期", "Next patrol"), example="2026-12-01"),
        Field(
            "finding_state", FieldType.CHOICE, Words("最近巡查结果", "Last patrol"),
            choices=(
                Choice("normal", Words("正常", "Normal"), GREEN),
                Choice("abnormal", Words("异常", "Abnormal"), BROWN),
            ),
            example="正常",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("巡查检查", "Patrols and inspections"),
    owner_field="enterprise_code",
    kept_by=frozenset({Party.OWNER}),
    code_prefix="KA",
    note=Words(
        "需要按期巡查的部位；登记巡查后按间隔排出下一次。",
        "Areas that are patrolled regularly; each patrol sets the date of the next.",
    ),
    records=(
        Records(
            "patrol",
            Words("巡查记录", "Patrols"),
            (
                Field("patrolled_at", FieldType.INSTANT, Words("巡查时间", "Patrolled"), required=True, example="2026-11-20 09:30"),
                Field("patroller", FieldType.TEXT, Words("巡查人", "Patroller"), required=True, max_length=60, example="李四"),
                Field(
                    "result", FieldType.CHOICE, Words("巡查结果", "Result"), required=True,
                    choices=(Choice("normal", Words("正常", "Normal")), Choice("abnormal", Words("异常", "Abnormal"))),
                    example="正常",
                ),
                Field("finding", FieldType.TEXT, Words("发现的问题", "Finding"), max_length=500),
                Field("handling", FieldType.TEXT, Words("处置情况", "What was done"), max_length=500),
            ),
            date_field="patrolled_at",
            carries=(("result", "finding_state"),),
            next_field="next_patrol_on",
            next_days=7,
            interval_field="patrol_days",
        ),
    ),
    alarms=(Alarm("next_patrol_on", Words("重点部位应巡查", "A key area is to be patrolled"), days_before=1, level_after="4"),),
    leads_to=(
        LeadsTo(
            "hidden_danger", Words("隐患", "Hidden dangers"), Words("登记隐患", "Register a hidden danger"),
            takes=(("area_code", "code"), ("place", "name"), ("enterprise_code", "enterprise_code")), link="area_code",
        ),
    ),
    order=20,
)  # fmt: skip
