"""Say what a trial of facilities changes: totals by division, who is gained and lost, and who is served worst."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.coverage_trials import Trial
from data.located_points import read_words
from data.scope import Connection, Scope

LISTED = 50
WORST = 20


def report(connection: Connection, trial: Trial, *, scope: Scope, with_lists: bool = True) -> dict[str, Any]:
    """Give the totals and, with names, who is gained, lost and worst served."""
    limit = trial.asked.standard_s
    before, after = trial.before_s <= limit, trial.after_s <= limit
    body: dict[str, Any] = {
        "total": _total(trial, before, after, np.ones(len(before), np.bool_)),
        "divisions": _divisions(trial, before, after),
        "gained": _sum(trial, after[:, 0] & ~before[:, 0]), "lost": _sum(trial, before[:, 0] & ~after[:, 0]),
        "gained_second": _sum(trial, after[:, 1] & ~before[:, 1]), "lost_second": _sum(trial, before[:, 1] & ~after[:, 1]),
    }  # fmt: skip
    if with_lists:
        body |= _lists(connection, trial, before, after, scope)
    return body


def changed_rows(connection: Connection, trial: Trial, *, scope: Scope) -> dict[str, list[dict[str, Any]]]:
    """Give everybody who is gained and everybody who is lost, with names, the weightiest first."""
    limit = trial.asked.standard_s
    before, after = trial.before_s[:, 0] <= limit, trial.after_s[:, 0] <= limit
    rows = {
        name: _first(trial, mask, None)
        for name, mask in (("gained", after & ~before), ("lost", before & ~after))
    }
    objects = trial.standing.objects
    wanted = np.concatenate(list(rows.values()))
    words = read_words(connection, objects.layer, objects.ids[wanted].tolist(), scope=scope)
    return {
        name: [_row(trial, r, words.get(int(objects.ids[r]), {})) for r in found.tolist()]
        for name, found in rows.items()
    }


def _sum(trial: Trial, rows: NDArray[np.bool_]) -> dict[str, Any]:
    return {"count": int(rows.sum()), "weight": float(trial.standing.weight[rows].sum())}


def _total(
    trial: Trial, before: NDArray[np.bool_], after: NDArray[np.bool_], rows: NDArray[np.bool_]
) -> dict[str, Any]:
    weight = trial.standing.weight[rows]
    line: dict[str, Any] = {"count": int(rows.sum()), "weight": float(weight.sum())}
    for name, covered in (("before", before[rows]), ("after", after[rows])):
        line[name] = {
            "count": int(covered[:, 0].sum()), "weight": float(weight[covered[:, 0]].sum()),
            "second_count": int(covered[:, 1].sum()), "second_weight": float(weight[covered[:, 1]].sum()),
        }  # fmt: skip
    return line


def _divisions(trial: Trial, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> list[dict[str, Any]]:
    standing = trial.standing
    group, n = standing.group_idx, len(standing.group_codes)

    def sums(covered: NDArray[np.bool_]) -> tuple[list[int], list[float]]:
        weight = np.bincount(group[covered], standing.weight[covered], n)
        return np.bincount(group[covered], minlength=n).tolist(), weight.tolist()

    everyone = sums(np.ones(len(group), np.bool_))
    columns = {
        name: (sums(covered[:, 0]), sums(covered[:, 1]))
        for name, covered in (("before", before), ("after", after))
    }
    lines = []
    for at, code in enumerate(standing.group_codes):
        line: dict[str, Any] = {
            "code": code, "name": standing.group_names.get(code, code), "count": everyone[0][at], "weight": everyone[1][at],
        }  # fmt: skip
        for name, (first, second) in columns.items():
            line[name] = {
                "count": first[0][at], "weight": first[1][at],
                "second_count": second[0][at], "second_weight": second[1][at],
            }  # fmt: skip
        lines.append(line)
    return lines


def _lists(
    connection: Connection, trial: Trial, before: NDArray[np.bool_], after: NDArray[np.bool_], scope: Scope
) -> dict[str, Any]:
    gained = _first(trial, after[:, 0] & ~before[:, 0])
    lost = _first(trial, before[:, 0] & ~after[:, 0])
    worst = _worst(trial)
    objects = trial.standing.objects
    rows = np.unique(np.concatenate([gained, lost, worst]))
    words = read_words(connection, objects.layer, objects.ids[rows].tolist(), scope=scope)
    told = {
        int(row): _row(trial, int(row), words.get(int(objects.ids[row]), {})) for row in rows
    }  # the same object may stand in two lists
    return {
        "gained_first": [told[r] for r in gained.tolist()],
        "lost_first": [told[r] for r in lost.tolist()],
        "worst": [told[r] for r in worst.tolist()],
    }


def _first(trial: Trial, rows: NDArray[np.bool_], most: int | None = LISTED) -> NDArray[np.int64]:
    """Give the weightiest of some objects; all of them for None."""
    found = np.flatnonzero(rows)
    order = np.lexsort((found, -trial.standing.weight[found]))
    return found[order[:most]]


def _worst(trial: Trial) -> NDArray[np.int64]:
    """Those served latest under the scenario, the unreached first; without a position nobody can say."""
    standing = trial.standing
    seconds = trial.after_s[:, 0]
    rows = np.flatnonzero(standing.is_somewhere & (standing.weight > 0))
    if len(rows) > WORST:
        # Sorting everyone takes longer than all the rest of an answer: only those as late as the last listed are.
        latest = np.partition(seconds[rows], len(rows) - WORST)[len(rows) - WORST]
        rows = rows[seconds[rows] >= latest]
    order = np.lexsort((rows, -standing.weight[rows], -seconds[rows]))
    return rows[order[:WORST]]


def _row(trial: Trial, at: int, words: dict[str, Any]) -> dict[str, Any]:
    objects, standing = trial.standing.objects, trial.standing
    lon, lat = objects.lonlat[at].tolist()
    code = standing.group_codes[standing.group_idx[at]]
    return {
        "id": int(objects.ids[at]), "code": words.get("code"), "name": words.get("name"),
        "division": standing.group_names.get(code, code), "weight": float(standing.weight[at]),
        "before_s": _seconds(trial.before_s[at, 0]), "after_s": _seconds(trial.after_s[at, 0]),
        "lon": None if math.isnan(lon) else round(lon, 6), "lat": None if math.isnan(lat) else round(lat, 6),
    }  # fmt: skip


def _seconds(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None
