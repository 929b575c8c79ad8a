"""Say in words how the course of a drill went: its steps, its events, its figures, what was assumed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data.course_question import BREAKDOWN, REOPEN, ROAD, STOP, WIND
from dispatch.course_bands import FIGURES
from dispatch.course_plan import FACTORS, SPREADS, WHOLE_NUMBERS, Steps
from layers.course_layers import HAPPENINGS, STATES
from layers.display import LOCAL_ZONE
from web.drill_answers import WATERMARK, compass

STEPS: dict[str, tuple[str, str]] = {
    "alarm": ("事故到接警", "accident → alarm"), "notify": ("通知一支队伍", "notifying one team"),
    "turnout_fire": ("消防站出动", "turnout, fire station"), "turnout_other": ("其他力量出动", "turnout, others"),
    "drive": ("行车时间系数", "factor on driving"), "setup": ("到场到展开", "arrival → at work"),
    "order": ("接警到下令疏散", "alarm → evacuation ordered"), "warn": ("下令到居民得知", "ordered → people told"),
    "prepare": ("得知到首批出发", "told → first wave leaves"), "gap": ("批次间隔", "between waves"),
    "leave": ("撤离行车系数", "factor on leaving"),
    "waves": ("每处分几批撤离", "waves per place"), "callers": ("同时通知几路", "calls at a time"),
    "intake_per_min": ("避难场所每分钟接收", "shelter takes in per minute"),
}  # fmt: skip
FIGURE_WORDS: dict[str, tuple[str, str]] = {
    "alarm_s": ("接到报警", "alarm received"), "first_on_site_s": ("首支队伍到场", "first team on site"),
    "first_at_work_s": ("首支队伍展开", "first team at work"), "all_on_site_s": ("全部队伍到场", "all teams on site"),
    "ordered_s": ("下令疏散", "evacuation ordered"), "zone_evacuated_s": ("影响区疏散完", "zone evacuated"),
    "all_sheltered_s": ("全部安置", "everybody sheltered"),
}  # fmt: skip
INJECT_WORDS: dict[str, tuple[str, str]] = {
    ROAD: ("道路中断", "A road closes"), WIND: ("风向改变", "The wind turns"), BREAKDOWN: ("队伍故障", "A team breaks down"),
    REOPEN: ("道路恢复", "A road opens again"), STOP: ("源头切断", "The release is stopped"),
}  # fmt: skip
PROGRESS: dict[str, tuple[str, str]] = {
    "ways": ("路线", "ways"), "course": ("推演", "the course"), "runs": ("多次推演", "many runs"),
}  # fmt: skip
_SENTENCES: dict[str, tuple[str, str]] = {
    "alarm": ("接到报警", "The alarm is received"), "notified": ("通知{name}", "{name} is notified"), "under_way": ("{name}出动", "{name} is under way"),
    "on_site": ("{name}到达集结点", "{name} is on site"), "at_work": ("{name}展开完毕", "{name} is at work"),
    "ready": ("{name}做好接诊准备", "{name} is ready for the injured"), "delivered": ("伤员送达{name}", "The injured reach {name}"),
    "broken_down": ("{name}发生故障", "{name} breaks down"), "called_instead": ("{name}替补出动", "{name} is called instead"),
    "none_instead": ("没有队伍可以替补{name}", "Nobody can stand in for {name}"),
    "turned_off": ("{name}改道", "{name} turns off"), "cut_off": ("{name}无路可走，停下", "{name} is cut off and stops"),
    "ordered": ("下令疏散", "Evacuation is ordered"), "told": ("{name}得到疏散通知（{people} 人）", "{name} is told to leave ({people} people)"),
    "left": ("{name}第 {wave} 批 {people} 人出发", "{name}: wave {wave}, {people} people leave"),
    "out": ("{name}第 {wave} 批 {people} 人离开影响区", "{name}: wave {wave}, {people} people are out of the zone"),
    "sheltered": ("{name}接收 {people} 人", "{name} takes in {people} people"),
    "sent_on": ("{name}已在影响区内，{people} 人再次转移", "{name} lies in the zone now: {people} people are sent on"),
    "no_place": ("{name} {people} 人没有可转移的避难场所", "{name}: no shelter takes {people} people"),
    "road_closed": ("{inject}", "{inject}"), "wind_turned": ("{inject}；原影响区仍封闭", "{inject}; the zone so far stays closed"), "staging_moved": ("集结点转移到影响区外", "Staging moves out of the zone"),
    "road_opened": ("{inject}", "{inject}"), "release_stopped": ("{inject}", "{inject}"),
    "zone_cleared": ("云团过去，影响区解除，道路恢复通行", "The cloud has passed: the zone is cleared, its roads are open"),
    "stayed": ("{name} {people} 人不必再撤离", "{name}: {people} people need not leave any more"),
}  # fmt: skip


def choices(language: str) -> dict[str, Any]:
    """Give the steps with their defaults as a form shows them, minutes or factors, and the words of what may be thrown in."""
    at = 0 if language == "zh" else 1
    steps = Steps()
    return {
        "steps": [_step(name, getattr(steps, name), at) for name in SPREADS],
        "numbers": [
            {"id": name, "title": STEPS[name][at], "value": getattr(steps, name), "most": most}
            for name, most in WHOLE_NUMBERS.items()
        ],
        "injects": [{"id": kind, "title": words[at]} for kind, words in INJECT_WORDS.items()],
        "progress": {name: words[at] for name, words in PROGRESS.items()},
    }


def _step(name: str, spread: Any, at: int) -> dict[str, Any]:
    per = 1.0 if name in FACTORS else 60.0
    unit = ("倍", "×")[at] if name in FACTORS else ("分", "min")[at]
    points = [float(f"{p / per:.4g}") for p in (spread.low, spread.mode, spread.high)]
    return {"id": name, "title": STEPS[name][at], "unit": unit, "points": points}


def words_of(course: dict[str, Any], language: str) -> dict[str, Any]:
    """Give the words that go with a course as `courses.read` gives it, in one language."""
    at = 0 if language == "zh" else 1
    answer = course["answer"]
    return {
        "watermark": WATERMARK,
        "events": [sentence(answer, event, at) for event in answer["events"]],
        "figures": {name: FIGURE_WORDS[name][at] for name in FIGURES}, "order": list(FIGURES),
        "states": {choice.value: choice.words.in_language(language) for choice in STATES},
        "happenings": {choice.value: choice.words.in_language(language) for choice in HAPPENINGS},
        "injects": [inject_words(answer, one, at) for one in answer["injects"]],
        "assumed": assumed(answer, at), "notes": notes(answer, at),
    }  # fmt: skip


def sentence(answer: dict[str, Any], event: dict[str, Any], at: int) -> str:
    """Say one event."""
    base, _, wave = event["key"].partition("/")
    inject = next((one for one in answer["injects"] if one["number"] == event["number"]), None)
    name = answer["names"].get(base, {}).get("name") or base
    if event["what"] in ("turned_off", "cut_off") and wave.rstrip("+").isdigit():
        name += (f"第 {wave.rstrip('+')} 批 {event['people']:,} 人", f", wave {wave.rstrip('+')} ({event['people']:,} people)")[at]  # fmt: skip
    elif wave == "ambulance" and event["what"] in ("turned_off", "cut_off"):
        name = (f"送往{name}的救护车", f"The ambulance to {name}")[at]
    return _SENTENCES[event["what"]][at].format(
        name=name, people=f"{event['people']:,}", wave=wave.rstrip("+"), inject="" if inject is None else inject_words(answer, inject, at)
    )  # fmt: skip


def inject_words(answer: dict[str, Any], inject: dict[str, Any], at: int) -> str:
    """Say what is thrown in."""
    kind = INJECT_WORDS[inject["kind"]][at]
    if inject["kind"] == ROAD:
        street = inject["street"] or ("无名道路", "an unnamed road")[at]
        return f"{kind}{('：', ': ')[at]}{street}"
    if inject["kind"] == WIND:
        degrees = inject["wind_from_deg"]
        return f"{kind}{('：来自', ': from the ')[at]}{compass(degrees, at)}（{degrees:g}°）" if at == 0 else f"{kind}: from the {compass(degrees, at)} ({degrees:g}°)"  # fmt: skip
    if inject["kind"] == STOP:
        return kind
    if inject["kind"] == REOPEN:
        closed = next((one for one in answer["injects"] if one["number"] == inject["of"]), None)
        street = (closed or {}).get("street") or ("无名道路", "an unnamed road")[at]
        return f"{kind}{('：', ': ')[at]}{street}"
    name = answer["names"].get(inject["team"], {}).get("name") or inject["team"]
    return f"{kind}{('：', ': ')[at]}{name}"


def assumed(answer: dict[str, Any], at: int) -> list[str]:
    """List the spreads that are still the defaults, as assumed."""
    defaults, found = choices(("zh", "en")[at]), []
    for step in defaults["steps"]:
        per = 1.0 if step["id"] in FACTORS else 60.0
        given = [float(f"{p / per:.4g}") for p in answer["steps"][step["id"]]]
        if given == step["points"]:
            low, mode, high = (f"{p:g}" for p in given)
            found.append((f"{step['title']} {low}–{mode}–{high} {step['unit']}（三角分布）", f"{step['title']} {low}–{mode}–{high} {step['unit']} (triangular)")[at])  # fmt: skip
    found += [
        f"{one['title']} {one['value']}"
        for one in defaults["numbers"]
        if answer["steps"][one["id"]] == one["value"]
    ]
    return found


def notes(answer: dict[str, Any], at: int) -> list[str]:
    """Say what the course does not model."""
    return [
        (
            "毒气和易燃气云的边缘按风速推进，火灾和爆炸的范围一开始就在；源头切断后由近及远消散，最远处也过去才解除，此外不缩小。",
            "The edge of a cloud goes with the wind; fire and blast are there at once. Once the release is stopped it clears outward, and the zone is lifted when the farthest edge has passed; otherwise zones do not shrink.",
        )[at],
        (
            f"没有安置容量或没有道路的人不在推演之内；推演 {answer['people']:,} 人。",
            f"Those without a place or a way are not part of the course; {answer['people']:,} people are.",
        )[at],
        (
            "前方道路中断时，车辆在路线的八分点改道；没有可改的就折回。",
            "Where the road ahead closes, a vehicle turns off at the next eighth of its way, or drives back to one.",
        )[at],
        *_of_the_wind(answer, at),
    ]


def _of_the_wind(answer: dict[str, Any], at: int) -> list[str]:
    """Say what becomes of the zones before when the wind has turned."""
    kinds = {one["kind"] for one in answer["injects"]}
    if WIND not in kinds:
        return []
    lines = [
        (
            "风向改变（包括转回原来的方向）只增加影响区：风离开后的范围仍按影响区封闭，已撤离的人不返回，源头切断且云团过去后才解除。",
            "A wind that turns, or turns back, only adds to the zone: what it has left stays closed and nobody returns, until the release is stopped and the cloud has passed.",
        )[at]
    ]
    if STOP not in kinds:
        lines.append(
            (
                "本次推演没有切断源头，影响区到最后也没有解除。",
                "The release is not stopped in this course: its zones are closed to the end.",
            )[at]
        )
    return lines


def clock(course: dict[str, Any], at_s: float) -> str:
    """Give the local time of a second of the course."""
    begins = dt.datetime.fromisoformat(course["happens_at"]).astimezone(LOCAL_ZONE)
    return f"{begins + dt.timedelta(seconds=at_s):%H:%M:%S}"


def minutes(value: float | None) -> str:
    """Write seconds as minutes; what never comes is a dash."""
    return "—" if value is None else f"{value / 60:.1f}"
