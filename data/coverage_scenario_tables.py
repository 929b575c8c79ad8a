"""Turn a trial of facilities into what its files carry: before and after, gained and lost, what was changed."""

from __future__ import annotations

from typing import Any

from data import coverage_report
from data.coverage_tables import Additions, MoreTable
from data.coverage_trials import Trial, facility_rows
from data.scope import Connection, Scope
from data.siting_question import weight_field
from layers.declaration import Words

STATION_STATES = {
    "standing": Words("现有", "Standing"),
    "out": Words("停用", "Left out"),
    "moved": Words("移动", "Moved"),
    "added": Words("新增", "Added"),
}
_OFF_ROAD = Words("离道路太远，未派遣", "too far from any road to be sent")
COMPARISON = Words("前后对比", "Before and after")
GAINED, LOST = Words("新覆盖", "Gained"), Words("失去覆盖", "Lost")
STATIONS = Words("站点", "Stations")


def additions(connection: Connection, trial: Trial, *, name: str, scope: Scope) -> Additions:
    """Give what a scenario's file carries beside the coverage it comes to.

    Parameters
    ----------
    name : str
        What people call the scenario.
    """
    language = scope.language
    told = coverage_report.report(connection, trial, scope=scope, with_lists=False)
    changed = coverage_report.changed_rows(connection, trial, scope=scope)
    stations = station_rows(connection, trial, scope=scope)
    weight = _weight_words(trial, language)
    tables = (
        MoreTable("comparison", COMPARISON, tuple(_compared(told, weight, language))),
        MoreTable("gained", GAINED, tuple(_person(row, weight) for row in changed["gained"])),
        MoreTable("lost", LOST, tuple(_person(row, weight) for row in changed["lost"])),
        MoreTable("stations", STATIONS, tuple(stations)),
    )
    return Additions(
        name, tables, tuple(_facts(trial, told, stations, name, weight)), trial.asked.question.closed
    )


def station_rows(connection: Connection, trial: Trial, *, scope: Scope) -> list[dict[str, Any]]:
    """Give every facility of a trial where it stands under the scenario, and what the scenario does to it."""
    language, changes = scope.language, trial.asked.changes
    moved = [
        one for one in changes.moved if one[0] not in changes.out_ids and one[0] not in trial.unknown_ids
    ]
    goes = {i: (lon, lat, n in trial.off_road) for n, (i, lon, lat) in enumerate(moved)}
    rows = []
    for own in facility_rows(connection, trial.now, scope=scope):
        number, lon, lat, on_road = own["id"], own["lon"], own["lat"], bool(own["on_road"])
        state, came = "standing", None
        if number in changes.out_ids:
            state = "out"
        elif number in goes:
            state, came = "moved", (lon, lat)
            lon, lat, is_off = goes[number]
            on_road = not is_off
        rows.append(
            _station(own["code"], own["name"], state, lon, lat, came, on_road=on_road, language=language)
        )
    for n, (lon, lat) in enumerate(changes.added, start=1):
        called = f"{STATION_STATES['added'].in_language(language)} {n}"
        on_road = len(moved) + n - 1 not in trial.off_road
        rows.append(_station(None, called, "added", lon, lat, None, on_road=on_road, language=language))
    return rows


def _station(
    code: Any, name: Any, state: str, lon: Any, lat: Any, came: Any, *, on_road: bool, language: str
) -> dict[str, Any]:
    return {
        "code": code, "name": name, "change": state, "state": STATION_STATES[state].in_language(language),
        "note": None if on_road else _OFF_ROAD.in_language(language), "lon": lon, "lat": lat,
        "from_lon": came[0] if came else None, "from_lat": came[1] if came else None,
    }  # fmt: skip


def _weight_words(trial: Trial, language: str) -> str | None:
    """Name the field that weighs demand; None where each counts as one."""
    field = weight_field(trial.standing.of, trial.asked.weight)
    return None if field is None else field.words.in_language(language)


def _compared(told: dict[str, Any], weight: str | None, language: str) -> list[dict[str, Any]]:
    """Set every division, and all of them, before and after, with the second cover and the weight where one was chosen."""
    at = 0 if language == "zh" else 1
    before, after, second, change = (
        ("现状", "before"),
        ("方案", "after"),
        ("第二覆盖", "second cover"),
        ("变化", "change"),
    )
    whole = {"code": "", "name": ("合计", "Total")[at]} | told["total"]
    rows = []
    for line in (*told["divisions"], whole):
        row: dict[str, Any] = {
            ("区划代码", "Code")[at]: line["code"], ("区划", "Division")[at]: line["name"], ("总数", "Count")[at]: line["count"],
        }  # fmt: skip
        for measure, head in (("count", ("覆盖", "covered")[at]), ("second_count", second[at])):
            row |= _pair(line, measure, head, line["count"], (before[at], after[at], change[at]))
        if weight is not None:
            row[weight] = line["weight"]
            for measure, head in (("weight", weight), ("second_weight", f"{weight} {second[at]}")):
                row |= _pair(line, measure, head, line["weight"], (before[at], after[at], change[at]))
        rows.append(row)
    return rows


def _pair(
    line: dict[str, Any], measure: str, head: str, whole: float, words: tuple[str, str, str]
) -> dict[str, Any]:
    before, after, change = words
    was, now = line["before"][measure], line["after"][measure]
    return {
        f"{head} {before}": was, f"{head} {before} %": _percent(was, whole),
        f"{head} {after}": now, f"{head} {after} %": _percent(now, whole), f"{head} {change}": now - was,
    }  # fmt: skip


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def _person(row: dict[str, Any], weight: str | None) -> dict[str, Any]:
    kept = {name: row[name] for name in ("code", "name", "division", "before_s", "after_s", "lon", "lat")}
    return kept if weight is None else kept | {weight: row["weight"]}


def _facts(
    trial: Trial, told: dict[str, Any], stations: list[dict[str, Any]], name: str, weight: str | None
) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("方案 scenario", name),
        ("标准 standard, min", round(trial.asked.standard_s / 60, 2)),
        ("权重 weight", weight or "每个计一 each counts as one"),
        ("设施数 facilities", f"{len(trial.standing.facilities):,} → {trial.facility_count:,}"),
        ("新覆盖 gained", _sum_text(told["gained"], weight)),
        ("失去覆盖 lost", _sum_text(told["lost"], weight)),
        ("封闭 closed by the scenario", len(trial.asked.question.closed)),
    ]
    for row in stations:
        if row["change"] == "standing":
            continue
        words = STATION_STATES[row["change"]]
        came = "" if row["from_lon"] is None else f"{row['from_lon']:.6f}, {row['from_lat']:.6f} → "
        text = " ".join(
            filter(None, (row["code"], row["name"], f"{came}{row['lon']:.6f}, {row['lat']:.6f}", row["note"]))
        )
        facts.append((f"{words.zh} {words.en.lower()}", text))
    return facts


def _sum_text(told: dict[str, Any], weight: str | None) -> str:
    return f"{told['count']:,}" if weight is None else f"{told['count']:,} · {weight} {told['weight']:,.0f}"
