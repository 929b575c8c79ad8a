"""Set drills side by side as alternatives: what differs, what each finds, and which is best by each measure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from layers.display import LOCAL_ZONE
from web import drill_answers

#: Measure → its words, its unit's words, and whether less of it is better (None: neither is).
MEASURES: dict[str, tuple[tuple[str, str], tuple[str, str], bool | None]] = {
    "area_km2": (("撤离面积", "Area to leave"), ("平方公里", "km²"), None),
    "leaving": (("需疏散", "Have to leave"), ("人", "people"), True),
    "placed": (("已安置", "Sheltered"), ("人", "people"), None),
    "without": (("没有安置", "Without a place"), ("人", "people"), True),
    "last_min": (("最后到达避难场所", "Last at a shelter"), ("分", "min"), True),
    "first_min": (("首支力量到达", "First help there"), ("分", "min"), True),
    "help": (("到场力量", "Help that comes"), ("支", "units"), None),
    "late": (("超时力量", "Help that is late"), ("支", "units"), True),
    "closed_km": (("封闭道路", "Roads closed"), ("公里", "km"), True),
    "sensitive": (("范围内学校和医疗养老机构", "Schools, health and care in the zones"), ("个", ""), True),
    "domino": (("范围内重大危险源", "Major hazards in the zones"), ("个", ""), True),
}  # fmt: skip


def measures_of(answer: dict[str, Any]) -> dict[str, float | None]:
    """Read the measures of one drill; None where there is nothing to measure."""
    evacuation, inside = answer["evacuation"], answer["inside"]
    first = [t["travel_time_s"] for t in answer["teams"] if t["kind"] != "hospital"]
    last = evacuation.get("last_s")
    return {
        "area_km2": round(answer["left"]["area_m2"] / 1e6, 2), "leaving": answer["people"]["leaving"], "placed": evacuation["placed"],
        "without": answer["people"]["leaving"] - evacuation["placed"], "last_min": None if last is None else round(last / 60, 1),
        "first_min": round(min(first) / 60, 1) if first else None, "help": len(answer["teams"]),
        "late": sum(bool(t.get("is_late")) for t in answer["teams"]), "closed_km": round(answer["roads"]["length_m"] / 1000, 1),
        "sensitive": _count(inside, "sensitive"), "domino": _count(inside, "hazard_site"),
    }  # fmt: skip


def side_by_side(rows: list[dict[str, Any]], language: str) -> dict[str, Any]:
    """Write drills as columns and measures as rows; each row marks the columns that are best."""
    at = 0 if language == "zh" else 1
    found = [measures_of(row["answer"]) for row in rows]
    words = [drill_answers.words_of(row["answer"], language) for row in rows]
    return {
        "watermark": drill_answers.WATERMARK,
        "drills": [
            {
                "id": str(row["id"]), "name": row["name"], "accident": one["accident"], "weather": one["weather"],
                "at": f"{dt.datetime.fromisoformat(row['question']['at']).astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}",
                "shortfalls": one["shortfalls"],
            }
            for row, one in zip(rows, words, strict=True)
        ],
        "measures": [
            {
                "id": name, "title": title[at], "unit": unit[at], "values": [one[name] for one in found],
                "best": best_of([one[name] for one in found], is_less_better),
            }
            for name, (title, unit, is_less_better) in MEASURES.items()
        ],
    }  # fmt: skip


def best_of(values: list[float | None], is_less_better: bool | None) -> list[int]:  # noqa: FBT001 - three-valued
    """Name the positions that are best; none where nothing differs, or neither more nor less is better."""
    known = [v for v in values if v is not None]
    if is_less_better is None or len(set(known)) < 2:
        return []
    best = min(known) if is_less_better else max(known)
    return [n for n, v in enumerate(values) if v == best]


def _count(inside: dict[str, Any], subject: str) -> int:
    return int(inside[subject]["count"]) if subject in inside else 0
