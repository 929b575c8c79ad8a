"""Declare road closures (道路封闭): areas that no route may cross while they last (row N1)."""

from layers.colors import BROWN
from layers.declaration import Field, FieldType, Geometry, Layer, Words

LAYER = Layer(
    id="closure",
    words=Words("道路封闭", "Road closure"),
    group=Words("应急资源", "Emergency resources"),
    code_words=Words("封闭编号", "Closure code"),
    code_example="CL0001",
    name_words=Words("封闭名称", "Closure name"),
    name_example="示例路段施工",
    geometry=Geometry.POLYGON,
    icon="maki:roadblock",
    color=BROWN,
    raw_min_zoom=0,
    is_public=True,
    default_on=True,
    order=35,
    fields=(
        Field("reason", FieldType.TEXT, Words("原因", "Reason"), max_length=300, example="施工"),
        Field("starts_at", FieldType.INSTANT, Words("开始时间", "Starts"), required=True, example="2026-11-22 08:00"),
        Field("ends_at", FieldType.INSTANT, Words("结束时间", "Ends"), example="2026-11-23 20:00"),
    ),
)  # fmt: skip
