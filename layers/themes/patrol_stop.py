"""Declare the stops of patrol routes (巡查点): places that a patrol has to reach, in order (rows L14, G9)."""

from layers.colors import CYAN
from layers.declaration import Field, FieldType, Layer, Words

LAYER = Layer(
    id="patrol_stop",
    words=Words("巡查点", "Patrol stop"),
    group=Words("巡查检查", "Patrols and inspections"),
    code_words=Words("巡查点编号", "Stop code"),
    code_example="PR0000001-1",
    name_words=Words("巡查点", "Stop"),
    name_example="阀井 1",
    icon="maki:marker",
    color=CYAN,
    raw_min_zoom=11,
    order=63,
    fields=(
        Field(
            "route_code", FieldType.TEXT, Words("巡查路线", "Route"), required=True, max_length=40, references="patrol_route",
            example="PR0000001",
        ),
        Field("stop_order", FieldType.INTEGER, Words("顺序", "Order"), required=True, minimum=1, example="1"),
    ),
)  # fmt: skip
