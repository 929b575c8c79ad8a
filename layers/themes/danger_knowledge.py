"""Declare knowledge of hidden dangers (隐患排查知识): systems, duties, standards of inspection, models to follow (row L9)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import FileKind, Register
from layers.workflow import Party

LAYER = Layer(
    id="danger_knowledge",
    words=Words("隐患排查知识", "Knowledge of hidden dangers"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("知识编号", "Entry code"),
    code_example="DK0000001",
    name_words=Words("标题", "Title"),
    name_example="隐患排查治理制度",
    icon="maki:college",
    color=SLATE,
    symbol_field="kind",
    is_public=True,
    shared_by="is_shared",
    order=65,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("类别", "Kind"), required=True,
            choices=(
                Choice("system", Words("隐患排查管理制度", "System of inspection"), SLATE),
                Choice("duty", Words("岗位职责", "Duties of posts"), TEAL),
                Choice("standard", Words("隐患排查标准", "Standard of an industry"), VIOLET),
                Choice("general", Words("隐患排查通用标准", "General standard"), GREEN),
                Choice("model", Words("示范企业通用标准", "Standard of a model enterprise"), BROWN),
            ),
            aliases=("类型",), example="隐患排查管理制度",
        ),
        Field("scope", FieldType.TEXT, Words("适用范围", "Applies to"), max_length=100, is_searchable=True, aliases=("行业",), example="涉氨制冷企业"),
        Field(
            "content", FieldType.TEXT, Words("内容", "Text"), required=True, max_length=4000, in_list=False, aliases=("正文",),
            example="班组每班、车间每周、企业每月组织排查",
        ),
        Field("source", FieldType.TEXT, Words("来源", "Source"), required=True, max_length=200, aliases=("依据",), example="《安全生产法》第四十一条"),
        Field("holds_from", FieldType.DATE, Words("施行日期", "Holds from"), example="2026-01-01"),
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
    group=Words("风险隐患", "Risks and hidden dangers"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    place_field="office_code",
    code_prefix="DK",
    note=Words(
        "隐患排查的制度、岗位职责和标准，原文作附件。政府的条目人人可查，企业的只归本企业，除非勾选“可供其他单位查看”。政府登记时填归口单位的救援资源编码，或在地图上给位置。",
        "Systems, duties and standards of inspection, originals attached. Everybody reads those of authorities; an enterprise's are its own until it shows them. "
        "Authorities name the office that keeps them, or a place on the map.",
    ),
    files=(FileKind("document", Words("原文", "Originals")),),
    order=25,
)  # fmt: skip
