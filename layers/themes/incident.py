"""Declare entrapment orders (困人工单): what stands on the map and in lists of each (rows S7, S10)."""

from layers.colors import BROWN, CYAN, GREEN, SLATE, TEAL, VIOLET, WHITE
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.themes.elevator import PLACE_TYPES

STATES = (
    Choice("received", Words("已接警", "Received"), VIOLET),
    Choice("identified", Words("已识别", "Identified"), VIOLET),
    Choice("notified", Words("已通知", "Notified"), BROWN),
    Choice("accepted", Words("已响应", "Accepted"), TEAL),
    Choice("en_route", Words("在途", "Under way"), CYAN),
    Choice("on_scene", Words("已到达", "On scene"), WHITE),
    Choice("freed", Words("已解困", "Freed"), GREEN),
    Choice("closed", Words("已结束", "Closed"), SLATE),
)
OUTCOMES = (
    Choice("freed", Words("已解困", "Freed by a crew")),
    Choice("self_released", Words("自行脱困", "Out by themselves")),
    Choice("not_entrapment", Words("非困人", "No entrapment")),
    Choice("duplicate", Words("重复工单", "Duplicate")),
    Choice("handed_over", Words("移交 119", "Handed over to 119")),
)
#: Cause classes of the fault-analysis report (故障分析报告), DOMAIN 4.4.
CAUSES = (
    Choice("human", Words("人为原因", "Human")),
    Choice("external", Words("外部原因", "External")),
    Choice("door", Words("门系统", "Door system")),
    Choice("control", Words("控制系统", "Control system")),
    Choice("safety", Words("安全保护系统", "Safety devices")),
    Choice("traction", Words("曳引系统", "Traction")),
    Choice("drive", Words("电力拖动系统", "Drive")),
    Choice("guiding", Words("导向系统", "Guiding")),
    Choice("car", Words("轿厢", "Car")),
    Choice("balance", Words("重量平衡系统", "Balance")),
    Choice("management", Words("使用管理", "Using unit's management")),
    Choice("maintenance", Words("维保或元器件", "Maintenance or worn part")),
    Choice("other", Words("其他", "Other")),
)

LAYER = Layer(
    id="incident",
    words=Words("困人工单", "Entrapment order"),
    group=Words("电梯救援", "Elevator rescue"),
    code_words=Words("工单号", "Order number"),
    code_example="KR20261126-00001",
    name_words=Words("困人地点", "Place"),
    name_example="示例花园1栋1号梯",
    icon="own:siren",
    color=VIOLET,
    symbol_field="state",
    raw_min_zoom=9,
    order=22,
    fields=(
        Field("state", FieldType.CHOICE, Words("状态", "State"), required=True, choices=STATES, example="已结束"),
        Field("received_at", FieldType.INSTANT, Words("接警时间", "Received"), required=True, example="2026-11-01 09:00:00"),
        Field("notified_at", FieldType.INSTANT, Words("通知救援站成功时间", "Station notified"), example="2026-11-01 09:00:40"),
        Field("accepted_at", FieldType.INSTANT, Words("响应时间", "Accepted"), example="2026-11-01 09:01:30"),
        Field("arrived_at", FieldType.INSTANT, Words("到达现场时间", "Arrived"), example="2026-11-01 09:12:00"),
        Field("freed_at", FieldType.INSTANT, Words("解困时间", "Freed"), example="2026-11-01 09:17:00"),
        Field("closed_at", FieldType.INSTANT, Words("结束时间", "Closed"), in_list=False, example="2026-11-01 09:20:00"),
        Field("level", FieldType.INTEGER, Words("响应级别", "Level of response"), minimum=1, maximum=3, example="1"),
        Field(
            "elevator_code", FieldType.TEXT, Words("电梯注册代码", "Elevator"), max_length=40, references="elevator",
            in_list=False, aliases=("设备注册代码",), example="",
        ),
        Field(
            "station_code", FieldType.TEXT, Words("救援站", "Rescue station"), max_length=40, references="rescue_station",
            aliases=("救援站编码",), example="",
        ),
        Field("unit_name", FieldType.TEXT, Words("使用单位", "Using unit"), is_searchable=True, example="示例物业服务中心"),
        Field("company_name", FieldType.TEXT, Words("维保单位", "Maintenance company"), in_list=False, example="示例电梯维保公司"),
        Field("responder_name", FieldType.TEXT, Words("响应人", "Responder"), max_length=60, is_sensitive=True, example="王五"),
        Field("caller_phone", FieldType.PHONE, Words("来电号码", "Caller's number"), is_sensitive=True, example="13800000001"),
        Field(
            "caller_words", FieldType.TEXT, Words("来电内容", "Caller's words"), max_length=500, is_sensitive=True,
            in_list=False, example="两人被困",
        ),
        Field("people_inside", FieldType.INTEGER, Words("被困人数", "People inside"), minimum=0, maximum=100, example="2"),
        Field("injured", FieldType.INTEGER, Words("受伤人数", "Injured"), minimum=0, maximum=100, in_list=False, example="0"),
        Field("is_vulnerable", FieldType.BOOLEAN, Words("有老幼病孕", "Vulnerable persons"), in_list=False, example="否"),
        Field("is_danger", FieldType.BOOLEAN, Words("有险情", "Danger"), in_list=False, example="否"),
        Field("persons_freed", FieldType.INTEGER, Words("解救人数", "Persons freed"), minimum=0, maximum=1000, in_list=False, example="2"),
        Field("first_eta_at", FieldType.INSTANT, Words("通知时预计到达", "Arrival predicted when notified"), in_list=False, example="2026-11-01 09:13:00"),
        Field("eta_at", FieldType.INSTANT, Words("预计到达", "Predicted arrival"), in_list=False, example="2026-11-01 09:13:00"),
        Field("outcome", FieldType.CHOICE, Words("结果", "Outcome"), choices=OUTCOMES, in_list=False, example="已解困"),
        Field("cause", FieldType.CHOICE, Words("故障原因", "Cause"), choices=CAUSES, in_list=False, example="门系统"),
        Field("place_type", FieldType.CHOICE, Words("场所性质", "Place type"), choices=PLACE_TYPES, in_list=False, example="住宅"),
        Field("call_count", FieldType.INTEGER, Words("来电次数", "Calls"), minimum=1, maximum=1000, in_list=False, example="1"),
        Field("event_count", FieldType.INTEGER, Words("记录条数", "Log entries"), minimum=0, in_list=False, example="0"),
    ),
)  # fmt: skip
