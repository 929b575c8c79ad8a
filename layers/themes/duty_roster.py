"""Declare duty rosters (值班表): who leads and watches, at which telephone; an authority's are read by enterprises (L26)."""

from layers.colors import GREEN, SLATE, TEAL
from layers.day_rules import not_before
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Register, RowRules
from layers.workflow import Party

LAYER = Layer(
    id="duty_roster",
    words=Words("值班表", "Duty roster"),
    group=Words("应急资源", "Emergency resources"),
    code_words=Words("值班编号", "Roster number"),
    code_example="DR0000001",
    name_words=Words("值班单位或岗位", "Post"),
    name_example="应急指挥中心值班室",
    icon="maki:telephone",
    color=SLATE,
    symbol_field="shift",
    is_public=True,
    shared_by="is_shared",
    order=34,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), max_length=40, references="enterprise",
            aliases=("企业信用代码", "统一社会信用代码"), in_list=False, example="",
        ),
        Field(
            "office_code", FieldType.TEXT, Words("值班机构", "Office"), max_length=40, references="rescue_resource",
            aliases=("值班机构编码",), in_list=False, example="",
        ),
        Field("begins_on", FieldType.DATE, Words("值班日期", "From"), required=True, aliases=("开始日期",), example="2026-11-20"),
        Field("ends_on", FieldType.DATE, Words("至", "To"), required=True, aliases=("截止日期",), example="2026-11-20"),
        Field(
            "shift", FieldType.CHOICE, Words("班次", "Shift"), required=True,
            choices=(
                Choice("whole", Words("全天", "Day and night"), TEAL),
                Choice("day", Words("白班", "Day"), GREEN),
                Choice("night", Words("夜班", "Night"), SLATE),
            ),
            example="全天",
        ),
        Field("leader", FieldType.TEXT, Words("带班领导", "Leader"), required=True, max_length=60, is_sensitive=True, example="王五"),
        Field("leader_phone", FieldType.PHONE, Words("带班领导电话", "Leader's phone"), is_sensitive=True, in_list=False, example="13800000000"),
        Field("watcher", FieldType.TEXT, Words("值班人员", "On duty"), required=True, max_length=200, is_sensitive=True, example="李四、赵六"),
        Field("duty_phone", FieldType.PHONE, Words("值班电话", "Duty telephone"), required=True, aliases=("值班室电话",), example="0755-80000000"),
        Field("remarks", FieldType.TEXT, Words("说明", "Remarks"), max_length=300, in_list=False, example="汛期 24 小时值守"),
        Field("is_shared", FieldType.BOOLEAN, Words("对外公开", "Public"), in_list=False, aliases=("是否公开",), example=""),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("值班", "Duty"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    place_field="office_code",
    code_prefix="DR",
    note=Words(
        "政府值班表辖区企业可查看；企业值班表只有本企业和监管部门可见，勾选“对外公开”后周边单位也能看到。日历里看某一天谁值班。",
        "Enterprises read the authorities' rosters; an enterprise's own are seen by it and its authorities, and by its neighbours once it is "
        "marked public. The calendar tells who is on duty on a day.",
    ),
    rules=RowRules(faults=not_before("ends_on", "begins_on", Words("截止日期早于开始日期。", "The last day is before the first."))),
    calendar=("begins_on", "ends_on"),
    order=10,
)  # fmt: skip
