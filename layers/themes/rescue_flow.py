"""Declare the rescue flow (应急救援流程): who does what within how many minutes, by kind of accident and level (row L16)."""

from layers.colors import BROWN, SLATE, TEAL, VIOLET, WHITE
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import FileKind, Register
from layers.rescue_rules import ACCIDENTS
from layers.workflow import Party

_COLORS = {"leak": TEAL, "fire": BROWN, "explosion": VIOLET, "poisoning": WHITE, "other": SLATE}

LAYER = Layer(
    id="rescue_flow",
    words=Words("应急救援流程", "Rescue flow"),
    group=Words("应急准备", "Preparedness"),
    code_words=Words("步骤编号", "Step code"),
    code_example="RF0000001",
    name_words=Words("步骤名称", "Step"),
    name_example="接警和先期处置",
    icon="maki:arrow",
    color=SLATE,
    symbol_field="accident",
    is_public=True,
    shared_by="is_shared",
    order=62,
    fields=(
        Field(
            "accident", FieldType.CHOICE, Words("事故类型", "Kind of accident"), required=True,
            choices=tuple(Choice(c.value, c.words, _COLORS[c.value]) for c in ACCIDENTS), aliases=("类型",), example="泄漏",
        ),
        Field(
            "substance", FieldType.TEXT, Words("只用于物质（名称或 CAS 号）", "For this substance only (name or CAS)"), max_length=60,
            is_searchable=True, aliases=("物质",), example="",
        ),
        Field(
            "level", FieldType.CHOICE, Words("响应级别", "Level of response"), required=True,
            choices=(
                Choice("I", Words("Ⅰ级（省级以上）", "I (province)")),
                Choice("II", Words("Ⅱ级（市级）", "II (city)")),
                Choice("III", Words("Ⅲ级（区级）", "III (district)")),
                Choice("IV", Words("Ⅳ级（企业）", "IV (enterprise)")),
            ),
            aliases=("级别",), example="Ⅳ级（企业）",
        ),
        Field("step_number", FieldType.INTEGER, Words("顺序", "Order"), required=True, minimum=1, maximum=99, aliases=("步骤", "序号"), example="1"),
        Field("who", FieldType.TEXT, Words("由谁做", "Who"), required=True, max_length=100, aliases=("责任人", "责任单位"), example="当班班长"),
        Field(
            "what", FieldType.TEXT, Words("做什么", "What"), required=True, max_length=1000, in_list=False,
            aliases=("内容", "工作内容"), example="报警，关闭紧急切断阀，清点人数",
        ),
        Field("within_min", FieldType.NUMBER, Words("事故后多久完成", "Within"), minimum=0, maximum=10_080, unit="min", aliases=("时限",), example="5"),
        Field(
            "office_code", FieldType.TEXT, Words("归口单位（救援资源编码）", "Kept by (rescue resource)"), max_length=40,
            references="rescue_resource", in_list=False, example="",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), in_list=False, example="",
        ),
        Field("is_shared", FieldType.BOOLEAN, Words("可供其他单位查看", "Shown to others"), in_list=False, aliases=("是否共享",), example=""),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("应急准备", "Preparedness"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    place_field="office_code",
    code_prefix="RF",
    note=Words(
        "一行是一步：哪类事故、哪一级响应、第几步、由谁做什么、多久内完成。政府的流程人人可查，企业的只归本企业，除非勾选“可供其他单位查看”；演练和救援决策按事故列出。"
        "政府登记时填归口单位的救援资源编码，或在地图上给位置。",
        "A row is a step: kind of accident, level, order, who does what within how long. Everybody reads those of authorities; an enterprise's are its own until it "
        "shows them. Drills and rescue decisions list those of their accident. Authorities name the office that keeps them, or a place on the map.",
    ),
    files=(FileKind("document", Words("流程图和文件", "Flow charts and documents")),),
    order=21,
)  # fmt: skip
