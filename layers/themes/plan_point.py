"""Declare the points placed on an enterprise's plant plans (厂区图点位), on the map where the plan is tied (row L5)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET, WHITE
from layers.declaration import Choice, Field, FieldType, Layer, Words

LAYER = Layer(
    id="plan_point",
    words=Words("厂区图点位", "Point on a plan"),
    group=Words("企业设施", "Facilities"),
    code_words=Words("点位编号", "Point number"),
    code_example="PT0000001",
    name_words=Words("点位名称", "Point"),
    name_example="1 号罐区摄像头",
    icon="own:risk-point",
    color=SLATE,
    symbol_field="kind",
    order=45,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("点位类别", "Kind"), required=True,
            choices=(
                Choice("hidden_danger", Words("隐患点", "Hidden danger"), VIOLET, "own:hidden-danger"),
                Choice("hazard_site", Words("危险源", "Major hazard"), WHITE, "own:hazard-site"),
                Choice("risk_point", Words("风险点", "Risk point"), BROWN, "own:risk-point"),
                Choice("dangerous_work", Words("危险作业点", "Dangerous work"), BROWN, "maki:danger"),
                Choice("camera", Words("摄像头", "Camera"), SLATE, "maki:attraction"),
                Choice("monitor", Words("监测点", "Monitoring point"), TEAL, "maki:communications-tower"),
                Choice("facility", Words("消防设施", "Fire facility"), GREEN, "temaki:fire_hydrant"),
                Choice("assembly", Words("紧急集合点", "Assembly point"), GREEN, "maki:shelter"),
            ),
            aliases=("类别", "类型"), example="摄像头",
        ),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field("plan_code", FieldType.TEXT, Words("厂区图编号", "Plan"), max_length=40, code_list="plant_plan", example="", in_list=False),
        Field("x_px", FieldType.NUMBER, Words("图上横坐标", "Across, pixels"), minimum=0, maximum=30_000, unit="px", in_list=False),
        Field("y_px", FieldType.NUMBER, Words("图上纵坐标", "Down, pixels"), minimum=0, maximum=30_000, unit="px", in_list=False),
        Field("of_layer", FieldType.TEXT, Words("对应图层", "Of layer"), max_length=40, in_list=False),
        Field("of_code", FieldType.TEXT, Words("对应编号", "Of row"), max_length=40, in_list=False),
    ),
)  # fmt: skip
