"""Declare rescue resources (救援资源): teams, hospitals, offices, depots, experts, shelters (L6, L15)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET, WHITE
from layers.declaration import Choice, Field, FieldType, Layer, Words

LAYER = Layer(
    id="rescue_resource",
    words=Words("救援资源", "Rescue resource"),
    group=Words("应急资源", "Emergency resources"),
    code_words=Words("资源编码", "Resource code"),
    code_example="RR0001",
    name_words=Words("资源名称", "Resource name"),
    name_aliases=("避难场所名称", "队伍名称"),
    name_example="示例避难场所",
    icon="maki:shelter",
    color=GREEN,
    symbol_field="kind",
    raw_min_zoom=12,
    is_public=True,
    order=30,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("资源类型", "Kind"), required=True,
            choices=(
                Choice("rescue_team", Words("救援队伍", "Rescue team"), TEAL, "own:rescue-team"),
                Choice("hospital", Words("医院", "Hospital"), WHITE, "maki:hospital"),
                Choice("government_office", Words("政府机构", "Government office"), SLATE, "maki:town-hall"),
                Choice("supplies_depot", Words("物资库", "Supplies depot"), BROWN, "maki:warehouse"),
                Choice("expert", Words("专家", "Expert"), VIOLET, "own:expert"),
                Choice("shelter", Words("避难场所", "Shelter"), GREEN, "maki:shelter"),
                Choice("fire_station", Words("消防站", "Fire station"), WHITE, "maki:fire-station"),
            ),
            aliases=("类型", "类别"), example="避难场所",
        ),
        Field(
            "capacity", FieldType.INTEGER, Words("容量", "Capacity"), minimum=0, maximum=1_000_000, unit="人",
            aliases=("容纳人数", "床位", "人数"), example="500",
        ),
        Field("contact_name", FieldType.TEXT, Words("联系人", "Contact"), max_length=60, is_sensitive=True, example="王五"),
        Field(
            "contact_phone", FieldType.PHONE, Words("联系电话", "Contact phone"), is_sensitive=True,
            aliases=("电话", "手机"), example="13800000000",
        ),
    ),
)  # fmt: skip
