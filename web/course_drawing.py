"""Lay a course out for paper: its key times, its timeline without the waves one by one, and its bands as paths."""

from __future__ import annotations

from typing import Any

from web import course_answers

WIDTH, HEIGHT = 680, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 8, 22
_WAVES = frozenset({"told", "left", "out", "sheltered", "stayed"})
_MILESTONES = (0.25, 0.5, 0.75, 1.0)


def printed(course: dict[str, Any], language: str) -> dict[str, Any]:
    """Give what the report shows of a course as `courses.read` gives it."""
    at, answer = (0 if language == "zh" else 1), course["answer"]
    words = course_answers.words_of(course, language)
    bands = answer["bands"]
    rows = [
        {
            "name": words["figures"][name], "own": course_answers.minutes(answer["figures"][name]),
            "p50": course_answers.minutes(bands["figures"][name]["p50"]) if bands else None,
            "p90": course_answers.minutes(bands["figures"][name]["p90"]) if bands else None,
            "never": bands["figures"][name]["never"] if bands else 0,
        }
        for name in words["order"]
    ]  # fmt: skip
    titles = (("离开影响区的人数", "People out of the zone"), ("到场队伍数", "Teams on site"))
    return {
        "rows": rows, "seed": answer["seed"], "runs": answer["runs"], "has_bands": bands is not None,
        "injects": list(zip((course_answers.clock(course, one["at_s"]) for one in answer["injects"]), words["injects"], strict=True)),
        "timeline": _timeline(course, words["events"], at),
        "bands": [
            {"title": title[at], **_band(bands["at_s"], bands[name])}
            for name, title in zip(("people_out", "teams_on_site"), titles, strict=True)
        ] if bands else [],
        "assumed": words["assumed"], "notes": words["notes"],
    }  # fmt: skip


def _timeline(course: dict[str, Any], sentences: list[str], at: int) -> list[dict[str, Any]]:
    """List the events; of the waves, only when a quarter, a half, three quarters and all are out and sheltered."""
    answer = course["answer"]
    found = [
        (event["at_s"], sentence)
        for event, sentence in zip(answer["events"], sentences, strict=True)
        if event["what"] not in _WAVES
    ]
    for what, words in (("out", ("离开影响区", "out of the zone")), ("sheltered", ("得到安置", "sheltered"))):
        found += _milestones(answer, what, words, at)
    return [
        {
            "minutes": course_answers.minutes(at_s),
            "clock": course_answers.clock(course, at_s),
            "words": sentence,
        }
        for at_s, sentence in sorted(found, key=lambda one: one[0])
    ]


def _milestones(
    answer: dict[str, Any], what: str, words: tuple[str, str], at: int
) -> list[tuple[float, str]]:
    events = [event for event in answer["events"] if event["what"] == what]
    whole, done, found = sum(event["people"] for event in events), 0, []
    left = list(_MILESTONES)
    for event in events:
        done += event["people"]
        while left and done >= left[0] * whole:
            share = f"{100 * left.pop(0):.0f} %"
            found.append((event["at_s"], (f"{share} 的人{words[0]}（{done:,} 人）", f"{share} are {words[1]} ({done:,} people)")[at]))  # fmt: skip
    return found


def _band(at_s: list[float], curves: list[list[int]]) -> dict[str, Any]:
    """Draw the spread as one closed path and the median as a line."""
    low, middle, high = curves
    most, longest = max(*high, 1), max(at_s[-1], 1.0)

    def points(values: list[int]) -> list[str]:
        return [
            f"{_LEFT + (WIDTH - _LEFT - _RIGHT) * s / longest:.1f} {HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * v / most:.1f}"
            for s, v in zip(at_s, values, strict=True)
        ]

    marks = [
        (round(_LEFT + (WIDTH - _LEFT - _RIGHT) * n / 4, 1), f"{longest * n / 240:.0f}") for n in range(5)
    ]
    return {
        "width": WIDTH, "height": HEIGHT, "most": most, "left": _LEFT, "right": WIDTH - _RIGHT, "top": _TOP, "floor": HEIGHT - _BOTTOM,
        "spread": "M" + "L".join(points(high) + points(low)[::-1]) + "Z", "middle": "M" + "L".join(points(middle)), "marks": marks,
    }  # fmt: skip
