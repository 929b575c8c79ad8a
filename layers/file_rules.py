"""State what follows for the papers of an enterprise's file: when an assessment comes again, what a chemical weighs (L4)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.errors import StandardError
from layers.standards.gb18218 import Edition, Entry, identify
from layers.workflow import Party

#: Years until an assessment is owed again, where a rule names them: kind → years.
#: status: 危险化学品安全管理条例 (国务院令第 591 号) 第二十二条; hygiene: 工作场所职业卫生管理规定 (国家卫健委令第 5 号) 第二十条.
AGAIN_YEARS = {"status": 3, "hygiene_status": 3, "hygiene_detection": 1}
_CAS = re.compile(r"(\d{2,7})-(\d{2})-(\d)")
_FEBRUARY, _LEAP_DAY = 2, 29


def next_assessment(row: Mapping[str, Any], _party: Party, _now: dt.datetime) -> dict[str, Any]:
    """Give the day on which an assessment of this kind comes again, for rows in which none was filled in.

    Parameters
    ----------
    row : mapping
        `kind` and `reported_on`.

    Returns
    -------
    dict
        `next_on`; empty where it was filled in, for kinds that are made once, and without a date.

    Examples
    --------
    >>> next_assessment({"kind": "status", "reported_on": dt.date(2024, 2, 29)}, Party.OWNER, dt.datetime(2026, 1, 1))
    {'next_on': datetime.date(2027, 2, 28)}
    >>> next_assessment({"kind": "pre", "reported_on": dt.date(2024, 2, 29)}, Party.OWNER, dt.datetime(2026, 1, 1))
    {}
    """
    years, day = AGAIN_YEARS.get(row.get("kind") or ""), row.get("reported_on")
    if years is None or row.get("next_on") or not isinstance(day, dt.date):
        return {}
    is_leap_day = (day.month, day.day) == (_FEBRUARY, _LEAP_DAY)
    return {"next_on": day.replace(year=day.year + years, day=28 if is_leap_day else day.day)}


def assessment_faults(
    row: Mapping[str, Any], _before: Mapping[str, Any] | None, _party: Party, now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """Name what does not fit together in an assessment: days, and problems of which more are mended than were found.

    Parameters
    ----------
    row : mapping
    now : datetime

    Returns
    -------
    tuple of (str, Words)
    """
    found = []
    reported, following = row.get("reported_on"), row.get("next_on")
    if reported and reported > now.astimezone(LOCAL_ZONE).date():
        found.append(("reported_on", Words("报告日期在将来。", "The report is dated in the future.")))
    if reported and following and following <= reported:
        found.append(("next_on", Words("下次评价应晚于报告日期。", "The next one comes after this report.")))
    problems, mended = row.get("problem_count") or 0, row.get("mended_count") or 0
    if mended > problems:
        found.append(
            ("mended_count", Words(f"已整改 {mended} 项，多于提出的 {problems} 项。", f"{mended} mended of {problems} found."))
        )  # fmt: skip
    return tuple(found)


def is_cas(text: str) -> bool:
    """Say whether a CAS number has its form and its check digit: the weighted sum of its digits from the right, modulo 10.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_cas("7664-41-7"), is_cas("7664-41-8"), is_cas("7664417")
    (True, False, False)
    """
    found = _CAS.fullmatch(text)
    if found is None:
        return False
    digits = (found[1] + found[2])[::-1]
    return sum(n * int(digit) for n, digit in enumerate(digits, start=1)) % 10 == int(found[3])


def _entry(row: Mapping[str, Any]) -> Entry | None:
    """Find a chemical in table 1 of GB 18218-2018 by its CAS number, or else by its name."""
    for text in (row.get("cas"), row.get("name")):
        if text:
            try:
                return identify(str(text), Edition.GB2018)
            except StandardError:
                continue
    return None


def derive_critical(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a chemical's critical quantity by table 1 of GB 18218-2018, what is kept of it in parts of that, and what follows.

    Parameters
    ----------
    row : mapping
        `name`, `cas`, `most_t` (tonnes), `hazard_code`: the major hazard that it was identified with.

    Returns
    -------
    dict
        `critical_t` (tonnes) and `critical_ratio`, None where the table does not name it; `hazard_state`.

    Examples
    --------
    >>> derive_critical({"name": "液氨", "cas": "7664-41-7", "most_t": 12.0})
    {'critical_t': 10.0, 'critical_ratio': 1.2, 'hazard_state': 'due'}
    >>> derive_critical({"name": "食盐", "cas": None, "most_t": 12.0})
    {'critical_t': None, 'critical_ratio': None, 'hazard_state': 'unnamed'}
    """
    entry, most_t = _entry(row), row.get("most_t")
    if entry is None:
        return {"critical_t": None, "critical_ratio": None, "hazard_state": "unnamed"}
    ratio = round(float(most_t or 0) / float(entry.critical_t), 4)
    state = "identified" if row.get("hazard_code") else "due" if ratio >= 1 else "below"
    return {"critical_t": float(entry.critical_t), "critical_ratio": ratio, "hazard_state": state}


def chemical_faults(
    row: Mapping[str, Any], _before: Mapping[str, Any] | None, _party: Party, _now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """Name a CAS number that is none.

    Parameters
    ----------
    row : mapping

    Returns
    -------
    tuple of (str, Words)
    """
    cas = row.get("cas")
    if cas and not is_cas(str(cas)):
        return (
            ("cas", Words("CAS 号形如 7664-41-7，末位为校验位。", "A CAS number is like 7664-41-7; its last digit is a check digit.")),
        )  # fmt: skip
    return ()


def certificate_faults(
    row: Mapping[str, Any], _before: Mapping[str, Any] | None, _party: Party, _now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """Name days of a certificate that do not follow one another, and work that is to be named for special operations.

    Parameters
    ----------
    row : mapping

    Returns
    -------
    tuple of (str, Words)
    """
    found = []
    issued, expires, review = row.get("issued_on"), row.get("expires_on"), row.get("review_on")
    if issued and expires and expires <= issued:
        found.append(
            ("expires_on", Words("有效期应晚于发证日期。", "It is valid until after it was issued."))
        )
    if review and ((issued and review <= issued) or (expires and review > expires)):
        found.append(
            ("review_on", Words("复审日期应在发证之后、有效期之内。", "The review lies after the issue and within the validity."))
        )  # fmt: skip
    if row.get("kind") in ("special_work", "special_equipment") and not row.get("work"):
        found.append(("work", Words("特种作业须填作业类别。", "Name the work for special operations.")))
    return tuple(found)
