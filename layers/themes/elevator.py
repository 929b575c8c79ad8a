"""Declare elevators (电梯) of the rescue platform (rows S3–S6)."""

from layers.colors import CYAN
from layers.declaration import Choice, Field, FieldType, Layer, Words

PLACE_TYPES = (
    Choice("housing", Words("住宅", "Housing")),
    Choice("office", Words("办公", "Office")),
    Choice("shopping", Words("商场超市", "Shopping")),
    Choice("hotel", Words("宾馆餐饮", "Hotel and catering")),
    Choice("hospital", Words("医院", "Hospital")),
    Choice("school", Words("学校", "School")),
    Choice("culture_sports", Words("文体场馆", "Culture and sports")),
    Choice("transport", Words("交通场站", "Transport")),
    Choice("other", Words("其他", "Other")),
)

#: An address by which a stranger finds the house: a number of a house or building (regular expression of SQL and Python).
COMPLETE_ADDRESS = "[0-9０-９一二三四五六七八九十百A-Za-z]+ *(号|栋|幢|座|楼|弄|巷|单元)"

LAYER = Layer(
    id="elevator",
    words=Words("电梯", "Elevator"),
    group=Words("电梯救援", "Elevator rescue"),
    code_words=Words("设备注册代码", "Registration code"),
    code_pattern=r"[0-9A-Za-z-]{4,20}",
    code_pattern_words=Words("4 至 20 位数字或字母", "4 to 20 digits or letters"),
    code_aliases=("注册代码", "设备代码"),
    code_example="31004403002012345678",
    name_words=Words("电梯名称", "Elevator name"),
    name_aliases=("设备名称", "电梯", "内部编号"),
    name_example="示例花园1栋1号梯",
    icon="maki:elevator",
    color=CYAN,
    order=20,
    default_on=True,
    fields=(
        Field(
            "rescue_code", FieldType.TEXT, Words("救援代码", "Rescue code"), unique=True, max_length=6,
            pattern=r"\d{6}", pattern_words=Words("6 位数字，可以 0 开头", "six digits, leading zeros kept"),
            is_searchable=True, aliases=("救援识别码", "六位码"), example="001234",
        ),
        Field(
            "unit_name", FieldType.TEXT, Words("使用单位", "Using unit"), is_searchable=True,
            aliases=("使用单位名称",), example="示例物业服务中心",
        ),
        Field("unit_code", FieldType.TEXT, Words("使用单位代码", "Using unit code"), max_length=40, in_list=False, example="U000001"),
        Field(
            "place_type", FieldType.CHOICE, Words("场所性质", "Place type"), choices=PLACE_TYPES,
            aliases=("设备所属场所", "场所类型"), example="住宅",
        ),
        Field(
            "elevator_kind", FieldType.CHOICE, Words("设备品种", "Equipment kind"),
            choices=(
                Choice("traction", Words("曳引驱动电梯", "Traction")),
                Choice("hydraulic", Words("液压驱动电梯", "Hydraulic")),
                Choice("escalator", Words("自动扶梯与自动人行道", "Escalator or moving walk")),
                Choice("other", Words("其他类型", "Other")),
            ),
            aliases=("电梯品种", "设备类型"), example="曳引驱动电梯",
        ),
        Field(
            "maintainer_name", FieldType.TEXT, Words("维保单位", "Maintenance company"),
            aliases=("维保单位名称",), example="示例电梯维保公司",
        ),
        Field(
            "station_code", FieldType.TEXT, Words("绑定救援站", "Bound rescue station"), max_length=40,
            references="rescue_station", aliases=("救援站编码", "救援组编码"), example="",
        ),
        Field("in_service_on", FieldType.DATE, Words("投用日期", "In service since"), in_list=False, example="2020-05-01"),
    ),
)  # fmt: skip
