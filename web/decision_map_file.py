"""Draw a rescue decision as one HTML file that needs no network: conclusions, tasks, alternatives and the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.scope import Connection
from web import decision_answers, drill_answers
from web.drill_map_file import esc, items, map_file, rows, task_table


def decision_map_file(
    connection: Connection,
    decision: Mapping[str, Any],
    alternatives: list[dict[str, Any]],
    language: str,
    *,
    is_sample: bool = False,
) -> str:
    """Give a decision as one HTML text; it has an alternative at least."""
    shown = decision_answers.shown_of(decision, alternatives)
    assert shown is not None  # noqa: S101 - the caller has asked
    panel = _panel(decision, alternatives, shown, language, is_sample=is_sample)
    return map_file(connection, shown["answer"], panel, language, mark=decision_answers.mark_of(decision))


def _panel(
    decision: Mapping[str, Any], alternatives: list[dict[str, Any]], shown: dict[str, Any], language: str, *, is_sample: bool
) -> str:  # fmt: skip
    at, answer = (0 if language == "zh" else 1), shown["answer"]
    words, mark = drill_answers.words_of(answer, language), decision_answers.mark_of(decision)

    def title(zh: str, en: str) -> str:
        return f"<h2>{esc((zh, en)[at])}</h2>"

    sign = f" <span class='sign'>{esc(mark)}</span>" if mark else ""
    version = (f"第 {decision['version']} 版", f"version {decision['version']}")[at]
    changed = f"{version} · {decision['changed_by']} · {decision_answers.local(decision['changed_at'])}"
    called = (f"方案 {shown['number']} {shown['name']}", f"Alternative {shown['number']} {shown['name']}")[at]
    compared = decision_answers.side_by_side(alternatives, language)
    heads = ("", *(str(one["number"]) for one in compared["alternatives"]))
    measures: list[tuple[object, ...]] = [
        (f"{m['title']} {m['unit']}".strip(), *("—" if v is None else f"{v:,g}" for v in m["values"]))
        for m in compared["measures"]
    ]
    parts = [
        f"<title>{esc(decision_answers.marked(decision, decision['name']))}</title>",
        f"<section class='report'><h1>{esc(decision['name'])}{sign}</h1><p>{esc(changed)}{'<br>示例数据 Sample data' if is_sample else ''}</p>",
        title("结论", "Conclusions"), items(decision_answers.conclusions(decision, alternatives, language)),
        title(f"任务（{called}）", f"Tasks ({called})"), task_table(decision_answers.tasks(decision, shown, language), at),
        title("方案比较", "Alternatives"), rows(heads, measures) if len(alternatives) > 1 else "",
        f"<p>{esc(words['accident'])}<br>{esc(words['weather'])}</p>",
        *([title("研判意见", "Remarks"), f"<p>{esc(decision['content']['remarks'])}</p>"] if decision["content"]["remarks"] else []),
        title("没有给出、按缺省取值", "Not given, assumed"), items(decision_answers.assumptions(answer, language)),
        title("说明", "Notes"), items([*words["notes"], *words["guide"]]), f"<p><strong>{esc(words['purpose'])}</strong></p></section>",
    ]  # fmt: skip
    return "".join(parts)
