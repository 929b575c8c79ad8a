"""Declare residential places (居民小区) with their population, as demand points and matched addresses."""

from layers.colors import SLATE
from layers.declaration import Field, FieldType, Layer, Words

LAYER = Layer(
    id="residential_place",
    words=Words("居民小区", "Residential place"),
    group=Words("基础信息", "Base data"),
    code_words=Words("小区编码", "Place code"),
    code_example="RC000001",
    name_words=Words("小区名称", "Place name"),
    name_aliases=("小区", "楼盘名称", "楼盘"),
    name_example="示例花园",
    icon="maki:residential-community",
    color=SLATE,
    is_public=True,
    order=40,
    fields=(
        Field(
            "population", FieldType.INTEGER, Words("常住人口", "Population"), minimum=0, maximum=1_000_000, unit="人",
            aliases=("人口", "人数"), example="3200",
        ),
        Field(
            "building_count", FieldType.INTEGER, Words("楼栋数", "Buildings"), minimum=0, maximum=10_000, unit="栋",
            aliases=("楼栋",), example="12",
        ),
    ),
)  # fmt: skip
