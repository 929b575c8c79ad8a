"""Declare rescue resources (救援资源): teams, institutions, offices, depots, experts, shelters (L6, L15)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL, VIOLET, WHITE
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Register
from layers.workflow import Party

LAYER = Layer(
    id="rescue_resource",
    words=Words("救援资源", "Rescue resource"),
    group=Words("应急资源", "Emergency resources"),
    code_words=Words("资源编码", "Resource code"),
    code_example="RR0001",
    name_words=Words("资源名称", "Resource name"),
    name_aliases=("避难场所名称", "队伍名称", "机构名称", "专家姓名"),
    name_example="示例避难场所",
    icon="maki:shelter",
    color=GREEN,
    symbol_field="kind",
    raw_min_zoom=12,
    is_public=True,
    shared_by="is_shared",
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
                Choice("institution", Words("救援机构", "Rescue institution"), SLATE, "maki:police"),
            ),
            aliases=("类型", "类别"), example="避难场所",
        ),
        Field(
            "type_name", FieldType.TEXT, Words("细分类型", "Type"), max_length=40, code_list="resource_type",
            aliases=("小类", "资源细类"), example="",
        ),
        Field(
            "capacity", FieldType.INTEGER, Words("容量", "Capacity"), minimum=0, maximum=1_000_000, unit="人",
            aliases=("容纳人数", "床位", "人数", "队伍人数"), example="500",
        ),
        Field(
            "ability", FieldType.TEXT, Words("能力或专长", "Ability"), max_length=400, in_list=False,
            aliases=("专长", "专业", "主要装备", "救援能力"), example="危化品泄漏处置",
        ),
        Field(
            "is_always_open", FieldType.BOOLEAN, Words("全天值守", "Day and night"), aliases=("24小时值守", "昼夜值班"),
            example="是",
        ),
        Field("contact_name", FieldType.TEXT, Words("联系人", "Contact"), max_length=60, is_sensitive=True, example="王五"),
        Field(
            "contact_phone", FieldType.PHONE, Words("联系电话", "Contact phone"), is_sensitive=True,
            aliases=("电话", "值班电话"), example="13800000000",
        ),
        Field("mobile", FieldType.PHONE, Words("手机", "Mobile"), is_sensitive=True, in_list=False, example="13900000000"),
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), in_list=False, example="",
        ),
        Field(
            "is_shared", FieldType.BOOLEAN, Words("可供周边调用", "Shared with neighbours"), in_list=False,
            aliases=("是否共享",), example="",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("应急资源", "Emergency resources"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    code_prefix="RR",
    note=Words(
        "政府登记的机构、队伍、专家和避难场所人人可查，企业只能查看；企业登记自有的资源，勾选“可供周边调用”后周边单位也能查到。",
        "Everybody finds the institutions, teams, experts and shelters that authorities keep; enterprises only read them. "
        "Those of an enterprise are its own until it shares them with its neighbours.",
    ),
    order=30,
)  # fmt: skip
