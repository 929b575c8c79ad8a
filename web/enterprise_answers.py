"""Write an enterprise's file and surroundings as JSON and in plain sentences, in the words of one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data import surroundings
from data.surroundings import Help
from layers.declaration import Words
from layers.display import display, mask
from layers.registration import PEOPLE
from layers.registry import layer_by_id
from layers.standards.enterprise_size import SIZE_WORDS, SizeFinding
from layers.standards.safety_managers import ManagerFinding
from layers.standards.supervised_industry import branch_words
from web import travel_answers

EXPIRY_WORDS = {
    "over": Words("已过期", "ended"),
    "soon": Words("即将到期", "ends soon"),
    "valid": Words("有效", "valid"),
}
_RESIDENTIAL = Words("居民小区", "Residential place")
#: The order in which kinds of help are told.
TOLD_FIRST = ("fire_station", "hospital", "rescue_team", "supplies_depot", "shelter", "government_office", "institution", "expert")  # fmt: skip


def kind_words(kind: str) -> Words:
    """Give the words of a kind of help, of a sensitive place or of an industry."""
    known: dict[str, Words] = surroundings.kinds()
    if kind in known:
        return known[kind]
    choice = layer_by_id("enterprise").field("industry").choice(kind)
    return choice.words if choice else _RESIDENTIAL


def registered(row: Mapping[str, Any] | None, language: str, *, in_full: bool) -> dict[str, Any]:
    """Write what an enterprise told beside its layer's columns: its industry class, and whom it named."""
    if row is None:
        return {"industry_class": None, "people": []}
    branch = row["industry_class"], row["industry_branch"]
    return {
        "industry_class": branch_words(*branch).in_language(language) if branch[0] else None,
        "people": [
            {
                "role": role,
                "title": words.in_language(language),
                "name": shown(row[f"{role}_name"], in_full=in_full),
                "phone": shown(row[f"{role}_mobile"], in_full=in_full),
            }
            for role, words in PEOPLE.items()
            if row[f"{role}_name"] or row[f"{role}_mobile"]
        ],
    }


def shown(text: str | None, *, in_full: bool) -> str | None:
    """Write a name or a telephone number in full or masked; None stays None."""
    return text if in_full or not text else mask(text)


def resource(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Write one resource."""
    words = kind_words(row["kind"])
    return {
        **{
            k: row[k]
            for k in ("id", "layer", "code", "name", "kind", "type_name", "address", "division", "lon", "lat")
        },
        "kind_title": words.in_language(language),
        "contact": row["contact_name"],
        "phone": row["contact_phone"],
        "mobile": row["mobile"],
        "capacity": row["capacity"],
        "ability": row["ability"],
        "is_always_open": row["is_always_open"],
        "quantity": row["quantity"],
        "unit": row["unit_word"],
        "expires_on": row["expires_on"].isoformat() if row["expires_on"] else None,
        "is_own": row["is_own"],
        "is_of_enterprise": row["is_of_enterprise"],
        "straight_m": None if row["straight_m"] is None else round(row["straight_m"]),
        "travel_time_s": None if row["travel_time_s"] is None else round(row["travel_time_s"]),
        "page": f"/registers/{row['layer']}/{row['id']}",
    }


def help_found(found: Help, language: str) -> dict[str, Any]:
    """Write the resources found, with how the times were come by."""
    first = next(iter(found.arrivals.values())) if found.arrivals else None
    return {
        "total": found.total,
        "rows": [resource(row, language) for row in found.rows],
        "nearest": [resource(found.nearest[kind], language) for kind in TOLD_FIRST if kind in found.nearest],
        "counts": [
            {"kind": kind, "title": words.in_language(language), "n": found.counts[kind]}
            for kind, words in surroundings.kinds().items()
            if kind in found.counts
        ],
        "network": travel_answers.circumstances(first.circumstances, language) if first else None,
        "off_road": _one(found.off_road, language),
    }


def _one(text: str | None, language: str) -> str | None:
    """Give the half of a message in both languages that is in one."""
    if text is None:
        return None
    zh, _, en = text.partition("。 ")
    return (en or zh) if language == "en" else f"{zh}。"


def beside(rows: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Write neighbours or sensitive places."""
    found = []
    for row in rows:
        kind = row.get("kind") or row["industry"]
        found.append(
            {
                "name": row["name"], "kind": kind, "kind_title": kind_words(kind).in_language(language),
                "address": row["address"], "people": row.get("people"), "distance_m": round(row["distance_m"]),
                "bearing": bearing(row["bearing_deg"], language), "lon": row["lon"], "lat": row["lat"],
            }
        )  # fmt: skip
    return found


def bearing(degrees: float | None, language: str) -> str:
    """Name a direction as one of eight.

    >>> bearing(44.0, "zh"), bearing(359.0, "en")
    ('东北', 'N')
    """
    if degrees is None:
        return ""
    names = ("北 东北 东 东南 南 西南 西 西北", "N NE E SE S SW W NW")[language == "en"].split(" ")
    return names[round(degrees / 45) % 8]


def minutes_text(seconds: float | None, language: str) -> str:
    """Write a travel time as people say it."""
    if seconds is None:
        return "—"
    whole = max(1, round(seconds / 60))
    return f"{whole} min" if language == "en" else f"{whole} 分钟"


def distance_text(metres: float | None, language: str) -> str:
    """Write a distance as people say it."""
    if metres is None:
        return "—"
    if metres < 1000:
        return f"{round(metres)} m" if language == "en" else f"{round(metres)} 米"
    return f"{metres / 1000:.1f} km" if language == "en" else f"{metres / 1000:.1f} 公里"


def told(found: Help, sensitive: list[dict[str, Any]], limits: str, language: str) -> list[str]:
    """Answer in plain sentences what help stands around, and who would be in danger."""
    is_en = language == "en"
    sentences = []
    firsts = [row for kind, row in found.nearest.items() if kind in TOLD_FIRST[:3]]
    if firsts:
        parts = [
            f"{kind_words(r['kind']).en.lower()} {r['name']}, {minutes_text(r['travel_time_s'], 'en')}"
            if is_en
            else f"{kind_words(r['kind']).zh} {r['name']}（{minutes_text(r['travel_time_s'], 'zh')}）"
            for r in firsts
        ]
        sentences.append(
            ("First to arrive: " + "; ".join(parts) + ".") if is_en else f"最先到的：{'、'.join(parts)}。"
        )
    words = surroundings.kinds()
    counted = [
        f"{words[kind].in_language(language)} {found.counts[kind]}"
        for kind in words
        if found.counts.get(kind)
    ]
    if counted:
        sentences.append(f"{limits}: {', '.join(counted)}." if is_en else f"{limits}：{'、'.join(counted)}。")
    else:
        sentences.append(f"{limits}: no help is registered." if is_en else f"{limits}没有登记的救援资源。")
    sentences.append(_danger(sensitive, is_en=is_en))
    return sentences


def _danger(sensitive: list[dict[str, Any]], *, is_en: bool) -> str:
    if not sensitive:
        return (
            "No school, hospital or residential place within 500 m."
            if is_en
            else "500 米内没有登记的学校、医院和小区。"
        )
    counts: dict[str, int] = {}
    for row in sensitive:
        title = kind_words(row["kind"]).in_language("en" if is_en else "zh")
        counts[title] = counts.get(title, 0) + 1
    people = sum(row["people"] or 0 for row in sensitive)
    named = (", " if is_en else "、").join(f"{title} {n}" for title, n in counts.items())
    if is_en:
        return f"Within 500 m stand {len(sensitive)} sensitive places ({named}), about {people:,} people."
    return f"500 米内有 {len(sensitive)} 处敏感场所（{named}），约 {people:,} 人。"


def size(finding: SizeFinding | None, statement: Mapping[str, Any] | None, language: str) -> dict[str, Any]:
    """Write the size with what each indicator says; why there is none, where there is none."""
    is_en = language == "en"
    if statement is None:
        return {
            "title": None,
            "why": "No yearly statement yet." if is_en else "还没有填写年度情况。",
            "reasons": [],
        }
    if finding is None:
        why = "An indicator of the industry is not stated." if is_en else "划型所需的指标没有填全。"
        return {"title": None, "why": why, "reasons": []}
    return {
        "title": SIZE_WORDS[finding.size].in_language(language),
        "why": None,
        "reasons": [
            {
                "label": r.threshold.words.in_language(language),
                "value": f"{r.value:,.10g} {r.threshold.unit.in_language(language)}",
                "size": SIZE_WORDS[r.size].in_language(language),
            }
            for r in finding.reasons
        ],
    }


def managers(finding: ManagerFinding | None, *, is_high: bool, language: str) -> dict[str, Any] | None:
    """Write what safety managers are needed and what is lacking."""
    if finding is None:
        return None
    need = finding.need
    if language == "en":
        rule = f"{'High hazard' if is_high else 'Other unit'}: {'its own department and ' if need.needs_department else ''}at least {need.count} {'full-time' if need.is_full_time else 'full- or part-time'}"
        lacks = [f"{finding.missing_count} short"] if finding.missing_count else []
        lacks += ["no department"] if finding.lacks_department else []
    else:
        rule = f"{'高危或人员密集单位' if is_high else '其他单位'}：{'应设安全管理机构，' if need.needs_department else ''}至少 {need.count} 名{'专职' if need.is_full_time else '专职或兼职'}安全管理人员"
        lacks = [f"还差 {finding.missing_count} 名"] if finding.missing_count else []
        lacks += ["没有设安全管理机构"] if finding.lacks_department else []
    return {"rule": rule, "is_met": finding.is_met, "lacks": lacks, "needed": need.count}


def licence(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Write one licence with what is left of it."""
    layer = layer_by_id("licence")
    return {
        "id": row["id"], "code": row["code"], "name": row["name"],
        "kind": display(layer.field("kind"), row["kind"], language=language),
        "state": display(layer.field("state"), row["state"], language=language),
        "expires_on": row["expires_on"].isoformat(), "days_left": row["days_left"], "expiry": row["expiry"],
        "expiry_title": EXPIRY_WORDS[row["expiry"]].in_language(language), "page": f"/registers/licence/{row['id']}",
    }  # fmt: skip
