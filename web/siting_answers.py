"""Say a siting study's answer in words: what the status proves, and why there may be none."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from data.network_service import hour_of_week
from dispatch.demand import DemandModel
from web.travel_answers import WEEKDAYS

MODELS: dict[str, tuple[str, str]] = {
    "mclp": ("最大覆盖：新增站点覆盖最多", "Maximal covering (MCLP): cover most with so many sites"),
    "lscp": ("全覆盖：最少站点覆盖全部", "Set covering (LSCP): cover all with the fewest sites"),
    "p_median": ("总行程最短：加权平均时间最小", "p-median: least weighted travel time"),
    "p_center": ("最远者最近：最长时间最小", "p-centre: the farthest as near as can be"),
    "backup": ("双重覆盖：第二站也能到", "Backup covering (BACOP): covered once, and twice"),
    "mexclp": ("期望覆盖：考虑班组正忙", "Expected covering (MEXCLP): crews may be busy"),
    "mclp_capacity": ("有容量的最大覆盖", "Maximal covering with capacities"),
    "p_median_capacity": ("有容量的总行程最短", "p-median with capacities"),
}
OBJECTIVES: dict[str, tuple[str, str]] = {
    "mclp": ("新增覆盖量", "Gained"),
    "lscp": ("新增站点数", "Sites to add"),
    "p_median": ("加权总时间，s", "Weighted travel, s"),
    "p_center": ("最长时间，s", "Longest time, s"),
    "backup": ("一次覆盖 + 权数 × 二次覆盖", "Covered once + worth × covered twice"),
    "mexclp": ("期望覆盖量", "Expected to be covered"),
    "mclp_capacity": ("在容量内覆盖量", "Covered within capacities"),
    "p_median_capacity": ("加权总时间，s", "Weighted travel, s"),
}
#: What a point of a curve adds or allows.
AXES: dict[str, tuple[str, str]] = {
    "sites": ("新增 {n} 处", "{n} sites added"),
    "units": ("新增 {n} 组", "{n} crews added"),
    "budget": ("预算 {n} 万元", "a budget of {n} × 10,000 CNY"),
}
#: Figure of a rehearsal → its words, its unit's words, and whether less of it is better.
FIGURES: dict[str, tuple[tuple[str, str], tuple[str, str], bool]] = {
    "arrival_p50_s": (("到达 P50", "Arrival P50"), ("分", "min"), True),
    "arrival_p90_s": (("到达 P90", "Arrival P90"), ("分", "min"), True),
    "within_30_pct": (("30 分钟内到达", "There within 30 min"), ("%", "%"), False),
    "overtime_pct": (("超时（按各地时限）", "Overtime (limit of the place)"), ("%", "%"), True),
    "waited_pct": (("来电时没有空闲班组", "No crew was free"), ("%", "%"), True),
    "busiest_pct": (("最忙站占用", "Busiest station"), ("%", "%"), True),
}
RULES: dict[str, tuple[str, str]] = {
    "closest": ("最近的空闲班组", "The closest free crew"),
    "bound_first": ("绑定站优先，新站作为联网支援", "The bound station first, new ones as networked support"),
}
REHEARSAL_STEPS: dict[str, tuple[str, str]] = {
    "city": ("读取城市", "reading the city"), "ways": ("行车时间", "travel times"), "runs": ("重放来电", "replaying the calls"),
}  # fmt: skip
STATUSES: dict[str, tuple[str, str]] = {
    "optimal": ("已证明最优", "Proven best"),
    "within_gap": ("间隙内（已证明）", "Within the gap, proven"),
    "stopped": ("到时停止，有上下界", "Stopped, with a bound"),
    "open": ("差距未能合上，有上下界", "Gap left open, with a bound"),
    "infeasible": ("无解", "No answer"),
}
_LESS_IS_BETTER = frozenset({"lscp", "p_median", "p_center", "p_median_capacity"})


def proof(answer: dict[str, Any], language: str) -> str:
    """Say in a sentence what is proven of an answer."""
    zh = language == "zh"
    status, gap = answer["status"], answer["gap"]
    among = _among(answer, language)
    share = "?" if gap is None else f"{100 * gap:.2f}"
    if status == "optimal":
        return f"已证明：{among}没有更好的方案。" if zh else f"Proven: {among} there is no better choice."
    if status == "within_gap":
        return (
            f"已证明：{among}，任何方案最多只能再好 {share} %。" if zh
            else f"Proven: {among} no choice is better by more than {share} %."
        )  # fmt: skip
    if status == "stopped" and answer["objective"] is not None:
        return (
            f"到时限即停：这是目前找到的最好方案，{among}别的方案最多还能好 {share} %。延长时限可缩小这个差距。" if zh
            else f"Stopped by the time limit: the best found so far; {among} another could be better by up to {share} %. More time narrows it."
        )  # fmt: skip
    if status == "open" and answer["objective"] is not None:
        return (
            f"各种方法都已试过：{among}别的方案最多还能好 {share} %，但没有找到。缩小区域或减少候选点可以合上差距。" if zh
            else f"Every way was tried: {among} another choice could be better by up to {share} %, but none was found. A smaller area or fewer candidates may close the gap."
        )  # fmt: skip
    if status in ("stopped", "open"):
        return (
            f"到时限还没有{among}找到符合全部要求的方案；不能说它不存在。请延长时限或放宽要求。" if zh
            else f"No choice {among} that keeps every rule was found in time, which does not mean there is none: allow more time, or ask for less."
        )  # fmt: skip
    return no_answer(answer, language) + _more_candidates(answer, language)


def candidates(answer: dict[str, Any], language: str) -> str:
    """Say how many of a layer's candidates were computed with, where that is not all of them."""
    there, used = answer.get("candidates_there"), answer.get("candidates")
    off_road = answer.get("candidates_off_road", 0)
    if there is None or used is None or there == used:
        return ""
    if language == "zh":
        off = f"其中 {off_road:,} 处不在道路上，" if off_road else ""
        taken = f"按分布取 {used:,} 处" if _is_thinned(answer) else f"{used:,} 处"
        return f"候选点 {there:,} 处，{off}{taken}参与计算。"
    spread = ", spread over the demand" if _is_thinned(answer) else ""
    off = f"; {off_road:,} lie off the road" if off_road else ""
    return f"{used:,} of {there:,} candidates were used{spread}{off}."


def _is_thinned(answer: dict[str, Any]) -> bool:
    there = answer.get("candidates_there")
    return there is not None and answer["candidates"] < there - answer.get("candidates_off_road", 0)


def _among(answer: dict[str, Any], language: str) -> str:
    """Name the candidates that a proof speaks of."""
    if not _is_thinned(answer):
        return "在这些候选点中" if language == "zh" else "among these candidates"
    used, there = answer["candidates"], answer["candidates_there"]
    if language == "zh":
        return f"在参与计算的这 {used:,} 处候选点（共 {there:,} 处）中"
    return f"among these {used:,} of {there:,} candidates"


def _more_candidates(answer: dict[str, Any], language: str) -> str:
    """Where candidates were thinned, say that the others were not asked and may help."""
    if not _is_thinned(answer):
        return ""
    if language == "zh":
        return f"这只对{_among(answer, language)[1:-1]}成立，可提高“候选点最多”再算。"
    return f" That holds {_among(answer, language)}: allow more of them and ask again."


def no_answer(answer: dict[str, Any], language: str) -> str:
    """Say why there is no answer, and what would help."""
    zh = language == "zh"
    names = ("、" if zh else ", ").join(_culprit(c, language) for c in answer["culprits"][:5])
    if answer["reason"] == "floor_out_of_reach":
        return (
            f"下列区即使用上全部候选点也达不到下限：{names}。请降低下限、放宽时限或增加候选点。" if zh
            else f"Even all candidates together leave these districts below the floor: {names}. Lower it, allow more minutes, or add candidates."
        )  # fmt: skip
    if answer["reason"] == "out_of_reach":
        return (
            f"有需求点没有任何候选点能到：{names}。请增加候选点或放宽时限。" if zh
            else f"No site reaches some of the demand: {names}. Add candidates or allow more minutes."
        )  # fmt: skip
    return (
        "数量、下限和容量不能同时满足。请增加站点、降低下限或提高容量。" if zh
        else "Number, floors and capacities cannot all be kept: add sites, lower the floors or raise the capacity."
    )  # fmt: skip


def asked(question: dict[str, Any], part: str | None, language: str) -> str:
    """Say what a study rests on: whose travel times, whose demand, and the areas drawn."""
    at, hour = (0 if language == "zh" else 1), question["hour"]
    when = dt.datetime.fromisoformat(question["at"])
    hour = hour_of_week(when) if hour is None else hour
    day = WEEKDAYS.in_language(language).split(" ")[hour // 24]
    lines = [(f"{day} {hour % 24} 时的行车时间", f"travel times of {day} {hour % 24}:00")[at]]
    if part:
        lines.append((f"只算{part}的需求", f"demand of {part} alone")[at])
    for role, zh, en in (
        ("area", "候选点只在画定的 {n} 片内", "candidates only within {n} areas drawn"),
        ("forbidden", "禁区 {n} 片", "{n} areas forbidden"),
        ("closed", "封路 {n} 片", "roads closed in {n} areas"),
    ):
        if question.get(role):
            lines.append((zh, en)[at].format(n=len(question[role])))
    text = ("，", "; ")[at].join(lines)
    return text[0].upper() + text[1:] + ("。", ".")[at]


def _culprit(culprit: dict[str, Any], language: str) -> str:
    """Name who stands in the way; of a district whose floor is out of reach, what could be had at most."""
    name = str(culprit["name"])
    if "most" not in culprit:
        return name
    # Rounded down: a floor just above what can be had is not told as within reach.
    most, floor = math.floor(1000 * culprit["most"]) / 10, 100 * culprit["floor"]
    return (
        f"{name}（最多 {most:g} %，下限 {floor:g} %）"
        if language == "zh"
        else f"{name} (at most {most:g} %, floor {floor:g} %)"
    )


def feasible(answer: dict[str, Any], language: str) -> str:
    """Of a study without an answer, say what of its curve has one: the first point that does, or that none does."""
    curve = answer.get("curve") or []
    if answer["status"] != "infeasible" or not curve:
        return ""
    zh, axis = language == "zh", (answer.get("curve_of") or {}).get("x", "sites")
    if axis == "standard_s":
        return (
            "下面的曲线只计有候选点能到的需求点，未计的列在表里。" if zh
            else "The curve below counts only demand that some candidate reaches; what it leaves out stands in its table."
        )  # fmt: skip
    words = AXES[axis][0 if zh else 1]
    points = [(step.get("x", step.get("count")), step.get("value", step.get("covered"))) for step in curve]
    found = next((x for x, value in points if value is not None), None)
    last = points[-1][0]
    if found is not None:
        return f"曲线上第一个可行的是{words.format(n=f'{found:g}')}。" if zh else f"The first of the curve that can be kept: {words.format(n=f'{found:g}')}."  # fmt: skip
    # What was stopped by the clock is not proven to be impossible.
    if all(step["status"] == "infeasible" for step in curve):
        return f"曲线算到{words.format(n=f'{last:g}')}，都不可行。" if zh else f"The curve goes up to {words.format(n=f'{last:g}')}: none of it can be kept."  # fmt: skip
    return f"曲线算到{words.format(n=f'{last:g}')}，没有找到可行的；有的因时限未能证明。" if zh else f"The curve goes up to {words.format(n=f'{last:g}')}: none was found, for some of it time was too short to prove it."  # fmt: skip


def words_of(answer: dict[str, Any], language: str) -> dict[str, str]:
    """Give the words that go with an answer."""
    at = 0 if language == "zh" else 1
    model = answer["model"]
    return {
        "model": MODELS[model][at], "objective": OBJECTIVES[model][at], "status": STATUSES[answer["status"]][at],
        "proof": proof(answer, language), "bound": _bound_words(model, at), "reduction": _reduction(answer, at),
        "candidates": candidates(answer, language), "feasible": feasible(answer, language),
    }  # fmt: skip


def rehearsal(found: dict[str, Any], language: str) -> dict[str, Any]:
    """Give a rehearsal as a table with its words: before, after and the paired difference, each with the half width at 95 %."""
    at = 0 if language == "zh" else 1
    asked, figures = found["asked"], dict(found["figures"])
    figures["overtime_pct"] = _turned(figures["in_time_pct"])
    rows = [
        {"id": name, "title": title[at], "unit": unit[at]} | _scaled(figures[name], 60 if name.endswith("_s") else 1)
        | {"is_better": figures[name]["is_sure"] and (figures[name]["difference"]["mean"] < 0) == less}
        for name, (title, unit, less) in FIGURES.items()
    ]  # fmt: skip
    per_run = f"{found['calls_of_run']:,}"
    source = (
        (f"重放最近一年记录的 {per_run} 起困人（时间和电梯为实际，应答、行车、进入等按分布抽取），{asked['runs']} 次",
         f"the {per_run} entrapments recorded in the last year replayed (time and elevator as they were; answering, driving and access drawn), {asked['runs']} times")
        if found["source"] == "recorded" else
        (f"模拟来电：每次 {found['days']} 天，共 {asked['runs']} 次、{found['calls']:,} 起；{_rate(found, 0)}",
         f"simulated calls: {found['days']} days a run, {asked['runs']} runs, {found['calls']:,} calls; {_rate(found, 1)}")
    )[at]  # fmt: skip
    crews = (
        f"前后用同一批来电；新站每处 {asked['crews']} 个班组，站点 {found['stations_before']:,} → {found['stations_after']:,}；派遣：{RULES[asked['rule']][0]}",
        f"the same calls before and after; {asked['crews']} crews at each new site, stations {found['stations_before']:,} → {found['stations_after']:,}; sent: {RULES[asked['rule']][1]}",
    )[at]  # fmt: skip
    lines = {"source": source, "crews": crews, "bound": _bound(found, at)}
    return {"rows": rows, "rehearsed_at": found["rehearsed_at"]} | lines


def _rate(found: dict[str, Any], at: int) -> str:
    """Say how many calls there are and where that figure comes from."""
    rate = found.get("rate") or {"per_10k_month": DemandModel().per_10k_month, "source": "published"}
    why = {
        "asked": ("由您给定", "as you asked"),
        "orders": (
            f"取自本市记录的 {rate.get('orders', 0):,} 起困人（{rate.get('days', 0):.0f} 天），不足以逐起重放",
            f"from the city's own {rate.get('orders', 0):,} recorded entrapments in {rate.get('days', 0):.0f} days, too few to be replayed",
        ),
        "published": ("记录的困人太少，取各地公布的 55–130 的中间值", "too few are recorded: the middle of the 55–130 that cities publish"),
    }[rate["source"]]  # fmt: skip
    return (
        f"每万台电梯每月 {rate['per_10k_month']:g} 起（{why[0]}）",
        f"{rate['per_10k_month']:g} per 10,000 elevators a month ({why[1]})",
    )[at]


def _bound(found: dict[str, Any], at: int) -> str:
    """Say to whom elevators are bound afterwards, and whether that matters."""
    if not found["asked"].get("rebind"):
        return ("新站不绑定电梯，现有绑定不变。", "New stations are bound to nobody; elevators stay bound as they are.")[at]  # fmt: skip
    line = (
        f"{found['rebound']:,} 台电梯改绑到比原绑定站更快到的新站（周二凌晨 3 时的行车时间）。",
        f"{found['rebound']:,} elevators are bound to a new site that is sooner there than their own station (travel times of Tuesday 3 h).",
    )[at]
    if found["asked"]["rule"] == "closest":
        line += ("“最近优先”不看绑定，改绑不影响派谁。", " “Closest” does not look at bindings: that changes nobody who is sent.")[at]  # fmt: skip
    return line


def _turned(told: dict[str, Any]) -> dict[str, Any]:
    """Give the share that is not in time."""

    def other(side: dict[str, Any], whole: float) -> dict[str, Any]:
        return side | {"mean": None if side["mean"] is None else whole - side["mean"]}

    return told | {
        "before": other(told["before"], 100), "after": other(told["after"], 100), "difference": other(told["difference"], 0),
    }  # fmt: skip


def _scaled(told: dict[str, Any], per: float) -> dict[str, Any]:
    return {
        side: {name: None if value is None else value / per for name, value in told[side].items()}
        for side in ("before", "after", "difference")
    } | {"is_sure": told["is_sure"]}


def _bound_words(model: str, at: int) -> str:
    less = model in _LESS_IS_BETTER
    return (
        ("任何方案都不低于", "no choice is below") if less else ("任何方案都不高于", "no choice is above")
    )[at]


def _reduction(answer: dict[str, Any], at: int) -> str:
    found = answer["reduction"]
    if found is None:
        return ""
    return (
        f"{found['demand_before']:,} 个需求点并为 {found['demand_after']:,} 类，{found['sites_before']:,} 个点中 {found['sites_after']:,} 个待选，答案不变",
        f"{found['demand_before']:,} demand points in {found['demand_after']:,} classes, {found['sites_after']:,} of {found['sites_before']:,} sites in question, the answer unchanged",
    )[at]
