"""Declare rescue knowledge (救援知识库): cards, protection, first aid, what must not be done, by substance or accident (L16)."""

from layers import rescue_rules as rules
from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import FileKind, Register, RowRules
from layers.workflow import Party

LAYER = Layer(
    id="rescue_knowledge",
    words=Words("救援知识", "Rescue knowledge"),
    group=Words("应急准备", "Preparedness"),
    code_words=Words("知识编号", "Entry code"),
    code_example="RK0000001",
    name_words=Words("标题", "Title"),
    name_example="液氨泄漏处置卡",
    icon="maki:library",
    color=TEAL,
    symbol_field="kind",
    is_public=True,
    shared_by="is_shared",
    order=63,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("类别", "Kind"), required=True,
            choices=(
                Choice("card", Words("处置卡", "Response card"), TEAL),
                Choice("protection", Words("防护", "Protection"), SLATE),
                Choice("first_aid", Words("急救", "First aid"), GREEN),
                Choice("taboo", Words("禁忌", "What must not be done"), BROWN),
                Choice("case", Words("案例教训", "Lessons of cases"), VIOLET),
            ),
            aliases=("类型",), example="处置卡",
        ),
        Field(
            "substance", FieldType.TEXT, Words("物质（名称或 CAS 号）", "Substance (name or CAS)"), max_length=60, is_searchable=True,
            aliases=("物质",), example="氨",
        ),
        Field(
            "accident", FieldType.CHOICE, Words("事故类型", "Kind of accident"), choices=rules.ACCIDENTS, example="泄漏",
        ),
        Field(
            "content", FieldType.TEXT, Words("内容", "Text"), required=True, max_length=4000, in_list=False,
            aliases=("正文",), example="上风进入，喷雾水稀释，切断来源",
        ),
        Field(
            "source", FieldType.TEXT, Words("来源", "Source"), required=True, max_length=200, aliases=("依据",),
            example="化学品安全技术说明书（SDS）",
        ),
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
    code_prefix="RK",
    note=Words(
        "按物质或事故类型（至少填一项）登记处置卡、防护、急救和禁忌，注明来源，原文作附件。政府的条目人人可查，企业的只归本企业，除非勾选“可供其他单位查看”；"
        "演练和救援决策列出用得上的条目。政府登记时填归口单位的救援资源编码，或在地图上给位置。",
        "Cards, protection, first aid and what must not be done, by substance or kind of accident (one at least), with the source; originals as files. Everybody reads "
        "those of authorities; an enterprise's are its own until it shows them. Drills and rescue decisions list what they need. "
        "Authorities name the office that keeps them, or a place on the map.",
    ),
    files=(FileKind("document", Words("原文和图片", "Originals and pictures")),),
    rules=RowRules(faults=rules.faults, compares=rules.COMPARES),
    order=22,
)  # fmt: skip
