"""Say what a rescue decision comes to: conclusions, alternatives side by side, tasks by the clock, what changed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from data.rescue_plan import measured
from dispatch.rescue_decision import Mode, Recommendation, recommend
from layers.display import LOCAL_ZONE
from web import drill_alternatives, drill_answers
from web.decision_words import CHANGES, MEASURES, MODES, SETTINGS
from web.drill_tasks import tasks_of

Rows = list[dict[str, Any]]


def mark_of(decision: Mapping[str, Any]) -> str | None:
    """Give the mark of a decision on a simulated accident; None for a recorded one."""
    return drill_answers.WATERMARK if decision["facts"].get("drill_id") else None


def marked(decision: Mapping[str, Any], text: str) -> str:
    """Put the mark of a decision before a text, where it has one."""
    mark = mark_of(decision)
    return text if mark is None else f"{mark} {text}"


def file_name(decision: Mapping[str, Any], name: str) -> str:
    """Give the name of a file of a decision; one on a simulated accident says so."""
    return marked(decision, name).replace(" ", "-")


def recommendation(rows: Rows) -> Recommendation | None:
    """Weigh the alternatives; None where there is none."""
    return recommend([measured(row["answer"]) for row in rows]) if rows else None


def shown_of(decision: Mapping[str, Any], rows: Rows) -> dict[str, Any] | None:
    """Give the alternative that the decision is about: the chosen one, else the one that is recommended; None without any."""
    chosen = next((row for row in rows if str(row["id"]) == decision["content"]["chosen"]), None)
    if chosen is not None or not rows:
        return chosen
    found = recommendation(rows)
    return None if found is None else rows[found.best_idx]


# -- conclusions -----------------------------------------------------------------------------------------


def conclusions(decision: Mapping[str, Any], rows: Rows, language: str) -> list[str]:
    """Write the conclusions: the zone and its people, the nearest help, what is lacking, what is recommended and why, what is chosen."""
    at = 0 if language == "zh" else 1
    shown = shown_of(decision, rows)
    if shown is None:
        return []
    answer = shown["answer"]
    lines = [_zone(answer, at), _people(answer, at), _nearest(answer, language, at)]
    lacking = drill_answers.words_of(answer, language)["shortfalls"]
    lines += lacking or [("所需力量和安置容量都能满足。", "Help and places suffice.")[at]]
    return [*lines, *_advice(decision, rows, at)]


def _zone(answer: dict[str, Any], at: int) -> str:
    severe, serious = (answer["people"]["by_level"][level] for level in ("1", "2"))
    km2 = answer["left"]["area_m2"] / 1e6
    sensitive, elevators = (answer["inside"][name]["count"] for name in ("sensitive", "elevator"))
    return (
        f"影响区 {km2:.2f} 平方公里：重区（可致命）{severe:,} 人，中区（应撤离或避险）{serious:,} 人；含学校和医疗养老机构 {sensitive} 个，电梯 {elevators:,} 台。",
        f"The zone covers {km2:.2f} km²: {severe:,} people in the severe part (may kill), {serious:,} in the serious one; {sensitive} schools and places of care, {elevators:,} elevators.",
    )[at]  # fmt: skip


def _people(answer: dict[str, Any], at: int) -> str:
    evacuation, stay = answer["evacuation"], answer["staying"]["people"]
    last = evacuation["last_s"]
    leaving = f"{evacuation['people']:,}"
    if evacuation["people"] == 0:
        zh, en = "没有人需要撤离", "nobody has to leave"
    else:
        until = ("，最后一批约 {0} 分钟到达避难场所", ", the last about {0} min from the shelter")
        end = "" if last is None else until[at].format(f"{last / 60:.0f}")
        zh = f"{leaving} 人撤离，已安置 {evacuation['placed']:,} 人{end}"
        en = f"{leaving} people leave, {evacuation['placed']:,} of them have a place{end}"
    if stay:
        zh, en = f"{zh}；{stay:,} 人留在室内避险", f"{en}; {stay:,} stay indoors"
    return (f"{zh}。", f"{en[:1].upper()}{en[1:]}.")[at]


def _nearest(answer: dict[str, Any], language: str, at: int) -> str:
    teams = [t for t in answer["teams"] if t["kind"] != "hospital"]
    if not teams or not answer["staging"]:
        return ("没有力量能到达影响区外的集结点。", "No help reaches a staging point outside the zone.")[at]
    first = min(teams, key=lambda t: t["travel_time_s"])
    kind = drill_answers.words_of(answer, language)["kinds"][first["kind"]]
    name, minutes = first.get("name") or first.get("code") or "—", first["travel_time_s"] / 60
    place = answer["staging"][0]
    wind = (("上风", "upwind"), ("非上风", "not upwind"))[not place["is_upwind"]][at]
    return (
        f"最近能到的力量：{name}（{kind}），约 {minutes:.1f} 分钟到集结点（{wind}，距影响区 {place['distance_m']:,} 米）。",
        f"The nearest able help: {name} ({kind}), about {minutes:.1f} min to the staging point ({wind}, {place['distance_m']:,} m from the zone).",
    )[at]  # fmt: skip


def _advice(decision: Mapping[str, Any], rows: Rows, at: int) -> list[str]:
    lines, found = [], recommendation(rows)
    if found is None:
        return []
    best = rows[found.best_idx]
    if len(rows) == 1:
        lines.append(
            (
                "只有一个方案，请再算一个以便比较。",
                "There is one alternative only: work out another to compare.",
            )[at]
        )
    else:
        why = ("；", "; ")[at].join(
            _reason(rows, found.best_idx, name, gone, at) for name, gone in found.decided_by
        )
        if found.is_tie:
            alike = ("其余方案各项相当，取在前的一个", "those left are alike, the first is named")[at]
            why = f"{why}{('；', '; ')[at]}{alike}" if why else alike
        lines.append((f"推荐{_called(best, 0)}：{why}。", f"Recommended: {_called(best, 1)}: {why}.")[at])
    chosen = next((row for row in rows if str(row["id"]) == decision["content"]["chosen"]), None)
    if chosen is not None:
        differs = chosen is not best
        lines.append((
            f"已选定{_called(chosen, 0)}{'（与推荐不同）' if differs else ''}，理由：{decision['content']['reason']}",
            f"Chosen: {_called(chosen, 1)}{' (not the one recommended)' if differs else ''}, because: {decision['content']['reason']}",
        )[at])  # fmt: skip
    return lines


def _called(row: Mapping[str, Any], at: int) -> str:
    return (f"方案 {row['number']}“{row['name']}”", f"alternative {row['number']} “{row['name']}”")[at]


def _reason(rows: Rows, best: int, name: str, gone: tuple[int, ...], at: int) -> str:
    """Say by what some alternatives fell behind."""
    numbers = ("、" if at == 0 else ", ").join(str(rows[i]["number"]) for i in gone)
    own, others = measured(rows[best]["answer"]), [measured(rows[i]["answer"]) for i in gone]
    if name == "without":
        least = min(one.without for one in others)
        return (f"没有去处或道路的人 {own.without:,}，方案 {numbers} 至少 {least:,}", f"{own.without:,} people without a place or a way, {least:,} or more in {numbers}")[at]  # fmt: skip
    if name == "exposure":
        smallest = min(one.exposure_person_min or 0.0 for one in others)
        return (f"等效室外暴露 {own.exposure_person_min:,.0f} 人·分，方案 {numbers} 至少 {smallest:,.0f}", f"exposure {own.exposure_person_min:,.0f} person-min, {smallest:,.0f} or more in {numbers}")[at]  # fmt: skip
    if name == "lacking":
        least = min(one.lacking for one in others)
        return (f"力量缺少或超时 {own.lacking}，方案 {numbers} 至少 {least}", f"{own.lacking} units missing or late, {least} or more in {numbers}")[at]  # fmt: skip
    soonest = min(one.first_s for one in others)
    other = (
        ("无力量可到", "never")
        if math.isinf(soonest)
        else (f"{soonest / 60:.1f} 分", f"{soonest / 60:.1f} min")
    )
    return (f"首支力量 {own.first_s / 60:.1f} 分到，方案 {numbers} 最快{other[0]}", f"first help after {own.first_s / 60:.1f} min, {other[1]} at best in {numbers}")[at]  # fmt: skip


# -- side by side ----------------------------------------------------------------------------------------


def measures_of(answer: dict[str, Any]) -> dict[str, float | None]:
    """Read the measures of one alternative; None where there is nothing to measure."""
    staging = answer["staging"]
    return drill_alternatives.measures_of(answer) | {
        "staying": answer["staying"]["people"], "exposure": answer["exposure"]["person_min"],
        "missing": sum(s["missing"] for s in answer["shortfalls"] if s["subject"] == "resource"),
        "staging_m": staging[0]["distance_m"] if staging else None,
    }  # fmt: skip


def side_by_side(rows: Rows, language: str) -> dict[str, Any]:
    """Write alternatives as columns; each row says which columns are best and which differ from the first."""
    at = 0 if language == "zh" else 1
    found = [measures_of(row["answer"]) for row in rows]
    told = [_settings(row, language, at) for row in rows]
    best = recommendation(rows)
    return {
        "alternatives": [{"id": str(row["id"]), "number": row["number"], "name": row["name"]} for row in rows],
        "recommended": None if best is None or len(rows) < 2 else str(rows[best.best_idx]["id"]),
        "settings": [
            {"id": name, "title": words[at], "values": [one[name] for one in told], "differs": _differs([one[name] for one in told])}
            for name, words in SETTINGS.items()
        ],
        "measures": [
            {
                "id": name, "title": title[at], "unit": unit[at], "values": [one[name] for one in found],
                "best": drill_alternatives.best_of([one[name] for one in found], is_less_better),
                "differs": _differs([one[name] for one in found]),
            }
            for name, (title, unit, is_less_better) in (drill_alternatives.MEASURES | MEASURES).items()
        ],
    }  # fmt: skip


def _differs(values: list[Any]) -> list[int]:
    return [n for n, value in enumerate(values) if value != values[0]]


def _settings(row: Mapping[str, Any], language: str, at: int) -> dict[str, str]:
    answer, plan = row["answer"], row["answer"]["plan"]
    words = drill_answers.words_of(answer, language)
    staging = answer["staging"]
    if plan["staging"]:
        place = ("指定 {0:.5f}, {1:.5f}", "chosen, {0:.5f}, {1:.5f}")[at].format(*plan["staging"])
    else:
        place = (("自动选取", "as found"), ("没有", "none"))[not staging][at]
    names = [one.get("name") or one.get("code") or str(one["id"]) for one in plan["without"]]
    return {
        "mode": MODES[Mode(plan["mode"])][at], "staging": place, "without": ("、", ", ")[at].join(names) or ("无", "none")[at],
        "accident": words["accident"], "weather": words["weather"], "at": local(row["question"]["at"]),
        "shortfalls": " ".join(words["shortfalls"]) or ("无", "none")[at],
    }  # fmt: skip


def local(instant: str | dt.datetime) -> str:
    """Write an instant as the clock in Beijing shows it."""
    at = dt.datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"


# -- the rest --------------------------------------------------------------------------------------------


def assumptions(answer: dict[str, Any], language: str) -> list[str]:
    """List what was assumed: of the accident as for a drill, and of people indoors."""
    at, exposure = (0 if language == "zh" else 1), answer["exposure"]
    share, cloud, prepare = exposure["indoor_share"], exposure["cloud_min"], exposure["prepare_min"]
    return [
        *drill_answers.words_of(answer, language)["assumptions"],
        (
            (f"室内暴露按室外的 {share:g} 倍计（AQ/T 3046-2013 表 10 有毒气体室内系数，待核对原文），门窗和通风关闭；云团停留 {cloud:g} 分，下令后 {prepare:g} 分出发，"
            "在影响区内的行程按直线比例"),
            (f"exposure indoors {share:g} of that outdoors (factor of AQ/T 3046-2013, table 10, for toxic gas indoors, to be checked), windows and ventilation shut; the cloud stays "
            f"{cloud:g} min, people leave {prepare:g} min after the order, their way inside the zone in proportion to the straight line"),
        )[at],
    ]  # fmt: skip


def tasks(decision: Mapping[str, Any], row: Mapping[str, Any], language: str) -> list[dict[str, str]]:
    """Write the plan of an alternative as tasks by the clock, with those that somebody has added."""
    return tasks_of(row, language, own=decision["content"]["tasks"])


def changes(found: list[dict[str, Any]], names: Mapping[str, str], language: str) -> list[str]:
    """Say what a version changed."""
    at = 0 if language == "zh" else 1
    return [
        CHANGES[one["what"]][at].format(before=_told(one, "before", names), after=_told(one, "after", names))
        for one in found
    ]


def _told(change: Mapping[str, Any], side: str, names: Mapping[str, str]) -> str:
    value = change[side]
    if value in (None, ""):
        return "—"
    if isinstance(value, dict):
        return f"{value['who']}：{value['what']}"
    return names.get(value, value) if isinstance(value, str) else str(value)
