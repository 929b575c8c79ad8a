"""Say in words what a drill's simulation found: zones, what was assumed, who comes, what is lacking."""

from __future__ import annotations

from typing import Any

import shapely

from data import drill_sight
from data.located_points import kinds
from geo.hazard.consequence import PURPOSE_EN, PURPOSE_ZH, Effect
from geo.hazard.reach import ReachStatus
from geo.hazard.source_term import Note
from geo.hazard.validity import FIELDS
from web.hazard_words import EFFECTS, EXTRA_FIELDS, KINDS, MEASURES, MODELS, NOTES, STATUSES, VALUES

WATERMARK = "演练 DRILL"
LEVELS: dict[int, tuple[str, str]] = {
    1: ("重（可致命）", "severe (may kill)"), 2: ("中（应撤离）", "serious (leave)"), 3: ("轻（不适）", "light (discomfort)"),
}  # fmt: skip
SUBJECTS: dict[str, tuple[str, str]] = {
    "people": ("居民小区", "Residential places"), "enterprise": ("企业", "Enterprises"),
    "sensitive": ("学校和医疗养老机构", "Schools, health and care"), "elevator": ("电梯", "Elevators"),
    "hazard_site": ("重大危险源（多米诺）", "Major hazards (domino)"), "risk_point": ("风险点", "Risk points"),
    "hidden_danger": ("未整改隐患", "Open hidden dangers"), "resource": ("救援资源", "Rescue resources"),
}  # fmt: skip
#: Of these an enterprise's drill counts its own alone.
_OWN_ONLY = frozenset({"elevator", "hazard_site", "risk_point", "hidden_danger"})
SKIES: dict[str, tuple[str, str]] = {
    "strong_sun": ("白天强日照", "day, strong sun"), "moderate_sun": ("白天中等日照", "day, moderate sun"),
    "slight_sun": ("白天弱日照", "day, slight sun"), "overcast": ("阴天（昼夜）", "overcast, day or night"),
    "cloudy_night": ("夜间多云", "night, clouded"), "clear_night": ("夜间晴", "night, clear"),
}  # fmt: skip
STEPS: dict[str, tuple[str, str]] = {
    "zones": ("影响范围", "zones"), "inside": ("范围内的对象", "what lies inside"), "roads": ("封闭道路与集结点", "roads and staging"),
    "teams": ("救援力量", "help"), "shelters": ("疏散安置", "shelters"), "report": ("汇总", "report"),
}  # fmt: skip
_COMPASS = (
    ("北", "north"), ("东北", "north-east"), ("东", "east"), ("东南", "south-east"), ("南", "south"),
    ("西南", "south-west"), ("西", "west"), ("西北", "north-west"),
)  # fmt: skip


def words_of(answer: dict[str, Any], language: str) -> dict[str, Any]:
    """Give the words that go with an answer, in one language."""
    at = 0 if language == "zh" else 1
    accident = answer["accident"]
    units = {one["type"]: one["unit"] for one in answer.get("supplies_wanted", ())}
    return {
        "watermark": WATERMARK, "purpose": (PURPOSE_ZH, PURPOSE_EN)[at],
        "accident": _accident(accident, at), "weather": _weather(accident, at),
        "zones": [_zone(zone, at) for zone in answer["zones"]],
        "levels": {str(level): pair[at] for level, pair in LEVELS.items()},
        "subjects": {name: _subject(name, answer, at) for name in SUBJECTS}, "order": list(SUBJECTS),
        "kinds": {kind.name: kind.words.in_language(language) for kind in kinds().values()},
        "assumptions": [_assumed(a["field"], a["value"], at) for a in accident["assumptions"]] + [_presence(answer, at), _driven(answer, at), _wanted(answer, at)],
        "notes": [NOTES[Note(note)][at] for note in accident["notes"]] + _more_notes(answer, at),
        "guide": [
            (f"应急指南 UN {g['un']}：隔离 {g['isolation_m']:,.0f} 米，下风防护 {g['protection_m'] / 1000:g} 千米（{g['case']}）",
             f"Guidebook UN {g['un']}: isolate {g['isolation_m']:,.0f} m, protect {g['protection_m'] / 1000:g} km downwind ({g['case']})")[at]
            for g in accident["guide"]
        ],
        "shortfalls": [_shortfall(s | {"unit": units.get(s["kind"], "")}, at) for s in answer["shortfalls"]],
    }  # fmt: skip


def _subject(name: str, answer: dict[str, Any], at: int) -> str:
    """Name what is counted in the zones; where only an enterprise's own is, say so."""
    words = SUBJECTS[name][at]
    if answer.get("sight") != drill_sight.ENTERPRISE or name not in _OWN_ONLY:
        return words
    return words + ("（本企业）", " (own)")[at]


def _accident(accident: dict[str, Any], at: int) -> str:
    substance = accident["substance"][("zh", "en")[at]]
    return f"{substance} · {accident['mass_kg'] / 1000:,.6g} t · {KINDS[_kind(accident['kind'])][at]}"


def _kind(name: str) -> Any:
    return next(kind for kind in KINDS if str(kind) == name)


def _weather(accident: dict[str, Any], at: int) -> str:
    name = compass(accident["wind_from_deg"], at)
    wind, degrees, stability = accident["wind_speed_m_s"], accident["wind_from_deg"], accident["stability"]
    air_c = accident["air_temperature_k"] - 273.15
    return (
        f"{name}风 {wind:g} m/s（来向 {degrees:g}°），稳定度 {stability}，{air_c:.0f} °C",
        f"wind {wind:g} m/s from the {name} ({degrees:g}°), stability {stability}, {air_c:.0f} °C",
    )[at]


def compass(degrees: float, at: int) -> str:
    """Name a direction by the nearest of eight."""
    return _COMPASS[int((degrees % 360) / 45 + 0.5) % 8][at]


def _zone(zone: dict[str, Any], at: int) -> dict[str, Any]:
    measure = MEASURES[zone["measure"]][at] if zone["measure"] in MEASURES else zone["measure"]
    distance = f"{zone['distance_m']:,.0f} m"
    status = ReachStatus(zone["distance_status"])
    shown = {
        ReachStatus.WITHIN: distance, ReachStatus.BEYOND: "> 10 km", ReachStatus.NEARER: f"< {distance}", ReachStatus.NOT_REACHED: "—",
    }[status]  # fmt: skip
    return {
        "effect": EFFECTS[Effect(zone["effect"])][at], "measure": f"{measure} {zone['value']:.4g} {zone['unit']}{' *' if zone['is_unchecked'] else ''}",
        "distance": shown, "status": STATUSES[status][at], "model": MODELS.get(zone["model"], (zone["model"],) * 2)[at],
        "level": LEVELS[zone["level"]][at], "level_number": zone["level"],
    }  # fmt: skip


def _assumed(field: str, value: float | str, at: int) -> str:
    zh, en, unit = (FIELDS | EXTRA_FIELDS)[field]
    name = (zh, en)[at]
    if isinstance(value, str):
        return f"{name} {VALUES[value][at] if value in VALUES else value}"
    if unit == "K":
        return f"{name} {value - 273.15:.4g} °C"
    if unit == "Pa":
        return f"{name} {value / 1000:,.5g} kPa"
    return f"{name} {value:.6g} {unit}".rstrip()


def _presence(answer: dict[str, Any], at: int) -> str:
    hour = answer["hour_of_week"] % 24
    return (
        f"{hour} 时在家和在岗的比例按通用时段系数", f"shares at home and at work at {hour}:00 from a general table",
    )[at]  # fmt: skip


def _driven(answer: dict[str, Any], at: int) -> str:
    groups = answer["evacuation"]["groups"]
    return (
        f"疏散按乘车计，{groups} 处集合出发", f"people leave by vehicle, from {groups} places of assembly",
    )[at]  # fmt: skip


def _wanted(answer: dict[str, Any], at: int) -> str:
    """Say what help is called for, by a rule of ours."""
    found = "、".join(f"{one['type']} {one['quantity']:,} {one['unit']}" for one in answer.get("supplies_wanted", ()))  # fmt: skip
    return (
        f"所需力量和物资的种类与数量按通用规则{f'：{found}' if found else ''}",
        f"kinds and numbers of help and supplies by a general rule{f': {found}' if found else ''}",
    )[at]


def _more_notes(answer: dict[str, Any], at: int) -> list[str]:
    notes, border = [], answer["border"]
    if answer.get("sight") == drill_sight.ENTERPRISE:
        notes.append(
            (
                "企业演练：邻近单位（500 米内）只列名称，更远处只按方位计人数；电梯、危险源、风险点和隐患只计本企业的，多米诺影响请与归属机构核对。",
                "An enterprise's drill: neighbours up to 500 m are told by name alone, farther out people by direction; of elevators, hazard sites, risk points and hidden dangers its own alone are counted: ask the authority about domino effects.",
            )[at]
        )
    outside, water = 100 * border["outside"], 100 * border["water"]
    if border["outside"] > 0.005:
        notes.append((
            f"影响范围有 {outside:.0f} % 在本市陆域以外（其中已知水域 {water:.0f} %），界外没有数据；请同时通报相邻地区和海事部门。",
            f"{outside:.0f} % of the zones lies outside the city's land ({water:.0f} % on known water), where nothing is known: tell the neighbours and the maritime authority.",
        )[at])  # fmt: skip
    if answer["left"]["is_isolation"]:
        notes.append(
            (
                "没有需要撤离的影响区，按隔离距离划定警戒区。",
                "No zone has to be left; the isolation distance is cordoned off.",
            )[at]
        )
    if answer["staging"] and not answer["staging"][0]["is_upwind"]:
        notes.append(
            (
                "上风方向没有可用的道路，集结点在侧风或下风向，须佩戴防护。",
                "No usable road lies upwind: staging is crosswind or downwind, under protection.",
            )[at]
        )
    return notes


def _shortfall(lack: dict[str, Any], at: int) -> str:
    n = f"{lack['missing']:,}"
    if lack["subject"] in ("supply", "supply_late"):
        return _supply_shortfall(lack, at)
    kind = kinds()[lack["kind"]].words.in_language(("zh", "en")[at]) if lack["kind"] else ""
    return {
        "resource": (f"{kind}少 {n} 个：绕开影响区无法到达或没有登记。", f"{kind}: {n} short, unreachable around the zone or not registered."),
        "late": (f"{kind}有 {n} 个超过要求的到达时间。", f"{kind}: {n} arrive later than they should."),
        "places": (f"{n} 人没有安置容量：附近避难场所不够。", f"{n} people find no place: the shelters near are full."),
        "no_way": (f"{n} 人没有道路可到任何避难场所。", f"No road leads {n} people to a shelter."),
        "staging": ("影响区外找不到救援力量能到达的集结点。", "No staging point outside the zone can be reached."),
    }[lack["subject"]][at]  # fmt: skip


def _supply_shortfall(lack: dict[str, Any], at: int) -> str:
    """Name supplies that are lacking; types are words of the city's own list."""
    n = f"{lack['missing']:,} {lack['unit']}"
    return {
        "supply": (f"物资“{lack['kind']}”缺 {n}：绕开影响区可到的存放点没有或不够。", f"Supplies “{lack['kind']}”: {n} short, no stock within reach around the zone holds them."),
        "supply_late": (f"物资“{lack['kind']}”有 {n}超过要求的到达时间。", f"Supplies “{lack['kind']}”: {n} arrive later than they should."),
    }[lack["subject"]][at]  # fmt: skip


def geojson(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Give a drill as GeoJSON, every feature marked as a drill's."""
    features = [
        _feature(
            zone["geometry"],
            "zone",
            {
                k: zone[k]
                for k in ("effect", "measure", "value", "unit", "level", "distance_m", "distance_status")
            },
        )
        for zone in answer["zones"]
        if zone["geometry"]
    ]
    features.append(_feature(answer["left"]["geometry"], "left", {"area_m2": answer["left"]["area_m2"]}))
    features += [
        _feature(_point(one), "staging", {"is_upwind": one["is_upwind"]}) for one in answer["staging"]
    ]
    features += [
        _feature(
            _point(one),
            "help",
            {k: one.get(k) for k in ("kind", "code", "name", "travel_time_s", "length_m")},
        )
        for one in answer["teams"]
    ]
    features += [
        _feature(_point(one), "supplies", {k: one[k] for k in ("type", "code", "name", "kept_at", "quantity", "unit", "travel_time_s")})
        for one in answer.get("supplies", ())
    ]  # fmt: skip
    features += [
        _feature(_point(one), "shelter", {k: one.get(k) for k in ("code", "name", "capacity", "people")})
        for one in answer["evacuation"]["shelters"]
    ]
    features += [
        _feature({"type": "LineString", "coordinates": line}, "closed_road", {})
        for line in answer["roads"]["lines"]
    ]
    return {
        "type": "FeatureCollection",
        "drill": WATERMARK,
        "name": f"{WATERMARK} {name}",
        "purpose": f"{PURPOSE_ZH} {PURPOSE_EN}",
        "features": features,
    }


def _point(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [one["lon"], one["lat"]]}


def _feature(geometry: Any, role: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"drill": WATERMARK, "role": role, **facts},
    }


def drawing(
    answer: dict[str, Any], *, width: int = 720, height: int = 480, is_close: bool = False
) -> dict[str, Any]:
    """Lay a drill out for a picture: paths of the zones, roads and routes, and places with their numbers, in pixels.

    Close up the zone and the staging points fill it; else everything down to the farthest shelter does.
    """
    places = answer["staging"] if is_close else (*answer["staging"], *answer["evacuation"]["shelters"])
    shapes = [shapely.geometry.shape(answer["left"]["geometry"])]
    shapes += [shapely.Point(p["lon"], p["lat"]) for p in places]
    west, south, east, north = shapely.union_all(shapes).bounds
    scale_x = 0.92 * width / max(east - west, 1e-4)
    scale_y = 0.92 * height / max(north - south, 1e-4)
    per_lon = min(scale_x, 0.93 * scale_y)  # a degree of longitude is shorter than one of latitude
    per_lat = per_lon / 0.93
    left, top = (width - per_lon * (east - west)) / 2, (height - per_lat * (north - south)) / 2

    def pixel(lonlat: Any) -> tuple[float, float]:
        return round(left + per_lon * (lonlat[0] - west), 1), round(top + per_lat * (north - lonlat[1]), 1)

    def path(geometry: Any) -> str:
        rings = [
            ring
            for polygon in shapely.get_parts(shapely.geometry.shape(geometry))
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        return "".join(
            "M" + "L".join("{} {}".format(*pixel(at)) for at in ring.coords) + "Z" for ring in rings
        )

    def line(points: Any) -> str:
        return "M" + "L".join("{} {}".format(*pixel(at)) for at in points)

    return {
        "width": width, "height": height,
        "levels": [(level, path(answer["levels"][level])) for level in sorted(answer["levels"], reverse=True)],
        "left": path(answer["left"]["geometry"]), "closed": [line(one) for one in answer["roads"]["lines"][:1500]],
        "routes": [line(one["route"]) for one in answer["teams"] if one["route"]],
        "flows": [line((f["from_lonlat"], _lonlat(answer, f["shelter_id"]))) for f in answer["evacuation"]["flows"]],
        "source": pixel((answer["accident"]["lon"], answer["accident"]["lat"])),
        "staging": [(n, *pixel((p["lon"], p["lat"]))) for n, p in enumerate(answer["staging"], start=1)],
        "shelters": [(n, *pixel((p["lon"], p["lat"]))) for n, p in enumerate(answer["evacuation"]["shelters"], start=1)],
    }  # fmt: skip


def _lonlat(answer: dict[str, Any], shelter_id: int) -> tuple[float, float]:
    found = next(s for s in answer["evacuation"]["shelters"] if s["id"] == shelter_id)
    return found["lon"], found["lat"]
