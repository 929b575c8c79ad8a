"""Declare the layers in time of a drill's course: zones, teams, people, ways, shelters, closures, events."""

from __future__ import annotations

from dataclasses import dataclass

from layers.declaration import Choice, Field, FieldType, Geometry, Words
from layers.errors import DeclarationError


@dataclass(frozen=True)
class TimeLayer:
    """
    A layer whose features last from an instant to another; it has no table, and belongs to one course.

    Attributes
    ----------
    id : str
    words : Words
        Title.
    geometry : Geometry
    fields : tuple of Field
        Behind `drill`, `start` and `end`, which every feature has; `end` is empty for what lasts to the end of the course.
    """

    id: str
    words: Words
    geometry: Geometry
    fields: tuple[Field, ...]

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The mark of a drill and the two instants first."""
        return COMMON + self.fields


COMMON = (
    Field("drill", FieldType.TEXT, Words("演练标记", "Mark of a drill"), required=True),
    Field("start", FieldType.INSTANT, Words("开始", "Start"), required=True),
    Field("end", FieldType.INSTANT, Words("结束", "End")),
)
_KEY = Field("key", FieldType.TEXT, Words("编号", "Key"))
_NAME = Field("name", FieldType.TEXT, Words("名称", "Name"))
_PEOPLE = Field("people", FieldType.INTEGER, Words("人数", "People"), unit="人", minimum=0)
_NUMBER = Field("number", FieldType.INTEGER, Words("突发情况编号", "Number of the inject"), minimum=0)
STATES = (
    Choice("turning_out", Words("出动准备", "turning out")),
    Choice("driving", Words("行进", "under way")),
    Choice("setting_up", Words("展开", "setting up")),
    Choice("working", Words("处置", "at work")),
    Choice("waiting", Words("等候", "waiting")),
    Choice("ready", Words("待命接诊", "ready")),
    Choice("stopped", Words("停下", "stopped")),
)
HAPPENINGS = (
    Choice("alarm", Words("接到报警", "alarm received")),
    Choice("notified", Words("接到通知", "notified")),
    Choice("under_way", Words("出动", "under way")),
    Choice("on_site", Words("到达集结点", "on site")),
    Choice("at_work", Words("展开完毕", "at work")),
    Choice("ready", Words("做好接诊准备", "ready")),
    Choice("delivered", Words("接收伤员", "injured delivered")),
    Choice("broken_down", Words("发生故障", "broken down")),
    Choice("called_instead", Words("替补出动", "called instead")),
    Choice("none_instead", Words("没有替补", "nobody instead")),
    Choice("turned_off", Words("改道", "turned off")),
    Choice("cut_off", Words("无路可走", "cut off")),
    Choice("ordered", Words("下令疏散", "evacuation ordered")),
    Choice("told", Words("居民接到通知", "people told")),
    Choice("left", Words("出发", "left")),
    Choice("out", Words("离开影响区", "out of the zone")),
    Choice("sheltered", Words("进入避难场所", "sheltered")),
    Choice("sent_on", Words("再次转移", "sent on")),
    Choice("no_place", Words("没有安置容量", "no place")),
    Choice("road_closed", Words("道路中断", "road closed")),
    Choice("wind_turned", Words("风向改变", "wind turned")),
    Choice("staging_moved", Words("集结点转移", "staging moved")),
    Choice("road_opened", Words("道路恢复", "road open again")),
    Choice("release_stopped", Words("源头切断", "release stopped")),
    Choice("zone_cleared", Words("影响区解除", "zone cleared")),
    Choice("stayed", Words("不必再撤离", "need not leave any more")),
)
_STATE = Field("state", FieldType.CHOICE, Words("状态", "State"), choices=STATES)
_KIND = Field("kind", FieldType.TEXT, Words("类型", "Kind"))

TIME_LAYERS = (
    TimeLayer(
        "zones",
        Words("影响范围", "Zones"),
        Geometry.POLYGON,
        (Field("level", FieldType.INTEGER, Words("程度（1 重 2 中 3 轻）", "Level (1 severe, 2 serious, 3 light)"), minimum=1, maximum=3), _NUMBER),
    ),
    TimeLayer("teams", Words("救援力量", "Help"), Geometry.POINT, (_KEY, _NAME, _KIND, _STATE)),
    TimeLayer("people", Words("撤离人员", "People who leave"), Geometry.POINT, (_KEY, _NAME, _PEOPLE, _STATE)),
    TimeLayer("routes", Words("行进路线", "Ways"), Geometry.LINE, (_KEY, _NAME, _PEOPLE)),
    TimeLayer(
        "shelters",
        Words("避难场所", "Shelters"),
        Geometry.POINT,
        (_KEY, _NAME, _PEOPLE, Field("capacity", FieldType.INTEGER, Words("容量", "Places"), minimum=0)),
    ),
    TimeLayer(
        "closures",
        Words("道路中断和新增警戒区", "Roads closed and further areas"),
        Geometry.POLYGON,
        (_NUMBER, _KIND, _NAME),
    ),
    TimeLayer(
        "events",
        Words("事件", "Events"),
        Geometry.POINT,
        (
            _KEY,
            _NAME,
            Field("what", FieldType.CHOICE, Words("事件", "What happened"), choices=HAPPENINGS),
            _PEOPLE,
            _NUMBER,
        ),
    ),
)  # fmt: skip


def time_layer(layer_id: str) -> TimeLayer:
    """
    Find a time-enabled layer.

    Parameters
    ----------
    layer_id : str

    Returns
    -------
    TimeLayer

    Raises
    ------
    DeclarationError
        When there is none of that id.

    Examples
    --------
    >>> time_layer("zones").words.en
    'Zones'
    """
    for layer in TIME_LAYERS:
        if layer.id == layer_id:
            return layer
    raise DeclarationError(f"no time-enabled layer {layer_id[:40]!r}")
