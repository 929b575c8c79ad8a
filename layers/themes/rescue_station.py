"""Declare elevator rescue stations (救援站) with their scopes (rows S2, S10)."""

from layers.colors import WHITE
from layers.declaration import Field, FieldType, Layer, Words

LAYER = Layer(
    id="rescue_station",
    words=Words("电梯救援站", "Elevator rescue station"),
    group=Words("电梯救援", "Elevator rescue"),
    code_words=Words("救援站编码", "Station code"),
    code_example="RS0001",
    name_words=Words("救援站名称", "Station name"),
    name_aliases=("救援站", "救援组", "救援组名称"),
    name_example="示例一站",
    icon="own:rescue-station",
    color=WHITE,
    raw_min_zoom=11,
    is_public=True,
    default_on=True,
    order=21,
    fields=(
        Field(
            "company_name", FieldType.TEXT, Words("维保单位", "Maintenance company"), required=True, is_searchable=True,
            aliases=("所属单位", "维保单位名称"), example="示例电梯维保公司",
        ),
        Field("lead_name", FieldType.TEXT, Words("负责人", "Lead"), max_length=60, is_sensitive=True, example="李四"),
        Field(
            "lead_phone", FieldType.PHONE, Words("负责人手机（24 小时）", "Lead's mobile (24 h)"), is_sensitive=True,
            aliases=("负责人电话", "联系电话", "负责人手机"), example="13800000000",
        ),
        Field(
            "scope_codes", FieldType.CODE_LIST, Words("负责范围", "Scope"), is_division=True,
            aliases=("服务范围",), example="440304,440303", in_list=False,
        ),
        Field(
            "is_networked", FieldType.BOOLEAN, Words("联网救援站", "Networked station"),
            aliases=("是否公共救援站", "网格救援站"), example="是",
        ),
        Field(
            "crew_count", FieldType.INTEGER, Words("救援班组数", "Crews"), minimum=0, maximum=1000, unit="组",
            aliases=("班组数",), example="2",
        ),
        Field("on_duty", FieldType.BOOLEAN, Words("在岗", "On duty"), aliases=("是否在岗", "值班"), example="是"),
    ),
)  # fmt: skip
