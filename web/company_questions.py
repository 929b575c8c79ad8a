"""Read what maintenance companies send: every value checked, every error in words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from flask import request

from data.errors import FilterError
from data.fault_reports import FaultReport
from data.inspection_requests import InspectionForm
from data.maintenance import RescueInformation
from data.maintenance_elevators import MOST_AT_ONCE, ElevatorForm, ElevatorQuery, NewPosition
from data.maintenance_stations import StationForm
from geo.coordinate_text import CoordinateForm, PastedPosition, position_from_text
from geo.crs import crs_from_name
from web import travel_questions
from web.api.layers import parse_int
from web.dispatch_questions import text, version

MOBILE = re.compile(r"1[3-9]\d{9}")
_PHONE = re.compile(r"[0-9+() -]{5,24}")
_RESCUE_CODE = re.compile(r"[0-9]{6}")
_LEAST_DIGITS, _MOST_DIGITS = 7, 15


def body() -> Mapping[str, Any]:
    """Give the request's JSON object.

    Raises
    ------
    FilterError
    """
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise FilterError("请求内容应为 JSON 对象。 The body must be a JSON object.")
    return values


def line(values: Mapping[str, Any], name: str, words: str, *, most: int = 60, required: bool = True) -> str:
    """Read a text of one line.

    Raises
    ------
    FilterError
    """
    return " ".join(text(values, name, words, most=most, required=required).split())


def mobile(values: Mapping[str, Any], name: str, words: str, *, required: bool = True) -> str:
    """Read a mobile number: messages go there.

    Raises
    ------
    FilterError
        When it is missing though required, or none.
    """
    found = re.sub(r"[\s-]", "", text(values, name, words, most=40, required=required))
    if found and not MOBILE.fullmatch(found):
        raise FilterError(
            f"{words}“{found}”不是手机号码，应为 1 开头的 11 位数字。 "
            f"No mobile number in {name}: {found!r}. Eleven digits that begin with 1 were expected."
        )
    return found


def phone(values: Mapping[str, Any], name: str, words: str) -> str:
    """Read a telephone number, a fixed line or a mobile.

    Raises
    ------
    FilterError
    """
    found = text(values, name, words, most=40, required=True)
    digits = sum(c.isdigit() for c in found)
    if not _PHONE.fullmatch(found) or not _LEAST_DIGITS <= digits <= _MOST_DIGITS:
        raise FilterError(
            f"{words}“{found}”不是电话号码，应为 7–15 位数字（可含区号、+ - 空格和括号）。 "
            f"No telephone number in {name}: {found!r}. 7 to 15 digits were expected."
        )
    return found


def seen_version(values: Mapping[str, Any]) -> int:
    """Read the version that the writer has seen.

    Raises
    ------
    FilterError
        When it is missing.
    """
    found = version(values)
    if found is None:
        raise FilterError(
            "缺少 version：请先读取当前内容再保存。 The version is missing: read what stands before you save."
        )
    return found


def codes(values: Mapping[str, Any]) -> list[str]:
    """Read the registration codes that are ticked.

    Raises
    ------
    FilterError
    """
    found = values.get("codes")
    if not isinstance(found, list) or not all(isinstance(c, str) and len(c) <= 40 for c in found):
        raise FilterError(
            "codes 应为设备注册代码的列表。 A list of registration codes was expected for codes."
        )
    if len(found) > MOST_AT_ONCE:
        raise FilterError(
            f"一次最多 {MOST_AT_ONCE} 台，收到 {len(found)} 台。 At most {MOST_AT_ONCE} elevators at once, got {len(found)}."
        )
    return found


def information(values: Mapping[str, Any]) -> RescueInformation:
    """Read a company's rescue information.

    Raises
    ------
    FilterError
    """
    return RescueInformation(
        line(values, "address", "单位地址", most=300),
        line(values, "emergency_lead_name", "应急救援负责人"),
        mobile(values, "emergency_lead_phone", "应急救援负责人手机"),
        phone(values, "duty_phone", "24 小时值班电话"),
    )


def pasted(values: Mapping[str, Any]) -> tuple[NewPosition, PastedPosition]:
    """Read a position somebody pasted or clicked: `position_text`, in the datum `crs`.

    Raises
    ------
    FilterError
        When there is none, or degrees come without their datum.
    CoordinateError, CrsError
        When it cannot be read, or its datum is unknown.
    """
    typed = line(values, "position_text", "位置", most=120)
    found = position_from_text(typed)
    crs = values.get("crs")
    if found.form is CoordinateForm.GAUSS_KRUGER:
        crs = "cgcs2000"
    if found.needs_datum and crs in (None, ""):
        raise FilterError(
            "请选择坐标系：高德、百度与 GPS 的坐标相差 500–1400 米。 Choose the datum: positions of Amap, Baidu and GPS differ by 500 to 1,400 m."
        )
    lon, lat = travel_questions.position(found.lon, found.lat, crs)
    kept = (
        found.crs_candidates[0]
        if found.form is CoordinateForm.GAUSS_KRUGER and found.crs_candidates
        else crs_from_name(str(crs or "wgs84"))
    )
    return NewPosition(lon, lat, kept, typed), found


def station(values: Mapping[str, Any]) -> StationForm:
    """Read a station.

    Raises
    ------
    FilterError, CoordinateError, CrsError
    """
    scope = values.get("scope_codes")
    if (
        not isinstance(scope, list)
        or not all(isinstance(c, str) and len(c) <= 12 for c in scope)
        or len(scope) > 60
    ):
        raise FilterError(
            "scope_codes 应为区划代码的列表。 A list of division codes was expected for scope_codes."
        )
    position, _ = pasted(values)
    return StationForm(
        district_code=line(values, "district_code", "区域", most=6),
        name=line(values, "name", "救援组（站）名称", most=100),
        lead_name=line(values, "lead_name", "负责人"),
        lead_phone=mobile(values, "lead_phone", "负责人手机"),
        scope_codes=tuple(scope),
        scope_note=line(values, "scope_note", "负责范围说明", most=200, required=False),
        address=line(values, "address", "地址", most=300, required=False),
        lon=position.lon, lat=position.lat, source_crs=position.source_crs, source_position=position.source_position,
        crew_count=whole(values, "crew_count", "救援班组数", low=0, high=1000),
        on_duty=travel_questions.flag(values.get("on_duty")),
        is_networked=travel_questions.flag(values.get("is_networked")),
    )  # fmt: skip


def whole(values: Mapping[str, Any], name: str, words: str, *, low: int, high: int) -> int:
    """Read a whole number.

    Raises
    ------
    FilterError
    """
    shown = str(values.get(name, "")).strip()
    if (
        isinstance(values.get(name), bool)
        or not re.fullmatch(r"[0-9]{1,9}", shown)
        or not low <= int(shown) <= high
    ):
        raise FilterError(
            f"{words}应为 {low}–{high} 的整数，收到“{shown[:20]}”。 A whole number from {low} to {high} was expected for {name}, got {shown[:20]!r}."
        )
    return int(shown)


def elevator(values: Mapping[str, Any], before: Mapping[str, Any]) -> ElevatorForm:
    """Read what is changed of an elevator, held against what stands.

    Raises
    ------
    FilterError
        Also when the address differs without the explicit tick, or without a word on the position.
    CoordinateError, CrsError
    """
    given = values.get("code")
    if given not in (None, before["code"]):
        raise FilterError(
            "设备注册代码不可缺省，也不能在此修改。 The registration code may neither be empty nor be changed here."
        )
    rescue_code = line(values, "rescue_code", "救援代码", most=10, required=False) or None
    if rescue_code is not None and not _RESCUE_CODE.fullmatch(rescue_code):
        raise FilterError(
            f"救援代码“{rescue_code}”应为 6 位数字，贴标前可以留空。 The rescue code {rescue_code!r} should be six digits; it may stay empty before the label is stuck on."
        )
    address = line(values, "address", "设备地址", most=300, required=False) or None
    if address == before["address"]:
        address = None
    has_position = values.get("position_text") not in (None, "")
    if address is not None and values.get("is_address_unlocked") is not True:
        raise FilterError(
            "修改设备地址前须先勾选“修改地址”。 The address changes only after its box is ticked."
        )
    if address is not None and not has_position and values.get("keeps_position") is not True:
        raise FilterError(
            "地址已修改：请确认位置不变，或重新给出位置。 The address was changed: confirm that the position stays, or give it anew."
        )
    manager = values.get("manager_id")
    if manager is not None and (
        isinstance(manager, bool) or not isinstance(manager, int) or not 0 < manager < 2**63
    ):
        raise FilterError("manager_id 应为编号。 A number was expected for manager_id.")
    return ElevatorForm(
        rescue_code,
        line(values, "place_type", "场所性质", most=30, required=False) or None,
        line(values, "station_code", "救援站", most=40, required=False) or None,
        manager,
        address,
        pasted(values)[0] if has_position else None,
    )


def elevator_query() -> ElevatorQuery:
    """Read which elevators are wanted, from the address.

    Raises
    ------
    FilterError
    """
    args = request.args
    size = parse_int("page_size", 50, low=1, high=500)
    page = parse_int("page", 1, low=1, high=100_000)
    return ElevatorQuery(
        is_bound=_maybe(args.get("bound"), "bound"),
        code=line(args, "code", "注册代码", most=40, required=False),
        unit_name=line(args, "unit_name", "使用单位", most=100, required=False),
        unit_code=line(args, "unit_code", "使用单位代码", most=40, required=False),
        station_code=line(args, "station_code", "救援站", most=40, required=False),
        manager_id=parse_int("manager_id", 0, low=0, high=2**31) or None,
        has_manager=_maybe(args.get("has_manager"), "has_manager"),
        problem=line(args, "problem", "问题", most=30, required=False),
        limit=size,
        offset=(page - 1) * size,
    )


def _maybe(value: str | None, name: str) -> bool | None:
    if value in (None, ""):
        return None
    if value not in ("0", "1"):
        raise FilterError(f"{name} 应为 0 或 1。 Either 0 or 1 was expected for {name}.")
    return value == "1"


def report(values: Mapping[str, Any]) -> FaultReport:
    """Read a fault-analysis report.

    Raises
    ------
    FilterError
    """
    return FaultReport(
        line(values, "cause", "故障原因", most=30),
        text(values, "description", "故障情况", most=2000, required=True),
        text(values, "measures", "处理措施", most=2000, required=True),
        text(values, "parts", "更换部件", most=1000),
    )


def inspection(values: Mapping[str, Any]) -> InspectionForm:
    """Read an inspection request.

    Raises
    ------
    FilterError
    """
    day = line(values, "due_on", "检验日期", most=10)
    try:
        due_on = dt.date.fromisoformat(day)
    except ValueError as error:
        raise FilterError(
            f"检验日期“{day}”应如 2026-12-31。 The date {day!r} cannot be read: write it like 2026-12-31."
        ) from error
    return InspectionForm(
        due_on,
        line(values, "contact_name", "联系人"),
        mobile(values, "contact_phone", "联系人手机"),
        text(values, "note", "备注", most=500),
    )
