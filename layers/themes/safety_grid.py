"""Declare safety grids (网格): areas into which a jurisdiction is divided, each with who keeps watch in it (row G9)."""

from layers.colors import TEAL
from layers.declaration import Choice, Field, FieldType, Geometry, Layer, Words
from layers.register import Register
from layers.workflow import Party

LAYER = Layer(
    id="safety_grid",
    words=Words("安全网格", "Safety grid"),
    group=Words("巡查检查", "Patrols and inspections"),
    code_words=Words("网格编号", "Grid number"),
    code_example="GR0000001",
    name_words=Words("网格名称", "Grid"),
    name_example="示例社区第一网格",
    geometry=Geometry.POLYGON,
    icon="own:patrol",
    color=TEAL,
    symbol_field="kind",
    raw_min_zoom=0,
    order=61,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("网格类别", "Kind"), required=True,
            choices=(
                Choice("community", Words("社区网格", "Community")),
                Choice("park", Words("园区网格", "Industrial park")),
                Choice("gas", Words("燃气网格", "Gas supply")),
                Choice("other", Words("其他", "Other")),
            ),
            aliases=("类别",), example="社区网格",
        ),
        Field("keeper_name", FieldType.TEXT, Words("网格员", "Keeper"), required=True, max_length=60, is_sensitive=True, aliases=("网格长",), example="李四"),
        Field("keeper_phone", FieldType.PHONE, Words("网格员电话", "Keeper's telephone"), is_sensitive=True, aliases=("电话", "联系电话"), example="13800000000"),
        Field("team", FieldType.TEXT, Words("管理单位", "Run by"), max_length=100, in_list=False, example="示例街道应急办"),
        Field("households", FieldType.INTEGER, Words("户数", "Households"), minimum=0, maximum=1e6, example="320"),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("巡查检查", "Patrols and inspections"),
    kept_by=frozenset({Party.AUTHORITY}),
    code_prefix="GR",
    note=Words(
        "把辖区划成网格，每个网格有网格员；在地图上画范围，或用文件（几何列 WKT、GeoPackage、GeoJSON）导入。网格里有什么、巡查走到没有，见网格统计。",
        "The jurisdiction is divided into grids, each with its keeper: draw the outline on the map, or import a file (WKT, GeoPackage, GeoJSON). "
        "What stands in each, and how it was patrolled, is among the figures of the grids.",
    ),
    order=27,
)  # fmt: skip
