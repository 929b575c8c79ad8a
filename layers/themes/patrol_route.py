"""Declare patrol routes (巡查路线): lines to be walked and how often; their stops are a layer of their own (rows L14, G9)."""

from layers.colors import CYAN
from layers.declaration import Choice, Field, FieldType, Geometry, Layer, Words

LAYER = Layer(
    id="patrol_route",
    words=Words("巡查路线", "Patrol route"),
    group=Words("巡查检查", "Patrols and inspections"),
    code_words=Words("路线编号", "Route code"),
    code_example="PR0000001",
    name_words=Words("路线名称", "Route"),
    name_example="高压管线巡查",
    geometry=Geometry.LINE,
    icon="maki:marker",
    color=CYAN,
    raw_min_zoom=0,
    order=62,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("类别", "Kind"), required=True,
            choices=(
                Choice("pipeline", Words("管网", "Pipe network")),
                Choice("station", Words("场站", "Stations")),
                Choice("household", Words("入户", "Households")),
                Choice("area", Words("网格、重点部位", "Grids and key areas")),
                Choice("transport", Words("危运路线", "Hazardous transport")),
            ),
            example="管网",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise", example="",
        ),
        Field(
            "tolerance_m", FieldType.NUMBER, Words("容差", "Tolerance"), required=True, minimum=1, maximum=500, unit="m",
            example="20",
        ),
        Field("every_days", FieldType.INTEGER, Words("巡查周期", "Due every"), minimum=1, maximum=400, unit="d", example="7"),
    ),
)  # fmt: skip
