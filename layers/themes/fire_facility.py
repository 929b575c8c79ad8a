"""Declare fire-fighting facilities (消防设施) with their inspections (row L24)."""

from layers.colors import BROWN, GREEN, SLATE, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, LeadsTo, Records, Register
from layers.workflow import Move, Party, Workflow

_RESULTS = (
    Choice("good", Words("完好", "Good")),
    Choice("repair", Words("需维修", "Needs repair")),
    Choice("unusable", Words("失效", "Unusable")),
)

LAYER = Layer(
    id="fire_facility",
    words=Words("消防设施", "Fire-fighting facility"),
    group=Words("企业设施", "Facilities"),
    code_words=Words("设施编号", "Facility number"),
    code_example="FF0000001",
    name_words=Words("设施名称", "Facility name"),
    name_example="1 号仓库灭火器箱",
    icon="temaki:fire_hydrant",
    color=SLATE,
    symbol_field="state",
    order=40,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("设施类别", "Kind"), required=True,
            choices=(
                Choice("extinguisher", Words("灭火器", "Extinguisher")),
                Choice("hydrant", Words("消火栓", "Hydrant")),
                Choice("sprinkler", Words("自动喷水灭火系统", "Sprinkler system")),
                Choice("alarm", Words("火灾自动报警系统", "Fire alarm system")),
                Choice("smoke", Words("防排烟系统", "Smoke control")),
                Choice("light", Words("应急照明和疏散指示", "Emergency lighting and signs")),
                Choice("lightning", Words("防雷装置", "Lightning protection")),
            ),
            aliases=("类别", "类型"), example="灭火器",
        ),
        Field("quantity", FieldType.INTEGER, Words("数量", "Quantity"), minimum=1, maximum=100_000, example="4"),
        Field("installed_on", FieldType.DATE, Words("安装日期", "Installed on"), example="2024-05-01"),
        Field(
            "next_inspection_on", FieldType.DATE, Words("下次检查日期", "Next inspection"),
            aliases=("下次检验日期",), example="2026-12-31",
        ),
        Field("inspection_result", FieldType.CHOICE, Words("最近检查结果", "Last result"), choices=_RESULTS, example="完好"),
        Field(
            "keeper_name", FieldType.TEXT, Words("责任人", "Keeper"), max_length=60, is_sensitive=True, example="李四",
        ),
        Field("keeper_phone", FieldType.PHONE, Words("责任人电话", "Keeper's phone"), is_sensitive=True, example="13800000000"),
        Field(
            "state", FieldType.CHOICE, Words("状态", "State"), required=True,
            choices=(
                Choice("in_use", Words("在用", "In use"), GREEN),
                Choice("in_repair", Words("维修中", "In repair"), BROWN),
                Choice("retired", Words("已停用", "Retired"), VIOLET),
            ),
            example="在用",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("设施设备", "Facilities"),
    owner_field="enterprise_code",
    kept_by=frozenset({Party.OWNER}),
    code_prefix="FF",
    note=Words(
        "企业的消防与防雷设施；每次检查留一条记录，下次检查日期前 5 天提醒。",
        "Fire-fighting and lightning facilities; each inspection leaves a record, and a warning comes 5 days before the next.",
    ),
    workflow=Workflow(
        field="state",
        initial="in_use",
        locked=frozenset({"retired"}),
        closed=frozenset({"retired"}),
        moves=(
            Move("repair", Words("报修", "Send to repair"), ("in_use",), "in_repair", frozenset({Party.OWNER}), needs_note=True),
            Move("restore", Words("恢复使用", "Return to use"), ("in_repair",), "in_use", frozenset({Party.OWNER})),
            Move("retire", Words("停用", "Retire"), ("in_use", "in_repair"), "retired", frozenset({Party.OWNER}), needs_note=True),
        ),
    ),
    records=(
        Records(
            "inspection",
            Words("检查记录", "Inspections"),
            (
                Field("inspected_on", FieldType.DATE, Words("检查日期", "Inspected on"), required=True, example="2026-11-20"),
                Field("inspector", FieldType.TEXT, Words("检查人", "Inspector"), required=True, max_length=60, example="李四"),
                Field("result", FieldType.CHOICE, Words("检查结果", "Result"), required=True, choices=_RESULTS, example="完好"),
                Field("finding", FieldType.TEXT, Words("发现的问题", "Finding"), max_length=500),
            ),
            date_field="inspected_on",
            carries=(("result", "inspection_result"),),
            next_field="next_inspection_on",
            next_days=30,
        ),
    ),
    alarms=(Alarm("next_inspection_on", Words("消防设施检查到期", "Inspection of a facility is due"), days_before=5),),
    leads_to=(
        LeadsTo(
            "hidden_danger", Words("隐患", "Hidden dangers"), Words("登记隐患", "Register a hidden danger"),
            takes=(("place", "name"), ("enterprise_code", "enterprise_code")),
        ),
    ),
    order=40,
)  # fmt: skip
