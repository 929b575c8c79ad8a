"""Declare plant boundaries (厂区边界), from whose edge the people around major hazards are counted (row L8)."""

from layers.colors import SLATE
from layers.declaration import Choice, Field, FieldType, Geometry, Layer, Words

LAYER = Layer(
    id="plant_boundary",
    words=Words("厂区边界", "Plant boundary"),
    group=Words("风险隐患", "Risks and hidden dangers"),
    code_words=Words("边界编号", "Boundary code"),
    code_example="PB0000001",
    name_words=Words("厂区名称", "Plant"),
    name_example="示例化工厂区",
    geometry=Geometry.POLYGON,
    icon="maki:industry",
    color=SLATE,
    raw_min_zoom=0,
    order=12,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise", example="",
        ),
        Field(
            "basis", FieldType.CHOICE, Words("边界依据", "Drawn from"), required=True,
            choices=(
                Choice("drawn", Words("在地图上描绘", "Drawn on the map")),
                Choice("given", Words("测绘或用地红线数据", "Survey or land record")),
            ),
            example="测绘或用地红线数据",
        ),
    ),
)  # fmt: skip
