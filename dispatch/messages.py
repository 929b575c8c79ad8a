"""Write the messages of an order: who is told what, in the words of a text message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LINK = "{link}"
"""Stands in a message for the rescuer's own address, put in when the message is sent."""


class Role(StrEnum):
    """Who is told."""

    STATION_LEAD = "station_lead"
    """Lead of the station (救援站负责人)."""
    MAINTAINER = "maintainer"
    """Maintainer of the station (维保工)."""
    EMERGENCY_LEAD = "emergency_lead"
    """The company's emergency lead (应急救援负责人)."""
    SAFETY_MANAGER = "safety_manager"
    """The property's safety manager (物业安全管理员)."""


class Template(StrEnum):
    """What is told."""

    SENT = "sent"
    """A station is asked to come."""
    NO_STATION = "no_station"
    """An elevator without a bound station holds people."""
    ENTRAPMENT = "entrapment"
    """The company's emergency lead hears of every entrapment (困人事件)."""
    TRAPPED = "trapped"
    """People are held in an elevator that this safety manager answers for."""
    STOOD_DOWN = "stood_down"
    """A station is no longer needed."""
    OTHER_DEVICE = "other_device"
    """The link was opened on a second device."""


@dataclass(frozen=True)
class MessageFacts:
    """
    What a message tells of an order.

    Parameters
    ----------
    code : str
        Order number.
    place : str
        Name of the elevator and its using unit.
    address : str
        Empty when unknown.
    people_inside : int or None
    is_injured : bool
    rescue_code : str
        Six digits, empty when unlabelled.
    minutes : int or None
        Predicted travel time, whole minutes.
    """

    code: str
    place: str
    address: str = ""
    people_inside: int | None = None
    is_injured: bool = False
    rescue_code: str = ""
    minutes: int | None = None


def text_of(template: Template, facts: MessageFacts) -> str:
    """
    Write a message.

    Parameters
    ----------
    template : Template
    facts : MessageFacts

    Returns
    -------
    str
        At most 300 characters; `LINK` stands where the rescuer's own address goes.

    Examples
    --------
    >>> text_of(Template.STOOD_DOWN, MessageFacts("KR20261126-00001", "示例花园1栋1号梯"))
    '【一张图】工单 KR20261126-00001（示例花园1栋1号梯）不再需要您前往，感谢配合。'
    >>> text_of(Template.TRAPPED, MessageFacts("KR20261126-00001", "示例花园1栋1号梯", people_inside=2))[:41]
    '【一张图】困人 KR20261126-00001：示例花园1栋1号梯，被困 2 人'
    """
    place = _short(facts.place, 60)
    if template is Template.STOOD_DOWN:
        return f"【一张图】工单 {facts.code}（{place}）不再需要您前往，感谢配合。"
    if template is Template.OTHER_DEVICE:
        return f"【一张图】工单 {facts.code} 的链接刚在另一台设备上打开；若不是您本人，请立即联系调度中心。"
    where = f"{place}，{_short(facts.address, 80)}" if facts.address else place
    label = f"，救援代码 {facts.rescue_code}" if facts.rescue_code else ""
    people = "被困人数不明" if facts.people_inside is None else f"被困 {facts.people_inside} 人"
    injured = "，有人受伤" if facts.is_injured else ""
    if template is Template.NO_STATION:
        return f"【一张图】困人 {facts.code}：{where}{label}，{people}{injured}。该电梯未绑定救援站，请立即组织救援。"
    if template is Template.ENTRAPMENT:
        return f"【一张图】困人 {facts.code}：{where}{label}，{people}{injured}。已按绑定救援站派遣，请关注并督促响应。"
    if template is Template.TRAPPED:
        return f"【一张图】困人 {facts.code}：{where}{label}，{people}{injured}。请到现场安抚被困人员、勿擅自施救，并配合维保单位救援。"
    drive = f"，行车约 {facts.minutes} 分钟" if facts.minutes is not None else ""
    return f"【一张图】困人 {facts.code}：{where}{label}，{people}{injured}{drive}。请点开响应并前往： {LINK}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
