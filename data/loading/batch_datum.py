"""Judge the datum of a table's positions as a batch, on the divisions that its rows declare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.loading.division_index import Divisions
from data.loading.positions import Positions
from geo.crs import ACCEPTED
from geo.datum import DatumEvidence, DatumVerdict, detect_datum


def judge_datum(
    found: Positions, divisions: Divisions, declared: Sequence[str | None]
) -> DatumEvidence | None:
    """Compare the datums on the rows' own divisions, else on the outline of the whole city.

    None when the figures are metres, or there is nothing to compare with.
    """
    rows = np.flatnonzero(~np.isnan(found.typed[:, 0]) & ~np.isnan(found.lonlat[:, 0]))
    if ACCEPTED[found.crs].is_projected or not len(rows) or divisions.whole is None:
        return None
    outlines = []
    for i in rows.tolist():
        code = declared[i]
        outline = divisions.outline_of(code) if code is not None else None
        outlines.append(divisions.whole if outline is None else outline)
    return detect_datum(found.typed[rows], outlines, declared=found.crs)


def datum_words(evidence: DatumEvidence) -> str:
    """Say for a person what the batch shows of its datum."""
    shares = "，".join(f"{ACCEPTED[c].title_en} {s:.1%}" for c, s in evidence.share_inside.items())
    said = ACCEPTED[evidence.declared]
    head = f"{evidence.point_count:,} 个点落在所属区划内的比例 share inside their divisions: {shares}。"
    if evidence.verdict is DatumVerdict.OTHER_DATUM and evidence.likely:
        better = ACCEPTED[evidence.likely]
        return (
            f"{head}\n按 {said.title_zh} 读取不对，更像 {better.title_zh}：请用 --crs {evidence.likely}；"
            f"确信无误则加 --crs {evidence.declared} --trust-crs。\n"
            f"They do not look like {said.title_en} but like {better.title_en}: say --crs {evidence.likely}; "
            f"if you are sure, say --crs {evidence.declared} --trust-crs."
        )
    return head
