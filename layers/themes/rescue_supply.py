"""Declare rescue supplies and equipment (救援物资与装备) with quantities, where they lie and when they expire (L15, G7)."""

from layers.colors import BROWN, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, Records, Register
from layers.workflow import Party

LAYER = Layer(
    id="rescue_supply",
    words=Words("救援物资装备", "Rescue supplies and equipment"),
    group=Words("应急资源", "Emergency resources"),
    code_words=Words("物资编码", "Supply code"),
    code_example="RM0001",
    name_words=Words("物资名称", "Supply name"),
    name_aliases=("装备名称", "物资装备名称"),
    name_example="正压式空气呼吸器",
    icon="own:supplies",
    color=BROWN,
    symbol_field="kind",
    raw_min_zoom=12,
    is_public=True,
    shared_by="is_shared",
    order=31,
    fields=(
        Field(
            "kind", FieldType.CHOICE, Words("类别", "Kind"), required=True,
            choices=(
                Choice("supplies", Words("物资", "Supplies"), BROWN, "own:supplies"),
                Choice("equipment", Words("装备", "Equipment"), TEAL, "temaki:truck"),
            ),
            aliases=("类型",), example="装备",
        ),
        Field(
            "type_name", FieldType.TEXT, Words("细分类型", "Type"), max_length=40, code_list="resource_type",
            aliases=("小类", "物资细类"), example="",
        ),
        Field(
            "quantity", FieldType.NUMBER, Words("数量", "Quantity"), required=True, minimum=0, maximum=100_000_000,
            aliases=("库存", "库存数量"), example="12",
        ),
        Field("unit_word", FieldType.TEXT, Words("计量单位", "Counted in"), required=True, max_length=12, aliases=("单位",), example="套"),
        Field("model", FieldType.TEXT, Words("规格型号", "Model"), max_length=80, in_list=False, example="RHZK6.8/30"),
        Field(
            "depot_code", FieldType.TEXT, Words("存放的物资库或队伍", "Kept at"), max_length=40, references="rescue_resource",
            aliases=("存放地点编码", "物资库编码"), in_list=False, example="",
        ),
        Field("expires_on", FieldType.DATE, Words("有效期至", "Good until"), aliases=("到期日期", "有效期"), example="2028-06-30"),
        Field("contact_name", FieldType.TEXT, Words("保管人", "Keeper"), max_length=60, is_sensitive=True, example="王五"),
        Field(
            "contact_phone", FieldType.PHONE, Words("保管人电话", "Keeper's phone"), is_sensitive=True,
            aliases=("联系电话", "电话"), example="13800000000",
        ),
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
    place_field="depot_code",
    code_prefix="RM",
    note=Words(
        "主要的、可以搬动和共享的物资装备；每次盘点留一条记录并改写数量，到期前 60 天提醒。",
        "What can be moved and shared; each stock-taking leaves a record and sets the quantity, and a warning comes 60 days before the end.",
    ),
    records=(
        Records(
            "count",
            Words("盘点记录", "Stock-takings"),
            (
                Field("counted_on", FieldType.DATE, Words("盘点日期", "Counted on"), required=True, example="2026-11-20"),
                Field("counted_by", FieldType.TEXT, Words("盘点人", "Counted by"), required=True, max_length=60, example="李四"),
                Field(
                    "quantity", FieldType.NUMBER, Words("实有数量", "Counted"), required=True, minimum=0,
                    maximum=100_000_000, example="12",
                ),
                Field("finding", FieldType.TEXT, Words("说明", "Remarks"), max_length=300),
            ),
            date_field="counted_on",
            carries=(("quantity", "quantity"),),
        ),
    ),
    alarms=(Alarm("expires_on", Words("救援物资到期", "Rescue supplies end"), days_before=60),),
    order=31,
)  # fmt: skip
