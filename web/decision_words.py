"""Hold the words of rescue decisions: what people in the zone do, what is measured, what changed between versions."""

from __future__ import annotations

from dispatch.rescue_decision import Mode

MODES: dict[Mode, tuple[str, str]] = {
    Mode.EVACUATE: ("撤离影响区", "Leave the zone"),
    Mode.SHELTER: ("就地避险（受毒气影响的留在室内）", "Stay indoors (where only gas threatens)"),
    Mode.MIXED: ("分区处置（重区撤离，中区留在室内）", "Severe part leaves, serious part stays indoors"),
}
#: What an alternative is called that nobody has named.
SHORT: dict[Mode, tuple[str, str]] = {
    Mode.EVACUATE: ("撤离", "All leave"), Mode.SHELTER: ("就地避险", "Stay indoors"), Mode.MIXED: ("分区处置", "Leave or stay by part"),
}  # fmt: skip
#: Measure → its words, its unit's words, and whether less of it is better (None: neither is); beside those of drills.
MEASURES: dict[str, tuple[tuple[str, str], tuple[str, str], bool | None]] = {
    "staying": (("留在室内", "Stay indoors"), ("人", "people"), None),
    "exposure": (("等效室外暴露", "Exposure, as outdoors"), ("人·分", "person-min"), True),
    "missing": (("力量缺口", "Help missing"), ("支", "units"), True),
    "staging_m": (("集结点到影响区", "Staging to the zone"), ("米", "m"), None),
}
SETTINGS: dict[str, tuple[str, str]] = {
    "mode": ("人员处置", "People"), "staging": ("集结点", "Staging"), "without": ("不动用的力量", "Not counted on"),
    "accident": ("事故", "Accident"), "weather": ("天气", "Weather"), "at": ("时间", "When"), "shortfalls": ("缺口", "Lacking"),
}  # fmt: skip
CHANGES: dict[str, tuple[str, str]] = {
    "created": ("新建", "begun"), "restored": ("恢复第 {after} 版（原为第 {before} 版）", "version {after} restored (it was {before})"),
    "name": ("名称：{before} → {after}", "name: {before} → {after}"), "chosen": ("选定方案：{before} → {after}", "chosen: {before} → {after}"),
    "reason": ("选定理由：{after}", "reason: {after}"), "remarks": ("研判意见已改", "remarks changed"),
    "alternative_added": ("新增方案：{after}", "alternative added: {after}"), "alternative_removed": ("去掉方案：{before}", "alternative taken off: {before}"),
    "task_added": ("新增任务：{after}", "task added: {after}"), "task_removed": ("去掉任务：{before}", "task taken off: {before}"),
}  # fmt: skip
