"""Say a siting study's answer in words: what the status proves, and why there may be none."""

from __future__ import annotations

from typing import Any

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
    share = "?" if gap is None else f"{100 * gap:.2f}"
    if status == "optimal":
        return (
            "已证明：在这些候选点中没有更好的方案。"
            if zh
            else "Proven: among these candidates there is no better choice."
        )
    if status == "within_gap":
        return (
            f"已证明：在这些候选点中，任何方案最多只能再好 {share} %。" if zh
            else f"Proven: among these candidates no choice is better by more than {share} %."
        )  # fmt: skip
    if status == "stopped" and answer["objective"] is not None:
        return (
            f"到时限即停：这是目前找到的最好方案，别的方案最多还能好 {share} %。延长时限可缩小这个差距。" if zh
            else f"Stopped by the time limit: the best found so far; another could be better by up to {share} %. More time narrows it."
        )  # fmt: skip
    if status == "open" and answer["objective"] is not None:
        return (
            f"各种方法都已试过：别的方案最多还能好 {share} %，但没有找到。缩小区域或减少候选点可以合上差距。" if zh
            else f"Every way was tried: another choice could be better by up to {share} %, but none was found. A smaller area or fewer candidates may close the gap."
        )  # fmt: skip
    if status in ("stopped", "open"):
        return (
            "到时限还没有找到符合全部要求的方案；不能说它不存在。请延长时限或放宽要求。" if zh
            else "No choice that keeps every rule was found in time, which does not mean there is none: allow more time, or ask for less."
        )  # fmt: skip
    return no_answer(answer, language)


def no_answer(answer: dict[str, Any], language: str) -> str:
    """Say why there is no answer, and what would help."""
    zh = language == "zh"
    names = "、".join(str(c["name"]) for c in answer["culprits"][:5]) if zh else ", ".join(str(c["name"]) for c in answer["culprits"][:5])  # fmt: skip
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


def words_of(answer: dict[str, Any], language: str) -> dict[str, str]:
    """Give the words that go with an answer."""
    at = 0 if language == "zh" else 1
    model = answer["model"]
    return {
        "model": MODELS[model][at], "objective": OBJECTIVES[model][at], "status": STATUSES[answer["status"]][at],
        "proof": proof(answer, language), "bound": _bound_words(model, at), "reduction": _reduction(answer, at),
    }  # fmt: skip


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
